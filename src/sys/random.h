/* SPDX-License-Identifier: MIT */
/* Random numbers: from the seed under the simulation, from the system otherwise. */
#ifndef OPENWDF_SYS_RANDOM_H
#define OPENWDF_SYS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

uint64_t sys_random_u64(void);
void sys_random_bytes(void *buffer, size_t size);

#endif
