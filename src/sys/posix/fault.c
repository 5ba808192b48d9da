/* SPDX-License-Identifier: MIT */
/*
 * SIGSEGV, SIGBUS and SIGFPE. A handler that leaves by a long jump leaves no signal blocked behind.
 */
#define _GNU_SOURCE
#include "sys/fault.h"

#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

#include "base/atomic.h"

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE};

#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

static struct sigaction former[SIGNAL_COUNT];
static base_pointer fault_handler;

static void
describe(struct sys_fault *fault, int number, const siginfo_t *info, const ucontext_t *context)
{
    fault->address = info->si_addr;
    fault->kind = number == SIGFPE ? SYS_FAULT_DIVIDE : SYS_FAULT_READ;
#if defined(__x86_64__)
    fault->instruction = (const void *)context->uc_mcontext.gregs[REG_RIP];
    if (number != SIGFPE) {
        unsigned long error = (unsigned long)context->uc_mcontext.gregs[REG_ERR];

        fault->kind = error & 16 ? SYS_FAULT_EXECUTE : error & 2 ? SYS_FAULT_WRITE : SYS_FAULT_READ;
    }
#elif defined(__aarch64__)
    fault->instruction = (const void *)context->uc_mcontext.pc;
#endif
}

/* What the signal would have done without us. Returning repeats the fault under the default action. */
static void
chain(int number, siginfo_t *info, void *context)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (signals[i] != number) {
            continue;
        }
        if (former[i].sa_flags & SA_SIGINFO) {
            former[i].sa_sigaction(number, info, context);
        } else if (former[i].sa_handler != SIG_DFL && former[i].sa_handler != SIG_IGN) {
            former[i].sa_handler(number);
        } else {
            sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
            if (info->si_code <= 0) {
                raise(number); /* Sent by somebody: it does not come again by itself. */
            }
        }
    }
}

static void
on_signal(int number, siginfo_t *info, void *context)
{
    void (*handler)(const struct sys_fault *) =
        (void (*)(const struct sys_fault *))atomic_load_ptr(&fault_handler);

    /* si_code <= 0: sent by somebody, not caused by the thread. */
    if (handler != NULL && info->si_code > 0) {
        struct sys_fault fault = {0};

        describe(&fault, number, info, context);
        /* The handler may not come back; a sanitizer may have blocked more than we asked for. */
        pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
        handler(&fault);
    }
    chain(number, info, context);
}

void
sys_fault_set_handler(void (*handler)(const struct sys_fault *fault))
{
    bool installed = atomic_load_ptr(&fault_handler) != NULL;

    if (handler != NULL && !installed) {
        struct sigaction action = {.sa_sigaction = on_signal,
                                   .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

        sigemptyset(&action.sa_mask);
        for (size_t i = 0; i < SIGNAL_COUNT; i++) {
            sigaction(signals[i], &action, &former[i]);
        }
    }
    atomic_store_ptr(&fault_handler, (void *)handler);
    if (handler == NULL && installed) {
        for (size_t i = 0; i < SIGNAL_COUNT; i++) {
            sigaction(signals[i], &former[i], NULL);
        }
    }
}
