/* SPDX-License-Identifier: MIT */
/* Symbolic links of the object name space, as drivers make them for their devices. */
#include "nt/io/io_priv.h"
#include "nt/ob/ob.h"

static NTSTATUS (*link_listener)(void *argument, bool created, PCUNICODE_STRING name);
static void *link_argument;

void
io_symbolic_link_set_listener(NTSTATUS (*listener)(void *argument, bool created,
                                                   PCUNICODE_STRING name),
                              void *argument)
{
    link_argument = argument;
    link_listener = listener;
}

/* A name must be free in the session too, not only in this host. */
static NTSTATUS
create(PUNICODE_STRING name, PUNICODE_STRING target)
{
    NTSTATUS status = ob_create_symbolic_link(name, target);

    if (NT_SUCCESS(status) && link_listener != NULL) {
        status = link_listener(link_argument, true, name);
        if (!NT_SUCCESS(status)) {
            (void)ob_delete_symbolic_link(name);
        }
    }
    return status;
}

NTSTATUS
IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    return create(SymbolicLinkName, DeviceName);
}

NTSTATUS
IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    return create(SymbolicLinkName, DeviceName);
}

NTSTATUS
IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    NTSTATUS status = ob_delete_symbolic_link(SymbolicLinkName);

    if (NT_SUCCESS(status) && link_listener != NULL) {
        (void)link_listener(link_argument, false, SymbolicLinkName);
    }
    return status;
}
