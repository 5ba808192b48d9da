/* SPDX-License-Identifier: MIT */
/*
 * State machines as data. A table says for each state which event leads where, what is done on entry
 * and where that may lead; the engine queues events, runs one at a time, keeps a history, and
 * reports whatever the table does not say.
 *
 *     [HardwareAvailable] = {
 *         .name  = "HardwareAvailable",
 *         .enter = pnp_enter_hardware_available,
 *         .on    = { { POLICY_STARTED,      EnableInterfaces },
 *                    { POLICY_START_FAILED, HardwareAvailableFailed } },
 *         .may   = { FailedInit, FailedOwnHardware },
 *         .drop  = FSM_BIT(POWER_UP_FAILED),
 *     },
 *
 * States and events are enumerations that begin at 1: 0 is FSM_STAY and FSM_NO_EVENT. There is no
 * "current state" for callers to compare with: what depends on the state is an edge or an action.
 *
 * Threads: events may be posted by any thread, from an entry action too. Whoever posts runs the
 * machine, unless it runs already (then that thread goes on) or the table has a `kick`. Entry actions
 * run one at a time, in order, without the lock. The machine is touched until fsm_post or fsm_run
 * returns, so an entry action must not free it.
 */
#ifndef OPENWDF_BASE_FSM_H
#define OPENWDF_BASE_FSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FSM_STAY     0 /* What enter() returns when it waits for an event. */
#define FSM_NO_EVENT 0

#define FSM_EDGES_MAX   16
#define FSM_MAY_MAX     8
#define FSM_EVENTS_MAX  64 /* With number 0. */
#define FSM_QUEUE_MAX   32 /* Events not yet handled. */
#define FSM_HISTORY_MAX 32 /* Transitions kept. */

#define FSM_BIT(event) (UINT64_C(1) << (event))

struct fsm_edge {
    uint16_t event;
    uint16_t next;
};

struct fsm_state {
    const char *name;

    /* Done on entry. Returns FSM_STAY, or the next state: one of `may`. NULL: nothing is done. */
    unsigned (*enter)(void *owner);

    struct fsm_edge on[FSM_EDGES_MAX]; /* Ends with an event of 0. */
    uint16_t may[FSM_MAY_MAX];         /* Ends with 0. */
    uint64_t drop;                     /* Events that mean nothing here. */
    uint64_t defer;                    /* Events kept until a state that knows them. */
    bool final;                        /* No way out, and none needed. */
};

/* What a machine needs of its surroundings. All are optional. */
struct fsm_ops {
    /* Guard the queue; no entry action runs between them. Both or none: the owner serializes. */
    void (*lock)(void *owner);
    void (*unlock)(void *owner);

    /* Arranges that some thread calls fsm_run soon. Without it, fsm_post does so itself. */
    void (*kick)(void *owner);

    /*
     * An event came that the state neither handles, drops nor defers; the state stays. Without it,
     * the path that led here is logged as an error.
     */
    void (*unexpected)(void *owner, unsigned state, unsigned event);

    /* A transition is next: the state is `from` still. */
    void (*moving)(void *owner, unsigned from, unsigned event, unsigned to);

    /* A transition, before the entry action. `event` is FSM_NO_EVENT when an action decided it. */
    void (*moved)(void *owner, unsigned from, unsigned event, unsigned to);
};

struct fsm_table {
    const char *name;
    const struct fsm_state *states; /* Index 0 is unused. */
    uint16_t state_count;           /* With index 0. */
    uint16_t start;
    const char *const *events; /* Their names; index 0 is unused. */
    uint16_t event_count;      /* With index 0. */
    uint64_t coalesce;         /* Events that wait at most once: a second one adds nothing. */
    uint64_t urgent;           /* Events that overtake the others. */
    const struct fsm_ops *ops; /* NULL: none. */
};

struct fsm_move {
    uint16_t from;
    uint16_t event;
    uint16_t to;
};

struct fsm {
    const struct fsm_table *table;
    void *owner;
    uint32_t state;
    bool running;
    uint16_t queue[FSM_QUEUE_MAX]; /* In order of handling. */
    unsigned queued;
    struct fsm_move history[FSM_HISTORY_MAX]; /* A ring; the newest at (moves - 1). */
    uint64_t moves;
};

/* The machine rests before its start state; `owner` goes to every callback. */
void fsm_init(struct fsm *fsm, const struct fsm_table *table, void *owner);

/* Enters the start state. Once, before the first event. */
void fsm_start(struct fsm *fsm);

/*
 * Queues an event and sees to it that it is handled; usually it has been when the call returns, but
 * not when the machine runs already. False when FSM_QUEUE_MAX events wait; the event is lost then.
 */
bool fsm_post(struct fsm *fsm, unsigned event);

/* Handles events until none is left that the state does not defer. For threads that `kick` woke. */
void fsm_run(struct fsm *fsm);

/* For reports and debuggers, not for decisions. */
unsigned fsm_state_number(const struct fsm *fsm);
const char *fsm_state_name(const struct fsm_table *table, unsigned state);
const char *fsm_event_name(const struct fsm_table *table, unsigned event);

/* Copies the newest transitions, oldest first. Returns how many. The caller holds the lock. */
size_t fsm_history(const struct fsm *fsm, struct fsm_move *ret_moves, size_t max);

/* Writes the path that led here: "A -event-> B -> C". Ends in "..." where `size` is too small. */
void fsm_describe(const struct fsm *fsm, char *text, size_t size);

/*
 * Checks a table, as a unit test does for each: all numbers in range, all names there, no event named
 * twice in a state, every state reachable and with a way out or marked final, `may` exactly where
 * there is an action, no event that no state handles. True, or false and the first fault in `text`.
 */
bool fsm_table_check(const struct fsm_table *table, char *text, size_t size);

/* Draws the table for Graphviz, in pieces handed to write(). */
void fsm_table_dot(const struct fsm_table *table, void (*write)(void *context, const char *text),
                   void *context);

#endif
