/* SPDX-License-Identifier: MIT */
/* The PnP table as data. */
#include <check.h>
#include <stdlib.h>

#include <ntddk.h>
#include <wdf.h>

#include "base/fsm.h"
#include "fx/pnp/device_priv.h"

START_TEST(the_pnp_table_is_consistent)
{
    char fault[256] = "";

    ck_assert_msg(fsm_table_check(&fx_pnp_table, fault, sizeof(fault)), "%s", fault);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/pnp_states");
    TCase *tests = tcase_create("pnp_states");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, the_pnp_table_is_consistent);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
