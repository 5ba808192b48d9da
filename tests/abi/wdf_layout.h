/* SPDX-License-Identifier: MIT */
/*
 * Compares the WDF headers with the published layout: built for one minor version, as C and as C++,
 * it prints every difference and fails if there is one.
 */
#include <ntddk.h>
#include <wdf.h>
#include <wdfminiport.h>
#include <udecx.h>

#include <stddef.h>
#include <stdio.h>

struct row {
    const char *what;
    long actual;
    long expected;
};

#define SIZE(type, size)         {"sizeof(" #type ")", (long)sizeof(type), size},
#define AT(type, member, offset) {#type "." #member, (long)offsetof(type, member), offset},
#define VALUE(name, value)       {#name, (long)name, (long)value},

static const struct row rows[] = {
#include "wdf_structures.inc"
#include "wdf_values.inc"
};

int
main(void)
{
    size_t count = sizeof(rows) / sizeof(rows[0]);
    size_t wrong = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        if (rows[i].actual != rows[i].expected) {
            printf("%s is %ld, must be %ld\n", rows[i].what, rows[i].actual, rows[i].expected);
            wrong++;
        }
    }
    printf("KMDF 1.%d: %zu of %zu right\n", KMDF_VERSION_MINOR, count - wrong, count);
    return wrong == 0 ? 0 : 1;
}
