/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "core/step_int.h"

/* Bytes of a query that go into a record. */
#define QUERY_SHOWN_MAX 512

/* Kept free for the end of a record: open lists are closed and what they lack is counted. */
#define END_BYTES 256

/* More than a record has room for, so that what is too much can be taken back. */
#define NOTE_BYTES_MAX ((size_t)4 * MIG_DETAIL_MAX)

/* After this many attempts people hear of something that does not get through. */
#define ATTEMPTS_UNHEARD 4

/* Which run state may follow which; row = from. */
static const bool transitions[MIG_RUN_COUNT][MIG_RUN_COUNT] = {
	[MIG_RUN_LOADED] = { [MIG_RUN_BASELINING] = true, [MIG_RUN_ROLLING_BACK] = true },
	[MIG_RUN_BASELINING] = { [MIG_RUN_RUNNING] = true, [MIG_RUN_ROLLING_BACK] = true },
	[MIG_RUN_RUNNING] = { [MIG_RUN_BAKING] = true, [MIG_RUN_ROLLING_BACK] = true,
	    [MIG_RUN_HELD] = true },
	[MIG_RUN_BAKING] = { [MIG_RUN_COMPLETED] = true, [MIG_RUN_ROLLING_BACK] = true,
	    [MIG_RUN_HELD] = true },
	[MIG_RUN_COMPLETED] = { [MIG_RUN_ROLLING_BACK] = true, [MIG_RUN_HELD] = true },
	[MIG_RUN_ROLLING_BACK] = { [MIG_RUN_ROLLED_BACK] = true },
};

void
mig_note_open(struct mig_note *note, struct mig_turn *turn, const char *kind, const char *actor)
{
	MIG_ASSERT(turn->out->record_count < MIG_RECORDS_MAX);
	note->record = &turn->out->records[turn->out->record_count++];
	memset(note->record, 0, sizeof(*note->record));
	note->record->seq = ++turn->state->record_seq;
	note->record->at = turn->now;
	note->record->kind = kind;
	mig_text_copy(note->record->actor, sizeof(note->record->actor),
	    actor == NULL ? MIG_ACTOR_DAEMON : actor);
	mig_buf_init(&note->buf, NOTE_BYTES_MAX);
	mig_jw_init(&note->jw, &note->buf, 0);
	mig_jw_object(&note->jw, NULL);
	if (actor != NULL && turn->comment != NULL) {
		char comment[MIG_COMMENT_MAX];
		mig_text_copy(comment, sizeof(comment), turn->comment);
		mig_jw_string(&note->jw, "comment", comment);
	}
	mig_note_essential(note);
}

static void
go_back(struct mig_note *note, const struct mig_mark *mark)
{
	mig_buf_truncate(&note->buf, mark->len);
	note->buf.failed = false;
	note->jw = mark->jw;
}

void
mig_note_close(struct mig_note *note)
{
	struct mig_record *record = note->record;

	if (!mig_buf_ok(&note->buf) || note->buf.len + sizeof("}") > sizeof(record->detail)) {
		go_back(note, &note->essential);
		mig_jw_bool(&note->jw, "truncated", true);
	}
	mig_jw_object_end(&note->jw);
	/* Better a record without its detail than none. */
	bool fits = mig_buf_ok(&note->buf) && note->buf.len < sizeof(record->detail);
	(void)snprintf(record->detail, sizeof(record->detail), "%s",
	    fits ? note->buf.data : "{\"truncated\":true}");
	mig_buf_fini(&note->buf);
}

void
mig_note_essential(struct mig_note *note)
{
	note->essential = mig_note_mark(note);
}

struct mig_mark
mig_note_mark(const struct mig_note *note)
{
	return (struct mig_mark) { note->buf.len, note->jw };
}

bool
mig_note_keep(struct mig_note *note, const struct mig_mark *mark)
{
	if (mig_buf_ok(&note->buf) && note->buf.len + END_BYTES <= sizeof(note->record->detail))
		return true;
	go_back(note, mark);
	return false;
}

bool
mig_note_query(struct mig_note *note, const char *key, const char *query)
{
	struct mig_mark mark = mig_note_mark(note);
	char text[QUERY_SHOWN_MAX];

	if (query == NULL)
		return true;
	mig_text_copy(text, sizeof(text), query);
	mig_jw_string(&note->jw, key, text);
	return mig_note_keep(note, &mark);
}

void
mig_turn_record(struct mig_turn *turn, const char *kind, const char *actor)
{
	struct mig_note note;

	mig_note_open(&note, turn, kind, actor);
	mig_note_close(&note);
}

struct mig_effect *
mig_turn_owe(struct mig_turn *turn, enum mig_effect_kind kind)
{
	MIG_ASSERT(turn->out->effect_count < MIG_EFFECTS_MAX);
	struct mig_effect *effect = &turn->out->effects[turn->out->effect_count++];

	memset(effect, 0, sizeof(*effect));
	effect->kind = kind;
	effect->seq = ++turn->state->effect_seq;
	return effect;
}

void
mig_turn_notify(struct mig_turn *turn, enum mig_notice notice)
{
	struct mig_effect *effect = mig_turn_owe(turn, MIG_EFFECT_NOTIFY);

	effect->u.notify.notice = notice;
	effect->u.notify.record_seq = turn->state->record_seq;
}

void
mig_turn_failing(struct mig_turn *turn, const struct mig_event *event, enum mig_effect_kind kind,
    const char *name)
{
	struct mig_note note;

	if (event->u.result.attempts != ATTEMPTS_UNHEARD)
		return;
	mig_note_open(&note, turn, "effect_failing", NULL);
	mig_jw_string(&note.jw, "kind", mig_effect_kind_name(kind));
	mig_jw_string(&note.jw, "name", name);
	mig_jw_int(&note.jw, "attempts", event->u.result.attempts);
	mig_jw_string(&note.jw, "error", event->u.result.error);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

bool
mig_turn_worth_telling(uint32_t times)
{
	return times > 0 && (times & (times - 1)) == 0;
}

int
mig_turn_refuse(struct mig_turn *turn, int error, const char *why)
{
	mig_text_copy(turn->out->refusal, sizeof(turn->out->refusal), why);
	return error;
}

void
mig_turn_enter(struct mig_turn *turn, enum mig_run run)
{
	struct mig_state *state = turn->state;

	MIG_ASSERT(transitions[state->run][run]);
	state->run = run;
	state->run_at = turn->now;
	if (run == MIG_RUN_BASELINING)
		state->started_at = turn->now;
}
