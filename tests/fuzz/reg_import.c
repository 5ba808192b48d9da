/* SPDX-License-Identifier: MIT */
/* .reg files: whatever is in one, it is applied as a whole or changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "registry/registry.h"
#include "sys/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *
everything(struct reg_store *store)
{
    char *text = NULL;

    if (reg_export(store, REG_ROOT, &text) != 0) {
        abort();
    }
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reg_store *store;
    struct reg_error error;
    char *before;
    char *after;
    char *again;
    int result;

    if (store == NULL && reg_open_memory(&store) != 0) {
        abort();
    }
    before = everything(store);
    result = reg_import(store, data, size, &error);
    after = everything(store);
    if (result != 0) {
        if (strcmp(before, after) != 0 || error.text[0] == '\0') {
            abort();
        }
    } else {
        /* What we write ourselves is read, and says the same. */
        if (reg_import(store, after, strlen(after), &error) != 0) {
            abort();
        }
        again = everything(store);
        if (strcmp(after, again) != 0) {
            abort();
        }
        sys_free(again);
        reg_close(store);
        store = NULL;
    }
    sys_free(before);
    sys_free(after);
    return 0;
}
