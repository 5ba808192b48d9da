/* SPDX-License-Identifier: MIT */
/* Export drivers: one instance for all that link them, and the framework inside them. */
#include <ntddk.h>

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openwdf/bench.h>

#include "export_client.h"

static struct bench *bench;
static struct bench_driver *drivers[2];
static struct bench_device *devices[2];
static struct bench_file *files[2];

static void
must(bench_status status)
{
    ck_assert_msg(bench_ok(status), "%s: %s\n%s", bench_status_name(status), bench_error(),
                  bench_output(bench));
}

static void
load(unsigned i)
{
    static const char *const paths[] = {EXPORT_CLIENT_1, EXPORT_CLIENT_2};
    struct bench_device_params params = {0};

    must(bench_driver_load(bench, paths[i], &drivers[i]));
    params.function = drivers[i];
    must(bench_device_add(bench, &params, &devices[i]));
    /* The newest of the class is this driver's: the other one's was opened before. */
    must(bench_open_interface(bench, (const struct _GUID *)&export_guid, i, 0, &files[i]));
}

static unsigned
unload(unsigned i)
{
    bench_close(files[i]);
    must(bench_device_remove(devices[i]));
    return bench_driver_unload(drivers[i]);
}

static unsigned
occurrences(const char *text)
{
    const char *at = bench_output(bench);
    unsigned count = 0;

    while ((at = strstr(at, text)) != NULL) {
        count++;
        at += strlen(text);
    }
    return count;
}

static bench_status
control(unsigned i, uint32_t code)
{
    return bench_ioctl(files[i], code, NULL, 0, NULL, 0, NULL);
}

START_TEST(is_there_once_from_the_first_driver_to_the_last)
{
    must(bench_create(NULL, &bench));
    load(0);
    load(1);
    ck_assert_uint_eq(occurrences("plain: DllInitialize"), 1);
    must(control(0, EXPORT_PLAIN));
    must(control(1, EXPORT_PLAIN));
    ck_assert_uint_eq(unload(0), 0);
    ck_assert_uint_eq(occurrences("DllUnload"), 0);
    must(control(1, EXPORT_PLAIN));
    ck_assert_uint_eq(unload(1), 0);
    ck_assert_uint_eq(occurrences("common: DllUnload"), 1);
    ck_assert_uint_eq(occurrences("plain: DllUnload"), 1);
    /* And again, from the start. */
    load(0);
    must(control(0, EXPORT_PLAIN));
    ck_assert_uint_eq(unload(0), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(works_for_the_driver_that_calls)
{
    must(bench_create(NULL, &bench));
    load(0);
    load(1);
    must(control(0, EXPORT_CHECK));
    must(control(1, EXPORT_CHECK));
    must(control(0, EXPORT_CHECK));
    ck_assert_uint_eq(unload(1), 0);
    ck_assert_uint_eq(unload(0), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

static void *
check_often(void *argument)
{
    unsigned i = (unsigned)(uintptr_t)argument;

    for (int n = 0; n < 50; n++) {
        if (!bench_ok(control(i, EXPORT_CHECK))) {
            return (void *)1;
        }
    }
    return NULL;
}

START_TEST(works_for_several_drivers_at_once)
{
    pthread_t threads[4];

    must(bench_create(NULL, &bench));
    load(0);
    load(1);
    for (unsigned i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, check_often, (void *)(uintptr_t)(i % 2)),
                         0);
    }
    for (unsigned i = 0; i < 4; i++) {
        void *failed;

        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    ck_assert_uint_eq(unload(0), 0);
    ck_assert_uint_eq(unload(1), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(what_it_makes_for_a_driver_goes_with_that_driver)
{
    must(bench_create(NULL, &bench));
    load(0);
    load(1);
    must(control(0, EXPORT_LEAK));
    /* Deleted with the driver whose it is, while the export driver stays. */
    ck_assert_uint_eq(unload(0), 0);
    must(control(1, EXPORT_CHECK));
    ck_assert_uint_eq(unload(1), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

static bool
refuse_plain(void *argument, size_t size, uint32_t tag)
{
    return tag == 'nalP';
}

START_TEST(needs_no_framework_though_it_is_linked_for_it)
{
    struct bench_driver *driver;

    must(bench_create(NULL, &bench));
    must(bench_driver_load(bench, EXPORT_UNBOUND, &driver));
    ck_assert_uint_eq(occurrences("plain: DllInitialize"), 1);
    ck_assert_uint_eq(bench_driver_unload(driver), 0);
    ck_assert_uint_eq(occurrences("unbound: unload"), 1);
    ck_assert_uint_eq(occurrences("plain: DllUnload"), 1);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

START_TEST(refusal_of_dll_initialize_fails_the_driver)
{
    must(bench_create(NULL, &bench));
    bench_set_pool_failure(bench, refuse_plain, NULL);
    ck_assert_int_eq(bench_driver_load(bench, EXPORT_CLIENT_1, &drivers[0]),
                     STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_uint_eq(occurrences("export driver"), 2); /* Both are named. */
    bench_set_pool_failure(bench, NULL, NULL);
    load(0);
    ck_assert_uint_eq(unload(0), 0);
    ck_assert_uint_eq(bench_destroy(bench), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("export_driver");
    TCase *tests = tcase_create("export_driver");
    SRunner *runner;
    int failed;

    tcase_add_test(tests, is_there_once_from_the_first_driver_to_the_last);
    tcase_add_test(tests, works_for_the_driver_that_calls);
    tcase_add_test(tests, works_for_several_drivers_at_once);
    tcase_add_test(tests, what_it_makes_for_a_driver_goes_with_that_driver);
    tcase_add_test(tests, needs_no_framework_though_it_is_linked_for_it);
    tcase_add_test(tests, refusal_of_dll_initialize_fails_the_driver);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
