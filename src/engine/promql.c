/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "engine/promql.h"

#define SELECTORS_MAX 16
#define BRACKETS_MAX 64

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* metric name, function, keyword */
	TOKEN_NUMBER, /* number or duration: whatever starts with a digit */
	TOKEN_STRING,
	TOKEN_BROKEN, /* a string that does not end */
	TOKEN_OTHER   /* one character */
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t len;
};

struct span {
	const char *text;
	size_t len;
};

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_start(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static bool
is_word(char c)
{
	return is_word_start(c) || is_digit(c);
}

/* Length of the identifier in "{identifier}" at text; 0 when there is none. */
static size_t
placeholder_length(const char *text)
{
	if (text[0] != '{' || !is_lower(text[1]))
		return 0;
	size_t len = 1;
	while (is_lower(text[1 + len]) || is_digit(text[1 + len]) || text[1 + len] == '_')
		len++;
	return text[1 + len] == '}' ? len : 0;
}

static const char *
find_value(const struct mig_template_var *vars, const char *name, size_t len)
{
	for (; vars->name != NULL; vars++) {
		if (strlen(vars->name) == len && memcmp(vars->name, name, len) == 0)
			return vars->value;
	}
	return NULL;
}

static const char *
skip_space(const char *text)
{
	for (;;) {
		if (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
			text++;
		else if (*text == '#')
			text += strcspn(text, "\n");
		else
			return text;
	}
}

/* The string literal at text, which starts with its quote. */
static struct token
string_token(const char *text)
{
	char quote = text[0];
	size_t len = 1;
	while (text[len] != '\0' && text[len] != quote) {
		if (text[len] == '\\' && quote != '`' && text[len + 1] != '\0')
			len++;
		len++;
	}
	if (text[len] == '\0')
		return (struct token){ TOKEN_BROKEN, text, len };
	return (struct token){ TOKEN_STRING, text, len + 1 };
}

static struct token
next_token(const char *text)
{
	text = skip_space(text);
	size_t len = 1;
	if (*text == '\0')
		return (struct token){ TOKEN_END, text, 0 };
	if (*text == '"' || *text == '\'' || *text == '`')
		return string_token(text);
	if (is_digit(*text)) {
		while (is_word(text[len]) || text[len] == '.')
			len++;
		return (struct token){ TOKEN_NUMBER, text, len };
	}
	if (is_word_start(*text)) {
		while (is_word(text[len]))
			len++;
		return (struct token){ TOKEN_WORD, text, len };
	}
	return (struct token){ TOKEN_OTHER, text, 1 };
}

static struct token
following(const struct token *token)
{
	return next_token(token->text + token->len);
}

static bool
is_char(const struct token *token, char c)
{
	return token->kind == TOKEN_OTHER && token->text[0] == c;
}

static bool
is_one_of(const struct token *token, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strlen(*words) == token->len && memcmp(*words, token->text, token->len) == 0)
			return true;
	}
	return false;
}

/* The last token of a bracketed group, whose opening bracket is given; the end if unclosed. */
static struct token
skip_group(struct token open, char close)
{
	struct token token = open;
	while (token.kind != TOKEN_END && token.kind != TOKEN_BROKEN && !is_char(&token, close))
		token = following(&token);
	return token;
}

/* Whether the word is the name of a metric, given what follows it. */
static bool
is_metric_name(const struct token *word, const struct token *next)
{
	static const char *const aggregators[] = { "sum", "min", "max", "avg", "group", "stddev",
		"stdvar", "count", "count_values", "bottomk", "topk", "quantile", NULL };
	static const char *const groupings[] = { "by", "without", NULL };
	static const char *const keywords[] = { "and", "or", "unless", "atan2", "bool", "offset",
		"by", "without", "on", "ignoring", "group_left", "group_right", "inf", "Inf", "nan",
		"NaN", "AND", "OR", "UNLESS", "BY", "WITHOUT", "ON", "IGNORING", "OFFSET", NULL };

	if (is_char(next, '(') || is_one_of(word, keywords))
		return false;
	return !(is_one_of(word, aggregators) && is_one_of(next, groupings));
}

/* Whether the word takes a list of label names in parentheses, which are no metrics. */
static bool
takes_labels(const struct token *word)
{
	static const char *const words[] = { "by", "without", "on", "ignoring", "group_left",
		"group_right", "BY", "WITHOUT", "ON", "IGNORING", NULL };
	return is_one_of(word, words);
}

static void
keep_selector(struct span *selectors, size_t *count, const char *text, size_t len)
{
	for (size_t i = 0; i < *count; i++) {
		if (selectors[i].len == len && memcmp(selectors[i].text, text, len) == 0)
			return;
	}
	if (*count < SELECTORS_MAX)
		selectors[(*count)++] = (struct span){ text, len };
}

/* The last token of what starts with a word: a selector, which is kept, or something else. */
static struct token
take_word(struct token word, struct span *selectors, size_t *count)
{
	struct token next = following(&word);
	if (is_metric_name(&word, &next)) {
		struct token last = is_char(&next, '{') ? skip_group(next, '}') : word;
		keep_selector(
		    selectors, count, word.text, (size_t)(last.text + last.len - word.text));
		return last;
	}
	if (takes_labels(&word) && is_char(&next, '('))
		return skip_group(next, ')');
	return word;
}

static size_t
find_selectors(const char *query, struct span *selectors)
{
	size_t count = 0;
	struct token token = next_token(query);
	while (token.kind != TOKEN_END && token.kind != TOKEN_BROKEN) {
		if (token.kind == TOKEN_WORD) {
			token = take_word(token, selectors, &count);
		} else if (is_char(&token, '{')) {
			struct token last = skip_group(token, '}');
			keep_selector(selectors, &count, token.text,
			    (size_t)(last.text + last.len - token.text));
			token = last;
		} else if (is_char(&token, '[')) {
			token = skip_group(token, ']');
		}
		token = following(&token);
	}
	return count;
}

static char
closing(char open)
{
	if (open == '(')
		return ')';
	return open == '[' ? ']' : '}';
}

static int
fail(char *ret_error, size_t size, const char *what, const char *query, const char *at)
{
	(void)snprintf(ret_error, size, "%s at column %zu", what, (size_t)(at - query) + 1);
	return MIG_EDOC;
}

static int
fail_bracket(char *ret_error, size_t size, const char *what, const char *query, const char *at)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "%s %c", what, *at);
	return fail(ret_error, size, text, query, at);
}

int
mig_template_fill(const char *text, const struct mig_template_var *vars, struct mig_buf *out,
    char *ret_unknown, size_t size)
{
	size_t start = out->len;
	while (*text != '\0') {
		size_t len = placeholder_length(text);
		if (len == 0) {
			size_t plain = 1 + strcspn(text + 1, "{");
			mig_buf_add(out, text, plain);
			text += plain;
			continue;
		}
		const char *value = find_value(vars, text + 1, len);
		if (value == NULL) {
			(void)snprintf(ret_unknown, size, "%.*s", (int)len, text + 1);
			mig_buf_truncate(out, start);
			return MIG_ENOTFOUND;
		}
		mig_buf_puts(out, value);
		text += len + 2;
	}
	return mig_buf_ok(out) ? 0 : MIG_ENOMEM;
}

bool
mig_template_uses(const char *text, const char *name)
{
	for (; (text = strchr(text, '{')) != NULL; text++) {
		size_t len = placeholder_length(text);
		if (len > 0 && strlen(name) == len && memcmp(text + 1, name, len) == 0)
			return true;
	}
	return false;
}

int
mig_promql_age_query(const char *query, struct mig_buf *out)
{
	struct span selectors[SELECTORS_MAX];
	size_t count = find_selectors(query, selectors);
	if (count == 0)
		return MIG_ENOTFOUND;

	mig_buf_puts(out, "time() - max(");
	for (size_t i = 0; i < count; i++) {
		mig_buf_puts(out, i == 0 ? "timestamp(" : " or timestamp(");
		mig_buf_add(out, selectors[i].text, selectors[i].len);
		mig_buf_putc(out, ')');
	}
	mig_buf_putc(out, ')');
	return mig_buf_ok(out) ? 0 : MIG_ENOMEM;
}

int
mig_promql_check(const char *query, char *ret_error, size_t size)
{
	const char *open[BRACKETS_MAX];
	size_t depth = 0;
	struct token token = next_token(query);
	if (token.kind == TOKEN_END) {
		(void)snprintf(ret_error, size, "empty query");
		return MIG_EDOC;
	}
	for (; token.kind != TOKEN_END; token = following(&token)) {
		char c = token.kind == TOKEN_OTHER ? token.text[0] : '\0';
		if (token.kind == TOKEN_BROKEN)
			return fail(ret_error, size, "unterminated string", query, token.text);
		if (c == '(' || c == '[' || c == '{') {
			if (depth == BRACKETS_MAX)
				return fail(
				    ret_error, size, "too many brackets", query, token.text);
			open[depth++] = token.text;
		} else if (c == ')' || c == ']' || c == '}') {
			if (depth == 0 || closing(*open[depth - 1]) != c)
				return fail_bracket(
				    ret_error, size, "unexpected", query, token.text);
			depth--;
		}
	}
	if (depth > 0)
		return fail_bracket(ret_error, size, "unclosed", query, open[depth - 1]);
	return 0;
}

int
mig_promql_check_labels(const char *labels, char *ret_error, size_t size)
{
	struct token token = next_token(labels);
	while (token.kind != TOKEN_END) {
		if (token.kind != TOKEN_WORD)
			return fail(ret_error, size, "expected a label name", labels, token.text);
		token = following(&token);
		if (!is_char(&token, '=') && !is_char(&token, '!'))
			return fail(
			    ret_error, size, "expected =, !=, =~ or !~", labels, token.text);
		bool negated = is_char(&token, '!');
		if (token.text[1] == '~' || (negated && token.text[1] == '='))
			token.len = 2;
		else if (negated)
			return fail(
			    ret_error, size, "expected =, !=, =~ or !~", labels, token.text);
		token = following(&token);
		if (token.kind != TOKEN_STRING)
			return fail(ret_error, size, "expected a quoted value", labels, token.text);
		token = following(&token);
		if (token.kind != TOKEN_END && !is_char(&token, ','))
			return fail(ret_error, size, "expected a comma", labels, token.text);
		if (token.kind != TOKEN_END)
			token = following(&token);
	}
	return 0;
}
