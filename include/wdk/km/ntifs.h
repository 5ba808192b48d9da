/* SPDX-License-Identifier: MIT */
/* The subset of the file system kit that device drivers use. */
#ifndef _NTIFS_
#define _NTIFS_

#include <ntddk.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Compression. */
#define COMPRESSION_FORMAT_NONE     0x0000
#define COMPRESSION_FORMAT_DEFAULT  0x0001
#define COMPRESSION_FORMAT_LZNT1    0x0002
#define COMPRESSION_ENGINE_STANDARD 0x0000
#define COMPRESSION_ENGINE_MAXIMUM  0x0100
NTSYSAPI NTSTATUS RtlGetCompressionWorkSpaceSize(USHORT CompressionFormatAndEngine,
                                                 PULONG CompressBufferWorkSpaceSize,
                                                 PULONG CompressFragmentWorkSpaceSize);
NTSYSAPI NTSTATUS RtlCompressBuffer(USHORT CompressionFormatAndEngine, PUCHAR UncompressedBuffer,
                                    ULONG UncompressedBufferSize, PUCHAR CompressedBuffer,
                                    ULONG CompressedBufferSize, ULONG UncompressedChunkSize,
                                    PULONG FinalCompressedSize, PVOID WorkSpace);
NTSYSAPI NTSTATUS RtlDecompressBuffer(USHORT CompressionFormat, PUCHAR UncompressedBuffer,
                                      ULONG UncompressedBufferSize, PUCHAR CompressedBuffer,
                                      ULONG CompressedBufferSize, PULONG FinalUncompressedSize);

#ifdef __cplusplus
}
#endif

#endif
