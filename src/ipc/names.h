/* SPDX-License-Identifier: MIT */
/*
 * Who serves which name: a folder of the session instead of a daemon.
 *
 *     $OPENWDF_RUNTIME_DIR, else $XDG_RUNTIME_DIR/openwdf, else /tmp/openwdf-<uid>
 *         stacks/<device id>.sock              the public socket of a device stack
 *         names/<name>                         a DOS device name, or an interface's first component
 *         interfaces/<{class guid}>/<name>     an enabled device interface
 *         events                               what came and went, in order: see names_watch.h
 *
 * Entries below names and interfaces are symbolic links whose file name is the encoded name in lower
 * case and whose target is `<device id>.sock/<name in its own spelling>`: a look-up is one readlink.
 * Whoever finds that nobody listens on a socket any more removes what it left behind. File names are
 * encoded: a byte that is not a letter, digit or one of "#&-_{}." becomes %XX.
 */
#ifndef OPENWDF_IPC_NAMES_H
#define OPENWDF_IPC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#define NAMES_PATH_SIZE 512 /* Of the runtime folder and everything below it; bytes with NUL. */
#define NAMES_NAME_SIZE 768 /* Of an encoded name. */

struct names {
    char root[NAMES_PATH_SIZE];
};

/*
 * Finds the runtime folder; with `create` makes it (mode 0700) and its three folders. -ENOENT: not
 * there. -EPERM: it belongs to somebody else or others may write to it. -ENAMETOOLONG.
 */
int names_open(struct names *names, bool create);

/* Writes the path of a stack's socket. -ENAMETOOLONG: sockets cannot have such a path. */
int names_socket_path(const struct names *names, const char *device_id, char *path, size_t size);

/*
 * Listens as that device's public socket; removes a stale one first. -EADDRINUSE: another process
 * serves this device id. Returns the descriptor.
 */
int names_listen(const struct names *names, const char *device_id);

/* Removes the socket and every entry that points to it. */
void names_forget_stack(const struct names *names, const char *device_id);

/*
 * Publishes (withdraws) a name. guid: of the interface class, "" or NULL for a DOS device name.
 * -EEXIST: another living stack has that name. -ENAMETOOLONG, -errno.
 */
int names_publish(const struct names *names, const char *device_id, const char *guid,
                  const char *name);
void names_withdraw(const struct names *names, const char *device_id, const char *guid,
                    const char *name);

/* What happened, as listeners are told. */
enum names_event_kind {
    NAMES_INTERFACE_ARRIVED,
    NAMES_INTERFACE_REMOVED,
    NAMES_DEVICE_ENUMERATED,
    NAMES_DEVICE_STARTED,
    NAMES_DEVICE_STOPPED, /* It is there, and does not run. */
    NAMES_DEVICE_REMOVED,
    NAMES_EVENT_KINDS,
};

/* Tells listeners of a device of the stack's tree (names_publish tells of interfaces itself). */
void names_say_device(const struct names *names, const char *device_id, const char *instance_id,
                      enum names_event_kind kind);

/*
 * Connects to whoever serves the object that `path` names. `path` is what an application passes:
 * \\.\Name[\rest], \\?\Interface[\rest], \??\… or a bare Name. *ret_name points into path, behind
 * the prefix. -ENOENT: nobody.
 */
int names_connect(const struct names *names, const char *path, const char **ret_name);

/* Connects to a stack by device id. -ENOENT. */
int names_connect_stack(const struct names *names, const char *device_id);

/*
 * Calls fn for each entry until it returns non-zero, and returns that. guid NULL: DOS device names;
 * "": interfaces of every class; else of that class. `name`: in its own spelling. Entries of the
 * dead are left out.
 */
typedef int names_fn(void *argument, const char *guid, const char *name, const char *device_id);
int names_for_each(const struct names *names, const char *guid, names_fn *fn, void *argument);

/* Calls fn for each stack's device id (guid and name are ""). Includes the dead. */
int names_for_each_stack(const struct names *names, names_fn *fn, void *argument);

/* Lower-cases and braces a GUID into `out` (39 bytes). -EINVAL when it is none. */
int names_normalize_guid(const char *guid, char *out);

/* Encodes and decodes a file name. -ENAMETOOLONG; decoding also -EINVAL. Exposed for tests. */
int names_encode(const char *name, bool fold_case, char *out, size_t size);
int names_decode(const char *encoded, char *out, size_t size);

#endif
