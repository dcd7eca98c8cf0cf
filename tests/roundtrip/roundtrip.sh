#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# roundtrip.sh: pairs of schemas, generated (SEEDS of them from FIRST on) and written by hand (tests/data/check/realworld):
# the scripts of "migarch check" lead from one to the other and back, on a real PostgreSQL.  The files of a pair that
# fails are kept below KEEP.  One seed again: SEEDS=1 FIRST=seed APPLICATIONS=no.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_db.sh"

SEEDS=${SEEDS:-60}
FIRST=${FIRST:-1}
KEEP=${KEEP:-$BUILD/roundtrip.kept}

cases=()
for file in "$SRC"/tests/data/check/realworld/*_before.sql; do
	[ "${APPLICATIONS:-yes}" = yes ] && [ -e "$file" ] && cases+=(--case "$file")
done
start_postgres -c autovacuum=off -c full_page_writes=off -c synchronous_commit=off -c max_locks_per_transaction=256
rm -rf "$KEEP"
MIGARCH_BUILDDIR=$BUILD PATH=$PGBIN:$PATH PYTHONDONTWRITEBYTECODE=1 python3 "$SRC/tests/roundtrip/roundtrip.py" --first "$FIRST" --seeds "$SEEDS" \
    --jobs "$(getconf _NPROCESSORS_ONLN)" --keep "$KEEP" "${cases[@]}" || fail "not every pair; see $KEEP"
