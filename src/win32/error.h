/* SPDX-License-Identifier: MIT */
/* Texts of Win32 errors. */
#ifndef OPENWDF_WIN32_ERROR_H
#define OPENWDF_WIN32_ERROR_H

#include <stdint.h>

#define W32_ERROR_TEXT 160

/* The error in words, its name or its number; ends with a new line. */
void w32_describe(uint32_t error, char text[W32_ERROR_TEXT]);

#endif
