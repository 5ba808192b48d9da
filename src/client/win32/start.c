/* SPDX-License-Identifier: MIT */
/* Part of libopenwdf-client only: its applications find devices without being asked to prepare anything. */
#include "client/win32/device.h"
#include "client/win32/notification_window.h"

__attribute__((constructor)) static void
start(void)
{
    client_win32_init();
    client_win32_windows_init();
}
