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

/*
 * The same in two steps, for who has to ask elsewhere too: po_system_ask only asks. When all agree, what drivers ask of the PnP
 * manager waits until po_system_sleep, critical now, or po_system_stay follows; po_system_stay tells the devices that the system
 * stays in S0. A refusal is told to those that were asked at once.
 */
__attribute__((warn_unused_result)) NTSTATUS po_system_ask(SYSTEM_POWER_STATE state,
                                                           POWER_ACTION action);
void po_system_stay(void);

/* Back to S0: parents before their children. Does nothing when it does not sleep. */
void po_system_resume(void);

/*
 * Something that no IRP_MN_WAIT_WAKE tells of ends the system's sleep, for the device of that PDO: an interrupt that
 * was left enabled for it. IRQL <= DISPATCH_LEVEL.
 */
void po_device_woke(PDEVICE_OBJECT pdo);

/* Whether an IRP_MN_WAIT_WAKE of the PDO's stack is pending; whether the device ended the last sleep. */
bool po_device_wake_armed(PDEVICE_OBJECT pdo);
bool po_device_woke_system(PDEVICE_OBJECT pdo);

/*
 * What the bus driver of a PDO does when the device's hardware signals; false: it does not wait for that. For those that have
 * no hardware to hear it from. PASSIVE_LEVEL.
 */
void po_device_set_signal(PDEVICE_OBJECT pdo, bool (*signal)(PDEVICE_OBJECT pdo));
bool po_device_signal(PDEVICE_OBJECT pdo, bool *ret_known);

SYSTEM_POWER_STATE po_system_state(void);

/*
 * What PoSetPowerState was last told of the device object: PowerDeviceUnspecified before the first time.
 * Any thread, any IRQL.
 */
DEVICE_POWER_STATE po_device_state(PDEVICE_OBJECT device);

/* Waits until the system is in S0. False: not within the time (milliseconds; negative: for ever). */
bool po_wait_awake(long timeout_ms);

#endif
