#!/usr/bin/env python3
"""Every function that the library exports, and that can allocate, is called in a sweep of
failing allocations (tests/support/failing_memory.h), by the tests in tests/unit.

    sweeps.py ROOT

A sweep calls what its action calls, and what that calls in turn; where the action is taken
from a table, all functions of the table.
"""

import pathlib
import re
import sys

from sources import conclude, without_comments
from symbols import listed

SYMBOL_MAP = "libshoji/libshoji.sym"
TESTS = "tests/unit"

# What allocates nothing, and why: a function named here needs no sweep. The names are
# patterns of whole names.
NEVER = {
    "it frees": r"shoji_free|shoji_\w+_free|shoji_buffer_(clear|finish)",
    "it gives a static text": r"shoji_(version|http_phrase|(status|element|map)_text)",
    "it lends a part of a tree": r"shoji_tree_root|shoji_value_(at|exists|items?|members?"
    r"|member_n|number|size|string|type)|shoji_(items|members)_next",
    "it computes on the stack": r"shoji_value_(double|int64|uint64)",
    "it lends a part of a document": r"shoji_document_(base_rule|body|description|element"
    r"|entities|entries|graph|index|links|root|self|specification|title|updated|value)"
    r"|shoji_(links|entries)_next",
    "it lends a part of a template or of variables": r"shoji_template_(explodes|has|is|prefix"
    r"|text|variable|variable_count)|shoji_variables_(count|get|kind|name)",
    "it lends a part of a response": r"shoji_response_(body|header|header_at|iri|status)",
    "it reads a header's value where it stands": r"shoji_accept_choose|shoji_media_type_is"
    r"|shoji_etag_matches|shoji_conditions_evaluate|shoji_http_date_(format|parse)",
}

FUNCTION = re.compile(r"^(?:\w[^\n;{}=]*)?\b(\w+)\([^;{}]*?\)\n\{\n(.*?)^\}", re.M | re.S)
SWEEP = re.compile(r"\bFAILING_MEMORY_SWEEP\(\s*\w+\s*,(.*?)\)\s*;", re.S)
NAME = re.compile(r"\b[A-Za-z_]\w*\b")
TABLE = r"\b{}\b[^;=]*=\s*\{{([^;]*)\}}\s*;"


def functions_of(path):
    """The functions of a C file, by name; those of one name together, as all Test() are."""
    text = without_comments(path.read_text(encoding="utf-8"))
    found = {}
    for name, body in FUNCTION.findall(text):
        found[name] = found.get(name, "") + body
    return found


def begun_by(action, body):
    """The names that the action of a sweep begins with, in the function that holds it."""
    names = set(NAME.findall(action))
    for name in tuple(names):
        for table in re.findall(TABLE.format(name), body):
            names.update(NAME.findall(table))
    return names


def reached(names, functions):
    """All names that can be reached from some."""
    seen = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += NAME.findall(functions.get(name, ""))
    return seen


def swept(folder):
    """The names that some sweep reaches."""
    files = {path: functions_of(path) for path in sorted(folder.glob("*.c"))}
    everywhere = {name: body for own in files.values() for name, body in own.items()}
    names = set()
    for own in files.values():
        for body in own.values():
            for action in SWEEP.findall(body):
                names |= reached(begun_by(action, body), {**everywhere, **own})
    return names


def check(root):
    root = pathlib.Path(root)
    exported = listed(root / SYMBOL_MAP)
    reaches = swept(root / TESTS)
    faults = [
        f"{SYMBOL_MAP}: no function is one of which sweeps.py says that {reason}"
        for reason, pattern in NEVER.items()
        if not any(re.fullmatch(pattern, name) for name in exported)
    ]
    for name in exported:
        harmless = any(re.fullmatch(pattern, name) for pattern in NEVER.values())
        if not harmless and name not in reaches:
            faults.append(
                f"{SYMBOL_MAP}: no FAILING_MEMORY_SWEEP in {TESTS} calls {name}; where it "
                "never allocates, say why in sweeps.py"
            )
    return faults


if __name__ == "__main__":
    conclude(check(sys.argv[1]), "sweeps")
