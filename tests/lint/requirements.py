#!/usr/bin/env python3
"""The numbered requirements of spec/shoji.md: each name stands for one, which says what must,
should or may be; every mention is of one that is there; every vector names one, says what is
expected, and stands in a file that a test runs; each that must be has a vector, or else a reason
in unproven.txt; and the codes of faults in its tables are those that the library gives.

    requirements.py ROOT
"""

import json
import pathlib
import re
import sys

from sources import conclude

DEFINITION = re.compile(r"\*\*\[([A-Z]+-[1-9][0-9]*)\]\*\*")
ITEM = re.compile(r"^- \*\*\[([A-Z]+-[0-9]+)\]\*\*(.*(?:\n  .*)*)", re.MULTILINE)
KEYWORD = re.compile(r"\b(MUST|SHOULD|MAY)\b")
CODE = r"(?:json|document|iri|template|patch)\.[a-z0-9-]+"
REASON = re.compile(
    r"not yet implemented: \S.*"
    r"|no data case can show it: proven by (?P<tests>tests/[^\s,]+(?:, tests/[^\s,]+)*)"
)
UNPROVEN = "tests/lint/unproven.txt"
# What the product has no part for that could keep to it: no other is "not yet implemented".
ABSENT = {"SEC-4"}
# Where vectors are run, and how a test says which: a folder, or all files of a folder whose
# names begin alike, "KIND.json" and "KIND.*.json".
RUNNERS = ("tests/unit/*.c", "tests/cli/*.py", "tests/daemon/*.py")
RUNS_FOLDER = re.compile(r'\brun_folder\("([\w/-]+)"')
RUNS_KIND = re.compile(r'\bcases_run\("([\w/-]+)\.json"')
GLOBS_FOLDER = re.compile(r'^FOLDER = .* / "vectors" / "([\w-]+)"$', re.MULTILINE)
GLOB = 'FOLDER.glob("*.json")'
MENTION = re.compile(r"(?<!\*\*)\[([A-Z]+-[0-9]+)\](?!\()")


def check_specification(text):
    """(names that are defined, faults)"""
    defined, faults = set(), []
    for name in DEFINITION.findall(text):
        if name in defined:
            faults.append(f"shoji.md: {name} is defined twice")
        defined.add(name)
    for name, sentence in ITEM.findall(text):
        if not KEYWORD.search(sentence):
            faults.append(f"shoji.md: {name} requires nothing")
    for name in MENTION.findall(text):
        if name not in defined:
            faults.append(f"shoji.md: {name} is mentioned, and not defined")
    return defined, faults


def named_by(case):
    """The requirements that a vector names: a string or an array of strings."""
    named = case.get("requirement") if isinstance(case, dict) else None
    return [named] if isinstance(named, str) else named or []


def run_by_tests(root):
    """What the tests run: folders, and kinds of files as "FOLDER/KIND"."""
    run = set()
    for pattern in RUNNERS:
        for path in pathlib.Path(root).glob(pattern):
            text = path.read_text(encoding="utf-8")
            run.update(RUNS_FOLDER.findall(text), RUNS_KIND.findall(text))
            if GLOB in text:
                run.update(GLOBS_FOLDER.findall(text))
    return run


def is_run(path, run):
    """Whether a vector, by its path in spec/vectors, is in a file that some test runs."""
    folder = path.parent.as_posix()
    return folder in run or f"{folder}/{path.name.partition('.')[0]}" in run


def expects(case):
    """Whether a vector says what must come out, by itself or in each of its exchanges."""
    if not isinstance(case, dict):
        return False
    exchanges = case.get("exchanges", [])
    return bool(case.get("expect")) or (
        bool(exchanges) and all(exchange.get("response") for exchange in exchanges)
    )


def check_vector(path, defined):
    """(requirements that are named, faults)"""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return set(), [f"{path}: not JSON: {error}"]
    proven, faults = set(), []
    for case in content if isinstance(content, list) else [content]:
        named = named_by(case)
        proven.update(named)
        if not named:
            faults.append(f"{path}: a vector that names no requirement")
        if not expects(case):
            faults.append(f"{path}: a vector that does not say what is expected")
        faults += [
            f"{path}: names {name}, which the specification does not have"
            for name in named
            if name not in defined
        ]
    return proven, faults


def read_unproven(root):
    """({requirement: reason}, faults) of the list of those without a vector."""
    path = pathlib.Path(root, UNPROVEN)
    reasons, faults = {}, []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        name, _, reason = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if name in reasons:
            faults.append(f"{UNPROVEN}: {name} is listed twice")
        reasons[name] = reason
    return reasons, faults


def check_reason(root, name, reason):
    match = REASON.fullmatch(reason)
    if match is None or (match["tests"] is None and name not in ABSENT):
        return [f"{UNPROVEN}: {name}: no reason that counts: {reason}"]
    tests = match["tests"].split(", ") if match["tests"] else []
    return [
        f"{UNPROVEN}: {name}: there is no {test}"
        for test in tests
        if not pathlib.Path(root, test).is_file()
    ]


def check_proof(root, text, proven):
    """Whether each requirement that must be has either a vector or a reason."""
    reasons, faults = read_unproven(root)
    binding = {name for name, sentence in ITEM.findall(text) if "MUST" in sentence}
    for name in sorted(binding - proven - reasons.keys()):
        faults.append(f"shoji.md: {name} has no vector, and {UNPROVEN} does not say why")
    for name, reason in reasons.items():
        if name not in binding:
            faults.append(f"{UNPROVEN}: {name} is not what must be")
        elif name in proven:
            faults.append(f"{UNPROVEN}: {name} has a vector; take it off the list")
        faults += check_reason(root, name, reason)
    return faults


def check_codes(root, text):
    """The codes in the tables of the specification against those in the library."""
    listed = {
        code
        for row in re.findall(r"^\|([^|]*)\|", text, re.MULTILINE)
        for code in re.findall(rf"`({CODE})`", row)
    }
    given = set()
    for floor in ("value", "iri", "document", "protocol"):
        for path in pathlib.Path(root, "libshoji", floor).glob("*.c"):
            given |= set(re.findall(rf'"({CODE})"', path.read_text(encoding="utf-8")))
    faults = [f"shoji.md: the code {code} is not in its tables" for code in given - listed]
    faults += [f"shoji.md: the library gives no {code}" for code in listed - given]
    return sorted(faults)


def check(root):
    spec = pathlib.Path(root, "spec")
    text = (spec / "shoji.md").read_text(encoding="utf-8")
    defined, faults = check_specification(text)
    faults += check_codes(root, text)
    vectors = sorted((spec / "vectors").rglob("*.json"))
    if not defined or not vectors:
        faults.append("spec: no requirements, or no vectors")
    proven = set()
    run = run_by_tests(root)
    for path in vectors:
        if not is_run(path.relative_to(spec / "vectors"), run):
            faults.append(f"{path}: no test runs this file")
            continue
        named, wrong = check_vector(path, defined)
        proven |= named
        faults += wrong
    return faults + check_proof(root, text, proven)


if __name__ == "__main__":
    conclude(check(sys.argv[1]), "requirements")
