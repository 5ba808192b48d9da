/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_BATTERY_BATTERY_H
#define OPENWDF_NT_BATTERY_BATTERY_H

#include <stdbool.h>
#include <stdint.h>

#include <ntddk.h>

#include <batclass.h>

#define BATTERY_POOL_TAG 'ttaB'

struct battery {
    BATTERY_MINIPORT_INFO miniport;
    UNICODE_STRING link; /* The device interface; empty: none. */
    KMUTEX turn;         /* Callbacks, one at a time; guards thread and notifying. */
    bool notifying;      /* SetStatusNotify succeeded. */
    IO_CSQ waiting;
    KSPIN_LOCK lock; /* Guards irps. */
    LIST_ENTRY irps;
    KEVENT changed;
    uint32_t closing; /* Atomic. */
    PKTHREAD thread;  /* NULL: nothing has waited yet. */
};

void battery_enter(struct battery *battery);
void battery_leave(struct battery *battery);

/*
 * Answers a request whose answer may have to wait. False: not yet; then it is still the caller's. `over`: it is answered
 * whatever the answer is.
 */
bool battery_answer(struct battery *battery, PIRP irp, bool over);

void battery_complete(PIRP irp, NTSTATUS status, ULONG_PTR size);

NTSTATUS battery_wait_init(struct battery *battery);

/* Keeps the request for at most `milliseconds` (MAXULONG: for ever). Returns STATUS_PENDING, or why not: then it is completed. */
NTSTATUS battery_wait(struct battery *battery, PIRP irp, ULONG milliseconds);

void battery_wait_fini(struct battery *battery);

#endif
