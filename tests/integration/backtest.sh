#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# The backtest against a real Prometheus with fourteen days of history in it: planted incidents are found when they
# were, calm days raise nothing, silence is unknown, damage is seen where it can be; the report in all its forms; every
# way in which it can fail.

. "${MIGARCH_SRCDIR:-.}/tests/integration/lib.sh"

command -v promtool >/dev/null || exit 77

DAY=86400
END=$(($(date +%s) / 60 * 60))
FIRST=$((END - (14 * 1440 - 1) * 60))

# plant NAME=…: history for history.py, in blocks, where Prometheus looks.
plant() {
	python3 "$SRC/tests/integration/history.py" "$END" 14 "$@" >"$T/history.om" &&
	promtool tsdb create-blocks-from openmetrics --max-block-duration=24h -q "$T/history.om" "$T/tsdb" \
	    >"$T/promtool.log" 2>&1 || fail "promtool does not take the history: $(cat "$T/promtool.log")"
	rm "$T/history.om"
}

# at DAY MINUTE: when that was in the history, as history.py counts.
at() {
	date -u -d "@$((FIRST + $1 * DAY + $2 * 60))" +%Y-%m-%dT%H:%M:%SZ
}

# backtest STATUS ARGUMENT...: its output is in $T/out and $T/err.
backtest() {
	local wanted=$1
	shift
	ends_with "$wanted" "$MIGARCH" backtest "$@" "$T/plan.json" "$T/runbook.json"
}

# says FILE TEXT
says() {
	grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "$1 does not say: $2"; }
}

# report JQ-CONDITION: whether it holds for the report; $t is a trigger by id.
report() {
	# each(f): of some, not of none.
	jq -en 'input | def t(id): .triggers[] | select(.id == id); def each(f): length > 0 and all(f); '"$1" \
	    "$T/report.json"
}

# fires TRIGGER TIME SECONDS: it fired exactly once, at that time or up to so many seconds later.
fires() {
	report "t(\"$1\") | .firing_count == 1 and
	    ((.firings[0].at | fromdate) - (\"$2\" | fromdate) | . >= 0 and . <= $3)" >/dev/null || {
		jq -c ".triggers[] | select(.id == \"$1\") | .firings" "$T/report.json" >&2
		fail "$1 did not fire at $2 (+ $3 s)"
	}
	pass "$1 fires at $2"
}

# conf SHOP [METRICS [DEFAULTS]]
conf() {
	cat >"$T/backtest.conf" <<END
prometheus: { url = "${URL:-$PROM_URL}"; poll_interval = "60s"; max_sample_age = "3m"; timeout = "30s"; ${TOKEN:-} };
defaults: { max_gap = "3m"; blind_after = "5m"; baseline_window = "30m"; ${3:-} };
migrations: ( { plan = "plan.json"; runbook = "runbook.json";
    metrics = { preset = "http"; new = "shop=\"new\""; old = "shop=\"$1\""; interval = "5m"; ${2:-} }; } );
END
}

# "young" is measured only since three days ago.
plant calm rough=3:600:20:errors rough=8:700:30:slow rough=10:120:180:gone young=0:0:$((11 * 1440)):gone
PROM_PORT=$(free_port)
PROM_URL=http://127.0.0.1:$PROM_PORT
# It must not tidy away what is two weeks old, and has nothing to scrape.
echo 'global: { scrape_interval: 1m }' >"$T/prometheus.yml"
prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" --storage.tsdb.retention.time=60d \
    --web.listen-address="127.0.0.1:$PROM_PORT" --log.level=error >"$T/prometheus.log" 2>&1 &
pids="$pids $!"
wait_until 20 curl -sf "$PROM_URL/-/ready" || fail "Prometheus does not start"
make_documents '.feature_flags[1:] = [] | .feature_flags[0].rollout_schedule = [
        { "percentage": 0.1, "duration_hours": 1 }, { "percentage": 5, "duration_hours": 24 },
        { "percentage": 100, "duration_hours": 0 } ]
    | .rollback_triggers = [ { "metric": "error_rate", "threshold": 0.05, "duration_minutes": 2,
        "action": "automatic_rollback" } ]'

echo "# fourteen days with two incidents and a gap"
conf rough
SECONDS=0
backtest 0 --from "$(at 0 0)" --to "$(at 13 1439)" -c "$T/backtest.conf" -f json -o "$T/report.json"
pass "14 days in $SECONDS s"
says "$T/err" "saved to $T/report.json"
[ ! -s "$T/out" ] || fail "something is on standard output, too"
fires spec_error_rate "$(at 3 602)" 60
fires error_rate_spike "$(at 3 605)" 60
fires availability_drop "$(at 3 602)" 120
fires response_time_degradation "$(at 8 710)" 180
report '[.triggers[] | select(.armed) | .shares | add | . > 0.999999 and . < 1.000001] | each(.)' >/dev/null ||
	fail "shares do not add up to 1"
pass "shares add up to 1"
# Three hours of 335; staleness and the rate window make the edges.
report "t(\"spec_error_rate\") | (.shares.unknown * 335.5 | . > 2.8 and . < 3.2) and (.stretches | length == 1) and
    ((.stretches[0].from | fromdate) - (\"$(at 10 120)\" | fromdate) | . >= 0 and . <= 300)" >/dev/null ||
	fail "the gap is not unknown: $(report 't("spec_error_rate") | .shares, .stretches')"
pass "the gap is unknown"
report '.path == "old" and .step_seconds == 60 and (.baselines | length == 2) and
    ([.baselines[].samples] | each(. >= 20))' >/dev/null || fail "the head is wrong: $(cat "$T/report.json")"
pass "the report says what was looked at, and the baselines"

echo "# damage"
# A thousandth of the traffic is too little to judge by; with a twentieth the new path alone shows all of it.
report 't("error_rate_spike").damage | [.[] | select(.percentage == 0.1) | .outcome] | each(. == "blind")' >/dev/null ||
	fail "0.1 % is not blind: $(report 't("error_rate_spike").damage')"
pass "with 0.1 % there is too little traffic"
report 't("error_rate_spike").damage | [.[] | select(.percentage == 5 and .factor == 20) |
    .outcome == "seen" and .after_seconds == 360] | each(.)' >/dev/null ||
	fail "x20 is not seen at 5 %: $(report 't("error_rate_spike").damage')"
pass "at 5 % x20 is seen after the trigger's time"
# A limit of x5 is passed by x5 not before nearly all of the window of 5m is full of it.
report 't("error_rate_spike").damage | [.[] | select(.percentage == 5 and .factor == 5) |
    .outcome != "seen" or .after_seconds > 540] | each(.)' >/dev/null || fail "x5 is seen too soon: $(report 't("error_rate_spike").damage')"
pass "x5 is seen when it has filled the window, if at all"
report 't("error_rate_spike").damage | [.[] | select(.factor == 2) | .outcome != "seen"] | each(.)' >/dev/null ||
	fail "x2 is seen although the limit is x5"
pass "x2 is not seen by a limit of x5"

report 't("error_rate_spike").false_alarms_per_week * 335.5 / 168 * (1 - t("error_rate_spike").shares.unknown) |
    . > 0.99 and . < 1.01' >/dev/null || fail "a week is not one of judged time"
pass "false alarms are counted by the week of judged time"

echo "# what history cannot tell"
conf rough 'baselines = { error_rate = "live"; };' 'blind_rollback_after = "1h";'
backtest 0 --from "$(at 3 0)" --to "$(at 11 0)" -c "$T/backtest.conf" -f json -o "$T/report.json"
report 't("error_rate_spike") | .compared_with_itself and .firing_count == 0' >/dev/null ||
	fail "a live baseline: $(report 't("error_rate_spike")')"
report 't("spec_error_rate") | .compared_with_itself == false and .firing_count == 1' >/dev/null ||
	fail "a fixed limit: $(report 't("spec_error_rate")')"
backtest 0 --from "$(at 3 0)" --to "$(at 3 1000)" -c "$T/backtest.conf"
says "$T/out" "cannot be told: its live baseline is the old path"
pass "a live baseline is the old path, compared with itself"
report ".blind_rollback_count == 1 and ((.blind_rollbacks[0] | fromdate) - (\"$(at 10 180)\" | fromdate) |
    . >= 0 and . <= 900)" >/dev/null || fail "blindness: $(report '.blind_rollbacks')"
pass "a rollback because nothing is seen is told"
conf young
backtest 0 --from "$(at 0 0)" --to "$(at 13 1439)" -c "$T/backtest.conf" -f json -o "$T/report.json"
report "(.damage_at | fromdate) >= (\"$(at 11 0)\" | fromdate) and
    ([.triggers[] | select(.armed) | .damage[] | select(.percentage == 100) | .outcome] | each(. != \"blind\"))" \
    >/dev/null || fail "damage where nothing was measured: $(jq .damage_at "$T/report.json")"
pass "damage is put where it can be seen"

echo "# calm days"
conf calm
backtest 0 --from "$(at 0 0)" --to "$(at 13 1439)" -c "$T/backtest.conf" -f json -o "$T/report.json"
report '[.triggers[] | select(.armed) | .firing_count == 0 and .false_alarms_per_week == 0 and .shares.ok == 1] | each(.)' \
    >/dev/null || fail "calm days raise something: $(jq -c '.triggers[] | [.id, .firing_count, .shares]' "$T/report.json")"
pass "nothing fires, nothing is unknown"
cp "$T/report.json" "$T/first.json"
backtest 0 --from "$(at 0 0)" --to "$(at 13 1439)" -c "$T/backtest.conf" -f json -o "$T/report.json"
cmp -s "$T/first.json" "$T/report.json" || fail "the same history gives another report"
pass "the same history gives the same report"
backtest 0 --from "$(at 1 0)" --to "$(at 2 0)" -c "$T/backtest.conf" --path new -f json -o "$T/report.json"
# There is no new path; nobody is surprised.
report '.path == "new" and ([.triggers[] | select(.armed)] | length > 0) and .judged_moments > 0 and
    ([.triggers[] | select(.armed and .new_path_alone) | .shares.low_traffic] | each(. == 1))' >/dev/null ||
	fail "the new path: $(jq -c '.triggers[] | [.id, .shares]' "$T/report.json")"
pass "--path new finds no new path in history"

echo "# forms"
conf rough
hours() {
	backtest 0 --from "$(at 3 0)" --to "$(at 4 0)" -c "$T/backtest.conf" "$@"
}
hours
says "$T/out" "WOULD HAVE FIRED 1 time"
says "$T/out" "queries look"
awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' "$T/out" || fail "lines of more than 80 columns"
pass "text, 80 columns"
hours -f html -o "$T/report.html"
python3 -c 'import sys, xml.dom.minidom
text = open(sys.argv[1], encoding="utf-8").read()
page = xml.dom.minidom.parseString(text)
assert "http:" not in text and "https:" not in text and "//" not in text, "a reference"
assert not page.getElementsByTagName("script") and not page.getElementsByTagName("link")
charts = page.getElementsByTagName("svg")
assert len(charts) == 4, len(charts)
assert any(rect.getAttribute("class") == "fired" for rect in page.getElementsByTagName("rect"))
' "$T/report.html" || fail "the HTML report"
pass "HTML: well-formed, four charts, nothing to load"
hours --binding /dev/stdin -f json <<<'metrics = { preset = "http"; new = "shop=\"new\""; old = "shop=\"calm\""; interval = "5m"; };'
[ "$(jq '[.triggers[].firing_count] | add' "$T/out")" = 0 ] || fail "--binding does not count"
pass "--binding wins over the configuration"
hours --damage-at "$(at 3 60)" -f json
[ "$(jq -r .damage_at "$T/out")" = "$(at 3 60)" ] || fail "--damage-at: $(jq .damage_at "$T/out")"
pass "--damage-at"
hours --damage-at "$(at 3 590)" -f json
holds '[.triggers[] | select(.id == "spec_error_rate") | .damage[] | select(.percentage == 100 and .factor == 2) |
    .outcome] == ["incident"]' "$T/out" || fail "an incident: $(jq -c '.triggers[].damage' "$T/out")"
pass "what would have fired anyway has not seen the damage"

echo "# whose secrets"
# It says what it was sent, and knows of nothing.
cat >"$T/other.py" <<'END'
import http.server, sys
class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.headers.get("Authorization"), file=open(sys.argv[2], "a"))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b'{"status":"success","data":{"resultType":"matrix","result":[]}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
END
OTHER=$(free_port)
python3 "$T/other.py" "$OTHER" "$T/other.log" &
pids="$pids $!"
wait_until 20 curl -sf "http://127.0.0.1:$OTHER/" || fail "the other server does not start"
(umask 077; echo secret-word >"$T/token")
: >"$T/other.log"
TOKEN="bearer_token_file = \"$T/token\";" conf calm
hours --prometheus "http://127.0.0.1:$OTHER" -f json
grep -q None "$T/other.log" || fail "the other server was not asked"
says "$T/err" "are for another server"
! grep -q secret-word "$T/other.log" || fail "another server was sent the token of the configuration's own"
URL=http://127.0.0.1:$OTHER/ TOKEN="bearer_token_file = \"$T/token\";" conf calm
hours --prometheus "http://127.0.0.1:$OTHER" -f json
grep -q secret-word "$T/other.log" || fail "its own server was not sent the token"
pass "the configuration's token goes to its own server only"

echo "# a server that takes less at once"
cat >"$T/limited.py" <<'END'
import http.server, os, socket, sys, time, urllib.parse
class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        words = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        points = round((float(words["end"][0]) - float(words["start"][0])) / float(words["step"][0])) + 1
        fine = points <= int(sys.argv[2])
        if len(sys.argv) > 4:
            print(points, "lost", file=open(sys.argv[3], "a"))
            self.connection.shutdown(socket.SHUT_RDWR)
            server.server_close()
            time.sleep(2)
            os.execv(sys.executable, [sys.executable] + sys.argv[:4])
        print(points, "fine" if fine else "refused", file=open(sys.argv[3], "a"))
        body = b'{"status":"success","data":{"resultType":"matrix","result":[]}}' if fine else \
            b'{"status":"error","errorType":"execution","error":"query processing would load too many samples"}'
        self.send_response(200 if fine else 422)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Server)
server.serve_forever()
END
# limited POINTS [restart]: a server on $LIMITED that takes so many at once; it loses the first and begins anew.
limited() {
	LIMITED=$(free_port)
	: >"$T/limited.log"
	python3 "$T/limited.py" "$LIMITED" "$1" "$T/limited.log" ${2:+"$2"} &
	pids="$pids $!"
	wait_until 20 curl -sf "http://127.0.0.1:$LIMITED/" || fail "the limited server does not start"
}
conf calm
limited 400
hours --prometheus "http://127.0.0.1:$LIMITED" -f json
[ "$(grep -c refused "$T/limited.log")" = 3 ] || fail "it does not keep to what the server takes: $(cat "$T/limited.log")"
[ "$(awk '{ sum += $2 == "fine" ? $1 : 0 } END { print sum % 1441 }' "$T/limited.log")" = 0 ] ||
	fail "not each query is asked for all moments: $(cat "$T/limited.log")"
pass "what a server refuses is asked for in smaller parts"
says "$T/err" "the history says nothing"
pass "and an empty history is no calm one"
limited 2000 restart
hours --prometheus "http://127.0.0.1:$LIMITED" -f json
says "$T/err" "asked again in 1 s"
[ "$(grep -c lost "$T/limited.log")" = 1 ] || fail "it did not lose one: $(cat "$T/limited.log")"
[ "$(awk '{ sum += $2 == "fine" ? $1 : 0 } END { print sum % 1441 }' "$T/limited.log")" = 0 ] ||
	fail "not each query is asked for all moments: $(cat "$T/limited.log")"
pass "a server that is restarted meanwhile is waited for"
script -qec "'$MIGARCH' backtest --from 14d --prometheus http://127.0.0.1:$LIMITED -c '$T/backtest.conf' -o '$T/report' \
    '$T/plan.json' '$T/runbook.json'" /dev/null >"$T/out" 2>&1 || fail "no backtest on a terminal: $(cat "$T/out")"
tr '\r' '\n' <"$T/out" | grep -x 'history: [0-9]* %' >"$T/progress" || fail "a terminal is not told how far it is"
[ "$(head -1 "$T/progress")" = 'history: 0 %' ] && sort -c -k 2n "$T/progress" && [ "$(uniq "$T/progress" | wc -l)" -gt 10 ] ||
	fail "that is no progress: $(cat "$T/progress")"
! grep -q history: "$T/err" || fail "what is no terminal is told how far it is"
pass "a terminal is told how far it is"
limited 1
backtest 65 --from "$(at 3 0)" --to "$(at 4 0)" -c "$T/backtest.conf" --prometheus "http://127.0.0.1:$LIMITED"
says "$T/err" "too many samples"
[ "$(wc -l <"$T/limited.log")" = 5 ] || fail "it does not give up: $(cat "$T/limited.log")"
pass "but not without end"

echo "# what goes wrong"
backtest 64 -c "$T/backtest.conf"
says "$T/err" "--from is missing"
backtest 64 --from 2d --to 3d -c "$T/backtest.conf"
says "$T/err" "--from must be before --to"
backtest 64 --from 2099-01-01T00:00:00Z --to 2099-01-02T00:00:00Z -c "$T/backtest.conf"
says "$T/err" "--from is not in the past"
backtest 0 --from "$(at 13 0)" --to 2099-01-01T00:00:00Z -c "$T/backtest.conf" -f json
says "$T/err" "the history ends now"
holds '(.to | fromdate) <= now' "$T/out" || fail "the history ends in the future: $(jq .to "$T/out")"
backtest 64 --from yesterday -c "$T/backtest.conf"
says "$T/err" "is no time"
backtest 64 --from 14d --binding "$T/backtest.conf"
says "$T/err" "--prometheus is missing"
backtest 64 --from 14d --prometheus "$PROM_URL"
says "$T/err" "--binding is missing"
backtest 64 --from 14d --prometheus ftp://x/ -c "$T/backtest.conf"
says "$T/err" "does not start with http"
backtest 64 --from 14d --prometheus "$PROM_URL/?x=1" -c "$T/backtest.conf"
says "$T/err" "has a query"
backtest 64 --from 14d --step 5m -c "$T/backtest.conf"
says "$T/err" "max_gap"
backtest 64 --from 365d --step 1s -c "$T/backtest.conf"
says "$T/err" "make --step longer"
echo '[]' >"$T/odd.json"
ends_with 65 "$MIGARCH" backtest --from 14d -c "$T/backtest.conf" "$T/odd.json" "$T/runbook.json"
says "$T/err" "$T/odd.json: it has no migration_id"
backtest 64 --from 14d -f pdf -c "$T/backtest.conf"
says "$T/err" "--format"
backtest 66 --from 14d -c "$T/none.conf"
backtest 66 --from 14d --binding "$T/none.conf" --prometheus "$PROM_URL"
backtest 66 --from 14d -c "$T/backtest.conf" --bearer-token-file "$T/none"
echo 'metrics = { preset = "http"; new = "shop=\"new\""; baselines = { error_rate = 0.01; p95_response_time = 100; }; };' \
    >"$T/half.conf"
backtest 65 --from 14d --binding "$T/half.conf" --prometheus "$PROM_URL"
says "$T/err" "metrics.old is missing"
echo 'metrics = { preset = "http"; new = "a=\"b\""; old = "a=\"b\""; odd = 1; };' >"$T/odd.conf"
backtest 65 --from 14d --binding "$T/odd.conf" --prometheus "$PROM_URL"
says "$T/err" "$T/odd.conf: /metrics/odd"
echo 'metrics = { error_rate = "sum by (status) (rate(http_requests_total[5m]))"; baselines = { error_rate = 0.01; }; };' \
    >"$T/many.conf"
backtest 65 --from "$(at 1 0)" --to "$(at 1 60)" --binding "$T/many.conf" --prometheus "$PROM_URL"
says "$T/err" "series where one is wanted"
echo 'metrics = { error_rate = "sum(rate(http_requests_total))"; baselines = { error_rate = 0.01; }; };' >"$T/wrong.conf"
backtest 65 --from "$(at 1 0)" --to "$(at 1 60)" --binding "$T/wrong.conf" --prometheus "$PROM_URL"
says "$T/err" "the query is"
backtest 73 --from "$(at 3 0)" --to "$(at 3 60)" -c "$T/backtest.conf" -o "$T/none/report.txt"
URL=http://127.0.0.1:$(free_port) conf rough
backtest 69 --from 1d -c "$T/backtest.conf"
says "$T/err" "no history can be had"
[ "$(grep -vc warning "$T/err")" = 1 ] || fail "more than one line: $(cat "$T/err")"
pass "one clear line each, with its exit status"

# What the daemon does with it before it starts a rollout by itself.

PROMETHEUS='poll_interval = "60s"; max_sample_age = "3m"; timeout = "30s";'
DEFAULTS='max_gap = "3m"; blind_after = "5m"; baseline_window = "30m";'
START=auto

# daemon SHOP PREFLIGHT [METRICS]: a new one with an empty state.
daemon() {
	[ -z "${daemon_pid:-}" ] || stop_daemon
	rm -f "$T"/state.db*
	: >"$T/migarchd.log"
	: >"$T/journal"
	METRICS='preset = "http"; new = "shop=\"new\""; old = "shop=\"'$1'\""; interval = "5m";'${3:-}
	MORE=$2
	write_config
	start_daemon
}

# logged PATTERN
logged() {
	grep -q "$1" "$T/migarchd.log"
}

start_peer
echo "# preflight: history with incidents"
daemon rough 'preflight = { backtest = "14d"; };'
# The loop turns all the while; meanwhile nothing has begun.
slowest=0
until logged 'not started automatically'; do
	[ $SECONDS -lt 900 ] || fail "no verdict: $(tail -n 3 "$T/migarchd.log")"
	begin=$(date +%s%3N)
	ctl version >/dev/null || fail "the daemon does not answer"
	took=$(($(date +%s%3N) - begin))
	[ $took -le $slowest ] || slowest=$took
	state_is loaded >/dev/null || logged 'not started automatically' || fail "it has begun"
done
pass "refused; the slowest answer meanwhile took $slowest ms, with starting migarchctl"
[ "$slowest" -lt 2000 ] || fail "the loop was blocked for $slowest ms"
line=$(grep 'not started automatically' "$T/migarchd.log")
[ "$(grep -c 'not started automatically' "$T/migarchd.log")" = 1 ] || fail "told more than once"
for word in error_rate_spike spec_error_rate availability_drop "$(at 3 602 | cut -c1-14)" 'migarchctl start'; do
	case $line in
	*"$word"*) ;;
	*) fail "the log does not name $word: $line" ;;
	esac
done
case $line in
*response_time*) fail "a trigger that only proposes is named: $line" ;;
esac
pass "the log names triggers and times"
expect "it stays loaded" state_is loaded
expect "its history says why" recorded '.kind == "preflight_refused" and (.detail.reason | test("error_rate_spike at "))'
must_become 10 "the alert is sent" received '.path == "/notify" and .body.template_type == "alert" and
    (.body.body | test("error_rate_spike"))'
ctl start >/dev/null || fail "an operator cannot start it"
must_become 10 "an operator starts it all the same" state_is baselining

echo "# preflight: overridden, from the beginning and by a reload"
daemon rough 'preflight = { backtest = "14d"; override = true; };'
must_become 10 "it starts" state_is baselining
logged 'tried on history' && fail "it was tried all the same"
daemon rough 'preflight = { backtest = "300h"; };'
MORE='preflight = { backtest = "300h"; override = true; };'
write_config
ctl reload >/dev/null || fail "the configuration is refused"
must_become 10 "a reload with override starts it while it is tried" state_is baselining

echo "# preflight: calm history"
daemon calm 'preflight = { backtest = "7d"; };'
must_become 300 "it starts by itself" state_is baselining
logged 'no trigger would have rolled back' || fail "the log does not say that it was tried"
stop_daemon
start_daemon
expect "a restart does not try it again" state_is baselining

echo "# preflight: calm history, and a full disk"
START=manual daemon calm 'preflight = { backtest = "7d"; };'
expect "it is loaded" state_is loaded
prlimit --pid "$daemon_pid" --fsize=1:
write_config
ctl reload >/dev/null || fail "the configuration is refused"
must_become 300 "the store refuses the start" eval '[ "$(curl -s --unix-socket "$SOCKET" -o /dev/null -w "%{http_code}" http://localhost/readyz)" = 503 ]'
expect "it is still loaded" state_is loaded
prlimit --pid "$daemon_pid" --fsize=unlimited:
must_become 20 "it starts when there is room" state_is baselining

echo "# preflight: what a reload says counts"
HANGS=$(free_port)
python3 -c 'import signal, socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
signal.pause()' "$HANGS" &
pids="$pids $!"
prom=$PROM_URL
PROM_URL=http://127.0.0.1:$HANGS
daemon calm 'preflight = { backtest = "7d"; };' 'baselines = { error_rate = "live"; };'
START=manual write_config
PROM_URL=$prom
ctl reload >/dev/null || fail "the configuration is refused"
expect "nothing has begun" state_is loaded
write_config
ctl reload >/dev/null || fail "the configuration is refused"
must_become 300 "it starts by itself" state_is baselining
[ "$(grep -c 'tried on history first' "$T/migarchd.log")" = 2 ] || fail "what was under way went on"
pass "it was tried anew"
logged 'cannot tell of triggers with a live baseline.*error_rate_spike' || fail "nobody says what history cannot tell"
pass "the log says what history cannot tell"
daemon young 'preflight = { backtest = "10d"; };'
must_become 300 "three days of ten are too little" logged 'not started automatically.*says too little about'
expect "it stays loaded" state_is loaded

echo "# preflight: no history"
daemon nobody 'preflight = { backtest = "1d"; };'
must_become 120 "an empty history says nothing" logged 'not started automatically.*history says nothing about'
expect "it stays loaded" state_is loaded
prom=$PROM_URL
PROM_URL=http://127.0.0.1:$(free_port)
daemon calm 'preflight = { backtest = "7d"; };'
PROM_URL=$prom
must_become 60 "a server that is not there is told" logged 'not started automatically.*history cannot be had: no answer: .*the query is'
expect "it stays loaded" state_is loaded
limited 1
prom=$PROM_URL
PROM_URL=http://127.0.0.1:$LIMITED
daemon calm 'preflight = { backtest = "1d"; };'
PROM_URL=$prom
must_become 60 "a server that refuses is told, and why" recorded '.kind == "preflight_refused" and
    (.detail.reason | test("HTTP status 422: execution: query processing would load too many samples"))'
[ "$(sort -u "$T/limited.log" | wc -l)" = 4 ] || fail "it does not ask for less: $(cat "$T/limited.log")"
write_config
ctl reload >/dev/null || fail "the configuration is refused"
must_become 300 "a reload tries it again, and it starts" state_is baselining
