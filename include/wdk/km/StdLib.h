/* SPDX-License-Identifier: MIT */
/* Another spelling of <stdlib.h>. */
#include <stdlib.h>
