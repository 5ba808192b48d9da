/* SPDX-License-Identifier: MIT */
/* Memory, shared memory and the probes. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "both.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/random.h"

START_TEST(aligned_memory_is_aligned_and_freed_by_free)
{
    for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
        void *memory = sys_alloc_aligned(100, alignment);

        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((uintptr_t)memory % alignment, 0);
        ck_assert_uint_eq((uintptr_t)memory % 16, 0);
        sys_free(memory);
    }
    sys_free(NULL);
}
END_TEST

START_TEST(size_zero_gives_unique_pointers)
{
    void *a = sys_alloc(0);
    void *b = sys_alloc_zeroed(0);

    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
    sys_free(a);
    sys_free(b);
}
END_TEST

START_TEST(pages_are_whole_and_zeroed)
{
    unsigned char *memory = sys_pages_alloc(1);

    ck_assert_ptr_nonnull(memory);
    ck_assert_uint_eq((uintptr_t)memory % sys_page_size(), 0);
    for (size_t i = 0; i < sys_page_size(); i++) {
        ck_assert_uint_eq(memory[i], 0);
    }
    sys_pages_free(memory, 1);
    sys_pages_free(NULL, 1);
}
END_TEST

START_TEST(shared_memory_is_seen_through_both_mappings)
{
    int fd = sys_shm_create("test", 10000);
    void *a = NULL;
    void *b = NULL;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(sys_shm_map(fd, 10000, &a), 0);
    ck_assert_int_eq(sys_shm_map(fd, 10000, &b), 0);
    ck_assert_int_eq(ftruncate(fd, 0), -1);
    ck_assert_int_eq(ftruncate(fd, 20000), -1);
    strcpy(a, "hello");
    ck_assert_str_eq(b, "hello");
    sys_shm_unmap(a, 10000);
    sys_shm_unmap(b, 10000);
    close(fd);
}
END_TEST

START_TEST(shared_memory_that_could_fault_is_refused)
{
    int unsealed = memfd_create("unsealed", MFD_ALLOW_SEALING);
    int small = sys_shm_create("small", 4096);
    int pipes[2];
    void *memory = &small;

    ck_assert_int_eq(ftruncate(unsealed, 8192), 0);
    ck_assert_int_eq(sys_shm_map(unsealed, 8192, &memory), -EINVAL);
    ck_assert_int_eq(sys_shm_map(small, 4097, &memory), -EINVAL);
    ck_assert_int_eq(sys_shm_map(small, 0, &memory), -EINVAL);
    ck_assert_int_eq(sys_shm_map(-1, 4096, &memory), -EBADF);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(sys_shm_map(pipes[0], 4096, &memory), -EINVAL);
    ck_assert_ptr_eq(memory, &small);
    close(unsealed);
    close(small);
}
END_TEST

START_TEST(probes_tell_without_a_fault)
{
    size_t page = sys_page_size();
    char *memory = sys_pages_alloc(3 * page);
    uintptr_t address = (uintptr_t)memory;

    memory[0] = 'x';
    ck_assert(sys_memory_readable(memory, 3 * page));
    ck_assert(sys_memory_writable(memory, 3 * page));
    ck_assert_int_eq(mprotect(memory + page, page, PROT_READ), 0);
    ck_assert_int_eq(mprotect(memory + 2 * page, page, PROT_NONE), 0);

    ck_assert(sys_memory_readable(memory, 2 * page));
    ck_assert(!sys_memory_readable(memory, 2 * page + 1));
    ck_assert(!sys_memory_readable(memory + 2 * page - 1, 2));
    ck_assert(sys_memory_readable(memory + 2 * page - 1, 1));
    ck_assert(sys_memory_writable(memory + page - 1, 1));
    ck_assert(!sys_memory_writable(memory + page - 1, 2));
    ck_assert(!sys_memory_writable(memory + page + 1, 1));

    ck_assert(!sys_memory_readable(NULL, 1));
    ck_assert(!sys_memory_readable((void *)(address + page), SIZE_MAX));
    ck_assert(!sys_memory_writable((void *)UINTPTR_MAX, 1));
    ck_assert(sys_memory_readable(NULL, 0));
    ck_assert_int_eq(memory[0], 'x');
    sys_pages_free(memory, 3 * page);
}
END_TEST

START_TEST(a_write_probe_changes_nothing_beside_a_writer)
{
    uint32_t words[64];

    memset(words, 0xa5, sizeof(words));
    for (unsigned i = 0; i < 64; i++) {
        ck_assert(sys_memory_writable((char *)words + i, 17));
    }
    for (unsigned i = 0; i < 64; i++) {
        ck_assert_uint_eq(words[i], 0xa5a5a5a5);
    }
}
END_TEST

START_TEST(clocks_go_forward)
{
    uint64_t first = sys_now_ns();
    /* 2020-01-01 and 2200-01-01. */
    const uint64_t from = UINT64_C(132223104000000000);
    const uint64_t to = UINT64_C(189027648000000000);

    sys_stall_ns(1000);
    sys_sleep_until(first + 2000);
    ck_assert_uint_ge(sys_now_ns(), first + 2000);
    ck_assert_uint_gt(sys_wallclock_100ns(), from);
    ck_assert_uint_lt(sys_wallclock_100ns(), to);
}
END_TEST

START_TEST(random_numbers_differ)
{
    unsigned char bytes[33] = {0};
    unsigned set = 0;

    ck_assert_uint_ne(sys_random_u64(), sys_random_u64());
    sys_random_bytes(bytes, 32);
    for (unsigned i = 0; i < 32; i++) {
        set |= bytes[i];
    }
    ck_assert_uint_ne(set, 0);
    ck_assert_uint_eq(bytes[32], 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sys/memory");
    TCase *tests = tcase_create("memory");

    tcase_add_test(tests, aligned_memory_is_aligned_and_freed_by_free);
    tcase_add_test(tests, size_zero_gives_unique_pointers);
    tcase_add_test(tests, pages_are_whole_and_zeroed);
    tcase_add_test(tests, shared_memory_is_seen_through_both_mappings);
    tcase_add_test(tests, shared_memory_that_could_fault_is_refused);
    tcase_add_test(tests, probes_tell_without_a_fault);
    tcase_add_test(tests, a_write_probe_changes_nothing_beside_a_writer);
    tcase_add_test(tests, clocks_go_forward);
    tcase_add_test(tests, random_numbers_differ);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
