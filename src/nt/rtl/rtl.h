/* SPDX-License-Identifier: MIT */
/* The run-time library towards the rest of nt, fx and the composition roots. */
#ifndef OPENWDF_NT_RTL_RTL_H
#define OPENWDF_NT_RTL_RTL_H

#include <ntddk.h>

#include <stdbool.h>

/*
 * Where DbgPrint and kin go. `text` is one call's output as UTF-8, ended by a zero, with the line breaks
 * its author gave it; calls come on any thread, several at once, at any IRQL. NULL: standard error. Set
 * while no driver runs.
 */
void rtl_set_debug_output(void (*output)(void *context, const char *text), void *context);

/*
 * What a failed assertion of a driver does after it was reported. NULL: the debugger, or the end of the
 * process (DbgBreakPoint). For tests.
 */
void rtl_set_assert_hook(void (*hook)(const char *expression, const char *file, ULONG line));

/*
 * Return addresses along the frames from frame_pointer (a thread's own, or one taken from a signal) upwards.
 * Returns how many. Any IRQL; reads only what is readable.
 */
unsigned rtl_walk_frames(const void *frame_pointer, void **addresses, unsigned count);

/* Whether DbgBreakPoint is reported and passed over. A failed assertion is not. */
void rtl_set_pass_breaks(bool pass);

#endif
