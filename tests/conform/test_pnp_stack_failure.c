/* SPDX-License-Identifier: MIT */
/*
 * "Reporting Device Failures" in a whole stack: a bus driver's PDO, a lower filter, the function driver, an upper
 * filter. Each callback of each driver fails in turn, at the start, going to sleep, coming back and in the removal; what
 * the others are called for is written out.
 */
#include "pnp_whole_stack.h"

static void
plug(struct pnp_node *failing, enum monitor_callback callback)
{
    whole_stack_begin();
    (void)pnp_events();
    if (failing != NULL) {
        failing->fail[callback] = 1;
    }
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
}

#define PRE(name)   name ".prepare "
#define D0(name)    name ".d0entry:D3Final "
#define POST(name)  name ".post:D3Final "
#define RISE(name)  PRE(name) D0(name) POST(name)
#define EXIT(name)  name ".pre:D3Final " name ".d0exit:D3Final "
#define REL(name)   name ".release "
#define FALL(name)  EXIT(name) REL(name)
#define CLEAN(name) name ".object-cleanup "
#define ALL_CLEAN   CLEAN("lo") CLEAN("fn") CLEAN("up")
#define FN_GONE     "fn.flush fn.cleanup "

/* --- The start -------------------------------------------------------------------------------------- */

static void
start_fails(struct pnp_node *failing, enum monitor_callback callback, const char *expected)
{
    plug(failing, callback);
    EXPECT(expected);
    ck_assert_uint_eq(bench_device_problem(pnp_child_device(&pdo), NULL), 10);
    end();
}

PNP_TEST(the_bus_drivers_callbacks_fail_at_the_start)
{
    start_fails(&pdo, MONITOR_PREPARE_HARDWARE, "pdo.create " PRE("pdo") REL("pdo") ALL_CLEAN);
}

PNP_TEST(bus_d0_entry)
{
    start_fails(&pdo, MONITOR_D0_ENTRY, "pdo.create " PRE("pdo") D0("pdo") REL("pdo") ALL_CLEAN);
}

PNP_TEST(bus_post_interrupts_enabled)
{
    start_fails(&pdo, MONITOR_POST_INTERRUPTS_ENABLED,
                "pdo.create " RISE("pdo") "pdo.d0exit:D3Final " REL("pdo") ALL_CLEAN);
}

PNP_TEST(lower_prepare_hardware)
{
    start_fails(&lo, MONITOR_PREPARE_HARDWARE,
                "pdo.create " RISE("pdo") PRE("lo") REL("lo") FALL("pdo") ALL_CLEAN);
}

PNP_TEST(lower_d0_entry)
{
    start_fails(&lo, MONITOR_D0_ENTRY,
                "pdo.create " RISE("pdo") PRE("lo") D0("lo") REL("lo") FALL("pdo") ALL_CLEAN);
}

PNP_TEST(lower_post_interrupts_enabled)
{
    start_fails(&lo, MONITOR_POST_INTERRUPTS_ENABLED,
                "pdo.create " RISE("pdo") RISE("lo") "lo.d0exit:D3Final " REL("lo") FALL("pdo")
                    ALL_CLEAN);
}

PNP_TEST(function_prepare_hardware)
{
    start_fails(&fn, MONITOR_PREPARE_HARDWARE,
                "pdo.create " RISE("pdo") RISE("lo") PRE("fn") REL("fn") FALL("lo") FALL("pdo")
                    ALL_CLEAN);
}

PNP_TEST(function_d0_entry)
{
    start_fails(&fn, MONITOR_D0_ENTRY,
                "pdo.create " RISE("pdo") RISE("lo") PRE("fn") D0("fn") REL("fn") FALL("lo")
                    FALL("pdo") ALL_CLEAN);
}

PNP_TEST(function_post_interrupts_enabled)
{
    start_fails(&fn, MONITOR_POST_INTERRUPTS_ENABLED,
                "pdo.create " RISE("pdo") RISE("lo") RISE("fn") "fn.d0exit:D3Final " REL("fn")
                    FALL("lo") FALL("pdo") ALL_CLEAN);
}

PNP_TEST(function_self_managed_io_init)
{
    start_fails(&fn, MONITOR_SELF_MANAGED_INIT,
                "pdo.create " RISE("pdo") RISE("lo") RISE("fn") "fn.init fn.suspend " FALL("fn")
                    FN_GONE FALL("lo") FALL("pdo") ALL_CLEAN);
}

PNP_TEST(upper_prepare_hardware)
{
    start_fails(&up, MONITOR_PREPARE_HARDWARE,
                "pdo.create " RISE("pdo") RISE("lo") RISE("fn") "fn.init " PRE("up")
                    REL("up") "fn.suspend " FALL("fn") FN_GONE FALL("lo") FALL("pdo") ALL_CLEAN);
}

PNP_TEST(upper_d0_entry)
{
    start_fails(&up, MONITOR_D0_ENTRY,
                "pdo.create " RISE("pdo") RISE("lo") RISE("fn") "fn.init " PRE("up") D0("up")
                    REL("up") "fn.suspend " FALL("fn") FN_GONE FALL("lo") FALL("pdo") ALL_CLEAN);
}

PNP_TEST(upper_post_interrupts_enabled)
{
    start_fails(&up, MONITOR_POST_INTERRUPTS_ENABLED,
                "pdo.create " RISE("pdo") RISE("lo") RISE("fn") "fn.init " RISE(
                    "up") "up.d0exit:D3Final " REL("up") "fn.suspend " FALL("fn") FN_GONE FALL("lo")
                    FALL("pdo") ALL_CLEAN);
}

/* --- Going to sleep, and back ------------------------------------------------------------------------ */

/*
 * The drivers of a stack that fails go their ways at the same time; so what each is called for is compared, in
 * many interleavings. "The framework does not synchronize EvtDeviceSurpriseRemoval with the others": it comes
 * once, at any time, and so does the PDO's EvtDeviceReportedMissing.
 */
static void
expect_of(const char *events, const char *prefix, const char *expected)
{
    size_t length = strlen(prefix);
    char found[512] = "";
    unsigned surprises = 0;
    const char *end;

    for (const char *word = events; (end = strchr(word, ' ')) != NULL; word = end + 1) {
        if (strncmp(word, prefix, length) != 0 || word[length] != '.') {
            continue;
        }
        word += length + 1;
        if (strncmp(word, "surprise ", 9) == 0) {
            surprises++;
        } else if (strncmp(word, "missing ", 8) != 0) {
            strncat(found, word, (size_t)(end - word) + 1);
        }
    }
    ck_assert_msg(strcmp(found, expected) == 0, "%s: \"%s\" instead of \"%s\"; all: %s", prefix,
                  found, expected, events);
    ck_assert_uint_eq(surprises, 1);
}

struct failure {
    struct pnp_node *node;
    enum monitor_callback callback;
    const char *expected[4]; /* Of the PDO and the filter below, the function, the filter above. */
};

static const struct failure *failure;

#define DOWN_D3   "pre:D3 d0exit:D3 "
#define UP_D3     "d0entry:D3 post:D3 "
#define RELEASE   "release object-cleanup "
#define RELEASE_F "release flush cleanup object-cleanup "

static void
expect_all(void)
{
    static const char *const prefixes[] = {"pdo", "lo", "fn", "up"};
    const char *events = pnp_events();

    for (unsigned i = 0; i < 4; i++) {
        expect_of(events, prefixes[i], failure->expected[i]);
    }
}

static void
sleeps(void)
{
    plug(NULL, 0);
    (void)pnp_events();
    failure->node->fail[failure->callback] = 1;
    SUCCEEDS(pnp_system_power(pdo.pdo, PowerSystemSleeping3, PowerActionSleep));
    bench_wait_quiet(pnp_bench);
    expect_all();
    end();
}

static void
sleeps_and_returns(void)
{
    plug(NULL, 0);
    SUCCEEDS(pnp_system_power(pdo.pdo, PowerSystemSleeping3, PowerActionSleep));
    (void)pnp_events();
    failure->node->fail[failure->callback] = 1;
    SUCCEEDS(pnp_system_power(pdo.pdo, PowerSystemWorking, PowerActionSleep));
    bench_wait_quiet(pnp_bench);
    expect_all();
    end();
}

#define SEEDS 40

static void
each(const struct failure *failures, unsigned count, void (*body)(void))
{
    for (unsigned i = 0; i < count; i++) {
        failure = &failures[i];
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct bench_simulation simulation = {.seed = seed};

            ck_assert_msg(bench_simulate(&simulation, pnp_test_inside, &body, NULL),
                          "failure %u, seed %u", i, (unsigned)seed);
        }
    }
}

/* The power goes down all the same; then the stack is removed. */
START_TEST(going_to_sleep_fails)
{
    static const struct {
        struct pnp_node *node;
        enum monitor_callback callback;
    } cases[] = {
        {&pdo, MONITOR_PRE_INTERRUPTS_DISABLED},
        {&pdo, MONITOR_D0_EXIT},
        {&lo, MONITOR_PRE_INTERRUPTS_DISABLED},
        {&lo, MONITOR_D0_EXIT},
        {&fn, MONITOR_SELF_MANAGED_SUSPEND},
        {&fn, MONITOR_PRE_INTERRUPTS_DISABLED},
        {&fn, MONITOR_D0_EXIT},
        {&up, MONITOR_PRE_INTERRUPTS_DISABLED},
        {&up, MONITOR_D0_EXIT},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct failure one = {
            cases[i].node,
            cases[i].callback,
            {DOWN_D3 RELEASE, DOWN_D3 RELEASE, "suspend " DOWN_D3 RELEASE_F, DOWN_D3 RELEASE}};

        each(&one, 1, sleeps);
    }
}
END_TEST

#define FAILED_UP   "d0entry:D3 "
#define FAILED_POST UP_D3 "d0exit:D3Final "
#define BACK        UP_D3 DOWN_D3 RELEASE

/* Those above are not powered up; those below go down again with the function driver's request. */
START_TEST(coming_back_fails)
{
    static const struct failure failures[] = {
        {&pdo, MONITOR_D0_ENTRY, {FAILED_UP RELEASE, RELEASE, RELEASE_F, RELEASE}},
        {&pdo, MONITOR_POST_INTERRUPTS_ENABLED, {FAILED_POST RELEASE, RELEASE, RELEASE_F, RELEASE}},
        {&lo, MONITOR_D0_ENTRY, {BACK, FAILED_UP RELEASE, RELEASE_F, RELEASE}},
        {&lo, MONITOR_POST_INTERRUPTS_ENABLED, {BACK, FAILED_POST RELEASE, RELEASE_F, RELEASE}},
        {&fn, MONITOR_D0_ENTRY, {BACK, BACK, FAILED_UP RELEASE_F, RELEASE}},
        {&fn, MONITOR_POST_INTERRUPTS_ENABLED, {BACK, BACK, FAILED_POST RELEASE_F, RELEASE}},
        {&fn,
         MONITOR_SELF_MANAGED_RESTART,
         {BACK, BACK, UP_D3 "restart suspend pre:D3Final d0exit:D3Final " RELEASE_F, RELEASE}},
        {&up,
         MONITOR_D0_ENTRY,
         {BACK, BACK, UP_D3 "restart suspend " DOWN_D3 RELEASE_F, FAILED_UP RELEASE}},
        {&up,
         MONITOR_POST_INTERRUPTS_ENABLED,
         {BACK, BACK, UP_D3 "restart suspend " DOWN_D3 RELEASE_F, FAILED_POST RELEASE}},
    };

    each(failures, sizeof(failures) / sizeof(failures[0]), sleeps_and_returns);
}
END_TEST

PNP_RUN("conform/pnp_stack_failure", the_bus_drivers_callbacks_fail_at_the_start, bus_d0_entry,
        bus_post_interrupts_enabled, lower_prepare_hardware, lower_d0_entry,
        lower_post_interrupts_enabled, function_prepare_hardware, function_d0_entry,
        function_post_interrupts_enabled, function_self_managed_io_init, upper_prepare_hardware,
        upper_d0_entry, upper_post_interrupts_enabled, going_to_sleep_fails, coming_back_fails)
