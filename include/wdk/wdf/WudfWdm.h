/* SPDX-License-Identifier: MIT */
/* Another spelling, for file systems that tell them apart. */
#include "wudfwdm.h"
