/* SPDX-License-Identifier: MIT */
/*
 * The ring's state machine over simulated interleavings: several submitters, a server, and a
 * reflector that at some moment finds the host dead. Whatever the order, each request is settled
 * exactly once, and none is lost.
 */
#include <check.h>
#include <string.h>

#include "base/atomic.h"
#include "ipc/ring.h"
#include "sys/memory.h"
#include "sys/random.h"
#include "sys/sim.h"
#include "sys/thread.h"

#define SEEDS       600
#define SLOTS       4u
#define SUBMITTERS  3u
#define REQUESTS    4u /* Of each submitter. */
#define STATUS_OK   0
#define STATUS_DEAD RING_STATUS_DRIVER_PROCESS_TERMINATED

static struct {
    struct ring ring;
    struct ring_client client;
    struct ring_server server;
    bool dies;
    uint32_t server_gone; /* The host's process has ended. */
    uint32_t ended;       /* Submitters that are through. */
    uint32_t served;
    uint32_t settled;
    uint32_t seen_ok;
    uint32_t seen_dead;
} world;

/* Submits one request after the other in its own slot; each must end with one of the two statuses. */
static void
submitter(void *argument)
{
    uint32_t slot = (uint32_t)(uintptr_t)argument;
    uint32_t generation = 0;
    unsigned i;

    for (i = 0; i < REQUESTS; i++) {
        struct ring_request request = {.operation = RING_OP_IOCTL,
                                       .flags = RING_IN_INLINE | RING_OUT_INLINE,
                                       .code = i,
                                       .in_size = 4,
                                       .out_size = 4};
        struct ring_result result;
        uint32_t next;

        ck_assert_int_eq(
            ring_client_submit(&world.client, slot, generation, &request, &request.code), 0);
        while (!ring_client_completed(&world.client, slot, generation, &result)) {
            sys_thread_yield();
        }
        if (result.status == STATUS_OK) {
            ck_assert_uint_eq(result.information, (uint64_t)slot * 100 + i);
            (void)atomic_fetch_add_u32(&world.seen_ok, 1);
        } else {
            ck_assert_int_eq(result.status, STATUS_DEAD);
            ck_assert(world.dies);
            (void)atomic_fetch_add_u32(&world.seen_dead, 1);
        }
        next = ring_client_release(&world.client, slot, generation);
        ck_assert_uint_eq(next, generation + 1);
        ck_assert_uint_eq(atomic_load_u32(&world.ring.slots[slot].state),
                          ring_word(next, RING_FREE));
        generation = next;
    }
    (void)atomic_fetch_add_u32(&world.ended, 1);
}

/* Serves until all submitters are through, or for a random number of steps when it is to die. */
static void
server(void *argument)
{
    uint64_t steps = world.dies ? sys_random_u64() % 40 : UINT64_MAX;

    (void)argument;
    while (steps-- != 0 && atomic_load_u32(&world.ended) != SUBMITTERS) {
        struct ring_request request;
        struct ring_result result;
        uint32_t slot;
        int got = ring_server_pop(&world.server, &slot, &request);

        ck_assert_int_ge(got, 0);
        if (got == 0) {
            sys_thread_yield();
            continue;
        }
        if (world.dies && sys_random_u64() % 8 == 0) {
            break; /* Dies with the request in its hands. */
        }
        sys_thread_yield();
        result.status = STATUS_OK;
        result.information = (uint64_t)slot * 100 + request.code;
        (void)ring_server_complete(&world.server, slot, request.flags, &result, &request.code, 4);
        world.served++;
    }
    atomic_store_u32(&world.server_gone, 1);
}

/* Settles when the kernel would tell that the host has ended: after its last instruction. */
static void
reflector(void *argument)
{
    (void)argument;
    while (atomic_load_u32(&world.server_gone) == 0) {
        sys_thread_yield();
    }
    if (world.dies) {
        world.settled = ring_settle(&world.ring, STATUS_DEAD, NULL, NULL);
    }
}

static struct sys_thread *
start(const char *name, sys_thread_fn *fn, uintptr_t argument)
{
    struct sys_thread *thread;

    ck_assert_int_eq(sys_thread_create(&thread, name, fn, (void *)argument), 0);
    return thread;
}

static void
run(void *argument)
{
    struct ring_geometry geometry;
    struct sys_thread *threads[SUBMITTERS + 2];
    uintptr_t i;

    memset(&world, 0, sizeof(world));
    world.dies = argument != NULL;
    ck_assert_int_eq(ring_geometry_init(&geometry, SLOTS, RING_ARENA_MIN), 0);
    ring_attach(&world.ring, &geometry, sys_pages_alloc(geometry.total_size));
    ring_format(&world.ring);
    ring_client_init(&world.client, &world.ring);
    ck_assert_int_eq(ring_server_init(&world.server, &world.ring), 0);
    for (i = 0; i < SUBMITTERS; i++) {
        threads[i] = start("submitter", submitter, i);
    }
    threads[i++] = start("server", server, 0);
    threads[i++] = start("reflector", reflector, 0);
    while (i != 0) {
        sys_thread_join(threads[--i]);
    }
    ck_assert_uint_eq(world.seen_ok, world.served);
    ck_assert_uint_eq(world.seen_ok + world.seen_dead, SUBMITTERS * REQUESTS);
    ck_assert_uint_ge(world.seen_dead, world.settled);
    ck_assert_uint_eq(ring_outstanding(&world.ring), 0);
    ring_server_fini(&world.server);
    sys_pages_free(world.ring.memory, geometry.total_size);
}

static void
over_seeds(void *argument)
{
    uint64_t seed;

    for (seed = 1; seed <= SEEDS; seed++) {
        struct sys_sim_config config = {.seed = seed};
        struct sys_sim_result result = sys_sim_run(&config, run, argument);

        ck_assert_msg(result.outcome == SYS_SIM_DONE, "seed %lu did not end", (unsigned long)seed);
    }
}

START_TEST(every_request_of_a_living_host_is_served)
{
    over_seeds(NULL);
}
END_TEST

START_TEST(every_request_of_a_dying_host_is_settled_once)
{
    over_seeds(&world);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("ring");
    Suite *suite = suite_create("sim/ring");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_request_of_a_living_host_is_served);
    tcase_add_test(tcase, every_request_of_a_dying_host_is_settled_once);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
