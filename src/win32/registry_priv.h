/* SPDX-License-Identifier: MIT */
/* Shared by registry.c (keys) and registry_value.c. */
#ifndef OPENWDF_WIN32_REGISTRY_PRIV_H
#define OPENWDF_WIN32_REGISTRY_PRIV_H

#include "win32/object.h"

#include "registry/registry.h"

#define REG_API __attribute__((visibility("default")))

/* The store, or NULL: it cannot be opened. */
struct reg_store *w32_registry(void);

/* The Win32 error for a negative errno of the registry; 0 is ERROR_SUCCESS. */
LONG w32_reg_error(int error);

/*
 * The key behind a handle, which may be one of the predefined ones. ERROR_INVALID_HANDLE,
 * ERROR_ACCESS_DENIED: it was not opened for `needed`.
 */
LONG w32_reg_key(HKEY handle, REGSAM needed, reg_key *ret_key);

/* A key below it; `path` NULL or "": itself. ERROR_BAD_PATHNAME: it begins with a backslash. */
LONG w32_reg_below(HKEY handle, const char *path, REGSAM needed, reg_key *ret_key);

#endif
