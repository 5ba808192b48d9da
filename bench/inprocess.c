/* SPDX-License-Identifier: MIT */
/*
 * What a request costs inside one process: a 4-byte buffered device control through a sequential queue, and
 * what each filter on top of the stack adds.
 *
 *     inprocess TARGET.so FILTER.so AUTO_FILTER.so [--quick]
 */
#include <openwdf/bench.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/target.h"
#include "harness.h"
#include "skeleton.h"

#define FILTERS_MAX 8

/* One stack, opened. */
struct stack {
    struct bench_device *device;
    struct bench_file *file;
    struct bench_request *request;
    uint32_t value;
};

static struct bench *the_bench;

static void
die(const char *what)
{
    fprintf(stderr, "inprocess: %s: %s\n%s\n", what, bench_error(), bench_output(the_bench));
    exit(1);
}

static void
stack_open(struct stack *stack, struct bench_driver *target, struct bench_driver *filter,
           unsigned filters)
{
    static const uint8_t guid[16] = {0x52, 0x7b, 0x9e, 0x0f, 0x5d, 0x6b, 0x0e, 0x4b,
                                     0x8d, 0x0b, 0x1b, 0x5e, 0x6c, 0x0a, 0x7b, 0x11};
    struct bench_driver *uppers[FILTERS_MAX + 1] = {NULL};
    struct bench_device_params params = {.function = target, .upper_filters = uppers};
    unsigned i;

    for (i = 0; i < filters; i++) {
        uppers[i] = filter;
    }
    if (!bench_ok(bench_device_add(the_bench, &params, &stack->device))) {
        die("bench_device_add");
    }
    if (!bench_ok(bench_open_interface(the_bench, (const struct _GUID *)(const void *)guid, 0,
                                       BENCH_READ | BENCH_WRITE, &stack->file))) {
        die("bench_open_interface");
    }
    stack->request = bench_request_create(the_bench, NULL, NULL);
    stack->value = 0;
}

static void
stack_close(struct stack *stack)
{
    bench_request_delete(stack->request);
    bench_close(stack->file);
    if (!bench_ok(bench_device_remove(stack->device))) {
        die("bench_device_remove");
    }
}

/* A harness_fn. */
static void
stack_run(void *context, uint64_t count)
{
    struct stack *stack = context;
    uint32_t before = stack->value;
    uint64_t i;

    for (i = 0; i < count; i++) {
        bench_request_ioctl(stack->request, stack->file, TARGET_IOCTL_INCREMENT, &stack->value, 4,
                            &stack->value, 4);
    }
    if (stack->value != before + (uint32_t)count) {
        die("the driver did not see every request");
    }
}

/* Least squares through (i, ns[i]): the slope, and the largest distance from the line over its rise. */
static double
slope_of(const double *ns, unsigned n, double *ret_bend)
{
    double mean_x = (n - 1) / 2.0, mean_y = 0, xy = 0, xx = 0, slope, bend = 0;
    unsigned i;

    for (i = 0; i < n; i++) {
        mean_y += ns[i] / n;
    }
    for (i = 0; i < n; i++) {
        xy += (i - mean_x) * (ns[i] - mean_y);
        xx += (i - mean_x) * (i - mean_x);
    }
    slope = xy / xx;
    for (i = 0; i < n; i++) {
        double off = ns[i] - (mean_y + slope * (i - mean_x));

        off = off < 0 ? -off : off;
        bend = off > bend ? off : bend;
    }
    *ret_bend = bend / (slope * (n - 1));
    return slope;
}

static void
measure_filters(const char *id, const char *what, struct bench_driver *target,
                struct bench_driver *filter, double most_ns)
{
    double ns[FILTERS_MAX + 1], bend, slope;
    char list[200] = "";
    unsigned filters;

    for (filters = 0; filters <= FILTERS_MAX; filters++) {
        struct stack stack;
        size_t used = strlen(list);

        stack_open(&stack, target, filter, filters);
        ns[filters] = harness_compare_best(stack_run, &stack, skeleton_run, NULL, 100, 5000).ours;
        stack_close(&stack);
        snprintf(list + used, sizeof(list) - used, "%s%.0f", filters == 0 ? "" : " ", ns[filters]);
    }
    slope = slope_of(ns, FILTERS_MAX + 1, &bend);
    harness_result(id, what, slope, "ns", most_ns, true,
                   "0 to 8 layers: %s ns; farthest from the line: %.0f %% of its rise", list,
                   bend * 100);
}

static struct bench_driver *
load(const char *path)
{
    struct bench_driver *driver;

    if (!bench_ok(bench_driver_load(the_bench, path, &driver))) {
        die(path);
    }
    return driver;
}

int
main(int argc, char **argv)
{
    struct bench_driver *target, *filter, *automatic;
    struct harness_pair pair;
    struct stack stack;

    harness_arguments(argc, argv);
    if (argc < 4) {
        fprintf(stderr, "usage: inprocess TARGET.so FILTER.so AUTO_FILTER.so [--quick]\n");
        return 2;
    }
    if (!bench_ok(bench_create(NULL, &the_bench))) {
        die("bench_create");
    }
    target = load(argv[1]);
    filter = load(argv[2]);
    automatic = load(argv[3]);

    stack_open(&stack, target, NULL, 0);
    pair = harness_compare_best(stack_run, &stack, skeleton_run, NULL, 300, 20000);
    stack_close(&stack);
    harness_result("a", "device control, in process", pair.ratio, "x", 4, true,
                   "%.1f ns; skeleton of three calls, a lock, a request: %.1f ns", pair.ours,
                   pair.baseline);
    measure_filters("b", "each filter that sends and forgets", target, filter, 50);
    measure_filters("b2", "each filter without a queue", target, automatic, 50);
    if (bench_destroy(the_bench) != 0) {
        fprintf(stderr, "inprocess: leaks\n");
        return 1;
    }
    return 0;
}
