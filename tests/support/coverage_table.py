#!/usr/bin/env python3
"""Prints how much of each floor of the library was run, and fails where too little of the
core was.

    coverage_table.py [--files] LINES.json

LINES.json is what gcovr --json writes.
"""

import json
import pathlib
import sys

CORE = ("base", "value", "iri", "document", "protocol")
BESIDE = ("client",)
LEAST_LINES = 95.0
LEAST_BRANCHES = 90.0
ROW = "{:<36} {:>7} {:>7} {:>8}   {:>7} {:>7} {:>8}"


class Count:
    """Lines and branches: how many there are, and how many were run."""

    def __init__(self):
        self.lines = self.lines_run = self.branches = self.branches_run = 0

    def add(self, other):
        self.lines += other.lines
        self.lines_run += other.lines_run
        self.branches += other.branches
        self.branches_run += other.branches_run

    def row(self, name):
        return ROW.format(
            name,
            self.lines_run, self.lines, percent(self.lines_run, self.lines),
            self.branches_run, self.branches, percent(self.branches_run, self.branches),
        )

    def is_enough(self):
        return (
            self.lines_run * 100 >= LEAST_LINES * self.lines
            and self.branches_run * 100 >= LEAST_BRANCHES * self.branches
        )


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def counted(file):
    """The lines of a file that hold code."""
    return [line for line in file["lines"] if not line["gcovr/noncode"]]


def count(file):
    total = Count()
    for line in counted(file):
        total.lines += 1
        total.lines_run += line["count"] > 0
        total.branches += len(line["branches"])
        total.branches_run += sum(branch["count"] > 0 for branch in line["branches"])
    return total


def misses(file):
    """What of a file was not run, in words."""
    lines = [line["line_number"] for line in counted(file) if line["count"] == 0]
    branches = [
        line["line_number"]
        for line in counted(file)
        if line["count"] > 0 and any(branch["count"] == 0 for branch in line["branches"])
    ]
    listed = [
        f"    {what}: {' '.join(map(str, numbers))}"
        for what, numbers in (("lines not run", lines), ("branches not taken", branches))
        if numbers
    ]
    return listed


def floor_of(file):
    return pathlib.PurePath(file["file"]).parts[1]


def table(report, with_files=False):
    """The lines to print, and whether enough of the core was run."""
    floors = {floor: Count() for floor in (*CORE, *BESIDE)}
    core = Count()
    rows = [ROW.format("", "lines", "of", "", "branch", "of", "")]
    for file in sorted(report["files"], key=lambda file: file["file"]):
        floor = floor_of(file)
        if floor not in floors:
            raise SystemExit(f"{file['file']} is on no floor: add it to {sys.argv[0]}")
        own = count(file)
        floors[floor].add(own)
        if with_files:
            rows += [own.row(file["file"]), *misses(file)]
    for floor in CORE:
        core.add(floors[floor])
        rows.append(floors[floor].row(floor))
    rows.append(core.row("the core"))
    rows += [floors[floor].row(floor + " (beside)") for floor in BESIDE]
    return rows, core.lines > 0 and core.is_enough()


def main(arguments):
    with_files = "--files" in arguments
    (path,) = (argument for argument in arguments if argument != "--files")
    report = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    rows, enough = table(report, with_files)
    print("\n".join(rows))
    if not enough:
        print(
            f"Too little of the core was run: {LEAST_LINES:.0f} % of lines and "
            f"{LEAST_BRANCHES:.0f} % of branches are demanded; --files tells what was not",
            file=sys.stderr,
        )
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
