/* SPDX-License-Identifier: MIT */
/*
 * Registrations for what happens to devices, whoever is told: a callback of the application's, or one of
 * its windows. A registration is referenced by its owner and while it is told of something.
 */
#ifndef OPENWDF_CLIENT_WIN32_NOTIFICATION_H
#define OPENWDF_CLIENT_WIN32_NOTIFICATION_H

#include <windows.h>
#include <cfgmgr32.h>

#include <stdbool.h>

struct client_registration;

struct client_notified {
    /* On a thread of the library, one event after the other. An answer other than 0 refuses a query. */
    DWORD(*fn)
    (struct client_registration *registration, void *context, CM_NOTIFY_ACTION action,
     CM_NOTIFY_EVENT_DATA *data, DWORD size);
    /* fn is not called any more. Under a lock: it only frees. May be NULL. */
    void (*release)(void *context);
    void *context;
};

/* Begins; *ret_registration is set before fn can be called. A CR_… code. */
CONFIGRET client_register(const CM_NOTIFY_FILTER *filter, const struct client_notified *notified,
                          struct client_registration **ret_registration);

/*
 * Ends a registration that client_register returned. `wait`: returns when fn is not under way, unless fn calls
 * it. False: there is no such registration.
 */
bool client_unregister(struct client_registration *registration, bool wait);

/* Calls fn whenever a device came, changed or went; set once. */
void client_on_any_change(void (*fn)(void));

#endif
