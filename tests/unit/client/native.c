/* SPDX-License-Identifier: MIT */
/* The native client API against the real reflector and a host that answers by simple rules. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_stack.h"
#include "ipc/channel.h"
#include "ipc/names.h"
#include "ipc/ring.h"
#include "ipc/ring_wait.h"
#include "openwdf/client.h"

#define TERMINATED OWDF_STATUS_DRIVER_PROCESS_TERMINATED

static owdf_handle *handle;

static owdf_handle *
open_fake(uint32_t depth, uint64_t arena_size)
{
    struct owdf_open_options options = {
        .size = sizeof(options), .depth = depth, .arena_size = arena_size};
    owdf_handle *opened = NULL;
    int32_t status = 1;

    ck_assert_int_eq(owdf_open_with(FAKE_PATH, &options, &opened, &status), 0);
    ck_assert_int_eq(status, 0);
    return opened;
}

static void
setup(void)
{
    fake_stack_start(0);
    handle = open_fake(8, 1 << 20);
}

static void
teardown(void)
{
    owdf_close(handle);
    fake_stack_stop();
}

/* ---- Opening ---- */

START_TEST(unknown_name_is_not_found)
{
    owdf_handle *other;
    int32_t status;
    struct owdf_open_options options = {.size = sizeof(options)};

    ck_assert_int_eq(owdf_open("\\\\.\\Nobody", OWDF_OPEN_READ, &other), -ENOENT);
    ck_assert_int_eq(owdf_open_with("\\\\.\\Nobody", &options, &other, &status), -ENOENT);
    ck_assert_int_eq(status, OWDF_STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(refused_open_gives_the_drivers_status)
{
    struct owdf_open_options options = {.size = sizeof(options)};
    owdf_handle *other = NULL;
    int32_t status = 0;

    ck_assert_int_eq(owdf_open_with(FAKE_DENIED_PATH, &options, &other, &status), -EACCES);
    ck_assert_int_eq(status, (int32_t)0xC0000022);
    ck_assert_ptr_null(other);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    struct owdf_open_options options = {.size = sizeof(options), .depth = OWDF_DEPTH_MAX + 1};
    struct owdf_io io = {.operation = (enum owdf_operation)9};
    struct owdf_result result;
    owdf_handle *other;
    uint64_t token;

    ck_assert_int_eq(owdf_open_with(FAKE_PATH, &options, &other, NULL), -EINVAL);
    options = (struct owdf_open_options){.size = 4};
    ck_assert_int_eq(owdf_open_with(FAKE_PATH, &options, &other, NULL), -EINVAL);
    ck_assert_int_eq(owdf_open(FAKE_PATH, 0x80, &other), -EINVAL);
    ck_assert_int_eq(owdf_open(NULL, 0, &other), -EINVAL);
    ck_assert_int_eq(owdf_submit(handle, &io, &token), -EINVAL);
    ck_assert_int_eq(owdf_submit(NULL, &io, &token), -EINVAL);
    ck_assert_int_eq(owdf_read(handle, NULL, 5, 0, &result), -EFAULT);
    ck_assert_int_eq(result.status, OWDF_STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(owdf_finish(handle, 0, 0, &result), -ENOENT);
    ck_assert_int_eq(owdf_finish(handle, UINT64_MAX, 0, &result), -ENOENT);
    ck_assert_int_eq(owdf_cancel(handle, 12345), -ENOENT);
    owdf_close(NULL);
    owdf_buffer_free(handle, &io);
}
END_TEST

static unsigned
open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

static bool
one_connection(void)
{
    return fake_stack_connections() == 1;
}

START_TEST(thousand_opens_leak_no_descriptor)
{
    unsigned before;
    unsigned i;

    owdf_close(open_fake(2, 1 << 16));
    fake_wait_until(one_connection);
    before = open_descriptors();
    for (i = 0; i < 1000; i++) {
        owdf_close(open_fake(2, 1 << 16));
    }
    fake_wait_until(one_connection);
    ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

/* ---- Transfers ---- */

static const uint32_t sizes[] = {0, 1, 16, 80, 81, 4096, 5000, 200000};

START_TEST(ioctl_carries_any_size_both_ways)
{
    uint32_t size = sizes[_i];
    uint8_t *in = malloc(size + 1);
    uint8_t *out = malloc(size + 1);
    struct owdf_result result;
    uint32_t i;

    for (i = 0; i < size; i++) {
        in[i] = (uint8_t)(i * 7);
    }
    out[size] = 0xAA;
    ck_assert_int_eq(owdf_ioctl(handle, FAKE_ECHO, in, size, out, size, &result), 0);
    ck_assert_int_eq(result.status, 0);
    ck_assert_uint_eq(result.information, size);
    ck_assert_int_eq(memcmp(in, out, size), 0);
    ck_assert_uint_eq(out[size], 0xAA);
    free(in);
    free(out);
}
END_TEST

START_TEST(read_and_write_carry_any_size)
{
    uint32_t size = sizes[_i];
    uint8_t *buffer = calloc(1, size + 1);
    struct owdf_result result;
    int32_t sum = 0;
    uint32_t i;

    ck_assert_int_eq(owdf_read(handle, buffer, size, 3, &result), 0);
    ck_assert_uint_eq(result.information, size);
    for (i = 0; i < size; i++) {
        ck_assert_uint_eq(buffer[i], (uint8_t)(3 + i));
        sum += buffer[i];
    }
    ck_assert_int_eq(owdf_write(handle, buffer, size, 0, &result), 0);
    ck_assert_int_eq(result.status, sum);
    ck_assert_uint_eq(result.information, size);
    free(buffer);
}
END_TEST

START_TEST(arena_buffer_travels_in_place)
{
    uint8_t *buffer = owdf_buffer_alloc(handle, 70000);
    uint8_t *other = owdf_buffer_alloc(handle, 100);
    struct owdf_result result;

    ck_assert_ptr_nonnull(buffer);
    ck_assert_ptr_nonnull(other);
    ck_assert_uint_eq((uintptr_t)buffer % 4096, 0);
    ck_assert_int_eq(owdf_read(handle, buffer + 5, 60000, 1, &result), 0);
    ck_assert_uint_eq(buffer[5], 1);
    ck_assert_uint_eq(buffer[5 + 59999], (uint8_t)60000);
    memcpy(other, "zero copy", 9);
    ck_assert_int_eq(owdf_ioctl(handle, FAKE_ECHO, other, 9, buffer, 9, &result), 0);
    ck_assert_mem_eq(buffer, "zero copy", 9);
    owdf_buffer_free(handle, buffer);
    owdf_buffer_free(handle, other);
    ck_assert_ptr_null(owdf_buffer_alloc(handle, 2 << 20));
    ck_assert_ptr_null(owdf_buffer_alloc(handle, 0));
    buffer = owdf_buffer_alloc(handle, 1 << 20);
    ck_assert_ptr_nonnull(buffer);
}
END_TEST

/* With the direct methods the driver works in the caller's buffer, so what is in it gets there. */
START_TEST(direct_output_buffer_travels_both_ways)
{
    uint8_t small[4] = {1, 2, 3, 4};
    uint8_t large[300];
    struct owdf_result result;

    memset(large, 9, sizeof(large));
    ck_assert_int_eq(owdf_ioctl(handle, FAKE_ECHO_DIRECT, NULL, 0, small, 4, &result), 0);
    ck_assert_mem_eq(small, "\2\3\4\5", 4);
    ck_assert_int_eq(owdf_ioctl(handle, FAKE_ECHO_DIRECT, NULL, 0, large, 300, &result), 0);
    ck_assert_uint_eq(large[0], 10);
    ck_assert_uint_eq(large[299], 10);
}
END_TEST

START_TEST(request_larger_than_the_arena_is_refused)
{
    uint8_t *buffer = malloc(2 << 20);
    struct owdf_result result;

    ck_assert_int_eq(owdf_read(handle, buffer, 2 << 20, 0, &result), -EMSGSIZE);
    ck_assert_int_eq(result.status, OWDF_STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_int_eq(owdf_read(handle, buffer, 1 << 20, 0, &result), 0);
    free(buffer);
}
END_TEST

/* ---- Statuses ---- */

static int
ask_for(int32_t status, uint64_t information, void *out, size_t out_size,
        struct owdf_result *result)
{
    struct fake_result wanted = {.status = status, .information = information};

    return owdf_ioctl(handle, FAKE_RESULT, &wanted, sizeof(wanted), out, out_size, result);
}

START_TEST(status_and_information_arrive_unchanged)
{
    struct owdf_result result;
    char out[8] = "-------";

    ck_assert_int_eq(ask_for((int32_t)0xC0000023, 99, out, 4, &result), -ENOSPC);
    ck_assert_int_eq(result.status, (int32_t)0xC0000023);
    ck_assert_uint_eq(result.information, 99);
    ck_assert_str_eq(out, "-------");
    ck_assert_int_eq(ask_for(0x103, 2, out, 4, &result), 0);
    ck_assert_str_eq(out, "rr-----");
    ck_assert_int_eq(ask_for((int32_t)0x80000005, 4, out, 4, &result), -EMSGSIZE);
    ck_assert_str_eq(out, "rrrr---");
    ck_assert_int_eq(ask_for((int32_t)0xE0001234, 0, out, 4, &result), -EIO);
}
END_TEST

START_TEST(information_beyond_the_buffer_copies_only_the_buffer)
{
    struct owdf_result result;
    char out[200];

    memset(out, '-', sizeof(out));
    ck_assert_int_eq(ask_for(0, UINT64_MAX, out, 4, &result), 0);
    ck_assert_uint_eq(result.information, UINT64_MAX);
    ck_assert_int_eq(out[3], 'r');
    ck_assert_int_eq(out[4], '-');
    ck_assert_int_eq(ask_for(0, 1 << 30, out, 150, &result), 0);
    ck_assert_int_eq(out[149], 'r');
    ck_assert_int_eq(out[150], '-');
}
END_TEST

START_TEST(statuses_have_names_and_win32_codes)
{
    ck_assert_str_eq(owdf_status_name(TERMINATED), "STATUS_DRIVER_PROCESS_TERMINATED");
    ck_assert_uint_eq(owdf_status_to_win32(TERMINATED), 1291);
    ck_assert_str_eq(owdf_win32_name(1291), "ERROR_DRIVER_PROCESS_TERMINATED");
    ck_assert_int_eq(owdf_status_to_errno(TERMINATED), -EPIPE);
    ck_assert_uint_eq(owdf_status_to_win32((int32_t)0xC0000120), 995);
    ck_assert_uint_eq(owdf_status_to_win32((int32_t)0xC0000010), 1);
    ck_assert_uint_eq(owdf_status_to_win32((int32_t)0xC0070005), 5);
    ck_assert_uint_eq(owdf_status_to_win32((int32_t)0xE0001234), 317);
    ck_assert_ptr_null(owdf_status_name((int32_t)0xE0001234));
    ck_assert_int_eq(owdf_status_to_errno(0), 0);
    ck_assert_int_eq(owdf_status_to_errno(0x103), 0);
}
END_TEST

/* ---- Asynchronous ---- */

static int
submit(uint32_t code, uint64_t cookie, uint64_t *ret_token)
{
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = code, .cookie = cookie};

    return owdf_submit(handle, &io, ret_token);
}

static unsigned pending_wanted;

static bool
pending_reached(void)
{
    return fake_stack_pending() == pending_wanted;
}

static void
wait_pending(unsigned count)
{
    pending_wanted = count;
    fake_wait_until(pending_reached);
}

START_TEST(reaped_requests_bring_cookie_and_data)
{
    uint8_t data[8][100];
    bool seen[8] = {false};
    unsigned done = 0;
    unsigned i;

    for (i = 0; i < 8; i++) {
        struct owdf_io io = {.operation = OWDF_OP_READ,
                             .out = data[i],
                             .out_size = i % 2 != 0 ? 100 : 10,
                             .offset = i,
                             .cookie = i};

        ck_assert_int_eq(owdf_submit(handle, &io, NULL), 0);
    }
    while (done < 8) {
        struct owdf_completion completions[3];
        int n;
        int k;

        ck_assert_int_eq(owdf_wait(handle, -1), 1);
        n = owdf_reap(handle, completions, 3);
        ck_assert_int_ge(n, 0);
        for (k = 0; k < n; k++) {
            uint64_t cookie = completions[k].cookie;

            ck_assert_uint_lt(cookie, 8);
            ck_assert(!seen[cookie]);
            seen[cookie] = true;
            ck_assert_int_eq(completions[k].status, 0);
            ck_assert_uint_eq(completions[k].information, cookie % 2 != 0 ? 100 : 10);
            ck_assert_uint_eq(data[cookie][9], cookie + 9);
        }
        done += (unsigned)n;
    }
    ck_assert_int_eq(owdf_wait(handle, 0), 0);
}
END_TEST

START_TEST(full_ring_says_again)
{
    struct owdf_completion completion;
    uint64_t tokens[8];
    unsigned i;

    for (i = 0; i < 8; i++) {
        ck_assert_int_eq(submit(FAKE_PEND, i, &tokens[i]), 0);
    }
    ck_assert_int_eq(submit(FAKE_PEND, 9, NULL), -EAGAIN);
    wait_pending(8);
    ck_assert_int_eq(owdf_cancel(handle, tokens[3]), 0);
    ck_assert_int_eq(owdf_wait(handle, -1), 1);
    ck_assert_int_eq(owdf_reap(handle, &completion, 1), 1);
    ck_assert_uint_eq(completion.cookie, 3);
    ck_assert_uint_eq(completion.token, tokens[3]);
    ck_assert_int_eq(completion.status, OWDF_STATUS_CANCELLED);
    ck_assert_int_eq(submit(FAKE_PEND, 9, NULL), 0);
}
END_TEST

static bool
readable(int fd, int timeout_ms)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};

    return poll(&event, 1, timeout_ms) == 1;
}

START_TEST(poll_descriptor_is_readable_while_there_is_something)
{
    struct owdf_completion completions[4];
    uint64_t token;
    int fd = owdf_poll_fd(handle);
    unsigned round;

    ck_assert(!readable(fd, 0));
    for (round = 0; round < 3; round++) {
        ck_assert_int_eq(submit(FAKE_PEND, 1, &token), 0);
        wait_pending(1);
        ck_assert(!readable(fd, 0));
        ck_assert_int_eq(owdf_cancel(handle, token), 0);
        ck_assert(readable(fd, -1));
        ck_assert_int_eq(owdf_reap(handle, completions, 4), 1);
        ck_assert(!readable(fd, 0));
    }
}
END_TEST

START_TEST(wait_ends_at_its_timeout)
{
    uint64_t token;

    ck_assert_int_eq(submit(FAKE_PEND, 1, &token), 0);
    ck_assert_int_eq(owdf_wait(handle, 5), 0);
    wait_pending(1);
    ck_assert_int_eq(owdf_cancel(handle, token), 0);
    ck_assert_int_eq(owdf_wait(handle, -1), 1);
}
END_TEST

START_TEST(named_request_survives_a_timeout)
{
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = FAKE_PEND};
    struct owdf_completion completion;
    struct owdf_result result;
    uint64_t token;

    ck_assert_int_eq(owdf_start(handle, &io, &token), 0);
    ck_assert_int_eq(owdf_finish(handle, token, 0, &result), -ETIMEDOUT);
    ck_assert_int_eq(owdf_finish(handle, token, 5, &result), -ETIMEDOUT);
    wait_pending(1);
    ck_assert_int_eq(owdf_cancel(handle, token), 0);
    ck_assert_int_eq(owdf_finish(handle, token, -1, &result), -ECANCELED);
    ck_assert_int_eq(result.status, OWDF_STATUS_CANCELLED);
    ck_assert_int_eq(owdf_finish(handle, token, -1, &result), -ENOENT);
    ck_assert_int_eq(owdf_cancel(handle, token), -ENOENT);
    ck_assert_int_eq(owdf_reap(handle, &completion, 1), 0);
}
END_TEST

static void *
pend_thread(void *argument)
{
    struct owdf_result result;

    (void)argument;
    (void)owdf_ioctl(handle, FAKE_PEND, NULL, 0, NULL, 0, &result);
    return (void *)(intptr_t)result.status;
}

START_TEST(cancel_all_ends_synchronous_calls_too)
{
    struct owdf_completion completion;
    pthread_t threads[3];
    unsigned i;

    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, pend_thread, NULL), 0);
    }
    ck_assert_int_eq(submit(FAKE_PEND, 7, NULL), 0);
    wait_pending(4);
    ck_assert_int_eq(owdf_cancel_all(handle), 0);
    for (i = 0; i < 3; i++) {
        void *status;

        pthread_join(threads[i], &status);
        ck_assert_int_eq((int32_t)(intptr_t)status, OWDF_STATUS_CANCELLED);
    }
    ck_assert_int_eq(owdf_wait(handle, -1), 1);
    ck_assert_int_eq(owdf_reap(handle, &completion, 1), 1);
    ck_assert_uint_eq(completion.cookie, 7);
}
END_TEST

/* More threads than slots: the others wait for a free one. */
static void *
busy_thread(void *argument)
{
    unsigned i;

    for (i = 0; i < 300; i++) {
        uint8_t in[200];
        uint8_t out[200] = {0};
        struct owdf_result result;

        memset(in, (int)(i + (uintptr_t)argument), sizeof(in));
        if (owdf_ioctl(handle, FAKE_ECHO, in, sizeof(in), out, sizeof(out), &result) != 0 ||
            memcmp(in, out, sizeof(in)) != 0) {
            return "wrong answer";
        }
    }
    return NULL;
}

START_TEST(more_threads_than_slots_take_turns)
{
    pthread_t threads[12];
    uintptr_t i;

    for (i = 0; i < 12; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, busy_thread, (void *)i), 0);
    }
    for (i = 0; i < 12; i++) {
        void *problem;

        pthread_join(threads[i], &problem);
        ck_assert_msg(problem == NULL, "%s", (char *)problem);
    }
}
END_TEST

START_TEST(close_cancels_what_is_outstanding)
{
    owdf_handle *other = open_fake(4, 1 << 16);
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = FAKE_PEND};
    uint64_t token;

    ck_assert_int_eq(owdf_submit(other, &io, NULL), 0);
    ck_assert_int_eq(owdf_start(other, &io, &token), 0);
    wait_pending(2);
    owdf_close(other);
    ck_assert_uint_eq(fake_stack_pending(), 0);
}
END_TEST

/* ---- Death ---- */

START_TEST(death_of_the_host_ends_every_call_once)
{
    struct owdf_completion completions[8];
    struct owdf_result result;
    struct owdf_io io = {.operation = OWDF_OP_IOCTL, .code = FAKE_PEND};
    owdf_handle *other;
    pthread_t threads[3];
    uint64_t token;
    int32_t status;
    struct owdf_open_options options = {.size = sizeof(options)};
    unsigned i;
    int fd = owdf_poll_fd(handle);

    for (i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, pend_thread, NULL), 0);
    }
    ck_assert_int_eq(submit(FAKE_PEND, 1, NULL), 0);
    ck_assert_int_eq(submit(FAKE_PEND, 2, NULL), 0);
    ck_assert_int_eq(owdf_start(handle, &io, &token), 0);
    wait_pending(6);
    fake_stack_kill_host();
    for (i = 0; i < 3; i++) {
        void *ended;

        pthread_join(threads[i], &ended);
        ck_assert_int_eq((int32_t)(intptr_t)ended, TERMINATED);
    }
    ck_assert_int_eq(owdf_finish(handle, token, -1, &result), -EPIPE);
    ck_assert_int_eq(result.status, TERMINATED);
    ck_assert(readable(fd, -1));
    ck_assert_int_eq(owdf_wait(handle, -1), 1);
    ck_assert_int_eq(owdf_reap(handle, completions, 8), 2);
    ck_assert_int_eq(completions[0].status, TERMINATED);
    ck_assert_int_eq(completions[1].status, TERMINATED);
    ck_assert_uint_eq(completions[0].cookie + completions[1].cookie, 3);
    ck_assert_int_eq(owdf_reap(handle, completions, 8), 0);
    ck_assert_int_eq(owdf_wait(handle, -1), -EPIPE);
    ck_assert_int_eq(submit(FAKE_ECHO, 0, NULL), -EPIPE);
    ck_assert_int_eq(owdf_flush(handle, &result), -EPIPE);
    ck_assert_int_eq(result.status, TERMINATED);
    ck_assert_int_eq(owdf_open_with(FAKE_PATH, &options, &other, &status), -EPIPE);
    ck_assert_int_eq(status, TERMINATED);
}
END_TEST

static bool
condemned(void)
{
    return fake_stack_condemned()[0] != '\0';
}

START_TEST(cleanup_that_does_not_end_condemns_the_host)
{
    owdf_handle *late;

    fake_stack_start(50);
    late = open_fake(4, 1 << 16);
    fake_stack_ignore_cleanup();
    owdf_close(late);
    fake_wait_until(condemned);
    ck_assert_ptr_nonnull(strstr(fake_stack_condemned(), "cleanup"));
    fake_stack_stop();
}
END_TEST

/* ---- A hostile client ---- */

static int
raw_connection(void)
{
    struct names names;
    const char *name;
    int fd;

    ck_assert_int_eq(names_open(&names, false), 0);
    fd = names_connect(&names, FAKE_PATH, &name);
    ck_assert_int_ge(fd, 0);
    return fd;
}

/* Whether the reflector closed the connection. */
static bool
dropped(int fd)
{
    char byte;

    return recv(fd, &byte, 1, 0) <= 0;
}

START_TEST(garbage_costs_only_the_own_connection)
{
    union frame frame = {.cancel = {.slot = 1}};
    struct owdf_result result;
    int fd = raw_connection();

    ck_assert_int_eq(send(fd, "garbage", 7, 0), 7);
    ck_assert(dropped(fd));
    close(fd);
    fd = raw_connection();
    ck_assert_int_eq(channel_send(fd, &frame, FRAME_CANCEL, NULL), 0);
    ck_assert(dropped(fd));
    close(fd);
    fd = raw_connection();
    ck_assert_int_eq(channel_send(fd, &frame, FRAME_READY, NULL), 0);
    ck_assert(dropped(fd));
    close(fd);
    ck_assert_int_eq(owdf_flush(handle, &result), 0);
}
END_TEST

START_TEST(client_that_breaks_the_ring_loses_it)
{
    union frame frame = {.open = {.open = {.name = "Fake", .slots = 4, .arena_size = 1 << 16}}};
    struct ring_geometry geometry;
    struct owdf_result result;
    struct ring ring;
    int fds[CHANNEL_FDS_MAX];
    int fd = raw_connection();

    ck_assert_int_eq(channel_send(fd, &frame, FRAME_OPEN, NULL), 0);
    ck_assert_int_eq(channel_receive(fd, &frame, FRAME_FROM_REFLECTOR, fds), 1);
    ck_assert_int_eq(ring_geometry_accept(&geometry, frame.opened.slots, frame.opened.arena_size),
                     0);
    ck_assert_int_eq(ring_map(&ring, &geometry, fds[0]), 0);
    ring.submissions[0] = (uint64_t)1 << 32 | 0xDEAD;
    ring.header->server_sleeps = 0;
    ring_kick_server(&ring);
    ck_assert(dropped(fd));
    close(fd);
    ring_unmap(&ring);
    ck_assert_int_eq(owdf_flush(handle, &result), 0);
}
END_TEST

START_TEST(client_that_vanishes_is_cleaned_up)
{
    union frame frame = {.open = {.open = {.name = "Fake"}}};
    int fds[CHANNEL_FDS_MAX];
    int fd = raw_connection();

    ck_assert_int_eq(channel_send(fd, &frame, FRAME_OPEN, NULL), 0);
    ck_assert_int_eq(channel_receive(fd, &frame, FRAME_FROM_REFLECTOR, fds), 1);
    ck_assert_uint_eq(fake_stack_connections(), 2);
    close(fds[0]);
    close(fds[1]);
    close(fd);
    fake_wait_until(one_connection);
}
END_TEST

/* ---- Lists ---- */

START_TEST(what_is_there_is_listed)
{
    struct owdf_interface *list;
    struct owdf_device *devices;
    size_t count;

    ck_assert_int_eq(owdf_names(&list, &count), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(list[0].path, FAKE_PATH);
    ck_assert_str_eq(list[0].device_id, FAKE_ID);
    owdf_list_free(list);
    ck_assert_int_eq(owdf_interfaces("CDC35B6E-0be4-4936-bf5f-5537380a7c1a", &list, &count), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(list[0].path, "\\\\?\\ROOT#FAKE#0000#" FAKE_GUID);
    ck_assert_str_eq(list[0].guid, FAKE_GUID);
    owdf_list_free(list);
    ck_assert_int_eq(owdf_interfaces("{0}", &list, &count), -EINVAL);
    ck_assert_int_eq(owdf_interfaces("00000000-0be4-4936-bf5f-5537380a7c1a", &list, &count), 0);
    ck_assert_uint_eq(count, 0);
    owdf_list_free(list);
    ck_assert_int_eq(owdf_devices(&devices, &count), 0);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(devices[0].id, FAKE_ID);
    ck_assert_str_eq(devices[0].description, "A fake");
    ck_assert_str_eq(devices[0].hardware_id, "ROOT\\FAKE");
    ck_assert_int_eq(devices[0].host_pid, getpid());
    ck_assert_int_eq(devices[0].problem, 0);
    owdf_list_free(devices);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("native");
    TCase *timeouts = tcase_create("timeouts");
    Suite *suite = suite_create("client");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, unknown_name_is_not_found);
    tcase_add_test(tcase, refused_open_gives_the_drivers_status);
    tcase_add_test(tcase, wrong_arguments_are_refused);
    tcase_add_test(tcase, thousand_opens_leak_no_descriptor);
    tcase_add_loop_test(tcase, ioctl_carries_any_size_both_ways, 0,
                        sizeof(sizes) / sizeof(sizes[0]));
    tcase_add_loop_test(tcase, read_and_write_carry_any_size, 0, sizeof(sizes) / sizeof(sizes[0]));
    tcase_add_test(tcase, arena_buffer_travels_in_place);
    tcase_add_test(tcase, direct_output_buffer_travels_both_ways);
    tcase_add_test(tcase, request_larger_than_the_arena_is_refused);
    tcase_add_test(tcase, status_and_information_arrive_unchanged);
    tcase_add_test(tcase, information_beyond_the_buffer_copies_only_the_buffer);
    tcase_add_test(tcase, statuses_have_names_and_win32_codes);
    tcase_add_test(tcase, reaped_requests_bring_cookie_and_data);
    tcase_add_test(tcase, full_ring_says_again);
    tcase_add_test(tcase, poll_descriptor_is_readable_while_there_is_something);
    tcase_add_test(tcase, wait_ends_at_its_timeout);
    tcase_add_test(tcase, named_request_survives_a_timeout);
    tcase_add_test(tcase, cancel_all_ends_synchronous_calls_too);
    tcase_add_test(tcase, more_threads_than_slots_take_turns);
    tcase_add_test(tcase, close_cancels_what_is_outstanding);
    tcase_add_test(tcase, death_of_the_host_ends_every_call_once);
    tcase_add_test(tcase, garbage_costs_only_the_own_connection);
    tcase_add_test(tcase, client_that_breaks_the_ring_loses_it);
    tcase_add_test(tcase, client_that_vanishes_is_cleaned_up);
    tcase_add_test(tcase, what_is_there_is_listed);
    tcase_add_test(timeouts, cleanup_that_does_not_end_condemns_the_host);
    suite_add_tcase(suite, tcase);
    suite_add_tcase(suite, timeouts);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
