/* SPDX-License-Identifier: MIT */
/* Random numbers: the choice between the back ends. */
#include "sys/random.h"

#include <string.h>

#include "sys/posix/posix_priv.h"
#include "sys/sim/sim_priv.h"
#include "sys/sys_priv.h"

uint64_t
sys_random_u64(void)
{
    uint64_t value;

    if (sys_simulated()) {
        return sim_random_u64();
    }
    posix_random_bytes(&value, sizeof(value));
    return value;
}

static void
random_bytes_simulated(unsigned char *buffer, size_t size)
{
    while (size > 0) {
        uint64_t value = sim_random_u64();
        size_t part = size < sizeof(value) ? size : sizeof(value);

        memcpy(buffer, &value, part);
        buffer += part;
        size -= part;
    }
}

void
sys_random_bytes(void *buffer, size_t size)
{
    if (sys_simulated()) {
        random_bytes_simulated(buffer, size);
    } else {
        posix_random_bytes(buffer, size);
    }
}
