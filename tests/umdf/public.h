/* SPDX-License-Identifier: MIT */
/* What the user-mode test driver and its callers agree on. */
#ifndef TESTS_UMDF_PUBLIC_H
#define TESTS_UMDF_PUBLIC_H

/* {b1d5b3a7-3c1e-4a0f-8f43-5e2d9f6c7a10} */
#define UMDF_TEST_GUID                                                                             \
    {                                                                                              \
        0xb1d5b3a7, 0x3c1e, 0x4a0f,                                                                \
        {                                                                                          \
            0x8f, 0x43, 0x5e, 0x2d, 0x9f, 0x6c, 0x7a, 0x10                                         \
        }                                                                                          \
    }

#define UMDF_TEST_CODE(n) (0x220000u | (0x800u + (n)) << 2) /* FILE_DEVICE_UNKNOWN, buffered */

#define IOCTL_TEST_RUN  UMDF_TEST_CODE(0) /* In: unsigned number; out: line of the failure or 0. */
#define IOCTL_TEST_ECHO UMDF_TEST_CODE(1) /* Completed by a thread of the driver. */
#define IOCTL_TEST_HOLD UMDF_TEST_CODE(2) /* Stays until it is cancelled. */
#define IOCTL_TEST_VERSION                                                                         \
    UMDF_TEST_CODE(3) /* Out: unsigned minor version the driver was built for. */
#define IOCTL_TEST_WHO                                                                             \
    UMDF_TEST_CODE(4) /* Out: bit 0: from a user-mode driver; 1: initiated by one. */

/* Numbers of IOCTL_TEST_RUN: what the driver tries of Win32, inside the host. */
enum umdf_test {
    UMDF_TEST_EVENTS,
    UMDF_TEST_SLIM_LOCKS,
    UMDF_TEST_POOL,
    UMDF_TEST_TIMERS,
    UMDF_TEST_LOCAL,
    UMDF_TEST_TEXT,
    UMDF_TEST_OPEN_ITSELF,
    UMDF_TEST_FRAMEWORK,
    UMDF_TEST_COUNT,
};

#endif
