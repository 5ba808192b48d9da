/* SPDX-License-Identifier: MIT */
/* See harness.h. */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool harness_quick;

uint64_t
harness_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void
harness_arguments(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        harness_quick = harness_quick || strcmp(argv[i], "--quick") == 0;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
}

uint64_t
harness_count(uint64_t count)
{
    return harness_quick ? count / 50 + 1 : count;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double
harness_median(double *values, unsigned n)
{
    qsort(values, n, sizeof(*values), compare_doubles);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double
time_one(harness_fn *fn, void *context, uint64_t count)
{
    uint64_t start = harness_now();

    fn(context, count);
    return (double)(harness_now() - start) / (double)count;
}

struct harness_pair
harness_compare(harness_fn *ours, void *ours_context, harness_fn *baseline, void *baseline_context,
                unsigned rounds, uint64_t count)
{
    double a[64], b[64], ratios[64];
    struct harness_pair pair;
    unsigned i;

    rounds = harness_quick ? 3 : rounds > 64 ? 64 : rounds;
    count = harness_count(count);
    (void)time_one(baseline, baseline_context, count);
    (void)time_one(ours, ours_context, count);
    for (i = 0; i < rounds; i++) {
        b[i] = time_one(baseline, baseline_context, count);
        a[i] = time_one(ours, ours_context, count);
        ratios[i] = a[i] / b[i];
    }
    pair.ours = harness_median(a, rounds);
    pair.baseline = harness_median(b, rounds);
    pair.ratio = harness_median(ratios, rounds);
    return pair;
}

struct harness_pair
harness_compare_best(harness_fn *ours, void *ours_context, harness_fn *baseline,
                     void *baseline_context, unsigned rounds, uint64_t count)
{
    struct harness_pair pair = {0, 0, 0};
    unsigned i;

    rounds = harness_quick ? 3 : rounds;
    count = harness_count(count);
    (void)time_one(baseline, baseline_context, count);
    (void)time_one(ours, ours_context, count);
    for (i = 0; i < rounds; i++) {
        double b = time_one(baseline, baseline_context, count);
        double a = time_one(ours, ours_context, count);

        pair.baseline = i == 0 || b < pair.baseline ? b : pair.baseline;
        pair.ours = i == 0 || a < pair.ours ? a : pair.ours;
    }
    pair.ratio = pair.ours / pair.baseline;
    return pair;
}

/* Our own texts hold no quotes, backslashes or control characters. */
static void
print_line(const char *id, const char *what, const char *rest, const char *detail_format,
           va_list arguments)
{
    char detail[400];

    vsnprintf(detail, sizeof(detail), detail_format, arguments);
    printf("{\"id\": \"%s\", \"what\": \"%s\", %s, \"detail\": \"%s\"}\n", id, what, rest, detail);
}

void
harness_result(const char *id, const char *what, double value, const char *unit, double target,
               bool at_most, const char *detail_format, ...)
{
    char rest[200];
    va_list arguments;

    snprintf(rest, sizeof(rest),
             "\"value\": %.6g, \"unit\": \"%s\", \"target\": %.6g, \"at_most\": %s, \"met\": %s",
             value, unit, target, at_most ? "true" : "false",
             (at_most ? value <= target : value >= target) ? "true" : "false");
    va_start(arguments, detail_format);
    print_line(id, what, rest, detail_format, arguments);
    va_end(arguments);
}

void
harness_note(const char *id, const char *what, double value, const char *unit,
             const char *detail_format, ...)
{
    char rest[120];
    va_list arguments;

    snprintf(rest, sizeof(rest), "\"value\": %.6g, \"unit\": \"%s\"", value, unit);
    va_start(arguments, detail_format);
    print_line(id, what, rest, detail_format, arguments);
    va_end(arguments);
}

void
harness_skip(const char *id, const char *what, const char *why)
{
    printf("{\"id\": \"%s\", \"what\": \"%s\", \"skipped\": \"%s\"}\n", id, what, why);
}
