/* SPDX-License-Identifier: MIT */
/* Calling a device's event callbacks, for the machines. */
#ifndef OPENWDF_FX_PNP_CALL_H
#define OPENWDF_FX_PNP_CALL_H

#include "fx/core/callback.h"
#include "fx/pnp/device_priv.h"

/* Calls a callback of the form NTSTATUS f(WDFDEVICE, ...) if the driver has it; success if not. */
#define FX_CALL_STATUS(device, callback, ...)                                                      \
    ({                                                                                             \
        NTSTATUS status_ = STATUS_SUCCESS;                                                         \
        if ((callback) != NULL) {                                                                  \
            KIRQL irql_ = fx_callback_begin();                                                     \
            status_ = (callback)(fx_device_handle(device), ##__VA_ARGS__);                         \
            fx_callback_end((device)->object.globals, irql_, (const void *)(callback));            \
            if (!NT_SUCCESS(status_)) {                                                            \
                fx_device_refused(device, #callback, status_);                                     \
            }                                                                                      \
        }                                                                                          \
        status_;                                                                                   \
    })

#define FX_CALL_VOID(device, callback, ...)                                                        \
    do {                                                                                           \
        if ((callback) != NULL) {                                                                  \
            KIRQL irql_ = fx_callback_begin();                                                     \
            (callback)(fx_device_handle(device), ##__VA_ARGS__);                                   \
            fx_callback_end((device)->object.globals, irql_, (const void *)(callback));            \
        }                                                                                          \
    } while (0)

static inline WDFDEVICE
fx_device_handle(struct fx_device *device)
{
    return fx_object_handle(&device->object);
}

/* Says which callback failed; `callback` as it stands in the source: "device->pnp.EvtDevice...". */
void fx_device_refused(struct fx_device *device, const char *callback, NTSTATUS status);

#endif
