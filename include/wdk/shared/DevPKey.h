/* SPDX-License-Identifier: MIT */
/* Another spelling of <devpkey.h>. */
#include <devpkey.h>
