/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <check.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fx/core/globals.h"
#include "fx/object/object.h"
#include "fx_imports.h"
#include "nt/io/io.h"
#include "nt/ke/ke.h"
#include "nt/nt.h"
#include "sys/lock.h"

const WDFFUNC *WdfFunctions = fx_kmdf_table;
PWDF_DRIVER_GLOBALS WdfDriverGlobals;

static struct {
    struct fx_globals *globals;
    DRIVER_OBJECT *driver_object;
    jmp_buf back;
    bool expecting;
    struct ke_bugcheck seen;
    struct sys_lock lock;
    char log[16384];
} fixture;

static void
keep_line(void *context, enum base_log_level level, const char *component, const char *message)
{
    size_t used;

    sys_lock_acquire(&fixture.lock);
    used = strlen(fixture.log);
    snprintf(fixture.log + used, sizeof(fixture.log) - used, "%s\n", message);
    sys_lock_release(&fixture.lock);
}

bool
fixture_logged(const char *text)
{
    return strstr(fixture.log, text) != NULL;
}

static void
on_bugcheck(const struct ke_bugcheck *bugcheck, void *context)
{
    if (fixture.expecting) {
        fixture.seen = *bugcheck;
        longjmp(fixture.back, 1);
    }
    fprintf(stderr, "bug check 0x%x (0x%lx, 0x%lx, 0x%lx, 0x%lx)\n%s\n", bugcheck->code,
            bugcheck->parameter[0], bugcheck->parameter[1], bugcheck->parameter[2],
            bugcheck->parameter[3], fixture.log);
}

void
fixture_open(void)
{
    const struct nt_params params = {.bugcheck_handler = on_bugcheck};
    UNICODE_STRING path = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\System\\Services\\unit");
    struct fx_bind_params bind = {
        .component_name = "unit", .registry_path = &path, .major = 1, .minor = 33};
    WDF_DRIVER_CONFIG config;

    fixture.log[0] = '\0';
    base_log_set_sink(keep_line, NULL);
    ck_assert_int_eq(nt_init(&params), STATUS_SUCCESS);
    ck_assert_int_eq(io_driver_create("unit", &fixture.driver_object), STATUS_SUCCESS);
    bind.driver_object = fixture.driver_object;
    ck_assert_int_eq(fx_globals_create(&bind, &fixture.globals), STATUS_SUCCESS);
    WdfDriverGlobals = &fixture.globals->public;
    WDF_DRIVER_CONFIG_INIT(&config, WDF_NO_EVENT_CALLBACK);
    ck_assert_int_eq(WdfDriverCreate(fixture.driver_object, &path, WDF_NO_OBJECT_ATTRIBUTES,
                                     &config, WDF_NO_HANDLE),
                     STATUS_SUCCESS);
}

unsigned
fixture_close_leaking(void)
{
    unsigned leaks = fx_globals_delete(fixture.globals);
    struct io_driver_leaks left = io_driver_unload(fixture.driver_object);

    WdfDriverGlobals = NULL;
    leaks += left.devices + left.pool_blocks;
    nt_fini();
    base_log_set_sink(NULL, NULL);
    return leaks;
}

void
fixture_close(void)
{
    unsigned leaks = fixture_close_leaking();

    ck_assert_msg(leaks == 0, "%u leaks:\n%s", leaks, fixture.log);
}

void
fixture_flush(void)
{
    fx_object_flush_deferred(fixture.globals);
}

void
fixture_expect_bugcheck(WDF_BUGCHECK_CODES code, void (*fn)(void *argument), void *argument)
{
    fixture.expecting = true;
    if (setjmp(fixture.back) == 0) {
        fn(argument);
        ck_abort_msg("no bug check came");
    }
    fixture.expecting = false;
    ck_assert_uint_eq(fixture.seen.code, 0x10D);
    ck_assert_uint_eq(fixture.seen.parameter[0], code);
}

ULONG_PTR
fixture_bugcheck_parameter(unsigned number)
{
    return fixture.seen.parameter[number - 1];
}
