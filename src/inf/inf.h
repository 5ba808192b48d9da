/* SPDX-License-Identifier: MIT */
/*
 * INF files: what a driver package says about itself. A leaf library.
 *
 * Reads UTF-8, UTF-16 with a byte order mark, and 8-bit text; sections, continued lines, comments,
 * quoted fields, %strings%. Names compare without regard to case. A section that appears twice is one
 * section. What .inx templates leave open ($ARCH$, $KMDFVERSION$ …) is filled in.
 */
#ifndef OPENWDF_INF_INF_H
#define OPENWDF_INF_INF_H

#include <stdbool.h>
#include <stddef.h>

#define INF_FILE_SIZE_MAX (4u << 20)
#define INF_FIELDS_MAX    4096 /* Of one line. */
#define INF_TEXT_SIZE     256  /* Of a text in struct inf_device. */

struct inf;

struct inf_error {
    char text[512]; /* "echo.inf:12: …" */
};

/* One line of a section: `key = field, field`. A line without "=" has key "". */
struct inf_line {
    unsigned number; /* In the file, from 1. */
    const char *key; /* As written: strings are not substituted yet. */
    const char *const *fields;
    unsigned field_count;
};

/* 0; -EINVAL and *error for a malformed file; -errno when it cannot be read. */
int inf_open(const char *path, struct inf **ret_inf, struct inf_error *error);

/* The same from memory; `name` appears in errors. */
int inf_parse(const char *name, const void *data, size_t size, struct inf **ret_inf,
              struct inf_error *error);

/* NULL is allowed. */
void inf_close(struct inf *inf);

bool inf_has_section(const struct inf *inf, const char *section);

/* Line number `index` of a section; NULL past its end. */
const struct inf_line *inf_line_at(const struct inf *inf, const char *section, unsigned index);

/* The first line of that key; NULL when there is none. */
const struct inf_line *inf_find(const struct inf *inf, const char *section, const char *key);

/*
 * Copies a text with its %strings% substituted. %12% and other folder numbers stay. -ENOENT and
 * *error when a string is not defined, -ENAMETOOLONG when it does not fit.
 */
int inf_expand(const struct inf *inf, const struct inf_line *line, const char *text, char *out,
               size_t size, struct inf_error *error);

/* The same, but %names% that are not defined stay: they may be environment variables. */
int inf_expand_known(const struct inf *inf, const struct inf_line *line, const char *text,
                     char *out, size_t size, struct inf_error *error);

#define INF_FILTERS_MAX 15

/* What installing a device from the INF comes to, in short; plan.h has all of it. */
struct inf_device {
    char description[INF_TEXT_SIZE];
    char hardware_id[INF_TEXT_SIZE]; /* "" for a driver that is not for a device. */
    char service[INF_TEXT_SIZE];
    char binary[INF_TEXT_SIZE]; /* The driver's file name, without folder: "echo.sys". */
    /* User-mode drivers above it (UmdfServiceOrder), bottom to top: their file names. */
    char filters[INF_FILTERS_MAX][INF_TEXT_SIZE];
    unsigned filter_count;
    char class_name[INF_TEXT_SIZE];
    char class_guid[INF_TEXT_SIZE];
    char manufacturer[INF_TEXT_SIZE];
};

/*
 * Finds the device with that hardware id (NULL: the first one), its install section and function
 * driver. An INF without models is installed by its [DefaultInstall] section. -ENOENT or -EINVAL, and
 * *error says what is missing and where.
 */
int inf_select(const struct inf *inf, const char *hardware_id, struct inf_device *ret_device,
               struct inf_error *error);

#endif
