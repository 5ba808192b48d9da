/* SPDX-License-Identifier: MIT */
/* Pool and lookaside lists. */
#include "nt_fixture.h"

#define TAG 'gTsT'

static void *block;

START_TEST(blocks_are_zeroed_and_aligned)
{
    for (size_t size = 1; size < 3 * PAGE_SIZE; size = size * 3 + 1) {
        unsigned char *memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, TAG);

        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((ULONG_PTR)memory % (size >= PAGE_SIZE ? PAGE_SIZE : 16), 0);
        for (size_t i = 0; i < size; i++) {
            ck_assert_uint_eq(memory[i], 0);
        }
        memset(memory, 0xAB, size);
        ck_assert_uint_eq(ex_pool_block_size(memory), size);
        ExFreePoolWithTag(memory, TAG);
    }
}
END_TEST

START_TEST(old_functions_allocate_too)
{
    void *blocks[4] = {
        ExAllocatePoolZero(NonPagedPoolNx, 10, TAG),
        ExAllocatePoolUninitialized(PagedPool, 20, TAG),
        ExAllocatePool(NonPagedPool, 0),
        ExAllocatePoolWithTag(NonPagedPoolNxCacheAligned, 10, TAG),
    };

    for (int i = 0; i < 4; i++) {
        ck_assert_ptr_nonnull(blocks[i]);
    }
    ck_assert_uint_eq((ULONG_PTR)blocks[3] % 64, 0);
    for (int i = 0; i < 4; i++) {
        ExFreePool(blocks[i]);
    }
}
END_TEST

START_TEST(wrong_requests_are_refused)
{
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, 0));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 0, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_UNINITIALIZED, 8, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 8, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RESERVED3, 8, TAG));
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, SIZE_MAX - 100, TAG));
}
END_TEST

static bool
fail_this_tag(void *argument, size_t size, ULONG tag, const void *caller)
{
    return tag == TAG;
}

START_TEST(failure_hook_makes_allocations_fail_or_raise)
{
    volatile NTSTATUS code = 0;

    ex_pool_set_failure_hook(fail_this_tag, NULL);
    ck_assert_ptr_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG));
    __try {
        ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_RAISE_ON_FAILURE, 8, TAG);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_INSUFFICIENT_RESOURCES);
    code = 0;
    __try {
        ExAllocatePoolWithQuotaTag(NonPagedPool, 8, TAG);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        code = GetExceptionCode();
    }
    ck_assert_int_eq(code, STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_ptr_null(ExAllocatePoolWithQuotaTag(
        (POOL_TYPE)(NonPagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE), 8, TAG));
    ex_pool_set_failure_hook(NULL, NULL);
}
END_TEST

/* Misuse --------------------------------------------------------------------------------------- */

static void
free_with_another_tag(void *argument)
{
    ExFreePoolWithTag(block, 'xxxx');
}

static void
free_it(void *argument)
{
    ExFreePool(argument);
}

static void
allocate_paged_at_dispatch(void *argument)
{
    KeRaiseIrqlToDpcLevel();
    ExAllocatePool2(POOL_FLAG_PAGED, 8, TAG);
}

static void
allocate_without_a_tag(void *argument)
{
    ExAllocatePoolWithTag(NonPagedPool, 8, 0);
}

START_TEST(misuse_is_bad_pool_caller)
{
    static _Alignas(16) char foreign[256];

    block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG);
    fixture_expect_bugcheck(BAD_POOL_CALLER, free_with_another_tag, NULL);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x0A);
    ck_assert_uint_eq(fixture_bugcheck.parameter[1], (ULONG_PTR)block);
    ck_assert_uint_eq(fixture_bugcheck.parameter[2], TAG);
    ExFreePoolWithTag(block, TAG);
    fixture_expect_bugcheck(BAD_POOL_CALLER, free_it, block);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x07);
    ck_assert_uint_eq(fixture_bugcheck.parameter[3], (ULONG_PTR)block);
    fixture_expect_bugcheck(BAD_POOL_CALLER, free_it, foreign + 128);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x46);
    fixture_expect_bugcheck(BAD_POOL_CALLER, free_it, foreign + 130);
    fixture_expect_bugcheck(BAD_POOL_CALLER, free_it, NULL);
    fixture_expect_bugcheck(BAD_POOL_CALLER, allocate_paged_at_dispatch, NULL);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x08);
    fixture_expect_bugcheck(BAD_POOL_CALLER, allocate_without_a_tag, NULL);
    ck_assert_uint_eq(fixture_bugcheck.parameter[0], 0x9B);
}
END_TEST

/* Accounting ----------------------------------------------------------------------------------- */

static struct ex_pool_leak leaks[4];
static size_t leak_count;

static void
note_leak(void *argument, const struct ex_pool_leak *leak)
{
    leaks[leak_count++] = *leak;
}

START_TEST(leaks_are_reported_with_tag_size_and_place)
{
    struct ex_pool_owner driver;
    void *first;
    void *second;
    char text[5];

    leak_count = 0;
    ex_pool_owner_add(&driver, "driver", 0, 0);
    ck_assert_ptr_null(ke_thread_set_owner(&driver));
    first = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG);
    second = ExAllocatePool2(POOL_FLAG_NON_PAGED, 200, 'dnoc');
    ck_assert_ptr_eq(ke_thread_set_owner(NULL), &driver);
    ck_assert_uint_eq(driver.bytes, 300);
    ck_assert_uint_eq(ex_pool_report_leaks(&driver, note_leak, NULL), 2);
    ck_assert_ptr_eq(leaks[0].address, first);
    ck_assert_uint_eq(leaks[1].size, 200);
    ck_assert_ptr_nonnull(leaks[0].caller);
    ex_pool_tag_text(leaks[1].tag, text);
    ck_assert_str_eq(text, "cond");
    ExFreePool(first);
    ck_assert_uint_eq(driver.count, 1);
    ex_pool_owner_remove(&driver); /* What is left passes to the system. */
    ck_assert_uint_eq(ex_pool_report_leaks(&ex_pool_system, NULL, NULL), 1);
    ExFreePool(second);
    ck_assert_uint_eq(ex_pool_report_leaks(&ex_pool_system, NULL, NULL), 0);
}
END_TEST

static __attribute__((noinline)) void *
allocates_for_itself(void)
{
    void *memory = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG);

    __asm__ volatile("" ::"r"(memory));
    return memory;
}

START_TEST(block_belongs_to_the_driver_whose_code_allocated_it)
{
    struct ex_pool_owner driver;
    void *memory;

    ex_pool_owner_add(&driver, "driver", (uintptr_t)allocates_for_itself,
                      (uintptr_t)allocates_for_itself + 64);
    memory = allocates_for_itself();
    ck_assert_uint_eq(driver.count, 1);
    ExFreePool(memory);
    ck_assert_uint_eq(driver.count, 0);
    ck_assert_uint_eq(driver.peak_bytes, 8);
    ex_pool_owner_remove(&driver);
}
END_TEST

START_TEST(end_of_the_executive_reports_what_is_left)
{
    block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG);
    nt_fini();
    ck_assert_uint_eq(fixture_warnings, 1);
    ck_assert_ptr_nonnull(strstr(fixture_last_warning, "'TsTg'"));
    fixture_setup();
    ExFreePool(block);
}
END_TEST

/* Lookaside lists, sequenced lists ------------------------------------------------------------- */

static unsigned allocations;

static PVOID
count_allocation(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    allocations++;
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

START_TEST(lookaside_list_keeps_blocks_and_gives_all_back)
{
    NPAGED_LOOKASIDE_LIST list;
    PVOID blocks[100];

    ex_lookaside_set_caching(true);
    allocations = 0;
    ExInitializeNPagedLookasideList(&list, count_allocation, NULL, 0, 24, TAG, 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 10; i++) {
            blocks[i] = ExAllocateFromNPagedLookasideList(&list);
            memset(blocks[i], round, 24);
        }
        for (int i = 0; i < 10; i++) {
            ExFreeToNPagedLookasideList(&list, blocks[i]);
        }
    }
    ck_assert_uint_eq(allocations, 10);
    for (int i = 0; i < 100; i++) {
        blocks[i] = ExAllocateFromNPagedLookasideList(&list);
    }
    for (int i = 0; i < 100; i++) {
        ExFreeToNPagedLookasideList(&list, blocks[i]);
    }
    ExDeleteNPagedLookasideList(&list);
    ck_assert_uint_eq(ex_pool_report_leaks(&ex_pool_system, NULL, NULL), 0);
}
END_TEST

START_TEST(extended_lookaside_list_checks_its_parameters)
{
    LOOKASIDE_LIST_EX list;
    PVOID entry;

    ck_assert_int_eq(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 3, 24, TAG, 0),
                     STATUS_INVALID_PARAMETER_5);
    ck_assert_int_eq(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, 24, TAG, 1),
                     STATUS_INVALID_PARAMETER_8);
    ck_assert_int_eq(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, 24, TAG, 0),
                     STATUS_SUCCESS);
    entry = ExAllocateFromLookasideListEx(&list);
    ExFreeToLookasideListEx(&list, entry);
    ExFlushLookasideListEx(&list);
    ExDeleteLookasideListEx(&list);
}
END_TEST

struct item {
    SLIST_ENTRY entry;
    unsigned value;
};

static SLIST_HEADER slist;
static uint32_t taken;

/* Frees what it pops, which a list without a lock could not stand. */
static void
pops_and_pushes(void *argument)
{
    for (int i = 0; i < 500; i++) {
        struct item *item = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*item), TAG);
        PSLIST_ENTRY popped;

        item->value = 1;
        InterlockedPushEntrySList(&slist, &item->entry);
        popped = InterlockedPopEntrySList(&slist);
        if (popped != NULL) {
            item = CONTAINING_RECORD(popped, struct item, entry);
            atomic_fetch_add_u32(&taken, item->value);
            ExFreePool(item);
        }
    }
}

START_TEST(sequenced_list_loses_and_doubles_nothing)
{
    struct sys_thread *threads[3];

    taken = 0;
    InitializeSListHead(&slist);
    for (int i = 0; i < 3; i++) {
        threads[i] = fixture_start(pops_and_pushes, NULL);
    }
    for (int i = 0; i < 3; i++) {
        sys_thread_join(threads[i]);
    }
    ck_assert_uint_eq(taken, 1500);
    ck_assert_uint_eq(QueryDepthSList(&slist), 0);
    ck_assert_ptr_null(FirstEntrySList(&slist));
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("pool");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, blocks_are_zeroed_and_aligned);
    tcase_add_test(tests, old_functions_allocate_too);
    tcase_add_test(tests, wrong_requests_are_refused);
    tcase_add_test(tests, failure_hook_makes_allocations_fail_or_raise);
    tcase_add_test(tests, misuse_is_bad_pool_caller);
    tcase_add_test(tests, leaks_are_reported_with_tag_size_and_place);
    tcase_add_test(tests, block_belongs_to_the_driver_whose_code_allocated_it);
    tcase_add_test(tests, end_of_the_executive_reports_what_is_left);
    tcase_add_test(tests, lookaside_list_keeps_blocks_and_gives_all_back);
    tcase_add_test(tests, extended_lookaside_list_checks_its_parameters);
    tcase_add_test(tests, sequenced_list_loses_and_doubles_nothing);
    return fixture_run("nt/ex_pool", tests);
}
