/* SPDX-License-Identifier: MIT */
/*
 * A device's stack, as the registry describes it: Enum\<instance> names its service, its filters and
 * its class, Services\<name> their modules. See host_tree.h.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf16.h"
#include "host/host_control.h"
#include "host/host_drivers.h"
#include "host/host_tree.h"
#include "nt/cm/cm.h"
#include "registry/registry.h"
#include "sys/memory.h"

#define DISABLED 0x00000001u /* ConfigFlags */

struct build {
    struct pnp_setup *setup; /* NULL: only the signature is wanted. */
    bool failed;             /* The setup has its problem; nothing more is loaded. */
    uint64_t signature;      /* Of all that decides which code runs. */
};

/* What a device's stack was built from. Touched by the PnP manager's actions alone. */
struct built {
    struct built *next;
    uint64_t signature;
    char instance_id[FRAME_TEXT_SIZE];
};

static struct built *all_built;

/* ---- Signatures ---- */

/* FNV-1a: two ways to build a stack, not an attacker's, are told apart. */
static void
mix(struct build *build, const char *text)
{
    do {
        build->signature = (build->signature ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
}

static struct built *
find_built(const char *instance_id)
{
    struct built *built;

    for (built = all_built; built != NULL; built = built->next) {
        if (strcasecmp(built->instance_id, instance_id) == 0) {
            return built;
        }
    }
    return NULL;
}

static void
remember(const char *instance_id, uint64_t signature)
{
    struct built *built = find_built(instance_id);

    if (built == NULL) {
        built = sys_alloc_zeroed(sizeof(*built));
        if (built == NULL) {
            return; /* It is taken for changed: its stack is built once more than need be. */
        }
        (void)snprintf(built->instance_id, sizeof(built->instance_id), "%s", instance_id);
        built->next = all_built;
        all_built = built;
    }
    built->signature = signature;
}

void
host_tree_forget(const char *instance_id)
{
    struct built **at;

    for (at = &all_built; *at != NULL; at = &(*at)->next) {
        struct built *built = *at;

        if (strcasecmp(built->instance_id, instance_id) == 0) {
            *at = built->next;
            sys_free(built);
            return;
        }
    }
}

/* ---- The stack ---- */

static void
fail(struct build *build, enum pnp_problem problem, NTSTATUS status)
{
    if (build->setup != NULL && !build->failed) {
        pnp_setup_set_problem(build->setup, problem, status);
    }
    build->failed = true;
}

static void
add(struct build *build, enum pnp_role role, const char *prefix, const char *service)
{
    struct host_driver_place place;
    PDRIVER_OBJECT driver;
    enum pnp_problem problem;
    NTSTATUS status;

    host_driver_find(prefix, service, &place);
    mix(build, service);
    mix(build, place.path);
    build->signature += (uint64_t)role + (place.disabled ? PNP_ROLE_COUNT : 0u);
    if (build->setup == NULL || build->failed) {
        return;
    }
    driver = host_driver_get(service, &place, &problem, &status);
    if (driver == NULL) {
        fail(build, problem, status);
    } else if (!pnp_setup_add_driver(build->setup, role, driver)) {
        host_driver_release(driver);
        fail(build, PNP_PROBLEM_OUT_OF_MEMORY, STATUS_INSUFFICIENT_RESOURCES);
    }
}

/* As the registry has it from the manager (INF_REFLECTOR_SERVICE). */
#define REFLECTOR "WUDFRd"

/*
 * Every service of a REG_MULTI_SZ. The reflector of a device whose function it is already names nobody: the
 * user-mode drivers behind it are in the stack themselves.
 */
static void
add_list(struct build *build, enum pnp_role role, reg_key key, const char *name)
{
    char *function = host_reg_text(key, "Service");
    bool reflected = function != NULL && strcasecmp(function, REFLECTOR) == 0;
    const char *at;
    char *list;

    sys_free(function);
    if (reg_get_texts(cm_store(), key, name, &list) != 0) {
        return;
    }
    for (at = list; *at != '\0'; at += strlen(at) + 1) {
        if (!reflected || strcasecmp(at, REFLECTOR) != 0) {
            add(build, role, HOST_SERVICES, at);
        }
    }
    sys_free(list);
}

/* Declarative filters of one level, or of one position when the device defines no levels. */
static void
add_declared(struct build *build, enum pnp_role role, reg_key device, const char *value,
             const char *wanted)
{
    reg_key filters;
    reg_key key;
    uint32_t index;

    if (reg_key_open(cm_store(), device, "Filters", 0, &filters) != 0) {
        return;
    }
    for (index = 0; reg_key_at(cm_store(), filters, index, &key) == 0; index++) {
        char *text = host_reg_text(key, value);
        char *class_name;
        char *name;

        if (text != NULL && strcasecmp(text, wanted) == 0 &&
            reg_key_name(cm_store(), key, &name, &class_name) == 0) {
            add(build, role, HOST_SERVICES, name);
            sys_free(name);
            sys_free(class_name);
        }
        sys_free(text);
    }
}

/*
 * Upper or lower filters of the device: its list and what was declared by position at the default
 * level, those of other levels where the device's list of levels has them.
 */
static void
add_filters(struct build *build, enum pnp_role role, reg_key device, bool upper)
{
    const char *list = upper ? "UpperFilters" : "LowerFilters";
    const char *position = upper ? "Upper" : "Lower";
    const char *at;
    char *default_level;
    char *levels;

    if (reg_get_texts(cm_store(), device, upper ? "UpperFilterLevels" : "LowerFilterLevels",
                      &levels) != 0) {
        add_list(build, role, device, list);
        add_declared(build, role, device, "Position", position);
        return;
    }
    default_level =
        host_reg_text(device, upper ? "UpperFilterDefaultLevel" : "LowerFilterDefaultLevel");
    for (at = levels; *at != '\0'; at += strlen(at) + 1) {
        add_declared(build, role, device, "Level", at);
        if (default_level != NULL && strcasecmp(default_level, at) == 0) {
            add_list(build, role, device, list);
            add_declared(build, role, device, "Position", position);
        }
    }
    sys_free(default_level);
    sys_free(levels);
}

/* UMDF: DriverList, bottom to top; the lowest is the function driver. */
static void
add_umdf(struct build *build, reg_key device)
{
    enum pnp_role role = PNP_FUNCTION;
    const char *at;
    reg_key key;
    char *list;

    if (reg_key_open(cm_store(), device, "Device Parameters\\WUDF", 0, &key) != 0 ||
        reg_get_texts(cm_store(), key, "DriverList", &list) != 0) {
        fail(build, PNP_PROBLEM_REGISTRY, STATUS_OBJECT_NAME_NOT_FOUND);
        return;
    }
    for (at = list; *at != '\0'; at += strlen(at) + 1) {
        add(build, role, HOST_UMDF, at);
        role = PNP_UPPER_DEVICE_FILTER;
    }
    sys_free(list);
}

static void
add_function(struct build *build, reg_key device)
{
    char *service = host_reg_text(device, "Service");

    if (service == NULL) {
        if (build->setup != NULL) {
            pnp_setup_set_raw(build->setup); /* "AddService = ,2": it needs none. */
        }
        return;
    }
    if (strcasecmp(service, REFLECTOR) == 0) {
        add_umdf(build, device);
    } else {
        add(build, PNP_FUNCTION, HOST_SERVICES, service);
    }
    sys_free(service);
}

static void
set_text(struct pnp_setup *setup, enum pnp_text which, char *text)
{
    WCHAR wide[512];
    size_t count;

    if (text != NULL) {
        count = utf8_to_utf16((uint16_t *)wide, 511, text, strlen(text));
        wide[count < 511 ? count : 511] = 0;
        (void)pnp_setup_set_text(setup, which, wide);
        sys_free(text);
    }
}

static void
set_texts(struct pnp_setup *setup, reg_key device)
{
    char *guid_text = host_reg_text(device, "ClassGUID");
    UNICODE_STRING string;
    WCHAR wide[64];
    GUID guid;

    set_text(setup, PNP_TEXT_DESCRIPTION, host_reg_text(device, "DeviceDesc"));
    set_text(setup, PNP_TEXT_FRIENDLY_NAME, host_reg_text(device, "FriendlyName"));
    set_text(setup, PNP_TEXT_MANUFACTURER, host_reg_text(device, "Mfg"));
    set_text(setup, PNP_TEXT_CLASS_NAME, host_reg_text(device, "Class"));
    set_text(setup, PNP_TEXT_DRIVER_KEY, host_reg_text(device, "Driver"));
    if (guid_text != NULL) {
        size_t count = utf8_to_utf16((uint16_t *)wide, 63, guid_text, strlen(guid_text));

        wide[count < 63 ? count : 63] = 0;
        RtlInitUnicodeString(&string, wide);
        if (NT_SUCCESS(RtlGUIDFromString(&string, &guid))) {
            pnp_setup_set_class(setup, &guid);
        }
        sys_free(guid_text);
    }
}

/* The device's drivers from the bottom to the top, or what is in the way. */
static void
build_from(struct build *build, reg_key device)
{
    char *guid = host_reg_text(device, "ClassGUID");
    reg_key class_key = 0;
    bool has_class =
        guid != NULL && host_reg_open(HOST_CONTROL "\\Control\\Class\\", guid, &class_key);
    uint32_t flags = 0;

    sys_free(guid);
    (void)reg_get_number(cm_store(), device, "ConfigFlags", &flags);
    if ((flags & DISABLED) != 0) {
        mix(build, "disabled");
        fail(build, PNP_PROBLEM_DISABLED, STATUS_SUCCESS);
        return;
    }
    add_filters(build, PNP_LOWER_DEVICE_FILTER, device, false);
    if (has_class) {
        add_list(build, PNP_LOWER_CLASS_FILTER, class_key, "LowerFilters");
    }
    add_function(build, device);
    add_filters(build, PNP_UPPER_DEVICE_FILTER, device, true);
    if (has_class) {
        add_list(build, PNP_UPPER_CLASS_FILTER, class_key, "UpperFilters");
    }
}

static void
copy_text(char out[FRAME_TEXT_SIZE], reg_key device, const char *name)
{
    char *text = host_reg_text(device, name);

    if (text != NULL) {
        (void)snprintf(out, FRAME_TEXT_SIZE, "%.*s", (int)FRAME_TEXT_SIZE - 1, text);
    }
    sys_free(text);
}

void
host_tree_describe(struct frame_devnode *devnode)
{
    struct host_driver_place place;
    reg_key device;
    char *ids;

    if (!host_reg_open(HOST_CONTROL "\\Enum\\", devnode->text[FRAME_DEVNODE_ID], &device)) {
        return;
    }
    copy_text(devnode->text[FRAME_DEVNODE_SERVICE], device, "Service");
    copy_text(devnode->text[FRAME_DEVNODE_CLASS_NAME], device, "Class");
    copy_text(devnode->text[FRAME_DEVNODE_CLASS_GUID], device, "ClassGUID");
    copy_text(devnode->text[FRAME_DEVNODE_MANUFACTURER], device, "Mfg");
    if (reg_get_texts(cm_store(), device, "HardwareID", &ids) == 0) {
        (void)snprintf(devnode->text[FRAME_DEVNODE_HARDWARE_ID], FRAME_TEXT_SIZE, "%.*s",
                       (int)FRAME_TEXT_SIZE - 1, ids);
        sys_free(ids);
    }
    if (devnode->text[FRAME_DEVNODE_SERVICE][0] != '\0') {
        host_driver_find(HOST_SERVICES, devnode->text[FRAME_DEVNODE_SERVICE], &place);
        (void)snprintf(devnode->text[FRAME_DEVNODE_DRIVER], FRAME_TEXT_SIZE, "%.*s",
                       (int)FRAME_TEXT_SIZE - 1, place.path);
    }
}

void
host_tree_capabilities(const char *instance_id, DEVICE_CAPABILITIES *capabilities)
{
    uint32_t sleep = 0;
    reg_key device;
    reg_key parameters;

    pnp_root_default_capabilities(capabilities);
    if (!host_reg_open(HOST_CONTROL "\\Enum\\", instance_id, &device) ||
        reg_key_open(cm_store(), device, "Device Parameters", 0, &parameters) != 0 ||
        reg_get_number(cm_store(), parameters, "WakesFrom", &sleep) != 0 || sleep < 1 ||
        sleep > 4) {
        return;
    }
    capabilities->DeviceD1 = TRUE;
    capabilities->DeviceD2 = TRUE;
    capabilities->WakeFromD0 = TRUE;
    capabilities->WakeFromD1 = TRUE;
    capabilities->WakeFromD2 = TRUE;
    capabilities->WakeFromD3 = TRUE;
    capabilities->SystemWake = (SYSTEM_POWER_STATE)(sleep + PowerSystemWorking);
    capabilities->DeviceWake = PowerDeviceD3;
}

/* ---- Asking ---- */

/* A list of texts for a frame. False: too long. */
static bool
put_list(char ids[FRAME_IDS_SIZE], const WCHAR *list)
{
    size_t used = 0;

    memset(ids, 0, FRAME_IDS_SIZE);
    for (; list != NULL && *list != 0; list += utf16_length((const uint16_t *)list) + 1) {
        size_t size = utf16_to_utf8(ids + used, FRAME_IDS_SIZE - used, (const uint16_t *)list,
                                    utf16_length((const uint16_t *)list));

        if (used + size + 2 > FRAME_IDS_SIZE) {
            ids[used] = ids[FRAME_IDS_SIZE - 1] = '\0';
            return false;
        }
        used += size + 1;
    }
    return true;
}

/* Asks the manager for a driver; true when the registry may have one now. */
static bool
ask(const struct pnp_identity *identity, const char *instance_id)
{
    struct frame_configure question = {.instance_id = ""};

    (void)snprintf(question.instance_id, sizeof(question.instance_id), "%s", instance_id);
    if (!put_list(question.hardware_ids, identity->hardware_ids) ||
        !put_list(question.compatible_ids, identity->compatible_ids)) {
        base_log(BASE_LOG_WARN, "host", "%s has more ids than can be asked for", instance_id);
    }
    return host_control_configure(&question) == STATUS_SUCCESS;
}

static bool
has_driver(const char *instance_id, reg_key *ret_device)
{
    char *driver;

    if (!host_reg_open(HOST_CONTROL "\\Enum\\", instance_id, ret_device)) {
        return false;
    }
    driver = host_reg_text(*ret_device, "Driver");
    sys_free(driver);
    return driver != NULL;
}

/* The instance path as UTF-8. False: longer than a frame can hold. */
static bool
instance_id_of(const WCHAR *path, char id[FRAME_TEXT_SIZE])
{
    size_t length = utf16_to_utf8(id, FRAME_TEXT_SIZE - 1, (const uint16_t *)path,
                                  utf16_length((const uint16_t *)path));

    id[length < FRAME_TEXT_SIZE ? length : 0] = '\0';
    return length < FRAME_TEXT_SIZE;
}

void
host_tree_configure(const struct pnp_identity *identity, struct pnp_setup *setup)
{
    struct build build = {.setup = setup};
    char instance_id[FRAME_TEXT_SIZE];
    reg_key device;

    if (!instance_id_of(identity->instance_path, instance_id)) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_FAILED_INSTALL, STATUS_NAME_TOO_LONG);
        return;
    }
    /* Without a driver it starts raw if its bus says that it may. */
    if (has_driver(instance_id, &device) ||
        (ask(identity, instance_id) && has_driver(instance_id, &device))) {
        mix(&build, "driver");
        set_texts(setup, device);
        build_from(&build, device);
    }
    remember(instance_id, build.signature);
}

bool
host_tree_is_stale(const WCHAR *instance_path)
{
    struct build build = {.setup = NULL};
    char instance_id[FRAME_TEXT_SIZE];
    struct built *built;
    reg_key device;

    if (!instance_id_of(instance_path, instance_id)) {
        return false;
    }
    built = find_built(instance_id);
    if (built != NULL && has_driver(instance_id, &device)) {
        mix(&build, "driver");
        build_from(&build, device);
    }
    return built != NULL && built->signature != build.signature;
}
