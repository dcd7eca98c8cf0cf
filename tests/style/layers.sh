#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Who includes whom, as the compiler saw it: the dependency files of the build are read, so that an
# include in a header counts as one of every source that includes the header.

. "${MIGARCH_SRCDIR:-.}/tests/style/lib.sh"

# A folder and what its sources may see of ours: folders, or a single header.  The one header out of
# line is daemon/config.h: backtest and lint need the settings, the server and the binding of migarchd.conf, and a
# second reader of that file would sooner or later read it otherwise than the daemon does.
cat >"$tmp/folders" <<'END'
base    base
core    base core
engine  base core engine
wire    base core engine wire
check   base check
schema  base check schema
apispec base check apispec
source  base sys check schema apispec source
sys     base sys
daemon  base core engine wire sys check schema apispec source daemon
ctl     base core wire sys ctl
sim     base core engine wire sys daemon sim
cli     base core engine wire sys sim check schema apispec source cli daemon/config.h
demo    base core wire sys demo
END

# A foreign header's folder or name, and the only sources that may see it.  A foreign handle stays in
# its module (a star stands for the rest of the name): no header of ours includes any of these, so
# nobody else can see them by accident.
cat >"$tmp/foreign" <<'END'
cjson/       src/base/json.c
openssl/     src/base/digest.c
curl/        src/daemon/http_client.c src/daemon/http_setup.c src/ctl/client.c src/cli/fetch.c src/demo/main.c
event2/      src/daemon/loop.c src/daemon/http_client.c src/demo/main.c
event2/      src/daemon/http_server.c src/daemon/http_exchange.c
libconfig.h  src/daemon/config*
pg_query     src/source/ddl* src/source/canon* src/source/review_pg* src/source/sql_*
libpq        src/source/live_postgresql*
postgresql/  src/source/live_postgresql*
mariadb/     src/source/live_mysql*
yaml.h       src/source/yaml.c
sqlite3.h    src/daemon/store*
systemd/     src/daemon/sdnotify.c src/daemon/log.c
END

# check TREE BUILD: the faults of the tree whose dependency files are below BUILD.
check() {
	c_files "$1" src | grep '\.c$' | while read -r source; do
		folder=${source%/*}
		name=${source##*/}
		po=$2/$folder/.deps/${name%.c}.Po
		if ! grep -q "$source" "$po" 2>/dev/null; then
			echo "$source: no dependency file; built without dependency tracking?"
			continue
		fi
		printf '>%s\n' "$source"
		tr -s ' \\\t' '\n' <"$po" | grep -v ':$'
	done | awk -v folders="$tmp/folders" -v foreign="$tmp/foreign" '
	function load(    line, word, count, i) {
		while ((getline line <folders) > 0) {
			count = split(line, word, " ")
			for (i = 2; i <= count; i++)
				edge[word[1] " " word[i]] = 1
		}
		while ((getline line <foreign) > 0) {
			count = split(line, word, " ")
			library[word[1]] = 1
			for (i = 2; i <= count; i++)
				user[++users] = word[1] " " word[i]
		}
	}
	function own(path,    folder) {
		sub(/^.*\/src\//, "", path)
		sub(/^src\//, "", path)
		folder = path
		sub(/\/.*/, "", folder)
		if (folder != path && !((mine " " folder) in edge) && !((mine " " path) in edge))
			print source ": includes " path ", but " mine " may not see " folder
	}
	function may_see(name,    i, rule, stem) {
		rule = name " " source
		for (i = 1; i <= users; i++) {
			stem = user[i]
			if (sub(/\*$/, "", stem) ? index(rule, stem) == 1 : rule == stem)
				return 1
		}
		return 0
	}
	function strange(path,    name) {
		for (name in library)
			if (index(path, "/" name) && !may_see(name))
				print source ": includes <" name ">, which is for other modules (layers.sh)"
	}
	BEGIN { load() }
	/: no dependency file/ { print; next }
	/^>/ {
		source = substr($0, 2)
		mine = source
		sub(/^src\//, "", mine)
		sub(/\/.*/, "", mine)
		next
	}
	/^\/usr\/(include|lib)/ { strange($0); next }
	/(^|\/)src\/[a-z]+\/[^\/]+\.h$/ { own($0) }' | sort -u
}

plant src/core/up.c </dev/null
plant src/core/.deps/up.Po <<'END'
src/core/up.o: ../src/core/up.c ../src/base/buf.h \
 ../src/daemon/store.h /usr/include/x86_64-linux-gnu/curl/curl.h
END
plant src/core/new.c </dev/null
out=$(check "$tmp/bad" "$tmp/bad")
must_find 'an upward include' '^src/core/up.c: includes daemon/store.h' "$out"
must_find 'a source without dependency file' '^src/core/new.c: no dependency file' "$out"
must_pass 'a downward include' "$(printf '%s\n' "$out" | grep base/buf.h)"
must_find 'a foreign header' '^src/core/up.c: includes <curl/>' "$out"

verdict "$(check "$tree" "$build")"
