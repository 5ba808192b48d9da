/* SPDX-License-Identifier: MIT */
/* Shared among the files of nt/cm. */
#ifndef OPENWDF_NT_CM_CM_PRIV_H
#define OPENWDF_NT_CM_CM_PRIV_H

#include "nt/cm/cm.h"
#include "nt/ob/ob.h"

#define CM_TAG 'yeKC'

struct cm_notify;

/* A key that is open; the body of an object. Several may be the same key of the store. */
struct cm_key {
    reg_key key;
    struct cm_notify *notify; /* Made by the first ZwNotifyChangeKey. */
};

extern struct ob_type cm_key_type;

/* The key behind a handle, referenced. The access of the handle is not looked at: see key.c. */
NTSTATUS cm_reference(HANDLE handle, struct cm_key **ret_key);

NTSTATUS cm_open_key(reg_key key, ACCESS_MASK access, HANDLE *ret_handle);

/*
 * A counted string as UTF-8 in pool. STATUS_OBJECT_NAME_INVALID: an odd length, or a zero in it.
 * NULL or empty strings are "".
 */
NTSTATUS cm_text(PCUNICODE_STRING string, char **ret_text);

/* The reverse; *ret_chars is the count of units, a zero follows. */
NTSTATUS cm_wide(const char *text, WCHAR **ret_wide, ULONG *ret_chars);

/* The last handle of the key was closed. */
void cm_notify_closed(struct cm_key *key);
void cm_notify_free(struct cm_key *key);

#endif
