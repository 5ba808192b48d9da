/* SPDX-License-Identifier: MIT */
/*
 * What a trace message costs a driver: one that is switched off, and one that is recorded. The baselines are what
 * cannot be less: a load and a branch; reading the clock and copying the bytes.
 */
#include <string.h>
#include <time.h>

#include <openwdf/bench.h>

#include "harness.h"

#define WPP_CONTROL_GUIDS                                                                          \
    WPP_DEFINE_CONTROL_GUID(Bench, (b7c1e5a0, 52d4, 4f0b, 8a3e, 61d09c2f7e15),                     \
                            WPP_DEFINE_BIT(OFF) WPP_DEFINE_BIT(ON))
#define WPP_LEVEL_FLAGS_LOGGER(lvl, flags) WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_ENABLED(lvl, flags)                                                        \
    (WPP_LEVEL_ENABLED(flags) && WPP_CONTROL(WPP_BIT_##flags).Level >= lvl)

#include "tracing.tmh"

#define ROUNDS        15
#define RECORD_BYTES  72 /* Of the message below, with its header. */
#define RECORDS_BYTES ((size_t)128 * 1024)

static volatile unsigned baseline_switch;
static volatile uint64_t sink;

static void
message_off(void *context, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        TraceEvents(TRACE_LEVEL_INFORMATION, OFF, "request %p, status %!STATUS!, length %u, %s",
                    context, (int)i, (unsigned)i, "done");
    }
}

static void
load_and_branch(void *context, uint64_t count)
{
    (void)context;
    for (uint64_t i = 0; i < count; i++) {
        if (baseline_switch != 0) {
            sink = i;
        }
    }
}

static void
message_on(void *context, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        TraceEvents(TRACE_LEVEL_INFORMATION, ON, "request %p, status %!STATUS!, length %u, %s",
                    context, (int)i, (unsigned)i, "done");
    }
}

static void
clock_and_copy(void *context, uint64_t count)
{
    static char from[RECORD_BYTES], to[RECORDS_BYTES];
    struct timespec now;
    size_t at = 0;

    (void)context;
    for (uint64_t i = 0; i < count; i++) {
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        memcpy(from, &now, sizeof(now));
        memcpy(to + at, from, sizeof(from));
        __asm__ volatile("" ::: "memory");
        at = at + 2 * RECORD_BYTES < sizeof(to) ? at + RECORD_BYTES : 0;
    }
}

int
main(int argc, char **argv)
{
    struct harness_pair off, on;

    harness_arguments(argc, argv);
    WPP_INIT_TRACING();
    WPP_CONTROL(WPP_BIT_ON).Flags[0] = WPP_MASK(WPP_BIT_ON);
    WPP_CONTROL(WPP_BIT_ON).Level = TRACE_LEVEL_VERBOSE;
    off =
        harness_compare(message_off, NULL, load_and_branch, NULL, ROUNDS, harness_count(20000000));
    on = harness_compare(message_on, NULL, clock_and_copy, NULL, ROUNDS, harness_count(1000000));
    harness_result("t-off", "a trace message that is off", off.ours, "ns", 10, true,
                   "a load and a branch: %.2f ns (%.1f times)", off.baseline, off.ratio);
    harness_result("t-on", "one that is recorded", on.ours, "ns", 150, true,
                   "clock and copy: %.1f ns (%.1f times)", on.baseline, on.ratio);
    WPP_CLEANUP();
    return 0;
}
