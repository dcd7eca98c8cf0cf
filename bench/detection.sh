#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# detection.sh [RUNS]
#
# From a fault to the rollback on the wire, beside the same fault going through a Prometheus rule
# and Alertmanager's webhook, in the same runs: scrape 1 s, poll and rule evaluation 1 s, "for" 0,
# group_wait 0.  Both are counted from the scrape whose samples first breach the condition, so
# what is compared is the tool's own delay.  Run in the build directory:
#
#   MIGARCH_SRCDIR=.. MIGARCH_BUILDDIR=. ../bench/detection.sh 20

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

RUNS=${1:-20}
THRESHOLD=0.1
QUERY='(sum(rate(http_requests_total{version="new",status=~"5.."}[3s])) or vector(0)) / sum(rate(http_requests_total{version="new"}[3s]))'
METRICS="error_rate = \"$(printf %s "$QUERY" | sed 's/"/\\"/g')\"; availability = \"vector(1)\";
      baselines = { error_rate = 0.01; p95_response_time = 100; };"

start_alertmanager() {
	AM_PORT=$(free_port)
	cat >"$T/rules.yml" <<END
groups:
  - name: canary
    interval: 1s
    rules:
      - { alert: CanaryErrorRate, expr: '$QUERY > $THRESHOLD', for: 0s }
END
	cat >"$T/alertmanager.yml" <<END
route: { receiver: hook, group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers:
  - name: hook
    webhook_configs: [ { url: "$PEER_URL/alert" } ]
END
	prometheus-alertmanager --config.file="$T/alertmanager.yml" --storage.path="$T/alertmanager" \
	    --web.listen-address="127.0.0.1:$AM_PORT" --cluster.listen-address= --log.level=error \
	    >"$T/alertmanager.log" 2>&1 &
	pids="$pids $!"
	wait_until 20 curl -sf "http://127.0.0.1:$AM_PORT/-/ready" || fail "Alertmanager does not start"
}

# first_breach FROM_MS: the scrape from which on the condition held, in ms.
first_breach() {
	python3 - "$PROM_URL" "$QUERY" "$THRESHOLD" "$1" <<'END'
import json, sys, urllib.parse, urllib.request

url, query, threshold, start = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])

def ask(query, at=None):
    form = {"query": query}
    if at is not None:
        form["time"] = "%.3f" % (at / 1000)
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(url + "/api/v1/query", data) as reply:
        return json.load(reply)["data"]["result"]

scrapes = ask('http_requests_total{version="new",status="500"}[60s]')[0]["values"]
for at in sorted(round(t * 1000) for t, _ in scrapes):
    # rate() extrapolates, so the value changes a little until the next scrape: a scrape breaches
    # when somebody who asks before the next one would see it.
    results = [ask(query, at + later) for later in (10, 50, 250, 500, 900)]
    if at >= start and any(r and float(r[0]["value"][1]) > threshold for r in results):
        print(at)
        break
else:
    sys.exit("no breach found")
END
}

# journal_ms PATH FROM_MS FILTER: when the peer was first sent something.
journal_ms() {
	jq -r "select(.path == \"$1\" and .ms >= $2 and ($3)) | .ms" "$T/journal" | head -n 1
}

sent() {
	[ -n "$(journal_ms "$@")" ]
}

statistics() {
	sort -n | awk '{ v[NR] = $1 } END { if (NR % 2) m = v[(NR + 1) / 2]; else m = (v[NR / 2] + v[NR / 2 + 1]) / 2
	    printf "median %8.3f  max %8.3f  (n = %d)\n", m, v[NR], NR }'
}

start_peer
start_alertmanager
PROM_PORT=$(free_port)
PROM_URL=http://127.0.0.1:$PROM_PORT
prom_config "rule_files: [ $T/rules.yml ]
alerting: { alertmanagers: [ { static_configs: [ { targets: [ \"127.0.0.1:$AM_PORT\" ] } ] } ] }"
run_prometheus
make_documents '.feature_flags[1:] = [] | .feature_flags[0].rollout_schedule = [ { "percentage": 50, "duration_hours": 1 }, { "percentage": 100, "duration_hours": 0 } ]'

for run in $(seq "$RUNS"); do
	rm -f "$T"/state.db*
	control error_rate=0.002
	wait_until 30 eval '! prom_has "ALERTS{alertstate=\"firing\"}"' || fail "the alert does not clear"
	# A random moment within the scrape interval.
	sleep "0.$((RANDOM % 1000 + 1000))"
	write_config
	start_daemon
	wait_until 30 verified new_shop 50 || fail "run $run: not at 50 %"
	wait_until 30 is '.triggers | map(select(.id == "spec_error_rate"))[0].state == "ok"' || fail "run $run: not ok"
	sleep "2.$((RANDOM % 1000 + 1000))"
	fault=$(date +%s%3N)
	control error_rate=0.5
	wait_until 20 sent /flags/new_shop "$fault" '.body.percentage == 0' || fail "run $run: no rollback"
	wait_until 20 sent /alert "$fault" true || fail "run $run: no alert"
	breach=$(first_breach "$fault") || fail "run $run: no breach"
	ours=$(($(journal_ms /flags/new_shop "$fault" '.body.percentage == 0') - breach))
	theirs=$(($(journal_ms /alert "$fault" true) - breach))
	own=$(curl -sf --unix-socket "$SOCKET" http://localhost/metrics | awk '
	    $1 == "migarchd_decision_to_send_seconds_sum" { s = $2 }
	    $1 == "migarchd_decision_to_send_seconds_count" { n = $2 }
	    END { printf "%.3f\n", 1000 * s / n }')
	echo "$ours" >>"$T/ours"
	echo "$theirs" >>"$T/theirs"
	echo "$own" >>"$T/own"
	echo "run $run: migarchd $ours ms, rule + Alertmanager $theirs ms, decision to send $own ms"
	stop_daemon
	curl -sf -X PUT "$PEER_URL/flags/new_shop" -d '{"percentage":0}' >/dev/null
done

echo "first breaching scrape -> request on the wire, ms"
printf '  migarchd                 '; statistics <"$T/ours"
printf '  rule + Alertmanager      '; statistics <"$T/theirs"
echo "the daemon's own part, event -> decided, durable, sent, ms (mean of a run)"
printf '  migarchd                 '; statistics <"$T/own"
