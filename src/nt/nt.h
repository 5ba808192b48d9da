/* SPDX-License-Identifier: MIT */
/* The executive's life: one per process, or one per run of a simulation. */
#ifndef OPENWDF_NT_NT_H
#define OPENWDF_NT_NT_H

#include <stdint.h>

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
 * reported through the log. No thread of ours is left when it returns. Returns how many pool blocks were
 * never freed: the executive's and the framework's, and those that unloaded drivers left behind.
 */
size_t nt_fini(void);

/* The number of this life of the executive: what outlives one says nothing about the next. */
uint32_t nt_life(void);

#endif
