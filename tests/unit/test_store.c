/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/num.h"
#include "daemon/store.h"
#include "daemon/store_chain.h"
#include "support/test_support.h"
#include "sys/file.h"

#define KILLS 40
#define KILL_SEED UINT64_C(20261122)
#define KILL_AFTER_US_MAX 12000
#define ROLLOUT "m1-1"
/* 2026-11-22T02:10:00Z */
#define NOW_MS INT64_C(1795313400000)

/* Places in the header of a database file, by its documented format. */
#define HEADER_USER_VERSION 60
#define HEADER_APPLICATION_ID 68

struct fixture {
	char folder[64];
	char path[80];
	char error[256];
	struct store *store;
};

static void
open_store(struct fixture *fixture)
{
	fixture->store = NULL;
	if (store_open(fixture->path, &fixture->store, fixture->error, sizeof(fixture->error)) != 0)
		fail_msg("%s", fixture->error);
}

static void
close_store(struct fixture *fixture)
{
	store_close(fixture->store);
	fixture->store = NULL;
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/migarch-store-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/state.db", fixture->folder);
	open_store(fixture);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	struct fixture *fixture = *state;
	char path[128];

	close_store(fixture);
	for (size_t i = 0; i < TEST_COUNT(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", fixture->path, suffixes[i]);
		(void)unlink(path); /* some are not there */
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static struct mig_record
record(uint64_t seq, const char *kind, const char *detail)
{
	struct mig_record made = { .seq = seq, .at = { .ms = NOW_MS + (int64_t)seq },
		.kind = kind, .actor = "migarchd" };

	(void)snprintf(made.detail, sizeof(made.detail), "%s", detail);
	return made;
}

static struct store_owed
owed(const char *key, uint64_t seq, enum mig_effect_kind kind)
{
	return (struct store_owed){ .key = key, .rollout_id = ROLLOUT, .seq = seq, .kind = kind,
		.lane = "lane", .request = "{}" };
}

/* A rollout with one record and what is owed at first. */
static void
create(struct fixture *fixture, const struct store_owed *rows, size_t count)
{
	struct mig_record first = record(1, "loaded", "{}");
	struct store_commit commit = { .rollout_id = ROLLOUT, .state = "{\"n\":0}",
		.record_count = 1, .records = &first, .owed_count = count, .owed = rows,
		.at = { .ms = NOW_MS } };

	assert_int_equal(store_create(fixture->store, "m1", "{\"plan\":{}}", "d1", &commit), 0);
}

/* What is in the store, as text. */
static int
list_rollout(void *context, const struct store_rollout *rollout)
{
	mig_buf_printf(context, "%s/%s/%s/%s/%s v%" PRIu64 "%s at %" PRId64 "\n", rollout->id,
	    rollout->migration_id, rollout->source, rollout->digest, rollout->state,
	    rollout->version, rollout->finished ? " finished" : "", rollout->created_at.ms);
	return 0;
}

static int
list_owed(void *context, const struct store_owed *row)
{
	mig_buf_printf(context, "%s %s %" PRIu64 " %s %s %s\n", row->key, row->rollout_id,
	    row->seq, mig_effect_kind_name(row->kind), row->lane, row->request);
	return 0;
}

static int
list_record(void *context, const struct store_record *kept)
{
	mig_buf_printf(context, "%" PRIu64 " %" PRId64 " %s %s %s\n", kept->seq, kept->at.ms,
	    kept->actor, kept->kind, kept->detail);
	return 0;
}

/* Both borrow the buffer. */
static const char *
owed_text(struct fixture *fixture, struct mig_buf *out)
{
	mig_buf_reset(out);
	assert_int_equal(store_each_owed(fixture->store, list_owed, out), 0);
	return out->data;
}

static const char *
rollouts_text(struct fixture *fixture, struct mig_buf *out)
{
	mig_buf_reset(out);
	assert_int_equal(store_each_rollout(fixture->store, list_rollout, out), 0);
	return out->data;
}

/* A hash chain computed once more, by the words of the contract. */
struct chain {
	char hash[MIG_SHA256_HEX];
	uint64_t last;
	size_t count;
	size_t broken;
};

static int
follow_chain(void *context, const struct store_record *kept)
{
	struct chain *chain = context;
	char time[MIG_TIME_TEXT];
	struct mig_buf line;
	struct mig_buf text;
	struct mig_json_doc *doc;

	mig_buf_init(&line, 65536);
	mig_buf_printf(&line, "{\"seq\":%" PRIu64 ", \"rollout\":\"%s\", \"kind\":\"%s\", "
	    "\"detail\":%s, \"at\":\"%s\", \"actor\":\"%s\"}", kept->seq, ROLLOUT, kept->kind,
	    kept->detail, mig_time_format(kept->at, time), kept->actor);
	doc = test_json(line.data);
	mig_buf_init(&text, 65536);
	mig_buf_puts(&text, chain->hash);
	mig_json_canonical(mig_json_root(doc), &text);
	mig_sha256_hex(text.data, text.len, chain->hash);
	if (strcmp(chain->hash, kept->hash) != 0 || kept->seq <= chain->last)
		chain->broken++;
	chain->last = kept->seq;
	chain->count++;
	mig_json_free(doc);
	mig_buf_fini(&text);
	mig_buf_fini(&line);
	return 0;
}

static struct chain
check_chain(struct fixture *fixture)
{
	struct chain chain = { .hash = STORE_CHAIN_START };

	assert_int_equal(store_each_record(fixture->store, ROLLOUT, 0, SIZE_MAX, follow_chain,
	    &chain), 0);
	assert_int_equal(chain.broken, 0);
	return chain;
}

static void
test_create_and_reopen(void **state)
{
	struct fixture *fixture = *state;
	struct store_owed rows[] = { owed("m1-1-1", 1, MIG_EFFECT_SET_FLAG),
		owed("m1-1-2-0-technical", 2, MIG_EFFECT_NOTIFY) };
	struct mig_buf out;

	mig_buf_init(&out, 65536);
	create(fixture, rows, 2);
	for (int round = 0; round < 2; round++) {
		assert_string_equal(rollouts_text(fixture, &out),
		    "m1-1/m1/{\"plan\":{}}/d1/{\"n\":0} v1 at 1795313400000\n");
		assert_string_equal(owed_text(fixture, &out),
		    "m1-1-1 m1-1 1 set_flag lane {}\n"
		    "m1-1-2-0-technical m1-1 2 notify lane {}\n");
		assert_int_equal(store_owed_count(fixture->store), 2);
		mig_buf_reset(&out);
		assert_int_equal(store_each_record(fixture->store, ROLLOUT, 0, 10, list_record,
		    &out), 0);
		assert_string_equal(out.data, "1 1795313400001 migarchd loaded {}\n");
		close_store(fixture);
		open_store(fixture);
	}
	mig_buf_fini(&out);
}

static void
test_ids_and_digests(void **state)
{
	struct fixture *fixture = *state;
	struct store_commit commit = { .state = "{}", .at = { .ms = NOW_MS } };
	char id[MIG_ID_MAX];

	for (int i = 1; i <= 11; i++) {
		char wanted[MIG_ID_MAX];
		(void)snprintf(wanted, sizeof(wanted), "m-1-%d", i);
		assert_int_equal(store_next_id(fixture->store, "m-1", id, sizeof(id)), 0);
		assert_string_equal(id, wanted);
		commit.rollout_id = id;
		assert_int_equal(store_create(fixture->store, "m-1", "{}", i < 11 ? "a" : "b",
		    &commit), 0);
	}
	assert_int_equal(store_next_id(fixture->store, "m", id, sizeof(id)), 0);
	assert_string_equal(id, "m-1");
	assert_int_equal(store_next_id(fixture->store, "m-1", id, 3), MIG_ELIMIT);

	commit.rollout_id = "m-1-10";
	assert_int_equal(store_create(fixture->store, "m-1", "{}", "x", &commit), MIG_ECONFLICT);
	assert_non_null(strstr(store_error(fixture->store), "exists already"));
}

static void
test_commit_moves_all(void **state)
{
	struct fixture *fixture = *state;
	struct store_owed first[] = { owed("k1", 1, MIG_EFFECT_SET_FLAG),
		owed("k2", 2, MIG_EFFECT_HOOK), owed("k3", 3, MIG_EFFECT_NOTIFY) };
	struct store_owed second[] = { owed("k4", 4, MIG_EFFECT_SET_FLAG) };
	struct mig_record records[] = { record(2, "step_up", "{ \"b\": 1.50, \"a\": \"ü\" }"),
		record(4, "odd", "no JSON") };
	struct store_commit commit = { .rollout_id = ROLLOUT, .expected_version = 1,
		.state = "{\"n\":1}", .settled_key = "k1", .record_count = 2, .records = records,
		.owed_count = 1, .owed = second, .at = { .ms = NOW_MS + 5 } };
	struct mig_buf out;

	mig_buf_init(&out, 65536);
	create(fixture, first, 3);
	assert_int_equal(store_commit_step(fixture->store, &commit), 0);
	assert_string_equal(owed_text(fixture, &out), "k2 m1-1 2 hook lane {}\n"
	    "k3 m1-1 3 notify lane {}\nk4 m1-1 4 set_flag lane {}\n");
	assert_string_equal(rollouts_text(fixture, &out),
	    "m1-1/m1/{\"plan\":{}}/d1/{\"n\":1} v2 at 1795313400000\n");

	/* The way back: all but the notification goes, what is new stays; the key is long gone. */
	struct store_owed third[] = { owed("k5", 5, MIG_EFFECT_SET_FLAG) };
	struct store_commit back = { .rollout_id = ROLLOUT, .expected_version = 2,
		.state = "{\"n\":2}", .settled_key = "k1", .drop_forward = true, .finished = true,
		.owed_count = 1, .owed = third, .at = { .ms = NOW_MS + 6 } };
	assert_int_equal(store_commit_step(fixture->store, &back), 0);
	assert_string_equal(owed_text(fixture, &out), "k3 m1-1 3 notify lane {}\n"
	    "k5 m1-1 5 set_flag lane {}\n");
	assert_string_equal(rollouts_text(fixture, &out),
	    "m1-1/m1/{\"plan\":{}}/d1/{\"n\":2} v3 finished at 1795313400000\n");

	assert_int_equal(store_settle(fixture->store, "k3"), 0);
	assert_int_equal(store_settle(fixture->store, "k3"), 0);
	assert_int_equal(store_owed_count(fixture->store), 1);
	mig_buf_fini(&out);
}

static void
test_nothing_by_halves(void **state)
{
	struct fixture *fixture = *state;
	struct store_owed first[] = { owed("k1", 1, MIG_EFFECT_SET_FLAG) };
	struct store_owed twice[] = { owed("k2", 2, MIG_EFFECT_HOOK),
		owed("k1", 1, MIG_EFFECT_SET_FLAG) };
	struct mig_record records[] = { record(2, "a", "{}"), record(2, "b", "{}") };
	struct store_commit commit = { .rollout_id = ROLLOUT, .expected_version = 7,
		.state = "{\"n\":1}", .drop_forward = true, .at = { .ms = NOW_MS } };
	struct mig_buf out;

	mig_buf_init(&out, 65536);
	create(fixture, first, 1);
	assert_int_equal(store_commit_step(fixture->store, &commit), MIG_ECONFLICT);
	assert_non_null(strstr(store_error(fixture->store), "changed by somebody else"));
	commit.rollout_id = "m1-9";
	assert_int_equal(store_commit_step(fixture->store, &commit), MIG_ENOTFOUND);

	/* The last part fails: none of the others may stay. */
	commit.rollout_id = ROLLOUT;
	commit.expected_version = 1;
	commit.drop_forward = false;
	commit.record_count = 1;
	commit.records = records;
	commit.owed_count = 2;
	commit.owed = twice;
	assert_int_equal(store_commit_step(fixture->store, &commit), MIG_ECONFLICT);
	commit.owed_count = 0;
	commit.record_count = 2;
	assert_int_equal(store_commit_step(fixture->store, &commit), MIG_ECONFLICT);
	assert_non_null(strstr(store_error(fixture->store), "out of order"));

	assert_string_equal(owed_text(fixture, &out), "k1 m1-1 1 set_flag lane {}\n");
	assert_string_equal(rollouts_text(fixture, &out),
	    "m1-1/m1/{\"plan\":{}}/d1/{\"n\":0} v1 at 1795313400000\n");
	assert_int_equal(check_chain(fixture).count, 1);
	mig_buf_fini(&out);
}

static int
stop_at_two(void *context, const struct store_record *kept)
{
	(void)context;
	return kept->seq == 2 ? 77 : 0;
}

static void
test_history(void **state)
{
	struct fixture *fixture = *state;
	struct mig_record records[] = { record(2, "b", "{\"z\":[1,{\"y\":2,\"x\":\"\\u00e4\"}]}"),
		record(3, "c", "{}"), record(9, "d", "{ \"p\" : 0.10 }") };
	struct store_commit commit = { .rollout_id = ROLLOUT, .expected_version = 1,
		.state = "{}", .record_count = 3, .records = records, .at = { .ms = NOW_MS } };
	struct mig_buf out;

	mig_buf_init(&out, 65536);
	create(fixture, NULL, 0);
	assert_int_equal(store_commit_step(fixture->store, &commit), 0);
	assert_int_equal(store_each_record(fixture->store, ROLLOUT, 1, 2, list_record, &out), 0);
	assert_string_equal(out.data,
	    "2 1795313400002 migarchd b {\"z\":[1,{\"y\":2,\"x\":\"\\u00e4\"}]}\n"
	    "3 1795313400003 migarchd c {}\n");
	assert_int_equal(store_each_record(fixture->store, ROLLOUT, 0, 9, stop_at_two, NULL), 77);

	struct chain chain = check_chain(fixture);
	assert_int_equal(chain.count, 4);
	assert_int_equal(chain.last, 9);

	/* Where a record stands in the chain and what it says both show in its hash. */
	struct store_record first = { .seq = 1, .at = { .ms = NOW_MS }, .actor = "a", .kind = "k",
		.detail = "{}" };
	char one[MIG_SHA256_HEX];
	char other[MIG_SHA256_HEX];
	assert_int_equal(store_chain_hash(STORE_CHAIN_START, ROLLOUT, &first, one), 0);
	assert_int_equal(store_chain_hash(one, ROLLOUT, &first, other), 0);
	assert_string_not_equal(one, other);
	first.detail = "{\"x\":1}";
	assert_int_equal(store_chain_hash(STORE_CHAIN_START, ROLLOUT, &first, other), 0);
	assert_string_not_equal(one, other);
	mig_buf_fini(&out);
}

static void
test_one_daemon(void **state)
{
	struct fixture *fixture = *state;
	struct store *second = NULL;
	char pid[32];

	(void)snprintf(pid, sizeof(pid), "(pid %ld)", (long)getpid());
	assert_int_equal(store_open(fixture->path, &second, fixture->error,
	    sizeof(fixture->error)), MIG_ECONFLICT);
	assert_null(second);
	assert_non_null(strstr(fixture->error, "in use by another migarchd"));
	assert_non_null(strstr(fixture->error, pid));
	close_store(fixture);
	open_store(fixture);
}

static void
test_private_file(void **state)
{
	static const char *const suffixes[] = { "", "-wal", ".lock" };
	struct fixture *fixture = *state;
	struct stat info;
	char path[128];

	create(fixture, NULL, 0);
	for (size_t i = 0; i < TEST_COUNT(suffixes); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", fixture->path, suffixes[i]);
		assert_int_equal(stat(path, &info), 0);
		assert_int_equal(info.st_mode & 0777, 0600);
	}
	/* A file that was too open is closed. */
	close_store(fixture);
	assert_int_equal(chmod(fixture->path, 0644), 0);
	open_store(fixture);
	assert_int_equal(stat(fixture->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

/* Overwrite some bytes of the closed database, and see what opening it says. */
static void
refuse_patched(struct fixture *fixture, long at, const char *bytes, size_t len,
    const char *wanted)
{
	char kept[16];
	int fd;

	close_store(fixture);
	fd = open(fixture->path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, kept, len, at), len);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	assert_int_equal(store_open(fixture->path, &fixture->store, fixture->error,
	    sizeof(fixture->error)), MIG_EIO);
	assert_null(fixture->store);
	if (strstr(fixture->error, wanted) == NULL)
		fail_msg("%s", fixture->error);
	assert_int_equal(pwrite(fd, kept, len, at), len);
	(void)close(fd);
	open_store(fixture);
}

static void
test_foreign_files(void **state)
{
	struct fixture *fixture = *state;
	char path[128];
	struct store *store = NULL;

	create(fixture, NULL, 0);
	refuse_patched(fixture, HEADER_USER_VERSION, "\0\0\1\0", 4, "newer migarchd");
	refuse_patched(fixture, HEADER_APPLICATION_ID, "ABCD", 4, "another program");
	refuse_patched(fixture, 0, "not a database.", 16, "no database");

	(void)snprintf(path, sizeof(path), "%s/no/state.db", fixture->folder);
	assert_int_equal(store_open(path, &store, fixture->error, sizeof(fixture->error)),
	    MIG_EIO);
	assert_non_null(strstr(fixture->error, "No such file"));
	assert_null(store);
}

/*
 * A full disk.  The limit on the size of files stands in for it: it can be set and lifted.
 */
static void
test_disk_full(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit;
	struct rlimit old;
	struct store_commit commit = { .rollout_id = ROLLOUT, .expected_version = 1,
		.at = { .ms = NOW_MS } };
	char *big = calloc(1, 300001);
	struct mig_buf out;

	assert_non_null(big);
	memset(big, 'x', 300000);
	mig_buf_init(&out, 1U << 20);
	create(fixture, NULL, 0);
	commit.state = big;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 200000;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int first = store_commit_step(fixture->store, &commit);
	int second = store_commit_step(fixture->store, &commit);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(first, MIG_EIO);
	assert_int_equal(second, MIG_EIO);
	if (strstr(store_error(fixture->store), "disk full") == NULL)
		fail_msg("%s", store_error(fixture->store));

	/* Nothing has happened, and as soon as there is room all goes on. */
	assert_string_equal(rollouts_text(fixture, &out),
	    "m1-1/m1/{\"plan\":{}}/d1/{\"n\":0} v1 at 1795313400000\n");
	commit.state = "{\"n\":1}";
	assert_int_equal(store_commit_step(fixture->store, &commit), 0);
	close_store(fixture);
	open_store(fixture);
	assert_string_equal(rollouts_text(fixture, &out),
	    "m1-1/m1/{\"plan\":{}}/d1/{\"n\":1} v2 at 1795313400000\n");
	mig_buf_fini(&out);
	free(big);
}

/* One round of the commit loop: its state says what must be in the other tables. */
struct round {
	uint64_t number;
	uint64_t last_seq;   /* of the records */
	uint64_t first_owed; /* keys first_owed..number are owed */
};

static int
read_round(void *context, const struct store_rollout *rollout)
{
	struct round *round = context;
	struct mig_json_doc *doc = test_json(rollout->state);
	const struct mig_json *root = mig_json_root(doc);

	round->number = (uint64_t)mig_json_number(mig_json_get(root, "n"));
	round->last_seq = (uint64_t)mig_json_number(mig_json_get(root, "seq"));
	round->first_owed = (uint64_t)mig_json_number(mig_json_get(root, "owed"));
	mig_json_free(doc);
	assert_int_equal(rollout->version, round->number + 1);
	return 0;
}

/*
 * The next round: one to three records, one request; the oldest request is settled, and every
 * 16th time all are dropped.
 */
static int
commit_round(struct store *store, struct round *round)
{
	struct mig_record records[3];
	char key[32] = "";
	char settled[32];
	char text[128];
	struct store_owed row = owed(key, round->number + 1, MIG_EFFECT_SET_FLAG);
	struct store_commit commit = { .rollout_id = ROLLOUT,
		.expected_version = round->number + 1, .state = text, .records = records,
		.owed_count = 1, .owed = &row, .at = { .ms = NOW_MS } };

	round->number++;
	(void)snprintf(settled, sizeof(settled), "key-%" PRIu64, round->first_owed);
	(void)snprintf(key, sizeof(key), "key-%" PRIu64, round->number);
	commit.record_count = 1 + round->number % 3;
	for (size_t i = 0; i < commit.record_count; i++)
		records[i] = record(++round->last_seq, "round", "{\"x\":1}");
	if (round->number % 16 == 0) {
		commit.drop_forward = true;
		round->first_owed = round->number;
	} else if (round->number % 2 == 0) {
		commit.settled_key = settled;
		round->first_owed++;
	}
	(void)snprintf(text, sizeof(text), "{\"n\":%" PRIu64 ",\"seq\":%" PRIu64 ",\"owed\":%"
	    PRIu64 "}", round->number, round->last_seq, round->first_owed);
	return store_commit_step(store, &commit);
}

/* In the child: commit and tell of each commit that has returned, until we are killed. */
static void
commit_for_ever(const char *path, struct round round, int tell)
{
	struct store *store = NULL;
	char error[256];

	if (store_open(path, &store, error, sizeof(error)) != 0)
		_exit(1);
	while (commit_round(store, &round) == 0) {
		if (write(tell, &round.number, sizeof(round.number)) !=
		    (ssize_t)sizeof(round.number))
			_exit(3);
	}
	_exit(2);
}

/* The number of the last commit that has returned in the child; 0 when it got to none. */
static uint64_t
kill_after(struct fixture *fixture, const struct round *round, int64_t us)
{
	struct timespec delay = { 0, (long)us * 1000 };
	uint64_t told = 0;
	int pipes[2];
	int status = 0;

	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		commit_for_ever(fixture->path, *round, pipes[1]);
	(void)close(pipes[1]);
	/* The time counts from the first commit on, else most are killed while opening. */
	assert_int_equal(read(pipes[0], &told, sizeof(told)), sizeof(told));
	(void)nanosleep(&delay, NULL);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	while (read(pipes[0], &told, sizeof(told)) == (ssize_t)sizeof(told))
		;
	(void)close(pipes[0]);
	return told;
}

static int
check_key(void *context, const struct store_owed *row)
{
	uint64_t *next = context;
	char key[32];

	(void)snprintf(key, sizeof(key), "key-%" PRIu64, *next);
	assert_string_equal(row->key, key);
	assert_int_equal(row->seq, *next);
	(*next)++;
	return 0;
}

static void
test_killed_at_any_moment(void **state)
{
	struct fixture *fixture = *state;
	uint64_t random = KILL_SEED;
	struct round round = { .last_seq = 1, .first_owed = 1 };
	struct mig_record first = record(1, "loaded", "{}");
	struct store_commit commit = { .rollout_id = ROLLOUT,
		.state = "{\"n\":0,\"seq\":1,\"owed\":1}", .record_count = 1, .records = &first,
		.at = { .ms = NOW_MS } };

	assert_int_equal(store_create(fixture->store, "m1", "{}", "d", &commit), 0);
	print_message("seed %" PRIu64 "\n", KILL_SEED);
	for (int i = 0; i < KILLS; i++) {
		uint64_t before = round.number;
		close_store(fixture);
		uint64_t told = kill_after(fixture, &round,
		    (int64_t)(test_random(&random) % KILL_AFTER_US_MAX));
		open_store(fixture);
		assert_int_equal(store_each_rollout(fixture->store, read_round, &round), 0);

		/* What was told is there; at most the one commit that was under way more. */
		assert_true(told > before);
		assert_in_range(round.number, told, told + 1);
		assert_int_equal(check_chain(fixture).last, round.last_seq);
		uint64_t next = round.first_owed;
		assert_int_equal(store_each_owed(fixture->store, check_key, &next), 0);
		assert_int_equal(next, round.number + 1);
	}
	assert_int_equal(check_chain(fixture).count, round.last_seq);
	print_message("%" PRIu64 " commits, %d kills\n", round.number, KILLS);
}

#define TORN_COMMITS 6
#define TORN_STEP 509 /* no divisor of pages and frames */

/* One file into memory; owned by the caller. */
static char *
slurp(const char *path, size_t *ret_len)
{
	char error[MIG_ERROR_MAX];
	char *bytes = NULL;

	assert_int_equal(file_read(path, (size_t)1 << 24, &bytes, ret_len, error, sizeof(error)),
	    0);
	return bytes;
}

static void
spill(const char *path, const char *bytes, size_t len)
{
	char error[MIG_ERROR_MAX];

	assert_int_equal(file_write(path, bytes, len, error, sizeof(error)), 0);
}

static int
read_version(void *context, const struct store_rollout *rollout)
{
	*(uint64_t *)context = rollout->version;
	return 0;
}

static int
count_row(void *context, const struct store_owed *row)
{
	(void)row;
	(*(size_t *)context)++;
	return 0;
}

/* The version that a store opens with when only that much of its log has reached the disk. */
static uint64_t
torn_version(struct fixture *fixture, const char *wal, size_t cut)
{
	uint64_t version = 0;
	char path[96];
	size_t rows = 0;

	(void)snprintf(path, sizeof(path), "%s-wal", fixture->path);
	spill(path, wal, cut);
	open_store(fixture);
	assert_int_equal(store_each_rollout(fixture->store, read_version, &version), 0);
	assert_int_equal(check_chain(fixture).count, version);
	/* Each version owes one request more: state and outbox belong together. */
	assert_int_equal(store_each_owed(fixture->store, count_row, &rows), 0);
	assert_int_equal(rows + (version > 0), version);
	close_store(fixture);
	return version;
}

/* A power cut in the middle of a write, at whatever byte: the last whole commit, and all of it. */
static void
test_torn_write(void **state)
{
	struct fixture *fixture = *state;
	char path[96];
	char key[16];
	size_t db_len = 0;
	size_t wal_len = 0;

	create(fixture, NULL, 0);
	for (uint64_t i = 1; i <= TORN_COMMITS; i++) {
		char text[32];
		(void)snprintf(text, sizeof(text), "{\"n\":%" PRIu64 "}", i);
		(void)snprintf(key, sizeof(key), "k%" PRIu64, i);
		struct mig_record next = record(i + 1, "step", text);
		struct store_owed row = owed(key, i, MIG_EFFECT_SET_FLAG);
		struct store_commit commit = { .rollout_id = ROLLOUT, .expected_version = i,
			.state = text, .record_count = 1, .records = &next, .owed_count = 1,
			.owed = &row, .at = { .ms = NOW_MS } };
		assert_int_equal(store_commit_step(fixture->store, &commit), 0);
	}
	/* As a power cut leaves them: the log was not taken into the file yet. */
	(void)snprintf(path, sizeof(path), "%s-wal", fixture->path);
	char *db = slurp(fixture->path, &db_len);
	char *wal = slurp(path, &wal_len);
	assert_true(wal_len > (size_t)TORN_COMMITS * TORN_STEP);
	close_store(fixture);

	uint64_t last = TORN_COMMITS + 1;
	for (size_t lost = 0; lost <= wal_len; lost += TORN_STEP) {
		spill(fixture->path, db, db_len);
		uint64_t version = torn_version(fixture, wal, wal_len - lost);
		assert_true(version <= last);
		assert_true(lost > 0 || version == last);
		last = version;
	}
	assert_true(last < TORN_COMMITS + 1);
	free(db);
	free(wal);
	open_store(fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create_and_reopen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ids_and_digests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commit_moves_all, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_by_halves, setup, teardown),
		cmocka_unit_test_setup_teardown(test_history, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_daemon, setup, teardown),
		cmocka_unit_test_setup_teardown(test_private_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_at_any_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_torn_write, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
