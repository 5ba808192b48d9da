/* SPDX-License-Identifier: MIT */
/*
 * The part of Microsoft's C run time that applications notice: printf by Windows' rules, 16-bit wide
 * strings, the _s functions, rand with 15 bits, unbuffered keys. The headers in include/wdk/um bind
 * the familiar names to these symbols.
 */
#include "win32/object.h"

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
#include "base/utf16.h"
#include "crt/scan.h"
#include "sys/random.h"

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

/* --- Files ------------------------------------------------------------------------------------ */

CRT int owdf_fopen_s(FILE **stream, const char *name, const char *mode);
CRT FILE *owdf__wfopen(const unit *name, const unit *mode);
CRT int owdf__wfopen_s(FILE **stream, const unit *name, const unit *mode);
CRT unit *owdf_fgetws(unit *line, int size, FILE *stream);
CRT int owdf_fputws(const unit *text, FILE *stream);
CRT int owdf__putws(const unit *text);
CRT char *owdf_gets_s(char *line, size_t size);
CRT unit *owdf__getws_s(unit *line, size_t size);
CRT unit *owdf__wcsdup(const unit *text);

int
owdf_fopen_s(FILE **stream, const char *name, const char *mode)
{
    *stream = fopen(name, mode);
    return *stream == NULL ? errno : 0;
}

FILE *
owdf__wfopen(const unit *name, const unit *mode)
{
    char *narrow = w32_utf8((const WCHAR *)name);
    char *narrow_mode = w32_utf8((const WCHAR *)mode);
    FILE *stream = NULL;
    char *comma;

    if (narrow != NULL && narrow_mode != NULL) {
        comma = strchr(narrow_mode, ','); /* ", ccs=…": text is UTF-8 here in any case. */
        if (comma != NULL) {
            *comma = 0;
        }
        stream = fopen(narrow, narrow_mode);
    }
    free(narrow);
    free(narrow_mode);
    return stream;
}

int
owdf__wfopen_s(FILE **stream, const unit *name, const unit *mode)
{
    *stream = owdf__wfopen(name, mode);
    return *stream == NULL ? errno : 0;
}

/* One character of UTF-8 input as UTF-16, at most two units; 0 at the end. */
static unsigned
get_wide(FILE *stream, unit units[2])
{
    char bytes[4];
    int c = getc_unlocked(stream);
    size_t more, i;

    if (c == EOF) {
        return 0;
    }
    bytes[0] = (char)c;
    more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    for (i = 1; i <= more; i++) {
        c = getc_unlocked(stream);
        if (c == EOF || (c & 0xC0) != 0x80) {
            (void)ungetc(c, stream);
            break;
        }
        bytes[i] = (char)c;
    }
    return (unsigned)utf8_to_utf16(units, 2, bytes, i);
}

unit *
owdf_fgetws(unit *line, int size, FILE *stream)
{
    int used = 0;
    unit units[2];
    unsigned count, i;

    flockfile(stream);
    while (used + 2 < size && (count = get_wide(stream, units)) != 0) {
        for (i = 0; i < count; i++) {
            line[used++] = units[i];
        }
        if (units[0] == '\n') {
            break;
        }
    }
    funlockfile(stream);
    if (used == 0) {
        return NULL;
    }
    line[used] = 0;
    return line;
}

int
owdf_fputws(const unit *text, FILE *stream)
{
    static const unit format[] = {'%', 's', 0};

    return owdf_fwprintf(stream, format, text) < 0 ? EOF : 0;
}

int
owdf__putws(const unit *text)
{
    static const unit format[] = {'%', 's', '\n', 0};

    return owdf_wprintf(format, text) < 0 ? EOF : 0;
}

/* Without the line's end; a line that is too long gives an empty one, and the rest of it is lost. */
char *
owdf_gets_s(char *line, size_t size)
{
    size_t used = 0;
    bool any = false;
    int c;

    while ((c = getchar()) != EOF && c != '\n') {
        any = true;
        if (used < size) {
            line[used] = (char)c;
        }
        used++;
    }
    if (c == EOF && !any) {
        return NULL;
    }
    line[used < size ? used : 0] = 0;
    return line;
}

unit *
owdf__getws_s(unit *line, size_t size)
{
    unit units[2] = {0, 0};
    size_t used = 0;
    bool any = false;
    unsigned count, i;

    flockfile(stdin);
    while ((count = get_wide(stdin, units)) != 0) {
        any = true;
        if (units[0] == '\n') {
            break;
        }
        for (i = 0; i < count; i++, used++) {
            if (used < size) {
                line[used] = units[i];
            }
        }
    }
    funlockfile(stdin);
    if (!any) {
        return NULL;
    }
    line[used < size ? used : 0] = 0;
    return line;
}

unit *
owdf__wcsdup(const unit *text)
{
    size_t bytes = (utf16_length(text) + 1) * sizeof(*text);
    unit *copy = malloc(bytes);

    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

/* --- Formatted input ---------------------------------------------------------------------------- */

CRT int owdf_scanf(const char *format, ...);
CRT int owdf_scanf_s(const char *format, ...);
CRT int owdf_fscanf(FILE *stream, const char *format, ...);
CRT int owdf_fscanf_s(FILE *stream, const char *format, ...);
CRT int owdf_wscanf_s(const unit *format, ...);

static int32_t
file_source(void *context, bool take)
{
    int c = getc_unlocked(context);

    if (c != EOF && !take) {
        (void)ungetc(c, context);
    }
    return c == EOF ? SCAN_END : c;
}

static int
scan_file(FILE *stream, bool secure, const char *format, va_list *arguments)
{
    int result;

    if (stream == stdin) {
        (void)fflush(stdout); /* A prompt without a line's end. */
    }
    flockfile(stream);
    result = scan_narrow(file_source, stream, secure, format, arguments);
    funlockfile(stream);
    return result;
}

int
owdf_scanf(const char *format, ...)
{
    FORWARD(int, scan_file(stdin, false, format, &arguments));
}

int
owdf_scanf_s(const char *format, ...)
{
    FORWARD(int, scan_file(stdin, true, format, &arguments));
}

int
owdf_fscanf(FILE *stream, const char *format, ...)
{
    FORWARD(int, scan_file(stream, false, format, &arguments));
}

int
owdf_fscanf_s(FILE *stream, const char *format, ...)
{
    FORWARD(int, scan_file(stream, true, format, &arguments));
}

/* The input's bytes are taken as characters: beyond ASCII it is for _getws_s. */
int
owdf_wscanf_s(const unit *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    (void)fflush(stdout);
    flockfile(stdin);
    result = scan_wide(file_source, stdin, true, format, &arguments);
    funlockfile(stdin);
    va_end(arguments);
    return result;
}

/* --- rand, keys ------------------------------------------------------------------------------ */

CRT int owdf_rand(void);
CRT void owdf_srand(unsigned seed);
CRT int owdf_rand_s(unsigned *value);
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

/* Random without a seed; needs none of the caller's. */
int
owdf_rand_s(unsigned *value)
{
    if (value == NULL) {
        return EINVAL;
    }
    sys_random_bytes(value, sizeof(*value));
    return 0;
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
