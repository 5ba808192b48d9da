/* SPDX-License-Identifier: MIT */
/* Keys: finding them by path, through symbolic links; making, deleting, naming, listing them. */
#include "registry/reg_priv.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/utf16.h"
#include "sys/clock.h"
#include "sys/memory.h"

#define LINKS_MAX   32u   /* Followed in one path. */
#define CHANGES_MAX 1000u /* Kept for watches that have not looked yet. */

/* ---- Inside a transaction ---- */

int
reg_key_get_locked(struct reg_store *store, reg_key key, reg_key *ret_parent, unsigned *ret_flags)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_KEY_GET);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, key);
    result = reg_step(store, statement);
    if (result > 0) {
        *ret_parent = sqlite3_column_int64(statement, 0);
        *ret_flags = (unsigned)sqlite3_column_int(statement, 1);
    }
    (void)sqlite3_reset(statement);
    return result > 0 ? 0 : result == 0 ? -ESTALE : result;
}

int
reg_changed_locked(struct reg_store *store, reg_key key, unsigned kind)
{
    int64_t now = (int64_t)sys_wallclock_100ns();
    int result = reg_run(store, REG_KEY_TOUCH, key, now);

    store->changed = true;
    result = result != 0 ? result : reg_run(store, REG_CHANGE_ADD, key, kind);
    if (result == 0) {
        int64_t last = sqlite3_last_insert_rowid(store->db);

        if (last % 64 == 0 && last > CHANGES_MAX) {
            result = reg_run(store, REG_CHANGE_TRIM, last - CHANGES_MAX, 0);
        }
    }
    return result;
}

static int
find_child(struct reg_store *store, reg_key parent, const char *folded, reg_key *ret_key,
           unsigned *ret_flags)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_KEY_FIND);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, parent);
    (void)sqlite3_bind_text(statement, 2, folded, -1, SQLITE_STATIC);
    result = reg_step(store, statement);
    if (result > 0) {
        *ret_key = sqlite3_column_int64(statement, 0);
        *ret_flags = (unsigned)sqlite3_column_int(statement, 1);
    }
    (void)sqlite3_reset(statement);
    return result > 0 ? 0 : result == 0 ? -ENOENT : result;
}

static int
insert_child(struct reg_store *store, reg_key parent, const char *name, const char *folded,
             unsigned flags, const char *class_name, reg_key *ret_key)
{
    sqlite3_stmt *statement;
    reg_key unused;
    unsigned parent_flags;
    int result = reg_key_get_locked(store, parent, &unused, &parent_flags);

    if (result != 0) {
        return result;
    }
    if ((parent_flags & REG_VOLATILE) != 0 && (flags & REG_VOLATILE) == 0) {
        return -ENOTSUP;
    }
    statement = reg_prepare(store, REG_KEY_INSERT);
    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, parent);
    (void)sqlite3_bind_text(statement, 2, folded, -1, SQLITE_STATIC);
    (void)sqlite3_bind_text(statement, 3, name, -1, SQLITE_STATIC);
    if (class_name != NULL && class_name[0] != '\0') {
        (void)sqlite3_bind_text(statement, 4, class_name, -1, SQLITE_STATIC);
    }
    (void)sqlite3_bind_int64(statement, 5, flags & (REG_VOLATILE | REG_LINK_KEY));
    (void)sqlite3_bind_int64(statement, 6, (int64_t)sys_wallclock_100ns());
    result = reg_step(store, statement);
    (void)sqlite3_reset(statement);
    if (result < 0) {
        return result;
    }
    *ret_key = sqlite3_last_insert_rowid(store->db);
    return reg_changed_locked(store, parent, REG_CHANGE_NAME);
}

/* ---- Paths ---- */

/* A walk from a key along a path; links put their target before what is left of it. */
struct walk {
    struct reg_store *store;
    unsigned flags;
    const char *class_name;
    bool create;
    bool created;
    unsigned links;
    unsigned depth;
};

static int walk(struct walk *w, reg_key from, const char *path, bool last, reg_key *ret_key);

/* The key that a link leads to. */
static int
follow(struct walk *w, reg_key link, bool last, reg_key *ret_key)
{
    static const char prefix[] = "\\Registry";
    char *target = NULL;
    struct reg_value value;
    int result;

    if (++w->links > LINKS_MAX) {
        return -ELOOP;
    }
    result = reg_value_get(w->store, link, "SymbolicLinkValue", &value);
    if (result != 0) {
        return result;
    }
    if (value.type == REG_TYPE_LINK) {
        size_t count = value.size / 2;
        size_t size = utf16_to_utf8(NULL, 0, value.data, count);

        target = sys_alloc(size + 1);
        if (target != NULL) {
            (void)utf16_to_utf8(target, size, value.data, count);
            target[size] = '\0';
        }
    }
    reg_value_free(&value);
    if (target == NULL) {
        return -ENOENT;
    }
    if (strncasecmp(target, prefix, sizeof(prefix) - 1) == 0 &&
        (target[sizeof(prefix) - 1] == '\\' || target[sizeof(prefix) - 1] == '\0')) {
        const char *rest = target + sizeof(prefix) - 1;

        result = walk(w, REG_ROOT, rest + (*rest == '\\'), last, ret_key);
    } else {
        result = -ENOENT;
    }
    sys_free(target);
    return result;
}

/* One step: the child of that name, made if it is to be. */
static int
step(struct walk *w, reg_key from, const char *name, size_t length, bool last, reg_key *ret_key)
{
    unsigned flags = 0;
    char *folded;
    char *kept;
    int result = reg_names(name, length, REG_KEY_NAME_MAX, true, &kept, &folded);

    if (result != 0) {
        return result;
    }
    result = find_child(w->store, from, folded, ret_key, &flags);
    if (result == -ENOENT && w->create && (last || (w->flags & REG_CREATE_PATH) != 0)) {
        unsigned make = last ? w->flags : w->flags & ~REG_LINK_KEY;

        result =
            insert_child(w->store, from, kept, folded, make, last ? w->class_name : NULL, ret_key);
        w->created = last;
    } else if (result == 0 && last && w->create && (w->flags & REG_LINK_KEY) != 0) {
        result = -EEXIST;
    } else if (result == 0 && (flags & REG_LINK_KEY) != 0 &&
               !(last && (w->flags & REG_OPEN_LINK) != 0)) {
        reg_key link = *ret_key;

        /* A link to nothing is as good as nothing; what it leads to is never made. */
        result = follow(w, link, last, ret_key);
    }
    sys_free(kept);
    sys_free(folded);
    return result;
}

/* `last`: the end of `path` is the end of the caller's whole path. */
static int
walk(struct walk *w, reg_key from, const char *path, bool last, reg_key *ret_key)
{
    int result = 0;

    if (*path == '\0') {
        *ret_key = from;
        return 0;
    }
    for (;;) {
        size_t length = strcspn(path, "\\");
        bool at_end = path[length] == '\0' || (path[length] == '\\' && path[length + 1] == '\0');

        if (++w->depth > REG_DEPTH_MAX) {
            return -ENAMETOOLONG;
        }
        result = step(w, from, path, length, last && at_end, &from);
        if (result != 0 || at_end) {
            break;
        }
        path += length + 1;
    }
    if (result == 0) {
        *ret_key = from;
    }
    return result;
}

int
reg_key_open(struct reg_store *store, reg_key base, const char *path, unsigned flags,
             reg_key *ret_key)
{
    struct walk w = {.store = store, .flags = flags};
    reg_key key;
    reg_key parent;
    unsigned key_flags;
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    result = reg_key_get_locked(store, base, &parent, &key_flags);
    result = result != 0 ? result : walk(&w, base, path, true, &key);
    result = reg_leave(store, result);
    if (result == 0) {
        *ret_key = key;
    }
    return result;
}

int
reg_key_create(struct reg_store *store, reg_key base, const char *path, unsigned flags,
               const char *class_name, reg_key *ret_key, bool *ret_created)
{
    struct walk w = {.store = store, .flags = flags, .class_name = class_name, .create = true};
    reg_key key;
    reg_key parent;
    unsigned key_flags;
    int result = reg_enter(store, true);

    if (result != 0) {
        return result;
    }
    result = reg_key_get_locked(store, base, &parent, &key_flags);
    result = result != 0 ? result : walk(&w, base, path, true, &key);
    result = reg_leave(store, result);
    if (result == 0) {
        *ret_key = key;
        if (ret_created != NULL) {
            *ret_created = w.created;
        }
    }
    return result;
}

/* ---- Deleting ---- */

static int
first_child(struct reg_store *store, reg_key key, reg_key *ret_child)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_KEY_FIRST_CHILD);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, key);
    result = reg_step(store, statement);
    *ret_child = result > 0 ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_reset(statement);
    return result < 0 ? result : 0;
}

static int
delete_one(struct reg_store *store, reg_key key, reg_key parent)
{
    int result = reg_changed_locked(store, key, REG_CHANGE_DELETED);

    result = result != 0 ? result : reg_run(store, REG_VALUES_DELETE, key, 0);
    result = result != 0 ? result : reg_run(store, REG_KEY_DELETE, key, 0);
    return result != 0 ? result : reg_changed_locked(store, parent, REG_CHANGE_NAME);
}

/* The parent of a key that may be deleted or renamed. */
static int
check_movable(struct reg_store *store, reg_key key, reg_key *ret_parent)
{
    unsigned flags;
    int result = reg_key_get_locked(store, key, ret_parent, &flags);

    return result != 0 ? result : *ret_parent <= REG_ROOT ? -EPERM : 0;
}

int
reg_key_delete(struct reg_store *store, reg_key key)
{
    reg_key parent;
    reg_key child = 0;
    int result = reg_enter(store, true);

    if (result != 0) {
        return result;
    }
    result = check_movable(store, key, &parent);
    result = result != 0 ? result : first_child(store, key, &child);
    result = result != 0 ? result : child != 0 ? -ENOTEMPTY : delete_one(store, key, parent);
    return reg_leave(store, result);
}

/* Goes down to a key without children, deletes it, goes up: no recursion over a deep tree. */
int
reg_key_delete_tree(struct reg_store *store, reg_key key)
{
    reg_key at = key;
    reg_key parent;
    int result = reg_enter(store, true);

    if (result != 0) {
        return result;
    }
    result = check_movable(store, key, &parent);
    while (result == 0) {
        reg_key child;
        unsigned flags;

        result = first_child(store, at, &child);
        if (result == 0 && child != 0) {
            at = child;
            continue;
        }
        result = result != 0 ? result : reg_key_get_locked(store, at, &parent, &flags);
        result = result != 0 ? result : delete_one(store, at, parent);
        if (at == key) {
            break;
        }
        at = parent;
    }
    return reg_leave(store, result);
}

int
reg_key_rename(struct reg_store *store, reg_key key, const char *name)
{
    sqlite3_stmt *statement;
    unsigned flags;
    reg_key parent;
    reg_key other;
    char *folded;
    char *kept;
    int result = reg_names(name, strlen(name), REG_KEY_NAME_MAX, true, &kept, &folded);

    if (result != 0) {
        return result;
    }
    result = reg_enter(store, true);
    if (result == 0) {
        result = check_movable(store, key, &parent);
        if (result == 0) {
            int found = find_child(store, parent, folded, &other, &flags);

            result = found == 0 ? (other == key ? 0 : -EEXIST) : found == -ENOENT ? 0 : found;
        }
        statement = result == 0 ? reg_prepare(store, REG_KEY_RENAME) : NULL;
        if (statement != NULL) {
            (void)sqlite3_bind_int64(statement, 1, key);
            (void)sqlite3_bind_text(statement, 2, folded, -1, SQLITE_STATIC);
            (void)sqlite3_bind_text(statement, 3, kept, -1, SQLITE_STATIC);
            result = reg_step(store, statement);
            (void)sqlite3_reset(statement);
        } else if (result == 0) {
            result = -ENOMEM;
        }
        result = result != 0 ? result : reg_changed_locked(store, parent, REG_CHANGE_NAME);
        result = reg_leave(store, result);
    }
    sys_free(kept);
    sys_free(folded);
    return result;
}

/* ---- Asking ---- */

static uint32_t
units_of(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return text == NULL ? 0
                        : (uint32_t)utf8_to_utf16(NULL, 0, text,
                                                  (size_t)sqlite3_column_bytes(statement, column));
}

static void
raise_to(uint32_t *most, uint32_t value)
{
    *most = value > *most ? value : *most;
}

static int
count_subkeys(struct reg_store *store, reg_key key, struct reg_key_info *info)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_KEY_COUNT);
    int result = -ENOMEM;

    if (statement != NULL) {
        (void)sqlite3_bind_int64(statement, 1, key);
        while ((result = reg_step(store, statement)) > 0) {
            info->subkeys++;
            raise_to(&info->max_name, units_of(statement, 0));
            raise_to(&info->max_class, units_of(statement, 1));
        }
        (void)sqlite3_reset(statement);
    }
    return result;
}

static int
count_values(struct reg_store *store, reg_key key, struct reg_key_info *info)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_KEY_VALUE_COUNT);
    int result = -ENOMEM;

    if (statement != NULL) {
        (void)sqlite3_bind_int64(statement, 1, key);
        while ((result = reg_step(store, statement)) > 0) {
            info->values++;
            raise_to(&info->max_value_name, units_of(statement, 0));
            raise_to(&info->max_data, (uint32_t)sqlite3_column_int(statement, 1));
        }
        (void)sqlite3_reset(statement);
    }
    return result;
}

int
reg_key_query(struct reg_store *store, reg_key key, struct reg_key_info *ret_info)
{
    struct reg_key_info info = {.flags = 0};
    sqlite3_stmt *statement;
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    statement = reg_prepare(store, REG_KEY_GET);
    result = -ENOMEM;
    if (statement != NULL) {
        (void)sqlite3_bind_int64(statement, 1, key);
        result = reg_step(store, statement);
        if (result > 0) {
            info.flags = (unsigned)sqlite3_column_int(statement, 1);
            info.written_100ns = (uint64_t)sqlite3_column_int64(statement, 4);
        }
        (void)sqlite3_reset(statement);
        result = result > 0 ? 0 : result == 0 ? -ESTALE : result;
    }
    result = result != 0 ? result : count_subkeys(store, key, &info);
    result = result != 0 ? result : count_values(store, key, &info);
    result = reg_leave(store, result);
    if (result == 0) {
        *ret_info = info;
    }
    return result;
}

/* Name, class (NULL: not wanted) and parent of a key. */
static int
get_texts(struct reg_store *store, reg_key key, char **ret_name, char **ret_class,
          reg_key *ret_parent)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_KEY_GET);
    char *class_name = NULL;
    char *name = NULL;
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, key);
    result = reg_step(store, statement);
    if (result > 0) {
        *ret_parent = sqlite3_column_int64(statement, 0);
        name = reg_column_text(statement, 2);
        class_name = ret_class != NULL ? reg_column_text(statement, 3) : NULL;
        result = name == NULL || (ret_class != NULL && class_name == NULL) ? -ENOMEM : 0;
    } else if (result == 0) {
        result = -ESTALE;
    }
    (void)sqlite3_reset(statement);
    if (result != 0) {
        sys_free(name);
        sys_free(class_name);
        return result;
    }
    *ret_name = name;
    if (ret_class != NULL) {
        *ret_class = class_name;
    }
    return 0;
}

int
reg_key_name(struct reg_store *store, reg_key key, char **ret_name, char **ret_class)
{
    reg_key parent;
    int result = reg_enter(store, false);

    return result != 0 ? result
                       : reg_leave(store, get_texts(store, key, ret_name, ret_class, &parent));
}

/* Puts "\name" before the path. */
static int
prepend(char **path, const char *name)
{
    size_t old = *path == NULL ? 0 : strlen(*path);
    size_t length = strlen(name);
    char *longer = sys_alloc(old + length + 2);

    if (longer == NULL) {
        return -ENOMEM;
    }
    longer[0] = '\\';
    memcpy(longer + 1, name, length);
    if (old != 0) {
        memcpy(longer + 1 + length, *path, old);
    }
    longer[1 + length + old] = '\0';
    sys_free(*path);
    *path = longer;
    return 0;
}

int
reg_key_path(struct reg_store *store, reg_key key, char **ret_path)
{
    char *path = NULL;
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    while (result == 0 && key != 0) {
        char *name;

        result = get_texts(store, key, &name, NULL, &key);
        if (result == 0) {
            result = prepend(&path, name);
            sys_free(name);
        }
    }
    result = reg_leave(store, result);
    if (result != 0) {
        sys_free(path);
        return result;
    }
    *ret_path = path;
    return 0;
}

int
reg_key_at(struct reg_store *store, reg_key key, uint32_t index, reg_key *ret_subkey)
{
    sqlite3_stmt *statement;
    reg_key parent;
    unsigned flags;
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    result = reg_key_get_locked(store, key, &parent, &flags);
    statement = result == 0 ? reg_prepare(store, REG_KEY_AT) : NULL;
    if (statement != NULL) {
        (void)sqlite3_bind_int64(statement, 1, key);
        (void)sqlite3_bind_int64(statement, 2, index);
        result = reg_step(store, statement);
        if (result > 0) {
            *ret_subkey = sqlite3_column_int64(statement, 0);
        }
        result = result > 0 ? 0 : result == 0 ? -ENOENT : result;
        (void)sqlite3_reset(statement);
    } else if (result == 0) {
        result = -ENOMEM;
    }
    return reg_leave(store, result);
}

int
reg_key_set_written(struct reg_store *store, reg_key key, uint64_t written_100ns)
{
    reg_key parent;
    unsigned flags;
    int result = reg_enter(store, true);

    if (result != 0) {
        return result;
    }
    result = reg_key_get_locked(store, key, &parent, &flags);
    result = result != 0 ? result : reg_run(store, REG_KEY_TOUCH, key, (int64_t)written_100ns);
    return reg_leave(store, result);
}
