/* SPDX-License-Identifier: MIT */
/* A module that can be loaded: a plain WDM entry point and one function of the C library. */
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int DriverEntry(void *driver, void *path);
EXPORT extern int module_answer;

int module_answer = 42;

int
DriverEntry(void *driver, void *path)
{
    return (int)strlen(path);
}
