/* SPDX-License-Identifier: MIT */
/*
 * From an INF to a device: [Manufacturer] names the models sections, a model names its install
 * section, that one's .Services (or .Wdf) section the driver. Sections may be decorated with the
 * platform they are for; the most special one that fits this machine is taken.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inf/inf_priv.h"

#if defined(__aarch64__)
#define PLATFORM "NTarm64"
#else
#define PLATFORM "NTamd64"
#endif

#define SECTION_SIZE 256

#define SPSVCINST_ASSOCSERVICE 2u

/* A reflected (UMDF 2) driver's service is this; the driver itself is in the .Wdf section. */
#define REFLECTOR_BINARY "WUDFRd.sys"

struct selection {
    const struct inf *inf;
    struct inf_device *device;
    struct inf_error *error;
};

static int
expand(const struct selection *s, const struct inf_line *line, const char *text, char *out,
       size_t size)
{
    return inf_expand(s->inf, line, text, out, size, s->error);
}

/* The field number `index`, expanded; "" when the line has fewer. */
static int
field(const struct selection *s, const struct inf_line *line, unsigned index, char *out,
      size_t size)
{
    return expand(s, line, index < line->field_count ? line->fields[index] : "", out, size);
}

static int
section_name(char *out, const char *base, const char *decoration, const char *suffix)
{
    int n = snprintf(out, SECTION_SIZE, "%s%s%s%s", base, decoration[0] != '\0' ? "." : "",
                     decoration, suffix);

    return n < 0 || n >= SECTION_SIZE ? -ENAMETOOLONG : 0;
}

/* ---- Models ---- */

/* Whether a TargetOS decoration ("NTamd64.10.0…16299") is for this machine. */
static bool
decoration_fits(const char *decoration)
{
    size_t length = strcspn(decoration, ".");

    return (length == strlen(PLATFORM) && strncasecmp(decoration, PLATFORM, length) == 0) ||
           (length == 2 && strncasecmp(decoration, "NT", 2) == 0);
}

/* The models section that a [Manufacturer] line names for this machine; its last decoration wins. */
static int
models_section(const struct selection *s, const struct inf_line *line, char *out)
{
    char base[SECTION_SIZE];
    char decoration[SECTION_SIZE];
    unsigned i;
    int error = field(s, line, 0, base, sizeof(base));

    out[0] = '\0';
    if (error == 0 && inf_has_section(s->inf, base)) {
        strcpy(out, base);
    }
    for (i = 1; error == 0 && i < line->field_count; i++) {
        char candidate[SECTION_SIZE];

        error = field(s, line, i, decoration, sizeof(decoration));
        if (error == 0 && decoration_fits(decoration) &&
            section_name(candidate, base, decoration, "") == 0 &&
            inf_has_section(s->inf, candidate)) {
            strcpy(out, candidate);
        }
    }
    return error;
}

/* Looks for the hardware id (NULL: any) in one models section; 1 and the install section. */
static int
model_find(const struct selection *s, const char *models, const char *hardware_id, char *install)
{
    const struct inf_line *line;
    unsigned index;

    for (index = 0; (line = inf_line_at(s->inf, models, index)) != NULL; index++) {
        unsigned i;

        for (i = 1; i < line->field_count; i++) {
            char id[INF_TEXT_SIZE];
            int error = field(s, line, i, id, sizeof(id));

            if (error != 0) {
                return error;
            }
            if (id[0] == '\0' || (hardware_id != NULL && strcasecmp(id, hardware_id) != 0)) {
                continue;
            }
            strcpy(s->device->hardware_id, id);
            error =
                expand(s, line, line->key, s->device->description, sizeof(s->device->description));
            error = error != 0 ? error : field(s, line, 0, install, SECTION_SIZE);
            return error != 0 ? error : 1;
        }
    }
    return 0;
}

static int
device_find(const struct selection *s, const char *hardware_id, char *install)
{
    const struct inf_line *line;
    unsigned index;

    for (index = 0; (line = inf_line_at(s->inf, "Manufacturer", index)) != NULL; index++) {
        char models[SECTION_SIZE];
        int result = models_section(s, line, models);

        if (result == 0 && models[0] != '\0') {
            result = model_find(s, models, hardware_id, install);
        }
        if (result < 0) {
            return result;
        }
        if (result == 1) {
            return expand(s, line, line->key, s->device->manufacturer,
                          sizeof(s->device->manufacturer));
        }
    }
    if (hardware_id == NULL && (inf_has_section(s->inf, "DefaultInstall") ||
                                inf_has_section(s->inf, "DefaultInstall.NT") ||
                                inf_has_section(s->inf, "DefaultInstall." PLATFORM))) {
        strcpy(install, "DefaultInstall");
        return 0;
    }
    return hardware_id != NULL
               ? inf_fail(s->inf, 0, s->error, -ENOENT,
                          "no model for " PLATFORM " has the hardware id \"%s\"", hardware_id)
               : inf_fail(s->inf, 0, s->error, -ENOENT,
                          "[Manufacturer] leads to no model for " PLATFORM);
}

/* ---- Install sections ---- */

/* The section `install`[.NTamd64|.NT]`suffix` that is there, the most special first. */
static bool
install_section(const struct selection *s, const char *install, const char *suffix, char *out)
{
    static const char *const decorations[] = {PLATFORM, "NT", ""};
    size_t i;

    for (i = 0; i < sizeof(decorations) / sizeof(decorations[0]); i++) {
        if (section_name(out, install, decorations[i], suffix) == 0 &&
            inf_has_section(s->inf, out)) {
            return true;
        }
    }
    return false;
}

/* The file name of a ServiceBinary: "%12%\echo.sys" is "echo.sys". */
static int
service_binary(const struct selection *s, const struct inf_line *from, const char *section)
{
    const struct inf_line *line = inf_find(s->inf, section, "ServiceBinary");
    char path[INF_TEXT_SIZE];
    const char *name;
    int error;

    if (line == NULL) {
        return inf_fail(s->inf, from->number, s->error, -ENOENT, "[%s] has no ServiceBinary",
                        section);
    }
    error = field(s, line, 0, path, sizeof(path));
    if (error != 0) {
        return error;
    }
    name = strrchr(path, '\\');
    name = name != NULL ? name + 1 : strrchr(path, '%') != NULL ? strrchr(path, '%') + 1 : path;
    if (name[0] == '\0') {
        return inf_fail(s->inf, line->number, s->error, -EINVAL, "ServiceBinary names no file");
    }
    strcpy(s->device->binary, name);
    return 0;
}

/* The AddService line of the function driver: the one with SPSVCINST_ASSOCSERVICE, or the first. */
static int
function_service(const struct selection *s, const char *services, const struct inf_line **ret_line)
{
    const struct inf_line *line;
    unsigned index;

    *ret_line = NULL;
    for (index = 0; (line = inf_line_at(s->inf, services, index)) != NULL; index++) {
        char flags[INF_TEXT_SIZE];
        int error;

        if (strcasecmp(line->key, "AddService") != 0 || line->field_count < 3 ||
            line->fields[0][0] == '\0') {
            continue;
        }
        error = field(s, line, 1, flags, sizeof(flags));
        if (error != 0) {
            return error;
        }
        if (*ret_line == NULL || (strtoul(flags, NULL, 0) & SPSVCINST_ASSOCSERVICE) != 0) {
            *ret_line = line;
        }
    }
    return 0;
}

/*
 * `UmdfService = name, section` in the .Wdf section: the driver behind the reflector. -ENOENT, without
 * a message, when there is none.
 */
static int
umdf_driver(const struct selection *s, const char *install)
{
    const struct inf_line *line = NULL;
    char wdf[SECTION_SIZE];
    char section[SECTION_SIZE];
    int error;

    if (install_section(s, install, ".Wdf", wdf)) {
        line = inf_find(s->inf, wdf, "UmdfService");
    }
    if (line == NULL || line->field_count < 2) {
        return -ENOENT;
    }
    error = field(s, line, 0, s->device->service, sizeof(s->device->service));
    error = error != 0 ? error : field(s, line, 1, section, sizeof(section));
    return error != 0 ? error : service_binary(s, line, section);
}

static int
driver_find(const struct selection *s, const char *install)
{
    const struct inf_line *line = NULL;
    char services[SECTION_SIZE];
    char section[SECTION_SIZE];
    int error = 0;

    if (install_section(s, install, ".Services", services)) {
        error = function_service(s, services, &line);
    }
    if (error != 0) {
        return error;
    }
    if (line == NULL) {
        /* A UMDF driver's INF may take the reflector's service from WUDFRD.inf. */
        s->error->text[0] = '\0';
        error = umdf_driver(s, install);
        return error == 0 || s->error->text[0] != '\0'
                   ? error
                   : inf_fail(s->inf, 0, s->error, -ENOENT,
                              "[%s] has neither a .Services section with an AddService nor a "
                              ".Wdf section with a UmdfService",
                              install);
    }
    error = field(s, line, 0, s->device->service, sizeof(s->device->service));
    error = error != 0 ? error : field(s, line, 2, section, sizeof(section));
    error = error != 0 ? error : service_binary(s, line, section);
    if (error == 0 && strcasecmp(s->device->binary, REFLECTOR_BINARY) == 0) {
        s->error->text[0] = '\0';
        error = umdf_driver(s, install);
        if (error != 0 && s->error->text[0] == '\0') {
            error = inf_fail(s->inf, line->number, s->error, error,
                             "the service is " REFLECTOR_BINARY
                             ", but no .Wdf section of [%s] has a UmdfService",
                             install);
        }
    }
    return error;
}

static int
version_text(const struct selection *s, const char *key, char *out)
{
    const struct inf_line *line = inf_find(s->inf, "Version", key);

    out[0] = '\0';
    return line == NULL ? 0 : field(s, line, 0, out, INF_TEXT_SIZE);
}

int
inf_select(const struct inf *inf, const char *hardware_id, struct inf_device *ret_device,
           struct inf_error *error)
{
    struct inf_device device = {.description = ""};
    struct selection s = {.inf = inf, .device = &device, .error = error};
    char signature[INF_TEXT_SIZE];
    char install[SECTION_SIZE];
    int result = version_text(&s, "Signature", signature);

    if (result != 0) {
        return result;
    }
    if (strcasecmp(signature, "$WINDOWS NT$") != 0 && strcasecmp(signature, "$CHICAGO$") != 0) {
        return inf_fail(inf, 0, error, -EINVAL,
                        "not an INF file: [Version] has no Signature = \"$WINDOWS NT$\"");
    }
    result = device_find(&s, hardware_id, install);
    result = result != 0 ? result : driver_find(&s, install);
    result = result != 0 ? result : version_text(&s, "Class", device.class_name);
    result = result != 0 ? result : version_text(&s, "ClassGuid", device.class_guid);
    if (result == 0) {
        if (device.description[0] == '\0') {
            strcpy(device.description, device.service);
        }
        *ret_device = device;
    }
    return result;
}
