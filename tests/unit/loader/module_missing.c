/* SPDX-License-Identifier: MIT */
/* A module that needs two functions nobody has; its constructor must never run. */
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int DriverEntry(void *driver, void *path);
extern int KeNobodyHasThis(void);
extern int IoNorThis(int value);
extern int it_may_be_absent(void) __attribute__((weak));

__attribute__((constructor)) static void
run_too_early(void)
{
    abort();
}

int
DriverEntry(void *driver, void *path)
{
    return IoNorThis(KeNobodyHasThis()) + (it_may_be_absent != NULL ? it_may_be_absent() : 0);
}
