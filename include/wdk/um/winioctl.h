/* SPDX-License-Identifier: MIT */
/* Device types and control codes, for applications. */
#ifndef _WINIOCTL_
#define _WINIOCTL_

#include <devioctl.h>

#endif
