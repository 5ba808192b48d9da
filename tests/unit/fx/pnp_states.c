/* SPDX-License-Identifier: MIT */
/* The tables of the three machines of a device, as data. */
#include <check.h>
#include <stdlib.h>

#include <ntddk.h>
#include <wdf.h>

#include "base/fsm.h"
#include "fx/pnp/machines.h"

static const struct fsm_table *const tables[] = {
    &fx_pnp_table,
    &fx_power_table,
    &fx_policy_table,
};

#define TABLE_COUNT ((int)(sizeof(tables) / sizeof(tables[0])))

/* Every state can be reached, no event is both handled and dropped: see fsm_table_check. */
START_TEST(the_table_is_consistent)
{
    char fault[256] = "";

    ck_assert_msg(fsm_table_check(tables[_i], fault, sizeof(fault)), "%s", fault);
}
END_TEST

/* What drivers see through WdfDeviceGetDevice...State: a number of the documented enumeration. */
START_TEST(every_state_has_a_documented_number)
{
    static uint32_t (*const documented[])(unsigned) = {
        fx_pnp_documented_state,
        fx_power_documented_state,
        fx_policy_documented_state,
    };
    static const uint32_t first[] = {
        WdfDevStatePnpObjectCreated,
        WdfDevStatePowerObjectCreated,
        WdfDevStatePwrPolObjectCreated,
    };
    static const uint32_t last[] = {
        WdfDevStatePnpNull,
        WdfDevStatePowerNull,
        WdfDevStatePwrPolNull,
    };

    for (unsigned state = 0; state < tables[_i]->state_count; state++) {
        uint32_t number = documented[_i](state) & ~(uint32_t)WdfDevStateNP;

        ck_assert_uint_ge(number, first[_i]);
        ck_assert_uint_lt(number, last[_i]);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/pnp_states");
    TCase *tests = tcase_create("pnp_states");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tests, the_table_is_consistent, 0, TABLE_COUNT);
    tcase_add_loop_test(tests, every_state_has_a_documented_number, 0, TABLE_COUNT);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
