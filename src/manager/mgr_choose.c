/* SPDX-License-Identifier: MIT */
/* Which installed driver fits a device best, and giving it to the device. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "manager/mgr_store_priv.h"
#include "sys/memory.h"

/* ---- Packages in the registry ---- */

void
choose_package_close(struct store_package *package)
{
    inf_close(package->inf);
    package->inf = NULL;
}

int
choose_text(struct reg_store *registry, reg_key key, const char *name, char out[MGR_TEXT_SIZE])
{
    char *text;
    int result = reg_get_text(registry, key, name, &text);

    out[0] = '\0';
    if (result == 0) {
        (void)snprintf(out, MGR_TEXT_SIZE, "%.*s", MGR_TEXT_SIZE - 1, text);
        sys_free(text);
    }
    return result;
}

int
choose_package_open(struct mgr_store *store, reg_key key, struct store_package *package)
{
    struct inf_error error;
    char original[MGR_TEXT_SIZE];
    char path[MGR_PATH_SIZE];
    char *class_name;
    char *name;
    int result = reg_key_name(store->registry, key, &name, &class_name);

    if (result != 0) {
        return result;
    }
    *package = (struct store_package){.key = key};
    (void)snprintf(package->name, sizeof(package->name), "%s", name);
    sys_free(name);
    sys_free(class_name);
    result = choose_text(store->registry, key, "PublishedName", package->published);
    result = result != 0 ? result : choose_text(store->registry, key, "OriginalName", original);
    (void)snprintf(path, sizeof(path), "%.3000s/%.300s/%.300s", store->folder, package->name,
                   original);
    result = result != 0 ? result : inf_open(path, &package->inf, &error);
    result = result != 0 ? result : inf_read_version(package->inf, &package->version, &error);
    if (result != 0) {
        choose_package_close(package);
    }
    return result;
}

/* ---- The best driver ---- */

struct best {
    bool found;
    uint32_t rank;
    struct store_package package;
    struct inf_model model;
};

/* Looks through all packages; one that cannot be read any more fits nothing. */
static int
find_best(struct mgr_store *store, const struct inf_device_ids *ids, struct best *best)
{
    reg_key packages;
    reg_key key;
    uint32_t index;
    int result = reg_key_open(store->registry, REG_ROOT, STORE_PACKAGES, 0, &packages);

    best->found = false;
    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    for (index = 0; reg_key_at(store->registry, packages, index, &key) == 0; index++) {
        struct inf_model model;
        struct inf_error error;
        struct store_package package;
        uint32_t rank = INF_NO_MATCH;

        if (choose_package_open(store, key, &package) != 0) {
            continue;
        }
        if (inf_match(package.inf, ids, &rank, &model, &error) == 0 && rank != INF_NO_MATCH &&
            (!best->found ||
             inf_compare(rank, &package.version, best->rank, &best->package.version) < 0)) {
            if (best->found) {
                choose_package_close(&best->package);
            }
            *best = (struct best){.found = true, .rank = rank, .package = package, .model = model};
        } else {
            choose_package_close(&package);
        }
    }
    return 0;
}

/* ---- Devices ---- */

/* A REG_MULTI_SZ as a list that ends with NULL; both blocks for sys_free. */
static int
read_list(struct reg_store *registry, reg_key key, const char *name, char **ret_block,
          const char ***ret_list)
{
    const char *at;
    size_t count = 0;
    int result = reg_get_texts(registry, key, name, ret_block);

    *ret_list = NULL;
    if (result != 0) {
        *ret_block = NULL;
        return result == -ENOENT ? 0 : result;
    }
    for (at = *ret_block; *at != '\0'; at += strlen(at) + 1) {
        count++;
    }
    *ret_list = sys_alloc((count + 1) * sizeof((*ret_list)[0]));
    if (*ret_list == NULL) {
        sys_free(*ret_block);
        *ret_block = NULL;
        return -ENOMEM;
    }
    count = 0;
    for (at = *ret_block; *at != '\0'; at += strlen(at) + 1) {
        (*ret_list)[count++] = at;
    }
    (*ret_list)[count] = NULL;
    return 0;
}

/* The package whose driver the device has; "" for none. */
void
choose_driver_of(struct mgr_store *store, reg_key device, char published[MGR_TEXT_SIZE])
{
    char path[MGR_PATH_SIZE];
    char driver[MGR_TEXT_SIZE];
    reg_key key;

    published[0] = '\0';
    if (choose_text(store->registry, device, "Driver", driver) == 0) {
        (void)snprintf(path, sizeof(path), "%s\\%s", STORE_CLASSES, driver);
        if (reg_key_open(store->registry, REG_ROOT, path, 0, &key) == 0) {
            (void)choose_text(store->registry, key, "InfPath", published);
        }
    }
}

/* Gives the device the best driver there is, if it has not got it. 1: it has now. */
int
choose_configure(struct mgr_store *store, reg_key device, const char *instance_id, bool *ret_any,
                 struct mgr_error *error)
{
    struct apply apply = {.store = store, .registry = store->registry, .error = error};
    struct inf_device_ids ids = {.hardware = NULL};
    char current[MGR_TEXT_SIZE];
    const char **compatible = NULL;
    const char **hardware = NULL;
    char *compatible_block = NULL;
    char *hardware_block = NULL;
    struct inf_error inf_error;
    struct inf_plan plan;
    struct best best = {.found = false};
    int result = read_list(store->registry, device, "HardwareID", &hardware_block, &hardware);

    result = result != 0 ? result
                         : read_list(store->registry, device, "CompatibleIDs", &compatible_block,
                                     &compatible);
    ids.hardware = hardware;
    ids.compatible = compatible;
    result = result != 0 ? result : find_best(store, &ids, &best);
    *ret_any = best.found;
    choose_driver_of(store, device, current);
    if (result == 0 && best.found && strcasecmp(current, best.package.published) != 0) {
        result = inf_plan_install(best.package.inf, best.model.install, NULL, &plan, &inf_error);
        if (result != 0) {
            (void)store_fail(error, result, "%s", inf_error.text);
        } else {
            apply.package = best.package.name;
            apply.published = best.package.published;
            apply.inf = best.package.inf;
            apply.version = &best.package.version;
            result = apply_device(&apply, device, instance_id, &best.model, &plan, best.rank);
            inf_plan_free(&plan);
            result = result != 0 ? result : 1;
        }
    }
    if (best.found) {
        choose_package_close(&best.package);
    }
    sys_free((void *)hardware);
    sys_free((void *)compatible);
    sys_free(hardware_block);
    sys_free(compatible_block);
    return result;
}

/* What fn removes is passed over. */
int
choose_for_each_device(struct mgr_store *store, store_device_fn *fn, void *argument)
{
    struct reg_store *registry = store->registry;
    const size_t skip = strlen("\\Registry\\Machine\\SYSTEM\\ControlSet001\\Enum\\");
    reg_key keys[3];
    uint32_t index[3];
    int depth = 0;
    int result = reg_key_open(registry, REG_ROOT, STORE_ENUM, 0, &keys[0]);

    index[0] = 0;
    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    while (result == 0 && depth >= 0) {
        reg_key below;
        char *path;

        if (reg_key_at(registry, keys[depth], index[depth]++, &below) != 0) {
            depth--;
            continue;
        }
        if (depth < 2) {
            keys[++depth] = below;
            index[depth] = 0;
            continue;
        }
        result = reg_key_path(registry, below, &path);
        if (result == 0) {
            struct reg_key_info info;

            result = fn(store, below, path + skip, argument);
            sys_free(path);
            if (result == 0 && reg_key_query(registry, below, &info) == -ESTALE) {
                index[depth]--;
                if (reg_key_query(registry, keys[depth], &info) == -ESTALE) {
                    depth--;
                    index[depth]--;
                }
            }
        }
    }
    return result;
}

/* ---- Configuring ---- */

static int
configure_transaction(struct mgr_store *store, const char *instance_id,
                      const char *const *hardware_ids, const char *const *compatible_ids,
                      struct mgr_error *error)
{
    char path[MGR_PATH_SIZE];
    bool any = false;
    reg_key key;
    int result;

    if (snprintf(path, sizeof(path), "%s\\%s", STORE_ENUM, instance_id) >= (int)sizeof(path)) {
        return -ENAMETOOLONG;
    }
    result = reg_key_create(store->registry, REG_ROOT, path, REG_CREATE_PATH, NULL, &key, NULL);
    if (result == 0 && hardware_ids != NULL) {
        result = reg_set_texts(store->registry, key, "HardwareID", hardware_ids);
    }
    if (result == 0 && compatible_ids != NULL && compatible_ids[0] != NULL) {
        result = reg_set_texts(store->registry, key, "CompatibleIDs", compatible_ids);
    }
    result = result != 0 ? result : choose_configure(store, key, instance_id, &any, error);
    return result < 0 ? result : any ? 0 : 1;
}

int
mgr_store_configure(struct mgr_store *store, const char *instance_id,
                    const char *const *hardware_ids, const char *const *compatible_ids,
                    struct mgr_error *error)
{
    bool none = false;
    int result;

    error->text[0] = '\0';
    result = store_lock(store, error);
    if (result != 0) {
        return result;
    }
    result = reg_begin(store->registry);
    if (result == 0) {
        result = configure_transaction(store, instance_id, hardware_ids, compatible_ids, error);
        none = result == 1;
        if (result < 0) {
            reg_rollback(store->registry);
        } else {
            result = reg_commit(store->registry);
        }
    }
    store_unlock(store);
    if (result == 0 && none) {
        return store_fail(error, -ENOENT, "%s: no installed driver fits it", instance_id);
    }
    if (result != 0 && error->text[0] == '\0') {
        (void)store_fail(error, result, "%s: %s", instance_id, strerror(-result));
    }
    return result;
}
