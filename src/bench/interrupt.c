/* SPDX-License-Identifier: MIT */
/* The hardware of a device of the bench interrupts. */
#include "bench/bench_priv.h"
#include "nt/ke/interrupt.h"
#include "nt/pnp/pnp.h"
#include "sys/memory.h"

/* A line that a device holds; it may have another vector by the time it lets go. */
struct held {
    struct list link;
    unsigned index;
    ULONG vector;
};

static bench_status
find_vector(struct bench_device *device, unsigned index, ULONG *ret_vector)
{
    struct pnp_interrupt *interrupts = sys_alloc_zeroed((index + 1) * sizeof(*interrupts));
    struct pnp_devnode *devnode;
    size_t count;

    if (interrupts == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    sys_lock_acquire(&device->bench->lock);
    devnode = device->devnode;
    pnp_devnode_ref(devnode);
    sys_lock_release(&device->bench->lock);
    count = pnp_interrupts(devnode, interrupts, index + 1);
    pnp_devnode_unref(devnode);
    *ret_vector = interrupts[index].vector;
    sys_free(interrupts);
    if (index >= count) {
        return bench_fail(STATUS_NOT_FOUND, "the device has %u interrupts, not %u", (unsigned)count,
                          index + 1);
    }
    return STATUS_SUCCESS;
}

bench_status
bench_interrupt(struct bench_device *device, unsigned index)
{
    ULONG vector = 0;
    bench_status status = find_vector(device, index, &vector);

    if (bench_ok(status) && !ke_interrupt_pulse(vector)) {
        return bench_fail(STATUS_DEVICE_NOT_READY, "nobody is connected to interrupt %u", index);
    }
    return status;
}

/* The hardware's line changes under the bench's lock, so that it always is what the list says. */
static struct held *
let_go_locked(struct bench_device *device, unsigned index)
{
    struct list *link;

    list_for_each(link, &device->held)
    {
        struct held *held = container_of(link, struct held, link);

        if (held->index == index) {
            list_remove(link);
            ke_interrupt_release(held->vector);
            return held;
        }
    }
    return NULL;
}

static void
let_go(struct bench_device *device, unsigned index)
{
    struct held *held;

    sys_lock_acquire(&device->bench->lock);
    held = let_go_locked(device, index);
    sys_lock_release(&device->bench->lock);
    sys_free(held);
}

bench_status
bench_interrupt_hold(struct bench_device *device, unsigned index, bool hold)
{
    struct held *former;
    struct held *held;
    ULONG vector = 0;
    bench_status status;

    if (!hold) {
        let_go(device, index);
        return STATUS_SUCCESS;
    }
    status = find_vector(device, index, &vector);
    if (!bench_ok(status)) {
        return status;
    }
    held = sys_alloc_zeroed(sizeof(*held));
    if (held == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    held->index = index;
    held->vector = vector;
    sys_lock_acquire(&device->bench->lock);
    ke_interrupt_hold(vector); /* Before it lets go of what it holds already: that is no edge. */
    former = let_go_locked(device, index);
    list_push_back(&device->held, &held->link);
    sys_lock_release(&device->bench->lock);
    sys_free(former);
    return STATUS_SUCCESS;
}

void
bench_interrupts_release(struct bench_device *device)
{
    while (!list_empty(&device->held)) {
        let_go(device, container_of(device->held.next, struct held, link)->index);
    }
}
