/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "daemon/api_int.h"
#include "daemon/driver.h"
#include "wire/ofrep.h"

#define FLAGS_ETAG_MAX 64

/* All flags that are served; strings borrowed from the driver. */
struct served {
	struct mig_ofrep_flag *items;
	size_t count;
	size_t room;
	bool failed;
};

static void
add_flag(void *context, const char *flag, double percentage, const char *rollout_id)
{
	struct served *served = context;
	if (served->count == served->room && !served->failed) {
		size_t room = served->room == 0 ? 16 : served->room * 2;
		struct mig_ofrep_flag *items = reallocarray(served->items, room, sizeof(*items));
		served->failed = items == NULL;
		if (items != NULL) {
			served->items = items;
			served->room = room;
		}
	}
	if (!served->failed)
		served->items[served->count++] = (struct mig_ofrep_flag){ .key = flag,
			.percentage = percentage,
			.rollout_id = rollout_id };
}

/*
 * Browsers ask from pages of any origin.  There is nothing to protect: no credentials are looked
 * at, and who can reach the port can ask anyway.
 */
static void
allow_origins(struct http_exchange *exchange)
{
	http_exchange_add_header(exchange, "Access-Control-Allow-Origin", "*");
	http_exchange_add_header(exchange, "Access-Control-Expose-Headers", "ETag, Retry-After");
}

/* Whether an If-None-Match list names the tag; weak tags compare like strong ones here. */
static bool
tag_listed(const char *list, const char *tag)
{
	size_t len = strlen(tag);
	for (const char *p = list; p != NULL && *p != '\0'; p = strchr(p, ',')) {
		p += strspn(p, ", \t");
		if (*p == '*')
			return true;
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		if (strncmp(p, tag, len) == 0)
			return true;
	}
	return false;
}

void
api_flag(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	const char *key = http_exchange_param(exchange, 0);
	struct mig_ofrep_flag flag = { .key = key };
	size_t len = 0;
	const char *body = http_exchange_body(exchange, &len);
	allow_origins(exchange);
	if (body == NULL) {
		http_reply_problem(exchange, 500, mig_error_text(MIG_ENOMEM));
		return;
	}
	bool known = driver_flag(api->parts.driver, key, &flag.percentage, &flag.rollout_id) == 0;
	struct mig_buf out;
	mig_buf_init(&out, MIG_REPLY_BYTES_MAX);
	int status = mig_ofrep_evaluate(known ? &flag : NULL, key, body, len, &out);
	http_reply_buf(exchange, status, HTTP_TYPE_JSON, &out);
	mig_buf_fini(&out);
}

void
api_flags(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	struct served served = { 0 };
	char etag[FLAGS_ETAG_MAX];
	size_t len = 0;
	const char *body = http_exchange_body(exchange, &len);
	allow_origins(exchange);
	driver_each_flag(api->parts.driver, add_flag, &served);
	if (body == NULL || served.failed) {
		http_reply_problem(exchange, 500, mig_error_text(MIG_ENOMEM));
		free(served.items);
		return;
	}
	struct mig_buf out;
	mig_buf_init(&out, MIG_REPLY_BYTES_MAX);
	int status = mig_ofrep_evaluate_all(served.items, served.count, body, len, &out, etag,
	    sizeof(etag));
	if (status == 200)
		http_exchange_add_header(exchange, "ETag", etag);
	if (status == 200 && tag_listed(http_exchange_header(exchange, "If-None-Match"), etag))
		http_reply(exchange, 304, NULL, NULL, 0);
	else
		http_reply_buf(exchange, status, HTTP_TYPE_JSON, &out);
	mig_buf_fini(&out);
	free(served.items);
}

void
api_flags_options(void *context, struct http_exchange *exchange)
{
	(void)context;
	allow_origins(exchange);
	http_exchange_add_header(exchange, "Access-Control-Allow-Methods", "POST, OPTIONS");
	http_exchange_add_header(exchange, "Access-Control-Allow-Headers",
	    "Content-Type, If-None-Match, Authorization, X-API-Key");
	http_exchange_add_header(exchange, "Access-Control-Max-Age", "600");
	http_reply(exchange, 204, NULL, NULL, 0);
}
