/* SPDX-License-Identifier: MIT */
/* The parts of the registry among themselves. */
#ifndef OPENWDF_REGISTRY_REG_PRIV_H
#define OPENWDF_REGISTRY_REG_PRIV_H

#include <sqlite3.h>

#include "base/list.h"
#include "registry/registry.h"
#include "sys/lock.h"

struct sys_thread;

/* Every statement we use, prepared once at its first use. The text is in store.c. */
enum reg_statement {
    REG_BEGIN_READ,
    REG_BEGIN_WRITE,
    REG_COMMIT,
    REG_ROLLBACK,
    REG_KEY_FIND,
    REG_KEY_GET,
    REG_KEY_INSERT,
    REG_KEY_DELETE,
    REG_KEY_RENAME,
    REG_KEY_TOUCH,
    REG_KEY_AT,
    REG_KEY_FIRST_CHILD,
    REG_KEY_COUNT,
    REG_KEY_VALUE_COUNT,
    REG_VALUE_GET,
    REG_VALUE_AT,
    REG_VALUE_UPDATE,
    REG_VALUE_INSERT,
    REG_VALUE_DELETE,
    REG_VALUES_DELETE,
    REG_CHANGE_ADD,
    REG_CHANGE_TRIM,
    REG_CHANGE_NEXT,
    REG_CHANGE_FIRST,
    REG_CHANGE_LAST,
    REG_IS_BELOW,
    REG_VOLATILE_FIRST,
    REG_META_GET,
    REG_META_SET,
    REG_STATEMENT_COUNT,
};

struct reg_store {
    struct sys_lock lock; /* One call, or one transaction, at a time. Held over disk accesses. */
    uint64_t owner;       /* The thread that holds `lock`, 0: none. Atomic. */
    unsigned depth;       /* Transactions of the owner, one in another. */
    int failed;           /* Why the owner's transaction cannot be committed any more. */
    bool writes;          /* The transaction is one that writes. */
    bool changed;         /* It has added to the journal of changes. */
    sqlite3 *db;
    sqlite3_stmt *statements[REG_STATEMENT_COUNT];
    int notify_fd; /* Written to in each transaction, for other processes' watches; -1: in memory. */
    char *notify_path;

    struct sys_lock watch_lock; /* Guards what follows; taken before `lock`. */
    struct list watches;
    uint32_t watch_count; /* Atomic: read without the lock. */
    int64_t seen;         /* The last change that the watches were told of. */
    struct sys_thread *watcher;
    int watcher_fd;
    int stop_fd;
};

/*
 * Begins a call: takes the store and starts a transaction, unless the thread is in one. leave()
 * ends it: commits when `error` is 0. It returns `error` or what the commit ran into.
 */
int reg_enter(struct reg_store *store, bool writes);
int reg_leave(struct reg_store *store, int error);

/* The prepared statement, reset and without bindings; NULL: there is no memory. */
sqlite3_stmt *reg_prepare(struct reg_store *store, enum reg_statement which);

/* Steps once: 1 a row, 0 done, or a negative errno. */
int reg_step(struct reg_store *store, sqlite3_stmt *statement);

/* Binds the numbers a and b as parameters 1 and 2, then steps and resets. 0 or a negative errno. */
int reg_run(struct reg_store *store, enum reg_statement which, int64_t a, int64_t b);

/* Copies a text column. NULL: no memory. A NULL column is "". */
char *reg_column_text(sqlite3_stmt *statement, int column);

/* The name checked, as it is kept, and as it is looked for. Free both with sys_free. */
int reg_names(const char *name, size_t length, uint32_t units_max, bool key, char **ret_name,
              char **ret_folded);

/* Inside reg_enter: whether the key exists; its parent and flags. */
int reg_key_get_locked(struct reg_store *store, reg_key key, reg_key *ret_parent,
                       unsigned *ret_flags);

/* Inside reg_enter(…, true): the key's last write is now, and `kind` of change happened to it. */
int reg_changed_locked(struct reg_store *store, reg_key key, unsigned kind);

/* After a transaction that changed something, without the lock. */
void reg_watch_tell(struct reg_store *store);
void reg_watch_stop(struct reg_store *store);

#endif
