/* SPDX-License-Identifier: MIT */
/* Futexes. Deadlines are absolute, so an interrupted or repeated wait never gets longer. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/atomic.h"
#include "base/hot.h"
#include "sys/posix/posix_priv.h"
#include "sys/wait.h"

BASE_HOT int
posix_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns, bool shared)
{
    int operation = FUTEX_WAIT_BITSET | (shared ? 0 : FUTEX_PRIVATE_FLAG);
    struct timespec deadline = posix_timespec(deadline_ns);
    int saved_errno = errno;
    long result;

    if (atomic_load_u32(word) != expected) {
        return 0;
    }
    if (deadline_ns == 0) {
        return -ETIMEDOUT;
    }
    result = syscall(SYS_futex, word, operation, expected,
                     deadline_ns == SYS_FOREVER ? NULL : &deadline, NULL, FUTEX_BITSET_MATCH_ANY);
    if (result != 0 && errno == ETIMEDOUT) {
        result = -ETIMEDOUT;
    } else {
        /* EFAULT and EINVAL would otherwise turn the caller's loop into a spin. */
        base_assert(result == 0 || errno == EAGAIN || errno == EINTR);
        result = 0;
    }
    errno = saved_errno;
    return (int)result;
}

BASE_HOT void
posix_wake(const uint32_t *word, uint32_t count, bool shared)
{
    int operation = FUTEX_WAKE | (shared ? 0 : FUTEX_PRIVATE_FLAG);
    int saved_errno = errno;

    /* May fail: the word's memory may be gone by now (see lock.c). Then nobody sleeps on it. */
    (void)syscall(SYS_futex, word, operation, count > INT_MAX ? INT_MAX : count, NULL, NULL, 0);
    errno = saved_errno;
}
