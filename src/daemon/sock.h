/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Listening sockets and who is at the other end: the control socket in the file system, with
 * its mode and group, and TCP.  Knows nothing of HTTP.
 */
#ifndef MIG_DAEMON_SOCK_H
#define MIG_DAEMON_SOCK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define SOCK_HOST_MAX 256

/* A listening socket. */
struct sock;

/* The other end of a Unix connection when it connected. */
struct sock_peer {
	uid_t uid;
	gid_t gid; /* the primary group */
};

/*
 * Give a Unix socket's file to a group; NULL, "" or an unknown one: to the daemon's own.  What
 * fails is logged.
 */
void sock_give_to_group(const struct sock *sock, const char *group);

/*
 * Listen on a Unix socket of mode 0660.  A socket left over from a dead daemon is replaced; when
 * somebody answers on it, MIG_ECONFLICT.  It goes to the group if there is one of that name,
 * else it stays with ours and the log says so.  MIG_ELIMIT when the path is too long, MIG_EIO
 * otherwise, and a one-line reason in ret_error (size bytes).  Free with sock_free().
 */
int sock_listen_unix(const char *path, const char *group, struct sock **ret_sock, char *ret_error,
    size_t size) MIG_MUSTCHECK;

/*
 * Listen on "HOST:PORT" (a name or address; IPv6 in brackets; port 0 takes a free one), on the
 * first of the host's addresses where that works.  Looking up a name may take long; without names
 * only addresses and localhost are taken.  MIG_EDOC when it is no such text, MIG_ENOTFOUND when the
 * host has no address, MIG_EIO when the system refuses; as above.
 */
int sock_listen_tcp(const char *address, bool names, struct sock **ret_sock, char *ret_error,
    size_t size) MIG_MUSTCHECK;

/*
 * Close and, for a Unix socket, remove the file if it is still the one we made.  NULL is a
 * no-op.
 */
void sock_free(struct sock *sock);

/*
 * The descriptor, non-blocking and listening, owned by the socket.
 */
int sock_fd(const struct sock *sock);

/*
 * The host of a TCP socket as it was given, without brackets; "" for a Unix socket.
 */
const char *sock_host(const struct sock *sock);

/*
 * The port of a TCP socket, 0 for a Unix socket.
 */
int sock_port(const struct sock *sock);

/*
 * The group of that name; MIG_ENOTFOUND when there is none.
 */
int sock_group(const char *name, gid_t *ret_gid) MIG_MUSTCHECK;

/*
 * Who is at the other end of a connected Unix socket; MIG_EIO when the system does not tell.
 */
int sock_peer(int fd, struct sock_peer *ret_peer) MIG_MUSTCHECK;

/*
 * Whether the peer's primary or one of its supplementary groups is gid.
 */
bool sock_peer_in_group(int fd, const struct sock_peer *peer, gid_t gid);

/*
 * A name for the history: "uid:1000(alice)", or "uid:1000" when /etc/passwd has no name for the
 * number.
 */
void sock_peer_name(const struct sock_peer *peer, char *ret_name, size_t size);

#endif
