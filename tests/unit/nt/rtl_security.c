/* SPDX-License-Identifier: MIT */
/* Security descriptors as data. */
#include "rtl_fixture.h"

#include <string.h>

#define SID_SIZE 12

/* S-1-1-0, everyone. */
static UCHAR everyone[SID_SIZE] = {1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0};
static ACL empty_acl = {.AclRevision = ACL_REVISION, .AclSize = sizeof(ACL)};

/* A self-relative descriptor with owner and DACL. */
struct block {
    UCHAR revision, sbz1;
    USHORT control;
    ULONG owner, group, sacl, dacl;
    UCHAR sid[SID_SIZE];
    ACL acl;
};

static struct block
good_block(void)
{
    struct block block = {
        .revision = SECURITY_DESCRIPTOR_REVISION,
        .control = SE_SELF_RELATIVE | SE_DACL_PRESENT,
        .owner = FIELD_OFFSET(struct block, sid),
        .dacl = FIELD_OFFSET(struct block, acl),
        .acl = empty_acl,
    };

    memcpy(block.sid, everyone, SID_SIZE);
    return block;
}

START_TEST(absolute_descriptors)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL acl = empty_acl;

    memset(&descriptor, 0xFF, sizeof(descriptor));
    ck_assert(!RtlValidSecurityDescriptor(&descriptor));
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, 2), STATUS_UNKNOWN_REVISION);
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION),
                     STATUS_SUCCESS);
    ck_assert(RtlValidSecurityDescriptor(&descriptor));
    ck_assert_uint_eq(descriptor.Control, 0);
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE), STATUS_SUCCESS);
    ck_assert_uint_eq(descriptor.Control, SE_DACL_PRESENT);
    ck_assert_ptr_eq(descriptor.Dacl, &acl);
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, FALSE, &acl, TRUE), STATUS_SUCCESS);
    ck_assert_uint_eq(descriptor.Control, 0);
    descriptor.Control = SE_SELF_RELATIVE;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE),
                     STATUS_INVALID_SECURITY_DESCR);
    descriptor.Revision = 9;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &acl, FALSE),
                     STATUS_UNKNOWN_REVISION);
}
END_TEST

START_TEST(lengths_count_all_parts)
{
    SECURITY_DESCRIPTOR descriptor;
    struct block block = good_block();

    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(RtlLengthSecurityDescriptor(&descriptor), sizeof(descriptor));
    descriptor.Owner = everyone;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &empty_acl, FALSE),
                     STATUS_SUCCESS);
    ck_assert_uint_eq(RtlLengthSecurityDescriptor(&descriptor),
                      sizeof(descriptor) + SID_SIZE + sizeof(ACL));
    ck_assert_uint_eq(RtlLengthSecurityDescriptor(&block), sizeof(block));
}
END_TEST

START_TEST(parts_that_are_no_sid_or_acl_make_a_descriptor_invalid)
{
    SECURITY_DESCRIPTOR descriptor;
    ACL broken = empty_acl;
    UCHAR sid[SID_SIZE] = {1, 16};

    ck_assert(!RtlValidSecurityDescriptor(NULL));
    ck_assert_int_eq(RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION),
                     STATUS_SUCCESS);
    descriptor.Owner = everyone;
    ck_assert(RtlValidSecurityDescriptor(&descriptor));
    descriptor.Owner = sid;
    ck_assert(!RtlValidSecurityDescriptor(&descriptor));
    descriptor.Owner = NULL;
    broken.AclSize = 4;
    ck_assert_int_eq(RtlSetDaclSecurityDescriptor(&descriptor, TRUE, &broken, FALSE),
                     STATUS_SUCCESS);
    ck_assert(!RtlValidSecurityDescriptor(&descriptor));
}
END_TEST

START_TEST(self_relative_descriptors)
{
    struct block block = good_block();

    ck_assert(RtlValidRelativeSecurityDescriptor(&block, sizeof(block), 0));
    ck_assert(RtlValidRelativeSecurityDescriptor(
        &block, sizeof(block), OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION));
    ck_assert(
        !RtlValidRelativeSecurityDescriptor(&block, sizeof(block), GROUP_SECURITY_INFORMATION));
    ck_assert(
        !RtlValidRelativeSecurityDescriptor(&block, sizeof(block), SACL_SECURITY_INFORMATION));
    ck_assert(RtlValidSecurityDescriptor(&block));
}
END_TEST

START_TEST(self_relative_descriptors_that_point_outside_are_refused)
{
    struct block good = good_block(), bad;

    for (ULONG length = 0; length < sizeof(good); length++) {
        ck_assert(!RtlValidRelativeSecurityDescriptor(&good, length, 0));
    }
    bad = good;
    bad.owner = sizeof(bad);
    ck_assert(!RtlValidRelativeSecurityDescriptor(&bad, sizeof(bad), 0));
    bad.owner = 0xFFFFFFFC;
    ck_assert(!RtlValidRelativeSecurityDescriptor(&bad, sizeof(bad), 0));
    bad = good;
    bad.owner++;
    ck_assert(!RtlValidRelativeSecurityDescriptor(&bad, sizeof(bad), 0));
    bad = good;
    bad.sid[1] = 15;
    ck_assert(!RtlValidRelativeSecurityDescriptor(&bad, sizeof(bad), 0));
    bad = good;
    bad.acl.AclSize = 12;
    ck_assert(!RtlValidRelativeSecurityDescriptor(&bad, sizeof(bad), 0));
    bad = good;
    bad.control &= ~SE_SELF_RELATIVE;
    ck_assert(!RtlValidRelativeSecurityDescriptor(&bad, sizeof(bad), 0));
}
END_TEST

int
main(void)
{
    const TTest *const tests[] = {
        absolute_descriptors,
        lengths_count_all_parts,
        parts_that_are_no_sid_or_acl_make_a_descriptor_invalid,
        self_relative_descriptors,
        self_relative_descriptors_that_point_outside_are_refused,
    };

    return rtl_run("nt/rtl_security", tests, RTL_NUMBER_OF(tests));
}
