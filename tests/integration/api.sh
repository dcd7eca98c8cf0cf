#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The control API as a program sees it, on the Unix socket and over TCP: loading, commands, history, event
# streams, flags over OFREP, metrics, and who may do what.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

TOKEN=0123456789abcdef
PORT=$(free_port)
TCP=http://127.0.0.1:$PORT
PROBLEM='application/problem\+json'

# answers STATUS [CURL-ARGUMENT...]: that is the status; the body is left in $T/body, its head in $T/head.
answers() {
	local wanted=$1 status
	shift
	: >"$T/body"
	status=$(curl -s -D "$T/head" -o "$T/body" -w '%{http_code}' "$@")
	[ "$status" = "$wanted" ] || {
		cat "$T/body" >&2
		fail "\"$*\" is answered with $status, not $wanted"
	}
	case $wanted in
	4*|5*) [[ $* == */ofrep/* ]] || has "$T/head" "^Content-Type: $PROBLEM" ;;
	esac
}

# local_answers: the same over the Unix socket, with a path in place of the URL's beginning.
local_answers() {
	local wanted=$1 path=$2
	shift 2
	answers "$wanted" --unix-socket "$SOCKET" "http://localhost$path" "$@"
}

# has FILE PATTERN
has() {
	grep -qE -- "$2" "$1" || { cat "$1" >&2; fail "nothing like \"$2\" in ${1##*/}"; }
}

# body JQ-FILTER: it holds for the last body.
body() {
	jq -en "input | ($1)" "$T/body" >/dev/null || { cat "$T/body" >&2; fail "not so: $1"; }
}

# stream NAME [CURL-ARGUMENT...]: follow events into $T/NAME.
stream() {
	local name=$1
	shift
	curl -sN --unix-socket "$SOCKET" "$@" >"$T/$name" 2>/dev/null &
	stream_pid=$!
	pids="$pids $stream_pid"
	wait_until 5 grep -q retry "$T/$name" || fail "the stream $name does not begin"
}

write_api_config() {
	cat >"$T/migarchd.conf" <<END
state: { path = "$T/state.db"; };
control: { socket = "$SOCKET"; group = "${2:-}"; listen = "127.0.0.1:$PORT"; token_file = "$1"; };
prometheus: { url = "http://127.0.0.1:1"; poll_interval = "1s"; timeout = "500ms"; };
flags: { provider = "embedded"; };
END
}

printf '%s\n' $TOKEN >"$T/token"
chmod 600 "$T/token"
write_api_config ""
start_daemon

answers 200 "$TCP/healthz"
answers 200 "$TCP/readyz"
answers 200 "$TCP/v1/version"
body '.version'
answers 403 -X POST "$TCP/v1/reload"
body '.detail | test("token_file")'
answers 413 -X POST "$TCP/v1/rollouts" --data-binary "@$MIGARCHD"
answers 404 "$TCP/nothing"
answers 405 -X DELETE "$TCP/v1/rollouts"
has "$T/head" '^Allow: GET, HEAD, POST'
answers 403 -H 'Host: evil.example' "$TCP/v1/rollouts"
body '.detail | test("Host header")'
# Under the machine's own name, which the daemon does not know.
answers 200 -H 'Host: migarch.example:9470' "$TCP/metrics"
answers 200 -H 'Host: migarch.example' "$TCP/readyz"
answers 404 -X POST -H 'Host: migarch.example' "$TCP/ofrep/v1/evaluate/flags/none" --data '{"context":{"targetingKey":"a"}}'
pass "TCP without a token may only look"

write_api_config "$T/token" daemon
local_answers 200 /v1/reload -X POST
[ "$(stat -c %G "$SOCKET")" = daemon ] || fail "the socket is for $(stat -c %G "$SOCKET")"
answers 401 -X POST "$TCP/v1/reload"
has "$T/head" '^WWW-Authenticate: Bearer'
answers 401 -X POST -H 'Authorization: Bearer wrong' "$TCP/v1/reload"
answers 200 -X POST -H "Authorization: Bearer $TOKEN" "$TCP/v1/reload"
answers 200 -H 'Host: migarch.example' -H "Authorization: Bearer $TOKEN" "$TCP/v1/rollouts"
answers 403 -H 'Host: migarch.example' -H 'Authorization: Bearer wrong' "$TCP/v1/rollouts"
answers 400 -X POST -H "Authorization: Bearer $TOKEN" "$TCP/v1/rollouts" --data-binary "@$MIGARCHD"
echo 'bogus = 1;' >>"$T/migarchd.conf"
answers 422 -X POST -H "Authorization: Bearer $TOKEN" "$TCP/v1/reload"
body '.errors[0].pointer == "bogus"'
write_api_config "$T/token"
pass "TCP with a token, which a reload brings, as it does the socket's group"

local_answers 400 /v1/rollouts -d '{"plan":'
local_answers 400 /v1/rollouts -d '{"plam":{}}'
body '.errors[0].hint | test("plan")'
local_answers 422 /v1/rollouts -d '{}'
local_answers 422 /v1/rollouts -d '{"plan":{},"runbook":{}}'
body '.errors | length > 1'
body '.pointer | startswith("/plan")'
local_answers 422 /v1/rollouts -d '{"spec":{}}'
jq -n --slurpfile spec "$SRC/tests/data/integration/canary_spec.json" \
    '{spec: $spec[0], binding: {metrics: {preset: "nonsense"}}}' >"$T/load"
local_answers 422 /v1/rollouts --data-binary "@$T/load"
jq -n --slurpfile spec "$SRC/tests/data/integration/canary_spec.json" \
    '{spec: $spec[0], binding: "metrics = { preset = \"http\"; new = \"v=\\\"new\\\"\"; old = \"v=\\\"old\\\"\"; };"}' \
    >"$T/load"
stream events http://localhost/v1/events
local_answers 201 /v1/rollouts --data-binary "@$T/load"
id=$(jq -r .id "$T/body")
body '.state == "loaded"'
has "$T/head" "^Location: /v1/rollouts/$id"
pass "loading: faults with their place, and a spec with a libconfig binding"

local_answers 200 "/v1/rollouts/$id"
flag=$(jq -r '.flags[0].name' "$T/body")
local_answers 200 /v1/rollouts
body '.rollouts | length == 1'
local_answers 404 /v1/rollouts/nothing
local_answers 404 "/v1/rollouts/$id/fly" -X POST
local_answers 404 /v1/rollouts/nothing/start -X POST
local_answers 400 "/v1/rollouts/$id/start" -d '{"coment":"x"}'
local_answers 400 "/v1/rollouts/$id/start" -d '{"gate":"x"}'
local_answers 400 "/v1/rollouts/$id/approve" -d '{"gate":"x","trigger":"y"}'
local_answers 202 "/v1/rollouts/${id:0:6}/start" -d '{"comment":"go"}'
body '.state == "baselining"'
local_answers 409 "/v1/rollouts/$id/approve" -d '{"gate":"nothing"}'
answers 202 -X POST -H "Authorization: Bearer $TOKEN" "$TCP/v1/rollouts/$id/pause"
body '.overlays == ["paused"]'
pass "commands"

local_answers 200 "/v1/rollouts/$id/history"
body '[.events[].kind][:3] == ["loaded", "started", "paused"]'
body '.events[2].actor == "token"'
body '.next == null'
local_answers 200 "/v1/rollouts/$id/history?limit=1"
body '.next == 1'
local_answers 200 "/v1/rollouts/$id/history?since=1&limit=1"
body '.events[0].seq == 2'
local_answers 200 "/v1/rollouts/$id/history?since=2000-01-01T00:00:00%2B01:00"
body '.events[0].seq == 1'
local_answers 200 "/v1/rollouts/$id/history?since=2100-01-01T00:00:00Z"
body '.events == []'
local_answers 400 "/v1/rollouts/$id/history?since=yesterday"
local_answers 400 "/v1/rollouts/$id/history?limit=0"
pass "history in pages"

wait_until 5 grep -q "^id: $id:3" "$T/events" || fail "the stream misses the pause"
[ "$(grep -c '^id:' "$T/events")" -ge 3 ] || fail "the stream misses something"
grep '^data: ' "$T/events" | cut -c7- | holds -s '.[0].kind == "loaded" and .[0].seq == 1' ||
	fail "the stream's first event"
kill "$stream_pid"
stream again -H "Last-Event-ID: $id:1" "http://localhost/v1/events?rollout=$id"
wait_until 5 grep -q "^id: $id:3" "$T/again" || fail "the stream does not go on where it was left"
! grep -q "^id: $id:1$" "$T/again" || fail "the stream repeats what was seen"
local_answers 404 '/v1/events?rollout=nothing'
pass "event streams"

evaluate=$TCP/ofrep/v1/evaluate/flags
answers 200 "$evaluate/$flag" -d '{"context":{"targetingKey":"u"}}'
body '.key and (.value | type == "boolean") and .metadata.rollout_id'
answers 404 "$evaluate/nothing" -d '{"context":{}}'
body '.errorCode == "FLAG_NOT_FOUND"'
answers 400 "$evaluate/$flag" -d '{'
answers 200 "$evaluate?flagConfigEtag=x" -d '{"context":{"targetingKey":"u"}}'
body '.flags | length > 0'
etag=$(sed -n 's/^ETag: \(.*\)\r$/\1/p' "$T/head")
has "$T/head" '^Access-Control-Expose-Headers: ETag'
answers 304 -H "If-None-Match: $etag" "$evaluate" -d '{"context":{"targetingKey":"u"}}'
[ ! -s "$T/body" ] || fail "304 has a body"
answers 204 -X OPTIONS "$evaluate/$flag"
has "$T/head" '^Access-Control-Allow-Headers: .*If-None-Match'
pass "flags over OFREP"

answers 200 "$TCP/metrics"
has "$T/head" '^Content-Type: text/plain; version=0.0.4'
has "$T/body" "^migarchd_rollout_state\{rollout=\"$id\",state=\"baselining\"\} 1"
has "$T/body" "^traffic_split_percentage\{rollout=\"$id\",flag=\"$flag\",version=\"old\"\} "
has "$T/body" '^migarchd_outbox_size '
has "$T/body" '^migarchd_rollouts_unrestored 0'
has "$T/body" '^process_resident_memory_bytes [1-9]'
promtool check metrics <"$T/body" >"$T/promtool" 2>&1 || { cat "$T/promtool" >&2; fail "promtool"; }
pass "metrics"

# Stopping with an open stream is clean, and takes the socket away.
stop_daemon || fail "migarchd ends with an error"
[ ! -e "$SOCKET" ] || fail "the socket is left behind"
pass "stop"
