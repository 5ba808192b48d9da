/* SPDX-License-Identifier: MIT */
/*
 * What the benchmark programs share: time, interleaved measuring against a baseline, results as lines
 * of JSON on standard output, which bench/run reads.
 */
#ifndef OPENWDF_BENCH_HARNESS_H
#define OPENWDF_BENCH_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC in ns. */
uint64_t harness_now(void);

/* Something that is done `count` times in a row and timed as a whole. */
typedef void harness_fn(void *context, uint64_t count);

struct harness_pair {
    double ours;     /* ns for one, the median of the rounds. */
    double baseline; /* The same. */
    double ratio;    /* The median of ours / baseline, round by round. */
};

/*
 * Runs baseline, ours, baseline, ours … for `rounds` rounds of `count` operations each, after one
 * round that does not count.
 */
struct harness_pair harness_compare(harness_fn *ours, void *ours_context, harness_fn *baseline,
                                    void *baseline_context, unsigned rounds, uint64_t count);

/*
 * The same for what only goes undisturbed for a moment, because others want the processors too: `count` fits well
 * into a time slice, and of each side the quickest of many rounds counts.
 */
struct harness_pair harness_compare_best(harness_fn *ours, void *ours_context, harness_fn *baseline,
                                         void *baseline_context, unsigned rounds, uint64_t count);

/* The median of n values; reorders them. */
double harness_median(double *values, unsigned n);

/* Shorter rounds for a smoke test (--quick); set by harness_arguments. */
extern bool harness_quick;
void harness_arguments(int argc, char **argv);
/* count, or far less when harness_quick. */
uint64_t harness_count(uint64_t count);

/*
 * One result. `value` is what `target` is about: it must not exceed it (`at_most`) or fall below
 * it. Units are words for people.
 */
void harness_result(const char *id, const char *what, double value, const char *unit, double target,
                    bool at_most, const char *detail_format, ...)
    __attribute__((format(printf, 7, 8)));
void harness_note(const char *id, const char *what, double value, const char *unit,
                  const char *detail_format, ...) __attribute__((format(printf, 5, 6)));
void harness_skip(const char *id, const char *what, const char *why);

/* Two threads of one process do not share what two processes share; these start a child process. */
struct pingpong;
/* `blocking`: both sides sleep on futexes; else both spin. NULL: no second process. */
struct pingpong *pingpong_start(bool blocking);
/* One round trip after another. A harness_fn. */
void pingpong_run(void *pingpong, uint64_t count);
void pingpong_stop(struct pingpong *pingpong);

#endif
