/* SPDX-License-Identifier: MIT */
/* Waiting on a 32-bit word, the one primitive on which every blocking wait stands. */
#ifndef OPENWDF_SYS_WAIT_H
#define OPENWDF_SYS_WAIT_H

#include <stdint.h>

#define SYS_FOREVER UINT64_MAX

/*
 * Sleeps while *word == expected, until sys_wake on it or until sys_now_ns() reaches deadline_ns
 * (SYS_FOREVER: no limit). Returns 0 when woken (also without cause: callers re-check) or when the
 * value differs, -ETIMEDOUT after the deadline.
 */
int sys_wait(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);

/* Wakes at most `count` sleepers on the word (UINT32_MAX: all). */
void sys_wake(const uint32_t *word, uint32_t count);

/*
 * The same for a word in memory that processes share. A simulated thread that calls them ends the
 * process.
 */
int sys_wait_shared(const uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void sys_wake_shared(const uint32_t *word, uint32_t count);

#endif
