/* SPDX-License-Identifier: MIT */
/* The hook by which the simulation learns of atomic operations; see atomic.h. */
#include "base/atomic.h"

void (*base_sim_point)(void);
