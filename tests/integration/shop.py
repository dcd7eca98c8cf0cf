#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# shop.py HOOK-PORT OLD-PORT NEW-PORT FRONT-PORT ADMIN-SOCKET JOURNAL
#
# What a site has around HAProxy, for runbook_haproxy.sh: two versions of a service with metrics, users
# that call it through HAProxy all the time, and a hook.  The hook is the flag service (a share is the
# weight of a server, read back from HAProxy), the deployment tool, and the executor of a runbook's
# steps.  What it is sent goes into the journal, one JSON line each.

import http.client
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request

HOOK, OLD, NEW, FRONT = (int(port) for port in sys.argv[1:5])
ADMIN, JOURNAL = sys.argv[5:7]
BUCKETS = (0.05, 0.1, 0.5)
lock = threading.Lock()
seen = set()


def admin(command):
    """One command of HAProxy's runtime API."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(ADMIN)
        line.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: line.recv(4096), b"")).decode().strip()


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def answer(self, status, body, kind="application/json"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Service:
    """One version of the service; its metrics stay while it is stopped."""

    def __init__(self, version, port):
        self.version, self.port = version, port
        self.requests = 0
        self.running = True
        Server(("127.0.0.1", port), self.handler()).serve_forever_in_thread()

    def metrics(self):
        labels = 'version="%s"' % self.version
        lines = ['http_requests_total{%s,status="200"} %d' % (labels, self.requests),
                 'http_requests_total{%s,status="500"} 0' % labels]
        for bucket in BUCKETS + ("+Inf",):
            lines.append('http_request_duration_seconds_bucket{%s,le="%s"} %d' %
                         (labels, bucket, self.requests))
        return "\n".join(lines) + "\n"

    def handler(service):
        class Handler(Quiet):
            def do_GET(self):
                if self.path == "/metrics":
                    self.answer(200, service.metrics(), "text/plain")
                elif not service.running:
                    self.answer(503, "stopped")
                else:
                    with lock:
                        service.requests += 1
                    self.answer(200, service.version)
        return Handler


def run_http(text):
    """An api step: request line, headers, an empty line, the body."""
    head, _, body = text.partition("\n\n")
    first, *headers = head.split("\n")
    method, address = first.split(" ", 1)
    request = urllib.request.Request(address, body.encode(), method=method)
    for header in headers:
        request.add_header(*header.split(": ", 1))
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.status // 100 == 2


def run_step(step):
    if step["script_type"] == "api":
        return run_http(step["script_content"])
    if step["script_type"] == "bash":
        done = subprocess.run(["bash", "-c", step["script_content"]], stdin=subprocess.DEVNULL,
                              timeout=step["timeout_minutes"] * 60)
        return done.returncode == 0
    return False


class Hook(Quiet):
    def body(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(text) if text else None

    def note(self, body, **more):
        key = self.headers.get("Idempotency-Key")
        with lock:
            entry = {"path": self.path, "body": body, "key": key, "first": key not in seen, **more}
            if key:
                seen.add(key)
            with open(JOURNAL, "a") as journal:
                journal.write(json.dumps(entry) + "\n")

    def do_GET(self):
        if self.path.startswith("/flags/"):
            new, old = (int(admin("get weight shop/" + name).split(" ")[0]) for name in ("new", "old"))
            self.answer(200, json.dumps({"percentage": 100 * new / max(1, new + old)}))
        else:
            self.answer(404, "null")

    def do_PUT(self):
        body = self.body()
        self.note(body)
        if self.path.startswith("/flags/"):
            share = round(body["percentage"])
            said = admin("set server shop/new weight %d; set server shop/old weight %d" %
                         (share, 100 - share))
        elif self.path == "/deploy/new":
            said = ""
            services["new"].running = "revision" in body or body.get("replicas") != 0
        elif self.path == "/deploy/old":
            said = ""
            services["old"].running = body["state"] == "running"
        else:
            said = "" if self.path == "/mirror" else "unknown"
        self.answer(500 if said else 200, json.dumps(said))

    def do_POST(self):
        body = self.body()
        done = True
        if self.path == "/steps" and body["kind"] == "rollback_step":
            done = run_step(body["step"])
        self.note(body, done=done)
        self.answer(200 if done else 500, "null")


def call_always():
    """The users."""
    while True:
        line = http.client.HTTPConnection("127.0.0.1", FRONT, timeout=5)
        try:
            line.request("GET", "/")
            line.getresponse().read()
        except OSError:
            pass
        line.close()
        time.sleep(0.02)


def serve_forever_in_thread(self):
    threading.Thread(target=self.serve_forever, daemon=True).start()


Server.serve_forever_in_thread = serve_forever_in_thread
services = {"old": Service("old", OLD), "new": Service("new", NEW)}
threading.Thread(target=call_always, daemon=True).start()
Server(("127.0.0.1", HOOK), Hook).serve_forever()
