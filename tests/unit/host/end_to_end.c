/* SPDX-License-Identifier: MIT */
/* The whole way: `wdf run` with a driver in a host process, and the native client. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver_public.h"
#include "openwdf/client.h"

#define TERMINATED       OWDF_STATUS_DRIVER_PROCESS_TERMINATED
#define PATIENCE_SECONDS 20

static char folder[64];
static char log_path[80];
static pid_t runner;
static owdf_handle *handle;

/* ---- wdf run ---- */

/* Starts `wdf run` and returns when it is ready (true) or has given up (false). */
static bool
run(const char *module, const char *timeout)
{
    char ready[16] = "";
    int fds[2];

    ck_assert_int_eq(pipe(fds), 0);
    runner = fork();
    if (runner == 0) {
        char number[16];
        int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        (void)snprintf(number, sizeof(number), "%d", fds[1]);
        close(fds[0]);
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        execl(WDF_COMMAND, "wdf", "run", "--verbose", "--ready-fd", number, "--timeout", timeout,
              module, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_gt(runner, 0);
    close(fds[1]);
    (void)!read(fds[0], ready, sizeof(ready) - 1);
    close(fds[0]);
    return strcmp(ready, "ready\n") == 0;
}

static int
runner_exit_status(void)
{
    int status;

    ck_assert_int_eq(waitpid(runner, &status, 0), runner);
    runner = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *
log_text(void)
{
    static char log[1 << 20];
    FILE *file = fopen(log_path, "r");
    size_t n = fread(log, 1, sizeof(log) - 1, file);

    (void)fclose(file);
    log[n] = '\0';
    return log;
}

static bool
log_has(const char *text)
{
    return strstr(log_text(), text) != NULL;
}

/* Ends it in good order; what it said is shown when that fails. */
static int
stop(int signal)
{
    int status;

    ck_assert_int_eq(kill(runner, signal), 0);
    status = runner_exit_status();
    if (status != 0) {
        (void)fputs(log_text(), stderr);
    }
    ck_assert_msg(!log_has("was never freed"), "%s", log_text());
    return status;
}

static pid_t
host_pid(void)
{
    struct owdf_device *devices;
    size_t count;
    pid_t pid;

    ck_assert_int_eq(owdf_devices(&devices, &count), 0);
    ck_assert_uint_eq(count, 1);
    pid = devices[0].host_pid;
    owdf_list_free(devices);
    ck_assert_int_gt(pid, 0);
    return pid;
}

static void
prepare(void)
{
    strcpy(folder, "/tmp/openwdf-host-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(log_path, sizeof(log_path), "%s/log", folder);
    setenv("OPENWDF_RUNTIME_DIR", folder, 1);
    setenv("OPENWDF_HOST", WDF_HOST, 1);
}

static void
setup(void)
{
    prepare();
    ck_assert(run(TEST_DRIVER, "60"));
    ck_assert_int_eq(owdf_open(HOST_TEST_PATH, OWDF_OPEN_READ | OWDF_OPEN_WRITE, &handle), 0);
}

static void
clean(void)
{
    char command[96];

    if (runner > 0) {
        (void)kill(runner, SIGKILL);
        (void)runner_exit_status();
    }
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void
teardown(void)
{
    owdf_close(handle);
    if (runner > 0) {
        ck_assert_int_eq(stop(SIGTERM), 0);
    }
    clean();
}

/* ---- Small helpers ---- */

static int
control(uint32_t code)
{
    return owdf_ioctl(handle, code, NULL, 0, NULL, 0, NULL);
}

static struct host_test_counts
counts(void)
{
    struct host_test_counts now;
    struct owdf_result result;

    ck_assert_int_eq(owdf_ioctl(handle, HT_COUNTS, NULL, 0, &now, sizeof(now), &result), 0);
    ck_assert_uint_eq(result.information, sizeof(now));
    return now;
}

/* Asks until a count has the value: each time a round trip, no sleeping. */
static void
wait_count(size_t offset, unsigned value)
{
    time_t limit = time(NULL) + PATIENCE_SECONDS;
    unsigned seen;

    do {
        struct host_test_counts now = counts();

        memcpy(&seen, (char *)&now + offset, sizeof(seen));
        ck_assert_msg(time(NULL) < limit, "waited for %u in vain, it is %u", value, seen);
    } while (seen != value);
}

#define WAIT_COUNT(member, value) wait_count(offsetof(struct host_test_counts, member), value)

static uint64_t
start(owdf_handle *on, uint32_t code)
{
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = code};
    uint64_t token;

    ck_assert_int_eq(owdf_start(on, &io, &token), 0);
    return token;
}

static owdf_handle *
open_second(void)
{
    owdf_handle *second;

    ck_assert_int_eq(owdf_open(HOST_TEST_PATH, OWDF_OPEN_READ | OWDF_OPEN_WRITE, &second), 0);
    return second;
}

/* ---- Transfers ---- */

START_TEST(every_method_carries_data)
{
    static uint8_t in[100000];
    static uint8_t out[100000];
    static const uint32_t sizes[] = {1, 4, 80, 81, 4096, 100000};
    struct owdf_result result;
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint32_t size = sizes[i];

        memset(in, (int)i + 1, size);
        memset(out, 0, sizeof(out));
        ck_assert_int_eq(owdf_ioctl(handle, HT_ECHO, in, size, out, size, &result), 0);
        ck_assert_uint_eq(result.information, size);
        ck_assert_int_eq(memcmp(in, out, size), 0);
        ck_assert_int_eq(owdf_ioctl(handle, HT_ECHO_DIRECT, "x", 1, out, size, &result), 0);
        ck_assert_uint_eq(result.information, size);
        ck_assert_uint_eq(out[0], 'x');
        ck_assert_uint_eq(out[size - 1], 'x');
        ck_assert_int_eq(owdf_read(handle, out, size, 5, &result), 0);
        ck_assert_uint_eq(out[size - 1], (uint8_t)(5 + size - 1));
        ck_assert_int_eq(owdf_write(handle, in, size, 0, &result), 0);
        ck_assert_uint_eq(result.information, size);
    }
    ck_assert_int_eq(owdf_ioctl(handle, 0x22FFFC, NULL, 0, NULL, 0, &result), -ENOTTY);
    ck_assert_int_eq(result.status, (int32_t)0xC0000010);
}
END_TEST

START_TEST(requests_in_flight_end_in_any_number)
{
    struct owdf_completion completions[64];
    uint32_t out[64];
    unsigned submitted = 0;
    unsigned done = 0;

    while (done < 5000) {
        struct owdf_io io = {.operation = OWDF_OP_IOCTL,
                             .code = HT_ECHO,
                             .in = &submitted,
                             .in_size = 4,
                             .out = &out[submitted % 64],
                             .out_size = 4,
                             .cookie = submitted};
        int n;
        int i;

        if (submitted - done < 64 && submitted < 5000 && owdf_submit(handle, &io, NULL) == 0) {
            submitted++;
            continue;
        }
        ck_assert_int_eq(owdf_wait(handle, -1), 1);
        n = owdf_reap(handle, completions, 64);
        for (i = 0; i < n; i++) {
            ck_assert_int_eq(completions[i].status, 0);
            ck_assert_uint_eq(out[completions[i].cookie % 64], completions[i].cookie);
        }
        done += (unsigned)n;
    }
}
END_TEST

static void
leave_notice(uint64_t cookie)
{
    struct owdf_io io = {.operation = OWDF_OP_NOTICE, .cookie = cookie};

    ck_assert_int_eq(owdf_submit(handle, &io, NULL), 0);
}

static struct owdf_completion
next_completion(void)
{
    struct owdf_completion ended;

    ck_assert_int_eq(owdf_wait(handle, PATIENCE_SECONDS * 1000), 1);
    ck_assert_int_eq(owdf_reap(handle, &ended, 1), 1);
    return ended;
}

static void
signal_event(uint64_t event)
{
    ck_assert_int_eq(owdf_ioctl(handle, HT_SIGNAL, &event, sizeof(event), NULL, 0, NULL), 0);
}

START_TEST(driver_sets_events_of_the_application)
{
    leave_notice(1);
    signal_event(0x1230);
    ck_assert_uint_eq(next_completion().information, 0x1230);
    /* Nobody listens: what was set, and how often is all the same, is told later. */
    signal_event(0x1230);
    signal_event(0x4560);
    signal_event(0x1230);
    leave_notice(2);
    ck_assert_uint_eq(next_completion().information, 0x1230);
    leave_notice(3);
    ck_assert_uint_eq(next_completion().information, 0x4560);
    /* One waits at a time; the handle's close ends it. */
    leave_notice(4);
    leave_notice(5);
    ck_assert_uint_eq(next_completion().cookie, 5);
}
END_TEST

START_TEST(driver_sees_the_clients_process)
{
    uint64_t process = 0;

    ck_assert_int_eq(owdf_ioctl(handle, HT_PROCESS, NULL, 0, &process, 8, NULL), 0);
    ck_assert_uint_eq(process, (uint64_t)getpid());
}
END_TEST

START_TEST(interface_and_name_lead_to_the_same_device)
{
    struct owdf_interface *list;
    owdf_handle *second;
    size_t count;

    ck_assert_int_eq(owdf_interfaces(HOST_TEST_GUID_TEXT, &list, &count), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(owdf_open(list[0].path, OWDF_OPEN_READ, &second), 0);
    owdf_list_free(list);
    ck_assert_uint_eq(counts().opens, 2);
    owdf_close(second);
    ck_assert_int_eq(owdf_open(HOST_TEST_PATH "\\deny", OWDF_OPEN_READ, &second), -EACCES);
}
END_TEST

/* ---- Blocking, cancelling, closing ---- */

START_TEST(blocked_requests_do_not_hold_up_others)
{
    struct owdf_result result;
    uint64_t tokens[5];
    unsigned i;

    for (i = 0; i < 5; i++) {
        tokens[i] = start(handle, HT_BLOCK);
    }
    WAIT_COUNT(blocked, 5);
    ck_assert_int_eq(owdf_finish(handle, tokens[0], 0, &result), -ETIMEDOUT);
    ck_assert_int_eq(control(HT_RELEASE), 0);
    for (i = 0; i < 5; i++) {
        ck_assert_int_eq(owdf_finish(handle, tokens[i], -1, &result), 0);
    }
    WAIT_COUNT(blocked, 0);
}
END_TEST

START_TEST(cancel_ends_the_one_that_was_meant)
{
    uint64_t first = start(handle, HT_PEND);
    uint64_t second = start(handle, HT_PEND);
    struct owdf_result result;

    ck_assert_int_eq(owdf_cancel(handle, second), 0);
    ck_assert_int_eq(owdf_finish(handle, second, -1, &result), -ECANCELED);
    ck_assert_int_eq(owdf_finish(handle, first, 0, &result), -ETIMEDOUT);
    ck_assert_int_eq(owdf_cancel_all(handle), 0);
    ck_assert_int_eq(owdf_finish(handle, first, -1, &result), -ECANCELED);
}
END_TEST

/* Cancels race with submission, dispatch and completion; every request still ends once. */
START_TEST(cancels_race_with_everything)
{
    unsigned cancelled = 0;
    unsigned i;

    for (i = 0; i < 2000; i++) {
        struct owdf_result result;
        uint64_t pend = start(handle, HT_PEND);
        uint64_t flush = start(handle, HT_ECHO);
        int error;

        (void)owdf_cancel(handle, flush);
        ck_assert_int_eq(owdf_cancel(handle, pend), 0);
        error = owdf_finish(handle, flush, -1, &result);
        ck_assert(error == 0 || error == -ECANCELED);
        cancelled += owdf_finish(handle, pend, -1, &result) == -ECANCELED;
    }
    ck_assert_uint_eq(cancelled, 2000);
    ck_assert_uint_eq(counts().pending, 0);
}
END_TEST

START_TEST(close_with_requests_outstanding_cancels_them)
{
    owdf_handle *second = open_second();

    (void)start(second, HT_PEND);
    (void)start(second, HT_PEND);
    WAIT_COUNT(pending, 2);
    owdf_close(second);
    ck_assert_uint_eq(counts().pending, 0);
    ck_assert_uint_eq(counts().cleanups, 1);
    ck_assert_uint_eq(counts().closes, 1);
}
END_TEST

/* CloseHandle waits for the cleanup, not for a request that the driver keeps; the close comes later. */
START_TEST(close_does_not_wait_for_a_kept_request)
{
    owdf_handle *second = open_second();

    (void)start(second, HT_KEEP);
    WAIT_COUNT(kept, 1);
    owdf_close(second);
    ck_assert_uint_eq(counts().cleanups, 1);
    ck_assert_uint_eq(counts().closes, 0);
    ck_assert_int_eq(control(HT_RELEASE), 0);
    WAIT_COUNT(closes, 1);
}
END_TEST

static unsigned
descriptors_of(pid_t pid)
{
    char path[64];
    DIR *directory;
    unsigned count = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    directory = opendir(path);
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

START_TEST(thousand_opens_leak_nothing_in_any_process)
{
    pid_t host = host_pid();
    unsigned ours = descriptors_of(getpid());
    unsigned hosts = descriptors_of(host);
    unsigned runners = descriptors_of(runner);
    time_t limit = time(NULL) + PATIENCE_SECONDS;
    unsigned i;

    for (i = 0; i < 1000; i++) {
        struct owdf_open_options options = {.size = sizeof(options), .depth = 2, .arena_size = 1};
        owdf_handle *second;

        ck_assert_int_eq(owdf_open_with(HOST_TEST_PATH, &options, &second, NULL), 0);
        owdf_close(second);
    }
    WAIT_COUNT(closes, 1000);
    ck_assert_uint_le(descriptors_of(getpid()), ours);
    /* The others close theirs just after they have said so. */
    while ((descriptors_of(host) > hosts || descriptors_of(runner) > runners) &&
           time(NULL) < limit) {
        sched_yield();
    }
    if (time(NULL) >= limit) {
        (void)fputs(log_text(), stderr);
        ck_abort_msg("descriptors leak");
    }
}
END_TEST

START_TEST(client_killed_in_flight_is_cleaned_up)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        owdf_handle *own;

        if (owdf_open(HOST_TEST_PATH, OWDF_OPEN_READ, &own) == 0) {
            struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = HT_PEND};

            (void)owdf_submit(own, &io, NULL);
            (void)owdf_submit(own, &io, NULL);
        }
        for (;;) {
            (void)pause();
        }
    }
    WAIT_COUNT(pending, 2);
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    WAIT_COUNT(closes, 1);
    ck_assert_uint_eq(counts().pending, 0);
}
END_TEST

/* ---- Death ---- */

static void *
waiting_thread(void *argument)
{
    struct owdf_result result;

    (void)owdf_ioctl(handle, (uint32_t)(uintptr_t)argument, NULL, 0, NULL, 0, &result);
    return (void *)(intptr_t)result.status;
}

/* Several callers wait in several ways; `kill_it` ends the host; all get the same status, once. */
static void
everybody_is_told(void (*kill_it)(void))
{
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = HT_PEND, .cookie = 5};
    struct owdf_completion completions[4];
    struct owdf_result result;
    owdf_handle *second = open_second();
    pthread_t threads[4];
    uint64_t token;
    unsigned i;

    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, waiting_thread,
                                        (void *)(uintptr_t)(i == 3 ? HT_BLOCK : HT_PEND)),
                         0);
    }
    ck_assert_int_eq(owdf_submit(handle, &io, NULL), 0);
    token = start(second, HT_PEND);
    WAIT_COUNT(pending, 5);
    WAIT_COUNT(blocked, 1);
    kill_it();
    for (i = 0; i < 4; i++) {
        void *status;

        pthread_join(threads[i], &status);
        ck_assert_int_eq((int32_t)(intptr_t)status, TERMINATED);
    }
    ck_assert_int_eq(owdf_wait(handle, -1), 1);
    ck_assert_int_eq(owdf_reap(handle, completions, 4), 1);
    ck_assert_int_eq(completions[0].status, TERMINATED);
    ck_assert_uint_eq(completions[0].cookie, 5);
    ck_assert_int_eq(owdf_finish(second, token, -1, &result), -EPIPE);
    ck_assert_int_eq(result.status, TERMINATED);
    ck_assert_int_eq(control(HT_ECHO), -EPIPE);
    owdf_close(second);
}

static void
kill_host(void)
{
    ck_assert_int_eq(kill(host_pid(), SIGKILL), 0);
}

static void
kill_runner(void)
{
    ck_assert_int_eq(kill(runner, SIGKILL), 0);
}

START_TEST(killed_host_tells_everybody)
{
    everybody_is_told(kill_host);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert(log_has("signal 9"));
    ck_assert(log_has("6 outstanding requests got STATUS_DRIVER_PROCESS_TERMINATED"));
}
END_TEST

/* With the manager the host dies too; nobody is left to settle, so the clients see it themselves. */
START_TEST(killed_manager_tells_everybody)
{
    pid_t host = host_pid();
    struct owdf_device *devices;
    size_t count;

    everybody_is_told(kill_runner);
    ck_assert_int_eq(runner_exit_status(), -1);
    while (kill(host, 0) == 0) {
        sched_yield();
    }
    ck_assert_int_eq(owdf_devices(&devices, &count), 0);
    ck_assert_uint_eq(count, 0);
    owdf_list_free(devices);
}
END_TEST

START_TEST(crash_is_reported_in_one_line)
{
    struct owdf_result result;

    ck_assert_int_eq(owdf_ioctl(handle, HT_CRASH, NULL, 0, NULL, 0, &result), -EPIPE);
    ck_assert_int_eq(result.status, TERMINATED);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert(log_has("about to write through a null pointer"));
    ck_assert(log_has("died: "));
    ck_assert(SANITIZED || log_has("SIGSEGV (access violation) at address 0x0 in "));
}
END_TEST

START_TEST(bug_check_is_reported_in_one_line)
{
    ck_assert_int_eq(control(HT_BUGCHECK), -EPIPE);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert(log_has("0xdeaddead) 0x1 0x2 0x3 0x4 in "));
}
END_TEST

START_TEST(misuse_names_the_drivers_call)
{
    ck_assert_int_eq(control(HT_MISUSE), -EPIPE);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert_msg(log_has("bug check WDF_VIOLATION") && log_has("(HostTestMisuse)"), "%s",
                  log_text());
}
END_TEST

START_TEST(stack_overflow_is_reported)
{
    ck_assert_int_eq(control(HT_OVERFLOW), -EPIPE);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert_msg(SANITIZED ||
                      (log_has("SIGSEGV (stack overflow)") && log_has("(HostTestRecurse)")),
                  "%s", log_text());
}
END_TEST

START_TEST(request_that_outlives_its_application_ends_the_host)
{
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = HT_KEEP};
    owdf_handle *second;

    prepare();
    ck_assert(run(TEST_DRIVER, "1"));
    ck_assert_int_eq(owdf_open(HOST_TEST_PATH, OWDF_OPEN_READ | OWDF_OPEN_WRITE, &handle), 0);
    second = open_second();
    ck_assert_int_eq(owdf_submit(second, &io, NULL), 0);
    WAIT_COUNT(kept, 1);
    owdf_close(second);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert_msg(log_has("left when it closed: device control 0x22200c"), "%s", log_text());
    owdf_close(handle);
    clean();
}
END_TEST

START_TEST(cleanup_that_takes_too_long_ends_the_host)
{
    prepare();
    ck_assert(run(TEST_DRIVER, "1"));
    ck_assert_int_eq(owdf_open(HOST_TEST_PATH, OWDF_OPEN_READ | OWDF_OPEN_WRITE, &handle), 0);
    ck_assert_int_eq(control(HT_STUCK), 0);
    owdf_close(handle);
    ck_assert_int_eq(runner_exit_status(), 2);
    ck_assert(log_has("did not finish the cleanup"));
    clean();
}
END_TEST

/* ---- Start and end ---- */

START_TEST(driver_that_does_not_start_is_said_so)
{
    static const char *const modules[] = {TEST_DRIVER_FAIL_ENTRY, TEST_DRIVER_FAIL_ADD,
                                          "/nowhere/driver.so", "/dev/null", WDF_HOST};
    static const char *const words[] = {"0xc000009a", "0xc0000182", "No such file", "", ""};

    prepare();
    ck_assert(!run(modules[_i], "60"));
    ck_assert_int_eq(runner_exit_status(), 1);
    ck_assert(log_has("wdf run: "));
    ck_assert(log_has(words[_i]));
    clean();
}
END_TEST

START_TEST(removal_with_open_handles_ends_their_requests)
{
    struct owdf_result result;
    uint64_t token = start(handle, HT_PEND);
    int error;

    WAIT_COUNT(pending, 1);
    ck_assert_int_eq(stop(SIGINT), 0);
    error = owdf_finish(handle, token, -1, &result);
    ck_assert(error == -ECANCELED || error == -EPIPE);
    ck_assert_int_eq(control(HT_ECHO), -EPIPE);
    ck_assert(log_has("removed: "));
}
END_TEST

START_TEST(second_instance_gets_the_next_number)
{
    pid_t first = runner;
    struct owdf_device *devices;
    size_t count;

    ck_assert(run(TEST_DRIVER, "60"));
    ck_assert(log_has("HostTest is taken"));
    ck_assert(log_has("HostTest: the name is somebody else's"));
    ck_assert_int_eq(owdf_devices(&devices, &count), 0);
    ck_assert_uint_eq(count, 2);
    ck_assert_ptr_nonnull(strstr(devices[0].id, "\\0000"));
    ck_assert_ptr_nonnull(strstr(devices[1].id, "\\0001"));
    owdf_list_free(devices);
    ck_assert_int_eq(stop(SIGTERM), 0);
    runner = first;
    ck_assert_int_eq(control(HT_RELEASE), 0);
}
END_TEST

/* ---- wdf io ---- */

static char *
shell(const char *arguments, int *ret_status)
{
    static char output[4096];
    char command[1024];
    FILE *pipe;
    size_t n;

    (void)snprintf(command, sizeof(command), WDF_COMMAND " io %s 2>&1", arguments);
    pipe = popen(command, "r");
    n = fread(output, 1, sizeof(output) - 1, pipe);
    output[n] = '\0';
    *ret_status = WEXITSTATUS(pclose(pipe));
    return output;
}

#define DEVICE "'" HOST_TEST_PATH "' "

START_TEST(shell_reads_writes_and_controls)
{
    int status;

    ck_assert_str_eq(shell(DEVICE "ioctl 0x222000 --text hello --out-size 9 --as text", &status),
                     "hello\n");
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(shell(DEVICE "ioctl 'CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, "
                                  "FILE_ANY_ACCESS)' --hex '01 02 ff' --out-size 3 --as hex",
                           &status),
                     "0102ff\n");
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(shell("HostTest read --size 4 --offset 65", &status), "ABCD");
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(shell(HOST_TEST_GUID_TEXT " write --text 12345 --verbose", &status),
                     "wdf io: write: STATUS_SUCCESS (0x00000000), ERROR_SUCCESS (0): success\n"
                     "wdf io: information 5\n");
    ck_assert_int_eq(status, 0);
    ck_assert_ptr_nonnull(strstr(shell("--list", &status), HOST_TEST_PATH));
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(shell_says_what_went_wrong)
{
    int status;

    ck_assert_str_eq(shell(DEVICE "ioctl UNKNOWN,0xfff,BUFFERED,ANY", &status),
                     "wdf io: ioctl: STATUS_INVALID_DEVICE_REQUEST (0xc0000010), "
                     "ERROR_INVALID_FUNCTION (1): Inappropriate ioctl for device\n");
    ck_assert_int_eq(status, 1);
    ck_assert_ptr_nonnull(strstr(shell("Nobody read", &status), "nobody serves Nobody"));
    ck_assert_int_eq(status, 4);
    ck_assert_ptr_nonnull(
        strstr(shell("'" HOST_TEST_PATH "\\deny' read", &status), "STATUS_ACCESS_DENIED"));
    ck_assert_int_eq(status, 4);
    ck_assert_ptr_nonnull(strstr(shell(DEVICE "ioctl BOGUS", &status), "no control code"));
    ck_assert_int_eq(status, 3);
    ck_assert_ptr_nonnull(strstr(shell(DEVICE "ioctl 1 --hex 0g", &status), "hexadecimal"));
    ck_assert_int_eq(status, 3);
    ck_assert_ptr_nonnull(strstr(shell(DEVICE "frob", &status), "frob"));
    ck_assert_int_eq(status, 3);
    ck_assert_ptr_nonnull(
        strstr(shell(DEVICE "ioctl 0x222008 --timeout 5", &status), "STATUS_CANCELLED"));
    ck_assert_int_eq(status, 1);
}
END_TEST

int
main(void)
{
    TCase *served = tcase_create("served");
    TCase *alone = tcase_create("alone");
    Suite *suite = suite_create("host/end_to_end");
    SRunner *runner_;
    int failed;

    tcase_add_checked_fixture(served, setup, teardown);
    tcase_set_timeout(served, 60);
    tcase_set_timeout(alone, 60);
    tcase_add_test(served, every_method_carries_data);
    tcase_add_test(served, requests_in_flight_end_in_any_number);
    tcase_add_test(served, driver_sets_events_of_the_application);
    tcase_add_test(served, driver_sees_the_clients_process);
    tcase_add_test(served, interface_and_name_lead_to_the_same_device);
    tcase_add_test(served, blocked_requests_do_not_hold_up_others);
    tcase_add_test(served, cancel_ends_the_one_that_was_meant);
    tcase_add_test(served, cancels_race_with_everything);
    tcase_add_test(served, close_with_requests_outstanding_cancels_them);
    tcase_add_test(served, close_does_not_wait_for_a_kept_request);
    tcase_add_test(served, thousand_opens_leak_nothing_in_any_process);
    tcase_add_test(served, client_killed_in_flight_is_cleaned_up);
    tcase_add_test(served, killed_host_tells_everybody);
    tcase_add_test(served, killed_manager_tells_everybody);
    tcase_add_test(served, crash_is_reported_in_one_line);
    tcase_add_test(served, bug_check_is_reported_in_one_line);
    tcase_add_test(served, removal_with_open_handles_ends_their_requests);
    tcase_add_test(served, second_instance_gets_the_next_number);
    tcase_add_test(served, shell_reads_writes_and_controls);
    tcase_add_test(served, shell_says_what_went_wrong);
    tcase_add_test(served, misuse_names_the_drivers_call);
    tcase_add_test(served, stack_overflow_is_reported);
    tcase_add_test(alone, request_that_outlives_its_application_ends_the_host);
    tcase_add_test(alone, cleanup_that_takes_too_long_ends_the_host);
    tcase_add_loop_test(alone, driver_that_does_not_start_is_said_so, 0, 5);
    suite_add_tcase(suite, served);
    suite_add_tcase(suite, alone);
    runner_ = srunner_create(suite);
    srunner_run_all(runner_, CK_NORMAL);
    failed = srunner_ntests_failed(runner_);
    srunner_free(runner_);
    return failed != 0;
}
