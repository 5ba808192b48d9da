/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OPENWDF_NT_MM_MM_PRIV_H
#define OPENWDF_NT_MM_MM_PRIV_H

#include "base/list.h"
#include "nt/mm/mm.h"
#include "sys/lock.h"

#define MM_MDL_TAG ' ldM'

void mm_mdls_init(void);
void mm_mdls_fini(void);
void mm_contiguous_init(void);
void mm_contiguous_fini(void);
void mm_io_space_init(void);
void mm_io_space_fini(void);

/* The page's number in our physical address space; see contiguous.c. */
PFN_NUMBER mm_page_number(const void *address);

#endif
