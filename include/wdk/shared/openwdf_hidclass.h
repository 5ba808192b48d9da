/* SPDX-License-Identifier: MIT */
/* What is newer in <hidclass.h> than the header that the build lets through. */
#ifndef OPENWDF_HIDCLASS_H
#define OPENWDF_HIDCLASS_H

#define IOCTL_HID_DEVICERESET_NOTIFICATION HID_CTL_CODE(140)

#endif
