/* SPDX-License-Identifier: MIT */
/*
 * The bench's devices, and what it knows as the system around the PnP manager: which drivers fit a
 * device. A device is found by its instance path each time: one that was enumerated anew has a new
 * devnode under the same path.
 */
#include <stdio.h>
#include <string.h>

#include "base/atomic.h"
#include "base/utf16.h"
#include "bench/bench_priv.h"
#include "nt/io/io.h"
#include "nt/ke/interrupt.h"
#include "nt/pnp/pnp.h"
#include "nt/po/po.h"
#include "sys/memory.h"

/* Which drivers fit: an installation, or what bench_device_add said about one device. */
struct bench_fit {
    struct list link;
    char *path; /* The instance path of the one device; NULL: hardware ids decide. */
    char **hardware_ids;
    struct bench_driver **drivers[PNP_ROLE_COUNT]; /* Each ends with NULL. */
    bool raw;
    bool disabled; /* With a path only. */
    bool has_class;
    struct _GUID class_guid;
    char *class_name;
};

/* Copies ------------------------------------------------------------------------------------- */

static char *
copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = sys_alloc(size);

    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

static void
free_texts(char **texts)
{
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++) {
        sys_free(texts[i]);
    }
    sys_free(texts);
}

static char **
copy_texts(const char *const *texts)
{
    size_t count = 0;
    char **copy;

    while (texts != NULL && texts[count] != NULL) {
        count++;
    }
    copy = sys_alloc_zeroed((count + 1) * sizeof(*copy));
    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = copy_text(texts[i]);
        if (copy[i] == NULL) {
            free_texts(copy);
            return NULL;
        }
    }
    return copy;
}

static struct bench_driver **
copy_drivers(struct bench_driver *const *drivers)
{
    struct bench_driver **copy;
    size_t count = 0;

    while (drivers != NULL && drivers[count] != NULL) {
        count++;
    }
    copy = sys_alloc_zeroed((count + 1) * sizeof(*copy));
    if (copy != NULL && count != 0) {
        memcpy(copy, drivers, count * sizeof(*copy));
    }
    return copy;
}

static void
fit_free(struct bench_fit *fit)
{
    if (fit == NULL) {
        return;
    }
    for (unsigned role = 0; role < PNP_ROLE_COUNT; role++) {
        sys_free(fit->drivers[role]);
    }
    free_texts(fit->hardware_ids);
    sys_free(fit->class_name);
    sys_free(fit->path);
    sys_free(fit);
}

/* NULL: memory is short. */
static struct bench_fit *
fit_create(const char *path, const struct bench_installation *from)
{
    struct bench_driver *function[2] = {from->function, NULL};
    struct bench_driver *const *by_role[PNP_ROLE_COUNT] = {
        [PNP_LOWER_DEVICE_FILTER] = from->lower_filters,
        [PNP_LOWER_CLASS_FILTER] = from->lower_class_filters,
        [PNP_FUNCTION] = function,
        [PNP_UPPER_DEVICE_FILTER] = from->upper_filters,
        [PNP_UPPER_CLASS_FILTER] = from->upper_class_filters,
    };
    struct bench_fit *fit = sys_alloc_zeroed(sizeof(*fit));
    bool complete = fit != NULL;

    if (fit == NULL) {
        return NULL;
    }
    list_init(&fit->link);
    fit->raw = from->function == NULL;
    fit->hardware_ids = copy_texts(from->hardware_ids);
    complete = fit->hardware_ids != NULL;
    if (path != NULL) {
        fit->path = copy_text(path);
        complete = complete && fit->path != NULL;
    }
    if (from->class_name != NULL) {
        fit->class_name = copy_text(from->class_name);
        complete = complete && fit->class_name != NULL;
    }
    if (from->class_guid != NULL) {
        memcpy(&fit->class_guid, from->class_guid, sizeof(fit->class_guid));
        fit->has_class = true;
    }
    for (unsigned role = 0; role < PNP_ROLE_COUNT; role++) {
        fit->drivers[role] = copy_drivers(by_role[role]);
        complete = complete && fit->drivers[role] != NULL;
    }
    if (!complete) {
        fit_free(fit);
        return NULL;
    }
    return fit;
}

/* The system ---------------------------------------------------------------------------------- */

static bool
same(const WCHAR *wide, const char *text)
{
    size_t length = strlen(text);
    size_t i;

    for (i = 0; wide[i] != 0 && i < length; i++) {
        if (utf16_upcase(wide[i]) != utf16_upcase((unsigned char)text[i])) {
            return false;
        }
    }
    return wide[i] == 0 && i == length;
}

static struct bench_fit *
fit_of_device(struct bench *bench, const WCHAR *path)
{
    struct list *link;

    list_for_each(link, &bench->fits)
    {
        struct bench_fit *fit = container_of(link, struct bench_fit, link);

        if (fit->path != NULL && same(path, fit->path)) {
            return fit;
        }
    }
    return NULL;
}

/* The earlier an id of the device, the better it fits; of those installed, the last. */
static struct bench_fit *
fit_of_ids(struct bench *bench, const WCHAR *ids)
{
    struct bench_fit *best = NULL;
    struct list *link;

    for (; *ids != 0 && best == NULL; ids += utf16_length((const uint16_t *)ids) + 1) {
        list_for_each(link, &bench->fits)
        {
            struct bench_fit *fit = container_of(link, struct bench_fit, link);

            for (size_t i = 0; fit->path == NULL && fit->hardware_ids[i] != NULL; i++) {
                if (same(ids, fit->hardware_ids[i])) {
                    best = fit;
                }
            }
        }
    }
    return best;
}

static void
set_text(struct pnp_setup *setup, enum pnp_text which, const char *text)
{
    WCHAR wide[256];
    size_t units = utf8_to_utf16((uint16_t *)wide, 255, text, strlen(text));

    wide[units < 255 ? units : 255] = 0;
    if (!pnp_setup_set_text(setup, which, wide)) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_OUT_OF_MEMORY, STATUS_INSUFFICIENT_RESOURCES);
    }
}

/* On the thread that runs an action; the list of fits is changed by nobody else then. */
static void
configure(void *context, const struct pnp_identity *identity, struct pnp_setup *setup)
{
    struct bench *bench = context;
    struct bench_fit *own;
    struct bench_fit *fit;

    sys_lock_acquire(&bench->lock);
    own = fit_of_device(bench, identity->instance_path);
    fit = own;
    if (fit == NULL || fit->raw) {
        struct bench_fit *installed = fit_of_ids(bench, identity->hardware_ids);

        if (installed == NULL) {
            installed = fit_of_ids(bench, identity->compatible_ids);
        }
        fit = installed != NULL ? installed : fit;
    }
    sys_lock_release(&bench->lock);
    if (own != NULL && own->disabled) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_DISABLED, STATUS_DEVICE_NOT_READY);
        return;
    }
    if (bench_faults_driver() != NULL &&
        !pnp_setup_add_driver(setup, PNP_LOWER_DEVICE_FILTER, bench_faults_driver())) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_OUT_OF_MEMORY, STATUS_INSUFFICIENT_RESOURCES);
    }
    if (fit == NULL) {
        return; /* Its bus decides whether it runs raw. */
    }
    for (unsigned role = 0; role < PNP_ROLE_COUNT; role++) {
        for (size_t i = 0; fit->drivers[role][i] != NULL; i++) {
            if (!pnp_setup_add_driver(setup, role, fit->drivers[role][i]->object)) {
                pnp_setup_set_problem(setup, PNP_PROBLEM_OUT_OF_MEMORY,
                                      STATUS_INSUFFICIENT_RESOURCES);
            }
        }
    }
    if (fit->raw) {
        pnp_setup_set_raw(setup);
    }
    if (fit->has_class) {
        pnp_setup_set_class(setup, &fit->class_guid);
    }
    if (fit->class_name != NULL) {
        set_text(setup, PNP_TEXT_CLASS_NAME, fit->class_name);
    }
}

/* A device that has nothing but this gets an entry of its own. */
static void
set_disabled(void *context, const WCHAR *path, bool disabled)
{
    static const struct bench_installation nothing;
    struct bench *bench = context;
    struct bench_fit *fit;
    char text[256];
    size_t length;

    sys_lock_acquire(&bench->lock);
    fit = fit_of_device(bench, path);
    sys_lock_release(&bench->lock);
    if (fit == NULL && disabled) {
        length = utf16_to_utf8(text, sizeof(text) - 1, (const uint16_t *)path,
                               utf16_length((const uint16_t *)path));
        text[length < sizeof(text) ? length : sizeof(text) - 1] = '\0';
        fit = fit_create(text, &nothing);
        if (fit == NULL) {
            return;
        }
        sys_lock_acquire(&bench->lock);
        list_push_back(&bench->fits, &fit->link);
        sys_lock_release(&bench->lock);
    }
    if (fit != NULL) {
        fit->disabled = disabled;
    }
}

static void
irp_done(void *context, PDEVICE_OBJECT pdo, UCHAR major, const IO_STACK_LOCATION *stack,
         NTSTATUS status)
{
    bench_note_irp(context, pdo, major, stack, status);
}

/* The last device of the root bus that is still plugged in, referenced. */
static bool
keep_last(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    struct pnp_devnode **last = argument;

    if (status->depth == 1 && !status->gone) {
        pnp_devnode_unref(*last);
        *last = devnode;
        pnp_devnode_ref(devnode);
    }
    return true;
}

void
bench_devices_init(struct bench *bench)
{
    const struct pnp_system system = {
        .context = bench,
        .configure = configure,
        .set_disabled = set_disabled,
        .irp_done = irp_done,
    };

    pnp_set_system(&system);
}

/* Those of the root bus, the last one first, with all below them. */
void
bench_devices_remove_all(struct bench *bench)
{
    po_system_resume();
    for (;;) {
        struct pnp_devnode *last = NULL;

        pnp_tree_walk(keep_last, &last);
        if (last == NULL) {
            break;
        }
        pnp_devnode_unplug(last);
        pnp_devnode_unref(last);
    }
    pnp_wait_quiet();
    while (!list_empty(&bench->devices)) {
        bench_device_forget(container_of(bench->devices.prev, struct bench_device, link));
    }
}

/* After the last device is gone. */
void
bench_devices_fini(struct bench *bench)
{
    struct list *link;

    while ((link = list_pop_front(&bench->fits)) != NULL) {
        fit_free(container_of(link, struct bench_fit, link));
    }
    bench_text_free(&bench->log);
    bench_text_free(&bench->shown_log);
    bench_text_free(&bench->tree);
}

bench_status
bench_install(struct bench *bench, const struct bench_installation *installation)
{
    struct bench_fit *fit = fit_create(NULL, installation);

    if (fit == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    sys_lock_acquire(&bench->lock);
    list_push_back(&bench->fits, &fit->link);
    sys_lock_release(&bench->lock);
    return STATUS_SUCCESS;
}

/* Handles ------------------------------------------------------------------------------------- */

static struct bench_device *
handle_create(struct bench *bench, struct pnp_devnode *devnode)
{
    struct bench_device *device = sys_alloc_zeroed(sizeof(*device));

    if (device == NULL) {
        return NULL;
    }
    list_init(&device->link);
    list_init(&device->held);
    device->bench = bench;
    device->devnode = devnode;
    pnp_devnode_ref(devnode);
    sys_lock_acquire(&bench->lock);
    list_push_back(&bench->devices, &device->link);
    sys_lock_release(&bench->lock);
    return device;
}

void
bench_device_forget(struct bench_device *device)
{
    sys_lock_acquire(&device->bench->lock);
    list_remove(&device->link);
    sys_lock_release(&device->bench->lock);
    bench_interrupts_release(device);
    pnp_devnode_unref(device->devnode);
    sys_free(device);
}

/* The devnode that stands for the device now. */
static struct pnp_devnode *
current(struct bench_device *device)
{
    struct pnp_devnode *now = pnp_devnode_find(pnp_devnode_instance_path(device->devnode));

    if (now != NULL) {
        struct pnp_devnode *former = device->devnode;

        sys_lock_acquire(&device->bench->lock); /* The hardware may interrupt meanwhile. */
        device->devnode = now;
        sys_lock_release(&device->bench->lock);
        pnp_devnode_unref(former);
    }
    return device->devnode;
}

bench_status
bench_device_find(struct bench *bench, const char *instance_id, struct bench_device **ret_device)
{
    WCHAR path[256];
    size_t units = utf8_to_utf16((uint16_t *)path, 255, instance_id, strlen(instance_id));
    struct pnp_devnode *devnode = NULL;

    if (units < 255) {
        path[units] = 0;
        devnode = pnp_devnode_find(path);
    }
    if (devnode == NULL) {
        return bench_fail(STATUS_NO_SUCH_DEVICE, "there is no device %s", instance_id);
    }
    *ret_device = handle_create(bench, devnode);
    pnp_devnode_unref(devnode);
    return *ret_device != NULL ? STATUS_SUCCESS
                               : bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
}

/* Adding -------------------------------------------------------------------------------------- */

/* "ROOT\ECHO\0000" for the driver named echo. */
static void
make_instance_id(struct bench *bench, const struct bench_device_params *params, char *id,
                 size_t size)
{
    const char *name =
        params->function != NULL ? io_driver_ascii_name(params->function->object) : "RAW";
    char device[160];
    size_t i;

    for (i = 0; name[i] != '\0' && i < sizeof(device) - 1; i++) {
        device[i] = (char)((name[i] >= 'a' && name[i] <= 'z') ? name[i] - 'a' + 'A' : name[i]);
    }
    device[i] = '\0';
    snprintf(id, size, "ROOT\\%s\\%04u", device, atomic_fetch_add_u32(&bench->instances, 1));
}

/* What is said about this one device, kept while it is in the bench. */
static struct bench_fit *
own_fit(struct bench *bench, const struct bench_device_params *params, const char *id)
{
    struct bench_installation own = {
        .function = params->function,
        .lower_filters = params->lower_filters,
        .upper_filters = params->upper_filters,
        .lower_class_filters = params->lower_class_filters,
        .upper_class_filters = params->upper_class_filters,
    };
    struct bench_fit *fit = fit_create(id, &own);

    if (fit != NULL) {
        sys_lock_acquire(&bench->lock);
        list_push_back(&bench->fits, &fit->link);
        sys_lock_release(&bench->lock);
    }
    return fit;
}

static void
drop_fit(struct bench *bench, struct bench_fit *fit)
{
    if (fit != NULL) {
        sys_lock_acquire(&bench->lock);
        list_remove(&fit->link);
        sys_lock_release(&bench->lock);
        fit_free(fit);
    }
}

/* A device that does not run goes again, unless it is to stay. */
static bench_status
started_or_gone(const struct bench_device_params *params, const char *id,
                struct pnp_devnode *devnode)
{
    struct pnp_status status;

    pnp_devnode_status(devnode, &status);
    if (status.problem == PNP_PROBLEM_NONE || params->keep) {
        return STATUS_SUCCESS;
    }
    pnp_devnode_unplug(devnode);
    return bench_fail(status.problem_status, "%s: the device did not start: %s (%s)", id,
                      bench_status_name(status.problem_status), pnp_problem_name(status.problem));
}

bench_status
bench_device_add(struct bench *bench, const struct bench_device_params *params,
                 struct bench_device **ret_device)
{
    struct pnp_root_params node = {
        .instance_id = params->instance_id,
        .hardware_ids = params->hardware_ids,
        .compatible_ids = params->compatible_ids,
        .description = params->description,
    };
    struct pnp_devnode *devnode = NULL;
    struct bench_device *device;
    struct bench_fit *fit;
    bench_status status;
    char id[200];

    if (node.instance_id == NULL) {
        make_instance_id(bench, params, id, sizeof(id));
        node.instance_id = id;
    }
    fit = own_fit(bench, params, node.instance_id);
    if (fit == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory");
    }
    status = bench_with_resources(&node, params, &devnode);
    if (!bench_ok(status)) {
        drop_fit(bench, fit);
        return bench_fail(status, "%s: the device cannot be made: %s", node.instance_id,
                          bench_status_name(status));
    }
    status = started_or_gone(params, node.instance_id, devnode);
    device = bench_ok(status) ? handle_create(bench, devnode) : NULL;
    pnp_devnode_unref(devnode);
    if (device == NULL) {
        drop_fit(bench, fit);
        return bench_ok(status) ? bench_fail(STATUS_INSUFFICIENT_RESOURCES, "out of memory")
                                : status;
    }
    device->fit = fit;
    *ret_device = device;
    return status;
}

/* Actions ------------------------------------------------------------------------------------- */

/* Of a device that was added: the handle goes with it. */
static void
gone(struct bench_device *device)
{
    if (device->fit != NULL) {
        drop_fit(device->bench, device->fit);
        bench_device_forget(device);
    }
}

bench_status
bench_device_remove(struct bench_device *device)
{
    NTSTATUS status = pnp_devnode_remove(current(device));

    if (!NT_SUCCESS(status)) {
        return bench_fail(status, "the removal was refused: %s", bench_status_name(status));
    }
    gone(device);
    return status;
}

void
bench_device_surprise_remove(struct bench_device *device)
{
    pnp_devnode_unplug(current(device));
    gone(device);
}

static bench_status
told(bench_status status, const char *what)
{
    return bench_ok(status) ? status
                            : bench_fail(status, "%s: %s", what, bench_status_name(status));
}

bench_status
bench_device_disable(struct bench_device *device)
{
    return told(pnp_devnode_disable(current(device)), "the device is not disabled");
}

bench_status
bench_device_enable(struct bench_device *device)
{
    return told(pnp_devnode_enable(current(device)), "the device did not start");
}

bench_status
bench_device_restart(struct bench_device *device)
{
    return told(pnp_devnode_restart(current(device)), "the device is not restarted");
}

bench_status
bench_device_eject(struct bench_device *device)
{
    return told(pnp_devnode_eject(current(device)), "the device is not ejected");
}

bench_status
bench_device_query_stop(struct bench_device *device)
{
    return told(pnp_devnode_query_stop(current(device)), "the device is not to be stopped");
}

void
bench_device_cancel_stop(struct bench_device *device)
{
    pnp_devnode_cancel_stop(current(device));
}

bench_status
bench_device_stop(struct bench_device *device)
{
    bench_status status = bench_device_query_stop(device);

    return bench_ok(status) ? told(pnp_devnode_stop(current(device)), "the device did not stop")
                            : status;
}

bench_status
bench_device_start(struct bench_device *device)
{
    return told(pnp_devnode_start(current(device)), "the device did not start again");
}

bench_status
bench_device_special_file(struct bench_device *device, enum bench_special_file file, bool present)
{
    static const DEVICE_USAGE_NOTIFICATION_TYPE types[] = {
        [BENCH_PAGING_FILE] = DeviceUsageTypePaging,
        [BENCH_HIBERNATION_FILE] = DeviceUsageTypeHibernation,
        [BENCH_DUMP_FILE] = DeviceUsageTypeDumpFile,
        [BENCH_BOOT_FILE] = DeviceUsageTypeBoot,
    };

    if (file < BENCH_PAGING_FILE || file > BENCH_BOOT_FILE) {
        return told(STATUS_INVALID_PARAMETER, "there is no such special file");
    }
    return told(pnp_devnode_usage(current(device), types[file], present),
                "the device does not take the special file");
}

void
bench_device_rescan(struct bench_device *device)
{
    pnp_devnode_rescan(current(device));
}

/* Power --------------------------------------------------------------------------------------- */

bench_status
bench_sleep(struct bench *bench, unsigned state)
{
    POWER_ACTION action = state == 5   ? PowerActionShutdownOff
                          : state == 4 ? PowerActionHibernate
                                       : PowerActionSleep;

    if (state < 1 || state > 5) {
        return bench_fail(STATUS_INVALID_PARAMETER, "there is no S%u to sleep in", state);
    }
    return told(po_system_sleep((SYSTEM_POWER_STATE)(PowerSystemWorking + state), action, false),
                "the system does not sleep");
}

void
bench_resume(struct bench *bench)
{
    po_system_resume();
}

unsigned
bench_system_state(struct bench *bench)
{
    return (unsigned)po_system_state() - PowerSystemWorking;
}

bool
bench_device_wake(struct bench_device *device)
{
    return pnp_root_signal_wake(current(device));
}

/* Looking ------------------------------------------------------------------------------------- */

const char *
bench_device_state(struct bench_device *device)
{
    struct pnp_status status;

    pnp_devnode_status(current(device), &status);
    return status.state;
}

unsigned
bench_device_problem(struct bench_device *device, bench_status *ret_status)
{
    struct pnp_status status;

    pnp_devnode_status(current(device), &status);
    if (ret_status != NULL) {
        *ret_status = status.problem_status;
    }
    return status.problem;
}

unsigned
bench_device_power_state(struct bench_device *device)
{
    struct pnp_status status;

    pnp_devnode_status(current(device), &status);
    return status.power;
}

void *
bench_device_pdo(struct bench_device *device)
{
    return pnp_devnode_pdo(current(device));
}

void *
bench_device_top(struct bench_device *device)
{
    return IoGetAttachedDevice(pnp_devnode_pdo(current(device)));
}

static bool
list_one(void *argument, struct pnp_devnode *devnode, const struct pnp_status *status)
{
    struct bench_text *text = argument;
    char path[256];
    size_t length = utf16_to_utf8(path, sizeof(path) - 1, (const uint16_t *)status->instance_path,
                                  utf16_length((const uint16_t *)status->instance_path));

    path[length < sizeof(path) ? length : sizeof(path) - 1] = '\0';
    if (status->depth == 0) {
        return true; /* The root of the tree is always there. */
    }
    bench_text_add(text, "%*s%s %s", (int)(status->depth - 1) * 2, "", path, status->state);
    if (status->problem != PNP_PROBLEM_NONE) {
        bench_text_add(text, " %d", (int)status->problem);
    }
    bench_text_add(text, "\n");
    return true;
}

const char *
bench_tree(struct bench *bench)
{
    bench->tree.length = 0;
    bench_text_add(&bench->tree, "%s", "");
    pnp_tree_walk(list_one, &bench->tree);
    return bench->tree.text;
}

void
bench_wait_quiet(struct bench *bench)
{
    /* What a service routine asks for is done by a DPC or a worker, and what that asks for by others. */
    for (unsigned i = 0; i < 2; i++) {
        ke_interrupts_wait();
        KeFlushQueuedDpcs();
        pnp_wait_quiet();
    }
}
