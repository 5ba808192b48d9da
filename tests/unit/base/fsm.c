/* SPDX-License-Identifier: MIT */
/* The state-machine engine: a small door as the machine. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fsm.h"
#include "base/log.h"
#include "sys/lock.h"
#include "sys/sim.h"
#include "sys/thread.h"

enum door_state {
    Closed = 1,
    Opening,
    Open,
    Jammed,
    Gone,
    DoorStates
};
enum door_event {
    OPEN = 1,
    CLOSE,
    KNOCK,
    REMOVE,
    HAMMER,
    DoorEvents
};

struct door {
    struct fsm fsm;
    struct sys_lock lock;
    unsigned entered[DoorStates];
    unsigned opening_result;
    unsigned unexpected_event;
    unsigned kicks;
    unsigned moves;
    unsigned post_from_open;
    uint32_t acting;
};

static unsigned
note(struct door *door, unsigned state)
{
    door->entered[state]++;
    return FSM_STAY;
}

static unsigned
enter_closed(void *owner)
{
    return note(owner, Closed);
}

static unsigned
enter_opening(void *owner)
{
    struct door *door = owner;

    note(door, Opening);
    return door->opening_result;
}

static unsigned
enter_open(void *owner)
{
    struct door *door = owner;

    ck_assert_uint_eq(atomic_fetch_add_u32(&door->acting, 1), 0);
    if (door->post_from_open != 0) {
        unsigned event = door->post_from_open;

        door->post_from_open = 0;
        ck_assert(fsm_post(&door->fsm, event));
        /* It is handled after this action, not within it. */
        ck_assert_uint_eq(fsm_state_number(&door->fsm), Open);
    }
    ck_assert_uint_eq(atomic_fetch_sub_u32(&door->acting, 1), 1);
    return note(door, Open);
}

static const char *const door_events[DoorEvents] = {
    [OPEN] = "OPEN", [CLOSE] = "CLOSE", [KNOCK] = "KNOCK", [REMOVE] = "REMOVE", [HAMMER] = "HAMMER",
};

static const struct fsm_state door_states[DoorStates] = {
    [Closed] =
        {
            .name = "Closed",
            .enter = enter_closed,
            .on = {{OPEN, Opening}, {REMOVE, Gone}},
            .drop = FSM_BIT(KNOCK),
            .defer = FSM_BIT(CLOSE),
        },
    [Opening] = {.name = "Opening", .enter = enter_opening, .may = {Open, Jammed}},
    [Open] =
        {
            .name = "Open",
            .enter = enter_open,
            .on = {{CLOSE, Closed}, {KNOCK, Open}},
            .defer = FSM_BIT(REMOVE) | FSM_BIT(OPEN),
        },
    [Jammed] = {.name = "Jammed", .on = {{HAMMER, Closed}}, .drop = FSM_BIT(KNOCK)},
    [Gone] = {.name = "Gone", .final = true},
};

static void
lock_door(void *owner)
{
    sys_lock_acquire(&((struct door *)owner)->lock);
}

static void
unlock_door(void *owner)
{
    sys_lock_release(&((struct door *)owner)->lock);
}

static void
count_unexpected(void *owner, unsigned state, unsigned event)
{
    ((struct door *)owner)->unexpected_event = event;
}

static void
count_move(void *owner, unsigned from, unsigned event, unsigned to)
{
    ((struct door *)owner)->moves++;
}

static void
count_kick(void *owner)
{
    ((struct door *)owner)->kicks++;
}

static const struct fsm_ops door_ops = {
    .lock = lock_door,
    .unlock = unlock_door,
    .unexpected = count_unexpected,
    .moved = count_move,
};

static const struct fsm_table door_table = {
    .name = "door",
    .states = door_states,
    .state_count = DoorStates,
    .start = Closed,
    .events = door_events,
    .event_count = DoorEvents,
    .coalesce = FSM_BIT(CLOSE),
    .urgent = FSM_BIT(REMOVE),
    .ops = &door_ops,
};

static struct door *
new_door(const struct fsm_table *table)
{
    static struct door door;

    memset(&door, 0, sizeof(door));
    door.opening_result = Open;
    fsm_init(&door.fsm, table, &door);
    return &door;
}

static struct door *
new_started_door(void)
{
    struct door *door = new_door(&door_table);

    fsm_start(&door->fsm);
    return door;
}

START_TEST(events_follow_the_edges_and_decisions)
{
    struct door *door = new_started_door();

    ck_assert_uint_eq(door->entered[Closed], 1);
    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Open);
    ck_assert_uint_eq(door->entered[Opening], 1);
    ck_assert_uint_eq(door->entered[Open], 1);
    ck_assert_uint_eq(door->moves, 3);
    ck_assert(fsm_post(&door->fsm, KNOCK));
    ck_assert_uint_eq(door->entered[Open], 2);
}
END_TEST

START_TEST(dropped_events_mean_nothing)
{
    struct door *door = new_started_door();

    ck_assert(fsm_post(&door->fsm, KNOCK));
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Closed);
    ck_assert_uint_eq(door->unexpected_event, 0);
    ck_assert_uint_eq(door->moves, 1);
}
END_TEST

START_TEST(deferred_events_wait_for_a_state_that_knows_them)
{
    struct door *door = new_started_door();

    ck_assert(fsm_post(&door->fsm, CLOSE));
    ck_assert_uint_eq(door->fsm.queued, 1);
    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert_uint_eq(door->entered[Open], 1);
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Closed);
    ck_assert_uint_eq(door->fsm.queued, 0);
}
END_TEST

START_TEST(events_that_coalesce_wait_once)
{
    struct door *door = new_started_door();

    for (unsigned i = 0; i < FSM_QUEUE_MAX + 1; i++) {
        ck_assert(fsm_post(&door->fsm, CLOSE));
    }
    ck_assert_uint_eq(door->fsm.queued, 1);
}
END_TEST

START_TEST(urgent_events_overtake)
{
    struct door *door = new_door(&door_table);

    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert(fsm_post(&door->fsm, REMOVE));
    fsm_start(&door->fsm);
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Gone);
    ck_assert_uint_eq(door->entered[Opening], 0);
    ck_assert_uint_eq(door->unexpected_event, OPEN);
}
END_TEST

START_TEST(an_event_posted_by_an_action_is_handled_after_it)
{
    struct door *door = new_started_door();

    door->post_from_open = CLOSE;
    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Closed);
    ck_assert_uint_eq(door->entered[Closed], 2);
}
END_TEST

START_TEST(an_unexpected_event_is_reported_and_the_state_stays)
{
    struct door *door = new_started_door();

    ck_assert(fsm_post(&door->fsm, HAMMER));
    ck_assert_uint_eq(door->unexpected_event, HAMMER);
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Closed);
}
END_TEST

static char log_text[1024];

static void
keep_log(void *context, enum base_log_level level, const char *component, const char *message)
{
    snprintf(log_text, sizeof(log_text), "%s", message);
}

START_TEST(by_default_the_report_tells_the_path)
{
    struct fsm_table table = door_table;
    struct door *door = new_door(&table);

    table.ops = NULL;
    base_log_set_sink(keep_log, NULL);
    fsm_start(&door->fsm);
    door->opening_result = Jammed;
    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert_str_eq(log_text, "door: event OPEN is unexpected in state Jammed; path: "
                               "Closed -OPEN-> Opening -> Jammed");
}
END_TEST

START_TEST(a_decision_outside_may_aborts)
{
    struct door *door = new_started_door();

    door->opening_result = Gone;
    fsm_post(&door->fsm, OPEN);
}
END_TEST

START_TEST(a_full_queue_refuses)
{
    struct door *door = new_door(&door_table);

    base_log_set_sink(keep_log, NULL);
    for (unsigned i = 0; i < FSM_QUEUE_MAX; i++) {
        ck_assert(fsm_post(&door->fsm, KNOCK));
    }
    ck_assert(!fsm_post(&door->fsm, KNOCK));
    ck_assert_str_eq(log_text, "door: 32 events wait already, KNOCK is lost");
}
END_TEST

START_TEST(with_kick_the_poster_does_not_run_it)
{
    struct fsm_ops ops = door_ops;
    struct fsm_table table = door_table;
    struct door *door = new_door(&table);

    ops.kick = count_kick;
    table.ops = &ops;
    fsm_start(&door->fsm);
    ck_assert(fsm_post(&door->fsm, OPEN));
    ck_assert_uint_eq(door->kicks, 1);
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Closed);
    fsm_run(&door->fsm);
    ck_assert_uint_eq(fsm_state_number(&door->fsm), Open);
}
END_TEST

START_TEST(history_keeps_the_newest_moves)
{
    struct door *door = new_started_door();
    struct fsm_move moves[FSM_HISTORY_MAX];
    char text[48];

    for (unsigned i = 0; i < 20; i++) {
        ck_assert(fsm_post(&door->fsm, OPEN));
        ck_assert(fsm_post(&door->fsm, CLOSE));
    }
    ck_assert_uint_eq(fsm_history(&door->fsm, moves, FSM_HISTORY_MAX), FSM_HISTORY_MAX);
    ck_assert_uint_eq(moves[FSM_HISTORY_MAX - 1].from, Open);
    ck_assert_uint_eq(moves[FSM_HISTORY_MAX - 1].event, CLOSE);
    ck_assert_uint_eq(moves[FSM_HISTORY_MAX - 1].to, Closed);
    ck_assert_uint_eq(moves[FSM_HISTORY_MAX - 2].event, FSM_NO_EVENT);
    ck_assert_uint_eq(fsm_history(&door->fsm, moves, 1), 1);
    ck_assert_uint_eq(moves[0].event, CLOSE);

    fsm_describe(&door->fsm, text, sizeof(text));
    ck_assert_uint_lt(strlen(text), sizeof(text));
    ck_assert_str_eq(text + strlen(text) - 3, "...");
}
END_TEST

/* Two threads knock at an open door: actions never overlap, and no event is lost. */
#define KNOCKS 8

static struct door *shared_door;

static void
knock(void *argument)
{
    for (unsigned i = 0; i < KNOCKS; i++) {
        ck_assert(fsm_post(&shared_door->fsm, KNOCK));
    }
}

static void
knock_together(void *argument)
{
    struct sys_thread *other;

    shared_door = new_started_door();
    ck_assert(fsm_post(&shared_door->fsm, OPEN));
    ck_assert_int_eq(sys_thread_create(&other, "knocks", knock, NULL), 0);
    knock(NULL);
    sys_thread_join(other);
    ck_assert_uint_eq(shared_door->entered[Open], 1 + 2 * KNOCKS);
    ck_assert_uint_eq(shared_door->fsm.queued, 0);
}

START_TEST(posts_from_several_threads_run_one_at_a_time_and_none_is_lost)
{
    knock_together(NULL);
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct sys_sim_config config = {.seed = seed};

        ck_assert_int_eq(sys_sim_run(&config, knock_together, NULL).outcome, SYS_SIM_DONE);
    }
}
END_TEST

START_TEST(a_sound_table_passes_the_checker)
{
    char text[128] = "";

    ck_assert_msg(fsm_table_check(&door_table, text, sizeof(text)), "%s", text);
}
END_TEST

static struct fsm_state bad_states[DoorStates];

/* Expects the checker to find one fault planted in a copy of the table. */
static void
expect_fault(struct fsm_table table, const char *expected)
{
    char text[128] = "";

    table.states = bad_states;
    ck_assert(!fsm_table_check(&table, text, sizeof(text)));
    ck_assert_str_eq(text, expected);
    memcpy(bad_states, door_states, sizeof(bad_states));
}

START_TEST(the_checker_finds_planted_faults)
{
    struct fsm_table table = door_table;

    memcpy(bad_states, door_states, sizeof(bad_states));
    bad_states[Closed].drop |= FSM_BIT(OPEN);
    expect_fault(table, "Closed: OPEN is two of handled, dropped and deferred");
    bad_states[Closed].drop |= FSM_BIT(CLOSE);
    expect_fault(table, "Closed: CLOSE is two of handled, dropped and deferred");
    bad_states[Open].on[1].event = CLOSE;
    expect_fault(table, "Open: CLOSE is handled twice");
    bad_states[Open].on[1].event = DoorEvents;
    expect_fault(table, "Open: event 6 does not exist");
    bad_states[Open].on[1].next = DoorStates;
    expect_fault(table, "Open: KNOCK leads to state 6, which does not exist");
    bad_states[Open].drop = FSM_BIT(DoorEvents);
    expect_fault(table, "Open: an event in drop or defer does not exist");
    bad_states[Opening].may[1] = DoorStates;
    expect_fault(table, "Opening: .may has state 6, which does not exist");
    bad_states[Opening].enter = NULL;
    expect_fault(table, "Opening: .may without an action");
    bad_states[Gone].final = false;
    expect_fault(table, "Gone: has no way out");
    bad_states[Jammed].final = true;
    expect_fault(table, "Jammed: final, but has a way out");
    bad_states[Opening].may[1] = 0;
    expect_fault(table, "Jammed: has no way in");
    bad_states[Jammed].on[0].event = OPEN;
    expect_fault(table, "event HAMMER: no state handles it");
    bad_states[Jammed].name = NULL;
    expect_fault(table, "state 4 has no name");
    table.start = 0;
    expect_fault(table, "start state 0 does not exist");
    table.event_count = 65;
    expect_fault(table, "65 events; at most 64 are possible");
}
END_TEST

static void
collect(void *context, const char *text)
{
    strcat(context, text);
}

START_TEST(dot_draws_states_edges_and_decisions)
{
    char text[2048] = "";

    fsm_table_dot(&door_table, collect, text);
    ck_assert_ptr_nonnull(strstr(text, "digraph \"door\" {"));
    ck_assert_ptr_nonnull(strstr(text, "start -> \"Closed\";"));
    ck_assert_ptr_nonnull(strstr(text, "\"Closed\" -> \"Opening\" [label=\"OPEN\"];"));
    ck_assert_ptr_nonnull(strstr(text, "\"Opening\" -> \"Jammed\" [style=dashed];"));
    ck_assert_ptr_nonnull(strstr(text, "\"Gone\" [peripheries=2];"));
    ck_assert_str_eq(text + strlen(text) - 2, "}\n");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base/fsm");
    TCase *tests = tcase_create("fsm");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, events_follow_the_edges_and_decisions);
    tcase_add_test(tests, dropped_events_mean_nothing);
    tcase_add_test(tests, deferred_events_wait_for_a_state_that_knows_them);
    tcase_add_test(tests, events_that_coalesce_wait_once);
    tcase_add_test(tests, urgent_events_overtake);
    tcase_add_test(tests, an_event_posted_by_an_action_is_handled_after_it);
    tcase_add_test(tests, an_unexpected_event_is_reported_and_the_state_stays);
    tcase_add_test(tests, by_default_the_report_tells_the_path);
    tcase_add_test_raise_signal(tests, a_decision_outside_may_aborts, SIGABRT);
    tcase_add_test(tests, a_full_queue_refuses);
    tcase_add_test(tests, with_kick_the_poster_does_not_run_it);
    tcase_add_test(tests, history_keeps_the_newest_moves);
    tcase_add_test(tests, posts_from_several_threads_run_one_at_a_time_and_none_is_lost);
    tcase_add_test(tests, a_sound_table_passes_the_checker);
    tcase_add_test(tests, the_checker_finds_planted_faults);
    tcase_add_test(tests, dot_draws_states_edges_and_decisions);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
