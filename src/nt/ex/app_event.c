/* SPDX-License-Identifier: MIT */
#include "nt/ex/app_event.h"

#include "nt/ex/ex_priv.h"
#include "nt/ke/ke.h"
#include "nt/ob/ob.h"

struct app_event {
    KEVENT event; /* First: the body. */
    void *application;
    HANDLE handle; /* The application's. */
};

static const struct ex_app_events *applications;

static void
delete_app_event(void *body)
{
    struct app_event *event = body;

    applications->unref(event->application);
}

static struct ob_type app_event_type = {.name = "Event", .delete_object = delete_app_event};

static void
set_elsewhere(PKEVENT event)
{
    struct app_event *self = CONTAINING_RECORD(event, struct app_event, event);

    applications->set(self->application, self->handle);
}

static void *
resolve(HANDLE handle, POBJECT_TYPE type)
{
    struct app_event *event;
    void *application;
    void *body;

    if (type != NULL && type != *ExEventObjectType) {
        return NULL;
    }
    application = applications->current();
    if (application == NULL) {
        return NULL;
    }
    if (!NT_SUCCESS(ob_create(&app_event_type, sizeof(*event), &body))) {
        applications->unref(application);
        return NULL;
    }
    event = body;
    event->application = application;
    event->handle = handle;
    KeInitializeEvent(&event->event, NotificationEvent, FALSE);
    ke_event_forward(&event->event, set_elsewhere);
    return event;
}

void
ex_app_events_register(const struct ex_app_events *events)
{
    applications = events;
    ob_set_user_handles(events == NULL ? NULL : resolve);
}
