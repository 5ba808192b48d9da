/* SPDX-License-Identifier: MIT */
/* Another spelling of <ntstrsafe.h>. */
#include <ntstrsafe.h>
