/* SPDX-License-Identifier: MIT */
/* WDFKEY: a registry key that is open for a driver. */
#ifndef OPENWDF_FX_MISC_REGISTRY_H
#define OPENWDF_FX_MISC_REGISTRY_H

#include "fx/object/object.h"

struct fx_key {
    struct fx_object object;
    HANDLE handle; /* NULL: not opened (yet). */
    ACCESS_MASK access;
};

/*
 * A key object without a handle, not yet committed (see fx_object_create). Its parent is the driver
 * unless the attributes say otherwise. STATUS_INVALID_DEVICE_REQUEST: not at PASSIVE_LEVEL.
 */
_Must_inspect_result_ NTSTATUS fx_key_create(struct fx_globals *globals, const char *function,
                                             const WDF_OBJECT_ATTRIBUTES *attributes,
                                             ACCESS_MASK access, struct fx_key **ret_key);

/* Commits the key when `status` is a success, deletes it otherwise. Returns `status`. */
_Must_inspect_result_ NTSTATUS fx_key_finish(struct fx_key *key, NTSTATUS status, WDFKEY *ret_key);

/* False, with a message: not at PASSIVE_LEVEL, where the registry is used. */
bool fx_key_passive(struct fx_globals *globals, const char *function);

/*
 * Whether the key was opened for that. Only UMDF drivers are checked: a kernel's handle can do all,
 * and drivers rely on it (STANDARD_RIGHTS_ALL has no KEY_QUERY_VALUE).
 */
_Must_inspect_result_ NTSTATUS fx_key_check(const struct fx_key *key, ACCESS_MASK needed);

#endif
