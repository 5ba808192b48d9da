/* SPDX-License-Identifier: MIT */
/* The arena allocator. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipc/arena.h"

#define SIZE  ((uint64_t)1 << 20)
#define UNITS (SIZE >> ARENA_UNIT_SHIFT)

static struct arena arena;

static void
setup(void)
{
    ck_assert_int_eq(arena_init(&arena, SIZE), 0);
}

static void
teardown(void)
{
    arena_fini(&arena);
}

START_TEST(whole_arena_is_one_block)
{
    int64_t all = arena_alloc(&arena, SIZE);

    ck_assert_int_eq(all, 0);
    ck_assert_int_eq(arena_alloc(&arena, 1), -EAGAIN);
    ck_assert_int_eq(arena_free(&arena, 0), 0);
    ck_assert_int_eq(arena_alloc(&arena, SIZE), 0);
}
END_TEST

START_TEST(more_than_the_arena_never_fits)
{
    ck_assert_int_eq(arena_alloc(&arena, SIZE + 1), -EMSGSIZE);
    ck_assert_int_eq(arena_alloc(&arena, UINT64_MAX - 5000), -EMSGSIZE);
}
END_TEST

START_TEST(free_of_what_is_not_allocated_is_refused)
{
    int64_t block = arena_alloc(&arena, 8192);

    ck_assert_int_ge(block, 0);
    ck_assert_int_eq(arena_free(&arena, (uint64_t)block + 1), -EINVAL);
    ck_assert_int_eq(arena_free(&arena, (uint64_t)block + 4096), -EINVAL);
    ck_assert_int_eq(arena_free(&arena, SIZE), -EINVAL);
    ck_assert_int_eq(arena_free(&arena, (uint64_t)block), 0);
    ck_assert_int_eq(arena_free(&arena, (uint64_t)block), -EINVAL);
}
END_TEST

/* Random traffic: blocks never overlap, and when all are free the arena is one block again. */
START_TEST(blocks_never_overlap_and_merge_again)
{
    static uint8_t owner[UNITS];
    struct {
        int64_t offset;
        uint64_t units;
    } blocks[64];
    unsigned count = 0;
    unsigned round;

    srand(3);
    for (round = 0; round < 20000; round++) {
        if (count < 64 && rand() % 2 == 0) {
            uint64_t size = 1 + (uint64_t)rand() % (rand() % 8 == 0 ? 300000 : 20000);
            int64_t offset = arena_alloc(&arena, size);
            uint64_t units = (size + 4095) / 4096;
            uint64_t i;

            if (offset == -EAGAIN) {
                continue;
            }
            ck_assert_int_ge(offset, 0);
            ck_assert_uint_le((uint64_t)offset + size, SIZE);
            for (i = 0; i < units; i++) {
                ck_assert_uint_eq(owner[(uint64_t)offset / 4096 + i], 0);
                owner[(uint64_t)offset / 4096 + i] = 1;
            }
            blocks[count].offset = offset;
            blocks[count++].units = units;
        } else if (count != 0) {
            unsigned victim = (unsigned)rand() % count;

            memset(&owner[blocks[victim].offset / 4096], 0, blocks[victim].units);
            ck_assert_int_eq(arena_free(&arena, (uint64_t)blocks[victim].offset), 0);
            blocks[victim] = blocks[--count];
        }
    }
    while (count != 0) {
        ck_assert_int_eq(arena_free(&arena, (uint64_t)blocks[--count].offset), 0);
    }
    ck_assert_int_eq(arena_alloc(&arena, SIZE), 0);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("arena");
    Suite *suite = suite_create("arena");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, whole_arena_is_one_block);
    tcase_add_test(tcase, more_than_the_arena_never_fits);
    tcase_add_test(tcase, free_of_what_is_not_allocated_is_refused);
    tcase_add_test(tcase, blocks_never_overlap_and_merge_again);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
