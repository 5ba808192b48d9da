/* SPDX-License-Identifier: MIT */
/*
 * Device interfaces. A registered one is kept in memory until its PDO goes. The name space has one
 * symbolic link per PDO and class, to the PDO's name, while at least one interface of the two is
 * enabled; what follows in a name (the reference string) reaches the driver as the file's name.
 */
#include <string.h>

#include "nt/io/io_priv.h"
#include "nt/io/notify.h"
#include "nt/io/property.h"
#include "nt/ob/ob.h"

#define INTERFACE_TAG 'cIoI'
#define GUID_CHARS    38 /* {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx} */

struct interface {
    struct list link;
    GUID class_guid;
    PDEVICE_OBJECT pdo;
    UNICODE_STRING name;      /* \??\…#{guid}[\reference]; NUL-terminated. */
    USHORT link_length;       /* The part of it that is the symbolic link's name. */
    UNICODE_STRING reference; /* The end of name, without the backslash. */
    bool enabled;
    bool announced; /* Listeners know it is enabled. */
    struct list properties;
};

static struct {
    struct sys_lock lock; /* Guards everything here; not held over calls to others. */
    struct list interfaces;
    void (*listener)(void *argument, const struct io_interface_event *event);
    void *listener_argument;
} registry;

static struct io_pnp_hooks pnp;

void
io_set_pnp_hooks(const struct io_pnp_hooks *hooks)
{
    static const struct io_pnp_hooks none;

    pnp = hooks != NULL ? *hooks : none;
}

NTSTATUS
io_interface_init(void)
{
    memset(&registry, 0, sizeof(registry));
    list_init(&registry.interfaces);
    return STATUS_SUCCESS;
}

static void
free_interface(struct interface *interface)
{
    io_property_free_list(&interface->properties);
    ExFreePoolWithTag(interface, INTERFACE_TAG);
}

void
io_interface_fini(void)
{
    struct list *link;

    while ((link = list_pop_front(&registry.interfaces)) != NULL) {
        free_interface(container_of(link, struct interface, link));
    }
}

void
io_interface_set_listener(void (*listener)(void *argument, const struct io_interface_event *event),
                          void *argument)
{
    sys_lock_acquire(&registry.lock);
    registry.listener = listener;
    registry.listener_argument = argument;
    sys_lock_release(&registry.lock);
}

/* Whether listeners are to be told of the state now; then they count as told. */
static bool
begin_to_announce(struct interface *interface, bool enabled)
{
    bool due;

    sys_lock_acquire(&registry.lock);
    due = enabled ? interface->enabled && !interface->announced : interface->announced;
    if (due) {
        interface->announced = enabled;
    }
    sys_lock_release(&registry.lock);
    return due;
}

/* Tells everybody who wants to know, unless they know. No lock is held. */
static void
announce(struct interface *interface, bool enabled)
{
    struct io_interface_event event = {
        .enabled = enabled,
        .class_guid = interface->class_guid,
        .symbolic_link = interface->name,
        .pdo = interface->pdo,
    };
    void (*listener)(void *argument, const struct io_interface_event *event);
    void *argument;

    sys_lock_acquire(&registry.lock);
    listener = registry.listener;
    argument = registry.listener_argument;
    sys_lock_release(&registry.lock);
    io_notify_hold();
    if (begin_to_announce(interface, enabled)) {
        io_notify_interface(&event);
    } else {
        listener = NULL;
    }
    io_notify_release();
    if (listener != NULL) {
        listener(argument, &event);
    }
}

static void
put_hex(WCHAR **out, ULONG value, unsigned digits)
{
    while (digits-- > 0) {
        *(*out)++ = (WCHAR) "0123456789abcdef"[(value >> (4 * digits)) & 15];
    }
}

static void
put_guid(WCHAR **out, const GUID *guid)
{
    *(*out)++ = '{';
    put_hex(out, guid->Data1, 8);
    *(*out)++ = '-';
    put_hex(out, guid->Data2, 4);
    *(*out)++ = '-';
    put_hex(out, guid->Data3, 4);
    *(*out)++ = '-';
    for (unsigned i = 0; i < 8; i++) {
        put_hex(out, guid->Data4[i], 2);
        if (i == 1) {
            *(*out)++ = '-';
        }
    }
    *(*out)++ = '}';
}

static size_t
wide_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length] != 0) {
        length++;
    }
    return length;
}

/* \??\ROOT#ECHO#0000#{guid}\reference, behind its structure. */
static struct interface *
make_interface(PDEVICE_OBJECT pdo, const GUID *guid, const WCHAR *instance,
               PCUNICODE_STRING reference)
{
    size_t reference_chars = reference != NULL ? reference->Length / sizeof(WCHAR) : 0;
    size_t chars = 4 + wide_length(instance) + 1 + GUID_CHARS + 1 + reference_chars + 1;
    struct interface *interface;
    WCHAR *text;
    WCHAR *out;

    interface = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*interface) + chars * sizeof(WCHAR),
                                INTERFACE_TAG);
    if (interface == NULL) {
        return NULL;
    }
    interface->class_guid = *guid;
    interface->pdo = pdo;
    list_init(&interface->properties);
    text = out = (WCHAR *)(void *)(interface + 1);
    *out++ = '\\';
    *out++ = '?';
    *out++ = '?';
    *out++ = '\\';
    for (; *instance != 0; instance++) {
        *out++ = *instance == '\\' ? '#' : *instance;
    }
    *out++ = '#';
    put_guid(&out, guid);
    interface->link_length = (USHORT)((out - text) * (ptrdiff_t)sizeof(WCHAR));
    if (reference_chars > 0) {
        *out++ = '\\';
        interface->reference.Buffer = out;
        interface->reference.Length = (USHORT)(reference_chars * sizeof(WCHAR));
        interface->reference.MaximumLength = interface->reference.Length;
        memcpy(out, reference->Buffer, reference->Length);
        out += reference_chars;
    }
    *out = 0;
    RtlInitUnicodeString(&interface->name, text);
    return interface;
}

static struct interface *
find_locked(PCUNICODE_STRING name)
{
    struct list *link;

    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (RtlEqualUnicodeString(&interface->name, name, TRUE)) {
            return interface;
        }
    }
    return NULL;
}

bool
io_interface_exists(PCUNICODE_STRING symbolic_link)
{
    bool exists;

    sys_lock_acquire(&registry.lock);
    exists = find_locked(symbolic_link) != NULL;
    sys_lock_release(&registry.lock);
    return exists;
}

/* Enabled interfaces that share the symbolic link. */
static unsigned
link_users_locked(const struct interface *interface)
{
    struct list *link;
    unsigned count = 0;

    list_for_each(link, &registry.interfaces)
    {
        struct interface *other = container_of(link, struct interface, link);

        if (other->enabled && other->pdo == interface->pdo &&
            IsEqualGUID(&other->class_guid, &interface->class_guid)) {
            count++;
        }
    }
    return count;
}

static bool
has_separator(PCUNICODE_STRING string)
{
    for (unsigned i = 0; i < string->Length / sizeof(WCHAR); i++) {
        if (string->Buffer[i] == '\\' || string->Buffer[i] == '/') {
            return true;
        }
    }
    return false;
}

NTSTATUS
IoRegisterDeviceInterface(PDEVICE_OBJECT PhysicalDeviceObject, CONST GUID *InterfaceClassGuid,
                          PUNICODE_STRING ReferenceString, PUNICODE_STRING SymbolicLinkName)
{
    const WCHAR *instance = NULL;
    struct interface *interface;
    UNICODE_STRING copy;
    NTSTATUS status;

    if (io_device_devnode(PhysicalDeviceObject) != NULL && pnp.instance_path != NULL) {
        instance = pnp.instance_path(PhysicalDeviceObject);
    }
    if (instance == NULL || (ReferenceString != NULL && has_separator(ReferenceString))) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    interface = make_interface(PhysicalDeviceObject, InterfaceClassGuid, instance, ReferenceString);
    if (interface == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    status = io_copy_string(&interface->name, &copy);
    if (!NT_SUCCESS(status)) {
        free_interface(interface);
        return status;
    }
    sys_lock_acquire(&registry.lock);
    if (find_locked(&interface->name) == NULL) {
        list_push_back(&registry.interfaces, &interface->link);
        interface = NULL;
    }
    sys_lock_release(&registry.lock);
    if (interface != NULL) {
        free_interface(interface); /* It was registered before. */
    }
    *SymbolicLinkName = copy;
    return STATUS_SUCCESS;
}

/* Makes or removes the symbolic link. PASSIVE_LEVEL. */
static NTSTATUS
set_link(struct interface *interface, bool present)
{
    UNICODE_STRING name = interface->name;
    WCHAR buffer[64];
    UNICODE_STRING target = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    NTSTATUS status;

    name.Length = interface->link_length;
    if (!present) {
        return ob_delete_symbolic_link(&name);
    }
    status = ob_query_name(interface->pdo, &target);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    return ob_create_symbolic_link(&name, &target);
}

static NTSTATUS
set_state(struct interface *interface, bool enable)
{
    bool notify = true;
    bool change_link;
    NTSTATUS status = STATUS_SUCCESS;

    sys_lock_acquire(&registry.lock);
    if (interface->enabled == enable) {
        sys_lock_release(&registry.lock);
        return enable ? STATUS_OBJECT_NAME_EXISTS : STATUS_OBJECT_NAME_NOT_FOUND;
    }
    change_link = link_users_locked(interface) == (enable ? 0u : 1u);
    interface->enabled = enable;
    if (enable) {
        notify = !io_device_extension(interface->pdo)->start_pending;
    }
    sys_lock_release(&registry.lock);
    if (change_link) {
        status = set_link(interface, enable);
    }
    if (!NT_SUCCESS(status) && enable) {
        sys_lock_acquire(&registry.lock);
        interface->enabled = false;
        sys_lock_release(&registry.lock);
        return status;
    }
    if (notify) {
        announce(interface, enable);
    }
    return STATUS_SUCCESS;
}

NTSTATUS
IoSetDeviceInterfaceState(PUNICODE_STRING SymbolicLinkName, BOOLEAN Enable)
{
    struct interface *interface;

    sys_lock_acquire(&registry.lock);
    interface = find_locked(SymbolicLinkName);
    sys_lock_release(&registry.lock);
    return interface == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : set_state(interface, Enable);
}

/* An enabled interface of the PDO that was not announced yet. */
static struct interface *
first_unannounced(PDEVICE_OBJECT pdo)
{
    struct interface *found = NULL;
    struct list *link;

    sys_lock_acquire(&registry.lock);
    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (interface->pdo == pdo && interface->enabled && !interface->announced) {
            found = interface;
            break;
        }
    }
    sys_lock_release(&registry.lock);
    return found;
}

void
io_device_set_start_pending(PDEVICE_OBJECT pdo, bool pending)
{
    struct interface *interface;

    sys_lock_acquire(&io_device_lock);
    io_device_extension(pdo)->start_pending = pending;
    sys_lock_release(&io_device_lock);
    while (!pending && (interface = first_unannounced(pdo)) != NULL) {
        announce(interface, true);
    }
}

static struct interface *
first_of(PDEVICE_OBJECT pdo)
{
    struct interface *found = NULL;
    struct list *link;

    sys_lock_acquire(&registry.lock);
    list_for_each(link, &registry.interfaces)
    {
        if (container_of(link, struct interface, link)->pdo == pdo) {
            found = container_of(link, struct interface, link);
            break;
        }
    }
    sys_lock_release(&registry.lock);
    return found;
}

static struct interface *
first_enabled(PDEVICE_OBJECT pdo)
{
    struct interface *found = NULL;
    struct list *link;

    sys_lock_acquire(&registry.lock);
    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (interface->pdo == pdo && interface->enabled) {
            found = interface;
            break;
        }
    }
    sys_lock_release(&registry.lock);
    return found;
}

void
io_interface_disable_all(PDEVICE_OBJECT pdo)
{
    struct interface *interface;

    while ((interface = first_enabled(pdo)) != NULL) {
        (void)set_state(interface, false);
    }
}

void
io_interface_remove_all(PDEVICE_OBJECT pdo)
{
    struct interface *interface;

    while ((interface = first_of(pdo)) != NULL) {
        (void)set_state(interface, false);
        sys_lock_acquire(&registry.lock);
        list_remove(&interface->link);
        sys_lock_release(&registry.lock);
        free_interface(interface);
    }
}

static bool
matches(const struct interface *interface, const GUID *guid, PDEVICE_OBJECT pdo, ULONG flags)
{
    return IsEqualGUID(&interface->class_guid, guid) && (pdo == NULL || interface->pdo == pdo) &&
           (interface->enabled || (flags & DEVICE_INTERFACE_INCLUDE_NONACTIVE));
}

NTSTATUS
IoGetDeviceInterfaces(CONST GUID *InterfaceClassGuid, PDEVICE_OBJECT PhysicalDeviceObject,
                      ULONG Flags, PZZWSTR *SymbolicLinkList)
{
    size_t bytes = sizeof(WCHAR);
    struct list *link;
    WCHAR *list;
    WCHAR *out;

    /* Sized and filled under the lock, that the two agree. */
    sys_lock_acquire(&registry.lock);
    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (matches(interface, InterfaceClassGuid, PhysicalDeviceObject, Flags)) {
            bytes += interface->name.Length + sizeof(WCHAR);
        }
    }
    list = out = ExAllocatePool2(POOL_FLAG_PAGED, bytes + sizeof(WCHAR), INTERFACE_TAG);
    if (list == NULL) {
        sys_lock_release(&registry.lock);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (matches(interface, InterfaceClassGuid, PhysicalDeviceObject, Flags)) {
            memcpy(out, interface->name.Buffer, interface->name.Length + sizeof(WCHAR));
            out += interface->name.Length / sizeof(WCHAR) + 1;
        }
    }
    *out = 0;
    sys_lock_release(&registry.lock);
    *SymbolicLinkList = list;
    return STATUS_SUCCESS;
}

NTSTATUS
io_interface_get(const GUID *class_guid, unsigned index, PUNICODE_STRING name)
{
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;
    struct list *link;

    sys_lock_acquire(&registry.lock);
    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (matches(interface, class_guid, NULL, 0) && interface->announced && index-- == 0) {
            status = STATUS_BUFFER_TOO_SMALL;
            if (interface->name.Length <= name->MaximumLength) {
                RtlCopyUnicodeString(name, &interface->name);
                status = STATUS_SUCCESS;
            }
            break;
        }
    }
    sys_lock_release(&registry.lock);
    return status;
}

void
io_interface_for_each(const GUID *class_guid, void (*fn)(void *argument, PCUNICODE_STRING name),
                      void *argument)
{
    struct list *link;

    /* Held: none is announced or withdrawn meanwhile; those are not freed either. */
    sys_lock_acquire(&registry.lock);
    list_for_each(link, &registry.interfaces)
    {
        struct interface *interface = container_of(link, struct interface, link);

        if (IsEqualGUID(&interface->class_guid, class_guid) && interface->announced) {
            sys_lock_release(&registry.lock);
            fn(argument, &interface->name);
            sys_lock_acquire(&registry.lock);
        }
    }
    sys_lock_release(&registry.lock);
}

NTSTATUS
IoGetDeviceInterfaceAlias(PUNICODE_STRING SymbolicLinkName, CONST GUID *AliasInterfaceClassGuid,
                          PUNICODE_STRING AliasSymbolicLinkName)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    struct interface *interface;
    struct list *link;

    sys_lock_acquire(&registry.lock);
    interface = find_locked(SymbolicLinkName);
    if (interface != NULL) {
        list_for_each(link, &registry.interfaces)
        {
            struct interface *alias = container_of(link, struct interface, link);

            if (alias->pdo == interface->pdo &&
                IsEqualGUID(&alias->class_guid, AliasInterfaceClassGuid) &&
                RtlEqualUnicodeString(&alias->reference, &interface->reference, TRUE)) {
                status = io_copy_string(&alias->name, AliasSymbolicLinkName);
                break;
            }
        }
    }
    sys_lock_release(&registry.lock);
    return status;
}

NTSTATUS
IoSetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName, CONST DEVPROPKEY *PropertyKey,
                                 LCID Lcid, ULONG Flags, DEVPROPTYPE Type, ULONG Size, PVOID Data)
{
    struct interface *interface;

    sys_lock_acquire(&registry.lock);
    interface = find_locked(SymbolicLinkName);
    sys_lock_release(&registry.lock);
    return interface == NULL
               ? STATUS_OBJECT_NAME_NOT_FOUND
               : io_property_set(&interface->properties, PropertyKey, Lcid, Type, Size, Data);
}

NTSTATUS
IoGetDeviceInterfacePropertyData(PUNICODE_STRING SymbolicLinkName, CONST DEVPROPKEY *PropertyKey,
                                 LCID Lcid, ULONG Flags, ULONG Size, PVOID Data,
                                 PULONG RequiredSize, PDEVPROPTYPE Type)
{
    struct interface *interface;

    sys_lock_acquire(&registry.lock);
    interface = find_locked(SymbolicLinkName);
    sys_lock_release(&registry.lock);
    return interface == NULL ? STATUS_OBJECT_NAME_NOT_FOUND
                             : io_property_get(&interface->properties, PropertyKey, Lcid, Size,
                                               Data, RequiredSize, Type);
}

/* What pnp knows of a device ------------------------------------------------------------------ */

NTSTATUS
IoGetDeviceProperty(PDEVICE_OBJECT DeviceObject, DEVICE_REGISTRY_PROPERTY DeviceProperty,
                    ULONG BufferLength, PVOID PropertyBuffer, PULONG ResultLength)
{
    if (io_device_devnode(DeviceObject) == NULL || pnp.get_property == NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return pnp.get_property(DeviceObject, DeviceProperty, BufferLength, PropertyBuffer,
                            ResultLength);
}

VOID
IoInvalidateDeviceRelations(PDEVICE_OBJECT DeviceObject, DEVICE_RELATION_TYPE Type)
{
    if (io_device_devnode(DeviceObject) != NULL && pnp.invalidate_relations != NULL) {
        pnp.invalidate_relations(DeviceObject, Type);
    }
}

VOID
IoInvalidateDeviceState(PDEVICE_OBJECT PhysicalDeviceObject)
{
    if (io_device_devnode(PhysicalDeviceObject) != NULL && pnp.invalidate_state != NULL) {
        pnp.invalidate_state(PhysicalDeviceObject);
    }
}

VOID
IoRequestDeviceEject(PDEVICE_OBJECT PhysicalDeviceObject)
{
    if (io_device_devnode(PhysicalDeviceObject) != NULL && pnp.request_eject != NULL) {
        pnp.request_eject(PhysicalDeviceObject);
    }
}
