/* SPDX-License-Identifier: MIT */
/*
 * The device tree under simulated interleavings: random plugging and pulling by several threads, open
 * handles, removals, sleep and wake-up; a thousand devices that sleep; what may never happen is looked for in the
 * drivers' story by rules, not by expected text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include <ntddk.h>

#include "../unit/nt/wdm_kit.h"
#include "base/atomic.h"
#include "nt/io/io.h"
#include "nt/io/user.h"
#include "nt/nt.h"
#include "nt/po/po.h"
#include "sys/clock.h"
#include "sys/sim.h"
#include "sys/thread.h"

#define SEEDS   1500
#define STEPS   80
#define THREADS 2

static const struct kit_driver drivers[] = {
    {"bus", 'B', KIT_BUS, "ROOT\\BUS", PNP_FUNCTION, .failing_minor = 0xFF},
    {"hub", 'H', KIT_BUS, "KIT\\HUB", PNP_FUNCTION, .failing_minor = 0xFF},
    {"disk", 'F', KIT_FUNCTION, "KIT\\DISK", PNP_FUNCTION, .failing_minor = 0xFF, .interface = true,
     .arms_wake = true},
};

#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

/* A generator of its own: the walk depends on the seed alone. */
struct random {
    uint64_t state;
};

static unsigned
next(struct random *random, unsigned limit)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random->state >> 33) % limit;
}

/* --- The monitor ------------------------------------------------------------------------------ */

/*
 * What one driver may get for one device after what, from the documentation.
 */
static bool
may_follow(char last, char now)
{
    switch (now) {
    case 'a':
        return last == '\0';
    case 's':
        return last == 'a' || last == 'p';
    case 'q':
    case 't':
        return strchr("sck", last) != NULL;
    case 'c':
        return last == 'q';
    case 'k':
    case 'p':
        return last == 't';
    case '!':
        return strchr("asckqtp", last) != NULL;
    case 'r':
        return strchr("a!qx", last) != NULL;
    case 'Q':
    case 'S':
    case 'D':
    case 'w':
        /* Power, and wake-up, of a device that has not gone: also between the steps of a stop. */
        return strchr("sckqtp", last) != NULL;
    default:
        return false;
    }
}

#define NAMES 1024

/* One device object of a driver, from its AddDevice to its removal. */
struct life {
    char name[48];
    char last;
};

static void
check_story(uint64_t seed)
{
    static struct life lives[NAMES];
    unsigned count = 0;
    char *story = kit_story;
    char *word;

    memset(lives, 0, sizeof(lives));
    while ((word = strsep(&story, " ")) != NULL) {
        char *colon = strchr(word, ':');
        struct life *life = NULL;
        char what;

        if (colon == NULL || colon[1] == '\0') {
            continue;
        }
        *colon = '\0';
        what = colon[2];
        for (unsigned i = 0; i < count; i++) {
            life = strcmp(lives[i].name, word) == 0 ? &lives[i] : life;
        }
        if (life == NULL) {
            ck_assert_uint_lt(count, NAMES);
            life = &lives[count++];
            snprintf(life->name, sizeof(life->name), "%s", word);
        }
        ck_assert_msg(may_follow(life->last, what), "seed %lu: %s: %c after %c", seed, life->name,
                      what, life->last);
        if (strchr("QSDw", what) == NULL) {
            life->last = what;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        ck_assert_msg(lives[i].last == 'r', "seed %lu: %s was never removed", seed, lives[i].name);
    }
}

/* --- The walk --------------------------------------------------------------------------------- */

struct walker {
    struct random random;
    struct pnp_devnode *bus;
    struct kit_slot *slots[4];
    struct io_user_file *file;
};

static void
open_some(struct walker *walker)
{
    WCHAR buffer[200];
    UNICODE_STRING name = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};

    if (walker->file != NULL) {
        io_user_close(walker->file);
        walker->file = NULL;
    } else if (NT_SUCCESS(io_interface_get(&kit_class, next(&walker->random, 4), &name)) &&
               !NT_SUCCESS(io_user_open(&open, &walker->file))) {
        walker->file = NULL; /* It went away meanwhile. */
    }
}

static void
change_slot(struct walker *walker)
{
    struct kit_slot **slot = &walker->slots[next(&walker->random, 4)];

    if (*slot == NULL) {
        *slot = kit_plug_waking(walker->bus, "KIT\\DISK");
    } else {
        kit_unplug_quietly(*slot);
        *slot = NULL;
    }
    IoInvalidateDeviceRelations(pnp_devnode_pdo(walker->bus), BusRelations);
}

/* The devnode of one of the walker's disks, referenced; NULL. */
static struct pnp_devnode *
some_disk(struct walker *walker)
{
    struct kit_slot *slot = walker->slots[next(&walker->random, 4)];
    PDEVICE_OBJECT pdo = slot != NULL ? kit_slot_pdo(slot) : NULL;
    struct pnp_devnode *devnode = NULL;

    if (pdo != NULL) {
        devnode = pnp_devnode_of(pdo);
        ObDereferenceObject(pdo);
    }
    return devnode;
}

static void
one_step(struct walker *walker)
{
    struct pnp_devnode *disk;
    NTSTATUS status = STATUS_SUCCESS;

    switch (next(&walker->random, 10)) {
    case 0:
    case 1:
    case 2:
        change_slot(walker);
        break;
    case 3:
    case 4:
        open_some(walker);
        break;
    case 5:
        pnp_devnode_rescan(walker->bus);
        break;
    case 6:
        if (NT_SUCCESS(po_system_sleep(PowerSystemSleeping3, PowerActionSleep,
                                       next(&walker->random, 2) != 0))) {
            po_system_resume();
        }
        break;
    case 7:
        pnp_wait_quiet();
        break;
    default:
        disk = some_disk(walker);
        if (disk == NULL) {
            break;
        }
        switch (next(&walker->random, 4)) {
        case 0:
            status = pnp_devnode_disable(disk);
            break;
        case 1:
            status = pnp_devnode_restart(disk);
            break;
        case 2:
            status = pnp_devnode_query_stop(disk);
            if (NT_SUCCESS(status)) {
                status = pnp_devnode_stop(disk);
            }
            status = pnp_devnode_start(disk);
            break;
        default:
            status = pnp_devnode_enable(disk);
            break;
        }
        pnp_devnode_unref(disk);
        break;
    }
    (void)status; /* Any answer is right, as long as the story is. */
}

static void
walk(void *argument)
{
    struct walker *walker = argument;

    for (unsigned i = 0; i < STEPS; i++) {
        one_step(walker);
    }
    if (walker->file != NULL) {
        io_user_close(walker->file);
    }
}

static uint64_t current_seed;

static void
random_walk(void *argument)
{
    struct walker walkers[THREADS] = {0};
    struct sys_thread *threads[THREADS];

    ck_assert_int_eq(nt_init(NULL), STATUS_SUCCESS);
    kit_setup(drivers, DRIVERS);
    kit_serials = true;
    for (unsigned i = 0; i < THREADS; i++) {
        char id[] = "ROOT\\BUS\\0000";

        /* One bus each: what is in a slot is one thread's business, the tree everybody's. */
        id[12] = (char)('0' + i);
        walkers[i].random.state = current_seed * 977 + i;
        walkers[i].bus = kit_add(id);
        ck_assert_ptr_nonnull(walkers[i].bus);
        ck_assert_int_eq(sys_thread_create(&threads[i], "walker", walk, &walkers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        sys_thread_join(threads[i]);
        pnp_devnode_unref(walkers[i].bus);
    }
    pnp_wait_quiet();
    ck_assert_uint_eq(kit_teardown(), 0);
    ck_assert_uint_eq(io_irps_in_use(), 0);
    nt_fini();
}

START_TEST(random_walks_over_the_tree)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct sys_sim_config config = {.seed = seed};
        struct sys_sim_result result;

        current_seed = seed;
        result = sys_sim_run(&config, random_walk, NULL);
        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %lu did not end", seed);
        check_story(seed);
    }
}
END_TEST

/* --- Many devices ----------------------------------------------------------------------------- */

#define MANY     1000
#define POWER_MS 20
#define BUSES    16 /* Of KIT_SLOTS devices each. */
#define SLEEPS   3

static const struct kit_driver many_drivers[] = {
    {"bus", 'B', KIT_BUS, "ROOT\\BUS", PNP_FUNCTION, .failing_minor = 0xFF, .quiet = true},
    {"disk", 'F', KIT_FUNCTION, "KIT\\DISK", PNP_FUNCTION, .failing_minor = 0xFF, .quiet = true,
     .power_ms = POWER_MS},
};

struct counts {
    unsigned asleep;
    unsigned awake;
};

static bool
count_power(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    struct counts *counts = argument;

    if (status->depth == 2) {
        counts->asleep += status->power == PowerDeviceD3;
        counts->awake += status->power == PowerDeviceD0;
    }
    return true;
}

static void
many_sleep(void *argument)
{
    struct pnp_devnode *buses[BUSES];
    struct counts counts;
    uint64_t began;

    ck_assert_int_eq(nt_init(NULL), STATUS_SUCCESS);
    kit_setup(many_drivers, 2);
    for (unsigned i = 0; i < BUSES; i++) {
        char id[32];

        snprintf(id, sizeof(id), "ROOT\\BUS\\%04u", i);
        buses[i] = kit_add(id);
        for (unsigned slot = 0; slot < KIT_SLOTS && i * KIT_SLOTS + slot < MANY; slot++) {
            ck_assert_ptr_nonnull(kit_plug_quietly(buses[i], "KIT\\DISK"));
        }
        kit_bus_changed(buses[i]);
    }
    for (unsigned i = 0; i < SLEEPS; i++) {
        began = sys_now_ns();
        ck_assert_int_eq(po_system_sleep(PowerSystemSleeping3, PowerActionSleep, false),
                         STATUS_SUCCESS);
        counts = (struct counts){0, 0};
        pnp_tree_walk(count_power, &counts);
        ck_assert_uint_eq(counts.asleep, MANY);
        /* Siblings sleep at the same time: in virtual time, far less than one after the other. */
        ck_assert_uint_lt(sys_now_ns() - began, (uint64_t)MANY * POWER_MS * 1000000 / 8);
        po_system_resume();
        counts = (struct counts){0, 0};
        pnp_tree_walk(count_power, &counts);
        ck_assert_uint_eq(counts.awake, MANY);
        /* An hour in bed. */
        sys_sleep_until(sys_now_ns() + UINT64_C(3600) * 1000000000);
    }
    for (unsigned i = 0; i < BUSES; i++) {
        pnp_devnode_unref(buses[i]);
    }
    ck_assert_uint_eq(kit_teardown(), 0);
    nt_fini();
}

START_TEST(a_thousand_devices_sleep_and_wake)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct sys_sim_config config = {.seed = seed, .max_steps = 200000000};
        struct sys_sim_result result = sys_sim_run(&config, many_sleep, NULL);

        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %lu did not end", seed);
    }
}
END_TEST

/* --- Idle detection: an hour in no time ------------------------------------------------------- */

static struct pnp_devnode *idle_disk;

static void
idle_hour(void *argument)
{
    PULONG counter;
    struct pnp_status status;
    PDEVICE_OBJECT pdo;

    ck_assert_int_eq(nt_init(NULL), STATUS_SUCCESS);
    kit_setup(drivers, DRIVERS);
    kit_drivers[2].fits = "ROOT\\DISK";
    kit_drivers[2].arms_wake = false;
    idle_disk = kit_add("ROOT\\DISK\\0");
    pdo = pnp_devnode_pdo(idle_disk);
    counter = PoRegisterDeviceForIdleDetection(pdo, 600, 600, PowerDeviceD2);
    ck_assert_ptr_nonnull(counter);
    kit_clear();
    for (unsigned minute = 0; minute < 60; minute++) {
        sys_sleep_until(sys_now_ns() + UINT64_C(60) * 1000000000);
        PoSetDeviceBusy(counter);
    }
    ck_assert_str_eq(kit_told(), ""); /* It was busy each minute. */
    sys_sleep_until(sys_now_ns() + UINT64_C(602) * 1000000000);
    pnp_wait_quiet();
    ck_assert_str_eq(kit_told(), "DISK0:FD2 ");
    pnp_devnode_status(idle_disk, &status);
    ck_assert_int_eq(status.power, PowerDeviceD2);
    sys_sleep_until(sys_now_ns() + UINT64_C(3600) * 1000000000);
    ck_assert_str_eq(kit_told(), "DISK0:FD2 "); /* It sleeps already. */
    ck_assert_ptr_null(PoRegisterDeviceForIdleDetection(pdo, 0, 0, PowerDeviceD2));
    pnp_devnode_unref(idle_disk);
    ck_assert_uint_eq(kit_teardown(), 0);
    nt_fini();
}

START_TEST(an_idle_device_is_put_to_sleep)
{
    struct sys_sim_config config = {.seed = 1};
    struct sys_sim_result result = sys_sim_run(&config, idle_hour, NULL);

    ck_assert_int_eq(result.outcome, SYS_SIM_DONE);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("pnp");
    Suite *suite = suite_create("sim/tree");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, random_walks_over_the_tree);
    tcase_add_test(tests, a_thousand_devices_sleep_and_wake);
    tcase_add_test(tests, an_idle_device_is_put_to_sleep);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
