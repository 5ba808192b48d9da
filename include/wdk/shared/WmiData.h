/* SPDX-License-Identifier: MIT */
/* Another spelling of <wmidata.h>. */
#include <wmidata.h>
