/* SPDX-License-Identifier: MIT */
/* Window classes, for who makes windows. */
#ifndef OPENWDF_WIN32_USER_CLASS_H
#define OPENWDF_WIN32_USER_CLASS_H

#include "win32/user.h"

/* Under w32_user: the class of that name (or atom), the module's own first. NULL: there is none. */
struct user_class *user_class_locked(const WCHAR *name, HINSTANCE instance);

void user_class_register_builtin(const WCHAR *name, WNDPROC proc, int extra);

#endif
