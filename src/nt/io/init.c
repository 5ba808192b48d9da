/* SPDX-License-Identifier: MIT */
/* The I/O manager's beginning and end. */
#include "nt/io/io_priv.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po.h"

NTSTATUS
io_init(void)
{
    NTSTATUS status;

    io_irp_init();
    io_shutdown_init();
    status = io_interface_init();
    if (NT_SUCCESS(status)) {
        status = io_notify_init();
    }
    if (NT_SUCCESS(status)) {
        status = io_volume_init();
    }
    po_init();
    if (NT_SUCCESS(status)) {
        status = pnp_init();
    }
    return status; /* On failure nt_init calls io_fini. */
}

void
io_fini(void)
{
    pnp_fini();
    po_fini();
    io_volume_fini();
    io_notify_fini();
    io_interface_fini();
    io_irp_fini();
}
