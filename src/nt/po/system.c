/* SPDX-License-Identifier: MIT */
/*
 * The system's sleep and its end: system power IRPs over the device tree.
 *
 * A transition is a walk over the devices in an order that is given by pairs "this one before that
 * one". Each device gets its IRP when all before it have completed theirs; nothing else orders them. One thread sends
 * all IRPs at PASSIVE_LEVEL; completion routines only note that an IRP has come back.
 */
#include "nt/po/po.h"

#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "nt/ex/ex.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po_priv.h"
#include "sys/lock.h"

struct node {
    struct list done_link; /* Its IRP has come back. */
    struct walk *walk;
    PDEVICE_OBJECT pdo; /* Referenced. */
    PDEVICE_OBJECT top; /* Referenced while its IRP is under way. */
    PIRP irp;
    IO_STACK_LOCATION stack;
    size_t waits; /* For how many others. */
    bool sent;
    bool asked; /* It had the query. */
};

struct walk {
    struct sys_lock lock; /* Guards done. */
    struct list done;
    KEVENT something_done;
    struct pnp_power_order order; /* The devices and who comes before whom on the way down. */
    struct node *nodes;           /* One for each device of the order. */
    size_t under_way;
    size_t finished;
    NTSTATUS status; /* The first failure. */
};

/* A transition, as all its IRPs name it. */
struct transition {
    UCHAR minor;
    SYSTEM_POWER_STATE state;
    SYSTEM_POWER_STATE former;
    POWER_ACTION action;
    bool down;       /* Children first. */
    bool only_asked; /* Only those that had the query. */
    bool may_refuse;
};

static struct {
    struct sys_lock lock; /* Guards what follows. A leaf lock. */
    SYSTEM_POWER_STATE state;
    bool falling;        /* From the first question until the sleep is reached or given up. */
    bool asked;          /* By po_system_ask, and all agreed. In actions alone. */
    bool wake_signalled; /* Since the transition to sleep began. */
    bool resume_queued;
    struct ex_work resume;
    KEVENT awake;
} po;

/* IRPs ---------------------------------------------------------------------------------------- */

static NTSTATUS
irp_done(PDEVICE_OBJECT none, PIRP irp, PVOID context)
{
    struct node *node = context;
    struct walk *walk = node->walk;

    /* All under the lock: the walk may be over, and gone, as soon as the node is on the list. */
    sys_lock_acquire(&walk->lock);
    list_push_back(&walk->done, &node->done_link);
    KeSetEvent(&walk->something_done, IO_NO_INCREMENT, FALSE);
    sys_lock_release(&walk->lock);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS
send(struct walk *walk, struct node *node, const struct transition *transition)
{
    node->sent = true;
    node->top = IoGetAttachedDeviceReference(node->pdo);
    node->irp = IoAllocateIrp(node->top->StackSize, FALSE);
    if (node->irp == NULL) {
        ObDereferenceObject(node->top);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    node->irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    memset(&node->stack, 0, sizeof(node->stack));
    node->stack.MajorFunction = IRP_MJ_POWER;
    node->stack.MinorFunction = transition->minor;
    node->stack.Parameters.Power.Type = SystemPowerState;
    node->stack.Parameters.Power.State.SystemState = transition->state;
    node->stack.Parameters.Power.ShutdownType = transition->action;
    node->stack.Parameters.Power.SystemPowerStateContext.TargetSystemState =
        (ULONG)transition->state & 15;
    node->stack.Parameters.Power.SystemPowerStateContext.EffectiveSystemState =
        (ULONG)transition->state & 15;
    node->stack.Parameters.Power.SystemPowerStateContext.CurrentSystemState =
        (ULONG)transition->former & 15;
    *IoGetNextIrpStackLocation(node->irp) = node->stack;
    IoSetCompletionRoutine(node->irp, irp_done, node, TRUE, TRUE, TRUE);
    node->asked = true;
    walk->under_way++;
    (void)PoCallDriver(node->top, node->irp);
    return STATUS_SUCCESS;
}

static void
note_failure(struct walk *walk, const struct node *node, const struct transition *transition,
             NTSTATUS status)
{
    struct pnp_devnode *devnode = pnp_devnode_of(node->pdo);
    char name[256];

    if (NT_SUCCESS(walk->status)) {
        walk->status = status;
    }
    if (devnode != NULL) {
        base_log(transition->may_refuse ? BASE_LOG_INFO : BASE_LOG_ERROR, "po",
                 "%s %s S%d: status 0x%08x",
                 pnp_ascii(pnp_devnode_instance_path(devnode), name, sizeof(name)),
                 transition->may_refuse ? "refuses" : "failed the transition to",
                 (int)transition->state - 1, (unsigned)status);
        pnp_devnode_unref(devnode);
    }
}

/* The walk ------------------------------------------------------------------------------------ */

/* Calls fn for each node that comes after `node`. */
static void
release_successors(struct walk *walk, size_t index, bool down)
{
    for (size_t i = 0; i < walk->order.pair_count; i++) {
        const struct pnp_power_pair *pair = &walk->order.pairs[i];

        if ((down ? pair->first : pair->second) == index) {
            walk->nodes[down ? pair->second : pair->first].waits--;
        }
    }
}

static void
finish(struct walk *walk, struct node *node, bool down)
{
    walk->finished++;
    release_successors(walk, (size_t)(node - walk->nodes), down);
}

static void
take_done(struct walk *walk, const struct transition *transition)
{
    for (;;) {
        struct list *link;
        struct node *node;
        NTSTATUS status;

        sys_lock_acquire(&walk->lock);
        link = list_pop_front(&walk->done);
        sys_lock_release(&walk->lock);
        if (link == NULL) {
            return;
        }
        node = container_of(link, struct node, done_link);
        status = node->irp->IoStatus.Status;
        pnp_note_irp(node->pdo, IRP_MJ_POWER, &node->stack, status);
        IoFreeIrp(node->irp);
        node->irp = NULL;
        ObDereferenceObject(node->top);
        walk->under_way--;
        if (!NT_SUCCESS(status)) {
            note_failure(walk, node, transition, status);
        }
        finish(walk, node, transition->down);
    }
}

static bool
may_go_on(const struct walk *walk, const struct transition *transition)
{
    return !transition->may_refuse || NT_SUCCESS(walk->status);
}

/* Sends to all that wait for nothing. True: there was one. */
static bool
send_ready(struct walk *walk, const struct transition *transition, bool force_one)
{
    bool any = false;

    for (size_t i = 0; i < walk->order.count && may_go_on(walk, transition); i++) {
        size_t index = transition->down ? walk->order.count - 1 - i : i;
        struct node *node = &walk->nodes[index];
        NTSTATUS status = STATUS_SUCCESS;

        if (node->sent || (node->waits != 0 && !(force_one && !any))) {
            continue;
        }
        any = true;
        if (transition->only_asked && !node->asked) {
            node->sent = true;
            finish(walk, node, transition->down);
            continue;
        }
        status = send(walk, node, transition);
        if (!NT_SUCCESS(status)) {
            note_failure(walk, node, transition, status);
            finish(walk, node, transition->down);
        }
    }
    return any;
}

static void
prepare(struct walk *walk, bool down)
{
    walk->finished = 0;
    walk->status = STATUS_SUCCESS;
    for (size_t i = 0; i < walk->order.count; i++) {
        walk->nodes[i].sent = false;
        walk->nodes[i].waits = 0;
    }
    for (size_t i = 0; i < walk->order.pair_count; i++) {
        const struct pnp_power_pair *pair = &walk->order.pairs[i];

        walk->nodes[down ? pair->second : pair->first].waits++;
    }
}

static NTSTATUS
run(struct walk *walk, const struct transition *transition)
{
    prepare(walk, transition->down);
    for (;;) {
        bool sent;

        take_done(walk, transition);
        KeClearEvent(&walk->something_done);
        take_done(walk, transition); /* What came back before the event was cleared. */
        sent = send_ready(walk, transition, false);
        if (sent) {
            continue;
        }
        if (walk->under_way != 0) {
            KeWaitForSingleObject(&walk->something_done, Executive, KernelMode, FALSE, NULL);
        } else if (walk->finished == walk->order.count || !may_go_on(walk, transition)) {
            return walk->status;
        } else if (send_ready(walk, transition, true)) {
            base_log(BASE_LOG_ERROR, "po", "power relations go round in a circle");
        }
    }
}

static NTSTATUS
open_walk(struct walk *walk)
{
    NTSTATUS status;

    memset(walk, 0, sizeof(*walk));
    list_init(&walk->done);
    KeInitializeEvent(&walk->something_done, NotificationEvent, FALSE);
    status = pnp_power_order(&walk->order);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    walk->nodes =
        ExAllocatePool2(POOL_FLAG_NON_PAGED, (walk->order.count + 1) * sizeof(struct node), PO_TAG);
    if (walk->nodes == NULL) {
        pnp_power_order_free(&walk->order);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    for (size_t i = 0; i < walk->order.count; i++) {
        walk->nodes[i].walk = walk;
        walk->nodes[i].pdo = walk->order.pdos[i];
        list_init(&walk->nodes[i].done_link);
    }
    return STATUS_SUCCESS;
}

static void
close_walk(struct walk *walk)
{
    ExFreePoolWithTag(walk->nodes, PO_TAG);
    pnp_power_order_free(&walk->order);
}

/* Transitions --------------------------------------------------------------------------------- */

struct request {
    SYSTEM_POWER_STATE state;
    POWER_ACTION action;
    bool critical;
    NTSTATUS status;
};

static void
set_state(SYSTEM_POWER_STATE state)
{
    sys_lock_acquire(&po.lock);
    po.state = state;
    if (state == PowerSystemWorking) {
        KeSetEvent(&po.awake, IO_NO_INCREMENT, FALSE);
    } else {
        KeClearEvent(&po.awake);
    }
    sys_lock_release(&po.lock);
}

static void
queue_resume_locked(void)
{
    if (!po.resume_queued) {
        po.resume_queued = true;
        ex_work_queue_insert(&po.resume);
    }
}

void
po_wake_signalled(PDEVICE_OBJECT pdo)
{
    bool ends_sleep;

    sys_lock_acquire(&po.lock);
    ends_sleep = po.falling || po.state != PowerSystemWorking;
    po.wake_signalled = po.wake_signalled || ends_sleep;
    if (po.state != PowerSystemWorking) {
        queue_resume_locked();
    }
    sys_lock_release(&po.lock);
    if (ends_sleep) {
        po_note_woke(pdo);
    }
}

void
po_device_woke(PDEVICE_OBJECT pdo)
{
    po_wake_signalled(pdo);
}

static void
set_falling(bool falling)
{
    sys_lock_acquire(&po.lock);
    po.falling = falling;
    po.wake_signalled = falling && po.wake_signalled;
    sys_lock_release(&po.lock);
}

/* A signal that came on the way down ends the sleep as soon as it is reached. */
static void
enter_sleep(SYSTEM_POWER_STATE state)
{
    set_state(state);
    sys_lock_acquire(&po.lock);
    po.falling = false;
    if (po.wake_signalled && state != PowerSystemShutdown) {
        queue_resume_locked();
    }
    sys_lock_release(&po.lock);
}

/* All hear that the system stays in S0, or only those that had the query. */
static void
reaffirm(struct walk *walk, POWER_ACTION action, bool only_asked)
{
    struct transition transition = {
        .minor = IRP_MN_SET_POWER,
        .state = PowerSystemWorking, /* "This IRP will reaffirm the current system state." */
        .former = PowerSystemWorking,
        .action = action,
        .only_asked = only_asked,
    };

    (void)run(walk, &transition);
}

/* Begins the way down; a walk that may be refused. False: it ends here. */
static bool
ask(struct walk *walk, struct request *request)
{
    const struct transition transition = {
        .minor = IRP_MN_QUERY_POWER,
        .state = request->state,
        .former = PowerSystemWorking,
        .action = request->action,
        .down = true,
        .may_refuse = true,
    };

    request->status = run(walk, &transition);
    if (!NT_SUCCESS(request->status)) {
        reaffirm(walk, request->action, true);
        set_falling(false);
    }
    return NT_SUCCESS(request->status);
}

/* False: it sleeps, or there is no memory. */
static bool
begin_fall(struct walk *walk, struct request *request)
{
    if (po_system_state() != PowerSystemWorking) {
        request->status = STATUS_INVALID_DEVICE_STATE;
        return false;
    }
    request->status = open_walk(walk);
    if (!NT_SUCCESS(request->status)) {
        return false;
    }
    if (!po.asked) {
        set_falling(false); /* Signals of before do not count. */
        for (size_t i = 0; i < walk->order.count; i++) {
            po_forget_woke(walk->nodes[i].pdo);
        }
    }
    set_falling(true);
    return true;
}

static void
run_sleep(void *argument)
{
    struct request *request = argument;
    const struct transition transition = {
        .minor = IRP_MN_SET_POWER,
        .state = request->state,
        .former = PowerSystemWorking,
        .action = request->action,
        .down = true,
    };
    struct walk walk;

    if (!begin_fall(&walk, request)) {
        return;
    }
    if (request->critical || ask(&walk, request)) {
        po.asked = false;
        po_display_changed(false);
        po_framework_sleep();
        if (request->state == PowerSystemShutdown) {
            io_shutdown_devices();
        }
        (void)run(&walk, &transition);
        pnp_hold(true);
        enter_sleep(request->state);
    }
    close_walk(&walk);
}

NTSTATUS
po_system_sleep(SYSTEM_POWER_STATE state, POWER_ACTION action, bool critical)
{
    struct request request = {.state = state, .action = action, .critical = critical};

    if (state < PowerSystemSleeping1 || state > PowerSystemShutdown) {
        return STATUS_INVALID_PARAMETER_1;
    }
    pnp_run_alone(run_sleep, &request);
    return request.status;
}

static void
run_ask(void *argument)
{
    struct request *request = argument;
    struct walk walk;

    if (po.asked) {
        request->status = STATUS_INVALID_DEVICE_STATE;
        return;
    }
    if (begin_fall(&walk, request)) {
        po.asked = ask(&walk, request);
        pnp_hold(po.asked);
        close_walk(&walk);
    }
}

NTSTATUS
po_system_ask(SYSTEM_POWER_STATE state, POWER_ACTION action)
{
    struct request request = {.state = state, .action = action};

    if (state < PowerSystemSleeping1 || state > PowerSystemShutdown) {
        return STATUS_INVALID_PARAMETER_1;
    }
    pnp_run_alone(run_ask, &request);
    return request.status;
}

static void
run_stay(void *argument)
{
    struct walk walk;

    if (!po.asked) {
        return;
    }
    po.asked = false;
    if (NT_SUCCESS(open_walk(&walk))) {
        reaffirm(&walk, PowerActionNone, false);
        close_walk(&walk);
    } else {
        base_log(BASE_LOG_ERROR, "po", "out of memory: the devices do not hear that S0 stays");
    }
    set_falling(false);
    pnp_hold(false);
}

void
po_system_stay(void)
{
    pnp_run_alone(run_stay, NULL);
}

static void
run_resume(void *argument)
{
    struct transition transition = {
        .minor = IRP_MN_SET_POWER,
        .state = PowerSystemWorking,
        .former = po_system_state(),
        .action = PowerActionSleep,
    };
    struct walk walk;
    NTSTATUS status;

    sys_lock_acquire(&po.lock);
    po.resume_queued = false;
    sys_lock_release(&po.lock);
    if (transition.former == PowerSystemWorking) {
        return;
    }
    status = open_walk(&walk);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "po", "out of memory: the devices do not hear of S0");
    } else {
        (void)run(&walk, &transition);
        close_walk(&walk);
    }
    set_state(PowerSystemWorking);
    po_display_changed(true);
    pnp_hold(false);
}

void
po_system_resume(void)
{
    pnp_run_alone(run_resume, NULL);
}

/* The system is this host, or somebody else's to wake. */
static void
resume_work(struct ex_work *work)
{
    bool stale;

    sys_lock_acquire(&po.lock);
    stale = po.state == PowerSystemWorking;
    po.resume_queued = po.resume_queued && !stale;
    sys_lock_release(&po.lock);
    if (!stale && !pnp_system_woken()) {
        po_system_resume();
    }
}

SYSTEM_POWER_STATE
po_system_state(void)
{
    SYSTEM_POWER_STATE state;

    sys_lock_acquire(&po.lock);
    state = po.state;
    sys_lock_release(&po.lock);
    return state;
}

bool
po_wait_awake(long timeout_ms)
{
    LARGE_INTEGER timeout = {.QuadPart = -10000 * timeout_ms};

    return KeWaitForSingleObject(&po.awake, Executive, KernelMode, FALSE,
                                 timeout_ms < 0 ? NULL : &timeout) == STATUS_SUCCESS;
}

void
po_init(void)
{
    memset(&po, 0, sizeof(po));
    po.state = PowerSystemWorking;
    po.resume.run = resume_work;
    KeInitializeEvent(&po.awake, NotificationEvent, TRUE);
    po_requests_init();
    po_settings_init();
    po_framework_init();
    po_idle_init();
}

void
po_fini(void)
{
    po_idle_fini();
}
