/* SPDX-License-Identifier: MIT */
/* Devnodes: stacks built, started, refused, removed and pulled out. */
#include <stdarg.h>
#include <stdio.h>

#include "io_fixture.h"
#include "nt/pnp/pnp.h"

/* A test driver: function or filter. It notes what it gets, by its letter. */
struct test_driver {
    PDRIVER_OBJECT object;
    char letter;
    NTSTATUS add_status;
    UCHAR refused_minor; /* A PnP IRP it fails. */
    NTSTATUS refusal;
    PNP_DEVICE_STATE device_state;
    const GUID *interface;
    UNICODE_STRING link;
};

static struct test_driver drivers[3]; /* Lower filter, function, upper filter. */
static char story[512];

static void
tell(const char *format, ...)
{
    size_t used = strlen(story);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(story + used, sizeof(story) - used, format, arguments);
    va_end(arguments);
}

static struct test_driver *
driver_of(PDEVICE_OBJECT device)
{
    for (unsigned i = 0; i < 3; i++) {
        if (drivers[i].object == device->DriverObject) {
            return &drivers[i];
        }
    }
    ck_abort_msg("whose device is this?");
    return NULL;
}

static NTSTATUS
on_pnp(PDEVICE_OBJECT device, PIRP irp)
{
    struct test_driver *self = driver_of(device);
    UCHAR minor = IoGetCurrentIrpStackLocation(irp)->MinorFunction;
    PDEVICE_OBJECT lower = fixture_of(device)->lower;
    NTSTATUS status;

    switch (minor) {
    case IRP_MN_START_DEVICE:
        if (!IoForwardIrpSynchronously(lower, irp)) {
            return fixture_complete(irp, STATUS_UNSUCCESSFUL, 0);
        }
        status = irp->IoStatus.Status;
        if (self->refused_minor == minor && self->refusal != 0) {
            status = self->refusal;
        }
        tell("%cs ", self->letter);
        if (self->interface != NULL) {
            ck_assert_int_eq(IoSetDeviceInterfaceState(&self->link, TRUE), STATUS_SUCCESS);
        }
        return fixture_complete(irp, status, 0);
    case IRP_MN_QUERY_REMOVE_DEVICE:
        tell("%cq ", self->letter);
        if (self->refused_minor == minor && self->refusal != 0) {
            return fixture_complete(irp, self->refusal, 0);
        }
        irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_CANCEL_REMOVE_DEVICE:
        tell("%cc ", self->letter);
        irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_SURPRISE_REMOVAL:
        tell("%c! ", self->letter);
        irp->IoStatus.Status = STATUS_SUCCESS;
        break;
    case IRP_MN_QUERY_PNP_DEVICE_STATE:
        irp->IoStatus.Status = STATUS_SUCCESS;
        irp->IoStatus.Information |= self->device_state;
        break;
    case IRP_MN_REMOVE_DEVICE:
        tell("%cr ", self->letter);
        irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(irp);
        status = IoCallDriver(lower, irp);
        if (self->interface != NULL) {
            RtlFreeUnicodeString(&self->link);
        }
        IoDetachDevice(lower);
        IoDeleteDevice(device);
        return status;
    }
    return fixture_pass(device, irp);
}

static NTSTATUS
on_any(PDEVICE_OBJECT device, PIRP irp)
{
    switch (IoGetCurrentIrpStackLocation(irp)->MajorFunction) {
    case IRP_MJ_PNP:
        return on_pnp(device, irp);
    case IRP_MJ_POWER:
        return fixture_pass(device, irp);
    default:
        return driver_of(device)->letter == 'F' ? fixture_succeed(device, irp)
                                                : fixture_pass(device, irp);
    }
}

static NTSTATUS
add_device(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    struct test_driver *self = NULL;
    PDEVICE_OBJECT device;

    for (unsigned i = 0; i < 3; i++) {
        self = drivers[i].object == driver ? &drivers[i] : self;
    }
    tell("%ca ", self->letter);
    if (!NT_SUCCESS(self->add_status)) {
        return self->add_status;
    }
    ck_assert_int_eq(IoCreateDevice(driver, sizeof(struct fixture_device), NULL,
                                    FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
                     STATUS_SUCCESS);
    fixture_of(device)->handler = on_any;
    fixture_of(device)->lower = IoAttachDeviceToDeviceStack(device, pdo);
    if (self->interface != NULL) {
        ck_assert_int_eq(IoRegisterDeviceInterface(pdo, self->interface, NULL, &self->link),
                         STATUS_SUCCESS);
    }
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS
dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    return fixture_of(device)->handler(device, irp);
}

static NTSTATUS
entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    driver->DriverExtension->AddDevice = add_device;
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        driver->MajorFunction[i] = dispatch;
    }
    return STATUS_SUCCESS;
}

static struct pnp_devnode *devnode;
static bool wanted; /* The device gets its drivers. */

static void
configure(void *context, const struct pnp_identity *identity, struct pnp_setup *setup)
{
    static const enum pnp_role roles[] = {PNP_LOWER_DEVICE_FILTER, PNP_FUNCTION,
                                          PNP_UPPER_DEVICE_FILTER};

    if (!wanted) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_DISABLED, STATUS_DEVICE_NOT_READY);
        return;
    }
    for (unsigned i = 3; i-- > 0;) {
        ck_assert(pnp_setup_add_driver(setup, roles[i], drivers[i].object));
    }
}

static NTSTATUS
start(void)
{
    wanted = true;
    return pnp_devnode_enable(devnode);
}

static const char *
state(void)
{
    struct pnp_status status;

    pnp_devnode_status(devnode, &status);
    return status.state;
}

static void
setup(void)
{
    static const char *const names[] = {"lower", "function", "upper"};
    static const struct pnp_system system = {.configure = configure};
    struct pnp_root_params params = {.instance_id = "ROOT\\TEST\\0000"};

    fixture_setup();
    pnp_set_system(&system);
    memset(drivers, 0, sizeof(drivers));
    story[0] = '\0';
    for (unsigned i = 0; i < 3; i++) {
        drivers[i].letter = "LFU"[i];
        ck_assert_int_eq(io_driver_create(names[i], &drivers[i].object), STATUS_SUCCESS);
        ck_assert_int_eq(io_driver_start(drivers[i].object, entry), STATUS_SUCCESS);
    }
    ck_assert_int_eq(pnp_root_add(&params, &devnode), STATUS_SUCCESS);
}

static void
teardown(void)
{
    pnp_devnode_unplug(devnode);
    pnp_devnode_unref(devnode);
    for (unsigned i = 0; i < 3; i++) {
        struct io_driver_leaks leaks = io_driver_unload(drivers[i].object);

        ck_assert_uint_eq(leaks.devices, 0);
        ck_assert_uint_eq(leaks.pool_blocks, 0);
    }
    fixture_teardown();
}

START_TEST(a_stack_is_built_from_the_bottom_and_removed_from_the_top)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_str_eq(story, "La Fa Ua Ls Fs Us ");
    ck_assert_str_eq(state(), "Started");
    ck_assert_int_eq(IoGetAttachedDevice(pnp_devnode_pdo(devnode))->StackSize, 4);
    story[0] = '\0';
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_SUCCESS);
    ck_assert_str_eq(story, "Uq Fq Lq Ur Fr Lr ");
    ck_assert_str_eq(state(), "Removed");
    ck_assert_ptr_null(pnp_devnode_pdo(devnode)->AttachedDevice);
}
END_TEST

START_TEST(a_removed_device_starts_again)
{
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_int_eq(start(), STATUS_SUCCESS);
        ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_SUCCESS);
    }
}
END_TEST

START_TEST(a_failed_add_device_undoes_what_was_built)
{
    drivers[2].add_status = STATUS_INSUFFICIENT_RESOURCES;
    ck_assert_int_eq(start(), STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_str_eq(story, "La Fa Ua Fr Lr ");
    ck_assert_ptr_null(pnp_devnode_pdo(devnode)->AttachedDevice);
}
END_TEST

START_TEST(a_failed_start_removes_the_stack)
{
    drivers[1].refused_minor = IRP_MN_START_DEVICE;
    drivers[1].refusal = STATUS_DEVICE_CONFIGURATION_ERROR;
    ck_assert_int_eq(start(), STATUS_DEVICE_CONFIGURATION_ERROR);
    ck_assert_str_eq(story, "La Fa Ua Ls Fs Us Ur Fr Lr ");
    ck_assert_str_eq(state(), "Removed");
}
END_TEST

START_TEST(a_driver_may_refuse_the_removal)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    drivers[1].refused_minor = IRP_MN_QUERY_REMOVE_DEVICE;
    drivers[1].refusal = STATUS_DEVICE_BUSY;
    story[0] = '\0';
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_DEVICE_BUSY);
    ck_assert_str_eq(story, "Uq Fq Uc Fc Lc ");
    ck_assert_str_eq(state(), "Started");
    drivers[1].refusal = 0;
}
END_TEST

/* {6bdd1fc6-810f-11d0-bec7-08002be2092f} */
static const GUID test_class = {
    0x6bdd1fc6, 0x810f, 0x11d0, {0xbe, 0xc7, 0x08, 0x00, 0x2b, 0xe2, 0x09, 0x2f}};

static struct io_user_file *
open_interface(void)
{
    WCHAR buffer[200];
    UNICODE_STRING name = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    struct io_user_open open = {.path = &name, .disposition = FILE_OPEN};
    struct io_user_file *file = NULL;

    ck_assert_int_eq(io_interface_get(&test_class, 0, &name), STATUS_SUCCESS);
    ck_assert_int_eq(io_user_open(&open, &file), STATUS_SUCCESS);
    return file;
}

START_TEST(an_open_handle_keeps_the_device)
{
    struct io_user_file *file;

    drivers[1].interface = &test_class;
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    file = open_interface();
    story[0] = '\0';
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_DEVICE_BUSY);
    ck_assert_str_eq(story, "Uq Fq Lq Uc Fc Lc ");
    io_user_close(file);
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_SUCCESS);
}
END_TEST

START_TEST(a_surprise_removal_waits_for_the_last_handle)
{
    struct io_user_file *file;
    WCHAR buffer[200];
    UNICODE_STRING name = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};

    drivers[1].interface = &test_class;
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    file = open_interface();
    story[0] = '\0';
    pnp_devnode_unplug(devnode);
    ck_assert_str_eq(story, "U! F! L! ");
    ck_assert_str_eq(state(), "RemovePendingCloses");
    ck_assert_int_eq(io_interface_get(&test_class, 0, &name), STATUS_NO_MORE_ENTRIES);
    io_user_close(file);
    pnp_devnode_wait_removed(devnode);
    ck_assert_str_eq(story, "U! F! L! Ur Fr Lr ");
}
END_TEST

START_TEST(a_driver_that_reports_failure_is_surprise_removed)
{
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    story[0] = '\0';
    drivers[1].device_state = PNP_DEVICE_FAILED;
    IoInvalidateDeviceState(pnp_devnode_pdo(devnode));
    pnp_devnode_wait_removed(devnode);
    ck_assert_str_eq(story, "U! F! L! Ur Fr Lr ");
}
END_TEST

static unsigned arrivals;
static unsigned departures;
static bool started_when_announced;

static void
listen(void *argument, const struct io_interface_event *event)
{
    UNICODE_STRING expected =
        fixture_string(L"\\??\\ROOT#TEST#0000#{6bdd1fc6-810f-11d0-bec7-08002be2092f}");

    ck_assert(RtlEqualUnicodeString(&event->symbolic_link, &expected, FALSE));
    ck_assert(IsEqualGUID(&event->class_guid, &test_class));
    if (event->enabled) {
        arrivals++;
        started_when_announced = strcmp(state(), "Started") == 0;
    } else {
        departures++;
    }
}

START_TEST(an_interface_is_announced_after_the_start_and_until_the_end)
{
    io_interface_set_listener(listen, NULL);
    drivers[1].interface = &test_class;
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_uint_eq(arrivals, 1);
    ck_assert(started_when_announced);
    ck_assert_int_eq(IoSetDeviceInterfaceState(&drivers[1].link, TRUE), STATUS_OBJECT_NAME_EXISTS);
    ck_assert_uint_eq(arrivals, 1);
    ck_assert_int_eq(IoSetDeviceInterfaceState(&drivers[1].link, FALSE), STATUS_SUCCESS);
    ck_assert_uint_eq(departures, 1);
    ck_assert_int_eq(IoSetDeviceInterfaceState(&drivers[1].link, FALSE),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    ck_assert_int_eq(IoSetDeviceInterfaceState(&drivers[1].link, TRUE), STATUS_SUCCESS);
    /* The driver leaves it enabled: the removal disables it. */
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_SUCCESS);
    ck_assert_uint_eq(arrivals, 2);
    ck_assert_uint_eq(departures, 2);
    io_interface_set_listener(NULL, NULL);
}
END_TEST

/* Notifications as they came: + arrival, - removal, ? query, x cancelled, ! complete, c custom. */
static char heard[32];
static NTSTATUS query_answer;
static KSEMAPHORE heard_one; /* Released for each. */
static unsigned heard_seen;

/* wdmguid.h: GUID_DEVICE_INTERFACE_ARRIVAL and its siblings differ in the first number's end. */
static NTSTATUS
hear(PVOID structure, PVOID context)
{
    PLUGPLAY_NOTIFICATION_HEADER *header = structure;
    size_t used = strlen(heard);

    ck_assert_uint_eq(KeGetCurrentIrql(), PASSIVE_LEVEL);
    switch (header->Event.Data1) {
    case 0xcb3a4004:
        heard[used] = '+';
        break;
    case 0xcb3a4005:
        heard[used] = '-';
        break;
    case 0xcb3a4006:
        heard[used] = '?';
        break;
    case 0xcb3a4007:
        heard[used] = 'x';
        break;
    case 0xcb3a4008:
        heard[used] = '!';
        break;
    default:
        heard[used] = 'c';
        ck_assert_ptr_eq(((TARGET_DEVICE_CUSTOM_NOTIFICATION *)structure)->FileObject, context);
    }
    KeReleaseSemaphore(&heard_one, IO_NO_INCREMENT, 1, FALSE);
    return header->Event.Data1 == 0xcb3a4006 ? query_answer : STATUS_SUCCESS;
}

/* Waits until `count` came in all. */
static void
wait_heard(unsigned count)
{
    for (; heard_seen < count; heard_seen++) {
        KeWaitForSingleObject(&heard_one, Executive, KernelMode, FALSE, NULL);
    }
}

START_TEST(registered_drivers_hear_of_interfaces_existing_and_new)
{
    PVOID early;
    PVOID late;

    KeInitializeSemaphore(&heard_one, 0, MAXLONG);
    drivers[1].interface = &test_class;
    ck_assert_int_eq(IoRegisterPlugPlayNotification(EventCategoryDeviceInterfaceChange, 0,
                                                    (PVOID)(ULONG_PTR)&test_class, fixture_driver,
                                                    hear, NULL, &early),
                     STATUS_SUCCESS);
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    wait_heard(1);
    ck_assert_int_eq(IoRegisterPlugPlayNotification(
                         EventCategoryDeviceInterfaceChange,
                         PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES,
                         (PVOID)(ULONG_PTR)&test_class, fixture_driver, hear, NULL, &late),
                     STATUS_SUCCESS);
    wait_heard(2);
    ck_assert_int_eq(IoUnregisterPlugPlayNotificationEx(early), STATUS_SUCCESS);
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_SUCCESS);
    wait_heard(3);
    ck_assert_str_eq(heard, "++-");
    ck_assert_int_eq(IoUnregisterPlugPlayNotificationEx(late), STATUS_SUCCESS);
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_str_eq(heard, "++-");
}
END_TEST

static const GUID custom_event = {0x11111111, 2, 3, {4}};

START_TEST(whoever_has_the_target_open_is_asked_before_it_goes)
{
    TARGET_DEVICE_CUSTOM_NOTIFICATION custom = {
        .Version = 1, .Size = sizeof(custom), .Event = custom_event, .NameBufferOffset = -1};
    WCHAR buffer[200];
    UNICODE_STRING name = {.Buffer = buffer, .MaximumLength = sizeof(buffer)};
    PFILE_OBJECT file;
    PDEVICE_OBJECT top;
    PVOID entry;

    KeInitializeSemaphore(&heard_one, 0, MAXLONG);
    drivers[1].interface = &test_class;
    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_int_eq(io_interface_get(&test_class, 0, &name), STATUS_SUCCESS);
    ck_assert_int_eq(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &top), STATUS_SUCCESS);
    ck_assert_int_eq(IoRegisterPlugPlayNotification(EventCategoryTargetDeviceChange, 0, file,
                                                    fixture_driver, hear, file, &entry),
                     STATUS_SUCCESS);
    ck_assert_int_eq(IoReportTargetDeviceChange(pnp_devnode_pdo(devnode), &custom), STATUS_SUCCESS);
    ck_assert_str_eq(heard, "c");
    query_answer = STATUS_UNSUCCESSFUL;
    story[0] = '\0';
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_UNSUCCESSFUL);
    ck_assert_str_eq(heard, "c?x");
    ck_assert_ptr_null(strchr(story, 'q')); /* The drivers were not even asked. */
    query_answer = STATUS_SUCCESS;
    ck_assert_int_eq(IoUnregisterPlugPlayNotificationEx(entry), STATUS_SUCCESS);
    ObDereferenceObject(file);
    ck_assert_int_eq(pnp_devnode_disable(devnode), STATUS_SUCCESS);
}
END_TEST

START_TEST(interfaces_are_listed_with_alias_and_properties)
{
    static const GUID other_class = {0x11111111, 2, 3, {5}};
    static const DEVPROPKEY key = {{0x22222222, 2, 3, {5}}, 7};
    UNICODE_STRING reference = fixture_string(L"ref");
    UNICODE_STRING bad_reference = fixture_string(L"a\\b");
    PDEVICE_OBJECT pdo = pnp_devnode_pdo(devnode);
    UNICODE_STRING first;
    UNICODE_STRING second;
    UNICODE_STRING alias;
    ULONG value = 77;
    ULONG size = 0;
    DEVPROPTYPE type = 0;
    PZZWSTR list;

    ck_assert_int_eq(IoRegisterDeviceInterface(pdo, &test_class, &bad_reference, &first),
                     STATUS_INVALID_DEVICE_REQUEST);
    ck_assert_int_eq(IoRegisterDeviceInterface(pdo, &test_class, &reference, &first),
                     STATUS_SUCCESS);
    ck_assert_int_eq(IoRegisterDeviceInterface(pdo, &other_class, &reference, &second),
                     STATUS_SUCCESS);
    ck_assert_int_eq(IoGetDeviceInterfaces(&test_class, NULL, 0, &list), STATUS_SUCCESS);
    ck_assert_uint_eq(list[0], 0);
    ExFreePool(list);
    ck_assert_int_eq(
        IoGetDeviceInterfaces(&test_class, pdo, DEVICE_INTERFACE_INCLUDE_NONACTIVE, &list),
        STATUS_SUCCESS);
    ck_assert_mem_eq(list, first.Buffer, first.MaximumLength);
    ck_assert_uint_eq(list[first.MaximumLength / sizeof(WCHAR)], 0);
    ExFreePool(list);
    ck_assert_int_eq(IoGetDeviceInterfaceAlias(&first, &other_class, &alias), STATUS_SUCCESS);
    ck_assert(RtlEqualUnicodeString(&alias, &second, FALSE));
    ck_assert_int_eq(IoSetDeviceInterfacePropertyData(&first, &key, 0, 0, DEVPROP_TYPE_UINT32,
                                                      sizeof(value), &value),
                     STATUS_SUCCESS);
    value = 0;
    ck_assert_int_eq(IoGetDeviceInterfacePropertyData(&first, &key, 0, 0, 1, &value, &size, &type),
                     STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(size, 4);
    ck_assert_int_eq(
        IoGetDeviceInterfacePropertyData(&first, &key, 0, 0, sizeof(value), &value, &size, &type),
        STATUS_SUCCESS);
    ck_assert_uint_eq(value, 77);
    ck_assert_uint_eq(type, DEVPROP_TYPE_UINT32);
    ck_assert_int_eq(
        IoGetDeviceInterfacePropertyData(&second, &key, 0, 0, sizeof(value), &value, &size, &type),
        STATUS_OBJECT_NAME_NOT_FOUND);
    RtlFreeUnicodeString(&first);
    RtlFreeUnicodeString(&second);
    RtlFreeUnicodeString(&alias);
}
END_TEST

START_TEST(the_reference_string_reaches_the_driver_as_file_name)
{
    UNICODE_STRING reference = fixture_string(L"port1");
    UNICODE_STRING expected = fixture_string(L"\\port1");
    PDEVICE_OBJECT pdo = pnp_devnode_pdo(devnode);
    struct io_user_open open = {.disposition = FILE_OPEN};
    struct io_user_file *file = NULL;
    UNICODE_STRING link;

    ck_assert_int_eq(start(), STATUS_SUCCESS);
    ck_assert_int_eq(IoRegisterDeviceInterface(pdo, &test_class, &reference, &link),
                     STATUS_SUCCESS);
    ck_assert_int_eq(IoSetDeviceInterfaceState(&link, TRUE), STATUS_SUCCESS);
    open.path = &link;
    ck_assert_int_eq(io_user_open(&open, &file), STATUS_SUCCESS);
    ck_assert(RtlEqualUnicodeString(&io_user_file_object(file)->FileName, &expected, FALSE));
    io_user_close(file);
    ck_assert_int_eq(IoSetDeviceInterfaceState(&link, FALSE), STATUS_SUCCESS);
    ck_assert_int_eq(io_user_open(&open, &file), STATUS_OBJECT_PATH_NOT_FOUND);
    RtlFreeUnicodeString(&link);
}
END_TEST

START_TEST(the_pdo_answers_for_the_bus)
{
    IO_STACK_LOCATION query = {.MinorFunction = IRP_MN_QUERY_ID};
    DEVICE_CAPABILITIES capabilities = {.Size = sizeof(capabilities), .Version = 1};
    WCHAR text[100];
    ULONG length;
    ULONG_PTR answer = 0;
    UNICODE_STRING expected = fixture_string(L"ROOT\\TEST");

    query.Parameters.QueryId.IdType = BusQueryDeviceID;
    ck_assert_int_eq(pnp_send(pnp_devnode_pdo(devnode), &query, &answer), STATUS_SUCCESS);
    {
        UNICODE_STRING id = fixture_string((const WCHAR *)answer);

        ck_assert(RtlEqualUnicodeString(&id, &expected, FALSE));
    }
    ExFreePool((PVOID)answer);
    query.MinorFunction = IRP_MN_QUERY_CAPABILITIES;
    query.Parameters.DeviceCapabilities.Capabilities = &capabilities;
    ck_assert_int_eq(pnp_send(pnp_devnode_pdo(devnode), &query, NULL), STATUS_SUCCESS);
    ck_assert_int_eq(capabilities.DeviceState[PowerSystemWorking], PowerDeviceD0);
    query.MinorFunction = IRP_MN_QUERY_INTERFACE;
    ck_assert_int_eq(pnp_send(pnp_devnode_pdo(devnode), &query, NULL), STATUS_NOT_SUPPORTED);
    ck_assert_int_eq(IoGetDeviceProperty(pnp_devnode_pdo(devnode), DevicePropertyEnumeratorName,
                                         sizeof(text), text, &length),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(length, 10);
    ck_assert_int_eq(IoGetDeviceProperty(pnp_devnode_pdo(devnode), DevicePropertyEnumeratorName, 4,
                                         text, &length),
                     STATUS_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(length, 10);
}
END_TEST

START_TEST(instance_ids_are_checked_and_unique)
{
    static const char *const bad[] = {"", "ROOT", "ROOT\\X", "\\X\\0", "ROOT\\\\0", "A\\B\\C\\D"};
    struct pnp_root_params params = {.instance_id = "root\\test\\0000"};
    struct pnp_devnode *other;

    ck_assert_int_eq(pnp_root_add(&params, &other), STATUS_OBJECT_NAME_COLLISION);
    other = pnp_devnode_find(L"root\\TEST\\0000");
    ck_assert_ptr_eq(other, devnode);
    pnp_devnode_unref(other);
    ck_assert_ptr_null(pnp_devnode_find(L"ROOT\\TEST\\0001"));
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        params.instance_id = bad[i];
        ck_assert_int_eq(pnp_root_add(&params, &other), STATUS_OBJECT_NAME_INVALID);
    }
}
END_TEST

static POWER_STATE power_state;
static NTSTATUS power_status = STATUS_PENDING;
static KEVENT power_done;

static VOID
on_power_done(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state, PVOID context,
              PIO_STATUS_BLOCK iosb)
{
    power_status = iosb->Status;
    power_state = state;
    KeSetEvent(&power_done, IO_NO_INCREMENT, FALSE);
}

START_TEST(a_requested_power_irp_goes_through_the_stack)
{
    POWER_STATE state = {.DeviceState = PowerDeviceD3};

    ck_assert_int_eq(start(), STATUS_SUCCESS);
    KeInitializeEvent(&power_done, NotificationEvent, FALSE);
    ck_assert_int_eq(PoRequestPowerIrp(IoGetAttachedDevice(pnp_devnode_pdo(devnode)),
                                       IRP_MN_SET_POWER, state, on_power_done, NULL, NULL),
                     STATUS_PENDING);
    KeWaitForSingleObject(&power_done, Executive, KernelMode, FALSE, NULL);
    ck_assert_int_eq(power_status, STATUS_SUCCESS);
    ck_assert_int_eq(power_state.DeviceState, PowerDeviceD3);
    /* The PDO noted it. */
    state.DeviceState = PowerDeviceD0;
    ck_assert_int_eq(PoSetPowerState(pnp_devnode_pdo(devnode), DevicePowerState, state).DeviceState,
                     PowerDeviceD3);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("devnode");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_stack_is_built_from_the_bottom_and_removed_from_the_top);
    tcase_add_test(tests, a_removed_device_starts_again);
    tcase_add_test(tests, a_failed_add_device_undoes_what_was_built);
    tcase_add_test(tests, a_failed_start_removes_the_stack);
    tcase_add_test(tests, a_driver_may_refuse_the_removal);
    tcase_add_test(tests, an_open_handle_keeps_the_device);
    tcase_add_test(tests, a_surprise_removal_waits_for_the_last_handle);
    tcase_add_test(tests, a_driver_that_reports_failure_is_surprise_removed);
    tcase_add_test(tests, an_interface_is_announced_after_the_start_and_until_the_end);
    tcase_add_test(tests, registered_drivers_hear_of_interfaces_existing_and_new);
    tcase_add_test(tests, whoever_has_the_target_open_is_asked_before_it_goes);
    tcase_add_test(tests, interfaces_are_listed_with_alias_and_properties);
    tcase_add_test(tests, the_reference_string_reaches_the_driver_as_file_name);
    tcase_add_test(tests, the_pdo_answers_for_the_bus);
    tcase_add_test(tests, instance_ids_are_checked_and_unique);
    tcase_add_test(tests, a_requested_power_irp_goes_through_the_stack);
    return fixture_run("nt/pnp/devnode", tests);
}
