/* SPDX-License-Identifier: MIT */
/* What the drivers of the tests of notification across hosts agree on. */
#ifndef OPENWDF_TESTS_NOTIFY_PUBLIC_H
#define OPENWDF_TESTS_NOTIFY_PUBLIC_H

/* {c8f1b6a2-…01}: of notify_device. {…02}: of notify_device with many interfaces. */
static const GUID guid_single = {
    0xc8f1b6a2, 0x5d0e, 0x4f0b, {0x9c, 0x11, 0x3a, 0x77, 0x10, 0x02, 0xee, 0x01}};
static const GUID guid_many = {
    0xc8f1b6a2, 0x5d0e, 0x4f0b, {0x9c, 0x11, 0x3a, 0x77, 0x10, 0x02, 0xee, 0x02}};

/* {c8f1b6a2-…03}: what notify_device reports of itself, with the text "news". */
static const GUID guid_news = {
    0xc8f1b6a2, 0x5d0e, 0x4f0b, {0x9c, 0x11, 0x3a, 0x77, 0x10, 0x02, 0xee, 0x03}};

#define IOCTL_REPORT CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_VETO   CTL_CODE(FILE_DEVICE_UNKNOWN, 0x801, METHOD_BUFFERED, FILE_ANY_ACCESS)
#define IOCTL_DREAM  CTL_CODE(FILE_DEVICE_UNKNOWN, 0x802, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif
