/* SPDX-License-Identifier: MIT */
/*
 * Plug and Play notification. Interface changes and custom target events are delivered in order by
 * one work item at PASSIVE_LEVEL; the query and completion of a removal are delivered by the thread
 * that removes the device, because it waits for the answers.
 *
 * Unregistering waits until a callback of the entry that runs on another thread has returned.
 *
 * `hold` is taken around each change of an interface's announced state together with its posting, and
 * around a registration together with its look at what there is: so each interface is either found or
 * heard of, and none is both. What other hosts do comes in under the same lock.
 */
#include <string.h>

#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/io/io_priv.h"
#include "nt/io/notify.h"

#define NOTIFY_TAG 'nPoI'

struct entry {
    struct list link;
    IO_NOTIFICATION_EVENT_CATEGORY category;
    GUID class_guid;    /* DeviceInterfaceChange. */
    PFILE_OBJECT file;  /* TargetDeviceChange. Not referenced, as documented: it may be gone. */
    PDEVICE_OBJECT pdo; /* TargetDeviceChange: whose events; not referenced. */
    void *watch;        /* TargetDeviceChange of another host's device. */
    PVOID driver;       /* Referenced. */
    PDRIVER_NOTIFICATION_CALLBACK_ROUTINE callback;
    PVOID context;
    uint64_t number;  /* When it was registered, in the count of events and registrations. */
    unsigned running; /* Callbacks under way. */
    unsigned references;
    bool unregistered;
    PKTHREAD runner; /* The thread of the last callback that began. */
    KEVENT idle;     /* Set when it is unregistered and no callback runs. */
};

/* Something to deliver. */
struct pending {
    struct list link;
    struct entry *only; /* For this entry alone (existing interfaces), referenced; NULL: for all. */
    uint64_t number;    /* Entries that registered later do not get it. */
    IO_NOTIFICATION_EVENT_CATEGORY category;
    GUID class_guid;
    PDEVICE_OBJECT pdo;
    PDEVICE_CHANGE_COMPLETE_CALLBACK complete;
    PVOID complete_context;
    union {
        DEVICE_INTERFACE_CHANGE_NOTIFICATION interface;
        TARGET_DEVICE_CUSTOM_NOTIFICATION *custom; /* Follows the structure. */
    } u;
    UNICODE_STRING name;
};

static struct {
    struct sys_lock lock; /* Guards the lists and the entries' counts. */
    struct list entries;
    struct list pending;
    uint64_t next_number;
    bool delivering;
    struct ex_work work;
    struct sys_lock hold; /* Taken before `lock`. */
} notify;

static struct io_notify_system others;

void
io_notify_set_system(const struct io_notify_system *system)
{
    static const struct io_notify_system none;

    others = system != NULL ? *system : none;
}

void
io_notify_hold(void)
{
    sys_lock_acquire(&notify.hold);
}

void
io_notify_release(void)
{
    sys_lock_release(&notify.hold);
}

/* {cb3a4004-…} and its siblings, as documented in wdmguid.h. */
static const GUID guid_arrival = {
    0xcb3a4004, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_removal = {
    0xcb3a4005, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_query_remove = {
    0xcb3a4006, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_remove_cancelled = {
    0xcb3a4007, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};
static const GUID guid_remove_complete = {
    0xcb3a4008, 0x46f0, 0x11d0, {0xb0, 0x8f, 0x00, 0x60, 0x97, 0x13, 0x05, 0x3f}};

static void deliver(struct ex_work *work);

NTSTATUS
io_notify_init(void)
{
    memset(&notify, 0, sizeof(notify));
    list_init(&notify.entries);
    list_init(&notify.pending);
    notify.work.run = deliver;
    return STATUS_SUCCESS;
}

static void
free_entry(struct entry *entry)
{
    ObDereferenceObject(entry->driver);
    ExFreePoolWithTag(entry, NOTIFY_TAG);
}

static void
unreference(struct entry *entry)
{
    bool last;

    /* A walk may stand on an unregistered entry: it keeps its place until its last reference. */
    sys_lock_acquire(&notify.lock);
    last = --entry->references == 0;
    if (last) {
        list_remove(&entry->link);
    }
    sys_lock_release(&notify.lock);
    if (last) {
        free_entry(entry);
    }
}

void
io_notify_fini(void)
{
    struct list *link;

    ex_work_queue_flush();
    while ((link = list_pop_front(&notify.entries)) != NULL) {
        base_log(BASE_LOG_WARN, "io", "a Plug and Play notification was never unregistered");
        free_entry(container_of(link, struct entry, link));
    }
}

/* Calls one entry, which the caller has referenced. */
static NTSTATUS
call(struct entry *entry, PVOID structure)
{
    NTSTATUS status;
    bool last;

    sys_lock_acquire(&notify.lock);
    if (entry->unregistered) {
        sys_lock_release(&notify.lock);
        return STATUS_SUCCESS;
    }
    entry->running++;
    entry->runner = KeGetCurrentThread();
    sys_lock_release(&notify.lock);
    status = entry->callback(structure, entry->context);
    sys_lock_acquire(&notify.lock);
    last = --entry->running == 0 && entry->unregistered;
    sys_lock_release(&notify.lock);
    if (last) {
        KeSetEvent(&entry->idle, IO_NO_INCREMENT, FALSE);
    }
    return status;
}

static bool
concerns(const struct entry *entry, IO_NOTIFICATION_EVENT_CATEGORY category, const GUID *guid,
         PDEVICE_OBJECT pdo)
{
    if (entry->category != category) {
        return false;
    }
    return category == EventCategoryDeviceInterfaceChange ? IsEqualGUID(&entry->class_guid, guid)
                                                          : entry->pdo == pdo;
}

/*
 * Walks the entries that registered before number `before`: the one after `previous` (NULL: the
 * first) that the event concerns, referenced; gives previous's reference back.
 */
static struct entry *
next_entry(struct entry *previous, uint64_t before, IO_NOTIFICATION_EVENT_CATEGORY category,
           const GUID *guid, PDEVICE_OBJECT pdo)
{
    struct entry *found = NULL;
    struct list *link;

    sys_lock_acquire(&notify.lock);
    link = previous == NULL ? notify.entries.next : previous->link.next;
    for (; link != &notify.entries; link = link->next) {
        struct entry *entry = container_of(link, struct entry, link);

        if (!entry->unregistered && entry->number < before &&
            concerns(entry, category, guid, pdo)) {
            entry->references++;
            found = entry;
            break;
        }
    }
    sys_lock_release(&notify.lock);
    if (previous != NULL) {
        unreference(previous);
    }
    return found;
}

static void
deliver_one(struct pending *pending)
{
    struct entry *entry = NULL;
    PVOID structure = pending->category == EventCategoryDeviceInterfaceChange
                          ? (PVOID)&pending->u.interface
                          : (PVOID)pending->u.custom;

    if (pending->only != NULL) {
        (void)call(pending->only, structure);
        unreference(pending->only);
    } else {
        while ((entry = next_entry(entry, pending->number, pending->category, &pending->class_guid,
                                   pending->pdo)) != NULL) {
            if (pending->category == EventCategoryTargetDeviceChange) {
                pending->u.custom->FileObject = entry->file;
            }
            (void)call(entry, structure);
        }
    }
    if (pending->pdo != NULL) {
        if (others.tell_others != NULL) {
            (void)others.tell_others(pending->pdo, IO_TARGET_CUSTOM, pending->u.custom);
        }
        ObDereferenceObject(pending->pdo);
    }
    if (pending->complete != NULL) {
        pending->complete(pending->complete_context);
    }
    ExFreePoolWithTag(pending, NOTIFY_TAG);
}

static void
deliver(struct ex_work *work)
{
    for (;;) {
        struct list *link;

        sys_lock_acquire(&notify.lock);
        link = list_pop_front(&notify.pending);
        notify.delivering = link != NULL;
        sys_lock_release(&notify.lock);
        if (link == NULL) {
            return;
        }
        deliver_one(container_of(link, struct pending, link));
    }
}

/* Queues it; the work item runs until the queue is empty. */
static void
post(struct pending *pending)
{
    bool start;

    sys_lock_acquire(&notify.lock);
    pending->number = notify.next_number++;
    list_push_back(&notify.pending, &pending->link);
    start = !notify.delivering;
    notify.delivering = true;
    sys_lock_release(&notify.lock);
    if (start) {
        ex_work_queue_insert(&notify.work);
    }
}

static void
post_interface(const GUID *guid, bool arrival, PCUNICODE_STRING name, struct entry *only)
{
    struct pending *pending = ExAllocatePool2(
        POOL_FLAG_NON_PAGED, sizeof(*pending) + name->Length + sizeof(WCHAR), NOTIFY_TAG);

    if (pending == NULL) {
        base_log(BASE_LOG_ERROR, "io", "out of memory: an interface notification is lost");
        if (only != NULL) {
            unreference(only);
        }
        return;
    }
    pending->only = only;
    pending->category = EventCategoryDeviceInterfaceChange;
    pending->class_guid = *guid;
    pending->name.Buffer = (WCHAR *)(void *)(pending + 1);
    pending->name.Length = name->Length;
    pending->name.MaximumLength = (USHORT)(name->Length + sizeof(WCHAR));
    memcpy(pending->name.Buffer, name->Buffer, name->Length);
    pending->u.interface.Version = 1;
    pending->u.interface.Size = sizeof(pending->u.interface);
    pending->u.interface.Event = arrival ? guid_arrival : guid_removal;
    pending->u.interface.InterfaceClassGuid = *guid;
    pending->u.interface.SymbolicLinkName = &pending->name;
    post(pending);
}

void
io_notify_interface(const struct io_interface_event *event)
{
    post_interface(&event->class_guid, event->enabled, &event->symbolic_link, NULL);
}

void
io_notify_foreign_interface(const GUID *class_guid, bool arrival, PCUNICODE_STRING name)
{
    post_interface(class_guid, arrival, name, NULL);
}

/* Tells a new entry alone of an interface that is there already. */
static void
post_existing(void *argument, PCUNICODE_STRING name)
{
    struct entry *entry = argument;

    sys_lock_acquire(&notify.lock);
    entry->references++;
    sys_lock_release(&notify.lock);
    post_interface(&entry->class_guid, true, name, entry);
}

static void
post_nothing(void *argument, PCUNICODE_STRING name)
{
}

static void
insert(struct entry *entry)
{
    sys_lock_acquire(&notify.lock);
    entry->number = notify.next_number++;
    list_push_back(&notify.entries, &entry->link);
    sys_lock_release(&notify.lock);
}

/* The entry hears of the class from now on; of what is there too, when it wants to. */
static void
insert_for_class(struct entry *entry, bool existing)
{
    io_notify_hold();
    if (others.watch_class != NULL) {
        others.watch_class(&entry->class_guid, existing ? post_existing : post_nothing, entry);
    }
    if (existing) {
        io_interface_for_each(&entry->class_guid, post_existing, entry);
    }
    insert(entry);
    io_notify_release();
}

NTSTATUS
IoRegisterPlugPlayNotification(IO_NOTIFICATION_EVENT_CATEGORY EventCategory,
                               ULONG EventCategoryFlags, PVOID EventCategoryData,
                               PDRIVER_OBJECT DriverObject,
                               PDRIVER_NOTIFICATION_CALLBACK_ROUTINE CallbackRoutine, PVOID Context,
                               PVOID *NotificationEntry)
{
    struct entry *entry = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*entry), NOTIFY_TAG);
    NTSTATUS status = STATUS_SUCCESS;

    if (entry == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    list_init(&entry->link);
    entry->category = EventCategory;
    entry->driver = DriverObject;
    entry->callback = CallbackRoutine;
    entry->context = Context;
    entry->references = 1;
    KeInitializeEvent(&entry->idle, NotificationEvent, FALSE);
    if (EventCategory == EventCategoryDeviceInterfaceChange) {
        entry->class_guid = *(const GUID *)EventCategoryData;
    } else if (EventCategory == EventCategoryTargetDeviceChange) {
        entry->file = EventCategoryData;
        entry->pdo = io_device_bottom(entry->file->DeviceObject);
    }
    ObReferenceObject(DriverObject);
    if (EventCategory == EventCategoryDeviceInterfaceChange) {
        insert_for_class(entry, (EventCategoryFlags &
                                 PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES) != 0);
    } else {
        insert(entry);
        if (EventCategory == EventCategoryTargetDeviceChange && others.watch_file != NULL) {
            status = others.watch_file(entry->file, &entry->watch);
        }
    }
    if (!NT_SUCCESS(status)) {
        (void)IoUnregisterPlugPlayNotificationEx(entry);
        return status;
    }
    *NotificationEntry = entry;
    return STATUS_SUCCESS;
}

NTSTATUS
IoUnregisterPlugPlayNotificationEx(PVOID NotificationEntry)
{
    struct entry *entry = NotificationEntry;
    bool wait;

    sys_lock_acquire(&notify.lock);
    entry->unregistered = true;
    wait = entry->running > 0 && entry->runner != KeGetCurrentThread();
    sys_lock_release(&notify.lock);
    if (wait) {
        KeWaitForSingleObject(&entry->idle, Executive, KernelMode, FALSE, NULL);
    }
    if (entry->watch != NULL) {
        others.unwatch_file(entry->watch);
    }
    unreference(entry);
    return STATUS_SUCCESS;
}

NTSTATUS
IoUnregisterPlugPlayNotification(PVOID NotificationEntry)
{
    return IoUnregisterPlugPlayNotificationEx(NotificationEntry);
}

/* Target devices ------------------------------------------------------------------------------ */

/* The drivers here, in order, up to the first that refuses. */
static NTSTATUS
tell_here(PDEVICE_OBJECT pdo, enum io_target_event event, TARGET_DEVICE_CUSTOM_NOTIFICATION *custom)
{
    static const GUID *const guids[] = {
        [IO_TARGET_QUERY_REMOVE] = &guid_query_remove,
        [IO_TARGET_REMOVE_CANCELLED] = &guid_remove_cancelled,
        [IO_TARGET_REMOVE_COMPLETE] = &guid_remove_complete,
    };
    TARGET_DEVICE_REMOVAL_NOTIFICATION structure = {.Version = 1, .Size = sizeof(structure)};
    struct entry *entry = NULL;
    NTSTATUS status = STATUS_SUCCESS;
    uint64_t before;

    if (event == IO_TARGET_REMOVE_PENDING) {
        return STATUS_SUCCESS;
    }
    if (event != IO_TARGET_CUSTOM) {
        structure.Event = *guids[event];
    }
    /* Who registers anew from its callback is not told of the same event again. */
    sys_lock_acquire(&notify.lock);
    before = notify.next_number;
    sys_lock_release(&notify.lock);
    while ((entry = next_entry(entry, before, EventCategoryTargetDeviceChange, NULL, pdo)) !=
           NULL) {
        if (event == IO_TARGET_CUSTOM) {
            custom->FileObject = entry->file;
            (void)call(entry, custom);
            continue;
        }
        structure.FileObject = entry->file;
        status = call(entry, &structure);
        if (!NT_SUCCESS(status) && event == IO_TARGET_QUERY_REMOVE) {
            unreference(entry);
            break;
        }
    }
    return event == IO_TARGET_QUERY_REMOVE ? status : STATUS_SUCCESS;
}

NTSTATUS
io_notify_removal(PDEVICE_OBJECT pdo, enum io_target_event event)
{
    NTSTATUS status = tell_here(pdo, event, NULL);

    if (others.tell_others != NULL && NT_SUCCESS(status)) {
        status = others.tell_others(pdo, event, NULL);
    }
    return status;
}

NTSTATUS
io_notify_foreign_target(PDEVICE_OBJECT pdo, enum io_target_event event,
                         TARGET_DEVICE_CUSTOM_NOTIFICATION *custom)
{
    return tell_here(pdo, event, custom);
}

/* "A driver must not report a system PnP event"; those are the PnP manager's. */
static bool
is_system_event(const GUID *event)
{
    return IsEqualGUID(event, &guid_query_remove) || IsEqualGUID(event, &guid_remove_cancelled) ||
           IsEqualGUID(event, &guid_remove_complete);
}

static NTSTATUS
report_change(PDEVICE_OBJECT pdo, PVOID notification, PDEVICE_CHANGE_COMPLETE_CALLBACK callback,
              PVOID context)
{
    const TARGET_DEVICE_CUSTOM_NOTIFICATION *custom = notification;
    struct pending *pending;

    if (io_device_devnode(pdo) == NULL || custom->FileObject != NULL ||
        custom->Size < FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer) ||
        is_system_event(&custom->Event)) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    pending = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*pending) + custom->Size, NOTIFY_TAG);
    if (pending == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    pending->category = EventCategoryTargetDeviceChange;
    pending->pdo = pdo;
    ObReferenceObject(pdo);
    pending->complete = callback;
    pending->complete_context = context;
    pending->u.custom = (TARGET_DEVICE_CUSTOM_NOTIFICATION *)(void *)(pending + 1);
    memcpy(pending->u.custom, custom, custom->Size);
    post(pending);
    return STATUS_SUCCESS;
}

NTSTATUS
IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT PhysicalDeviceObject,
                                       PVOID NotificationStructure,
                                       PDEVICE_CHANGE_COMPLETE_CALLBACK Callback, PVOID Context)
{
    NTSTATUS status = report_change(PhysicalDeviceObject, NotificationStructure, Callback, Context);

    return NT_SUCCESS(status) ? STATUS_PENDING : status;
}

static VOID
set_event(PVOID context)
{
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

NTSTATUS
IoReportTargetDeviceChange(PDEVICE_OBJECT PhysicalDeviceObject, PVOID NotificationStructure)
{
    KEVENT event;
    NTSTATUS status;

    KeInitializeEvent(&event, NotificationEvent, FALSE);
    status = report_change(PhysicalDeviceObject, NotificationStructure, set_event, &event);
    if (NT_SUCCESS(status)) {
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    }
    return status;
}
