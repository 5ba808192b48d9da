/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_PNP_PNP_PRIV_H
#define OPENWDF_NT_PNP_PNP_PRIV_H

#include "base/fsm.h"
#include "base/list.h"
#include "nt/ex/ex.h"
#include "nt/pnp/pnp.h"
#include "sys/lock.h"

#define PNP_TAG      'pnPW'
#define PNP_ID_CHARS 200 /* The documented limit of a device id, and of an instance path here. */

/* The events of a devnode's machine. What each leads to stands in devnode_states.c. */
enum pnp_event {
    PNP_EV_CONFIGURE = 1, /* Build and start the stack. */
    PNP_EV_QUERY_STOP,
    PNP_EV_CANCEL_STOP,
    PNP_EV_STOP,
    PNP_EV_RESTART, /* The start after a stop. */
    PNP_EV_QUERY_REMOVE,
    PNP_EV_CANCEL_REMOVE,
    PNP_EV_REMOVE,   /* The stack goes. */
    PNP_EV_SURPRISE, /* It cannot be used any more. */
    PNP_EV_DEPART,   /* The stack goes, and the PDO with it. */
    PNP_EV_FORGET,   /* The parent's drivers have gone, and with them the PDO. */
    PNP_EV_REPORT,   /* A driver found it by itself, and drives it. */
    PNP_EV_COUNT,
};

/* What drivers ask for at DISPATCH_LEVEL; each waits at most once. */
#define PNP_ASK_RELATIONS 0x01u
#define PNP_ASK_STATE     0x02u
#define PNP_ASK_EJECT     0x04u
#define PNP_ASK_CLOSED    0x08u /* The last handle was closed. */
#define PNP_ASK_RENEW     0x10u /* Surprise-remove and enumerate again. */
#define PNP_ASK_POWER     0x20u /* PowerRelations have changed. */

struct pnp_action {
    struct list link;
    void (*run)(struct pnp_action *action);
    KEVENT *done; /* Of a thread that waits; NULL: none, the action is not touched after run(). */
};

struct pnp_driver {
    enum pnp_role role;
    PDRIVER_OBJECT object;
};

struct pnp_setup {
    struct pnp_driver *drivers; /* In the order of AddDevice. */
    size_t driver_count;
    size_t driver_room;
    bool raw;
    enum pnp_problem problem;
    NTSTATUS status;
    WCHAR *text[PNP_TEXT_COUNT];
    GUID class_guid;
    bool has_class;
    IO_RESOURCE_REQUIREMENTS_LIST *requirements;
};

struct pnp_devnode {
    struct fsm machine;
    PDEVICE_OBJECT pdo; /* References to the devnode are references to it. */

    /* The tree; guarded by pnp_tree_lock, changed by actions only. */
    struct pnp_devnode *parent;
    struct list children; /* In the order they were found. */
    struct list sibling;
    bool in_tree; /* And with it a reference. */

    /* Actions only, without a lock. */
    bool described;
    bool seen;        /* By the enumeration under way. */
    bool departed;    /* Pulled out, with all above it or alone. */
    bool has_stack;   /* AddDevice was called. */
    bool started;     /* Between a start that succeeded and the removal. */
    bool was_started; /* Since its stack was built. */
    bool open;        /* Its removal waits for handles. */
    bool failed;      /* It must be surprise-removed: what the machine's step found. */
    bool surprised;   /* Between IRP_MN_SURPRISE_REMOVAL and IRP_MN_REMOVE_DEVICE. */
    bool listed;      /* In a removal under way: */
    struct list going_link;
    bool needs_configure;
    bool needs_enumerate;
    struct list work_link;
    NTSTATUS step_status; /* Of the last event. */
    enum pnp_problem problem;
    NTSTATUS problem_status;
    enum pnp_problem removal_problem; /* What it has when its removal is over. */
    NTSTATUS removal_status;
    PNP_DEVICE_STATE device_state;
    unsigned depth;
    KEVENT removed; /* Signalled while there is no stack. */

    /* Its bus's description; fixed once it is described. */
    WCHAR *device_id;
    WCHAR *instance_path; /* L"" before. */
    WCHAR *hardware_ids;
    WCHAR *compatible_ids;
    WCHAR *container_id;
    WCHAR *description;
    WCHAR *location;
    DEVICE_CAPABILITIES capabilities; /* After the start: with the drivers' changes. */
    PNP_BUS_INFORMATION bus;
    bool has_bus;

    /* Resources. See resources.h. */
    IO_RESOURCE_REQUIREMENTS_LIST *requirements; /* As the bus said. */
    IO_RESOURCE_REQUIREMENTS_LIST *filtered;     /* As the stack filtered them. */
    CM_RESOURCE_LIST *boot;
    CM_RESOURCE_LIST *boot_translated;
    NTSTATUS requirements_status; /* Of asking for them. */
    bool requirements_changed;    /* They are to be met anew. */
    bool stays;                   /* It refused to be moved. */
    CM_RESOURCE_LIST *allocated;
    CM_RESOURCE_LIST *translated;

    struct pnp_setup setup; /* While it has a stack. */

    PDEVICE_RELATIONS power_relations; /* Whom it needs; NULL: nobody. */
    size_t power_index;                /* For power_order.c. */

    /* What drivers ask for: guarded by the queue's lock. */
    struct pnp_action asked;
    unsigned asks;
    bool asked_queued; /* And with it a reference. */
};

/* The tree ------------------------------------------------------------------------------------ */

/* Guards links, instance paths and everything that status queries read. A leaf lock. */
extern struct sys_lock pnp_tree_lock;
extern struct pnp_devnode *pnp_root; /* NULL when pnp is down. */
extern struct pnp_system pnp_system;

/* A devnode for a PDO that its bus reported; linked below `parent`. */
NTSTATUS pnp_devnode_create(struct pnp_devnode *parent, PDEVICE_OBJECT pdo,
                            struct pnp_devnode **ret_devnode);

/* Takes it out of the tree and gives the tree's reference back. */
void pnp_devnode_unlink(struct pnp_devnode *devnode);

/* The first, the next child; not referenced: for actions. */
struct pnp_devnode *pnp_child_first(const struct pnp_devnode *devnode);
struct pnp_devnode *pnp_child_next(const struct pnp_devnode *child);

struct pnp_devnode *pnp_find_locked(const WCHAR *instance_path);

/* Sets what status queries see, and tells the system. */
void pnp_set_problem(struct pnp_devnode *devnode, enum pnp_problem problem, NTSTATUS status);
void pnp_report(struct pnp_devnode *devnode, bool gone_for_good);

/* Actions ------------------------------------------------------------------------------------- */

void pnp_queue_init(void);

/* Runs the action, on this thread or another, and waits for its end. */
void pnp_queue_run(struct pnp_action *action);

/* Whether the calling thread runs the action under way: a driver called back into us. */
bool pnp_queue_is_mine(void);

/* Queues what a driver asks for. IRQL <= DISPATCH_LEVEL. */
void pnp_queue_ask(struct pnp_devnode *devnode, unsigned ask);

/* Waits for the queue to be empty. */
void pnp_queue_wait(void);

/* Handles an event to its end; step_status is what came of it. */
NTSTATUS pnp_post(struct pnp_devnode *devnode, enum pnp_event event);

void pnp_work_init(void);

/* Puts the devnode on the list of those that needs_configure or needs_enumerate say something about. */
void pnp_work_add(struct pnp_devnode *devnode);

/* Brings up whatever is on that list, and what comes of it. */
void pnp_work_run(void);

/* Steps of the machine ------------------------------------------------------------------------ */

NTSTATUS pnp_describe(struct pnp_devnode *devnode);
NTSTATUS pnp_add_drivers(struct pnp_devnode *devnode);
void pnp_release_drivers(struct pnp_devnode *devnode);
NTSTATUS pnp_start_device(struct pnp_devnode *devnode);

/* After the first start: capabilities, the state that drivers report. */
void pnp_post_start(struct pnp_devnode *devnode);

/* IRP_MN_QUERY_PNP_DEVICE_STATE; what follows from it is noted: failed, removal_problem. */
void pnp_query_state(struct pnp_devnode *devnode);

/* What a device can do of which its bus says no more: be on, and off. */
void pnp_on_or_off(DEVICE_CAPABILITIES *capabilities);

void pnp_enumerate(struct pnp_devnode *devnode);

/* A PnP IRP without parameters. */
NTSTATUS pnp_send_minor(struct pnp_devnode *devnode, UCHAR minor);

/* A relations query; NULL when there are none. Referenced PDOs, in pool. */
NTSTATUS pnp_query_relations(struct pnp_devnode *devnode, DEVICE_RELATION_TYPE type,
                             PDEVICE_RELATIONS *ret_relations);
void pnp_free_relations(PDEVICE_RELATIONS relations);

/* Removals ------------------------------------------------------------------------------------ */

/* What problem the devnode has when its removal, which comes, is over. */
void pnp_will_have(struct pnp_devnode *devnode, enum pnp_problem problem, NTSTATUS status);

/* Surprise-removes the devnode and what hangs on it: it failed. */
void pnp_surprise_remove(struct pnp_devnode *devnode);

/* The same, and it is not there any more. */
void pnp_depart(struct pnp_devnode *devnode);

/* Does what pnp_surprise_remove left to be done when handles are closed. */
void pnp_closed(struct pnp_devnode *devnode);

NTSTATUS pnp_remove_orderly(struct pnp_devnode *devnode, enum pnp_problem problem, bool eject);

/* In a step of the machine: the PDO's children have lost it. */
void pnp_forget_children(struct pnp_devnode *devnode);

/* An event of stopping or restarting, for the devnode and all below it. */
NTSTATUS pnp_stop_step(struct pnp_devnode *devnode, enum pnp_event event);

/* The root bus -------------------------------------------------------------------------------- */

NTSTATUS pnp_root_init(void);
void pnp_root_fini(void);

/* For devices that drivers report: the parts of pnp_root_add. In an action, but the first. */
NTSTATUS pnp_root_make_pdo(const struct pnp_root_params *params, PDEVICE_OBJECT *ret_pdo);
NTSTATUS pnp_root_open(void);
void pnp_root_plug(PDEVICE_OBJECT pdo);
void pnp_root_discard(PDEVICE_OBJECT pdo); /* It was never plugged in. */

/* Whether the root bus owns the PDO. */
bool pnp_root_owns(PDEVICE_OBJECT pdo);

/* The device is not plugged in any more; the next enumeration misses it. */
void pnp_root_drop(PDEVICE_OBJECT pdo);

/* The same, and a new PDO for the same device takes its place. */
void pnp_root_renew(PDEVICE_OBJECT pdo);

/* Properties and strings ---------------------------------------------------------------------- */

NTSTATUS pnp_get_property(PDEVICE_OBJECT pdo, DEVICE_REGISTRY_PROPERTY property,
                          ULONG buffer_length, PVOID buffer, PULONG ret_length);

void pnp_setup_clear(struct pnp_setup *setup);

/* "": what a devnode's texts are before they are known. Not freed. */
extern WCHAR pnp_no_text[1];

size_t pnp_wide_length(const WCHAR *text);

/* Units of a multi-string, its last terminator included. */
size_t pnp_multi_chars(const WCHAR *multi);

/* In pool; NULL when memory is short. */
void *pnp_copy(const void *data, size_t size);
WCHAR *pnp_copy_text(const WCHAR *text);

/* ExFreePool that takes NULL. */
void pnp_free(void *block);

#define PNP_NAME(devnode) pnp_ascii((devnode)->instance_path, (char[256]){0}, 256)

#endif
