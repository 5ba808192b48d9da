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

/* The numbers of the pages from first_page on in our physical address space; see contiguous.c. */
void mm_page_numbers(const void *first_page, ULONG count, PFN_NUMBER *ret_numbers);

#endif
