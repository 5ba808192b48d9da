/* SPDX-License-Identifier: MIT */
/* Hearing of what comes and goes in the session. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/names_watch.h"
#include "sys/fd.h"

#define GUID       "{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}"
#define OTHER_GUID "{cdc35b6f-0be4-4936-bf5f-5537380a7c1a}"
#define ECHO       "ROOT\\ECHO\\0000"
#define OTHER      "ROOT\\OTHER\\0000"

static char folder[] = "/tmp/openwdf-watch-XXXXXX";
static char runtime[64];
static struct names names;
static struct names_watch *watch;
static int echo_socket;

static char heard[64 * 1024]; /* "+name " for an arrival, "-name " for a removal, … */

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(runtime, sizeof(runtime), "%s/run", folder);
    setenv("OPENWDF_RUNTIME_DIR", runtime, 1);
    ck_assert_int_eq(names_open(&names, true), 0);
    echo_socket = names_listen(&names, ECHO);
    ck_assert_int_ge(echo_socket, 0);
    ck_assert_int_eq(names_watch_open(&names, &watch), 0);
}

static void
teardown(void)
{
    char command[128];

    names_watch_close(watch);
    sys_fd_close(&echo_socket);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void
hear(void *argument, const struct names_event *event)
{
    static const char marks[NAMES_EVENT_KINDS] = {'+', '-', 'E', 'S', 's', 'R'};
    size_t used = strlen(heard);

    ck_assert_ptr_eq(argument, heard);
    ck_assert_str_eq(event->device_id, strncmp(event->name, "Other", 5) == 0 ? OTHER : ECHO);
    ck_assert_str_eq(event->guid, event->kind <= NAMES_INTERFACE_REMOVED ? GUID : "");
    (void)snprintf(heard + used, sizeof(heard) - used, "%c%s ", marks[event->kind], event->name);
}

static const char *
poll_now(void)
{
    heard[0] = '\0';
    names_watch_poll(watch, hear, heard);
    return heard;
}

static int
count_one(void *argument, const char *guid, const char *name, const char *device_id)
{
    (void)guid;
    (void)name;
    (void)device_id;
    ++*(unsigned *)argument;
    return 0;
}

static unsigned
known(void)
{
    unsigned count = 0;

    ck_assert_int_eq(names_watch_known(watch, GUID, count_one, &count), 0);
    return count;
}

START_TEST(changes_are_heard_in_order_and_in_their_own_spelling)
{
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "First#Aa"), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Second"), 0);
    names_withdraw(&names, ECHO, GUID, "First#Aa");
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "First#Aa"), 0);
    ck_assert_str_eq(poll_now(), "+First#Aa +Second -First#Aa +First#Aa ");
    ck_assert_str_eq(poll_now(), "");
    ck_assert_uint_eq(known(), 2);
}
END_TEST

START_TEST(only_classes_that_were_asked_for_are_heard_of)
{
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Before"), 0);
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    ck_assert_uint_eq(known(), 1);
    ck_assert_int_eq(names_publish(&names, ECHO, OTHER_GUID, "Elsewhere"), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, "", "DosName"), 0);
    ck_assert_str_eq(poll_now(), "");
    names_withdraw(&names, ECHO, GUID, "Before");
    ck_assert_str_eq(poll_now(), "-Before ");
    ck_assert_uint_eq(known(), 0);
}
END_TEST

START_TEST(publishing_twice_is_one_arrival_and_withdrawing_nothing_is_none)
{
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Once"), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "once"), 0);
    names_withdraw(&names, OTHER, GUID, "Once");
    names_withdraw(&names, ECHO, GUID, "Never");
    ck_assert_str_eq(poll_now(), "+Once ");
}
END_TEST

START_TEST(a_dead_stack_s_interfaces_are_heard_to_go)
{
    int other = names_listen(&names, OTHER);

    ck_assert_int_ge(other, 0);
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    ck_assert_int_eq(names_publish(&names, OTHER, GUID, "Other1"), 0);
    ck_assert_int_eq(names_publish(&names, OTHER, GUID, "Other2"), 0);
    ck_assert_str_eq(poll_now(), "+Other1 +Other2 ");
    sys_fd_close(&other);
    names_forget_stack(&names, OTHER);
    ck_assert_uint_eq(strlen(poll_now()), strlen("-Other1 -Other2 "));
    ck_assert_uint_eq(known(), 0);
}
END_TEST

START_TEST(devices_are_heard_of)
{
    names_say_device(&names, ECHO, "TOASTER\\X\\1", NAMES_DEVICE_ENUMERATED);
    names_say_device(&names, ECHO, "TOASTER\\X\\1", NAMES_DEVICE_STARTED);
    names_say_device(&names, ECHO, "TOASTER\\X\\1", NAMES_DEVICE_STOPPED);
    names_say_device(&names, ECHO, "TOASTER\\X\\1", NAMES_DEVICE_REMOVED);
    ck_assert_str_eq(poll_now(), "ETOASTER\\X\\1 STOASTER\\X\\1 sTOASTER\\X\\1 RTOASTER\\X\\1 ");
}
END_TEST

START_TEST(the_descriptor_says_when_to_poll)
{
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    ck_assert_int_eq(sys_fd_wait(names_watch_fd(watch), SYS_FD_READABLE, 0), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Now"), 0);
    ck_assert_int_ne(sys_fd_wait(names_watch_fd(watch), SYS_FD_READABLE, 0), 0);
    ck_assert_str_eq(poll_now(), "+Now ");
    ck_assert_int_eq(sys_fd_wait(names_watch_fd(watch), SYS_FD_READABLE, 0), 0);
}
END_TEST

/* Each round is more than a hundred bytes of journal. */
static void
flap(unsigned rounds)
{
    unsigned i;

    for (i = 0; i < rounds; i++) {
        ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Flapping"), 0);
        names_withdraw(&names, ECHO, GUID, "Flapping");
    }
}

START_TEST(nothing_is_lost_when_the_journal_goes_on_in_another_file)
{
    unsigned rounds = 0;
    unsigned i;

    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    for (i = 0; i < 15; i++) {
        const char *text;

        flap(100);
        for (text = poll_now(); *text != '\0'; rounds++) {
            ck_assert_int_eq(strncmp(text, "+Flapping -Flapping ", 20), 0);
            text += 20;
        }
    }
    ck_assert_uint_eq(rounds, 1500);
    ck_assert_int_eq(access(strcat(strcpy(heard, runtime), "/events.old"), F_OK), 0);
}
END_TEST

START_TEST(who_missed_a_whole_file_hears_of_the_difference)
{
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Goes"), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Stays"), 0);
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    flap(800);
    names_withdraw(&names, ECHO, GUID, "Goes");
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Comes"), 0);
    flap(800);
    (void)poll_now();
    ck_assert_ptr_nonnull(strstr(heard, "-Goes "));
    ck_assert_ptr_nonnull(strstr(heard, "+Comes "));
    ck_assert_ptr_null(strstr(heard, "Stays"));
    ck_assert_uint_eq(known(), 2);
    names_withdraw(&names, ECHO, GUID, "Stays");
    ck_assert_str_eq(poll_now(), "-Stays ");
}
END_TEST

START_TEST(what_is_no_event_is_passed_over)
{
    static const char rubbish[] = "\n+I\n+I x y z\n+Q {} a b\n*D -  \n+I " GUID
                                  " a b c\n\xff\xfe\n+I " GUID " %zz X.sock\n+I " GUID " torn";
    char path[128];
    int fd;

    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    (void)snprintf(path, sizeof(path), "%s/events", runtime);
    fd = open(path, O_WRONLY | O_APPEND);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, rubbish, sizeof(rubbish) - 1), sizeof(rubbish) - 1);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_str_eq(poll_now(), "");
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "Good"), 0);
    ck_assert_str_eq(poll_now(), "+Good ");
}
END_TEST

/* Another process publishes while this one begins to listen: each interface is known or heard of, once. */
START_TEST(who_begins_in_the_middle_gets_each_once)
{
    pid_t pid = fork();
    unsigned arrivals = 0;
    const char *text;
    unsigned i;
    int status;

    if (pid == 0) {
        for (i = 0; i < 100; i++) {
            char name[32];

            (void)snprintf(name, sizeof(name), "Interface%u", i);
            if (names_publish(&names, ECHO, GUID, name) != 0) {
                _exit(1);
            }
        }
        _exit(0);
    }
    ck_assert_int_eq(names_watch_class(watch, GUID, hear, heard), 0);
    i = known();
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    for (text = poll_now(); (text = strchr(text, '+')) != NULL; text++) {
        arrivals++;
    }
    ck_assert_uint_eq(i + arrivals, 100);
    ck_assert_uint_eq(known(), 100);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ipc/names_watch");
    TCase *tcase = tcase_create("watch");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, changes_are_heard_in_order_and_in_their_own_spelling);
    tcase_add_test(tcase, only_classes_that_were_asked_for_are_heard_of);
    tcase_add_test(tcase, publishing_twice_is_one_arrival_and_withdrawing_nothing_is_none);
    tcase_add_test(tcase, a_dead_stack_s_interfaces_are_heard_to_go);
    tcase_add_test(tcase, devices_are_heard_of);
    tcase_add_test(tcase, the_descriptor_says_when_to_poll);
    tcase_add_test(tcase, nothing_is_lost_when_the_journal_goes_on_in_another_file);
    tcase_add_test(tcase, who_missed_a_whole_file_hears_of_the_difference);
    tcase_add_test(tcase, what_is_no_event_is_passed_over);
    tcase_add_test(tcase, who_begins_in_the_middle_gets_each_once);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
