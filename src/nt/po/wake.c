/* SPDX-License-Identifier: MIT */
/* Which devices wait for a wake-up signal, which have signalled, and how a signal comes to one. */
#include "base/atomic.h"
#include "base/log.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po_priv.h"

void
po_wake_waits(PDEVICE_OBJECT pdo, bool waits)
{
    struct io_power *power = io_device_power(pdo);

    (void)(waits ? atomic_fetch_add_u32(&power->waits, 1) : atomic_fetch_sub_u32(&power->waits, 1));
}

bool
po_device_wake_armed(PDEVICE_OBJECT pdo)
{
    return atomic_load_u32(&io_device_power(pdo)->waits) != 0;
}

/* "The power manager logs an event that includes information about which devices woke the system." */
void
po_note_woke(PDEVICE_OBJECT pdo)
{
    struct pnp_devnode *devnode = pnp_devnode_of(pdo);
    char name[256];

    atomic_store_u32(&io_device_power(pdo)->woke, 1);
    if (devnode != NULL) {
        base_log(BASE_LOG_INFO, "po", "%s woke the system",
                 pnp_ascii(pnp_devnode_instance_path(devnode), name, sizeof(name)));
        pnp_devnode_unref(devnode);
    }
}

void
po_forget_woke(PDEVICE_OBJECT pdo)
{
    atomic_store_u32(&io_device_power(pdo)->woke, 0);
}

bool
po_device_woke_system(PDEVICE_OBJECT pdo)
{
    return atomic_load_u32(&io_device_power(pdo)->woke) != 0;
}

void
po_device_set_signal(PDEVICE_OBJECT pdo, bool (*signal)(PDEVICE_OBJECT pdo))
{
    io_device_power(pdo)->signal = signal;
}

bool
po_device_signal(PDEVICE_OBJECT pdo, bool *ret_known)
{
    bool (*signal)(PDEVICE_OBJECT) = io_device_power(pdo)->signal;

    *ret_known = signal != NULL;
    return signal != NULL && signal(pdo);
}
