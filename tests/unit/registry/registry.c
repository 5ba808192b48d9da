/* SPDX-License-Identifier: MIT */
/* Keys and values: what is written is found again, as on Windows; what is wrong is refused. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "registry/registry.h"
#include "sys/memory.h"

static struct reg_store *store;
static char folder[] = "/tmp/openwdf-registry-XXXXXX";
static char path[64];

static void
setup_memory(void)
{
    ck_assert_int_eq(reg_open_memory(&store), 0);
}

static void
teardown(void)
{
    reg_close(store);
}

static void
setup_file(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/a/registry.db", folder);
    ck_assert_int_eq(reg_open(path, &store), 0);
}

static void
teardown_file(void)
{
    char command[128];

    reg_close(store);
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

static void
reopen(void)
{
    reg_close(store);
    ck_assert_int_eq(reg_open(path, &store), 0);
}

static reg_key
make(const char *key_path)
{
    reg_key key;

    ck_assert_int_eq(reg_key_create(store, REG_ROOT, key_path, REG_CREATE_PATH, NULL, &key, NULL),
                     0);
    return key;
}

static reg_key
must_open(const char *key_path)
{
    reg_key key;

    ck_assert_int_eq(reg_key_open(store, REG_ROOT, key_path, 0, &key), 0);
    return key;
}

START_TEST(names_are_found_in_any_case_and_keep_theirs)
{
    reg_key key = make("Machine\\SOFTWARE\\Ämter GmbH");
    char *name;
    char *class_name;

    ck_assert_int_eq(must_open("MACHINE\\software\\äMTER gmbh"), key);
    ck_assert_int_eq(reg_key_name(store, key, &name, &class_name), 0);
    ck_assert_str_eq(name, "Ämter GmbH");
    ck_assert_str_eq(class_name, "");
    sys_free(name);
    sys_free(class_name);
    ck_assert_int_eq(reg_key_path(store, key, &name), 0);
    ck_assert_str_eq(name, "\\Registry\\Machine\\SOFTWARE\\Ämter GmbH");
    sys_free(name);
}
END_TEST

START_TEST(create_opens_what_is_there)
{
    reg_key first;
    reg_key second;
    bool created;

    ck_assert_int_eq(
        reg_key_create(store, REG_ROOT, "Machine\\SOFTWARE\\A", 0, "class", &first, &created), 0);
    ck_assert(created);
    ck_assert_int_eq(
        reg_key_create(store, REG_ROOT, "Machine\\Software\\a", 0, "other", &second, &created), 0);
    ck_assert(!created);
    ck_assert_int_eq(first, second);
    /* Without REG_CREATE_PATH only the last key is made. */
    ck_assert_int_eq(
        reg_key_create(store, REG_ROOT, "Machine\\Software\\B\\C", 0, NULL, &second, NULL),
        -ENOENT);
}
END_TEST

START_TEST(bad_names_are_refused)
{
    char longest[600];
    reg_key key;

    memset(longest, 'x', sizeof(longest));
    longest[REG_KEY_NAME_MAX] = '\0';
    ck_assert_int_eq(reg_key_create(store, make("Machine\\S"), longest, 0, NULL, &key, NULL), 0);
    longest[REG_KEY_NAME_MAX] = 'x';
    longest[REG_KEY_NAME_MAX + 1] = '\0';
    ck_assert_int_eq(reg_key_create(store, make("Machine\\S"), longest, 0, NULL, &key, NULL),
                     -ENAMETOOLONG);
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\\\S", 0, &key), -EINVAL);
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "\\Machine", 0, &key), -EINVAL);
    ck_assert_int_eq(reg_key_rename(store, make("Machine\\S"), "a\\b"), -EINVAL);
}
END_TEST

START_TEST(a_deleted_key_is_known_as_deleted)
{
    reg_key key = make("Machine\\SOFTWARE\\Gone");
    reg_key again;
    struct reg_value value;

    ck_assert_int_eq(reg_set_number(store, key, "n", 1), 0);
    ck_assert_int_eq(reg_key_delete(store, key), 0);
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\SOFTWARE\\Gone", 0, &again), -ENOENT);
    ck_assert_int_eq(reg_value_get(store, key, "n", &value), -ESTALE);
    ck_assert_int_eq(reg_set_number(store, key, "n", 1), -ESTALE);
    ck_assert_int_eq(reg_key_open(store, key, "x", 0, &again), -ESTALE);
    ck_assert_int_eq(reg_key_delete(store, key), -ESTALE);
    again = make("Machine\\SOFTWARE\\Gone");
    ck_assert_int_ne(again, key);
    ck_assert_int_eq(reg_value_get(store, again, "n", &value), -ENOENT);
}
END_TEST

START_TEST(only_empty_keys_can_be_deleted_but_trees_too)
{
    reg_key top = make("Machine\\SOFTWARE\\Tree");
    reg_key found;

    (void)make("Machine\\SOFTWARE\\Tree\\A\\B\\C");
    (void)make("Machine\\SOFTWARE\\Tree\\A\\D");
    ck_assert_int_eq(reg_key_delete(store, top), -ENOTEMPTY);
    ck_assert_int_eq(reg_key_delete_tree(store, top), 0);
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\SOFTWARE\\Tree", 0, &found), -ENOENT);
    ck_assert_int_eq(reg_key_delete(store, REG_ROOT), -EPERM);
    ck_assert_int_eq(reg_key_delete_tree(store, must_open("Machine")), -EPERM);
}
END_TEST

START_TEST(values_keep_type_bytes_and_order)
{
    static const char bytes[] = {0, 1, 2, (char)255};
    reg_key key = make("Machine\\SOFTWARE\\V");
    struct reg_value value;
    struct reg_key_info info;
    char *text;
    uint32_t number;

    ck_assert_int_eq(reg_value_set(store, key, "Zeta", REG_TYPE_BINARY, bytes, sizeof(bytes)), 0);
    ck_assert_int_eq(reg_value_set(store, key, "", REG_TYPE_NONE, NULL, 0), 0);
    ck_assert_int_eq(reg_set_text(store, key, "Alpha", "grün"), 0);
    ck_assert_int_eq(reg_set_number(store, key, "zeta", 0x12345678), 0); /* Replaces. */
    ck_assert_int_eq(reg_value_at(store, key, 0, &value), 0);
    ck_assert_str_eq(value.name, "Zeta");
    ck_assert_uint_eq(value.type, REG_TYPE_DWORD);
    ck_assert_mem_eq(value.data, "\x78\x56\x34\x12", 4);
    reg_value_free(&value);
    ck_assert_int_eq(reg_value_at(store, key, 1, &value), 0);
    ck_assert_str_eq(value.name, "");
    ck_assert_uint_eq(value.size, 0);
    reg_value_free(&value);
    ck_assert_int_eq(reg_value_at(store, key, 3, &value), -ENOENT);
    ck_assert_int_eq(reg_get_text(store, key, "ALPHA", &text), 0);
    ck_assert_str_eq(text, "grün");
    sys_free(text);
    ck_assert_int_eq(reg_get_number(store, key, "ZETA", &number), 0);
    ck_assert_uint_eq(number, 0x12345678);
    ck_assert_int_eq(reg_get_number(store, key, "Alpha", &number), -EPROTOTYPE);
    ck_assert_int_eq(reg_key_query(store, key, &info), 0);
    ck_assert_uint_eq(info.values, 3);
    ck_assert_uint_eq(info.max_value_name, 5);
    ck_assert_uint_eq(info.max_data, 10);
    ck_assert_uint_ne(info.written_100ns, 0);
    ck_assert_int_eq(reg_value_delete(store, key, "alpha"), 0);
    ck_assert_int_eq(reg_value_delete(store, key, "alpha"), -ENOENT);
}
END_TEST

START_TEST(a_value_has_an_upper_bound)
{
    reg_key key = make("Machine\\SOFTWARE\\V");
    char *data = sys_alloc_zeroed(REG_DATA_MAX + 1);
    struct reg_value value;

    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(reg_value_set(store, key, "big", REG_TYPE_BINARY, data, REG_DATA_MAX + 1),
                     -E2BIG);
    ck_assert_int_eq(reg_value_set(store, key, "big", REG_TYPE_BINARY, data, REG_DATA_MAX), 0);
    ck_assert_int_eq(reg_value_get(store, key, "big", &value), 0);
    ck_assert_uint_eq(value.size, REG_DATA_MAX);
    reg_value_free(&value);
    sys_free(data);
}
END_TEST

START_TEST(texts_come_back_one_by_one)
{
    static const char *const texts[] = {"one", "", "drei", NULL};
    reg_key key = make("Machine\\SOFTWARE\\V");
    char *block;

    ck_assert_int_eq(reg_set_texts(store, key, "m", (const char *const[]){"one", "zwei", NULL}), 0);
    ck_assert_int_eq(reg_get_texts(store, key, "m", &block), 0);
    ck_assert_mem_eq(block, "one\0zwei\0", 10);
    sys_free(block);
    ck_assert_int_eq(reg_set_texts(store, key, "m", texts), 0);
    ck_assert_int_eq(reg_set_texts(store, key, "m", texts + 3), 0);
    ck_assert_int_eq(reg_get_texts(store, key, "m", &block), 0);
    ck_assert_str_eq(block, "");
    sys_free(block);
}
END_TEST

START_TEST(subkeys_come_in_the_order_of_their_names)
{
    static const char *const expected[] = {"alpha", "Beta", "gamma"};
    reg_key key = make("Machine\\SOFTWARE\\L");
    uint32_t i;

    (void)make("Machine\\SOFTWARE\\L\\gamma");
    (void)make("Machine\\SOFTWARE\\L\\Beta");
    (void)make("Machine\\SOFTWARE\\L\\alpha");
    for (i = 0; i < 3; i++) {
        reg_key subkey;
        char *class_name;
        char *name;

        ck_assert_int_eq(reg_key_at(store, key, i, &subkey), 0);
        ck_assert_int_eq(reg_key_name(store, subkey, &name, &class_name), 0);
        ck_assert_str_eq(name, expected[i]);
        sys_free(name);
        sys_free(class_name);
    }
    ck_assert_int_eq(reg_key_at(store, key, 3, &key), -ENOENT);
}
END_TEST

START_TEST(current_control_set_is_a_link)
{
    reg_key real = make("Machine\\SYSTEM\\ControlSet001\\Services\\echo");
    struct reg_key_info info;
    reg_key link;
    char *text;

    ck_assert_int_eq(must_open("Machine\\System\\CurrentControlSet\\Services\\echo"), real);
    ck_assert_int_eq(must_open("Machine\\System\\CurrentControlSet"),
                     must_open("Machine\\System\\ControlSet001"));
    ck_assert_int_eq(
        reg_key_path(store, must_open("Machine\\SYSTEM\\CurrentControlSet\\Enum"), &text), 0);
    ck_assert_str_eq(text, "\\Registry\\Machine\\SYSTEM\\ControlSet001\\Enum");
    sys_free(text);
    ck_assert_int_eq(
        reg_key_open(store, REG_ROOT, "Machine\\SYSTEM\\CurrentControlSet", REG_OPEN_LINK, &link),
        0);
    ck_assert_int_eq(reg_key_query(store, link, &info), 0);
    ck_assert_uint_ne(info.flags & REG_LINK_KEY, 0);
    /* What is made through the link is made where it leads. */
    (void)make("Machine\\SYSTEM\\CurrentControlSet\\Services\\new");
    (void)must_open("Machine\\SYSTEM\\ControlSet001\\Services\\new");
}
END_TEST

START_TEST(links_in_a_circle_end)
{
    static const uint16_t target[] = u"\\Registry\\Machine\\SOFTWARE\\Loop";
    reg_key key;

    ck_assert_int_eq(
        reg_key_create(store, REG_ROOT, "Machine\\SOFTWARE\\Loop", REG_LINK_KEY, NULL, &key, NULL),
        0);
    ck_assert_int_eq(
        reg_value_set(store, key, "SymbolicLinkValue", REG_TYPE_LINK, target, sizeof(target) - 2),
        0);
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\SOFTWARE\\Loop\\x", 0, &key), -ELOOP);
}
END_TEST

START_TEST(a_key_gets_another_name)
{
    reg_key key = make("Machine\\SOFTWARE\\Old\\Sub");

    (void)make("Machine\\SOFTWARE\\Old\\Taken");
    ck_assert_int_eq(reg_key_rename(store, key, "taken"), -EEXIST);
    ck_assert_int_eq(reg_key_rename(store, key, "SUB"), 0); /* Only its case. */
    ck_assert_int_eq(reg_key_rename(store, must_open("Machine\\SOFTWARE\\Old"), "New"), 0);
    ck_assert_int_eq(must_open("Machine\\SOFTWARE\\New\\Sub"), key);
}
END_TEST

START_TEST(a_transaction_is_all_or_nothing)
{
    reg_key key = make("Machine\\SOFTWARE\\T");
    uint32_t number;
    reg_key found;

    ck_assert_int_eq(reg_begin(store), 0);
    ck_assert_int_eq(reg_set_number(store, key, "n", 1), 0);
    (void)make("Machine\\SOFTWARE\\T\\Sub");
    ck_assert_int_eq(reg_get_number(store, key, "n", &number), 0);
    reg_rollback(store);
    ck_assert_int_eq(reg_get_number(store, key, "n", &number), -ENOENT);
    ck_assert_int_eq(reg_key_open(store, key, "Sub", 0, &found), -ENOENT);
    ck_assert_int_eq(reg_begin(store), 0);
    ck_assert_int_eq(reg_begin(store), 0);
    ck_assert_int_eq(reg_set_number(store, key, "n", 2), 0);
    reg_rollback(store); /* The inner one takes the outer one with it. */
    ck_assert_int_eq(reg_commit(store), -ECANCELED);
    ck_assert_int_eq(reg_get_number(store, key, "n", &number), -ENOENT);
    ck_assert_int_eq(reg_begin(store), 0);
    ck_assert_int_eq(reg_set_number(store, key, "n", 3), 0);
    ck_assert_int_eq(reg_get_number(store, key, "missing", &number), -ENOENT); /* No harm done. */
    ck_assert_int_eq(reg_commit(store), 0);
    ck_assert_int_eq(reg_get_number(store, key, "n", &number), 0);
    ck_assert_uint_eq(number, 3);
}
END_TEST

START_TEST(volatile_keys_have_volatile_children)
{
    reg_key top;
    reg_key key;

    ck_assert_int_eq(
        reg_key_create(store, REG_ROOT, "Machine\\HARDWARE", REG_VOLATILE, NULL, &top, NULL), 0);
    ck_assert_int_eq(reg_key_create(store, top, "stable", 0, NULL, &key, NULL), -ENOTSUP);
    ck_assert_int_eq(reg_key_create(store, top, "DEVICEMAP\\X", REG_VOLATILE | REG_CREATE_PATH,
                                    NULL, &key, NULL),
                     0);
    ck_assert_int_eq(reg_forget_volatile(store), 0);
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\HARDWARE", 0, &key), -ENOENT);
    (void)must_open("Machine\\SOFTWARE");
}
END_TEST

START_TEST(paths_are_read_and_shown_as_people_write_them)
{
    char text[REG_PATH_SIZE];
    char user[80];
    char expected[120];

    ck_assert_int_eq(reg_path_parse("HKLM\\Software\\X\\", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "Machine\\Software\\X");
    ck_assert_int_eq(reg_path_parse("hkey_local_machine", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "Machine");
    ck_assert_int_eq(reg_path_parse("\\registry\\user\\.default", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "user\\.default");
    ck_assert_int_eq(reg_path_parse("\\Registry", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(reg_user_name(user, sizeof(user)), 0);
    (void)snprintf(expected, sizeof(expected), "User\\%s\\Software", user);
    ck_assert_int_eq(reg_path_parse("HKCU\\Software", text, sizeof(text)), 0);
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(reg_path_parse("HKCR\\CLSID", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "Machine\\SOFTWARE\\Classes\\CLSID");
    ck_assert_int_eq(reg_path_parse("HKLMX\\A", text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(reg_path_parse("Software\\A", text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(reg_path_parse("HKLM\\A\\\\B", text, sizeof(text)), -EINVAL);
    ck_assert_int_eq(reg_path_print("\\Registry\\Machine\\SYSTEM", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "HKEY_LOCAL_MACHINE\\SYSTEM");
    ck_assert_int_eq(reg_path_print("\\Registry", text, sizeof(text)), 0);
    ck_assert_str_eq(text, "\\Registry");
}
END_TEST

START_TEST(the_state_folder_follows_the_environment)
{
    char text[256];

    (void)setenv("OPENWDF_RUNTIME_DIR", "/run/x", 1);
    (void)unsetenv("OPENWDF_STATE_DIR");
    ck_assert_int_eq(reg_state_dir(text, sizeof(text)), 0);
    ck_assert_str_eq(text, "/run/x/state");
    (void)setenv("OPENWDF_STATE_DIR", "/srv/state", 1);
    ck_assert_int_eq(reg_state_dir(text, sizeof(text)), 0);
    ck_assert_str_eq(text, "/srv/state");
    ck_assert_int_eq(reg_state_dir(text, 5), -ENAMETOOLONG);
}
END_TEST

START_TEST(a_store_on_disk_keeps_what_was_written)
{
    struct reg_store *other;
    uint32_t number;
    reg_key key = make("Machine\\SOFTWARE\\Kept");

    ck_assert_int_eq(reg_set_number(store, key, "n", 7), 0);
    /* A second user of the same file sees it at once, and the first one the second's change. */
    ck_assert_int_eq(reg_open(path, &other), 0);
    ck_assert_int_eq(reg_get_number(other, key, "n", &number), 0);
    ck_assert_uint_eq(number, 7);
    ck_assert_int_eq(reg_set_number(other, key, "n", 8), 0);
    ck_assert_int_eq(reg_get_number(store, key, "n", &number), 0);
    ck_assert_uint_eq(number, 8);
    reg_close(other);
    reopen();
    ck_assert_int_eq(reg_get_number(store, must_open("Machine\\SOFTWARE\\Kept"), "n", &number), 0);
    ck_assert_uint_eq(number, 8);
}
END_TEST

START_TEST(volatile_keys_outlive_the_process_but_not_the_machine)
{
    reg_key key;

    ck_assert_int_eq(
        reg_key_create(store, REG_ROOT, "Machine\\HARDWARE", REG_VOLATILE, NULL, &key, NULL), 0);
    reopen();
    ck_assert_int_eq(must_open("Machine\\HARDWARE"), key);
    ck_assert_int_eq(reg_forget_volatile(store), 0);
    reopen();
    ck_assert_int_eq(reg_key_open(store, REG_ROOT, "Machine\\HARDWARE", 0, &key), -ENOENT);
}
END_TEST

START_TEST(a_file_that_is_no_store_is_refused)
{
    struct reg_store *other;
    char wrong[80];
    FILE *file;

    (void)snprintf(wrong, sizeof(wrong), "%s/wrong.db", folder);
    file = fopen(wrong, "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 4096; i++) {
        (void)fputc('x', file);
    }
    (void)fclose(file);
    ck_assert_int_eq(reg_open(wrong, &other), -EUCLEAN);
    ck_assert_int_eq(reg_open("/proc/no/such/place", &other), -ENOENT);
}
END_TEST

static Suite *
registry_suite(void)
{
    Suite *suite = suite_create("registry");
    TCase *memory = tcase_create("memory");
    TCase *file = tcase_create("file");

    tcase_add_checked_fixture(memory, setup_memory, teardown);
    tcase_add_test(memory, names_are_found_in_any_case_and_keep_theirs);
    tcase_add_test(memory, create_opens_what_is_there);
    tcase_add_test(memory, bad_names_are_refused);
    tcase_add_test(memory, a_deleted_key_is_known_as_deleted);
    tcase_add_test(memory, only_empty_keys_can_be_deleted_but_trees_too);
    tcase_add_test(memory, values_keep_type_bytes_and_order);
    tcase_add_test(memory, a_value_has_an_upper_bound);
    tcase_add_test(memory, texts_come_back_one_by_one);
    tcase_add_test(memory, subkeys_come_in_the_order_of_their_names);
    tcase_add_test(memory, current_control_set_is_a_link);
    tcase_add_test(memory, links_in_a_circle_end);
    tcase_add_test(memory, a_key_gets_another_name);
    tcase_add_test(memory, a_transaction_is_all_or_nothing);
    tcase_add_test(memory, volatile_keys_have_volatile_children);
    tcase_add_test(memory, paths_are_read_and_shown_as_people_write_them);
    tcase_add_test(memory, the_state_folder_follows_the_environment);
    suite_add_tcase(suite, memory);
    tcase_add_checked_fixture(file, setup_file, teardown_file);
    tcase_add_test(file, a_store_on_disk_keeps_what_was_written);
    tcase_add_test(file, volatile_keys_outlive_the_process_but_not_the_machine);
    tcase_add_test(file, a_file_that_is_no_store_is_refused);
    suite_add_tcase(suite, file);
    return suite;
}

int
main(void)
{
    SRunner *runner = srunner_create(registry_suite());
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
