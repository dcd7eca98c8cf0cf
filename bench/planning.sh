#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# planning.sh [TABLES...]
#
# What planning costs: processor time and memory of "migarch plan" and "migarch runbook" for
# specifications of 1,000, 10,000 and 50,000 tables (or so many as are given) with 500 flags, and
# the time per table, which must not grow.  Run in the build directory:
#
#   MIGARCH_SRCDIR=.. MIGARCH_BUILDDIR=. ../bench/planning.sh

set -eu
migarch=${MIGARCH_BUILDDIR:-.}/migarch
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

python3 - "$migarch" "$T" "${@:-1000 10000 50000}" <<'END'
import json
import os
import subprocess
import sys

FLAGS = 500
program, folder = sys.argv[1:3]


def specification(tables):
    schedule = [{'percentage': p, 'duration_hours': h} for p, h in ((5, 24), (50, 24), (100, 0))]
    return {
        'type': 'database', 'pattern': 'data_migration', 'source': 'Old store', 'target': 'New store',
        'constraints': {'dependencies': ['web', 'mobile', 'billing']},
        'tables_to_migrate': [{'name': 'table_%d' % i, 'row_count': 1000 * i, 'size_mb': i, 'critical': i % 10 == 0}
                              for i in range(tables)],
        'feature_flags': [{'name': 'flag_%d' % i, 'rollout_schedule': schedule} for i in range(FLAGS)],
    }


def measure(command):
    """Seconds of processor time, seconds by the clock, MB of memory."""
    child = subprocess.Popen([program, *command], stderr=subprocess.DEVNULL)
    began = os.times().elapsed
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit('planning: %s ended with %d' % (' '.join(command), status))
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - began, usage.ru_maxrss / 1024


print('%8s %8s %10s %10s %8s %14s' % ('tables', 'what', 'processor', 'clock', 'memory', 'per 1000'))
for tables in map(int, ' '.join(sys.argv[3:]).split()):
    spec, plan, runbook = (os.path.join(folder, name) for name in ('spec.json', 'plan.json', 'runbook.json'))
    with open(spec, 'w', encoding='utf-8') as f:
        json.dump(specification(tables), f)
    total = 0
    for what, source, target in (('plan', spec, plan), ('runbook', plan, runbook)):
        processor, clock, memory = measure([what, '-i', source, '-o', target, '-f', 'json'])
        total += processor
        print('%8d %8s %8.2f s %8.2f s %5.0f MB %11.1f ms' % (
            tables, what, processor, clock, memory, processor * 1e6 / tables))
    print('%8d %8s %8.2f s' % (tables, 'both', total))
END
