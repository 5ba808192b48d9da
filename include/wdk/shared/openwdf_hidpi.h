/* SPDX-License-Identifier: MIT */
/* <hidpi.h>'s status codes, made without a shift into the sign. */
#ifndef OPENWDF_HIDPI_H
#define OPENWDF_HIDPI_H

#undef HIDP_ERROR_CODES
#define HIDP_ERROR_CODES(SEV, CODE)                                                                \
    ((NTSTATUS)(((ULONG)(SEV) << 28) | (FACILITY_HID_ERROR_CODE << 16) | (CODE)))

#endif
