/* SPDX-License-Identifier: MIT */
/* CopyFiles, DelFiles, RenFiles, and where [DestinationDirs] sends them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "inf/plan_priv.h"

#define DIRID_NONE (-2)

/* The folder of a file list section, or of single files: `dirid[,subdir]`. */
static int
destination(struct planner *p, const char *section, int *ret_dirid, const char **ret_subdir)
{
    const struct inf_line *line = inf_find(p->inf, "DestinationDirs", section);
    const char *text;
    char *end;
    long number;
    int result;

    if (line == NULL) {
        line = inf_find(p->inf, "DestinationDirs", "DefaultDestDir");
    }
    *ret_dirid = DIRID_NONE;
    *ret_subdir = "";
    if (line == NULL) {
        return 0;
    }
    result = plan_field(p, line, 0, &text);
    if (result != 0) {
        return result;
    }
    number = strtol(text, &end, 0);
    if (*end != '\0' || end == text || number < -1 || number > 0x10000) {
        return inf_fail(p->inf, line->number, p->error, -EINVAL,
                        "\"%.40s\" is not the number of a folder", text);
    }
    *ret_dirid = (int)number;
    return plan_field_known(p, line, 1, ret_subdir);
}

static int
add(struct planner *p, const struct inf_line *line, const char *section,
    const struct inf_file *file)
{
    struct inf_file copy = *file;
    struct inf_file *place;
    int result = destination(p, section, &copy.dirid, &copy.subdir);

    if (result != 0) {
        return result;
    }
    if (copy.dirid == DIRID_NONE) {
        return inf_fail(p->inf, line->number, p->error, -ENOENT,
                        "[DestinationDirs] has neither [%.100s] nor DefaultDestDir", section);
    }
    /* A name is a name: what is no plain one would lead out of its folder. */
    if (strpbrk(copy.target, "/\\:") != NULL || strcmp(copy.target, "..") == 0 ||
        strcmp(copy.target, ".") == 0) {
        return inf_fail(p->inf, line->number, p->error, -EINVAL, "\"%.100s\" is not a file's name",
                        copy.target);
    }
    copy.line = line->number;
    place = PLAN_ADD(p, files);
    if (place == NULL) {
        return -ENOMEM;
    }
    *place = copy;
    return 0;
}

/* destination-file-name[,[source-file-name][,…]]; RenFiles: new, old. */
static int
read_line(struct planner *p, const struct inf_line *line, const char *section, bool remove,
          bool rename)
{
    struct inf_file file = {.remove = remove, .rename = rename};
    int result = plan_field(p, line, 0, &file.target);

    if (result != 0 || file.target[0] == '\0') {
        return result;
    }
    file.source = file.target;
    if (!remove && line->field_count > 1 && line->fields[1][0] != '\0') {
        result = plan_field(p, line, 1, &file.source);
    }
    return result != 0 ? result : add(p, line, section, &file);
}

int
plan_files(struct planner *p, const struct inf_line *line, bool remove, bool rename)
{
    unsigned i;

    for (i = 0; i < line->field_count; i++) {
        const struct inf_line *entry;
        const char *section;
        unsigned index;
        int result = plan_field(p, line, i, &section);

        if (result == 0 && section[0] == '@') {
            struct inf_file file = {.source = section + 1, .target = section + 1};

            result = add(p, line, "DefaultDestDir", &file);
            if (result != 0) {
                return result;
            }
            continue;
        }
        if (result == 0 && section[0] != '\0' && !inf_has_section(p->inf, section)) {
            result = inf_fail(p->inf, line->number, p->error, -ENOENT,
                              "%.40s: there is no section [%.100s]", line->key, section);
        }
        for (index = 0; result == 0 && (entry = inf_line_at(p->inf, section, index)) != NULL;
             index++) {
            result = read_line(p, entry, section, remove, rename);
        }
        if (result != 0) {
            return result;
        }
    }
    return 0;
}
