/* SPDX-License-Identifier: MIT */
/*
 * Driver modules: opening an ELF shared object that holds a driver, with an answer for every way in
 * which a file can fail to be one.
 */
#ifndef OPENWDF_LOADER_MODULE_H
#define OPENWDF_LOADER_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include <ntddk.h>

/* Who starts the driver. */
enum module_kind {
    MODULE_STUB,    /* FxDriverEntry: the stub binds the framework, then runs DriverEntry. */
    MODULE_STUB_UM, /* FxDriverEntryUm: the same in a user-mode driver. */
    MODULE_DRIVER,  /* DriverEntry: a WDM driver without the framework. */
};

struct module;

/* Text that explains a refusal: one message, several lines when several things are missing. */
struct module_error {
    char text[4096];
};

/*
 * Opens the driver module at `path`. The file is checked first (an ELF shared object for this
 * machine, an entry point, every library it needs, every symbol it needs), so that a driver that
 * cannot work is refused with one message that names all that is missing, before any of its code
 * has run. On success *ret_module is closed with module_close.
 *
 * STATUS_OBJECT_NAME_NOT_FOUND        no such file, or it cannot be opened
 * STATUS_INVALID_IMAGE_FORMAT         not a shared object for this machine, or damaged
 * STATUS_DRIVER_ENTRYPOINT_NOT_FOUND  no FxDriverEntry, FxDriverEntryUm or DriverEntry
 * STATUS_DLL_NOT_FOUND                a library it needs cannot be loaded
 * STATUS_ENTRYPOINT_NOT_FOUND         undefined symbols
 * STATUS_UNSUCCESSFUL                 the dynamic linker refused it for a reason of its own
 *
 * PASSIVE_LEVEL. Runs the module's constructors.
 */
__attribute__((warn_unused_result)) NTSTATUS
module_open(const char *path, struct module **ret_module, struct module_error *error);

/*
 * Unmaps the module. Nothing of it may run any more. Sanitizer builds keep it mapped, so that a
 * report made at exit can still name the driver's functions. NULL is allowed.
 */
void module_close(struct module *module);

enum module_kind module_kind(const struct module *module);

/*
 * io_driver_start with the module's entry point, whatever its kind, after the export drivers that it
 * needs. The module's pool is accounted to the driver from here on. PASSIVE_LEVEL.
 */
__attribute__((warn_unused_result)) NTSTATUS module_start(struct module *module,
                                                          PDRIVER_OBJECT driver);

/* An exported symbol of the module, or NULL. */
void *module_symbol(const struct module *module, const char *name);

/* The code of the mapped image that holds `address`; 0, 0 when there is none. */
void module_code_range(const void *address, uintptr_t *ret_start, uintptr_t *ret_end);

/* The file's name without folder and suffix ("echo" for "/x/echo.so"); the driver's service name. */
const char *module_name(const struct module *module);

const char *module_path(const struct module *module);

#endif
