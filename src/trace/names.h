/* SPDX-License-Identifier: MIT */
/* Names of error values. NULL when a value has none. */
#ifndef OPENWDF_TRACE_NAMES_H
#define OPENWDF_TRACE_NAMES_H

#include <stdint.h>

const char *trace_status_name(uint32_t status);
const char *trace_win32_name(uint32_t error);
const char *trace_hresult_name(uint32_t result);

#endif
