/* SPDX-License-Identifier: MIT */
/*
 * The engine of all state machines.
 *
 * Invariant: `running` is true from the moment a thread takes an event until it finds none left,
 * both under the lock; so there is one runner, and no event is left behind.
 */
#include "base/fsm.h"

#include <string.h>

#include "base/assert.h"
#include "base/atomic.h"
#include "base/log.h"

static const struct fsm_ops no_ops;

static const struct fsm_ops *
ops_of(const struct fsm *fsm)
{
    return fsm->table->ops != NULL ? fsm->table->ops : &no_ops;
}

static void
lock(struct fsm *fsm)
{
    if (ops_of(fsm)->lock != NULL) {
        ops_of(fsm)->lock(fsm->owner);
    }
}

static void
unlock(struct fsm *fsm)
{
    if (ops_of(fsm)->unlock != NULL) {
        ops_of(fsm)->unlock(fsm->owner);
    }
}

const char *
fsm_state_name(const struct fsm_table *table, unsigned state)
{
    if (state == 0 || state >= table->state_count || table->states[state].name == NULL) {
        return "?";
    }
    return table->states[state].name;
}

const char *
fsm_event_name(const struct fsm_table *table, unsigned event)
{
    if (event == 0 || event >= table->event_count || table->events[event] == NULL) {
        return "?";
    }
    return table->events[event];
}

unsigned
fsm_state_number(const struct fsm *fsm)
{
    return atomic_load_u32(&fsm->state);
}

void
fsm_init(struct fsm *fsm, const struct fsm_table *table, void *owner)
{
    memset(fsm, 0, sizeof(*fsm));
    fsm->table = table;
    fsm->owner = owner;
}

/* The queue. */

static bool
is_queued(const struct fsm *fsm, unsigned event)
{
    for (unsigned i = 0; i < fsm->queued; i++) {
        if (fsm->queue[i] == event) {
            return true;
        }
    }
    return false;
}

/* Urgent events come before the others, in their own order. */
static bool
enqueue(struct fsm *fsm, unsigned event)
{
    uint64_t urgent = fsm->table->urgent;
    unsigned place = fsm->queued;

    if ((fsm->table->coalesce & FSM_BIT(event)) != 0 && is_queued(fsm, event)) {
        return true;
    }
    if (fsm->queued == FSM_QUEUE_MAX) {
        return false;
    }
    if ((urgent & FSM_BIT(event)) != 0) {
        while (place > 0 && (urgent & FSM_BIT(fsm->queue[place - 1])) == 0) {
            place--;
        }
    }
    memmove(&fsm->queue[place + 1], &fsm->queue[place],
            (fsm->queued - place) * sizeof(fsm->queue[0]));
    fsm->queue[place] = (uint16_t)event;
    fsm->queued++;
    return true;
}

/* The first event that the state does not defer; FSM_NO_EVENT when there is none. */
static unsigned
dequeue(struct fsm *fsm)
{
    uint64_t defer = fsm->table->states[fsm->state].defer;

    for (unsigned i = 0; i < fsm->queued; i++) {
        unsigned event = fsm->queue[i];

        if ((defer & FSM_BIT(event)) == 0) {
            fsm->queued--;
            memmove(&fsm->queue[i], &fsm->queue[i + 1], (fsm->queued - i) * sizeof(fsm->queue[0]));
            return event;
        }
    }
    return FSM_NO_EVENT;
}

/* Transitions. */

static unsigned
next_state(const struct fsm_state *state, unsigned event)
{
    for (unsigned i = 0; i < FSM_EDGES_MAX && state->on[i].event != FSM_NO_EVENT; i++) {
        if (state->on[i].event == event) {
            return state->on[i].next;
        }
    }
    return FSM_STAY;
}

static bool
may_lead_to(const struct fsm_state *state, unsigned next)
{
    for (unsigned i = 0; i < FSM_MAY_MAX && state->may[i] != 0; i++) {
        if (state->may[i] == next) {
            return true;
        }
    }
    return false;
}

static void
record(struct fsm *fsm, unsigned event, unsigned to)
{
    fsm->history[fsm->moves % FSM_HISTORY_MAX] = (struct fsm_move){
        .from = (uint16_t)fsm->state, .event = (uint16_t)event, .to = (uint16_t)to};
    fsm->moves++;
}

static void
check_decision(const struct fsm *fsm, unsigned next)
{
    const struct fsm_table *table = fsm->table;

    if (next != FSM_STAY && !may_lead_to(&table->states[fsm->state], next)) {
        base_panic("fsm", "%s: the action of %s decided for %s (%u), which is not in its .may",
                   table->name, fsm_state_name(table, fsm->state), fsm_state_name(table, next),
                   next);
    }
}

/* Enters a state, and those its action decides for. Called, and returns, with the lock held. */
static void
enter(struct fsm *fsm, unsigned event, unsigned next)
{
    const struct fsm_ops *ops = ops_of(fsm);

    while (next != FSM_STAY) {
        const struct fsm_state *state = &fsm->table->states[next];
        unsigned from = fsm->state;

        if (ops->moving != NULL) {
            unlock(fsm);
            ops->moving(fsm->owner, from, event, next);
            lock(fsm);
        }
        record(fsm, event, next);
        atomic_store_u32(&fsm->state, next);
        unlock(fsm);
        if (ops->moved != NULL) {
            ops->moved(fsm->owner, from, event, next);
        }
        next = state->enter != NULL ? state->enter(fsm->owner) : FSM_STAY;
        check_decision(fsm, next);
        event = FSM_NO_EVENT;
        lock(fsm);
    }
}

static void
report_unexpected(struct fsm *fsm, unsigned event)
{
    char path[512];

    if (ops_of(fsm)->unexpected != NULL) {
        ops_of(fsm)->unexpected(fsm->owner, fsm->state, event);
        return;
    }
    fsm_describe(fsm, path, sizeof(path));
    base_log(BASE_LOG_ERROR, "fsm", "%s: event %s is unexpected in state %s; path: %s",
             fsm->table->name, fsm_event_name(fsm->table, event),
             fsm_state_name(fsm->table, fsm->state), path);
}

static void
handle(struct fsm *fsm, unsigned event)
{
    const struct fsm_state *state = &fsm->table->states[fsm->state];
    unsigned next = next_state(state, event);

    if (next != FSM_STAY) {
        enter(fsm, event, next);
    } else if ((state->drop & FSM_BIT(event)) == 0) {
        unlock(fsm);
        report_unexpected(fsm, event);
        lock(fsm);
    }
}

/* Called, and returns, with the lock held; `running` is the caller's. */
static void
handle_all(struct fsm *fsm)
{
    unsigned event;

    while ((event = dequeue(fsm)) != FSM_NO_EVENT) {
        handle(fsm, event);
    }
}

void
fsm_start(struct fsm *fsm)
{
    lock(fsm);
    base_assert(fsm->state == 0 && !fsm->running);
    fsm->running = true;
    enter(fsm, FSM_NO_EVENT, fsm->table->start);
    handle_all(fsm);
    fsm->running = false;
    unlock(fsm);
}

void
fsm_run(struct fsm *fsm)
{
    lock(fsm);
    if (!fsm->running && fsm->state != 0) {
        fsm->running = true;
        handle_all(fsm);
        fsm->running = false;
    }
    unlock(fsm);
}

bool
fsm_post(struct fsm *fsm, unsigned event)
{
    bool queued;
    bool busy;

    base_assert(event != FSM_NO_EVENT && event < fsm->table->event_count);
    lock(fsm);
    queued = enqueue(fsm, event);
    busy = fsm->running || fsm->state == 0;
    unlock(fsm);
    if (!queued) {
        base_log(BASE_LOG_ERROR, "fsm", "%s: %u events wait already, %s is lost", fsm->table->name,
                 FSM_QUEUE_MAX, fsm_event_name(fsm->table, event));
        return false;
    }
    if (busy) {
        return true; /* The runner has not looked for the last time yet. */
    }
    if (ops_of(fsm)->kick != NULL) {
        ops_of(fsm)->kick(fsm->owner);
    } else {
        fsm_run(fsm);
    }
    return true;
}

/* Reports. */

size_t
fsm_history(const struct fsm *fsm, struct fsm_move *ret_moves, size_t max)
{
    uint64_t count = fsm->moves < FSM_HISTORY_MAX ? fsm->moves : FSM_HISTORY_MAX;

    if (count > max) {
        count = max;
    }
    for (uint64_t i = 0; i < count; i++) {
        ret_moves[i] = fsm->history[(fsm->moves - count + i) % FSM_HISTORY_MAX];
    }
    return (size_t)count;
}

struct text {
    char *at;
    size_t left; /* With the terminator. 0: it is full. */
};

/* Always leaves room for "...". */
static void
append(struct text *text, const char *piece)
{
    size_t length = strlen(piece);

    if (text->left == 0) {
        return;
    }
    if (length + 4 > text->left) {
        strcpy(text->at, "...");
        text->left = 0;
        return;
    }
    memcpy(text->at, piece, length + 1);
    text->at += length;
    text->left -= length;
}

static void
append_move(struct text *text, const struct fsm_table *table, const struct fsm_move *move)
{
    if (move->event != FSM_NO_EVENT) {
        append(text, " -");
        append(text, fsm_event_name(table, move->event));
        append(text, "-> ");
    } else if (move->from != 0) {
        append(text, " -> ");
    }
    append(text, fsm_state_name(table, move->to));
}

void
fsm_describe(const struct fsm *fsm, char *text, size_t size)
{
    struct fsm_move moves[FSM_HISTORY_MAX];
    size_t count = fsm_history(fsm, moves, FSM_HISTORY_MAX);
    struct text out = {text, size};

    base_assert(size >= 4);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (i == 0 && moves[i].from != 0) {
            append(&out, fsm_state_name(fsm->table, moves[i].from));
        }
        append_move(&out, fsm->table, &moves[i]);
    }
}
