/* SPDX-License-Identifier: MIT */
/* How the machines run: see machines.h. */
#include "fx/pnp/machines.h"

#include "fx/core/lock.h"
#include "fx/pnp/device_priv.h"
#include "sys/wait.h"

/*
 * A runner's life is one word. IDLE -> QUEUED -> RUNNING -> IDLE; a request that comes while it runs
 * makes it AGAIN. The change to IDLE is the last touch: who sees it may free the device. Hence the word that
 * waiters sleep on is not in the device.
 */
enum runner_state {
    RUNNER_IDLE,
    RUNNER_QUEUED,
    RUNNER_RUNNING,
    RUNNER_AGAIN,
    RUNNER_ENDED,
};

static uint32_t runner_word; /* Changes when any runner has become idle. */

static void
runner_main(struct ex_work *work)
{
    struct fx_runner *runner = container_of(work, struct fx_runner, work);
    uint32_t state;

    do {
        atomic_store_u32(&runner->state, RUNNER_RUNNING);
        runner->run(runner->device);
        state = RUNNER_RUNNING;
    } while (!atomic_cas_u32(&runner->state, &state, RUNNER_IDLE));
    (void)atomic_fetch_add_u32(&runner_word, 1);
    sys_wake(&runner_word, UINT32_MAX);
}

static void
runner_init(struct fx_runner *runner, struct fx_device *device, void (*run)(struct fx_device *))
{
    *runner = (struct fx_runner){.device = device, .run = run, .work.run = runner_main};
}

static void
runner_request(struct fx_runner *runner)
{
    uint32_t state = atomic_load_u32(&runner->state);

    for (;;) {
        switch (state) {
        case RUNNER_IDLE:
            if (atomic_cas_u32(&runner->state, &state, RUNNER_QUEUED)) {
                ex_work_queue_insert(&runner->work);
                return;
            }
            break;
        case RUNNER_RUNNING:
            if (atomic_cas_u32(&runner->state, &state, RUNNER_AGAIN)) {
                return;
            }
            break;
        default:
            return;
        }
    }
}

static void
runner_end(struct fx_runner *runner)
{
    for (;;) {
        uint32_t seen = atomic_load_u32(&runner_word);
        uint32_t state = RUNNER_IDLE;

        if (atomic_cas_u32(&runner->state, &state, RUNNER_ENDED) || state == RUNNER_ENDED) {
            return;
        }
        (void)sys_wait(&runner_word, seen, SYS_FOREVER);
    }
}

static void
run_pnp(struct fx_device *device)
{
    if (atomic_xchg_u32(&device->machines.failure_due, 0) != 0) {
        fx_failure_report(device);
    }
    fsm_run(&device->machines.pnp);
}

static void
run_power(struct fx_device *device)
{
    fsm_run(&device->machines.policy);
    fsm_run(&device->machines.power);
}

void
fx_machines_init(struct fx_device *device)
{
    struct fx_machines *machines = &device->machines;

    fsm_init(&machines->pnp, &fx_pnp_table, device);
    fsm_init(&machines->policy, &fx_policy_table, device);
    fsm_init(&machines->power, &fx_power_table, device);
    runner_init(&machines->pnp_runner, device, run_pnp);
    runner_init(&machines->power_runner, device, run_power);
    for (unsigned i = 0; i < FX_MACHINE_COUNT; i++) {
        list_init(&machines->notices[i]);
    }
}

void
fx_machines_start(struct fx_device *device)
{
    fsm_start(&device->machines.power);
    fsm_start(&device->machines.policy);
    fsm_start(&device->machines.pnp);
}

void
fx_machines_end(struct fx_device *device)
{
    runner_end(&device->machines.power_runner);
    runner_end(&device->machines.pnp_runner);
}

/* The table's `kick` keeps fsm_post from running the machine: that is decided here. */
void
fx_machine_kick(void *owner)
{
    (void)owner;
}

void
fx_machine_lock(void *owner)
{
    struct fx_device *device = owner;

    fx_lock(&device->machines.lock);
}

void
fx_machine_unlock(void *owner)
{
    struct fx_device *device = owner;

    fx_unlock(&device->machines.lock);
}

void
fx_pnp_post(struct fx_device *device, enum fx_pnp_event event)
{
    (void)fsm_post(&device->machines.pnp, event);
    fsm_run(&device->machines.pnp);
}

void
fx_policy_post(struct fx_device *device, enum fx_policy_event event)
{
    (void)fsm_post(&device->machines.policy, event);
    fsm_run(&device->machines.policy);
}

void
fx_power_post(struct fx_device *device, enum fx_power_event event)
{
    (void)fsm_post(&device->machines.power, event);
    fsm_run(&device->machines.power);
}

/* Who runs the machine now has not looked for the last time: it needs nobody else. */
static void
post_later(struct fx_device *device, struct fsm *fsm, unsigned event, struct fx_runner *runner)
{
    bool running;

    (void)fsm_post(fsm, event);
    fx_lock(&device->machines.lock);
    running = fsm->running;
    fx_unlock(&device->machines.lock);
    if (!running) {
        runner_request(runner);
    }
}

void
fx_pnp_post_later(struct fx_device *device, enum fx_pnp_event event)
{
    post_later(device, &device->machines.pnp, event, &device->machines.pnp_runner);
}

void
fx_machines_report_failure(struct fx_device *device)
{
    atomic_store_u32(&device->machines.failure_due, 1);
    runner_request(&device->machines.pnp_runner);
}

void
fx_policy_post_later(struct fx_device *device, enum fx_policy_event event)
{
    post_later(device, &device->machines.policy, event, &device->machines.power_runner);
}

void
fx_power_post_later(struct fx_device *device, enum fx_power_event event)
{
    post_later(device, &device->machines.power, event, &device->machines.power_runner);
}

void
fx_machine_unexpected(struct fx_device *device, const struct fsm *fsm, unsigned event)
{
    char path[512];

    fsm_describe(fsm, path, sizeof(path));
    fx_log(device->object.globals, "device %p: the %s machine is %s and cannot take %s; path: %s",
           fx_object_handle(&device->object), fsm->table->name,
           fsm_state_name(fsm->table, fsm_state_number(fsm)), fsm_event_name(fsm->table, event),
           path);
}
