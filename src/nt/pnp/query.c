/* SPDX-License-Identifier: MIT */
/* PnP IRPs that ask: what a device is, what it can do, how it is, to whom it is related. */
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "nt/io/io.h"
#include "nt/ke/ke.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

NTSTATUS
pnp_send(PDEVICE_OBJECT pdo, const IO_STACK_LOCATION *stack, ULONG_PTR *information)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(pdo);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    NTSTATUS status;

    if (irp == NULL) {
        ObDereferenceObject(top);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    irp->IoStatus.Information = information != NULL ? *information : 0;
    irp->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    *IoGetNextIrpStackLocation(irp) = *stack;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_PNP;
    status = io_call_and_wait(top, irp);
    if (information != NULL) {
        *information = irp->IoStatus.Information;
    }
    IoFreeIrp(irp);
    ObDereferenceObject(top);
    pnp_note_irp(pdo, IRP_MJ_PNP, stack, status);
    return status;
}

NTSTATUS
pnp_send_minor(struct pnp_devnode *devnode, UCHAR minor)
{
    IO_STACK_LOCATION stack = {.MinorFunction = minor};

    return pnp_send(devnode->pdo, &stack, NULL);
}

/* Relations ----------------------------------------------------------------------------------- */

NTSTATUS
pnp_query_relations(struct pnp_devnode *devnode, DEVICE_RELATION_TYPE type,
                    PDEVICE_RELATIONS *ret_relations)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_DEVICE_RELATIONS};
    ULONG_PTR information = 0;
    NTSTATUS status;

    stack.Parameters.QueryDeviceRelations.Type = type;
    status = pnp_send(devnode->pdo, &stack, &information);
    *ret_relations = NT_SUCCESS(status) ? (PDEVICE_RELATIONS)information : NULL;
    return status;
}

void
pnp_free_relations(PDEVICE_RELATIONS relations)
{
    if (relations == NULL) {
        return;
    }
    for (ULONG i = 0; i < relations->Count; i++) {
        ObDereferenceObject(relations->Objects[i]);
    }
    ExFreePool(relations);
}

/* Ids ----------------------------------------------------------------------------------------- */

/* Bug check 0xCA, parameter 1. */
#define FATAL_INVALID_ID 3

/* Which id, in parameter 4; those that the documentation does not number have none. */
static ULONG_PTR
id_number(BUS_QUERY_ID_TYPE type)
{
    switch (type) {
    case BusQueryDeviceID:
        return 1;
    case BusQueryInstanceID:
        return 2;
    case BusQueryHardwareIDs:
        return 3;
    default:
        return 4;
    }
}

/* "If a driver returns an ID with an illegal character, the system will bug check." */
static void
check_id(struct pnp_devnode *devnode, const WCHAR *id, BUS_QUERY_ID_TYPE type, bool multi)
{
    const WCHAR *start = id;

    do {
        const WCHAR *one = id;

        for (; *id != 0; id++) {
            if (*id <= ' ' || *id > 0x7F || *id == ',' || id - one >= PNP_ID_CHARS) {
                ke_bugcheck(PNP_DETECTED_FATAL_ERROR, FATAL_INVALID_ID, (ULONG_PTR)devnode->pdo,
                            (ULONG_PTR)start, id_number(type),
                            io_driver_ascii_name(devnode->pdo->DriverObject),
                            __builtin_return_address(0));
            }
        }
        id++;
    } while (multi && *id != 0);
}

/* Asks for text that the driver allocates. *text stays as it was when there is none. */
static NTSTATUS
query_id(struct pnp_devnode *devnode, BUS_QUERY_ID_TYPE type, WCHAR **text)
{
    bool multi = type == BusQueryHardwareIDs || type == BusQueryCompatibleIDs;
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_ID};
    ULONG_PTR information = 0;
    NTSTATUS status;

    stack.Parameters.QueryId.IdType = type;
    status = pnp_send(devnode->pdo, &stack, &information);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (information == 0) {
        return STATUS_NOT_SUPPORTED;
    }
    if (type == BusQueryContainerID) {
        *text = (WCHAR *)information;
        return status;
    }
    check_id(devnode, (WCHAR *)information, type, multi);
    *text = (WCHAR *)information;
    return status;
}

static void
query_text(struct pnp_devnode *devnode, DEVICE_TEXT_TYPE type, WCHAR **text)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_DEVICE_TEXT};
    ULONG_PTR information = 0;

    stack.Parameters.QueryDeviceText.DeviceTextType = type;
    stack.Parameters.QueryDeviceText.LocaleId = 0x409;
    if (NT_SUCCESS(pnp_send(devnode->pdo, &stack, &information)) && information != 0) {
        *text = (WCHAR *)information;
    }
}

/* Capabilities -------------------------------------------------------------------------------- */

void
pnp_on_or_off(DEVICE_CAPABILITIES *capabilities)
{
    *capabilities = (DEVICE_CAPABILITIES){
        .Size = sizeof(*capabilities),
        .Version = 1,
        .Address = MAXULONG,
        .UINumber = MAXULONG,
        .DeviceState = {[PowerSystemWorking] = PowerDeviceD0,
                        [PowerSystemSleeping1] = PowerDeviceD3,
                        [PowerSystemSleeping2] = PowerDeviceD3,
                        [PowerSystemSleeping3] = PowerDeviceD3,
                        [PowerSystemHibernate] = PowerDeviceD3,
                        [PowerSystemShutdown] = PowerDeviceD3},
    };
}

static NTSTATUS
query_capabilities(struct pnp_devnode *devnode)
{
    DEVICE_CAPABILITIES capabilities = {
        .Size = sizeof(capabilities), .Version = 1, .Address = MAXULONG, .UINumber = MAXULONG};
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_CAPABILITIES};
    NTSTATUS status;

    stack.Parameters.DeviceCapabilities.Capabilities = &capabilities;
    status = pnp_send(devnode->pdo, &stack, NULL);
    if (!NT_SUCCESS(status)) {
        pnp_on_or_off(&capabilities);
    }
    sys_lock_acquire(&pnp_tree_lock);
    devnode->capabilities = capabilities;
    sys_lock_release(&pnp_tree_lock);
    return status;
}

static void
query_bus(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_BUS_INFORMATION};
    ULONG_PTR information = 0;

    if (NT_SUCCESS(pnp_send(devnode->pdo, &stack, &information)) && information != 0) {
        devnode->bus = *(PPNP_BUS_INFORMATION)information;
        devnode->has_bus = true;
        ExFreePool((PVOID)information);
    }
}

/* Description --------------------------------------------------------------------------------- */

static void
put_hex(WCHAR **out, ULONG value)
{
    bool digits = false;

    for (int shift = 28; shift >= 0; shift -= 4) {
        ULONG digit = (value >> shift) & 15;

        digits = digits || digit != 0 || shift == 0;
        if (digits) {
            *(*out)++ = (WCHAR) "0123456789abcdef"[digit];
        }
    }
}

static ULONG
hash_of(const WCHAR *text)
{
    ULONG hash = 2166136261u;

    for (; *text != 0; text++) {
        hash = (hash ^ utf16_upcase(*text)) * 16777619u;
    }
    return hash;
}

static void
put_text(WCHAR **out, const WCHAR *text)
{
    while (*text != 0) {
        *(*out)++ = *text++;
    }
}

/*
 * device id\instance id. An id that is unique on its bus only gets something of the parent before
 * it, "5&1f3c2b1&0&", as the PnP manager does: the depth in the tree and a hash of the parent's path.
 */
static NTSTATUS
make_instance_path(struct pnp_devnode *devnode, const WCHAR *instance_id, ULONG number,
                   WCHAR **ret_path)
{
    size_t chars = pnp_wide_length(devnode->device_id) + 1 + 24 +
                   (instance_id != NULL ? pnp_wide_length(instance_id) : 8) + 1;
    WCHAR *path = ExAllocatePool2(POOL_FLAG_NON_PAGED, chars * sizeof(WCHAR), PNP_TAG);
    WCHAR *out = path;

    if (path == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    put_text(&out, devnode->device_id);
    *out++ = '\\';
    if (!devnode->capabilities.UniqueID || instance_id == NULL) {
        put_hex(&out, devnode->depth);
        *out++ = '&';
        put_hex(&out, hash_of(devnode->parent->instance_path));
        *out++ = '&';
        *out++ = '0';
        *out++ = '&';
    }
    if (instance_id != NULL) {
        put_text(&out, instance_id);
    } else {
        put_hex(&out, number);
    }
    *out = 0;
    if (out - path > PNP_ID_CHARS) {
        ExFreePoolWithTag(path, PNP_TAG);
        return STATUS_PNP_INVALID_ID;
    }
    *ret_path = path;
    return STATUS_SUCCESS;
}

/* Gives the devnode its path. STATUS_OBJECT_NAME_COLLISION: another device has it. */
static NTSTATUS
set_instance_path(struct pnp_devnode *devnode, const WCHAR *instance_id)
{
    ULONG number = 0;
    bool taken;

    /* Of a device without an instance id, the first number that is free. */
    do {
        WCHAR *path = NULL;
        NTSTATUS status = make_instance_path(devnode, instance_id, number++, &path);

        if (!NT_SUCCESS(status)) {
            return status;
        }
        sys_lock_acquire(&pnp_tree_lock);
        taken = pnp_find_locked(path) != NULL;
        if (!taken) {
            devnode->instance_path = path;
        }
        sys_lock_release(&pnp_tree_lock);
        if (taken) {
            ExFreePoolWithTag(path, PNP_TAG);
        }
    } while (taken && instance_id == NULL);
    return taken ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
}

static enum pnp_problem
problem_of_description(NTSTATUS status)
{
    switch (status) {
    case STATUS_INSUFFICIENT_RESOURCES:
        return PNP_PROBLEM_OUT_OF_MEMORY;
    case STATUS_OBJECT_NAME_COLLISION:
        return PNP_PROBLEM_DUPLICATE_DEVICE;
    default:
        return PNP_PROBLEM_INVALID_DATA;
    }
}

static NTSTATUS
query_identity(struct pnp_devnode *devnode)
{
    WCHAR *instance_id = NULL;
    WCHAR *device_id = NULL;
    NTSTATUS status;

    status = query_id(devnode, BusQueryDeviceID, &device_id);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    if (utf16_find((const uint16_t *)device_id, '\\') == NULL) {
        pnp_free(device_id);
        return STATUS_PNP_INVALID_ID; /* enumerator\device */
    }
    devnode->device_id = device_id;
    (void)query_capabilities(devnode);
    (void)query_id(devnode, BusQueryInstanceID, &instance_id);
    status = set_instance_path(devnode, instance_id);
    pnp_free(instance_id);
    return status;
}

/* What is left of a description that failed goes, so that it can be tried again. */
static void
forget_identity(struct pnp_devnode *devnode)
{
    if (devnode->device_id != pnp_no_text) {
        pnp_free(devnode->device_id);
        devnode->device_id = pnp_no_text;
    }
}

/* Ids that a bus need not have; only scarcity is a failure. */
static NTSTATUS
query_ids(struct pnp_devnode *devnode)
{
    const struct {
        BUS_QUERY_ID_TYPE type;
        WCHAR **text;
    } ids[] = {{BusQueryHardwareIDs, &devnode->hardware_ids},
               {BusQueryCompatibleIDs, &devnode->compatible_ids},
               {BusQueryContainerID, &devnode->container_id}};

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (*ids[i].text == pnp_no_text &&
            query_id(devnode, ids[i].type, ids[i].text) == STATUS_INSUFFICIENT_RESOURCES) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    return STATUS_SUCCESS;
}

NTSTATUS
pnp_describe(struct pnp_devnode *devnode)
{
    NTSTATUS status = STATUS_SUCCESS;

    /* A second attempt goes on where the first one ended. */
    if (devnode->instance_path == pnp_no_text) {
        status = query_identity(devnode);
        if (!NT_SUCCESS(status)) {
            forget_identity(devnode);
        }
    }
    if (NT_SUCCESS(status)) {
        status = query_ids(devnode);
    }
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_WARN, "pnp", "a child of %s cannot be used: its ids: status 0x%08x",
                 PNP_NAME(devnode->parent), (unsigned)status);
        pnp_set_problem(devnode, problem_of_description(status), status);
        return status;
    }
    query_text(devnode, DeviceTextDescription, &devnode->description);
    query_text(devnode, DeviceTextLocationInformation, &devnode->location);
    query_bus(devnode);
    pnp_query_resources(devnode);
    sys_lock_acquire(&pnp_tree_lock);
    devnode->described = true;
    sys_lock_release(&pnp_tree_lock);
    (void)pnp_send_minor(devnode, IRP_MN_DEVICE_ENUMERATED);
    pnp_report(devnode, false);
    return STATUS_SUCCESS;
}

/* State --------------------------------------------------------------------------------------- */

void
pnp_query_state(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_PNP_DEVICE_STATE};
    ULONG_PTR information = 0;
    NTSTATUS status = pnp_send(devnode->pdo, &stack, &information);
    enum pnp_problem problem;
    PNP_DEVICE_STATE state;

    if (!NT_SUCCESS(status) && status != STATUS_NOT_SUPPORTED) {
        return;
    }
    /* When no driver has anything to say, there is nothing to be said. */
    state = NT_SUCCESS(status) ? (PNP_DEVICE_STATE)information : 0;
    sys_lock_acquire(&pnp_tree_lock);
    devnode->device_state = state;
    sys_lock_release(&pnp_tree_lock);
    if ((state & PNP_DEVICE_REMOVED) != 0) {
        problem = PNP_PROBLEM_DEVICE_NOT_THERE;
    } else if ((state & PNP_DEVICE_FAILED) != 0) {
        problem = PNP_PROBLEM_FAILED_POST_START;
    } else if ((state & PNP_DEVICE_DISABLED) != 0) {
        problem = PNP_PROBLEM_HARDWARE_DISABLED;
    } else {
        if ((state & PNP_DEVICE_RESOURCE_REQUIREMENTS_CHANGED) != 0 && devnode->started) {
            devnode->requirements_changed = true;
        }
        return;
    }
    pnp_will_have(devnode, problem, STATUS_DEVICE_CONFIGURATION_ERROR);
    devnode->failed = true;
}

void
pnp_post_start(struct pnp_devnode *devnode)
{
    (void)query_capabilities(devnode);
    pnp_query_state(devnode);
}
