/* SPDX-License-Identifier: MIT */
/* WDFSTRING: a counted UTF-16 string that the object owns. */
#ifndef OPENWDF_FX_MISC_STRING_H
#define OPENWDF_FX_MISC_STRING_H

#include "fx/object/object.h"

struct fx_string {
    struct fx_object object;
    UNICODE_STRING text; /* sys_alloc; a NUL follows, outside Length. */
};

/*
 * Replaces the text by a copy of `size` bytes. STATUS_INSUFFICIENT_RESOURCES,
 * STATUS_INVALID_PARAMETER (too long).
 */
_Must_inspect_result_ NTSTATUS fx_string_set(struct fx_string *string, const WCHAR *text,
                                             size_t size);

#endif
