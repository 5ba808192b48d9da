/* SPDX-License-Identifier: MIT */
/*
 * What user-mode drivers share of the kernel's vocabulary: power states, hardware resources,
 * requests. wdf.h includes it after windows.h; the kernel's functions that it declares are not
 * there for a user-mode driver.
 */
#ifndef OWDF_WUDFWDM_H
#define OWDF_WUDFWDM_H

/* clang-format off */
#include <wdm/po.h>
#include <wdm/pnp.h>
#include <wdm/io.h>
#include <wdm/ex.h>
/* clang-format on */

/* A Win32 error as a status: its code in the facility that is theirs; what is none stays. */
#ifndef NTSTATUS_FROM_WIN32
#define NTSTATUS_FROM_WIN32(x)                                                                     \
    ((NTSTATUS)(x) <= 0 ? (NTSTATUS)(x)                                                            \
                        : (NTSTATUS)(((x)&0x0000FFFF) | (FACILITY_NTWIN32 << 16) | 0xC0000000))
#endif

#endif
