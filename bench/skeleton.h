/* SPDX-License-Identifier: MIT */
/* The least that any driver framework does for a request; see skeleton.c. */
#ifndef OPENWDF_BENCH_SKELETON_H
#define OPENWDF_BENCH_SKELETON_H

#include <stdint.h>

/* `count` requests through the skeleton. A harness_fn; the context is not used. */
void skeleton_run(void *unused, uint64_t count);

#endif
