/* SPDX-License-Identifier: MIT */
/* The registry, from the outside of the bench. */
#include <stdlib.h>
#include <string.h>

#include "bench/bench_priv.h"
#include "nt/cm/cm.h"
#include "registry/registry.h"
#include "sys/memory.h"

bench_status
bench_registry_import(struct bench *bench, const char *text)
{
    struct reg_store *store = cm_store();
    struct reg_error error;
    int result;

    (void)bench;
    if (store == NULL) {
        return bench_fail(STATUS_INSUFFICIENT_RESOURCES, "there is no registry");
    }
    result = reg_import(store, text, strlen(text), &error);
    return result == 0 ? STATUS_SUCCESS : bench_fail(cm_status(result), "%s", error.text);
}

char *
bench_registry_export(struct bench *bench, const char *path)
{
    struct reg_store *store = cm_store();
    char parsed[REG_PATH_SIZE];
    char *copy;
    char *text;
    reg_key key;
    int result = store == NULL ? -ENOMEM : reg_path_parse(path, parsed, sizeof(parsed));

    (void)bench;
    result = result != 0 ? result : reg_key_open(store, REG_ROOT, parsed, 0, &key);
    result = result != 0 ? result : reg_export(store, key, &text);
    if (result != 0) {
        (void)bench_fail(cm_status(result), "%s: %s", path, strerror(-result));
        return NULL;
    }
    copy = strdup(text); /* The caller knows free() alone. */
    sys_free(text);
    return copy;
}
