/* SPDX-License-Identifier: MIT */
/*
 * The inside of child lists.
 *
 * An entry is a child that the driver has reported: described, then given a PDO (when the PnP manager asks for the
 * bus relations), then reported; at last it is missing, reported as missing, and its PDO removed. While
 * the list is scanned or iterated, changes are only noted (`next`) and take effect when the last of those
 * ends.
 *
 * list->lock guards all of it. The driver's compare, copy, duplicate and cleanup callbacks run under it, as
 * documented; so none of them may call a function of this list but WdfChildListGetDevice.
 */
#ifndef OPENWDF_FX_PNP_CHILD_H
#define OPENWDF_FX_PNP_CHILD_H

#include "fx/pnp/device.h"
#include "fx/pnp/pdo.h"

#define FX_CHILD_RETRIES_MAX 5u /* EvtChildListCreateDevice returning STATUS_RETRY. */

enum fx_child_next {
    FX_CHILD_AS_IT_IS,
    FX_CHILD_PRESENT,
    FX_CHILD_MISSING,
};

struct fx_child {
    struct list link;
    struct fx_child_list *list;
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *id; /* sys_alloc; NULL: of the static list. */
    WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address;   /* sys_alloc; NULL: none. */
    struct fx_device *pdo;                           /* NULL: none yet. */
    enum fx_child_next next;
    bool present;
    bool reported;         /* The PnP manager has seen the PDO. */
    bool reported_missing; /* ... and that it is gone. */
    bool creating;         /* EvtChildListCreateDevice runs. */
    unsigned retries;
};

struct fx_child_list {
    struct fx_object object;
    struct list device_link; /* device->child_lists; device->lock. */
    struct fx_device *device;
    WDF_CHILD_LIST_CONFIG config;
    bool is_static;

    struct sys_lock lock;
    struct list children; /* struct fx_child, in order of their first report. */
    uint32_t busy;        /* Scans and iterations under way; atomic to read. */
    uint32_t word;        /* Changes when busy becomes 0. */
};

extern const struct fx_class fx_class_childlist;

/* A list of the device; `config` NULL: the static one. */
_Must_inspect_result_ NTSTATUS fx_child_list_create(struct fx_device *device,
                                                    const WDF_CHILD_LIST_CONFIG *config,
                                                    WDF_OBJECT_ATTRIBUTES *attributes,
                                                    struct fx_child_list **ret_list);

/* Begins, and ends, a scan or an iteration; the end of the last lets the noted changes take effect. */
void fx_child_list_hold(struct fx_child_list *list, bool all_missing);
void fx_child_list_release(struct fx_child_list *list);

/* For a static child; the list takes the PDO over. */
_Must_inspect_result_ NTSTATUS fx_child_add_static(struct fx_child_list *list,
                                                   struct fx_device *pdo);

/* Tells the PnP manager that the bus relations have changed. */
void fx_child_list_invalidate(struct fx_child_list *list);

/* --- By PDO --- */

NTSTATUS fx_child_mark_missing(struct fx_device *pdo); /* STATUS_NO_SUCH_DEVICE */
bool fx_child_is_reported_missing(struct fx_device *pdo);
void fx_child_set_reported_missing(struct fx_device *pdo);
bool fx_child_is_dynamic(struct fx_device *pdo);
void fx_child_forget_pdo(struct fx_device *pdo); /* Waits for iterations. PASSIVE_LEVEL. */
void fx_child_reenumerate(struct fx_device *pdo);
NTSTATUS fx_child_get_identification(struct fx_device *pdo,
                                     WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *to);
NTSTATUS fx_child_get_address(struct fx_device *pdo, WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *to);
NTSTATUS fx_child_set_address(struct fx_device *pdo,
                              const WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *from);

/* --- For childlist_api.c, under the lock --- */

/* The entry of that description that the PnP manager may still keep; NULL: none. */
struct fx_child *fx_child_find_locked(struct fx_child_list *list,
                                      WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *id);
_Must_inspect_result_ NTSTATUS fx_child_add_locked(struct fx_child_list *list,
                                                   WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *id,
                                                   WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *address);
void fx_child_copy_id_locked(struct fx_child *child,
                             WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER *to);
void fx_child_copy_address_locked(struct fx_child_list *list,
                                  WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *from,
                                  WDF_CHILD_ADDRESS_DESCRIPTION_HEADER *to);
bool fx_child_will_be_present_locked(const struct fx_child *child);

#endif
