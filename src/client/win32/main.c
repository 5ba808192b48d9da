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

int owdf_app_main(int argc, char **argv, char **envp) __attribute__((weak));
int owdf_app_wmain(int argc, uint16_t **argv, uint16_t **envp) __attribute__((weak));

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

int
main(int argc, char **argv, char **envp)
{
    if (owdf_app_main != NULL) {
        return owdf_app_main(argc, argv, envp);
    }
    if (owdf_app_wmain != NULL) {
        return owdf_app_wmain(argc, widen(argc, argv), NULL);
    }
    fprintf(stderr, "%s: the program has neither main nor wmain\n", argv[0]);
    return 127;
}
