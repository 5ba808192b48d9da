/* SPDX-License-Identifier: MIT */
/*
 * Devnodes: one per device, from its discovery to its removal.
 *
 * Whoever changes a devnode has its turn (an event used as a lock: a thread that waits for an IRP
 * holds it, and the thread that gives it back may be another). pnp.lock guards the list alone.
 */
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "nt/io/io.h"
#include "nt/io/notify.h"
#include "nt/pnp/pnp_priv.h"
#include "sys/lock.h"

static struct {
    struct sys_lock lock;
    struct list devnodes;
    bool up;
} pnp;

/* GUID_TARGET_DEVICE_… as documented in wdmguid.h. */
static const GUID guid_query_remove = {
    0xcb3a4006, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_remove_cancelled = {
    0xcb3a4007, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_remove_complete = {
    0xcb3a4008, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};

static void
take_turn(struct pnp_devnode *devnode)
{
    KeWaitForSingleObject(&devnode->turn, Executive, KernelMode, FALSE, NULL);
}

static void
give_turn(struct pnp_devnode *devnode)
{
    KeSetEvent(&devnode->turn, IO_NO_INCREMENT, FALSE);
}

NTSTATUS
pnp_send(PDEVICE_OBJECT pdo, const IO_STACK_LOCATION *stack, ULONG_PTR *ret_information)
{
    PDEVICE_OBJECT top = IoGetAttachedDeviceReference(pdo);
    PIRP irp = IoAllocateIrp(top->StackSize, FALSE);
    NTSTATUS status;

    if (irp == NULL) {
        ObDereferenceObject(top);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    irp->Tail.Overlay.Thread = (PETHREAD)KeGetCurrentThread();
    *IoGetNextIrpStackLocation(irp) = *stack;
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_PNP;
    status = io_call_and_wait(top, irp);
    if (ret_information != NULL) {
        *ret_information = irp->IoStatus.Information;
    }
    IoFreeIrp(irp);
    ObDereferenceObject(top);
    return status;
}

static NTSTATUS
send_minor(struct pnp_devnode *devnode, UCHAR minor)
{
    IO_STACK_LOCATION stack = {.MinorFunction = minor};

    return pnp_send(devnode->pdo, &stack, NULL);
}

/* Strings ------------------------------------------------------------------------------------- */

/* Splits "ROOT\ECHO\0000"; false when it has not three parts. */
static bool
parse_instance_id(struct pnp_devnode *devnode, const char *id)
{
    size_t chars = strlen(id);
    unsigned separators = 0;

    if (chars == 0 || chars > PNP_ID_CHARS) {
        return false;
    }
    for (size_t i = 0; i < chars; i++) {
        devnode->id[i] = id[i];
        devnode->instance_path[i] = (WCHAR)(unsigned char)id[i];
        if (id[i] == '\\') {
            if (i == 0 || i == chars - 1 || id[i - 1] == '\\') {
                return false;
            }
            separators++;
            if (separators == 1) {
                devnode->enumerator_chars = (USHORT)i;
            } else {
                devnode->device_chars = (USHORT)i;
            }
        }
    }
    return separators == 2;
}

/* The multi-string of hardware ids, all of them ASCII. */
static NTSTATUS
set_hardware_ids(struct pnp_devnode *devnode, const char *const *ids)
{
    size_t chars = 1;
    WCHAR *out;

    if (ids == NULL) {
        chars += devnode->device_chars + 1u;
    } else {
        for (size_t i = 0; ids[i] != NULL; i++) {
            chars += strlen(ids[i]) + 1;
        }
    }
    if (chars > MAXUSHORT / sizeof(WCHAR)) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    out = ExAllocatePool2(POOL_FLAG_PAGED, chars * sizeof(WCHAR), PNP_TAG);
    if (out == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    devnode->hardware_ids = out;
    devnode->hardware_ids_bytes = (USHORT)(chars * sizeof(WCHAR));
    if (ids == NULL) {
        memcpy(out, devnode->instance_path, devnode->device_chars * sizeof(WCHAR));
        return STATUS_SUCCESS;
    }
    for (size_t i = 0; ids[i] != NULL; i++) {
        for (const char *p = ids[i]; *p != '\0'; p++) {
            *out++ = (WCHAR)(unsigned char)*p;
        }
        out++;
    }
    return STATUS_SUCCESS;
}

static void
set_description(struct pnp_devnode *devnode, const char *text)
{
    size_t units =
        utf8_to_utf16((uint16_t *)devnode->description, PNP_ID_CHARS, text, strlen(text));

    devnode->description[units < PNP_ID_CHARS ? units : PNP_ID_CHARS] = 0;
}

/* Life ---------------------------------------------------------------------------------------- */

static void state_work(struct ex_work *work);
static void close_work(struct ex_work *work);

static struct pnp_devnode *
find_locked(const WCHAR *path)
{
    struct list *link;

    list_for_each(link, &pnp.devnodes)
    {
        struct pnp_devnode *devnode = container_of(link, struct pnp_devnode, link);

        if (utf16_compare((const uint16_t *)devnode->instance_path,
                          utf16_length((const uint16_t *)devnode->instance_path),
                          (const uint16_t *)path, utf16_length((const uint16_t *)path),
                          true) == 0) {
            return devnode;
        }
    }
    return NULL;
}

static void
free_devnode(struct pnp_devnode *devnode)
{
    if (devnode->hardware_ids != NULL) {
        ExFreePoolWithTag(devnode->hardware_ids, PNP_TAG);
    }
    ExFreePoolWithTag(devnode, PNP_TAG);
}

NTSTATUS
pnp_devnode_create(const struct pnp_devnode_params *params, struct pnp_devnode **ret_devnode)
{
    struct pnp_devnode *devnode = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*devnode), PNP_TAG);
    NTSTATUS status;
    bool taken;

    if (devnode == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    list_init(&devnode->link);
    KeInitializeEvent(&devnode->turn, SynchronizationEvent, TRUE);
    KeInitializeEvent(&devnode->removed, NotificationEvent, TRUE);
    devnode->state_work.run = state_work;
    devnode->close_work.run = close_work;
    if (!parse_instance_id(devnode, params->instance_id)) {
        status = STATUS_OBJECT_NAME_INVALID;
        goto fail;
    }
    set_description(devnode,
                    params->description != NULL ? params->description : params->instance_id);
    status = set_hardware_ids(devnode, params->hardware_ids);
    if (!NT_SUCCESS(status)) {
        goto fail;
    }
    sys_lock_acquire(&pnp.lock);
    taken = find_locked(devnode->instance_path) != NULL;
    if (!taken) {
        list_push_back(&pnp.devnodes, &devnode->link);
    }
    sys_lock_release(&pnp.lock);
    if (taken) {
        status = STATUS_OBJECT_NAME_COLLISION;
        goto fail;
    }
    status = pnp_root_create_pdo(devnode, &devnode->pdo);
    if (!NT_SUCCESS(status)) {
        goto fail;
    }
    io_device_set_devnode(devnode->pdo, devnode);
    io_device_set_start_pending(devnode->pdo, true);
    *ret_devnode = devnode;
    return STATUS_SUCCESS;

fail:
    sys_lock_acquire(&pnp.lock);
    list_remove(&devnode->link);
    sys_lock_release(&pnp.lock);
    free_devnode(devnode);
    return status;
}

/* IRP_MN_REMOVE_DEVICE: every driver above the PDO detaches and deletes its device. */
static void
remove_stack(struct pnp_devnode *devnode)
{
    io_device_set_start_pending(devnode->pdo, true);
    (void)send_minor(devnode, IRP_MN_REMOVE_DEVICE);
    io_interface_disable_all(devnode->pdo);
    io_device_set_all_closed(devnode->pdo, NULL);
    if (devnode->pdo->AttachedDevice != NULL) {
        base_log(BASE_LOG_ERROR, "pnp", "a driver stayed attached to %s after IRP_MN_REMOVE_DEVICE",
                 devnode->id);
    }
    if (devnode->state != PNP_SURPRISE_REMOVED) {
        (void)io_notify_removal(devnode->pdo, &guid_remove_complete);
    }
    devnode->state = PNP_REMOVED;
    KeSetEvent(&devnode->removed, IO_NO_INCREMENT, FALSE);
}

static NTSTATUS
add_device(struct pnp_devnode *devnode, PDRIVER_OBJECT driver)
{
    if (driver->DriverExtension->AddDevice == NULL) {
        base_log(BASE_LOG_ERROR, "pnp", "%s: the driver %s has no AddDevice routine", devnode->id,
                 io_driver_ascii_name(driver));
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return driver->DriverExtension->AddDevice(driver, devnode->pdo);
}

static NTSTATUS
build_stack(struct pnp_devnode *devnode, const struct pnp_stack *stack)
{
    NTSTATUS status = STATUS_SUCCESS;

    for (size_t i = 0; NT_SUCCESS(status) && i < stack->lower_filter_count; i++) {
        status = add_device(devnode, stack->lower_filters[i]);
    }
    if (NT_SUCCESS(status) && stack->function != NULL) {
        status = add_device(devnode, stack->function);
        if (NT_SUCCESS(status) && devnode->pdo->AttachedDevice == NULL) {
            base_log(BASE_LOG_ERROR, "pnp",
                     "%s: the AddDevice routine of %s succeeded without attaching a device",
                     devnode->id, io_driver_ascii_name(stack->function));
            status = STATUS_NO_SUCH_DEVICE;
        }
    }
    for (size_t i = 0; NT_SUCCESS(status) && i < stack->upper_filter_count; i++) {
        status = add_device(devnode, stack->upper_filters[i]);
    }
    return status;
}

/* What drivers may change about a device's resources: there are none. */
static NTSTATUS
filter_requirements(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_FILTER_RESOURCE_REQUIREMENTS};
    ULONG_PTR list = 0;
    NTSTATUS status = pnp_send(devnode->pdo, &stack, &list);

    if (NT_SUCCESS(status) && list != 0) {
        ExFreePool((PVOID)list);
    }
    return status == STATUS_NOT_SUPPORTED ? STATUS_SUCCESS : status;
}

static void
query_capabilities(struct pnp_devnode *devnode)
{
    DEVICE_CAPABILITIES capabilities = {
        .Size = sizeof(capabilities), .Version = 1, .Address = MAXULONG, .UINumber = MAXULONG};
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_CAPABILITIES};

    stack.Parameters.DeviceCapabilities.Capabilities = &capabilities;
    (void)pnp_send(devnode->pdo, &stack, NULL);
}

/* The state a driver reports; 0 when none does. */
static PNP_DEVICE_STATE
query_state(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_PNP_DEVICE_STATE};
    ULONG_PTR state = 0;

    return NT_SUCCESS(pnp_send(devnode->pdo, &stack, &state)) ? (PNP_DEVICE_STATE)state : 0;
}

static void
query_bus_relations(struct pnp_devnode *devnode)
{
    IO_STACK_LOCATION stack = {.MinorFunction = IRP_MN_QUERY_DEVICE_RELATIONS};
    ULONG_PTR information = 0;

    stack.Parameters.QueryDeviceRelations.Type = BusRelations;
    if (NT_SUCCESS(pnp_send(devnode->pdo, &stack, &information)) && information != 0) {
        PDEVICE_RELATIONS relations = (PDEVICE_RELATIONS)information;

        /* Children get their devnodes when buses inside a host do; until then they just exist. */
        for (ULONG i = 0; i < relations->Count; i++) {
            ObDereferenceObject(relations->Objects[i]);
        }
        ExFreePool(relations);
    }
}

static void all_closed(PDEVICE_OBJECT pdo);

static void
surprise_remove_in_turn(struct pnp_devnode *devnode)
{
    if (devnode->state != PNP_STARTED) {
        return;
    }
    devnode->state = PNP_SURPRISE_REMOVED;
    io_device_set_start_pending(devnode->pdo, true);
    (void)send_minor(devnode, IRP_MN_SURPRISE_REMOVAL);
    io_interface_disable_all(devnode->pdo);
    /* Now: drivers that hold files of the device close them, else they would keep it for ever. */
    (void)io_notify_removal(devnode->pdo, &guid_remove_complete);
    if (io_device_set_all_closed(devnode->pdo, all_closed)) {
        remove_stack(devnode);
    }
}

NTSTATUS
pnp_devnode_start(struct pnp_devnode *devnode, const struct pnp_stack *stack)
{
    IO_STACK_LOCATION start = {.MinorFunction = IRP_MN_START_DEVICE};
    NTSTATUS status;

    take_turn(devnode);
    if (devnode->state != PNP_UNINITIALIZED && devnode->state != PNP_REMOVED) {
        give_turn(devnode);
        return STATUS_INVALID_DEVICE_STATE;
    }
    KeClearEvent(&devnode->removed);
    status = build_stack(devnode, stack);
    if (NT_SUCCESS(status)) {
        devnode->state = PNP_ADDED;
        status = filter_requirements(devnode);
    }
    if (NT_SUCCESS(status)) {
        status = pnp_send(devnode->pdo, &start, NULL);
    }
    if (!NT_SUCCESS(status)) {
        remove_stack(devnode);
        give_turn(devnode);
        return status;
    }
    devnode->state = PNP_STARTED;
    query_capabilities(devnode);
    if (query_state(devnode) & (PNP_DEVICE_FAILED | PNP_DEVICE_REMOVED)) {
        surprise_remove_in_turn(devnode);
        give_turn(devnode);
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    }
    io_device_set_start_pending(devnode->pdo, false);
    query_bus_relations(devnode);
    give_turn(devnode);
    return STATUS_SUCCESS;
}

NTSTATUS
pnp_devnode_remove(struct pnp_devnode *devnode)
{
    NTSTATUS status;

    take_turn(devnode);
    if (devnode->state != PNP_STARTED) {
        status = devnode->state == PNP_SURPRISE_REMOVED ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
        give_turn(devnode);
        return status;
    }
    status = io_notify_removal(devnode->pdo, &guid_query_remove);
    if (NT_SUCCESS(status)) {
        io_device_set_start_pending(devnode->pdo, true); /* No new opens from here. */
        status = send_minor(devnode, IRP_MN_QUERY_REMOVE_DEVICE);
        if (NT_SUCCESS(status) && io_device_stack_is_open(devnode->pdo)) {
            status = STATUS_DEVICE_BUSY;
        }
    }
    if (NT_SUCCESS(status)) {
        remove_stack(devnode);
    } else {
        (void)send_minor(devnode, IRP_MN_CANCEL_REMOVE_DEVICE);
        io_device_set_start_pending(devnode->pdo, false);
        (void)io_notify_removal(devnode->pdo, &guid_remove_cancelled);
    }
    give_turn(devnode);
    return status;
}

void
pnp_devnode_surprise_remove(struct pnp_devnode *devnode)
{
    take_turn(devnode);
    surprise_remove_in_turn(devnode);
    give_turn(devnode);
}

void
pnp_devnode_wait_removed(struct pnp_devnode *devnode)
{
    KeWaitForSingleObject(&devnode->removed, Executive, KernelMode, FALSE, NULL);
}

/* The last handle of a surprise-removed stack was closed. IRQL <= DISPATCH_LEVEL. */
static void
all_closed(PDEVICE_OBJECT pdo)
{
    ex_work_queue_insert(&io_device_devnode(pdo)->close_work);
}

static void
close_work(struct ex_work *work)
{
    struct pnp_devnode *devnode = container_of(work, struct pnp_devnode, close_work);

    take_turn(devnode);
    if (devnode->state == PNP_SURPRISE_REMOVED) {
        remove_stack(devnode);
    }
    give_turn(devnode);
}

static void
state_work(struct ex_work *work)
{
    struct pnp_devnode *devnode = container_of(work, struct pnp_devnode, state_work);

    InterlockedExchange(&devnode->state_work_queued, 0);
    take_turn(devnode);
    if (devnode->state == PNP_STARTED &&
        (query_state(devnode) & (PNP_DEVICE_FAILED | PNP_DEVICE_REMOVED))) {
        surprise_remove_in_turn(devnode);
    }
    give_turn(devnode);
}

static void
invalidate_state(PDEVICE_OBJECT pdo)
{
    struct pnp_devnode *devnode = io_device_devnode(pdo);

    if (InterlockedExchange(&devnode->state_work_queued, 1) == 0) {
        ex_work_queue_insert(&devnode->state_work);
    }
}

void
pnp_devnode_delete(struct pnp_devnode *devnode)
{
    if (devnode == NULL) {
        return;
    }
    ex_work_queue_flush();
    take_turn(devnode);
    if (devnode->state == PNP_STARTED || devnode->state == PNP_ADDED ||
        devnode->state == PNP_SURPRISE_REMOVED) {
        remove_stack(devnode);
    }
    sys_lock_acquire(&pnp.lock);
    list_remove(&devnode->link);
    sys_lock_release(&pnp.lock);
    io_interface_remove_all(devnode->pdo);
    io_device_set_devnode(devnode->pdo, NULL);
    pnp_root_delete_pdo(devnode->pdo);
    free_devnode(devnode);
}

enum pnp_state
pnp_devnode_state(const struct pnp_devnode *devnode)
{
    return devnode->state;
}

PDEVICE_OBJECT
pnp_devnode_pdo(const struct pnp_devnode *devnode)
{
    return devnode->pdo;
}

const WCHAR *
pnp_devnode_instance_path(const struct pnp_devnode *devnode)
{
    return devnode->instance_path;
}

struct pnp_devnode *
pnp_devnode_find(const char *instance_id)
{
    WCHAR path[PNP_ID_CHARS + 1];
    struct pnp_devnode *devnode;
    size_t chars = strlen(instance_id);

    if (chars > PNP_ID_CHARS) {
        return NULL;
    }
    for (size_t i = 0; i <= chars; i++) {
        path[i] = (WCHAR)(unsigned char)instance_id[i];
    }
    sys_lock_acquire(&pnp.lock);
    devnode = find_locked(path);
    sys_lock_release(&pnp.lock);
    return devnode;
}

static const WCHAR *
instance_path(PDEVICE_OBJECT pdo)
{
    return io_device_devnode(pdo)->instance_path;
}

NTSTATUS
pnp_init(void)
{
    static const struct io_pnp_hooks hooks = {
        .invalidate_state = invalidate_state,
        .get_property = pnp_get_property,
        .instance_path = instance_path,
    };

    list_init(&pnp.devnodes);
    pnp.up = true;
    io_set_pnp_hooks(&hooks);
    return pnp_root_init();
}

void
pnp_fini(void)
{
    while (pnp.up && !list_empty(&pnp.devnodes)) {
        struct pnp_devnode *devnode = container_of(pnp.devnodes.next, struct pnp_devnode, link);

        base_log(BASE_LOG_WARN, "pnp", "%s was never removed", devnode->id);
        pnp_devnode_delete(devnode);
    }
    pnp_root_fini();
    io_set_pnp_hooks(NULL);
    pnp.up = false;
}
