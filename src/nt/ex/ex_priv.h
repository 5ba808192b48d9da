/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_EX_EX_PRIV_H
#define OPENWDF_NT_EX_EX_PRIV_H

#include "nt/ex/ex.h"

/* ExAllocatePoolWithTag and ExFreePoolWithTag (0: any tag) in the name of a caller. */
void *ex_pool_allocate_by_type(ULONG type, size_t size, ULONG tag, const void *caller);
void ex_pool_free(void *payload, ULONG tag, const void *caller);

void ex_workers_init(void);
void ex_workers_fini(void);

/*
 * A word that many may hold shared, or one exclusively; zero when free. Spins, then sleeps. Who
 * wants it exclusively keeps new sharers out.
 */
void ex_rw_acquire_shared(uint32_t *word);
void ex_rw_release_shared(uint32_t *word);
void ex_rw_acquire_exclusive(uint32_t *word);
void ex_rw_release_exclusive(uint32_t *word);

/* From shared to exclusive, if the caller is the only one who shares. */
bool ex_rw_try_upgrade(uint32_t *word);

#endif
