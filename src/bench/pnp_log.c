/* SPDX-License-Identifier: MIT */
/* What the PnP and the power manager sent to devices, as text; and text that grows. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf16.h"
#include "bench/bench_priv.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"

void
bench_text_add(struct bench_text *text, const char *format, ...)
{
    va_list arguments;
    size_t more;

    va_start(arguments, format);
    more = (size_t)vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (text->text == NULL || text->length + more + 1 > text->room) {
        size_t room = text->room * 2 + more + 256;
        char *fresh = sys_alloc(room);

        if (fresh == NULL) {
            return; /* What is there stays readable. */
        }
        memcpy(fresh, text->text != NULL ? text->text : "", text->length);
        sys_free(text->text);
        text->text = fresh;
        text->room = room;
    }
    va_start(arguments, format);
    (void)vsnprintf(text->text + text->length, more + 1, format, arguments);
    va_end(arguments);
    text->length += more;
}

void
bench_text_free(struct bench_text *text)
{
    sys_free(text->text);
    *text = (struct bench_text){NULL, 0, 0};
}

/* Names --------------------------------------------------------------------------------------- */

static const char *
pnp_name(UCHAR minor)
{
    static const char *const names[] = {
        [IRP_MN_START_DEVICE] = "START_DEVICE",
        [IRP_MN_QUERY_REMOVE_DEVICE] = "QUERY_REMOVE_DEVICE",
        [IRP_MN_REMOVE_DEVICE] = "REMOVE_DEVICE",
        [IRP_MN_CANCEL_REMOVE_DEVICE] = "CANCEL_REMOVE_DEVICE",
        [IRP_MN_STOP_DEVICE] = "STOP_DEVICE",
        [IRP_MN_QUERY_STOP_DEVICE] = "QUERY_STOP_DEVICE",
        [IRP_MN_CANCEL_STOP_DEVICE] = "CANCEL_STOP_DEVICE",
        [IRP_MN_QUERY_DEVICE_RELATIONS] = "QUERY_DEVICE_RELATIONS",
        [IRP_MN_QUERY_INTERFACE] = "QUERY_INTERFACE",
        [IRP_MN_QUERY_CAPABILITIES] = "QUERY_CAPABILITIES",
        [IRP_MN_QUERY_RESOURCES] = "QUERY_RESOURCES",
        [IRP_MN_QUERY_RESOURCE_REQUIREMENTS] = "QUERY_RESOURCE_REQUIREMENTS",
        [IRP_MN_QUERY_DEVICE_TEXT] = "QUERY_DEVICE_TEXT",
        [IRP_MN_FILTER_RESOURCE_REQUIREMENTS] = "FILTER_RESOURCE_REQUIREMENTS",
        [IRP_MN_READ_CONFIG] = "READ_CONFIG",
        [IRP_MN_WRITE_CONFIG] = "WRITE_CONFIG",
        [IRP_MN_EJECT] = "EJECT",
        [IRP_MN_SET_LOCK] = "SET_LOCK",
        [IRP_MN_QUERY_ID] = "QUERY_ID",
        [IRP_MN_QUERY_PNP_DEVICE_STATE] = "QUERY_PNP_DEVICE_STATE",
        [IRP_MN_QUERY_BUS_INFORMATION] = "QUERY_BUS_INFORMATION",
        [IRP_MN_DEVICE_USAGE_NOTIFICATION] = "DEVICE_USAGE_NOTIFICATION",
        [IRP_MN_SURPRISE_REMOVAL] = "SURPRISE_REMOVAL",
        [IRP_MN_DEVICE_ENUMERATED] = "DEVICE_ENUMERATED",
    };

    return minor < sizeof(names) / sizeof(names[0]) && names[minor] != NULL ? names[minor] : "?";
}

static const char *
power_name(const IO_STACK_LOCATION *stack, char *text, size_t size)
{
    static const char *const minors[] = {"WAIT_WAKE", "POWER_SEQUENCE", "SET_POWER", "QUERY_POWER"};
    const char *minor = stack->MinorFunction < 4 ? minors[stack->MinorFunction] : "?";

    if (stack->Parameters.Power.Type == SystemPowerState) {
        snprintf(text, size, "%s S%d", minor, (int)stack->Parameters.Power.State.SystemState - 1);
    } else {
        snprintf(text, size, "%s D%d", minor, (int)stack->Parameters.Power.State.DeviceState - 1);
    }
    return text;
}

void
bench_note_irp(struct bench *bench, PDEVICE_OBJECT pdo, UCHAR major, const IO_STACK_LOCATION *stack,
               NTSTATUS status)
{
    struct pnp_devnode *devnode = pnp_devnode_of(pdo);
    const WCHAR *wide;
    char name[32];
    char path[256];
    size_t length;

    if (devnode == NULL) {
        return;
    }
    wide = pnp_devnode_instance_path(devnode);
    length = utf16_to_utf8(path, sizeof(path) - 1, (const uint16_t *)wide,
                           utf16_length((const uint16_t *)wide));
    path[length < sizeof(path) ? length : sizeof(path) - 1] = '\0';
    sys_lock_acquire(&bench->log_lock);
    bench_text_add(&bench->log, "%s %s", path,
                   major == IRP_MJ_PNP ? pnp_name(stack->MinorFunction)
                                       : power_name(stack, name, sizeof(name)));
    if (!NT_SUCCESS(status)) {
        bench_text_add(&bench->log, " %s", bench_status_name(status));
    }
    bench_text_add(&bench->log, "\n");
    sys_lock_release(&bench->log_lock);
    pnp_devnode_unref(devnode);
}

const char *
bench_pnp_log(struct bench *bench)
{
    sys_lock_acquire(&bench->log_lock);
    bench_text_free(&bench->shown_log);
    bench_text_add(&bench->shown_log, "%s", bench->log.text != NULL ? bench->log.text : "");
    sys_lock_release(&bench->log_lock);
    return bench->shown_log.text != NULL ? bench->shown_log.text : "";
}

void
bench_pnp_log_clear(struct bench *bench)
{
    sys_lock_acquire(&bench->log_lock);
    bench_text_free(&bench->log);
    sys_lock_release(&bench->log_lock);
}
