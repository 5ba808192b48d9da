/* SPDX-License-Identifier: MIT */
/*
 * Drivers that are built with a sanitizer need its run time in the host process, before everything else
 * there: the host is started with it preloaded.
 */
#ifndef OPENWDF_MGR_SANITIZER_H
#define OPENWDF_MGR_SANITIZER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The run time that a driver module was linked with and that must come first: the name it asks for, with
 * the folder its run path leads to. False when it needs none, or is no module.
 */
bool mgr_sanitizer_runtime(const char *module, char *path, size_t size);

/*
 * This process's environment with the library preloaded, for free() with mgr_sanitizer_environment_free.
 * NULL when there is no memory.
 */
char **mgr_sanitizer_environment(const char *library);
void mgr_sanitizer_environment_free(char **environment);

#endif
