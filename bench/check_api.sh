#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# check_api.sh [OPERATIONS...]
#
# What the comparison of two interfaces costs: processor time and memory of "migarch check" for
# documents of 100, 1,000, 5,000 and 20,000 operations (or so many as are given), of which one in
# twenty has changed, and the time per operation, which must not grow.  Run in the build directory:
#
#   MIGARCH_SRCDIR=.. MIGARCH_BUILDDIR=. ../bench/check_api.sh

set -eu
migarch=${MIGARCH_BUILDDIR:-.}/migarch
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT

python3 - "$migarch" "$T" "${@:-100 1000 5000 20000}" <<'END'
import json
import os
import subprocess
import sys

program, folder = sys.argv[1:3]


def schema(i, changed):
    properties = {'field_%d' % j: {'type': 'string', 'maxLength': 50 + j} for j in range(8)}
    properties['next'] = {'$ref': '#/components/schemas/Thing%d' % (i // 2)}
    properties['state'] = {'type': 'string', 'enum': ['new', 'old'] + (['odd'] if changed else [])}
    if changed:
        del properties['field_3']
        properties['field_4']['maxLength'] = 20
        properties['added'] = {'type': 'integer', 'format': 'int64'}
    return {'type': 'object', 'required': ['field_0', 'field_1'], 'properties': properties}


def operation(i, changed):
    parameters = [
        {'name': 'id', 'in': 'path', 'required': True, 'schema': {'type': 'integer'}},
        {'name': 'limit', 'in': 'query', 'schema': {'type': 'integer', 'maximum': 100 if changed else 500}},
        {'$ref': '#/components/parameters/Trace'},
    ]
    if changed:
        parameters.append({'name': 'tenant', 'in': 'query', 'required': True, 'schema': {'type': 'string'}})
    ref = {'application/json': {'schema': {'$ref': '#/components/schemas/Thing%d' % i}}}
    error = {'description': 'wrong', 'content': {'application/json': {'schema': {'$ref': '#/components/schemas/Error'}}}}
    return {'operationId': 'op%d' % i, 'tags': ['tag%d' % (i % 50)], 'parameters': parameters,
            'requestBody': {'required': True, 'content': ref},
            'responses': {'200': {'description': 'fine', 'content': ref}, '400': error, '404': error}}


def document(operations, after):
    paths = {}
    for i in range(operations):
        path = paths.setdefault('/things/{id}/part%d' % (i // 2), {})
        path['put' if i % 2 else 'post'] = operation(i, after and i % 20 == 0)
    schemas = {'Thing%d' % i: schema(i, after and i % 20 == 7) for i in range(operations)}
    schemas['Error'] = {'type': 'object', 'properties': {'code': {'type': 'string' if after else 'integer'}}}
    trace = {'name': 'X-Trace', 'in': 'header', 'schema': {'type': 'string'}}
    return {'openapi': '3.0.3', 'info': {'title': 'things', 'version': '1'}, 'paths': paths,
            'components': {'schemas': schemas, 'parameters': {'Trace': trace}}}


def measure(command):
    """Seconds of processor time, seconds by the clock, MB of memory."""
    child = subprocess.Popen([program, *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    began = os.times().elapsed
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 2):
        sys.exit('check_api: %s ended with %d: %s' % (' '.join(command), status, child.stderr.read()))
    return usage.ru_utime + usage.ru_stime, os.times().elapsed - began, usage.ru_maxrss / 1024


print('%10s %8s %10s %10s %8s %14s' % ('operations', 'MB', 'processor', 'clock', 'memory', 'per 1000'))
for operations in map(int, ' '.join(sys.argv[3:]).split()):
    names = [os.path.join(folder, name) for name in ('before.json', 'after.json')]
    for name in names:
        with open(name, 'w', encoding='utf-8') as f:
            json.dump(document(operations, name == names[1]), f)
    size = sum(os.path.getsize(name) for name in names) / 1e6
    processor, clock, memory = measure(['check', '--type', 'api', '--before', names[0], '--after', names[1],
                                        '-f', 'json', '-o', os.path.join(folder, 'report.json')])
    print('%10d %8.1f %8.2f s %8.2f s %5.0f MB %11.1f ms' % (
        operations, size, processor, clock, memory, processor * 1e6 / operations))
END
