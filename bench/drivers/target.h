/* SPDX-License-Identifier: MIT */
/* What the benchmark target and the programs agree on. */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

/* {0F9E7B52-6B5D-4B0E-8D0B-1B5E6C0A7B11} */
#ifdef DEFINE_GUID
DEFINE_GUID(GUID_DEVINTERFACE_BENCH_TARGET, 0x0f9e7b52, 0x6b5d, 0x4b0e, 0x8d, 0x0b, 0x1b, 0x5e,
            0x6c, 0x0a, 0x7b, 0x11);
#endif
#define TARGET_GUID_TEXT "{0f9e7b52-6b5d-4b0e-8d0b-1b5e6c0a7b11}"

#define TARGET_DATA_SIZE 65536

/* CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS): adds one to a ULONG. */
#define TARGET_IOCTL_INCREMENT 0x222000u

#endif
