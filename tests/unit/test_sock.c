/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/socket.h>
#include <sys/stat.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/sock.h"
#include "support/test_support.h"

static int lookups;

/* In place of the C library's: it asks sources of names that may not answer for seconds. */
int
getpwuid_r(uid_t uid, struct passwd *entry, char *memory, size_t size, struct passwd **ret_entry)
{
	(void)uid;
	(void)entry;
	(void)memory;
	(void)size;
	lookups++;
	*ret_entry = NULL;
	return 0;
}

static char folder[64];

static int
setup(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/migarch-sock-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

/* Fails when a test has left something behind. */
static int
teardown(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* A file that is no socket; the path is put together in ret_path. */
static void
make_file(const char *name, char ret_path[128])
{
	(void)snprintf(ret_path, 128, "%s/%s", folder, name);
	FILE *file = fopen(ret_path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

static void
test_refused(void **state)
{
	(void)state;
	struct sock *first = NULL;
	struct sock *second = NULL;
	char error[256] = "";
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/sock", folder);
	assert_int_equal(sock_listen_unix(path, NULL, &first, error, sizeof(error)), 0);
	/* Somebody answers: it is his. */
	assert_int_equal(sock_listen_unix(path, NULL, &second, error, sizeof(error)),
	    MIG_ECONFLICT);
	assert_non_null(strstr(error, "another daemon"));
	assert_string_equal(sock_host(first), "");
	assert_int_equal(sock_port(first), 0);
	sock_free(first);
	assert_int_not_equal(access(path, F_OK), 0);
	sock_free(NULL);
	/* What is no socket is left alone. */
	make_file("file", path);
	assert_int_equal(sock_listen_unix(path, NULL, &second, error, sizeof(error)), MIG_EIO);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);
	/* A folder that is not there; a path that does not fit. */
	(void)snprintf(path, sizeof(path), "%s/none/sock", folder);
	assert_int_equal(sock_listen_unix(path, NULL, &second, error, sizeof(error)), MIG_EIO);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(sock_listen_unix(path, NULL, &second, error, sizeof(error)), MIG_ELIMIT);
	assert_int_equal(sock_listen_unix("", NULL, &second, error, sizeof(error)), MIG_ELIMIT);
}

static void
test_left_over(void **state)
{
	(void)state;
	struct sock *sock = NULL;
	char error[256] = "";
	char path[128];
	char other[128];
	struct stat info;
	(void)snprintf(path, sizeof(path), "%s/sock", folder);
	(void)snprintf(other, sizeof(other), "%s/other", folder);
	/* A dead daemon's socket: the file is there, nobody listens. */
	assert_int_equal(sock_listen_unix(other, NULL, &sock, error, sizeof(error)), 0);
	assert_int_equal(rename(other, path), 0);
	sock_free(sock);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(sock_listen_unix(path, "no-such-group", &sock, error, sizeof(error)), 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0660);
	/* Only the file that we made is removed in the end. */
	assert_int_equal(rename(path, other), 0);
	make_file("sock", path);
	sock_free(sock);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(other), 0);
}

static void
test_tcp(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "9470", ":9470", "127.0.0.1", "127.0.0.1:",
		"127.0.0.1:99999", "127.0.0.1:x", "::1:9470", "127.0.0.1:-1", "[::1]", "[]:1" };
	struct sock *sock = NULL;
	struct sock *second = NULL;
	char error[256] = "";
	char address[64];
	for (size_t i = 0; i < TEST_COUNT(bad); i++)
		assert_int_equal(sock_listen_tcp(bad[i], true, &sock, error, sizeof(error)),
		    MIG_EDOC);
	assert_int_equal(sock_listen_tcp("127.0.0.1:0", true, &sock, error, sizeof(error)), 0);
	assert_string_equal(sock_host(sock), "127.0.0.1");
	assert_true(sock_port(sock) > 0);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%d", sock_port(sock));
	assert_int_equal(sock_listen_tcp(address, true, &second, error, sizeof(error)), MIG_EIO);
	assert_non_null(strstr(error, address));
	sock_free(sock);
}

static void
test_peer(void **state)
{
	(void)state;
	int pair[2];
	struct sock_peer peer;
	char name[64];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(sock_peer(pair[0], &peer), 0);
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.gid, getegid());
	assert_true(sock_peer_in_group(pair[0], &peer, getegid()));
	assert_false(sock_peer_in_group(pair[0], &peer, 4000000));
	sock_peer_name(&peer, name, sizeof(name));
	assert_int_equal(strncmp(name, "uid:", 4), 0);
	if (geteuid() == 0)
		assert_string_equal(name, "uid:0(root)");
	peer.uid = 4000000;
	sock_peer_name(&peer, name, sizeof(name));
	assert_string_equal(name, "uid:4000000");
	assert_int_equal(lookups, 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_left_over),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_peer),
	};
	return cmocka_run_group_tests(tests, setup, teardown) != 0;
}
