/* SPDX-License-Identifier: MIT */
/*
 * Requests: from the caller's buffers into a slot, and back. A slot is taken from the free list,
 * filled, submitted, waited for or reaped, settled (data copied out) and given back.
 */
#include "client/client_priv.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/atomic.h"
#include "base/bytes.h"
#include "base/hot.h"
#include "sys/clock.h"
#include "sys/wait.h"

#define METHOD_OF(code)      ((code)&3u)
#define METHOD_BUFFERED      0u
#define METHOD_IN_DIRECT     1u
#define NS_PER_MS            1000000ull
#define TOKEN_MAKE(gen, idx) ((uint64_t)(gen) << 32 | ((idx) + 1))
#define REAP_PAUSES_MAX      12u
#define TOKEN_SLOT(token)    ((uint32_t)(token)-1)

/* ---- Buffers ---- */

/* Whether the range lies in the arena; *ret_offset is where. */
static bool
in_arena(const owdf_handle *handle, const void *buffer, uint32_t size, uint32_t *ret_offset)
{
    uintptr_t base = (uintptr_t)handle->ring.arena;
    uintptr_t address = (uintptr_t)buffer;

    if (address < base || address - base > handle->ring.geometry.arena_size ||
        size > handle->ring.geometry.arena_size - (address - base)) {
        return false;
    }
    *ret_offset = (uint32_t)(address - base);
    return true;
}

void *
owdf_buffer_alloc(owdf_handle *handle, size_t size)
{
    int64_t offset;

    if (!client_handle_valid(handle) || size == 0) {
        return NULL;
    }
    sys_lock_acquire(&handle->lock);
    offset = arena_alloc(&handle->arena, size);
    sys_lock_release(&handle->lock);
    return offset < 0 ? NULL : handle->ring.arena + offset;
}

/* Somebody may wait for what was just given back. */
static void
wake_release_waiters(owdf_handle *handle)
{
    if (atomic_load_u32(&handle->release_waiters) != 0) {
        (void)atomic_fetch_add_u32(&handle->released, 1);
        sys_wake(&handle->released, UINT32_MAX);
    }
}

void
owdf_buffer_free(owdf_handle *handle, void *buffer)
{
    uint32_t offset;

    if (!client_handle_valid(handle) || buffer == NULL || !in_arena(handle, buffer, 0, &offset)) {
        return;
    }
    sys_lock_acquire(&handle->lock);
    (void)arena_free(&handle->arena, offset);
    sys_lock_release(&handle->lock);
    wake_release_waiters(handle);
}

/* ---- Slots ---- */

/* How one request's buffers travel. */
struct plan {
    struct ring_request request;
    const void *in;
    void *out;
    bool in_copied; /* Through a block of the arena. */
    bool out_copied;
    bool out_whole;
};

static int
plan_make(const owdf_handle *handle, const struct owdf_io *io, uint32_t flags, struct plan *plan)
{
    struct ring_request *request = &plan->request;
    bool direct = io->operation == OWDF_OP_IOCTL && METHOD_OF(io->code) != METHOD_BUFFERED;
    bool has_in = io->operation == OWDF_OP_WRITE || io->operation == OWDF_OP_IOCTL;
    bool has_out = io->operation == OWDF_OP_READ || io->operation == OWDF_OP_IOCTL;

    if ((unsigned)io->operation < OWDF_OP_READ || (unsigned)io->operation > OWDF_OP_NOTICE) {
        return -EINVAL;
    }
    *plan = (struct plan){
        .request.operation = (enum ring_operation)io->operation,
        .request.flags = flags,
        .request.code = io->code,
        .request.in_size = has_in ? io->in_size : 0,
        .request.out_size = has_out ? io->out_size : 0,
        .request.file_offset = io->offset,
        .in = io->in,
        .out = io->out,
        .out_whole = direct && METHOD_OF(io->code) != METHOD_IN_DIRECT,
    };
    if ((request->in_size != 0 && io->in == NULL) || (request->out_size != 0 && io->out == NULL)) {
        return -EFAULT;
    }
    if (!in_arena(handle, io->in, request->in_size, &request->in_offset)) {
        if (request->in_size <= RING_PAYLOAD_SIZE) {
            request->flags |= RING_IN_INLINE;
        } else {
            plan->in_copied = true;
        }
    }
    /* With the direct methods the driver sees what is in the output buffer, so it must get there. */
    if (!in_arena(handle, io->out, request->out_size, &request->out_offset)) {
        if (request->out_size <= RING_PAYLOAD_SIZE && (!direct || request->out_size == 0)) {
            request->flags |= RING_OUT_INLINE;
        } else {
            plan->out_copied = true;
        }
    }
    return 0;
}

/* Takes a slot and the blocks the plan needs. -EAGAIN, -EMSGSIZE, -ENOMEM. `lock` is held. */
static int
slot_take_locked(owdf_handle *handle, const struct plan *plan, uint32_t *ret_slot)
{
    int64_t in_block = -1;
    int64_t out_block = -1;
    struct client_slot *slot;

    if (handle->free_head == handle->ring.geometry.slots) {
        return -EAGAIN;
    }
    if (plan->in_copied && (in_block = arena_alloc(&handle->arena, plan->request.in_size)) < 0) {
        goto full;
    }
    if (plan->out_copied && (out_block = arena_alloc(&handle->arena, plan->request.out_size)) < 0) {
        goto full;
    }
    *ret_slot = handle->free_head;
    slot = &handle->slots[handle->free_head];
    handle->free_head = slot->next_free;
    handle->in_flight++;
    if ((plan->request.flags & RING_ASYNC) != 0) {
        atomic_store_relaxed_u32(&handle->reaped_taken, handle->reaped_taken + 1);
    }
    slot->in_block = in_block < 0 ? ARENA_NONE : (uint32_t)in_block;
    slot->out_block = out_block < 0 ? ARENA_NONE : (uint32_t)out_block;
    return 0;

full:
    if (in_block >= 0) {
        (void)arena_free(&handle->arena, (uint64_t)in_block);
    }
    if (in_block == -EMSGSIZE || out_block == -EMSGSIZE) {
        return -EMSGSIZE;
    }
    /* Waiting helps only while there is something to wait for. */
    return handle->in_flight == 0 ? -ENOMEM : -EAGAIN;
}

static void
slot_give_back_locked(owdf_handle *handle, uint32_t index)
{
    struct client_slot *slot = &handle->slots[index];

    if (slot->in_block != ARENA_NONE) {
        (void)arena_free(&handle->arena, slot->in_block);
    }
    if (slot->out_block != ARENA_NONE) {
        (void)arena_free(&handle->arena, slot->out_block);
    }
    slot->next_free = handle->free_head;
    handle->free_head = index;
    handle->in_flight--;
}

static void
slot_give_back(owdf_handle *handle, uint32_t index)
{
    sys_lock_acquire(&handle->lock);
    slot_give_back_locked(handle, index);
    sys_lock_release(&handle->lock);
    wake_release_waiters(handle);
}

static int
slot_take(owdf_handle *handle, const struct plan *plan, bool wait, uint32_t *ret_slot)
{
    int error;

    sys_lock_acquire(&handle->lock);
    error = slot_take_locked(handle, plan, ret_slot);
    sys_lock_release(&handle->lock);
    if (error != -EAGAIN || !wait) {
        return error;
    }
    (void)atomic_fetch_add_u32(&handle->release_waiters, 1);
    for (;;) {
        uint32_t released = atomic_load_u32(&handle->released);

        sys_lock_acquire(&handle->lock);
        error = slot_take_locked(handle, plan, ret_slot);
        sys_lock_release(&handle->lock);
        if (error != -EAGAIN) {
            break;
        }
        if (sys_wait(&handle->released, released, sys_now_ns() + CLIENT_PEER_CHECK_NS) ==
                -ETIMEDOUT &&
            client_dead(handle, true)) {
            error = -EPIPE;
            break;
        }
    }
    (void)atomic_fetch_sub_u32(&handle->release_waiters, 1);
    return error;
}

static BASE_HOT int
request_start(owdf_handle *handle, const struct owdf_io *io, uint32_t flags, bool wait,
              uint64_t *ret_token)
{
    struct client_slot *slot;
    struct plan plan;
    uint32_t index;
    bool woke;
    int error;

    if (!client_handle_valid(handle) || io == NULL) {
        return -EINVAL;
    }
    if (client_dead(handle, false)) {
        return -EPIPE;
    }
    error = plan_make(handle, io, flags, &plan);
    error = error != 0 ? error : slot_take(handle, &plan, wait, &index);
    if (error != 0) {
        return error;
    }
    slot = &handle->slots[index];
    if (plan.in_copied) {
        plan.request.in_offset = slot->in_block;
        memcpy(handle->ring.arena + slot->in_block, plan.in, plan.request.in_size);
    }
    if (plan.out_copied) {
        plan.request.out_offset = slot->out_block;
        if (io->operation == OWDF_OP_IOCTL && METHOD_OF(io->code) != METHOD_BUFFERED) {
            memcpy(handle->ring.arena + slot->out_block, plan.out, plan.request.out_size);
        }
    }
    slot->cookie = io->cookie;
    slot->out = plan.out;
    slot->out_size = plan.request.out_size;
    slot->out_inline = (plan.request.flags & RING_OUT_INLINE) != 0;
    slot->out_whole = plan.out_whole;
    atomic_store_u32(&slot->mode,
                     (flags & RING_ASYNC) != 0 ? CLIENT_SLOT_REAPED : CLIENT_SLOT_NAMED);
    /* From here on the request may end, and another thread may reap it. */
    *ret_token = TOKEN_MAKE(slot->generation, index);
    error = ring_client_submit(&handle->client, index, slot->generation, &plan.request, plan.in);
    if (error != 0) {
        atomic_store_u32(&slot->mode, CLIENT_SLOT_FREE);
        sys_lock_acquire(&handle->lock);
        if ((flags & RING_ASYNC) != 0) {
            atomic_store_relaxed_u32(&handle->reaped_taken, handle->reaped_taken - 1);
        }
        sys_lock_release(&handle->lock);
        slot_give_back(handle, index);
        return error;
    }
    woke = ring_wake_server(&handle->ring);
    if ((flags & RING_ASYNC) == 0) {
        slot->woke = woke; /* Nobody but the caller can end this one. */
    }
    return 0;
}

/* Copies data out of a completed slot. It is free then, but for giving it back. */
static BASE_HOT void
slot_settle(owdf_handle *handle, uint32_t index, const struct ring_result *result)
{
    struct client_slot *slot = &handle->slots[index];
    bool failed = (uint32_t)result->status >> 30 == 3;
    uint64_t count = failed ? 0 : result->information;

    if (slot->out_whole || count > slot->out_size) {
        count = slot->out_size;
    }
    if (count != 0 && slot->out_inline) {
        bytes_copy_few(slot->out, handle->ring.slots[index].payload, count);
    } else if (count != 0 && slot->out_block != ARENA_NONE) {
        memcpy(slot->out, handle->ring.arena + slot->out_block, count);
    }
    atomic_store_u32(&slot->mode, CLIENT_SLOT_FREE);
    atomic_store_u32(&slot->generation,
                     ring_client_release(&handle->client, index, slot->generation));
}

/* ---- Named requests ---- */

static uint64_t
deadline_of(int timeout_ms)
{
    return timeout_ms < 0 ? SYS_FOREVER : sys_now_ns() + (uint64_t)timeout_ms * NS_PER_MS;
}

static BASE_HOT int
request_finish(owdf_handle *handle, uint32_t index, uint64_t deadline_ns,
               struct owdf_result *ret_result)
{
    struct client_slot *slot = &handle->slots[index];
    struct ring_result result;
    uint64_t start_ns;

    /* The answer of a server that had to be woken takes long: see ipc/spin.h. */
    if (slot->woke || !ring_spin_completed(&handle->client, index, slot->generation, &slot->spin,
                                           &result, &start_ns)) {
        for (;;) {
            uint64_t check_ns = sys_now_ns() + CLIENT_PEER_CHECK_NS;

            check_ns = deadline_ns < check_ns ? deadline_ns : check_ns;
            if (ring_sleep_completed(&handle->client, index, slot->generation, check_ns, &result) ==
                0) {
                break;
            }
            if (check_ns == deadline_ns) {
                return -ETIMEDOUT;
            }
            (void)client_dead(handle, true);
        }
        if (!slot->woke) {
            ipc_spin_slept(&slot->spin, start_ns);
        }
    }
    slot_settle(handle, index, &result);
    slot_give_back(handle, index);
    if (ret_result != NULL) {
        ret_result->status = result.status;
        ret_result->information = result.information;
    }
    return owdf_status_to_errno(result.status);
}

/* A refusal by the library itself, said as a driver would say it. */
static int
refused(int error, struct owdf_result *ret_result)
{
    if (ret_result != NULL) {
        ret_result->information = 0;
        ret_result->status = error == -EPIPE ? OWDF_STATUS_DRIVER_PROCESS_TERMINATED
                             : error == -EINVAL || error == -EFAULT
                                 ? OWDF_STATUS_INVALID_PARAMETER
                                 : OWDF_STATUS_INSUFFICIENT_RESOURCES;
    }
    return error;
}

static BASE_HOT int
request_call(owdf_handle *handle, const struct owdf_io *io, struct owdf_result *ret_result)
{
    uint64_t token;
    int error = request_start(handle, io, 0, true, &token);

    return error != 0 ? refused(error, ret_result)
                      : request_finish(handle, TOKEN_SLOT(token), SYS_FOREVER, ret_result);
}

int
owdf_start(owdf_handle *handle, const struct owdf_io *io, uint64_t *ret_token)
{
    return ret_token == NULL ? -EINVAL : request_start(handle, io, 0, true, ret_token);
}

/* The slot that a token names, while the request is in flight. */
static int
token_slot(owdf_handle *handle, uint64_t token, uint32_t *ret_slot)
{
    uint32_t index = TOKEN_SLOT(token);

    if (!client_handle_valid(handle)) {
        return -EINVAL;
    }
    if (index >= handle->ring.geometry.slots ||
        atomic_load_u32(&handle->slots[index].mode) == CLIENT_SLOT_FREE ||
        atomic_load_u32(&handle->slots[index].generation) != (uint32_t)(token >> 32)) {
        return -ENOENT;
    }
    *ret_slot = index;
    return 0;
}

int
owdf_finish(owdf_handle *handle, uint64_t token, int timeout_ms, struct owdf_result *ret_result)
{
    uint32_t index;
    int error = token_slot(handle, token, &index);

    if (error == 0 && atomic_load_u32(&handle->slots[index].mode) != CLIENT_SLOT_NAMED) {
        error = -ENOENT;
    }
    return error != 0 ? error : request_finish(handle, index, deadline_of(timeout_ms), ret_result);
}

int
owdf_read(owdf_handle *handle, void *buffer, size_t size, uint64_t offset,
          struct owdf_result *ret_result)
{
    struct owdf_io io = {
        .operation = OWDF_OP_READ, .out = buffer, .out_size = (uint32_t)size, .offset = offset};

    return size > UINT32_MAX ? refused(-EMSGSIZE, ret_result)
                             : request_call(handle, &io, ret_result);
}

int
owdf_write(owdf_handle *handle, const void *buffer, size_t size, uint64_t offset,
           struct owdf_result *ret_result)
{
    struct owdf_io io = {
        .operation = OWDF_OP_WRITE, .in = buffer, .in_size = (uint32_t)size, .offset = offset};

    return size > UINT32_MAX ? refused(-EMSGSIZE, ret_result)
                             : request_call(handle, &io, ret_result);
}

BASE_HOT int
owdf_ioctl(owdf_handle *handle, uint32_t code, const void *in, size_t in_size, void *out,
           size_t out_size, struct owdf_result *ret_result)
{
    struct owdf_io io = {.operation = OWDF_OP_IOCTL,
                         .code = code,
                         .in = in,
                         .in_size = (uint32_t)in_size,
                         .out = out,
                         .out_size = (uint32_t)out_size};

    return in_size > UINT32_MAX || out_size > UINT32_MAX ? refused(-EMSGSIZE, ret_result)
                                                         : request_call(handle, &io, ret_result);
}

int
owdf_flush(owdf_handle *handle, struct owdf_result *ret_result)
{
    struct owdf_io io = {.operation = OWDF_OP_FLUSH};

    return request_call(handle, &io, ret_result);
}

int
owdf_fence(owdf_handle *handle)
{
    struct owdf_io io = {.operation = OWDF_OP_FENCE};

    return request_call(handle, &io, NULL);
}

/* ---- Reaped requests ---- */

BASE_HOT int
owdf_submit(owdf_handle *handle, const struct owdf_io *io, uint64_t *ret_token)
{
    uint64_t token;
    int error = request_start(handle, io, RING_ASYNC, false, &token);

    if (error == 0 && ret_token != NULL) {
        *ret_token = token;
    }
    return error;
}

static bool
any_to_reap(const owdf_handle *handle)
{
    return atomic_load_relaxed_u32(&handle->reaped_taken) !=
           atomic_load_relaxed_u32(&handle->reaped_ended);
}

/* Gives back the slots of what was just reaped, all at once. */
static void
give_back_reaped(owdf_handle *handle, const struct owdf_completion *completions, unsigned count)
{
    unsigned i;

    if (count == 0) {
        return;
    }
    sys_lock_acquire(&handle->lock);
    for (i = 0; i < count; i++) {
        slot_give_back_locked(handle, TOKEN_SLOT(completions[i].token));
    }
    sys_lock_release(&handle->lock);
    wake_release_waiters(handle);
}

/* Settles the slot when it is one of ours that has really completed. `reap_lock` is held. */
static bool
reap_slot(owdf_handle *handle, uint32_t index, struct owdf_completion *completion)
{
    struct client_slot *slot = &handle->slots[index];
    struct ring_result result;

    if (atomic_load_u32(&slot->mode) != CLIENT_SLOT_REAPED ||
        !ring_client_completed(&handle->client, index, slot->generation, &result)) {
        return false;
    }
    *completion = (struct owdf_completion){
        .cookie = slot->cookie,
        .information = result.information,
        .token = TOKEN_MAKE(slot->generation, index),
        .status = result.status,
    };
    atomic_store_relaxed_u32(&handle->reaped_ended, handle->reaped_ended + 1);
    slot_settle(handle, index, &result);
    return true;
}

/* The dead write no completion entries: looks at the slots themselves. `reap_lock` is held. */
static bool
reap_from_dead(owdf_handle *handle, struct owdf_completion *completion)
{
    uint32_t slots = handle->ring.geometry.slots;
    uint32_t i;

    if (!any_to_reap(handle)) {
        return false;
    }
    /* Whoever said that the host is dead may still be settling; together it is done sooner. */
    (void)ring_settle_and_wake(&handle->ring, OWDF_STATUS_DRIVER_PROCESS_TERMINATED);
    for (i = 0; i < slots; i++) {
        uint32_t index = handle->scan_next++ % slots;

        if (reap_slot(handle, index, completion)) {
            return true;
        }
    }
    return false;
}

static BASE_HOT bool
reap_one(owdf_handle *handle, struct owdf_completion *completion)
{
    uint32_t index;
    int result;

    while ((result = ring_client_reap(&handle->client, &index)) != 0) {
        if (result == 1 && reap_slot(handle, index, completion)) {
            return true;
        }
    }
    return client_dead(handle, false) && reap_from_dead(handle, completion);
}

BASE_HOT int
owdf_reap(owdf_handle *handle, struct owdf_completion *completions, unsigned max)
{
    unsigned count = 0;

    if (!client_handle_valid(handle) || completions == NULL) {
        return -EINVAL;
    }
    sys_lock_acquire(&handle->reap_lock);
    for (;;) {
        while (count < max && reap_one(handle, &completions[count])) {
            count++;
        }
        if (count == max || !handle->polled) {
            break;
        }
        /* Nothing left: arm, then look once more for what ended in between. */
        if (!ipc_event_drain(handle->event)) {
            (void)client_dead(handle, true);
        }
        (void)atomic_xchg_u32(&handle->ring.header->client_armed, 1);
        if (!ring_client_reap_ready(&handle->client)) {
            break;
        }
    }
    give_back_reaped(handle, completions, count);
    sys_lock_release(&handle->reap_lock);
    return (int)count;
}

int
owdf_poll_fd(owdf_handle *handle)
{
    if (!client_handle_valid(handle)) {
        return -EINVAL;
    }
    sys_lock_acquire(&handle->reap_lock);
    if (!handle->polled) {
        handle->polled = true;
        (void)atomic_xchg_u32(&handle->ring.header->client_armed, 1);
    }
    sys_lock_release(&handle->reap_lock);
    return handle->event;
}

static bool
reap_ready(const void *argument)
{
    const owdf_handle *handle = argument;

    return ring_client_reap_ready(&handle->client) ||
           (ring_host_dead(&handle->ring) && any_to_reap(handle));
}

/*
 * With many requests under way the next one ends soon, and where its end is written others will be: each look
 * takes that cache line away from the host. Looking less often lets it write several in a row.
 */
static void
pause_between_looks(const owdf_handle *handle)
{
    uint32_t pauses = atomic_load_relaxed_u32(&handle->reaped_taken) -
                      atomic_load_relaxed_u32(&handle->reaped_ended);

    pauses = pauses / 2 < REAP_PAUSES_MAX ? pauses / 2 : REAP_PAUSES_MAX;
    while (pauses-- > 0) {
        sys_spin_pause();
    }
}

static bool
reap_looked_for(const void *argument)
{
    const owdf_handle *handle = argument;

    if (reap_ready(handle)) {
        return true;
    }
    pause_between_looks(handle);
    return false;
}

/* What was learned is shared by the threads that wait; who cannot have it spins as a novice. */
static bool
spin_for_reap(owdf_handle *handle, uint64_t *ret_start_ns)
{
    bool owner = sys_lock_try(&handle->spin_lock);
    struct ipc_spin novice = {0};
    bool ready =
        ipc_spin_until(owner ? &handle->reap_spin : &novice, reap_looked_for, handle, ret_start_ns);

    if (owner) {
        sys_lock_release(&handle->spin_lock);
    }
    return ready;
}

static void
slept_for_reap(owdf_handle *handle, uint64_t start_ns)
{
    if (sys_lock_try(&handle->spin_lock)) {
        ipc_spin_slept(&handle->reap_spin, start_ns);
        sys_lock_release(&handle->spin_lock);
    }
}

static int
remaining_ms(uint64_t deadline_ns)
{
    uint64_t now_ns = sys_now_ns();

    if (deadline_ns == SYS_FOREVER) {
        return (int)(CLIENT_PEER_CHECK_NS / NS_PER_MS);
    }
    if (deadline_ns <= now_ns) {
        return 0;
    }
    return deadline_ns - now_ns > CLIENT_PEER_CHECK_NS
               ? (int)(CLIENT_PEER_CHECK_NS / NS_PER_MS)
               : (int)((deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS);
}

int
owdf_wait(owdf_handle *handle, int timeout_ms)
{
    uint64_t deadline_ns;
    uint64_t start_ns = 0;
    struct pollfd event;
    int left_ms;

    if (!client_handle_valid(handle)) {
        return -EINVAL;
    }
    if (reap_ready(handle)) {
        return 1;
    }
    deadline_ns = deadline_of(timeout_ms);
    if (timeout_ms != 0 && spin_for_reap(handle, &start_ns)) {
        return 1;
    }
    event = (struct pollfd){.fd = handle->event, .events = POLLIN};
    for (;;) {
        (void)atomic_xchg_u32(&handle->ring.header->client_armed, 1);
        if (reap_ready(handle)) {
            return 1;
        }
        left_ms = remaining_ms(deadline_ns);
        if (poll(&event, 1, left_ms) == 1 && !ipc_event_drain(handle->event)) {
            (void)client_dead(handle, true);
        }
        if (reap_ready(handle)) {
            if (timeout_ms != 0) {
                slept_for_reap(handle, start_ns);
            }
            return 1;
        }
        if (client_dead(handle, false)) {
            return -EPIPE;
        }
        if (left_ms == 0) {
            return 0;
        }
    }
}

/* ---- Cancellation ---- */

static int
send_cancel(owdf_handle *handle, uint32_t slot, uint32_t generation)
{
    union frame frame = {.cancel = {.slot = slot, .generation = generation}};

    return channel_send(handle->control, &frame, FRAME_CANCEL, NULL);
}

int
owdf_cancel(owdf_handle *handle, uint64_t token)
{
    uint32_t index;
    int error = token_slot(handle, token, &index);

    return error != 0 ? error : send_cancel(handle, index, (uint32_t)(token >> 32));
}

int
owdf_cancel_all(owdf_handle *handle)
{
    if (!client_handle_valid(handle)) {
        return -EINVAL;
    }
    return send_cancel(handle, FRAME_SLOT_ALL, 0);
}
