/* SPDX-License-Identifier: MIT */
/* The end of a failed assertion. */
#include "base/assert.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"

void
base_assert_failed(const char *expression, const char *file, int line)
{
    base_panic("assert", "%s:%d: %s does not hold", file, line, expression);
}

void
base_panic(const char *component, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    base_log_va(BASE_LOG_ERROR, component, format, arguments);
    va_end(arguments);
    abort();
}
