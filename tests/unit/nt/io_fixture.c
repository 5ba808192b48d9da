/* SPDX-License-Identifier: MIT */
#include "io_fixture.h"

#include <setjmp.h>

#include "nt/ke/ke.h"
#include "nt/nt.h"

PDRIVER_OBJECT fixture_driver;

static sigjmp_buf *expecting;
static struct ke_bugcheck seen;

static void
on_bugcheck(const struct ke_bugcheck *bugcheck, void *context)
{
    seen = *bugcheck;
    if (expecting != NULL) {
        siglongjmp(*expecting, 1);
    }
}

static NTSTATUS
dispatch(PDEVICE_OBJECT device, PIRP irp)
{
    return fixture_of(device)->handler(device, irp);
}

static NTSTATUS
entry(PDRIVER_OBJECT driver, PUNICODE_STRING registry_path)
{
    for (unsigned i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++) {
        driver->MajorFunction[i] = dispatch;
    }
    return STATUS_SUCCESS;
}

void
fixture_setup(void)
{
    struct nt_params params = {.bugcheck_handler = on_bugcheck};

    ck_assert_int_eq(nt_init(&params), STATUS_SUCCESS);
    ck_assert_int_eq(io_driver_create("fixture", &fixture_driver), STATUS_SUCCESS);
    ck_assert_int_eq(io_driver_start(fixture_driver, entry), STATUS_SUCCESS);
}

void
fixture_teardown(void)
{
    struct io_driver_leaks leaks = io_driver_unload(fixture_driver);

    ck_assert_uint_eq(leaks.devices, 0);
    ck_assert_uint_eq(leaks.pool_blocks, 0);
    ck_assert_uint_eq(io_irps_in_use(), 0);
    nt_fini();
}

PDEVICE_OBJECT
fixture_device(const WCHAR *name, ULONG flags, fixture_handler *handler)
{
    UNICODE_STRING string;
    PDEVICE_OBJECT device;

    if (name != NULL) {
        string = fixture_string(name);
    }
    ck_assert_int_eq(IoCreateDevice(fixture_driver, sizeof(struct fixture_device),
                                    name != NULL ? &string : NULL, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                    &device),
                     STATUS_SUCCESS);
    fixture_of(device)->handler = handler;
    device->Flags |= flags;
    device->Flags &= ~(ULONG)DO_DEVICE_INITIALIZING;
    return device;
}

PDEVICE_OBJECT
fixture_filter(PDEVICE_OBJECT lower, fixture_handler *handler)
{
    PDEVICE_OBJECT device = fixture_device(NULL, 0, handler);
    PDEVICE_OBJECT below = IoAttachDeviceToDeviceStack(device, lower);

    ck_assert_ptr_nonnull(below);
    fixture_of(device)->lower = below;
    device->Flags |= below->Flags & (DO_BUFFERED_IO | DO_DIRECT_IO);
    return device;
}

void
fixture_delete_stack(PDEVICE_OBJECT bottom)
{
    PDEVICE_OBJECT top;

    while ((top = IoGetAttachedDevice(bottom)) != bottom) {
        IoDetachDevice(fixture_of(top)->lower);
        IoDeleteDevice(top);
    }
    IoDeleteDevice(bottom);
}

NTSTATUS
fixture_complete(PIRP irp, NTSTATUS status, ULONG_PTR information)
{
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}

NTSTATUS
fixture_succeed(PDEVICE_OBJECT device, PIRP irp)
{
    return fixture_complete(irp, STATUS_SUCCESS, 0);
}

NTSTATUS
fixture_pass(PDEVICE_OBJECT device, PIRP irp)
{
    IoSkipCurrentIrpStackLocation(irp);
    return IoCallDriver(fixture_of(device)->lower, irp);
}

struct io_user_file *
fixture_open(const WCHAR *name, ACCESS_MASK access)
{
    UNICODE_STRING string = fixture_string(name);
    struct io_user_open open = {
        .path = &string,
        .access = access,
        .disposition = FILE_OPEN,
        .process_id = 4711,
    };
    struct io_user_file *file = NULL;

    ck_assert_int_eq(io_user_open(&open, &file), STATUS_SUCCESS);
    return file;
}

void
fixture_expect_bugcheck(ULONG code, ULONG_PTR parameter1, void (*fn)(void *argument),
                        void *argument)
{
    volatile KIRQL irql = KeGetCurrentIrql();
    sigjmp_buf here;

    seen.code = 0;
    if (sigsetjmp(here, 0) == 0) {
        expecting = &here;
        fn(argument);
        ck_abort_msg("no bug check; 0x%x was expected", code);
    }
    expecting = NULL;
    ke_irql_set(irql);
    ck_assert_uint_eq(seen.code, code);
    if (parameter1 != (ULONG_PTR)-1) {
        ck_assert_uint_eq(seen.parameter[0], parameter1);
    }
}

int
fixture_run(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
