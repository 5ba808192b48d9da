/* SPDX-License-Identifier: MIT */
/* Start and end of the executive: each component once, lowest first. */
#include "nt/nt.h"

#include "nt/cm/cm.h"
#include "nt/ex/ex.h"
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
    {ke_init, ke_fini}, {ex_init, ex_fini}, {mm_init, mm_fini},
    {cm_init, cm_fini}, {io_init, io_fini}, {wmi_init, wmi_fini},
};

#define COMPONENT_COUNT (sizeof(components) / sizeof(components[0]))

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

void
nt_fini(void)
{
    ob_close_handles();
    fini(COMPONENT_COUNT);
}
