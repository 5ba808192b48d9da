/* SPDX-License-Identifier: MIT */
/* What USB client drivers link: descriptors as devices send them, URBs made of them, a handle without a USB stack. */
#include "nt_fixture.h"

#include <initguid.h>
#include <usbdlib.h>

/* A keyboard and a vendor's interface with two settings, as a device would return it. */
static const UCHAR good[] = {
    9, 2,    64,   0, 2, 1,    0,    0xA0, 50, /* 0: configuration, 2 interfaces */
    9, 4,    0,    0, 1, 3,    1,    1,    0,  /* 9: interface 0, HID */
    9, 0x21, 0x11, 1, 0, 1,    0x22, 63,   0,  /* 18: the HID descriptor */
    7, 5,    0x81, 3, 8, 0,    10,             /* 27: endpoint 0x81, interrupt */
    9, 4,    1,    0, 0, 0xFF, 0,    0,    0,  /* 34: interface 1, setting 0, no endpoints */
    9, 4,    1,    1, 1, 0xFF, 0,    0,    0,  /* 43: interface 1, setting 1 */
    7, 5,    0x02, 2, 0, 2,    0,              /* 52: endpoint 2, bulk */
    5, 0x24, 1,    2, 3,                       /* 59: something of a class */
};

/* A copy of exactly its size, so that a memory checker sees every byte beyond. */
static PUSB_CONFIGURATION_DESCRIPTOR
copy(void)
{
    PUSB_CONFIGURATION_DESCRIPTOR descriptor = malloc(sizeof(good));

    memcpy(descriptor, good, sizeof(good));
    return descriptor;
}

static long
offset(const void *base, const void *at)
{
    return at != NULL ? (const char *)at - (const char *)base : -1;
}

START_TEST(descriptors_are_found_by_type)
{
    PUSB_CONFIGURATION_DESCRIPTOR d = copy();
    PUCHAR bytes = (PUCHAR)d;

    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), d, 5)), 27);
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), bytes + 34, 5)), 52);
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), bytes + 59, 5)), -1);
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), d, 0x24)), 59);
    /* It lies not in the length that was given. */
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good) - 1, d, 0x24)), -1);
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), bytes + 65, 5)), -1);
    bytes[18] = 0; /* A descriptor that says no length ends the walk. */
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), d, 5)), -1);
    bytes[18] = 1;
    ck_assert_int_eq(offset(d, USBD_ParseDescriptors(d, sizeof(good), d, 5)), -1);
    free(d);
}
END_TEST

START_TEST(interfaces_are_found_by_what_they_are)
{
    PUSB_CONFIGURATION_DESCRIPTOR d = copy();

#define FIND(from, ...)                                                                            \
    offset(d, USBD_ParseConfigurationDescriptorEx(d, (PUCHAR)d + (from), __VA_ARGS__))
    ck_assert_int_eq(FIND(0, -1, -1, -1, -1, -1), 9);
    ck_assert_int_eq(FIND(0, 1, -1, -1, -1, -1), 34);
    ck_assert_int_eq(FIND(0, 1, 1, -1, -1, -1), 43);
    ck_assert_int_eq(FIND(0, -1, -1, 0xFF, -1, -1), 34);
    ck_assert_int_eq(FIND(43, -1, -1, 0xFF, -1, -1), 43);
    ck_assert_int_eq(FIND(0, -1, -1, 3, 1, 2), -1);
    ck_assert_int_eq(FIND(0, -1, -1, 3, 1, 1), 9);
    ck_assert_int_eq(offset(d, USBD_ParseConfigurationDescriptor(d, 1, 1)), 43);
    ck_assert_int_eq(USBD_GetInterfaceLength((PVOID)((PUCHAR)d + 9), (PUCHAR)d + 64), 25);
    ck_assert_int_eq(USBD_GetInterfaceLength((PVOID)((PUCHAR)d + 43), (PUCHAR)d + 64), 21);
    ck_assert_int_eq(USBD_GetInterfaceLength((PVOID)((PUCHAR)d + 9), (PUCHAR)d + 20), 9);
    free(d);
}
END_TEST

/* What validation says of the good descriptor with one byte changed; and where. */
static USBD_STATUS
validate(size_t at, UCHAR value, USHORT level, long *ret_offset)
{
    PUSB_CONFIGURATION_DESCRIPTOR d = copy();
    PUCHAR where = NULL;
    USBD_STATUS status;

    ((PUCHAR)d)[at] = value;
    status = USBD_ValidateConfigurationDescriptor(d, sizeof(good), level, &where, 'tseT');
    *ret_offset = offset(d, where);
    free(d);
    return status;
}

static const struct {
    size_t at;
    UCHAR value;
    USHORT level; /* The first that finds it. */
    USBD_STATUS status;
    long offset;
} broken[] = {
    {1, 4, 1, USBD_STATUS_BAD_DESCRIPTOR_TYPE, 0},
    {0, 8, 1, USBD_STATUS_BAD_DESCRIPTOR_BLEN, 0},
    {2, 65, 1, USBD_STATUS_BAD_CONFIG_DESC_LENGTH, 0},
    {2, 8, 1, USBD_STATUS_BAD_CONFIG_DESC_LENGTH, 0},
    {4, 3, 2, USBD_STATUS_INAVLID_CONFIGURATION_DESCRIPTOR, 64},
    {9, 8, 2, USBD_STATUS_BAD_DESCRIPTOR_BLEN, 9},
    {18, 0, 2, USBD_STATUS_BAD_DESCRIPTOR_BLEN, 18},
    {27, 6, 2, USBD_STATUS_BAD_DESCRIPTOR_BLEN, 27},
    {29, 0x80, 2, USBD_STATUS_BAD_ENDPOINT_DESCRIPTOR, 27}, /* Endpoint 0 is not described. */
    {29, 0x91, 2, USBD_STATUS_BAD_ENDPOINT_DESCRIPTOR, 27}, /* A reserved bit. */
    {10, 5, 2, USBD_STATUS_BAD_ENDPOINT_DESCRIPTOR, 9},     /* No interface before it. */
    {46, 0, 2, USBD_STATUS_BAD_INTERFACE_DESCRIPTOR, 43},   /* That setting a second time. */
    {59, 6, 2, USBD_STATUS_BAD_DESCRIPTOR_BLEN, 59},
    {35, 2, 2, USBD_STATUS_BAD_DESCRIPTOR_TYPE, 34}, /* A configuration in a configuration. */
    {13, 2, 3, USBD_STATUS_BAD_INTERFACE_DESCRIPTOR, 34},
    {47, 2, 3, USBD_STATUS_BAD_INTERFACE_DESCRIPTOR, 64},
};

START_TEST(what_is_broken_is_found_and_where)
{
    long where;

    for (USHORT level = 1; level <= 3; level++) {
        ck_assert_int_eq(validate(0, 9, level, &where), USBD_STATUS_SUCCESS);
    }
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        for (USHORT level = 1; level <= 3; level++) {
            USBD_STATUS status = validate(broken[i].at, broken[i].value, level, &where);

            ck_assert_msg(status == (level >= broken[i].level ? broken[i].status : 0),
                          "case %zu, level %u: %x", i, level, (unsigned)status);
            ck_assert_msg(status == 0 || where == broken[i].offset, "case %zu: offset %ld", i,
                          where);
        }
    }
}
END_TEST

START_TEST(a_configuration_request_has_a_part_for_each_interface)
{
    PUSB_CONFIGURATION_DESCRIPTOR d = copy();
    USBD_INTERFACE_LIST_ENTRY list[3] = {
        {.InterfaceDescriptor = (PVOID)((PUCHAR)d + 9)},
        {.InterfaceDescriptor = (PVOID)((PUCHAR)d + 34)},
    };
    PURB urb = USBD_CreateConfigurationRequestEx(d, list);
    USHORT size;

    ck_assert_ptr_nonnull(urb);
    ck_assert_uint_eq(urb->UrbHeader.Function, URB_FUNCTION_SELECT_CONFIGURATION);
    ck_assert_ptr_eq(urb->UrbSelectConfiguration.ConfigurationDescriptor, d);
    ck_assert_ptr_eq(list[0].Interface, &urb->UrbSelectConfiguration.Interface);
    ck_assert_uint_eq(list[0].Interface->Length, GET_USBD_INTERFACE_SIZE(1));
    ck_assert_uint_eq(list[0].Interface->NumberOfPipes, 1);
    ck_assert_uint_eq(list[0].Interface->Class, 3);
    ck_assert_uint_eq(list[0].Interface->Pipes[0].MaximumTransferSize, 0xFFFFFFFF);
    ck_assert_ptr_eq(list[1].Interface, (char *)list[0].Interface + GET_USBD_INTERFACE_SIZE(1));
    ck_assert_uint_eq(list[1].Interface->InterfaceNumber, 1);
    ck_assert_uint_eq(list[1].Interface->NumberOfPipes, 0);
    ck_assert_uint_eq(urb->UrbHeader.Length, GET_SELECT_CONFIGURATION_REQUEST_SIZE(2, 1));
    ExFreePool(urb);
    urb = USBD_CreateConfigurationRequest(d, &size);
    ck_assert_uint_eq(size, urb->UrbHeader.Length);
    ck_assert_uint_eq(size, GET_SELECT_CONFIGURATION_REQUEST_SIZE(2, 1));
    ck_assert_uint_eq(urb->UrbSelectConfiguration.Interface.Class, 3);
    ExFreePool(urb);
    free(d);
}
END_TEST

START_TEST(a_request_that_is_too_long_for_its_length_is_refused)
{
    static USBD_INTERFACE_LIST_ENTRY list[256];
    static USB_INTERFACE_DESCRIPTOR huge = {9, 4, 0, 0, 255, 0, 0, 0, 0};
    static USB_CONFIGURATION_DESCRIPTOR configuration = {9, 2, 9, 255};

    for (unsigned i = 0; i < 255; i++) {
        list[i].InterfaceDescriptor = &huge;
    }
    ck_assert_ptr_null(USBD_CreateConfigurationRequestEx(&configuration, list));
}
END_TEST

static DEVICE_OBJECT device;
static DEVICE_OBJECT below;

static void
closes_what_is_no_handle(void *argument)
{
    USBD_CloseHandle((USBD_HANDLE)&below);
}

START_TEST(without_a_usb_stack_nothing_is_supported)
{
    USBD_HANDLE handle = NULL;
    USHORT streams = 0;
    ULONG length = 1;
    KIRQL irql;

#define CREATE(d, t, v, tag) USBD_CreateHandle(d, t, v, tag, &handle)
    ck_assert_int_eq(CREATE(NULL, &below, 0x602, 'tseT'), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(CREATE(&device, NULL, 0x602, 'tseT'), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(CREATE(&device, &below, 0x600, 'tseT'), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(CREATE(&device, &below, 0x602, 0), STATUS_INVALID_PARAMETER);
    KeRaiseIrql(APC_LEVEL, &irql);
    ck_assert_int_eq(CREATE(&device, &below, 0x602, 'tseT'), STATUS_INVALID_LEVEL);
    KeLowerIrql(irql);
    ck_assert_int_eq(CREATE(&device, &below, 0x602, 'tseT'), STATUS_SUCCESS);
    ck_assert(!USBD_IsInterfaceVersionSupported(handle, USBD_INTERFACE_VERSION_602));
    ck_assert_int_eq(USBD_QueryUsbCapability(handle, &GUID_USB_CAPABILITY_STATIC_STREAMS, 2,
                                             (PUCHAR)&streams, &length),
                     STATUS_NOT_IMPLEMENTED);
    ck_assert_uint_eq(length, 0);
    ck_assert_int_eq(
        USBD_QueryUsbCapability(handle, &GUID_USB_CAPABILITY_CHAINED_MDLS, 2, NULL, NULL),
        STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(USBD_QueryUsbCapability(handle, NULL, 0, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    USBD_CloseHandle(handle);
    fixture_expect_bugcheck(BUGCODE_USB_DRIVER, closes_what_is_no_handle, NULL);
}
END_TEST

START_TEST(urbs_are_allocated_by_handle)
{
    PUSB_CONFIGURATION_DESCRIPTOR d = copy();
    USBD_INTERFACE_LIST_ENTRY entry = {.InterfaceDescriptor = (PVOID)((PUCHAR)d + 43)};
    USBD_INTERFACE_LIST_ENTRY list[2] = {{.InterfaceDescriptor = (PVOID)((PUCHAR)d + 9)}};
    IO_STACK_LOCATION stack = {0};
    USBD_HANDLE handle;
    PURB urb;

    ck_assert_int_eq(CREATE(&device, &below, 0x602, 'tseT'), STATUS_SUCCESS);
    ck_assert_int_eq(USBD_UrbAllocate(NULL, &urb), STATUS_INVALID_PARAMETER);
    ck_assert_int_eq(USBD_UrbAllocate(handle, &urb), STATUS_SUCCESS);
    ck_assert_uint_eq(urb->UrbHeader.Length, 0);
    USBD_AssignUrbToIoStackLocation(handle, &stack, urb);
    ck_assert_ptr_eq(stack.Parameters.Others.Argument1, urb);
    USBD_UrbFree(handle, urb);
    ck_assert_int_eq(USBD_IsochUrbAllocate(handle, 40, &urb), STATUS_SUCCESS);
    ck_assert_uint_eq(urb->UrbHeader.Length, GET_ISO_URB_SIZE(40));
    urb->UrbIsochronousTransfer.IsoPacket[39].Length = 1;
    USBD_UrbFree(handle, urb);
    ck_assert_int_eq(USBD_SelectInterfaceUrbAllocateAndBuild(handle, &device, &entry, &urb),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(urb->UrbSelectInterface.Interface.AlternateSetting, 1);
    ck_assert_ptr_eq(entry.Interface, &urb->UrbSelectInterface.Interface);
    ck_assert_uint_eq(urb->UrbHeader.Length, GET_SELECT_INTERFACE_REQUEST_SIZE(1));
    USBD_UrbFree(handle, urb);
    ck_assert_int_eq(USBD_SelectConfigUrbAllocateAndBuild(handle, d, list, &urb), STATUS_SUCCESS);
    ck_assert_uint_eq(list[0].Interface->NumberOfPipes, 1);
    USBD_UrbFree(handle, urb);
    USBD_CloseHandle(handle);
    free(d);
}
END_TEST

int
main(void)
{
    TCase *tests = tcase_create("usbd");

    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_test(tests, descriptors_are_found_by_type);
    tcase_add_test(tests, interfaces_are_found_by_what_they_are);
    tcase_add_test(tests, what_is_broken_is_found_and_where);
    tcase_add_test(tests, a_configuration_request_has_a_part_for_each_interface);
    tcase_add_test(tests, a_request_that_is_too_long_for_its_length_is_refused);
    tcase_add_test(tests, without_a_usb_stack_nothing_is_supported);
    tcase_add_test(tests, urbs_are_allocated_by_handle);
    return fixture_run("nt/usbd", tests);
}
