#!/usr/bin/env python3
"""Counts the tests that runs of meson have run, and prints "PASSED FAILED".

    count_tests.py TESTLOG.json...

An executable of Criterion and a suite of unittest count by what they say of themselves,
anything else as one test.
"""

import json
import pathlib
import re
import sys

SYNTHESIS = re.compile(
    r"Synthesis: Tested: (\d+) \| Passing: (\d+) \| Failing: (\d+) \| Crashing: (\d+)"
)
RAN = re.compile(r"^Ran (\d+) tests?", re.MULTILINE)
BAD = re.compile(r"\b(?:failures|errors|unexpected successes)=(\d+)")
SKIPPED = re.compile(r"\bskipped=(\d+)")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def count_output(text):
    """(passed, failed) by what a test has printed, or None where it does not count."""
    synthesis = SYNTHESIS.search(text)
    if synthesis:
        _, passing, failing, crashing = map(int, synthesis.groups())
        return passing, failing + crashing
    ran = RAN.findall(text)
    if not ran:
        return None
    total = sum(map(int, ran))
    bad = sum(map(int, BAD.findall(text)))
    skipped = sum(map(int, SKIPPED.findall(text)))
    return max(total - bad - skipped, 0), bad


def count_test(entry):
    """(passed, failed) of one entry of a testlog."""
    if entry["result"] == "SKIP":
        return 0, 0
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    text = ESCAPE.sub("", entry.get("stdout", "") + "\n" + entry.get("stderr", ""))
    passed, failed = count_output(text) or (int(good), int(not good))
    # One that fails without saying where, as by a sanitizer, has failed all the same.
    return (passed, failed) if good or failed else (max(passed - 1, 0), 1)


def main(paths):
    passed = failed = 0
    for path in map(pathlib.Path, paths):
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for line in lines:
            good, bad = count_test(json.loads(line))
            passed += good
            failed += bad
    print(passed, failed)


if __name__ == "__main__":
    main(sys.argv[1:])
