/* SPDX-License-Identifier: MIT */
/* Who asks: the tokens that drivers see. */
#ifndef OPENWDF_NT_SE_SE_H
#define OPENWDF_NT_SE_SE_H

#include <stdbool.h>

#include <ntddk.h>

/* The token of an administrator, or of anybody else; there are these two, and they stay. */
PACCESS_TOKEN se_token(bool administrator);

#endif
