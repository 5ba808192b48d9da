/* SPDX-License-Identifier: MIT */
/*
 * What installing from an INF means, as data: the models it is for and how well they match a device,
 * and the steps of an install section. Nothing is done here; the manager carries the steps out.
 */
#ifndef OPENWDF_INF_PLAN_H
#define OPENWDF_INF_PLAN_H

#include <stdint.h>

#include "inf/inf.h"

/* The driver that stands for user-mode drivers in a device's stack: here it is ours, and no INF brings it. */
#define INF_REFLECTOR_SERVICE "WUDFRd"
#define INF_REFLECTOR_BINARY  INF_REFLECTOR_SERVICE ".sys"

/* ---- The file ---- */

struct inf_version {
    char class_name[INF_TEXT_SIZE];
    char class_guid[INF_TEXT_SIZE];
    char provider[INF_TEXT_SIZE];
    char extension_id[INF_TEXT_SIZE];
    unsigned month, day, year; /* Of DriverVer; 0: none. */
    uint16_t version[4];       /* Of DriverVer: w.x.y.z. */
};

/* -EINVAL and *error: no Signature of an INF file, or a malformed DriverVer. */
int inf_read_version(const struct inf *inf, struct inf_version *ret_version,
                     struct inf_error *error);

/* ---- Models ---- */

#define INF_IDS_MAX 64 /* Of one model. */

struct inf_model {
    const struct inf_line *line;
    char manufacturer[INF_TEXT_SIZE];
    char description[INF_TEXT_SIZE];
    char install[INF_TEXT_SIZE]; /* The install section's name, undecorated. */
    unsigned id_count;           /* The first is the hardware id, the others compatible ids. */
    char ids[INF_IDS_MAX][INF_TEXT_SIZE];
};

/*
 * Calls fn for each model for this machine until it returns other than 0. Returns that, or 0, or a
 * negative errno and *error for what is malformed. A driver package without models is no error.
 */
int inf_for_each_model(const struct inf *inf,
                       int (*fn)(void *argument, const struct inf_model *model), void *argument,
                       struct inf_error *error);

/* The ids that a device has; each list ends with NULL or is NULL. */
struct inf_device_ids {
    const char *const *hardware;
    const char *const *compatible;
};

#define INF_NO_MATCH UINT32_MAX

/*
 * The rank of the best of the INF's models for a device, 0xSSGGTHHH as documented; less is better.
 * The signature score is 0: packages are not signed here. INF_NO_MATCH: none matches.
 */
int inf_match(const struct inf *inf, const struct inf_device_ids *ids, uint32_t *ret_rank,
              struct inf_model *ret_model, struct inf_error *error);

/*
 * < 0: a is the better driver. By rank, then date, then version.
 */
int inf_compare(uint32_t rank_a, const struct inf_version *a, uint32_t rank_b,
                const struct inf_version *b);

/* ---- Steps ---- */

enum inf_root {
    INF_ROOT_HKLM,
    INF_ROOT_HKCR,
    INF_ROOT_HKCU,
    INF_ROOT_HKU,
    INF_ROOT_SOFTWARE,  /* HKR in an install section: the device's software key. */
    INF_ROOT_HARDWARE,  /* … in its .HW section: the hardware key. */
    INF_ROOT_SERVICE,   /* … in a service's section: Services\<owner>. */
    INF_ROOT_INTERFACE, /* … in an interface's section: `owner` is its number in `interfaces`. */
    INF_ROOT_CLASS,     /* … in [ClassInstall32]: Control\Class\{guid}. */
    INF_ROOT_EVENT_LOG, /* … in a service's event log section. */
};

/* Low word of inf_registry.flags, as documented for AddReg. */
#define INF_REG_NOCLOBBER      0x00000002u
#define INF_REG_DELETE         0x00000004u
#define INF_REG_APPEND         0x00000008u
#define INF_REG_KEY_ONLY       0x00000010u
#define INF_REG_OVERWRITE_ONLY 0x00000020u

struct inf_registry {
    enum inf_root root;
    bool remove; /* DelReg. */
    unsigned line;
    const char *owner;  /* Service or event log: its name. */
    unsigned interface; /* INF_ROOT_INTERFACE: its index in the plan. */
    const char *subkey; /* "" is the root itself. */
    const char *name;   /* NULL: only the key is meant. "" is its default value. */
    uint32_t flags;
    uint32_t type;    /* REG_… */
    const void *data; /* As the registry keeps it: strings are UTF-16 with their zero. */
    uint32_t size;
};

struct inf_file {
    unsigned line;
    const char *source; /* In the package. */
    const char *target; /* The name it gets. */
    int dirid;          /* 12, 13 …; -1: subdir is absolute. */
    const char *subdir; /* With backslashes; "" for none. */
    bool remove;        /* DelFiles. */
    bool rename;        /* RenFiles: `source` in the same folder becomes `target`. */
};

#define INF_SERVICE_ASSOCIATED 0x00000002u /* It is the function driver. */

struct inf_service {
    unsigned line;
    const char *name; /* "" with INF_SERVICE_ASSOCIATED: the device needs no function driver. */
    uint32_t flags;
    const char *display_name; /* These are NULL when the INF has none. */
    const char *description;
    const char *binary; /* With its folder number: "%12%\echo.sys". */
    const char *group;
    const char *start_name;
    const char *const *dependencies; /* Ends with NULL; NULL: none. */
    uint32_t type;
    uint32_t start;
    uint32_t error_control;
    bool remove; /* DelService. */
};

struct inf_interface {
    unsigned line;
    const char *guid;
    const char *reference; /* "": none. */
    uint32_t flags;
};

struct inf_filter {
    unsigned line;
    const char *service;
    const char *level; /* NULL: by position. */
    bool upper;        /* When by position. */
};

struct inf_property {
    unsigned line;
    bool remove;
    const char *name; /* "DeviceIcon"; or NULL: by the following two. */
    const char *guid;
    uint32_t id;
    uint32_t type; /* DEVPROP_TYPE_… */
    uint32_t flags;
    const void *data;
    uint32_t size;
};

/* A framework's word about one service. */
struct inf_wdf_service {
    unsigned line;
    bool umdf;
    const char *name;
    const char *library_version; /* NULL: none given. */
    const char *binary;          /* UMDF: as in inf_service. */
    const char *clsid;           /* UMDF 1: DriverCLSID. */
};

/* A directive about the device's user-mode stack, as written: UmdfDispatcher = NativeUSB. */
struct inf_umdf_setting {
    unsigned line;
    const char *name; /* As documented, whatever its case in the file. */
    const char *value;
};

/* What was passed over, for people: one line each. */
struct inf_note {
    const char *text;
};

#define INF_LIST(type, name)                                                                       \
    type *name;                                                                                    \
    unsigned name##_count;                                                                         \
    unsigned name##_capacity

struct inf_plan {
    INF_LIST(struct inf_registry, registry);
    INF_LIST(struct inf_file, files);
    INF_LIST(struct inf_service, services);
    INF_LIST(struct inf_interface, interfaces);
    INF_LIST(struct inf_filter, filters);
    INF_LIST(struct inf_property, properties);
    INF_LIST(struct inf_wdf_service, wdf_services);
    INF_LIST(struct inf_umdf_setting, umdf_settings);
    INF_LIST(struct inf_note, notes);
    const char *const
        *umdf_order;       /* UmdfServiceOrder, bottom to top; ends with NULL; NULL: none. */
    uint8_t feature_score; /* 0xFF: none given. */
    bool reboot;
    struct inf_block *blocks; /* What the texts are in. */
};

/*
 * For `Include = other.inf`: the INF of that name, or NULL when there is none; it stays the caller's.
 */
struct inf_includes {
    const struct inf *(*open)(void *argument, const char *name);
    void *argument;
};

/*
 * The steps of the install section (undecorated name, "DefaultInstall" for a package without devices)
 * and the sections that go with it: .HW, .Services, .Interfaces, .Filters, .Wdf. -EINVAL, -ENOENT
 * and *error: what is malformed or missing. includes may be NULL. inf_plan_free frees the plan.
 */
int inf_plan_install(const struct inf *inf, const char *install,
                     const struct inf_includes *includes, struct inf_plan *ret_plan,
                     struct inf_error *error);

/* The steps of [ClassInstall32]; an empty plan when there is none. */
int inf_plan_class(const struct inf *inf, const struct inf_includes *includes,
                   struct inf_plan *ret_plan, struct inf_error *error);

void inf_plan_free(struct inf_plan *plan);

/*
 * The file that a service's binary names, without its folder; NULL: none.
 */
const char *inf_binary_name(const char *binary);

/* The associated service; NULL: the plan has none. */
const struct inf_service *inf_plan_function(const struct inf_plan *plan);

/* Whether the function driver is the reflector, so that UMDF drivers are behind it. */
bool inf_plan_is_umdf(const struct inf_plan *plan);

#endif
