/* SPDX-License-Identifier: MIT */
/* Watches: told of what happens to their key, by this process or another, and of nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "registry/registry.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/wait.h"

static struct reg_store *store;
static unsigned told;
static char folder[] = "/tmp/openwdf-watch-XXXXXX";
static char path[64];
static int event;

static void
on_change(void *argument, unsigned changes)
{
    told |= changes;
}

static void
on_change_event(void *argument, unsigned changes)
{
    sys_event_set(event);
}

static unsigned
take(void)
{
    unsigned changes = told;

    told = 0;
    return changes;
}

static reg_key
make(reg_key base, const char *key_path)
{
    reg_key key;

    ck_assert_int_eq(reg_key_create(store, base, key_path, REG_CREATE_PATH, NULL, &key, NULL), 0);
    return key;
}

START_TEST(a_watch_hears_what_it_asked_for)
{
    struct reg_watch *watch;
    reg_key top;
    reg_key below;

    ck_assert_int_eq(reg_open_memory(&store), 0);
    top = make(REG_ROOT, "Machine\\SOFTWARE\\W");
    below = make(top, "below");
    ck_assert_int_eq(reg_watch_add(store, top, REG_CHANGE_LAST_SET, false, on_change, NULL, &watch),
                     0);
    ck_assert_int_eq(reg_set_number(store, top, "n", 1), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_LAST_SET);
    ck_assert_int_eq(reg_set_number(store, below, "n", 1), 0);
    (void)make(top, "another");
    ck_assert_uint_eq(take(), 0);
    ck_assert_int_eq(reg_value_delete(store, top, "missing"), -ENOENT);
    ck_assert_uint_eq(take(), 0);
    ck_assert_int_eq(reg_key_delete_tree(store, top), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_DELETED);
    reg_watch_remove(watch);
    reg_close(store);
}
END_TEST

START_TEST(a_watch_of_a_tree_hears_of_all_below)
{
    struct reg_watch *watch;
    reg_key top;
    reg_key below;

    ck_assert_int_eq(reg_open_memory(&store), 0);
    top = make(REG_ROOT, "Machine\\SOFTWARE\\W");
    below = make(top, "a\\b\\c");
    ck_assert_int_eq(reg_watch_add(store, top, REG_CHANGE_NAME | REG_CHANGE_LAST_SET, true,
                                   on_change, NULL, &watch),
                     0);
    ck_assert_int_eq(reg_set_number(store, below, "n", 1), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_LAST_SET);
    ck_assert_int_eq(reg_key_rename(store, below, "d"), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_NAME);
    ck_assert_int_eq(reg_key_delete(store, below), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_NAME);
    (void)make(REG_ROOT, "Machine\\SOFTWARE\\Elsewhere");
    ck_assert_uint_eq(take(), 0);
    reg_watch_remove(watch);
    ck_assert_int_eq(reg_set_number(store, top, "n", 1), 0);
    ck_assert_uint_eq(take(), 0);
    reg_close(store);
}
END_TEST

START_TEST(a_transaction_is_told_when_it_is_done)
{
    struct reg_watch *watch;
    reg_key top;

    ck_assert_int_eq(reg_open_memory(&store), 0);
    top = make(REG_ROOT, "Machine\\SOFTWARE\\W");
    ck_assert_int_eq(reg_watch_add(store, top, REG_CHANGE_LAST_SET, false, on_change, NULL, &watch),
                     0);
    ck_assert_int_eq(reg_begin(store), 0);
    ck_assert_int_eq(reg_set_number(store, top, "n", 1), 0);
    ck_assert_uint_eq(take(), 0);
    ck_assert_int_eq(reg_commit(store), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_LAST_SET);
    ck_assert_int_eq(reg_begin(store), 0);
    ck_assert_int_eq(reg_set_number(store, top, "n", 2), 0);
    reg_rollback(store);
    ck_assert_uint_eq(take(), 0);
    ck_assert_int_eq(reg_set_number(store, top, "n", 3), 0);
    ck_assert_uint_eq(take(), REG_CHANGE_LAST_SET);
    reg_watch_remove(watch);
    reg_close(store);
}
END_TEST

START_TEST(another_process_is_heard_even_when_it_dies_after_its_change)
{
    struct reg_watch *watch;
    reg_key top;
    int round;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/registry.db", folder);
    event = sys_event_create();
    ck_assert_int_ge(event, 0);
    ck_assert_int_eq(reg_open(path, &store), 0);
    top = make(REG_ROOT, "Machine\\SOFTWARE\\W");
    ck_assert_int_eq(
        reg_watch_add(store, top, REG_CHANGE_LAST_SET, true, on_change_event, NULL, &watch), 0);
    for (round = 0; round < 10; round++) {
        int status;
        pid_t pid = fork();

        if (pid == 0) {
            struct reg_store *other;

            /* Dies at once, with nothing closed. */
            _exit(reg_open(path, &other) == 0 && reg_set_number(other, top, "n", 1) == 0 ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert_uint_eq(sys_fd_wait(event, SYS_FD_READABLE, SYS_FOREVER), SYS_FD_READABLE);
        (void)sys_event_clear(event);
    }
    reg_watch_remove(watch);
    reg_close(store);
    sys_fd_close(&event);
    (void)snprintf(path, sizeof(path), "rm -rf %s", folder);
    ck_assert_int_eq(system(path), 0);
}
END_TEST

static Suite *
watch_suite(void)
{
    Suite *suite = suite_create("watch");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, a_watch_hears_what_it_asked_for);
    tcase_add_test(tcase, a_watch_of_a_tree_hears_of_all_below);
    tcase_add_test(tcase, a_transaction_is_told_when_it_is_done);
    tcase_add_test(tcase, another_process_is_heard_even_when_it_dies_after_its_change);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(watch_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
