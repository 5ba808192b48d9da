/* SPDX-License-Identifier: MIT */
/* Events of applications: what a driver gets for their handles. */
#include "nt_fixture.h"

#include "nt/ex/app_event.h"

static int application; /* Its address stands for one. */
static unsigned references;
static unsigned sets;
static HANDLE set_handle;
static bool serving;

static void *
current(void)
{
    if (!serving) {
        return NULL;
    }
    references++;
    return &application;
}

static void
set(void *app, HANDLE handle)
{
    ck_assert_ptr_eq(app, &application);
    sets++;
    set_handle = handle;
}

static void
unref(void *app)
{
    ck_assert_ptr_eq(app, &application);
    references--;
}

static const struct ex_app_events events = {current, set, unref};

static void
setup(void)
{
    fixture_setup();
    ex_app_events_register(&events);
    serving = true;
    sets = references = 0;
}

static void
teardown(void)
{
    ex_app_events_register(NULL);
    fixture_teardown();
}

START_TEST(setting_the_object_sets_the_applications_event)
{
    HANDLE handle = ULongToHandle(8);
    PVOID object;

    ck_assert_int_eq(ObReferenceObjectByHandle(handle, SYNCHRONIZE | EVENT_MODIFY_STATE,
                                               *ExEventObjectType, UserMode, &object, NULL),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(references, 1);
    serving = false; /* Later, in no request any more. */
    KeSetEvent(object, IO_NO_INCREMENT, FALSE);
    ck_assert_uint_eq(sets, 1);
    ck_assert_ptr_eq(set_handle, handle);
    ck_assert_int_eq(KeReadStateEvent(object), 1);
    KePulseEvent(object, IO_NO_INCREMENT, FALSE);
    ck_assert_uint_eq(sets, 2);
    ObDereferenceObject(object);
    ck_assert_uint_eq(references, 0);
}
END_TEST

START_TEST(kernel_handles_and_other_types_are_not_the_applications)
{
    HANDLE handle;
    PVOID object;

    ck_assert_int_eq(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE),
                     STATUS_SUCCESS);
    ck_assert_int_eq(
        ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, KernelMode, &object, NULL),
        STATUS_SUCCESS);
    KeSetEvent(object, IO_NO_INCREMENT, FALSE);
    ck_assert_uint_eq(sets, 0);
    ObDereferenceObject(object);
    ck_assert_int_eq(ObReferenceObjectByHandle(ULongToHandle(4000), 0, *ExSemaphoreObjectType,
                                               UserMode, &object, NULL),
                     STATUS_INVALID_HANDLE);
    serving = false; /* A thread of the driver's own: it means its own handles. */
    ck_assert_int_eq(
        ObReferenceObjectByHandle(handle, 0, *ExEventObjectType, UserMode, &object, NULL),
        STATUS_SUCCESS);
    ObDereferenceObject(object);
    ck_assert_uint_eq(references, 0);
    ZwClose(handle);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("app_event");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, setting_the_object_sets_the_applications_event);
    tcase_add_test(tests, kernel_handles_and_other_types_are_not_the_applications);
    return fixture_run("nt/ex_app_event", tests);
}
