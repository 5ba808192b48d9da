/* SPDX-License-Identifier: MIT */
/*
 * The store under the registry: one SQLite database, in a file (with a write-ahead log, synchronous)
 * or in memory. One connection a store, used by one thread at a time: SQLite's own locks are off.
 *
 * The tables: `key` is the tree, `value` what hangs on it, `change` the last changes (watch.c).
 */
#include "registry/reg_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic.h"
#include "base/log.h"
#include "base/utf16.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/memory.h"
#include "sys/thread.h"

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x4f574446 /* "OWDF" */

static const char schema[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE key(id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER NOT NULL,"
    " folded TEXT NOT NULL, name TEXT NOT NULL, class TEXT, flags INTEGER NOT NULL,"
    " written INTEGER NOT NULL, UNIQUE(parent, folded));"
    "CREATE TABLE value(id INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL,"
    " folded TEXT NOT NULL, name TEXT NOT NULL, type INTEGER NOT NULL, data BLOB NOT NULL,"
    " UNIQUE(key, folded));"
    "CREATE TABLE change(seq INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL,"
    " kind INTEGER NOT NULL);"
    "INSERT INTO key VALUES(1, 0, 'REGISTRY', 'Registry', NULL, 0, 0);";

/* Children of a link are its target's: none hang on the link itself, so no query follows links. */
static const char *const statements[REG_STATEMENT_COUNT] = {
    [REG_BEGIN_READ] = "BEGIN",
    [REG_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [REG_COMMIT] = "COMMIT",
    [REG_ROLLBACK] = "ROLLBACK",
    [REG_KEY_FIND] = "SELECT id, flags FROM key WHERE parent = ?1 AND folded = ?2",
    [REG_KEY_GET] = "SELECT parent, flags, name, class, written FROM key WHERE id = ?1",
    [REG_KEY_INSERT] = "INSERT INTO key(parent, folded, name, class, flags, written)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [REG_KEY_DELETE] = "DELETE FROM key WHERE id = ?1",
    [REG_KEY_RENAME] = "UPDATE key SET folded = ?2, name = ?3 WHERE id = ?1",
    [REG_KEY_TOUCH] = "UPDATE key SET written = ?2 WHERE id = ?1",
    [REG_KEY_AT] = "SELECT id FROM key WHERE parent = ?1 ORDER BY folded LIMIT 1 OFFSET ?2",
    [REG_KEY_FIRST_CHILD] = "SELECT id FROM key WHERE parent = ?1 LIMIT 1",
    [REG_KEY_COUNT] = "SELECT name, class FROM key WHERE parent = ?1",
    [REG_KEY_VALUE_COUNT] = "SELECT name, length(data) FROM value WHERE key = ?1",
    [REG_VALUE_GET] = "SELECT type, data, name FROM value WHERE key = ?1 AND folded = ?2",
    [REG_VALUE_AT] = "SELECT type, data, name FROM value WHERE key = ?1 ORDER BY id"
                     " LIMIT 1 OFFSET ?2",
    [REG_VALUE_UPDATE] = "UPDATE value SET type = ?3, data = ?4 WHERE key = ?1 AND folded = ?2",
    [REG_VALUE_INSERT] = "INSERT INTO value(key, folded, type, data, name)"
                         " VALUES(?1, ?2, ?3, ?4, ?5)",
    [REG_VALUE_DELETE] = "DELETE FROM value WHERE key = ?1 AND folded = ?2",
    [REG_VALUES_DELETE] = "DELETE FROM value WHERE key = ?1",
    [REG_CHANGE_ADD] = "INSERT INTO change(key, kind) VALUES(?1, ?2)",
    [REG_CHANGE_TRIM] = "DELETE FROM change WHERE seq <= ?1",
    [REG_CHANGE_NEXT] = "SELECT seq, key, kind FROM change WHERE seq > ?1 ORDER BY seq LIMIT 1",
    [REG_CHANGE_FIRST] = "SELECT min(seq) FROM change",
    [REG_CHANGE_LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'change'",
    [REG_IS_BELOW] = "WITH RECURSIVE up(id) AS (SELECT ?1 UNION ALL SELECT key.parent FROM key"
                     " JOIN up ON key.id = up.id WHERE up.id <> ?2)"
                     " SELECT 1 FROM up WHERE id = ?2",
    [REG_VOLATILE_FIRST] = "SELECT id FROM key WHERE (flags & ?1) <> 0 ORDER BY id DESC LIMIT 1",
    [REG_META_GET] = "SELECT value FROM meta WHERE name = ?1",
    [REG_META_SET] = "INSERT OR REPLACE INTO meta VALUES(?1, ?2)",
};

/* Keys that every system has. Those below HARDWARE are volatile. */
static const struct {
    const char *path;
    unsigned flags;
    const char *link; /* The target of a symbolic link. */
} first_keys[] = {
    {"Machine\\SYSTEM\\ControlSet001\\Control\\Class", 0, NULL},
    {"Machine\\SYSTEM\\ControlSet001\\Control\\DeviceClasses", 0, NULL},
    {"Machine\\SYSTEM\\ControlSet001\\Enum\\ROOT", 0, NULL},
    {"Machine\\SYSTEM\\ControlSet001\\Hardware Profiles\\0001", 0, NULL},
    {"Machine\\SYSTEM\\ControlSet001\\Services", 0, NULL},
    {"Machine\\SYSTEM\\CurrentControlSet", REG_LINK_KEY,
     "\\Registry\\Machine\\SYSTEM\\ControlSet001"},
    {"Machine\\SYSTEM\\ControlSet001\\Hardware Profiles\\Current", REG_LINK_KEY,
     "\\Registry\\Machine\\SYSTEM\\ControlSet001\\Hardware Profiles\\0001"},
    {"Machine\\SYSTEM\\DriverDatabase", 0, NULL},
    {"Machine\\SOFTWARE\\Classes", 0, NULL},
    {"Machine\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\WUDF\\Services", 0, NULL},
    {"User\\.DEFAULT\\Software", 0, NULL},
    {"User\\.DEFAULT\\Environment", 0, NULL},
};

/* ---- Errors ---- */

static int
error_of(struct reg_store *store, int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return -EACCES;
    case SQLITE_CANTOPEN:
        return -ENOENT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return -EUCLEAN;
    case SQLITE_CONSTRAINT:
        return -EEXIST;
    default:
        base_log(BASE_LOG_ERROR, "registry", "the store: %s",
                 store->db != NULL ? sqlite3_errmsg(store->db) : sqlite3_errstr(code));
        return -EIO;
    }
}

/* ---- Statements ---- */

sqlite3_stmt *
reg_prepare(struct reg_store *store, enum reg_statement which)
{
    sqlite3_stmt **statement = &store->statements[which];

    if (*statement == NULL) {
        int code = sqlite3_prepare_v3(store->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
                                      statement, NULL);

        if (code != SQLITE_OK) {
            base_log(BASE_LOG_ERROR, "registry", "the store: %s", sqlite3_errmsg(store->db));
            return NULL;
        }
    }
    (void)sqlite3_reset(*statement);
    (void)sqlite3_clear_bindings(*statement);
    return *statement;
}

int
reg_step(struct reg_store *store, sqlite3_stmt *statement)
{
    int code = statement == NULL ? SQLITE_NOMEM : sqlite3_step(statement);

    return code == SQLITE_ROW ? 1 : error_of(store, code);
}

int
reg_run(struct reg_store *store, enum reg_statement which, int64_t a, int64_t b)
{
    sqlite3_stmt *statement = reg_prepare(store, which);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, a);
    (void)sqlite3_bind_int64(statement, 2, b);
    result = reg_step(store, statement);
    (void)sqlite3_reset(statement);
    return result > 0 ? 0 : result;
}

char *
reg_column_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    size_t length = (size_t)sqlite3_column_bytes(statement, column);
    char *copy = sys_alloc(length + 1);

    if (copy != NULL) {
        if (length != 0) {
            memcpy(copy, text, length);
        }
        copy[length] = '\0';
    }
    return copy;
}

/* ---- Names ---- */

int
reg_names(const char *name, size_t length, uint32_t units_max, bool key, char **ret_name,
          char **ret_folded)
{
    size_t count = utf8_to_utf16(NULL, 0, name, length);
    uint16_t *units;
    char *texts[2];
    int result = 0;
    size_t i;
    int n;

    if (count > units_max) {
        return -ENAMETOOLONG;
    }
    if (key && (count == 0 || memchr(name, '\\', length) != NULL)) {
        return -EINVAL;
    }
    units = sys_alloc((count + 1) * sizeof(units[0]));
    if (units == NULL) {
        return -ENOMEM;
    }
    (void)utf8_to_utf16(units, count, name, length);
    for (n = 0; n < 2; n++) {
        size_t size = utf16_to_utf8(NULL, 0, units, count);

        texts[n] = sys_alloc(size + 1);
        if (texts[n] == NULL) {
            result = -ENOMEM;
        } else {
            (void)utf16_to_utf8(texts[n], size, units, count);
            texts[n][size] = '\0';
        }
        for (i = 0; i < count; i++) {
            units[i] = utf16_upcase(units[i]);
        }
    }
    sys_free(units);
    if (result != 0) {
        sys_free(texts[0]);
        sys_free(texts[1]);
        return result;
    }
    *ret_name = texts[0];
    *ret_folded = texts[1];
    return 0;
}

/* ---- Transactions ---- */

static int
end_transaction(struct reg_store *store, int error)
{
    /* What watches in other processes look at before the change can be seen: see watch.c. */
    if (error == 0 && store->changed && store->notify_fd >= 0 &&
        pwrite(store->notify_fd, "", 1, 0) != 1) {
        base_log(BASE_LOG_WARN, "registry", "other processes do not hear of a change: %s",
                 strerror(errno));
    }
    if (error == 0) {
        error = reg_run(store, REG_COMMIT, 0, 0);
    }
    if (error != 0 && sqlite3_get_autocommit(store->db) == 0) {
        (void)reg_run(store, REG_ROLLBACK, 0, 0);
    }
    return error;
}

int
reg_enter(struct reg_store *store, bool writes)
{
    uint64_t self = sys_thread_id(sys_thread_self());
    int error;

    if (atomic_load_u64(&store->owner) == self) {
        /* A transaction that began to read cannot turn into one that writes: others may have. */
        if (writes && !store->writes) {
            return -EBUSY;
        }
        store->depth++;
        return 0;
    }
    sys_lock_acquire(&store->lock);
    error = reg_run(store, writes ? REG_BEGIN_WRITE : REG_BEGIN_READ, 0, 0);
    if (error != 0) {
        sys_lock_release(&store->lock);
        return error;
    }
    atomic_store_u64(&store->owner, self);
    store->depth = 1;
    store->failed = 0;
    store->writes = writes;
    store->changed = false;
    return 0;
}

/* Whether the statement that failed may have left a part of the call's work behind. */
static bool
is_fatal(int error)
{
    return error == -ENOMEM || error == -ENOSPC || error == -EIO || error == -EUCLEAN ||
           error == -EBUSY;
}

int
reg_leave(struct reg_store *store, int error)
{
    bool changed;

    if (store->depth > 1) {
        store->depth--;
        if (store->failed == 0 && is_fatal(error)) {
            store->failed = error;
        }
        return error;
    }
    if (error == 0) {
        error = store->failed;
    }
    error = end_transaction(store, error);
    changed = error == 0 && store->changed;
    store->depth = 0;
    atomic_store_u64(&store->owner, 0);
    sys_lock_release(&store->lock);
    if (changed) {
        reg_watch_tell(store);
    }
    return error;
}

int
reg_begin(struct reg_store *store)
{
    return reg_enter(store, true);
}

int
reg_commit(struct reg_store *store)
{
    return reg_leave(store, 0);
}

void
reg_rollback(struct reg_store *store)
{
    if (store->depth > 1) {
        store->failed = store->failed != 0 ? store->failed : -ECANCELED;
        (void)reg_leave(store, 0);
    } else {
        (void)reg_leave(store, -ECANCELED);
    }
}

/* ---- Open and close ---- */

static int
exec(struct reg_store *store, const char *sql)
{
    return error_of(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
}

static int
pragma_number(struct reg_store *store, const char *sql, int *ret_value)
{
    sqlite3_stmt *statement;
    int result = error_of(store, sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL));

    if (result == 0) {
        result = reg_step(store, statement);
        *ret_value = result > 0 ? sqlite3_column_int(statement, 0) : 0;
        (void)sqlite3_finalize(statement);
    }
    return result < 0 ? result : 0;
}

static int
make_first_keys(struct reg_store *store)
{
    char name[64];
    char path[80];
    reg_key key;
    size_t i;
    int result = 0;

    for (i = 0; result == 0 && i < sizeof(first_keys) / sizeof(first_keys[0]); i++) {
        uint16_t target[128];
        size_t units;

        result = reg_key_create(store, REG_ROOT, first_keys[i].path,
                                first_keys[i].flags | REG_CREATE_PATH, NULL, &key, NULL);
        if (result == 0 && first_keys[i].link != NULL) {
            units = utf8_to_utf16(target, sizeof(target) / sizeof(target[0]), first_keys[i].link,
                                  strlen(first_keys[i].link));
            result = reg_value_set(store, key, "SymbolicLinkValue", REG_TYPE_LINK, target,
                                   units * sizeof(target[0]));
        }
    }
    result = result != 0 ? result : reg_user_name(name, sizeof(name));
    if (result == 0) {
        (void)snprintf(path, sizeof(path), "User\\%s\\Software", name);
        result = reg_key_create(store, REG_ROOT, path, REG_CREATE_PATH, NULL, &key, NULL);
    }
    return result;
}

/* Makes the tables in a new store; checks an old one. */
static int
set_up(struct reg_store *store)
{
    char text[128];
    int version = 0;
    int id = 0;
    int result = reg_begin(store);

    if (result != 0) {
        return result;
    }
    result = pragma_number(store, "PRAGMA user_version", &version);
    result = result != 0 ? result : pragma_number(store, "PRAGMA application_id", &id);
    if (result == 0 && version == 0 && id == 0) {
        result = exec(store, schema);
        (void)snprintf(text, sizeof(text), "PRAGMA user_version = %d; PRAGMA application_id = %d",
                       SCHEMA_VERSION, APPLICATION_ID);
        result = result != 0 ? result : exec(store, text);
        result = result != 0 ? result : make_first_keys(store);
    } else if (result == 0 && (version != SCHEMA_VERSION || id != APPLICATION_ID)) {
        base_log(BASE_LOG_ERROR, "registry",
                 "the store is of version %d (application 0x%x), this program knows %d", version,
                 (unsigned)id, SCHEMA_VERSION);
        result = -EUCLEAN;
    }
    if (result != 0) {
        reg_rollback(store);
        return result;
    }
    return reg_commit(store);
}

static int
delete_volatile_locked(struct reg_store *store)
{
    for (;;) {
        sqlite3_stmt *statement = reg_prepare(store, REG_VOLATILE_FIRST);
        reg_key key = 0;
        int result;

        if (statement == NULL) {
            return -ENOMEM;
        }
        (void)sqlite3_bind_int64(statement, 1, REG_VOLATILE);
        result = reg_step(store, statement);
        key = result > 0 ? sqlite3_column_int64(statement, 0) : 0;
        (void)sqlite3_reset(statement);
        if (result <= 0) {
            return result;
        }
        result = reg_key_delete_tree(store, key);
        if (result != 0) {
            return result;
        }
    }
}

int
reg_forget_volatile(struct reg_store *store)
{
    int result = reg_begin(store);

    return result != 0 ? result : reg_leave(store, delete_volatile_locked(store));
}

/* When the machine was started since the last time: what was volatile is gone. */
static int
check_boot(struct reg_store *store)
{
    sqlite3_stmt *statement;
    char boot[SYS_BOOT_ID_SIZE];
    bool same = false;
    int result = sys_boot_id(boot);

    result = result != 0 ? result : reg_begin(store);
    if (result != 0) {
        return result;
    }
    statement = reg_prepare(store, REG_META_GET);
    result = statement == NULL ? -ENOMEM : 0;
    if (result == 0) {
        (void)sqlite3_bind_text(statement, 1, "boot", -1, SQLITE_STATIC);
        result = reg_step(store, statement);
        same = result > 0 && strcmp((const char *)sqlite3_column_text(statement, 0), boot) == 0;
        (void)sqlite3_reset(statement);
        result = result > 0 ? 0 : result;
    }
    if (result == 0 && !same) {
        result = delete_volatile_locked(store);
        statement = result == 0 ? reg_prepare(store, REG_META_SET) : NULL;
        if (statement != NULL) {
            (void)sqlite3_bind_text(statement, 1, "boot", -1, SQLITE_STATIC);
            (void)sqlite3_bind_text(statement, 2, boot, -1, SQLITE_TRANSIENT);
            result = reg_step(store, statement);
            (void)sqlite3_reset(statement);
        }
    }
    return reg_leave(store, result);
}

static int
open_database(const char *path, struct reg_store **ret_store)
{
    struct reg_store *store = sys_alloc_zeroed(sizeof(*store));
    int code;

    if (store == NULL) {
        return -ENOMEM;
    }
    list_init(&store->watches);
    store->notify_fd = store->watcher_fd = store->stop_fd = -1;
    code = sqlite3_open_v2(path, &store->db,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        int error = error_of(store, code);

        reg_close(store);
        return error;
    }
    (void)sqlite3_busy_timeout(store->db, REG_BUSY_TIMEOUT_MS);
    *ret_store = store;
    return 0;
}

int
reg_open_memory(struct reg_store **ret_store)
{
    struct reg_store *store = NULL;
    int result = open_database(":memory:", &store);

    if (result != 0) {
        return result;
    }
    /* Rolled back transactions need the journal, but not on a disk. */
    result = exec(store, "PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY");
    result = result != 0 ? result : set_up(store);
    if (result != 0) {
        reg_close(store);
        return result;
    }
    *ret_store = store;
    return 0;
}

/* The folder of a file, made with the folders above it; for the user alone. */
static int
make_folder(const char *path)
{
    char folder[REG_PATH_SIZE];
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path) {
        return 0;
    }
    if ((size_t)(slash - path) >= sizeof(folder)) {
        return -ENAMETOOLONG;
    }
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    return sys_folder_make(folder);
}

/* Makes the file before SQLite does, which would let others read it. */
static int
make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0) {
        return -errno;
    }
    (void)close(fd);
    return 0;
}

int
reg_open(const char *path, struct reg_store **ret_store)
{
    struct reg_store *store = NULL;
    size_t size = strlen(path) + sizeof("-notify");
    int result = make_folder(path);

    result = result != 0 ? result : make_file(path);
    result = result != 0 ? result : open_database(path, &store);
    if (result != 0) {
        return result;
    }
    store->notify_path = sys_alloc(size);
    result = store->notify_path == NULL ? -ENOMEM : 0;
    if (result == 0) {
        (void)snprintf(store->notify_path, size, "%s-notify", path);
        store->notify_fd = open(store->notify_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        result = store->notify_fd < 0 ? -errno : 0;
    }
    result =
        result != 0 ? result : exec(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    result = result != 0 ? result : set_up(store);
    result = result != 0 ? result : check_boot(store);
    if (result != 0) {
        reg_close(store);
        return result;
    }
    *ret_store = store;
    return 0;
}

int
reg_open_default(struct reg_store **ret_store)
{
    char folder[REG_PATH_SIZE];
    char path[REG_PATH_SIZE + 16];
    int result = reg_state_dir(folder, sizeof(folder));

    if (result != 0) {
        return result;
    }
    (void)snprintf(path, sizeof(path), "%s/registry.db", folder);
    return reg_open(path, ret_store);
}

int
reg_flush(struct reg_store *store)
{
    int result = 0;

    if (store->notify_fd < 0 ||
        atomic_load_u64(&store->owner) == sys_thread_id(sys_thread_self())) {
        return 0;
    }
    sys_lock_acquire(&store->lock);
    result = exec(store, "PRAGMA wal_checkpoint(PASSIVE)");
    sys_lock_release(&store->lock);
    return result;
}

void
reg_close(struct reg_store *store)
{
    size_t i;

    if (store == NULL) {
        return;
    }
    reg_watch_stop(store);
    for (i = 0; i < REG_STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->statements[i]);
    }
    (void)sqlite3_close(store->db);
    sys_fd_close(&store->notify_fd);
    sys_free(store->notify_path);
    sys_free(store);
}
