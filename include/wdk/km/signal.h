/* SPDX-License-Identifier: MIT */
/* <signal.h> as drivers see it: the kernel has no signals, and POSIX's types do not come along; see sys/types.h. */
#if !defined(OPENWDF_NO_POSIX) || defined(__cplusplus)
#include_next <signal.h>
#elif !defined(OPENWDF_KM_SIGNAL_H)
#define OPENWDF_KM_SIGNAL_H

typedef int sig_atomic_t;

#endif
