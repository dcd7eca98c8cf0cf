#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# mariadb.sh: pairs of schemas of MariaDB, generated (SEEDS of them from FIRST on): the scripts of "migarch check" lead
# from one to the other and back, on a real server.  The files of a pair that fails are kept below KEEP.  One seed
# again: SEEDS=1 FIRST=seed.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_db.sh"

SEEDS=${SEEDS:-40}
FIRST=${FIRST:-1}
KEEP=${KEEP:-$BUILD/roundtrip_mariadb.kept}

start_mariadb --skip-log-bin
rm -rf "$KEEP"
export MARIADB_SOCKET
MIGARCH_BUILDDIR=$BUILD PYTHONDONTWRITEBYTECODE=1 python3 "$SRC/tests/roundtrip/mariadb.py" --first "$FIRST" \
    --seeds "$SEEDS" --keep "$KEEP" || fail "not every pair; see $KEEP"
