/* SPDX-License-Identifier: MIT */
/*
 * References that drivers take, with their tags. While reference tracking is on, each one is
 * remembered with tag, file and line until it is given back: a leak report then says who.
 */
#include "fx/object/object.h"

#include "fx/core/lock.h"
#include "fx/object/object_priv.h"
#include "fx_imports.h"
#include "sys/memory.h"

/* File names come from __FILE__: the last part is enough for people. */
static const char *
base_name(const char *path)
{
    const char *name = path;

    for (; *path != '\0'; path++) {
        if (*path == '/' || *path == '\\') {
            name = path + 1;
        }
    }
    return name;
}

static void
remember(struct fx_object *object, const void *tag, int line, const char *file)
{
    struct fx_tag *entry = sys_alloc_zeroed(sizeof(*entry));

    if (entry == NULL) {
        return; /* Tracking is a help, not a promise. */
    }
    entry->tag = tag;
    entry->line = line;
    entry->file = file == NULL ? "" : base_name(file);
    fx_lock(&object->lock);
    entry->next = object->tags;
    object->tags = entry;
    object->flags |= FX_OBJECT_MORE;
    fx_unlock(&object->lock);
}

/* Returns false when no reference with this tag is held. */
static bool
forget(struct fx_object *object, const void *tag)
{
    struct fx_tag **place;
    struct fx_tag *entry;

    fx_lock(&object->lock);
    for (place = &object->tags; *place != NULL && (*place)->tag != tag; place = &(*place)->next) {
    }
    entry = *place;
    if (entry != NULL) {
        *place = entry->next;
    }
    fx_unlock(&object->lock);
    sys_free(entry);
    return entry != NULL;
}

VOID
imp_WdfObjectReferenceActual(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle, PVOID Tag,
                             LONG Line, PCCH File)
{
    struct fx_object *object = fx_handle_get(DriverGlobals, Handle, FX_TYPE_OBJECT);

    fx_object_ref(object);
    if ((fx_globals_of(DriverGlobals)->debug_flags & FX_DEBUG_TRACK_REFERENCES) != 0) {
        remember(object, Tag, Line, File);
    }
}

VOID
imp_WdfObjectDereferenceActual(PWDF_DRIVER_GLOBALS DriverGlobals, WDFOBJECT Handle, PVOID Tag,
                               LONG Line, PCCH File)
{
    struct fx_globals *globals = fx_globals_of(DriverGlobals);
    struct fx_object *object = fx_handle_get(DriverGlobals, Handle, FX_TYPE_OBJECT);

    if ((globals->debug_flags & FX_DEBUG_TRACK_REFERENCES) != 0 && !forget(object, Tag)) {
        fx_log(globals, "%s:%d gives back a reference to %s %p with tag %p, which nobody took",
               File == NULL ? "" : base_name(File), Line, fx_type_name(object->type), Handle, Tag);
    }
    fx_object_unref(object);
}

void
fx_tags_free(struct fx_object *object)
{
    while (object->tags != NULL) {
        struct fx_tag *entry = object->tags;

        object->tags = entry->next;
        sys_free(entry);
    }
}

/* Tags are often four characters in an integer; shows those that look like it. */
static const char *
tag_text(const void *tag, char text[8])
{
    uintptr_t value = (uintptr_t)tag;
    unsigned i;

    for (i = 0; i < 4; i++) {
        char c = (char)(value >> (8 * i));

        if (c < ' ' || c > '~') {
            return "";
        }
        text[i] = c;
    }
    text[i] = '\0';
    return value >> 32 == 0 ? text : "";
}

void
fx_tags_report(struct fx_object *object)
{
    struct fx_tag *entry;
    char text[8];

    for (entry = object->tags; entry != NULL; entry = entry->next) {
        fx_log(object->globals, "    reference with tag %p %s taken at %s:%d", entry->tag,
               tag_text(entry->tag, text), entry->file, entry->line);
    }
}
