/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: service routines connected to vectors, and the hardware's side of the vectors.
 *
 * A vector is a line that devices may share, or one message. Its service routines run on threads of their own,
 * as on another processor: whatever holds the interrupt's lock keeps them waiting, and nothing else does.
 */
#ifndef OPENWDF_NT_KE_INTERRUPT_H
#define OPENWDF_NT_KE_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>

#include <ntddk.h>

struct ke_interrupt_params {
    PKSERVICE_ROUTINE routine;                 /* Or NULL, and: */
    PKMESSAGE_SERVICE_ROUTINE message_routine; /* Called with message_id. */
    ULONG message_id;
    PVOID context;
    PKSPIN_LOCK lock; /* The driver's; NULL: one of its own. NULL at PASSIVE_LEVEL. */
    KIRQL irql;       /* At which the routine runs. PASSIVE_LEVEL: it may wait. */
    KINTERRUPT_MODE mode;
    bool shared;
    const ULONG *vectors;
    size_t count; /* Of vectors, at least 1. */
};

/*
 * Connects a service routine; it may run before this returns, when a device holds a line already.
 * PASSIVE_LEVEL. STATUS_INVALID_PARAMETER: somebody else has a vector, and one of both does not share it;
 * or they differ in mode. STATUS_INSUFFICIENT_RESOURCES.
 */
__attribute__((warn_unused_result)) NTSTATUS
ke_interrupt_connect(const struct ke_interrupt_params *params, PKINTERRUPT *ret_interrupt);

/* The routine runs no more when it returns. PASSIVE_LEVEL, not from the routine. */
void ke_interrupt_disconnect(PKINTERRUPT interrupt);

/* An interrupt that is not active stays connected and its routine is not called. IRQL <= DISPATCH_LEVEL. */
void ke_interrupt_set_active(PKINTERRUPT interrupt, bool active);

/*
 * Takes and gives back an interrupt's spin lock at `irql`, for who connects interrupts that share one and may
 * need it when none is connected. The caller's IRQL is not above. Returns it.
 */
KIRQL ke_interrupt_lock(PKSPIN_LOCK lock, KIRQL irql);
void ke_interrupt_unlock(PKSPIN_LOCK lock, KIRQL old);

/* How many are connected. */
unsigned ke_interrupts_connected(void);

/* The hardware's side; any IRQL. -------------------------------------------------------------- */

/*
 * An edge, or a message. Those that come before the first is served are one. False: no routine is
 * connected, and it is lost.
 */
bool ke_interrupt_pulse(ULONG vector);

/* A device holds the line, and lets go of it. Lines are held by any number of devices. */
void ke_interrupt_hold(ULONG vector);
void ke_interrupt_release(ULONG vector);

/* Waits until no service routine runs or is due. PASSIVE_LEVEL. */
void ke_interrupts_wait(void);

#endif
