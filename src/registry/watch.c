/* SPDX-License-Identifier: MIT */
/*
 * Watching keys. Every change adds a row to the journal `change` in the transaction that makes it; a
 * store with watches reads what is new there after each of its own transactions, and whenever the
 * notify file is written to, which other processes do in each of theirs.
 *
 * They write to it *before* they commit. The reader then takes the store for writing once, which
 * waits until the other process has committed or died: so a change is never missed, whenever a
 * process dies, and the journal is never read too early.
 */
#include "registry/reg_priv.h"

#include <errno.h>

#include "base/atomic.h"
#include "sys/fd.h"
#include "sys/file.h"
#include "sys/memory.h"
#include "sys/thread.h"
#include "sys/wait.h"

struct reg_watch {
    struct list link;
    struct reg_store *store;
    reg_key key;
    unsigned changes;
    bool subtree;
    void (*fn)(void *argument, unsigned changes);
    void *argument;
    unsigned due; /* What it is to be told; collected in one pass over the journal. */
};

/* ---- Telling ---- */

static int
is_below(struct reg_store *store, reg_key key, reg_key top, bool *ret_below)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_IS_BELOW);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, key);
    (void)sqlite3_bind_int64(statement, 2, top);
    result = reg_step(store, statement);
    (void)sqlite3_reset(statement);
    *ret_below = result > 0;
    return result < 0 ? result : 0;
}

/* Notes one change with each watch that it concerns. Both locks held. */
static int
note_change(struct reg_store *store, reg_key key, unsigned kind)
{
    struct list *link;

    list_for_each(link, &store->watches)
    {
        struct reg_watch *watch = container_of(link, struct reg_watch, link);
        bool below = false;

        if (watch->key == key) {
            watch->due |= kind & (watch->changes | REG_CHANGE_DELETED);
        } else if (watch->subtree && (kind & watch->changes) != 0) {
            int result = is_below(store, key, watch->key, &below);

            if (result != 0) {
                return result;
            }
            watch->due |= below ? kind : 0;
        }
    }
    return 0;
}

static int
read_next(struct reg_store *store, reg_key *ret_key, unsigned *ret_kind)
{
    sqlite3_stmt *statement = reg_prepare(store, REG_CHANGE_NEXT);
    int result;

    if (statement == NULL) {
        return -ENOMEM;
    }
    (void)sqlite3_bind_int64(statement, 1, store->seen);
    result = reg_step(store, statement);
    if (result > 0) {
        /* A gap: the journal was shortened before we looked. Nobody knows what was in it. */
        bool gap = sqlite3_column_int64(statement, 0) != store->seen + 1;

        store->seen = sqlite3_column_int64(statement, 0);
        *ret_key = sqlite3_column_int64(statement, 1);
        *ret_kind = (unsigned)sqlite3_column_int(statement, 2);
        if (gap) {
            struct list *link;

            list_for_each(link, &store->watches)
            {
                struct reg_watch *watch = container_of(link, struct reg_watch, link);

                watch->due |= watch->changes;
            }
        }
    }
    (void)sqlite3_reset(statement);
    return result;
}

static void
tell(struct reg_store *store, bool wait_for_writers)
{
    struct list *link;
    int result;

    sys_lock_acquire(&store->watch_lock);
    result = reg_enter(store, wait_for_writers);
    if (result == 0) {
        reg_key key = 0;
        unsigned kind = 0;

        while ((result = read_next(store, &key, &kind)) > 0) {
            result = note_change(store, key, kind);
            if (result != 0) {
                break;
            }
        }
        (void)reg_leave(store, result < 0 ? result : 0);
    }
    list_for_each(link, &store->watches)
    {
        struct reg_watch *watch = container_of(link, struct reg_watch, link);

        if (watch->due != 0) {
            watch->fn(watch->argument, watch->due);
            watch->due = 0;
        }
    }
    sys_lock_release(&store->watch_lock);
}

void
reg_watch_tell(struct reg_store *store)
{
    if (atomic_load_u32(&store->watch_count) != 0) {
        tell(store, false);
    }
}

/* ---- Other processes ---- */

enum {
    TAG_STOP,
    TAG_CHANGE
};

static void
watch_files(void *argument)
{
    struct reg_store *store = argument;
    int poll = sys_poll_create();

    if (poll >= 0 && sys_poll_add(poll, store->stop_fd, SYS_FD_READABLE, TAG_STOP) == 0 &&
        sys_poll_add(poll, store->watcher_fd, SYS_FD_READABLE, TAG_CHANGE) == 0) {
        for (;;) {
            struct sys_poll_event events[2];
            int count = sys_poll_wait(poll, events, 2, SYS_FOREVER);
            bool stop = false;
            int i;

            for (i = 0; i < count; i++) {
                stop = stop || events[i].tag == TAG_STOP;
            }
            if (stop || count < 0) {
                break;
            }
            sys_file_watch_clear(store->watcher_fd);
            tell(store, true);
        }
    }
    sys_fd_close(&poll);
}

static int
start_watcher(struct reg_store *store)
{
    int result = 0;

    if (store->notify_fd < 0 || store->watcher != NULL) {
        return 0;
    }
    store->watcher_fd = sys_file_watch(store->notify_path);
    store->stop_fd = store->watcher_fd < 0 ? -1 : sys_event_create();
    result = store->watcher_fd < 0 ? store->watcher_fd : store->stop_fd < 0 ? store->stop_fd : 0;
    result =
        result != 0 ? result : sys_thread_create(&store->watcher, "registry", watch_files, store);
    if (result != 0) {
        sys_fd_close(&store->watcher_fd);
        sys_fd_close(&store->stop_fd);
    }
    return result;
}

void
reg_watch_stop(struct reg_store *store)
{
    if (store->watcher != NULL) {
        sys_event_set(store->stop_fd);
        sys_thread_join(store->watcher);
        store->watcher = NULL;
    }
    sys_fd_close(&store->watcher_fd);
    sys_fd_close(&store->stop_fd);
}

/* ---- Watches ---- */

/* The newest change: a first watch is told of what comes after it. */
static int
last_change(struct reg_store *store, int64_t *ret_seq)
{
    sqlite3_stmt *statement;
    int result = reg_enter(store, false);

    if (result != 0) {
        return result;
    }
    statement = reg_prepare(store, REG_CHANGE_LAST);
    result = statement == NULL ? -ENOMEM : reg_step(store, statement);
    *ret_seq = result > 0 ? sqlite3_column_int64(statement, 0) : 0;
    if (statement != NULL) {
        (void)sqlite3_reset(statement);
    }
    return reg_leave(store, result > 0 ? 0 : result);
}

int
reg_watch_add(struct reg_store *store, reg_key key, unsigned changes, bool subtree,
              void (*fn)(void *argument, unsigned changes), void *argument,
              struct reg_watch **ret_watch)
{
    struct reg_watch *watch = sys_alloc_zeroed(sizeof(*watch));
    int result = watch == NULL ? -ENOMEM : 0;

    if (result != 0) {
        return result;
    }
    *watch = (struct reg_watch){.store = store,
                                .key = key,
                                .changes = changes,
                                .subtree = subtree,
                                .fn = fn,
                                .argument = argument};
    sys_lock_acquire(&store->watch_lock);
    result = start_watcher(store);
    if (result == 0 && list_empty(&store->watches)) {
        result = last_change(store, &store->seen);
    }
    if (result == 0) {
        list_push_back(&store->watches, &watch->link);
        (void)atomic_fetch_add_u32(&store->watch_count, 1);
    }
    sys_lock_release(&store->watch_lock);
    if (result != 0) {
        sys_free(watch);
        return result;
    }
    *ret_watch = watch;
    return 0;
}

void
reg_watch_remove(struct reg_watch *watch)
{
    struct reg_store *store;

    if (watch == NULL) {
        return;
    }
    store = watch->store;
    sys_lock_acquire(&store->watch_lock);
    list_remove(&watch->link);
    (void)atomic_fetch_sub_u32(&store->watch_count, 1);
    sys_lock_release(&store->watch_lock);
    sys_free(watch);
}
