/* SPDX-License-Identifier: MIT */
/* What the manager hears of this host's devices, and what it asks for them: see host_tree.h. */
#include "host/host_tree.h"

#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "host/host_control.h"
#include "nt/po/po.h"

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
    devnode.flags |= status->started ? FRAME_DEVNODE_STARTED : 0;
    devnode.flags |= gone_for_good ? FRAME_DEVNODE_GONE : 0;
    devnode.flags |= status->hidden ? FRAME_DEVNODE_HIDDEN : 0;
    base_log(BASE_LOG_DEBUG, "host", "%s: %s%s%s", devnode.text[FRAME_DEVNODE_ID],
             gone_for_good ? "gone" : status->state,
             status->problem != PNP_PROBLEM_NONE ? ", " : "", pnp_problem_name(status->problem));
    /* A devnode whose bus has not told its ids yet has no name to be told by. */
    if (devnode.text[FRAME_DEVNODE_ID][0] != '\0') {
        host_control_say_devnode(&devnode);
    }
}

static NTSTATUS
act_on_device(enum frame_action_code action, const char *instance_id)
{
    WCHAR path[FRAME_TEXT_SIZE];
    struct pnp_devnode *devnode;
    NTSTATUS status = STATUS_SUCCESS;
    size_t count =
        utf8_to_utf16((uint16_t *)path, FRAME_TEXT_SIZE - 1, instance_id, strlen(instance_id));

    path[count < FRAME_TEXT_SIZE ? count : FRAME_TEXT_SIZE - 1] = 0;
    devnode = pnp_devnode_find(path);
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
    default:
        status = STATUS_NOT_SUPPORTED;
        break;
    }
    pnp_devnode_unref(devnode);
    return status;
}

NTSTATUS
host_tree_action(enum frame_action_code action, uint32_t argument, const char *instance_id)
{
    switch (action) {
    case FRAME_ACTION_SLEEP:
        if (argument < PowerSystemSleeping1 || argument > PowerSystemHibernate) {
            return STATUS_INVALID_PARAMETER;
        }
        return po_system_sleep(
            (SYSTEM_POWER_STATE)argument,
            argument == PowerSystemHibernate ? PowerActionHibernate : PowerActionSleep, false);
    case FRAME_ACTION_RESUME:
        po_system_resume();
        return STATUS_SUCCESS;
    default:
        return act_on_device(action, instance_id);
    }
}
