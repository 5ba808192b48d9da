/* SPDX-License-Identifier: MIT */
/* Start and end of the executive: each component once, lowest first. */
#include "nt/nt.h"

#include "nt/cm/cm.h"
#include "nt/ex/ex.h"
#include "nt/hal/hal.h"
#include "nt/io/io.h"
#include "nt/ke/ke.h"
#include "nt/mm/mm.h"
#include "nt/ob/ob.h"
#include "nt/wmi/wmi.h"

static const struct component {
    NTSTATUS (*init)(void);
    void (*fini)(void);
} components[] = {
    {ob_init, ob_fini}, /* Thread objects are objects. */
    {ke_init, ke_fini}, {ex_init, ex_fini}, {hal_init, hal_fini}, {mm_init, mm_fini},
    {cm_init, cm_fini}, {io_init, io_fini}, {wmi_init, wmi_fini},
};

#define COMPONENT_COUNT (sizeof(components) / sizeof(components[0]))

static uint32_t life;
static size_t left_before; /* Pool blocks that former lives never freed. */

static void
fini(size_t count)
{
    while (count-- > 0) {
        components[count].fini();
    }
}

NTSTATUS
nt_init(const struct nt_params *params)
{
    life++;
    left_before = ex_pool_report_leaks(&ex_pool_system, NULL, NULL);
    for (size_t i = 0; i < COMPONENT_COUNT; i++) {
        NTSTATUS status = components[i].init();

        if (status != STATUS_SUCCESS) {
            fini(i + 1);
            return status;
        }
    }
    if (params != NULL) {
        ke_bugcheck_set_handler(params->bugcheck_handler, params->bugcheck_context);
    }
    return STATUS_SUCCESS;
}

uint32_t
nt_life(void)
{
    return life;
}

size_t
nt_fini(void)
{
    ob_close_handles();
    fini(COMPONENT_COUNT);
    return ex_pool_report_leaks(&ex_pool_system, NULL, NULL) - left_before;
}
