/* SPDX-License-Identifier: MIT */
/*
 * What a connection's client is to be told besides the ends of its requests: that drivers have set
 * events of the application (nt/ex/app_event.h). The client leaves one request with the host
 * (RING_OP_NOTICE); it ends, with the event's handle, when there is something to tell, and the client
 * leaves the next.
 */
#ifndef OPENWDF_HOST_HOST_NOTICE_H
#define OPENWDF_HOST_HOST_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/lock.h"

struct host_notice {
    struct sys_lock lock;
    void *waiting;     /* The request that was left; NULL: none. */
    uint64_t *pending; /* Handles to tell of, each once. */
    uint32_t pending_count;
    uint32_t pending_room;
    bool closed; /* Nobody is there to be told any more. */
};

/*
 * A client leaves a request. True: *ret_handle is what it is told at once. False: the request waits in
 * `notice`, or, when *ret_refused, must be failed: there is one already, or the connection closes.
 */
bool host_notice_wait(struct host_notice *notice, void *request, uint64_t *ret_handle,
                      bool *ret_refused);

/* There is something to tell. Returns the request that tells it, which is the caller's; NULL: later. */
void *host_notice_tell(struct host_notice *notice, uint64_t handle);

/* Takes back the request, when it is the one that waits (NULL: any); `close`: none may wait again. */
void *host_notice_take(struct host_notice *notice, const void *request, bool close);

/* Nobody uses it any more. */
void host_notice_fini(struct host_notice *notice);

#endif
