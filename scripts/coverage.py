#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Migarch authors
#
# coverage.py [--lines PERCENT] [--branches PERCENT] TITLE < OUTPUT-OF-GCOV
#
# Reads what "gcov --json-format --stdout --branch-probabilities" says of src/core, a document a line, and prints
# what was reached: a row for each file, what was not reached as FILE:LINE, what does not count and why, the total.
# The status is 1 when the total is below one of the percentages.  Called by scripts/coverage at the top of the tree.

import argparse
import json
import sys

FOLDER = "src/core/"

ASSERTION = "only our own mistake takes the failing arm of an assertion"
COMPLETE = "the switch names every value of its enum, gcov counts an arm for none of them"
NEVER_DUE = "mig_advance() is not called then (nothing, roll_back), or waits for an operator (start)"

# What does not count besides the failing arms of MIG_ASSERT: file, function, how many arms of its switch that were
# not taken, which lines that were not reached, why.  Nothing gets in here that an event could reach.
LEFT_OUT = [
    ("advance.c", "mig_gate_open", 1, [], COMPLETE),
    ("advance.c", "next_while_running", 1, [], COMPLETE),
    ("advance.c", "next_while_rolling_back", 1, [], COMPLETE),
    ("advance.c", "mig_next", 1, [], COMPLETE),
    ("advance.c", "do_next", 1, [], COMPLETE),
    ("advance.c", "do_next", 1, ["case MIG_NEXT_NOTHING:", "break; /* never due:"], NEVER_DUE),
    ("advance.c", "mig_advance_hook_result", 1, [], COMPLETE),
    ("baseline.c", "mig_baseline_take", 1, [], COMPLETE),
    ("command.c", "carry_out", 1, [], COMPLETE),
    ("command.c", "mig_command_obey", 1, [], COMPLETE),
    ("explain.c", "explain_baseline", 1, [], COMPLETE),
    ("explain.c", "explain_gate", 1, [], COMPLETE),
    ("flags.c", "mig_flags_result", 1, [], COMPLETE),
    ("judge.c", "mig_judge_compare", 1, [], COMPLETE),
    ("judge.c", "fire", 1, [], COMPLETE),
    ("judge.c", "gone_stale", 1, [], COMPLETE),
    ("judge.c", "mig_judge_blocks", 1, [], COMPLETE),
    ("rollback.c", "mig_rollback_result", 1, [], COMPLETE),
    ("state_codec.c", "write_fields", 1, [], COMPLETE),
    ("state_codec.c", "read_fields", 1, [], COMPLETE),
    ("step.c", "mig_step", 1, [], COMPLETE),
]


class Source:
    """One file: its lines and branches as gcov counts them, and how often each was reached."""

    def __init__(self, name):
        self.name = name
        with open(name, encoding="utf-8") as file:
            self.text = [""] + [line.strip() for line in file]
        self.functions = {}  # the numbers of its lines by name
        self.lines = {}
        self.branches = {}
        self.left_out = []

    def take(self, file):
        for function in file["functions"]:
            lines = range(function["start_line"], function["end_line"] + 1)
            self.functions[function["name"]] = lines
        for line in file["lines"]:
            number = line["line_number"]
            self.lines[number] = max(self.lines.get(number, 0), line["count"])
            if line["branches"]:
                counts = [branch["count"] for branch in line["branches"]]
                self.branches.setdefault(number, []).extend(counts)

    def drop_branch(self, number, reason):
        if 0 in self.branches.get(number, []):
            self.branches[number].remove(0)
            self.left_out.append(f"{self.name}:{number}: branch left out: {reason}")

    def drop_line(self, number, reason):
        if self.lines.get(number) == 0:
            del self.lines[number]
            self.left_out.append(f"{self.name}:{number}: line left out: {reason}")

    def leave_out(self):
        for number, text in enumerate(self.text):
            if "MIG_ASSERT(" in text:
                self.drop_branch(number, ASSERTION)
        for file, function, arms, lines, reason in LEFT_OUT:
            if FOLDER + file != self.name:
                continue
            # A list that names what is no longer there would be believed for ever.
            if function not in self.functions:
                sys.exit(f"coverage.py: {file} has no {function}(), take it from LEFT_OUT")
            for number in self.functions[function]:
                text = self.text[number]
                if text.startswith("switch ("):
                    for _ in range(arms):
                        self.drop_branch(number, reason)
                if any(text.startswith(line) for line in lines):
                    self.drop_line(number, reason)

    def figures(self):
        counts = [count for line in self.branches.values() for count in line]
        return (sum(count > 0 for count in self.lines.values()), len(self.lines),
                sum(count > 0 for count in counts), len(counts))

    def missed(self):
        """Yields a text for each line that was not reached and each with branches not taken."""
        for number in sorted(self.lines):
            counts = self.branches.get(number, [])
            if self.lines[number] == 0:
                yield f"{self.name}:{number}: not reached: {self.text[number]}"
            elif 0 in counts:
                missed = counts.count(0)
                yield (f"{self.name}:{number}: {missed} of {len(counts)} branches not taken: "
                       f"{self.text[number]}")


def read_sources(stream):
    sources = {}
    for document in stream:
        for file in json.loads(document)["files"]:
            at = file["file"].find(FOLDER)
            if at >= 0:
                name = file["file"][at:]
                sources.setdefault(name, Source(name)).take(file)
    return [sources[name] for name in sorted(sources)]


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


def row(name, figures):
    lines, all_lines, branches, all_branches = figures
    return (f"{name:<34} {lines:5} of {all_lines:<5} {share(lines, all_lines):6.2f} %"
            f"   {branches:5} of {all_branches:<5} {share(branches, all_branches):6.2f} %")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=float, default=0)
    parser.add_argument("--branches", type=float, default=0)
    parser.add_argument("title")
    wanted = parser.parse_args()

    sources = read_sources(sys.stdin)
    if not sources:
        sys.exit("coverage.py: gcov says nothing of " + FOLDER)
    print(f"{wanted.title:<34} {'lines':<23}   branches")
    for source in sources:
        source.leave_out()
        print(row(source.name, source.figures()))
    for source in sources:
        print(*source.missed(), sep="\n", end="\n" if any(source.missed()) else "")
    for source in sources:
        print(*source.left_out, sep="\n", end="\n" if source.left_out else "")
    total = [sum(column) for column in zip(*(source.figures() for source in sources))]
    print(row(f"total, {wanted.title}", total))
    sys.exit(share(*total[:2]) < wanted.lines or share(*total[2:]) < wanted.branches)


main()
