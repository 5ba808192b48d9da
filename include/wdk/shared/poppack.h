/* SPDX-License-Identifier: MIT */
/* Ends what the matching <pshpackN.h> began. */
#pragma pack(pop)
