/* SPDX-License-Identifier: MIT */
/* From here on, DEFINE_GUID and DEFINE_DEVPROPKEY define what they otherwise only declare. */
#ifndef INITGUID
#define INITGUID
#endif
#include <guiddef.h>
#ifdef DEFINE_DEVPROPKEY
#include <devpropdef.h>
#endif
