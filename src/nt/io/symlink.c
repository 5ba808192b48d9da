/* SPDX-License-Identifier: MIT */
/* Symbolic links of the object name space, as drivers make them for their devices. */
#include "nt/io/io_priv.h"
#include "nt/ob/ob.h"

static void (*link_listener)(void *argument, bool created, PCUNICODE_STRING name);
static void *link_argument;

void
io_symbolic_link_set_listener(void (*listener)(void *argument, bool created, PCUNICODE_STRING name),
                              void *argument)
{
    link_argument = argument;
    link_listener = listener;
}

static NTSTATUS
announce(NTSTATUS status, bool created, PCUNICODE_STRING name)
{
    if (NT_SUCCESS(status) && link_listener != NULL) {
        link_listener(link_argument, created, name);
    }
    return status;
}

NTSTATUS
IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    return announce(ob_create_symbolic_link(SymbolicLinkName, DeviceName), true, SymbolicLinkName);
}

NTSTATUS
IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    return announce(ob_create_symbolic_link(SymbolicLinkName, DeviceName), true, SymbolicLinkName);
}

NTSTATUS
IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    return announce(ob_delete_symbolic_link(SymbolicLinkName), false, SymbolicLinkName);
}
