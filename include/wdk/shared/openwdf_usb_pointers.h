/* SPDX-License-Identifier: MIT */
/*
 * Included before and after <usb.h>. To applications that header makes the kernel's pointers opaque; a user-mode
 * driver has both views of them, so they are what wdf.h says they are.
 */
#ifdef OPENWDF_USB_POINTERS
#undef OPENWDF_USB_POINTERS
#undef _NTDDK_
#elif !defined(_NTDDK_) && !defined(_WDMDDK_)
#define OPENWDF_USB_POINTERS
#define _NTDDK_
typedef struct _IRP *PIRP;
typedef struct _MDL *PMDL;
#endif
