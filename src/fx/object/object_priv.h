/* SPDX-License-Identifier: MIT */
/* What the files of fx/object share. */
#ifndef OPENWDF_FX_OBJECT_OBJECT_PRIV_H
#define OPENWDF_FX_OBJECT_OBJECT_PRIV_H

#include "fx/object/object.h"

/* context.c */
void fx_contexts_run_cleanup(struct fx_object *object);
void fx_contexts_run_destroy(struct fx_object *object);
void fx_contexts_free(struct fx_object *object);

/* reference.c */
void fx_tags_free(struct fx_object *object);
void fx_tags_report(struct fx_object *object);

/* object.c: goes on with the object in a work item; its state says with what. */
void fx_object_defer(struct fx_object *object);

#endif
