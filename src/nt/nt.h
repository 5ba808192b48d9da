/* SPDX-License-Identifier: MIT */
/* The executive's life: one per process, or one per run of a simulation. */
#ifndef OPENWDF_NT_NT_H
#define OPENWDF_NT_NT_H

#include <ntddk.h>

struct ke_bugcheck;

struct nt_params {
    /* See ke_bugcheck_set_handler. NULL: the default one. */
    void (*bugcheck_handler)(const struct ke_bugcheck *bugcheck, void *context);
    void *bugcheck_context;
};

/* Brings all components up; params NULL: all defaults. On failure everything is down again. */
NTSTATUS nt_init(const struct nt_params *params);

/*
 * Takes everything down, in the opposite order. Drivers are unloaded before. What they left is
 * reported through the log. No thread of ours is left when it returns.
 */
void nt_fini(void);

#endif
