/* SPDX-License-Identifier: MIT */
/*
 * Stack traces, along the chain of frame pointers that every module here is compiled with. A frame is taken
 * only if it lies above the one before, and can be read; code without frame pointers ends the walk.
 */
#include <ntddk.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nt/rtl/rtl.h"
#include "sys/memory.h"

/* No frame is larger: what seems so is not the chain any more. */
#define FRAME_MAX ((uintptr_t)1 << 20)

struct frame {
    const struct frame *next; /* The caller's. */
    void *return_address;
};

/* The frame above; NULL at the end of the chain. */
static const struct frame *
next_frame(const struct frame *frame)
{
    const struct frame *next = frame->next;

    if (next <= frame || (uintptr_t)next - (uintptr_t)frame > FRAME_MAX ||
        (uintptr_t)next % sizeof(void *) != 0 || !sys_memory_readable(next, sizeof(*next)) ||
        next->return_address == NULL) {
        return NULL;
    }
    return next;
}

/* Return addresses from `frame` on, without the first `skip`; returns how many. */
static ULONG
walk(const struct frame *frame, ULONG skip, PVOID *addresses, ULONG count)
{
    ULONG taken = 0;

    for (; frame != NULL && taken < count; frame = next_frame(frame)) {
        if (skip > 0) {
            skip--;
        } else {
            addresses[taken++] = frame->return_address;
        }
    }
    return taken;
}

unsigned
rtl_walk_frames(const void *frame_pointer, void **addresses, unsigned count)
{
    const struct frame *frame = frame_pointer;

    if (frame == NULL || (uintptr_t)frame % sizeof(void *) != 0 ||
        !sys_memory_readable(frame, sizeof(*frame))) {
        return 0;
    }
    return walk(frame, 0, addresses, count);
}

/* The first address is in the caller. The hash of equal traces is equal. */
USHORT
RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID *BackTrace,
                         PULONG BackTraceHash)
{
    ULONG count = FramesToCapture < MAXUSHORT ? FramesToCapture : MAXUSHORT;
    ULONG hash = 0, i;

    count = walk(__builtin_frame_address(0), FramesToSkip, BackTrace, count);
    for (i = 0; i < count; i++) {
        hash += (ULONG)(ULONG_PTR)BackTrace[i];
    }
    if (BackTraceHash != NULL) {
        *BackTraceHash = hash;
    }
    return (USHORT)count;
}

/* There are no user-mode frames to ask for. */
ULONG
RtlWalkFrameChain(PVOID *Callers, ULONG Count, ULONG Flags)
{
    return Flags == 0 ? walk(__builtin_frame_address(0), 0, Callers, Count) : 0;
}

/* Who called the caller, and who called that one; NULL: unknown. */
VOID
RtlGetCallersAddress(PVOID *CallersAddress, PVOID *CallersCaller)
{
    PVOID addresses[2] = {NULL, NULL};

    (void)walk(__builtin_frame_address(0), 1, addresses, RTL_NUMBER_OF(addresses));
    *CallersAddress = addresses[0];
    *CallersCaller = addresses[1];
}
