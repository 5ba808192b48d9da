/* SPDX-License-Identifier: MIT */
/* Makes the client library's devices those of CreateFile: at the start of a program that has both. */
#ifndef OPENWDF_CLIENT_WIN32_DEVICE_H
#define OPENWDF_CLIENT_WIN32_DEVICE_H

void client_win32_init(void);

#endif
