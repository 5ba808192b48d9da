/* SPDX-License-Identifier: MIT */
/*
 * Who watches this host's devices: see host_watch.h. Every change is sent to all who watch at once and
 * waited for until a deadline. Who misses it is asked on, and not waited for before he has answered.
 */
#include "host/host_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "base/list.h"
#include "base/log.h"
#include "host/host_control.h"
#include "ipc/frames.h"
#include "sys/clock.h"
#include "sys/lock.h"
#include "sys/memory.h"
#include "sys/wait.h"

#define NS_PER_MS UINT64_C(1000000)

struct watch {
    struct list link;
    uint32_t id;
    PDEVICE_OBJECT device; /* Referenced; NULL: it is gone. */
    bool silent;           /* It owes an answer that nobody waits for. */
};

/* An answer that somebody waits for. */
struct question {
    struct list link;
    uint32_t id;
    uint32_t number;
    const void *asker; /* Unique while he waits. */
    bool open;
    NTSTATUS status;
};

static struct {
    struct sys_lock lock; /* Guards everything here. */
    struct list watches;
    struct list questions;
    uint32_t last_number;
    uint32_t answers; /* Atomic; those who wait sleep on it. */
    bool ended;
} watching = {
    .watches = {&watching.watches, &watching.watches},
    .questions = {&watching.questions, &watching.questions},
};

static struct watch *
find_locked(uint32_t id)
{
    struct list *link;

    list_for_each(link, &watching.watches)
    {
        struct watch *watch = container_of(link, struct watch, link);

        if (watch->id == id) {
            return watch;
        }
    }
    return NULL;
}

/* Ends the questions to a watch: the one of that number, or all for 0. */
static void
settle_locked(uint32_t id, uint32_t number, NTSTATUS status)
{
    struct list *link;

    list_for_each(link, &watching.questions)
    {
        struct question *question = container_of(link, struct question, link);

        if (question->id == id && (number == 0 || question->number == number)) {
            question->open = false;
            question->status = status;
        }
    }
    (void)atomic_fetch_add_u32(&watching.answers, 1);
    sys_wake(&watching.answers, UINT32_MAX);
}

NTSTATUS
host_watch_add(uint32_t id, PDEVICE_OBJECT device)
{
    struct watch *watch = sys_alloc_zeroed(sizeof(*watch));

    if (watch == NULL) {
        ObDereferenceObject(device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    watch->id = id;
    watch->device = device;
    sys_lock_acquire(&watching.lock);
    list_push_back(&watching.watches, &watch->link);
    sys_lock_release(&watching.lock);
    return STATUS_SUCCESS;
}

static void
watch_free(struct watch *watch)
{
    if (watch->device != NULL) {
        ObDereferenceObject(watch->device);
    }
    sys_free(watch);
}

void
host_watch_remove(uint32_t id)
{
    struct watch *watch;

    sys_lock_acquire(&watching.lock);
    watch = find_locked(id);
    if (watch != NULL) {
        list_remove(&watch->link);
        settle_locked(id, 0, STATUS_SUCCESS);
    }
    sys_lock_release(&watching.lock);
    if (watch != NULL) {
        watch_free(watch);
    }
}

void
host_watch_answer(uint32_t id, uint64_t number, int32_t status)
{
    struct watch *watch;

    if (number == 0 || number > UINT32_MAX) {
        return;
    }
    sys_lock_acquire(&watching.lock);
    watch = find_locked(id);
    if (watch != NULL) {
        watch->silent = false;
        settle_locked(id, (uint32_t)number, status);
    }
    sys_lock_release(&watching.lock);
}

void
host_watch_end(void)
{
    struct list *link;

    sys_lock_acquire(&watching.lock);
    watching.ended = true;
    while ((link = list_pop_front(&watching.watches)) != NULL) {
        struct watch *watch = container_of(link, struct watch, link);

        settle_locked(watch->id, 0, STATUS_SUCCESS);
        sys_lock_release(&watching.lock);
        watch_free(watch);
        sys_lock_acquire(&watching.lock);
    }
    sys_lock_release(&watching.lock);
}

/* $OPENWDF_NOTIFY_TIMEOUT_MS, for whoever debugs an application's handler, and for tests. */
static uint64_t
timeout_ns(void)
{
    const char *wish = getenv("OPENWDF_NOTIFY_TIMEOUT_MS");
    unsigned long ms = wish != NULL ? strtoul(wish, NULL, 10) : 0;

    return (ms != 0 ? ms : HOST_WATCH_TIMEOUT_MS) * NS_PER_MS;
}

static bool
describe(struct frame_change *change, enum io_target_event event,
         const TARGET_DEVICE_CUSTOM_NOTIFICATION *custom)
{
    static const enum frame_change_kind kinds[] = {
        [IO_TARGET_QUERY_REMOVE] = FRAME_CHANGE_QUERY_REMOVE,
        [IO_TARGET_REMOVE_CANCELLED] = FRAME_CHANGE_REMOVE_CANCELLED,
        [IO_TARGET_REMOVE_PENDING] = FRAME_CHANGE_REMOVE_PENDING,
        [IO_TARGET_REMOVE_COMPLETE] = FRAME_CHANGE_REMOVE_COMPLETE,
        [IO_TARGET_CUSTOM] = FRAME_CHANGE_CUSTOM,
    };
    const size_t head = FIELD_OFFSET(TARGET_DEVICE_CUSTOM_NOTIFICATION, CustomDataBuffer);

    memset(change, 0, sizeof(*change));
    change->kind = kinds[event];
    change->name_offset = -1;
    if (event != IO_TARGET_CUSTOM) {
        return true;
    }
    if (custom->Size - head > FRAME_CHANGE_DATA) {
        base_log(BASE_LOG_WARN, "host",
                 "a target device change with %zu bytes of data stays in this host: %u is the most",
                 (size_t)custom->Size - head, FRAME_CHANGE_DATA);
        return false;
    }
    memcpy(change->event, &custom->Event, sizeof(change->event));
    change->size = (uint32_t)(custom->Size - head);
    memcpy(change->data, custom->CustomDataBuffer, change->size);
    if (custom->NameBufferOffset >= 0 && (uint32_t)custom->NameBufferOffset < change->size) {
        change->name_offset = custom->NameBufferOffset;
    }
    return true;
}

/* Asks one watch; waited for unless it owes an answer already. */
static void
ask_locked(struct watch *watch, struct frame_change *change, const void *asker)
{
    struct question *question = NULL;

    watching.last_number++;
    watching.last_number += watching.last_number == 0;
    change->number = watching.last_number;
    if (!watch->silent) {
        question = sys_alloc_zeroed(sizeof(*question));
    }
    if (question != NULL) {
        question->id = watch->id;
        question->number = change->number;
        question->asker = asker;
        question->open = true;
        list_push_back(&watching.questions, &question->link);
    }
    host_control_say_change(watch->id, change);
}

/* Whether one of the asker's questions is open. */
static bool
waits_locked(const void *asker)
{
    struct list *link;

    list_for_each(link, &watching.questions)
    {
        const struct question *question = container_of(link, struct question, link);

        if (question->asker == asker && question->open) {
            return true;
        }
    }
    return false;
}

/* Takes the asker's questions back. Returns the first refusal. */
static NTSTATUS
collect_locked(const void *asker)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct list *link;
    struct list *next;

    list_for_each_safe(link, next, &watching.questions)
    {
        struct question *question = container_of(link, struct question, link);
        struct watch *watch;

        if (question->asker != asker) {
            continue;
        }
        watch = find_locked(question->id);
        if (question->open && watch != NULL) {
            watch->silent = true;
            base_log(BASE_LOG_WARN, "host",
                     "somebody who watches a device does not answer: it goes on without him");
        }
        if (!question->open && !NT_SUCCESS(question->status) && NT_SUCCESS(status)) {
            status = question->status;
        }
        list_remove(link);
        sys_free(question);
    }
    return status;
}

static void
wait_for_answers(const void *asker)
{
    uint64_t deadline = sys_now_ns() + timeout_ns();
    bool late = false;

    while (!late) {
        uint32_t seen = atomic_load_u32(&watching.answers);
        bool waits;

        sys_lock_acquire(&watching.lock);
        waits = waits_locked(asker);
        sys_lock_release(&watching.lock);
        if (!waits) {
            return;
        }
        late = sys_wait(&watching.answers, seen, deadline) != 0 && sys_now_ns() >= deadline;
    }
}

/* The device is gone: there is nothing more to tell of it. */
static void
forget(PDEVICE_OBJECT device)
{
    unsigned count = 0;
    struct list *link;

    sys_lock_acquire(&watching.lock);
    list_for_each(link, &watching.watches)
    {
        struct watch *watch = container_of(link, struct watch, link);

        if (watch->device == device) {
            watch->device = NULL;
            count++;
        }
    }
    sys_lock_release(&watching.lock);
    while (count-- > 0) {
        ObDereferenceObject(device);
    }
}

NTSTATUS
host_watch_tell(PDEVICE_OBJECT pdo, enum io_target_event event,
                const TARGET_DEVICE_CUSTOM_NOTIFICATION *custom)
{
    struct frame_change change;
    struct list *link;
    NTSTATUS status;

    if (!describe(&change, event, custom)) {
        return STATUS_SUCCESS;
    }
    sys_lock_acquire(&watching.lock);
    list_for_each(link, &watching.watches)
    {
        struct watch *watch = container_of(link, struct watch, link);

        if (watch->device == pdo && !watching.ended) {
            ask_locked(watch, &change, &change);
        }
    }
    sys_lock_release(&watching.lock);
    wait_for_answers(&change);
    sys_lock_acquire(&watching.lock);
    status = collect_locked(&change);
    sys_lock_release(&watching.lock);
    if (event == IO_TARGET_REMOVE_COMPLETE) {
        forget(pdo);
    }
    return event == IO_TARGET_QUERY_REMOVE ? status : STATUS_SUCCESS;
}
