/* SPDX-License-Identifier: MIT */
/* The later name of <pepfx.h>. */
#ifndef _PEP_X_H_
#define _PEP_X_H_
#include <pepfx.h>
#endif
