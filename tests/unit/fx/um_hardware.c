/* SPDX-License-Identifier: MIT */
/* Registers through the framework: WdfDeviceMapIoSpace, WdfDeviceReadFromHardware and kin. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "fx_imports.h"
#include "nt/mm/mm.h"

static _Alignas(8) unsigned char registers[64];
static WDFDEVICE device;
static unsigned mapped;

static void *
map(void *argument, PHYSICAL_ADDRESS address, size_t size, MEMORY_CACHING_TYPE caching)
{
    if (address.QuadPart < 0x1000 || address.QuadPart + size > 0x1000 + sizeof(registers)) {
        return NULL;
    }
    mapped++;
    return registers + (address.QuadPart - 0x1000);
}

static void
unmap(void *argument, void *base, size_t size)
{
    mapped--;
}

static const struct mm_io_space_provider provider = {.map = map, .unmap = unmap};

static void
start(void)
{
    DECLARE_CONST_UNICODE_STRING(sddl, L"D:P(A;;GA;;;WD)");
    PWDFDEVICE_INIT init;

    fixture_open();
    mm_set_io_space_provider(&provider);
    init = WdfControlDeviceInitAllocate(WdfDriverGlobals->Driver, &sddl);
    ck_assert_ptr_nonnull(init);
    ck_assert_int_eq(WdfDeviceCreate(&init, WDF_NO_OBJECT_ATTRIBUTES, &device), STATUS_SUCCESS);
}

static void
stop(void)
{
    WdfObjectDelete(device);
    ck_assert_uint_eq(mapped, 0);
    mm_set_io_space_provider(NULL);
    fixture_close();
}

static PVOID
map_registers(size_t offset, size_t size)
{
    PHYSICAL_ADDRESS address = {.QuadPart = 0x1000 + (LONGLONG)offset};
    PVOID pseudo = NULL;

    ck_assert_int_eq(
        imp_WdfDeviceMapIoSpace(WdfDriverGlobals, device, address, size, MmNonCached, &pseudo),
        STATUS_SUCCESS);
    ck_assert_ptr_nonnull(pseudo);
    return pseudo;
}

static SIZE_T
read_register(PVOID address, WDF_DEVICE_HWACCESS_TARGET_SIZE size)
{
    return imp_WdfDeviceReadFromHardware(
        WdfDriverGlobals, device, WdfDeviceHwAccessTargetTypeRegister, size, address, NULL, 0);
}

START_TEST(registers_of_every_width)
{
    char *base = map_registers(8, 16);
    const WDF_DEVICE_HWACCESS_TARGET_TYPE one = WdfDeviceHwAccessTargetTypeRegister;

    imp_WdfDeviceWriteToHardware(WdfDriverGlobals, device, one, WdfDeviceHwAccessTargetSizeUlong64,
                                 base, 0x1122334455667788, NULL, 0);
    ck_assert_uint_eq(registers[8], 0x88);
    ck_assert_uint_eq(read_register(base, WdfDeviceHwAccessTargetSizeUchar), 0x88);
    ck_assert_uint_eq(read_register(base + 2, WdfDeviceHwAccessTargetSizeUshort), 0x5566);
    ck_assert_uint_eq(read_register(base + 4, WdfDeviceHwAccessTargetSizeUlong), 0x11223344);
    ck_assert(read_register(base, WdfDeviceHwAccessTargetSizeUlong64) == 0x1122334455667788);
    imp_WdfDeviceWriteToHardware(WdfDriverGlobals, device, one, WdfDeviceHwAccessTargetSizeUshort,
                                 base + 8, 0xffffaabb, NULL, 0);
    ck_assert_uint_eq(registers[16], 0xbb);
    ck_assert_uint_eq(registers[17], 0xaa);
    ck_assert_uint_eq(registers[18], 0);
    imp_WdfDeviceUnmapIoSpace(WdfDriverGlobals, device, base, 16);
}
END_TEST

START_TEST(buffer_goes_through_one_register)
{
    char *base = map_registers(0, 4);
    USHORT from[3] = {1, 2, 0x1234}, to[2] = {0, 0};

    imp_WdfDeviceWriteToHardware(WdfDriverGlobals, device,
                                 WdfDeviceHwAccessTargetTypeRegisterBuffer,
                                 WdfDeviceHwAccessTargetSizeUshort, base, 0, from, 3);
    ck_assert_uint_eq(registers[0], 0x34);
    ck_assert_uint_eq(registers[2], 0);
    ck_assert_uint_eq(imp_WdfDeviceReadFromHardware(WdfDriverGlobals, device,
                                                    WdfDeviceHwAccessTargetTypeRegisterBuffer,
                                                    WdfDeviceHwAccessTargetSizeUshort, base, to, 2),
                      0);
    ck_assert_uint_eq(to[0], 0x1234);
    ck_assert_uint_eq(to[1], 0x1234);
    ck_assert_ptr_eq(
        imp_WdfDeviceGetHardwareRegisterMappedAddress(WdfDriverGlobals, device, base + 2),
        base + 2);
    imp_WdfDeviceUnmapIoSpace(WdfDriverGlobals, device, base, 4);
}
END_TEST

START_TEST(nothing_is_mapped_where_nothing_is)
{
    PHYSICAL_ADDRESS address = {.QuadPart = 0x9000};
    PVOID pseudo = registers;

    ck_assert_int_eq(
        imp_WdfDeviceMapIoSpace(WdfDriverGlobals, device, address, 4, MmNonCached, &pseudo),
        STATUS_INSUFFICIENT_RESOURCES);
    ck_assert_ptr_null(pseudo);
    ck_assert_int_eq(
        imp_WdfDeviceMapIoSpace(WdfDriverGlobals, device, address, 0, MmNonCached, &pseudo),
        STATUS_INVALID_PARAMETER);
}
END_TEST

static void
read_it(void *address)
{
    (void)read_register(address, WdfDeviceHwAccessTargetSizeUlong);
}

static void
unmap_part(void *address)
{
    imp_WdfDeviceUnmapIoSpace(WdfDriverGlobals, device, address, 4);
}

START_TEST(access_beyond_the_mapping_ends_the_driver)
{
    char *base = map_registers(0, 8);

    fixture_expect_bugcheck(WDF_VERIFIER_FATAL_ERROR, read_it, base + 8);
    fixture_expect_bugcheck(WDF_VERIFIER_FATAL_ERROR, read_it, base + 6);
    fixture_expect_bugcheck(WDF_VERIFIER_FATAL_ERROR, read_it, base - 4);
    ck_assert_uint_eq(fixture_bugcheck_parameter(2), (ULONG_PTR)(base - 4));
    fixture_expect_bugcheck(WDF_VERIFIER_FATAL_ERROR, read_it, base + 2); /* Not aligned. */
    fixture_expect_bugcheck(WDF_VERIFIER_FATAL_ERROR, unmap_part, base);
    imp_WdfDeviceUnmapIoSpace(WdfDriverGlobals, device, base, 8);
    fixture_expect_bugcheck(WDF_VERIFIER_FATAL_ERROR, read_it, base);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("um hardware");
    TCase *tcase = tcase_create("um hardware");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, registers_of_every_width);
    tcase_add_test(tcase, buffer_goes_through_one_register);
    tcase_add_test(tcase, nothing_is_mapped_where_nothing_is);
    tcase_add_test(tcase, access_beyond_the_mapping_ends_the_driver);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
