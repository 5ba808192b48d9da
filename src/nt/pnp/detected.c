/* SPDX-License-Identifier: MIT */
/* Devices that a driver finds by itself: they are started as far as the PnP manager is concerned. */
#include <string.h>

#include "base/log.h"
#include "nt/io/io.h"
#include "nt/pnp/arbiter.h"
#include "nt/pnp/pnp_priv.h"

#define NUMBERS 10000u /* Devices that one driver may report. */

struct report {
    struct pnp_action action; /* Must be first. */
    PDEVICE_OBJECT pdo;
    NTSTATUS status;
};

static void
run_report(struct pnp_action *action)
{
    struct report *self = container_of(action, struct report, action);
    struct pnp_devnode *devnode = NULL;

    self->status = pnp_root_open();
    if (NT_SUCCESS(self->status)) {
        self->status = pnp_devnode_create(pnp_root, self->pdo, &devnode);
    }
    if (!NT_SUCCESS(self->status)) {
        pnp_root_discard(self->pdo);
        return;
    }
    pnp_root_plug(self->pdo);
    self->status = pnp_post(devnode, PNP_EV_REPORT);
    if (!NT_SUCCESS(self->status)) {
        pnp_root_drop(self->pdo);
        pnp_depart(devnode);
    }
}

/* Appends; what does not fit is cut off, and the id then refused. */
static void
append(char *text, size_t *used, const char *part)
{
    for (; *part != '\0' && *used < PNP_ID_CHARS; part++) {
        text[(*used)++] = *part;
    }
    text[*used] = '\0';
}

/* "ROOT\ECHO\0002" */
static void
make_id(char id[PNP_ID_CHARS + 1], const char *name, unsigned number)
{
    char digits[5] = "0000";
    size_t used = 0;

    for (unsigned i = 4; i-- > 0; number /= 10) {
        digits[i] = (char)('0' + number % 10);
    }
    append(id, &used, "ROOT\\");
    append(id, &used, name);
    for (size_t i = 5; i < used; i++) {
        id[i] = id[i] >= 'a' && id[i] <= 'z' ? (char)(id[i] - 'a' + 'A') : id[i];
    }
    append(id, &used, "\\");
    append(id, &used, digits);
}

static const char *
interface_name(const CM_RESOURCE_LIST *resources)
{
    INTERFACE_TYPE type =
        resources != NULL && resources->Count != 0 ? resources->List[0].InterfaceType : Internal;

    switch (type) {
    case Isa:
        return "Isa";
    case Eisa:
        return "Eisa";
    case PCIBus:
        return "PCIBus";
    case PCMCIABus:
        return "PCMCIABus";
    case PNPISABus:
        return "PNPISABus";
    case PNPBus:
        return "PNPBus";
    case ACPIBus:
        return "ACPIBus";
    default:
        return "Internal";
    }
}

/* Under the first number that is free. */
static NTSTATUS
report(const struct pnp_root_params *like, const char *name, PDEVICE_OBJECT *ret_pdo)
{
    struct pnp_root_params params = *like;
    NTSTATUS status = STATUS_OBJECT_NAME_COLLISION;
    char id[PNP_ID_CHARS + 1];

    params.instance_id = id;
    for (unsigned number = 0; number < NUMBERS && status == STATUS_OBJECT_NAME_COLLISION;
         number++) {
        struct report one = {.action.run = run_report};

        make_id(id, name, number);
        status = pnp_root_make_pdo(&params, &one.pdo);
        if (!NT_SUCCESS(status)) {
            return status;
        }
        if (pnp_queue_is_mine()) {
            run_report(&one.action); /* From a driver's AddDevice or DriverEntry. */
        } else {
            pnp_queue_run(&one.action);
        }
        status = one.status;
        *ret_pdo = one.pdo;
    }
    return status;
}

NTSTATUS
IoReportDetectedDevice(PDRIVER_OBJECT DriverObject, INTERFACE_TYPE LegacyBusType, ULONG BusNumber,
                       ULONG SlotNumber, PCM_RESOURCE_LIST ResourceList,
                       PIO_RESOURCE_REQUIREMENTS_LIST ResourceRequirements,
                       BOOLEAN ResourceAssigned, PDEVICE_OBJECT *DeviceObject)
{
    const char *name = io_driver_ascii_name(DriverObject);
    char specific[PNP_ID_CHARS + 1];
    char general[PNP_ID_CHARS + 1];
    const char *const compatible_ids[] = {specific, general, NULL};
    struct pnp_root_params params = {
        .compatible_ids = compatible_ids,
        .requirements = ResourceRequirements,
        .boot = ResourceAssigned ? NULL : ResourceList,
    };
    PDEVICE_OBJECT pdo = NULL;
    NTSTATUS status;
    size_t used;

    if (*DeviceObject != NULL) {
        base_log(BASE_LOG_WARN, "pnp",
                 "IoReportDetectedDevice: %s brings a PDO of its own, which is not supported",
                 name);
        return STATUS_NOT_SUPPORTED;
    }
    if (ResourceRequirements != NULL && !pnp_requirements_valid(ResourceRequirements)) {
        return STATUS_INVALID_PARAMETER_6;
    }
    used = 0;
    append(specific, &used, "DETECTED");
    append(specific, &used, interface_name(ResourceList));
    append(specific, &used, "\\");
    append(specific, &used, name);
    used = 0;
    append(general, &used, "DETECTED\\");
    append(general, &used, name);
    status = report(&params, name, &pdo);
    if (NT_SUCCESS(status)) {
        *DeviceObject = pdo;
    }
    return status;
}

/* --- A device that the driver has without hardware --------------------------------------------- */

static void
run_open(struct pnp_action *action)
{
    struct report *self = container_of(action, struct report, action);

    self->status = pnp_root_open();
}

/* Configured like any other when the root bus is enumerated: after the driver's DriverEntry. */
static NTSTATUS
plug_root_device(const struct pnp_root_params *params)
{
    struct report open = {.action.run = run_open};
    PDEVICE_OBJECT pdo;
    NTSTATUS status;

    if (pnp_queue_is_mine()) {
        run_open(&open.action);
    } else {
        pnp_queue_run(&open.action);
    }
    status = open.status;
    if (NT_SUCCESS(status)) {
        status = pnp_root_make_pdo(params, &pdo);
    }
    if (NT_SUCCESS(status)) {
        pnp_root_plug(pdo);
        pnp_queue_ask(pnp_root, PNP_ASK_RELATIONS);
    }
    return status;
}

/* "IoReportRootDevice allows only one device per driver to be created." */
NTSTATUS
IoReportRootDevice(PDRIVER_OBJECT DriverObject)
{
    const char *name = io_driver_ascii_name(DriverObject);
    char hardware_id[PNP_ID_CHARS + 1];
    char id[PNP_ID_CHARS + 1];
    const char *const hardware_ids[] = {hardware_id, NULL};
    struct pnp_root_params params = {.instance_id = id, .hardware_ids = hardware_ids};
    WCHAR path[PNP_ID_CHARS + 1];
    struct pnp_devnode *devnode;
    size_t used = 0;
    size_t i = 0;

    append(hardware_id, &used, "ROOT\\");
    append(hardware_id, &used, name);
    make_id(id, name, 0);
    do {
        path[i] = (WCHAR)(unsigned char)id[i];
    } while (id[i++] != '\0');
    devnode = pnp_devnode_find(path);
    if (devnode != NULL) {
        pnp_devnode_unref(devnode); /* Since the last start: "this identification is persistent". */
        return STATUS_SUCCESS;
    }
    return plug_root_device(&params);
}
