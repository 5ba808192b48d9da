/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_PO_PO_PRIV_H
#define OPENWDF_NT_PO_PO_PRIV_H

#include "nt/po/po.h"

#define PO_TAG 'rPoP'

/* A device signalled wake-up. IRQL <= DISPATCH_LEVEL. */
void po_wake_signalled(void);

void po_requests_init(void);

void po_settings_init(void);

/* The setting, one of those in setting.c, has that value from now on. IRQL <= DISPATCH_LEVEL. */
void po_setting_changed(const GUID *guid, ULONG value);

/* The display goes off with the system's sleep, and on. */
void po_display_changed(bool on);

void po_idle_init(void);
void po_idle_fini(void);

#endif
