/* SPDX-License-Identifier: MIT */
/* Windows among each other. All under w32_user. */
#ifndef OPENWDF_WIN32_USER_WINDOW_H
#define OPENWDF_WIN32_USER_WINDOW_H

#include "win32/user.h"

/* The child of that id; NULL: there is none. */
HWND user_child_locked(const struct user_window *parent, LONG_PTR id);

/* The window that a user would talk to: of the thread's visible and enabled ones without a parent, the youngest. */
struct user_window *user_active_locked(const struct user_queue *queue);

/* The oldest window that fn wants; NULL: none. */
struct user_window *user_window_find_locked(bool (*fn)(const struct user_window *window,
                                                       const void *argument),
                                            const void *argument);

#endif
