/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "daemon/config_int.h"
#include "sys/file.h"

#define DIGITS_MAX 9
#define FILES_MAX 64
#define PATH_TEXT 4096

/* Included files that are still to be scanned, and who includes them. */
struct queue {
	size_t count;
	char *paths[FILES_MAX];
	const char *from[FILES_MAX];
	int lines[FILES_MAX];
	struct mig_findings *findings;
};

struct scan {
	const char *text;
	size_t len;
	size_t at;
	int line;
	const char *path;
	const char *folder;
	bool broken; /* the rest can't be understood */
	struct queue *queue;
	struct mig_findings *findings;
};

static void
fault(struct scan *scan, int line, const char *hint, const char *message)
{
	struct mig_finding *finding =
	    mig_findings_add(scan->findings, MIG_SEV_ERROR, scan->path, NULL, hint, "%s", message);
	if (finding != NULL)
		finding->line = line;
}

static char
peek(const struct scan *scan, size_t ahead)
{
	return scan->at + ahead < scan->len ? scan->text[scan->at + ahead] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    c == '-' || c == '*';
}

static bool
is_name_start(char c)
{
	return is_name(c) && !is_digit(c) && c != '-';
}

static void
advance(struct scan *scan)
{
	if (scan->text[scan->at] == '\n')
		scan->line++;
	scan->at++;
}

static void
skip_line(struct scan *scan)
{
	while (scan->at < scan->len && scan->text[scan->at] != '\n')
		scan->at++;
}

static void
skip_comment(struct scan *scan)
{
	int line = scan->line;
	scan->at += 2;
	while (scan->at < scan->len) {
		if (peek(scan, 0) == '*' && peek(scan, 1) == '/') {
			scan->at += 2;
			return;
		}
		advance(scan);
	}
	fault(scan, line, "end it with */", "the comment does not end");
	scan->broken = true;
}

/* What libconfig does not know behind a backslash it drops without a word. */
static void
check_escape(struct scan *scan)
{
	char c = peek(scan, 1);
	if (c == 'x') {
		if (!is_hex(peek(scan, 2)) || !is_hex(peek(scan, 3)))
			fault(scan, scan->line, "write two hexadecimal digits",
			    "incomplete escape \\x");
		else if (peek(scan, 2) == '0' && peek(scan, 3) == '0')
			fault(scan, scan->line, "remove it", "a NUL byte in a string");
	} else if (c == '\0' || strchr("\\\"fnrt", c) == NULL) {
		char text[32];
		(void)snprintf(text, sizeof(text), "unknown escape \\%c", c);
		fault(scan, scan->line, "write \\\\ for a backslash", text);
	}
}

static void
skip_string(struct scan *scan)
{
	int line = scan->line;
	scan->at++;
	while (scan->at < scan->len) {
		char c = peek(scan, 0);
		if (c == '"') {
			scan->at++;
			return;
		}
		if (c == '\\') {
			check_escape(scan);
			advance(scan);
		}
		if (scan->at < scan->len)
			advance(scan);
	}
	fault(scan, line, "a quotation mark is missing", "the string does not end");
	scan->broken = true;
}

/* Integers beyond 32 bits wrap around in libconfig. */
static void
check_number(struct scan *scan)
{
	size_t digits = 0;
	bool hex = peek(scan, 0) == '0' && (peek(scan, 1) == 'x' || peek(scan, 1) == 'X');
	if (hex)
		scan->at += 2;
	while (hex ? is_hex(peek(scan, digits)) : is_digit(peek(scan, digits)))
		digits++;
	scan->at += digits;
	char next = peek(scan, 0);
	bool fraction = !hex && (next == '.' || next == 'e' || next == 'E');
	if (!fraction && digits > (hex ? 7 : DIGITS_MAX))
		fault(scan, scan->line,
		    "write durations as strings with a unit, such as \"24h\", and others smaller",
		    "an integer of more than nine digits");
	while (is_name(peek(scan, 0)) || peek(scan, 0) == '.' || peek(scan, 0) == '+')
		scan->at++;
}

static void
queue_file(struct scan *scan, const char *name, size_t len)
{
	struct queue *queue = scan->queue;
	char path[PATH_TEXT];
	(void)snprintf(path, sizeof(path), "%s/%.*s", scan->folder, (int)len, name);
	for (size_t i = 0; i < queue->count; i++) {
		if (strcmp(queue->paths[i], path) == 0)
			return;
	}
	if (queue->count == FILES_MAX) {
		fault(scan, scan->line, "include fewer files", "more than 64 included files");
		return;
	}
	char *copy = strdup(path);
	if (copy == NULL)
		return;
	queue->lines[queue->count] = scan->line;
	queue->from[queue->count] = scan->path;
	queue->paths[queue->count++] = copy;
}

/* An include directive: the file is scanned later. */
static void
scan_include(struct scan *scan)
{
	const char *name = scan->text + scan->at + strlen("@include");
	const char *end = scan->text + scan->len;
	while (name < end && (*name == ' ' || *name == '\t'))
		name++;
	const char *quote =
	    name < end && *name == '"' ? memchr(name + 1, '"', (size_t)(end - name - 1)) : NULL;
	if (quote != NULL && name[1] != '/') {
		queue_file(scan, name + 1, (size_t)(quote - name - 1));
	} else if (quote != NULL) {
		fault(scan, scan->line, "name it relative to the folder of the configuration",
		    "an included file can't have an absolute name");
		scan->broken = true;
	}
	skip_line(scan);
}

static void
scan_text(struct scan *scan)
{
	while (scan->at < scan->len && !scan->broken) {
		char c = peek(scan, 0);
		if (c == '#' || (c == '/' && peek(scan, 1) == '/'))
			skip_line(scan);
		else if (c == '/' && peek(scan, 1) == '*')
			skip_comment(scan);
		else if (c == '"')
			skip_string(scan);
		else if (c == '@')
			scan_include(scan);
		else if (is_digit(c))
			check_number(scan);
		else if (is_name_start(c))
			while (is_name(peek(scan, 0)))
				scan->at++;
		else
			advance(scan);
	}
}

static int
line_of(const char *text, size_t at)
{
	int line = 1;
	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* libconfig takes any bytes; all that we write and send must be UTF-8. */
static void
check_encoding(struct scan *scan)
{
	size_t at = 0;
	while (at < scan->len && scan->text[at] != '\0') {
		size_t step = mig_utf8_sequence(scan->text + at, scan->len - at);
		if (step == 0)
			break;
		at += step;
	}
	if (at == scan->len)
		return;
	fault(scan, line_of(scan->text, at), "save the file as UTF-8",
	    scan->text[at] == '\0' ? "a NUL byte" : "not valid UTF-8");
	scan->broken = true;
}

static bool
scan_file(const char *text, size_t len, const char *path, const char *folder, struct queue *queue)
{
	struct scan scan = { .text = text,
		.len = len,
		.line = 1,
		.path = path,
		.folder = folder,
		.queue = queue,
		.findings = queue->findings };
	check_encoding(&scan);
	scan_text(&scan);
	return !scan.broken;
}

/* Read and scan the file number i of the queue. */
static bool
scan_queued(struct queue *queue, size_t i, const char *folder)
{
	char error[CONFIG_FAULT_TEXT];
	char *text = NULL;
	size_t len = 0;
	if (file_read(queue->paths[i], CONFIG_BYTES_MAX, &text, &len, error, sizeof(error)) != 0) {
		struct mig_finding *finding =
		    mig_findings_add(queue->findings, MIG_SEV_ERROR, queue->from[i], NULL,
		        "included files are sought in the configuration's folder", "%s", error);
		if (finding != NULL)
			finding->line = queue->lines[i];
		return false;
	}
	bool good = scan_file(text, len, queue->paths[i], folder, queue);
	free(text);
	return good;
}

bool
config_scan(const char *text, size_t len, const char *path, const char *folder,
    struct mig_findings *findings)
{
	struct queue queue = { .findings = findings };
	bool good = scan_file(text, len, path, folder, &queue);
	for (size_t i = 0; i < queue.count; i++)
		good = scan_queued(&queue, i, folder) && good;
	for (size_t i = 0; i < queue.count; i++)
		free(queue.paths[i]);
	return good;
}
