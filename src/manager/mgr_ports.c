/* SPDX-License-Identifier: MIT */
/*
 * What the class installers of ports and modems do: they give a device its COM number and remember which are taken.
 * As on Windows the numbers are a bit map, Control\COM Name Arbiter\ComDB, bit 0 for COM1, and a device's name is
 * PortName in its hardware key, where drivers look for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "manager/mgr_ports.h"
#include "manager/mgr_store_priv.h"
#include "sys/memory.h"

#define CLASS_PORTS "{4d36e978-e325-11ce-bfc1-08002be10318}"
#define CLASS_MODEM "{4d36e96d-e325-11ce-bfc1-08002be10318}"

#define ARBITER "Machine\\SYSTEM\\CurrentControlSet\\Control\\COM Name Arbiter"

#define PORTS_FIRST 256u  /* As many numbers as a new map has. */
#define PORTS_MAX   4096u /* "COMn", n at most. */

struct map {
    reg_key key;
    size_t size; /* In bytes. */
    uint8_t bits[PORTS_MAX / 8];
};

static int
map_read(struct reg_store *registry, struct map *map)
{
    struct reg_value value;
    int result =
        reg_key_create(registry, REG_ROOT, ARBITER, REG_CREATE_PATH, NULL, &map->key, NULL);

    memset(map->bits, 0, sizeof(map->bits));
    map->size = PORTS_FIRST / 8;
    result = result != 0 ? result : reg_value_get(registry, map->key, "ComDB", &value);
    if (result != 0) {
        return result == -ENOENT ? 0 : result;
    }
    if (value.size > map->size) {
        map->size = value.size < sizeof(map->bits) ? value.size : sizeof(map->bits);
    }
    memcpy(map->bits, value.data, value.size < map->size ? value.size : map->size);
    reg_value_free(&value);
    return 0;
}

static int
map_set(struct reg_store *registry, struct map *map, unsigned number, bool taken)
{
    unsigned bit = number - 1;

    if (bit / 8 >= map->size) {
        map->size = sizeof(map->bits);
    }
    map->bits[bit / 8] &= (uint8_t) ~(1u << bit % 8);
    map->bits[bit / 8] |= (uint8_t)((taken ? 1u : 0u) << bit % 8);
    return reg_value_set(registry, map->key, "ComDB", 3 /* REG_BINARY */, map->bits, map->size);
}

/* The lowest number that nobody has; 0: there is none. */
static unsigned
map_first_free(const struct map *map)
{
    unsigned bit;

    for (bit = 0; bit < PORTS_MAX; bit++) {
        if ((map->bits[bit / 8] >> bit % 8 & 1u) == 0) {
            return bit + 1;
        }
    }
    return 0;
}

/* The number in "COM3"; 0: it is no such name. */
static unsigned
number_in(const char *name)
{
    unsigned long number;
    char *end;

    if (name == NULL || strncasecmp(name, "COM", 3) != 0 || name[3] < '1' || name[3] > '9') {
        return 0;
    }
    number = strtoul(name + 3, &end, 10);
    return *end == '\0' && number <= PORTS_MAX ? (unsigned)number : 0;
}

static bool
has_com_name(struct reg_store *registry, const char *class_guid, reg_key software)
{
    struct reg_value value;
    bool parallel;

    if (strcasecmp(class_guid, CLASS_MODEM) == 0) {
        return true;
    }
    if (strcasecmp(class_guid, CLASS_PORTS) != 0) {
        return false;
    }
    /* "PortSubClass": 0 for a printer's port, which is an LPT. */
    if (software == 0 || reg_value_get(registry, software, "PortSubClass", &value) != 0) {
        return true;
    }
    parallel = value.size >= 1 && *(const uint8_t *)value.data == 0;
    reg_value_free(&value);
    return !parallel;
}

int
ports_take(struct reg_store *registry, reg_key device, reg_key software, const char *class_guid,
           const char *description, const char *had, bool *ret_made)
{
    char friendly[2 * MGR_TEXT_SIZE];
    char *present = NULL;
    char name[16] = "";
    struct map map;
    reg_key hardware;
    unsigned number;
    int result;

    if (ret_made != NULL) {
        *ret_made = false;
    }
    if (!has_com_name(registry, class_guid, software)) {
        return 0;
    }
    result = reg_key_create(registry, device, "Device Parameters", 0, NULL, &hardware, NULL);
    result = result != 0 ? result : map_read(registry, &map);
    if (result != 0) {
        return result;
    }
    if (reg_get_text(registry, hardware, "PortName", &present) == 0) {
        number = number_in(present);
        sys_free(present);
        if (number == 0) {
            return 0; /* A name of the INF's own. */
        }
    } else {
        number = number_in(had);
        number = number != 0 ? number : map_first_free(&map);
        if (number == 0) {
            return -ENOSPC;
        }
        if (ret_made != NULL) {
            *ret_made = true;
        }
    }
    (void)snprintf(name, sizeof(name), "COM%u", number);
    result = map_set(registry, &map, number, true);
    result = result != 0 ? result : reg_set_text(registry, hardware, "PortName", name);
    if (result == 0 && strcasecmp(class_guid, CLASS_MODEM) == 0 && software != 0) {
        result = reg_set_text(registry, software, "AttachedTo", name);
    } else if (result == 0) {
        (void)snprintf(friendly, sizeof(friendly), "%s (%s)", description, name);
        result = reg_set_text(registry, device, "FriendlyName", friendly);
    }
    return result;
}

int
ports_give_back(struct reg_store *registry, reg_key device, char *ret_had, size_t size)
{
    char *name = NULL;
    struct map map;
    reg_key hardware;
    unsigned number;
    int result;

    ret_had[0] = '\0';
    if (reg_key_open(registry, device, "Device Parameters", 0, &hardware) != 0 ||
        reg_get_text(registry, hardware, "PortName", &name) != 0) {
        return 0;
    }
    number = number_in(name);
    (void)snprintf(ret_had, size, "%s", number != 0 ? name : "");
    sys_free(name);
    if (number == 0) {
        return 0;
    }
    result = map_read(registry, &map);
    return result != 0 ? result : map_set(registry, &map, number, false);
}

/* ---- Devices of `wdf run` ---- */

/* Opens the user's registry and the device's key in it, in a transaction. */
static int
begin(const char *instance_id, struct reg_store **ret_registry, reg_key *ret_device)
{
    char path[MGR_PATH_SIZE];
    int result = reg_open_default(ret_registry);

    if (result != 0) {
        return result;
    }
    (void)snprintf(path, sizeof(path), "%s\\%s", STORE_ENUM, instance_id);
    result = reg_begin(*ret_registry);
    if (result == 0) {
        result =
            reg_key_create(*ret_registry, REG_ROOT, path, REG_CREATE_PATH, NULL, ret_device, NULL);
        if (result != 0) {
            reg_rollback(*ret_registry);
        }
    }
    if (result != 0) {
        reg_close(*ret_registry);
    }
    return result;
}

static int
end(struct reg_store *registry, int result)
{
    if (result != 0) {
        reg_rollback(registry);
    } else {
        result = reg_commit(registry);
    }
    reg_close(registry);
    return result;
}

int
ports_begin(const char *instance_id, const char *class_guid, const char *description,
            bool *ret_made)
{
    struct reg_store *registry;
    reg_key device;
    int result;

    *ret_made = false;
    if (!has_com_name(NULL, class_guid, 0)) {
        return 0;
    }
    result = begin(instance_id, &registry, &device);
    return result != 0 ? result
                       : end(registry, ports_take(registry, device, 0, class_guid, description, "",
                                                  ret_made));
}

void
ports_end(const char *instance_id)
{
    char had[16];
    struct reg_store *registry;
    reg_key hardware;
    reg_key device;
    int result = begin(instance_id, &registry, &device);

    if (result != 0) {
        return; /* The number stays the device's; its next run finds it. */
    }
    result = ports_give_back(registry, device, had, sizeof(had));
    if (result == 0 && reg_key_open(registry, device, "Device Parameters", 0, &hardware) == 0) {
        (void)reg_value_delete(registry, hardware, "PortName");
    }
    (void)reg_value_delete(registry, device, "FriendlyName");
    (void)end(registry, result);
}
