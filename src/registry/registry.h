/* SPDX-License-Identifier: MIT */
/*
 * The registry: a tree of keys with values, one store for a user or a system, or one in memory for
 * a test. A leaf library; it knows nothing of handles and access rights, which are nt's.
 *
 * - Texts are UTF-8; names are found whatever their case and keep the case they were made with.
 *   A path is names with single backslashes between them. The root key is \Registry; below it are
 *   Machine and User.
 * - A value's data are bytes, laid out as on Windows: strings are UTF-16 with their zero.
 * - Each function that changes something is one transaction, or part of the caller's (reg_begin).
 *   A process that dies at any instant leaves the store as it was before or after it. Several
 *   processes may use one store; the store waits for another one's transaction at most
 *   REG_BUSY_TIMEOUT_MS.
 * - Volatile keys live until the machine starts anew.
 * - A key that is a symbolic link has its target in the value SymbolicLinkValue (REG_LINK).
 *
 * Errors are negative errno values: -ENOENT no such key or value, -ESTALE the key was deleted,
 * -EINVAL a bad name, -ENAMETOOLONG, -ELOOP links without end, -EBUSY another process does not
 * finish, -ENOSPC, -EIO, -ENOMEM; -EUCLEAN the file is damaged or no store. Any thread may call;
 * calls on one store take turns.
 */
#ifndef OPENWDF_REGISTRY_REGISTRY_H
#define OPENWDF_REGISTRY_REGISTRY_H

#include <errno.h> /* What the functions below return, negated. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REG_KEY_NAME_MAX    255u        /* UTF-16 units. */
#define REG_VALUE_NAME_MAX  16383u      /* UTF-16 units. */
#define REG_DATA_MAX        (16u << 20) /* Bytes of one value. */
#define REG_DEPTH_MAX       512u        /* Keys in a path. */
#define REG_PATH_SIZE       4096u       /* Bytes of a path as text, with its zero. */
#define REG_BUSY_TIMEOUT_MS 10000

/* The types of values, numbered as on Windows. */
enum reg_type {
    REG_TYPE_NONE = 0,
    REG_TYPE_SZ = 1,
    REG_TYPE_EXPAND_SZ = 2,
    REG_TYPE_BINARY = 3,
    REG_TYPE_DWORD = 4,
    REG_TYPE_DWORD_BIG_ENDIAN = 5,
    REG_TYPE_LINK = 6,
    REG_TYPE_MULTI_SZ = 7,
    REG_TYPE_QWORD = 11,
};

struct reg_store;

/* A key, for as long as it is not deleted. Numbers are never used twice. */
typedef int64_t reg_key;

#define REG_ROOT ((reg_key)1) /* \Registry */

/* Stores ------------------------------------------------------------------------------------- */

/* A store of this process alone. It has the same first keys as a new one on disk. */
int reg_open_memory(struct reg_store **ret_store);

/* Opens the store in the file `path`, made when it is missing, its folder too. */
int reg_open(const char *path, struct reg_store **ret_store);

/* NULL is allowed. Watches must be removed before. */
void reg_close(struct reg_store *store);

/* What is written is on the medium when it returns. */
int reg_flush(struct reg_store *store);

/* Deletes the volatile keys, as the machine's next start does. */
int reg_forget_volatile(struct reg_store *store);

/*
 * The folder for what outlives a login: $OPENWDF_STATE_DIR; else `state` in $OPENWDF_RUNTIME_DIR,
 * so that a private runtime folder keeps everything private; else /var/lib/openwdf for root and
 * $XDG_STATE_HOME/openwdf (~/.local/state/openwdf) for others. -ENAMETOOLONG, -ENOENT (no HOME).
 */
int reg_state_dir(char *path, size_t size);

/* Opens `registry.db` in the state folder. */
int reg_open_default(struct reg_store **ret_store);

/*
 * All calls of this thread until reg_commit or reg_rollback are one transaction; other threads and
 * processes wait with their own changes. May be nested: only the outermost counts. When a call in
 * between failed for want of space or memory, reg_commit rolls back and returns its error.
 */
int reg_begin(struct reg_store *store);
int reg_commit(struct reg_store *store);
void reg_rollback(struct reg_store *store);

/* Keys --------------------------------------------------------------------------------------- */

#define REG_OPEN_LINK   1u /* The last key itself, though it is a link. */
#define REG_CREATE_PATH 2u /* reg_key_create makes missing keys on the way too. */
#define REG_VOLATILE    4u
#define REG_LINK_KEY    8u /* reg_key_create makes a link; its target is set later. */

/* "" is `base` itself. */
int reg_key_open(struct reg_store *store, reg_key base, const char *path, unsigned flags,
                 reg_key *ret_key);

/*
 * Opens the key or makes it. -ENOTSUP: a key that is not volatile below one that is. -EEXIST: with
 * REG_LINK_KEY, there is such a key.
 */
int reg_key_create(struct reg_store *store, reg_key base, const char *path, unsigned flags,
                   const char *class_name, reg_key *ret_key, bool *ret_created);

/* -ENOTEMPTY: it has subkeys. -EPERM: the root and the keys right below it. */
int reg_key_delete(struct reg_store *store, reg_key key);

/* With all below it. */
int reg_key_delete_tree(struct reg_store *store, reg_key key);

/* -EEXIST, -EPERM. */
int reg_key_rename(struct reg_store *store, reg_key key, const char *name);

struct reg_key_info {
    uint64_t written_100ns; /* Since 1601. */
    unsigned flags;         /* REG_VOLATILE, REG_LINK_KEY */
    uint32_t subkeys;
    uint32_t values;
    uint32_t max_name;       /* Longest subkey's name, in UTF-16 units. */
    uint32_t max_class;      /* Longest subkey's class, in UTF-16 units. */
    uint32_t max_value_name; /* In UTF-16 units. */
    uint32_t max_data;       /* In bytes. */
};

int reg_key_query(struct reg_store *store, reg_key key, struct reg_key_info *ret_info);

/* Name and class of a key as new texts (sys_free); the class is "" when there is none. */
int reg_key_name(struct reg_store *store, reg_key key, char **ret_name, char **ret_class);

/* "\Registry\Machine\…" as a new text (sys_free). */
int reg_key_path(struct reg_store *store, reg_key key, char **ret_path);

/* Subkey number `index` in the order of names. -ENOENT: there is none. */
int reg_key_at(struct reg_store *store, reg_key key, uint32_t index, reg_key *ret_subkey);

/* Sets the time of the last write. */
int reg_key_set_written(struct reg_store *store, reg_key key, uint64_t written_100ns);

/* Values ------------------------------------------------------------------------------------- */

struct reg_value {
    uint32_t type;
    uint32_t size;
    void *data; /* Followed by four zero bytes that do not count. */
    char *name; /* As it was written. */
};

/* A copy, which reg_value_free frees. "" is the key's default value. */
int reg_value_get(struct reg_store *store, reg_key key, const char *name,
                  struct reg_value *ret_value);

/* Value number `index` in the order they were made. */
int reg_value_at(struct reg_store *store, reg_key key, uint32_t index, struct reg_value *ret_value);

void reg_value_free(struct reg_value *value);

/* -E2BIG: more than REG_DATA_MAX. */
int reg_value_set(struct reg_store *store, reg_key key, const char *name, uint32_t type,
                  const void *data, size_t size);

int reg_value_delete(struct reg_store *store, reg_key key, const char *name);

/* Values that are texts and numbers ----------------------------------------------------------- */

int reg_set_text(struct reg_store *store, reg_key key, const char *name, const char *text);
int reg_set_number(struct reg_store *store, reg_key key, const char *name, uint32_t number);

/* `texts` ends with NULL. */
int reg_set_texts(struct reg_store *store, reg_key key, const char *name, const char *const *texts);

/* A string value (REG_SZ, REG_EXPAND_SZ, the first of a REG_MULTI_SZ) as a new text (sys_free).
 * -EPROTOTYPE: it is no string. */
int reg_get_text(struct reg_store *store, reg_key key, const char *name, char **ret_text);
int reg_get_number(struct reg_store *store, reg_key key, const char *name, uint32_t *ret_number);

/* The strings of a REG_MULTI_SZ (or the one of a REG_SZ) as one block: each ends with a zero, the
 * last with two (sys_free). */
int reg_get_texts(struct reg_store *store, reg_key key, const char *name, char **ret_texts);

/* Paths as people write them ------------------------------------------------------------------ */

/*
 * From "HKLM\System", "HKEY_LOCAL_MACHINE\…", HKU, HKCU, HKCR, HKCC, "\Registry\Machine\…" to the
 * path below the root key, "Machine\System". -EINVAL: none of these, or a bad name in it.
 */
int reg_path_parse(const char *text, char *path, size_t size);

/* The reverse, with the long name: "HKEY_LOCAL_MACHINE\SYSTEM" from "\Registry\Machine\SYSTEM". */
int reg_path_print(const char *path, char *text, size_t size);

/* The user's key below \Registry\User: "S-1-5-21-0-0-0-1000" for user 1000. */
int reg_user_name(char *name, size_t size);

/* Watching ----------------------------------------------------------------------------------- */

#define REG_CHANGE_NAME     1u /* A subkey came, went or got another name. */
#define REG_CHANGE_LAST_SET 4u /* A value was set or deleted. */
#define REG_CHANGE_DELETED  8u /* The key itself was deleted. Told always. */

struct reg_watch;

/*
 * Calls fn for each change of the key (with subtree: of keys below it too), whoever made it, in
 * this process or another. fn runs on any thread, takes no time and calls nothing of the registry.
 */
int reg_watch_add(struct reg_store *store, reg_key key, unsigned changes, bool subtree,
                  void (*fn)(void *argument, unsigned changes), void *argument,
                  struct reg_watch **ret_watch);

/* fn is not running and will not be called when it returns. NULL is allowed. */
void reg_watch_remove(struct reg_watch *watch);

/* .reg files ---------------------------------------------------------------------------------- */

struct reg_error {
    char text[256]; /* "line 12: …" */
};

/*
 * Applies the text of a .reg file ("Windows Registry Editor Version 5.00" in UTF-16 or UTF-8, or
 * REGEDIT4) as one transaction. -EINVAL and *error for a malformed one: nothing was changed.
 */
int reg_import(struct reg_store *store, const void *data, size_t size, struct reg_error *error);

/* The key with all below it as the text of a .reg file, in UTF-8, as a new text (sys_free). */
int reg_export(struct reg_store *store, reg_key key, char **ret_text);

#endif
