/* SPDX-License-Identifier: MIT */
/* Faults of the processor: what an access violation or a division by zero becomes. */
#ifndef OPENWDF_SYS_FAULT_H
#define OPENWDF_SYS_FAULT_H

#include <stdbool.h>

enum sys_fault_kind {
    SYS_FAULT_READ,    /* The address cannot be read. */
    SYS_FAULT_WRITE,   /* The address cannot be written. */
    SYS_FAULT_EXECUTE, /* There is no code to run. */
    SYS_FAULT_DIVIDE,  /* An integer division by zero, or one whose result does not fit. */
};

struct sys_fault {
    enum sys_fault_kind kind;
    const void *address;     /* What was accessed; for a division, the instruction. */
    const void *instruction; /* NULL when it is not known. */
};

/*
 * The handler runs on the thread that faulted, inside a signal handler: it leaves by a long jump if
 * it wants the fault. When it returns, what would have happened without it happens: the handler that
 * was there before, or the end of the process. NULL gives the signals back. For start-up and end.
 */
void sys_fault_set_handler(void (*handler)(const struct sys_fault *fault));

#endif
