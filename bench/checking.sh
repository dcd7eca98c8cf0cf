#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# checking.sh [TABLES...]
#
# What checking costs: processor time, time by the clock and memory of "migarch check" for two snapshots of 100,
# 1,000, 10,000 and 50,000 tables (or so many as are given) with 12 columns each, 5 in 100 of them changed, and
# the time per table, which must not grow.  Run in the build directory:
#
#   MIGARCH_SRCDIR=.. MIGARCH_BUILDDIR=. ../bench/checking.sh

set -eu
migarch=${MIGARCH_BUILDDIR:-.}/migarch
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

python3 - "$migarch" "$T" "${@:-100 1000 10000 50000}" <<'END'
import os
import subprocess
import sys

program, folder = sys.argv[1:3]

TYPES = (('"varchar",\n          "length": 255', '"varchar",\n          "length": 320'), ('"bigint"', '"decimal"'),
         ('"timestamp",\n          "default": "CURRENT_TIMESTAMP"', '"date"'), ('"boolean",\n          "default": false', '"int"'),
         ('"text"', '"text"'), ('"int"', '"bigint"'))


def column(name, kind, nullable):
    return '        "%s": {\n          "type": %s,\n          "nullable": %s\n        }' % (
        name, kind, 'true' if nullable else 'false')


def table(number, after):
    """One table as "migarch snapshot" writes it; of those that change, each changes in another way."""
    way = number // 20 % 6 if after and number % 20 == 0 else -1
    columns = [column('id', '"bigint"', False)]
    for i in range(11):
        before, later = TYPES[(number + i) % len(TYPES)]
        if way == 0 and i == 3:
            continue
        columns.append(column('column_%d' % i, later if way == 1 and i < 2 else before,
                              (number + i) % 3 > 0 and not (way == 2 and i < 3)))
    if way == 3:
        columns.append(column('added', '"int"', number % 40 == 0))
    unique = '"column_1"' if way != 4 else '"column_5"'
    return ('    "table_%d": {\n      "columns": {\n%s\n      },\n      "constraints": {\n'
            '        "primary_key": [\n          "id"\n        ],\n'
            '        "unique": [\n          %s\n        ],\n        "check": [\n          "column_2 IS NOT NULL"\n        ]\n'
            '      },\n      "indexes": [\n        {\n          "name": "index_%d",\n'
            '          "columns": [\n            "column_4",\n            "column_5"\n          ]\n        }\n      ]\n    }') % (
                number, ',\n'.join(columns), unique, number)


def write(path, tables, after):
    with open(path, 'w', encoding='utf-8') as out:
        out.write('{\n  "dialect": "postgresql",\n  "tables": {\n')
        numbers = [i for i in range(tables) if not (after and i % 120 == 100)]
        out.write(',\n'.join(table(i, after) for i in numbers))
        if after:
            out.write(''.join(',\n' + table(i, False) for i in range(tables, tables + tables // 120)))
        out.write('\n  }\n}\n')


def measure(command):
    """Seconds of processor time, seconds by the clock, MB of memory."""
    child = subprocess.Popen([program, *command], stderr=subprocess.DEVNULL)
    began = os.times().elapsed
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 2:
        sys.exit('checking: %s ended with %d' % (' '.join(command), os.waitstatus_to_exitcode(status)))
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - began, usage.ru_maxrss / 1024


print('%8s %8s %10s %10s %8s %14s' % ('tables', 'input', 'processor', 'clock', 'memory', 'per 1000'))
for tables in map(int, ' '.join(sys.argv[3:]).split()):
    before, after, report = (os.path.join(folder, name) for name in ('before.json', 'after.json', 'report.json'))
    write(before, tables, False)
    write(after, tables, True)
    processor, clock, memory = measure(['check', '--before', before, '--after', after, '-f', 'json', '-o', report])
    print('%8d %5.0f MB %8.2f s %8.2f s %5.0f MB %11.1f ms' % (
        tables, (os.path.getsize(before) + os.path.getsize(after)) / 1e6, processor, clock, memory,
        processor * 1e6 / tables))
END
