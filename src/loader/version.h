/* SPDX-License-Identifier: MIT */
/* Which versions of the framework we are, and whether a module fits one of them. */
#ifndef OPENWDF_LOADER_VERSION_H
#define OPENWDF_LOADER_VERSION_H

#include "loader/bind.h"

#define KMDF_OUR_MAJOR 1u
#define KMDF_OUR_MINOR 33u
#define UMDF_OUR_MAJOR 2u
#define UMDF_OUR_MINOR 33u

/*
 * Checks what a module says it needs and fills in what it gets. `name` stands in the log line that
 * explains a refusal. Errors: those of WdfVersionBind.
 */
_Must_inspect_result_ NTSTATUS version_check(const char *name, PWDF_BIND_INFO info);

/*
 * The last component of a driver's registry path as UTF-8: its service name. "" when there is none.
 */
void version_component_name(PCUNICODE_STRING registry_path, char *name, size_t size);

#endif
