/* SPDX-License-Identifier: MIT */
#ifndef OPENWDF_INF_INF_PRIV_H
#define OPENWDF_INF_INF_PRIV_H

#include <stdint.h>

#include "inf/inf.h"

#define INF_SECTION_SIZE 256 /* Of a section's name. */

#if defined(__aarch64__)
#define INF_ARCHITECTURE "arm64"
#else
#define INF_ARCHITECTURE "amd64"
#endif
#define INF_PLATFORM "NT" INF_ARCHITECTURE

/*
 * The newest Windows whose frameworks we have: packages for it install. Drivers are told of an older
 * one (nt/rtl/version.c), on which all of them run.
 */
#define INF_OS_MAJOR 10u
#define INF_OS_MINOR 0u
#define INF_OS_BUILD 26100u

/* Writes "file:line: …" (line 0: "file: …") and returns `result`. */
int inf_fail(const struct inf *inf, unsigned line, struct inf_error *error, int result,
             const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A file's bytes as UTF-8 that ends with a zero; sys_free. NULL: no memory. */
char *inf_text_of(const uint8_t *data, size_t size);

/* Section number `index`; NULL past the last. */
const char *inf_section_at(const struct inf *inf, unsigned index);

/* The file's name without its folder. */
const char *inf_name(const struct inf *inf);

/*
 * How well a TargetOS decoration ("NTamd64.10.0...16299", "" for none) fits this machine: 0 not at
 * all, else more is better.
 */
uint64_t inf_decoration_score(const char *decoration, size_t length);

/*
 * The best section `base`[.decoration]`suffix` that is there. `suffix` is "" or begins with a dot.
 */
bool inf_decorated_section(const struct inf *inf, const char *base, const char *suffix, char *out);

/* Field number `index`, expanded; "" when the line has fewer. */
int inf_field(const struct inf *inf, const struct inf_line *line, unsigned index, char *out,
              size_t size, struct inf_error *error);

/* A number as INF files have them: 0x…, x…, decimal. "" is 0. -EINVAL. */
int inf_number(const char *text, uint64_t *ret_number);

#endif
