/* SPDX-License-Identifier: MIT */
/* Interrupt objects and the lines they are connected to. */
#include <unistd.h>

#include "nt/ke/interrupt.h"
#include "nt_fixture.h"
#include "sys/wait.h"

#define VECTOR 9
#define DIRQL  6

/* A device, what its service routine saw, and who else is in a routine at the same time. */
struct device {
    uint32_t calls;
    uint32_t asserted; /* How often it holds its line; a call lets go once, and claims. */
    ULONG vector;
    KIRQL irql;
    ULONG message_id;
    PKINTERRUPT interrupt;
    PKINTERRUPT called_with;
    char letter;
};

static char story[64];

static void
assert_line(struct device *device)
{
    atomic_fetch_add_u32(&device->asserted, 1);
    ke_interrupt_hold(device->vector);
}

static BOOLEAN
service(PKINTERRUPT interrupt, PVOID context)
{
    struct device *device = context;

    device->irql = KeGetCurrentIrql();
    device->called_with = interrupt;
    if (device->letter != 0) {
        strncat(story, &device->letter, 1);
    }
    atomic_fetch_add_u32(&device->calls, 1);
    if (atomic_load_u32(&device->asserted) == 0) {
        return FALSE;
    }
    atomic_fetch_sub_u32(&device->asserted, 1);
    ke_interrupt_release(device->vector);
    return TRUE;
}

static BOOLEAN
service_message(PKINTERRUPT interrupt, PVOID context, ULONG message_id)
{
    ((struct device *)context)->message_id = message_id;
    return service(interrupt, context);
}

static NTSTATUS
try_connect(struct device *device, ULONG vector, KINTERRUPT_MODE mode, bool shared, KIRQL irql)
{
    struct ke_interrupt_params params = {
        .routine = service,
        .context = device,
        .irql = irql,
        .mode = mode,
        .shared = shared,
        .vectors = &vector,
        .count = 1,
    };

    device->vector = vector;
    return ke_interrupt_connect(&params, &device->interrupt);
}

static void
connect(struct device *device, ULONG vector, KINTERRUPT_MODE mode, bool shared, KIRQL irql)
{
    ck_assert_int_eq(try_connect(device, vector, mode, shared, irql), STATUS_SUCCESS);
}

/* --- Service --------------------------------------------------------------------------------- */

START_TEST(an_edge_calls_the_routine_once_at_its_irql)
{
    struct device device = {0};

    ck_assert(!ke_interrupt_pulse(VECTOR)); /* Nobody is there: it is lost. */
    connect(&device, VECTOR, Latched, false, DIRQL);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 0);
    ck_assert(ke_interrupt_pulse(VECTOR));
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ck_assert_uint_eq(device.irql, DIRQL);
    ck_assert_ptr_eq(device.called_with, device.interrupt);
    ck_assert(!ke_interrupt_pulse(VECTOR + 1));
    ke_interrupt_disconnect(device.interrupt);
    ck_assert(!ke_interrupt_pulse(VECTOR));
}
END_TEST

START_TEST(an_edge_that_goes_up_and_stays_up_is_one_edge)
{
    struct device device = {0};

    connect(&device, VECTOR, Latched, false, DIRQL);
    ke_interrupt_hold(VECTOR);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ke_interrupt_release(VECTOR);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

START_TEST(a_message_routine_gets_its_number)
{
    struct device device = {0};
    ULONG vector = 70000;
    struct ke_interrupt_params params = {
        .message_routine = service_message,
        .message_id = 5,
        .context = &device,
        .irql = DIRQL,
        .mode = Latched,
        .vectors = &vector,
        .count = 1,
    };

    ck_assert_int_eq(ke_interrupt_connect(&params, &device.interrupt), STATUS_SUCCESS);
    ck_assert(ke_interrupt_pulse(vector));
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ck_assert_uint_eq(device.message_id, 5);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

/* The routines are asked in the order of their connection; who claims it ends the round. */
START_TEST(a_level_is_served_until_every_device_has_let_go)
{
    struct device first = {.letter = 'a'};
    struct device second = {.letter = 'b'};
    KIRQL old;

    story[0] = 0;
    connect(&first, VECTOR, LevelSensitive, true, DIRQL);
    connect(&second, VECTOR, LevelSensitive, true, DIRQL);
    assert_line(&second);
    ke_interrupts_wait();
    ck_assert_str_eq(story, "ab");

    story[0] = 0;
    old = KeAcquireInterruptSpinLock(first.interrupt); /* Both hold it before it is served. */
    assert_line(&first);
    assert_line(&second);
    KeReleaseInterruptSpinLock(first.interrupt, old);
    ke_interrupts_wait();
    ck_assert_str_eq(story, "aab");
    ke_interrupt_disconnect(first.interrupt);
    ke_interrupt_disconnect(second.interrupt);
}
END_TEST

START_TEST(a_line_that_is_held_already_interrupts_at_once)
{
    struct device device = {.vector = VECTOR};

    assert_line(&device);
    connect(&device, VECTOR, LevelSensitive, false, DIRQL);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

START_TEST(an_inactive_interrupt_is_not_served)
{
    struct device device = {0};

    connect(&device, VECTOR, LevelSensitive, false, DIRQL);
    ke_interrupt_set_active(device.interrupt, false);
    ck_assert(!ke_interrupt_pulse(VECTOR));
    assert_line(&device);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 0);
    ke_interrupt_set_active(device.interrupt, true);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

/* One object for several lines, as CONNECT_LINE_BASED makes it. */
START_TEST(one_object_serves_several_lines)
{
    ULONG vectors[] = {VECTOR, VECTOR + 3};
    struct device device = {0};
    struct ke_interrupt_params params = {.routine = service,
                                         .context = &device,
                                         .irql = DIRQL,
                                         .mode = Latched,
                                         .vectors = vectors,
                                         .count = 2};

    ck_assert_int_eq(ke_interrupt_connect(&params, &device.interrupt), STATUS_SUCCESS);
    ck_assert(ke_interrupt_pulse(VECTOR));
    ke_interrupts_wait();
    ck_assert(ke_interrupt_pulse(VECTOR + 3));
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 2);
    ck_assert_uint_eq(ke_interrupts_connected(), 1);
    ke_interrupt_disconnect(device.interrupt);
    ck_assert_uint_eq(ke_interrupts_connected(), 0);
    ck_assert(!ke_interrupt_pulse(VECTOR + 3));
}
END_TEST

/* --- Who may share ---------------------------------------------------------------------------- */

START_TEST(a_vector_is_shared_only_if_all_want_to_and_in_one_mode)
{
    struct device first = {0};
    struct device second = {0};

    connect(&first, VECTOR, LevelSensitive, true, DIRQL);
    ck_assert_int_eq(try_connect(&second, VECTOR, LevelSensitive, false, DIRQL),
                     STATUS_INVALID_PARAMETER);
    ck_assert_ptr_null(second.interrupt);
    ck_assert_int_eq(try_connect(&second, VECTOR, Latched, true, DIRQL), STATUS_INVALID_PARAMETER);
    connect(&second, VECTOR, LevelSensitive, true, DIRQL);
    ke_interrupt_disconnect(first.interrupt);
    ke_interrupt_disconnect(second.interrupt);
    connect(&first, VECTOR, LevelSensitive, false, DIRQL);
    ck_assert_int_eq(try_connect(&second, VECTOR, LevelSensitive, true, DIRQL),
                     STATUS_INVALID_PARAMETER);
    ke_interrupt_disconnect(first.interrupt);
    ck_assert_uint_eq(fixture_warnings, 3); /* Each refusal is said. */
    fixture_warnings = 0;
}
END_TEST

/* --- At PASSIVE_LEVEL ------------------------------------------------------------------------- */

static KEVENT entered;
static KEVENT go_on;

static BOOLEAN
service_waits(PKINTERRUPT interrupt, PVOID context)
{
    struct device *device = context;

    device->irql = KeGetCurrentIrql();
    KeSetEvent(&entered, 0, FALSE);
    ck_assert_int_eq(fixture_wait(&go_on, -1), STATUS_SUCCESS);
    device->calls++;
    return TRUE;
}

START_TEST(a_passive_routine_may_wait_and_holds_up_no_other)
{
    struct device other = {0};
    struct device device = {0};
    ULONG vector = VECTOR;
    struct ke_interrupt_params params = {.routine = service_waits,
                                         .context = &device,
                                         .mode = Latched,
                                         .vectors = &vector,
                                         .count = 1};

    KeInitializeEvent(&entered, NotificationEvent, FALSE);
    KeInitializeEvent(&go_on, NotificationEvent, FALSE);
    ck_assert_int_eq(ke_interrupt_connect(&params, &device.interrupt), STATUS_SUCCESS);
    connect(&other, VECTOR + 1, Latched, false, DIRQL);
    ke_interrupt_pulse(VECTOR);
    ck_assert_int_eq(fixture_wait(&entered, -1), STATUS_SUCCESS);
    ke_interrupt_pulse(VECTOR + 1);
    while (atomic_load_u32(&other.calls) == 0) {
        sys_thread_yield();
    }
    ck_assert_uint_eq(device.calls, 0);
    KeSetEvent(&go_on, 0, FALSE);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, 1);
    ck_assert_uint_eq(device.irql, PASSIVE_LEVEL);
    ke_interrupt_disconnect(other.interrupt);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

static BOOLEAN
add_one(PVOID context)
{
    ++*(unsigned *)context;
    return KeGetCurrentIrql() == PASSIVE_LEVEL;
}

START_TEST(passive_code_is_synchronized_by_an_event)
{
    struct device device = {0};
    unsigned count = 0;

    connect(&device, VECTOR, Latched, false, PASSIVE_LEVEL);
    ck_assert(KeSynchronizeExecution(device.interrupt, add_one, &count));
    ck_assert_uint_eq(count, 1);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

static void
acquire_it(void *argument)
{
    (void)KeAcquireInterruptSpinLock(argument);
}

static void
release_it(void *argument)
{
    KeReleaseInterruptSpinLock(argument, PASSIVE_LEVEL);
}

START_TEST(a_passive_interrupt_has_no_spin_lock)
{
    struct device device = {0};

    connect(&device, VECTOR, Latched, false, PASSIVE_LEVEL);
    fixture_expect_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, acquire_it, device.interrupt);
    fixture_expect_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, release_it, device.interrupt);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

/* --- The lock --------------------------------------------------------------------------------- */

START_TEST(the_lock_is_taken_at_dirql_and_by_nobody_above)
{
    struct device device = {0};
    KIRQL old;

    connect(&device, VECTOR, Latched, false, DIRQL);
    old = KeAcquireInterruptSpinLock(device.interrupt);
    ck_assert_uint_eq(old, PASSIVE_LEVEL);
    ck_assert_uint_eq(KeGetCurrentIrql(), DIRQL);
    KeReleaseInterruptSpinLock(device.interrupt, old);
    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(DIRQL + 1, &old);
    fixture_expect_bugcheck(IRQL_NOT_LESS_OR_EQUAL, acquire_it, device.interrupt);
    KeLowerIrql(old);
    fixture_expect_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, acquire_it, NULL);
    ke_interrupt_disconnect(device.interrupt);
}
END_TEST

/*
 * A routine, code under the lock and code in KeSynchronizeExecution change what belongs to the interrupt;
 * what they miss of each other shows in the sums.
 */
static struct {
    struct device device;
    KSPIN_LOCK lock;
    unsigned inside;
    unsigned served;
    unsigned under_lock;
    unsigned synchronized;
} shared;

static void
step(unsigned *count)
{
    ck_assert_uint_eq(shared.inside++, 0);
    sys_thread_yield();
    ++*count;
    sys_thread_yield();
    ck_assert_uint_eq(--shared.inside, 0);
}

static BOOLEAN
service_step(PKINTERRUPT interrupt, PVOID context)
{
    step(&shared.served);
    return TRUE;
}

static BOOLEAN
synchronized_step(PVOID context)
{
    ck_assert_uint_eq(KeGetCurrentIrql(), DIRQL);
    step(&shared.synchronized);
    return TRUE;
}

static void
work_synchronized(void *argument)
{
    for (unsigned i = 0; i < 5; i++) {
        ck_assert(KeSynchronizeExecution(shared.device.interrupt, synchronized_step, NULL));
    }
}

static void
work_under_the_lock(void *argument)
{
    for (unsigned i = 0; i < 5; i++) {
        KIRQL old = KeAcquireInterruptSpinLock(shared.device.interrupt);

        step(&shared.under_lock);
        KeReleaseInterruptSpinLock(shared.device.interrupt, old);
    }
}

static void
exclusion_body(void)
{
    ULONG vectors[] = {VECTOR, VECTOR + 1}; /* Two lines: two threads may serve them. */
    struct ke_interrupt_params params = {.routine = service_step,
                                         .lock = &shared.lock,
                                         .irql = DIRQL,
                                         .mode = Latched,
                                         .vectors = vectors,
                                         .count = 2};
    struct sys_thread *threads[2];
    unsigned pulses = 0;

    memset(&shared, 0, sizeof(shared));
    KeInitializeSpinLock(&shared.lock);
    ck_assert_int_eq(ke_interrupt_connect(&params, &shared.device.interrupt), STATUS_SUCCESS);
    threads[0] = fixture_start(work_synchronized, NULL);
    threads[1] = fixture_start(work_under_the_lock, NULL);
    for (unsigned i = 0; i < 6; i++) {
        pulses += ke_interrupt_pulse(vectors[i % 2]);
        sys_thread_yield();
    }
    sys_thread_join(threads[0]);
    sys_thread_join(threads[1]);
    ke_interrupts_wait();
    ck_assert_uint_eq(pulses, 6);
    ck_assert_uint_eq(shared.synchronized, 5);
    ck_assert_uint_eq(shared.under_lock, 5);
    ck_assert_uint_ge(shared.served, 2);
    ck_assert_uint_le(shared.served, 6);
    ke_interrupt_disconnect(shared.device.interrupt);
}

START_TEST(nothing_runs_beside_what_holds_the_lock)
{
    fixture_teardown();
    fixture_over_seeds(300, exclusion_body);
    fixture_setup();
    exclusion_body(); /* And once with real threads. */
}
END_TEST

/* A routine that runs, or is due, when its interrupt is disconnected is over afterwards. */
static void
disconnect_body(void)
{
    struct device device = {0};
    struct device passive = {0};
    uint32_t calls;

    connect(&device, VECTOR, Latched, false, DIRQL);
    connect(&passive, VECTOR + 1, Latched, false, PASSIVE_LEVEL);
    ke_interrupt_pulse(VECTOR);
    ke_interrupt_pulse(VECTOR + 1);
    ke_interrupt_disconnect(device.interrupt);
    calls = device.calls;
    ke_interrupt_disconnect(passive.interrupt);
    ke_interrupts_wait();
    ck_assert_uint_eq(device.calls, calls);
    ck_assert_uint_le(calls, 1);
    ck_assert_uint_le(passive.calls, 1);
}

START_TEST(nothing_is_served_after_the_disconnection)
{
    fixture_teardown();
    fixture_over_seeds(300, disconnect_body);
    fixture_setup();
}
END_TEST

/* Every edge that comes while nobody serves is followed by a call that begins after it. */
static uint32_t sent;
static uint32_t seen;

static BOOLEAN
service_sees(PKINTERRUPT interrupt, PVOID context)
{
    seen = atomic_load_u32(&sent);
    sys_thread_yield();
    return TRUE;
}

static void
send_edges(void *argument)
{
    for (unsigned i = 0; i < 8; i++) {
        atomic_fetch_add_u32(&sent, 1);
        ck_assert(ke_interrupt_pulse(VECTOR));
    }
}

static void
edges_body(void)
{
    struct device device = {0};
    ULONG vector = VECTOR;
    struct ke_interrupt_params params = {
        .routine = service_sees, .irql = DIRQL, .mode = Latched, .vectors = &vector, .count = 1};
    struct sys_thread *threads[2];

    sent = seen = 0;
    ck_assert_int_eq(ke_interrupt_connect(&params, &device.interrupt), STATUS_SUCCESS);
    threads[0] = fixture_start(send_edges, NULL);
    threads[1] = fixture_start(send_edges, NULL);
    sys_thread_join(threads[0]);
    sys_thread_join(threads[1]);
    ke_interrupts_wait();
    ck_assert_uint_eq(seen, 16);
    ke_interrupt_disconnect(device.interrupt);
}

START_TEST(no_edge_is_lost_while_another_is_served)
{
    fixture_teardown();
    fixture_over_seeds(300, edges_body);
    fixture_setup();
}
END_TEST

/* --- What goes wrong -------------------------------------------------------------------------- */

static struct device *storming;

/* On the thread that serves: a process ends here, and the test looks at how. */
static void
on_storm(const struct ke_bugcheck *bugcheck, void *context)
{
    _exit(bugcheck->code == HARDWARE_INTERRUPT_STORM &&
                  bugcheck->parameter[0] == (ULONG_PTR)service &&
                  bugcheck->parameter[1] == (ULONG_PTR)storming && bugcheck->parameter[3] == 1
              ? 42
              : 1);
}

START_TEST(a_line_that_nobody_makes_go_down_is_a_storm)
{
    struct device device = {0};

    storming = &device;
    ke_bugcheck_set_handler(on_storm, NULL);
    connect(&device, VECTOR, LevelSensitive, false, DIRQL);
    ke_interrupt_hold(VECTOR);
    ke_interrupts_wait();
}
END_TEST

static BOOLEAN
service_lowers(PKINTERRUPT interrupt, PVOID context)
{
    KeLowerIrql(PASSIVE_LEVEL);
    return TRUE;
}

static void
on_lowered(const struct ke_bugcheck *bugcheck, void *context)
{
    _exit(bugcheck->code == IRQL_UNEXPECTED_VALUE && bugcheck->parameter[1] == DIRQL ? 42 : 1);
}

START_TEST(a_routine_that_changes_its_irql_is_named)
{
    struct device device = {0};
    ULONG vector = VECTOR;
    struct ke_interrupt_params params = {
        .routine = service_lowers, .irql = DIRQL, .mode = Latched, .vectors = &vector, .count = 1};

    ke_bugcheck_set_handler(on_lowered, NULL);
    ck_assert_int_eq(ke_interrupt_connect(&params, &device.interrupt), STATUS_SUCCESS);
    ke_interrupt_pulse(VECTOR);
    ke_interrupts_wait();
}
END_TEST

START_TEST(an_interrupt_that_is_left_connected_is_named)
{
    struct device device = {0};

    connect(&device, VECTOR, Latched, false, DIRQL);
    nt_fini();
    ck_assert_uint_eq(fixture_warnings, 1);
    ck_assert_ptr_nonnull(strstr(fixture_last_warning, "never disconnected"));
    fixture_setup();
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("interrupt");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_edge_calls_the_routine_once_at_its_irql);
    tcase_add_test(tests, an_edge_that_goes_up_and_stays_up_is_one_edge);
    tcase_add_test(tests, a_message_routine_gets_its_number);
    tcase_add_test(tests, a_level_is_served_until_every_device_has_let_go);
    tcase_add_test(tests, a_line_that_is_held_already_interrupts_at_once);
    tcase_add_test(tests, an_inactive_interrupt_is_not_served);
    tcase_add_test(tests, one_object_serves_several_lines);
    tcase_add_test(tests, a_vector_is_shared_only_if_all_want_to_and_in_one_mode);
    tcase_add_test(tests, a_passive_routine_may_wait_and_holds_up_no_other);
    tcase_add_test(tests, passive_code_is_synchronized_by_an_event);
    tcase_add_test(tests, a_passive_interrupt_has_no_spin_lock);
    tcase_add_test(tests, the_lock_is_taken_at_dirql_and_by_nobody_above);
    tcase_add_test(tests, nothing_runs_beside_what_holds_the_lock);
    tcase_add_test(tests, nothing_is_served_after_the_disconnection);
    tcase_add_test(tests, no_edge_is_lost_while_another_is_served);
    tcase_add_exit_test(tests, a_line_that_nobody_makes_go_down_is_a_storm, 42);
    tcase_add_exit_test(tests, a_routine_that_changes_its_irql_is_named, 42);
    tcase_add_test(tests, an_interrupt_that_is_left_connected_is_named);
    return fixture_run("nt/ke_interrupt", tests);
}
