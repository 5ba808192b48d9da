/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_PO_PO_PRIV_H
#define OPENWDF_NT_PO_PO_PRIV_H

#include "nt/po/po.h"

#define PO_TAG 'rPoP'

/* It has ended the system's sleep; a new sleep begins. Any IRQL <= DISPATCH_LEVEL. */
void po_note_woke(PDEVICE_OBJECT pdo);
void po_forget_woke(PDEVICE_OBJECT pdo);

/* The device signalled wake-up. IRQL <= DISPATCH_LEVEL. */
void po_wake_signalled(PDEVICE_OBJECT pdo);

/* An IRP_MN_WAIT_WAKE of its stack is sent, is back. IRQL <= DISPATCH_LEVEL. */
void po_wake_waits(PDEVICE_OBJECT pdo, bool waits);

void po_requests_init(void);

void po_settings_init(void);

/* The display goes off with the system's sleep, and on. IRQL <= DISPATCH_LEVEL. */
void po_display_changed(bool on);

void po_framework_init(void);

/* The system goes to sleep: components stay as they are until their drivers report D0. */
void po_framework_sleep(void);

void po_idle_init(void);
void po_idle_fini(void);

#endif
