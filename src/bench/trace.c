/* SPDX-License-Identifier: MIT */
/* What drivers trace, as debug output. */
#include <stdlib.h>

#include "bench/bench_priv.h"
#include "trace/provider.h"
#include "trace/trace.h"

void
bench_trace_init(void)
{
    /* In memory, unless OPENWDF_TRACE_DIR names a folder. Without it nothing is traced; drivers run all the same. */
    (void)trace_start(NULL, NULL);
}

bench_status
bench_trace(struct bench *bench, const char *items)
{
    char problem[512];

    (void)bench;
    if (trace_echo_set(items, problem, sizeof(problem)) != 0) {
        return bench_fail(STATUS_INVALID_PARAMETER, "bench_trace: %s", problem);
    }
    trace_echo_set_sink(items != NULL ? bench_output_trace : NULL, NULL);
    return STATUS_SUCCESS;
}

void
bench_trace_fini(void)
{
    char problem[512];

    trace_echo_set_sink(NULL, NULL);
    (void)trace_echo_set(getenv("OPENWDF_TRACE"), problem, sizeof(problem));
}
