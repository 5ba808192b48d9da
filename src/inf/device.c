/* SPDX-License-Identifier: MIT */
/* An INF in short: one device of it and the driver's file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "inf/inf_priv.h"
#include "inf/plan.h"

struct search {
    const char *hardware_id; /* NULL: any. */
    struct inf_model model;
};

static int
is_wanted(void *argument, const struct inf_model *model)
{
    struct search *search = argument;
    unsigned i;

    for (i = 0; i < model->id_count; i++) {
        if (model->ids[i][0] != '\0' &&
            (search->hardware_id == NULL || strcasecmp(model->ids[i], search->hardware_id) == 0)) {
            search->model = *model;
            /* The id that was asked for comes first: it is what the device will have. */
            (void)snprintf(search->model.ids[0], INF_TEXT_SIZE, "%s", model->ids[i]);
            return 1;
        }
    }
    return 0;
}

static int
model_find(const struct inf *inf, const char *hardware_id, struct inf_model *ret_model,
           struct inf_error *error)
{
    struct search search = {.hardware_id = hardware_id};
    char section[INF_SECTION_SIZE];
    int result = inf_for_each_model(inf, is_wanted, &search, error);

    if (result < 0) {
        return result;
    }
    if (result == 0) {
        if (hardware_id != NULL) {
            return inf_fail(inf, 0, error, -ENOENT,
                            "no model for " INF_PLATFORM " has the hardware id \"%.100s\"",
                            hardware_id);
        }
        if (!inf_decorated_section(inf, "DefaultInstall", "", section)) {
            return inf_fail(inf, 0, error, -ENOENT,
                            "[Manufacturer] leads to no model for " INF_PLATFORM);
        }
        memset(&search.model, 0, sizeof(search.model));
        strcpy(search.model.install, "DefaultInstall");
    }
    *ret_model = search.model;
    return 0;
}

static void
copy_text(char *to, const char *from)
{
    (void)snprintf(to, INF_TEXT_SIZE, "%.*s", INF_TEXT_SIZE - 1, from);
}

static const struct inf_wdf_service *
umdf_service(const struct inf_plan *plan, const char *name)
{
    unsigned i;

    for (i = 0; i < plan->wdf_services_count; i++) {
        const struct inf_wdf_service *service = &plan->wdf_services[i];

        if (service->umdf && strcasecmp(service->name, name) == 0) {
            return service;
        }
    }
    return NULL;
}

/*
 * Number `index` of the user-mode drivers, bottom to top, by UmdfServiceOrder (names of other INFs' services
 * are passed over); without an order, of those that there are.
 */
static const struct inf_wdf_service *
umdf_driver(const struct inf_plan *plan, unsigned index)
{
    const struct inf_wdf_service *service;
    unsigned i;

    if (plan->umdf_order != NULL && plan->umdf_order[0] != NULL) {
        for (i = 0; plan->umdf_order[i] != NULL; i++) {
            service = umdf_service(plan, plan->umdf_order[i]);
            if (service != NULL && index-- == 0) {
                return service;
            }
        }
        return NULL;
    }
    for (i = 0; i < plan->wdf_services_count; i++) {
        if (plan->wdf_services[i].umdf && index-- == 0) {
            return &plan->wdf_services[i];
        }
    }
    return NULL;
}

/* The drivers above the lowest one. */
static void
umdf_filters(const struct inf_plan *plan, struct inf_device *device)
{
    const struct inf_wdf_service *filter;

    while (device->filter_count < INF_FILTERS_MAX &&
           (filter = umdf_driver(plan, device->filter_count + 1)) != NULL) {
        copy_text(device->filters[device->filter_count++], inf_binary_name(filter->binary));
    }
}

/* The driver's service and file. */
static int
driver_find(const struct inf *inf, const struct inf_plan *plan, const char *install,
            struct inf_device *device, struct inf_error *error)
{
    const struct inf_service *function = inf_plan_function(plan);
    const struct inf_wdf_service *umdf = umdf_driver(plan, 0);
    bool is_umdf = inf_plan_is_umdf(plan) || (function == NULL && umdf != NULL);
    unsigned i;

    if (is_umdf) {
        if (umdf == NULL) {
            return inf_fail(inf, function != NULL ? function->line : 0, error, -ENOENT,
                            "the service is " INF_REFLECTOR_BINARY
                            ", but no .Wdf section of [%.100s] has a "
                            "UmdfService",
                            install);
        }
        copy_text(device->service, umdf->name);
        copy_text(device->binary, inf_binary_name(umdf->binary));
        umdf_filters(plan, device);
        return 0;
    }
    for (i = 0; function == NULL && i < plan->services_count; i++) {
        if (!plan->services[i].remove && plan->services[i].name[0] != '\0') {
            function = &plan->services[i];
        }
    }
    if (function == NULL || function->name[0] == '\0') {
        return inf_fail(inf, 0, error, -ENOENT,
                        "[%.100s] has neither a .Services section with an AddService nor a .Wdf "
                        "section with a UmdfService",
                        install);
    }
    copy_text(device->service, function->name);
    copy_text(device->binary, inf_binary_name(function->binary));
    return 0;
}

int
inf_select(const struct inf *inf, const char *hardware_id, struct inf_device *ret_device,
           struct inf_error *error)
{
    struct inf_device device = {.description = ""};
    struct inf_version version;
    struct inf_model model;
    struct inf_plan plan;
    int result = inf_read_version(inf, &version, error);

    result = result != 0 ? result : model_find(inf, hardware_id, &model, error);
    result = result != 0 ? result : inf_plan_install(inf, model.install, NULL, &plan, error);
    if (result != 0) {
        return result;
    }
    result = driver_find(inf, &plan, model.install, &device, error);
    inf_plan_free(&plan);
    if (result != 0) {
        return result;
    }
    copy_text(device.description,
              model.description[0] != '\0' ? model.description : device.service);
    copy_text(device.hardware_id, model.id_count != 0 ? model.ids[0] : "");
    copy_text(device.manufacturer, model.manufacturer);
    copy_text(device.class_name, version.class_name);
    copy_text(device.class_guid, version.class_guid);
    *ret_device = device;
    return 0;
}
