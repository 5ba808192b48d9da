/* SPDX-License-Identifier: MIT */
/* How the driver of a peripheral talks to its simple peripheral bus (I2C, SPI): sequences of transfers. */
#ifndef _SPB_H_
#define _SPB_H_

#include <devioctl.h>
#include <ntdef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OWDF_SPB_IOCTL(n) CTL_CODE(FILE_DEVICE_CONTROLLER, n, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef enum SpbIoctl {
    IOCTL_SPB_LOCK_CONTROLLER = OWDF_SPB_IOCTL(0x600),
    IOCTL_SPB_UNLOCK_CONTROLLER = OWDF_SPB_IOCTL(0x601),
    IOCTL_SPB_EXECUTE_SEQUENCE = OWDF_SPB_IOCTL(0x602),
    IOCTL_SPB_LOCK_CONNECTION = OWDF_SPB_IOCTL(0x603),
    IOCTL_SPB_UNLOCK_CONNECTION = OWDF_SPB_IOCTL(0x604),
    IOCTL_SPB_FULL_DUPLEX = OWDF_SPB_IOCTL(0x605),
    IOCTL_SPB_MULTI_SPI_TRANSFER = OWDF_SPB_IOCTL(0x606)
} SpbIoctl, *PSpbIoctl;

typedef enum SPB_TRANSFER_DIRECTION {
    SpbTransferDirectionNone = 0,
    SpbTransferDirectionFromDevice = 1,
    SpbTransferDirectionToDevice = 2,
    SpbTransferDirectionMax = 3
} SPB_TRANSFER_DIRECTION, *PSPB_TRANSFER_DIRECTION;

typedef enum SPB_TRANSFER_BUFFER_FORMAT {
    SpbTransferBufferFormatInvalid = 0,
    SpbTransferBufferFormatSimple,
    SpbTransferBufferFormatList,
    SpbTransferBufferFormatSimpleNonPaged,
    SpbTransferBufferFormatMdl,
    SpbTransferBufferFormatMax
} SPB_TRANSFER_BUFFER_FORMAT, *PSPB_TRANSFER_BUFFER_FORMAT;

typedef struct SPB_TRANSFER_BUFFER_LIST_ENTRY {
    PVOID Buffer;
    ULONG BufferCb;
} SPB_TRANSFER_BUFFER_LIST_ENTRY, *PSPB_TRANSFER_BUFFER_LIST_ENTRY;

typedef struct SPB_TRANSFER_BUFFER {
    SPB_TRANSFER_BUFFER_FORMAT Format;
    union {
        SPB_TRANSFER_BUFFER_LIST_ENTRY Simple;
        struct {
            PSPB_TRANSFER_BUFFER_LIST_ENTRY List;
            ULONG ListCe;
        } BufferList;
        struct _MDL *Mdl;
    };
} SPB_TRANSFER_BUFFER, *PSPB_TRANSFER_BUFFER;

typedef struct SPB_TRANSFER_LIST_ENTRY {
    SPB_TRANSFER_DIRECTION Direction;
    ULONG DelayInUs;
    SPB_TRANSFER_BUFFER Buffer;
} SPB_TRANSFER_LIST_ENTRY, *PSPB_TRANSFER_LIST_ENTRY;

typedef struct SPB_TRANSFER_LIST {
    ULONG Size;
    ULONG Reserved;
    ULONG TransferCount;
    SPB_TRANSFER_LIST_ENTRY Transfers[ANYSIZE_ARRAY];
} SPB_TRANSFER_LIST, *PSPB_TRANSFER_LIST;

/* A list with room for `count` transfers, for the stack. */
#define SPB_TRANSFER_LIST_AND_ENTRIES(count)                                                       \
    struct {                                                                                       \
        SPB_TRANSFER_LIST List;                                                                    \
        SPB_TRANSFER_LIST_ENTRY Entries[(count)-1];                                                \
    }

OWDF_INLINE VOID
SPB_TRANSFER_LIST_INIT(PSPB_TRANSFER_LIST TransferList, ULONG TransferCount)
{
    __builtin_memset(TransferList, 0, sizeof(SPB_TRANSFER_LIST));
    TransferList->Size = sizeof(SPB_TRANSFER_LIST);
    TransferList->TransferCount = TransferCount;
}

OWDF_INLINE SPB_TRANSFER_LIST_ENTRY
owdf_spb_entry(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs, SPB_TRANSFER_BUFFER_FORMAT Format)
{
    SPB_TRANSFER_LIST_ENTRY entry;

    __builtin_memset(&entry, 0, sizeof(entry));
    entry.Direction = Direction;
    entry.DelayInUs = DelayInUs;
    entry.Buffer.Format = Format;
    return entry;
}

OWDF_INLINE SPB_TRANSFER_LIST_ENTRY
SPB_TRANSFER_LIST_ENTRY_INIT_SIMPLE(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs, PVOID Buffer,
                                    ULONG BufferCb)
{
    SPB_TRANSFER_LIST_ENTRY entry =
        owdf_spb_entry(Direction, DelayInUs, SpbTransferBufferFormatSimple);

    entry.Buffer.Simple.Buffer = Buffer;
    entry.Buffer.Simple.BufferCb = BufferCb;
    return entry;
}

OWDF_INLINE SPB_TRANSFER_LIST_ENTRY
SPB_TRANSFER_LIST_ENTRY_INIT_NON_PAGED(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs,
                                       PVOID Buffer, ULONG BufferCb)
{
    SPB_TRANSFER_LIST_ENTRY entry =
        owdf_spb_entry(Direction, DelayInUs, SpbTransferBufferFormatSimpleNonPaged);

    entry.Buffer.Simple.Buffer = Buffer;
    entry.Buffer.Simple.BufferCb = BufferCb;
    return entry;
}

OWDF_INLINE SPB_TRANSFER_LIST_ENTRY
SPB_TRANSFER_LIST_ENTRY_INIT_BUFFER_LIST(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs,
                                         PSPB_TRANSFER_BUFFER_LIST_ENTRY BufferList,
                                         ULONG BufferListCe)
{
    SPB_TRANSFER_LIST_ENTRY entry =
        owdf_spb_entry(Direction, DelayInUs, SpbTransferBufferFormatList);

    entry.Buffer.BufferList.List = BufferList;
    entry.Buffer.BufferList.ListCe = BufferListCe;
    return entry;
}

OWDF_INLINE SPB_TRANSFER_LIST_ENTRY
SPB_TRANSFER_LIST_ENTRY_INIT_MDL(SPB_TRANSFER_DIRECTION Direction, ULONG DelayInUs,
                                 struct _MDL *Mdl)
{
    SPB_TRANSFER_LIST_ENTRY entry =
        owdf_spb_entry(Direction, DelayInUs, SpbTransferBufferFormatMdl);

    entry.Buffer.Mdl = Mdl;
    return entry;
}

#ifdef __cplusplus
}
#endif

#endif
