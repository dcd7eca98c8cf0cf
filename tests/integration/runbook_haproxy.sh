#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# A generated runbook takes real traffic back: HAProxy with two versions of a service behind it, flags
# that are its weights, and an executor that runs the steps as they are in the runbook.  Every step is
# carried out, and afterwards the old version answers everything.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

for program in haproxy socat; do
	PATH=$PATH:/usr/sbin
	command -v $program >/dev/null || fail "$program is missing (see scripts/install-deps)"
done

SCRAPE=500ms SCRAPE_TIMEOUT=400ms
PROMETHEUS='poll_interval = "500ms"; max_sample_age = "4s"; timeout = "400ms";'
DEFAULTS='blind_after = "20s"; max_gap = "4s"; bake_time = "1s"; validation_window = "1s"; verify_timeout = "5s";'
PEER_PORT=$(free_port) OLD=$(free_port) NEW=$(free_port) FRONT=$(free_port)
PEER_URL=http://127.0.0.1:$PEER_PORT
FRONT_URL=http://127.0.0.1:$FRONT
STEPS="url = \"$PEER_URL/steps\"; timeout = \"30s\";"
RUNBOOK_SETS=(
	--set router=haproxy --set haproxy_socket="$T/haproxy.sock" --set haproxy_backend=shop
	--set old_server=old --set new_server=new
	--set orchestrator=http --set deploy_url="$PEER_URL/deploy/new" --set old_deploy_url="$PEER_URL/deploy/old"
	--set flag_url="$PEER_URL/flags/{flag}" --set mirror_url="$PEER_URL/mirror"
	--set health_check_url="$FRONT_URL/health" --set service_endpoint="$FRONT_URL/"
	--set service_name='the shop; touch injected' --set undo_script=none
)

start_haproxy() {
	cat >"$T/haproxy.cfg" <<END
global
	stats socket $T/haproxy.sock mode 600 level admin
defaults
	mode http
	timeout connect 2s
	timeout client 10s
	timeout server 10s
frontend users
	bind 127.0.0.1:$FRONT
	default_backend shop
backend shop
	balance roundrobin
	server old 127.0.0.1:$OLD weight 100
	server new 127.0.0.1:$NEW weight 0
END
	haproxy -db -f "$T/haproxy.cfg" >"$T/haproxy.log" 2>&1 &
	pids="$pids $!"
	wait_until 10 [ -S "$T/haproxy.sock" ] || fail "HAProxy does not start"
}

start_shop() {
	python3 "$SRC/tests/integration/shop.py" "$PEER_PORT" "$OLD" "$NEW" "$FRONT" "$T/haproxy.sock" \
	    "$T/journal" >"$T/shop.log" 2>&1 &
	pids="$pids $!"
	wait_until 10 curl -sf "$FRONT_URL/" || fail "nothing answers through HAProxy"
}

prom_config() {
	cat >"$T/prometheus.yml" <<END
global: { scrape_interval: $SCRAPE, scrape_timeout: $SCRAPE_TIMEOUT }
scrape_configs:
  - job_name: shop
    static_configs: [ { targets: [ "127.0.0.1:$OLD", "127.0.0.1:$NEW" ] } ]
END
}

# answered VERSION COUNT: how many of so many requests through HAProxy that version answers.
answered() {
	local i
	for ((i = 0; i < $2; i++)); do
		curl -sf "$FRONT_URL/"
		echo
	done | grep -cx "$1"
}

# steps OPERATOR: the ids of the runbook's steps whose kind is == or != manual, in the order of execution.
steps() {
	jq -r ".rollback_phases[] | .steps | sort_by(.rollback_order)[] |
	    select(.script_type $1 \"manual\") | .step_id" "$T/runbook.json"
}

# executed: the ids of the steps that the hook ran with success, first times only.
executed() {
	jq -r 'select(.path == "/steps" and .body.kind == "rollback_step" and .done) | .body.step.step_id' "$T/journal"
}

# there_and_back PATTERN: a rollout to its last phase, and all of it back.
there_and_back() {
	echo "# $1"
	[ -z "${daemon_pid:-}" ] || stop_daemon
	rm -f "$T"/state.db*
	: >"$T/journal"
	# The old service is kept until the last phase is through, so there is a way back from it.
	EDIT_PLAN='.phases |= map(.point_of_no_return = false)'
	make_documents "$(one_flag 12 20 100) | .pattern = \"$1\""
	expect "every placeholder has a value" holds '.unresolved == []' "$T/runbook.json"
	last=$(jq -r '.phases[-1].name' "$T/plan.json")
	PHASES="( $(jq -r '[.phases[:-1][] | "{ name = \"\(.name)\"; gate = \"auto\"; }"] | join(", ")' "$T/plan.json") )"
	write_config
	start_daemon
	must_become 30 "20 % of the weight is on the new version" verified new_shop 20
	local share
	share=$(answered new 50)
	[ "$share" -ge 2 ] && [ "$share" -le 25 ] || fail "$share of 50 requests went to the new version, not about 10"
	pass "so is the traffic: $share of 50 requests"
	must_become 30 "all of it" verified new_shop 100
	[ "$(answered new 20)" = 20 ] || fail "not all requests went to the new version"
	pass "the new version answers everything"
	must_become 60 "in the last phase" is ".phase.name == \"$last\""
	ends_with 0 ctl abort "$(cat "$T/id")"
	finish_rollback
	expect "every step is done" is '[.rollback.phases[].steps[]] | length > 5 and all(.state == "done")'
	[ "$(executed)" = "$(steps '!=')" ] ||
		fail "the executor ran $(executed | xargs), the runbook has $(steps '!=' | xargs)"
	pass "the executor ran $(executed | wc -l) steps in order, $(steps '==' | wc -l) were acknowledged"
	[ "$(answered old 50)" = 50 ] || fail "not all requests are back at the old version"
	pass "the old version answers everything"
	[ "$(curl -s "http://127.0.0.1:$NEW/")" = stopped ] || fail "the new version still runs"
	pass "the new version is stopped"
	curl -sf -X PUT -d '{"replicas":1}' "$PEER_URL/deploy/new" >/dev/null
	socat stdio UNIX-CONNECT:"$T/haproxy.sock" <<<"set server shop/new state ready" >/dev/null
}

start_haproxy
start_shop
start_prometheus
there_and_back strangler_fig
there_and_back parallel_run
[ ! -e injected ] || fail "a value became a command"
