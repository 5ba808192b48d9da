/* SPDX-License-Identifier: MIT */
/* Makes the client library's devices those of CreateFile: at the start of a program that has both. */
#ifndef OPENWDF_CLIENT_WIN32_DEVICE_H
#define OPENWDF_CLIENT_WIN32_DEVICE_H

struct owdf_handle;

void client_win32_init(void);

/* The connection behind an open file (struct w32_file), which the caller references; NULL: it is no device of ours. */
struct owdf_handle *client_win32_handle(void *file);

/* What this process opens, it opens as a user-mode driver: WdfRequestIsFromUserModeDriver says so to the other one. */
void client_opens_as_driver(void);

#endif
