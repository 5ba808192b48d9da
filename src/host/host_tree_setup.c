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
#include "host/host_tree.h"
#include "loader/module.h"
#include "nt/cm/cm.h"
#include "nt/io/io.h"
#include "registry/registry.h"
#include "sys/lock.h"
#include "sys/memory.h"

#define CONTROL  "Machine\\SYSTEM\\CurrentControlSet"
#define SERVICES CONTROL "\\Services\\"
#define UMDF     "Machine\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WUDF\\Services\\"

#define PATH_SIZE       4096
#define DISABLED        0x00000001u /* ConfigFlags */
#define SERVICE_DISABLE 4u          /* Start */

/* A driver that some device needed. It stays loaded as long as the host. */
struct driver {
    struct driver *next;
    char service[FRAME_TEXT_SIZE];
    struct module *module;
    PDRIVER_OBJECT object;
    NTSTATUS status; /* Why it could not be loaded. */
    bool entry_failed;
};

static struct driver *drivers; /* Touched by the thread of the PnP manager's actions alone. */

/* ---- Reading ---- */

/* A text of the registry for sys_free; NULL: none. */
static char *
text_of(reg_key key, const char *name)
{
    char *text;

    return reg_get_text(cm_store(), key, name, &text) == 0 ? text : NULL;
}

static bool
open_key(const char *prefix, const char *name, reg_key *ret_key)
{
    char path[PATH_SIZE];

    return snprintf(path, sizeof(path), "%s%s", prefix, name) < (int)sizeof(path) &&
           reg_key_open(cm_store(), REG_ROOT, path, 0, ret_key) == 0;
}

/* ---- Drivers ---- */

static NTSTATUS
load(struct driver *driver, const char *path)
{
    struct module_error error = {.text = ""};
    NTSTATUS status = module_open(path, &driver->module, &error);

    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s", error.text);
        return status;
    }
    status = io_driver_create(driver->service, &driver->object);
    if (!NT_SUCCESS(status)) {
        base_log(BASE_LOG_ERROR, "host", "%s: no driver object \"%s\": status 0x%08x", path,
                 driver->service, (unsigned)status);
        return status;
    }
    status = module_start(driver->module, driver->object);
    if (!NT_SUCCESS(status)) {
        driver->entry_failed = true;
        base_log(BASE_LOG_ERROR, "host", "%s: DriverEntry failed with status 0x%08x", path,
                 (unsigned)status);
    }
    return status;
}

/* Where a service's module is: OpenWdfModule is relative to the store's folder. */
static bool
module_path_of(const char *prefix, const char *service, char *path, size_t size, bool *ret_disabled)
{
    char state[PATH_SIZE / 2];
    uint32_t start = 3;
    reg_key key;
    char *module;
    bool found;

    *ret_disabled = false;
    if (!open_key(prefix, service, &key)) {
        return false;
    }
    (void)reg_get_number(cm_store(), key, "Start", &start);
    *ret_disabled = start == SERVICE_DISABLE;
    module = text_of(key, "OpenWdfModule");
    if (module == NULL || reg_state_dir(state, sizeof(state)) != 0) {
        sys_free(module);
        return false;
    }
    found = snprintf(path, size, "%s/drivers/%s", state, module) < (int)size;
    sys_free(module);
    return found;
}

static void
forget(struct driver *driver)
{
    if (driver->object != NULL) {
        (void)io_driver_unload(driver->object);
    }
    module_close(driver->module);
    sys_free(driver);
}

/* The driver of a service, loaded once; a problem of the device when that fails. */
static PDRIVER_OBJECT
driver_of(const char *prefix, const char *service, struct pnp_setup *setup)
{
    char path[PATH_SIZE];
    struct driver *driver;
    bool disabled;

    for (driver = drivers; driver != NULL; driver = driver->next) {
        if (strcasecmp(driver->service, service) == 0) {
            return driver->object;
        }
    }
    if (!module_path_of(prefix, service, path, sizeof(path), &disabled)) {
        base_log(BASE_LOG_ERROR, "host", "the service %s is not installed, or has no module",
                 service);
        pnp_setup_set_problem(setup, PNP_PROBLEM_DRIVER_SERVICE_KEY_INVALID,
                              STATUS_OBJECT_NAME_NOT_FOUND);
        return NULL;
    }
    if (disabled) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_DISABLED_SERVICE, STATUS_PLUGPLAY_NO_DEVICE);
        return NULL;
    }
    driver = sys_alloc_zeroed(sizeof(*driver));
    if (driver == NULL) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_OUT_OF_MEMORY, STATUS_INSUFFICIENT_RESOURCES);
        return NULL;
    }
    (void)snprintf(driver->service, sizeof(driver->service), "%s", service);
    driver->status = load(driver, path);
    if (!NT_SUCCESS(driver->status)) {
        pnp_setup_set_problem(setup,
                              driver->entry_failed ? PNP_PROBLEM_FAILED_DRIVER_ENTRY
                                                   : PNP_PROBLEM_DRIVER_FAILED_LOAD,
                              driver->status);
        forget(driver);
        return NULL;
    }
    driver->next = drivers;
    drivers = driver;
    return driver->object;
}

void
host_tree_unload(void)
{
    while (drivers != NULL) {
        struct driver *driver = drivers;

        drivers = driver->next;
        forget(driver);
    }
}

/* ---- The stack ---- */

static bool
add(struct pnp_setup *setup, enum pnp_role role, const char *prefix, const char *service)
{
    PDRIVER_OBJECT driver = driver_of(prefix, service, setup);

    if (driver == NULL) {
        return false;
    }
    if (!pnp_setup_add_driver(setup, role, driver)) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_OUT_OF_MEMORY, STATUS_INSUFFICIENT_RESOURCES);
        return false;
    }
    return true;
}

#define REFLECTOR "WUDFRd"

/*
 * Every service of a REG_MULTI_SZ. The reflector of a device whose function it is already names nobody: the
 * user-mode drivers behind it are in the stack themselves.
 */
static bool
add_list(struct pnp_setup *setup, enum pnp_role role, reg_key key, const char *name)
{
    char *function = text_of(key, "Service");
    bool reflected = function != NULL && strcasecmp(function, REFLECTOR) == 0;
    const char *at;
    bool good = true;
    char *list;

    sys_free(function);

    if (reg_get_texts(cm_store(), key, name, &list) != 0) {
        return true;
    }
    for (at = list; *at != '\0' && good; at += strlen(at) + 1) {
        good = (reflected && strcasecmp(at, REFLECTOR) == 0) || add(setup, role, SERVICES, at);
    }
    sys_free(list);
    return good;
}

/* Declarative filters of one level, or of one position when the device defines no levels. */
static bool
add_declared(struct pnp_setup *setup, enum pnp_role role, reg_key device, const char *value,
             const char *wanted)
{
    reg_key filters;
    reg_key key;
    uint32_t index;
    bool good = true;

    if (reg_key_open(cm_store(), device, "Filters", 0, &filters) != 0) {
        return true;
    }
    for (index = 0; good && reg_key_at(cm_store(), filters, index, &key) == 0; index++) {
        char *text = text_of(key, value);
        char *class_name;
        char *name;

        if (text != NULL && strcasecmp(text, wanted) == 0 &&
            reg_key_name(cm_store(), key, &name, &class_name) == 0) {
            good = add(setup, role, SERVICES, name);
            sys_free(name);
            sys_free(class_name);
        }
        sys_free(text);
    }
    return good;
}

/*
 * Upper or lower filters of the device: its list and what was declared by position at the default
 * level, those of other levels where the device's list of levels has them.
 */
static bool
add_filters(struct pnp_setup *setup, enum pnp_role role, reg_key device, bool upper)
{
    const char *list = upper ? "UpperFilters" : "LowerFilters";
    const char *position = upper ? "Upper" : "Lower";
    const char *at;
    char *default_level;
    char *levels;
    bool good = true;

    if (reg_get_texts(cm_store(), device, upper ? "UpperFilterLevels" : "LowerFilterLevels",
                      &levels) != 0) {
        return add_list(setup, role, device, list) &&
               add_declared(setup, role, device, "Position", position);
    }
    default_level = text_of(device, upper ? "UpperFilterDefaultLevel" : "LowerFilterDefaultLevel");
    for (at = levels; *at != '\0' && good; at += strlen(at) + 1) {
        good = add_declared(setup, role, device, "Level", at);
        if (good && default_level != NULL && strcasecmp(default_level, at) == 0) {
            good = add_list(setup, role, device, list) &&
                   add_declared(setup, role, device, "Position", position);
        }
    }
    sys_free(default_level);
    sys_free(levels);
    return good;
}

/* UMDF: DriverList, bottom to top; the lowest is the function driver. */
static bool
add_umdf(struct pnp_setup *setup, reg_key device)
{
    enum pnp_role role = PNP_FUNCTION;
    const char *at;
    bool good = true;
    reg_key key;
    char *list;

    if (reg_key_open(cm_store(), device, "Device Parameters\\WUDF", 0, &key) != 0 ||
        reg_get_texts(cm_store(), key, "DriverList", &list) != 0) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_REGISTRY, STATUS_OBJECT_NAME_NOT_FOUND);
        return false;
    }
    for (at = list; *at != '\0' && good; at += strlen(at) + 1) {
        good = add(setup, role, UMDF, at);
        role = PNP_UPPER_DEVICE_FILTER;
    }
    sys_free(list);
    return good;
}

static bool
add_function(struct pnp_setup *setup, reg_key device)
{
    char *service = text_of(device, "Service");
    bool good;

    if (service == NULL) {
        pnp_setup_set_raw(setup); /* "AddService = ,2": it needs none. */
        return true;
    }
    good = strcasecmp(service, REFLECTOR) == 0 ? add_umdf(setup, device)
                                               : add(setup, PNP_FUNCTION, SERVICES, service);
    sys_free(service);
    return good;
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
    char *guid_text = text_of(device, "ClassGUID");
    UNICODE_STRING string;
    WCHAR wide[64];
    GUID guid;

    set_text(setup, PNP_TEXT_DESCRIPTION, text_of(device, "DeviceDesc"));
    set_text(setup, PNP_TEXT_FRIENDLY_NAME, text_of(device, "FriendlyName"));
    set_text(setup, PNP_TEXT_MANUFACTURER, text_of(device, "Mfg"));
    set_text(setup, PNP_TEXT_CLASS_NAME, text_of(device, "Class"));
    set_text(setup, PNP_TEXT_DRIVER_KEY, text_of(device, "Driver"));
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

static void
configure_from(struct pnp_setup *setup, reg_key device)
{
    char *guid = text_of(device, "ClassGUID");
    reg_key class_key = 0;
    bool has_class = guid != NULL && open_key(CONTROL "\\Control\\Class\\", guid, &class_key);

    sys_free(guid);
    set_texts(setup, device);
    (void)(add_filters(setup, PNP_LOWER_DEVICE_FILTER, device, false) &&
           (!has_class || add_list(setup, PNP_LOWER_CLASS_FILTER, class_key, "LowerFilters")) &&
           add_function(setup, device) &&
           add_filters(setup, PNP_UPPER_DEVICE_FILTER, device, true) &&
           (!has_class || add_list(setup, PNP_UPPER_CLASS_FILTER, class_key, "UpperFilters")));
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

    if (!open_key(CONTROL "\\Enum\\", instance_id, ret_device)) {
        return false;
    }
    driver = text_of(*ret_device, "Driver");
    sys_free(driver);
    return driver != NULL;
}

void
host_tree_configure(const struct pnp_identity *identity, struct pnp_setup *setup)
{
    char instance_id[FRAME_TEXT_SIZE * 2];
    uint32_t flags = 0;
    reg_key device;
    size_t length = utf16_to_utf8(instance_id, sizeof(instance_id) - 1,
                                  (const uint16_t *)identity->instance_path,
                                  utf16_length((const uint16_t *)identity->instance_path));

    if (length >= FRAME_TEXT_SIZE) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_FAILED_INSTALL, STATUS_NAME_TOO_LONG);
        return;
    }
    instance_id[length] = '\0';
    if (!has_driver(instance_id, &device) &&
        !(ask(identity, instance_id) && has_driver(instance_id, &device))) {
        return; /* It starts raw if its bus says that it may. */
    }
    (void)reg_get_number(cm_store(), device, "ConfigFlags", &flags);
    if ((flags & DISABLED) != 0) {
        pnp_setup_set_problem(setup, PNP_PROBLEM_DISABLED, STATUS_SUCCESS);
        return;
    }
    configure_from(setup, device);
}
