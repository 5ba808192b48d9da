/* SPDX-License-Identifier: MIT */
/* What the manager hears of this host's devices, and what it asks for them: see host_tree.h. */
#include "host/host_tree.h"

#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "host/host_control.h"
#include "host/host_drivers.h"
#include "nt/po/po.h"
#include "sys/memory.h"

/* Text as UTF-8 in a field of a frame; what does not fit is cut off. */
static void
put_text(char field[FRAME_TEXT_SIZE], const WCHAR *text)
{
    size_t length;

    if (text == NULL) {
        field[0] = '\0';
        return;
    }
    length = utf16_to_utf8(field, FRAME_TEXT_SIZE - 1, (const uint16_t *)text,
                           utf16_length((const uint16_t *)text));
    field[length < FRAME_TEXT_SIZE ? length : FRAME_TEXT_SIZE - 1] = '\0';
}

void
host_tree_changed(void *context, const struct pnp_status *status, bool gone_for_good)
{
    struct frame_devnode devnode = {.problem = (uint32_t)status->problem,
                                    .problem_status = status->problem_status,
                                    .power = (uint32_t)status->power};

    /* Nobody has said anything of its power yet: a start leaves a device in D0. */
    if (status->started && status->power == PowerDeviceUnspecified) {
        devnode.power = PowerDeviceD0;
    }

    (void)context;
    put_text(devnode.text[FRAME_DEVNODE_ID], status->instance_path);
    put_text(devnode.text[FRAME_DEVNODE_PARENT], status->parent_path);
    put_text(devnode.text[FRAME_DEVNODE_DESCRIPTION], status->description);
    strncpy(devnode.text[FRAME_DEVNODE_STATE], status->state, FRAME_TEXT_SIZE - 1);
    host_tree_describe(&devnode);
    devnode.flags |= status->started ? FRAME_DEVNODE_STARTED : 0;
    devnode.flags |= gone_for_good ? FRAME_DEVNODE_GONE : 0;
    devnode.flags |= status->hidden ? FRAME_DEVNODE_HIDDEN : 0;
    devnode.flags |= status->wake_armed ? FRAME_DEVNODE_ARMED : 0;
    devnode.flags |= status->woke ? FRAME_DEVNODE_WOKE : 0;
    base_log(BASE_LOG_DEBUG, "host", "%s: %s%s%s", devnode.text[FRAME_DEVNODE_ID],
             gone_for_good ? "gone" : status->state,
             status->problem != PNP_PROBLEM_NONE ? ", " : "", pnp_problem_name(status->problem));
    if (gone_for_good) {
        host_tree_forget(devnode.text[FRAME_DEVNODE_ID]);
    }
    /* A devnode whose bus has not told its ids yet has no name to be told by. */
    if (devnode.text[FRAME_DEVNODE_ID][0] != '\0') {
        host_control_say_devnode(&devnode);
    }
}

void
host_tree_woken(void *context)
{
    (void)context;
    host_control_say_woken();
}

static bool
tell_one(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    (void)argument;
    (void)devnode;
    if (!status->gone) {
        host_tree_changed(NULL, status, false);
    }
    return true;
}

/* As an action: what it tells is not older than what was told before. */
static void
tell_all(void *argument)
{
    pnp_tree_walk(tell_one, argument);
}

struct pnp_devnode *
host_tree_find(const char *instance_id)
{
    WCHAR path[FRAME_TEXT_SIZE];
    size_t count =
        utf8_to_utf16((uint16_t *)path, FRAME_TEXT_SIZE - 1, instance_id, strlen(instance_id));

    path[count < FRAME_TEXT_SIZE ? count : FRAME_TEXT_SIZE - 1] = 0;
    return pnp_devnode_find(path);
}

static NTSTATUS
act_on_device(enum frame_action_code action, const char *instance_id)
{
    struct pnp_devnode *devnode = host_tree_find(instance_id);
    NTSTATUS status = STATUS_SUCCESS;

    if (devnode == NULL) {
        return STATUS_NO_SUCH_DEVICE;
    }
    switch (action) {
    case FRAME_ACTION_ENABLE:
        status = pnp_devnode_enable(devnode);
        break;
    case FRAME_ACTION_DISABLE:
        status = pnp_devnode_disable(devnode);
        break;
    case FRAME_ACTION_REMOVE:
        status = pnp_devnode_remove(devnode);
        break;
    case FRAME_ACTION_EJECT:
        status = pnp_devnode_eject(devnode);
        break;
    case FRAME_ACTION_UNPLUG:
        pnp_devnode_unplug(devnode);
        break;
    case FRAME_ACTION_RESTART:
        status = pnp_devnode_restart(devnode);
        break;
    case FRAME_ACTION_RESCAN:
        pnp_devnode_rescan(devnode);
        break;
    case FRAME_ACTION_WAKE:
        status = pnp_devnode_signal_wake(devnode) ? STATUS_SUCCESS : STATUS_INVALID_DEVICE_STATE;
        break;
    default:
        status = STATUS_NOT_SUPPORTED;
        break;
    }
    pnp_devnode_unref(devnode);
    return status;
}

/* ---- Other drivers ---- */

struct stale {
    struct stale *next;
    struct pnp_devnode *devnode; /* Referenced. */
    bool on_root_bus;
    bool stays; /* Somebody refused its removal. */
};

/* Puts it at the front: so the last one in the tree comes first. */
static bool
note_stale(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    struct stale **list = argument;
    struct stale *stale;

    /* What a person took out of use stays so. */
    if (status->gone || status->problem == PNP_PROBLEM_WILL_BE_REMOVED ||
        status->problem == PNP_PROBLEM_HELD_FOR_EJECT ||
        status->problem == PNP_PROBLEM_DEVICE_NOT_THERE ||
        !host_tree_is_stale(status->instance_path)) {
        return true;
    }
    stale = sys_alloc_zeroed(sizeof(*stale));
    if (stale == NULL) {
        return false; /* The rest keeps its drivers until the next time. */
    }
    pnp_devnode_ref(devnode);
    stale->devnode = devnode;
    stale->on_root_bus = status->depth == 1;
    stale->next = *list;
    *list = stale;
    return true;
}

static void
find_stale(void *argument)
{
    pnp_tree_walk(note_stale, argument);
}

static void
take_down(struct stale *stale, NTSTATUS *result)
{
    NTSTATUS status;

    /* Removed from the root bus a device would be gone, and this host with it. */
    if (!stale->on_root_bus) {
        status = pnp_devnode_remove(stale->devnode);
        stale->stays = !NT_SUCCESS(status);
        *result = stale->stays ? status : *result;
    }
}

static void
bring_up(struct stale *stale, NTSTATUS *result)
{
    struct pnp_status now;
    NTSTATUS status;

    if (stale->on_root_bus) {
        status = pnp_devnode_restart(stale->devnode);
        pnp_devnode_status(stale->devnode, &now);
        if (!NT_SUCCESS(status) && now.started) {
            *result = status; /* It was not taken down. */
        }
    } else if (!stale->stays) {
        status = pnp_devnode_enable(stale->devnode);
        base_log(BASE_LOG_DEBUG, "host", "other drivers: status 0x%08x", (unsigned)status);
    }
}

/*
 * Devices that are to have other drivers, or none, or one at last. All are taken down before any comes up
 * again, so that former versions of their drivers can go. Children go before their parents and come
 * after them. The status of a device that somebody did not let go: it keeps its drivers.
 */
static NTSTATUS
reconfigure(void)
{
    struct stale *down = NULL; /* Children first. */
    struct stale *up = NULL;
    struct stale *stale;
    NTSTATUS result = STATUS_SUCCESS;

    pnp_run_alone(find_stale, &down);
    while ((stale = down) != NULL) {
        down = stale->next;
        take_down(stale, &result);
        stale->next = up;
        up = stale;
    }
    host_drivers_sweep();
    while ((stale = up) != NULL) {
        up = stale->next;
        bring_up(stale, &result);
        pnp_devnode_unref(stale->devnode);
        sys_free(stale);
    }
    return result;
}

static NTSTATUS
sleep_system(SYSTEM_POWER_STATE state, bool only_ask)
{
    POWER_ACTION action = state == PowerSystemHibernate ? PowerActionHibernate : PowerActionSleep;

    if (state < PowerSystemSleeping1 || state > PowerSystemHibernate) {
        return STATUS_INVALID_PARAMETER;
    }
    /* All have agreed when it is told to sleep. */
    return only_ask ? po_system_ask(state, action) : po_system_sleep(state, action, true);
}

NTSTATUS
host_tree_action(enum frame_action_code action, uint32_t argument, const char *instance_id)
{
    switch (action) {
    case FRAME_ACTION_ASK_SLEEP:
    case FRAME_ACTION_SLEEP:
        return sleep_system((SYSTEM_POWER_STATE)argument, action == FRAME_ACTION_ASK_SLEEP);
    case FRAME_ACTION_STAY:
        po_system_stay();
        return STATUS_SUCCESS;
    case FRAME_ACTION_RESUME:
        po_system_resume();
        return STATUS_SUCCESS;
    case FRAME_ACTION_RECONFIGURE:
        return reconfigure();
    case FRAME_ACTION_TELL:
        pnp_run_alone(tell_all, NULL);
        return STATUS_SUCCESS;
    default:
        return act_on_device(action, instance_id);
    }
}
