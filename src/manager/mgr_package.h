/* SPDX-License-Identifier: MIT */
/*
 * What there is to run: from an INF or a bare driver module to a device's configuration. The place
 * where the driver store will be.
 */
#ifndef OPENWDF_MANAGER_MGR_PACKAGE_H
#define OPENWDF_MANAGER_MGR_PACKAGE_H

#include <stddef.h>

#define MGR_TEXT_SIZE   256
#define MGR_PATH_SIZE   4096
#define MGR_FILTERS_MAX 15

struct mgr_package {
    char module[MGR_PATH_SIZE];    /* The function driver's module, absolute. */
    char device_id[MGR_TEXT_SIZE]; /* Without its instance number: ROOT\ECHO. */
    char hardware_id[MGR_TEXT_SIZE];
    char description[MGR_TEXT_SIZE];
    char service[MGR_TEXT_SIZE];
    char class_name[MGR_TEXT_SIZE];
    char class_guid[MGR_TEXT_SIZE];
    char manufacturer[MGR_TEXT_SIZE];
    char filters[MGR_FILTERS_MAX]
                [MGR_PATH_SIZE]; /* Modules above it that the INF names, upwards. */
    unsigned filter_count;
};

struct mgr_error {
    char text[512];
};

/*
 * Reads `path`: an INF (.inf, .inx), whose driver module is looked for beside it (echo.sys is
 * echo.so, in any case), or a module. hardware_id: which of the INF's devices, NULL for the first.
 * 0, or a negative errno and *error.
 */
int mgr_package_open(const char *path, const char *hardware_id, struct mgr_package *ret_package,
                     struct mgr_error *error);

#endif
