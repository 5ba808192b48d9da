/* SPDX-License-Identifier: MIT */
/*
 * Events of applications. A driver that is given an event's handle in a request (and asks for the
 * object with UserMode) gets an object that stands for the application's event: setting it sets that
 * one. The other way does not work: what the application does to its event does not show here, and
 * waiting for it waits for drivers only.
 */
#ifndef OPENWDF_NT_EX_APP_EVENT_H
#define OPENWDF_NT_EX_APP_EVENT_H

#include <ntddk.h>

/* What the host knows of applications. */
struct ex_app_events {
    /* The application that this thread is in the driver for, referenced; NULL: none. */
    void *(*current)(void);
    /* Sets its event. Any thread, IRQL <= DISPATCH_LEVEL; it may be gone already. */
    void (*set)(void *application, HANDLE handle);
    /* Gives a reference back. IRQL <= DISPATCH_LEVEL. */
    void (*unref)(void *application);
};

/* Constant from then on. NULL: applications' handles mean nothing here. */
void ex_app_events_register(const struct ex_app_events *events);

#endif
