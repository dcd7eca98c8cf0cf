/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if HAVE_SYSTEMD
#include <systemd/sd-journal.h>
#endif

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "daemon/log.h"

#define LOG_FIELDS_MAX 24
#define LOG_VALUE_BYTES_MAX ((size_t)MIG_DETAIL_MAX) /* a record's detail is whole */
#define LOG_LINE_BYTES_MAX (1024U * 1024U)
#define LOG_DEVICE_TEXT 64
#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

struct log_field {
	const char *key;
	const char *value;
};

/* One event on its way out. */
struct log_entry {
	enum log_level level;
	const char *subsystem;
	const char *message;
	size_t count;
	struct log_field fields[LOG_FIELDS_MAX];
};

/* The log is the one thing that everybody needs and nobody should have to carry around. */
static struct {
	enum log_level level;
	enum log_format format; /* never AUTO */
	bool prefixed;          /* stderr is a journal stream that reads <N> */
	bool cut;               /* the last line on stderr has no end */
	uint64_t lost;          /* lines that nobody took, not told yet */
} log_state = { LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, false, false, 0 };

static const char *
log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return "error";
	case LOG_LEVEL_WARNING:
		return "warning";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_DEBUG:
		return "debug";
	}
	return "error";
}

/* The priority of syslog(3). */
static int
log_priority(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return 3;
	case LOG_LEVEL_WARNING:
		return 4;
	case LOG_LEVEL_INFO:
		return 6;
	case LOG_LEVEL_DEBUG:
		return 7;
	}
	return 3;
}

/* systemd tells device and inode of the stream it gave us; stderr may be another one by now. */
static bool
log_stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char text[LOG_DEVICE_TEXT];
	struct stat info;

	if (stream == NULL || fstat(STDERR_FILENO, &info) != 0)
		return false;
	(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)info.st_dev,
	    (uintmax_t)info.st_ino);
	return strcmp(stream, text) == 0;
}

/* A value as JSON string, cut when it is too long. */
static void
log_quote(struct mig_buf *out, const char *value)
{
	char cut[LOG_VALUE_BYTES_MAX + 1];
	size_t len = strnlen(value, LOG_VALUE_BYTES_MAX + 1);
	struct mig_jw jw;

	if (len > LOG_VALUE_BYTES_MAX) {
		len = mig_utf8_cut(value, len, LOG_VALUE_BYTES_MAX - 3);
		(void)snprintf(cut, sizeof(cut), "%.*s...", (int)len, value);
		value = cut;
	}
	mig_jw_init(&jw, out, 0);
	mig_jw_string(&jw, NULL, value);
}

/* Bare where no reader can misunderstand it, else quoted. */
static void
log_value(struct mig_buf *out, const char *value)
{
	static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_-+.,:;/@%#*~";
	size_t len = strspn(value, bare);

	if (len > 0 && value[len] == '\0' && len <= LOG_VALUE_BYTES_MAX)
		mig_buf_puts(out, value);
	else
		log_quote(out, value);
}

static void
log_fields(struct mig_buf *out, const struct log_entry *entry)
{
	for (size_t i = 0; i < entry->count; i++) {
		mig_buf_printf(out, " %s=", entry->fields[i].key);
		log_value(out, entry->fields[i].value);
	}
}

static void
log_logfmt(struct mig_buf *out, const char *time, const struct log_entry *entry)
{
	mig_buf_printf(out, "ts=%s level=%s sub=%s msg=", time, log_level_name(entry->level),
	    entry->subsystem);
	log_quote(out, entry->message);
	log_fields(out, entry);
}

static void
log_json(struct mig_buf *out, const char *time, const struct log_entry *entry)
{
	mig_buf_printf(out, "{\"ts\":\"%s\",\"level\":\"%s\",\"sub\":\"%s\",\"msg\":", time,
	    log_level_name(entry->level), entry->subsystem);
	log_quote(out, entry->message);
	for (size_t i = 0; i < entry->count; i++) {
		mig_buf_putc(out, ',');
		log_quote(out, entry->fields[i].key);
		mig_buf_putc(out, ':');
		log_quote(out, entry->fields[i].value);
	}
	mig_buf_putc(out, '}');
}

/* Whether a write of up to PIPE_BUF bytes would not block, or would fail at once. */
static bool
log_takes(int fd)
{
	struct pollfd out = { .fd = fd, .events = POLLOUT };

	return poll(&out, 1, 0) > 0;
}

/*
 * Whether it went out.  A pipe that nobody reads loses the line rather than hold up the daemon: the
 * loop that logs is the one that rolls back.
 */
static bool
log_write(const char *text, size_t len)
{
	if (log_state.cut && (!log_takes(STDERR_FILENO) || write(STDERR_FILENO, "\n", 1) != 1))
		return false;
	log_state.cut = false;
	while (len > 0) {
		if (!log_takes(STDERR_FILENO))
			return false;
		ssize_t done = write(STDERR_FILENO, text, len < PIPE_BUF ? len : PIPE_BUF);
		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			text += done;
			len -= (size_t)done;
			log_state.cut = len > 0;
		}
	}
	return true;
}

/* Whether it went out. */
static bool
log_stderr(const struct log_entry *entry)
{
	static const char lost[] = "level=error sub=log msg=\"out of memory, an event is lost\"\n";
	struct timespec now = { 0, 0 };
	char time[MIG_TIME_TEXT];
	struct mig_buf line;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	mig_wall at = { .ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
	(void)mig_time_format(at, time);

	mig_buf_init(&line, LOG_LINE_BYTES_MAX);
	if (log_state.prefixed)
		mig_buf_printf(&line, "<%d>", log_priority(entry->level));
	if (log_state.format == LOG_FORMAT_JSON)
		log_json(&line, time, entry);
	else
		log_logfmt(&line, time, entry);
	mig_buf_putc(&line, '\n');
	bool sent = mig_buf_ok(&line) ? log_write(line.data, line.len) :
	    log_write(lost, sizeof(lost) - 1);
	mig_buf_fini(&line);
	return sent;
}

#if HAVE_SYSTEMD

#define LOG_JOURNAL_FIXED 4

/* Add "MIGARCH_KEY=value" to the text and its length to the list. */
static void
log_journal_field(struct mig_buf *text, const char *key, const char *value)
{
	mig_buf_puts(text, "MIGARCH_");
	for (const char *c = key; *c != '\0'; c++) {
		bool lower = *c >= 'a' && *c <= 'z';
		bool plain = (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
		mig_buf_putc(text, lower ? (char)(*c - 'a' + 'A') : plain ? *c : '_');
	}
	mig_buf_putc(text, '=');
	mig_buf_add(text, value, strnlen(value, LOG_VALUE_BYTES_MAX));
}

/* All fields one behind the other; ends[i] is where the i-th ends.  The number of fields. */
static int
log_journal_text(struct mig_buf *text, const struct log_entry *entry, size_t *ret_ends)
{
	int count = 0;

	/* The fields are part of the sentence as well: journalctl shows nothing else by default. */
	mig_buf_printf(text, "MESSAGE=%s", entry->message);
	log_fields(text, entry);
	ret_ends[count++] = text->len;
	mig_buf_printf(text, "PRIORITY=%d", log_priority(entry->level));
	ret_ends[count++] = text->len;
	mig_buf_puts(text, "SYSLOG_IDENTIFIER=migarchd");
	ret_ends[count++] = text->len;
	log_journal_field(text, "subsystem", entry->subsystem);
	ret_ends[count++] = text->len;
	for (size_t i = 0; i < entry->count; i++) {
		log_journal_field(text, entry->fields[i].key, entry->fields[i].value);
		ret_ends[count++] = text->len;
	}
	return count;
}

/*
 * Whether the journal has room for a datagram.  libsystemd's own socket blocks and is out of
 * reach; one of ours that is connected to the same place is writable when that one is.
 */
static bool
log_journal_takes(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = LOG_JOURNAL_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return true; /* without descriptors there is nothing to ask with */
	bool takes = connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    log_takes(fd);
	(void)close(fd); /* nothing was written */
	return takes;
}

/* Whether the journal took it. */
static bool
log_journal(const struct log_entry *entry)
{
	size_t ends[LOG_JOURNAL_FIXED + LOG_FIELDS_MAX];
	struct iovec parts[LOG_JOURNAL_FIXED + LOG_FIELDS_MAX];
	struct mig_buf text;
	bool sent = false;

	mig_buf_init(&text, LOG_LINE_BYTES_MAX);
	int count = log_journal_text(&text, entry, ends);
	if (mig_buf_ok(&text)) {
		for (int i = 0; i < count; i++) {
			size_t start = i == 0 ? 0 : ends[i - 1];
			parts[i].iov_base = text.data + start;
			parts[i].iov_len = ends[i] - start;
		}
		sent = sd_journal_sendv(parts, count) >= 0;
	}
	mig_buf_fini(&text);
	return sent;
}

#else

static bool
log_journal_takes(void)
{
	return true;
}

static bool
log_journal(const struct log_entry *entry)
{
	(void)entry;
	return false;
}

#endif

/* Whether somebody took it. */
static bool
log_send(const struct log_entry *entry)
{
	if (log_state.format == LOG_FORMAT_JOURNAL) {
		/* Then stderr, which is the journal as well, would not take it either. */
		if (!log_journal_takes())
			return false;
		if (log_journal(entry))
			return true;
	}
	return log_stderr(entry);
}

/* Say once how much is missing. */
static void
log_tell_lost(void)
{
	char count[24];
	const struct log_entry entry = { .level = LOG_LEVEL_WARNING, .subsystem = "log",
		.message = "nobody took the log for a while: lines are lost", .count = 1,
		.fields = { { "count", count } } };

	(void)snprintf(count, sizeof(count), "%" PRIu64, log_state.lost);
	if (log_send(&entry))
		log_state.lost = 0;
}

void
log_setup(enum log_level level, enum log_format format)
{
	bool journal = log_stderr_is_journal();

	log_state.level = level;
	log_state.format = format;
	log_state.prefixed = journal;
	if (format == LOG_FORMAT_AUTO)
		log_state.format = journal ? LOG_FORMAT_JOURNAL : LOG_FORMAT_LOGFMT;
	/* libsystemd reports success when there is no journal at all, and everything is lost. */
	if (log_state.format == LOG_FORMAT_JOURNAL && access(LOG_JOURNAL_SOCKET, W_OK) != 0)
		log_state.format = LOG_FORMAT_LOGFMT;
}

void
log_set_level(enum log_level level)
{
	log_state.level = level;
}

void
log_event(enum log_level level, const char *subsystem, const char *message, ...)
{
	struct log_entry entry = { .level = level, .subsystem = subsystem, .message = message };
	va_list args;

	if (level > log_state.level)
		return;
	va_start(args, message);
	while (entry.count < LOG_FIELDS_MAX) {
		struct log_field *field = &entry.fields[entry.count];
		field->key = va_arg(args, const char *);
		if (field->key == NULL)
			break;
		field->value = va_arg(args, const char *);
		if (field->value == NULL)
			break;
		entry.count++;
	}
	va_end(args);
	if (log_state.lost > 0)
		log_tell_lost();
	if (!log_send(&entry))
		log_state.lost++;
}
