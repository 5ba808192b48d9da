/* SPDX-License-Identifier: MIT */
/* Child processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "both.h"
#include "sys/fd.h"
#include "sys/process.h"
#include "sys/wait.h"

static struct sys_process
spawn_shell(const char *script, const struct sys_process_fd *fds, size_t fd_count)
{
    char *argv[] = {"sh", "-c", (char *)(uintptr_t)script, NULL};
    struct sys_process_params params = {
        .path = "/bin/sh", .argv = argv, .fds = fds, .fd_count = fd_count};
    struct sys_process process;

    ck_assert_int_eq(sys_process_spawn(&params, &process), 0);
    return process;
}

START_TEST(the_exit_code_comes_back)
{
    struct sys_process process = spawn_shell("exit 42", NULL, 0);
    struct sys_process_status status;

    ck_assert_int_ne(sys_fd_wait(sys_process_fd(&process), SYS_FD_READABLE, SYS_FOREVER), 0);
    ck_assert_int_eq(sys_process_wait(&process, SYS_FOREVER, &status), 0);
    ck_assert_int_eq(status.code, 42);
    ck_assert_int_eq(status.signal, 0);
    ck_assert_int_eq(sys_process_wait(&process, 0, &status), 0);
    ck_assert_int_eq(status.code, 42);
    ck_assert_int_eq(sys_process_kill(&process, SIGKILL), -ESRCH);
    sys_process_fini(&process);
}
END_TEST

START_TEST(a_killed_process_tells_the_signal)
{
    int pipes[2];
    struct sys_process process;
    struct sys_process_status status;
    struct sys_process_fd in = {.as = 0};

    ck_assert_int_eq(pipe(pipes), 0);
    in.fd = pipes[0];
    process = spawn_shell("read x", &in, 1);
    ck_assert_int_eq(sys_process_wait(&process, 0, &status), -ETIMEDOUT);
    ck_assert_int_eq(sys_process_kill(&process, SIGTERM), 0);
    ck_assert_int_eq(sys_process_wait(&process, SYS_FOREVER, &status), 0);
    ck_assert_int_eq(status.code, -1);
    ck_assert_int_eq(status.signal, SIGTERM);
    sys_process_fini(&process);
}
END_TEST

START_TEST(a_program_that_does_not_exist_fails_the_spawn)
{
    char *argv[] = {"none", NULL};
    struct sys_process_params params = {.path = "/nonexistent/program", .argv = argv};
    struct sys_process process;

    ck_assert_int_eq(sys_process_spawn(&params, &process), -ENOENT);
    params.path = "/";
    ck_assert_int_eq(sys_process_spawn(&params, &process), -EACCES);
}
END_TEST

/* Swaps two descriptors on the way, and leaves one open here that the child must not see. */
START_TEST(the_child_has_exactly_the_descriptors_it_is_given)
{
    int out[2];
    int other[2];
    int leaked;
    char text[256];
    size_t length = 0;
    ssize_t got;
    struct sys_process process;

    ck_assert_int_eq(pipe2(out, 0), 0);
    ck_assert_int_eq(pipe2(other, 0), 0);
    leaked = dup(out[0]);
    struct sys_process_fd fds[] = {{.fd = out[1], .as = other[1]}, {.fd = other[1], .as = out[1]}};
    snprintf(text, sizeof(text), "cd /proc/self/fd; echo * >&%d; echo other >&%d", fds[0].as,
             fds[1].as);
    process = spawn_shell(text, fds, 2);
    ck_assert_int_eq(sys_process_wait(&process, SYS_FOREVER, NULL), 0);
    close(out[1]);
    close(other[1]);
    while ((got = read(out[0], text + length, sizeof(text) - 1 - length)) > 0) {
        length += (size_t)got;
    }
    text[length] = '\0';

    char given[16];
    char kept[16];
    snprintf(given, sizeof(given), " %d", fds[0].as);
    snprintf(kept, sizeof(kept), " %d ", leaked);
    ck_assert_msg(strncmp(text, "0 1 2", 5) == 0, "%s", text);
    ck_assert_msg(strstr(text, given) != NULL, "%s", text);
    ck_assert_msg(strstr(text, kept) == NULL, "%s", text);
    got = read(other[0], text, sizeof(text));
    ck_assert_int_eq(got, 6);
    ck_assert_mem_eq(text, "other\n", 6);
    sys_process_fini(&process);
}
END_TEST

START_TEST(the_environment_can_be_replaced)
{
    char *argv[] = {"sh", "-c", "test \"$A\" = b && test -z \"$HOME\"", NULL};
    char *envp[] = {"A=b", NULL};
    struct sys_process_params params = {.path = "/bin/sh", .argv = argv, .envp = envp};
    struct sys_process process;
    struct sys_process_status status;

    params.own_group = true;
    ck_assert_int_eq(sys_process_spawn(&params, &process), 0);
    ck_assert_int_eq(sys_process_wait(&process, SYS_FOREVER, &status), 0);
    ck_assert_int_eq(status.code, 0);
    sys_process_fini(&process);
}
END_TEST

static void
spawn_and_end(void *argument)
{
    int *pipes = argument;
    struct sys_process_fd fds[] = {{.fd = pipes[1], .as = 5}};
    char *argv[] = {"sh", "-c", "echo started >&5; kill -STOP $$", NULL};
    struct sys_process_params params = {
        .path = "/bin/sh", .argv = argv, .fds = fds, .fd_count = 1, .die_with_parent = true};
    struct sys_process process;
    char text[8];

    ck_assert_int_eq(sys_process_spawn(&params, &process), 0);
    ck_assert_int_eq(read(pipes[0], text, 8), 8);
    *(struct sys_process *)(void *)&pipes[2] = process;
}

START_TEST(a_child_can_be_made_to_die_with_its_parent)
{
    int memory[2 + sizeof(struct sys_process) / sizeof(int)];
    struct sys_process process;
    struct sys_process_status status;

    ck_assert_int_eq(pipe2(memory, O_CLOEXEC), 0);
    sys_thread_join(start_thread("parent", spawn_and_end, memory));
    memcpy(&process, &memory[2], sizeof(process));
    ck_assert_int_eq(sys_process_wait(&process, SYS_FOREVER, &status), 0);
    ck_assert_int_eq(status.signal, SIGKILL);
    sys_process_fini(&process);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sys/process");
    TCase *tests = tcase_create("process");

    tcase_add_test(tests, the_exit_code_comes_back);
    tcase_add_test(tests, a_killed_process_tells_the_signal);
    tcase_add_test(tests, a_program_that_does_not_exist_fails_the_spawn);
    tcase_add_test(tests, the_child_has_exactly_the_descriptors_it_is_given);
    tcase_add_test(tests, the_environment_can_be_replaced);
    tcase_add_test(tests, a_child_can_be_made_to_die_with_its_parent);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
