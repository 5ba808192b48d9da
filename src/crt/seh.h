/* SPDX-License-Identifier: MIT */
/*
 * Structured exceptions: what a program brings that has them. In a host and in the bench that is the kernel
 * (nt/ke/seh.c), in an application the Win32 face (win32/seh.c).
 */
#ifndef OPENWDF_CRT_SEH_H
#define OPENWDF_CRT_SEH_H

#include <excpt.h>
#include <ntdef.h>
#include <stddef.h>

/* Of a thread; all zero when it begins. */
struct crt_seh {
    struct owdf_seh_frame *top;
    void *after;  /* What the __finally block that is about to begin hands on. */
    int abnormal; /* Its AbnormalTermination(). */
    EXCEPTION_RECORD record;
    EXCEPTION_POINTERS pointers;
};

/* Raises on the calling thread: jumps to its innermost frame, or ends as crt_seh_unhandled does. */
void crt_seh_raise(NTSTATUS code, const void *address, ULONG parameter_count,
                   const ULONG_PTR *parameters) __attribute__((noreturn));

/* Brought by the program. */
struct crt_seh *crt_seh_self(void);
void crt_seh_unhandled(const EXCEPTION_RECORD *record) __attribute__((noreturn));
/* Never NULL. Both may be called where a processor's fault was. */
void *crt_seh_alloc(size_t size);
void crt_seh_free(void *memory);

#endif
