/* SPDX-License-Identifier: MIT */
/*
 * What a WDM driver sees of the kernel. The parts are in wdm/, one per component, so that a type is
 * found where its owner is. <ntddk.h> and <ntifs.h> add little to it.
 */
#ifndef _WDMDDK_
#define _WDMDDK_
#define _NTDDK_TYPES_

#include <ntdef.h>
#include <ntstatus.h>
#include <bugcodes.h>

#include <openwdf_intrinsics.h>
#include <string.h>

#include <wdm/base.h>
#include <wdm/context.h>
#include <wdm/ke.h>
#include <wdm/mm.h>
#include <wdm/po.h>
#include <wdm/pnp.h>
#include <wdm/rtl.h>
#include <wdm/zw.h>
#include <wdm/io.h>
#include <wdm/ex.h>
#include <wdm/ps.h>
#include <wdm/ob_callbacks.h>
#include <wdm/hal.h>
#include <wdm/wmi.h>
#include <wdm/etw.h>

#endif
