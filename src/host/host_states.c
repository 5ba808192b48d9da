/* SPDX-License-Identifier: MIT */
#include "host/host_states.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/fsm.h"
#include "fx/pnp/machines.h"
#include "nt/pnp/pnp.h"

static const struct fsm_table *const tables[] = {
    &fx_pnp_table,
    &fx_policy_table,
    &fx_power_table,
    &pnp_devnode_table,
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static void
write_out(void *context, const char *text)
{
    (void)fputs(text, context);
}

static void
list_events(const struct fsm_table *table, const char *what, uint64_t events)
{
    const char *separator = " ";

    if (events == 0) {
        return;
    }
    printf("    %s", what);
    for (unsigned event = 1; event < table->event_count; event++) {
        if ((events & FSM_BIT(event)) != 0) {
            printf("%s%s", separator, fsm_event_name(table, event));
            separator = ", ";
        }
    }
    printf("\n");
}

static void
list_state(const struct fsm_table *table, unsigned number)
{
    const struct fsm_state *state = &table->states[number];

    printf("  %s%s%s\n", state->name, number == table->start ? " (start)" : "",
           state->final ? " (final)" : "");
    for (unsigned i = 0; i < FSM_MAY_MAX && state->may[i] != 0; i++) {
        printf("    -> %s\n", fsm_state_name(table, state->may[i]));
    }
    for (unsigned i = 0; i < FSM_EDGES_MAX && state->on[i].event != 0; i++) {
        printf("    %s -> %s\n", fsm_event_name(table, state->on[i].event),
               fsm_state_name(table, state->on[i].next));
    }
    list_events(table, "later:", state->defer);
    list_events(table, "ignored:", state->drop);
}

static void
show(const struct fsm_table *table, bool dot)
{
    if (dot) {
        fsm_table_dot(table, write_out, stdout);
        return;
    }
    printf("%s: %u states, %u events\n", table->name, table->state_count - 1u,
           table->event_count - 1u);
    for (unsigned number = 1; number < table->state_count; number++) {
        list_state(table, number);
    }
}

static const struct fsm_table *
find(const char *name)
{
    for (size_t i = 0; i < TABLES; i++) {
        if (strcmp(tables[i]->name, name) == 0) {
            return tables[i];
        }
    }
    return NULL;
}

int
host_states_main(int argc, char **argv)
{
    bool dot = argc > 2 && strcmp(argv[2], "--dot") == 0;
    int first = dot ? 3 : 2;

    for (int i = first; i < argc; i++) {
        if (find(argv[i]) == NULL) {
            fprintf(stderr, "wdf states: there is no machine \"%s\"; there are:", argv[i]);
            for (size_t j = 0; j < TABLES; j++) {
                fprintf(stderr, " %s", tables[j]->name);
            }
            fprintf(stderr, "\n");
            return 3;
        }
    }
    for (int i = first; i < argc; i++) {
        show(find(argv[i]), dot);
    }
    for (size_t i = 0; first == argc && i < TABLES; i++) {
        show(tables[i], dot);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
