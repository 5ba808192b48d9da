/* SPDX-License-Identifier: MIT */
#include "host/host_notice.h"

#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "sys/memory.h"

bool
host_notice_wait(struct host_notice *notice, void *request, uint64_t *ret_handle, bool *ret_refused)
{
    bool tells;

    sys_lock_acquire(&notice->lock);
    *ret_refused = notice->closed || notice->waiting != NULL;
    tells = !*ret_refused && notice->pending_count != 0;
    if (tells) {
        *ret_handle = notice->pending[0];
        notice->pending_count--;
        memmove(notice->pending, notice->pending + 1,
                notice->pending_count * sizeof(notice->pending[0]));
    } else if (!*ret_refused) {
        notice->waiting = request;
    }
    sys_lock_release(&notice->lock);
    return tells;
}

/* A handle that is to be told of already need not be told of twice. */
static void
remember_locked(struct host_notice *notice, uint64_t handle)
{
    for (uint32_t i = 0; i < notice->pending_count; i++) {
        if (notice->pending[i] == handle) {
            return;
        }
    }
    if (notice->pending_count == notice->pending_room) {
        uint32_t room = notice->pending_room == 0 ? 8 : 2 * notice->pending_room;
        uint64_t *larger = sys_alloc(room * sizeof(*larger));

        if (larger == NULL) {
            base_log(BASE_LOG_ERROR, "host",
                     "out of memory: the application's event 0x%lx stays as it is",
                     (unsigned long)handle);
            return;
        }
        if (notice->pending_count != 0) {
            memcpy(larger, notice->pending, notice->pending_count * sizeof(*larger));
        }
        sys_free(notice->pending);
        notice->pending = larger;
        notice->pending_room = room;
    }
    notice->pending[notice->pending_count++] = handle;
}

void *
host_notice_tell(struct host_notice *notice, uint64_t handle)
{
    void *request;

    sys_lock_acquire(&notice->lock);
    request = notice->waiting;
    notice->waiting = NULL;
    if (request == NULL && !notice->closed) {
        remember_locked(notice, handle);
    }
    sys_lock_release(&notice->lock);
    return request;
}

void *
host_notice_take(struct host_notice *notice, const void *request, bool close)
{
    void *taken = NULL;

    sys_lock_acquire(&notice->lock);
    if (request == NULL || notice->waiting == request) {
        taken = notice->waiting;
        notice->waiting = NULL;
    }
    notice->closed |= close;
    sys_lock_release(&notice->lock);
    return taken;
}

void
host_notice_fini(struct host_notice *notice)
{
    sys_free(notice->pending);
    notice->pending = NULL;
}
