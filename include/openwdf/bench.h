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

struct bench_device_params {
    struct bench_driver *function;             /* NULL: a raw device. */
    struct bench_driver *const *lower_filters; /* Bottom to top; ends with NULL. NULL: none. */
    struct bench_driver *const *upper_filters; /* Bottom to top; ends with NULL. NULL: none. */
    const char *instance_id;                   /* "ROOT\ECHO\0000". NULL: from the driver's name. */
    const char *const *hardware_ids;           /* Ends with NULL. NULL: from the instance id. */
    const char *description;                   /* NULL: the instance id. */
};

/*
 * Makes a device, calls the drivers' AddDevice routines (EvtDriverDeviceAdd) and starts it. When a
 * step fails everything is undone and that step's status returned.
 */
BENCH_API bench_status bench_device_add(struct bench *bench,
                                        const struct bench_device_params *params,
                                        struct bench_device **ret_device);

/*
 * Orderly removal: the drivers are asked first. When one refuses, or a file is open
 * (STATUS_DEVICE_BUSY), the device stays; else it is gone with its bench_device.
 */
BENCH_API bench_status bench_device_remove(struct bench_device *device);

/*
 * The device was pulled out. Open files stay open; their requests fail. The bench_device is gone;
 * its drivers are removed from it when the last file is closed.
 */
BENCH_API void bench_device_surprise_remove(struct bench_device *device);

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

/* The debug output so far; valid until the next call. "" when there is an output hook. */
BENCH_API const char *bench_output(struct bench *bench);
BENCH_API void bench_output_clear(struct bench *bench);

#ifdef __cplusplus
}
#endif

#endif
