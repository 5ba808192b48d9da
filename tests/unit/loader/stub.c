/* SPDX-License-Identifier: MIT */
/* The stub: what happens around a driver's own DriverEntry and unload routine. */
#include <check.h>
#include <dlfcn.h>
#include <stdlib.h>

#include "loader/bind.h"

static WDF_DRIVER_GLOBALS globals;
static WDF_BIND_INFO bound;
static unsigned binds;
static unsigned unbinds;
static unsigned miniport_unloads;
static NTSTATUS bind_status;
static BOOLEAN displace;

static DRIVER_OBJECT driver_object;
static UNICODE_STRING registry_path;
static void *module;

static VOID
count_miniport_unload(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDRIVER Driver)
{
    ck_assert_ptr_eq(DriverGlobals, &globals);
    ck_assert_ptr_eq(Driver, globals.Driver);
    miniport_unloads++;
}

static const WDFFUNC table[WdfFunctionTableNumEntries] = {
    [WdfDriverMiniportUnloadTableIndex] = (WDFFUNC)count_miniport_unload,
};

NTSTATUS NTAPI
WdfVersionBind(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath, PWDF_BIND_INFO BindInfo,
               PWDF_DRIVER_GLOBALS *ComponentGlobals)
{
    ck_assert_ptr_eq(DriverObject, &driver_object);
    ck_assert_ptr_eq(RegistryPath, &registry_path);
    bound = *BindInfo;
    binds++;
    if (NT_SUCCESS(bind_status)) {
        BindInfo->FuncTable = table;
        BindInfo->AvailableFuncCount = WdfFunctionTableNumEntries;
        globals.DisplaceDriverUnload = displace;
        globals.Driver = (WDFDRIVER)&globals;
        *ComponentGlobals = &globals;
    }
    return bind_status;
}

VOID NTAPI
WdfVersionUnbind(PWDF_BIND_INFO BindInfo, PWDF_DRIVER_GLOBALS ComponentGlobals)
{
    ck_assert_ptr_eq(ComponentGlobals, &globals);
    ck_assert_ptr_eq(BindInfo->FuncTable, table);
    unbinds++;
}

static void *
variable(const char *name)
{
    void *address = dlsym(module, name);

    ck_assert_msg(address != NULL, "%s", name);
    return address;
}

#define DRIVER(type, name) (*(type *)variable(#name))

static void
load(void)
{
    module = dlopen(TEST_DRIVER, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(module != NULL, "%s", dlerror());
    displace = TRUE;
}

static NTSTATUS
start(void)
{
    return ((PDRIVER_INITIALIZE)variable("FxDriverEntry"))(&driver_object, &registry_path);
}

START_TEST(the_module_says_what_it_was_built_for)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_uint_eq(bound.Size, sizeof(bound));
    ck_assert_uint_eq(bound.Major, 1);
    ck_assert_uint_eq(bound.Minor, 15);
    ck_assert_uint_eq(bound.MinimumMinor, 15);
    ck_assert_uint_eq(bound.FuncCount, 444);
    ck_assert(!bound.IsUmdf);
}
END_TEST

START_TEST(driver_entry_runs_bound)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert(DRIVER(BOOLEAN, driver_bound_in_entry));
    ck_assert_uint_eq(binds, 1);
    ck_assert_uint_eq(unbinds, 0);
}
END_TEST

START_TEST(a_refused_module_never_runs_driver_entry)
{
    bind_status = STATUS_OBJECT_TYPE_MISMATCH;
    DRIVER(NTSTATUS, driver_entry_status) = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(start(), STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_ptr_null(driver_object.DriverUnload);
    ck_assert_uint_eq(unbinds, 0);
}
END_TEST

START_TEST(a_failing_driver_entry_unbinds_and_never_unloads)
{
    DRIVER(NTSTATUS, driver_entry_status) = STATUS_UNSUCCESSFUL;
    ck_assert_int_eq(start(), STATUS_UNSUCCESSFUL);
    ck_assert_uint_eq(unbinds, 1);
    ck_assert_uint_eq(DRIVER(unsigned, driver_unloads), 0);
}
END_TEST

START_TEST(unload_runs_the_drivers_own_first_and_unbinds_after_it)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    driver_object.DriverUnload(&driver_object);
    ck_assert_uint_eq(DRIVER(unsigned, driver_unloads), 1);
    ck_assert(DRIVER(BOOLEAN, driver_bound_in_unload));
    ck_assert_uint_eq(unbinds, 1);
}
END_TEST

START_TEST(a_miniport_keeps_its_unload_routine_and_unbinds_in_miniport_unload)
{
    displace = FALSE;
    globals.DriverFlags = WdfDriverInitNoDispatchOverride;
    DRIVER(BOOLEAN, driver_is_miniport) = TRUE;
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    driver_object.DriverUnload(&driver_object);
    ck_assert_uint_eq(DRIVER(unsigned, driver_unloads), 1);
    ck_assert_uint_eq(miniport_unloads, 1);
    ck_assert_uint_eq(unbinds, 1);
}
END_TEST

START_TEST(shared_context_types_are_resolved_before_driver_entry)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_ptr_nonnull(DRIVER(PCWDF_OBJECT_CONTEXT_TYPE_INFO, driver_own_type));
    ck_assert_ptr_eq(DRIVER(PCWDF_OBJECT_CONTEXT_TYPE_INFO, driver_shared_type),
                     DRIVER(PCWDF_OBJECT_CONTEXT_TYPE_INFO, driver_own_type));
}
END_TEST

typedef NTSTATUS entry_um(PVOID loader, PVOID context, PVOID driver, PUNICODE_STRING path);

START_TEST(a_user_mode_module_binds_as_one)
{
    module = dlopen(TEST_DRIVER_UM, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(module != NULL, "%s", dlerror());
    ck_assert_int_eq(
        ((entry_um *)variable("FxDriverEntryUm"))(NULL, NULL, &driver_object, &registry_path),
        STATUS_SUCCESS);
    ck_assert(DRIVER(BOOLEAN, driver_bound_in_entry));
    ck_assert(bound.IsUmdf);
    ck_assert_uint_eq(bound.Major, 2);
    ck_assert_uint_eq(bound.Minor, 15);
    ck_assert_uint_eq(bound.FuncCount, 257);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("loader/stub");
    TCase *tests = tcase_create("stub");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, load, NULL);
    tcase_add_test(tests, the_module_says_what_it_was_built_for);
    tcase_add_test(tests, driver_entry_runs_bound);
    tcase_add_test(tests, a_refused_module_never_runs_driver_entry);
    tcase_add_test(tests, a_failing_driver_entry_unbinds_and_never_unloads);
    tcase_add_test(tests, unload_runs_the_drivers_own_first_and_unbinds_after_it);
    tcase_add_test(tests, a_miniport_keeps_its_unload_routine_and_unbinds_in_miniport_unload);
    tcase_add_test(tests, shared_context_types_are_resolved_before_driver_entry);
    tcase_add_test(tests, a_user_mode_module_binds_as_one);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
