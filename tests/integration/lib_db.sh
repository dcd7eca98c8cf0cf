# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# Real database servers for the tests: each in the temporary directory, on a Unix socket (and, when it is asked
# for, on a free port of 127.0.0.1), gone with the test.  Sourced after lib.sh.

PGBIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)

# as_server COMMAND...: database servers refuse to run as root.  From a directory that their user may enter.
as_server() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	else
		local user=postgres
		id "$user" >/dev/null 2>&1 || user=nobody
		(cd / && exec setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
	fi
}

# server_dir NAME: a directory below $T that belongs to the servers' user.
server_dir() {
	mkdir "$T/$1"
	chmod 711 "$T"
	if [ "$(id -u)" = 0 ]; then
		chown "$(as_server id -u)" "$T/$1"
	fi
}

stop_postgres() {
	local status=$?
	as_server "$PGBIN/pg_ctl" -D "$T/pg/data" -m immediate stop >/dev/null 2>&1
	return $status
}

# start_postgres [OPTION...]: options are those of postgres, such as "-c port=5433"; what libpq's programs need
# is exported.  The superuser is migarch, everybody is trusted.
start_postgres() {
	[ -x "$PGBIN/postgres" ] || PGBIN=$(dirname "$(command -v postgres)") || fail "there is no PostgreSQL"
	server_dir pg
	as_server "$PGBIN/initdb" -D "$T/pg/data" -U migarch -A trust -N -E UTF8 --locale=C >"$T/initdb.log" ||
		fail "initdb"
	trap 'stop_postgres; cleanup' EXIT
	as_server "$PGBIN/pg_ctl" -D "$T/pg/data" -l "$T/pg/postgres.log" -w -t $((30 * SLOW)) -o \
	    "-c listen_addresses='' -c unix_socket_directories='$T/pg' -c fsync=off -c max_connections=20 $*" \
	    start >"$T/start.log" || fail "PostgreSQL does not start: $(cat "$T/pg/postgres.log")"
	export PGHOST=$T/pg PGUSER=migarch PGPORT=5432
}

# sql DATABASE [OPTION]...: what stands on standard input.
sql() {
	local database=$1
	shift
	"$PGBIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" "$@"
}

# start_mariadb [OPTION...]: options are those of mariadbd.  Everybody may be root, without password, at the
# socket $MARIADB_SOCKET and at 127.0.0.1, port $MARIADB_PORT.
start_mariadb() {
	local installer
	installer=$(command -v mariadb-install-db) && command -v mariadbd >/dev/null || fail "there is no MariaDB"
	server_dir mariadb
	MARIADB_SOCKET=$T/mariadb/sock
	MARIADB_PORT=$(free_port)
	as_server "$installer" --no-defaults --datadir="$T/mariadb/data" --auth-root-authentication-method=normal \
	    --skip-test-db >"$T/mariadb_install.log" 2>&1 || fail "mariadb-install-db"
	as_server "$(command -v mariadbd)" --no-defaults --datadir="$T/mariadb/data" --socket="$MARIADB_SOCKET" \
	    --bind-address=127.0.0.1 --port="$MARIADB_PORT" --pid-file="$T/mariadb/pid" \
	    --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=32M "$@" >"$T/mariadb.log" 2>&1 &
	mariadb_pid=$!
	pids="$pids $mariadb_pid"
	wait_until 30 msql mysql -e 'SELECT 1' || fail "MariaDB does not start: $(tail "$T/mariadb.log")"
	# The server itself: what was started above is the shell around it.
	pids="$pids $(cat "$T/mariadb/pid")"
	# Nobody is to be taken for the user without a name.
	msql mysql -e "DELETE FROM global_priv WHERE User = ''; FLUSH PRIVILEGES"
}

# msql DATABASE [OPTION]...: what stands on standard input, on MariaDB.
msql() {
	local database=$1
	shift
	mariadb --no-defaults --socket="$MARIADB_SOCKET" --user=root --batch --skip-column-names \
	    --default-character-set=utf8mb4 "$@" "$database"
}
