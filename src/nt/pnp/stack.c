/* SPDX-License-Identifier: MIT */
/* Stacks: which drivers a device gets, and their AddDevice routines, from the bottom to the top. */
#include <string.h>

#include "base/log.h"
#include "nt/io/io.h"
#include "nt/pnp/pnp_priv.h"
#include "nt/pnp/resources.h"

/* What the system answers --------------------------------------------------------------------- */

bool
pnp_setup_add_driver(struct pnp_setup *setup, enum pnp_role role, PDRIVER_OBJECT driver)
{
    size_t place = setup->driver_count;

    if (setup->driver_count == setup->driver_room) {
        size_t room = setup->driver_room * 2 + 4;
        struct pnp_driver *drivers =
            ExAllocatePool2(POOL_FLAG_NON_PAGED, room * sizeof(*drivers), PNP_TAG);

        if (drivers == NULL) {
            return false;
        }
        if (setup->driver_count != 0) {
            memcpy(drivers, setup->drivers, setup->driver_count * sizeof(*drivers));
        }
        pnp_free(setup->drivers);
        setup->drivers = drivers;
        setup->driver_room = room;
    }
    for (; place > 0 && setup->drivers[place - 1].role > role; place--) {
        setup->drivers[place] = setup->drivers[place - 1];
    }
    setup->drivers[place] = (struct pnp_driver){.role = role, .object = driver};
    setup->driver_count++;
    return true;
}

void
pnp_setup_set_raw(struct pnp_setup *setup)
{
    setup->raw = true;
}

void
pnp_setup_set_problem(struct pnp_setup *setup, enum pnp_problem problem, NTSTATUS status)
{
    setup->problem = problem;
    setup->status = status;
}

bool
pnp_setup_set_text(struct pnp_setup *setup, enum pnp_text which, const WCHAR *text)
{
    WCHAR *copy = pnp_copy_text(text);

    if (copy == NULL) {
        return false;
    }
    pnp_free(setup->text[which]);
    setup->text[which] = copy;
    return true;
}

void
pnp_setup_set_class(struct pnp_setup *setup, const GUID *class_guid)
{
    setup->class_guid = *class_guid;
    setup->has_class = true;
}

bool
pnp_setup_set_requirements(struct pnp_setup *setup,
                           const IO_RESOURCE_REQUIREMENTS_LIST *requirements)
{
    IO_RESOURCE_REQUIREMENTS_LIST *copy = pnp_copy(requirements, requirements->ListSize);

    if (copy == NULL) {
        return false;
    }
    pnp_free(setup->requirements);
    setup->requirements = copy;
    return true;
}

void
pnp_setup_clear(struct pnp_setup *setup)
{
    for (unsigned i = 0; i < PNP_TEXT_COUNT; i++) {
        pnp_free(setup->text[i]);
    }
    pnp_free(setup->drivers);
    pnp_free(setup->requirements);
    memset(setup, 0, sizeof(*setup));
}

static void
release_all(const struct pnp_setup *setup)
{
    for (size_t i = setup->driver_count; i > 0 && pnp_system.release != NULL; i--) {
        pnp_system.release(pnp_system.context, setup->drivers[i - 1].object);
    }
}

/* The texts stay: the device is still called what it was called. */
void
pnp_release_drivers(struct pnp_devnode *devnode)
{
    struct pnp_driver *drivers;
    struct pnp_setup former;

    sys_lock_acquire(&pnp_tree_lock);
    former = devnode->setup;
    drivers = devnode->setup.drivers;
    devnode->setup.drivers = NULL;
    devnode->setup.driver_count = 0;
    devnode->setup.driver_room = 0;
    sys_lock_release(&pnp_tree_lock);
    release_all(&former);
    pnp_free(drivers);
}

/* AddDevice ----------------------------------------------------------------------------------- */

static const struct pnp_driver *
function_of(const struct pnp_setup *setup)
{
    for (size_t i = 0; i < setup->driver_count; i++) {
        if (setup->drivers[i].role == PNP_FUNCTION) {
            return &setup->drivers[i];
        }
    }
    return NULL;
}

/* Asks the system. On failure the devnode has its problem, and no driver is held. */
static NTSTATUS
configure(struct pnp_devnode *devnode)
{
    struct pnp_identity identity = {
        .instance_path = devnode->instance_path,
        .parent_path = devnode->parent != NULL ? devnode->parent->instance_path : L"",
        .hardware_ids = devnode->hardware_ids,
        .compatible_ids = devnode->compatible_ids,
        .description = devnode->description,
        .location = devnode->location,
        .raw_ok = devnode->capabilities.RawDeviceOK,
        .is_root_enumerated = pnp_root_owns(devnode->pdo),
    };
    struct pnp_setup setup = {.problem = PNP_PROBLEM_NONE};
    struct pnp_setup former;

    if (pnp_system.configure != NULL && devnode->parent != NULL) {
        pnp_system.configure(pnp_system.context, &identity, &setup);
    } else {
        setup.raw = true;
    }
    if (setup.problem == PNP_PROBLEM_NONE && function_of(&setup) == NULL && !setup.raw &&
        !identity.raw_ok) {
        pnp_setup_set_problem(&setup, PNP_PROBLEM_FAILED_INSTALL, STATUS_OBJECT_NAME_NOT_FOUND);
    }
    if (setup.problem == PNP_PROBLEM_NONE && devnode->capabilities.HardwareDisabled) {
        pnp_setup_set_problem(&setup, PNP_PROBLEM_HARDWARE_DISABLED, STATUS_DEVICE_NOT_READY);
    }
    if (setup.problem != PNP_PROBLEM_NONE) {
        release_all(&setup);
        setup.driver_count = 0;
    }
    sys_lock_acquire(&pnp_tree_lock);
    former = devnode->setup;
    devnode->setup = setup;
    sys_lock_release(&pnp_tree_lock);
    pnp_setup_clear(&former);
    if (setup.problem != PNP_PROBLEM_NONE) {
        NTSTATUS status = NT_SUCCESS(setup.status) ? STATUS_NO_SUCH_DEVICE : setup.status;

        pnp_set_problem(devnode, setup.problem, status);
        return status;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS
add_device(struct pnp_devnode *devnode, const struct pnp_driver *driver)
{
    PDEVICE_OBJECT top = IoGetAttachedDevice(devnode->pdo);
    NTSTATUS status;

    if (driver->object->DriverExtension->AddDevice == NULL) {
        base_log(BASE_LOG_ERROR, "pnp", "%s: the driver %s has no AddDevice routine",
                 PNP_NAME(devnode), io_driver_ascii_name(driver->object));
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    status = driver->object->DriverExtension->AddDevice(driver->object, devnode->pdo);
    if (NT_SUCCESS(status) && driver->role == PNP_FUNCTION &&
        IoGetAttachedDevice(devnode->pdo) == top) {
        base_log(BASE_LOG_ERROR, "pnp",
                 "%s: the AddDevice routine of %s succeeded without attaching a device",
                 PNP_NAME(devnode), io_driver_ascii_name(driver->object));
        return STATUS_NO_SUCH_DEVICE;
    }
    return status;
}

NTSTATUS
pnp_add_drivers(struct pnp_devnode *devnode)
{
    NTSTATUS status = configure(devnode);

    if (!NT_SUCCESS(status)) {
        return status;
    }
    devnode->has_stack = true;
    KeClearEvent(&devnode->removed);
    for (size_t i = 0; NT_SUCCESS(status) && i < devnode->setup.driver_count; i++) {
        status = add_device(devnode, &devnode->setup.drivers[i]);
    }
    if (!NT_SUCCESS(status)) {
        pnp_will_have(devnode, PNP_PROBLEM_FAILED_ADD, status);
    }
    return status;
}
