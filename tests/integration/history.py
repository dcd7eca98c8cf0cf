#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# history.py END DAYS [NAME=DAY:MINUTE:MINUTES:KIND...]
#
# Writes the metrics of a service over DAYS days up to END (Unix seconds) as OpenMetrics, a sample a minute, for
# "promtool tsdb create-blocks-from openmetrics".  Each NAME is a service of its own, with label shop="NAME"; what is
# planted in it begins so many minutes into the day and lasts so long: "errors" (30 % of the requests fail), "slow"
# (all take a second) or "gone" (no samples).  Nothing is random, so the same words give the same history.

import math
import sys

BOUNDS = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5]
USUAL = [0.30, 0.75, 0.97, 0.995, 0.999, 1.0]  # share of requests up to each bound
SLOW = [0.0, 0.0, 0.0, 0.05, 0.1, 1.0]


def wobble(minute, salt):
    """A number from -1 to 1 that looks irregular."""
    return math.sin(minute * 12.9898 + salt * 78.233) * math.cos(minute * 0.37 + salt)


def read_plants(words):
    plants = {}
    for word in words:
        name, _, what = word.partition("=")
        plants.setdefault(name, [])
        if what:
            day, minute, length, kind = what.split(":")
            start = int(day) * 1440 + int(minute)
            plants[name].append((start, start + int(length), kind))
    return plants


def kind_at(plants, minute):
    for start, end, kind in plants:
        if start <= minute < end:
            return kind
    return "usual"


def live(plants, first, minutes):
    """Yields time, good, bad and the bucket counts, as counters, once a minute."""
    good = bad = 0
    buckets = [0] * len(BOUNDS)
    for minute in range(minutes):
        kind = kind_at(plants, minute)
        day = math.sin((minute % 1440) / 1440 * 2 * math.pi)
        requests = round(1200 + 600 * day + 60 * wobble(minute, 1))
        share = 0.3 if kind == "errors" else 0.002 + 0.0005 * wobble(minute, 2)
        failed = round(requests * share)
        good += requests - failed
        bad += failed
        for i, part in enumerate(SLOW if kind == "slow" else USUAL):
            buckets[i] += round(requests * part)
        if kind != "gone":
            yield first + minute * 60, good, bad, list(buckets)


def main():
    end, days = int(sys.argv[1]), int(sys.argv[2])
    minutes = days * 1440
    first = end - end % 60 - (minutes - 1) * 60
    plants = read_plants(sys.argv[3:])
    worlds = {name: list(live(plant, first, minutes)) for name, plant in plants.items()}
    out = ["# TYPE http_requests counter"]
    for name, world in worlds.items():
        for status, column in (("200", 1), ("500", 2)):
            out += [f'http_requests_total{{shop="{name}",status="{status}"}} {row[column]} {row[0]}' for row in world]
    out.append("# TYPE http_request_duration_seconds histogram")
    for name, world in worlds.items():
        for i, bound in enumerate(BOUNDS):
            out += [f'http_request_duration_seconds_bucket{{shop="{name}",le="{bound}"}} {row[3][i]} {row[0]}'
                    for row in world]
        out += [f'http_request_duration_seconds_bucket{{shop="{name}",le="+Inf"}} {row[3][-1]} {row[0]}' for row in world]
    out.append("# EOF")
    sys.stdout.write("\n".join(out) + "\n")


main()
