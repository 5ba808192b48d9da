/* SPDX-License-Identifier: MIT */
/*
 * BASE_HOT marks what runs for every request. The linker puts these functions next to each other: after a pause,
 * when others have used the caches, a request meets few pages and lines of code instead of one in every corner.
 */
#ifndef OPENWDF_BASE_HOT_H
#define OPENWDF_BASE_HOT_H

#define BASE_HOT __attribute__((hot))

#endif
