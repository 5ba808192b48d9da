/* SPDX-License-Identifier: MIT */
/*
 * What a request costs when the driver lives in a host process of its own.
 *
 *     isolated WDF TARGET.so [--quick]
 *
 * Starts `wdf run TARGET.so` in a private runtime folder and talks to it through the client library.
 */
#include <openwdf/client.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drivers/target.h"
#include "harness.h"

#define COLD_ROUNDS 40u
#define COLD_EACH   8u

static char runtime[] = "/tmp/openwdf-bench-XXXXXX";
static pid_t runner;

static void
die(const char *what, int error)
{
    fprintf(stderr, "isolated: %s: %s\n", what, strerror(-error));
    if (runner > 0) {
        kill(runner, SIGKILL);
    }
    exit(1);
}

/* Starts the device. Returns when it can be opened. */
static void
runner_start(const char *wdf, const char *module)
{
    int out[2];
    char text[4096];
    size_t used = 0;

    if (pipe(out) != 0) {
        die("pipe", -errno);
    }
    runner = fork();
    if (runner == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execl(wdf, wdf, "run", module, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    for (;;) {
        ssize_t n = read(out[0], text + used, sizeof(text) - 1 - used);

        if (n <= 0) {
            die("wdf run ended before it was ready", -ECHILD);
        }
        used += (size_t)n;
        text[used] = 0;
        if (strncmp(text, "ready", 5) == 0 || strstr(text, "\nready") != NULL) {
            break;
        }
    }
    /* The pipe stays open: closing it would end the runner at its next line. */
}

static void
runner_stop(void)
{
    kill(runner, SIGINT);
    waitpid(runner, NULL, 0);
    runner = 0;
}

/* The path of the one device, and its host's process id. */
static char *
find_device(int *ret_host)
{
    struct owdf_interface *list;
    struct owdf_device *devices;
    size_t count, device_count;
    char *path;
    int error = owdf_interfaces(TARGET_GUID_TEXT, &list, &count);

    if (error != 0 || count == 0) {
        die("no device", error != 0 ? error : -ENODEV);
    }
    path = strdup(list[0].path);
    owdf_list_free(list);
    *ret_host = 0;
    if (owdf_devices(&devices, &device_count) == 0) {
        *ret_host = device_count > 0 ? devices[0].host_pid : 0;
        owdf_list_free(devices);
    }
    return path;
}

static owdf_handle *
open_device(const char *path)
{
    owdf_handle *handle;
    int error = owdf_open(path, OWDF_OPEN_READ | OWDF_OPEN_WRITE, &handle);

    if (error != 0) {
        die("owdf_open", error);
    }
    return handle;
}

/* --- Round trips ----------------------------------------------------------------------------- */

/* A harness_fn: one device control after another. */
static void
round_trips(void *handle, uint64_t count)
{
    uint32_t value = 0;
    uint64_t i;

    for (i = 0; i < count; i++) {
        int error = owdf_ioctl(handle, TARGET_IOCTL_INCREMENT, &value, 4, &value, 4, NULL);

        if (error != 0) {
            die("owdf_ioctl", error);
        }
    }
    if (value != (uint32_t)count) {
        die("the driver did not see every request", -EPROTO);
    }
}

/* ns for one operation after a pause in which everybody falls asleep. */
static double
time_cold(harness_fn *fn, void *context)
{
    struct timespec pause = {0, 3000000};
    uint64_t start;

    nanosleep(&pause, NULL);
    start = harness_now();
    fn(context, 1);
    return (double)(harness_now() - start);
}

/*
 * Where the kernel wakes a thread, and what it must get out of caches that others used meanwhile, scatters by a
 * factor of ten. So ours and the baseline alternate, one by one; of a few each the quickest counts, and
 * the median of many such rounds.
 */
static void
measure_cold(owdf_handle *handle)
{
    struct pingpong *blocking = pingpong_start(true);
    unsigned rounds = harness_quick ? 2 : COLD_ROUNDS, i, k;
    double ours[COLD_ROUNDS], floor[COLD_ROUNDS], a, b;

    for (i = 0; i < rounds; i++) {
        ours[i] = floor[i] = 1e12;
        for (k = 0; k < COLD_EACH; k++) {
            b = time_cold(pingpong_run, blocking);
            a = time_cold(round_trips, handle);
            floor[i] = b < floor[i] ? b : floor[i];
            ours[i] = a < ours[i] ? a : ours[i];
        }
    }
    pingpong_stop(blocking);
    a = harness_median(ours, rounds);
    b = harness_median(floor, rounds);
    harness_result("c-cold", "isolated round trip, cold", a / b, "x", 1.3, true,
                   "%.1f us; two processes that block: %.1f us", a / 1000, b / 1000);
}

static void
measure_round_trips(owdf_handle *handle)
{
    struct pingpong *spinning = pingpong_start(false);
    struct harness_pair pair =
        harness_compare_best(round_trips, handle, pingpong_run, spinning, 150, 2000);

    pingpong_stop(spinning);
    harness_result("c-hot", "isolated round trip, hot", pair.ratio, "x", 5, true,
                   "%.2f us; two processes that spin on shared memory: %.2f us", pair.ours / 1000,
                   pair.baseline / 1000);
    measure_cold(handle);
}

/* The quickest of three: a third process on either processor would be measured otherwise. */
static void
measure_many(owdf_handle *handle)
{
    uint64_t count = harness_count(600000);
    double seconds = 0;
    unsigned i;

    for (i = 0; i < 3; i++) {
        uint64_t start = harness_now();
        double this_time;

        round_trips(handle, count);
        this_time = (double)(harness_now() - start) / 1e9;
        seconds = i == 0 || this_time < seconds ? this_time : seconds;
    }
    harness_result("e", "600,000 device controls in a row", seconds, "s", 0.5, true,
                   "%.0f a second", (double)count / seconds);
}

/* --- Throughput ------------------------------------------------------------------------------ */

struct flood {
    owdf_handle *handle;
    unsigned depth;
    enum owdf_operation operation;
    uint32_t size;
    void *buffers[64];
};

/* A harness_fn: keeps `depth` requests under way until `count` have ended. */
static void
flood_run(void *context, uint64_t count)
{
    struct flood *flood = context;
    uint64_t sent = 0, ended = 0;
    unsigned free_slots[64], free_count = 0, i;

    for (i = 0; i < flood->depth; i++) {
        free_slots[free_count++] = i;
    }
    while (ended < count) {
        struct owdf_completion done[64];
        int n, k;

        while (sent < count && free_count > 0) {
            unsigned slot = free_slots[free_count - 1];
            struct owdf_io io = {
                .operation = flood->operation,
                .code = TARGET_IOCTL_INCREMENT,
                .in = flood->buffers[slot],
                .out = flood->buffers[slot],
                .in_size = flood->size,
                .out_size = flood->size,
                .cookie = slot,
            };
            int error = owdf_submit(flood->handle, &io, NULL);

            if (error == -EAGAIN) {
                break;
            }
            if (error != 0) {
                die("owdf_submit", error);
            }
            free_count--;
            sent++;
        }
        n = owdf_reap(flood->handle, done, 64);
        if (n == 0) {
            (void)owdf_wait(flood->handle, -1);
            continue;
        }
        for (k = 0; k < n; k++) {
            if (done[k].status < 0 || done[k].information != flood->size) {
                die("a request failed", -EIO);
            }
            free_slots[free_count++] = (unsigned)done[k].cookie;
        }
        ended += (uint64_t)n;
    }
}

static void
flood_buffers(struct flood *flood, bool arena)
{
    unsigned i;

    for (i = 0; i < flood->depth; i++) {
        flood->buffers[i] = arena ? owdf_buffer_alloc(flood->handle, flood->size)
                                  : aligned_alloc(4096, (flood->size + 4095) & ~4095u);
        if (flood->buffers[i] == NULL) {
            die("buffers", -ENOMEM);
        }
        memset(flood->buffers[i], 0, flood->size);
    }
}

static void
flood_release(struct flood *flood, bool arena)
{
    unsigned i;

    for (i = 0; i < flood->depth; i++) {
        if (arena) {
            owdf_buffer_free(flood->handle, flood->buffers[i]);
        } else {
            free(flood->buffers[i]);
        }
    }
}

static void
measure_depths(owdf_handle *handle)
{
    double ns[7];
    char list[200] = "";
    unsigned step;

    for (step = 0; step < 7; step++) {
        struct flood flood = {
            .handle = handle, .depth = 1u << step, .operation = OWDF_OP_IOCTL, .size = 4};
        size_t used = strlen(list);

        flood_buffers(&flood, false);
        ns[step] = harness_compare_best(flood_run, &flood, flood_run, &flood, 60, 4000).ours;
        flood_release(&flood, false);
        snprintf(list + used, sizeof(list) - used, "%s%u: %.2f", step == 0 ? "" : ", ", flood.depth,
                 1000 / ns[step]);
    }
    harness_result("d-depth", "throughput, depth 32 over depth 1", ns[0] / ns[5], "x", 4, false,
                   "million requests a second by depth: %s", list);
}

/*
 * The copies that the driver makes: between its one private block and as many shared buffers as requests
 * are under way, in turn, in the same direction, on one processor. Like the driver's, the buffers are pages
 * of shared memory, and nobody else touches the data between two copies.
 */
struct copying {
    uint8_t *one;
    uint8_t *many;
    unsigned depth;
    bool from_many;
};

static void
copying_run(void *context, uint64_t count)
{
    struct copying *copying = context;
    uint64_t i;

    for (i = 0; i < count; i++) {
        uint8_t *other = copying->many + i % copying->depth * TARGET_DATA_SIZE;
        void *to = copying->from_many ? copying->one : other;
        const void *from = copying->from_many ? other : copying->one;

        memcpy(to, from, TARGET_DATA_SIZE);
        __asm__ volatile("" ::"r"(to) : "memory");
    }
}

static void
measure_bandwidth(owdf_handle *handle, bool arena, enum owdf_operation operation)
{
    struct flood flood = {
        .handle = handle, .depth = 16, .operation = operation, .size = TARGET_DATA_SIZE};
    struct copying copying = {
        .one = aligned_alloc(4096, TARGET_DATA_SIZE),
        .depth = flood.depth,
        .from_many = operation == OWDF_OP_WRITE,
    };
    size_t many_size = (size_t)copying.depth * TARGET_DATA_SIZE;
    struct harness_pair pair;
    char id[32], what[80];

    copying.many = mmap(NULL, many_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (copying.one == NULL || copying.many == MAP_FAILED) {
        die("memory", -ENOMEM);
    }
    memset(copying.one, 1, TARGET_DATA_SIZE);
    memset(copying.many, 1, many_size);
    flood_buffers(&flood, arena);
    pair = harness_compare_best(flood_run, &flood, copying_run, &copying, 100, 500);
    flood_release(&flood, arena);
    snprintf(id, sizeof(id), "d-%s-%s", operation == OWDF_OP_READ ? "read" : "write",
             arena ? "arena" : "copy");
    snprintf(what, sizeof(what), "64 KiB %s, %s", operation == OWDF_OP_READ ? "reads" : "writes",
             arena ? "arena buffers" : "ordinary buffers");
    if (arena) {
        harness_result(id, what, 1 / pair.ratio, "x memcpy", 0.8, false,
                       "%.2f GB/s at depth 16; memcpy: %.2f GB/s", TARGET_DATA_SIZE / pair.ours,
                       TARGET_DATA_SIZE / pair.baseline);
    } else {
        harness_note(id, what, 1 / pair.ratio, "x memcpy",
                     "%.2f GB/s at depth 16; memcpy: %.2f GB/s; one more copy on the client's side",
                     TARGET_DATA_SIZE / pair.ours, TARGET_DATA_SIZE / pair.baseline);
    }
    munmap(copying.many, many_size);
    free(copying.one);
}

/* --- The host at rest ------------------------------------------------------------------------ */

/* utime + stime of a process, in clock ticks. */
static long
cpu_ticks(int pid)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    const char *p;
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "r");
    if (file == NULL) {
        return -1;
    }
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = 0;
    p = strrchr(text, ')');
    if (p == NULL ||
        sscanf(p + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
        return -1;
    }
    return (long)(user + system);
}

static double
pss_kib(int pid)
{
    char path[64], line[256];
    unsigned long kib = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "Pss: %lu kB", &kib) == 1) {
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return (double)kib;
}

static void
measure_idle(int host)
{
    struct timespec pause = {harness_quick ? 1 : 10, 0};
    long before = cpu_ticks(host), after;

    if (host == 0 || before < 0) {
        harness_skip("g-idle", "CPU use of an idle host", "the host's process id is not known");
        return;
    }
    nanosleep(&pause, NULL);
    after = cpu_ticks(host);
    harness_result("g-idle", "CPU use of an idle host",
                   (double)(after - before) * 1000 / (double)sysconf(_SC_CLK_TCK), "ms", 0, true,
                   "over %ld s, with one connection open", (long)pause.tv_sec);
    harness_note("g-memory", "memory of an idle host", pss_kib(host) / 1024, "MiB",
                 "proportional set size; most of it is the arena's pages that were touched");
}

/* From the start of `wdf run` to the first answer of the driver. */
static void
measure_start(const char *wdf, const char *module)
{
    double each[9];
    unsigned n = harness_quick ? 2 : 9, i;
    int host;

    for (i = 0; i < n; i++) {
        uint64_t start = harness_now();
        owdf_handle *handle;
        char *path;

        runner_start(wdf, module);
        path = find_device(&host);
        handle = open_device(path);
        round_trips(handle, 1);
        each[i] = (double)(harness_now() - start) / 1e6;
        owdf_close(handle);
        free(path);
        runner_stop();
    }
    harness_result("g-start", "start to first request served", harness_median(each, n), "ms", 20,
                   true, "wdf run, its host, driver load, open and one device control");
}

int
main(int argc, char **argv)
{
    owdf_handle *handle;
    char *path;
    int host;

    harness_arguments(argc, argv);
    if (argc < 3) {
        fprintf(stderr, "usage: isolated WDF TARGET.so [--quick]\n");
        return 2;
    }
    if (mkdtemp(runtime) == NULL) {
        die("mkdtemp", -errno);
    }
    setenv("OPENWDF_RUNTIME_DIR", runtime, 1);

    measure_start(argv[1], argv[2]);
    runner_start(argv[1], argv[2]);
    path = find_device(&host);
    handle = open_device(path);
    measure_round_trips(handle);
    measure_many(handle);
    measure_depths(handle);
    measure_bandwidth(handle, true, OWDF_OP_READ);
    measure_bandwidth(handle, true, OWDF_OP_WRITE);
    measure_bandwidth(handle, false, OWDF_OP_READ);
    owdf_close(handle);

    handle = open_device(path);
    round_trips(handle, 10);
    measure_idle(host);
    owdf_close(handle);
    runner_stop();
    free(path);
    return 0;
}
