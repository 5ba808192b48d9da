/* SPDX-License-Identifier: MIT */
/* What the test asks the drivers that link the export drivers. */
#ifndef OPENWDF_TESTS_EXPORT_CLIENT_H
#define OPENWDF_TESTS_EXPORT_CLIENT_H

#define EXPORT_CONTROL(code)                                                                       \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800 + (code), METHOD_BUFFERED, FILE_ANY_ACCESS)
#define EXPORT_CHECK EXPORT_CONTROL(1)
#define EXPORT_LEAK  EXPORT_CONTROL(2)
#define EXPORT_PLAIN EXPORT_CONTROL(3)

static const GUID export_guid = {
    0x6f0f3a52, 0x41c4, 0x4b7a, {0xb3, 0x1d, 0x0a, 0x5e, 0x2c, 0x91, 0x77, 0x05}};

#endif
