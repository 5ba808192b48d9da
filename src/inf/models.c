/* SPDX-License-Identifier: MIT */
/*
 * [Version], and from [Manufacturer] over its models sections to the models; which of them match a
 * device, and how well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inf/inf_priv.h"
#include "inf/plan.h"

/* ---- [Version] ---- */

static int
version_text(const struct inf *inf, const char *key, char *out, struct inf_error *error)
{
    const struct inf_line *line = inf_find(inf, "Version", key);

    out[0] = '\0';
    return line == NULL ? 0 : inf_field(inf, line, 0, out, INF_TEXT_SIZE, error);
}

/* DriverVer = mm/dd/yyyy[,w.x.y.z] */
static int
read_driver_ver(const struct inf *inf, struct inf_version *version, struct inf_error *error)
{
    const struct inf_line *line = inf_find(inf, "Version", "DriverVer");
    char text[INF_TEXT_SIZE];
    unsigned part;
    char *p;
    int end = 0;
    int result;

    if (line == NULL) {
        return 0;
    }
    result = inf_field(inf, line, 0, text, sizeof(text), error);
    if (result != 0) {
        return result;
    }
    if (text[0] == '\0' || text[0] == '*') {
        return 0; /* A template: the build fills it in. */
    }
    if ((sscanf(text, "%2u/%2u/%4u%n", &version->month, &version->day, &version->year, &end) != 3 &&
         sscanf(text, "%2u-%2u-%4u%n", &version->month, &version->day, &version->year, &end) !=
             3) ||
        text[end] != '\0' || version->month < 1 || version->month > 12 || version->day < 1 ||
        version->day > 31) {
        return inf_fail(inf, line->number, error, -EINVAL,
                        "DriverVer: \"%.40s\" is not a date mm/dd/yyyy", text);
    }
    result = inf_field(inf, line, 1, text, sizeof(text), error);
    if (result != 0 || text[0] == '*' || text[0] == '$') {
        return result; /* A template's version comes from the build. */
    }
    for (part = 0, p = text; part < 4 && *p != '\0'; part++) {
        unsigned long number = strtoul(p, &p, 10);

        if (number > UINT16_MAX || (*p != '.' && *p != '\0')) {
            return inf_fail(inf, line->number, error, -EINVAL,
                            "DriverVer: \"%.40s\" is not a version w.x.y.z", text);
        }
        version->version[part] = (uint16_t)number;
        p += *p == '.';
    }
    return 0;
}

int
inf_read_version(const struct inf *inf, struct inf_version *ret_version, struct inf_error *error)
{
    struct inf_version version = {.year = 0};
    char signature[INF_TEXT_SIZE];
    int result = version_text(inf, "Signature", signature, error);

    if (result != 0) {
        return result;
    }
    if (strcasecmp(signature, "$WINDOWS NT$") != 0 && strcasecmp(signature, "$CHICAGO$") != 0 &&
        strcasecmp(signature, "$WINDOWS 95$") != 0) {
        return inf_fail(inf, 0, error, -EINVAL,
                        "not an INF file: [Version] has no Signature = \"$WINDOWS NT$\"");
    }
    result = version_text(inf, "Class", version.class_name, error);
    result = result != 0 ? result : version_text(inf, "ClassGuid", version.class_guid, error);
    result = result != 0 ? result : version_text(inf, "Provider", version.provider, error);
    result = result != 0 ? result : version_text(inf, "ExtensionId", version.extension_id, error);
    result = result != 0 ? result : read_driver_ver(inf, &version, error);
    if (result == 0) {
        *ret_version = version;
    }
    return result;
}

/* ---- Models ---- */

/* The models section that a [Manufacturer] line names for this machine; "" for none. */
static int
models_section(const struct inf *inf, const struct inf_line *line, char *out,
               struct inf_error *error)
{
    char base[INF_SECTION_SIZE];
    uint64_t best = 0;
    unsigned i;
    int result = inf_field(inf, line, 0, base, sizeof(base), error);

    out[0] = '\0';
    /* `%Name%` alone stands for both: the name and the section called so. */
    for (i = 0; result == 0 && i < (line->field_count != 0 ? line->field_count : 1); i++) {
        char decoration[INF_SECTION_SIZE] = "";
        char candidate[2 * INF_SECTION_SIZE];
        uint64_t score;

        if (i != 0) {
            result = inf_field(inf, line, i, decoration, sizeof(decoration), error);
        }
        score = inf_decoration_score(decoration, strlen(decoration));
        (void)snprintf(candidate, sizeof(candidate), "%s%s%s", base,
                       decoration[0] != '\0' ? "." : "", decoration);
        if (result == 0 && score > best && strlen(candidate) < INF_SECTION_SIZE &&
            inf_has_section(inf, candidate)) {
            best = score;
            memcpy(out, candidate, strlen(candidate) + 1);
        }
    }
    return result;
}

/* A models line as a struct. 1: it names no install section or no id. */
static int
read_model(const struct inf *inf, const struct inf_line *line, struct inf_model *model,
           struct inf_error *error)
{
    unsigned i;
    int result;

    model->line = line;
    model->id_count = 0;
    result = inf_expand_known(inf, line, line->key, model->description, sizeof(model->description),
                              error);
    result = result != 0 ? result
                         : inf_field(inf, line, 0, model->install, sizeof(model->install), error);
    for (i = 1; result == 0 && i < line->field_count; i++) {
        if (model->id_count == INF_IDS_MAX) {
            return inf_fail(inf, line->number, error, -EINVAL, "more than %d ids", INF_IDS_MAX);
        }
        result = inf_field(inf, line, i, model->ids[model->id_count], INF_TEXT_SIZE, error);
        /* An empty hardware id is left out; the compatible ids keep their places. */
        if (result == 0 && (model->ids[model->id_count][0] != '\0' || i == 1)) {
            model->id_count++;
        }
    }
    if (result == 0 && (model->install[0] == '\0' || model->id_count == 0)) {
        return 1;
    }
    return result;
}

int
inf_for_each_model(const struct inf *inf, int (*fn)(void *argument, const struct inf_model *model),
                   void *argument, struct inf_error *error)
{
    const struct inf_line *line;
    const struct inf_line *entry;
    unsigned index;
    unsigned i;

    for (index = 0; (line = inf_line_at(inf, "Manufacturer", index)) != NULL; index++) {
        struct inf_model model;
        char models[INF_SECTION_SIZE];
        int result = inf_expand_known(inf, line, line->key, model.manufacturer,
                                      sizeof(model.manufacturer), error);

        result = result != 0 ? result : models_section(inf, line, models, error);
        if (result != 0) {
            return result;
        }
        if (models[0] == '\0') {
            continue;
        }
        for (i = 0; (entry = inf_line_at(inf, models, i)) != NULL; i++) {
            result = read_model(inf, entry, &model, error);
            if (result == 0) {
                result = fn(argument, &model);
            } else if (result == 1) {
                result = 0;
            }
            if (result != 0) {
                return result;
            }
        }
    }
    return 0;
}

/* ---- Ranks ---- */

/* The place of an id in a device's list; -1: it is not there. */
static int
place_of(const char *id, const char *const *list)
{
    int i;

    for (i = 0; list != NULL && list[i] != NULL; i++) {
        if (strcasecmp(list[i], id) == 0) {
            return i;
        }
    }
    return -1;
}

static uint32_t
at_most(unsigned value, uint32_t most)
{
    return value < most ? value : most;
}

/* The identifier score of one id of a model: 0x0000THHH. */
static uint32_t
identifier_score(const struct inf_device_ids *ids, const char *id, unsigned index)
{
    int hardware = place_of(id, ids->hardware);
    int compatible = place_of(id, ids->compatible);

    if (id[0] == '\0') {
        return INF_NO_MATCH;
    }
    if (hardware >= 0) {
        return (index == 0 ? 0u : 0x1000u) + at_most((unsigned)hardware, 0xFFF);
    }
    if (compatible >= 0) {
        return index == 0 ? 0x2000u + at_most((unsigned)compatible, 0xFFF)
                          : 0x3000u + at_most((unsigned)compatible + (index - 1) * 0x100, 0xFFF);
    }
    return INF_NO_MATCH;
}

static int
feature_score(const struct inf *inf, const char *install, uint32_t *ret_score,
              struct inf_error *error)
{
    char section[INF_SECTION_SIZE];
    const struct inf_line *line = NULL;
    char text[INF_TEXT_SIZE];
    uint64_t number = 0xFF;
    int result;

    if (inf_decorated_section(inf, install, "", section)) {
        line = inf_find(inf, section, "FeatureScore");
    }
    if (line != NULL) {
        char *end;

        result = inf_field(inf, line, 0, text, sizeof(text), error);
        if (result != 0) {
            return result;
        }
        /* Hexadecimal, with a prefix or without. */
        number = strtoull(text[0] == 'x' || text[0] == 'X' ? text + 1 : text, &end, 16);
        if (*end != '\0' || number > 0xFF || text[0] == '\0') {
            return inf_fail(inf, line->number, error, -EINVAL,
                            "FeatureScore: \"%.40s\" is not a number from 00 to FF", text);
        }
    }
    *ret_score = (uint32_t)number << 16;
    return 0;
}

struct match {
    const struct inf *inf;
    const struct inf_device_ids *ids;
    uint32_t rank;
    struct inf_model *model;
    struct inf_error *error;
};

static int
rank_model(void *argument, const struct inf_model *model)
{
    struct match *match = argument;
    uint32_t best = INF_NO_MATCH;
    uint32_t feature;
    unsigned i;
    int result;

    for (i = 0; i < model->id_count; i++) {
        uint32_t score = identifier_score(match->ids, model->ids[i], i);

        best = score < best ? score : best;
    }
    if (best == INF_NO_MATCH) {
        return 0;
    }
    result = feature_score(match->inf, model->install, &feature, match->error);
    if (result == 0 && feature + best < match->rank) {
        match->rank = feature + best;
        if (match->model != NULL) {
            *match->model = *model;
        }
    }
    return result;
}

int
inf_match(const struct inf *inf, const struct inf_device_ids *ids, uint32_t *ret_rank,
          struct inf_model *ret_model, struct inf_error *error)
{
    struct match match = {
        .inf = inf, .ids = ids, .rank = INF_NO_MATCH, .model = ret_model, .error = error};
    int result = inf_for_each_model(inf, rank_model, &match, error);

    if (result == 0) {
        *ret_rank = match.rank;
    }
    return result;
}

int
inf_compare(uint32_t rank_a, const struct inf_version *a, uint32_t rank_b,
            const struct inf_version *b)
{
    unsigned date_a = a->year << 9 | a->month << 5 | a->day;
    unsigned date_b = b->year << 9 | b->month << 5 | b->day;
    unsigned i;

    if (rank_a != rank_b) {
        return rank_a < rank_b ? -1 : 1;
    }
    if (date_a != date_b) {
        return date_a > date_b ? -1 : 1;
    }
    for (i = 0; i < 4; i++) {
        if (a->version[i] != b->version[i]) {
            return a->version[i] > b->version[i] ? -1 : 1;
        }
    }
    return 0;
}
