#!/usr/bin/env python3
"""The numbered requirements of spec/shoji.md: each name stands for one, which says what must,
should or may be; every mention is of one that is there; every vector names one; and the codes
of faults in its tables are those that the library gives.

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
CODE = r"(?:json|document|iri|template)\.[a-z0-9-]+"
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


def check_vector(path, defined):
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        return [f"{path}: not JSON: {error}"]
    faults = []
    for case in content if isinstance(content, list) else [content]:
        named = named_by(case)
        if not named:
            faults.append(f"{path}: a vector that names no requirement")
        faults += [
            f"{path}: names {name}, which the specification does not have"
            for name in named
            if name not in defined
        ]
    return faults


def check_codes(root, text):
    """The codes in the tables of the specification against those in the library."""
    listed = {
        code
        for row in re.findall(r"^\|([^|]*)\|", text, re.MULTILINE)
        for code in re.findall(rf"`({CODE})`", row)
    }
    given = set()
    for floor in ("value", "iri", "document"):
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
    for path in vectors:
        faults += check_vector(path, defined)
    return faults


if __name__ == "__main__":
    conclude(check(sys.argv[1]), "requirements")
