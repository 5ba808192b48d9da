/* SPDX-License-Identifier: MIT */
/* Which sanitizer the code is built with, whatever the compiler calls it: each of these is 0 or 1. */
#ifndef OPENWDF_BASE_SANITIZERS_H
#define OPENWDF_BASE_SANITIZERS_H

#if defined(__SANITIZE_ADDRESS__)
#define BASE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BASE_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef BASE_ADDRESS_SANITIZER
#define BASE_ADDRESS_SANITIZER 0
#endif

#if defined(__SANITIZE_THREAD__)
#define BASE_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BASE_THREAD_SANITIZER 1
#endif
#endif
#ifndef BASE_THREAD_SANITIZER
#define BASE_THREAD_SANITIZER 0
#endif

#endif
