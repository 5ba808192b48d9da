/* SPDX-License-Identifier: MIT */
/* What is newer in <gpio.h> than the header that the build lets through. */
#ifndef OPENWDF_GPIO_H
#define OPENWDF_GPIO_H

#include <devioctl.h>

/* Switches the pins of an open function-configuration resource. The documentation does not have its number; this is a
 * published copy's. */
#define IOCTL_GPIO_COMMIT_FUNCTION_CONFIG_PINS                                                     \
    CTL_CODE(FILE_DEVICE_GPIO, 0x4, METHOD_BUFFERED, FILE_ANY_ACCESS)

#endif
