/* SPDX-License-Identifier: MIT */
/*
 * Every handle that a framework function takes, with handles that are none: NULL, numbers, pointers of the process,
 * handles of other types, and handles of objects that are gone, whatever their memory holds now. Each is named,
 * and nothing else happens.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "fx/core/globals.h"
#include "fx/object/object.h"
#include "fx_imports.h"

struct call {
    const char *name; /* Function and parameter. */
    const char *type; /* Of the handle. */
    void (*fn)(void *handle);
    bool optional;
};

static _Alignas(16) unsigned char scratch[4096];
static _Alignas(16) unsigned char structure[4096];

/* An object that is nothing but its type: all that a function may look at before it has seen every handle. */
struct bare {
    struct fx_object object;
    unsigned char rest[4096];
};

static struct fx_class bare_classes[FX_TYPE_COUNT];
static struct bare bare_objects[FX_TYPE_COUNT];

static enum fx_type
type_named(const char *name)
{
    int type;

    for (type = 0; type < FX_TYPE_COUNT; type++) {
        if (strcmp(fx_type_name((enum fx_type)type), name) == 0) {
            return (enum fx_type)type;
        }
    }
    ck_abort_msg("no type is named %s", name);
}

static const struct fx_class *
bare_class(enum fx_type type)
{
    bare_classes[type] =
        (struct fx_class){.type = type, .name = fx_type_name(type), .size = sizeof(struct bare)};
    return &bare_classes[type];
}

/* Makes `bare` live: the first time, or again. */
static void *
revive(struct bare *bare, enum fx_type type)
{
    fx_object_init(&bare->object, bare_class(type), fx_globals_of(WdfDriverGlobals));
    return fx_object_handle(&bare->object);
}

static void *
right(const char *type_name)
{
    enum fx_type type = type_named(type_name);

    return revive(&bare_objects[type], type);
}

static void *
sized(size_t size)
{
    ULONG number = (ULONG)size;

    memset(structure, 0, sizeof(structure));
    memcpy(structure, &number, sizeof(number));
    return structure;
}

#include "bad_handles_calls.inc"

#define CALL_COUNT (sizeof(calls) / sizeof(calls[0]))

static void *handle_to_try;
static const struct call *current;

static void
try_it(void *argument)
{
    current->fn(handle_to_try);
}

static void
expect(const struct call *call, WDF_BUGCHECK_CODES code, void *handle)
{
    unsigned char before[sizeof(scratch)];

    memcpy(before, scratch, sizeof(scratch));
    current = call;
    handle_to_try = handle;
    fixture_expect_bugcheck(code, try_it, NULL);
    ck_assert_msg(memcmp(before, scratch, sizeof(scratch)) == 0, "%s has written its results",
                  call->name);
    if (code == WDF_INVALID_HANDLE) {
        ck_assert_msg(fixture_bugcheck_parameter(2) == (ULONG_PTR)handle, "%s names another handle",
                      call->name);
    }
}

START_TEST(null_is_no_handle)
{
    const struct call *call = &calls[_i];

    if (!call->optional) {
        expect(call, WDF_REQUIRED_PARAMETER_IS_NULL, NULL);
    }
}
END_TEST

START_TEST(numbers_and_pointers_are_no_handles)
{
    const struct call *call = &calls[_i];
    struct fx_object object = {.handle = NULL};
    char local[16] = "";

    fx_handle_renew(&object);
    fx_handle_end(&object); /* Its address, and no object is there. */
    expect(call, WDF_INVALID_HANDLE, (void *)42);
    expect(call, WDF_INVALID_HANDLE, local);
    expect(call, WDF_INVALID_HANDLE, local + 1);
    expect(call, WDF_INVALID_HANDLE, (void *)((uintptr_t)object.handle | FX_HANDLE_BIT));
}
END_TEST

START_TEST(an_object_of_another_type_is_refused)
{
    const struct call *call = &calls[_i];
    WDFCOLLECTION collection;

    if (strcmp(call->type, "WDFOBJECT") == 0) {
        return; /* Any will do. */
    }
    ck_assert_int_eq(WdfCollectionCreate(WDF_NO_OBJECT_ATTRIBUTES, &collection), STATUS_SUCCESS);
    expect(call, WDF_INVALID_HANDLE,
           strcmp(call->type, "WDFCOLLECTION") != 0 ? (void *)collection
                                                    : (void *)WdfDriverGlobals->Driver);
    WdfObjectDelete(collection);
}
END_TEST

/* The memory went back to the system's allocator; under a sanitizer nobody may see that it was looked at. */
START_TEST(a_deleted_object_is_refused)
{
    const struct call *call = &calls[_i];
    struct bare *bare;
    void *handle;

    ck_assert_int_eq(fx_object_create(bare_class(type_named(call->type)),
                                      fx_globals_of(WdfDriverGlobals), WDF_NO_OBJECT_ATTRIBUTES,
                                      NULL, 0, &bare),
                     STATUS_SUCCESS);
    handle = fx_object_commit(&bare->object);
    fx_object_delete(&bare->object);
    expect(call, WDF_INVALID_HANDLE, handle);
    ck_assert(fixture_logged("that object is gone"));
}
END_TEST

START_TEST(memory_that_became_another_object_of_the_type_is_not_taken_for_the_old_one)
{
    const struct call *call = &calls[_i];
    static struct bare bare;
    enum fx_type type = type_named(call->type);
    unsigned char before[sizeof(bare)];
    void *first = revive(&bare, type);
    void *second;

    fx_handle_end(&bare.object);
    expect(call, WDF_INVALID_HANDLE, first);
    second = revive(&bare, type);
    ck_assert_ptr_ne(first, second);
    memcpy(before, &bare, sizeof(bare));
    expect(call, WDF_INVALID_HANDLE, first);
    ck_assert_msg(memcmp(before, &bare, sizeof(bare)) == 0, "%s touched another object",
                  call->name);
    ck_assert(fixture_logged("that object is gone, its memory held or holds a "));
}
END_TEST

START_TEST(memory_that_became_something_else_is_no_object)
{
    static const unsigned char fillings[] = {0x00, 0x7f, 0xa5, 0xff};
    const struct call *call = &calls[_i];
    static struct bare bare;
    void *handle = revive(&bare, type_named(call->type));

    for (size_t i = 0; i < sizeof(fillings); i++) {
        memset(&bare, fillings[i], sizeof(bare));
        expect(call, WDF_INVALID_HANDLE, handle);
    }
    memset(&bare, 0, sizeof(bare));
}
END_TEST

START_TEST(no_handle_comes_again_soon)
{
    static struct bare bare;
    void *first = revive(&bare, FX_TYPE_REQUEST);
    unsigned wrong = 0;

    for (int i = 1; i < 1 << FX_HANDLE_NUMBER_BITS; i++) {
        fx_handle_end(&bare.object);
        wrong += fx_handle_is(first, FX_TYPE_REQUEST);
        fx_handle_renew(&bare.object);
        wrong += fx_handle_is(first, FX_TYPE_REQUEST);
        wrong += !fx_handle_is(fx_object_handle(&bare.object), FX_TYPE_REQUEST);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fx/bad_handles");
    TCase *tests = tcase_create("bad_handles");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, fixture_open, fixture_close);
    tcase_add_loop_test(tests, null_is_no_handle, 0, (int)CALL_COUNT);
    tcase_add_loop_test(tests, numbers_and_pointers_are_no_handles, 0, (int)CALL_COUNT);
    tcase_add_loop_test(tests, an_object_of_another_type_is_refused, 0, (int)CALL_COUNT);
    tcase_add_loop_test(tests, a_deleted_object_is_refused, 0, (int)CALL_COUNT);
    tcase_add_loop_test(tests,
                        memory_that_became_another_object_of_the_type_is_not_taken_for_the_old_one,
                        0, (int)CALL_COUNT);
    tcase_add_loop_test(tests, memory_that_became_something_else_is_no_object, 0, (int)CALL_COUNT);
    tcase_add_test(tests, no_handle_comes_again_soon);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
