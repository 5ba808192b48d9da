/* SPDX-License-Identifier: MIT */
#ifndef OPENWDF_CLIENT_WIN32_NOTIFICATION_WINDOW_H
#define OPENWDF_CLIENT_WIN32_NOTIFICATION_WINDOW_H

/* From the first window on, those without a parent hear that devices changed. At the program's start. */
void client_win32_windows_init(void);

#endif
