/* SPDX-License-Identifier: MIT */
/* Security descriptors as data. Who may open what is decided outside the host. */
#include <ntddk.h>

#include <string.h>

NTSTATUS
RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, ULONG Revision)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;

    if (Revision != SECURITY_DESCRIPTOR_REVISION) {
        return STATUS_UNKNOWN_REVISION;
    }
    memset(descriptor, 0, sizeof(*descriptor));
    descriptor->Revision = SECURITY_DESCRIPTOR_REVISION;
    return STATUS_SUCCESS;
}

BOOLEAN
RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;

    return descriptor != NULL && descriptor->Revision == SECURITY_DESCRIPTOR_REVISION;
}

NTSTATUS
RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, BOOLEAN DaclPresent,
                             PACL Dacl, BOOLEAN DaclDefaulted)
{
    PISECURITY_DESCRIPTOR descriptor = SecurityDescriptor;

    if (descriptor->Revision != SECURITY_DESCRIPTOR_REVISION) {
        return STATUS_UNKNOWN_REVISION;
    }
    if ((descriptor->Control & SE_SELF_RELATIVE) != 0) {
        return STATUS_INVALID_SECURITY_DESCR;
    }
    descriptor->Control &= (USHORT) ~(SE_DACL_PRESENT | SE_DACL_DEFAULTED);
    descriptor->Dacl = NULL;
    if (DaclPresent) {
        descriptor->Control |= (USHORT)(SE_DACL_PRESENT | (DaclDefaulted ? SE_DACL_DEFAULTED : 0));
        descriptor->Dacl = Dacl;
    }
    return STATUS_SUCCESS;
}
