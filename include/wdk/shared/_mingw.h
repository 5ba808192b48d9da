/* SPDX-License-Identifier: MIT */
/* What mingw-w64's headers ask of their compiler's own header. */
#include <openwdf_mingw.h>
