/* SPDX-License-Identifier: MIT */
/*
 * WDM drivers for tests of the PnP and the power manager, written as the documentation tells driver
 * authors to: a function driver that owns its device's power policy, filters, and a bus driver whose slots
 * the test fills and empties. All tell what they get in one story.
 *
 * A line of the story is "DISK1:Fs ": the device's short name (its name and the end of its
 * instance id), the driver's letter, what happened:
 *
 *   a AddDevice          s started            q ? query-remove     c cancel-remove   r remove
 *   ! surprise removal   t query-stop         k cancel-stop        p stop
 *   Q3 Q0 query for S3   S3 S0 set system     D3 D0 set device     w wake-up signalled
 *   e eject (by the bus)
 *
 * "!DISK1:B…" letters B are the bus driver's, acting for its PDO.
 */
#ifndef OPENWDF_TESTS_UNIT_NT_WDM_KIT_H
#define OPENWDF_TESTS_UNIT_NT_WDM_KIT_H

#include <stdbool.h>

#include <ntddk.h>

#include "nt/pnp/pnp.h"

#define KIT_DRIVERS 8
#define KIT_SLOTS   64
#define KIT_STORY   65536

enum kit_kind {
    KIT_FUNCTION,
    KIT_FILTER,
    KIT_BUS,
};

struct kit_driver {
    const char *name;
    char letter;
    enum kit_kind kind;
    const char *fits; /* The device id whose stacks it is in, "KIT\\DISK"; NULL: every device's. */
    enum pnp_role role;

    /* What goes wrong. */
    NTSTATUS add_status;
    UCHAR failing_minor; /* Of PnP, 0xFF: none. */
    NTSTATUS failure;
    unsigned failures_left; /* How often. */
    NTSTATUS query_power;   /* Its answer to a system query. */
    PNP_DEVICE_STATE device_state;

    bool interface; /* Registers and enables kit_class. */
    bool arms_wake; /* Sends IRP_MN_WAIT_WAKE after the start and after each wake-up. */
    ULONG power_ms; /* How long a change of the device's power takes. */
    bool quiet;     /* Tells nothing. */
    PDEVICE_OBJECT power_relation;
    PDEVICE_OBJECT removal_relation; /* What it answers. */

    PDRIVER_OBJECT object;
};

/* {6bdd1fc6-810f-11d0-bec7-08002be2092f} */
extern const GUID kit_class;

extern struct kit_driver kit_drivers[KIT_DRIVERS];
extern unsigned kit_driver_count;
extern char kit_story[KIT_STORY];

/* Names in the story get a number, a new one for each AddDevice: "DISK1#17". */
extern bool kit_serials;

/* Loads drivers and makes them the system's; the executive is up. */
void kit_setup(const struct kit_driver *drivers, unsigned count);

/* Removes what devices are left and unloads the drivers. Returns how much they left behind. */
unsigned kit_teardown(void);

void kit_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kit_clear(void);

/* A copy of the story as it is now. */
const char *kit_told(void);

/* A device of the root bus with this instance id; its devnode, referenced. NULL: it was not made. */
struct pnp_devnode *kit_add(const char *instance_id);

/* "DISK1" of "KIT\DISK\2&4711&0&1". */
void kit_short_name(PDEVICE_OBJECT pdo, char *name, size_t size);

/* The bus ------------------------------------------------------------------------------------- */

struct kit_device;

struct kit_slot {
    struct kit_device *bus;
    const char *device; /* "KIT\\DISK" */
    char instance[8];
    bool plugged;
    bool raw_ok;
    bool removable;
    bool eject_supported;
    bool unique;
    bool wakes;
    PDEVICE_OBJECT pdo; /* Reported and not deleted yet. */
    PIRP wake;
};

/* Of the bus device of this instance path: plugs something into a free slot and tells the PnP manager. */
struct kit_slot *kit_plug(struct pnp_devnode *bus, const char *device);
void kit_unplug(struct pnp_devnode *bus, struct kit_slot *slot);

/* Changes several at once: between them nothing is told. */
struct kit_slot *kit_plug_quietly(struct pnp_devnode *bus, const char *device);
struct kit_slot *kit_plug_waking(struct pnp_devnode *bus, const char *device); /* slot->wakes */
void kit_unplug_quietly(struct kit_slot *slot);

/* The slot's PDO, referenced; NULL: none. At any time, also while the bus is enumerated. */
PDEVICE_OBJECT kit_slot_pdo(struct kit_slot *slot);
void kit_bus_changed(struct pnp_devnode *bus);

/* The device in the slot signals wake-up. False: nothing waits for it. */
bool kit_wake(struct kit_slot *slot);

/* PDOs that exist. */
unsigned kit_pdo_count(void);

#endif
