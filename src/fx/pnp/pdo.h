/* SPDX-License-Identifier: MIT */
/* What a PDO has beyond other devices: identity, bus callbacks, its place among its parent's children. */
#ifndef OPENWDF_FX_PNP_PDO_H
#define OPENWDF_FX_PNP_PDO_H

#include "fx/pnp/device.h"

struct fx_child;

/* Strings one after the other, each with its NUL, and a NUL at the end. */
struct fx_multi_string {
    WCHAR *text;  /* sys_alloc; NULL: empty. */
    size_t chars; /* Without the last NUL. */
};

/* One WdfPdoInitAddDeviceText. */
struct fx_device_text {
    struct list link;
    LCID locale;
    UNICODE_STRING description;
    UNICODE_STRING location;
};

struct fx_pdo {
    WDF_PDO_EVENT_CALLBACKS events;
    UNICODE_STRING device_id;
    UNICODE_STRING instance_id;
    UNICODE_STRING container_id;
    struct fx_multi_string hardware_ids;
    struct fx_multi_string compatible_ids;
    struct list texts; /* struct fx_device_text */
    LCID default_locale;
    bool raw;
    bool forwards_to_parent;
    bool no_power_dependency;
    bool static_child;
    struct fx_child *child; /* Its entry; NULL: in no list. The list's lock. */
};

/* Part of WDFDEVICE_INIT; NULL is allowed for the second. */
struct fx_pdo *fx_pdo_create(void);
void fx_pdo_free(struct fx_pdo *pdo);

/* Whether its parent says that it is gone: nobody will start it again. */
bool fx_pdo_is_missing(struct fx_device *device);

/* It was ejected. */
void fx_pdo_mark_missing(struct fx_device *device);

/* Takes the PDO out of its parent's list and deletes it; the machine has ended. PASSIVE_LEVEL. */
void fx_pdo_remove(struct fx_device *device);

/* The same for a PDO that the PnP manager has left behind when its parent goes. */
void fx_pdo_remove_with_parent(struct fx_device *device);

/* GUID_REENUMERATE_SELF_INTERFACE_STANDARD of a dynamically enumerated PDO. */
bool fx_pdo_provide_reenumerate(struct fx_device *device, const IO_STACK_LOCATION *stack);

/* IRP_MJ_PNP of a PDO that is not a matter of the machine. True: answered, *ret_status is what to return. */
bool fx_pdo_dispatch(struct fx_device *device, IRP *irp, NTSTATUS *ret_status);

#endif
