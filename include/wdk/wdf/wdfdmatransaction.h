/* SPDX-License-Identifier: MIT */
/* DMA transactions: one request, one or more transfers. */
#ifndef OWDF_WDFDMATRANSACTION_H
#define OWDF_WDFDMATRANSACTION_H

WDF_EXTERN_C_START

typedef BOOLEAN NTAPI EVT_WDF_PROGRAM_DMA(_In_ WDFDMATRANSACTION Transaction, _In_ WDFDEVICE Device,
                                          _In_ WDFCONTEXT Context, _In_ WDF_DMA_DIRECTION Direction,
                                          _In_ PSCATTER_GATHER_LIST SgList);
typedef EVT_WDF_PROGRAM_DMA *PFN_WDF_PROGRAM_DMA;

typedef BOOLEAN NTAPI EVT_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL(
    _In_ WDFDMATRANSACTION DmaTransaction, _In_ WDFDEVICE Device, _In_ PVOID Context,
    _In_opt_ PMDL Mdl, _In_ size_t Offset, _In_ size_t Length);
typedef EVT_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL
    *PFN_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL;

typedef VOID NTAPI EVT_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE(_In_ WDFDMATRANSACTION Transaction,
                                                                 _In_ WDFDEVICE Device,
                                                                 _In_ WDFCONTEXT Context,
                                                                 _In_ WDF_DMA_DIRECTION Direction,
                                                                 _In_ DMA_COMPLETION_STATUS Status);
typedef EVT_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE
    *PFN_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE;

typedef VOID NTAPI EVT_WDF_RESERVE_DMA(_In_ WDFDMATRANSACTION DmaTransaction, _In_ PVOID Context);
typedef EVT_WDF_RESERVE_DMA *PFN_WDF_RESERVE_DMA;

WDF_EXTERN_C_END

#include "wdfdmatransaction_calls.h"

#endif
