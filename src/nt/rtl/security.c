/* SPDX-License-Identifier: MIT */
/*
 * Security descriptors as data. Who may open what is decided outside the host.
 *
 * An absolute descriptor points to its parts; a self-relative one is one block, with offsets in the place of
 * pointers. 0 stands for a part that is not there.
 */
#include <ntddk.h>

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define SID_REVISION_1    1
#define SID_MAX_AUTHORITY 15
#define SID_SIZE(count)   (8 + 4 * (size_t)(count))

struct relative_descriptor {
    UCHAR Revision;
    UCHAR Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    ULONG Owner;
    ULONG Group;
    ULONG Sacl;
    ULONG Dacl;
};

/* Where the parts are, whatever the form; NULL: not there. */
struct parts {
    const UCHAR *owner;
    const UCHAR *group;
    const ACL *sacl;
    const ACL *dacl;
};

static const void *
behind(const void *base, ULONG offset)
{
    return offset != 0 ? (const UCHAR *)base + offset : NULL;
}

static struct parts
parts_of(const SECURITY_DESCRIPTOR *descriptor)
{
    const struct relative_descriptor *relative = (const void *)descriptor;
    struct parts parts = {0};

    if ((descriptor->Control & SE_SELF_RELATIVE) != 0) {
        parts.owner = behind(relative, relative->Owner);
        parts.group = behind(relative, relative->Group);
        parts.sacl = behind(relative, relative->Sacl);
        parts.dacl = behind(relative, relative->Dacl);
    } else {
        parts.owner = descriptor->Owner;
        parts.group = descriptor->Group;
        parts.sacl = descriptor->Sacl;
        parts.dacl = descriptor->Dacl;
    }
    if ((descriptor->Control & SE_SACL_PRESENT) == 0) {
        parts.sacl = NULL;
    }
    if ((descriptor->Control & SE_DACL_PRESENT) == 0) {
        parts.dacl = NULL;
    }
    return parts;
}

static bool
is_sid(const UCHAR *sid)
{
    return sid == NULL || (sid[0] == SID_REVISION_1 && sid[1] <= SID_MAX_AUTHORITY);
}

static bool
is_acl(const ACL *acl)
{
    return acl == NULL || (acl->AclRevision >= ACL_REVISION &&
                           acl->AclRevision <= ACL_REVISION_DS && acl->AclSize >= sizeof(*acl));
}

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
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    struct parts parts;

    if (descriptor == NULL || descriptor->Revision != SECURITY_DESCRIPTOR_REVISION) {
        return FALSE;
    }
    parts = parts_of(descriptor);
    return is_sid(parts.owner) && is_sid(parts.group) && is_acl(parts.sacl) && is_acl(parts.dacl);
}

/* Sizes of parts count in whole ULONGs, as a block that holds them all would have them. */
static size_t
rounded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

ULONG
RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    const SECURITY_DESCRIPTOR *descriptor = SecurityDescriptor;
    struct parts parts = parts_of(descriptor);
    size_t length = (descriptor->Control & SE_SELF_RELATIVE) != 0
                        ? sizeof(struct relative_descriptor)
                        : sizeof(*descriptor);

    length += parts.owner != NULL ? SID_SIZE(parts.owner[1]) : 0;
    length += parts.group != NULL ? SID_SIZE(parts.group[1]) : 0;
    length += parts.sacl != NULL ? rounded(parts.sacl->AclSize) : 0;
    length += parts.dacl != NULL ? rounded(parts.dacl->AclSize) : 0;
    return (ULONG)length;
}

/* Whether a SID lies at the offset, inside `length` bytes; 0: it is not there, and `required` decides. */
static bool
holds_sid(const void *base, ULONG length, ULONG offset, bool required)
{
    const UCHAR *sid = (const UCHAR *)base + offset;

    if (offset == 0) {
        return !required;
    }
    return offset % 4 == 0 && offset <= length && length - offset >= SID_SIZE(0) && is_sid(sid) &&
           length - offset >= SID_SIZE(sid[1]);
}

/* The same for an ACL; `present` is what the descriptor's control says. A present one may be NULL. */
static bool
holds_acl(const void *base, ULONG length, ULONG offset, bool present, bool required)
{
    const ACL *acl = (const void *)((const UCHAR *)base + offset);

    if (!present || offset == 0) {
        return present || !required;
    }
    return offset % 4 == 0 && offset <= length && length - offset >= sizeof(*acl) && is_acl(acl) &&
           length - offset >= acl->AclSize;
}

/* Nothing is read beyond the given length. */
BOOLEAN
RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptorInput,
                                   ULONG SecurityDescriptorLength,
                                   SECURITY_INFORMATION RequiredInformation)
{
    const struct relative_descriptor *relative = SecurityDescriptorInput;
    ULONG length = SecurityDescriptorLength;

    return length >= sizeof(*relative) && relative->Revision == SECURITY_DESCRIPTOR_REVISION &&
           (relative->Control & SE_SELF_RELATIVE) != 0 &&
           holds_sid(relative, length, relative->Owner,
                     (RequiredInformation & OWNER_SECURITY_INFORMATION) != 0) &&
           holds_sid(relative, length, relative->Group,
                     (RequiredInformation & GROUP_SECURITY_INFORMATION) != 0) &&
           holds_acl(relative, length, relative->Sacl, (relative->Control & SE_SACL_PRESENT) != 0,
                     (RequiredInformation & SACL_SECURITY_INFORMATION) != 0) &&
           holds_acl(relative, length, relative->Dacl, (relative->Control & SE_DACL_PRESENT) != 0,
                     (RequiredInformation & DACL_SECURITY_INFORMATION) != 0);
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
