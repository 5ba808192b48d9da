/* SPDX-License-Identifier: MIT */
/*
 * The part of Microsoft's C run time that applications notice: printf by Windows' rules, 16-bit wide
 * strings, the _s functions, rand with 15 bits, unbuffered keys. The headers in include/wdk/um bind
 * the familiar names to these symbols.
 */
#include "client/win32/object.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/format.h"
#include "base/number.h"
#include "base/utf16.h"

#define CRT __attribute__((visibility("default")))

typedef uint16_t unit;

/* --- printf ---------------------------------------------------------------------------------- */

static void
file_put(void *context, const char *bytes, size_t count)
{
    (void)fwrite_unlocked(bytes, 1, count, context);
}

CRT int owdf_vfprintf(FILE *stream, const char *format, va_list arguments);
CRT int owdf_fprintf(FILE *stream, const char *format, ...);
CRT int owdf_vprintf(const char *format, va_list arguments);
CRT int owdf_printf(const char *format, ...);
CRT int owdf_vfwprintf(FILE *stream, const unit *format, va_list arguments);
CRT int owdf_fwprintf(FILE *stream, const unit *format, ...);
CRT int owdf_vwprintf(const unit *format, va_list arguments);
CRT int owdf_wprintf(const unit *format, ...);
CRT int owdf_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);
CRT int owdf__vsnprintf(char *buffer, size_t size, const char *format, va_list arguments);
CRT int owdf_vsprintf(char *buffer, const char *format, va_list arguments);
CRT int owdf_snprintf(char *buffer, size_t size, const char *format, ...);
CRT int owdf__snprintf(char *buffer, size_t size, const char *format, ...);
CRT int owdf_sprintf(char *buffer, const char *format, ...);
CRT int owdf_sprintf_s(char *buffer, size_t size, const char *format, ...);
CRT int owdf_swprintf(unit *buffer, size_t size, const unit *format, ...);
CRT int owdf_swprintf_s(unit *buffer, size_t size, const unit *format, ...);
CRT int owdf__snwprintf(unit *buffer, size_t size, const unit *format, ...);

int
owdf_vfprintf(FILE *stream, const char *format, va_list arguments)
{
    size_t count;

    flockfile(stream);
    count = format_narrow(file_put, stream, format, arguments);
    funlockfile(stream);
    return (int)count;
}

int
owdf_vfwprintf(FILE *stream, const unit *format, va_list arguments)
{
    size_t count;

    flockfile(stream);
    count = format_wide(file_put, stream, format, arguments);
    funlockfile(stream);
    return (int)count;
}

int
owdf_vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    return (int)format_to_narrow(buffer, size, format, arguments);
}

/* Microsoft's older form: -1 when the text does not fit, and no terminator where there is no room. */
int
owdf__vsnprintf(char *buffer, size_t size, const char *format, va_list arguments)
{
    size_t needed = format_fill_narrow(buffer, size, format, arguments);

    if (needed < size) {
        buffer[needed] = 0;
    }
    return needed <= size ? (int)needed : -1;
}

static int
vsnwprintf(unit *buffer, size_t size, const unit *format, va_list arguments)
{
    size_t needed = format_fill_wide(buffer, size, format, arguments);

    if (needed < size) {
        buffer[needed] = 0;
    }
    return needed <= size ? (int)needed : -1;
}

int
owdf_vsprintf(char *buffer, const char *format, va_list arguments)
{
    return (int)format_to_narrow(buffer, SIZE_MAX, format, arguments);
}

/* A variadic function over its va_list form. */
#define FORWARD(type, call)                                                                        \
    va_list arguments;                                                                             \
    type result;                                                                                   \
                                                                                                   \
    va_start(arguments, format);                                                                   \
    result = call;                                                                                 \
    va_end(arguments);                                                                             \
    return result

int
owdf_fprintf(FILE *stream, const char *format, ...)
{
    FORWARD(int, owdf_vfprintf(stream, format, arguments));
}

int
owdf_vprintf(const char *format, va_list arguments)
{
    return owdf_vfprintf(stdout, format, arguments);
}

int
owdf_printf(const char *format, ...)
{
    FORWARD(int, owdf_vfprintf(stdout, format, arguments));
}

int
owdf_fwprintf(FILE *stream, const unit *format, ...)
{
    FORWARD(int, owdf_vfwprintf(stream, format, arguments));
}

int
owdf_vwprintf(const unit *format, va_list arguments)
{
    return owdf_vfwprintf(stdout, format, arguments);
}

int
owdf_wprintf(const unit *format, ...)
{
    FORWARD(int, owdf_vfwprintf(stdout, format, arguments));
}

int
owdf_snprintf(char *buffer, size_t size, const char *format, ...)
{
    FORWARD(int, owdf_vsnprintf(buffer, size, format, arguments));
}

int
owdf__snprintf(char *buffer, size_t size, const char *format, ...)
{
    FORWARD(int, owdf__vsnprintf(buffer, size, format, arguments));
}

int
owdf_sprintf(char *buffer, const char *format, ...)
{
    FORWARD(int, owdf_vsprintf(buffer, format, arguments));
}

/* The _s forms end the program when the text does not fit, as their invalid-parameter handler does. */
static int
fits_or_abort(size_t needed, size_t size)
{
    if (needed >= size) {
        fprintf(stderr, "sprintf_s: the buffer of %zu characters is too small for %zu\n", size,
                needed + 1);
        abort();
    }
    return (int)needed;
}

int
owdf_sprintf_s(char *buffer, size_t size, const char *format, ...)
{
    FORWARD(int, fits_or_abort(format_to_narrow(buffer, size, format, arguments), size));
}

int
owdf_swprintf_s(unit *buffer, size_t size, const unit *format, ...)
{
    FORWARD(int, fits_or_abort(format_to_wide(buffer, size, format, arguments), size));
}

int
owdf_swprintf(unit *buffer, size_t size, const unit *format, ...)
{
    FORWARD(int, (int)format_to_wide(buffer, size, format, arguments));
}

int
owdf__snwprintf(unit *buffer, size_t size, const unit *format, ...)
{
    FORWARD(int, vsnwprintf(buffer, size, format, arguments));
}

/* --- Wide strings ---------------------------------------------------------------------------- */

CRT size_t owdf_wcslen(const unit *text);
CRT size_t owdf_wcsnlen(const unit *text, size_t most);
CRT unit *owdf_wcscpy(unit *to, const unit *from);
CRT unit *owdf_wcsncpy(unit *to, const unit *from, size_t most);
CRT unit *owdf_wcscat(unit *to, const unit *from);
CRT int owdf_wcscmp(const unit *a, const unit *b);
CRT int owdf_wcsncmp(const unit *a, const unit *b, size_t most);
CRT int owdf__wcsicmp(const unit *a, const unit *b);
CRT int owdf__wcsnicmp(const unit *a, const unit *b, size_t most);
CRT unit *owdf_wcschr(const unit *text, unit c);
CRT unit *owdf_wcsrchr(const unit *text, unit c);
CRT unit *owdf_wcsstr(const unit *text, const unit *part);
CRT unsigned long owdf_wcstoul(const unit *text, unit **end, int base);
CRT long owdf_wcstol(const unit *text, unit **end, int base);
CRT int owdf__wtoi(const unit *text);
CRT int owdf_wcscpy_s(unit *to, size_t size, const unit *from);
CRT int owdf_wcscat_s(unit *to, size_t size, const unit *from);

size_t
owdf_wcslen(const unit *text)
{
    return utf16_length(text);
}

size_t
owdf_wcsnlen(const unit *text, size_t most)
{
    return utf16_length_most(text, most);
}

unit *
owdf_wcscpy(unit *to, const unit *from)
{
    return memcpy(to, from, (utf16_length(from) + 1) * sizeof(*to));
}

unit *
owdf_wcsncpy(unit *to, const unit *from, size_t most)
{
    size_t count = utf16_length_most(from, most);

    memcpy(to, from, count * sizeof(*to));
    memset(to + count, 0, (most - count) * sizeof(*to));
    return to;
}

unit *
owdf_wcscat(unit *to, const unit *from)
{
    (void)owdf_wcscpy(to + utf16_length(to), from);
    return to;
}

static int
compare(const unit *a, const unit *b, size_t most, bool ignore_case)
{
    return utf16_compare(a, utf16_length_most(a, most), b, utf16_length_most(b, most), ignore_case);
}

int
owdf_wcscmp(const unit *a, const unit *b)
{
    return compare(a, b, SIZE_MAX, false);
}

int
owdf_wcsncmp(const unit *a, const unit *b, size_t most)
{
    return compare(a, b, most, false);
}

int
owdf__wcsicmp(const unit *a, const unit *b)
{
    return compare(a, b, SIZE_MAX, true);
}

int
owdf__wcsnicmp(const unit *a, const unit *b, size_t most)
{
    return compare(a, b, most, true);
}

unit *
owdf_wcschr(const unit *text, unit c)
{
    return (unit *)(uintptr_t)utf16_find(text, c);
}

unit *
owdf_wcsrchr(const unit *text, unit c)
{
    return (unit *)(uintptr_t)utf16_find_last(text, c);
}

unit *
owdf_wcsstr(const unit *text, const unit *part)
{
    return (unit *)(uintptr_t)utf16_find_text(text, part);
}

static struct number
parse_number(const unit *text, unit **end, int base)
{
    struct number number =
        number_parse_wide(text, utf16_length(text), (unsigned)base, NUMBER_PREFIX_C);

    if (end != NULL) {
        *end = (unit *)(uintptr_t)(text + number.used);
    }
    return number;
}

/* Windows' long has 32 bits: a minus sign negates within them, and what is beyond is cut off. */
unsigned long
owdf_wcstoul(const unit *text, unit **end, int base)
{
    struct number number = parse_number(text, end, base);

    if (number.overflow || number.magnitude > UINT32_MAX) {
        return UINT32_MAX;
    }
    return (uint32_t)(number.negative ? 0 - number.magnitude : number.magnitude);
}

long
owdf_wcstol(const unit *text, unit **end, int base)
{
    struct number number = parse_number(text, end, base);
    int64_t limit = number.negative ? INT32_MIN : INT32_MAX;

    if (number.overflow || number.magnitude > INT32_MAX) {
        return limit;
    }
    return number.negative ? -(long)number.magnitude : (long)number.magnitude;
}

int
owdf__wtoi(const unit *text)
{
    return (int)owdf_wcstol(text, NULL, 10);
}

/* --- The _s functions: an errno, and an empty destination when the source does not fit ---------- */

CRT int owdf_strcpy_s(char *to, size_t size, const char *from);
CRT int owdf_strcat_s(char *to, size_t size, const char *from);
CRT int owdf_strncpy_s(char *to, size_t size, const char *from, size_t most);
CRT int owdf_memcpy_s(void *to, size_t size, const void *from, size_t count);
CRT int owdf_fopen_s(FILE **stream, const char *name, const char *mode);

int
owdf_strncpy_s(char *to, size_t size, const char *from, size_t most)
{
    size_t count;

    if (to == NULL || size == 0) {
        return EINVAL;
    }
    count = from == NULL ? size : strnlen(from, most);
    if (count >= size) {
        to[0] = 0;
        return from == NULL ? EINVAL : ERANGE;
    }
    memcpy(to, from, count);
    to[count] = 0;
    return 0;
}

int
owdf_strcpy_s(char *to, size_t size, const char *from)
{
    return owdf_strncpy_s(to, size, from, SIZE_MAX);
}

int
owdf_strcat_s(char *to, size_t size, const char *from)
{
    size_t used = to == NULL ? size : strnlen(to, size);

    if (used == size) {
        return EINVAL;
    }
    if (owdf_strcpy_s(to + used, size - used, from) != 0) {
        to[0] = 0;
        return ERANGE;
    }
    return 0;
}

int
owdf_wcscpy_s(unit *to, size_t size, const unit *from)
{
    size_t count;

    if (to == NULL || size == 0) {
        return EINVAL;
    }
    count = from == NULL ? size : utf16_length_most(from, size);
    if (count >= size) {
        to[0] = 0;
        return from == NULL ? EINVAL : ERANGE;
    }
    memcpy(to, from, (count + 1) * sizeof(*to));
    return 0;
}

int
owdf_wcscat_s(unit *to, size_t size, const unit *from)
{
    size_t used = to == NULL ? size : utf16_length_most(to, size);

    if (used == size) {
        return EINVAL;
    }
    if (owdf_wcscpy_s(to + used, size - used, from) != 0) {
        to[0] = 0;
        return ERANGE;
    }
    return 0;
}

int
owdf_memcpy_s(void *to, size_t size, const void *from, size_t count)
{
    if (count == 0) {
        return 0;
    }
    if (to == NULL || from == NULL || count > size) {
        if (to != NULL) {
            memset(to, 0, size);
        }
        return count > size ? ERANGE : EINVAL;
    }
    memcpy(to, from, count);
    return 0;
}

int
owdf_fopen_s(FILE **stream, const char *name, const char *mode)
{
    *stream = fopen(name, mode);
    return *stream == NULL ? errno : 0;
}

/* --- rand, keys ------------------------------------------------------------------------------ */

CRT int owdf_rand(void);
CRT void owdf_srand(unsigned seed);
CRT int owdf__getch(void);
CRT int owdf__getche(void);
CRT int owdf__kbhit(void);

static uint32_t rand_state = 1;

void
owdf_srand(unsigned seed)
{
    atomic_store_u32(&rand_state, seed);
}

int
owdf_rand(void)
{
    uint32_t old = atomic_load_u32(&rand_state), next;

    do {
        next = old * 1103515245u + 12345u;
    } while (!atomic_cas_u32(&rand_state, &old, next));
    return (int)(next >> 16 & 0x7fff);
}

/* One byte from standard input without waiting for a line, when that is a terminal. */
static int
get_key(bool echo)
{
    struct termios saved, raw;
    bool terminal = tcgetattr(STDIN_FILENO, &saved) == 0;
    unsigned char key;
    ssize_t count;

    if (terminal) {
        raw = saved;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    do {
        count = read(STDIN_FILENO, &key, 1);
    } while (count < 0 && errno == EINTR);
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    }
    if (count != 1) {
        return -1;
    }
    if (echo) {
        putchar(key);
        fflush(stdout);
    }
    return key == '\n' ? '\r' : key;
}

int
owdf__getch(void)
{
    return get_key(false);
}

int
owdf__getche(void)
{
    return get_key(true);
}

int
owdf__kbhit(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&input, 1, 0) == 1;
}
