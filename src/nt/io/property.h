/* SPDX-License-Identifier: MIT */
/* Lists of properties with a key, for devices and device interfaces. */
#ifndef OPENWDF_NT_IO_PROPERTY_H
#define OPENWDF_NT_IO_PROPERTY_H

#include <ntddk.h>
#include <devpropdef.h>

#include "base/list.h"

/* Data NULL or DEVPROP_TYPE_EMPTY removes the property. */
NTSTATUS io_property_set(struct list *properties, const DEVPROPKEY *key, LCID locale,
                         DEVPROPTYPE type, ULONG size, const void *data);

/* STATUS_OBJECT_NAME_NOT_FOUND; STATUS_BUFFER_TOO_SMALL sets *ret_size and *ret_type too. */
NTSTATUS io_property_get(struct list *properties, const DEVPROPKEY *key, LCID locale, ULONG size,
                         void *data, ULONG *ret_size, DEVPROPTYPE *ret_type);

void io_property_free_list(struct list *properties);

#endif
