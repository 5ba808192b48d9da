/* SPDX-License-Identifier: MIT */
/*
 * Devices whose drivers note every PnP and power callback. The test program is all their drivers in one:
 * bus, function and filter. A test says what a device is like (struct pnp_node), adds it, plays the PnP and the
 * power manager, and compares what was called.
 *
 * Every callback also goes to the monitor (monitor.h), which knows the documented order and fails the test.
 */
#ifndef OPENWDF_TESTS_PNP_FIXTURE_H
#define OPENWDF_TESTS_PNP_FIXTURE_H

#include <ntddk.h>
#include <wdf.h>

#include <check.h>
#include <stdbool.h>

#include "monitor.h"
#include "openwdf/bench.h"

struct pnp_node {
    const char *prefix; /* Before each of its events; NULL: nothing. */

    /* --- What the driver says. --- */
    bool filter;
    bool no_self_managed_io;
    bool no_wake_callbacks;
    bool not_owner;
    bool late_release;
    bool scope_device;        /* WdfSynchronizationScopeDevice. */
    bool power_managed_queue; /* Parallel, requests are kept; EvtIoStop as `on_stop` says. */
    bool bus;                 /* Has a default child list. */
    enum {
        STOP_ACKNOWLEDGE,
        STOP_REQUEUE,
        STOP_COMPLETE
    } on_stop;
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS idle; /* Size 0: none. */
    WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS wake; /* Size 0: none. */
    _Atomic unsigned
        fail[MONITOR_CALLBACK_COUNT]; /* Which call of it fails: 1 is the next. 0: none. */
    void (*callbacks)(const struct pnp_node *node,
                      WDF_PNPPOWER_EVENT_CALLBACKS *callbacks); /* More of them. NULL: none. */
    void (*init)(struct pnp_node *node, PWDFDEVICE_INIT init);  /* More to say. NULL: nothing. */
    void (*created)(struct pnp_node *node); /* After WdfDeviceCreate. NULL: nothing. */
    NTSTATUS (*prepare)(struct pnp_node *node, WDFCMRESLIST raw, WDFCMRESLIST translated);
    const struct bench_resource *resources; /* A root-enumerated device's. */
    size_t resource_count;
    unsigned wakes_from; /* As bench_device_params has it. */

    /* --- A bus's child: its PDO. --- */
    unsigned serial;           /* Its identification description; 1 ... PNP_CHILDREN - 1. */
    struct pnp_node *function; /* The function driver's node of the device. */
    struct pnp_node *lower;    /* Filters below and above it: both or (NULL) none. */
    struct pnp_node *upper;
    struct pnp_node *twin; /* Serves while the instance before is not gone. NULL: none. */
    bool raw;              /* There is none: the bus driver drives it. */
    bool can_wake;         /* From D2, and from S3. */
    bool independent;      /* WdfPdoInitRemovePowerDependencyOnParent */

    /* --- What became of it. --- */
    _Atomic(WDFDEVICE) device; /* NULL again from its cleanup on. */
    DEVICE_OBJECT *pdo;
    struct monitor_device *monitored;
    struct pnp_node *parent;
    WDFCHILDLIST children;
    WDFQUEUE queue;
    unsigned requests; /* Delivered and kept. */
    WDFREQUEST kept[16];
};

extern struct bench *pnp_bench;
extern const GUID pnp_interface;
extern unsigned
    pnp_restarts; /* EvtDriverDeviceAdd calls for devices that the test did not add; refused. */

/* Checked fixture: a bench with the drivers loaded; a leak fails the test. */
void pnp_open(void);
void pnp_close(void);

/* A root-enumerated device whose function driver is `function`, with filters (NULL: none) around it. */
bench_status pnp_add(struct pnp_node *lower, struct pnp_node *function, struct pnp_node *upper,
                     struct bench_device **ret_device);

/* The same with more said of the device; drivers and filters are ours. */
bench_status pnp_add_like(const struct bench_device_params *params, struct pnp_node *lower,
                          struct pnp_node *function, struct pnp_node *upper,
                          struct bench_device **ret_device);

/* Completes a request that the driver has kept; false when there is none. */
bool pnp_complete_one(struct pnp_node *node);

/* Whom the next restart of a device that the test added is for; NULL: it is refused again. */
void pnp_expect_add(struct pnp_node *node);

/* The node's device, referenced, as long as it has one; it may be going. NULL: none. */
WDFDEVICE pnp_hold(struct pnp_node *node);

/* Of a callback of the test's own: its node; and "prefix.word:argument " for pnp_events. */
struct pnp_node *pnp_node_of(WDFDEVICE device);
void pnp_note(const struct pnp_node *node, const char *word, const char *argument);

/* What was called since the last time, words with a space behind each; then forgets it. */
const char *pnp_events(void);

/* Waits (on the bench's clock) until the text has been noted. Fails the test after ten seconds. */
void pnp_await(const char *text);

/* --- A bus and its children -------------------------------------------------------------------- */

#define PNP_CHILDREN 1024

/*
 * The bus driver finds the child, or finds it gone. The tree may change later: bench_wait_quiet. False: the list
 * does not have it, because its device could not be created.
 */
void pnp_plug(struct pnp_node *bus, struct pnp_node *child);
bool pnp_unplug(struct pnp_node *bus, struct pnp_node *child);

/* A static child: the bus driver makes the device itself, and says that it is there. */
NTSTATUS pnp_add_static(struct pnp_node *bus, struct pnp_node *child);

/* The same by a WDF_CHILD_IDENTIFICATION_DESCRIPTION of one's own. */
struct pnp_identity {
    WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER header;
    ULONG serial;
};
void pnp_identity_init(struct pnp_identity *identity, unsigned serial);

/* The child as the bench knows it. */
struct bench_device *pnp_child_device(const struct pnp_node *child);

/* --- IRPs to the top of a stack ---------------------------------------------------------------- */

NTSTATUS pnp_irp(DEVICE_OBJECT *pdo, UCHAR minor);
NTSTATUS pnp_set_lock(DEVICE_OBJECT *pdo, bool lock);
NTSTATUS pnp_system_power(DEVICE_OBJECT *pdo, SYSTEM_POWER_STATE state, POWER_ACTION action);
NTSTATUS pnp_device_power(DEVICE_OBJECT *pdo, DEVICE_POWER_STATE state);

#endif
