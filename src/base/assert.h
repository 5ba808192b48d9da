/* SPDX-License-Identifier: MIT */
/* Assertions on our own faults; always compiled in. The outside world's faults get a status. */
#ifndef OPENWDF_BASE_ASSERT_H
#define OPENWDF_BASE_ASSERT_H

/* Logs the place, then aborts. */
_Noreturn void base_assert_failed(const char *expression, const char *file, int line);

/* Logs "component: message", then aborts. */
_Noreturn void base_panic(const char *component, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define base_assert(expression)                                                                    \
    ((void)(__builtin_expect(!!(expression), 1) ||                                                 \
            (base_assert_failed(#expression, __FILE__, __LINE__), 0)))

#endif
