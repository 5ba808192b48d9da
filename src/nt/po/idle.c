/* SPDX-License-Identifier: MIT */
/*
 * Idle detection for drivers that leave it to the power manager: a counter for each device that
 * counts seconds and that the driver sets to zero when the device is in use. There is no system
 * power policy here: the performance time-out holds, as with power from the wall.
 */
#include "nt/ex/ex.h"
#include "nt/io/io.h"
#include "nt/po/po_priv.h"

struct idle {
    struct list link;
    ULONG counter; /* Atomic. Seconds; the driver writes it too, without the lock. */
    ULONG timeout; /* Seconds. */
    LONG busy;     /* PoStartDeviceBusy less PoEndDeviceBusy. */
    DEVICE_POWER_STATE state;
    PDEVICE_OBJECT device; /* Not referenced: a driver cancels the detection before it goes. */
};

#define IDLE_MAX (0xFFFFFFFEu) /* Seconds; -1 means the standard for the kind of device. */

static struct {
    struct sys_lock lock; /* Guards all of this. A leaf lock. */
    struct list devices;
    KTIMER timer; /* Each second while there are devices. */
    KDPC dpc;
} idle;

/* The next device that has been idle for long enough, its counter restarted; NULL. */
static struct idle *
take_idle(DEVICE_POWER_STATE *ret_state, PDEVICE_OBJECT *ret_device)
{
    struct idle *found = NULL;
    struct list *link;

    sys_lock_acquire(&idle.lock);
    list_for_each(link, &idle.devices)
    {
        struct idle *one = container_of(link, struct idle, link);

        if (atomic_load_u32(&one->counter) >= one->timeout && one->busy == 0) {
            atomic_store_u32(&one->counter, 0);
            *ret_state = one->state;
            *ret_device = one->device;
            ObReferenceObject(one->device);
            found = one;
            break;
        }
    }
    sys_lock_release(&idle.lock);
    return found;
}

static VOID
tick(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    POWER_STATE state = {.DeviceState = PowerDeviceUnspecified};
    PDEVICE_OBJECT device;
    struct list *link;

    sys_lock_acquire(&idle.lock);
    list_for_each(link, &idle.devices)
    {
        struct idle *one = container_of(link, struct idle, link);
        bool on = po_device_state(io_device_bottom(one->device)) <= PowerDeviceD0;

        /* A driver's zero between the two is lost: a second more or less does not count. */
        atomic_store_u32(&one->counter,
                         on && one->busy == 0 ? atomic_load_u32(&one->counter) + 1 : 0);
    }
    sys_lock_release(&idle.lock);
    while (take_idle(&state.DeviceState, &device) != NULL) {
        (void)PoRequestPowerIrp(device, IRP_MN_SET_POWER, state, NULL, NULL, NULL);
        ObDereferenceObject(device);
    }
}

static struct idle *
find_locked(PDEVICE_OBJECT device)
{
    struct list *link;

    list_for_each(link, &idle.devices)
    {
        if (container_of(link, struct idle, link)->device == device) {
            return container_of(link, struct idle, link);
        }
    }
    return NULL;
}

static void
cancel(PDEVICE_OBJECT device)
{
    struct idle *one;
    bool last;

    sys_lock_acquire(&idle.lock);
    one = find_locked(device);
    if (one != NULL) {
        list_remove(&one->link);
    }
    last = one != NULL && list_empty(&idle.devices);
    sys_lock_release(&idle.lock);
    if (last) {
        KeCancelTimer(&idle.timer);
    }
    if (one != NULL) {
        ExFreePoolWithTag(one, PO_TAG);
    }
}

PULONG
PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT DeviceObject, ULONG ConservationIdleTime,
                                 ULONG PerformanceIdleTime, DEVICE_POWER_STATE State)
{
    LARGE_INTEGER due = {.QuadPart = -10000000};
    struct idle *fresh = NULL;
    struct idle *one;
    bool first = false;

    if (ConservationIdleTime == 0 && PerformanceIdleTime == 0) {
        cancel(DeviceObject);
        return NULL;
    }
    /* The standard times for a kind of device are part of a power policy, and there is none. */
    if (ConservationIdleTime > IDLE_MAX || PerformanceIdleTime > IDLE_MAX) {
        return NULL;
    }
    if (PerformanceIdleTime == 0) {
        cancel(DeviceObject);
        return NULL;
    }
    fresh = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*fresh), PO_TAG);
    if (fresh == NULL) {
        return NULL;
    }
    fresh->device = DeviceObject;
    sys_lock_acquire(&idle.lock);
    one = find_locked(DeviceObject);
    if (one == NULL) {
        first = list_empty(&idle.devices);
        list_push_back(&idle.devices, &fresh->link);
        one = fresh;
        fresh = NULL;
    }
    one->timeout = PerformanceIdleTime;
    one->state = State;
    atomic_store_u32(&one->counter, 0);
    sys_lock_release(&idle.lock);
    if (first) {
        KeSetTimerEx(&idle.timer, due, 1000, &idle.dpc);
    }
    if (fresh != NULL) {
        ExFreePoolWithTag(fresh, PO_TAG);
    }
    return &one->counter;
}

static struct idle *
of_counter(PULONG counter)
{
    return container_of(counter, struct idle, counter);
}

VOID
PoSetDeviceBusyEx(PULONG IdlePointer)
{
    sys_lock_acquire(&idle.lock);
    atomic_store_u32(IdlePointer, 0);
    sys_lock_release(&idle.lock);
}

VOID
PoStartDeviceBusy(PULONG IdlePointer)
{
    sys_lock_acquire(&idle.lock);
    of_counter(IdlePointer)->busy++;
    atomic_store_u32(IdlePointer, 0);
    sys_lock_release(&idle.lock);
}

VOID
PoEndDeviceBusy(PULONG IdlePointer)
{
    sys_lock_acquire(&idle.lock);
    of_counter(IdlePointer)->busy--;
    atomic_store_u32(IdlePointer, 0);
    sys_lock_release(&idle.lock);
}

void
po_idle_init(void)
{
    list_init(&idle.devices);
    KeInitializeTimer(&idle.timer);
    KeInitializeDpc(&idle.dpc, tick, NULL);
}

/* Those of drivers that never cancelled theirs. */
void
po_idle_fini(void)
{
    struct list *link;

    KeCancelTimer(&idle.timer);
    KeFlushQueuedDpcs();
    while ((link = list_pop_front(&idle.devices)) != NULL) {
        ExFreePoolWithTag(container_of(link, struct idle, link), PO_TAG);
    }
}
