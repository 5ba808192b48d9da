/* SPDX-License-Identifier: MIT */
/*
 * Installing and removing packages, and choosing the driver of a device. What is decided is decided in
 * one transaction of the registry; see mgr_store.h for the files around it.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "manager/mgr_store_priv.h"
#include "sys/memory.h"

#define INSTANCES_MAX 10000u
#define PACKAGES_MAX  100000u

struct count {
    const char *published;
    unsigned devices;
    struct mgr_error *error;
};

static int
configure_one(struct mgr_store *store, reg_key key, const char *instance_id, void *argument)
{
    struct count *count = argument;
    char published[MGR_TEXT_SIZE];
    bool any;
    int result = choose_configure(store, key, instance_id, &any, count->error);

    choose_driver_of(store, key, published);
    count->devices += strcasecmp(published, count->published) == 0;
    return result < 0 ? result : 0;
}

/* ---- A device of the root bus ---- */

static void
upcase(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)toupper((unsigned char)*text);
    }
}

/* ROOT\ECHO from a hardware id "root\Echo"; else from the service. */
static void
root_device_id(const char *hardware_id, const char *service, char *out, size_t size)
{
    if (strncasecmp(hardware_id, "root\\", 5) == 0 && strchr(hardware_id + 5, '\\') == NULL) {
        (void)snprintf(out, size, "%.200s", hardware_id);
    } else {
        (void)snprintf(out, size, "ROOT\\%.200s", service);
    }
    upcase(out);
}

static int
make_device(struct mgr_store *store, const char *hardware_id, const char *service,
            char instance_id[MGR_TEXT_SIZE])
{
    const char *const ids[] = {hardware_id, NULL};
    char device_id[MGR_TEXT_SIZE];
    char path[MGR_PATH_SIZE];
    bool created = false;
    unsigned n;
    reg_key key;
    int result = 0;

    root_device_id(hardware_id, service, device_id, sizeof(device_id));
    for (n = 0; result == 0 && !created; n++) {
        if (n == INSTANCES_MAX) {
            return -ENOSPC;
        }
        (void)snprintf(instance_id, MGR_TEXT_SIZE, "%.240s\\%04u", device_id, n);
        (void)snprintf(path, sizeof(path), "%s\\%s", STORE_ENUM, instance_id);
        result =
            reg_key_create(store->registry, REG_ROOT, path, REG_CREATE_PATH, NULL, &key, &created);
    }
    result = result != 0 ? result : reg_set_texts(store->registry, key, "HardwareID", ids);
    return result != 0 ? result : reg_set_number(store->registry, key, "ConfigFlags", 0);
}

struct root_search {
    const char *wanted; /* NULL: any id on the root bus. */
    char hardware_id[MGR_TEXT_SIZE];
    char service[MGR_TEXT_SIZE];
    const struct inf *inf;
};

/* The model for which a device is to be made. */
static int
find_root_model(void *argument, const struct inf_model *model)
{
    struct root_search *search = argument;
    struct inf_error error;
    struct inf_device device;
    unsigned i;

    for (i = 0; i < model->id_count; i++) {
        if (search->wanted != NULL ? strcasecmp(model->ids[i], search->wanted) == 0
                                   : strncasecmp(model->ids[i], "root\\", 5) == 0) {
            (void)snprintf(search->hardware_id, sizeof(search->hardware_id), "%s", model->ids[i]);
            if (inf_select(search->inf, model->ids[i], &device, &error) == 0) {
                (void)snprintf(search->service, sizeof(search->service), "%s", device.service);
            }
            return 1;
        }
    }
    return 0;
}

struct id_search {
    const char *hardware_id;
    bool found;
};

static int
has_id(struct mgr_store *store, reg_key key, const char *instance_id, void *argument)
{
    struct id_search *search = argument;

    search->found =
        search->found || store_list_has(store->registry, key, "HardwareID", search->hardware_id);
    return 0;
}

static int
maybe_make_device(struct mgr_store *store, const struct mgr_install_params *params,
                  const struct inf *inf, struct mgr_installed *installed, struct mgr_error *error)
{
    struct root_search search = {.inf = inf, .wanted = params->hardware_id};
    struct inf_error inf_error;
    struct id_search existing;
    int result;

    if (params->device == MGR_DEVICE_NONE) {
        return 0;
    }
    result = inf_for_each_model(inf, find_root_model, &search, &inf_error);
    if (result < 0) {
        return store_fail(error, result, "%s", inf_error.text);
    }
    if (result == 0) {
        return params->device == MGR_DEVICE_IF_ROOT
                   ? 0
                   : store_fail(error, -ENOENT, "no model of the INF has the hardware id \"%s\"",
                                params->hardware_id);
    }
    existing = (struct id_search){.hardware_id = search.hardware_id};
    if (params->device == MGR_DEVICE_IF_ROOT) {
        result = choose_for_each_device(store, has_id, &existing);
        if (result != 0 || existing.found) {
            return result;
        }
    }
    result = make_device(store, search.hardware_id, search.service, installed->device);
    return result == 0
               ? 0
               : store_fail(error, result, "the device cannot be made: %s", strerror(-result));
}

/* ---- Installing ---- */

/* The first free oemN.inf, taken. */
static int
publish(struct mgr_store *store, const char *package, char published[MGR_TEXT_SIZE])
{
    char path[MGR_PATH_SIZE];
    bool created = false;
    reg_key key;
    unsigned n;
    int result = 0;

    for (n = 0; result == 0 && !created; n++) {
        if (n == PACKAGES_MAX) {
            return -ENOSPC;
        }
        (void)snprintf(published, MGR_TEXT_SIZE, "oem%u.inf", n);
        (void)snprintf(path, sizeof(path), "%s\\%s", STORE_INFS, published);
        result =
            reg_key_create(store->registry, REG_ROOT, path, REG_CREATE_PATH, NULL, &key, &created);
    }
    return result != 0 ? result : reg_set_text(store->registry, key, "", package);
}

struct outside {
    struct stage *stage;
    reg_key package;
};

/* Notes which files the package has outside its folder; they are copied after the transaction. */
static int
note_outside(void *argument, const struct inf_model *model)
{
    struct outside *outside = argument;
    struct reg_store *registry = outside->stage->store->registry;
    struct inf_error error;
    struct inf_plan plan;
    unsigned i;
    int result = inf_plan_install(outside->stage->inf, model->install, NULL, &plan, &error);

    for (i = 0; result == 0 && i < plan.files_count; i++) {
        const struct inf_file *file = &plan.files[i];
        char entry[MGR_PATH_SIZE + MGR_TEXT_SIZE];
        char target[MGR_PATH_SIZE];
        int found;

        if (file->remove || file->rename) {
            continue;
        }
        found = stage_target(file, target, sizeof(target));
        if (found == -EINVAL) {
            store_note(outside->stage, "line %u: %s goes to folder %d, which is not known",
                       file->line, file->target, file->dirid);
        }
        if (found == 0) {
            (void)snprintf(entry, sizeof(entry), "%s|%s", target, file->source);
            result = store_list_add(registry, outside->package, "Files", entry);
            result = result != 0
                         ? result
                         : store_list_add(registry, outside->package, "PendingFiles", entry);
        }
    }
    if (result == 0) {
        inf_plan_free(&plan);
    }
    return result;
}

static int
record_package(struct stage *stage, const struct inf_version *version, char *published)
{
    struct reg_store *registry = stage->store->registry;
    struct outside outside = {.stage = stage};
    struct inf_model none = {.install = "DefaultInstall"};
    struct inf_error error;
    char path[MGR_PATH_SIZE];
    char text[64];
    bool created;
    int result;

    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_PACKAGES, stage->name);
    result =
        reg_key_create(registry, REG_ROOT, path, REG_CREATE_PATH, NULL, &outside.package, &created);
    if (result != 0) {
        return result;
    }
    if (!created) {
        result = choose_text(registry, outside.package, "PublishedName", published);
        return result != 0 ? result : -EEXIST;
    }
    (void)snprintf(text, sizeof(text), "%02u/%02u/%04u %u.%u.%u.%u", version->month, version->day,
                   version->year, version->version[0], version->version[1], version->version[2],
                   version->version[3]);
    result = publish(stage->store, stage->name, published);
    result =
        result != 0 ? result : reg_set_text(registry, outside.package, "PublishedName", published);
    result = result != 0 ? result
                         : reg_set_text(registry, outside.package, "OriginalName", stage->inf_file);
    result = result != 0 ? result
                         : reg_set_text(registry, outside.package, "Provider", version->provider);
    result = result != 0 ? result
                         : reg_set_text(registry, outside.package, "Class", version->class_name);
    result = result != 0 || version->year == 0
                 ? result
                 : reg_set_text(registry, outside.package, "DriverVer", text);
    result = result != 0 ? result : inf_for_each_model(stage->inf, note_outside, &outside, &error);
    if (result == 0 && inf_has_section(stage->inf, "DestinationDirs") &&
        !inf_has_section(stage->inf, "Manufacturer")) {
        result = note_outside(&outside, &none);
    }
    return result;
}

/* A package without models is installed by its services. */
static int
install_default(struct stage *stage, const struct inf_version *version, const char *published)
{
    struct apply apply = {.store = stage->store,
                          .registry = stage->store->registry,
                          .package = stage->name,
                          .published = published,
                          .inf = stage->inf,
                          .version = version,
                          .error = stage->error};
    struct inf_error error;
    struct inf_plan plan;
    int result;

    if (inf_has_section(stage->inf, "Manufacturer")) {
        return 0;
    }
    result = inf_plan_install(stage->inf, "DefaultInstall", NULL, &plan, &error);
    if (result != 0) {
        return store_fail(stage->error, result, "%s", error.text);
    }
    result = apply_services(&apply, &plan);
    inf_plan_free(&plan);
    return result;
}

static int
install_transaction(struct stage *stage, const struct mgr_install_params *params,
                    const struct inf_version *version, struct mgr_installed *installed)
{
    struct count count = {.published = installed->published, .error = stage->error};
    bool again;
    int result = record_package(stage, version, installed->published);

    again = result == -EEXIST;
    result = again ? 0 : result;
    result = result != 0 || again ? result : install_default(stage, version, installed->published);
    result = result != 0
                 ? result
                 : maybe_make_device(stage->store, params, stage->inf, installed, stage->error);
    result = result != 0 ? result : choose_for_each_device(stage->store, configure_one, &count);
    installed->devices = count.devices;
    if (result == 0 && again && installed->device[0] == '\0') {
        return store_fail(stage->error, -EEXIST, "it is installed already, as %s",
                          installed->published);
    }
    return result;
}

/* The INF's folder and file name. */
static int
split_path(const char *path, struct stage *stage)
{
    char *real = realpath(path, NULL);
    char *slash;

    if (real == NULL) {
        return store_fail(stage->error, -errno, "%s: %s", path, strerror(errno));
    }
    slash = strrchr(real, '/');
    (void)snprintf(stage->inf_file, sizeof(stage->inf_file), "%.200s", slash + 1);
    *slash = '\0';
    (void)snprintf(stage->source, sizeof(stage->source), "%s", real[0] != '\0' ? real : "/");
    free(real);
    return 0;
}

static int
install_locked(struct stage *stage, const struct mgr_install_params *params,
               struct mgr_installed *installed)
{
    struct reg_store *registry = stage->store->registry;
    struct inf_version version;
    struct inf_error error;
    int result = inf_read_version(stage->inf, &version, &error);

    if (result != 0) {
        return store_fail(stage->error, result, "%s", error.text);
    }
    result = stage_copy(stage);
    if (result != 0) {
        return result;
    }
    result = reg_begin(registry);
    if (result == 0) {
        result = install_transaction(stage, params, &version, installed);
        if (result != 0) {
            reg_rollback(registry);
        } else {
            result = reg_commit(registry);
        }
    }
    if (result != 0 && stage->error->text[0] == '\0') {
        (void)store_fail(stage->error, result, "the registry: %s", strerror(-result));
    }
    /* Copies what is to be copied; or, after a failure, removes what nobody knows. */
    stage_recover(stage->store);
    return result;
}

int
mgr_store_install(struct mgr_store *store, const struct mgr_install_params *params,
                  struct mgr_installed *ret_installed, struct mgr_error *error)
{
    struct mgr_installed installed = {.published = ""};
    struct stage stage = {.store = store,
                          .note = params->note,
                          .note_argument = params->note_argument,
                          .error = error};
    struct inf_error inf_error;
    int result;

    error->text[0] = '\0';
    result = split_path(params->path, &stage);
    if (result != 0) {
        return result;
    }
    result = inf_open(params->path, &stage.inf, &inf_error);
    if (result != 0) {
        return store_fail(error, result, "%s", inf_error.text);
    }
    result = store_lock(store, error);
    if (result == 0) {
        result = install_locked(&stage, params, &installed);
        store_unlock(store);
    }
    inf_close(stage.inf);
    if (result == 0) {
        *ret_installed = installed;
    }
    return result;
}

/* ---- Removing ---- */

struct removal {
    struct store_package package;
    struct mgr_error *error;
};

/* Whether the package is the one that a person means. */
static bool
is_named(struct reg_store *registry, reg_key key, const char *name)
{
    const char *slash = strrchr(name, '/');
    char published[MGR_TEXT_SIZE];
    char original[MGR_TEXT_SIZE];

    (void)choose_text(registry, key, "PublishedName", published);
    (void)choose_text(registry, key, "OriginalName", original);
    return strcasecmp(name, published) == 0 ||
           strcasecmp(slash != NULL ? slash + 1 : name, original) == 0;
}

static int
find_package(struct mgr_store *store, const char *name, struct store_package *package,
             struct mgr_error *error)
{
    reg_key packages;
    reg_key found = 0;
    reg_key key;
    uint32_t index;
    int result = reg_key_open(store->registry, REG_ROOT, STORE_PACKAGES, 0, &packages);

    for (index = 0; result == 0 && reg_key_at(store->registry, packages, index, &key) == 0;
         index++) {
        if (is_named(store->registry, key, name)) {
            if (found != 0) {
                return store_fail(error, -EEXIST,
                                  "several packages have the name %s: say which oemN.inf", name);
            }
            found = key;
        }
    }
    if (found == 0) {
        return store_fail(error, -ENOENT, "no package is called %s", name);
    }
    return choose_package_open(store, found, package);
}

/* A device that has the package's driver: on the root bus it goes, elsewhere it gets the next best. */
static int
remove_from_device(struct mgr_store *store, reg_key key, const char *instance_id, void *argument)
{
    struct removal *removal = argument;
    char published[MGR_TEXT_SIZE];
    char path[MGR_PATH_SIZE];
    bool any;
    reg_key parent;
    int result;

    choose_driver_of(store, key, published);
    if (strcasecmp(published, removal->package.published) != 0) {
        return 0;
    }
    result = apply_remove_driver(store, key, instance_id);
    if (result != 0) {
        return result;
    }
    result = choose_configure(store, key, instance_id, &any, removal->error);
    if (result != 0 || any || strncasecmp(instance_id, "ROOT\\", 5) != 0) {
        return result < 0 ? result : 0;
    }
    result = reg_key_delete_tree(store->registry, key);
    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_ENUM, instance_id);
    *strrchr(path, '\\') = '\0';
    if (result == 0 && reg_key_open(store->registry, REG_ROOT, path, 0, &parent) == 0) {
        result = reg_key_delete(store->registry, parent);
        result = result == -ENOTEMPTY ? 0 : result;
    }
    return result;
}

/* The files it has outside the store, but for those that another package has too. */
static int
note_removals(struct mgr_store *store, reg_key package)
{
    reg_key database;
    reg_key packages;
    const char *at;
    char *files;
    int result = reg_get_texts(store->registry, package, "Files", &files);

    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    result =
        reg_key_open(store->registry, REG_ROOT, "Machine\\SYSTEM\\DriverDatabase", 0, &database);
    result = result != 0 ? result
                         : reg_key_open(store->registry, REG_ROOT, STORE_PACKAGES, 0, &packages);
    for (at = files; result == 0 && *at != '\0'; at += strlen(at) + 1) {
        char target[MGR_PATH_SIZE];
        bool shared = false;
        reg_key other;
        uint32_t index;

        (void)snprintf(target, sizeof(target), "%.*s", (int)strcspn(at, "|"), at);
        for (index = 0; reg_key_at(store->registry, packages, index, &other) == 0; index++) {
            shared =
                shared || (other != package && store_list_has(store->registry, other, "Files", at));
        }
        result = shared ? 0 : store_list_add(store->registry, database, "PendingRemovals", target);
    }
    sys_free(files);
    return result;
}

/* The keys of the database, and those above them when they were the last. */
static int
forget_package(struct mgr_store *store, const struct store_package *package)
{
    static const char *const folders[] = {STORE_PACKAGES, STORE_INFS};
    struct reg_store *registry = store->registry;
    char path[MGR_PATH_SIZE];
    reg_key key;
    size_t i;
    int result = note_removals(store, package->key);

    result = result != 0 ? result : reg_key_delete_tree(registry, package->key);
    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_INFS, package->published);
    result = result != 0 ? result : reg_key_open(registry, REG_ROOT, path, 0, &key);
    result = result != 0 ? result : reg_key_delete_tree(registry, key);
    for (i = 0; result == 0 && i < 2; i++) {
        if (reg_key_open(registry, REG_ROOT, folders[i], 0, &key) == 0) {
            result = reg_key_delete(registry, key);
            result = result == -ENOTEMPTY ? 0 : result;
        }
    }
    return result;
}

static int
uninstall_transaction(struct mgr_store *store, const char *name, struct mgr_error *error)
{
    struct removal removal = {.error = error};
    int result = find_package(store, name, &removal.package, error);

    if (result != 0) {
        return result;
    }
    /* Forgotten first, so that it is no candidate for its own devices. */
    result = forget_package(store, &removal.package);
    result = result != 0 ? result : choose_for_each_device(store, remove_from_device, &removal);
    result = result != 0 ? result : apply_disown(store, removal.package.published);
    choose_package_close(&removal.package);
    return result;
}

int
mgr_store_uninstall(struct mgr_store *store, const char *name, struct mgr_error *error)
{
    int result;

    error->text[0] = '\0';
    result = store_lock(store, error);
    if (result != 0) {
        return result;
    }
    result = reg_begin(store->registry);
    if (result == 0) {
        result = uninstall_transaction(store, name, error);
        if (result != 0) {
            reg_rollback(store->registry);
        } else {
            result = reg_commit(store->registry);
        }
    }
    if (result != 0 && error->text[0] == '\0') {
        (void)store_fail(error, result, "%s: %s", name, strerror(-result));
    }
    stage_recover(store);
    store_unlock(store);
    return result;
}
