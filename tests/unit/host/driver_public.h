/* SPDX-License-Identifier: MIT */
/* What the test driver and the tests that talk to it agree on. */
#ifndef OPENWDF_TESTS_HOST_DRIVER_PUBLIC_H
#define OPENWDF_TESTS_HOST_DRIVER_PUBLIC_H

#define HOST_TEST_PATH      "\\\\.\\HostTest"
#define HOST_TEST_GUID_TEXT "{1f5d3f5e-26d4-4a0c-8ae7-0f5a3c9be7a1}"

#define HOST_TEST_CODE(function, method) (0x22u << 16 | (function) << 2 | (method))

#define HT_ECHO HOST_TEST_CODE(0x800u, 0u) /* Output = input. */
#define HT_ECHO_DIRECT                                                                             \
    HOST_TEST_CODE(0x801u, 2u) /* Fills the output buffer with the first input byte. */
#define HT_PEND     HOST_TEST_CODE(0x802u, 0u) /* Waits in a manual queue until cancelled. */
#define HT_KEEP     HOST_TEST_CODE(0x803u, 0u) /* Not cancellable; ends at HT_RELEASE. */
#define HT_BLOCK    HOST_TEST_CODE(0x804u, 0u) /* Blocks its thread until HT_RELEASE. */
#define HT_RELEASE  HOST_TEST_CODE(0x805u, 0u) /* Lets HT_BLOCK and HT_KEEP go. */
#define HT_COUNTS   HOST_TEST_CODE(0x806u, 0u) /* struct host_test_counts. */
#define HT_PROCESS  HOST_TEST_CODE(0x807u, 0u) /* The requestor's process id, 64 bits. */
#define HT_CRASH    HOST_TEST_CODE(0x808u, 0u)
#define HT_BUGCHECK HOST_TEST_CODE(0x809u, 0u)
#define HT_STUCK    HOST_TEST_CODE(0x80Au, 0u) /* From now on no cleanup ends. */

#define HT_SIGNAL HOST_TEST_CODE(0x80Bu, 0u) /* Sets the event whose 64-bit handle is the input. */

#define HT_OVERFLOW HOST_TEST_CODE(0x80Cu, 0u) /* Recurses until the stack is at its end. */
#define HT_MISUSE   HOST_TEST_CODE(0x80Du, 0u) /* Completes a request that is none. */

/* An open of HOST_TEST_PATH "\\deny" is refused with STATUS_ACCESS_DENIED. */

struct host_test_counts {
    unsigned opens;
    unsigned cleanups;
    unsigned closes;
    unsigned pending; /* In the manual queue. */
    unsigned blocked;
    unsigned kept;
};

#endif
