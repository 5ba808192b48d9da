// SPDX-License-Identifier: MIT
/*
 * Structured exceptions in C++, with the standard library's headers before and after the driver's:
 * theirs use macros of the same names.
 */
#include <vector>

#include <check.h>

#include <ntddk.h>

#include <map>
#include <string>

extern "C" bool ke_has_exception_frame(void);
extern "C" NTSTATUS nt_init(const struct nt_params *params);
extern "C" void nt_fini(void);

#include "seh_body.h"

START_TEST(standard_library_works_beside_it)
{
    std::map<int, std::string> names;
    volatile int caught = 0;

    names[1] = "one";
    try {
        (void)std::vector<int>().at(3);
    } catch (const std::exception &) {
        caught = 1;
    }
    ck_assert_int_eq(caught, 1);
    __try {
        raise_it();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        caught = 2;
    }
    ck_assert_int_eq(caught, 2);
    ck_assert_str_eq(names[1].c_str(), "one");
}
END_TEST

static void
setup(void)
{
    ck_assert_int_eq(nt_init(nullptr), STATUS_SUCCESS);
}

int
main()
{
    Suite *suite = suite_create("nt/seh_cpp");
    TCase *tests = tcase_create("seh_cpp");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, setup, nt_fini);
    SEH_TESTS(tests);
    tcase_add_test(tests, standard_library_works_beside_it);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
