#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# As check_locks.sh, for MySQL's dialect on a real MariaDB: what the rules claim of the plain statement, measured.  The
# lock is the weakest LOCK= that the server takes (NONE, SHARED, EXCLUSIVE); whether the table is written anew is told by
# the number that InnoDB gives it, whether an index is built by those of its indexes.  With --table all of it is printed,
# with the cheapest ALGORITHM= that is taken.  What only MySQL 8 does otherwise is not measured.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"
. "${MIGARCH_SRCDIR:-.}/tests/integration/lib_db.sh"

RULES=$SRC/src/schema/judge_rules_mysql.c
table=${1:-}

# What all cases begin with.
cat >"$T/base.sql" <<'END'
CREATE TABLE o (id int NOT NULL PRIMARY KEY, k int);
CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, a int, b int NOT NULL DEFAULT 1, v varchar(20),
	w varchar(60), c char(4), x text, n decimal(10,2), r float, ts datetime(3), st timestamp NULL, d date,
	e enum('a','b','c'), g int GENERATED ALWAYS AS (b + 1) VIRTUAL, h int CHECK (h > -1), u int, y int,
	UNIQUE KEY t_u (u), KEY t_a (a), KEY t_y (y), CONSTRAINT t_chk CHECK (a > -1),
	CONSTRAINT t_fk FOREIGN KEY (a) REFERENCES o (id)) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE lone (id int NOT NULL, z int, s varchar(10), PRIMARY KEY (id))
	DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE bare (id int NOT NULL, z int NOT NULL, KEY bare_z (z));
END

cat >"$T/rows.sql" <<'END'
INSERT INTO o SELECT seq, seq FROM seq_1_to_100;
INSERT INTO t (a, b, v, w, c, x, n, r, ts, st, d, e, h, u, y)
	SELECT seq, seq, seq, seq, 'c', seq, seq, seq, '2026-01-01', '2026-01-01', '2026-01-01', 'a', seq, seq, seq
	FROM seq_1_to_100;
INSERT INTO lone SELECT seq, seq, seq FROM seq_1_to_100;
INSERT INTO bare SELECT seq, seq FROM seq_1_to_100;
END

# fill DATABASE SETUP: the base, with rows, and what one case wants besides.
fill() {
	msql mysql <<<"DROP DATABASE IF EXISTS $1; CREATE DATABASE $1 CHARACTER SET utf8mb4" &&
	    cat "$T/base.sql" "$T/rows.sql" - <<<"$2;" | msql "$1"
}

# numbers TABLE: those that InnoDB gives the table and, in order, its indexes.
numbers() {
	msql old <<-END
		SELECT t.TABLE_ID, GROUP_CONCAT(i.INDEX_ID ORDER BY i.INDEX_ID)
		FROM information_schema.INNODB_SYS_TABLES t JOIN information_schema.INNODB_SYS_INDEXES i USING (TABLE_ID)
		WHERE t.NAME = 'old/$1'
	END
}

# cheapest WORD TABLE CLAUSES VALUE...: the first value of WORD with which the server takes the statement.
cheapest() {
	local word=$1 relation=$2 clauses=$3 value separator=,
	shift 3
	# Partitions are told about last.
	[[ $clauses = PARTITION* ]] && separator=
	for value in "$@"; do
		local text="$clauses$separator $word=$value"
		[ -n "$separator" ] || text="$word=$value $clauses"
		if msql old <<<"ALTER TABLE $relation $text" 2>"$T/refused"; then
			echo "$value"
			return
		fi
		grep -qE 'ERROR 184[56]' "$T/refused" || { cat "$T/refused" >&2; return 1; }
	done
	echo refused
}

# measure SETUP TABLE CLAUSES NAME: "LOCK|rewrite|index", each of the last two t or f; NAME is the table's at the end.
measure() {
	local before after lock rewrite=f index=f number
	fill old "$1" || return 1
	before=$(numbers "$2")
	lock=$(cheapest LOCK "$2" "$3" NONE SHARED EXCLUSIVE) || return 1
	after=$(numbers "$4")
	[ "${before%%	*}" = "${after%%	*}" ] || rewrite=t
	for number in $(tr ',' ' ' <<<"${after#*	}"); do
		[[ ",${before#*	}," = *",$number,"* ]] || index=t
	done
	lock=${lock/NONE/none}
	echo "${lock/SHARED/SHARE}|$rewrite|$index"
}

# claim_of RULE: "LOCK|rewrite|index" of the first issue of the rule in the report; empty without one.
claim_of() {
	jq -r --arg rule "$1" 'def has(w): (.work // []) | index(w) != null | if . then "t" else "f" end;
		[.issues[] | select(.rule_id == $rule and .lock != null)][0] // empty |
		"\(.lock)|\(has("rewrite"))|\(has("index"))"' "$T/report.json"
}

faults=0
fault() {
	echo "FAULT: $*" >&2
	faults=$((faults + 1))
}

url() {
	echo "mysql://root@localhost/$1?unix_socket=$MARIADB_SOCKET"
}

# lock RULE TABLE SETUP CLAUSES [NAME [RENAME]]: ALTER TABLE with the clauses leads from the older schema (with SETUP) to
# the newer one, where the table is called NAME.  A claim of a rewrite includes that indexes are built.
lock() {
	local rule=$1 relation=$2 setup=$3 clauses=$4 now=${5:-$2} measured claimed
	local words=()
	[ -z "${6:-}" ] || words=(--rename "$6")
	if ! { fill old "$setup" && fill new "$setup" && msql new <<<"ALTER TABLE $relation $clauses"; }; then
		fault "$rule: $clauses"
		return
	fi
	"$MIGARCH" check --before "$(url old)" --after "$(url new)" --fail-on never -f json "${words[@]}" \
	    -o "$T/report.json" 2>"$T/check.err" || { fault "$rule: migarch check: $(cat "$T/check.err")"; return; }
	claimed=$(claim_of "$rule")
	[ -n "$claimed" ] ||
		{ fault "$rule claims nothing after: $clauses: $(jq -c '[.issues[].rule_id]' "$T/report.json")"; return; }
	measured=$(measure "$setup" "$relation" "$clauses" "$now") || { fault "$rule: $clauses"; return; }
	if [ "$table" = --table ]; then
		fill old "$setup"
		printf '%-38s %-14s %-14s %-8s %s\n' "$rule" "$claimed" "$measured" \
		    "$(cheapest ALGORITHM "$relation" "$clauses" INSTANT NOCOPY INPLACE COPY)" "$clauses"
	fi
	case $claimed in
	*'|t|'?) claimed=${claimed%?}- measured=${measured%?}- ;;
	esac
	[ "$claimed" = "$measured" ] ||
		fault "$rule ($clauses) claims $claimed, measured is $measured (lock|rewrite|index)"
	echo "$rule" >>"$T/tested"
}

# all_claims: the rules that claim a lock, one a line.
all_claims() {
	tr '\n\t' '  ' <"$RULES" | grep -oE '\{ RULE_[A-Z_0-9]+, *"[^"]+", *"[^"]+", *MIG_[A-Z_]+, *MIG_LOCK' |
	    sed -E 's/^[^"]*"([^"]+)".*/\1/' | sort -u
}

[ -x "$MIGARCH" ] || fail "no migarch"
start_mariadb --skip-log-bin

lock table.renamed lone '' 'RENAME TO single' single lone=single
lock table.engine_changed lone '' 'ENGINE=Aria'
lock table.charset_converted lone '' 'CONVERT TO CHARACTER SET latin1'
lock table.row_format lone '' 'ROW_FORMAT=COMPACT'
lock table.options_changed lone '' 'STATS_PERSISTENT=1'
lock table.partitioned bare '' 'PARTITION BY HASH (id) PARTITIONS 4' 'bare#P#p0'

lock column.added t '' 'ADD q int'
lock column.added t '' 'ADD q int DEFAULT 3'
lock column.added t '' 'ADD q int NOT NULL DEFAULT 3'
lock column.added t '' 'ADD q int AFTER a'
lock column.added lone '' 'ADD q int AFTER id'
lock column.added.now_default t '' 'ADD q datetime DEFAULT CURRENT_TIMESTAMP'
lock column.added.required t '' 'ADD q int NOT NULL'
lock column.added.expression_default t '' 'ADD q char(36) DEFAULT (uuid())'
lock column.added.auto_increment bare '' 'ADD q int NOT NULL AUTO_INCREMENT, ADD KEY (q)'
lock column.added.stored_generated t '' 'ADD q int GENERATED ALWAYS AS (b + 1) STORED'
lock column.added.virtual_generated t '' 'ADD q int GENERATED ALWAYS AS (b + 2) VIRTUAL'
lock column.reordered lone '' 'MODIFY z int AFTER s'
lock column.reordered t '' 'MODIFY y int AFTER a'
lock column.dropped t '' 'DROP v'
lock column.dropped.virtual t '' 'DROP g'
lock column.renamed lone '' 'RENAME COLUMN z TO y' lone lone.z=y
lock column.comment t '' "MODIFY v varchar(20) COMMENT 'x'"
lock column.visibility_changed t '' 'MODIFY v varchar(20) INVISIBLE'

lock type.varchar_widened.same_length_byte t '' 'MODIFY v varchar(30)'
lock type.varchar_widened.cross t '' 'MODIFY w varchar(80)'
lock type.varchar_narrowed t '' 'MODIFY v varchar(10)'
lock type.varchar_narrowed t '' 'MODIFY x varchar(60)'
lock type.varchar_narrowed t '' 'MODIFY v text'
lock type.varchar_narrowed t '' 'MODIFY c char(2)'
lock type.varchar_narrowed t '' 'MODIFY c varchar(4)'
lock type.char_widened t '' 'MODIFY c char(8)'
lock type.integer_changed t '' 'MODIFY y bigint'
lock type.integer_changed bare 'ALTER TABLE bare ADD PRIMARY KEY (id)' 'MODIFY id bigint NOT NULL'
lock type.integer_changed t '' 'MODIFY y smallint'
lock type.decimal_changed t '' 'MODIFY y decimal(12,0)'
lock type.decimal_changed t '' 'MODIFY n decimal(12,2)'
lock type.decimal_changed t '' 'MODIFY n decimal(12,4)'
lock type.decimal_changed t '' 'MODIFY n decimal(8,2)'
lock type.datetime_precision t '' 'MODIFY ts datetime(6)'
lock type.datetime_precision t '' 'MODIFY ts datetime'
lock type.no_cast t '' 'MODIFY v int'
lock type.to_text t '' 'MODIFY y varchar(20)'
lock type.to_float t '' 'MODIFY n double'
lock type.float_widened t '' 'MODIFY r double'
lock type.timestamp_datetime t '' 'MODIFY st datetime'
lock type.timestamp_to_date t '' 'MODIFY ts date'
lock type.date_to_timestamp t '' 'MODIFY d datetime'
lock enum.appended t '' "MODIFY e enum('a','b','c','d')"
lock enum.inserted_or_removed t '' "MODIFY e enum('b','a','c')"
lock enum.inserted_or_removed t '' "MODIFY e enum('a','b')"
lock collation.changed t '' 'MODIFY v varchar(20) COLLATE utf8mb4_bin'
lock charset.changed t '' 'MODIFY v varchar(20) CHARACTER SET latin1'
lock null.set_not_null t '' 'MODIFY y int NOT NULL'
lock null.drop_not_null t '' 'MODIFY b int DEFAULT 1'
lock column.comment t '' 'ALTER y SET DEFAULT 3'
lock column.comment t '' 'ALTER b SET DEFAULT 3'
lock column.comment t 'ALTER TABLE t ALTER y SET DEFAULT 3' 'ALTER y DROP DEFAULT'
lock identity.changed t '' 'MODIFY id int NOT NULL'
lock identity.changed lone '' 'MODIFY id int NOT NULL AUTO_INCREMENT'

lock pk.changed bare '' 'ADD PRIMARY KEY (id)'
lock pk.changed bare 'ALTER TABLE bare ADD PRIMARY KEY (id)' 'DROP PRIMARY KEY, ADD PRIMARY KEY (id, z)'
lock pk.dropped lone '' 'DROP PRIMARY KEY'
lock unique.added t '' 'ADD UNIQUE (v)'
lock unique.added t '' 'ADD UNIQUE (x(10))'
lock unique.dropped t '' 'DROP INDEX t_u'
lock unique.dropped t 'ALTER TABLE t ADD UNIQUE KEY q (x(10))' 'DROP INDEX q'
lock fk.added lone '' 'ADD FOREIGN KEY (z) REFERENCES o (id)'
lock fk.dropped t '' 'DROP FOREIGN KEY t_fk'
lock check.added t '' 'ADD CHECK (b > 0)'
lock check.dropped t '' 'DROP CONSTRAINT t_chk'
lock index.added t '' 'ADD INDEX (v)'
lock index.fulltext_added t '' 'ADD FULLTEXT INDEX (x)'
lock index.fulltext_added t 'ALTER TABLE t ADD FULLTEXT INDEX (v)' 'ADD FULLTEXT INDEX (x)'
lock index.dropped t '' 'DROP INDEX t_y'
lock index.changed t '' 'DROP INDEX t_y, ADD INDEX t_y (y, b)'
lock index.renamed t '' 'RENAME INDEX t_y TO t_z'
lock index.renamed t '' 'ALTER INDEX t_y IGNORED'

# No claim without a measurement.  The next number is no part of a schema that is read from a server.
sort -u "$T/tested" >"$T/tested.sorted"
echo table.auto_increment_value >"$T/excused"
all_claims | comm -23 - "$T/tested.sorted" | comm -23 - "$T/excused" >"$T/untested"
[ ! -s "$T/untested" ] || fault "claims that nothing measures: $(tr '\n' ' ' <"$T/untested")"
claims=$(all_claims | wc -l)
[ "$claims" -gt 50 ] || fault "only $claims claims were found in the table"

[ "$faults" = 0 ] || fail "$faults claims are not what is measured"
echo "$(wc -l <"$T/tested") statements, $(wc -l <"$T/tested.sorted") rules: as claimed"
