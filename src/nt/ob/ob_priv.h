/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_OB_OB_PRIV_H
#define OPENWDF_NT_OB_OB_PRIV_H

#include "base/list.h"
#include "nt/ob/ob.h"
#include "sys/lock.h"

#define OB_MAGIC_LIVE 0x4F624F62u
#define OB_MAGIC_DEAD 0x64644F62u

struct ob_name;

/* Stands before the body, which keeps its alignment of 16. */
struct ob_header {
    struct ob_type *type;
    struct ob_name *name;         /* Guarded by the lock of the name space; NULL: none. */
    struct ob_header *dying_next; /* In the queue of those that die at PASSIVE_LEVEL. */
    uint32_t references;
    uint32_t handles; /* Guarded by the lock of the handle table. */
    uint32_t magic;
    uint32_t reserved[3];
};

_Static_assert(sizeof(struct ob_header) % 16 == 0, "the body is aligned to 16");

static inline struct ob_header *
ob_header_of(const void *body)
{
    return (struct ob_header *)(uintptr_t)body - 1;
}

static inline void *
ob_body_of(struct ob_header *header)
{
    return header + 1;
}

/* As ob_header_of; bugchecks when it is no live object. */
struct ob_header *ob_header_checked(const void *body, const void *caller);

/* Takes a reference unless the last one is gone. */
bool ob_reference_if_live(struct ob_header *header);

void ob_handles_init(void);
void ob_handles_fini(void);
NTSTATUS ob_names_init(void);
void ob_names_fini(void);

#endif
