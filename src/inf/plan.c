/* SPDX-License-Identifier: MIT */
/*
 * From an install section to its steps. Each kind of section has a table of the directives it may hold;
 * what is in none is noted and passed over, as Windows does.
 */
#include "inf/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "inf/plan_priv.h"
#include "sys/memory.h"

struct inf_block {
    struct inf_block *next;
    _Alignas(16) char bytes[];
};

/* ---- Memory and texts ---- */

void *
plan_keep(struct planner *p, const void *data, size_t size)
{
    struct inf_block *block = sys_alloc(sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }
    block->next = p->plan->blocks;
    p->plan->blocks = block;
    if (size != 0) {
        memcpy(block->bytes, data, size);
    }
    return block->bytes;
}

const char *
plan_keep_text(struct planner *p, const char *text)
{
    return plan_keep(p, text, strlen(text) + 1);
}

void *
plan_add(void **array, unsigned *count, unsigned *capacity, size_t size)
{
    if (*count == *capacity) {
        unsigned wanted = *capacity == 0 ? 8 : 2 * *capacity;
        char *bigger = sys_alloc_zeroed(wanted * size);

        if (bigger == NULL) {
            return NULL;
        }
        if (*count != 0) {
            memcpy(bigger, *array, *count * size);
        }
        sys_free(*array);
        *array = bigger;
        *capacity = wanted;
    }
    return (char *)*array + (*count)++ * size;
}

typedef int expand_fn(const struct inf *inf, const struct inf_line *line, const char *text,
                      char *out, size_t size, struct inf_error *error);

static int
expand_field(struct planner *p, const struct inf_line *line, unsigned index, expand_fn *expand,
             const char **ret_text)
{
    const char *text = index < line->field_count ? line->fields[index] : "";
    size_t size = 4 * strlen(text) + 4096;
    char *out = sys_alloc(size);
    int result = out == NULL ? -ENOMEM : expand(p->inf, line, text, out, size, p->error);

    if (result == 0) {
        *ret_text = plan_keep_text(p, out);
        result = *ret_text == NULL ? -ENOMEM : 0;
    }
    sys_free(out);
    return result;
}

int
plan_field(struct planner *p, const struct inf_line *line, unsigned index, const char **ret_text)
{
    return expand_field(p, line, index, inf_expand, ret_text);
}

int
plan_field_known(struct planner *p, const struct inf_line *line, unsigned index,
                 const char **ret_text)
{
    return expand_field(p, line, index, inf_expand_known, ret_text);
}

int
plan_number(struct planner *p, const struct inf_line *line, unsigned index, uint32_t *ret_number)
{
    uint64_t number;
    const char *text;
    int result = plan_field(p, line, index, &text);

    if (result != 0) {
        return result;
    }
    if (inf_number(text, &number) != 0 ||
        (number > UINT32_MAX && number < UINT64_MAX - INT32_MAX)) {
        return inf_fail(p->inf, line->number, p->error, -EINVAL,
                        "%.60s: \"%.40s\" is not a number of 32 bits", line->key, text);
    }
    *ret_number = (uint32_t)number;
    return 0;
}

int
plan_note(struct planner *p, unsigned line, const char *format, ...)
{
    struct inf_note *note = PLAN_ADD(p, notes);
    char text[512];
    va_list arguments;
    int n = snprintf(text, sizeof(text), "%.100s:%u: ", inf_name(p->inf), line);

    va_start(arguments, format);
    (void)vsnprintf(text + n, sizeof(text) - (size_t)n, format, arguments);
    va_end(arguments);
    if (note == NULL) {
        return -ENOMEM;
    }
    note->text = plan_keep_text(p, text);
    return note->text == NULL ? -ENOMEM : 0;
}

void
inf_plan_free(struct inf_plan *plan)
{
    while (plan->blocks != NULL) {
        struct inf_block *block = plan->blocks;

        plan->blocks = block->next;
        sys_free(block);
    }
    sys_free(plan->registry);
    sys_free(plan->files);
    sys_free(plan->services);
    sys_free(plan->interfaces);
    sys_free(plan->filters);
    sys_free(plan->properties);
    sys_free(plan->wdf_services);
    sys_free(plan->umdf_settings);
    sys_free(plan->notes);
    memset(plan, 0, sizeof(*plan));
}

/* ---- Directives ---- */

struct section_kind;
typedef int directive_fn(struct planner *p, const struct section_kind *kind,
                         const struct inf_line *line);

struct directive {
    const char *name;
    directive_fn *fn; /* NULL: known, and nothing to do here. */
};

struct section_kind {
    const char *suffix;
    enum inf_root root; /* What HKR means in it. */
    const struct directive *directives;
    /* For directives that are in no table: 1 when it does not know them either. */
    int (*other)(struct planner *p, const struct inf_line *line);
};

static int
add_reg(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    const struct plan_owner owner = {.root = kind->root};

    return plan_registry(p, line, &owner, false);
}

static int
del_reg(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    const struct plan_owner owner = {.root = kind->root};

    return plan_registry(p, line, &owner, true);
}

static int
copy_files(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_files(p, line, false, false);
}

static int
del_files(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_files(p, line, true, false);
}

static int
ren_files(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_files(p, line, false, true);
}

static int
add_property(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_properties(p, line, false);
}

static int
del_property(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_properties(p, line, true);
}

static int
add_service(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_add_service(p, line);
}

static int
del_service(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_delete_service(p, line);
}

static int
add_interface(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_interface(p, line);
}

static int
add_filter(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return plan_filter(p, line);
}

static int
reboot(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    p->plan->reboot = true;
    return 0;
}

/* It has been read for the rank; here only its place is kept. */
static int
feature(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return 0;
}

static int needs(struct planner *p, const struct section_kind *kind, const struct inf_line *line);

/* What an include is for is said by Needs; here only that it is there. */
static int
include(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    return 0;
}

static const struct directive base_directives[] = {
    {"AddProperty", add_property},
    {"AddReg", add_reg},
    {"BitReg", NULL},
    {"BusType",
     NULL}, /* This and the other network and printer directives are for their classes. */
    {"Characteristics", NULL},
    {"CopyFiles", copy_files},
    {"CopyINF", NULL},
    {"DelFiles", del_files},
    {"DelProperty", del_property},
    {"DelReg", del_reg},
    {"DriverVer", NULL},
    {"ExcludeId", NULL},
    {"FeatureScore", feature},
    {"Include", include},
    {"Ini2Reg", NULL},
    {"LogConfig", NULL},
    {"Needs", needs},
    {"NetCfgInstanceId", NULL},
    {"ProfileItems", NULL},
    {"Reboot", reboot},
    {"RegisterDlls", NULL},
    {"RenFiles", ren_files},
    {"UnregisterDlls", NULL},
    {"UpdateIniFields", NULL},
    {"UpdateInis", NULL},
    {NULL, NULL},
};

static const struct directive hardware_directives[] = {
    {"AddProperty", add_property}, {"AddReg", add_reg}, {"BitReg", NULL},
    {"DelProperty", del_property}, {"DelReg", del_reg}, {"Include", include},
    {"LogConfigOverride", NULL},   {"Needs", needs},    {NULL, NULL},
};

static const struct directive service_directives[] = {
    {"AddService", add_service},
    {"DelService", del_service},
    {"Include", include},
    {"Needs", needs},
    {NULL, NULL},
};

static const struct directive interface_directives[] = {
    {"AddInterface", add_interface},
    {"Include", include},
    {"Needs", needs},
    {NULL, NULL},
};

static const struct directive filter_directives[] = {
    {"AddFilter", add_filter},
    {"Include", include},
    {"Needs", needs},
    {NULL, NULL},
};

static const struct directive wdf_directives[] = {
    {"Include", include},
    {"Needs", needs},
    {NULL, NULL},
};

/* In the order they are carried out. Their HKR is as documented for AddReg. */
static const struct section_kind install_kinds[] = {
    {"", INF_ROOT_SOFTWARE, base_directives, NULL},
    {".HW", INF_ROOT_HARDWARE, hardware_directives, NULL},
    {".Services", INF_ROOT_SOFTWARE, service_directives, NULL},
    {".Interfaces", INF_ROOT_SOFTWARE, interface_directives, NULL},
    {".Filters", INF_ROOT_SOFTWARE, filter_directives, NULL},
    {".Wdf", INF_ROOT_SOFTWARE, wdf_directives, plan_wdf},
};

static const struct section_kind class_kinds[] = {
    {"", INF_ROOT_CLASS, base_directives, NULL},
    {".Services", INF_ROOT_CLASS, service_directives, NULL},
};

static int
run_directive(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    const struct directive *directive;
    int result = 1;

    if (line->key[0] == '*') {
        return 0; /* A standardized keyword of network adapters. */
    }
    for (directive = kind->directives; directive->name != NULL; directive++) {
        if (strcasecmp(directive->name, line->key) == 0) {
            return directive->fn != NULL
                       ? directive->fn(p, kind, line)
                       : plan_note(p, line->number, "%s has no effect here", directive->name);
        }
    }
    if (kind->other != NULL) {
        result = kind->other(p, line);
    }
    return result != 1 ? result
                       : plan_note(p, line->number, "\"%.60s\" is not known in such a section",
                                   line->key[0] != '\0'     ? line->key
                                   : line->field_count != 0 ? line->fields[0]
                                                            : "");
}

static int
run_section(struct planner *p, const struct section_kind *kind, const char *section)
{
    const struct inf_line *line;
    unsigned index;
    int result = 0;

    if (p->depth == PLAN_NEEDS_DEPTH_MAX) {
        return inf_fail(p->inf, 0, p->error, -ELOOP, "[%.100s]: Needs without end", section);
    }
    p->depth++;
    for (index = 0; result == 0 && (line = inf_line_at(p->inf, section, index)) != NULL; index++) {
        result = run_directive(p, kind, line);
    }
    p->depth--;
    return result;
}

/* ---- Include and Needs ---- */

/* Runs the section in the first of the included files that has it. 1: none has. */
static int
run_included(struct planner *p, const struct section_kind *kind, const char *section,
             const char *includes_in)
{
    const struct inf *own = p->inf;
    const struct inf_line *line;
    unsigned index;
    unsigned i;

    for (index = 0; (line = inf_line_at(own, includes_in, index)) != NULL; index++) {
        if (strcasecmp(line->key, "Include") != 0) {
            continue;
        }
        for (i = 0; i < line->field_count; i++) {
            const struct inf *other =
                p->includes == NULL ? NULL
                                    : p->includes->open(p->includes->argument, line->fields[i]);

            if (other != NULL && inf_has_section(other, section)) {
                int result;

                p->inf = other;
                result = run_section(p, kind, section);
                p->inf = own;
                return result;
            }
        }
    }
    return 1;
}

/* The section that holds the line: Include stands beside Needs. */
static const char *
section_of(const struct inf *inf, const struct inf_line *wanted)
{
    const char *section;
    unsigned i;

    for (i = 0; (section = inf_section_at(inf, i)) != NULL; i++) {
        const struct inf_line *first = inf_line_at(inf, section, 0);
        unsigned count = 0;

        while (inf_line_at(inf, section, count) != NULL) {
            count++;
        }
        if (first != NULL && wanted >= first && wanted < first + count) {
            return section;
        }
    }
    return "";
}

static int
needs(struct planner *p, const struct section_kind *kind, const struct inf_line *line)
{
    const char *home = section_of(p->inf, line);
    unsigned i;

    for (i = 0; i < line->field_count; i++) {
        const char *section;
        int result = plan_field(p, line, i, &section);

        if (result != 0) {
            return result;
        }
        if (section[0] == '\0') {
            continue;
        }
        result = inf_has_section(p->inf, section) ? run_section(p, kind, section)
                                                  : run_included(p, kind, section, home);
        if (result == 1) {
            result = plan_note(p, line->number,
                               "Needs = %.100s: the INF that has it is not installed", section);
        }
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

/* ---- Plans ---- */

static int
run_kinds(struct planner *p, const char *base, const struct section_kind *kinds, size_t count,
          bool *ret_any)
{
    char section[INF_SECTION_SIZE];
    int result = 0;
    size_t i;

    *ret_any = false;
    for (i = 0; result == 0 && i < count; i++) {
        if (inf_decorated_section(p->inf, base, kinds[i].suffix, section)) {
            *ret_any = true;
            result = run_section(p, &kinds[i], section);
        }
    }
    return result;
}

int
inf_plan_install(const struct inf *inf, const char *install, const struct inf_includes *includes,
                 struct inf_plan *ret_plan, struct inf_error *error)
{
    struct inf_plan plan = {.feature_score = 0xFF};
    struct planner p = {.inf = inf, .includes = includes, .plan = &plan, .error = error};
    bool any;
    int result;

    error->text[0] = '\0';
    result = run_kinds(&p, install, install_kinds, sizeof(install_kinds) / sizeof(install_kinds[0]),
                       &any);
    if (result == 0 && !any) {
        result = inf_fail(inf, 0, error, -ENOENT,
                          "there is no install section [%.100s] for " INF_PLATFORM, install);
    }
    if (result != 0) {
        if (error->text[0] == '\0') {
            (void)inf_fail(inf, 0, error, result, "%s", strerror(-result));
        }
        inf_plan_free(&plan);
        return result;
    }
    *ret_plan = plan;
    return 0;
}

int
inf_plan_class(const struct inf *inf, const struct inf_includes *includes,
               struct inf_plan *ret_plan, struct inf_error *error)
{
    struct inf_plan plan = {.feature_score = 0xFF};
    struct planner p = {.inf = inf, .includes = includes, .plan = &plan, .error = error};
    bool any;
    int result;

    error->text[0] = '\0';
    result = run_kinds(&p, "ClassInstall32", class_kinds,
                       sizeof(class_kinds) / sizeof(class_kinds[0]), &any);
    if (result != 0) {
        if (error->text[0] == '\0') {
            (void)inf_fail(inf, 0, error, result, "%s", strerror(-result));
        }
        inf_plan_free(&plan);
        return result;
    }
    *ret_plan = plan;
    return 0;
}

/* ---- Questions ---- */

const char *
inf_binary_name(const char *binary)
{
    const char *name;

    if (binary == NULL) {
        return NULL;
    }
    name = strrchr(binary, '\\');
    name = name != NULL                   ? name + 1
           : strrchr(binary, '%') != NULL ? strrchr(binary, '%') + 1
                                          : binary;
    return name[0] != '\0' ? name : NULL;
}

const struct inf_service *
inf_plan_function(const struct inf_plan *plan)
{
    unsigned i;

    for (i = 0; i < plan->services_count; i++) {
        if (!plan->services[i].remove && (plan->services[i].flags & INF_SERVICE_ASSOCIATED) != 0) {
            return &plan->services[i];
        }
    }
    return NULL;
}

bool
inf_plan_is_umdf(const struct inf_plan *plan)
{
    const struct inf_service *function = inf_plan_function(plan);
    const char *binary = function == NULL ? NULL : inf_binary_name(function->binary);

    if (binary != NULL) {
        return strcasecmp(binary, INF_REFLECTOR_BINARY) == 0;
    }
    /* The reflector's service comes from an INF of the system that nobody has here. */
    return plan->umdf_order != NULL;
}
