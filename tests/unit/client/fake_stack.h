/* SPDX-License-Identifier: MIT */
/*
 * A device stack without a driver, inside the test: the real reflector on a thread of its own, and a
 * host that answers ring entries by simple rules. Serves \\.\Fake as ROOT\FAKE\0000 in a runtime
 * folder of its own.
 */
#ifndef OPENWDF_TESTS_FAKE_STACK_H
#define OPENWDF_TESTS_FAKE_STACK_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_PATH "\\\\.\\Fake"
#define FAKE_ID   "ROOT\\FAKE\\0000"
#define FAKE_GUID "{cdc35b6e-0be4-4936-bf5f-5537380a7c1a}"

/* What its control codes do; all METHOD_BUFFERED unless the name says otherwise. */
#define FAKE_ECHO   0x222000u /* Output = input; information = what fits. */
#define FAKE_PEND   0x222004u /* Ends when cancelled: STATUS_CANCELLED. */
#define FAKE_RESULT 0x222008u /* Input: struct fake_result, and output bytes 'r'. */
#define FAKE_ECHO_DIRECT                                                                           \
    0x22200Eu /* METHOD_OUT_DIRECT: adds 1 to each byte of the output buffer. */

/* A read at offset o gives the bytes o, o + 1, …; a write is answered with its sum in `status`. */

/* An open of this name fails with STATUS_ACCESS_DENIED. */
#define FAKE_DENIED_PATH FAKE_PATH "\\denied"

struct fake_result {
    int32_t status;
    uint64_t information;
};

/* critical_timeout_ms 0: the usual one. */
void fake_stack_start(uint32_t critical_timeout_ms);

/* Ends everything in good order. */
void fake_stack_stop(void);

/* The host dies: its threads stop where they are, and the reflector is told. Returns after that. */
void fake_stack_kill_host(void);

/* From now on the host answers no cleanup. */
void fake_stack_ignore_cleanup(void);

/* Connections that are open. */
unsigned fake_stack_connections(void);

/* Requests that FAKE_PEND holds now. */
unsigned fake_stack_pending(void);

/* Why the reflector wanted the host ended; "" when it did not. */
const char *fake_stack_condemned(void);

/* Calls condition() until it is true; fails the test after a generous time. */
void fake_wait_until(bool (*condition)(void));

#endif
