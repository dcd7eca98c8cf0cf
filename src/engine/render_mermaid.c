/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The two diagrams of a plan, in what Mermaid draws on the pages of code hosts.  Texts of the plan
 * stand only where Mermaid expects free text, behind something that is no keyword, and whatever
 * could mean something to it, to Markdown or to HTML is written as an entity.
 */

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"
#include "engine/render_page.h"

#define PHASES_MAX 50 /* in the flow chart: beyond that nobody can read it */
#define EDGES_MAX 400 /* Mermaid refuses to draw more than 500 */
#define ROWS_MAX 120  /* in the Gantt chart; Mermaid refuses texts over 50,000 characters */
#define NAME_MAX 60   /* characters of a text */
#define FLAGS_MAX 5   /* named in a box */
#define HOUR_MS 3600000.0
#define DAY_MS 86400000.0
#define SHORT_DAYS 4 /* up to here the axis has hours */
#define YEAR_DAYS 365

/* A phase of the flow chart: the boxes its edges come from and go to may be those of gates. */
struct box {
	const char *name;
	bool entry;
	bool leave;
};

/* A chart of bars while it is written. */
struct gantt {
	struct mig_buf *out;
	size_t rows;
	size_t left_out;
};

/* Whether a character is the same to Mermaid, Markdown and HTML; before and after are around it. */
static bool
is_plain(char c, char before, char after)
{
	if (c == ' ' || mig_page_is_word(c))
		return true;
	return c != '\0' && strchr("_-.", c) != NULL && mig_page_is_word(before) &&
	    mig_page_is_word(after);
}

static void
put_text(struct mig_buf *out, const char *text)
{
	char before = ' ';
	for (size_t len = 1, shown = 0; *text != '\0'; before = text[len - 1], text += len) {
		size_t control = mig_page_control(text);
		len = control > 0 ? control : 1;
		if (((unsigned char)*text & 0xc0) != 0x80 && ++shown > NAME_MAX) {
			mig_buf_puts(out, "\342\200\246");
			return;
		}
		if (control > 0)
			mig_buf_putc(out, ' ');
		else if (is_plain(*text, before, text[1]))
			mig_buf_putc(out, *text);
		else
			mig_buf_printf(out, "#%d;", *text);
	}
}

/* A time of the plan; fallback when there is none. */
static mig_wall
time_of(const struct mig_json *node, const char *key, mig_wall fallback)
{
	mig_wall at = fallback;
	return mig_time_parse(mig_page_string(node, key), &at) == MIG_OK ? at : fallback;
}

static bool
is_risky(const struct mig_json *phase)
{
	const char *risk = mig_page_string(phase, "risk_level");
	return strcmp(risk, "high") == 0 || strcmp(risk, "critical") == 0;
}

/* Count a row; whether there is room for it. */
static bool
take_row(struct gantt *gantt)
{
	if (gantt->rows >= ROWS_MAX) {
		gantt->left_out++;
		return false;
	}
	gantt->rows++;
	return true;
}

static void
put_span(struct gantt *gantt, const char *tags, mig_wall from, mig_wall to)
{
	char start[MIG_TIME_TEXT];
	char end[MIG_TIME_TEXT];
	(void)mig_page_stamp(from, start);
	(void)mig_page_stamp(to, end);
	/* A bar without length would not be seen. */
	if (strcmp(start, end) == 0)
		mig_buf_printf(gantt->out, " :%smilestone, %s, 0d\n", tags, start);
	else
		mig_buf_printf(gantt->out, " :%s%s, %s\n", tags, start, end);
}

/* A bar for each share of a flag, up to the next one; the last is a mark. */
static void
put_steps(struct gantt *gantt, const struct mig_json *span)
{
	const struct mig_json *step = mig_json_first(mig_json_get(span, "steps"));
	for (; step != NULL; step = mig_json_next(step)) {
		const char *flag = mig_page_string(step, "flag");
		const struct mig_json *next = mig_json_next(step);
		mig_wall at = time_of(step, "at", (mig_wall){ 0 });
		bool same = next != NULL && strcmp(mig_page_string(next, "flag"), flag) == 0;
		if (!take_row(gantt))
			continue;
		mig_buf_printf(gantt->out, "    %g %% ", mig_page_number(step, "percentage"));
		put_text(gantt->out, flag);
		put_span(gantt, "active, ", at, same ? time_of(next, "at", at) : at);
	}
}

static void
put_phase(struct gantt *gantt, const struct mig_json *phase, size_t number, mig_wall span[2])
{
	if (!take_row(gantt))
		return;
	mig_buf_printf(gantt->out, "    %zu. ", number);
	put_text(gantt->out, mig_page_string(phase, "name"));
	put_span(gantt, is_risky(phase) ? "crit, " : "", span[0], span[1]);
}

/* The bars of all phases from a time on; of a timeline with its times and steps. */
static void
put_phases(struct gantt *gantt, const struct mig_json *plan, mig_wall from)
{
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	const struct mig_json *timeline = mig_json_get(plan, "timeline");
	const struct mig_json *span = mig_json_first(mig_json_get(timeline, "phases"));
	mig_wall now = from;
	for (size_t number = 1; phase != NULL; number++, phase = mig_json_next(phase)) {
		double hours = mig_page_number(phase, "duration_hours");
		mig_wall end = { now.ms + (int64_t)llround(hours * HOUR_MS) };
		mig_wall both[2] = { time_of(span, "start", now), time_of(span, "end", end) };
		put_phase(gantt, phase, number, both);
		put_steps(gantt, span);
		span = span != NULL ? mig_json_next(span) : NULL;
		now = both[1];
	}
}

static double
days_of(const struct mig_json *plan)
{
	const struct mig_json *timeline = mig_json_get(plan, "timeline");
	if (timeline == NULL)
		return mig_page_number(plan, "estimated_duration_hours") * HOUR_MS / DAY_MS;
	mig_wall start = time_of(timeline, "start", (mig_wall){ 0 });
	return (double)(time_of(timeline, "end", start).ms - start.ms) / DAY_MS;
}

/* Without a start the first day is the first of a year, so that the axis can count days. */
static const char *
axis_of(bool dated, double days)
{
	if (dated)
		return days > SHORT_DAYS ? "%Y-%m-%d" : "%m-%d %H:%M";
	return days > YEAR_DAYS ? "year %-y, day %-j" : "day %-j";
}

void
mig_mermaid_gantt(const struct mig_json *plan, struct mig_buf *out)
{
	struct gantt gantt = { .out = out };
	bool dated = mig_json_get(plan, "timeline") != NULL;
	mig_wall year_one = { mig_time_days_from_civil(2001, 1, 1) * (int64_t)DAY_MS };
	mig_buf_puts(out, "```mermaid\ngantt\n");
	mig_buf_puts(out, "    dateFormat YYYY-MM-DD HH:mm\n");
	mig_buf_printf(out, "    axisFormat %s\n", axis_of(dated, days_of(plan)));
	if (!dated)
		mig_buf_puts(out, "    todayMarker off\n");
	put_phases(&gantt, plan, year_one);
	mig_buf_puts(out, "```\n\n");
	if (gantt.left_out > 0)
		mig_buf_printf(out, MIG_PAGE_MORE "\n\n", gantt.left_out);
}

/* A box with the gates that a phase has at one of its borders; whether there are any. */
static bool
put_gates(struct mig_buf *out, const struct mig_json *phase, const char *at, size_t number)
{
	bool found = false;
	const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	for (; gate != NULL; gate = mig_json_next(gate)) {
		const char *name = mig_page_string(gate, "name");
		const char *kind = mig_page_string(gate, "kind");
		if (strcmp(mig_page_string(gate, "at"), at) != 0)
			continue;
		if (found)
			mig_buf_puts(out, "<br/>");
		else
			mig_buf_printf(out, "    %c%zu{{\"gate ", *at, number);
		found = true;
		put_text(out, name);
		if (strcmp(name, kind) != 0) {
			mig_buf_puts(out, ", ");
			put_text(out, kind);
		}
	}
	if (found)
		mig_buf_puts(out, "\"}}\n");
	return found;
}

static void
put_flags(struct mig_buf *out, const struct mig_json *flags)
{
	const struct mig_json *flag = mig_json_first(flags);
	if (flag != NULL)
		mig_buf_puts(out, "<br/>moves traffic by");
	for (size_t i = 0; flag != NULL && i < FLAGS_MAX; i++, flag = mig_json_next(flag)) {
		mig_buf_puts(out, "<br/>");
		put_text(out, mig_page_element(flag));
	}
	if (flag != NULL)
		mig_buf_printf(out, "<br/>and %zu more", mig_json_count(flags) - FLAGS_MAX);
}

/* The box of a phase, those of its gates, and the edges between them. */
static void
put_box(struct mig_buf *out, const struct mig_json *phase, size_t number, struct box *box)
{
	const struct mig_json *flags = mig_json_get(phase, "flags");
	bool final = mig_json_bool(mig_json_get(phase, "point_of_no_return"));
	box->name = mig_page_string(phase, "name");
	mig_buf_printf(out, "    p%zu[\"", number);
	put_text(out, box->name);
	mig_buf_printf(out, "<br/>phase %zu, %g h, risk ", number,
	    mig_page_number(phase, "duration_hours"));
	put_text(out, mig_page_string(phase, "risk_level"));
	put_flags(out, flags);
	if (final)
		mig_buf_puts(out, "<br/>POINT OF NO RETURN");
	mig_buf_printf(out, "\"]%s\n",
	    final ? ":::final" : mig_json_first(flags) != NULL ? ":::traffic" : "");
	box->entry = put_gates(out, phase, "entry", number);
	box->leave = put_gates(out, phase, "leave", number);
	if (box->entry)
		mig_buf_printf(out, "    e%zu --> p%zu\n", number, number);
	if (box->leave)
		mig_buf_printf(out, "    p%zu --> l%zu\n", number, number);
}

static void
put_edge(struct mig_buf *out, const struct box *boxes, size_t from, const char *arrow, size_t to)
{
	mig_buf_printf(out, "    %c%zu %s %c%zu\n", boxes[from].leave ? 'l' : 'p', from + 1, arrow,
	    boxes[to].entry ? 'e' : 'p', to + 1);
}

/* Edges from what a phase depends on; a dotted one from the phase before when it is nothing. */
static size_t
put_edges(struct mig_buf *out, const struct mig_json *phase, const struct box *boxes, size_t to,
    size_t room)
{
	size_t edges = 0;
	const struct mig_json *name = mig_json_first(mig_json_get(phase, "dependencies"));
	for (; name != NULL; name = mig_json_next(name)) {
		const char *text = mig_page_element(name);
		size_t from = 0;
		while (from < to && strcmp(boxes[from].name, text) != 0)
			from++;
		if (from == to || edges >= room)
			continue;
		put_edge(out, boxes, from, "-->", to);
		edges++;
	}
	if (edges == 0 && to > 0)
		put_edge(out, boxes, to - 1, "-.->", to);
	return edges;
}

void
mig_mermaid_phases(const struct mig_json *plan, struct mig_buf *out)
{
	struct box boxes[PHASES_MAX];
	const struct mig_json *phases = mig_json_get(plan, "phases");
	const struct mig_json *phase = mig_json_first(phases);
	size_t count = 0;
	size_t edges = 0;
	mig_buf_puts(out, "```mermaid\nflowchart TD\n");
	for (; phase != NULL && count < PHASES_MAX; count++, phase = mig_json_next(phase)) {
		put_box(out, phase, count + 1, &boxes[count]);
		edges += put_edges(out, phase, boxes, count, EDGES_MAX - edges);
	}
	if (phase != NULL)
		mig_buf_printf(out, "    more[\"and %zu more phases\"]\n    p%zu -.-> more\n",
		    mig_json_count(phases) - PHASES_MAX, count);
	mig_buf_puts(out, "    classDef traffic stroke:#0969da,stroke-width:3px\n"
	    "    classDef final stroke:#d1242f,stroke-width:3px\n```\n\n");
}
