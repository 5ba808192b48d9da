/* SPDX-License-Identifier: MIT */
/* Objects, handles, names. */
#include "nt_fixture.h"

static unsigned deleted;
static KIRQL deleted_at;
static unsigned closed;

static void
count_deletion(void *body)
{
    deleted_at = KeGetCurrentIrql();
    atomic_fetch_add_u32(&deleted, 1);
}

static void
count_close(void *body)
{
    closed++;
}

static struct ob_type plain_type = {.name = "Plain",
                                    .delete_object = count_deletion,
                                    .last_handle_closed = count_close,
                                    .not_waitable = true};
static struct ob_type path_type = {
    .name = "Path", .delete_object = count_deletion, .takes_path = true, .delete_at_passive = true};

static void *
make(struct ob_type *type)
{
    void *body;

    ck_assert_int_eq(ob_create(type, 40, &body), STATUS_SUCCESS);
    ck_assert_uint_eq((ULONG_PTR)body % 16, 0);
    return body;
}

static void
use_after_the_end(void *argument)
{
    static _Alignas(16) char no_object[256];

    ObReferenceObject(no_object + 128);
}

START_TEST(last_reference_deletes)
{
    void *body = make(&plain_type);

    deleted = 0;
    ck_assert_int_eq(ObReferenceObject(body), 2);
    ck_assert_ptr_eq(ob_type_of(body), &plain_type);
    ck_assert_int_eq(ObDereferenceObject(body), 1);
    ck_assert_uint_eq(deleted, 0);
    ck_assert_int_eq(ObReferenceObjectByPointer(body, 0, *ExEventObjectType, KernelMode),
                     STATUS_OBJECT_TYPE_MISMATCH);
    ck_assert_int_eq(ObDereferenceObject(body), 0);
    ck_assert_uint_eq(deleted, 1);
    ck_assert_uint_eq(plain_type.count, 0);
    fixture_expect_bugcheck(REFERENCE_BY_POINTER, use_after_the_end, NULL);
}
END_TEST

START_TEST(object_that_must_die_at_passive_level_does)
{
    void *body = make(&path_type);
    KIRQL irql;

    deleted = 0;
    deleted_at = HIGH_LEVEL;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    ObDereferenceObject(body);
    KeLowerIrql(irql);
    ex_work_queue_flush();
    ck_assert_uint_eq(deleted, 1);
    ck_assert_uint_eq(deleted_at, PASSIVE_LEVEL);
    body = make(&path_type);
    ObDereferenceObjectDeferDelete(body);
    ex_work_queue_flush();
    ck_assert_uint_eq(deleted, 2);
}
END_TEST

START_TEST(handle_keeps_its_object)
{
    void *body = make(&plain_type);
    HANDLE handle;
    HANDLE copy;
    PVOID found;

    deleted = closed = 0;
    ck_assert_int_eq(ob_open_handle(body, GENERIC_READ, &handle), STATUS_SUCCESS);
    ObDereferenceObject(body);
    ck_assert_uint_eq(deleted, 0);
    ck_assert_int_eq(
        ObReferenceObjectByHandle(handle, 0, ob_type_handle(&plain_type), KernelMode, &found, NULL),
        STATUS_SUCCESS);
    ck_assert_ptr_eq(found, body);
    ck_assert_int_eq(ZwDuplicateObject(ZwCurrentProcess(), handle, ZwCurrentProcess(), &copy, 0, 0,
                                       DUPLICATE_SAME_ACCESS),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(ob_handle_count(), 2);
    ck_assert_int_eq(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(handle);
    ck_assert_uint_eq(closed, 0);
    ZwClose(copy);
    ck_assert_uint_eq(closed, 1);
    ck_assert_uint_eq(deleted, 0);
    ObDereferenceObject(found);
    ck_assert_uint_eq(deleted, 1);
}
END_TEST

START_TEST(wrong_handles_are_refused)
{
    PVOID object;

    ck_assert_int_eq(ZwClose(NULL), STATUS_INVALID_HANDLE);
    ck_assert_int_eq(ZwClose((HANDLE)4), STATUS_INVALID_HANDLE);
    ck_assert_int_eq(ZwClose((HANDLE)-4), STATUS_INVALID_HANDLE);
    ck_assert_int_eq(ObReferenceObjectByHandle((HANDLE)7, 0, NULL, KernelMode, &object, NULL),
                     STATUS_INVALID_HANDLE);
    ck_assert_ptr_null(object);
    ck_assert_int_eq(
        ObReferenceObjectByHandle(ZwCurrentThread(), 0, *PsThreadType, KernelMode, &object, NULL),
        STATUS_SUCCESS);
    ck_assert_ptr_eq(object, KeGetCurrentThread());
    ObDereferenceObject(object);
}
END_TEST

START_TEST(many_handles_are_different_and_used_again)
{
    void *body = make(&plain_type);
    HANDLE handles[300];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++) {
            ck_assert_int_eq(ob_open_handle(body, 0, &handles[i]), STATUS_SUCCESS);
            for (int j = 0; j < i; j++) {
                ck_assert_ptr_ne(handles[i], handles[j]);
            }
        }
        for (int i = 0; i < 300; i++) {
            ck_assert_int_eq(ZwClose(handles[i]), STATUS_SUCCESS);
        }
    }
    ObDereferenceObject(body);
}
END_TEST

START_TEST(handle_that_is_left_is_reported)
{
    void *body = make(&plain_type);
    HANDLE handle;

    ob_open_handle(body, 0, &handle);
    ObDereferenceObject(body);
    nt_fini();
    ck_assert_uint_eq(fixture_warnings, 1);
    ck_assert_uint_eq(plain_type.count, 0);
    fixture_setup();
}
END_TEST

/* Names ---------------------------------------------------------------------------------------- */

static NTSTATUS
look_up(const WCHAR *name, void **ret_body)
{
    UNICODE_STRING text = fixture_string(name);

    return ob_lookup(&text, NULL, ret_body, NULL, NULL);
}

static NTSTATUS
name_it(const WCHAR *name, void *body)
{
    UNICODE_STRING text = fixture_string(name);

    return ob_insert_name(&text, body);
}

static NTSTATUS
link_it(const WCHAR *name, const WCHAR *target)
{
    UNICODE_STRING text = fixture_string(name);
    UNICODE_STRING to = fixture_string(target);

    return ob_create_symbolic_link(&text, &to);
}

START_TEST(name_leads_to_its_object_while_it_lives)
{
    void *body = make(&plain_type);
    void *found;

    ck_assert_int_eq(name_it(L"\\Device\\Echo", body), STATUS_SUCCESS);
    ck_assert_int_eq(look_up(L"\\device\\ECHO", &found), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, body);
    ObDereferenceObject(found);
    ck_assert_int_eq(name_it(L"\\Device\\Other", body), STATUS_OBJECT_NAME_EXISTS);
    found = make(&plain_type);
    ck_assert_int_eq(name_it(L"\\Device\\eCho", found), STATUS_OBJECT_NAME_COLLISION);
    ObDereferenceObject(body);
    ck_assert_int_eq(look_up(L"\\Device\\Echo", &body), STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(name_it(L"\\Device\\Echo", found), STATUS_SUCCESS);
    ob_remove_name(found);
    ck_assert_int_eq(look_up(L"\\Device\\Echo", &body), STATUS_OBJECT_NAME_NOT_FOUND);
    ObDereferenceObject(found);
}
END_TEST

START_TEST(bad_names_are_refused)
{
    void *body = make(&plain_type);

    ck_assert_int_eq(name_it(L"Device\\Echo", body), STATUS_OBJECT_NAME_INVALID);
    ck_assert_int_eq(name_it(L"\\Device\\", body), STATUS_OBJECT_NAME_INVALID);
    ck_assert_int_eq(name_it(L"", body), STATUS_OBJECT_NAME_INVALID);
    ck_assert_int_eq(name_it(L"\\Nowhere\\Echo", body), STATUS_OBJECT_PATH_NOT_FOUND);
    ck_assert_int_eq(look_up(L"\\Device\\\\Echo", &body), STATUS_OBJECT_NAME_INVALID);
    ck_assert_int_eq(look_up(L"\\Nowhere\\Echo", &body), STATUS_OBJECT_PATH_NOT_FOUND);
    ck_assert_int_eq(name_it(L"\\Device\\Plain", body), STATUS_SUCCESS);
    ck_assert_int_eq(look_up(L"\\Device\\Plain\\more", &body), STATUS_OBJECT_PATH_NOT_FOUND);
    ObDereferenceObject(body);
}
END_TEST

START_TEST(symbolic_links_are_followed)
{
    void *body = make(&path_type);
    UNICODE_STRING text = fixture_string(L"\\DosDevices\\Global\\One\\sub\\path");
    UNICODE_STRING path;
    UNICODE_STRING rest;
    void *found;

    name_it(L"\\Device\\Echo", body);
    ck_assert_int_eq(link_it(L"\\??\\Two", L"\\Device\\Echo"), STATUS_SUCCESS);
    ck_assert_int_eq(link_it(L"\\DosDevices\\One", L"\\??\\Two"), STATUS_SUCCESS);
    ck_assert_int_eq(link_it(L"\\DosDevices\\ONE", L"\\x"), STATUS_OBJECT_NAME_COLLISION);
    ck_assert_int_eq(look_up(L"\\??\\one", &found), STATUS_SUCCESS);
    ck_assert_ptr_eq(found, body);
    ObDereferenceObject(found);
    ck_assert_int_eq(ob_lookup(&text, &path_type, &found, &path, &rest), STATUS_SUCCESS);
    ck_assert_uint_eq(rest.Length, 9 * sizeof(WCHAR));
    ck_assert_int_eq(memcmp(rest.Buffer, L"\\sub\\path", rest.Length), 0);
    ExFreePool(path.Buffer);
    ObDereferenceObject(found);
    ck_assert_int_eq(ob_lookup(&text, &path_type, &found, NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(look_up(L"\\??\\GLOBALROOT\\Device\\Echo", &found), STATUS_SUCCESS);
    ObDereferenceObject(found);
    text = fixture_string(L"\\??\\One");
    ck_assert_int_eq(ob_delete_symbolic_link(&text), STATUS_SUCCESS);
    ck_assert_int_eq(ob_delete_symbolic_link(&text), STATUS_OBJECT_NAME_NOT_FOUND);
    ObDereferenceObject(body);
    ck_assert_int_eq(look_up(L"\\??\\Two", &found), STATUS_OBJECT_NAME_NOT_FOUND);
}
END_TEST

START_TEST(links_in_a_circle_end)
{
    void *found;

    link_it(L"\\??\\A", L"\\??\\B");
    link_it(L"\\??\\B", L"\\??\\A");
    ck_assert_int_eq(look_up(L"\\??\\A", &found), STATUS_OBJECT_NAME_INVALID);
}
END_TEST

static bool
count_entry(void *argument, PCUNICODE_STRING name, const char *type_name)
{
    (*(unsigned *)argument)++;
    return true;
}

START_TEST(a_descriptor_is_checked_and_has_no_effect)
{
    SECURITY_DESCRIPTOR descriptor;
    HANDLE handle;

    ck_assert_int_eq(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE),
                     STATUS_SUCCESS);
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION),
                     STATUS_SUCCESS);
    ck_assert_int_eq(ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION, &descriptor),
                     STATUS_SUCCESS);
    descriptor.Revision = 9;
    ck_assert_int_eq(ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION, &descriptor),
                     STATUS_INVALID_SECURITY_DESCR);
    ck_assert_int_eq(ZwClose(handle), STATUS_SUCCESS);
    ck_assert_int_eq(ZwSetSecurityObject(handle, DACL_SECURITY_INFORMATION, &descriptor),
                     STATUS_INVALID_HANDLE);
}
END_TEST

START_TEST(full_name_and_directory_can_be_read_back)
{
    UNICODE_STRING directory = fixture_string(L"\\Device\\Bus");
    UNICODE_STRING link_name = fixture_string(L"\\??\\L");
    void *body = make(&plain_type);
    struct {
        OBJECT_NAME_INFORMATION header;
        WCHAR text[32];
    } information;
    ULONG length;
    WCHAR text[64];
    UNICODE_STRING name = {.MaximumLength = sizeof(text), .Buffer = text};
    unsigned entries = 0;

    ck_assert_int_eq(ob_create_directory(&directory), STATUS_SUCCESS);
    ck_assert_int_eq(ob_create_directory(&directory), STATUS_OBJECT_NAME_EXISTS);
    name_it(L"\\DEVICE\\bus\\Child", body);
    ck_assert_int_eq(ob_query_name(body, &name), STATUS_SUCCESS);
    ck_assert_uint_eq(name.Length, 17 * sizeof(WCHAR));
    ck_assert_int_eq(memcmp(text, L"\\Device\\Bus\\Child", name.Length), 0);
    ck_assert_int_eq(ObQueryNameString(body, NULL, 0, &length), STATUS_INFO_LENGTH_MISMATCH);
    ck_assert_uint_eq(length, sizeof(OBJECT_NAME_INFORMATION) + 18 * sizeof(WCHAR));
    ck_assert_int_eq(ObQueryNameString(body, &information.header, length, &length), STATUS_SUCCESS);
    ck_assert_uint_eq(information.header.Name.Length, 17 * sizeof(WCHAR));
    ck_assert_int_eq(memcmp(information.header.Name.Buffer, L"\\Device\\Bus\\Child", 36), 0);
    name.MaximumLength = 10;
    ck_assert_int_eq(ob_query_name(body, &name), STATUS_BUFFER_TOO_SMALL);
    ck_assert_int_eq(ob_enumerate(&directory, count_entry, &entries), STATUS_SUCCESS);
    ck_assert_uint_eq(entries, 1);
    link_it(L"\\??\\L", L"\\Device\\Bus\\Child");
    name.MaximumLength = sizeof(text);
    ck_assert_int_eq(ob_query_symbolic_link(&link_name, &name), STATUS_SUCCESS);
    ck_assert_int_eq(memcmp(text, L"\\Device\\Bus\\Child", name.Length), 0);
    ObDereferenceObject(body);
}
END_TEST

/* The last reference goes while somebody looks the name up: he finds it alive or not at all. */
static void *contested;

static void
looks_it_up(void *argument)
{
    void *found;

    if (look_up(L"\\Device\\Contested", &found) == STATUS_SUCCESS) {
        ck_assert_uint_eq(atomic_load_u32(&deleted), 0);
        ObDereferenceObject(found);
    }
}

static void
race_for_the_name(void)
{
    struct sys_thread *thread;

    deleted = 0;
    contested = make(&plain_type);
    name_it(L"\\Device\\Contested", contested);
    thread = fixture_start(looks_it_up, NULL);
    ObDereferenceObject(contested);
    sys_thread_join(thread);
    ck_assert_uint_eq(deleted, 1);
}

START_TEST(dying_object_is_not_found_by_its_name)
{
    fixture_teardown();
    fixture_over_seeds(300, race_for_the_name);
    fixture_setup();
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("ob");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, last_reference_deletes);
    tcase_add_test(tests, object_that_must_die_at_passive_level_does);
    tcase_add_test(tests, handle_keeps_its_object);
    tcase_add_test(tests, wrong_handles_are_refused);
    tcase_add_test(tests, many_handles_are_different_and_used_again);
    tcase_add_test(tests, handle_that_is_left_is_reported);
    tcase_add_test(tests, name_leads_to_its_object_while_it_lives);
    tcase_add_test(tests, bad_names_are_refused);
    tcase_add_test(tests, symbolic_links_are_followed);
    tcase_add_test(tests, links_in_a_circle_end);
    tcase_add_test(tests, a_descriptor_is_checked_and_has_no_effect);
    tcase_add_test(tests, full_name_and_directory_can_be_read_back);
    tcase_add_test(tests, dying_object_is_not_found_by_its_name);
    return fixture_run("nt/ob", tests);
}
