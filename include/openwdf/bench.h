/* SPDX-License-Identifier: MIT */
/*
 * The bench: a device stack inside the calling process.
 *
 * Everything a host process has, the framework, the executive and your driver, runs in this process,
 * without rings, sockets or other processes in between: so a test, a fuzzer or a debugger sees a
 * driver's code as its own.
 *
 *     struct bench *bench;
 *     bench_create(NULL, &bench);
 *     struct bench_driver *driver;
 *     bench_driver_load(bench, "echo.so", &driver);
 *     struct bench_device *device;
 *     bench_device_add(bench, &(struct bench_device_params){.function = driver}, &device);
 *     struct bench_file *file;
 *     bench_open_interface(bench, &GUID_DEVINTERFACE_ECHO, 0, BENCH_READ | BENCH_WRITE, &file);
 *     bench_write(file, "hello", 5, NULL);
 *     bench_close(file);
 *     unsigned leaks = bench_destroy(bench);
 *
 * Conventions. Functions that can fail return a bench_status, which is an NTSTATUS; bench_error() has
 * the last failure in words. Strings are UTF-8. A function that waits may be called from any thread
 * that is not inside a driver's callback. One bench exists at a time in a process.
 *
 * The header needs no Windows header; it can be used next to them.
 */
#ifndef OPENWDF_BENCH_H
#define OPENWDF_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_API __attribute__((visibility("default")))

/* An NTSTATUS: negative for errors and warnings, else success. */
typedef int32_t bench_status;

static inline bool
bench_ok(bench_status status)
{
    return status >= 0;
}

/* The Windows types, declared so that the header needs no Windows header. */
struct _DRIVER_OBJECT;
struct _UNICODE_STRING;
struct _GUID;

struct bench;
struct bench_driver;
struct bench_device;
struct bench_file;
struct bench_request;

/* Life ---------------------------------------------------------------------------------------- */

struct bench_params {
    /*
     * The folder in which drivers find \??\C: and \SystemRoot. It is made when it is missing. NULL:
     * $OPENWDF_ROOT; when that is not set either, opening an ordinary file fails.
     */
    const char *file_root;

    /*
     * Gets each line of debug output (DbgPrint and the framework's own reports), without its line
     * end, on the thread that made it. NULL: lines are kept for bench_output() and nothing is shown.
     */
    void (*output)(void *argument, const char *line);
    void *output_argument;

    /* bench_fail_irp works: each stack gets a filter at its bottom. */
    bool faults;

    /* Debug output also goes to the standard error. $OPENWDF_VERBOSE does the same. */
    bool verbose;
};

/* Makes the bench. params NULL: all defaults. */
BENCH_API bench_status bench_create(const struct bench_params *params, struct bench **ret_bench);

/*
 * Removes devices and unloads drivers that are left, in the right order, and ends all threads.
 * Returns the number of leaks: pool blocks, IRPs, devices and files that drivers or the caller left
 * behind; each was reported as debug output. NULL is allowed.
 */
BENCH_API unsigned bench_destroy(struct bench *bench);

/*
 * Puts the text of a .reg file into the registry that drivers see. It is in memory and new for each
 * bench; what a driver needs to find there is imported before the driver is loaded.
 */
BENCH_API bench_status bench_registry_import(struct bench *bench, const char *text);

/*
 * A key with all below it as the text of a .reg file, for free(); NULL when there is no such key.
 * `path` as people write it: "HKLM\\SYSTEM\\CurrentControlSet\\Services\\echo".
 */
BENCH_API char *bench_registry_export(struct bench *bench, const char *path);

/*
 * WMI, as its clients see it. A block of data is known by its GUID; the instances of all devices that
 * have it are counted through from 0, in the order in which the devices were started.
 */
struct bench_wmi_block {
    uint8_t guid[16];
    uint32_t instances;
    uint32_t flags; /* WMIREG_FLAG_... */
};

/* Fills `blocks` with up to `room` blocks of all devices; returns how many there are. */
BENCH_API size_t bench_wmi_blocks(struct bench *bench, struct bench_wmi_block *blocks, size_t room);

/* *size: in, the buffer's; out, the data's. STATUS_BUFFER_TOO_SMALL: they do not fit. */
BENCH_API bench_status bench_wmi_query(struct bench *bench, const struct _GUID *guid,
                                       uint32_t instance, void *buffer, size_t *size);
BENCH_API bench_status bench_wmi_set(struct bench *bench, const struct _GUID *guid,
                                     uint32_t instance, const void *data, size_t size);
BENCH_API bench_status bench_wmi_set_item(struct bench *bench, const struct _GUID *guid,
                                          uint32_t instance, uint32_t item, const void *data,
                                          size_t size);
BENCH_API bench_status bench_wmi_execute(struct bench *bench, const struct _GUID *guid,
                                         uint32_t instance, uint32_t method, const void *in,
                                         size_t in_size, void *out, size_t *out_size);

/* Tells the first device with that block that somebody listens to its events, or does no more. */
BENCH_API bench_status bench_wmi_enable_events(struct bench *bench, const struct _GUID *guid,
                                               bool enable);

/* The last failure of the calling thread in words; "" when there was none. */
BENCH_API const char *bench_error(void);

/* "STATUS_INVALID_DEVICE_REQUEST", or "0xC0000010" for a status without a known name. */
BENCH_API const char *bench_status_name(bench_status status);

/* Drivers ------------------------------------------------------------------------------------- */

/*
 * Loads a driver module (an ELF shared object) and runs its DriverEntry. Everything the module needs
 * and nobody provides is named in bench_error(). A driver whose DriverEntry fails is unloaded
 * again and its status returned.
 */
BENCH_API bench_status bench_driver_load(struct bench *bench, const char *path,
                                         struct bench_driver **ret_driver);

/*
 * The same for a driver that is linked into the program. `entry` is its entry point: DriverEntry of a
 * WDM driver, FxDriverEntry of one that uses the framework. `name` is its service name.
 */
typedef bench_status bench_entry_fn(struct _DRIVER_OBJECT *driver_object,
                                    struct _UNICODE_STRING *registry_path);
BENCH_API bench_status bench_driver_load_entry(struct bench *bench, const char *name,
                                               bench_entry_fn *entry,
                                               struct bench_driver **ret_driver);

/*
 * Runs the driver's unload routine and unmaps it. Its devices must be removed before. Returns the
 * number of leaks; bench_destroy counts them too.
 */
BENCH_API unsigned bench_driver_unload(struct bench_driver *driver);

/* The DRIVER_OBJECT, for tests that look inside. */
BENCH_API void *bench_driver_object(struct bench_driver *driver);

/* Devices ------------------------------------------------------------------------------------- */

/*
 * Devices form a tree. Those that are added here are enumerated from software, as by "ROOT"; what a bus
 * driver among their drivers reports (WdfFdoAddStaticChild, child lists, IoInvalidateDeviceRelations
 * …) appears below them by itself, with the drivers that bench_install said fit its ids.
 *
 * Each function that does something to a device returns when that is done, including what it brings
 * about below the device. What a driver asks for is done by a worker: bench_wait_quiet.
 */

/* What hardware a device needs. */
enum bench_resource_kind {
    BENCH_MEMORY,
    BENCH_PORT,
    BENCH_INTERRUPT, /* minimum, maximum: vectors. */
    BENCH_DMA,       /* minimum, maximum: channels. */
    BENCH_BUS_NUMBER,
};

struct bench_resource {
    enum bench_resource_kind kind;
    uint64_t minimum;
    uint64_t maximum;   /* Inclusive. */
    uint64_t length;    /* Of memory, ports and bus numbers. */
    uint64_t alignment; /* 0: any. */
    uint16_t flags;     /* CM_RESOURCE_… */
    bool shared;
    bool alternative; /* Instead of the one before it, if that cannot be had. */
};

struct bench_device_params {
    struct bench_driver *function; /* NULL: what bench_install says, else a raw device. */
    /* Each ends with NULL and begins at the bottom. NULL: none. */
    struct bench_driver *const *lower_filters;
    struct bench_driver *const *upper_filters;
    struct bench_driver *const *lower_class_filters; /* Above the lower filters. */
    struct bench_driver *const *upper_class_filters; /* Above the upper filters. */
    const char *instance_id;           /* "ROOT\ECHO\0000". NULL: from the driver's name. */
    const char *const *hardware_ids;   /* Ends with NULL. NULL: from the instance id. */
    const char *const *compatible_ids; /* Ends with NULL. NULL: none. */
    const char *description;           /* NULL: the instance id. */
    const struct bench_resource *resources;
    size_t resource_count;
    unsigned wakes_from; /* 1 … 4: it can wake the system from S1 … S4, and itself. 0: it cannot. */
    bool removable;      /* It may be pulled out by hand. */
    bool ejectable;      /* ... and the bus can eject it. */
    bool keep;           /* It stays, with its problem, when it does not start. */
};

/*
 * Makes a device, calls the drivers' AddDevice routines (EvtDriverDeviceAdd) and starts it. When a
 * step fails everything is undone and that step's status returned, unless it is to be kept.
 */
BENCH_API bench_status bench_device_add(struct bench *bench,
                                        const struct bench_device_params *params,
                                        struct bench_device **ret_device);

/*
 * Orderly removal: the drivers are asked first, those of the devices below it before. When one refuses, or
 * a file is open (STATUS_DEVICE_BUSY), all stay; else the device is gone, and with it the bench_device when it came
 * from bench_device_add. A device that a bus driver reports loses its drivers until bench_device_enable.
 */
BENCH_API bench_status bench_device_remove(struct bench_device *device);

/*
 * The device was pulled out. Open files stay open; their requests fail. Its drivers are removed
 * from it when the last file is closed. The bench_device is gone when it came from bench_device_add. A
 * device that a bus driver reports is treated as one that fails: what is plugged in is the bus driver's business.
 */
BENCH_API void bench_device_surprise_remove(struct bench_device *device);

/* Which drivers fit the devices that have one of these hardware or compatible ids. */
struct bench_installation {
    const char *const *hardware_ids; /* Ends with NULL. */
    struct bench_driver *function;   /* NULL: they are raw devices. */
    struct bench_driver *const *lower_filters;
    struct bench_driver *const *upper_filters;
    struct bench_driver *const *lower_class_filters;
    struct bench_driver *const *upper_class_filters;
    const char *class_name; /* NULL: none. */
    const struct _GUID *class_guid;
};

/*
 * A device gets the drivers of the installation that names the earliest of its ids; of two that name the
 * same, the later. Devices that are there already keep what they have until bench_device_enable or
 * bench_device_restart. All is copied but the drivers.
 */
BENCH_API bench_status bench_install(struct bench *bench,
                                     const struct bench_installation *installation);

/*
 * The device with this instance id, for instance one that a bus driver reported; several results for one
 * device are possible. It is valid until bench_destroy, also when the device is gone.
 * STATUS_NO_SUCH_DEVICE.
 */
BENCH_API bench_status bench_device_find(struct bench *bench, const char *instance_id,
                                         struct bench_device **ret_device);

/*
 * The tree: a line for each device, two more spaces before it for each device above it: instance id,
 * state, and the number of its problem if it has one. Valid until the next call.
 */
BENCH_API const char *bench_tree(struct bench *bench);

/* Waits until the tree is at rest and no work item is left. Timers that have not expired do not count. */
BENCH_API void bench_wait_quiet(struct bench *bench);

/* "Started", "Removed" …; Device Manager's number of its problem (0: none), and the status with it. */
BENCH_API const char *bench_device_state(struct bench_device *device);
BENCH_API unsigned bench_device_problem(struct bench_device *device, bench_status *ret_status);

/* As its bus driver told PoSetPowerState: 1 is D0 … 4 is D3; 0: not known. */
BENCH_API unsigned bench_device_power_state(struct bench_device *device);

/* Removes the drivers in an orderly way, and lets them have the device again. */
BENCH_API bench_status bench_device_disable(struct bench_device *device);
BENCH_API bench_status bench_device_enable(struct bench_device *device);

/* Both at once. */
BENCH_API bench_status bench_device_restart(struct bench_device *device);

/* As a user who presses the device's eject button. */
BENCH_API bench_status bench_device_eject(struct bench_device *device);

/*
 * Stops the device for a rebalance, and all below it; and starts them again with the same resources.
 * A refusal leaves them running. The first asks only.
 */
BENCH_API bench_status bench_device_query_stop(struct bench_device *device);
BENCH_API void bench_device_cancel_stop(struct bench_device *device);
BENCH_API bench_status bench_device_stop(struct bench_device *device);
BENCH_API bench_status bench_device_start(struct bench_device *device);

/*
 * A special file comes on the device, or leaves it (IRP_MN_DEVICE_USAGE_NOTIFICATION). When a driver of its stack, or of
 * one that it depends on, refuses: that driver's status, and nothing has changed.
 */
enum bench_special_file {
    BENCH_PAGING_FILE = 1,
    BENCH_HIBERNATION_FILE,
    BENCH_DUMP_FILE,
    BENCH_BOOT_FILE,
};
BENCH_API bench_status bench_device_special_file(struct bench_device *device,
                                                 enum bench_special_file file, bool present);

/* Asks the device's drivers for its children, and starts those again that were removed. */
BENCH_API void bench_device_rescan(struct bench_device *device);

/*
 * Puts the system to sleep: 1 … 3 is S1 … S3, 4 hibernation, 5 shutdown. The drivers are asked first;
 * a refusal is returned and the system goes on working. While it sleeps, what drivers ask of the PnP manager waits.
 * bench_resume ends it, and so does a device that signals wake-up.
 */
BENCH_API bench_status bench_sleep(struct bench *bench, unsigned state);
BENCH_API void bench_resume(struct bench *bench);

/* 0: the system works; else the number of its sleep state. */
BENCH_API unsigned bench_system_state(struct bench *bench);

/*
 * The hardware of a device that was added with `wakes_from` signals wake-up: its pending IRP_MN_WAIT_WAKE
 * completes, and the system wakes if it sleeps (wait with bench_wait_quiet). False: none was pending.
 */
BENCH_API bool bench_device_wake(struct bench_device *device);

/*
 * The device's hardware interrupts by number `index` of what it was given: lines and messages, in the order of its
 * resources, from 0. An edge, or a message: those that come before the first was served are one. The service
 * routine runs on another thread (bench_wait_quiet). STATUS_NOT_FOUND: the device was given no such interrupt;
 * STATUS_DEVICE_NOT_READY: nobody is connected to it, and it is lost. May be called from a driver's callbacks.
 */
BENCH_API bench_status bench_interrupt(struct bench_device *device, unsigned index);

/*
 * The same for a line that is level-triggered: the device holds it until it lets go, which it does at the latest
 * when the bench_device goes; a service routine runs as long as it does. A device whose driver never makes it let go is an
 * interrupt storm, which ends the process with HARDWARE_INTERRUPT_STORM. Who connects later finds it held.
 */
BENCH_API bench_status bench_interrupt_hold(struct bench_device *device, unsigned index, bool hold);

/*
 * Registers that the test plays: what drivers read and write in a range of ports (READ_PORT_…) or of device memory
 * (MmMapIoSpace, READ_REGISTER_…). A device gets the range as a resource: of a length with minimum and maximum that
 * leave one place for it.
 */
struct bench_registers {
    enum bench_resource_kind kind; /* BENCH_PORT or BENCH_MEMORY. */
    uint64_t base;
    uint64_t length;
    /* Of BENCH_MEMORY: the range is this memory, `length` bytes, and the functions are not used. */
    void *memory;
    /*
     * An access of `width` bytes (1, 2, 4, 8) `offset` bytes from the base; on the driver's thread and at its IRQL,
     * several at once. They may interrupt (bench_interrupt), and not wait. NULL: reads give all ones, writes have no
     * effect.
     */
    uint64_t (*read)(void *argument, uint64_t offset, unsigned width);
    void (*write)(void *argument, uint64_t offset, unsigned width, uint64_t value);
    void *argument;
};

/*
 * From now on; before or after devices are added. Where nobody plays, ports read as all ones (the log says it once)
 * and device memory cannot be mapped. STATUS_CONFLICTING_ADDRESSES: a part of it is played already.
 */
BENCH_API bench_status bench_play_registers(struct bench *bench,
                                            const struct bench_registers *registers);

/* Ends what began at `base`; returns when no access is in its functions. STATUS_NOT_FOUND. bench_destroy ends all. */
BENCH_API bench_status bench_stop_registers(struct bench *bench, enum bench_resource_kind kind,
                                            uint64_t base);

/*
 * The next `count` IRPs of this major (27: PnP, 22: power) and minor function fail with `status` just above the
 * bus, for the device with this instance id or, with NULL, for any. The drivers above see a bus that fails.
 * IRP_MN_REMOVE_DEVICE never does. Only with bench_params.faults: STATUS_INVALID_PARAMETER.
 */
BENCH_API bench_status bench_fail_irp(struct bench *bench, const char *instance_id, uint8_t major,
                                      uint8_t minor, bench_status status, unsigned count);

/*
 * The PnP and system power IRPs that were sent to devices, in the order of their completion: a line for each, the
 * instance id, the minor function without "IRP_MN_", for power the state ("SET_POWER S3"), and the
 * status if it is a failure. Valid until the next call.
 */
BENCH_API const char *bench_pnp_log(struct bench *bench);
BENCH_API void bench_pnp_log_clear(struct bench *bench);

/* The PDO and the top DEVICE_OBJECT, for tests that look inside. */
BENCH_API void *bench_device_pdo(struct bench_device *device);
BENCH_API void *bench_device_top(struct bench_device *device);

/* Files --------------------------------------------------------------------------------------- */

#define BENCH_READ        1u
#define BENCH_WRITE       2u
#define BENCH_SYNCHRONOUS 4u /* The file has a position, and one request at a time moves it. */

/*
 * Opens a name: "\\Device\\X", "\\??\\X" or an application's spelling of it, "\\\\.\\X",
 * "\\\\?\\X", with what follows the device's name as the file's name. IRP_MJ_CREATE goes down.
 */
BENCH_API bench_status bench_open(struct bench *bench, const char *name, unsigned access,
                                  struct bench_file **ret_file);

/* Opens the enabled interface number `index` of a class. */
BENCH_API bench_status bench_open_interface(struct bench *bench, const struct _GUID *guid,
                                            unsigned index, unsigned access,
                                            struct bench_file **ret_file);

/*
 * Writes the name of the enabled interface number `index` of a class to `name`. STATUS_NO_MORE_ENTRIES past the last one, STATUS_BUFFER_TOO_SMALL.
 */
BENCH_API bench_status bench_find_interface(struct bench *bench, const struct _GUID *guid,
                                            unsigned index, char *name, size_t name_size);

/* IRP_MJ_CLEANUP; requests under way may still end; then IRP_MJ_CLOSE. Waits for both. */
BENCH_API void bench_close(struct bench_file *file);

/* Only IRP_MJ_CLEANUP: what happens first when an application's last handle goes. bench_close next. */
BENCH_API void bench_cleanup(struct bench_file *file);

/* The process id that drivers see as the requestor's, for files opened later. Default: our own. */
BENCH_API void bench_set_process_id(struct bench *bench, uint64_t process_id);

/* Synchronous requests. *ret_size (may be NULL) becomes the number of bytes transferred. ------- */

BENCH_API bench_status bench_read(struct bench_file *file, void *buffer, size_t size,
                                  size_t *ret_size);
BENCH_API bench_status bench_read_at(struct bench_file *file, void *buffer, size_t size,
                                     uint64_t offset, size_t *ret_size);
BENCH_API bench_status bench_write(struct bench_file *file, const void *buffer, size_t size,
                                   size_t *ret_size);
BENCH_API bench_status bench_write_at(struct bench_file *file, const void *buffer, size_t size,
                                      uint64_t offset, size_t *ret_size);
BENCH_API bench_status bench_ioctl(struct bench_file *file, uint32_t code, const void *input,
                                   size_t input_size, void *output, size_t output_size,
                                   size_t *ret_size);
BENCH_API bench_status bench_internal_ioctl(struct bench_file *file, uint32_t code,
                                            const void *input, size_t input_size, void *output,
                                            size_t output_size, size_t *ret_size);
BENCH_API bench_status bench_flush(struct bench_file *file);

/* Asynchronous requests ----------------------------------------------------------------------- */

/*
 * Makes a request object, to be used any number of times, one at a time. `done` (may be NULL) is
 * called when a use has ended, at IRQL <= DISPATCH_LEVEL on the thread that completed it; from then
 * on the request may be used again; bench_request_wait may return before it has run. NULL when memory is
 * short.
 */
BENCH_API struct bench_request *
bench_request_create(struct bench *bench,
                     void (*done)(struct bench_request *request, void *argument), void *argument);

/* The request is not under way. NULL is allowed. bench_destroy reports requests that are left. */
BENCH_API void bench_request_delete(struct bench_request *request);

/* Send. Buffers stay the request's until it has ended. */
BENCH_API void bench_request_read(struct bench_request *request, struct bench_file *file,
                                  void *buffer, size_t size, uint64_t offset);
BENCH_API void bench_request_write(struct bench_request *request, struct bench_file *file,
                                   const void *buffer, size_t size, uint64_t offset);
BENCH_API void bench_request_ioctl(struct bench_request *request, struct bench_file *file,
                                   uint32_t code, const void *input, size_t input_size,
                                   void *output, size_t output_size);

/* Asks for cancellation (CancelIoEx). It may race with the request's end. */
BENCH_API void bench_request_cancel(struct bench_request *request);

/* Whether the request's last use has ended (or there was none). */
BENCH_API bool bench_request_is_done(struct bench_request *request);

/*
 * Waits until the request's last use has ended and returns its status. timeout_ms < 0: for ever;
 * STATUS_TIMEOUT when it has not ended by then.
 */
BENCH_API bench_status bench_request_wait(struct bench_request *request, int64_t timeout_ms,
                                          size_t *ret_size);

/* Time and order ------------------------------------------------------------------------------ */

/*
 * Runs what is queued: returns when no DPC and no work item is left that was queued before. Timers
 * that have not expired do not count.
 */
BENCH_API void bench_run_until_idle(struct bench *bench);

/*
 * Lets `milliseconds` pass. Inside bench_simulate time is virtual and this takes none; outside it
 * sleeps.
 */
BENCH_API void bench_advance(struct bench *bench, uint64_t milliseconds);

struct bench_simulation {
    uint64_t seed;
    uint64_t max_steps; /* 0: the default. */
};

/*
 * Runs fn(argument) and all threads it causes under the simulation: one at a time, in an order that
 * the seed decides, in virtual time. A bench is made and destroyed inside fn. Returns true when every
 * thread ended; a deadlock or a livelock is reported on the standard error with the seed that repeats
 * it. ret_digest (may be NULL) becomes a hash of all choices: the same seed gives the same.
 */
BENCH_API bool bench_simulate(const struct bench_simulation *simulation, void (*fn)(void *argument),
                              void *argument, uint64_t *ret_digest);

/* Misuse and scarcity ------------------------------------------------------------------------- */

/*
 * Runs fn(argument), which must cause bug check `code` on this thread. Returns true when it did: fn
 * was left at that point, and bench_bugcheck_parameter has the parameters. False when fn returned or
 * caused another one. What the driver held at that point stays held: do little afterwards.
 */
BENCH_API bool bench_expect_bugcheck(uint32_t code, void (*fn)(void *argument), void *argument);

/* Parameter 1 … 4 of the last bug check that bench_expect_bugcheck saw. */
BENCH_API uint64_t bench_bugcheck_parameter(unsigned number);

/*
 * Asked before each pool allocation, on the thread that allocates; true makes it fail. NULL: none.
 * Set while nothing runs.
 */
BENCH_API void bench_set_pool_failure(struct bench *bench,
                                      bool (*fail)(void *argument, size_t size, uint32_t tag),
                                      void *argument);

/*
 * Lets what drivers trace (WPP, TraceLogging, ETW) become debug output, as lines that begin with "trace: ".
 * items: PROVIDER[:LEVEL[:FLAG|FLAG...]], separated by commas, as `wdf trace start` has them; a provider's name or
 * GUID, or all. NULL: nothing. STATUS_INVALID_PARAMETER when the list is malformed. Holds until the bench's end,
 * for drivers that are loaded and those that come.
 */
BENCH_API bench_status bench_trace(struct bench *bench, const char *items);

/* The debug output so far; valid until the next call. "" when there is an output hook. */
BENCH_API const char *bench_output(struct bench *bench);
BENCH_API void bench_output_clear(struct bench *bench);

#ifdef __cplusplus
}
#endif

#endif
