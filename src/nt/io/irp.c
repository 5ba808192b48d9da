/* SPDX-License-Identifier: MIT */
/*
 * IRPs: allocation, initialization, reuse, and sending them down a stack.
 *
 * An IRP that the I/O manager allocates stands behind a struct io_irp_block. Freed ones are kept in
 * a small array of slots per number of stack locations; taking one is an exchange with NULL, giving
 * one back a compare-and-swap from NULL, so there is no lock and no ABA problem. Threads begin to
 * look at different slots. Builds with a memory sanitizer do not cache, so that it sees every use
 * after the free.
 */
#include <string.h>

#include "base/hot.h"
#include "base/log.h"
#include "base/atomic.h"
#include "nt/io/io_priv.h"
#include "sys/memory.h"
#include "sys/thread.h"

#define CACHED_STACK_COUNTS 12 /* IRPs with more locations than this are not cached. */
#define CACHE_SLOTS         16 /* Kept IRPs per number of locations; a power of two. */
#define CACHE_PROBES        4  /* Slots looked at before going to memory. */

static struct {
    void *cache[CACHED_STACK_COUNTS + 1][CACHE_SLOTS];
    struct sys_lock lock; /* Guards blocks. A leaf lock. */
    struct list blocks;   /* Every io_irp_block in memory, cached or in use. */
} irps;

static unsigned
first_slot(void)
{
    return (unsigned)sys_thread_id(sys_thread_self()) * CACHE_PROBES;
}

static struct io_irp_block *
cache_take(unsigned stack_count)
{
    unsigned first = first_slot();

    for (unsigned i = 0; i < CACHE_PROBES; i++) {
        void **slot = &irps.cache[stack_count][(first + i) % CACHE_SLOTS];

        if (atomic_load_relaxed_ptr(slot) != NULL) {
            struct io_irp_block *block = atomic_xchg_ptr(slot, NULL);

            if (block != NULL) {
                return block;
            }
        }
    }
    return NULL;
}

static bool
cache_give(struct io_irp_block *block)
{
    unsigned first = first_slot();

    for (unsigned i = 0; i < CACHE_PROBES; i++) {
        void **slot = &irps.cache[block->capacity][(first + i) % CACHE_SLOTS];
        void *expected = NULL;

        if (atomic_load_relaxed_ptr(slot) == NULL && atomic_cas_ptr(slot, &expected, block)) {
            return true;
        }
    }
    return false;
}

static struct io_irp_block *
block_allocate(unsigned stack_count)
{
    struct io_irp_block *block = sys_alloc(sizeof(*block) + io_irp_size(stack_count));

    if (block == NULL) {
        return NULL;
    }
    block->capacity = stack_count;
    sys_lock_acquire(&irps.lock);
    list_push_back(&irps.blocks, &block->link);
    sys_lock_release(&irps.lock);
    return block;
}

static void
block_free(struct io_irp_block *block)
{
    sys_lock_acquire(&irps.lock);
    list_remove(&block->link);
    sys_lock_release(&irps.lock);
    sys_free(block);
}

PIRP
io_irp_allocate(unsigned stack_count, void *caller)
{
    struct io_irp_block *block = NULL;

    if (IO_REUSE_MEMORY && stack_count <= CACHED_STACK_COUNTS) {
        block = cache_take(stack_count);
    }
    if (block == NULL) {
        block = block_allocate(stack_count);
        if (block == NULL) {
            return NULL;
        }
    }
    block->finish = NULL;
    block->owner = NULL;
    block->caller = caller;
    block->magic = IO_IRP_MAGIC_LIVE;
    io_irp_setup(io_irp_of_block(block), stack_count, IO_IRP_BLOCK);
    return io_irp_of_block(block);
}

void
io_irp_free(PIRP irp)
{
    struct io_irp_block *block = io_block_of_irp(irp);

    irp->Type = 0; /* A second completion or free is recognized by it. */
    block->magic = IO_IRP_MAGIC_FREE;
    if (IO_REUSE_MEMORY && block->capacity <= CACHED_STACK_COUNTS && cache_give(block)) {
        return;
    }
    block_free(block);
}

unsigned
io_irps_in_use(void)
{
    struct list *link;
    unsigned count = 0;

    sys_lock_acquire(&irps.lock);
    list_for_each(link, &irps.blocks)
    {
        if (container_of(link, struct io_irp_block, link)->magic == IO_IRP_MAGIC_LIVE) {
            count++;
        }
    }
    sys_lock_release(&irps.lock);
    return count;
}

void
io_irp_init(void)
{
    memset(&irps, 0, sizeof(irps));
    list_init(&irps.blocks);
}

void
io_irp_fini(void)
{
    struct list *link;

    while ((link = list_pop_front(&irps.blocks)) != NULL) {
        struct io_irp_block *block = container_of(link, struct io_irp_block, link);

        if (block->magic == IO_IRP_MAGIC_LIVE) {
            base_log(BASE_LOG_WARN, "io", "IRP %p, allocated at %p, was never freed",
                     (void *)io_irp_of_block(block), block->caller);
        }
        sys_free(block);
    }
    memset(irps.cache, 0, sizeof(irps.cache));
}

void
io_bugcheck(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4)
{
    KeBugCheckEx(code, p1, p2, p3, p4);
    __builtin_unreachable();
}

PIRP
IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota)
{
    return StackSize < 0 ? NULL : io_irp_allocate((unsigned)StackSize, __builtin_return_address(0));
}

PIRP
IoAllocateIrpEx(PDEVICE_OBJECT DeviceObject, CCHAR StackSize, BOOLEAN ChargeQuota)
{
    return StackSize < 0 ? NULL : io_irp_allocate((unsigned)StackSize, __builtin_return_address(0));
}

VOID
IoFreeIrp(PIRP Irp)
{
    if (Irp->Type != IO_TYPE_IRP || !(Irp->AllocationFlags & IO_IRP_BLOCK) ||
        io_block_of_irp(Irp)->magic != IO_IRP_MAGIC_LIVE) {
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_FREE_NOT_AN_IRP, (ULONG_PTR)Irp, 0, 0);
    }
    if (io_block_of_irp(Irp)->finish != NULL) {
        /* Its completion frees it. */
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_FREE_OF_THREAD, (ULONG_PTR)Irp, 0, 0);
    }
    if (io_irp_cancel_routine(Irp) != NULL) {
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_FREE_QUEUED,
                    (ULONG_PTR)__builtin_return_address(0), (ULONG_PTR)Irp, 0);
    }
    io_irp_free(Irp);
}

VOID
IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize)
{
    io_irp_setup(Irp, (unsigned)StackSize, 0);
    Irp->Size = PacketSize;
}

VOID
IoReuseIrp(PIRP Irp, NTSTATUS Status)
{
    io_irp_setup(Irp, (unsigned)Irp->StackCount, Irp->AllocationFlags & ~IO_IRP_WOKE);
    Irp->IoStatus.Status = Status;
}

BASE_HOT NTSTATUS
IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp)
{
    PIO_STACK_LOCATION stack;

    if (__builtin_expect(Irp->Type != IO_TYPE_IRP, 0)) {
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_CALL_NOT_AN_IRP, (ULONG_PTR)Irp, 0, 0);
    }
    if (__builtin_expect(DeviceObject == NULL || DeviceObject->Type != IO_TYPE_DEVICE, 0)) {
        io_bugcheck(IO_BUGCHECK_VIOLATION, IO_VIOLATION_CALL_NO_DEVICE, (ULONG_PTR)DeviceObject, 0,
                    0);
    }
    if (__builtin_expect(--Irp->CurrentLocation <= 0, 0)) {
        io_bugcheck(IO_BUGCHECK_NO_STACK, (ULONG_PTR)Irp, 0, 0, 0);
    }
    stack = --Irp->Tail.Overlay.CurrentStackLocation;
    stack->DeviceObject = DeviceObject;
    return DeviceObject->DriverObject->MajorFunction[stack->MajorFunction](DeviceObject, Irp);
}

VOID
PoSetSystemWake(PIRP Irp)
{
    Irp->AllocationFlags |= IO_IRP_WOKE;
}

BOOLEAN
PoGetSystemWake(PIRP Irp)
{
    return (Irp->AllocationFlags & IO_IRP_WOKE) != 0;
}
