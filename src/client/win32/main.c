/* SPDX-License-Identifier: MIT */
/*
 * The entry point of applications whose `main` or `wmain` the compiler would not take as one: openwdf/app.h
 * renames them (a `void main(ULONG, PCHAR[])` is fine with Microsoft's compiler). Linked into each
 * application, statically; which of the two the application has is known only then.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What there may be: in C each by its name; in C++, where arguments are part of the name, each of the
 * signatures in use. (The result is not part of it: of a `void main` it is whatever it is.)
 */
#define ENTRY(function, symbol)                                                                    \
    int function(int, void *, void *) __asm__(symbol) __attribute__((weak))
ENTRY(main_c, "owdf_app_main");
ENTRY(main_none, "_Z13owdf_app_mainv");
ENTRY(main_int, "_Z13owdf_app_mainiPPc");
ENTRY(main_unsigned, "_Z13owdf_app_mainjPPc");
ENTRY(main_const, "_Z13owdf_app_mainiPPKc");
ENTRY(main_environment, "_Z13owdf_app_mainiPPcS0_");
ENTRY(wmain_c, "owdf_app_wmain");
ENTRY(wmain_none, "_Z14owdf_app_wmainv");
ENTRY(wmain_int, "_Z14owdf_app_wmainiPPw");
ENTRY(wmain_unsigned, "_Z14owdf_app_wmainjPPw");
ENTRY(wmain_const, "_Z14owdf_app_wmainiPPKw");
ENTRY(wmain_environment, "_Z14owdf_app_wmainiPPwS0_");

/* Of programs with windows: the instance, none before it, the command line, SW_SHOWDEFAULT. */
int winmain(void *, void *, void *, int) __asm__("owdf_app_winmain") __attribute__((weak));
int wwinmain(void *, void *, void *, int) __asm__("owdf_app_wwinmain") __attribute__((weak));

#define SW_SHOWDEFAULT 10

/* An instance is where its program is in memory. */
extern const char __executable_start[] __attribute__((weak));

typedef int entry(int, void *, void *);

static entry *
first(entry *const *entries, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (entries[i] != NULL) {
            return entries[i];
        }
    }
    return NULL;
}

/* The arguments as 16-bit strings; they live as long as the program. */
static uint16_t **
widen(int argc, char **argv)
{
    uint16_t **wide = calloc((size_t)argc + 1, sizeof(*wide));
    int i;

    for (i = 0; wide != NULL && i < argc; i++) {
        const unsigned char *from = (const unsigned char *)argv[i];
        uint16_t *to = wide[i] = calloc(strlen(argv[i]) + 1, sizeof(*to));

        while (to != NULL && *from != 0) {
            uint32_t code_point = *from++;
            int more = code_point >= 0xF0 ? 3 : code_point >= 0xE0 ? 2 : code_point >= 0xC0 ? 1 : 0;

            code_point &= more == 0 ? 0x7Fu : 0x3Fu >> more;
            while (more-- > 0 && (*from & 0xC0) == 0x80) {
                code_point = code_point << 6 | (*from++ & 0x3F);
            }
            if (code_point >= 0x10000) {
                *to++ = (uint16_t)(0xD800 + ((code_point - 0x10000) >> 10));
                code_point = 0xDC00 + (code_point & 0x3FF);
            }
            *to++ = (uint16_t)code_point;
        }
    }
    return wide;
}

/* The command line without the program's name; arguments with blanks in quotes. */
static char *
command_line(int argc, char **argv)
{
    size_t room = 1;
    char *line;
    int i;

    for (i = 1; i < argc; i++) {
        room += strlen(argv[i]) + 3;
    }
    line = calloc(1, room);
    for (i = 1; line != NULL && i < argc; i++) {
        const char *quote = argv[i][0] == '\0' || strchr(argv[i], ' ') != NULL ? "\"" : "";

        strcat(strcat(strcat(strcat(line, i > 1 ? " " : ""), quote), argv[i]), quote);
    }
    return line;
}

static int
run_windows(int argc, char **argv)
{
    void *instance = (void *)(uintptr_t)__executable_start;
    char *line = command_line(argc, argv);

    if (line == NULL) {
        return 127;
    }
    return winmain != NULL ? winmain(instance, NULL, line, SW_SHOWDEFAULT)
                           : wwinmain(instance, NULL, widen(1, &line)[0], SW_SHOWDEFAULT);
}

int
main(int argc, char **argv, char **envp)
{
    entry *const narrow[] = {main_c,        main_none,  main_int,
                             main_unsigned, main_const, main_environment};
    entry *const wide[] = {wmain_c,        wmain_none,  wmain_int,
                           wmain_unsigned, wmain_const, wmain_environment};
    entry *start = first(narrow, sizeof(narrow) / sizeof(narrow[0]));

    if (start != NULL) {
        return start(argc, argv, envp);
    }
    start = first(wide, sizeof(wide) / sizeof(wide[0]));
    if (start != NULL) {
        return start(argc, widen(argc, argv), NULL);
    }
    if (winmain != NULL || wwinmain != NULL) {
        return run_windows(argc, argv);
    }
    fprintf(stderr, "%s: the program has none of main, wmain, WinMain and wWinMain\n", argv[0]);
    return 127;
}
