/* SPDX-License-Identifier: MIT */
/*
 * WDFDEVICE_INIT: what a driver says about a device before it creates it. Belongs to who made it:
 * AddDevice (fx_device_add) or, for control devices, the driver until WdfDeviceCreate succeeds.
 */
#ifndef OPENWDF_FX_PNP_DEVICE_INIT_H
#define OPENWDF_FX_PNP_DEVICE_INIT_H

#include "fx/pnp/device.h"

/* The tag is the public headers': PWDFDEVICE_INIT points to it. */
struct WDFDEVICE_INIT {
    uint32_t magic;
    enum fx_device_kind kind;
    struct fx_driver *driver;
    DEVICE_OBJECT *physical;
    struct fx_device *created; /* What WdfDeviceCreate has made of it. */
    struct fx_device *parent;  /* A PDO's. */
    struct fx_pdo *pdo;        /* A PDO's; passes to the device. */
    bool dynamic;              /* Made for EvtChildListCreateDevice, which does not free it. */
    NTSTATUS
    status; /* First error of a setter that returns nothing; WdfDeviceCreate fails with it. */

    DEVICE_TYPE device_type; /* 0: the default. */
    ULONG characteristics;
    bool exclusive;
    bool filter;
    bool power_pageable;
    bool power_pageable_set;
    bool power_inrush;
    bool power_policy_owner;
    bool power_policy_owner_set;
    bool release_hardware_late;
    bool remove_lock_for_io;
    WDF_DEVICE_IO_TYPE read_write_io_type;
    WDF_DEVICE_IO_TYPE ioctl_io_type;
    uint32_t direct_transfer_threshold;
    UNICODE_STRING name; /* sys_alloc; empty: none. */
    UNICODE_STRING sddl; /* sys_alloc; empty: none. */
    bool has_class_guid;
    GUID class_guid;

    bool has_file_config;
    WDF_FILEOBJECT_CONFIG file_config;
    WDF_OBJECT_ATTRIBUTES file_attributes;
    WDF_OBJECT_ATTRIBUTES request_attributes;
    PFN_WDF_IO_IN_CALLER_CONTEXT io_in_caller_context;
    struct fx_preprocess preprocess[FX_MAJOR_COUNT];
    bool has_preprocess;

    WDF_PNPPOWER_EVENT_CALLBACKS pnp;
    WDF_POWER_POLICY_EVENT_CALLBACKS power_policy;
    WDF_FDO_EVENT_CALLBACKS fdo;
    WDF_CHILD_LIST_CONFIG child_list; /* Of the default list; Size 0: none. */
    WDF_OBJECT_ATTRIBUTES child_list_attributes;
    struct list notices[FX_MACHINE_COUNT]; /* struct fx_state_notice; pass to the device. */

    PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION shutdown_notification;
    UCHAR shutdown_flags;
};

struct WDFDEVICE_INIT *fx_device_init_create(struct fx_driver *driver, enum fx_device_kind kind,
                                             DEVICE_OBJECT *physical);

/* NULL is allowed. Does not touch a device that was created. */
void fx_device_init_delete(struct WDFDEVICE_INIT *init);

/* Checks the pointer that a driver passed; bugchecks when it is none. */
struct WDFDEVICE_INIT *fx_device_init_get(PWDF_DRIVER_GLOBALS driver_globals, PWDFDEVICE_INIT init);

/* A copy of a string, terminated by a NUL; an empty one for NULL. */
_Must_inspect_result_ NTSTATUS fx_unicode_copy(UNICODE_STRING *to, const UNICODE_STRING *from);
void fx_unicode_free(UNICODE_STRING *string);

#endif
