/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "source/folder.h"

/* Flyway's turns, in the order in which it takes them. */
enum turn { TURN_PLAIN, TURN_VERSIONED, TURN_REPEATABLE };

/* A section of a file with both ways in it. */
struct section {
	const char *mark; /* behind "--" */
	bool down;
};

static const struct section sections[] = {
	{ "+goose up", false },
	{ "+goose down", true },
	{ "+migrate up", false },
	{ "+migrate down", true },
	{ "migrate:up", false },
	{ "migrate:down", true },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t suffix_len = strlen(suffix);
	return len > suffix_len && strcasecmp(name + len - suffix_len, suffix) == 0;
}

/* The length of a Flyway version behind its letter, "1.2_3" before "__"; 0 when it is none. */
static size_t
version_length(const char *name)
{
	size_t len = 0;
	while (is_digit(name[len]) ||
	    ((name[len] == '.' || name[len] == '_') && len > 0 && is_digit(name[len + 1])))
		len++;
	return strncmp(name + len, "__", 2) == 0 ? len : 0;
}

static enum turn
turn_of(const char *name)
{
	if (strncmp(name, "R__", 3) == 0)
		return TURN_REPEATABLE;
	return *name == 'V' && version_length(name + 1) > 0 ? TURN_VERSIONED : TURN_PLAIN;
}

/* Two runs of digits, however long, by their value; moves both behind them. */
static int
compare_numbers(const char **a, const char **b)
{
	while (**a == '0')
		(*a)++;
	while (**b == '0')
		(*b)++;
	size_t left = strspn(*a, "0123456789");
	size_t right = strspn(*b, "0123456789");
	int order = left != right ? (left < right ? -1 : 1) : memcmp(*a, *b, left);
	*a += left;
	*b += right;
	return order;
}

/* Texts with the numbers in them by their value. */
static int
compare_natural(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		int order = 0;
		if (is_digit(*a) && is_digit(*b))
			order = compare_numbers(&a, &b);
		else
			order = (unsigned char)*a++ - (unsigned char)*b++;
		if (order != 0)
			return order;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

/* Part by part; of "1" and "1.1" the shorter comes first. */
static int
compare_versions(const char *a, const char *b)
{
	const char *left_end = a + version_length(a);
	const char *right_end = b + version_length(b);
	int order = 0;
	while (order == 0 && a < left_end && b < right_end) {
		order = compare_numbers(&a, &b);
		a += a < left_end;
		b += b < right_end;
	}
	return order != 0 ? order : (a < left_end) - (b < right_end);
}

int
folder_order(const char *a, const char *b)
{
	enum turn left = turn_of(a);
	enum turn right = turn_of(b);
	int order = (int)left - (int)right;
	if (order == 0 && left == TURN_VERSIONED)
		order = compare_versions(a + 1, b + 1);
	if (order == 0)
		order = compare_natural(a, b);
	return order != 0 ? order : strcmp(a, b);
}

static int
compare(const void *a, const void *b)
{
	return folder_order(*(char *const *)a, *(char *const *)b);
}

static bool
is_script(const char *name)
{
	return *name != '.' && ends_with(name, ".sql");
}

static bool
is_forward(const char *name)
{
	bool undo = ends_with(name, ".down.sql") || ends_with(name, ".undo.sql") ||
	    (*name == 'U' && version_length(name + 1) > 0);
	return is_script(name) && !undo;
}

bool
folder_is_flyway(const char *name)
{
	return turn_of(name) != TURN_PLAIN || (*name == 'U' && version_length(name + 1) > 0);
}

static int
append(struct folder *folder, const char *name)
{
	if (folder->count >= MIG_MIGRATION_FILES_MAX)
		return MIG_ELIMIT;
	/* Doubled whenever the count is a power of two. */
	if ((folder->count & (folder->count - 1)) == 0) {
		size_t cap = folder->count == 0 ? 1 : folder->count * 2;
		char **names = reallocarray(folder->names, cap, sizeof(*names));
		if (names == NULL)
			return MIG_ENOMEM;
		folder->names = names;
	}
	char *copy = strdup(name);
	if (copy == NULL)
		return MIG_ENOMEM;
	folder->names[folder->count++] = copy;
	return MIG_OK;
}

static int
read_names(DIR *dir, bool (*wanted)(const char *), struct folder *folder)
{
	int error = MIG_OK;
	struct dirent *entry = NULL;
	errno = 0;
	while (error == MIG_OK && (entry = readdir(dir)) != NULL) {
		struct stat status;
		if (wanted(entry->d_name) && fstatat(dirfd(dir), entry->d_name, &status, 0) == 0 &&
		    S_ISREG(status.st_mode))
			error = append(folder, entry->d_name);
		errno = 0;
	}
	return error == MIG_OK && errno != 0 ? MIG_EIO : error;
}

static int
read_folder(const char *path, bool (*wanted)(const char *), struct folder *ret_folder,
    struct mig_findings *findings)
{
	struct folder folder = { 0 };
	DIR *dir = opendir(path);
	int error = dir == NULL ? (errno == ENOENT ? MIG_ENOTFOUND : MIG_EIO) :
	                          read_names(dir, wanted, &folder);
	int code = errno;
	if (dir != NULL)
		(void)closedir(dir);
	if (error == MIG_ENOTFOUND || error == MIG_EIO) {
		mig_findings_add(findings, MIG_SEV_ERROR, path, NULL, NULL, "%s", strerror(code));
	} else if (error == MIG_ELIMIT) {
		mig_findings_add(findings, MIG_SEV_ERROR, path, NULL, NULL,
		    "more than %d migration files", MIG_MIGRATION_FILES_MAX);
	} else if (error == MIG_OK && folder.count == 0) {
		mig_findings_add(findings, MIG_SEV_ERROR, path, NULL,
		    "sub-directories are not looked into",
		    "the directory has no migration files (*.sql)");
		error = MIG_EDOC;
	}
	if (folder.count > 1)
		qsort(folder.names, folder.count, sizeof(*folder.names), compare);
	*ret_folder = folder;
	return error;
}

int
folder_read(const char *path, struct folder *ret_folder, struct mig_findings *findings)
{
	return read_folder(path, is_forward, ret_folder, findings);
}

int
folder_read_all(const char *path, struct folder *ret_folder, struct mig_findings *findings)
{
	return read_folder(path, is_script, ret_folder, findings);
}

void
folder_fini(struct folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		free(folder->names[i]);
	free(folder->names);
	memset(folder, 0, sizeof(*folder));
}

/* The section that a line begins, NULL: none. */
static const struct section *
section_of(const char *line, const char *end)
{
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (end - line < 2 || line[0] != '-' || line[1] != '-')
		return NULL;
	for (line += 2; line < end && (*line == ' ' || *line == '\t');)
		line++;
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t len = strlen(sections[i].mark);
		if ((size_t)(end - line) >= len && strncasecmp(line, sections[i].mark, len) == 0)
			return &sections[i];
	}
	return NULL;
}

void
folder_keep_up(char *text, size_t len)
{
	char *end = text + len;
	bool down = false;
	for (char *line = text; line < end;) {
		char *feed = memchr(line, '\n', (size_t)(end - line));
		char *stop = feed != NULL ? feed : end;
		const struct section *section = section_of(line, stop);
		if (section != NULL)
			down = section->down;
		if (down)
			memset(line, ' ', (size_t)(stop - line));
		line = feed != NULL ? feed + 1 : end;
	}
}
