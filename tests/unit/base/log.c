/* SPDX-License-Identifier: MIT */
/* Messages, assertions, lists. */
#define _GNU_SOURCE
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/list.h"
#include "base/log.h"

static char kept[2 * BASE_LOG_MESSAGE_MAX];
static unsigned kept_count;

static void
keep(void *context, enum base_log_level level, const char *component, const char *message)
{
    ck_assert_ptr_eq(context, &kept_count);
    snprintf(kept, sizeof(kept), "%s/%s/%s", base_log_level_name(level), component, message);
    kept_count++;
    errno = EIO;
}

START_TEST(the_sink_gets_the_formatted_message)
{
    base_log_set_sink(keep, &kept_count);
    base_log(BASE_LOG_ERROR, "fx", "queue %d is %s", 7, "full");
    ck_assert_str_eq(kept, "error/fx/queue 7 is full");
}
END_TEST

START_TEST(messages_above_the_level_do_not_reach_the_sink)
{
    base_log_set_sink(keep, &kept_count);
    unsetenv("OPENWDF_LOG");
    base_log(BASE_LOG_INFO, "fx", "hidden");
    ck_assert_uint_eq(kept_count, 0);
    base_log(BASE_LOG_WARN, "fx", "shown");
    ck_assert_uint_eq(kept_count, 1);
    base_log_set_level(BASE_LOG_DEBUG);
    base_log(BASE_LOG_DEBUG, "fx", "shown");
    ck_assert_uint_eq(kept_count, 2);
    base_log_set_level(BASE_LOG_ERROR);
    ck_assert(!base_log_enabled(BASE_LOG_WARN));
    ck_assert(base_log_enabled(BASE_LOG_ERROR));
}
END_TEST

START_TEST(the_level_comes_from_the_environment)
{
    setenv("OPENWDF_LOG", "info", 1);
    ck_assert(base_log_enabled(BASE_LOG_INFO));
    ck_assert(!base_log_enabled(BASE_LOG_DEBUG));
}
END_TEST

START_TEST(nonsense_in_the_environment_means_warn)
{
    setenv("OPENWDF_LOG", "loud", 1);
    ck_assert(base_log_enabled(BASE_LOG_WARN));
    ck_assert(!base_log_enabled(BASE_LOG_INFO));
}
END_TEST

START_TEST(a_long_message_ends_in_dots)
{
    static char text[2 * BASE_LOG_MESSAGE_MAX];

    memset(text, 'x', sizeof(text) - 1);
    base_log_set_sink(keep, &kept_count);
    base_log(BASE_LOG_ERROR, "c", "%s", text);
    ck_assert_uint_eq(strlen(kept), strlen("error/c/") + BASE_LOG_MESSAGE_MAX - 1);
    ck_assert_str_eq(kept + strlen(kept) - 4, "x...");
}
END_TEST

START_TEST(errno_survives)
{
    base_log_set_sink(keep, &kept_count);
    errno = ENOENT;
    base_log(BASE_LOG_ERROR, "c", "x");
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(the_default_sink_writes_one_line_to_standard_error)
{
    int pipes[2];
    char line[128] = "";

    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
    base_log_set_sink(keep, NULL);
    base_log_set_sink(NULL, NULL);
    base_log(BASE_LOG_WARN, "loader", "no %s", "driver");
    ck_assert_int_gt(read(pipes[0], line, sizeof(line) - 1), 0);
    ck_assert_str_eq(line, "openwdf: warn: loader: no driver\n");
}
END_TEST

START_TEST(a_failed_assertion_aborts)
{
    base_assert(kept_count == 0);
    base_assert(kept_count == 1);
}
END_TEST

struct element {
    int number;
    struct list link;
};

START_TEST(lists_keep_order_through_removal)
{
    struct element elements[4];
    struct list head;
    struct list *link;
    struct list *following;
    int expected = 1;

    list_init(&head);
    ck_assert(list_empty(&head));
    ck_assert_ptr_null(list_pop_front(&head));
    for (int i = 1; i < 4; i++) {
        elements[i].number = i;
        list_push_back(&head, &elements[i].link);
    }
    elements[0].number = 0;
    list_push_front(&head, &elements[0].link);
    list_remove(&elements[2].link);
    list_remove(&elements[2].link);
    ck_assert_ptr_eq(list_pop_front(&head), &elements[0].link);
    list_for_each_safe(link, following, &head)
    {
        ck_assert_int_eq(container_of(link, struct element, link)->number, expected);
        expected += 2;
        list_remove(link);
    }
    ck_assert_int_eq(expected, 5);
    ck_assert(list_empty(&head));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base/log");
    TCase *tests = tcase_create("log");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, the_sink_gets_the_formatted_message);
    tcase_add_test(tests, messages_above_the_level_do_not_reach_the_sink);
    tcase_add_test(tests, the_level_comes_from_the_environment);
    tcase_add_test(tests, nonsense_in_the_environment_means_warn);
    tcase_add_test(tests, a_long_message_ends_in_dots);
    tcase_add_test(tests, errno_survives);
    tcase_add_test(tests, the_default_sink_writes_one_line_to_standard_error);
    tcase_add_test_raise_signal(tests, a_failed_assertion_aborts, SIGABRT);
    tcase_add_test(tests, lists_keep_order_through_removal);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
