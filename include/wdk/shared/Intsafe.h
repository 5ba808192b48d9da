/* SPDX-License-Identifier: MIT */
/* Another spelling of <intsafe.h>. */
#include <intsafe.h>
