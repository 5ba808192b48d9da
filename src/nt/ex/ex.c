/* SPDX-License-Identifier: MIT */
/* The executive's start and end. */
#include "nt/ex/ex_priv.h"

#include "base/log.h"
#include "nt/ke/ke.h"
#include "nt/ob/ob.h"

/* What the system calls when the time is set, the power state changes, a processor is added. */
static const WCHAR *const callback_names[] = {
    L"\\Callback\\SetSystemTime",
    L"\\Callback\\PowerState",
    L"\\Callback\\ProcessorAdd",
};

#define CALLBACK_COUNT (sizeof(callback_names) / sizeof(callback_names[0]))

static PCALLBACK_OBJECT callbacks[CALLBACK_COUNT];

NTSTATUS
ex_init(void)
{
    ex_workers_init();
    for (size_t i = 0; i < CALLBACK_COUNT; i++) {
        OBJECT_ATTRIBUTES attributes;
        UNICODE_STRING name;
        NTSTATUS status;

        RtlInitUnicodeString(&name, callback_names[i]);
        InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
        status = ExCreateCallback(&callbacks[i], &attributes, TRUE, TRUE);
        if (status != STATUS_SUCCESS) {
            return status;
        }
    }
    return STATUS_SUCCESS;
}

static void
report_leak(void *argument, const struct ex_pool_leak *leak)
{
    char tag[5];

    ex_pool_tag_text(leak->tag, tag);
    base_log(BASE_LOG_WARN, "nt", "pool block %p of %zu bytes, tag '%s', allocated at %p, is left",
             leak->address, leak->size, tag, leak->caller);
}

void
ex_fini(void)
{
    for (size_t i = 0; i < CALLBACK_COUNT; i++) {
        if (callbacks[i] != NULL) {
            ObDereferenceObject(callbacks[i]);
            callbacks[i] = NULL;
        }
    }
    ex_workers_fini();
    ex_pool_report_leaks(&ex_pool_system, report_leak, NULL);
}
