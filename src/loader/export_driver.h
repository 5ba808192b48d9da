/* SPDX-License-Identifier: MIT */
/*
 * Export drivers: modules that driver modules link (DT_NEEDED) and that have a DllInitialize. Each is
 * there once, however many need it: initialized before the first, unloaded after the last.
 */
#ifndef OPENWDF_LOADER_EXPORT_DRIVER_H
#define OPENWDF_LOADER_EXPORT_DRIVER_H

#include <ntddk.h>

struct export_set;

/*
 * Initializes the export drivers that the opened image `path` needs, and what those need, the deepest
 * first. *ret_set is NULL when it needs none. When one refuses, those before it are given back and its
 * status is returned; the log names it. PASSIVE_LEVEL.
 */
__attribute__((warn_unused_result)) NTSTATUS export_acquire(const char *path,
                                                            struct export_set **ret_set);

/* Gives them back: after the last driver, DllUnload. NULL is allowed. PASSIVE_LEVEL. */
void export_release(struct export_set *set);

#endif
