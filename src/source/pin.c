/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <sys/stat.h>

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "source/folder.h"
#include "source/pin.h"
#include "sys/file.h"

static int
pin_file(const char *path, char hex[MIG_SHA256_HEX])
{
	char reason[MIG_ERROR_MAX];
	char *text = NULL;
	size_t len = 0;
	int error = file_read(path, MIG_SCHEMA_BYTES_MAX, &text, &len, reason, sizeof(reason));
	if (error == MIG_OK)
		mig_sha256_hex(text, len, hex);
	free(text);
	return error == MIG_EIO ? MIG_ENOTFOUND : error;
}

static int
pin_folder(const char *path, char hex[MIG_SHA256_HEX])
{
	struct mig_findings ignored = { 0 };
	struct folder folder = { 0 };
	struct mig_buf list;
	struct mig_buf name;
	mig_buf_init(&list, MIG_DOC_BYTES_MAX);
	mig_buf_init(&name, MIG_DOC_BYTES_MAX);
	int error = folder_read(path, &folder, &ignored);
	for (size_t i = 0; i < folder.count && error == MIG_OK; i++) {
		mig_buf_reset(&name);
		mig_buf_printf(&name, "%s/%s", path, folder.names[i]);
		error = mig_buf_ok(&name) ? pin_file(name.data, hex) : MIG_ENOMEM;
		mig_buf_printf(&list, "%s  %s\n", hex, folder.names[i]);
	}
	if (error == MIG_OK && !mig_buf_ok(&list))
		error = MIG_ENOMEM;
	if (error == MIG_OK)
		mig_sha256_hex(list.data, list.len, hex);
	mig_buf_fini(&list);
	mig_buf_fini(&name);
	folder_fini(&folder);
	mig_findings_fini(&ignored);
	return error == MIG_EIO || error == MIG_EDOC ? MIG_ENOTFOUND : error;
}

int
source_pin(const char *path, char ret_hex[MIG_SHA256_HEX])
{
	struct stat status;
	char hex[MIG_SHA256_HEX] = "";
	if (stat(path, &status) != 0)
		return MIG_ENOTFOUND;
	int error = MIG_ENOTFOUND;
	if (S_ISDIR(status.st_mode))
		error = pin_folder(path, hex);
	else if (S_ISREG(status.st_mode))
		error = pin_file(path, hex);
	for (size_t i = 0; error == MIG_OK && i < sizeof(hex); i++)
		ret_hex[i] = hex[i];
	return error;
}
