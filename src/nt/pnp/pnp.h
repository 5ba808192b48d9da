/* SPDX-License-Identifier: MIT */
/*
 * The PnP manager inside a host: the device tree, the stacks of its devices, and the IRPs that
 * describe, start, stop and remove them.
 *
 * Three parts:
 *
 *   the system   what only the system around the host knows (which drivers fit a device, what is
 *                disabled, who wants to know of changes), asked through a table of functions;
 *   the tree     its devnodes, which can be found, listed and looked at;
 *   actions      what a person or a test does to a device.
 *
 * Threads. Everything that changes the tree is an action, and one action runs at a time, to its end,
 * including the new and the missing children that it brings about. An action that is asked for by
 * one of these functions runs on the calling thread when nothing else runs, else the thread waits
 * for it; what drivers ask for (IoInvalidateDeviceRelations …) runs on a system worker. So no
 * function of this header but the queries may be called from a driver's callback. All at
 * PASSIVE_LEVEL.
 */
#ifndef OPENWDF_NT_PNP_PNP_H
#define OPENWDF_NT_PNP_PNP_H

#include <stdbool.h>
#include <stddef.h>

#include <ntddk.h>

struct fsm_table;
struct pnp_devnode;

/* Called by io_init and io_fini. pnp_fini removes what devices are left, reporting them. */
NTSTATUS pnp_init(void);
void pnp_fini(void);

/* Why a device does not work: the documented numbers of Device Manager. 0: it has no problem. */
enum pnp_problem {
    PNP_PROBLEM_NONE = 0,
    PNP_PROBLEM_NOT_CONFIGURED = 1,
    PNP_PROBLEM_OUT_OF_MEMORY = 3,
    PNP_PROBLEM_INVALID_DATA = 9,
    PNP_PROBLEM_FAILED_START = 10,
    PNP_PROBLEM_NORMAL_CONFLICT = 12,
    PNP_PROBLEM_NEED_RESTART = 14,
    PNP_PROBLEM_REINSTALL = 18,
    PNP_PROBLEM_REGISTRY = 19,
    PNP_PROBLEM_WILL_BE_REMOVED = 21,
    PNP_PROBLEM_DISABLED = 22,
    PNP_PROBLEM_DEVICE_NOT_THERE = 24,
    PNP_PROBLEM_FAILED_INSTALL = 28,
    PNP_PROBLEM_HARDWARE_DISABLED = 29,
    PNP_PROBLEM_FAILED_ADD = 31,
    PNP_PROBLEM_DISABLED_SERVICE = 32,
    PNP_PROBLEM_TRANSLATION_FAILED = 33,
    PNP_PROBLEM_FAILED_DRIVER_ENTRY = 37,
    PNP_PROBLEM_DRIVER_FAILED_PRIOR_UNLOAD = 38,
    PNP_PROBLEM_DRIVER_FAILED_LOAD = 39,
    PNP_PROBLEM_DRIVER_SERVICE_KEY_INVALID = 40,
    PNP_PROBLEM_DUPLICATE_DEVICE = 42,
    PNP_PROBLEM_FAILED_POST_START = 43,
    PNP_PROBLEM_HALTED = 44,
    PNP_PROBLEM_PHANTOM = 45,
    PNP_PROBLEM_SYSTEM_SHUTDOWN = 46,
    PNP_PROBLEM_HELD_FOR_EJECT = 47,
    PNP_PROBLEM_DRIVER_BLOCKED = 48,
};

/* "CM_PROB_FAILED_START"; "CM_PROB_?" for a number that is not in the list. "" for 0. */
const char *pnp_problem_name(ULONG problem);

/* The system ---------------------------------------------------------------------------------- */

/* A device as its bus describes it. Multi-strings end with an empty string; texts may be empty. */
struct pnp_identity {
    const WCHAR *instance_path; /* "USB\VID_045E&PID_00DD\6&1f3c2b1&0&2" */
    const WCHAR *parent_path;
    const WCHAR *hardware_ids;   /* Multi-string, the most specific first. */
    const WCHAR *compatible_ids; /* Multi-string, the same. */
    const WCHAR *description;
    const WCHAR *location;
    bool raw_ok;             /* Its bus driver can drive it alone. */
    bool is_root_enumerated; /* pnp_root_add, not a driver, brought it. */
};

/* Where in a stack a driver belongs, from the bottom to the top. */
enum pnp_role {
    PNP_LOWER_DEVICE_FILTER,
    PNP_LOWER_CLASS_FILTER,
    PNP_FUNCTION,
    PNP_UPPER_DEVICE_FILTER,
    PNP_UPPER_CLASS_FILTER,
    PNP_ROLE_COUNT,
};

/* What the system answers about a device; filled in by the functions below. */
struct pnp_setup;

/*
 * A driver of the device's stack, loaded: its DriverEntry has succeeded. Drivers of one role are
 * added from the bottom to the top. False: memory is short, and the driver is the caller's still.
 */
bool pnp_setup_add_driver(struct pnp_setup *setup, enum pnp_role role, PDRIVER_OBJECT driver);

/* The device runs without a function driver, though there may be filters. */
void pnp_setup_set_raw(struct pnp_setup *setup);

/*
 * The device gets no stack, and why: PNP_PROBLEM_DISABLED; _FAILED_INSTALL (no driver fits it);
 * _DRIVER_FAILED_LOAD; _FAILED_DRIVER_ENTRY … `status` says more, when there is more to say.
 */
void pnp_setup_set_problem(struct pnp_setup *setup, enum pnp_problem problem, NTSTATUS status);

/* What IoGetDeviceProperty tells. A text that is not set keeps what the bus said, or is absent. */
enum pnp_text {
    PNP_TEXT_DESCRIPTION,
    PNP_TEXT_FRIENDLY_NAME,
    PNP_TEXT_MANUFACTURER,
    PNP_TEXT_CLASS_NAME,
    PNP_TEXT_DRIVER_KEY, /* "{class guid}\0001" */
    PNP_TEXT_COUNT,
};
bool pnp_setup_set_text(struct pnp_setup *setup, enum pnp_text which, const WCHAR *text);
void pnp_setup_set_class(struct pnp_setup *setup, const GUID *class_guid);

/*
 * A resource requirements list of the system's own, instead of the bus's (an INF's or a person's
 * override). Copied. False: memory is short.
 */
bool pnp_setup_set_requirements(struct pnp_setup *setup,
                                const IO_RESOURCE_REQUIREMENTS_LIST *requirements);

/* A devnode at one moment. Strings live as long as the caller holds a reference to the devnode. */
struct pnp_status {
    const WCHAR *instance_path; /* "" before the bus has told its ids. */
    const WCHAR *parent_path;   /* NULL: the root of the tree. */
    const WCHAR *description;
    const char *state; /* "Started" …: a state of the devnode's machine. */
    unsigned depth;    /* The root has 0. */
    enum pnp_problem problem;
    NTSTATUS problem_status; /* Of the step that failed. */
    bool started;            /* Its stack may be used, though it may be stopped for a moment. */
    bool has_drivers;
    bool hidden;          /* PNP_DEVICE_DONT_DISPLAY_IN_UI, or a bus that says so. */
    bool gone;            /* Pulled out; its drivers wait for the last handle. */
    bool not_disableable; /* PNP_DEVICE_NOT_DISABLEABLE, its own or of a device below. */
    DEVICE_POWER_STATE power;
    bool wake_armed; /* An IRP_MN_WAIT_WAKE of its stack is pending. */
    bool woke;       /* It ended the system's last sleep, or was one of those that did. */
};

/*
 * The table. Its functions are called by the thread that runs an action, without locks, one at a
 * time; they may wait, load drivers and read files, but not ask for actions. Each may be NULL.
 */
struct pnp_system {
    void *context;

    /*
     * Which drivers fit the device, and its settings. Nothing set: it starts raw when its bus says
     * that it may, else it has the problem _FAILED_INSTALL. Asked each time a stack is to be built.
     */
    void (*configure)(void *context, const struct pnp_identity *identity, struct pnp_setup *setup);

    /*
     * The stack that used this driver is down, or was never built: once for each driver that
     * configure added. The code of the last IRP may still be returning: unload it later.
     */
    void (*release)(void *context, PDRIVER_OBJECT driver);

    /* A person disabled or enabled the device; configure is to answer so from now on. */
    void (*set_disabled)(void *context, const WCHAR *instance_path, bool disabled);

    /* A devnode came, changed its state or its problem, or went (`gone_for_good`). */
    void (*changed)(void *context, const struct pnp_status *status, bool gone_for_good);

    /*
     * Each PnP IRP that the PnP manager has sent, and each system power IRP, completed with
     * `status`. For logs and tests.
     */
    void (*irp_done)(void *context, PDEVICE_OBJECT pdo, UCHAR major, const IO_STACK_LOCATION *stack,
                     NTSTATUS status);

    /*
     * A device has signalled wake-up, and the devices of this host sleep: the system is to end its sleep, which
     * includes a call of po_system_resume here. NULL: this host is the system, and resumes by itself. On a
     * system worker, at PASSIVE_LEVEL.
     */
    void (*woken)(void *context);
};

/* Copied. NULL: nobody; then every device starts raw. Set while there is no device. */
void pnp_set_system(const struct pnp_system *system);

/* The tree ------------------------------------------------------------------------------------ */

/* A devnode that somebody refers to outlives its device. */
void pnp_devnode_ref(struct pnp_devnode *devnode);
void pnp_devnode_unref(struct pnp_devnode *devnode);

/*
 * The devnode with this instance path (any case), referenced; NULL. Of a device that was pulled out
 * and plugged in again, the new one.
 */
struct pnp_devnode *pnp_devnode_find(const WCHAR *instance_path);

/* The devnode of a PDO, or of any device of its stack, referenced; NULL. */
struct pnp_devnode *pnp_devnode_of(PDEVICE_OBJECT device);

/* The PDO's object is freed: for nt/io alone. */
void pnp_devnode_free(struct pnp_devnode *devnode);

PDEVICE_OBJECT pnp_devnode_pdo(const struct pnp_devnode *devnode);
const WCHAR *pnp_devnode_instance_path(const struct pnp_devnode *devnode);
void pnp_devnode_status(struct pnp_devnode *devnode, struct pnp_status *ret_status);

/* Parents before children, children in the order they were found; until fn returns false. */
void pnp_tree_walk(bool (*fn)(void *argument, struct pnp_devnode *devnode,
                              const struct pnp_status *status),
                   void *argument);

/* A PnP IRP to the top of the PDO's stack, completed. `stack` gives minor function and parameters;
 * *information (may be NULL) is IoStatus.Information before and after. */
NTSTATUS pnp_send(PDEVICE_OBJECT pdo, const IO_STACK_LOCATION *stack, ULONG_PTR *information);

/* A printable name for messages: ASCII, cut off when it is long. Returns the buffer. */
const char *pnp_ascii(const WCHAR *text, char *buffer, size_t size);

/* The table of the devnode's machine, to be checked and drawn. */
extern const struct fsm_table pnp_devnode_table;

/* An interrupt that a device was given: a line, or one of its messages. */
struct pnp_interrupt {
    ULONG vector;
    KIRQL irql;
    KINTERRUPT_MODE mode;
    bool shared;
    bool message;
    USHORT group;
    KAFFINITY affinity;
};

/*
 * Fills `interrupts` with up to `room` of what the device was given, in the order of its resources; returns how
 * many there are. 0: none, or it is not started. Any IRQL <= DISPATCH_LEVEL.
 */
size_t pnp_interrupts(struct pnp_devnode *devnode, struct pnp_interrupt *interrupts, size_t room);

/* Whether a device was given this vector. PASSIVE_LEVEL. */
bool pnp_vector_is_given(ULONG vector);

/* Actions ------------------------------------------------------------------------------------- */

/* A device that is enumerated from software, by the root bus. All is copied. */
struct pnp_root_params {
    const char *instance_id;                 /* "ROOT\ECHO\0000": enumerator, device, instance. */
    const char *const *hardware_ids;         /* Ends with NULL. NULL: enumerator\device alone. */
    const char *const *compatible_ids;       /* Ends with NULL. NULL: none. */
    const char *description;                 /* What a person reads. NULL: the instance id. */
    const DEVICE_CAPABILITIES *capabilities; /* NULL: those of a device of software. */
    const IO_RESOURCE_REQUIREMENTS_LIST *requirements; /* NULL: it needs none. */
    const CM_RESOURCE_LIST *boot;                      /* What firmware gave it. NULL: nothing. */
};

/* What the root bus says of a device of software: D0 or D3, nothing to wake it. */
void pnp_root_default_capabilities(DEVICE_CAPABILITIES *capabilities);

/*
 * Puts the device into the root bus and brings it up: *ret_devnode, referenced, says how that went.
 * STATUS_OBJECT_NAME_INVALID (an instance id needs three parts), STATUS_OBJECT_NAME_COLLISION (there
 * is one with this id), STATUS_INSUFFICIENT_RESOURCES. A stack that does not start is no failure.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_root_add(const struct pnp_root_params *params,
                                                          struct pnp_devnode **ret_devnode);

/*
 * Asks the stacks of the device, of all below it and of their removal relations whether they may go
 * (IRP_MN_QUERY_REMOVE_DEVICE), then removes them. When a driver or a registered listener refuses, or a handle is
 * open (STATUS_DEVICE_BUSY), IRP_MN_CANCEL_REMOVE_DEVICE is sent and everything stays. A device of
 * the root bus leaves the tree; another one keeps its devnode, without a stack, while its bus reports it, and
 * pnp_devnode_enable brings it back.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_remove(struct pnp_devnode *devnode);

/*
 * The device was pulled out: IRP_MN_SURPRISE_REMOVAL now, to the devices below it first;
 * IRP_MN_REMOVE_DEVICE when the last handle to any of them is closed. A device of another bus than
 * the root is treated as one whose driver reports PNP_DEVICE_REMOVED: its bus decides what is plugged in.
 */
void pnp_devnode_unplug(struct pnp_devnode *devnode);

/* Waits until no stack of the device is left: after pnp_devnode_unplug, until its handles are closed. */
void pnp_devnode_wait_removed(struct pnp_devnode *devnode);

/* As pnp_devnode_remove; then the device has PNP_PROBLEM_DISABLED, and the system is told. STATUS_NOT_SUPPORTED:
 * the stack says that it cannot be disabled. */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_disable(struct pnp_devnode *devnode);

/*
 * Builds and starts the stack of a device that has none: it was disabled, removed, had no driver or did not
 * start. Returns the status of the step that failed.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_enable(struct pnp_devnode *devnode);

/* Removal and new start at once. */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_restart(struct pnp_devnode *devnode);

/*
 * Removes the device with its ejection relations and has its bus eject it (IRP_MN_EJECT) or, when the bus
 * cannot, leaves it with PNP_PROBLEM_HELD_FOR_EJECT until it is pulled out.
 * STATUS_INVALID_DEVICE_REQUEST: it is neither removable nor can it be ejected.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_eject(struct pnp_devnode *devnode);

/* Asks the device's stack for its children again, as "scan for hardware changes" does: devices that were
 * removed by pnp_devnode_remove come back too. */
void pnp_devnode_rescan(struct pnp_devnode *devnode);

/*
 * The steps of a rebalance, one by one: the device and all below it, children first on the way down, parents first on
 * the way up. pnp_devnode_query_stop cancels what it asked when somebody refuses.
 */
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_query_stop(struct pnp_devnode *devnode);
void pnp_devnode_cancel_stop(struct pnp_devnode *devnode);
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_stop(struct pnp_devnode *devnode);
__attribute__((warn_unused_result)) NTSTATUS pnp_devnode_start(struct pnp_devnode *devnode);

/*
 * A special file (paging, hibernation, dump) comes on the device or leaves it: IRP_MN_DEVICE_USAGE_NOTIFICATION to its
 * stack. A refusal is the stack's status; STATUS_NO_SUCH_DEVICE when it is not started.
 */
__attribute__((warn_unused_result)) NTSTATUS
pnp_devnode_usage(struct pnp_devnode *devnode, DEVICE_USAGE_NOTIFICATION_TYPE type, bool in_path);

/* Waits until no action is queued or runs, and no worker has anything to do. */
void pnp_wait_quiet(void);

/* For the power manager --------------------------------------------------------------------- */

/* Runs fn as an action: no device comes, goes, starts or stops meanwhile. */
void pnp_run_alone(void (*fn)(void *argument), void *argument);

/* What drivers ask for waits (true) until it is let go (false). In an action. */
void pnp_hold(bool hold);

/* "This device before that one" on the way down: a child and its parent, or one that PowerRelations name. */
struct pnp_power_pair {
    size_t first;
    size_t second;
};

struct pnp_power_order {
    PDEVICE_OBJECT *pdos; /* Of all started devices, parents before children; referenced. */
    size_t count;
    struct pnp_power_pair *pairs;
    size_t pair_count;
};

/* In an action. STATUS_INSUFFICIENT_RESOURCES. */
__attribute__((warn_unused_result)) NTSTATUS pnp_power_order(struct pnp_power_order *ret_order);
void pnp_power_order_free(struct pnp_power_order *order);

/* Tells the system that a device woke it. False: nobody is there to be told. */
bool pnp_system_woken(void);

/* Tells the system of an IRP that has completed. */
void pnp_note_irp(PDEVICE_OBJECT pdo, UCHAR major, const IO_STACK_LOCATION *stack, NTSTATUS status);

/* The devices of the root bus signal wake-up: completes their pending IRP_MN_WAIT_WAKE. False: none was pending. */
bool pnp_root_signal_wake(struct pnp_devnode *devnode);

/*
 * The hardware of any device signals: its bus completes the pending IRP_MN_WAIT_WAKE, as soon as it hears of it. When that is
 * not known how to do (a bus of a driver that keeps the IRP to itself) the bus's own hardware signals. False: nobody waits
 * for it. Waits for actions that are under way.
 */
bool pnp_devnode_signal_wake(struct pnp_devnode *devnode);

#endif
