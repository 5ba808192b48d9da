/* SPDX-License-Identifier: MIT */
/*
 * The end of a whole stack: a bus driver's PDO, a lower filter, the function driver, an upper filter. Each callback on the
 * way out fails in turn, of each driver: in a removal, in a surprise removal, in a stop; and each driver refuses in turn.
 */
#include "pnp_whole_stack.h"

static struct pnp_node *const nodes[] = {&pdo, &lo, &fn, &up};

static const enum monitor_callback on_the_way_out[] = {
    MONITOR_SELF_MANAGED_SUSPEND,
    MONITOR_PRE_INTERRUPTS_DISABLED,
    MONITOR_D0_EXIT,
    MONITOR_RELEASE_HARDWARE,
};

#define WAYS (sizeof(on_the_way_out) / sizeof(on_the_way_out[0]))

static void
open_stack(void)
{
    whole_stack_begin();
    pnp_plug(&bus, &pdo);
    bench_wait_quiet(pnp_bench);
    ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
    (void)pnp_events();
}

static void
end(void)
{
    SUCCEEDS(bench_device_remove(device));
    (void)pnp_events();
}

/* Each callback on the way out that one of the four has. */
static void
each(void (*body)(struct pnp_node *node, enum monitor_callback callback))
{
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < WAYS; j++) {
            if (on_the_way_out[j] != MONITOR_SELF_MANAGED_SUSPEND || nodes[i] == &fn) {
                open_stack();
                body(nodes[i], on_the_way_out[j]);
                end();
            }
        }
    }
}

#define DOWN(name) name ".pre:D3Final " name ".d0exit:D3Final " name ".release "
#define REMOVED                                                                                    \
    DOWN("up")                                                                                     \
    "fn.suspend " DOWN("fn") "fn.flush fn.cleanup " DOWN("lo")                                     \
        DOWN("pdo") "lo.object-cleanup fn.object-cleanup up.object-cleanup "

static void
removal(struct pnp_node *node, enum monitor_callback callback)
{
    node->fail[callback] = 1;
    SUCCEEDS(bench_device_disable(pnp_child_device(&pdo)));
    EXPECT("up.query-remove fn.query-remove lo.query-remove pdo.query-remove " REMOVED);
    ck_assert_uint_eq(node->fail[callback], 0); /* It was called, and did fail. */
    /* The same device works when it is enabled again. */
    SUCCEEDS(bench_device_enable(pnp_child_device(&pdo)));
    (void)pnp_events();
}

/* "The framework continues to remove the device": nobody is spared, nobody called twice. */
PNP_TEST(a_removal_goes_on_whatever_fails)
{
    each(removal);
}

static void
surprise(struct pnp_node *node, enum monitor_callback callback)
{
    node->fail[callback] = 1;
    ck_assert(pnp_unplug(&bus, &pdo));
    bench_wait_quiet(pnp_bench);
    EXPECT("pdo.missing up.surprise " DOWN("up") "fn.surprise fn.suspend " DOWN(
        "fn") "fn.flush lo.surprise " DOWN("lo") "pdo.surprise " DOWN("pdo") "fn.cleanup "
                                                                             "pdo.object-cleanup "
                                                                             "lo.object-cleanup "
                                                                             "fn.object-cleanup "
                                                                             "up.object-cleanup ");
    ck_assert_uint_eq(node->fail[callback], 0);
}

PNP_TEST(a_surprise_removal_goes_on_whatever_fails)
{
    each(surprise);
}

/* Those above have been asked; the ones below never are. Nobody was stopped. */
PNP_TEST(who_refuses_a_removal_or_a_stop_keeps_the_stack_as_it_is)
{
    static const char *const asked_to_go[] = {
        "up.query-remove fn.query-remove lo.query-remove pdo.query-remove ",
        "up.query-remove fn.query-remove lo.query-remove ",
        "up.query-remove fn.query-remove ",
        "up.query-remove ",
    };
    static const char *const asked_to_stop[] = {
        "up.query-stop fn.query-stop lo.query-stop pdo.query-stop ",
        "up.query-stop fn.query-stop lo.query-stop ",
        "up.query-stop fn.query-stop ",
        "up.query-stop ",
    };

    for (unsigned i = 0; i < 4; i++) {
        open_stack();
        nodes[i]->fail[MONITOR_QUERY_REMOVE] = 1;
        ck_assert(!bench_ok(bench_device_disable(pnp_child_device(&pdo))));
        EXPECT(asked_to_go[i]);
        nodes[i]->fail[MONITOR_QUERY_STOP] = 1;
        ck_assert(!bench_ok(bench_device_stop(pnp_child_device(&pdo))));
        EXPECT(asked_to_stop[i]);
        ck_assert_str_eq(bench_device_state(pnp_child_device(&pdo)), "Started");
        end();
    }
}

/* What of the events is one driver's, without its prefix; a surprise may come at any time. */
static const char *
of(const char *events, const char *prefix)
{
    static char found[512];
    size_t length = strlen(prefix);
    const char *next;

    found[0] = '\0';
    for (const char *word = events; (next = strchr(word, ' ')) != NULL; word = next + 1) {
        if (strncmp(word, prefix, length) == 0 && word[length] == '.' &&
            strncmp(word + length, ".surprise ", 10) != 0 &&
            strncmp(word + length, ".missing ", 9) != 0) {
            strncat(found, word + length + 1, (size_t)(next - word) - length);
        }
    }
    return found;
}

/*
 * A stack is stopped from the top; when a driver fails, those below are stopped all the same, and the device goes for good instead of
 * being started again.
 */
static void
stop(struct pnp_node *node, enum monitor_callback callback)
{
    const char *events;

    (void)pnp_events();
    node->fail[callback] = 1;
    (void)bench_device_stop(pnp_child_device(&pdo));
    bench_wait_quiet(pnp_bench);
    events = pnp_events();
    ck_assert_str_eq(of(events, "up"),
                     "query-stop pre:D3Final d0exit:D3Final release object-cleanup ");
    ck_assert_str_eq(
        of(events, "fn"),
        "query-stop suspend pre:D3Final d0exit:D3Final release flush cleanup object-cleanup ");
    ck_assert_str_eq(of(events, "lo"),
                     "query-stop pre:D3Final d0exit:D3Final release object-cleanup ");
    /* The bus is asked for it again a few times only: after that its PDO stays. */
    ck_assert_ptr_eq(strstr(of(events, "pdo"), "query-stop pre:D3Final d0exit:D3Final release "),
                     of(events, "pdo"));
    ck_assert_uint_eq(node->fail[callback], 0);
}

PNP_TEST(a_stop_that_fails_is_the_end)
{
    each(stop);
}

PNP_RUN("conform/pnp_stack_end", a_removal_goes_on_whatever_fails,
        a_surprise_removal_goes_on_whatever_fails, a_stop_that_fails_is_the_end,
        who_refuses_a_removal_or_a_stop_keeps_the_stack_as_it_is)
