/* SPDX-License-Identifier: MIT */
/*
 * Descriptors from a device: nothing is read beyond them, what is found lies in them whole, and what passes the
 * strictest check has the interfaces that it says, so that a request can be made of it.
 */
#include <stdlib.h>
#include <string.h>

#include <ntddk.h>
#include <usbdlib.h>

#include "nt/nt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_inside(const UCHAR *copy, size_t size, const UCHAR *found, size_t least)
{
    if (found != NULL && (found < copy || (size_t)(found - copy) + least > size ||
                          found[0] < least || (size_t)(found - copy) + found[0] > size)) {
        abort();
    }
}

static void
search(UCHAR *copy, size_t size)
{
    PUSB_CONFIGURATION_DESCRIPTOR configuration = (PVOID)copy;

    for (LONG type = 0; type < 256; type++) {
        UCHAR *at = copy;
        UCHAR *found;

        while ((found = (UCHAR *)USBD_ParseDescriptors(copy, (ULONG)size, at, type)) != NULL) {
            must_be_inside(copy, size, found, 2);
            at = found + found[0];
        }
    }
    if (size >= 9 && configuration->wTotalLength <= size) {
        UCHAR *at = copy;
        PUSB_INTERFACE_DESCRIPTOR found;

        while ((found = USBD_ParseConfigurationDescriptorEx(configuration, at, -1, -1, -1, -1,
                                                            -1)) != NULL) {
            ULONG length = USBD_GetInterfaceLength(found, copy + size);

            must_be_inside(copy, size, (UCHAR *)found, 9);
            if (length < found->bLength || (size_t)((UCHAR *)found - copy) + length > size) {
                abort();
            }
            at = (UCHAR *)found + found->bLength;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static BOOLEAN is_up;
    UCHAR *copy;
    PUCHAR where;

    if (!is_up && nt_init(NULL) != STATUS_SUCCESS) {
        abort();
    }
    is_up = TRUE;
    if (size > MAXUSHORT) {
        return 0;
    }
    copy = malloc(size != 0 ? size : 1); /* Of exactly its size. */
    memcpy(copy, data, size);
    search(copy, size);
    for (USHORT level = 1; level <= 3; level++) {
        USBD_STATUS status =
            USBD_ValidateConfigurationDescriptor((PVOID)copy, (ULONG)size, level, &where, 0);

        if (where < copy || where > copy + size) {
            abort();
        }
        if (status == USBD_STATUS_SUCCESS && level == 3) {
            USHORT length;
            PURB urb = USBD_CreateConfigurationRequest((PVOID)copy, &length);

            if ((urb != NULL) != (length != 0)) {
                abort();
            }
            if (urb != NULL) {
                ExFreePool(urb);
            }
        }
    }
    free(copy);
    return 0;
}
