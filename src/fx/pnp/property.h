/* SPDX-License-Identifier: MIT */
/* Properties of a device stack, as IoGetDeviceProperty knows them. */
#ifndef OPENWDF_FX_PNP_PROPERTY_H
#define OPENWDF_FX_PNP_PROPERTY_H

#include "fx/object/object.h"

/* `physical` NULL (a control device): STATUS_INVALID_DEVICE_REQUEST. */
NTSTATUS fx_property_query(DEVICE_OBJECT *physical, DEVICE_REGISTRY_PROPERTY property, ULONG length,
                           void *buffer, ULONG *ret_length);

/* The same into a new memory object of the right size; `caller` is the driver's code address. */
NTSTATUS fx_property_query_alloc(struct fx_globals *globals, DEVICE_OBJECT *physical,
                                 DEVICE_REGISTRY_PROPERTY property, POOL_TYPE pool_type,
                                 WDF_OBJECT_ATTRIBUTES *attributes, const void *caller,
                                 WDFMEMORY *ret_memory);

#endif
