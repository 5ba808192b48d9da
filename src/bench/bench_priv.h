/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_BENCH_BENCH_PRIV_H
#define OPENWDF_BENCH_BENCH_PRIV_H

#include <setjmp.h>

#include <ntddk.h>

#include "base/list.h"
#include "loader/module.h"
#include "nt/io/user.h"
#include "openwdf/bench.h"
#include "sys/lock.h"

struct pnp_devnode;
struct pnp_root_params;
struct bench_fit;
struct ke_bugcheck;

/* Text that grows. */
struct bench_text {
    char *text; /* NULL or terminated. */
    size_t length;
    size_t room;
};

struct bench {
    struct sys_lock lock;   /* Guards the lists. A leaf lock. */
    struct list drivers;    /* struct bench_driver, in order of loading. */
    struct list devices;    /* struct bench_device. */
    struct list fits;       /* struct bench_fit: which drivers fit which device. */
    struct list files;      /* struct bench_file. */
    struct list requests;   /* struct bench_request. */
    unsigned leaks;         /* Found at unloads so far. */
    unsigned driver_blocks; /* Of these: pool blocks; nt_fini counts them too. */
    uint32_t instances;     /* Devices made, for instance ids. */
    uint64_t process_id;
    struct sys_lock log_lock; /* Guards log. A leaf lock. */
    struct bench_text log;    /* Of IRPs. */
    struct bench_text shown_log;
    struct bench_text tree;
    bool (*pool_fail)(void *argument, size_t size, uint32_t tag);
    void *pool_fail_argument;
};

struct bench_driver {
    struct list link;
    struct bench *bench;
    struct module *module; /* NULL when it is linked into the program. */
    PDRIVER_OBJECT object;
};

struct bench_device {
    struct list link;
    struct bench *bench;
    struct pnp_devnode *devnode; /* Referenced. The last one; the bench's lock for changes. */
    struct bench_fit *fit;       /* Of a device that was added. */
    struct list held;            /* struct held: interrupts; guarded by the bench's lock. */
};

struct bench_file {
    struct list link;
    struct bench *bench;
    struct io_user_file *file;
    bool synchronous;
    bool cleaned_up;
};

struct bench_request {
    struct io_user_request io; /* Must be first. */
    struct list link;
    struct bench *bench;
    uint32_t pending; /* Atomic. With `done` only: 1 during a use, 2 if somebody sleeps on it. */
    void (*done)(struct bench_request *request, void *argument);
    void *argument;
};

/* What the bench keeps for a thread. */
struct bench_thread {
    sigjmp_buf *expecting; /* Where a bug check leaves to; NULL: none is expected. */
    uint32_t expected_code;
    uint32_t seen_code;
    uint64_t parameter[4];
    char error[4096];
};

struct w32_device_ops;

/* What a user-mode driver opens with CreateFile. */
extern const struct w32_device_ops bench_win32_devices;

struct bench_thread *bench_thread_self(void);

/* Sets bench_error() of the calling thread and returns the status. */
bench_status bench_fail(bench_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void bench_bugcheck_handler(const struct ke_bugcheck *bugcheck, void *context);

/* The capture of debug output begins and ends. */
void bench_output_init(const struct bench_params *params);
void bench_output_fini(void);

/* Tracing begins, once in a process, and what bench_trace asked for ends. */
void bench_trace_init(void);
void bench_trace_fini(void);

/* One line of drivers' tracing. */
void bench_output_trace(void *context, const char *line);

/* From here on warnings also go to the standard error, when nothing else takes them. */
void bench_output_show_warnings(void);

/* Devices. */
void bench_devices_init(struct bench *bench);
/* The filter that fails IRPs; its DRIVER_OBJECT, NULL when the bench has none. */
bench_status bench_faults_init(const struct bench_params *params);
void bench_faults_fini(void);
void *bench_faults_driver(void);

void bench_devices_remove_all(struct bench *bench);
void bench_devices_fini(struct bench *bench);
void bench_device_forget(struct bench_device *device);

/* pnp_root_add with the resources and capabilities of `params`. */
bench_status bench_with_resources(struct pnp_root_params *node,
                                  const struct bench_device_params *params,
                                  struct pnp_devnode **ret_devnode);

/* The device lets go of what interrupt lines it holds. */
void bench_interrupts_release(struct bench_device *device);

void bench_note_irp(struct bench *bench, PDEVICE_OBJECT pdo, UCHAR major,
                    const IO_STACK_LOCATION *stack, NTSTATUS status);

void bench_text_add(struct bench_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bench_text_free(struct bench_text *text);

/* What the caller left open; how many. */
unsigned bench_close_all(struct bench *bench);

#endif
