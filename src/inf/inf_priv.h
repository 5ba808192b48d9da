/* SPDX-License-Identifier: MIT */
#ifndef OPENWDF_INF_INF_PRIV_H
#define OPENWDF_INF_INF_PRIV_H

#include "inf/inf.h"

/* Writes "file:line: …" (line 0: "file: …") and returns `result`. */
int inf_fail(const struct inf *inf, unsigned line, struct inf_error *error, int result,
             const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
