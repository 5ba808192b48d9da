/* SPDX-License-Identifier: MIT */
/* INF files: read, matched, and made into plans for every install section that models name. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "inf/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct inf *file;

static const struct inf *
open_include(void *argument, const char *name)
{
    return file; /* A file may include itself. */
}

static const struct inf_includes includes = {.open = open_include};

static void
check(int result, const struct inf_error *error)
{
    if (result < 0 && result != -ENOMEM && error->text[0] == '\0') {
        abort();
    }
}

static int
plan_model(void *argument, const struct inf_model *model)
{
    struct inf_error error;
    struct inf_plan plan;
    int result = inf_plan_install(file, model->install, &includes, &plan, &error);

    check(result, &error);
    if (result == 0) {
        (void)inf_plan_is_umdf(&plan);
        inf_plan_free(&plan);
    }
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const hardware[] = {"root\\a", NULL};
    static const char *const compatible[] = {"b", NULL};
    const struct inf_device_ids ids = {.hardware = hardware, .compatible = compatible};
    struct inf_version version;
    struct inf_device device;
    struct inf_error error;
    struct inf_plan plan;
    struct inf_model model;
    struct inf *inf;
    uint32_t rank;
    int result = inf_parse("fuzz.inf", data, size, &inf, &error);

    check(result, &error);
    if (result != 0) {
        return 0;
    }
    file = inf;
    check(inf_select(inf, NULL, &device, &error), &error);
    check(inf_read_version(inf, &version, &error), &error);
    check(inf_match(inf, &ids, &rank, &model, &error), &error);
    check(inf_for_each_model(inf, plan_model, NULL, &error), &error);
    result = inf_plan_class(inf, &includes, &plan, &error);
    check(result, &error);
    if (result == 0) {
        inf_plan_free(&plan);
    }
    inf_close(inf);
    return 0;
}
