/* SPDX-License-Identifier: MIT */
/* IoCsq... for sources that were to run on Windows 2000 too, and linked csq.lib; since Windows XP wdm.h has them. */
#ifndef OPENWDF_CSQ_H
#define OPENWDF_CSQ_H

#include <wdm.h>

#endif
