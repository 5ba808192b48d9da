/* SPDX-License-Identifier: MIT */
/* The driver store's files among themselves. */
#ifndef OPENWDF_MANAGER_MGR_STORE_PRIV_H
#define OPENWDF_MANAGER_MGR_STORE_PRIV_H

#include "inf/plan.h"
#include "manager/mgr_store.h"

#define STORE_PACKAGES "Machine\\SYSTEM\\DriverDatabase\\DriverPackages"
#define STORE_INFS     "Machine\\SYSTEM\\DriverDatabase\\DriverInfFiles"
#define STORE_CONTROL  "Machine\\SYSTEM\\CurrentControlSet"
#define STORE_CLASSES  STORE_CONTROL "\\Control\\Class"
#define STORE_ENUM     STORE_CONTROL "\\Enum"
#define STORE_SERVICES STORE_CONTROL "\\Services"
#define STORE_UMDF     "Machine\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WUDF\\Services"

/* Values of ours beside Windows' own. */
#define STORE_MODULE "OpenWdfModule" /* A service's module, relative to the folder of packages. */
#define STORE_OWNERS "Owners"        /* The packages that a service or class belongs to. */

/* The class of devices whose INF names none: "System". */
#define STORE_CLASS_DEFAULT "{4d36e97d-e325-11ce-bfc1-08002be10318}"

#define STORE_CONFIG_DISABLED 0x00000001u /* Enum\…\ConfigFlags, as on Windows. */

struct mgr_store {
    struct reg_store *registry;
    char folder[MGR_PATH_SIZE]; /* <state>/drivers */
    char root[MGR_PATH_SIZE];   /* What drivers see as C:. */
    int lock;                   /* The lock file. */
};

int store_fail(struct mgr_error *error, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One process at a time changes the store. */
int store_lock(struct mgr_store *store, struct mgr_error *error);
void store_unlock(struct mgr_store *store);

/* ---- Text lists in the registry ---- */

/* Whether a text is in a REG_MULTI_SZ. */
bool store_list_has(struct reg_store *registry, reg_key key, const char *name, const char *text);

/* Adds a text unless it is there; removes one, and the value with the last. */
int store_list_add(struct reg_store *registry, reg_key key, const char *name, const char *text);
int store_list_remove(struct reg_store *registry, reg_key key, const char *name, const char *text);
int store_list_count(struct reg_store *registry, reg_key key, const char *name);

/* ---- A package's files (mgr_stage.c) ---- */

struct stage {
    struct mgr_store *store;
    struct inf *inf;
    char source[MGR_PATH_SIZE]; /* The folder of the INF that is installed. */
    char inf_file[MGR_TEXT_SIZE];
    char name[MGR_TEXT_SIZE]; /* The folder's name in the store. */
    bool was_there;
    mgr_note_fn *note;
    void *note_argument;
    struct mgr_error *error;
};

void store_note(const struct stage *stage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Copies what the INF names into a folder of the store; its name tells its contents. */
int stage_copy(struct stage *stage);

/* Removes a package's folder. */
void stage_remove(struct mgr_store *store, const char *name);

/* The module for a driver's file (echo.sys is echo.so) in a folder, in any case. -ENOENT. */
int stage_find_module(const char *folder, const char *binary, char *file, size_t size);

/* The path below the folder that drivers see as C:, for a file of a plan. -ENOENT: it stays in the
 * package. -EINVAL: a folder that is none. */
int stage_target(const struct inf_file *file, char *path, size_t size);

/* Carries out what transactions have decided and files do not show yet. */
void stage_recover(struct mgr_store *store);

/* ---- Plans into the registry (mgr_apply.c); inside a transaction ---- */

struct apply {
    struct mgr_store *store;
    struct reg_store *registry;
    const char *package;   /* Its folder's name. */
    const char *published; /* oem0.inf */
    const struct inf *inf;
    const struct inf_version *version;
    struct mgr_error *error;
};

/* A device's keys and everything else that its driver's plan says. */
int apply_device(struct apply *apply, reg_key device, const char *instance_id,
                 const struct inf_model *model, const struct inf_plan *plan, uint32_t rank);

/* Services of a plan without a device (DefaultInstall). */
int apply_services(struct apply *apply, const struct inf_plan *plan);

/* A device's driver goes: its software key, interfaces and settings. */
int apply_remove_driver(struct mgr_store *store, reg_key device, const char *instance_id);

/* ---- Choosing (mgr_choose.c) ---- */

/* An installed package, opened. */
struct store_package {
    reg_key key;
    char name[MGR_TEXT_SIZE];
    char published[MGR_TEXT_SIZE];
    struct inf *inf;
    struct inf_version version;
};

int choose_package_open(struct mgr_store *store, reg_key key, struct store_package *package);
void choose_package_close(struct store_package *package);

/* A text value in a fixed field; "" and an error when there is none. */
int choose_text(struct reg_store *registry, reg_key key, const char *name, char out[MGR_TEXT_SIZE]);

/* The package whose driver the device has; "" for none. */
void choose_driver_of(struct mgr_store *store, reg_key device, char published[MGR_TEXT_SIZE]);

/* Gives the device the best driver there is, if it has not got it: 1 then. *ret_any: one fits. */
int choose_configure(struct mgr_store *store, reg_key device, const char *instance_id,
                     bool *ret_any, struct mgr_error *error);

/* Every device below Enum: <enumerator>\\<device>\\<instance>. */
typedef int store_device_fn(struct mgr_store *store, reg_key key, const char *instance_id,
                            void *argument);
int choose_for_each_device(struct mgr_store *store, store_device_fn *fn, void *argument);

/* The package's services and classes, unless others have a part in them. */
int apply_disown(struct mgr_store *store, const char *published);

#endif
