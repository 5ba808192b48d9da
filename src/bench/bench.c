/* SPDX-License-Identifier: MIT */
/* The bench's life, its drivers and its devices. A composition root: it may know every layer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/log.h"
#include "bench/bench_priv.h"
#include "nt/rtl/rtl.h"
#include "nt/cm/cm.h"
#include "nt/ex/ex.h"
#include "nt/io/io.h"
#include "nt/ke/interrupt.h"
#include "nt/nt.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"
#include "win32/device.h"
#include "win32/registry.h"

static struct bench *the_bench;

bench_status
bench_create(const struct bench_params *params, struct bench **ret_bench)
{
    struct nt_params nt = {.bugcheck_handler = bench_bugcheck_handler};
    const char *breakpoints = getenv("OPENWDF_BREAKPOINTS");
    const char *file_root = params != NULL ? params->file_root : NULL;
    struct bench *bench;
    NTSTATUS status;

    if (the_bench != NULL) {
        return bench_fail(STATUS_DEVICE_BUSY, "there is a bench in this process already");
    }
    bench = sys_alloc_zeroed(sizeof(*bench));
    if (bench == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    list_init(&bench->drivers);
    list_init(&bench->devices);
    list_init(&bench->fits);
    list_init(&bench->files);
    list_init(&bench->requests);
    bench->process_id = (uint64_t)getpid();
    bench_output_init(params);
    bench_trace_init();
    status = nt_init(&nt);
    if (!NT_SUCCESS(status)) {
        bench_trace_fini();
        bench_output_fini();
        sys_free(bench);
        return bench_fail(status, "the executive did not start");
    }
    rtl_set_pass_breaks(breakpoints != NULL && strcmp(breakpoints, "continue") == 0);
    status = io_set_file_root(file_root != NULL ? file_root : getenv("OPENWDF_ROOT"));
    if (!NT_SUCCESS(status)) {
        nt_fini();
        bench_trace_fini();
        bench_output_fini();
        sys_free(bench);
        return bench_fail(status, "the folder %s for files cannot be used",
                          file_root != NULL ? file_root : getenv("OPENWDF_ROOT"));
    }
    w32_set_devices(&bench_win32_devices);
    w32_set_registry(cm_store); /* User-mode drivers see the one that tests fill. */
    bench_devices_init(bench);
    status = bench_faults_init(params);
    if (!NT_SUCCESS(status)) {
        bench_faults_fini();
        nt_fini();
        bench_output_fini();
        sys_free(bench);
        return bench_fail(status, "the filter for faults cannot be loaded");
    }
    the_bench = bench;
    *ret_bench = bench;
    return STATUS_SUCCESS;
}

unsigned
bench_destroy(struct bench *bench)
{
    unsigned leaks;

    if (bench == NULL) {
        return 0;
    }
    bench_output_show_warnings();
    bench->leaks += bench_close_all(bench);
    bench_devices_remove_all(bench);
    while (!list_empty(&bench->drivers)) {
        (void)bench_driver_unload(container_of(bench->drivers.prev, struct bench_driver, link));
    }
    bench_faults_fini();
    bench->leaks += io_irps_in_use() + ke_interrupts_connected();
    leaks = bench->leaks - bench->driver_blocks + (unsigned)nt_fini();
    bench_devices_fini(bench);
    bench_trace_fini();
    bench_output_fini();
    the_bench = NULL;
    sys_free(bench);
    return leaks;
}

/* Drivers ------------------------------------------------------------------------------------- */

/*
 * Starts a driver that is linked into the program. Of several in one image the first one is
 * accounted for what the image allocates.
 */
static NTSTATUS
start_linked(PDRIVER_OBJECT driver, PDRIVER_INITIALIZE entry)
{
    const void *address = (const void *)(uintptr_t)entry;
    uintptr_t start;
    uintptr_t end;

    if (ex_pool_owner_of_code(address) == NULL) {
        module_code_range(address, &start, &end);
        io_driver_set_code(driver, start, end);
    }
    return io_driver_start(driver, entry);
}

/* Makes the driver object and runs the entry point. Takes the module over, in failure too. */
static bench_status
start_driver(struct bench *bench, const char *name, struct module *module, PDRIVER_INITIALIZE entry,
             struct bench_driver **ret_driver)
{
    struct bench_driver *driver = sys_alloc_zeroed(sizeof(*driver));
    NTSTATUS status;

    if (driver == NULL) {
        module_close(module);
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    driver->bench = bench;
    driver->module = module;
    list_init(&driver->link);
    status = io_driver_create(name, &driver->object);
    if (!NT_SUCCESS(status)) {
        module_close(module);
        sys_free(driver);
        return bench_fail(status, "%s: %s", name,
                          status == STATUS_OBJECT_NAME_COLLISION
                              ? "a driver with this name is loaded"
                              : "the driver object cannot be made");
    }
    status =
        module != NULL ? module_start(module, driver->object) : start_linked(driver->object, entry);
    sys_lock_acquire(&bench->lock);
    list_push_back(&bench->drivers, &driver->link);
    sys_lock_release(&bench->lock);
    if (!NT_SUCCESS(status)) {
        (void)bench_driver_unload(driver);
        return bench_fail(status, "%s: DriverEntry failed with %s", name,
                          bench_status_name(status));
    }
    *ret_driver = driver;
    return status;
}

bench_status
bench_driver_load(struct bench *bench, const char *path, struct bench_driver **ret_driver)
{
    struct module_error error;
    struct module *module;
    char name[256];
    NTSTATUS status;

    status = module_open(path, &module, &error);
    if (!NT_SUCCESS(status)) {
        return bench_fail(status, "%s", error.text);
    }
    snprintf(name, sizeof(name), "%s", module_name(module));
    return start_driver(bench, name, module, NULL, ret_driver);
}

bench_status
bench_driver_load_entry(struct bench *bench, const char *name, bench_entry_fn *entry,
                        struct bench_driver **ret_driver)
{
    return start_driver(bench, name, NULL, entry, ret_driver);
}

unsigned
bench_driver_unload(struct bench_driver *driver)
{
    struct bench *bench = driver->bench;
    struct io_driver_leaks leaks = io_driver_unload(driver->object);
    unsigned count = leaks.devices + leaks.pool_blocks;

    module_close(driver->module);
    sys_lock_acquire(&bench->lock);
    list_remove(&driver->link);
    bench->leaks += count;
    bench->driver_blocks += leaks.pool_blocks;
    sys_lock_release(&bench->lock);
    sys_free(driver);
    return count;
}

void *
bench_driver_object(struct bench_driver *driver)
{
    return driver->object;
}
