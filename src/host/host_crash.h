/* SPDX-License-Identifier: MIT */
/*
 * What a host says when it dies of a driver's fault: one readable line on standard error, then the
 * process ends with the signal. The line begins with HOST_CRASH_PREFIX, so that the manager can tell.
 */
#ifndef OPENWDF_HOST_HOST_CRASH_H
#define OPENWDF_HOST_HOST_CRASH_H

#define HOST_CRASH_PREFIX "wdfhost: crash: "

struct ke_bugcheck;

/*
 * Installs the handlers for fatal signals that nobody (a sanitizer, say) handles already. `driver`
 * and `device` appear in reports and must live as long as the process.
 */
void host_crash_install(const char *driver, const char *device);

/* For ke_bugcheck_set_handler: reports and ends the process. */
void host_crash_bugcheck(const struct ke_bugcheck *bugcheck, void *context);

#endif
