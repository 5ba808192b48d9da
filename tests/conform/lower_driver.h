/* SPDX-License-Identifier: MIT */
/* A WDM driver to stand below the driver under test: it remembers what it was asked, and obeys. */
#ifndef OPENWDF_TESTS_LOWER_DRIVER_H
#define OPENWDF_TESTS_LOWER_DRIVER_H

#include <ntddk.h>

#include <stdbool.h>

#include <openwdf/bench.h>

/* What it does with a request. */
enum answer {
    COMPLETE,
    PEND,      /* Keeps it, cancelable, until the test completes it. */
    PEND_DEAF, /* Keeps it and lets nobody cancel it. */
};

extern struct lower_state {
    enum answer answer;
    NTSTATUS status;
    bool others; /* Internal controls have arguments, not buffers. */
    unsigned count;
    unsigned creates;
    unsigned closes;
    IO_STACK_LOCATION last;
    IRP *pending;
    PVOID system_buffer;
    DEVICE_OBJECT *device;
} below;

/* Its entry point, for bench_driver_load_entry. */
bench_status lower_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path);

/* Ends the request that it keeps, unless somebody cancels it. */
void lower_complete_pending(NTSTATUS status);

#endif
