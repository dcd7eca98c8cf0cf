/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "cli/check_int.h"
#include "cli/cli.h"
#include "source/review.h"

bool
check_scripts_take(char *path, struct check_choice *choice)
{
	if (choice->scripts_count == CHECK_SCRIPTS_MAX) {
		cli_error("at most %d paths of scripts can be given", CHECK_SCRIPTS_MAX);
		return false;
	}
	if (*path == '\0') {
		cli_error("--scripts takes a file or a directory");
		return false;
	}
	choice->scripts[choice->scripts_count++] = path;
	return true;
}

int
check_scripts_review(const struct check_choice *choice, enum mig_db_dialect dialect,
    struct mig_check *check, struct mig_findings *findings)
{
	int worst = MIG_OK;
	for (size_t i = 0; i < choice->scripts_count && worst != MIG_ENOMEM; i++) {
		int error = review_path(choice->scripts[i], dialect, check, findings);
		worst = error != MIG_OK ? error : worst;
	}
	return worst;
}
