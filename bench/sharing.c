/* SPDX-License-Identifier: MIT */
/*
 * What it costs one driver to use another one's code, each way against a plain call in a library
 * (docs/sharing-code.md tells when to use which):
 *
 *     sharing PROVIDER.so CONSUMER.so [--quick]
 */
#include <openwdf/bench.h>

#include <stdio.h>
#include <stdlib.h>

#include "drivers/sharing.h"
#include "harness.h"

static struct bench *the_bench;
static struct bench_file *file;

static void
die(const char *what)
{
    fprintf(stderr, "sharing: %s: %s\n%s\n", what, bench_error(), bench_output(the_bench));
    exit(1);
}

static struct bench_device *
add(const char *path)
{
    struct bench_device_params params = {0};
    struct bench_device *device = NULL;

    if (!bench_ok(bench_driver_load(the_bench, path, &params.function)) ||
        !bench_ok(bench_device_add(the_bench, &params, &device))) {
        die(path);
    }
    return device;
}

/* A harness_fn; the context is the way. */
static void
run(void *context, uint64_t count)
{
    struct sharing_order order = {.way = *(const unsigned *)context, .count = (unsigned)count};

    if (!bench_ok(bench_ioctl(file, SHARING_IOCTL_RUN, &order, sizeof(order), &order, sizeof(order),
                              NULL)) ||
        order.value != (unsigned)count) {
        die("the consumer did not count right");
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        unsigned way;
        const char *id, *what;
        uint64_t count;
    } ways[] = {
        {SHARING_EXPORT, "s1", "call of an export driver", 20000000},
        {SHARING_EXPORT_LOCKED, "s2", "the same, with a framework lock in it", 2000000},
        {SHARING_INTERFACE, "s3", "call through a direct-call interface", 20000000},
        {SHARING_DEVICE, "s4", "device control to another driver's device", 500000},
    };
    static const uint8_t guid[16] = {0xd2, 0xb3, 0x0b, 0x6b, 0x6e, 0x2f, 0x7c, 0x4f,
                                     0x9a, 0x11, 0x07, 0x35, 0x9d, 0x22, 0x4c, 0x10};
    unsigned library = SHARING_LIBRARY;
    struct bench_device *provider, *consumer;

    harness_arguments(argc, argv);
    if (argc < 3) {
        fprintf(stderr, "usage: sharing PROVIDER.so CONSUMER.so [--quick]\n");
        return 2;
    }
    if (!bench_ok(bench_create(NULL, &the_bench))) {
        die("bench_create");
    }
    provider = add(argv[1]);
    consumer = add(argv[2]);
    if (!bench_ok(bench_open_interface(the_bench, (const struct _GUID *)(const void *)guid, 0,
                                       BENCH_READ | BENCH_WRITE, &file))) {
        die("bench_open_interface");
    }
    for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        unsigned way = ways[i].way;
        struct harness_pair pair =
            harness_compare(run, &way, run, &library, 9, harness_count(ways[i].count));

        harness_note(ways[i].id, ways[i].what, pair.ours, "ns", "call in a library: %.2f ns; %.1fx",
                     pair.baseline, pair.ratio);
    }
    bench_close(file);
    if (!bench_ok(bench_device_remove(consumer)) || !bench_ok(bench_device_remove(provider)) ||
        bench_destroy(the_bench) != 0) {
        die("leaks");
    }
    return 0;
}
