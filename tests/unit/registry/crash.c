/* SPDX-License-Identifier: MIT */
/*
 * A process that is killed at a random instant in the middle of its writes: the next one finds the
 * store before or after each of them. The writer keeps an invariant in every transaction; the test
 * kills it, opens the store and looks at the invariant.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "registry/registry.h"
#include "sys/clock.h"

#define ROUNDS 60
#define KEYS   8

static char folder[] = "/tmp/openwdf-crash-XXXXXX";
static char path[64];

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/registry.db", folder);
}

static void
teardown(void)
{
    char command[64];

    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/*
 * Writes until it is killed. Each transaction gives KEYS keys the same number, and makes or deletes a
 * tree `T` that is whole exactly when the number is even. A byte in the pipe: one is committed.
 */
static void
write_for_ever(int pipe_fd)
{
    struct reg_store *store;
    uint32_t number = 0;
    reg_key base;
    char name[64];
    int i;

    if (reg_open(path, &store) != 0) {
        _exit(1);
    }
    if (reg_key_create(store, REG_ROOT, "Machine\\SOFTWARE\\Crash", 0, NULL, &base, NULL) != 0) {
        _exit(2);
    }
    (void)reg_get_number(store, base, "last", &number);
    for (;;) {
        reg_key key;
        int result = reg_begin(store);

        number++;
        for (i = 0; result == 0 && i < KEYS; i++) {
            (void)snprintf(name, sizeof(name), "k%d", i);
            result = reg_key_create(store, base, name, 0, NULL, &key, NULL);
            result = result != 0 ? result : reg_set_number(store, key, "n", number);
        }
        if (result == 0 && number % 2 == 0) {
            for (i = 0; result == 0 && i < KEYS; i++) {
                (void)snprintf(name, sizeof(name), "T\\a%d\\b", i);
                result = reg_key_create(store, base, name, REG_CREATE_PATH, NULL, &key, NULL);
            }
        } else if (result == 0 && reg_key_open(store, base, "T", 0, &key) == 0) {
            result = reg_key_delete_tree(store, key);
        }
        result = result != 0 ? result : reg_set_number(store, base, "last", number);
        result = result != 0 ? result : reg_commit(store);
        if (result != 0 || write(pipe_fd, "", 1) != 1) {
            _exit(3);
        }
    }
}

/* The number of the last transaction, after the invariant was seen to hold. */
static uint32_t
check_store(void)
{
    struct reg_store *store;
    uint32_t last = 0;
    uint32_t number;
    reg_key base;
    reg_key key;
    char name[64];
    int i;

    ck_assert_int_eq(reg_open(path, &store), 0);
    if (reg_key_open(store, REG_ROOT, "Machine\\SOFTWARE\\Crash", 0, &base) == 0 &&
        reg_get_number(store, base, "last", &last) == 0) {
        for (i = 0; i < KEYS; i++) {
            (void)snprintf(name, sizeof(name), "k%d", i);
            ck_assert_int_eq(reg_key_open(store, base, name, 0, &key), 0);
            ck_assert_int_eq(reg_get_number(store, key, "n", &number), 0);
            ck_assert_uint_eq(number, last);
            (void)snprintf(name, sizeof(name), "T\\a%d\\b", i);
            ck_assert_int_eq(reg_key_open(store, base, name, 0, &key), last % 2 == 0 ? 0 : -ENOENT);
        }
    }
    reg_close(store);
    return last;
}

START_TEST(killed_at_any_instant_the_store_is_before_or_after)
{
    uint32_t before = 0;
    unsigned seed = 1;
    int round;

    for (round = 0; round < ROUNDS; round++) {
        uint32_t told = 0;
        uint32_t after;
        int fds[2];
        char byte[256];
        int status;
        ssize_t n;
        pid_t pid;

        ck_assert_int_eq(pipe(fds), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            (void)close(fds[0]);
            write_for_ever(fds[1]);
        }
        (void)close(fds[1]);
        if (round % 4 != 0) {
            /* Well inside its work; every fourth is killed on its way up. */
            told += read(fds[0], byte, 1) == 1;
        }
        sys_sleep_until(sys_now_ns() + (uint64_t)(rand_r(&seed) % 6000) * 1000);
        ck_assert_int_eq(kill(pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status));
        while ((n = read(fds[0], byte, sizeof(byte))) > 0) {
            told += (uint32_t)n;
        }
        (void)close(fds[0]);
        after = check_store();
        /* Nothing that was reported as done is lost; at most one more was. */
        ck_assert_uint_ge(after, before + told);
        ck_assert_uint_le(after, before + told + 1);
        before = after;
    }
    ck_assert_uint_gt(before, ROUNDS / 2);
}
END_TEST

START_TEST(two_processes_write_in_turns)
{
    struct reg_store *store;
    uint32_t number;
    reg_key key;
    pid_t pids[4];
    int status;
    int i;

    ck_assert_int_eq(reg_open(path, &store), 0);
    ck_assert_int_eq(reg_key_create(store, REG_ROOT, "Machine\\SOFTWARE\\Sum", 0, NULL, &key, NULL),
                     0);
    ck_assert_int_eq(reg_set_number(store, key, "n", 0), 0);
    reg_close(store);
    for (i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            int n;

            if (reg_open(path, &store) != 0) {
                _exit(1);
            }
            for (n = 0; n < 25; n++) {
                if (reg_begin(store) != 0 || reg_get_number(store, key, "n", &number) != 0 ||
                    reg_set_number(store, key, "n", number + 1) != 0 || reg_commit(store) != 0) {
                    _exit(2);
                }
            }
            reg_close(store);
            _exit(0);
        }
    }
    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_assert_int_eq(reg_open(path, &store), 0);
    ck_assert_int_eq(reg_get_number(store, key, "n", &number), 0);
    ck_assert_uint_eq(number, 100);
    reg_close(store);
}
END_TEST

static Suite *
crash_suite(void)
{
    Suite *suite = suite_create("crash");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, killed_at_any_instant_the_store_is_before_or_after);
    tcase_add_test(tcase, two_processes_write_in_turns);
    suite_add_tcase(suite, tcase);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(crash_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
