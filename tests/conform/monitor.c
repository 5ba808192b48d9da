/* SPDX-License-Identifier: MIT */
/* The documented order of callbacks: see monitor.h. */
#include "monitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY 40

/* WDF_POWER_DEVICE_STATE and WDF_REQUEST_STOP_ACTION_FLAGS, as documented. */
#define D3_FINAL     5u
#define STOP_SUSPEND 1u

struct monitor_device {
    struct monitor_device *next;
    struct monitor_device *parent;
    char name[32];
    bool is_pdo;
    bool prepared; /* EvtDevicePrepareHardware was called, EvtDeviceReleaseHardware not. */
    bool prepare_ok;
    bool d0;      /* EvtDeviceD0Entry succeeded, EvtDeviceD0Exit was not called. */
    bool entered; /* Since EvtDevicePrepareHardware. */
    bool
        failed_up; /* EvtDeviceD0Entry or what follows failed: no more until the hardware is released. */
    bool post;        /* EvtDeviceD0EntryPostInterruptsEnabled has run in this D0. */
    bool pre;         /* EvtDeviceD0ExitPreInterruptsDisabled has run in this D0. */
    bool initialized; /* EvtDeviceSelfManagedIoInit was called. */
    bool running;     /* Self-managed I/O. */
    bool flushed;
    bool cleaned;
    bool surprised;
    bool armed_s0;
    bool armed_sx;
    bool wake_at_bus;
    bool gone;
    unsigned last_target; /* Of EvtDeviceD0Exit. */
    unsigned power_calls; /* Power callbacks that run. */
    enum monitor_callback running_power;
    struct {
        enum monitor_callback callback;
        unsigned argument;
        bool leave;
        bool success;
    } history[HISTORY];
    unsigned long calls;
};

static struct {
    int lock;
    struct monitor_device *devices;
    unsigned long count;
} monitor;

static void
lock(void)
{
    while (__atomic_exchange_n(&monitor.lock, 1, __ATOMIC_ACQUIRE) != 0) {
    }
}

static void
unlock(void)
{
    __atomic_store_n(&monitor.lock, 0, __ATOMIC_RELEASE);
}

const char *
monitor_callback_name(enum monitor_callback callback)
{
    static const char *const names[MONITOR_CALLBACK_COUNT] = {
        [MONITOR_PREPARE_HARDWARE] = "prepare",
        [MONITOR_RELEASE_HARDWARE] = "release",
        [MONITOR_D0_ENTRY] = "d0entry",
        [MONITOR_POST_INTERRUPTS_ENABLED] = "post",
        [MONITOR_PRE_INTERRUPTS_DISABLED] = "pre",
        [MONITOR_D0_EXIT] = "d0exit",
        [MONITOR_SELF_MANAGED_INIT] = "init",
        [MONITOR_SELF_MANAGED_SUSPEND] = "suspend",
        [MONITOR_SELF_MANAGED_RESTART] = "restart",
        [MONITOR_SELF_MANAGED_FLUSH] = "flush",
        [MONITOR_SELF_MANAGED_CLEANUP] = "cleanup",
        [MONITOR_SURPRISE_REMOVAL] = "surprise",
        [MONITOR_QUERY_REMOVE] = "query-remove",
        [MONITOR_QUERY_STOP] = "query-stop",
        [MONITOR_ARM_S0] = "arm-s0",
        [MONITOR_DISARM_S0] = "disarm-s0",
        [MONITOR_TRIGGERED_S0] = "triggered-s0",
        [MONITOR_ARM_SX] = "arm-sx",
        [MONITOR_DISARM_SX] = "disarm-sx",
        [MONITOR_TRIGGERED_SX] = "triggered-sx",
        [MONITOR_ENABLE_WAKE_AT_BUS] = "enable-wake",
        [MONITOR_DISABLE_WAKE_AT_BUS] = "disable-wake",
        [MONITOR_EJECT] = "eject",
        [MONITOR_IO_DELIVER] = "io",
        [MONITOR_IO_STOP] = "io-stop",
        [MONITOR_IO_RESUME] = "io-resume",
        [MONITOR_OBJECT_CLEANUP] = "object-cleanup",
    };

    return names[callback];
}

static _Noreturn void
fail(struct monitor_device *device, enum monitor_callback callback, unsigned argument,
     const char *rule)
{
    unsigned long first = device->calls > HISTORY ? device->calls - HISTORY : 0;

    fprintf(stderr, "%s: %s(%u) is not allowed: %s\nbefore it:", device->name,
            monitor_callback_name(callback), argument, rule);
    for (unsigned long i = first; i < device->calls; i++) {
        if (device->history[i % HISTORY].leave) {
            fprintf(stderr, "%s", device->history[i % HISTORY].success ? "" : "!");
        } else {
            fprintf(stderr, " %s(%u)", monitor_callback_name(device->history[i % HISTORY].callback),
                    device->history[i % HISTORY].argument);
        }
    }
    fprintf(stderr, "\n");
    abort();
}

#define REQUIRE(condition, rule)                                                                   \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail(device, callback, argument, rule);                                                \
        }                                                                                          \
    } while (0)

/* Those that the framework makes one at a time. */
static bool
is_power_callback(enum monitor_callback callback)
{
    return callback <= MONITOR_SELF_MANAGED_CLEANUP ||
           (callback >= MONITOR_ARM_S0 && callback <= MONITOR_TRIGGERED_SX);
}

static void
check_children(struct monitor_device *device, enum monitor_callback callback, unsigned argument)
{
    for (const struct monitor_device *other = monitor.devices; other != NULL; other = other->next) {
        REQUIRE(other->parent != device || !other->d0,
                "\"a child device exits D0 before the parent leaves D0\"");
    }
}

static void
check_power(struct monitor_device *device, enum monitor_callback callback, unsigned argument)
{
    switch (callback) {
    case MONITOR_PREPARE_HARDWARE:
        REQUIRE(!device->prepared, "the hardware is prepared already");
        REQUIRE(!device->d0, "the device is in D0");
        device->prepared = true;
        device->prepare_ok = true;
        device->entered = false;
        device->failed_up = false;
        device->surprised = false;
        if (device->is_pdo) {
            device->flushed =
                false; /* "The framework retains the PDO ... and uses the same PDO." */
        }
        break;
    case MONITOR_RELEASE_HARDWARE:
        REQUIRE(device->prepared, "called if EvtDevicePrepareHardware has been called");
        REQUIRE(!device->d0, "\"after ... the device has been turned off\"");
        device->prepared = false;
        break;
    case MONITOR_D0_ENTRY:
        REQUIRE(device->prepared && device->prepare_ok, "after EvtDevicePrepareHardware succeeded");
        REQUIRE(!device->d0, "the device is in D0 already");
        REQUIRE(!device->failed_up, "the device failed to enter D0 before");
        REQUIRE(device->entered || argument == D3_FINAL,
                "\"when the framework first calls EvtDeviceD0Entry: WdfPowerDeviceD3Final\"");
        REQUIRE(!device->entered || argument == device->last_target,
                "the previous state is where EvtDeviceD0Exit was told to go");
        REQUIRE(device->parent == NULL || device->parent->d0,
                "\"a parent enters D0 before a child device enters D0\"");
        /* Also after EvtDeviceSurpriseRemoval, which "the framework does not synchronize". */
        break;
    case MONITOR_POST_INTERRUPTS_ENABLED:
        REQUIRE(device->d0 && !device->post, "once after EvtDeviceD0Entry");
        REQUIRE(!device->running, "before self-managed I/O is started");
        break;
    case MONITOR_PRE_INTERRUPTS_DISABLED:
        REQUIRE(device->d0 && !device->pre, "once before EvtDeviceD0Exit");
        REQUIRE(!device->running, "after EvtDeviceSelfManagedIoSuspend");
        device->pre = true;
        break;
    case MONITOR_D0_EXIT:
        REQUIRE(device->d0, "called only after EvtDeviceD0Entry succeeded");
        REQUIRE(!device->running, "after EvtDeviceSelfManagedIoSuspend");
        check_children(device, callback, argument);
        device->d0 = false;
        device->last_target = argument;
        break;
    case MONITOR_SELF_MANAGED_INIT:
        REQUIRE(device->d0 && device->post, "after EvtDeviceD0Entry");
        REQUIRE(!device->initialized, "once for each device");
        device->initialized = true;
        device->running = true;
        break;
    case MONITOR_SELF_MANAGED_SUSPEND:
        REQUIRE(device->d0, "before EvtDeviceD0Exit");
        REQUIRE(device->initialized && device->running, "self-managed I/O is not running");
        device->running = false;
        break;
    case MONITOR_SELF_MANAGED_RESTART:
        REQUIRE(device->d0 && device->post, "after EvtDeviceD0Entry");
        REQUIRE(device->initialized && !device->running,
                "only after EvtDeviceSelfManagedIoSuspend");
        device->running = true;
        break;
    case MONITOR_SELF_MANAGED_FLUSH:
        REQUIRE(device->initialized && !device->flushed && !device->running, "after the removal");
        REQUIRE(!device->d0 && !device->prepared, "after EvtDeviceReleaseHardware");
        device->flushed = true;
        break;
    case MONITOR_SELF_MANAGED_CLEANUP:
        REQUIRE(device->flushed && !device->cleaned, "once, after EvtDeviceSelfManagedIoFlush");
        device->cleaned = true;
        break;
    default:
        break;
    }
}

static void
check_wake(struct monitor_device *device, enum monitor_callback callback, unsigned argument)
{
    switch (callback) {
    case MONITOR_ARM_S0:
    case MONITOR_ARM_SX:
        REQUIRE(device->d0 && !device->pre, "\"while the device is still in the D0 state\"");
        REQUIRE(!device->running, "after EvtDeviceSelfManagedIoSuspend");
        REQUIRE(!device->armed_s0 && !device->armed_sx, "armed already");
        break;
    case MONITOR_TRIGGERED_S0:
    case MONITOR_DISARM_S0:
        REQUIRE(device->armed_s0, "not armed for S0");
        REQUIRE(device->d0 && device->post && !device->running,
                "after EvtDeviceD0Entry, before self-managed I/O goes on");
        device->armed_s0 = callback == MONITOR_TRIGGERED_S0;
        break;
    case MONITOR_TRIGGERED_SX:
    case MONITOR_DISARM_SX:
        REQUIRE(device->armed_sx, "not armed for Sx");
        REQUIRE(device->d0 && !device->running,
                "after EvtDeviceD0Entry, before self-managed I/O goes on");
        device->armed_sx = callback == MONITOR_TRIGGERED_SX;
        break;
    case MONITOR_ENABLE_WAKE_AT_BUS:
        REQUIRE(device->is_pdo && !device->wake_at_bus, "once, at the bus driver's device");
        REQUIRE(device->parent == NULL || device->parent->d0, "the bus is in D0");
        break;
    case MONITOR_DISABLE_WAKE_AT_BUS:
        REQUIRE(device->wake_at_bus, "after EvtDeviceEnableWakeAtBus");
        REQUIRE(device->surprised || device->parent == NULL || device->parent->d0,
                "the bus is in D0");
        device->wake_at_bus = false;
        break;
    default:
        break;
    }
}

static void
check_other(struct monitor_device *device, enum monitor_callback callback, unsigned argument)
{
    switch (callback) {
    case MONITOR_SURPRISE_REMOVAL:
        REQUIRE(!device->surprised || device->is_pdo, "once");
        device->surprised = true;
        break;
    case MONITOR_QUERY_REMOVE:
    case MONITOR_QUERY_STOP:
        REQUIRE(!device->surprised, "a device that is gone is not asked");
        REQUIRE(device->prepared, "a device that is not started is not asked");
        break;
    case MONITOR_EJECT:
        REQUIRE(device->is_pdo && !device->d0 && !device->prepared,
                "\"before calling EvtDeviceEject: EvtDeviceD0Exit and EvtDeviceReleaseHardware\"");
        break;
    case MONITOR_IO_DELIVER:
        REQUIRE(device->d0 && device->post, "\"delivers only if the device is in its D0 state\"");
        break;
    case MONITOR_IO_STOP:
        REQUIRE((argument & STOP_SUSPEND) == 0 || (device->d0 && !device->pre),
                "\"when the device is leaving its working (D0) state\"");
        REQUIRE((argument & STOP_SUSPEND) != 0 || !device->d0, "purged after the device is down");
        REQUIRE(!device->running, "after EvtDeviceSelfManagedIoSuspend");
        break;
    case MONITOR_IO_RESUME:
        REQUIRE(device->d0 && device->post && !device->running,
                "\"after the device has returned to its working state\", before self-managed I/O");
        break;
    case MONITOR_OBJECT_CLEANUP:
        REQUIRE(!device->d0, "the device is in D0");
        REQUIRE(!device->prepared, "the hardware was not released");
        REQUIRE(!device->initialized || device->cleaned,
                "EvtDeviceSelfManagedIoCleanup is missing");
        REQUIRE(!device->wake_at_bus, "EvtDeviceDisableWakeAtBus is missing");
        device->gone = true;
        break;
    default:
        break;
    }
}

static void
remember(struct monitor_device *device, enum monitor_callback callback, unsigned argument,
         bool leave, bool success)
{
    unsigned long place = device->calls++ % HISTORY;

    device->history[place].callback = callback;
    device->history[place].argument = argument;
    device->history[place].leave = leave;
    device->history[place].success = success;
}

void
monitor_enter(struct monitor_device *device, enum monitor_callback callback, unsigned argument)
{
    lock();
    monitor.count++;
    REQUIRE(!device->gone, "the device's object is gone");
    if (is_power_callback(callback)) {
        REQUIRE(device->power_calls == 0, "another power callback of the device is running");
        device->power_calls++;
        check_power(device, callback, argument);
    }
    check_wake(device, callback, argument);
    check_other(device, callback, argument);
    remember(device, callback, argument, false, true);
    unlock();
}

void
monitor_leave(struct monitor_device *device, enum monitor_callback callback, bool success)
{
    lock();
    if (is_power_callback(callback)) {
        device->power_calls--;
    }
    switch (callback) {
    case MONITOR_PREPARE_HARDWARE:
        device->prepare_ok = success;
        break;
    case MONITOR_D0_ENTRY:
        device->d0 = success;
        device->entered = true;
        device->failed_up = !success;
        device->post = device->pre = false;
        break;
    case MONITOR_POST_INTERRUPTS_ENABLED:
        device->post = true;
        device->failed_up = !success;
        break;
    case MONITOR_ARM_S0:
        device->armed_s0 = success;
        break;
    case MONITOR_ARM_SX:
        device->armed_sx = true; /* "... FALSE: the framework calls EvtDeviceDisarmWakeFromSx." */
        break;
    case MONITOR_ENABLE_WAKE_AT_BUS:
        device->wake_at_bus = success;
        break;
    case MONITOR_SELF_MANAGED_INIT:
    case MONITOR_SELF_MANAGED_RESTART:
    case MONITOR_SELF_MANAGED_SUSPEND:
    case MONITOR_PRE_INTERRUPTS_DISABLED:
    case MONITOR_D0_EXIT:
        device->failed_up |= !success;
        break;
    default:
        break;
    }
    remember(device, callback, 0, true, success);
    unlock();
}

struct monitor_device *
monitor_add(const char *name, struct monitor_device *parent, bool is_pdo)
{
    struct monitor_device *device = calloc(1, sizeof(*device));

    if (device == NULL) {
        abort();
    }
    snprintf(device->name, sizeof(device->name), "%s", name);
    device->parent = parent;
    device->is_pdo = is_pdo;
    lock();
    device->next = monitor.devices;
    monitor.devices = device;
    unlock();
    return device;
}

void
monitor_end(void)
{
    struct monitor_device *device;

    while ((device = monitor.devices) != NULL) {
        if (!device->gone) {
            fail(device, MONITOR_OBJECT_CLEANUP, 0, "the device was never cleaned up");
        }
        monitor.devices = device->next;
        free(device);
    }
}

bool
monitor_is_running(const struct monitor_device *device)
{
    bool running;

    lock();
    running = device->prepared && !device->surprised;
    unlock();
    return running;
}

unsigned long
monitor_count(void)
{
    return __atomic_load_n(&monitor.count, __ATOMIC_RELAXED);
}
