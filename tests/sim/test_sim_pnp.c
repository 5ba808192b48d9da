/* SPDX-License-Identifier: MIT */
/*
 * A random walk over what can happen to a bus and its children: they are plugged in and pulled out, disabled and
 * enabled, stopped for a rebalance, ejected; idle, woken by signals, by requests, by their driver; the system sleeps; files are open
 * and requests under way; callbacks fail. The monitor judges the order of every callback; at the end every request has ended
 * once and nothing is left.
 */
#include <stdio.h>

#include "conform/pnp_fixture.h"

#include <stdlib.h>
#include <string.h>

#define CHILDREN    4
#define FILES       4
#define SEEDS       250 /* $OPENWDF_SEEDS: another number. $OPENWDF_SEED: this one alone. */
#define STEPS       1200
#define FAIL_ONE_OF 40 /* Steps after which a callback is told to fail. */

struct opened {
    struct bench_file *file;
    struct bench_request *request;
    bool busy;
};

static struct {
    uint64_t random;
    struct bench_device *device;
    struct pnp_node bus;
    struct pnp_node pdo[CHILDREN][2];
    struct pnp_node fn[CHILDREN][2];
    bool plugged[CHILDREN];
    WDFDEVICE special_of[CHILDREN]; /* Whose special files these are; */
    unsigned special[CHILDREN];     /* ... bits of enum bench_special_file. */
    struct opened files[FILES];
    unsigned long ended; /* Requests. */
    unsigned long sent;
} walk;

static unsigned
pick(unsigned limit)
{
    walk.random ^= walk.random << 13;
    walk.random ^= walk.random >> 7;
    walk.random ^= walk.random << 17;
    return (unsigned)(walk.random >> 16) % limit;
}

static NTSTATUS
on_usage(WDFDEVICE handle, WDF_SPECIAL_FILE_TYPE type, BOOLEAN in_path)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    return in_path && pick(8) == 0 ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

static void
with_usage(const struct pnp_node *node, WDF_PNPPOWER_EVENT_CALLBACKS *callbacks)
{
    callbacks->EvtDeviceUsageNotificationEx = on_usage;
}

static void
support_special_files(struct pnp_node *node)
{
    WdfDeviceSetSpecialFileSupport(node->device, WdfSpecialFilePaging, TRUE);
    WdfDeviceSetSpecialFileSupport(node->device, WdfSpecialFileHibernation, TRUE);
    WdfDeviceSetSpecialFileSupport(node->device, WdfSpecialFileDump, TRUE);
}

/* --- The tree ------------------------------------------------------------------------------------- */

static void
make_child(unsigned i, unsigned instance)
{
    struct pnp_node *pdo = &walk.pdo[i][instance];
    struct pnp_node *fn = &walk.fn[i][instance];

    *pdo = (struct pnp_node){.prefix = "pdo",
                             .serial = i + 1,
                             .function = fn,
                             .twin = instance == 0 ? &walk.pdo[i][1] : NULL,
                             .can_wake = true};
    *fn = (struct pnp_node){.prefix = "fn", .power_managed_queue = true, .on_stop = i % 3};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&fn->idle, i % 2 == 0 ? IdleCanWakeFromS0
                                                                     : IdleCannotWakeFromS0);
    fn->idle.IdleTimeout = 50;
    fn->idle.DxState = PowerDeviceD2;
    pdo->callbacks = fn->callbacks = with_usage;
    pdo->created = fn->created = support_special_files;
    if (i < 2) {
        WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(&fn->wake);
    }
}

static void
make_tree(void)
{
    walk.bus = (struct pnp_node){
        .prefix = "bus", .bus = true, .callbacks = with_usage, .created = support_special_files};
    WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(&walk.bus.idle, IdleCannotWakeFromS0);
    walk.bus.idle.IdleTimeout = 80;
    walk.bus.idle.PowerUpIdleDeviceOnSystemWake = WdfTrue;
    for (unsigned i = 0; i < CHILDREN; i++) {
        make_child(i, 0);
        make_child(i, 1);
    }
}

/* What one action leads to may lead to another. */
static void
quiet(void)
{
    for (unsigned i = 0; i < 4; i++) {
        bench_wait_quiet(pnp_bench);
    }
}

/* The instance of the child whose function driver runs it now; NULL: none. */
static struct pnp_node *
live(unsigned i)
{
    for (unsigned instance = 0; instance < 2; instance++) {
        if (walk.fn[i][instance].device != NULL && walk.pdo[i][instance].device != NULL &&
            monitor_is_running(walk.fn[i][instance].monitored)) {
            return &walk.pdo[i][instance];
        }
    }
    return NULL;
}

static bool
is_started(unsigned i)
{
    struct bench_device *device;
    char id[64];

    snprintf(id, sizeof(id), "PNPTEST\\CHILD\\%04u", i + 1);
    return live(i) != NULL && bench_ok(bench_device_find(pnp_bench, id, &device)) &&
           strcmp(bench_device_state(device), "Started") == 0;
}

/* --- Files and requests ---------------------------------------------------------------------------- */

static void
reap(struct opened *opened)
{
    if (opened->busy && bench_request_is_done(opened->request)) {
        opened->busy = false;
        walk.ended++;
    }
}

static void
complete_some(void)
{
    for (unsigned i = 0; i < CHILDREN; i++) {
        for (unsigned instance = 0; instance < 2; instance++) {
            if (pick(2) == 0) {
                (void)pnp_complete_one(&walk.fn[i][instance]);
            }
        }
    }
}

static void
close_one(struct opened *opened)
{
    if (opened->file == NULL) {
        return;
    }
    for (unsigned turns = 0; opened->busy; turns++) {
        ck_assert_msg(turns < 20000, "a request does not end");
        bench_request_cancel(opened->request);
        complete_some();
        bench_advance(pnp_bench, 1);
        reap(opened);
    }
    bench_close(opened->file);
    opened->file = NULL;
}

static void
use_file(struct opened *opened)
{
    static char byte[FILES];

    if (opened->file == NULL) {
        (void)bench_open_interface(pnp_bench, &pnp_interface, pick(CHILDREN + 1),
                                   BENCH_READ | BENCH_WRITE, &opened->file);
        return;
    }
    reap(opened);
    if (opened->busy) {
        bench_request_cancel(opened->request);
    } else {
        opened->busy = true;
        walk.sent++;
        bench_request_read(opened->request, opened->file, &byte[opened - walk.files], 1, 0);
    }
}

/* --- Steps ------------------------------------------------------------------------------------------ */

static void
step_plug(unsigned i)
{
    quiet();
    if (walk.plugged[i]) {
        (void)pnp_unplug(&walk.bus, &walk.pdo[i][0]);
    } else {
        pnp_plug(&walk.bus, &walk.pdo[i][0]);
    }
    walk.plugged[i] = !walk.plugged[i];
    if (pick(2) == 0) {
        quiet();
    }
}

static void
step_manage(unsigned i)
{
    struct bench_device *device;

    quiet();
    if (!is_started(i)) {
        bench_device_rescan(walk.device);
        return;
    }
    device = pnp_child_device(live(i));
    switch (pick(4)) {
    case 0:
        if (bench_ok(bench_device_disable(device))) {
            bench_advance(pnp_bench, pick(50));
            (void)bench_device_enable(device);
        }
        break;
    case 1:
        if (bench_ok(bench_device_query_stop(device))) {
            if (pick(2) == 0) {
                bench_device_cancel_stop(device);
            } else if (bench_ok(bench_device_stop(device))) {
                bench_advance(pnp_bench, pick(50));
                (void)bench_device_start(device);
            }
        }
        break;
    case 2:
        (void)bench_device_restart(device);
        break;
    default:
        if (bench_ok(bench_device_eject(device))) {
            walk.plugged[i] = false;
        }
        break;
    }
}

static void
step_signal(unsigned i)
{
    struct pnp_node *pdo = live(i);

    WDFDEVICE device = pdo != NULL ? pnp_hold(pdo) : NULL;

    if (device != NULL) {
        (void)WdfDeviceIndicateWakeStatus(device,
                                          pick(4) == 0 ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS);
        WdfObjectDereference(device);
    }
}

static void
step_stop_idle(unsigned i)
{
    struct pnp_node *pdo;
    WDFDEVICE device;

    quiet();
    pdo = live(i);
    if (pdo == NULL || !is_started(i)) {
        return;
    }
    device = pnp_hold(pdo->function);
    if (device == NULL) {
        return;
    }
    if (NT_SUCCESS(WdfDeviceStopIdle(device, pick(2) == 0))) {
        bench_advance(pnp_bench, pick(200));
        if (pdo->function->device == device) {
            WdfDeviceResumeIdle(device);
        }
    }
    WdfObjectDereference(device);
}

/* A paging, hibernation or dump file comes on the device, or goes; it is with whom it was, not with another. */
static void
move_special(unsigned i, enum bench_special_file file, bool present)
{
    struct pnp_node *pdo;

    quiet();
    pdo = live(i);
    if (pdo == NULL || !is_started(i)) {
        return;
    }
    if (walk.special_of[i] != pdo->function->device) {
        walk.special_of[i] = pdo->function->device;
        walk.special[i] = 0;
    }
    if (((walk.special[i] >> file) & 1) != present &&
        bench_ok(bench_device_special_file(pnp_child_device(pdo), file, present))) {
        walk.special[i] ^= 1u << file;
    }
}

static void
step_special(unsigned i)
{
    static const enum bench_special_file files[] = {BENCH_PAGING_FILE, BENCH_HIBERNATION_FILE,
                                                    BENCH_DUMP_FILE};

    /* They go sooner than they come: a device with one is neither removed nor stopped. */
    move_special(i, files[pick(3)], pick(3) == 0);
}

/* Children that came meanwhile, because others failed, are put to sleep too: no device may be up when its bus goes. */
static void
children_sleep(SYSTEM_POWER_STATE state)
{
    WDFDEVICE asleep[CHILDREN] = {NULL};
    bool more = true;

    while (more) {
        more = false;
        for (unsigned i = 0; i < CHILDREN; i++) {
            struct pnp_node *pdo = live(i);

            if (pdo != NULL && asleep[i] != pdo->device) {
                asleep[i] = pdo->device;
                (void)pnp_system_power(pdo->pdo, state, PowerActionSleep);
                more = true;
            }
        }
        /* As the power manager does: nothing starts or goes while the system falls asleep. */
        do {
            bench_advance(pnp_bench, 1);
            quiet();
        } while (strstr(bench_tree(pnp_bench), "ResourcesAssigned") != NULL);
    }
}

static void
system_sleep(SYSTEM_POWER_STATE state)
{
    children_sleep(state);
    (void)pnp_system_power(walk.bus.pdo, state, PowerActionSleep);
}

static void
system_resume(void)
{
    (void)pnp_system_power(walk.bus.pdo, PowerSystemWorking, PowerActionSleep);
    for (unsigned i = 0; i < CHILDREN; i++) {
        struct pnp_node *pdo = live(i);

        if (pdo != NULL) {
            (void)pnp_system_power(pdo->pdo, PowerSystemWorking, PowerActionSleep);
        }
    }
}

static void
step_sleep(void)
{
    quiet();
    system_sleep(pick(2) == 0 ? PowerSystemSleeping3 : PowerSystemHibernate);
    for (unsigned turns = pick(6); turns > 0; turns--) {
        switch (pick(4)) {
        case 0:
            use_file(&walk.files[pick(FILES)]);
            break;
        case 1:
            step_signal(pick(CHILDREN));
            break;
        case 2:
            complete_some();
            break;
        default:
            bench_advance(pnp_bench, pick(200));
            break;
        }
    }
    system_resume();
    bench_advance(pnp_bench, 1);
}

static void
step_fail(unsigned i)
{
    static const enum monitor_callback callbacks[] = {
        MONITOR_PREPARE_HARDWARE,
        MONITOR_D0_ENTRY,
        MONITOR_POST_INTERRUPTS_ENABLED,
        MONITOR_PRE_INTERRUPTS_DISABLED,
        MONITOR_D0_EXIT,
        MONITOR_SELF_MANAGED_INIT,
        MONITOR_SELF_MANAGED_SUSPEND,
        MONITOR_SELF_MANAGED_RESTART,
        MONITOR_QUERY_REMOVE,
        MONITOR_QUERY_STOP,
        MONITOR_ARM_S0,
        MONITOR_ARM_SX,
        MONITOR_ENABLE_WAKE_AT_BUS,
        MONITOR_EJECT,
    };
    struct pnp_node *node = pick(2) == 0 ? &walk.fn[i][pick(2)] : &walk.pdo[i][pick(2)];

    node->fail[callbacks[pick(sizeof(callbacks) / sizeof(callbacks[0]))]] = 1;
}

static void
step(void)
{
    unsigned child = pick(CHILDREN);

    if (pick(FAIL_ONE_OF) == 0) {
        step_fail(child);
    }
    switch (pick(17)) {
    case 0:
    case 1:
        step_plug(child);
        break;
    case 16:
        step_special(child);
        break;
    case 2:
        step_manage(child);
        break;
    case 3:
        step_signal(child);
        break;
    case 4:
        step_stop_idle(child);
        break;
    case 5:
        step_sleep();
        break;
    case 6:
        close_one(&walk.files[pick(FILES)]);
        break;
    case 7:
    case 8:
    case 9:
        use_file(&walk.files[pick(FILES)]);
        break;
    case 10:
    case 11:
        complete_some();
        break;
    default:
        bench_advance(pnp_bench, pick(150));
        break;
    }
}

/* --- The test ---------------------------------------------------------------------------------------- */

static void
finish(void)
{
    bool surprise = pick(2) == 0;

    quiet();
    if (surprise) {
        bench_device_surprise_remove(walk.device);
    }
    for (unsigned i = 0; i < FILES; i++) {
        close_one(&walk.files[i]);
        bench_request_delete(walk.files[i].request);
    }
    if (!surprise) {
        for (unsigned i = 0; i < CHILDREN; i++) {
            move_special(i, BENCH_PAGING_FILE, false);
            move_special(i, BENCH_HIBERNATION_FILE, false);
            move_special(i, BENCH_DUMP_FILE, false);
            for (unsigned callback = 0; callback < MONITOR_CALLBACK_COUNT; callback++) {
                walk.pdo[i][0].fail[callback] = walk.pdo[i][1].fail[callback] = 0;
                walk.fn[i][0].fail[callback] = walk.fn[i][1].fail[callback] = 0;
            }
        }
        ck_assert_int_eq(bench_device_remove(walk.device), STATUS_SUCCESS);
    }
    quiet();
    ck_assert_uint_eq(walk.sent, walk.ended);
    ck_assert_msg(strstr(bench_output(pnp_bench), " machine is ") == NULL, "%s",
                  strstr(bench_output(pnp_bench), " machine is "));
}

static void
wander(void *argument)
{
    uint64_t seed = *(const uint64_t *)argument;

    memset(&walk, 0, sizeof(walk));
    walk.random = seed * 0x9e3779b97f4a7c15ull | 1;
    pnp_open();
    make_tree();
    for (unsigned i = 0; i < FILES; i++) {
        walk.files[i].request = bench_request_create(pnp_bench, NULL, NULL);
    }
    ck_assert_int_eq(pnp_add(NULL, &walk.bus, NULL, &walk.device), STATUS_SUCCESS);
    for (unsigned i = 0; i < STEPS; i++) {
        step();
    }
    finish();
    pnp_close();
}

START_TEST(a_random_walk_keeps_the_documented_order)
{
    const char *only = getenv("OPENWDF_SEED");
    const char *many = getenv("OPENWDF_SEEDS");
    uint64_t first = only != NULL ? strtoull(only, NULL, 0) : 1;
    uint64_t last = only != NULL ? first : many != NULL ? strtoull(many, NULL, 0) : SEEDS;

    for (uint64_t seed = first; seed <= last; seed++) {
        struct bench_simulation simulation = {.seed = seed, .max_steps = 200000000};

        ck_assert_msg(bench_simulate(&simulation, wander, &seed, NULL), "seed %lu",
                      (unsigned long)seed);
    }
    printf("%lu steps, %lu callbacks\n", (unsigned long)(last - first + 1) * STEPS,
           monitor_count());
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sim/pnp");
    TCase *tests = tcase_create("pnp");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, a_random_walk_keeps_the_documented_order);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
