/* SPDX-License-Identifier: MIT */
/* The ring's protocol: each role's transitions, what a hostile peer can write, a host's death. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "ipc/ring.h"
#include "sys/memory.h"

#define STATUS_TERMINATED RING_STATUS_DRIVER_PROCESS_TERMINATED
#define SLOTS             8u
#define ARENA             ((uint64_t)64 << 10)

static struct ring ring;
static struct ring_client client;
static struct ring_server server;

static void
setup(void)
{
    struct ring_geometry geometry;

    ck_assert_int_eq(ring_geometry_init(&geometry, SLOTS, ARENA), 0);
    ring_attach(&ring, &geometry, sys_pages_alloc(geometry.total_size));
    ring_format(&ring);
    ring_client_init(&client, &ring);
    ck_assert_int_eq(ring_server_init(&server, &ring), 0);
}

static void
teardown(void)
{
    ring_server_fini(&server);
    sys_pages_free(ring.memory, ring.geometry.total_size);
}

static const struct ring_request inline_request = {
    .operation = RING_OP_IOCTL,
    .flags = RING_IN_INLINE | RING_OUT_INLINE,
    .code = 0x222000,
    .in_size = 4,
    .out_size = 4,
};

static void
submit(uint32_t slot, uint32_t generation, uint32_t flags)
{
    struct ring_request request = inline_request;

    request.flags |= flags;
    ck_assert_int_eq(ring_client_submit(&client, slot, generation, &request, "ping"), 0);
}

static uint32_t
take(void)
{
    struct ring_request request;
    uint32_t slot = UINT32_MAX;

    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), 1);
    return slot;
}

static enum ring_wake
complete(uint32_t slot, uint32_t flags, int32_t status)
{
    struct ring_result result = {.status = status, .information = 4};

    return ring_server_complete(&server, slot, flags, &result, "pong", 4);
}

/* ---- Geometry ---- */

START_TEST(geometry_rounds_up_and_has_bounds)
{
    struct ring_geometry geometry;

    ck_assert_int_eq(ring_geometry_init(&geometry, 33, 70000), 0);
    ck_assert_uint_eq(geometry.slots, 64);
    ck_assert_uint_eq(geometry.arena_size, 128 << 10);
    ck_assert_uint_eq(geometry.arena_offset % 4096, 0);
    ck_assert_uint_eq(geometry.total_size, geometry.arena_offset + geometry.arena_size);
    ck_assert_int_eq(ring_geometry_init(&geometry, 0, 0), 0);
    ck_assert_uint_eq(geometry.slots, RING_SLOTS_DEFAULT);
    ck_assert_int_eq(ring_geometry_init(&geometry, RING_SLOTS_MAX + 1, 0), -EINVAL);
    ck_assert_int_eq(ring_geometry_init(&geometry, 0, RING_ARENA_MAX + 1), -EINVAL);
}
END_TEST

START_TEST(only_a_valid_geometry_is_accepted)
{
    struct ring_geometry geometry;

    ck_assert_int_eq(ring_geometry_accept(&geometry, 64, RING_ARENA_MIN), 0);
    ck_assert_int_eq(ring_geometry_accept(&geometry, 0, RING_ARENA_MIN), -EPROTO);
    ck_assert_int_eq(ring_geometry_accept(&geometry, 63, RING_ARENA_MIN), -EPROTO);
    ck_assert_int_eq(ring_geometry_accept(&geometry, RING_SLOTS_MAX * 2, RING_ARENA_MIN), -EPROTO);
    ck_assert_int_eq(ring_geometry_accept(&geometry, 64, RING_ARENA_MIN - 1), -EPROTO);
    ck_assert_int_eq(ring_geometry_accept(&geometry, 64, RING_ARENA_MAX * 2), -EPROTO);
}
END_TEST

/* ---- A request's life ---- */

START_TEST(request_and_result_travel)
{
    struct ring_request request;
    struct ring_result result;
    uint32_t slot;

    submit(3, 0, 0);
    ck_assert(!ring_client_completed(&client, 3, 0, &result));
    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), 1);
    ck_assert_uint_eq(slot, 3);
    ck_assert_int_eq(request.operation, RING_OP_IOCTL);
    ck_assert_uint_eq(request.code, 0x222000);
    ck_assert_uint_eq(request.in_size, 4);
    ck_assert_mem_eq(ring.slots[3].payload, "ping", 4);
    ck_assert_int_eq(complete(3, request.flags, 0x103), RING_WAKE_NOBODY);
    ck_assert(ring_client_completed(&client, 3, 0, &result));
    ck_assert_int_eq(result.status, 0x103);
    ck_assert_uint_eq(result.information, 4);
    ck_assert_mem_eq(ring.slots[3].payload, "pong", 4);
    ck_assert_int_eq(ring_client_reap(&client, &slot), 0);
}
END_TEST

START_TEST(released_slot_has_a_new_generation)
{
    struct ring_result result;

    submit(0, 0, 0);
    complete(take(), 0, 0);
    ck_assert_uint_eq(ring_client_release(&client, 0, 0), 1);
    ck_assert(!ring_client_completed(&client, 0, 0, &result));
    ck_assert_int_eq(ring_client_submit(&client, 0, 0, &inline_request, "ping"), -EPROTO);
    submit(0, 1, 0);
    ck_assert_uint_eq(take(), 0);
    ck_assert(ring_server_holds(&server, 0, 1));
    ck_assert(!ring_server_holds(&server, 0, 0));
}
END_TEST

START_TEST(asynchronous_completion_is_in_the_completion_ring)
{
    uint32_t slot;

    submit(1, 0, RING_ASYNC);
    submit(2, 0, RING_ASYNC);
    ck_assert(!ring_client_reap_ready(&client));
    ck_assert_uint_eq(take(), 1);
    ck_assert_uint_eq(take(), 2);
    ck_assert_int_eq(complete(2, RING_ASYNC, 0), RING_WAKE_NOBODY);
    ck_assert(ring_client_reap_ready(&client));
    ring.header->client_armed = 1;
    ck_assert_int_eq(complete(1, RING_ASYNC, 0), RING_WAKE_EVENT);
    ck_assert_int_eq(ring_client_reap(&client, &slot), 1);
    ck_assert_uint_eq(slot, 2);
    ck_assert_int_eq(ring_client_reap(&client, &slot), 1);
    ck_assert_uint_eq(slot, 1);
    ck_assert_int_eq(ring_client_reap(&client, &slot), 0);
}
END_TEST

START_TEST(sleeping_client_is_woken_by_completion_only)
{
    submit(5, 0, 0);
    ring.slots[5].state |= RING_SLEEPING;
    ck_assert_uint_eq(take(), 5);
    ck_assert_uint_eq(ring.slots[5].state, (ring_word(0, RING_TAKEN) | RING_SLEEPING));
    ck_assert_int_eq(complete(5, 0, 0), RING_WAKE_SLOT);
}
END_TEST

START_TEST(rings_wrap_many_times)
{
    uint32_t generation[SLOTS] = {0};
    struct ring_result result;
    unsigned i;

    for (i = 0; i < 10000; i++) {
        uint32_t slot = i * 5 % SLOTS;
        uint32_t reaped;

        submit(slot, generation[slot], RING_ASYNC);
        ck_assert_uint_eq(take(), slot);
        complete(slot, RING_ASYNC, (int32_t)i);
        ck_assert_int_eq(ring_client_reap(&client, &reaped), 1);
        ck_assert_uint_eq(reaped, slot);
        ck_assert(ring_client_completed(&client, slot, generation[slot], &result));
        ck_assert_int_eq(result.status, (int32_t)i);
        generation[slot] = ring_client_release(&client, slot, generation[slot]);
    }
}
END_TEST

/* ---- A hostile client ---- */

struct hostile_case {
    const char *what;
    void (*break_it)(struct ring_slot *slot);
};

static void
break_operation_zero(struct ring_slot *slot)
{
    slot->operation = 0;
}

static void
break_operation_large(struct ring_slot *slot)
{
    slot->operation = RING_OP_LAST + 1;
}

static void
break_flags(struct ring_slot *slot)
{
    slot->flags = 0x8000;
}

static void
break_inline_in(struct ring_slot *slot)
{
    slot->in_size = RING_PAYLOAD_SIZE + 1;
}

static void
break_inline_out(struct ring_slot *slot)
{
    slot->out_size = UINT32_MAX;
}

static void
break_in_offset(struct ring_slot *slot)
{
    slot->flags = 0;
    slot->in_offset = UINT32_MAX;
}

static void
break_in_end(struct ring_slot *slot)
{
    slot->flags = 0;
    slot->in_offset = (uint32_t)ARENA - 3;
}

static void
break_in_overflow(struct ring_slot *slot)
{
    slot->flags = 0;
    slot->in_offset = 8;
    slot->in_size = UINT32_MAX;
}

static void
break_out_end(struct ring_slot *slot)
{
    slot->flags = RING_IN_INLINE;
    slot->out_offset = (uint32_t)ARENA;
    slot->out_size = 1;
}

static void
break_state_free(struct ring_slot *slot)
{
    slot->state = ring_word(0, RING_FREE);
}

static void
break_state_taken(struct ring_slot *slot)
{
    slot->state = ring_word(0, RING_TAKEN);
}

static void
break_state_unknown(struct ring_slot *slot)
{
    slot->state = 7;
}

static const struct hostile_case hostile_cases[] = {
    {"operation 0", break_operation_zero},
    {"operation too large", break_operation_large},
    {"unknown flag", break_flags},
    {"inline input too long", break_inline_in},
    {"inline output too long", break_inline_out},
    {"input offset outside", break_in_offset},
    {"input ends outside", break_in_end},
    {"input size overflows", break_in_overflow},
    {"output ends outside", break_out_end},
    {"slot is free", break_state_free},
    {"slot is taken", break_state_taken},
    {"unknown state", break_state_unknown},
};

START_TEST(hostile_slot_is_refused)
{
    const struct hostile_case *c = &hostile_cases[_i];
    struct ring_request request = {.operation = RING_OP_FLUSH};
    uint32_t slot = 99;

    submit(2, 0, 0);
    c->break_it(&ring.slots[2]);
    ck_assert_msg(ring_server_pop(&server, &slot, &request) == -EPROTO, "%s was taken", c->what);
    ck_assert_uint_eq(slot, 99);
    ck_assert_int_eq(request.operation, RING_OP_FLUSH);
    ck_assert(!ring_server_held(&server, 2));
}
END_TEST

START_TEST(entry_that_names_no_slot_is_refused)
{
    struct ring_request request;
    uint32_t slot;

    ring.submissions[0] = (uint64_t)1 << 32 | SLOTS;
    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), -EPROTO);
    ring.submissions[0] = (uint64_t)1 << 32 | UINT32_MAX;
    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), -EPROTO);
    ring.submissions[0] = (uint64_t)7 << 32;
    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), 0);
}
END_TEST

START_TEST(slot_in_the_drivers_hands_is_not_taken_twice)
{
    struct ring_request request;
    uint32_t slot;

    submit(4, 0, 0);
    ck_assert_uint_eq(take(), 4);
    ring.slots[4].state = ring_word(0, RING_SUBMITTED);
    ring.submissions[1] = (uint64_t)2 << 32 | 4;
    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), -EPROTO);
}
END_TEST

START_TEST(completion_of_a_scribbled_slot_changes_nothing)
{
    submit(4, 0, 0);
    ck_assert_uint_eq(take(), 4);
    ring.slots[4].state = ring_word(77, RING_SUBMITTED);
    ck_assert_int_eq(complete(4, 0, 0), RING_WAKE_NOBODY);
    ck_assert_uint_eq(ring.slots[4].state, ring_word(77, RING_SUBMITTED));
    ck_assert(!ring_server_held(&server, 4));
}
END_TEST

/* What is checked is a copy: changing the slot afterwards changes nothing. */
START_TEST(request_is_copied_once)
{
    struct ring_request request;
    uint32_t slot;

    submit(0, 0, 0);
    ck_assert_int_eq(ring_server_pop(&server, &slot, &request), 1);
    memset(&ring.slots[0].operation, 0xFF, sizeof(ring.slots[0]) - 4);
    ck_assert_uint_eq(request.in_size, 4);
    ck_assert_int_eq(request.operation, RING_OP_IOCTL);
}
END_TEST

/* Random bytes all over the shared memory: whatever comes out is in range, or refused. */
START_TEST(random_memory_never_leads_outside)
{
    unsigned round;
    unsigned taken = 0;

    srand(1);
    for (round = 0; round < 20000; round++) {
        struct ring_request request;
        uint32_t slot = (uint32_t)rand() % SLOTS;
        uint8_t *bytes = (uint8_t *)&ring.slots[slot];
        unsigned i;

        for (i = 0; i < 48; i++) {
            bytes[i] = (uint8_t)rand();
        }
        ring.slots[slot].state = ring_word((uint32_t)rand(), (enum ring_state)(rand() % 4));
        ring.slots[slot].operation = (uint16_t)(rand() % 6);
        ring.slots[slot].flags = (uint16_t)(rand() % 9);
        ring.slots[slot].in_size >>= rand() % 32;
        ring.slots[slot].out_size >>= rand() % 32;
        ring.slots[slot].in_offset >>= rand() % 32;
        ring.slots[slot].out_offset >>= rand() % 32;
        ring.submissions[server.pop_turn % SLOTS] =
            (uint64_t)(server.pop_turn + 1) << 32 |
            (rand() % 8 != 0 ? slot : (uint32_t)rand() % (SLOTS + 1));
        if (ring_server_pop(&server, &slot, &request) != 1) {
            continue;
        }
        taken++;
        ck_assert_uint_lt(slot, SLOTS);
        ck_assert_int_ge(request.operation, RING_OP_READ);
        ck_assert_int_le(request.operation, RING_OP_LAST);
        if ((request.flags & RING_IN_INLINE) != 0) {
            ck_assert_uint_le(request.in_size, RING_PAYLOAD_SIZE);
        } else {
            ck_assert_uint_le((uint64_t)request.in_offset + request.in_size, ARENA);
        }
        if ((request.flags & RING_OUT_INLINE) != 0) {
            ck_assert_uint_le(request.out_size, RING_PAYLOAD_SIZE);
        } else {
            ck_assert_uint_le((uint64_t)request.out_offset + request.out_size, ARENA);
        }
        complete(slot, request.flags, 0);
    }
    ck_assert_uint_gt(taken, 100);
}
END_TEST

/* ---- A hostile host ---- */

START_TEST(completion_entry_that_names_no_slot_is_refused)
{
    uint32_t slot;

    ring.completions[0] = (uint64_t)1 << 32 | SLOTS;
    ck_assert_int_eq(ring_client_reap(&client, &slot), -EPROTO);
    ck_assert_int_eq(ring_client_reap(&client, &slot), 0);
}
END_TEST

START_TEST(submission_into_a_scribbled_slot_is_refused)
{
    ring.slots[0].state = ring_word(0, RING_TAKEN);
    ck_assert_int_eq(ring_client_submit(&client, 0, 0, &inline_request, "ping"), -EPROTO);
}
END_TEST

/* ---- A host's death ---- */

static unsigned woken;

static void
count_wake(void *argument, uint32_t *state_word)
{
    ck_assert_ptr_eq(argument, &woken);
    ck_assert_int_eq(ring_word_state(*state_word), RING_COMPLETED);
    woken++;
}

/* One slot in each state at the moment of death; nothing but the outstanding is touched. */
START_TEST(death_settles_what_is_outstanding_once)
{
    struct ring_result result;

    submit(1, 0, 0);
    complete(take(), 0, 0x11);
    submit(2, 0, 0);
    ck_assert_uint_eq(take(), 2);
    submit(3, 0, 0);
    submit(4, 0, RING_ASYNC);
    ring.slots[3].state |= RING_SLEEPING;
    ck_assert_uint_eq(ring_outstanding(&ring), 3);
    ck_assert(!ring_host_dead(&ring));

    woken = 0;
    ck_assert_uint_eq(ring_settle(&ring, STATUS_TERMINATED, count_wake, &woken), 3);
    ck_assert_uint_eq(woken, 1);
    ck_assert(ring_host_dead(&ring));
    ck_assert_uint_eq(ring_outstanding(&ring), 0);
    ck_assert_uint_eq(ring.slots[0].state, ring_word(0, RING_FREE));
    ck_assert(ring_client_completed(&client, 1, 0, &result));
    ck_assert_int_eq(result.status, 0x11);
    ck_assert(ring_client_completed(&client, 2, 0, &result));
    ck_assert_int_eq(result.status, STATUS_TERMINATED);
    ck_assert_uint_eq(result.information, 0);
    ck_assert(ring_client_completed(&client, 3, 0, &result));
    ck_assert(ring_client_completed(&client, 4, 0, &result));
    ck_assert_uint_eq(ring_settle(&ring, STATUS_TERMINATED, count_wake, &woken), 0);
}
END_TEST

/* A host that was about to complete when it was declared dead has lost the race. */
START_TEST(late_completion_does_not_settle_again)
{
    struct ring_result result;

    submit(0, 0, 0);
    ck_assert_uint_eq(take(), 0);
    ck_assert_uint_eq(ring_settle(&ring, STATUS_TERMINATED, NULL, NULL), 1);
    ck_assert(ring_client_completed(&client, 0, 0, &result));
    ring_client_release(&client, 0, 0);
    ck_assert_int_eq(complete(0, 0, 0), RING_WAKE_NOBODY);
    ck_assert_uint_eq(ring.slots[0].state, ring_word(1, RING_FREE));
}
END_TEST

START_TEST(submission_after_death_is_settled_at_once)
{
    struct ring_result result;

    ck_assert_uint_eq(ring_settle(&ring, STATUS_TERMINATED, NULL, NULL), 0);
    submit(6, 0, 0);
    ck_assert(ring_client_completed(&client, 6, 0, &result));
    ck_assert_int_eq(result.status, STATUS_TERMINATED);
}
END_TEST

/* ---- Threads ---- */

#define THREADS    3
#define PER_THREAD 20000u

static void *
client_thread(void *argument)
{
    uint32_t slot = (uint32_t)(uintptr_t)argument;
    uint32_t generation = 0;
    unsigned i;

    for (i = 0; i < PER_THREAD; i++) {
        struct ring_request request = inline_request;
        struct ring_result result;
        uint32_t number = slot << 24 | i;

        request.code = number;
        if (ring_client_submit(&client, slot, generation, &request, &number) != 0) {
            return "refused";
        }
        while (!ring_client_completed(&client, slot, generation, &result)) {
            sched_yield();
        }
        if (memcmp(ring.slots[slot].payload, &number, 4) != 0 ||
            result.information != (uint64_t)number + 1) {
            return "mixed up";
        }
        generation = ring_client_release(&client, slot, generation);
    }
    return NULL;
}

START_TEST(many_submitters_one_server)
{
    pthread_t threads[THREADS];
    unsigned served = 0;
    uintptr_t i;

    for (i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, client_thread, (void *)i), 0);
    }
    while (served < THREADS * PER_THREAD) {
        struct ring_request request;
        uint32_t slot;
        int result = ring_server_pop(&server, &slot, &request);

        ck_assert_int_ge(result, 0);
        if (result == 1) {
            struct ring_result answer = {.information = (uint64_t)request.code + 1};
            uint32_t echo;

            memcpy(&echo, ring.slots[slot].payload, 4);
            ck_assert_uint_eq(echo, request.code);
            ring_server_complete(&server, slot, request.flags, &answer, &echo, 4);
            served++;
        } else {
            sched_yield();
        }
    }
    for (i = 0; i < THREADS; i++) {
        void *problem;

        pthread_join(threads[i], &problem);
        ck_assert_msg(problem == NULL, "%s", (char *)problem);
    }
}
END_TEST

int
main(void)
{
    TCase *geometry = tcase_create("geometry");
    TCase *life = tcase_create("life");
    TCase *hostile = tcase_create("hostile");
    TCase *death = tcase_create("death");
    Suite *suite = suite_create("ring");
    SRunner *runner;
    int failed;

    tcase_add_test(geometry, geometry_rounds_up_and_has_bounds);
    tcase_add_test(geometry, only_a_valid_geometry_is_accepted);
    tcase_add_checked_fixture(life, setup, teardown);
    tcase_add_test(life, request_and_result_travel);
    tcase_add_test(life, released_slot_has_a_new_generation);
    tcase_add_test(life, asynchronous_completion_is_in_the_completion_ring);
    tcase_add_test(life, sleeping_client_is_woken_by_completion_only);
    tcase_add_test(life, rings_wrap_many_times);
    tcase_add_test(life, many_submitters_one_server);
    tcase_set_timeout(life, 60);
    tcase_add_checked_fixture(hostile, setup, teardown);
    tcase_add_loop_test(hostile, hostile_slot_is_refused, 0,
                        sizeof(hostile_cases) / sizeof(hostile_cases[0]));
    tcase_add_test(hostile, entry_that_names_no_slot_is_refused);
    tcase_add_test(hostile, slot_in_the_drivers_hands_is_not_taken_twice);
    tcase_add_test(hostile, completion_of_a_scribbled_slot_changes_nothing);
    tcase_add_test(hostile, request_is_copied_once);
    tcase_add_test(hostile, random_memory_never_leads_outside);
    tcase_add_test(hostile, completion_entry_that_names_no_slot_is_refused);
    tcase_add_test(hostile, submission_into_a_scribbled_slot_is_refused);
    tcase_add_checked_fixture(death, setup, teardown);
    tcase_add_test(death, death_settles_what_is_outstanding_once);
    tcase_add_test(death, late_completion_does_not_settle_again);
    tcase_add_test(death, submission_after_death_is_settled_at_once);
    suite_add_tcase(suite, geometry);
    suite_add_tcase(suite, life);
    suite_add_tcase(suite, hostile);
    suite_add_tcase(suite, death);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
