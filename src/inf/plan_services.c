/* SPDX-License-Identifier: MIT */
/* Services, interfaces, filters, and what the .Wdf section says of them. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "inf/plan_priv.h"

/* A key's first field in a section; NULL when the section has no such line. */
static int
text_of(struct planner *p, const char *section, const char *key, const char **ret_text)
{
    const struct inf_line *line = inf_find(p->inf, section, key);

    *ret_text = NULL;
    return line == NULL ? 0 : plan_field(p, line, 0, ret_text);
}

static int
number_of(struct planner *p, const char *section, const char *key, uint32_t *number)
{
    const struct inf_line *line = inf_find(p->inf, section, key);

    return line == NULL ? 0 : plan_number(p, line, 0, number);
}

/* All fields of a line, from the first, as a list that ends with NULL. */
static int
list_of(struct planner *p, const struct inf_line *line, const char *const **ret_list)
{
    const char *texts[INF_IDS_MAX + 1];
    unsigned count = 0;
    unsigned i;

    for (i = 0; i < line->field_count; i++) {
        int result;

        if (count == INF_IDS_MAX) {
            return inf_fail(p->inf, line->number, p->error, -EINVAL, "more than %d names",
                            INF_IDS_MAX);
        }
        result = plan_field(p, line, i, &texts[count]);
        if (result != 0) {
            return result;
        }
        count += texts[count][0] != '\0';
    }
    texts[count++] = NULL;
    *ret_list = plan_keep(p, texts, count * sizeof(texts[0]));
    return *ret_list == NULL ? -ENOMEM : 0;
}

/* A name that becomes one key of the registry. */
static int
check_name(struct planner *p, const struct inf_line *line, const char *name)
{
    if (strchr(name, '\\') != NULL || strchr(name, '/') != NULL) {
        return inf_fail(p->inf, line->number, p->error, -EINVAL,
                        "\"%.60s\" is not a service's name", name);
    }
    return 0;
}

static int
section_named(struct planner *p, const struct inf_line *line, unsigned index,
              const char **ret_section)
{
    int result = plan_field(p, line, index, ret_section);

    if (result == 0 && (*ret_section)[0] != '\0' && !inf_has_section(p->inf, *ret_section)) {
        result = inf_fail(p->inf, line->number, p->error, -ENOENT,
                          "%.40s: there is no section [%.100s]", line->key, *ret_section);
    }
    return result;
}

/* ---- Services ---- */

/* AddReg and DelReg of a section whose HKR is `owner`. */
static int
owned_registry(struct planner *p, const char *section, const struct plan_owner *owner)
{
    const struct inf_line *line;
    unsigned index;
    int result = 0;

    for (index = 0; result == 0 && (line = inf_line_at(p->inf, section, index)) != NULL; index++) {
        if (strcasecmp(line->key, "AddReg") == 0 || strcasecmp(line->key, "DelReg") == 0) {
            result = plan_registry(p, line, owner, strcasecmp(line->key, "DelReg") == 0);
        }
    }
    return result;
}

static int
read_service(struct planner *p, const struct inf_line *line, const char *section,
             struct inf_service *service)
{
    const struct inf_line *dependencies = inf_find(p->inf, section, "Dependencies");
    int result = text_of(p, section, "ServiceBinary", &service->binary);

    result = result != 0 ? result : text_of(p, section, "DisplayName", &service->display_name);
    result = result != 0 ? result : text_of(p, section, "Description", &service->description);
    result = result != 0 ? result : text_of(p, section, "LoadOrderGroup", &service->group);
    result = result != 0 ? result : text_of(p, section, "StartName", &service->start_name);
    result = result != 0 ? result : number_of(p, section, "ServiceType", &service->type);
    result = result != 0 ? result : number_of(p, section, "StartType", &service->start);
    result = result != 0 ? result : number_of(p, section, "ErrorControl", &service->error_control);
    if (result == 0 && dependencies != NULL) {
        result = list_of(p, dependencies, &service->dependencies);
    }
    if (result == 0 && service->binary == NULL) {
        result = inf_fail(p->inf, line->number, p->error, -ENOENT, "[%.100s] has no ServiceBinary",
                          section);
    }
    if (result == 0 && inf_binary_name(service->binary) == NULL) {
        result = inf_fail(p->inf, inf_find(p->inf, section, "ServiceBinary")->number, p->error,
                          -EINVAL, "ServiceBinary names no file");
    }
    return result;
}

int
plan_add_service(struct planner *p, const struct inf_line *line)
{
    struct inf_service service = {.line = line->number, .type = 1, .start = 3, .error_control = 1};
    struct inf_service *place;
    const char *section = "";
    const char *events = "";
    int result = plan_field(p, line, 0, &service.name);

    result = result != 0 ? result : plan_number(p, line, 1, &service.flags);
    result = result != 0 ? result : section_named(p, line, 2, &section);
    result = result != 0 ? result : section_named(p, line, 3, &events);
    result = result != 0 ? result : check_name(p, line, service.name);
    if (result != 0) {
        return result;
    }
    if (service.name[0] == '\0') {
        if ((service.flags & INF_SERVICE_ASSOCIATED) == 0) {
            return inf_fail(p->inf, line->number, p->error, -EINVAL, "AddService names no service");
        }
    } else if (section[0] == '\0') {
        return inf_fail(p->inf, line->number, p->error, -EINVAL,
                        "AddService = %.60s names no section", service.name);
    } else {
        const struct plan_owner owner = {.root = INF_ROOT_SERVICE, .name = service.name};
        const struct plan_owner log = {.root = INF_ROOT_EVENT_LOG, .name = service.name};

        result = read_service(p, line, section, &service);
        result = result != 0 ? result : owned_registry(p, section, &owner);
        result = result != 0 || events[0] == '\0' ? result : owned_registry(p, events, &log);
    }
    if (result != 0) {
        return result;
    }
    place = PLAN_ADD(p, services);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = service;
    return 0;
}

int
plan_delete_service(struct planner *p, const struct inf_line *line)
{
    struct inf_service service = {.line = line->number, .remove = true};
    struct inf_service *place;
    int result = plan_field(p, line, 0, &service.name);

    result = result != 0 ? result : plan_number(p, line, 1, &service.flags);
    result = result != 0 ? result : check_name(p, line, service.name);
    if (result != 0) {
        return result;
    }
    place = PLAN_ADD(p, services);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = service;
    return 0;
}

/* ---- Interfaces and filters ---- */

/* {interface-class-guid}[,[reference-string][,[add-interface-section][,flags]]] */
int
plan_interface(struct planner *p, const struct inf_line *line)
{
    struct inf_interface interface = {.line = line->number};
    struct inf_interface *place;
    const char *section = "";
    int result = plan_field(p, line, 0, &interface.guid);

    result = result != 0 ? result : plan_field(p, line, 1, &interface.reference);
    result = result != 0 ? result : section_named(p, line, 2, &section);
    result = result != 0 ? result : plan_number(p, line, 3, &interface.flags);
    if (result == 0 && (interface.guid[0] != '{' || strlen(interface.guid) != 38)) {
        result = inf_fail(p->inf, line->number, p->error, -EINVAL,
                          "\"%.60s\" is not the GUID of an interface class", interface.guid);
    }
    if (result != 0) {
        return result;
    }
    place = PLAN_ADD(p, interfaces);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = interface;
    if (section[0] != '\0') {
        const struct plan_owner owner = {.root = INF_ROOT_INTERFACE,
                                         .interface = p->plan->interfaces_count - 1};

        result = owned_registry(p, section, &owner);
    }
    return result;
}

int
plan_filter(struct planner *p, const struct inf_line *line)
{
    struct inf_filter filter = {.line = line->number};
    struct inf_filter *place;
    const char *position = NULL;
    const char *section = "";
    int result = plan_field(p, line, 0, &filter.service);

    result = result != 0 ? result : section_named(p, line, 2, &section);
    result = result != 0 ? result : check_name(p, line, filter.service);
    if (result == 0 && (section[0] == '\0' || filter.service[0] == '\0')) {
        result = inf_fail(p->inf, line->number, p->error, -EINVAL,
                          "AddFilter needs a service and a section");
    }
    result = result != 0 ? result : text_of(p, section, "FilterLevel", &filter.level);
    result = result != 0 ? result : text_of(p, section, "FilterPosition", &position);
    if (result != 0) {
        return result;
    }
    if ((filter.level == NULL) == (position == NULL)) {
        return inf_fail(p->inf, line->number, p->error, -EINVAL,
                        "[%.100s] has to have either FilterLevel or FilterPosition", section);
    }
    if (position != NULL) {
        filter.upper = strcasecmp(position, "Upper") == 0;
        if (!filter.upper && strcasecmp(position, "Lower") != 0) {
            return inf_fail(p->inf, line->number, p->error, -EINVAL,
                            "FilterPosition: \"%.40s\" is neither Upper nor Lower", position);
        }
    }
    place = PLAN_ADD(p, filters);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = filter;
    return 0;
}

/* ---- .Wdf ---- */

static int
wdf_service(struct planner *p, const struct inf_line *line, bool umdf)
{
    struct inf_wdf_service service = {.line = line->number, .umdf = umdf};
    struct inf_wdf_service *place;
    const char *section = "";
    int result = plan_field(p, line, 0, &service.name);

    result = result != 0 ? result : section_named(p, line, 1, &section);
    result = result != 0 ? result : check_name(p, line, service.name);
    if (result == 0 && section[0] != '\0') {
        result = text_of(p, section, umdf ? "UmdfLibraryVersion" : "KmdfLibraryVersion",
                         &service.library_version);
        result =
            result != 0 || !umdf ? result : text_of(p, section, "ServiceBinary", &service.binary);
        result = result != 0 || !umdf ? result : text_of(p, section, "DriverCLSID", &service.clsid);
    }
    if (result == 0 && service.name[0] == '\0') {
        result =
            inf_fail(p->inf, line->number, p->error, -EINVAL, "%s names no service", line->key);
    }
    if (result == 0 && umdf && inf_binary_name(service.binary) == NULL) {
        result = inf_fail(p->inf, line->number, p->error, -ENOENT,
                          "[%.100s] has no ServiceBinary that names a file", section);
    }
    if (result != 0) {
        return result;
    }
    place = PLAN_ADD(p, wdf_services);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = service;
    return 0;
}

/* What a setting may be; those without a list are free. */
static const struct {
    const char *name;
    const char *values[5];
} umdf_settings[] = {
    {"UmdfDirectHardwareAccess",
     {"AllowDirectHardwareAccess", "RejectDirectHardwareAccess",
      "AllowDirectHardwareAccessAndDma"}},
    {"UmdfDispatcher", {"FileHandle", "WinUsb", "NativeUSB"}},
    {"UmdfFileObjectPolicy", {"RejectNullAndUnknownFileObjects", "AllowNullAndUnknownFileObjects"}},
    {"UmdfFsContextUsePolicy", {"CanUseFsContext", "CanUseFsContext2", "CannotUseFsContexts"}},
    {"UmdfHostPriority", {"PriorityHigh"}},
    {"UmdfHostProcessSharing", {"ProcessSharingEnabled", "ProcessSharingDisabled"}},
    {"UmdfImpersonationLevel", {"Anonymous", "Identification", "Impersonation", "Delegation"}},
    {"UmdfKernelModeClientPolicy", {"AllowKernelModeClients", "RejectKernelModeClients"}},
    {"UmdfMethodNeitherAction", {"Copy", "Reject"}},
    {"UmdfRegisterAccessMode",
     {"RegisterAccessUsingSystemCall", "RegisterAccessUsingUserModeMapping"}},
    {"UmdfExtensions", {NULL}},
};

static int
umdf_setting(struct planner *p, const struct inf_line *line, size_t which)
{
    struct inf_umdf_setting *place;
    const char *value;
    size_t i;
    int result = plan_field(p, line, 0, &value);

    if (result != 0) {
        return result;
    }
    for (i = 0; i < 5 && umdf_settings[which].values[i] != NULL; i++) {
        if (strcasecmp(umdf_settings[which].values[i], value) == 0) {
            value = umdf_settings[which].values[i];
            break;
        }
    }
    if (umdf_settings[which].values[0] != NULL &&
        (i == 5 || umdf_settings[which].values[i] == NULL)) {
        return inf_fail(p->inf, line->number, p->error, -EINVAL, "\"%.60s\" is no value of %s",
                        value, umdf_settings[which].name);
    }
    place = PLAN_ADD(p, umdf_settings);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = (struct inf_umdf_setting){
        .line = line->number, .name = umdf_settings[which].name, .value = value};
    return 0;
}

int
plan_wdf(struct planner *p, const struct inf_line *line)
{
    size_t i;

    if (strcasecmp(line->key, "KmdfService") == 0) {
        return wdf_service(p, line, false);
    }
    if (strcasecmp(line->key, "UmdfService") == 0) {
        return wdf_service(p, line, true);
    }
    if (strcasecmp(line->key, "UmdfServiceOrder") == 0) {
        return list_of(p, line, &p->plan->umdf_order);
    }
    for (i = 0; i < sizeof(umdf_settings) / sizeof(umdf_settings[0]); i++) {
        if (strcasecmp(line->key, umdf_settings[i].name) == 0) {
            return umdf_setting(p, line, i);
        }
    }
    return 1;
}
