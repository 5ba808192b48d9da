/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_USBD_USBD_PRIV_H
#define OPENWDF_NT_USBD_USBD_PRIV_H

#include <ntddk.h>
#include <usbdlib.h>

#define USBD_TAG 'DBSU'

/* What the client has its URBs allocated with. Bugchecks when that is no handle. */
ULONG usbd_tag(USBD_HANDLE handle);

#endif
