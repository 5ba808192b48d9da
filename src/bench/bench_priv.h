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
struct ke_bugcheck;

struct bench {
    struct sys_lock lock; /* Guards the lists. A leaf lock. */
    struct list drivers;  /* struct bench_driver, in order of loading. */
    struct list devices;  /* struct bench_device; those pulled out while open too. */
    struct list files;    /* struct bench_file. */
    struct list requests; /* struct bench_request. */
    unsigned leaks;       /* Found at unloads so far. */
    uint32_t instances;   /* Devices made, for instance ids. */
    uint64_t process_id;
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
    struct pnp_devnode *devnode;
    bool pulled_out; /* No longer the caller's. */
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

/* From here on warnings also go to the standard error, when nothing else takes them. */
void bench_output_show_warnings(void);

/* What the caller left open; how many. */
unsigned bench_close_all(struct bench *bench);

#endif
