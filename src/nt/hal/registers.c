/* SPDX-License-Identifier: MIT */
/*
 * Ranges of registers and who answers for them.
 *
 * An access finds its range under the lock, counts itself in and calls without the lock; whoever takes a range away
 * waits for the count. So an access may come at any IRQL, and a range's functions may access other ranges.
 */
#include "nt/hal/hal.h"

#include "base/atomic.h"
#include "base/list.h"
#include "base/log.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "sys/wait.h"

struct range {
    struct list link;
    struct hal_registers registers;
    uint32_t users; /* Atomic. Accesses that run; changed under the lock. */
};

/* Played registers that a driver has mapped: address space that nothing is behind. */
struct view {
    struct list link;
    uintptr_t base; /* Page-aligned; the first register is `skip` bytes further. */
    size_t size;
    size_t skip;
    uint64_t address;
};

static struct {
    struct sys_lock lock; /* Guards all of it. A leaf lock. */
    struct list ranges;
    struct list views;
    bool floating_said;
} hal;

/* How many views there are: 0 keeps READ_REGISTER_… inline. Atomic. */
ULONG owdf_registers_played;

NTSTATUS
hal_init(void)
{
    hal.lock = SYS_LOCK_INIT;
    list_init(&hal.ranges);
    list_init(&hal.views);
    hal.floating_said = false;
    return STATUS_SUCCESS;
}

void
hal_fini(void)
{
    struct list *link;

    while ((link = list_pop_front(&hal.ranges)) != NULL) {
        sys_free(container_of(link, struct range, link));
    }
}

static bool
overlap(const struct hal_registers *a, const struct hal_registers *b)
{
    return a->space == b->space && a->base <= b->base + (b->length - 1) &&
           b->base <= a->base + (a->length - 1);
}

static bool
is_free_locked(const struct hal_registers *registers)
{
    struct list *link;

    list_for_each(link, &hal.ranges)
    {
        if (overlap(&container_of(link, struct range, link)->registers, registers)) {
            return false;
        }
    }
    return true;
}

NTSTATUS
hal_play(const struct hal_registers *registers)
{
    struct range *range;
    bool is_free;

    if (registers->length == 0 || registers->base + (registers->length - 1) < registers->base ||
        (registers->space == HAL_PORT && registers->memory != NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    range = sys_alloc_zeroed(sizeof(*range));
    if (range == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    range->registers = *registers;
    sys_lock_acquire(&hal.lock);
    is_free = is_free_locked(registers);
    if (is_free) {
        list_push_back(&hal.ranges, &range->link);
    }
    sys_lock_release(&hal.lock);
    if (!is_free) {
        sys_free(range);
        return STATUS_CONFLICTING_ADDRESSES;
    }
    return STATUS_SUCCESS;
}

bool
hal_stop(enum hal_space space, uint64_t base)
{
    struct range *found = NULL;
    struct list *link;
    uint32_t users;

    sys_lock_acquire(&hal.lock);
    list_for_each(link, &hal.ranges)
    {
        struct range *range = container_of(link, struct range, link);

        if (range->registers.space == space && range->registers.base == base) {
            found = range;
            list_remove(link);
            break;
        }
    }
    sys_lock_release(&hal.lock);
    if (found == NULL) {
        return false;
    }
    while ((users = atomic_load_u32(&found->users)) != 0) {
        sys_wait(&found->users, users, SYS_FOREVER);
    }
    /* Whoever made it 0 did so under the lock, and wakes under it. */
    sys_lock_acquire(&hal.lock);
    sys_lock_release(&hal.lock);
    sys_free(found);
    return true;
}

/* The range that all of [address, address + size) is in. */
static struct range *
find_locked(enum hal_space space, uint64_t address, uint64_t size)
{
    struct list *link;

    list_for_each(link, &hal.ranges)
    {
        struct range *range = container_of(link, struct range, link);
        const struct hal_registers *registers = &range->registers;

        if (registers->space == space && address >= registers->base && size <= registers->length &&
            address - registers->base <= registers->length - size) {
            return range;
        }
    }
    return NULL;
}

static struct range *
go_in(enum hal_space space, uint64_t address, unsigned width)
{
    struct range *range;
    bool say = false;

    sys_lock_acquire(&hal.lock);
    range = find_locked(space, address, width);
    if (range != NULL) {
        atomic_store_u32(&range->users, range->users + 1);
    } else if (!hal.floating_said) {
        hal.floating_said = true;
        say = true;
    }
    sys_lock_release(&hal.lock);
    if (say) {
        base_log(
            BASE_LOG_WARN, "nt",
            "no hardware answers at %s 0x%llx: it reads as all ones, and what is written there has "
            "no effect; this is said once",
            space == HAL_PORT ? "port" : "address", (unsigned long long)address);
    }
    return range;
}

static void
go_out(struct range *range)
{
    sys_lock_acquire(&hal.lock);
    atomic_store_u32(&range->users, range->users - 1);
    sys_wake(&range->users, UINT32_MAX);
    sys_lock_release(&hal.lock);
}

static uint64_t
all_ones(unsigned width)
{
    return UINT64_MAX >> (64 - 8 * width);
}

uint64_t
hal_read(enum hal_space space, uint64_t address, unsigned width)
{
    struct range *range = go_in(space, address, width);
    uint64_t value = UINT64_MAX;

    if (range != NULL) {
        const struct hal_registers *registers = &range->registers;

        if (registers->read != NULL) {
            value = registers->read(registers->argument, address - registers->base, width);
        }
        go_out(range);
    }
    return value & all_ones(width);
}

void
hal_write(enum hal_space space, uint64_t address, unsigned width, uint64_t value)
{
    struct range *range = go_in(space, address, width);

    if (range != NULL) {
        const struct hal_registers *registers = &range->registers;

        if (registers->write != NULL) {
            registers->write(registers->argument, address - registers->base, width,
                             value & all_ones(width));
        }
        go_out(range);
    }
}

static void *
map_functions(uint64_t address, size_t size)
{
    struct view *view = sys_alloc_zeroed(sizeof(*view));

    if (view == NULL) {
        return NULL;
    }
    view->skip = (size_t)(address & (sys_page_size() - 1));
    view->size = view->skip + size;
    view->address = address;
    view->base = (uintptr_t)sys_pages_reserve(view->size);
    if (view->base == 0) {
        sys_free(view);
        return NULL;
    }
    sys_lock_acquire(&hal.lock);
    list_push_back(&hal.views, &view->link);
    sys_lock_release(&hal.lock);
    atomic_fetch_add_u32(&owdf_registers_played, 1);
    return (void *)(view->base + view->skip);
}

void *
hal_map(uint64_t address, size_t size)
{
    const struct range *range;
    void *memory = NULL;
    bool found;

    sys_lock_acquire(&hal.lock);
    range = find_locked(HAL_MEMORY, address, size);
    found = range != NULL;
    if (found && range->registers.memory != NULL) {
        memory = (char *)range->registers.memory + (address - range->registers.base);
    }
    sys_lock_release(&hal.lock);
    return found && memory == NULL ? map_functions(address, size) : memory;
}

void
hal_unmap(void *base)
{
    struct view *found = NULL;
    struct list *link;

    sys_lock_acquire(&hal.lock);
    list_for_each(link, &hal.views)
    {
        struct view *view = container_of(link, struct view, link);

        if (view->base + view->skip == (uintptr_t)base) {
            found = view;
            list_remove(link);
            break;
        }
    }
    sys_lock_release(&hal.lock);
    if (found != NULL) { /* Else it is a range's own memory. */
        atomic_fetch_sub_u32(&owdf_registers_played, 1);
        sys_pages_free((void *)found->base, found->size);
        sys_free(found);
    }
}

/* Whether the register is one of a view; its physical address then. */
static bool
find_view(uintptr_t place, unsigned width, uint64_t *ret_address)
{
    bool found = false;
    struct list *link;

    sys_lock_acquire(&hal.lock);
    list_for_each(link, &hal.views)
    {
        const struct view *view = container_of(link, struct view, link);

        if (place >= view->base + view->skip && place + width <= view->base + view->size) {
            *ret_address = view->address + (place - view->base - view->skip);
            found = true;
            break;
        }
    }
    sys_lock_release(&hal.lock);
    return found;
}

ULONG64
owdf_register_read(const volatile VOID *Register, ULONG Width)
{
    uint64_t address = 0;

    if (find_view((uintptr_t)Register, Width, &address)) {
        return hal_read(HAL_MEMORY, address, Width);
    }
    switch (Width) {
    case 1:
        return *(const volatile UCHAR *)Register;
    case 2:
        return *(const volatile USHORT *)Register;
    case 4:
        return *(const volatile ULONG *)Register;
    default:
        return *(const volatile ULONG64 *)Register;
    }
}

VOID
owdf_register_write(volatile VOID *Register, ULONG Width, ULONG64 Value)
{
    uint64_t address = 0;

    if (find_view((uintptr_t)Register, Width, &address)) {
        hal_write(HAL_MEMORY, address, Width, Value);
        return;
    }
    switch (Width) {
    case 1:
        *(volatile UCHAR *)Register = (UCHAR)Value;
        break;
    case 2:
        *(volatile USHORT *)Register = (USHORT)Value;
        break;
    case 4:
        *(volatile ULONG *)Register = (ULONG)Value;
        break;
    default:
        *(volatile ULONG64 *)Register = Value;
        break;
    }
}
