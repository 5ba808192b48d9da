/* SPDX-License-Identifier: MIT */
/* What the root bus knows of a device from the one who added it: see root_identity.h. */
#include "nt/pnp/root_identity.h"

#include <string.h>

#include "base/utf16.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

void
root_identity_unref(struct root_identity *identity)
{
    if (identity == NULL || InterlockedDecrement(&identity->references) != 0) {
        return;
    }
    pnp_free(identity->device_id);
    pnp_free(identity->instance_id);
    pnp_free(identity->hardware_ids);
    pnp_free(identity->compatible_ids);
    pnp_free(identity->description);
    pnp_free(identity->requirements);
    pnp_free(identity->boot);
    ExFreePoolWithTag(identity, PNP_TAG);
}

/* `count` characters of ASCII as 16-bit text. */
static WCHAR *
wide(const char *text, size_t count)
{
    WCHAR *out = ExAllocatePool2(POOL_FLAG_NON_PAGED, (count + 1) * sizeof(WCHAR), PNP_TAG);

    for (size_t i = 0; out != NULL && i < count; i++) {
        out[i] = (WCHAR)(unsigned char)text[i];
    }
    return out;
}

static WCHAR *
wide_multi(const char *const *texts)
{
    size_t chars = 1;
    WCHAR *multi;
    WCHAR *out;

    for (size_t i = 0; texts[i] != NULL; i++) {
        chars += strlen(texts[i]) + 1;
    }
    multi = out = ExAllocatePool2(POOL_FLAG_NON_PAGED, chars * sizeof(WCHAR), PNP_TAG);
    for (size_t i = 0; multi != NULL && texts[i] != NULL; i++) {
        for (const char *text = texts[i]; *text != '\0'; text++) {
            *out++ = (WCHAR)(unsigned char)*text;
        }
        out++; /* The rest is zero already. */
    }
    return multi;
}

static WCHAR *
wide_utf8(const char *text)
{
    size_t units = utf8_to_utf16(NULL, 0, text, strlen(text));
    WCHAR *out = ExAllocatePool2(POOL_FLAG_NON_PAGED, (units + 1) * sizeof(WCHAR), PNP_TAG);

    if (out != NULL) {
        (void)utf8_to_utf16((uint16_t *)out, units, text, strlen(text));
    }
    return out;
}

/* Where "ROOT\ECHO\0000" has its two separators; false when it has not three parts. */
static bool
split_instance_id(const char *id, size_t *ret_first, size_t *ret_second)
{
    unsigned separators = 0;
    size_t length = strlen(id);

    for (size_t i = 0; i < length; i++) {
        if (id[i] <= ' ' || (unsigned char)id[i] > 0x7F || id[i] == ',') {
            return false;
        }
        if (id[i] != '\\') {
            continue;
        }
        if (i == 0 || i == length - 1 || id[i - 1] == '\\') {
            return false;
        }
        *(separators++ == 0 ? ret_first : ret_second) = i;
    }
    return separators == 2 && length <= PNP_ID_CHARS;
}

void
pnp_root_default_capabilities(DEVICE_CAPABILITIES *capabilities)
{
    pnp_on_or_off(capabilities);
    capabilities->UniqueID = TRUE;
    capabilities->SilentInstall = TRUE;
    capabilities->SurpriseRemovalOK = TRUE;
}

NTSTATUS
root_identity_create(const struct pnp_root_params *params, struct root_identity **ret_identity)
{
    const char *description =
        params->description != NULL ? params->description : params->instance_id;
    static const char *const none[] = {NULL};
    struct root_identity *identity;
    size_t first = 0;
    size_t second = 0;
    bool complete;

    if (!split_instance_id(params->instance_id, &first, &second)) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    identity = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*identity), PNP_TAG);
    if (identity == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    identity->references = 1;
    identity->device_id = wide(params->instance_id, second);
    identity->instance_id =
        wide(params->instance_id + second + 1, strlen(params->instance_id + second + 1));
    if (params->hardware_ids != NULL) {
        identity->hardware_ids = wide_multi(params->hardware_ids);
    } else {
        /* One more zero ends the multi-string. */
        identity->hardware_ids =
            ExAllocatePool2(POOL_FLAG_NON_PAGED, (second + 2) * sizeof(WCHAR), PNP_TAG);
        for (size_t i = 0; identity->hardware_ids != NULL && i < second; i++) {
            identity->hardware_ids[i] = (WCHAR)(unsigned char)params->instance_id[i];
        }
    }
    identity->compatible_ids =
        wide_multi(params->compatible_ids != NULL ? params->compatible_ids : none);
    identity->description = wide_utf8(description);
    if (params->capabilities != NULL) {
        identity->capabilities = *params->capabilities;
        identity->capabilities.UniqueID = TRUE;
    } else {
        pnp_root_default_capabilities(&identity->capabilities);
    }
    complete = identity->device_id != NULL && identity->instance_id != NULL &&
               identity->hardware_ids != NULL && identity->compatible_ids != NULL &&
               identity->description != NULL;
    if (params->requirements != NULL) {
        identity->requirements = pnp_copy(params->requirements, params->requirements->ListSize);
        complete = complete && identity->requirements != NULL;
    }
    if (params->boot != NULL) {
        identity->boot_size = pnp_resource_list_size(params->boot);
        identity->boot = pnp_copy(params->boot, identity->boot_size);
        complete = complete && identity->boot != NULL;
    }
    if (!complete) {
        root_identity_unref(identity);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *ret_identity = identity;
    return STATUS_SUCCESS;
}
