/* SPDX-License-Identifier: MIT */
/* The session's name folder. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/names.h"
#include "sys/fd.h"

#define GUID  "{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}"
#define ECHO  "ROOT\\ECHO\\0000"
#define OTHER "ROOT\\OTHER\\0000"

static char folder[] = "/tmp/openwdf-names-XXXXXX";
static char runtime[64];
static struct names names;

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(runtime, sizeof(runtime), "%s/run", folder);
    setenv("OPENWDF_RUNTIME_DIR", runtime, 1);
}

static void
teardown(void)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static int
connect_to(const char *path)
{
    const char *name;

    return names_connect(&names, path, &name);
}

START_TEST(encoding_is_reversible)
{
    static const char *const texts[] = {"Echo", "a/b\\c",        "..", "ROOT#X#0000#{guid}",
                                        "100%", "\xc3\xa4 space"};
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char encoded[64];
        char decoded[64];

        ck_assert_int_eq(names_encode(texts[i], false, encoded, sizeof(encoded)), 0);
        ck_assert_ptr_null(strchr(encoded, '/'));
        ck_assert_int_ne(encoded[0], '.');
        ck_assert_int_eq(names_decode(encoded, decoded, sizeof(decoded)), 0);
        ck_assert_str_eq(decoded, texts[i]);
    }
    {
        char small[5];

        ck_assert_int_eq(names_encode("too long", false, small, sizeof(small)), -ENAMETOOLONG);
        ck_assert_int_eq(names_encode("", false, small, sizeof(small)), -EINVAL);
        ck_assert_int_eq(names_decode("%2", small, sizeof(small)), -EINVAL);
        ck_assert_int_eq(names_decode("%00", small, sizeof(small)), -EINVAL);
    }
}
END_TEST

START_TEST(guid_is_normalized_or_refused)
{
    char out[40];

    ck_assert_int_eq(names_normalize_guid("CDC35B6E-0BE4-4936-BF5F-5537380A7C1A", out), 0);
    ck_assert_str_eq(out, GUID);
    ck_assert_int_eq(names_normalize_guid(GUID, out), 0);
    ck_assert_int_eq(names_normalize_guid("{cdc35b6e-0be4-4936-bf5f-5537380a7c1a", out), -EINVAL);
    ck_assert_int_eq(names_normalize_guid(GUID "}", out), -EINVAL);
    ck_assert_int_eq(names_normalize_guid("../../etc/passwd", out), -EINVAL);
    ck_assert_int_eq(names_normalize_guid("", out), -EINVAL);
}
END_TEST

START_TEST(folder_of_others_is_refused)
{
    ck_assert_int_eq(names_open(&names, false), -ENOENT);
    ck_assert_int_eq(names_open(&names, true), 0);
    ck_assert_int_eq(names_open(&names, false), 0);
    ck_assert_int_eq(chmod(runtime, 0777), 0);
    ck_assert_int_eq(names_open(&names, false), -EPERM);
    ck_assert_int_eq(chmod(runtime, 0700), 0);
    setenv("OPENWDF_RUNTIME_DIR", "/proc/self/root/../tmp/../dev/null", 1);
    ck_assert_int_lt(names_open(&names, true), 0);
}
END_TEST

START_TEST(published_name_is_found_in_any_case)
{
    const char *name;
    int listener;

    ck_assert_int_eq(names_open(&names, true), 0);
    listener = names_listen(&names, ECHO);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(connect_to("\\\\.\\Echo"), -ENOENT);
    ck_assert_int_eq(names_publish(&names, ECHO, "", "Echo"), 0);
    ck_assert_int_ge(connect_to("\\\\.\\Echo"), 0);
    ck_assert_int_ge(connect_to("\\\\?\\ECHO"), 0);
    ck_assert_int_ge(connect_to("\\DosDevices\\echo"), 0);
    ck_assert_int_ge(connect_to("echo"), 0);
    ck_assert_int_ge(names_connect(&names, "\\\\.\\Echo\\sub\\file", &name), 0);
    ck_assert_str_eq(name, "Echo\\sub\\file");
    ck_assert_int_eq(connect_to("\\\\.\\Echo2"), -ENOENT);
    ck_assert_int_lt(connect_to(""), 0);
    ck_assert_int_lt(connect_to("\\\\.\\"), 0);
    names_withdraw(&names, ECHO, "", "Echo");
    ck_assert_int_eq(connect_to("\\\\.\\Echo"), -ENOENT);
}
END_TEST

START_TEST(device_id_is_served_once)
{
    int listener;

    ck_assert_int_eq(names_open(&names, true), 0);
    listener = names_listen(&names, ECHO);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(names_listen(&names, "root\\echo\\0000"), -EADDRINUSE);
    sys_fd_close(&listener);
    ck_assert_int_ge(names_listen(&names, ECHO), 0);
}
END_TEST

START_TEST(name_of_the_living_is_taken_that_of_the_dead_is_free)
{
    int first;

    ck_assert_int_eq(names_open(&names, true), 0);
    first = names_listen(&names, ECHO);
    ck_assert_int_ge(names_listen(&names, OTHER), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, "", "Echo"), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, "", "Echo"), 0);
    ck_assert_int_eq(names_publish(&names, OTHER, "", "echo"), -EEXIST);
    names_withdraw(&names, OTHER, "", "Echo");
    ck_assert_int_ge(connect_to("\\\\.\\Echo"), 0);
    sys_fd_close(&first);
    ck_assert_int_eq(names_publish(&names, OTHER, "", "Echo"), 0);
    ck_assert_int_ge(connect_to("\\\\.\\Echo"), 0);
}
END_TEST

struct found {
    unsigned count;
    char name[128];
    char guid[64];
    char device_id[64];
};

static int
note(void *argument, const char *guid, const char *name, const char *device_id)
{
    struct found *found = argument;

    found->count++;
    (void)snprintf(found->guid, sizeof(found->guid), "%s", guid);
    (void)snprintf(found->name, sizeof(found->name), "%s", name);
    (void)snprintf(found->device_id, sizeof(found->device_id), "%s", device_id);
    return 0;
}

START_TEST(interfaces_are_listed_by_class_in_their_own_spelling)
{
    static const char path[] = "ROOT#ECHO#0000#" GUID "\\Ref";
    struct found found = {.count = 0};
    int listener;

    ck_assert_int_eq(names_open(&names, true), 0);
    listener = names_listen(&names, ECHO);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, path), 0);
    ck_assert_int_eq(names_for_each(&names, GUID, note, &found), 0);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_str_eq(found.name, path);
    ck_assert_str_eq(found.guid, GUID);
    ck_assert_str_eq(found.device_id, ECHO);
    ck_assert_int_eq(names_for_each(&names, "", note, &found), 0);
    ck_assert_uint_eq(found.count, 2);
    ck_assert_int_eq(names_for_each(&names, "{00000000-0be4-4936-bf5f-5537380a7c1a}", note, &found),
                     0);
    ck_assert_uint_eq(found.count, 2);
    ck_assert_int_ge(connect_to("\\\\?\\root#echo#0000#" GUID "\\ref"), 0);
    names_withdraw(&names, ECHO, GUID, path);
    ck_assert_int_eq(connect_to("\\\\?\\root#echo#0000#" GUID), -ENOENT);
    sys_fd_close(&listener);
}
END_TEST

START_TEST(what_the_dead_left_is_removed_by_who_meets_it)
{
    struct found found = {.count = 0};
    char path[128];
    struct stat st;
    int listener;

    ck_assert_int_eq(names_open(&names, true), 0);
    listener = names_listen(&names, ECHO);
    ck_assert_int_eq(names_publish(&names, ECHO, "", "Echo"), 0);
    ck_assert_int_eq(names_publish(&names, ECHO, GUID, "ROOT#ECHO#0000#" GUID), 0);
    sys_fd_close(&listener);
    ck_assert_int_eq(connect_to("\\\\.\\Echo"), -ENOENT);
    (void)snprintf(path, sizeof(path), "%s/names/echo", runtime);
    ck_assert_int_lt(lstat(path, &st), 0);
    ck_assert_int_eq(names_for_each(&names, "", note, &found), 0);
    ck_assert_int_eq(names_for_each_stack(&names, note, &found), 0);
    ck_assert_uint_eq(found.count, 0);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("names");
    Suite *suite = suite_create("names");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, encoding_is_reversible);
    tcase_add_test(tcase, guid_is_normalized_or_refused);
    tcase_add_test(tcase, folder_of_others_is_refused);
    tcase_add_test(tcase, published_name_is_found_in_any_case);
    tcase_add_test(tcase, device_id_is_served_once);
    tcase_add_test(tcase, name_of_the_living_is_taken_that_of_the_dead_is_free);
    tcase_add_test(tcase, interfaces_are_listed_by_class_in_their_own_spelling);
    tcase_add_test(tcase, what_the_dead_left_is_removed_by_who_meets_it);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
