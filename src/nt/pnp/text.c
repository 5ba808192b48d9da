/* SPDX-License-Identifier: MIT */
/* Strings and blocks of pool, and the names of problems. */
#include <string.h>

#include "nt/pnp/pnp_priv.h"

size_t
pnp_wide_length(const WCHAR *text)
{
    size_t length = 0;

    while (text[length] != 0) {
        length++;
    }
    return length;
}

size_t
pnp_multi_chars(const WCHAR *multi)
{
    size_t chars = 0;

    while (multi[chars] != 0) {
        chars += pnp_wide_length(multi + chars) + 1;
    }
    return chars + 1;
}

void *
pnp_copy(const void *data, size_t size)
{
    void *copy = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, PNP_TAG);

    if (copy != NULL) {
        memcpy(copy, data, size);
    }
    return copy;
}

WCHAR *
pnp_copy_text(const WCHAR *text)
{
    return pnp_copy(text, (pnp_wide_length(text) + 1) * sizeof(WCHAR));
}

void
pnp_free(void *block)
{
    if (block != NULL) {
        ExFreePool(block);
    }
}

const char *
pnp_ascii(const WCHAR *text, char *buffer, size_t size)
{
    size_t i;

    for (i = 0; text[i] != 0 && i < size - 1; i++) {
        buffer[i] = text[i] >= ' ' && text[i] < 0x7F ? (char)text[i] : '?';
    }
    buffer[i] = '\0';
    return buffer;
}

const char *
pnp_problem_name(ULONG problem)
{
    static const char *const names[] = {
        [PNP_PROBLEM_NONE] = "",
        [PNP_PROBLEM_NOT_CONFIGURED] = "CM_PROB_NOT_CONFIGURED",
        [PNP_PROBLEM_OUT_OF_MEMORY] = "CM_PROB_OUT_OF_MEMORY",
        [PNP_PROBLEM_INVALID_DATA] = "CM_PROB_INVALID_DATA",
        [PNP_PROBLEM_FAILED_START] = "CM_PROB_FAILED_START",
        [PNP_PROBLEM_NORMAL_CONFLICT] = "CM_PROB_NORMAL_CONFLICT",
        [PNP_PROBLEM_NEED_RESTART] = "CM_PROB_NEED_RESTART",
        [PNP_PROBLEM_REINSTALL] = "CM_PROB_REINSTALL",
        [PNP_PROBLEM_REGISTRY] = "CM_PROB_REGISTRY",
        [PNP_PROBLEM_WILL_BE_REMOVED] = "CM_PROB_WILL_BE_REMOVED",
        [PNP_PROBLEM_DISABLED] = "CM_PROB_DISABLED",
        [PNP_PROBLEM_DEVICE_NOT_THERE] = "CM_PROB_DEVICE_NOT_THERE",
        [PNP_PROBLEM_FAILED_INSTALL] = "CM_PROB_FAILED_INSTALL",
        [PNP_PROBLEM_HARDWARE_DISABLED] = "CM_PROB_HARDWARE_DISABLED",
        [PNP_PROBLEM_FAILED_ADD] = "CM_PROB_FAILED_ADD",
        [PNP_PROBLEM_DISABLED_SERVICE] = "CM_PROB_DISABLED_SERVICE",
        [PNP_PROBLEM_TRANSLATION_FAILED] = "CM_PROB_TRANSLATION_FAILED",
        [PNP_PROBLEM_FAILED_DRIVER_ENTRY] = "CM_PROB_FAILED_DRIVER_ENTRY",
        [PNP_PROBLEM_DRIVER_FAILED_PRIOR_UNLOAD] = "CM_PROB_DRIVER_FAILED_PRIOR_UNLOAD",
        [PNP_PROBLEM_DRIVER_FAILED_LOAD] = "CM_PROB_DRIVER_FAILED_LOAD",
        [PNP_PROBLEM_DRIVER_SERVICE_KEY_INVALID] = "CM_PROB_DRIVER_SERVICE_KEY_INVALID",
        [PNP_PROBLEM_DUPLICATE_DEVICE] = "CM_PROB_DUPLICATE_DEVICE",
        [PNP_PROBLEM_FAILED_POST_START] = "CM_PROB_FAILED_POST_START",
        [PNP_PROBLEM_HALTED] = "CM_PROB_HALTED",
        [PNP_PROBLEM_PHANTOM] = "CM_PROB_PHANTOM",
        [PNP_PROBLEM_SYSTEM_SHUTDOWN] = "CM_PROB_SYSTEM_SHUTDOWN",
        [PNP_PROBLEM_HELD_FOR_EJECT] = "CM_PROB_HELD_FOR_EJECT",
        [PNP_PROBLEM_DRIVER_BLOCKED] = "CM_PROB_DRIVER_BLOCKED",
    };

    if (problem >= sizeof(names) / sizeof(names[0]) || names[problem] == NULL) {
        return "CM_PROB_?";
    }
    return names[problem];
}
