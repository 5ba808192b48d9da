/* SPDX-License-Identifier: MIT */
/* Packs structures to 1 byte until <poppack.h>. */
#pragma pack(push, 1)
