/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stddef.h>
#include <string.h>

#include "engine/rule_tables.h"

static const struct mig_rule_row rule_rows[] = {
	{ "GDPR",
	    "enter the move into the record of processing and have the data protection officer "
	    "agree to where the new side keeps personal data",
	    "keep personal data encrypted on the way and out of logs, samples and test systems",
	    "show that access, correction and erasure of one person's data work on the new side",
	    "erase personal data on the old side, its backups included, and file the proof" },
	{ "SOX",
	    "have the change approved by someone who does not carry it out, and freeze the list of "
	    "financial records concerned",
	    "keep an unalterable log of who changed what and when",
	    "reconcile the totals of financial records on both sides and have them signed",
	    "archive the old side's audit trail for the retention period" },
	{ "HIPAA",
	    "repeat the risk analysis for health data and have an agreement with whoever runs the "
	    "new side",
	    "encrypt health data on the way and at rest, and admit only named persons",
	    "show that each access to health data is logged with a person and a reason",
	    "destroy the media of the old side by a recorded method" },
	{ "PCI_DSS",
	    "draw the new borders of the cardholder data environment and have them reviewed",
	    "never store card verification data, and move card numbers encrypted or as tokens",
	    "scan the new side for weaknesses and for card numbers where none belong",
	    "wipe card data on the old side and take it out of the assessed environment" },
	{ NULL,
	    "find out with those answerable for it what it asks of this move, in writing",
	    "keep the evidence that it asks for as the data moves",
	    "have those answerable for it confirm that the new side meets it",
	    "keep or delete the old side's records as it asks, with proof" },
};

const struct mig_rule_row *
mig_rule_find(const char *code)
{
	const struct mig_rule_row *row = rule_rows;

	while (row->code != NULL && strcmp(row->code, code) != 0)
		row++;
	return row;
}
