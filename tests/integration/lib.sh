# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# What the integration tests share: the real daemon, a real Prometheus and the peer (metrics, flag
# service, executor, notifications), all on 127.0.0.1 and in a temporary directory.  Sourced by
# bash scripts.  Nothing sleeps for a fixed time: conditions are waited for.

set -u

SRC=${MIGARCH_SRCDIR:-.}
BUILD=${MIGARCH_BUILDDIR:-.}
MIGARCH=$BUILD/migarch
MIGARCHD=$BUILD/migarchd
MIGARCHCTL=$BUILD/migarchctl
PEER=$BUILD/tests/integration/peer
T=$(mktemp -d)
SOCKET=$T/control.sock
# How much longer than its test says a condition may take: on a machine that is busy with other things
# everything is late, and a limit only matters where the product is wrong.
SLOW=${SLOW:-3}
pids=

cleanup() {
	status=$?
	trap - EXIT
	for pid in $pids; do
		{ kill -9 "$pid" && wait "$pid"; } 2>/dev/null
	done
	if [ $status -ne 0 ]; then
		for log in "$T"/*.log "$T"/journal; do
			[ -s "$log" ] && { echo "--- ${log##*/}"; tail -n 40 "$log"; }
		done
	fi
	rm -rf "$T"
	exit $status
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

pass() {
	echo "ok: $*"
}

# holds JQ-ARGUMENT...: whether the filter gives one value, and that is true.  (jq -e is content when it reads nothing.)
holds() {
	[ "$(jq "$@")" = true ]
}

# free_port: a port nobody listens on.
free_port() {
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# wait_until SECONDS COMMAND...: until the command succeeds, looking ten times a second; SLOW times as
# many seconds.
wait_until() {
	local deadline=$((SECONDS + $1 * SLOW))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $deadline ] || return 1
		sleep 0.1
	done
}

# must_become SECONDS WHAT COMMAND...: wait_until, or the test fails.
must_become() {
	local limit=$1 what=$2
	shift 2
	wait_until "$limit" "$@" || {
		ctl status >&2
		fail "not within $SLOW x $limit s: $what"
	}
	pass "$what"
}

# must_stay SECONDS WHAT COMMAND...: the command succeeds all the time.
must_stay() {
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	while [ $SECONDS -lt $deadline ]; do
		"$@" >/dev/null 2>&1 || { ctl status >&2; fail "did not stay: $what"; }
		sleep 0.2
	done
	pass "$what"
}

start_peer() {
	PEER_PORT=$(free_port)
	"$PEER" "$PEER_PORT" "$T/journal" 2>"$T/peer.log" &
	peer_pid=$!
	pids="$pids $peer_pid"
	PEER_URL=http://127.0.0.1:$PEER_PORT
	wait_until 5 curl -sf -X POST "$PEER_URL/control" -d "" || fail "the peer does not start"
}

# control NAME=VALUE...: what the peer does from now on.
control() {
	local pair query=
	for pair in "$@"; do
		query="$query&$pair"
	done
	curl -sf -X POST "$PEER_URL/control?${query#&}" -d '' >/dev/null || fail "control $*"
}

# prom_config [MORE]: what Prometheus scrapes, and how often.
SCRAPE=1s
SCRAPE_TIMEOUT=800ms
prom_config() {
	cat >"$T/prometheus.yml" <<END
global: { scrape_interval: $SCRAPE, scrape_timeout: ${SCRAPE_TIMEOUT:-$SCRAPE} }
scrape_configs:
  - job_name: shop
    static_configs: [ { targets: [ "127.0.0.1:$PEER_PORT" ] } ]
${1:-}
END
}

run_prometheus() {
	prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
	    --web.listen-address="127.0.0.1:$PROM_PORT" --web.enable-lifecycle --log.level=error \
	    >>"$T/prometheus.log" 2>&1 &
	prom_pid=$!
	pids="$pids $prom_pid"
	wait_until 20 curl -sf "$PROM_URL/-/ready" || fail "Prometheus does not start"
}

start_prometheus() {
	PROM_PORT=$(free_port)
	PROM_URL=http://127.0.0.1:$PROM_PORT
	prom_config
	run_prometheus
	wait_until 20 prom_has 'sum(rate(http_requests_total{version="old"}[5s]))' ||
		fail "Prometheus has no samples"
}

# prom_has QUERY: whether the query has a result.
prom_has() {
	curl -sf "$PROM_URL/api/v1/query" --data-urlencode "query=$1" |
		holds '.data.result | length > 0'
}

# prom_lacks QUERY: whether Prometheus can be asked, and has no result.
prom_lacks() {
	curl -sf "$PROM_URL/api/v1/query" --data-urlencode "query=$1" |
		holds '.data.result == []'
}

stop_prometheus() {
	kill "$prom_pid"
	wait "$prom_pid" 2>/dev/null
}

# reload_prometheus: take what prom_config wrote.
reload_prometheus() {
	curl -sf -X POST "$PROM_URL/-/reload" || fail "Prometheus refuses its configuration"
}

# change FILE JQ-FILTER
change() {
	jq "$2" "$1" >"$1.new" && mv "$1.new" "$1"
}

# make_documents [JQ-FILTER]: plan and runbook from the canary spec, changed by the filter, and then
# by EDIT_PLAN and EDIT_RUNBOOK.  RUNBOOK_SETS has more arguments for the runbook.
EDIT_PLAN=.
EDIT_RUNBOOK=.
RUNBOOK_SETS=()
make_documents() {
	jq "${1:-.}" "$SRC/tests/data/integration/canary_spec.json" >"$T/spec.json" &&
	"$MIGARCH" plan -i "$T/spec.json" -f json -o "$T/plan.json" >"$T/make.log" 2>&1 &&
	change "$T/plan.json" "$EDIT_PLAN" &&
	"$MIGARCH" runbook -i "$T/plan.json" "${RUNBOOK_SETS[@]}" -f json -o "$T/runbook.json" >>"$T/make.log" 2>&1 &&
	change "$T/runbook.json" "$EDIT_RUNBOOK" || fail "cannot make plan and runbook"
}

# one_flag HOLD PERCENTAGE...: a filter for make_documents: only new_shop, with these steps, each
# held for so many seconds.
one_flag() {
	local hold=$1
	shift
	printf '.feature_flags[1:] = [] | .feature_flags[0].rollout_schedule = [ %s ]' \
	    "$(printf ', { "percentage": %s, "duration_hours": ('"$hold"' / 3600) }' "$@" | cut -c 3-)"
}

# Parts of the configuration that a test may set before write_config.
METRICS='preset = "http"; new = "version=\"new\""; old = "version=\"old\""; interval = "3s"; min_samples = 1;
      baselines = { error_rate = 0.01; p95_response_time = 100; };'
PHASES='( { name = "intercept"; gate = "auto"; }, { name = "implement"; gate = "auto"; },
      { name = "redirect"; gate = "auto"; }, { name = "validate"; gate = "auto"; } )'
FLAGS=default
DEFAULTS='blind_after = "5s"; max_gap = "4s"; bake_time = "2s"; validation_window = "2s"; verify_timeout = "5s";'
STEPS=
NOTIFY=
STATE=$T
PROMETHEUS='poll_interval = "1s"; max_sample_age = "4s"; timeout = "800ms";'
MORE=

write_config() {
	local steps=
	[ -z "$STEPS" ] || steps="steps = { $STEPS };"
	[ "$FLAGS" != default ] || FLAGS='provider = "webhook"; url = "'$PEER_URL'/flags/{flag}";
      method = "PUT"; read_url = "'$PEER_URL'/flags/{flag}"; read_pointer = "/percentage"; timeout = "1s";'
	cat >"$T/migarchd.conf" <<END
state: { path = "$STATE/state.db"; };
control: { socket = "$SOCKET"; listen = ""; };
prometheus: { url = "$PROM_URL"; $PROMETHEUS };
defaults: { $DEFAULTS };
notify: ( { type = "webhook"; url = "$PEER_URL/notify"; audiences = [ "technical" ]; $NOTIFY } );
migrations: (
  { plan = "$T/plan.json"; runbook = "$T/runbook.json"; start = "${START:-auto}";
    metrics = { $METRICS };
    flags = { $FLAGS };
    phases = $PHASES;
    $steps
    $MORE
  }
);
END
}

start_daemon() {
	${MIGARCH_WRAPPER:-} "$MIGARCHD" -c "$T/migarchd.conf" --state-dir "$T" --socket "$SOCKET" \
	    --log-format logfmt "$@" >>"$T/migarchd.log" 2>&1 &
	daemon_pid=$!
	pids="$pids $daemon_pid"
	wait_until 10 eval 'ctl version || ! kill -0 "$daemon_pid"'
	ctl version >/dev/null 2>&1 || fail "migarchd does not start: $(tail -n 3 "$T/migarchd.log")"
}

stop_daemon() {
	kill "$daemon_pid"
	wait "$daemon_pid"
}

# kill_daemon: as a power cut would.
kill_daemon() {
	kill -9 "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
}

ctl() {
	"$MIGARCHCTL" --socket "$SOCKET" "$@"
}

# ends_with STATUS COMMAND...: its output is left in $T/out and $T/err.
ends_with() {
	local wanted=$1 status=0
	shift
	"$@" >"$T/out" 2>"$T/err" || status=$?
	[ $status -eq "$wanted" ] || {
		cat "$T/out" "$T/err" >&2
		fail "\"$*\" ends with $status, not $wanted"
	}
}

# rollout [JQ-FILTER]: the only (or newest) rollout's object.
rollout() {
	curl -sf --unix-socket "$SOCKET" "http://localhost/v1/rollouts" |
		jq -r '.rollouts[-1].id' >"$T/id" &&
	curl -sf --unix-socket "$SOCKET" "http://localhost/v1/rollouts/$(cat "$T/id")" |
		jq -ren "input | ($1)"
}

# is JQ-CONDITION: whether it holds for the rollout.
is() {
	[ "$(rollout "$1")" = true ]
}

# state_is STATE
state_is() {
	is ".state == \"$1\""
}

# flag_is FLAG PERCENTAGE: what the provider says.
flag_is() {
	curl -sf "$PEER_URL/flags/$1" | holds ".percentage == $2"
}

# verified FLAG PERCENTAGE: what the daemon has read back.
verified() {
	is "[.flags[] | select(.name == \"$1\")][0].verified_percentage == $2"
}

# ack_all: acknowledge manual rollback steps until the rollback is through with them.
ack_all() {
	local step
	while step=$(rollout '[.rollback.phases[].steps[] | select(.state == "waiting_for_ack")][0].step_id') &&
	    [ "$step" != null ]; do
		ctl ack "$(cat "$T/id")" "$step" >/dev/null || fail "cannot ack $step"
	done
}

# writes FLAG: the percentages the provider was sent, first times only, in order.
writes() {
	jq -r "select(.first and .path == \"/flags/$1\") | .body.percentage" "$T/journal" | xargs
}

# everything up to a running canary
start_all() {
	start_peer
	start_prometheus
	make_documents
	write_config
	start_daemon
}

# fresh [JQ-FILTER]: another rollout from the beginning, in a new daemon with an empty state, while
# Prometheus and the peer go on.  The variables of write_config are read again, and WORLD says how
# the peer is from the beginning.
WORLD=
fresh() {
	[ -z "${daemon_pid:-}" ] || kill_daemon 2>/dev/null
	rm -f "$STATE"/state.db*
	control reset=all
	# What an earlier fault left in the rate windows must be over.
	wait_until 20 prom_lacks 'sum(rate(http_requests_total{version="new"}[3s])) > 0' ||
		fail "the new version still gets traffic"
	[ -z "$WORLD" ] || control $WORLD
	: >"$T/journal"
	: >"$T/migarchd.log"
	make_documents "${1:-.}"
	write_config
	start_daemon
	rollout .id >"$T/id" || fail "nothing was loaded"
	id=$(cat "$T/id")
}

# records: the records of the rollout, a JSON array.
records() {
	curl -sf --unix-socket "$SOCKET" "http://localhost/v1/rollouts/$(cat "$T/id")/history?limit=1000" |
		jq '.events'
}

# recorded JQ-CONDITION: whether a record of the rollout is like that.
recorded() {
	records | holds "any(.[]; $1)"
}

# not_recorded JQ-CONDITION: whether the history can be had, and has no such record.
not_recorded() {
	records | holds "any(.[]; $1) | not"
}

# received JQ-CONDITION: whether the peer was sent something like that.
received() {
	holds -s "any(.[]; $1)" "$T/journal"
}

# count_received JQ-CONDITION
count_received() {
	jq -s "map(select($1)) | length" "$T/journal"
}

# expect WHAT COMMAND...: it holds now.
expect() {
	local what=$1
	shift
	"$@" >/dev/null 2>&1 || {
		ctl status >&2
		fail "not so: $what"
	}
	pass "$what"
}

# waits_for WORD: whether that is in the way of the next advance.
waits_for() {
	is ".next.waiting_for | index(\"$1\") != null"
}

# finish_rollback: a person does the manual steps, until the rollout is rolled back.
finish_rollback() {
	must_become 30 "rolled back to the end" eval 'ack_all; state_is rolled_back'
}
