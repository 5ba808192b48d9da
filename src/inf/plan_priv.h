/* SPDX-License-Identifier: MIT */
/* Making a plan: what its files share. */
#ifndef OPENWDF_INF_PLAN_PRIV_H
#define OPENWDF_INF_PLAN_PRIV_H

#include "inf/inf_priv.h"
#include "inf/plan.h"

#define PLAN_NEEDS_DEPTH_MAX 8 /* Sections that need sections that need … */

struct planner {
    const struct inf *inf; /* The file that is being read: the package's, or an included one. */
    const struct inf_includes *includes;
    struct inf_plan *plan;
    struct inf_error *error;
    unsigned depth;
};

/* A copy that lives as long as the plan. NULL: no memory. */
void *plan_keep(struct planner *p, const void *data, size_t size);
const char *plan_keep_text(struct planner *p, const char *text);

/* The field expanded, as a text of the plan. "" when the line has fewer. */
int plan_field(struct planner *p, const struct inf_line *line, unsigned index,
               const char **ret_text);

/* The same with names that are not defined left as they are. */
int plan_field_known(struct planner *p, const struct inf_line *line, unsigned index,
                     const char **ret_text);

/* A number; *error names what is not one. */
int plan_number(struct planner *p, const struct inf_line *line, unsigned index,
                uint32_t *ret_number);

/* Something that is passed over. */
int plan_note(struct planner *p, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A new, zeroed element at the end of a list of the plan; NULL: no memory. */
#define PLAN_ADD(p, list)                                                                          \
    plan_add((void **)&(p)->plan->list, &(p)->plan->list##_count, &(p)->plan->list##_capacity,     \
             sizeof((p)->plan->list[0]))
void *plan_add(void **array, unsigned *count, unsigned *capacity, size_t size);

/* ---- plan_registry.c ---- */

struct plan_owner {
    enum inf_root root; /* What HKR means. */
    const char *name;
    unsigned interface;
};

/* The sections that an AddReg or DelReg line names. */
int plan_registry(struct planner *p, const struct inf_line *line, const struct plan_owner *owner,
                  bool remove);

/* AddProperty, DelProperty. */
int plan_properties(struct planner *p, const struct inf_line *line, bool remove);

/* ---- plan_files.c ---- */

int plan_files(struct planner *p, const struct inf_line *line, bool remove, bool rename);

/* ---- plan_services.c ---- */

int plan_add_service(struct planner *p, const struct inf_line *line);
int plan_delete_service(struct planner *p, const struct inf_line *line);
int plan_interface(struct planner *p, const struct inf_line *line);
int plan_filter(struct planner *p, const struct inf_line *line);

/* A directive of a .Wdf section. 1: it is none of those known. */
int plan_wdf(struct planner *p, const struct inf_line *line);

#endif
