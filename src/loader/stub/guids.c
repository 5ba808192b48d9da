/* SPDX-License-Identifier: MIT */
/*
 * What Windows' kits have in uuid.lib and wdmguid.lib: the GUIDs of the public headers, for drivers that name one
 * and define none. Of the library's members this one comes into a module only when something is missing without it;
 * the definitions are weak, as a driver's own are.
 */
#include <ntddk.h>

#include <initguid.h>

/* Before <hidclass.h>, which makes a macro of one of its names. */
#include <poclass.h>
#include <wdmguid.h>

#include <devguid.h>
#include <kbdmou.h>
#include <mountdev.h>
#include <mountmgr.h>
#include <ntddcdrm.h>
#include <ntdddisk.h>
#include <ntddkbd.h>
#include <ntddmou.h>
#include <ntddpar.h>
#include <ntddser.h>
#include <ntddstor.h>
#include <hidclass.h>
#include <usb.h>
#include <usbiodef.h>
#include <wmiguid.h>
