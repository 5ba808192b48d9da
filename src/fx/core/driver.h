/* SPDX-License-Identifier: MIT */
/* The driver object (WDFDRIVER): root of all of a driver's framework objects. */
#ifndef OPENWDF_FX_CORE_DRIVER_H
#define OPENWDF_FX_CORE_DRIVER_H

#include "fx/object/object.h"

struct fx_driver {
    struct fx_object object;
    DRIVER_OBJECT *wdm;
    WDF_DRIVER_CONFIG config; /* In today's layout, whatever version the driver was built for. */
    bool unload_called;       /* EvtDriverUnload has been called. */
    struct list link;         /* In the registry of drivers. */
};

/* The framework driver of a WDM driver object; NULL when it has none. */
struct fx_driver *fx_driver_of_wdm(const DRIVER_OBJECT *wdm);

static inline bool
fx_driver_is_miniport(const struct fx_driver *driver)
{
    return (driver->config.DriverInitFlags & WdfDriverInitNoDispatchOverride) != 0;
}

#endif
