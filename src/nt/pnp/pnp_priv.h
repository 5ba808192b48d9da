/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_PNP_PNP_PRIV_H
#define OPENWDF_NT_PNP_PNP_PRIV_H

#include "base/list.h"
#include "nt/ex/ex.h"
#include "nt/pnp/pnp.h"

#define PNP_TAG      'pnPW'
#define PNP_ID_CHARS 200 /* The documented limit of a device instance id. */

struct pnp_devnode {
    struct list link; /* In pnp.devnodes; guarded by pnp.lock. */
    PDEVICE_OBJECT pdo;
    enum pnp_state state;      /* Guarded by the turn. */
    KEVENT turn;               /* Signalled: nobody changes the devnode. */
    KEVENT removed;            /* Signalled while there is no stack. */
    struct ex_work state_work; /* IoInvalidateDeviceState. */
    struct ex_work close_work; /* The last handle of a surprise-removed device. */
    LONG state_work_queued;
    char id[PNP_ID_CHARS + 1]; /* The instance id as it was given, for messages. */
    WCHAR instance_path[PNP_ID_CHARS + 1];
    USHORT device_chars;       /* Of instance_path: enumerator\device. */
    USHORT enumerator_chars;   /* Of instance_path: enumerator. */
    WCHAR *hardware_ids;       /* Multi-string. */
    USHORT hardware_ids_bytes; /* Both terminators included. */
    WCHAR description[PNP_ID_CHARS + 1];
};

/* The root bus: its driver, which answers for the PDOs. */
NTSTATUS pnp_root_init(void);
void pnp_root_fini(void);
NTSTATUS pnp_root_create_pdo(struct pnp_devnode *devnode, PDEVICE_OBJECT *ret_pdo);
void pnp_root_delete_pdo(PDEVICE_OBJECT pdo);

NTSTATUS pnp_get_property(PDEVICE_OBJECT pdo, DEVICE_REGISTRY_PROPERTY property,
                          ULONG buffer_length, PVOID buffer, PULONG ret_length);

#endif
