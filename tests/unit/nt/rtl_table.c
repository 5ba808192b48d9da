/* SPDX-License-Identifier: MIT */
/* Generic tables, run-once, security descriptors. */
#include "rtl_fixture.h"

#include <stdlib.h>
#include <string.h>

#define KEYS 64

static unsigned alive; /* Elements that the table's routines hold. */
static BOOLEAN fail;

static RTL_GENERIC_COMPARE_RESULTS
compare(PRTL_GENERIC_TABLE table, PVOID a, PVOID b)
{
    int left = *(int *)a, right = *(int *)b;

    ck_assert_ptr_eq(table->TableContext, &alive);
    return left < right ? GenericLessThan : left > right ? GenericGreaterThan : GenericEqual;
}

static PVOID
allocate(PRTL_GENERIC_TABLE table, CLONG size)
{
    if (fail) {
        return NULL;
    }
    alive++;
    return malloc(size);
}

static VOID
release(PRTL_GENERIC_TABLE table, PVOID element)
{
    alive--;
    free(element);
}

/* The keys 0 to KEYS - 1, in an order that is neither rising nor falling. */
static int
scrambled(int i)
{
    return i * 37 % KEYS;
}

static void
fill_table(PRTL_GENERIC_TABLE table)
{
    RtlInitializeGenericTable(table, compare, allocate, release, &alive);
    for (int i = 0; i < KEYS; i++) {
        int key = scrambled(i);
        BOOLEAN is_new = FALSE;
        int *data = RtlInsertElementGenericTable(table, &key, sizeof(key), &is_new);

        ck_assert_int_eq(*data, key);
        ck_assert(is_new);
    }
}

START_TEST(elements_come_in_key_order_and_by_insertion)
{
    RTL_GENERIC_TABLE table;
    int expected = 0;

    fill_table(&table);
    for (int *data = RtlEnumerateGenericTable(&table, TRUE); data != NULL;
         data = RtlEnumerateGenericTable(&table, FALSE)) {
        ck_assert_int_eq(*data, expected++);
    }
    ck_assert_int_eq(expected, KEYS);
    for (int i = 0; i < KEYS; i++) {
        ck_assert_int_eq(*(int *)RtlGetElementGenericTable(&table, (ULONG)i), scrambled(i));
    }
    ck_assert_ptr_null(RtlGetElementGenericTable(&table, KEYS));
    for (int key = 0; key < KEYS; key++) {
        ck_assert(RtlDeleteElementGenericTable(&table, &key));
    }
    ck_assert(RtlIsGenericTableEmpty(&table));
    ck_assert_uint_eq(alive, 0);
}
END_TEST

START_TEST(deletion_in_any_order_keeps_the_rest)
{
    RTL_GENERIC_TABLE table;

    fill_table(&table);
    for (int i = 0; i < KEYS; i++) {
        int key = i * 29 % KEYS;
        int last = -1, count = 0;
        PVOID restart = NULL;

        ck_assert(RtlDeleteElementGenericTable(&table, &key));
        ck_assert(!RtlDeleteElementGenericTable(&table, &key));
        ck_assert_ptr_null(RtlLookupElementGenericTable(&table, &key));
        for (int *data; (data = RtlEnumerateGenericTableWithoutSplaying(&table, &restart)) != NULL;
             count++) {
            ck_assert_int_gt(*data, last);
            last = *data;
        }
        ck_assert_int_eq(count, KEYS - 1 - i);
        ck_assert_uint_eq(RtlNumberGenericTableElements(&table), (ULONG)count);
    }
    ck_assert_uint_eq(alive, 0);
}
END_TEST

START_TEST(a_key_is_inserted_once_and_a_failed_allocation_inserts_nothing)
{
    RTL_GENERIC_TABLE table;
    int key = 5;
    BOOLEAN is_new = FALSE;
    PVOID first;

    RtlInitializeGenericTable(&table, compare, allocate, release, &alive);
    fail = TRUE;
    ck_assert_ptr_null(RtlInsertElementGenericTable(&table, &key, sizeof(key), &is_new));
    ck_assert(RtlIsGenericTableEmpty(&table));
    fail = FALSE;
    first = RtlInsertElementGenericTable(&table, &key, sizeof(key), &is_new);
    ck_assert(is_new);
    ck_assert_ptr_eq(RtlInsertElementGenericTable(&table, &key, sizeof(key), &is_new), first);
    ck_assert(!is_new);
    ck_assert(RtlDeleteElementGenericTable(&table, &key));
}
END_TEST

static unsigned runs;

static ULONG
initialize(PRTL_RUN_ONCE once, PVOID parameter, PVOID *context)
{
    runs++;
    *context = parameter;
    return parameter != NULL;
}

START_TEST(run_once_runs_until_it_succeeds_and_then_never_again)
{
    RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    static long value __attribute__((aligned(8)));
    PVOID context = NULL;

    ck_assert_int_eq(RtlRunOnceBeginInitialize(&once, RTL_RUN_ONCE_CHECK_ONLY, &context),
                     STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(RtlRunOnceExecuteOnce(&once, initialize, NULL, &context), STATUS_UNSUCCESSFUL);
    ck_assert_int_eq(RtlRunOnceExecuteOnce(&once, initialize, &value, &context), STATUS_SUCCESS);
    ck_assert_ptr_eq(context, &value);
    context = NULL;
    ck_assert_int_eq(RtlRunOnceExecuteOnce(&once, initialize, NULL, &context), STATUS_SUCCESS);
    ck_assert_ptr_eq(context, &value);
    ck_assert_uint_eq(runs, 2);
    ck_assert_int_eq(RtlRunOnceComplete(&once, 0, &value), STATUS_UNSUCCESSFUL);
}
END_TEST

START_TEST(security_descriptors_hold_a_dacl)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL acl = {.AclRevision = ACL_REVISION, .AclSize = sizeof(acl)};

    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, 2), STATUS_UNKNOWN_REVISION);
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION),
                     STATUS_SUCCESS);
    ck_assert(RtlValidSecurityDescriptor(&descriptor));
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE), STATUS_SUCCESS);
    ck_assert_ptr_eq(descriptor.Dacl, &acl);
    ck_assert_uint_eq(descriptor.Control, SE_DACL_PRESENT);
    descriptor.Control |= SE_SELF_RELATIVE;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, FALSE, NULL, FALSE),
                     STATUS_INVALID_SECURITY_DESCR);
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        elements_come_in_key_order_and_by_insertion,
        deletion_in_any_order_keeps_the_rest,
        a_key_is_inserted_once_and_a_failed_allocation_inserts_nothing,
        run_once_runs_until_it_succeeds_and_then_never_again,
        security_descriptors_hold_a_dacl,
    };

    return rtl_run("nt/rtl_table", tests, RTL_NUMBER_OF(tests));
}
