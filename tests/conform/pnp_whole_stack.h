/* SPDX-License-Identifier: MIT */
/* The whole stack of one device below a bus: the bus driver's PDO, a lower filter, the function driver, an upper filter. */
#ifndef OPENWDF_TESTS_PNP_WHOLE_STACK_H
#define OPENWDF_TESTS_PNP_WHOLE_STACK_H

#include "pnp_test.h"

static struct bench_device *device; /* The bus. */
static struct pnp_node bus, pdo, lo, fn, up;

static inline struct pnp_node
whole_stack_node(const char *prefix)
{
    return (struct pnp_node){.prefix = prefix, .no_self_managed_io = true};
}

/* The drivers as new, and the bus started. Nothing is plugged in. */
static inline void
whole_stack_begin(void)
{
    bus = whole_stack_node("bus");
    bus.bus = true;
    pdo = whole_stack_node("pdo");
    lo = whole_stack_node("lo");
    fn = whole_stack_node("fn");
    up = whole_stack_node("up");
    fn.no_self_managed_io = false;
    lo.filter = up.filter = true;
    pdo.serial = 1;
    pdo.function = &fn;
    pdo.lower = &lo;
    pdo.upper = &up;
    SUCCEEDS(pnp_add(NULL, &bus, NULL, &device));
}

#endif
