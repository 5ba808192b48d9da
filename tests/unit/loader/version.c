/* SPDX-License-Identifier: MIT */
/* Binding: which modules the framework accepts, and what it tells the others. */
#include "loader/version.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "fx/core/globals.h"
#include "fx_imports.h"

/* The framework's side is not here: what binding asks of it is recorded. */
const WDFFUNC fx_kmdf_table[FX_KMDF_TABLE_LENGTH];
const WDFFUNC fx_umdf_table[FX_UMDF_TABLE_LENGTH];

static struct fx_bind_params created;
static struct fx_globals globals;
static unsigned deletions;
static NTSTATUS create_status;
static char logged[BASE_LOG_MESSAGE_MAX];

NTSTATUS
fx_globals_create(const struct fx_bind_params *params, struct fx_globals **ret_globals)
{
    created = *params;
    ck_assert_str_eq(params->component_name, "echo");
    *ret_globals = &globals;
    return create_status;
}

unsigned
fx_globals_delete(struct fx_globals *deleted)
{
    ck_assert_ptr_eq(deleted, &globals);
    deletions++;
    return 0;
}

static void
keep_message(void *context, enum base_log_level level, const char *component, const char *message)
{
    strcpy(logged, message);
}

static WDF_BIND_INFO
module_for(ULONG major, ULONG minor, ULONG functions)
{
    return (WDF_BIND_INFO){
        .Size = sizeof(WDF_BIND_INFO),
        .Major = major,
        .Minor = minor,
        .MinimumMinor = minor,
        .FuncCount = functions,
        .IsUmdf = major == 2,
    };
}

START_TEST(a_module_of_our_version_gets_the_table)
{
    WDF_BIND_INFO info = module_for(1, 33, FX_KMDF_TABLE_LENGTH);

    ck_assert_int_eq(version_check("echo", &info), STATUS_SUCCESS);
    ck_assert_ptr_eq(info.FuncTable, fx_kmdf_table);
    ck_assert_uint_eq(info.AvailableFuncCount, FX_KMDF_TABLE_LENGTH);
    ck_assert(!info.ClientVersionHigherThanFramework);
}
END_TEST

START_TEST(a_module_of_an_older_version_gets_the_same_table)
{
    WDF_BIND_INFO info = module_for(1, 9, 396);

    ck_assert_int_eq(version_check("echo", &info), STATUS_SUCCESS);
    ck_assert_ptr_eq(info.FuncTable, fx_kmdf_table);
}
END_TEST

START_TEST(a_user_mode_module_gets_its_own_table)
{
    WDF_BIND_INFO info = module_for(2, 15, 257);

    ck_assert_int_eq(version_check("echo", &info), STATUS_SUCCESS);
    ck_assert_ptr_eq(info.FuncTable, fx_umdf_table);
    ck_assert_uint_eq(info.AvailableFuncCount, FX_UMDF_TABLE_LENGTH);
}
END_TEST

static void
assert_refused(WDF_BIND_INFO info)
{
    logged[0] = '\0';
    ck_assert_int_eq(version_check("echo", &info), STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_ptr_null(info.FuncTable);
    ck_assert_ptr_nonnull(strstr(logged, "echo was built for"));
    ck_assert_ptr_nonnull(strstr(logged, "this framework is"));
}

START_TEST(a_module_that_needs_a_newer_framework_is_refused_with_both_versions)
{
    assert_refused(module_for(1, 35, 470));
    ck_assert_ptr_nonnull(strstr(logged, "KMDF 1.35 (470 functions"));
    ck_assert_ptr_nonnull(strstr(logged, "KMDF 1.33 (458 functions)"));
}
END_TEST

START_TEST(another_major_version_is_refused)
{
    assert_refused(module_for(3, 0, 10));
}
END_TEST

START_TEST(a_module_that_knows_more_functions_than_its_version_has_is_refused)
{
    assert_refused(module_for(1, 33, FX_KMDF_TABLE_LENGTH + 1));
}
END_TEST

START_TEST(a_newer_module_that_can_do_with_less_is_told_how_much_there_is)
{
    WDF_BIND_INFO info = module_for(1, 35, 470);

    info.MinimumMinor = 31;
    ck_assert_int_eq(version_check("echo", &info), STATUS_SUCCESS);
    ck_assert(info.ClientVersionHigherThanFramework);
    ck_assert_uint_eq(info.AvailableFuncCount, FX_KMDF_TABLE_LENGTH);
}
END_TEST

START_TEST(another_form_of_binding_is_refused)
{
    WDF_BIND_INFO info = module_for(1, 33, 458);

    info.Size -= 8;
    ck_assert_int_eq(version_check("echo", &info), STATUS_INVALID_PARAMETER);
}
END_TEST

static void
assert_component(const WCHAR *path, const char *expected)
{
    UNICODE_STRING string = {.Buffer = (PWCH)path};
    char name[8];

    while (path[string.Length / sizeof(WCHAR)] != 0) {
        string.Length += sizeof(WCHAR);
    }
    version_component_name(&string, name, sizeof(name));
    ck_assert_str_eq(name, expected);
}

START_TEST(a_component_is_the_last_part_of_the_registry_path)
{
    char name[8] = "x";

    assert_component(L"\\Registry\\Machine\\Services\\echo", "echo");
    assert_component(L"\\Services\\echo\\", "echo");
    assert_component(L"echo", "echo");
    assert_component(L"\\", "");
    assert_component(L"\\a\\muchtoolong", "muchtoo");
    version_component_name(NULL, name, sizeof(name));
    ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(binding_makes_globals_and_unbinding_deletes_them)
{
    static WCHAR path[] = L"\\Services\\echo";
    UNICODE_STRING registry_path = {sizeof(path) - sizeof(WCHAR), sizeof(path), path};
    WDF_BIND_INFO info = module_for(1, 15, 444);
    PWDF_DRIVER_GLOBALS bound = NULL;
    DRIVER_OBJECT driver;

    ck_assert_int_eq(WdfVersionBind(&driver, &registry_path, &info, &bound), STATUS_SUCCESS);
    ck_assert_ptr_eq(bound, &globals.public);
    ck_assert_ptr_eq(created.driver_object, &driver);
    ck_assert_uint_eq(created.minor, 15);
    ck_assert_uint_eq(created.table_length, 444);
    ck_assert(!created.is_umdf);
    WdfVersionUnbind(&info, bound);
    ck_assert_uint_eq(deletions, 1);
}
END_TEST

START_TEST(binding_that_fails_leaves_no_globals)
{
    static WCHAR path[] = L"\\Services\\echo";
    UNICODE_STRING registry_path = {sizeof(path) - sizeof(WCHAR), sizeof(path), path};
    WDF_BIND_INFO info = module_for(1, 15, 444);
    PWDF_DRIVER_GLOBALS bound = NULL;
    DRIVER_OBJECT driver;

    create_status = STATUS_INSUFFICIENT_RESOURCES;
    ck_assert_int_eq(WdfVersionBind(&driver, &registry_path, &info, &bound),
                     STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_ptr_null(bound);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("loader/version");
    TCase *tests = tcase_create("version");
    SRunner *runner = srunner_create(suite);
    int failed;

    base_log_set_sink(keep_message, NULL);
    tcase_add_test(tests, a_module_of_our_version_gets_the_table);
    tcase_add_test(tests, a_module_of_an_older_version_gets_the_same_table);
    tcase_add_test(tests, a_user_mode_module_gets_its_own_table);
    tcase_add_test(tests, a_module_that_needs_a_newer_framework_is_refused_with_both_versions);
    tcase_add_test(tests, another_major_version_is_refused);
    tcase_add_test(tests, a_module_that_knows_more_functions_than_its_version_has_is_refused);
    tcase_add_test(tests, a_newer_module_that_can_do_with_less_is_told_how_much_there_is);
    tcase_add_test(tests, another_form_of_binding_is_refused);
    tcase_add_test(tests, a_component_is_the_last_part_of_the_registry_path);
    tcase_add_test(tests, binding_makes_globals_and_unbinding_deletes_them);
    tcase_add_test(tests, binding_that_fails_leaves_no_globals);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
