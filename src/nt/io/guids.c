/* SPDX-License-Identifier: MIT */
/* GUIDs that drivers find in libraries (wdmguid.lib, uuid.lib …) when they define none themselves. */
#include <initguid.h>

#include <ntddk.h>

#pragma GCC visibility push(default)
#include <ntddser.h>
#include <batclass.h>
#include <usbbusif.h>
#include <wdmguid.h>
#include <winsmcrd.h>
#pragma GCC visibility pop
