/* SPDX-License-Identifier: MIT */
/*
 * The test program is the driver: it links the stub, and the bench loads it by its entry point. A test says what
 * its driver does when a device is added, then plays the application.
 */
#ifndef OPENWDF_TESTS_IO_FIXTURE_H
#define OPENWDF_TESTS_IO_FIXTURE_H

#include <ntddk.h>
#include <wdf.h>

#include <check.h>
#include <stdbool.h>

#include <openwdf/bench.h>

#define IO_TEST(code)                                                                              \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (code), METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IO_TEST_IN(code)                                                                           \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (code), METHOD_IN_DIRECT, FILE_ANY_ACCESS)
#define IO_TEST_OUT(code)                                                                          \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (code), METHOD_OUT_DIRECT, FILE_ANY_ACCESS)
#define IO_TEST_NEITHER(code)                                                                      \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (code), METHOD_NEITHER, FILE_ANY_ACCESS)

struct io_hooks {
    void (*init)(PWDFDEVICE_INIT init); /* Before WdfDeviceCreate. NULL: nothing. */
    NTSTATUS (*add)(WDFDEVICE device);  /* After it: makes the queues. NULL: nothing. */
    WDF_OBJECT_ATTRIBUTES *device_attributes;
    struct bench_driver *lower; /* Under the driver in the stack. */
    bool no_file;               /* io_open opens no file. */
};

/* What is open. */
struct io_test {
    struct bench *bench;
    struct bench_driver *driver;
    struct bench_device *device;
    struct bench_file *file;
    WDFDEVICE handle;
};

extern struct io_test io;
extern const GUID io_interface; /* The class of the device's interface. */

/* The same in steps: a bench; then drivers of the test's own; then the device. */
void io_bench(void);
void io_start(const struct io_hooks *hooks);

/* Bench, driver, started device and one open file. Any failure fails the test. */
void io_open(const struct io_hooks *hooks);

/* Closes and removes everything; a leak fails the test. */
void io_close(void);

/* For tests that end in a bug check: nothing is taken back. */
void io_expect_bugcheck(WDF_BUGCHECK_CODES code, void (*fn)(void *argument), void *argument);

/* Another open of the device. */
struct bench_file *io_open_file(void);

/* A request to the device that waits for its end. */
NTSTATUS io_control(ULONG code);

/* A queue with that configuration, made in the add hook. */
WDFQUEUE io_queue(WDFDEVICE device, WDF_IO_QUEUE_CONFIG *config, WDF_OBJECT_ATTRIBUTES *attributes);

/* Sends an asynchronous device control without buffers. io_reap waits, deletes, and returns its status. */
struct bench_request *io_send(ULONG code);
NTSTATUS io_reap(struct bench_request *request);

/* What a handler has kept, in order of delivery; io_keep* are request handlers that keep. */
#define IO_KEPT_MAX 64
extern WDFREQUEST io_kept[IO_KEPT_MAX];
extern unsigned io_kept_count;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL io_keep;
EVT_WDF_IO_QUEUE_IO_DEFAULT io_keep_default;

/* Counts and completes. */
extern unsigned io_completed_count;
EVT_WDF_IO_QUEUE_IO_DEVICE_CONTROL io_complete_now;

/* The function code of a request (IO_TEST(code) gives code). */
unsigned io_code(WDFREQUEST request);

#define assert_status(actual, expected)                                                            \
    do {                                                                                           \
        NTSTATUS seen_ = (actual);                                                                 \
        ck_assert_msg(seen_ == (NTSTATUS)(expected), "%s is %s, not %s", #actual,                  \
                      bench_status_name(seen_), bench_status_name((NTSTATUS)(expected)));          \
    } while (0)

/* A program's main: runs the suite that `fill` fills. */
int io_main(const char *name, void (*fill)(TCase *tests));

#endif
