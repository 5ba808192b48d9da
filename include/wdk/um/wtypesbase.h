/* SPDX-License-Identifier: MIT */
/* Types of COM's interface definitions: see wtypes.h. */
#include <wtypes.h>
