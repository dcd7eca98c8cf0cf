/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "daemon/log.h"
#include "daemon/sock.h"

#define SOCK_LOOKUP_BYTES 16384
#define SOCK_MODE 0660
#define SOCK_USERS "/etc/passwd"
#define SOCK_PORT_MAX 65535

struct sock {
	int fd;
	int port;
	char host[SOCK_HOST_MAX];
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* "" until we made the file */
	dev_t device; /* of the file we made */
	ino_t inode;
};

static struct sock *
sock_alloc(void)
{
	struct sock *sock = calloc(1, sizeof(*sock));
	if (sock != NULL)
		sock->fd = -1;
	return sock;
}

/* 0 when the path is free to use: nothing there, or a socket nobody listens on any more. */
static int
sock_probe(const struct sockaddr_un *address, char *ret_error, size_t size)
{
	struct stat info;
	if (lstat(address->sun_path, &info) != 0) {
		if (errno == ENOENT)
			return 0;
		(void)snprintf(ret_error, size, "%s: %s", address->sun_path, strerror(errno));
		return MIG_EIO;
	}
	if (!S_ISSOCK(info.st_mode)) {
		(void)snprintf(ret_error, size, "%s: exists and is not a socket",
		    address->sun_path);
		return MIG_EIO;
	}
	/* Non-blocking: a full backlog (EAGAIN) is somebody alive as well. */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		(void)snprintf(ret_error, size, "socket: %s", strerror(errno));
		return MIG_EIO;
	}
	int result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	int reason = result == 0 ? 0 : errno;
	(void)close(fd);
	if (reason != ECONNREFUSED && reason != ENOENT) {
		(void)snprintf(ret_error, size, "%s: another daemon answers on this socket",
		    address->sun_path);
		return MIG_ECONFLICT;
	}
	if (unlink(address->sun_path) != 0 && errno != ENOENT) {
		(void)snprintf(ret_error, size, "%s: %s", address->sun_path, strerror(errno));
		return MIG_EIO;
	}
	return 0;
}

void
sock_give_to_group(const struct sock *sock, const char *group)
{
	gid_t gid = getegid();

	if (group != NULL && group[0] != '\0' && sock_group(group, &gid) != 0)
		log_event(LOG_LEVEL_WARNING, "sock",
		    "no such group: the control socket is for root and the daemon alone", "group",
		    group, "path", sock->path, NULL);
	if (chown(sock->path, (uid_t)-1, gid) != 0)
		log_event(LOG_LEVEL_WARNING, "sock",
		    "the control socket can't be given to its group", "group", group, "path",
		    sock->path, "error", strerror(errno), NULL);
}

static int
sock_bind_unix(struct sock *sock, const struct sockaddr_un *address, const char *group)
{
	sock->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock->fd < 0)
		return -1;
	/* Nobody but us can connect between bind and chmod. */
	mode_t before = umask(0177);
	int result = bind(sock->fd, (const struct sockaddr *)address, sizeof(*address));
	int reason = errno;
	(void)umask(before);
	errno = reason;
	if (result != 0)
		return -1;

	struct stat info;
	if (lstat(address->sun_path, &info) != 0)
		return -1;
	sock->device = info.st_dev;
	sock->inode = info.st_ino;
	(void)snprintf(sock->path, sizeof(sock->path), "%s", address->sun_path);
	sock_give_to_group(sock, group);
	if (chmod(sock->path, SOCK_MODE) != 0)
		return -1;
	return listen(sock->fd, SOMAXCONN);
}

int
sock_listen_unix(const char *path, const char *group, struct sock **ret_sock, char *ret_error,
    size_t size)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path)) {
		(void)snprintf(ret_error, size,
		    "control socket path \"%s\" must have 1 to %zu bytes", path,
		    sizeof(address.sun_path) - 1);
		return MIG_ELIMIT;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int error = sock_probe(&address, ret_error, size);
	if (error != 0)
		return error;

	struct sock *sock = sock_alloc();
	if (sock == NULL) {
		(void)snprintf(ret_error, size, "%s", mig_error_text(MIG_ENOMEM));
		return MIG_ENOMEM;
	}
	if (sock_bind_unix(sock, &address, group) != 0) {
		(void)snprintf(ret_error, size, "%s: %s", path, strerror(errno));
		sock_free(sock);
		return MIG_EIO;
	}
	*ret_sock = sock;
	return 0;
}

/* "HOST:PORT" or "[V6]:PORT" into its parts. */
static int
sock_split(const char *address, char ret_host[SOCK_HOST_MAX], const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	if (colon == NULL)
		return MIG_EDOC;
	const char *start = address;
	size_t len = (size_t)(colon - address);
	bool bracketed = len >= 2 && address[0] == '[' && colon[-1] == ']';
	if (bracketed) {
		start++;
		len -= 2;
	} else if (memchr(address, ':', len) != NULL) {
		return MIG_EDOC; /* an IPv6 address without brackets is ambiguous */
	}
	int64_t port = 0;
	if (len == 0 || len >= SOCK_HOST_MAX
	    || mig_num_int(colon + 1, 0, SOCK_PORT_MAX, &port) != 0)
		return MIG_EDOC;
	memcpy(ret_host, start, len);
	ret_host[len] = '\0';
	*ret_port = colon + 1;
	return 0;
}

static int
sock_bind_one(struct sock *sock, const struct addrinfo *info)
{
	int on = 1;
	sock->fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock->fd < 0)
		return -1;
	if (setsockopt(sock->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0
	    || bind(sock->fd, info->ai_addr, info->ai_addrlen) != 0
	    || listen(sock->fd, SOMAXCONN) != 0)
		return -1;
	struct sockaddr_storage bound = { 0 };
	socklen_t len = sizeof(bound);
	if (getsockname(sock->fd, (struct sockaddr *)&bound, &len) != 0)
		return -1;
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): getsockname() has filled it */
	sock->port = ntohs(bound.ss_family == AF_INET6
		? ((const struct sockaddr_in6 *)&bound)->sin6_port
		: ((const struct sockaddr_in *)&bound)->sin_port);
	return 0;
}

/* The first of a host's addresses that is ours to listen on. */
static int
sock_bind_tcp(struct sock *sock, const struct addrinfo *found)
{
	for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
		if (sock_bind_one(sock, info) == 0)
			return 0;
		int reason = errno;
		if (sock->fd >= 0)
			(void)close(sock->fd);
		sock->fd = -1;
		errno = reason;
	}
	return -1;
}

int
sock_listen_tcp(const char *address, bool names, struct sock **ret_sock, char *ret_error,
    size_t size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found = NULL;
	const char *port = NULL;
	int error = MIG_ENOMEM;
	struct sock *sock = sock_alloc();
	if (sock == NULL) {
		(void)snprintf(ret_error, size, "%s", mig_error_text(error));
		return error;
	}
	error = sock_split(address, sock->host, &port);
	if (error != 0) {
		(void)snprintf(ret_error, size,
		    "listen address \"%s\" must be HOST:PORT, IPv6 as [ADDRESS]:PORT", address);
		goto out;
	}
	/* The system knows this one by itself; others may keep us waiting for seconds. */
	if (!names && strcmp(sock->host, "localhost") != 0)
		hints.ai_flags |= AI_NUMERICHOST;
	int lookup = getaddrinfo(sock->host, port, &hints, &found);
	if (lookup != 0) {
		(void)snprintf(ret_error, size, "%s: %s", address, gai_strerror(lookup));
		error = MIG_ENOTFOUND;
		goto out;
	}
	error = MIG_EIO;
	if (sock_bind_tcp(sock, found) != 0) {
		(void)snprintf(ret_error, size, "%s: %s", address, strerror(errno));
		goto out;
	}
	*ret_sock = sock;
	sock = NULL;
	error = 0;
out:
	if (found != NULL)
		freeaddrinfo(found);
	sock_free(sock);
	return error;
}

void
sock_free(struct sock *sock)
{
	if (sock == NULL)
		return;
	struct stat info;
	if (sock->path[0] != '\0' && lstat(sock->path, &info) == 0
	    && info.st_dev == sock->device && info.st_ino == sock->inode)
		(void)unlink(sock->path); /* best effort: the next start replaces it */
	if (sock->fd >= 0)
		(void)close(sock->fd);
	free(sock);
}

int
sock_fd(const struct sock *sock)
{
	return sock->fd;
}

const char *
sock_host(const struct sock *sock)
{
	return sock->host;
}

int
sock_port(const struct sock *sock)
{
	return sock->port;
}

int
sock_group(const char *name, gid_t *ret_gid)
{
	char memory[SOCK_LOOKUP_BYTES];
	struct group entry;
	struct group *found = NULL;
	if (getgrnam_r(name, &entry, memory, sizeof(memory), &found) != 0 || found == NULL)
		return MIG_ENOTFOUND;
	*ret_gid = found->gr_gid;
	return 0;
}

int
sock_peer(int fd, struct sock_peer *ret_peer)
{
	struct ucred credentials = { 0, (uid_t)-1, (gid_t)-1 };
	socklen_t len = sizeof(credentials);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) != 0
	    || len != sizeof(credentials) || credentials.uid == (uid_t)-1)
		return MIG_EIO;
	ret_peer->uid = credentials.uid;
	ret_peer->gid = credentials.gid;
	return 0;
}

bool
sock_peer_in_group(int fd, const struct sock_peer *peer, gid_t gid)
{
	if (peer->gid == gid)
		return true;
	/* Asked with no room first: the answer is how much is needed. */
	socklen_t len = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE
	    || len == 0)
		return false;
	gid_t *groups = malloc(len);
	if (groups == NULL)
		return false;
	bool member = false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0) {
		for (size_t i = 0; i < len / sizeof(*groups); i++)
			member = member || groups[i] == gid;
	}
	free(groups);
	return member;
}

/*
 * The loop waits for this in front of every command: other sources of names (LDAP, SSSD) may take
 * seconds, just when an operator wants to abort.
 */
void
sock_peer_name(const struct sock_peer *peer, char *ret_name, size_t size)
{
	char memory[SOCK_LOOKUP_BYTES];
	struct passwd entry;
	struct passwd *found = NULL;
	FILE *users = fopen(SOCK_USERS, "re");
	(void)snprintf(ret_name, size, "uid:%lu", (unsigned long)peer->uid);
	if (users == NULL)
		return;
	while (fgetpwent_r(users, &entry, memory, sizeof(memory), &found) == 0) {
		if (entry.pw_uid != peer->uid)
			continue;
		(void)snprintf(ret_name, size, "uid:%lu(%s)", (unsigned long)peer->uid,
		    entry.pw_name);
		break;
	}
	(void)fclose(users); /* nothing was written */
}
