/* SPDX-License-Identifier: MIT */
/* The registry that Reg… functions work on: for who composes the program. */
#ifndef OPENWDF_WIN32_REGISTRY_H
#define OPENWDF_WIN32_REGISTRY_H

struct reg_store;

/*
 * The store to use; it stays the caller's and outlives all keys. Without one, the user's is opened at the
 * first use. NULL: back to that.
 */
void w32_set_registry(struct reg_store *(*store)(void));

#endif
