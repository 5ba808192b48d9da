/* SPDX-License-Identifier: MIT */
/* Memory management towards the rest of nt, the buses and the composition roots. */
#ifndef OPENWDF_NT_MM_MM_H
#define OPENWDF_NT_MM_MM_H

#include <stdbool.h>
#include <stddef.h>

#include <ntddk.h>

NTSTATUS mm_init(void);

/* Reports mappings, contiguous memory and MDLs that are left. */
void mm_fini(void);

/* Whoever can map device memory: a bus, or a device model. */
struct mm_io_space_provider {
    /* NULL: the range is nobody's. */
    void *(*map)(void *argument, PHYSICAL_ADDRESS address, size_t size,
                 MEMORY_CACHING_TYPE caching);
    void (*unmap)(void *argument, void *base, size_t size);
    void *argument;
};

/* One provider; NULL: none, and MmMapIoSpace returns NULL. The table must outlive its mappings. */
void mm_set_io_space_provider(const struct mm_io_space_provider *provider);

/* The memory behind a physical address that MmGetPhysicalAddress or an MDL gave. */
void *mm_physical_to_virtual(PHYSICAL_ADDRESS address);

/* MDLs allocated and not freed. */
unsigned mm_mdl_count(void);

#endif
