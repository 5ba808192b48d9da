/* SPDX-License-Identifier: MIT */
/*
 * The power manager inside a host: the system's sleep and its end over the device tree, device power
 * IRPs that drivers ask for, idle detection.
 */
#ifndef OPENWDF_NT_PO_PO_H
#define OPENWDF_NT_PO_PO_H

#include <stdbool.h>

#include <ntddk.h>

/* Called by io_init and io_fini. */
void po_init(void);
void po_fini(void);

/*
 * Takes the system from S0 to a sleep state: PowerSystemSleeping1 … PowerSystemShutdown. All started
 * devices are asked first (IRP_MN_QUERY_POWER), unless it is critical; when one refuses, all that were asked hear that
 * the system stays in S0, and the refusal is returned. Then they are told (IRP_MN_SET_POWER). Children come
 * before their parents, and before those that PowerRelations name; devices that do not depend on each
 * other have their IRPs at the same time.
 *
 * No device comes or goes meanwhile, and what drivers ask of the PnP manager while the system sleeps
 * waits for its end. A wake-up signal ends it by itself. PASSIVE_LEVEL, not from a driver's callback.
 * STATUS_INVALID_PARAMETER_1, STATUS_INVALID_DEVICE_STATE: it sleeps already.
 */
__attribute__((warn_unused_result)) NTSTATUS po_system_sleep(SYSTEM_POWER_STATE state,
                                                             POWER_ACTION action, bool critical);

/* Back to S0: parents before their children. Does nothing when it does not sleep. */
void po_system_resume(void);

SYSTEM_POWER_STATE po_system_state(void);

/*
 * What PoSetPowerState was last told of the device object: PowerDeviceUnspecified before the first time.
 * Any thread, any IRQL.
 */
DEVICE_POWER_STATE po_device_state(PDEVICE_OBJECT device);

/* Waits until the system is in S0. False: not within the time (milliseconds; negative: for ever). */
bool po_wait_awake(long timeout_ms);

#endif
