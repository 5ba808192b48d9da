/* SPDX-License-Identifier: MIT */
/*
 * WMI providers and their instances. A device answers IRP_MJ_SYSTEM_CONTROL from what the driver has
 * registered at that moment: nothing is told to the system but that the device takes part, from its
 * start to its removal.
 */
#ifndef OPENWDF_FX_MISC_WMI_H
#define OPENWDF_FX_MISC_WMI_H

#include "fx/object/object.h"

struct fx_device;

/* A device's part; made with its first provider or its MOF resource. */
struct fx_wmi {
    struct sys_lock lock;  /* Guards all of it and the providers' lists. Leaf. */
    struct list providers; /* struct fx_wmi_provider, in the order of their creation. */
    UNICODE_STRING mof;    /* Empty: none assigned. Constant once set. */
    bool started;          /* The device is started: it takes part once it has a provider. */
    bool registered;       /* IoWMIRegistrationControl was called. */
};

struct fx_wmi_provider {
    struct fx_object object;
    struct fx_device *device; /* Its parent. */
    WDF_WMI_PROVIDER_CONFIG config;
    struct list link;      /* In fx_wmi.providers. */
    struct list instances; /* Those that are registered: an instance's number is its place. */
    bool events_enabled;
    bool data_enabled;
    ULONGLONG tracing_handle;
};

struct fx_wmi_instance {
    struct fx_object object;
    struct fx_wmi_provider *provider; /* Its parent. */
    WDF_WMI_INSTANCE_CONFIG config;
    void *data; /* UseContextForQuery: its context. */
    ULONG data_size;
    struct list link; /* In provider->instances; empty: not registered. */
};

/* The device has been started; it goes. PASSIVE_LEVEL. */
void fx_wmi_start(struct fx_device *device);
void fx_wmi_stop(struct fx_device *device);

/* The device's object goes. */
void fx_wmi_free(struct fx_device *device);

/* IRP_MJ_SYSTEM_CONTROL for a device with providers. */
NTSTATUS fx_wmi_dispatch(struct fx_device *device, IRP *irp);

/* The registered instance of that number, referenced; NULL: there is none. */
struct fx_wmi_instance *fx_wmi_instance_at(struct fx_wmi_provider *provider, ULONG index);

#endif
