/* SPDX-License-Identifier: MIT */
/*
 * A plan becomes keys and values: the device's, its driver's, the services', the class's. All of it
 * runs inside one transaction of the caller's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "manager/mgr_ports.h"
#include "manager/mgr_store_priv.h"
#include "sys/memory.h"

#define NUMBERS_MAX 10000u

static int
open_at(struct reg_store *registry, reg_key base, const char *path, reg_key *ret_key)
{
    return reg_key_create(registry, base, path, REG_CREATE_PATH, NULL, ret_key, NULL);
}

/* A text value; NULL and "" are left out. */
static int
set_text(struct reg_store *registry, reg_key key, const char *name, const char *text)
{
    return text == NULL || text[0] == '\0' ? 0 : reg_set_text(registry, key, name, text);
}

static int
delete_value(struct reg_store *registry, reg_key key, const char *name)
{
    int result = reg_value_delete(registry, key, name);

    return result == -ENOENT ? 0 : result;
}

/* ---- Lines of AddReg and DelReg ---- */

/* The strings of the list `added` that `old` has not, behind it; as one REG_MULTI_SZ. */
static int
append_strings(struct reg_store *registry, reg_key key, const struct inf_registry *op, bool remove)
{
    const uint16_t *units = op->data;
    size_t count = op->size / 2;
    size_t at = 0;
    int result = 0;

    while (result == 0 && at < count && units[at] != 0) {
        size_t length = utf16_length_most(units + at, count - at);
        size_t size = utf16_to_utf8(NULL, 0, units + at, length);
        char *text = sys_alloc(size + 1);

        if (text == NULL) {
            return -ENOMEM;
        }
        (void)utf16_to_utf8(text, size, units + at, length);
        text[size] = '\0';
        result = remove ? store_list_remove(registry, key, op->name, text)
                        : store_list_add(registry, key, op->name, text);
        sys_free(text);
        at += length + 1;
    }
    return result;
}

static int
run_removal(struct reg_store *registry, reg_key root, const struct inf_registry *op)
{
    reg_key key;
    int result = reg_key_open(registry, root, op->subkey, 0, &key);

    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    if (op->name == NULL) {
        /* The root itself is not the INF's to delete. */
        return op->subkey[0] == '\0' ? 0 : reg_key_delete_tree(registry, key);
    }
    return (op->flags & INF_REG_APPEND) != 0 ? append_strings(registry, key, op, true)
                                             : delete_value(registry, key, op->name);
}

static int
run_operation(struct reg_store *registry, reg_key root, const struct inf_registry *op)
{
    struct reg_value old;
    reg_key key;
    bool exists;
    int result;

    if (op->remove || (op->flags & INF_REG_DELETE) != 0) {
        return run_removal(registry, root, op);
    }
    result = open_at(registry, root, op->subkey, &key);
    if (result != 0 || op->name == NULL || (op->flags & INF_REG_KEY_ONLY) != 0) {
        return result;
    }
    if ((op->flags & INF_REG_APPEND) != 0) {
        return append_strings(registry, key, op, false);
    }
    result = reg_value_get(registry, key, op->name, &old);
    exists = result == 0;
    if (exists) {
        reg_value_free(&old);
    } else if (result != -ENOENT) {
        return result;
    }
    if ((exists && (op->flags & INF_REG_NOCLOBBER) != 0) ||
        (!exists && (op->flags & INF_REG_OVERWRITE_ONLY) != 0)) {
        return 0;
    }
    return reg_value_set(registry, key, op->name, op->type, op->data, op->size);
}

/* What HKR lines of a .HW section write beside the device, not into its parameters. */
static bool
is_device_value(const struct inf_registry *op)
{
    static const char *const names[] = {
        "UpperFilters",
        "LowerFilters",
        "DeviceCharacteristics",
        "DeviceType",
        "Security",
        "Exclusive",
        "FriendlyName",
        "UpperFilterLevels",
        "LowerFilterLevels",
        "UpperFilterDefaultLevel",
        "LowerFilterDefaultLevel",
    };
    size_t i;

    for (i = 0; op->name != NULL && op->subkey[0] == '\0' && i < sizeof(names) / sizeof(names[0]);
         i++) {
        if (strcasecmp(op->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Where a plan's keys are; 0: it has no such place. */
struct places {
    const char *instance_id;
    reg_key device;
    reg_key software;
    reg_key class;
    const struct inf_plan *plan;
};

static int
interface_path(const struct inf_interface *interface, const char *instance_id, char *path,
               size_t size)
{
    char link[MGR_TEXT_SIZE];
    size_t i;

    (void)snprintf(link, sizeof(link), "%.250s", instance_id);
    for (i = 0; link[i] != '\0'; i++) {
        link[i] = link[i] == '\\' ? '#' : link[i];
    }
    return snprintf(path, size, "%s\\Control\\DeviceClasses\\%s\\##?#%s#%s\\#%s", STORE_CONTROL,
                    interface->guid, link, interface->guid, interface->reference) >= (int)size
               ? -ENAMETOOLONG
               : 0;
}

static int
root_of(struct apply *apply, const struct places *places, const struct inf_registry *op,
        reg_key *ret_key)
{
    static const char *const roots[] = {
        [INF_ROOT_HKLM] = "Machine",
        [INF_ROOT_HKCR] = "Machine\\SOFTWARE\\Classes",
        [INF_ROOT_HKU] = "User",
    };
    char path[MGR_PATH_SIZE];
    int result = 0;

    switch (op->root) {
    case INF_ROOT_HKCU:
        result = reg_path_parse("HKCU", path, sizeof(path));
        return result != 0 ? result : open_at(apply->registry, REG_ROOT, path, ret_key);
    case INF_ROOT_SOFTWARE:
        *ret_key = places->software;
        return 0;
    case INF_ROOT_HARDWARE:
        *ret_key = places->device;
        return places->device == 0 || is_device_value(op)
                   ? 0
                   : open_at(apply->registry, places->device, "Device Parameters", ret_key);
    case INF_ROOT_SERVICE:
        (void)snprintf(path, sizeof(path), "%s\\%s", STORE_SERVICES, op->owner);
        return open_at(apply->registry, REG_ROOT, path, ret_key);
    case INF_ROOT_EVENT_LOG:
        (void)snprintf(path, sizeof(path), "%s\\EventLog\\System\\%s", STORE_SERVICES, op->owner);
        return open_at(apply->registry, REG_ROOT, path, ret_key);
    case INF_ROOT_INTERFACE:
        *ret_key = 0;
        result = places->instance_id == NULL
                     ? -ENOENT
                     : interface_path(&places->plan->interfaces[op->interface], places->instance_id,
                                      path, sizeof(path));
        if (result == 0) {
            result = open_at(apply->registry, REG_ROOT, path, ret_key);
            result = result != 0 ? result
                                 : open_at(apply->registry, *ret_key, "Device Parameters", ret_key);
        }
        return result == -ENOENT ? 0 : result;
    case INF_ROOT_CLASS:
        *ret_key = places->class;
        return 0;
    default:
        return open_at(apply->registry, REG_ROOT, roots[op->root], ret_key);
    }
}

static int
run_operations(struct apply *apply, const struct places *places, const struct inf_plan *plan)
{
    unsigned i;
    int result = 0;

    for (i = 0; result == 0 && i < plan->registry_count; i++) {
        const struct inf_registry *op = &plan->registry[i];
        reg_key root;

        result = root_of(apply, places, op, &root);
        if (result == 0 && root != 0) {
            result = run_operation(apply->registry, root, op);
        }
        if (result != 0) {
            (void)store_fail(apply->error, result, "line %u: %s", op->line, strerror(-result));
        }
    }
    return result;
}

/* ---- Services ---- */

/* The module of a driver's file, as services remember it: "<package>/echo.so". */
static int
set_module(struct apply *apply, reg_key key, const char *binary)
{
    const char *name = inf_binary_name(binary);
    char folder[MGR_PATH_SIZE];
    char module[2 * MGR_TEXT_SIZE];
    char file[MGR_TEXT_SIZE];
    char path[MGR_PATH_SIZE];
    int result;

    if (name == NULL) {
        return 0;
    }
    (void)snprintf(path, sizeof(path),
                   "\\SystemRoot\\System32\\DriverStore\\FileRepository\\%s\\%s", apply->package,
                   name);
    result = reg_set_text(apply->registry, key, "ImagePath", path);
    (void)snprintf(folder, sizeof(folder), "%.3500s/%.300s", apply->store->folder, apply->package);
    if (result == 0 && stage_find_module(folder, name, file, sizeof(file)) == 0) {
        (void)snprintf(module, sizeof(module), "%s/%s", apply->package, file);
        result = reg_set_text(apply->registry, key, STORE_MODULE, module);
    }
    return result;
}

static int
add_service(struct apply *apply, const struct inf_service *service)
{
    struct reg_store *registry = apply->registry;
    char path[MGR_PATH_SIZE];
    reg_key key;
    int result;

    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_SERVICES, service->name);
    result = open_at(registry, REG_ROOT, path, &key);
    result = result != 0 ? result : reg_set_number(registry, key, "Type", service->type);
    result = result != 0 ? result : reg_set_number(registry, key, "Start", service->start);
    result = result != 0 ? result
                         : reg_set_number(registry, key, "ErrorControl", service->error_control);
    result = result != 0 ? result : set_text(registry, key, "DisplayName", service->display_name);
    result = result != 0 ? result : set_text(registry, key, "Description", service->description);
    result = result != 0 ? result : set_text(registry, key, "Group", service->group);
    result = result != 0 ? result : set_text(registry, key, "ObjectName", service->start_name);
    if (result == 0 && service->dependencies != NULL) {
        result = reg_set_texts(registry, key, "DependOnService", service->dependencies);
    }
    result = result != 0 ? result : set_module(apply, key, service->binary);
    return result != 0 ? result : store_list_add(registry, key, STORE_OWNERS, apply->published);
}

static int
remove_service(struct apply *apply, const struct inf_service *service)
{
    char path[MGR_PATH_SIZE];
    reg_key key;
    int result;

    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_SERVICES, service->name);
    result = reg_key_open(apply->registry, REG_ROOT, path, 0, &key);
    return result == -ENOENT ? 0 : result != 0 ? result : reg_key_delete_tree(apply->registry, key);
}

static int
add_umdf_service(struct apply *apply, const struct inf_wdf_service *service)
{
    struct reg_store *registry = apply->registry;
    char path[MGR_PATH_SIZE];
    reg_key key;
    int result;

    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_UMDF, service->name);
    result = open_at(registry, REG_ROOT, path, &key);
    result = result != 0 ? result
                         : set_text(registry, key, "UmdfLibraryVersion", service->library_version);
    result = result != 0 ? result : set_text(registry, key, "DriverCLSID", service->clsid);
    result = result != 0 ? result : set_module(apply, key, service->binary);
    return result != 0 ? result : store_list_add(registry, key, STORE_OWNERS, apply->published);
}

int
apply_services(struct apply *apply, const struct inf_plan *plan)
{
    unsigned i;
    int result = 0;

    for (i = 0; result == 0 && i < plan->services_count; i++) {
        const struct inf_service *service = &plan->services[i];

        if (service->name[0] != '\0') {
            result = service->remove ? remove_service(apply, service) : add_service(apply, service);
        }
    }
    for (i = 0; result == 0 && i < plan->wdf_services_count; i++) {
        const struct inf_wdf_service *service = &plan->wdf_services[i];

        if (service->umdf) {
            result = add_umdf_service(apply, service);
        } else if (service->library_version != NULL) {
            char path[MGR_PATH_SIZE];
            reg_key key;

            (void)snprintf(path, sizeof(path), "%s\\%s\\Parameters\\Wdf", STORE_SERVICES,
                           service->name);
            result = open_at(apply->registry, REG_ROOT, path, &key);
            result = result != 0 ? result
                                 : reg_set_text(apply->registry, key, "KmdfLibraryVersion",
                                                service->library_version);
        }
    }
    return result;
}

/* ---- Classes ---- */

/* The class's key, with what [ClassInstall32] says when the class is new. */
static int
open_class(struct apply *apply, const char *guid, reg_key *ret_key)
{
    struct inf_error error;
    struct inf_plan plan;
    char path[MGR_PATH_SIZE];
    bool created;
    int result;

    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_CLASSES, guid);
    result =
        reg_key_create(apply->registry, REG_ROOT, path, REG_CREATE_PATH, NULL, ret_key, &created);
    if (result != 0) {
        return result;
    }
    if (created) {
        const struct places places = {.class = *ret_key, .plan = &plan};

        result = reg_set_text(apply->registry, *ret_key, "Class", apply->version->class_name);
        if (result == 0) {
            result = inf_plan_class(apply->inf, NULL, &plan, &error);
            if (result != 0) {
                return store_fail(apply->error, result, "%s", error.text);
            }
            result = run_operations(apply, &places, &plan);
            inf_plan_free(&plan);
        }
    }
    /* A class that was here before any package (one of a device nobody installed) stays. */
    return result != 0 ||
                   (!created && store_list_count(apply->registry, *ret_key, STORE_OWNERS) == 0)
               ? result
               : store_list_add(apply->registry, *ret_key, STORE_OWNERS, apply->published);
}

static int
new_software_key(struct apply *apply, reg_key class_key, const char *guid, char *driver,
                 size_t size, reg_key *ret_key)
{
    char number[8];
    unsigned n;

    for (n = 0; n < NUMBERS_MAX; n++) {
        bool created;
        int result;

        (void)snprintf(number, sizeof(number), "%04u", n);
        result = reg_key_create(apply->registry, class_key, number, 0, NULL, ret_key, &created);
        if (result != 0 || created) {
            (void)snprintf(driver, size, "%s\\%s", guid, number);
            return result;
        }
    }
    return -ENOSPC;
}

/* ---- Devices ---- */

static int
set_software(struct apply *apply, reg_key key, const struct inf_model *model, uint32_t rank)
{
    const struct inf_version *version = apply->version;
    struct reg_store *registry = apply->registry;
    char text[64];
    int result = set_text(registry, key, "DriverDesc", model->description);

    (void)snprintf(text, sizeof(text), "%u-%u-%u", version->month, version->day, version->year);
    result =
        result != 0 || version->year == 0 ? result : set_text(registry, key, "DriverDate", text);
    (void)snprintf(text, sizeof(text), "%u.%u.%u.%u", version->version[0], version->version[1],
                   version->version[2], version->version[3]);
    result = result != 0 ? result : set_text(registry, key, "DriverVersion", text);
    result = result != 0 ? result : set_text(registry, key, "ProviderName", version->provider);
    result = result != 0 ? result : set_text(registry, key, "InfPath", apply->published);
    result = result != 0 ? result : set_text(registry, key, "InfSection", model->install);
    return result != 0 ? result : reg_set_number(registry, key, "DriverRank", rank);
}

static int
set_umdf(struct apply *apply, reg_key device, const struct inf_plan *plan)
{
    struct reg_store *registry = apply->registry;
    const char *list[INF_IDS_MAX + 1];
    unsigned count = 0;
    unsigned i;
    reg_key key;
    int result = open_at(registry, device, "Device Parameters\\WUDF", &key);

    for (i = 0; plan->umdf_order == NULL && i < plan->wdf_services_count && count < INF_IDS_MAX;
         i++) {
        if (plan->wdf_services[i].umdf) {
            list[count++] = plan->wdf_services[i].name;
        }
    }
    list[count] = NULL;
    result = result != 0 ? result
                         : reg_set_texts(registry, key, "DriverList",
                                         plan->umdf_order != NULL ? plan->umdf_order : list);
    for (i = 0; result == 0 && i < plan->umdf_settings_count; i++) {
        result =
            reg_set_text(registry, key, plan->umdf_settings[i].name, plan->umdf_settings[i].value);
    }
    return result;
}

/* Declarative filters: Filters\<service> with its level or position. */
static int
set_filters(struct apply *apply, reg_key device, const struct inf_plan *plan)
{
    char path[MGR_PATH_SIZE];
    unsigned i;
    int result = 0;

    for (i = 0; result == 0 && i < plan->filters_count; i++) {
        const struct inf_filter *filter = &plan->filters[i];
        reg_key key;

        (void)snprintf(path, sizeof(path), "Filters\\%s", filter->service);
        result = open_at(apply->registry, device, path, &key);
        if (result == 0) {
            result = filter->level != NULL
                         ? reg_set_text(apply->registry, key, "Level", filter->level)
                         : reg_set_text(apply->registry, key, "Position",
                                        filter->upper ? "Upper" : "Lower");
        }
    }
    return result;
}

static int
set_properties(struct apply *apply, reg_key device, const struct inf_plan *plan)
{
    char path[MGR_PATH_SIZE];
    unsigned i;
    int result = 0;

    for (i = 0; result == 0 && i < plan->properties_count; i++) {
        const struct inf_property *property = &plan->properties[i];
        reg_key key;

        if (property->guid != NULL) {
            (void)snprintf(path, sizeof(path), "Properties\\%s\\%04x", property->guid,
                           property->id);
        } else {
            (void)snprintf(path, sizeof(path), "Properties\\%s", property->name);
        }
        if (property->remove) {
            result = reg_key_open(apply->registry, device, path, 0, &key);
            result = result == 0 ? reg_key_delete_tree(apply->registry, key) : 0;
            continue;
        }
        /* A value's type in the registry is the property's, marked as on Windows. */
        result = open_at(apply->registry, device, path, &key);
        result = result != 0 ? result
                             : reg_value_set(apply->registry, key, "", 0xFFFF0000u | property->type,
                                             property->data, property->size);
    }
    return result;
}

static int
set_interfaces(struct apply *apply, const char *instance_id, const struct inf_plan *plan)
{
    char path[MGR_PATH_SIZE];
    unsigned i;
    int result = 0;

    for (i = 0; result == 0 && i < plan->interfaces_count; i++) {
        reg_key key;

        result = interface_path(&plan->interfaces[i], instance_id, path, sizeof(path));
        result = result != 0 ? result : open_at(apply->registry, REG_ROOT, path, &key);
    }
    return result;
}

int
apply_device(struct apply *apply, reg_key device, const char *instance_id,
             const struct inf_model *model, const struct inf_plan *plan, uint32_t rank)
{
    const struct inf_version *version = apply->version;
    const struct inf_service *function = inf_plan_function(plan);
    const char *guid = version->class_guid[0] != '\0' ? version->class_guid : STORE_CLASS_DEFAULT;
    struct places places = {.instance_id = instance_id, .device = device, .plan = plan};
    struct reg_store *registry = apply->registry;
    char driver[MGR_TEXT_SIZE + 8];
    const char *service = function != NULL ? function->name : "";
    uint32_t flags = 0;
    char port[16];
    int result = ports_give_back(registry, device, port, sizeof(port));

    result = result != 0 ? result : apply_remove_driver(apply->store, device, instance_id);
    if (inf_plan_is_umdf(plan) && service[0] == '\0') {
        service = INF_REFLECTOR_SERVICE;
    }
    result = result != 0 ? result : open_class(apply, guid, &places.class);
    result = result != 0 ? result
                         : new_software_key(apply, places.class, guid, driver, sizeof(driver),
                                            &places.software);
    result = result != 0 ? result : set_software(apply, places.software, model, rank);
    result = result != 0 ? result : set_text(registry, device, "DeviceDesc", model->description);
    result = result != 0 ? result : set_text(registry, device, "Mfg", model->manufacturer);
    result = result != 0 ? result : set_text(registry, device, "Class", version->class_name);
    result = result != 0 ? result : set_text(registry, device, "ClassGUID", guid);
    result = result != 0 ? result : set_text(registry, device, "Driver", driver);
    result = result != 0 ? result : set_text(registry, device, "Service", service);
    if (result == 0 && reg_get_number(registry, device, "ConfigFlags", &flags) != 0) {
        result = reg_set_number(registry, device, "ConfigFlags", 0);
    }
    result = result != 0 ? result : apply_services(apply, plan);
    result = result != 0 ? result : run_operations(apply, &places, plan);
    result = result != 0 ? result
                         : ports_take(registry, device, places.software, guid, model->description,
                                      port, NULL);
    result = result != 0 ? result : set_filters(apply, device, plan);
    result = result != 0 ? result : set_properties(apply, device, plan);
    result = result != 0 ? result : set_interfaces(apply, instance_id, plan);
    if (result == 0 && inf_plan_is_umdf(plan)) {
        result = set_umdf(apply, device, plan);
    }
    if (result != 0 && apply->error->text[0] == '\0') {
        (void)store_fail(apply->error, result, "%s: %s", instance_id, strerror(-result));
    }
    return result;
}

/* ---- Undoing ---- */

/* The device's keys below each interface class. */
static int
remove_interfaces(struct reg_store *registry, const char *instance_id)
{
    char link[MGR_TEXT_SIZE + 8];
    reg_key classes;
    reg_key class_key;
    uint32_t i;
    uint32_t j;
    size_t length;
    size_t k;
    int result =
        reg_key_open(registry, REG_ROOT, STORE_CONTROL "\\Control\\DeviceClasses", 0, &classes);

    (void)snprintf(link, sizeof(link), "##?#%.250s#", instance_id);
    length = strlen(link);
    for (k = 4; link[k] != '\0'; k++) {
        link[k] = link[k] == '\\' ? '#' : link[k];
    }
    for (i = 0; result == 0 && reg_key_at(registry, classes, i, &class_key) == 0; i++) {
        bool deleted = false;
        reg_key key;

        for (j = 0; result == 0 && reg_key_at(registry, class_key, j, &key) == 0; j++) {
            char *class_name;
            char *name;

            result = reg_key_name(registry, key, &name, &class_name);
            if (result == 0) {
                if (strncasecmp(name, link, length) == 0) {
                    result = reg_key_delete_tree(registry, key);
                    deleted = true;
                    j--;
                }
                sys_free(name);
                sys_free(class_name);
            }
        }
        if (result == 0 && deleted && reg_key_delete(registry, class_key) == 0) {
            i--;
        }
    }
    return result == -ENOENT ? 0 : result;
}

int
apply_remove_driver(struct mgr_store *store, reg_key device, const char *instance_id)
{
    static const char *const values[] = {
        "DeviceDesc",
        "Mfg",
        "Class",
        "ClassGUID",
        "Driver",
        "Service",
        "UpperFilters",
        "LowerFilters",
        "UpperFilterLevels",
        "LowerFilterLevels",
        "Security",
        "DeviceCharacteristics",
        "DeviceType",
        "Exclusive",
        "UpperFilterDefaultLevel",
        "LowerFilterDefaultLevel",
    };
    static const char *const keys[] = {"Device Parameters", "Filters", "Properties"};
    struct reg_store *registry = store->registry;
    char path[MGR_PATH_SIZE];
    char port[16];
    char *driver;
    reg_key key;
    size_t i;
    int result = reg_get_text(registry, device, "Driver", &driver);

    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_CLASSES, driver);
    sys_free(driver);
    result = ports_give_back(registry, device, port, sizeof(port));
    if (result == 0 && port[0] != '\0') {
        result = delete_value(registry, device, "FriendlyName");
    }
    if (result != 0) {
        return result;
    }
    result = reg_key_open(registry, REG_ROOT, path, 0, &key);
    result = result == 0 ? reg_key_delete_tree(registry, key) : result == -ENOENT ? 0 : result;
    for (i = 0; result == 0 && i < sizeof(values) / sizeof(values[0]); i++) {
        result = delete_value(registry, device, values[i]);
    }
    for (i = 0; result == 0 && i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (reg_key_open(registry, device, keys[i], 0, &key) == 0) {
            result = reg_key_delete_tree(registry, key);
        }
    }
    return result != 0 ? result : remove_interfaces(registry, instance_id);
}

/* Takes the package out of the owners of each key below `path`; deletes those without any. */
static int
disown_below(struct reg_store *registry, const char *path, const char *published)
{
    reg_key parent;
    reg_key key;
    uint32_t index;
    int result = reg_key_open(registry, REG_ROOT, path, 0, &parent);

    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    for (index = 0; result == 0 && reg_key_at(registry, parent, index, &key) == 0; index++) {
        if (!store_list_has(registry, key, STORE_OWNERS, published)) {
            continue;
        }
        result = store_list_remove(registry, key, STORE_OWNERS, published);
        if (result == 0 && store_list_count(registry, key, STORE_OWNERS) == 0) {
            result = reg_key_delete_tree(registry, key);
            index--;
        }
    }
    return result;
}

int
apply_disown(struct mgr_store *store, const char *published)
{
    int result = disown_below(store->registry, STORE_SERVICES, published);

    result = result != 0 ? result : disown_below(store->registry, STORE_UMDF, published);
    return result != 0 ? result : disown_below(store->registry, STORE_CLASSES, published);
}
