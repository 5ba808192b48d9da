/* SPDX-License-Identifier: MIT */
/*
 * The bare skeleton of "an application's request reaches a driver's callback and is completed": three indirect
 * calls (dispatch, callback, completion), one uncontended lock taken and given back, one preallocated
 * request. Everything a framework does beyond it is its price.
 */
#include "skeleton.h"

#include <stdbool.h>

struct request {
    uint32_t lock;
    uint32_t value;
    uint32_t status;
    uint32_t done;
};

typedef void step(struct request *request);

static step dispatch, callback, complete;

/* Volatile, so that the compiler calls through them. */
static step *volatile steps[] = {dispatch, callback, complete};
static struct request the_request;

static void
complete(struct request *request)
{
    request->status = 0;
    request->done++;
}

static void
callback(struct request *request)
{
    request->value++;
    steps[2](request);
}

static void
dispatch(struct request *request)
{
    uint32_t expected = 0;

    if (!__atomic_compare_exchange_n(&request->lock, &expected, 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        __builtin_trap();
    }
    if (__atomic_exchange_n(&request->lock, 0, __ATOMIC_SEQ_CST) != 1) {
        __builtin_trap();
    }
    steps[1](request);
}

void
skeleton_run(void *unused, uint64_t count)
{
    (void)unused;
    while (count-- > 0) {
        steps[0](&the_request);
    }
}
