/* SPDX-License-Identifier: MIT */
/* Random numbers from the system. */
#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/assert.h"
#include "sys/posix/posix_priv.h"

void
posix_random_bytes(void *buffer, size_t size)
{
    unsigned char *next = buffer;

    while (size > 0) {
        ssize_t got = getrandom(next, size, 0);

        if (got < 0) {
            base_assert(errno == EINTR);
            continue;
        }
        next += got;
        size -= (size_t)got;
    }
}
