/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "sys/file.h"

#define ERROR_MAX 512

static int
read_status(int error)
{
	if (error == MIG_ENOMEM)
		return CLI_INTERNAL;
	return error == MIG_ELIMIT ? CLI_DATA : CLI_NOINPUT;
}

static void
report_one(const struct document *document, const struct mig_finding *finding, struct mig_buf *line)
{
	mig_buf_reset(line);
	if (finding->file == NULL)
		mig_buf_printf(line, "%s:", document->name);
	if (finding->file == NULL && finding->line == 0)
		mig_buf_putc(line, ' ');
	mig_finding_format(finding, line);
	cli_error("%s", line->data);
}

int
document_read(const char *path, struct document *ret_document)
{
	struct document document = { .name = strcmp(path, "-") == 0 ? "stdin" : path };
	char reason[ERROR_MAX];
	int error = file_read(path, MIG_DOC_BYTES_MAX, &document.text, &document.len, reason,
	    sizeof(reason));
	*ret_document = document;
	if (error != MIG_OK) {
		cli_error("%s", reason);
		return read_status(error);
	}
	error = mig_json_parse(ret_document->text, ret_document->len, ret_document->name,
	    &ret_document->json, &ret_document->findings);
	if (error == MIG_OK)
		return CLI_OK;
	if (ret_document->findings.count == 0)
		cli_error("%s: %s", ret_document->name, mig_error_text(error));
	document_report(ret_document);
	return error == MIG_ENOMEM ? CLI_INTERNAL : CLI_DATA;
}

void
document_locate(struct document *document)
{
	struct mig_findings *list = &document->findings;
	struct mig_json_spot spots[MIG_FINDINGS_MAX];
	size_t which[MIG_FINDINGS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].line != 0 || list->items[i].pointer == NULL)
			continue;
		spots[count] = (struct mig_json_spot){ .pointer = list->items[i].pointer };
		which[count++] = i;
	}
	/* Without memory the findings are shown without lines. */
	if (count == 0 || document->json == NULL ||
	    mig_json_locate_all(document->text, document->len, spots, count) != MIG_OK)
		return;
	for (size_t i = 0; i < count; i++) {
		list->items[which[i]].line = spots[i].line;
		list->items[which[i]].column = spots[i].column;
	}
}

void
document_report(struct document *document)
{
	struct mig_buf line;
	document_locate(document);
	mig_buf_init(&line, MIG_DOC_BYTES_MAX);
	for (size_t i = 0; i < document->findings.count; i++)
		report_one(document, &document->findings.items[i], &line);
	if (document->findings.suppressed > 0)
		cli_error("%s: %zu further findings are not shown", document->name,
		    document->findings.suppressed);
	mig_buf_fini(&line);
	mig_findings_fini(&document->findings);
}

void
document_fini(struct document *document)
{
	mig_json_free(document->json);
	mig_findings_fini(&document->findings);
	free(document->text);
	memset(document, 0, sizeof(*document));
}
