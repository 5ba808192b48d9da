/* SPDX-License-Identifier: MIT */
/* Another spelling of <wdm.h>. */
#include <wdm.h>
