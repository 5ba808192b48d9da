/* SPDX-License-Identifier: MIT */
/*
 * The driver store: packages that are installed, and the devices' settings that follow from them.
 *
 *     <state>/drivers/<name>_<arch>_<hash>/      a package's files, as they came, modules beside them
 *     HKLM\SYSTEM\DriverDatabase\DriverPackages  what packages there are
 *     HKLM\SYSTEM\DriverDatabase\DriverInfFiles  under which name: oem0.inf
 *
 * An installation or a removal is decided by one transaction of the registry. Files come into their
 * folder before it and go after it, so whoever is killed at any instant leaves the store before or
 * after: what a killed process left lying about is put right by the next who opens the store
 * (folders nobody knows, files still to be copied or removed).
 *
 * One process changes the store at a time (a lock file); reading needs no lock.
 */
#ifndef OPENWDF_MANAGER_MGR_STORE_H
#define OPENWDF_MANAGER_MGR_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "manager/mgr_package.h"
#include "registry/registry.h"

struct mgr_store;

/* Opens the store of this user, made when it is missing, and puts right what was left. */
int mgr_store_open(struct mgr_store **ret_store, struct mgr_error *error);

/* NULL is allowed. */
void mgr_store_close(struct mgr_store *store);

struct reg_store *mgr_store_registry(struct mgr_store *store);

/* Told in words, one line each: what was passed over, what is missing and not needed. */
typedef void mgr_note_fn(void *argument, const char *text);

enum mgr_install_device {
    MGR_DEVICE_IF_ROOT, /* One for the first model on the root bus, unless there is one already. */
    MGR_DEVICE_NONE,
    MGR_DEVICE_NEW, /* With `hardware_id`, in addition to those there are. */
};

struct mgr_install_params {
    const char *path; /* Of the INF. */
    enum mgr_install_device device;
    const char *hardware_id; /* For MGR_DEVICE_NEW. */
    mgr_note_fn *note;       /* May be NULL. */
    void *note_argument;
};

struct mgr_installed {
    char published[MGR_TEXT_SIZE]; /* "oem0.inf" */
    char device[MGR_TEXT_SIZE];    /* The device that was made; "" for none. */
    unsigned devices;              /* How many have the package's driver now. */
};

/*
 * Installs the package and, on every device that it fits better than what they have, its driver.
 * -EEXIST: it is installed already, and nothing else was asked. *error has the reason otherwise.
 */
int mgr_store_install(struct mgr_store *store, const struct mgr_install_params *params,
                      struct mgr_installed *ret_installed, struct mgr_error *error);

/*
 * Removes the package named oem0.inf, or the one whose INF had that name, or that INF's path. Devices
 * of the root bus go with their driver; others take the next best or are left without. -ENOENT.
 */
int mgr_store_uninstall(struct mgr_store *store, const char *name, struct mgr_error *error);

/*
 * Finds the best driver for a device and writes its settings; makes its keys when it is new. ids end
 * with NULL. -ENOENT: no package fits.
 */
int mgr_store_configure(struct mgr_store *store, const char *instance_id,
                        const char *const *hardware_ids, const char *const *compatible_ids,
                        struct mgr_error *error);

/* Removes a device of the root bus from the registry. -ENOENT, -EPERM: another bus brings it. */
int mgr_store_remove_device(struct mgr_store *store, const char *instance_id,
                            struct mgr_error *error);

/* Whether a person has disabled the device. -ENOENT. */
int mgr_store_set_disabled(struct mgr_store *store, const char *instance_id, bool disabled);

struct mgr_device_entry {
    char instance_id[MGR_TEXT_SIZE];
    char description[MGR_TEXT_SIZE];
    char service[MGR_TEXT_SIZE]; /* "" has no driver. */
    char class_name[MGR_TEXT_SIZE];
    bool disabled;
};

/* Calls fn for each device of the root bus that is installed, until it returns other than 0. */
int mgr_store_for_each_root(struct mgr_store *store,
                            int (*fn)(void *argument, const struct mgr_device_entry *entry),
                            void *argument);

struct mgr_package_entry {
    char published[MGR_TEXT_SIZE];
    char original[MGR_TEXT_SIZE];
    char provider[MGR_TEXT_SIZE];
    char class_name[MGR_TEXT_SIZE];
    char version[MGR_TEXT_SIZE]; /* "11/21/2026 1.0.0.0" */
};

/* Calls fn for each package until it returns other than 0. */
int mgr_store_for_each_package(struct mgr_store *store,
                               int (*fn)(void *argument, const struct mgr_package_entry *entry),
                               void *argument);

/* What starting the device takes: its module, texts. -ENOENT: no such device, or no driver. */
int mgr_store_package_of(struct mgr_store *store, const char *instance_id,
                         struct mgr_package *ret_package, struct mgr_error *error);

#endif
