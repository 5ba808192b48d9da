/* SPDX-License-Identifier: MIT */
/* What can be said of a table without running it: whether it is sound, and how it looks. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fsm.h"

#define STATES_MAX 512

struct check {
    const struct fsm_table *table;
    char *text;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool
fault(const struct check *check, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(check->text, check->size, format, arguments);
    va_end(arguments);
    return false;
}

static bool
is_state(const struct fsm_table *table, unsigned state)
{
    return state != 0 && state < table->state_count;
}

static bool
check_frame(const struct check *check)
{
    const struct fsm_table *table = check->table;

    if (table->state_count < 2 || table->state_count > STATES_MAX) {
        return fault(check, "%u states; 2 to %u are possible", table->state_count, STATES_MAX);
    }
    if (table->event_count > FSM_EVENTS_MAX) {
        return fault(check, "%u events; at most %u are possible", table->event_count,
                     FSM_EVENTS_MAX);
    }
    if (!is_state(table, table->start)) {
        return fault(check, "start state %u does not exist", table->start);
    }
    for (unsigned event = 1; event < table->event_count; event++) {
        if (table->events[event] == NULL) {
            return fault(check, "event %u has no name", event);
        }
    }
    return true;
}

/* Each event at most once among on, drop and defer. */
static bool
check_events(const struct check *check, unsigned number)
{
    const struct fsm_table *table = check->table;
    const struct fsm_state *state = &table->states[number];
    uint64_t known =
        table->event_count == FSM_EVENTS_MAX ? ~UINT64_C(0) : FSM_BIT(table->event_count) - 1;
    uint64_t seen = 0;

    for (unsigned i = 0; i < FSM_EDGES_MAX && state->on[i].event != 0; i++) {
        unsigned event = state->on[i].event;

        if (event >= table->event_count) {
            return fault(check, "%s: event %u does not exist", state->name, event);
        }
        if (!is_state(table, state->on[i].next)) {
            return fault(check, "%s: %s leads to state %u, which does not exist", state->name,
                         table->events[event], state->on[i].next);
        }
        if ((seen & FSM_BIT(event)) != 0) {
            return fault(check, "%s: %s is handled twice", state->name, table->events[event]);
        }
        seen |= FSM_BIT(event);
    }
    if (((state->drop | state->defer) & ~known) != 0 || ((state->drop | state->defer) & 1) != 0) {
        return fault(check, "%s: an event in drop or defer does not exist", state->name);
    }
    for (unsigned event = 1; event < table->event_count; event++) {
        uint64_t bit = FSM_BIT(event);
        unsigned ways =
            ((seen & bit) != 0) + ((state->drop & bit) != 0) + ((state->defer & bit) != 0);

        if (ways > 1) {
            return fault(check, "%s: %s is two of handled, dropped and deferred", state->name,
                         table->events[event]);
        }
    }
    return true;
}

static bool
check_exits(const struct check *check, unsigned number)
{
    const struct fsm_state *state = &check->table->states[number];
    bool leaves = state->on[0].event != 0 || state->may[0] != 0;

    for (unsigned i = 0; i < FSM_MAY_MAX && state->may[i] != 0; i++) {
        if (!is_state(check->table, state->may[i])) {
            return fault(check, "%s: .may has state %u, which does not exist", state->name,
                         state->may[i]);
        }
    }
    if (state->may[0] != 0 && state->enter == NULL) {
        return fault(check, "%s: .may without an action", state->name);
    }
    if (state->final == leaves) {
        return fault(check, state->final ? "%s: final, but has a way out" : "%s: has no way out",
                     state->name);
    }
    return true;
}

static bool
check_state(const struct check *check, unsigned number)
{
    if (check->table->states[number].name == NULL) {
        return fault(check, "state %u has no name", number);
    }
    return check_events(check, number) && check_exits(check, number);
}

/* Marks what a state leads to; true when that was something new. */
static bool
mark_next(const struct fsm_state *state, bool *reached)
{
    bool found = false;

    for (unsigned i = 0; i < FSM_EDGES_MAX && state->on[i].event != 0; i++) {
        found |= !reached[state->on[i].next];
        reached[state->on[i].next] = true;
    }
    for (unsigned i = 0; i < FSM_MAY_MAX && state->may[i] != 0; i++) {
        found |= !reached[state->may[i]];
        reached[state->may[i]] = true;
    }
    return found;
}

static bool
check_reachable(const struct check *check)
{
    const struct fsm_table *table = check->table;
    bool reached[STATES_MAX] = {false};
    bool found = true;

    reached[table->start] = true;
    while (found) {
        found = false;
        for (unsigned number = 1; number < table->state_count; number++) {
            found |= reached[number] && mark_next(&table->states[number], reached);
        }
    }
    for (unsigned number = 1; number < table->state_count; number++) {
        if (!reached[number]) {
            return fault(check, "%s: has no way in", table->states[number].name);
        }
    }
    return true;
}

/* An event that only ever is dropped or deferred is a mistake. */
static bool
check_handled(const struct check *check)
{
    const struct fsm_table *table = check->table;
    uint64_t handled = 0;

    for (unsigned number = 1; number < table->state_count; number++) {
        const struct fsm_state *state = &table->states[number];

        for (unsigned i = 0; i < FSM_EDGES_MAX && state->on[i].event != 0; i++) {
            handled |= FSM_BIT(state->on[i].event);
        }
    }
    for (unsigned event = 1; event < table->event_count; event++) {
        if ((handled & FSM_BIT(event)) == 0) {
            return fault(check, "event %s: no state handles it", table->events[event]);
        }
    }
    return true;
}

bool
fsm_table_check(const struct fsm_table *table, char *text, size_t size)
{
    struct check check = {table, text, size};

    if (!check_frame(&check)) {
        return false;
    }
    for (unsigned number = 1; number < table->state_count; number++) {
        if (!check_state(&check, number)) {
            return false;
        }
    }
    return check_reachable(&check) && check_handled(&check);
}

static void
dot_state(const struct fsm_table *table, unsigned number,
          void (*write)(void *context, const char *text), void *context)
{
    const struct fsm_state *state = &table->states[number];
    char line[256];

    snprintf(line, sizeof(line), "    \"%s\"%s;\n", state->name,
             state->final ? " [peripheries=2]" : "");
    write(context, line);
    for (unsigned i = 0; i < FSM_EDGES_MAX && state->on[i].event != 0; i++) {
        snprintf(line, sizeof(line), "    \"%s\" -> \"%s\" [label=\"%s\"];\n", state->name,
                 fsm_state_name(table, state->on[i].next),
                 fsm_event_name(table, state->on[i].event));
        write(context, line);
    }
    for (unsigned i = 0; i < FSM_MAY_MAX && state->may[i] != 0; i++) {
        snprintf(line, sizeof(line), "    \"%s\" -> \"%s\" [style=dashed];\n", state->name,
                 fsm_state_name(table, state->may[i]));
        write(context, line);
    }
}

void
fsm_table_dot(const struct fsm_table *table, void (*write)(void *context, const char *text),
              void *context)
{
    char line[256];

    snprintf(line, sizeof(line),
             "digraph \"%s\" {\n    start [shape=point];\n    start -> \"%s\";\n", table->name,
             fsm_state_name(table, table->start));
    write(context, line);
    for (unsigned number = 1; number < table->state_count; number++) {
        dot_state(table, number, write, context);
    }
    write(context, "}\n");
}
