/* SPDX-License-Identifier: MIT */
/* Frames: what is refused, and that refused descriptors are closed. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipc/channel.h"
#include "sys/fd.h"

static int sockets[2];

static void
setup(void)
{
    ck_assert_int_eq(channel_pair(sockets), 0);
}

static void
teardown(void)
{
    sys_fd_close(&sockets[0]);
    sys_fd_close(&sockets[1]);
}

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

START_TEST(frame_arrives_with_its_descriptors)
{
    union frame frame = {.opened = {.slots = 64, .arena_size = 4096}};
    int fds[CHANNEL_FDS_MAX];
    int sent[CHANNEL_FDS_MAX] = {open("/dev/null", O_RDONLY), open("/dev/zero", O_RDONLY)};

    ck_assert_int_eq(channel_send(sockets[0], &frame, FRAME_OPENED, sent), 0);
    memset(&frame, 0, sizeof(frame));
    ck_assert_int_eq(channel_receive(sockets[1], &frame, FRAME_FROM_REFLECTOR, fds), 1);
    ck_assert_uint_eq(frame.header.type, FRAME_OPENED);
    ck_assert_uint_eq(frame.opened.slots, 64);
    ck_assert_int_ge(fds[0], 0);
    ck_assert_int_ge(fds[1], 0);
    ck_assert_int_ne(fcntl(fds[0], F_GETFD) & FD_CLOEXEC, 0);
}
END_TEST

START_TEST(end_of_the_connection_is_zero)
{
    union frame frame;
    int fds[CHANNEL_FDS_MAX];

    sys_fd_close(&sockets[0]);
    ck_assert_int_eq(channel_receive(sockets[1], &frame, FRAME_FROM_CLIENT, fds), 0);
    ck_assert_int_eq(channel_send(sockets[1], &frame, FRAME_CLOSE, NULL), -EPIPE);
}
END_TEST

START_TEST(what_was_said_before_the_end_is_heard_though_the_other_did_not_listen)
{
    union frame frame = {.status = {.status = -5}};
    int fds[CHANNEL_FDS_MAX];

    ck_assert_int_eq(channel_send(sockets[0], &frame, FRAME_READY, NULL), 0);
    ck_assert_int_eq(channel_send(sockets[1], &frame, FRAME_HOST_REMOVE, NULL), 0);
    sys_fd_close(&sockets[0]);
    memset(&frame, 0, sizeof(frame));
    ck_assert_int_eq(channel_receive(sockets[1], &frame, FRAME_FROM_HOST, fds), 1);
    ck_assert_int_eq(frame.status.status, -5);
    ck_assert_int_eq(channel_receive(sockets[1], &frame, FRAME_FROM_HOST, fds), 0);
}
END_TEST

/* A frame that is right, for each sender; then each part of its header wrong. */
START_TEST(frame_is_checked)
{
    union frame frame = {.cancel = {.slot = 1}};
    struct frame_header *header = &frame.header;

    *header = (struct frame_header){.magic = FRAME_MAGIC,
                                    .version = FRAME_VERSION,
                                    .type = FRAME_CANCEL,
                                    .size = sizeof(frame.cancel)};
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 0), 0);
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_HOST, 0), -EPROTO);
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 1), -EPROTO);
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel) - 1, FRAME_FROM_CLIENT, 0), -EPROTO);
    ck_assert_int_eq(frame_check(&frame, 3, FRAME_FROM_CLIENT, 0), -EPROTO);
    header->size++;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 0), -EPROTO);
    header->size--;
    header->magic++;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 0), -EPROTO);
    header->magic--;
    header->version++;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 0), -EPROTO);
    header->version--;
    header->type = FRAME_TYPE_COUNT;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 0), -EPROTO);
    header->type = 0;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.cancel), FRAME_FROM_CLIENT, 0), -EPROTO);
}
END_TEST

START_TEST(text_without_an_end_is_refused)
{
    union frame frame;
    struct frame_header *header = &frame.header;

    memset(&frame, 'x', sizeof(frame));
    *header = (struct frame_header){.magic = FRAME_MAGIC,
                                    .version = FRAME_VERSION,
                                    .type = FRAME_OPEN,
                                    .size = sizeof(frame.open)};
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.open), FRAME_FROM_CLIENT, 0), -EPROTO);
    frame.open.open.name[FRAME_NAME_SIZE - 1] = '\0';
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.open), FRAME_FROM_CLIENT, 0), 0);
    header->type = FRAME_NAME;
    header->size = sizeof(frame.name);
    frame.name.name[FRAME_NAME_SIZE - 1] = '\0';
    memset(frame.name.guid, 'x', sizeof(frame.name.guid));
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.name), FRAME_FROM_HOST, 0), -EPROTO);
    frame.name.guid[0] = '\0';
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.name), FRAME_FROM_HOST, 0), 0);
}
END_TEST

START_TEST(data_that_claim_more_than_their_room_are_refused)
{
    union frame frame;

    memset(&frame, 0, sizeof(frame));
    frame.header = (struct frame_header){.magic = FRAME_MAGIC,
                                         .version = FRAME_VERSION,
                                         .type = FRAME_WMI_DONE,
                                         .size = sizeof(frame.wmi)};
    frame.wmi.call.size = FRAME_WMI_DATA;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.wmi), FRAME_FROM_HOST, 0), 0);
    frame.wmi.call.size++;
    ck_assert_int_eq(frame_check(&frame, sizeof(frame.wmi), FRAME_FROM_HOST, 0), -EPROTO);
}
END_TEST

static void
send_with_descriptors(const void *data, size_t size, const int *fds, unsigned count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int) * 8)];
    } control = {.bytes = {0}};
    struct iovec vector = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = CMSG_SPACE(sizeof(int) * count)};

    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * count);
    ck_assert_int_eq(sendmsg(sockets[0], &message, 0), (ssize_t)size);
}

START_TEST(descriptors_of_a_refused_frame_are_closed)
{
    union frame frame = {.header = {.magic = FRAME_MAGIC,
                                    .version = FRAME_VERSION,
                                    .type = FRAME_CLOSE,
                                    .size = sizeof(struct frame_plain)}};
    int many[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    int fds[CHANNEL_FDS_MAX];
    unsigned before = open_descriptors();
    unsigned count;

    for (count = 1; count <= 8; count++) {
        send_with_descriptors(&frame, sizeof(struct frame_plain), many, count);
        ck_assert_int_eq(channel_receive(sockets[1], &frame, FRAME_FROM_CLIENT, fds), -EPROTO);
        ck_assert_uint_eq(open_descriptors(), before);
    }
}
END_TEST

START_TEST(random_frames_are_refused_or_in_order)
{
    unsigned round;

    srand(5);
    for (round = 0; round < 20000; round++) {
        union frame frame;
        size_t size = (size_t)rand() % sizeof(frame);
        uint8_t *bytes = (uint8_t *)&frame;
        size_t i;

        for (i = 0; i < sizeof(frame); i++) {
            bytes[i] = (uint8_t)rand();
        }
        if (rand() % 2 != 0) {
            frame.header.magic = FRAME_MAGIC;
            frame.header.version = FRAME_VERSION;
            frame.header.type = (uint16_t)(rand() % (FRAME_TYPE_COUNT + 1));
            frame.header.size = (uint32_t)size;
        }
        if (frame_check(&frame, size, (enum frame_sender)(1 << rand() % 4), (unsigned)rand() % 3) ==
            0) {
            ck_assert_uint_lt(frame.header.type, FRAME_TYPE_COUNT);
            ck_assert_uint_eq(frame.header.size, size);
        }
    }
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("channel");
    Suite *suite = suite_create("channel");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, frame_arrives_with_its_descriptors);
    tcase_add_test(tcase, end_of_the_connection_is_zero);
    tcase_add_test(tcase, what_was_said_before_the_end_is_heard_though_the_other_did_not_listen);
    tcase_add_test(tcase, frame_is_checked);
    tcase_add_test(tcase, text_without_an_end_is_refused);
    tcase_add_test(tcase, data_that_claim_more_than_their_room_are_refused);
    tcase_add_test(tcase, descriptors_of_a_refused_frame_are_closed);
    tcase_add_test(tcase, random_frames_are_refused_or_in_order);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
