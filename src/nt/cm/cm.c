/* SPDX-License-Identifier: MIT */
/* The store behind the keys, and the ways between its language and the kernel's. */
#include <string.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/utf16.h"
#include "nt/cm/cm_priv.h"
#include "sys/lock.h"

static struct {
    struct sys_lock lock; /* Held while the store is opened. */
    struct reg_store *store;
} cm;

NTSTATUS
cm_init(void)
{
    memset(&cm, 0, sizeof(cm));
    return STATUS_SUCCESS;
}

void
cm_fini(void)
{
    reg_close(cm.store);
    cm.store = NULL;
}

void
cm_set_store(struct reg_store *store)
{
    reg_close(cm.store);
    cm.store = store;
}

/* What an installation would have written for a driver. */
static void
make_service_key(struct reg_store *store, const char *name)
{
    static const char services[] = "Machine\\SYSTEM\\CurrentControlSet\\Services";
    reg_key key;
    int error = reg_key_create(store, REG_ROOT, services, REG_CREATE_PATH, NULL, &key, NULL);

    error = error != 0 ? error : reg_key_create(store, key, name, 0, NULL, &key, NULL);
    if (error != 0) {
        base_log(BASE_LOG_WARN, "nt", "the driver %s has no key in the registry: error %d", name,
                 -error);
    }
}

/* The last part of a path. */
static void
make_key_of(struct reg_store *store, PCUNICODE_STRING path)
{
    const char *slash;
    char *text;

    if (NT_SUCCESS(cm_text(path, &text))) {
        slash = strrchr(text, '\\');
        make_service_key(store, slash != NULL ? slash + 1 : text);
        ExFreePoolWithTag(text, CM_TAG);
    }
}

static bool
visit_driver(void *argument, PCUNICODE_STRING name, const char *type_name)
{
    make_key_of(argument, name);
    return true;
}

struct reg_store *
cm_store(void)
{
    struct reg_store *store = atomic_load_ptr((const base_pointer *)&cm.store);

    if (store != NULL) {
        return store;
    }
    sys_lock_acquire(&cm.lock);
    store = cm.store;
    if (store == NULL) {
        int error = reg_open_memory(&store);

        if (error != 0) {
            base_log(BASE_LOG_ERROR, "nt", "there is no registry: error %d", -error);
            store = NULL;
        } else {
            UNICODE_STRING drivers;

            RtlInitUnicodeString(&drivers, L"\\Driver");
            (void)ob_enumerate(&drivers, visit_driver, store);
            atomic_store_ptr((base_pointer *)&cm.store, store);
        }
    }
    sys_lock_release(&cm.lock);
    return store;
}

void
cm_driver_added(PCUNICODE_STRING registry_path)
{
    struct reg_store *store;

    sys_lock_acquire(&cm.lock);
    store = cm.store;
    sys_lock_release(&cm.lock);
    if (store != NULL) {
        make_key_of(store, registry_path);
    }
}

NTSTATUS
cm_status(int error)
{
    switch (-error) {
    case 0:
        return STATUS_SUCCESS;
    case ENOENT:
        return STATUS_OBJECT_NAME_NOT_FOUND;
    case ESTALE:
        return STATUS_KEY_DELETED;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
        return STATUS_OBJECT_NAME_INVALID;
    case EEXIST:
        return STATUS_OBJECT_NAME_COLLISION;
    case ENOTEMPTY:
    case EPERM:
        return STATUS_CANNOT_DELETE;
    case ENOTSUP:
        return STATUS_CHILD_MUST_BE_VOLATILE;
    case ENOMEM:
    case E2BIG:
        return STATUS_INSUFFICIENT_RESOURCES;
    case ENOSPC:
        return STATUS_DISK_FULL;
    case EUCLEAN:
        return STATUS_REGISTRY_CORRUPT;
    default:
        return STATUS_REGISTRY_IO_FAILED;
    }
}

NTSTATUS
cm_text(PCUNICODE_STRING string, char **ret_text)
{
    size_t count = string == NULL ? 0 : string->Length / sizeof(WCHAR);
    const uint16_t *units = count == 0 ? NULL : (const uint16_t *)string->Buffer;
    size_t size;
    char *text;

    if (string != NULL && (string->Length % sizeof(WCHAR) != 0 || (count != 0 && units == NULL))) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if (utf16_length_most(units, count) != count) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    size = utf16_to_utf8(NULL, 0, units, count);
    text = ExAllocatePool2(POOL_FLAG_PAGED, size + 1, CM_TAG);
    if (text == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    (void)utf16_to_utf8(text, size, units, count);
    text[size] = '\0';
    *ret_text = text;
    return STATUS_SUCCESS;
}

NTSTATUS
cm_wide(const char *text, WCHAR **ret_wide, ULONG *ret_chars)
{
    size_t length = strlen(text);
    size_t count = utf8_to_utf16(NULL, 0, text, length);
    uint16_t *wide = ExAllocatePool2(POOL_FLAG_PAGED, (count + 1) * sizeof(WCHAR), CM_TAG);

    if (wide == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    (void)utf8_to_utf16(wide, count, text, length);
    wide[count] = 0;
    *ret_wide = (WCHAR *)wide;
    *ret_chars = (ULONG)count;
    return STATUS_SUCCESS;
}
