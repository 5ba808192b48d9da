/* SPDX-License-Identifier: MIT */
/*
 * The interrupt controller.
 *
 * Two threads serve all lines, so that interrupts of different vectors may be served at the same
 * time, as on a machine with two processors. A line whose service routines may wait
 * (PASSIVE_LEVEL) gets a thread of its own. One thread at a time serves a line.
 *
 * A line stays until the executive goes: devices may hold one that nobody is connected to.
 */
#include "nt/ke/interrupt.h"

#include "base/log.h"
#include "nt/ke/ke_priv.h"
#include "sys/memory.h"
#include "sys/wait.h"

#define INTERRUPT_MAGIC 0x4b496e74u
#define SHARED_THREADS  2

/* Rounds of service after which a line that is still held will not be let go of. */
#define STORM_ROUNDS 10000u

/* One vector of an interrupt object. */
struct tap {
    struct list link; /* In line->taps, by order. */
    struct line *line;
    PKINTERRUPT interrupt;
    uint64_t order; /* Of connection; unique. */
};

struct _KINTERRUPT {
    uint32_t magic;
    KIRQL irql;
    bool active; /* Guarded by controller.lock. */
    bool shared;
    KINTERRUPT_MODE mode;
    PKSERVICE_ROUTINE routine;
    PKMESSAGE_SERVICE_ROUTINE message_routine;
    ULONG message_id;
    PVOID context;
    PKSPIN_LOCK lock;
    KSPIN_LOCK own_lock;
    KEVENT event; /* At PASSIVE_LEVEL: set while nobody holds it. */
    size_t count;
    struct tap taps[];
};

/* Everything is guarded by controller.lock, but for what is atomic. */
struct line {
    struct list link;
    struct list due_link;
    ULONG vector;
    struct list taps;
    unsigned held; /* By how many devices. */
    bool latched;  /* An edge that is not served. */
    bool due;      /* A thread is to serve it. */
    bool serving;
    unsigned rounds;        /* Of service since it was last let go of. */
    PKINTERRUPT running;    /* Whose routine runs. */
    uint32_t returned;      /* Changes when one returns; slept on. */
    struct sys_thread *own; /* Serves this line alone. NULL: the shared threads do. */
    uint32_t word;          /* Atomic; the own thread sleeps on it. */
};

static struct {
    struct sys_lock lock; /* A leaf. */
    struct list lines;
    struct list due;
    uint64_t order;
    unsigned connected;
    uint32_t busy; /* Lines that are due or served; atomic, slept on. */
    uint32_t word; /* Changes when a line is due; the shared threads sleep on it. */
    uint32_t stop;
    struct sys_lock start_lock; /* Guards threads. Outside of `lock`. */
    struct sys_thread *threads[SHARED_THREADS];
} controller;

#define CALLER __builtin_return_address(0)

/* Lines --------------------------------------------------------------------------------------- */

static struct line *
line_find_locked(ULONG vector)
{
    struct list *link;

    list_for_each(link, &controller.lines)
    {
        struct line *line = container_of(link, struct line, link);

        if (line->vector == vector) {
            return line;
        }
    }
    return NULL;
}

/* NULL: memory is short. */
static struct line *
line_get_locked(ULONG vector)
{
    struct line *line = line_find_locked(vector);

    if (line == NULL) {
        line = sys_alloc_zeroed(sizeof(*line));
        if (line != NULL) {
            line->vector = vector;
            list_init(&line->taps);
            list_init(&line->due_link);
            list_push_back(&controller.lines, &line->link);
        }
    }
    return line;
}

/* The first active tap that was connected after `order`. */
static struct tap *
next_tap_locked(struct line *line, uint64_t order)
{
    struct list *link;

    list_for_each(link, &line->taps)
    {
        struct tap *tap = container_of(link, struct tap, link);

        if (tap->order > order && tap->interrupt->active) {
            return tap;
        }
    }
    return NULL;
}

static bool
needs_service_locked(struct line *line)
{
    const struct tap *tap = next_tap_locked(line, 0);

    return tap != NULL &&
           (line->latched || (line->held != 0 && tap->interrupt->mode == LevelSensitive));
}

/* Gives it to a thread, if there is something to do. */
static void
look_locked(struct line *line)
{
    if (line->due || line->serving || !needs_service_locked(line)) {
        return;
    }
    line->due = true;
    atomic_fetch_add_u32(&controller.busy, 1);
    if (line->own != NULL) {
        atomic_fetch_add_u32(&line->word, 1);
        sys_wake(&line->word, 1);
    } else {
        list_push_back(&controller.due, &line->due_link);
        atomic_fetch_add_u32(&controller.word, 1);
        sys_wake(&controller.word, 1);
    }
}

/* Service ------------------------------------------------------------------------------------- */

static bool
call_routine(PKINTERRUPT interrupt)
{
    return interrupt->message_routine != NULL
               ? interrupt->message_routine(interrupt, interrupt->context, interrupt->message_id)
               : interrupt->routine(interrupt, interrupt->context);
}

static const void *
routine_address(const struct _KINTERRUPT *interrupt)
{
    return interrupt->message_routine != NULL ? (const void *)interrupt->message_routine
                                              : (const void *)interrupt->routine;
}

static void
passive_acquire(PKINTERRUPT interrupt)
{
    KeEnterCriticalRegion();
    (void)KeWaitForSingleObject(&interrupt->event, Executive, KernelMode, FALSE, NULL);
}

static void
passive_release(PKINTERRUPT interrupt)
{
    (void)KeSetEvent(&interrupt->event, IO_NO_INCREMENT, FALSE);
    KeLeaveCriticalRegion();
}

static bool
serve(PKINTERRUPT interrupt)
{
    bool claimed;
    KIRQL after;

    if (interrupt->irql == PASSIVE_LEVEL) {
        passive_acquire(interrupt);
        claimed = call_routine(interrupt);
    } else {
        (void)ke_irql_set(interrupt->irql);
        ke_spin_lock_acquire(interrupt->lock, CALLER);
        claimed = call_routine(interrupt);
    }
    after = KeGetCurrentIrql();
    if (after != interrupt->irql) {
        ke_bugcheck(IRQL_UNEXPECTED_VALUE, after, interrupt->irql, 0,
                    (ULONG_PTR)routine_address(interrupt), NULL, routine_address(interrupt));
    }
    if (interrupt->irql == PASSIVE_LEVEL) {
        passive_release(interrupt);
    } else {
        ke_spin_lock_release(interrupt->lock, CALLER);
        (void)ke_irql_set(PASSIVE_LEVEL);
    }
    return claimed;
}

/* Calls the routines in the order of their connection; a level is served when the first claims it. */
static void
serve_once_locked(struct line *line)
{
    uint64_t order = 0;
    struct tap *tap;
    bool claimed = false;

    line->latched = false;
    while (!claimed && (tap = next_tap_locked(line, order)) != NULL) {
        PKINTERRUPT interrupt = tap->interrupt;
        bool level = interrupt->mode == LevelSensitive;

        order = tap->order;
        line->running = interrupt;
        sys_lock_release(&controller.lock);
        claimed = serve(interrupt) && level;
        sys_lock_acquire(&controller.lock);
        line->running = NULL;
        atomic_fetch_add_u32(&line->returned, 1);
        sys_wake(&line->returned, UINT32_MAX);
    }
}

/* "A level triggered interrupt signal staying in the asserted state." */
static void
report_storm_locked(struct line *line)
{
    const struct tap *tap = next_tap_locked(line, 0);
    const struct _KINTERRUPT *interrupt;
    bool chained;

    if (tap == NULL) {
        return;
    }
    interrupt = tap->interrupt;
    chained = next_tap_locked(line, tap->order) != NULL;
    sys_lock_release(&controller.lock);
    ke_bugcheck(HARDWARE_INTERRUPT_STORM, (ULONG_PTR)routine_address(interrupt),
                (ULONG_PTR)interrupt->context, (ULONG_PTR)interrupt, chained ? 2 : 1, NULL,
                routine_address(interrupt));
}

/* It was due, and is not in the list any more. Gives the lock back meanwhile. */
static void
serve_line_locked(struct line *line)
{
    line->due = false;
    line->serving = true;
    while (needs_service_locked(line)) {
        serve_once_locked(line);
        if (line->held != 0 && ++line->rounds >= STORM_ROUNDS) {
            report_storm_locked(line);
        }
    }
    line->serving = false;
    if (atomic_fetch_sub_u32(&controller.busy, 1) == 1) {
        sys_wake(&controller.busy, UINT32_MAX);
    }
}

static void
shared_main(void *argument)
{
    while (!atomic_load_u32(&controller.stop)) {
        uint32_t word = atomic_load_u32(&controller.word);
        struct list *link;

        sys_lock_acquire(&controller.lock);
        link = list_pop_front(&controller.due);
        if (link != NULL) {
            list_init(link);
            serve_line_locked(container_of(link, struct line, due_link));
        }
        sys_lock_release(&controller.lock);
        if (link == NULL) {
            (void)sys_wait(&controller.word, word, SYS_FOREVER);
        }
    }
}

static void
own_main(void *argument)
{
    struct line *line = argument;

    while (!atomic_load_u32(&controller.stop)) {
        uint32_t word = atomic_load_u32(&line->word);
        bool due;

        sys_lock_acquire(&controller.lock);
        due = line->due;
        if (due) {
            serve_line_locked(line);
        }
        sys_lock_release(&controller.lock);
        if (!due) {
            (void)sys_wait(&line->word, word, SYS_FOREVER);
        }
    }
}

/* Connection ---------------------------------------------------------------------------------- */

static NTSTATUS
start_shared(void)
{
    for (size_t i = 0; i < SHARED_THREADS; i++) {
        if (controller.threads[i] == NULL &&
            sys_thread_create(&controller.threads[i], "nt-interrupt", shared_main, NULL) != 0) {
            controller.threads[i] = NULL;
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    return STATUS_SUCCESS;
}

/* What is due goes to the new thread; what a shared one serves just now ends there. */
static NTSTATUS
start_own(struct line *line)
{
    struct sys_thread *thread;

    if (line->own != NULL) {
        return STATUS_SUCCESS;
    }
    if (sys_thread_create(&thread, "nt-interrupt", own_main, line) != 0) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    sys_lock_acquire(&controller.lock);
    line->own = thread;
    list_remove(&line->due_link);
    atomic_fetch_add_u32(&line->word, 1);
    sys_wake(&line->word, 1);
    sys_lock_release(&controller.lock);
    return STATUS_SUCCESS;
}

static NTSTATUS
start_threads(const struct ke_interrupt_params *params)
{
    NTSTATUS status = STATUS_SUCCESS;

    sys_lock_acquire(&controller.start_lock);
    if (params->irql != PASSIVE_LEVEL) {
        status = start_shared();
    }
    for (size_t i = 0; i < params->count && NT_SUCCESS(status); i++) {
        struct line *line;

        sys_lock_acquire(&controller.lock);
        line = line_get_locked(params->vectors[i]);
        sys_lock_release(&controller.lock);
        if (line == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
        } else if (params->irql == PASSIVE_LEVEL) {
            status = start_own(line);
        }
    }
    sys_lock_release(&controller.start_lock);
    return status;
}

static bool
fits_locked(const struct ke_interrupt_params *params)
{
    for (size_t i = 0; i < params->count; i++) {
        const struct line *line = line_find_locked(params->vectors[i]);
        const struct list *link;

        list_for_each(link, &line->taps)
        {
            const struct _KINTERRUPT *other = container_of(link, struct tap, link)->interrupt;

            if (!params->shared || !other->shared || other->mode != params->mode) {
                base_log(BASE_LOG_WARN, "ke", "interrupt vector %u is in use: %s",
                         (unsigned)params->vectors[i],
                         other->mode != params->mode ? "one is level-triggered, the other not"
                                                     : "it is not shared");
                return false;
            }
        }
    }
    return true;
}

static void
plug_locked(PKINTERRUPT interrupt, const struct ke_interrupt_params *params)
{
    controller.connected++;
    for (size_t i = 0; i < params->count; i++) {
        struct tap *tap = &interrupt->taps[i];

        tap->interrupt = interrupt;
        tap->line = line_find_locked(params->vectors[i]);
        tap->line->rounds = 0;
        tap->order = ++controller.order;
        list_push_back(&tap->line->taps, &tap->link);
    }
    for (size_t i = 0; i < params->count; i++) {
        look_locked(interrupt->taps[i].line);
    }
}

NTSTATUS
ke_interrupt_connect(const struct ke_interrupt_params *params, PKINTERRUPT *ret_interrupt)
{
    PKINTERRUPT interrupt =
        sys_alloc_zeroed(sizeof(*interrupt) + params->count * sizeof(struct tap));
    NTSTATUS status = interrupt == NULL ? STATUS_INSUFFICIENT_RESOURCES : start_threads(params);

    if (!NT_SUCCESS(status)) {
        sys_free(interrupt);
        return status;
    }
    interrupt->magic = INTERRUPT_MAGIC;
    interrupt->irql = params->irql;
    interrupt->active = true;
    interrupt->shared = params->shared;
    interrupt->mode = params->mode;
    interrupt->routine = params->routine;
    interrupt->message_routine = params->message_routine;
    interrupt->message_id = params->message_id;
    interrupt->context = params->context;
    interrupt->lock = params->lock != NULL ? params->lock : &interrupt->own_lock;
    KeInitializeEvent(&interrupt->event, SynchronizationEvent, TRUE);
    interrupt->count = params->count;
    *ret_interrupt = interrupt; /* The routine may look at it. */
    sys_lock_acquire(&controller.lock);
    if (fits_locked(params)) {
        plug_locked(interrupt, params);
    } else {
        status = STATUS_INVALID_PARAMETER;
    }
    sys_lock_release(&controller.lock);
    if (!NT_SUCCESS(status)) {
        *ret_interrupt = NULL;
        sys_free(interrupt);
    }
    return status;
}

static void
check(PKINTERRUPT interrupt, const void *caller)
{
    if (interrupt == NULL || interrupt->magic != INTERRUPT_MAGIC) {
        ke_bugcheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)STATUS_ACCESS_VIOLATION, (ULONG_PTR)caller,
                    0, (ULONG_PTR)interrupt, NULL, caller);
    }
}

/* The routine has returned, when it ran for this line. */
static void
wait_for_return_locked(const struct line *line, PKINTERRUPT interrupt)
{
    while (line->running == interrupt) {
        uint32_t returned = atomic_load_u32(&line->returned);

        sys_lock_release(&controller.lock);
        (void)sys_wait(&line->returned, returned, SYS_FOREVER);
        sys_lock_acquire(&controller.lock);
    }
}

void
ke_interrupt_disconnect(PKINTERRUPT interrupt)
{
    check(interrupt, CALLER);
    ke_irql_check(PASSIVE_LEVEL, CALLER);
    sys_lock_acquire(&controller.lock);
    controller.connected--;
    for (size_t i = 0; i < interrupt->count; i++) {
        list_remove(&interrupt->taps[i].link);
    }
    for (size_t i = 0; i < interrupt->count; i++) {
        wait_for_return_locked(interrupt->taps[i].line, interrupt);
    }
    sys_lock_release(&controller.lock);
    interrupt->magic = 0;
    sys_free(interrupt);
}

void
ke_interrupt_set_active(PKINTERRUPT interrupt, bool active)
{
    check(interrupt, CALLER);
    sys_lock_acquire(&controller.lock);
    interrupt->active = active;
    for (size_t i = 0; active && i < interrupt->count; i++) {
        look_locked(interrupt->taps[i].line);
    }
    sys_lock_release(&controller.lock);
}

unsigned
ke_interrupts_connected(void)
{
    unsigned count;

    sys_lock_acquire(&controller.lock);
    count = controller.connected;
    sys_lock_release(&controller.lock);
    return count;
}

/* Hardware ------------------------------------------------------------------------------------ */

bool
ke_interrupt_pulse(ULONG vector)
{
    struct line *line;
    bool arrived;

    sys_lock_acquire(&controller.lock);
    line = line_find_locked(vector);
    arrived = line != NULL && next_tap_locked(line, 0) != NULL;
    if (arrived) {
        line->latched = true;
        look_locked(line);
    }
    sys_lock_release(&controller.lock);
    return arrived;
}

void
ke_interrupt_hold(ULONG vector)
{
    struct line *line;

    sys_lock_acquire(&controller.lock);
    line = line_get_locked(vector);
    if (line != NULL) {
        if (line->held++ == 0 && next_tap_locked(line, 0) != NULL) {
            line->latched = true; /* The edge. */
        }
        look_locked(line);
    }
    sys_lock_release(&controller.lock);
}

void
ke_interrupt_release(ULONG vector)
{
    struct line *line;

    sys_lock_acquire(&controller.lock);
    line = line_find_locked(vector);
    if (line != NULL && line->held != 0 && --line->held == 0) {
        line->rounds = 0;
    }
    sys_lock_release(&controller.lock);
}

void
ke_interrupts_wait(void)
{
    uint32_t busy;

    while ((busy = atomic_load_u32(&controller.busy)) != 0) {
        (void)sys_wait(&controller.busy, busy, SYS_FOREVER);
    }
}

/* Drivers ------------------------------------------------------------------------------------- */

/* "If Interrupt ... connects to a passive-level ISR, KeAcquireInterruptSpinLock causes a bug check." */
static void
check_has_spin_lock(PKINTERRUPT interrupt, const void *caller)
{
    check(interrupt, caller);
    if (interrupt->irql == PASSIVE_LEVEL) {
        ke_bugcheck(IRQL_NOT_GREATER_OR_EQUAL, (ULONG_PTR)interrupt, PASSIVE_LEVEL, 0,
                    (ULONG_PTR)caller, NULL, caller);
    }
}

static KIRQL
acquire(PKSPIN_LOCK lock, KIRQL irql, const void *caller)
{
    KIRQL old;

    ke_irql_check(irql, caller);
    old = ke_irql_set(irql);
    ke_spin_lock_acquire(lock, caller);
    return old;
}

static void
release(PKSPIN_LOCK lock, KIRQL old, const void *caller)
{
    ke_spin_lock_release(lock, caller);
    (void)ke_irql_set(old);
}

KIRQL
ke_interrupt_lock(PKSPIN_LOCK lock, KIRQL irql)
{
    return acquire(lock, irql, CALLER);
}

void
ke_interrupt_unlock(PKSPIN_LOCK lock, KIRQL old)
{
    release(lock, old, CALLER);
}

KIRQL
KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    check_has_spin_lock(Interrupt, CALLER);
    return acquire(Interrupt->lock, Interrupt->irql, CALLER);
}

VOID
KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    check_has_spin_lock(Interrupt, CALLER);
    release(Interrupt->lock, OldIrql, CALLER);
}

BOOLEAN
KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                       PVOID SynchronizeContext)
{
    BOOLEAN result;
    KIRQL old;

    check(Interrupt, CALLER);
    if (Interrupt->irql == PASSIVE_LEVEL) {
        ke_irql_check(PASSIVE_LEVEL, CALLER);
        passive_acquire(Interrupt);
        result = SynchronizeRoutine(SynchronizeContext);
        passive_release(Interrupt);
        return result;
    }
    old = acquire(Interrupt->lock, Interrupt->irql, CALLER);
    result = SynchronizeRoutine(SynchronizeContext);
    release(Interrupt->lock, old, CALLER);
    return result;
}

/* Life ---------------------------------------------------------------------------------------- */

void
ke_interrupts_init(void)
{
    controller.lock = SYS_LOCK_INIT;
    controller.start_lock = SYS_LOCK_INIT;
    list_init(&controller.lines);
    list_init(&controller.due);
    controller.order = 0;
    controller.connected = 0;
    controller.busy = 0;
    controller.stop = 0;
}

static void
line_free(struct line *line)
{
    struct list *link;

    if (line->own != NULL) {
        atomic_fetch_add_u32(&line->word, 1);
        sys_wake(&line->word, 1);
        sys_thread_join(line->own);
    }
    while ((link = list_pop_front(&line->taps)) != NULL) {
        PKINTERRUPT interrupt = container_of(link, struct tap, link)->interrupt;

        base_log(BASE_LOG_WARN, "ke", "interrupt vector %u, routine %p, was never disconnected",
                 (unsigned)line->vector, routine_address(interrupt));
        if (--interrupt->count == 0) {
            sys_free(interrupt);
        }
    }
    sys_free(line);
}

void
ke_interrupts_fini(void)
{
    struct list *link;

    atomic_store_u32(&controller.stop, 1);
    atomic_fetch_add_u32(&controller.word, 1);
    sys_wake(&controller.word, UINT32_MAX);
    for (size_t i = 0; i < SHARED_THREADS; i++) {
        if (controller.threads[i] != NULL) {
            sys_thread_join(controller.threads[i]);
            controller.threads[i] = NULL;
        }
    }
    while ((link = list_pop_front(&controller.lines)) != NULL) {
        line_free(container_of(link, struct line, link));
    }
}
