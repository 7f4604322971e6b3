#!/usr/bin/env python3
"""The public headers document what they declare: each function stands right below a
comment, its own or that of its group; where it gives a status, that comment names those of
its failures, or the function that it fails as; each header says what threads may do; each exported
function is declared in one header, and each that is declared is exported; and the manual
page names every header.

    docs.py ROOT
"""

import pathlib
import re
import sys

from sources import conclude
from symbols import declared, listed

HEADERS = "libshoji/include/shoji"
SYMBOL_MAP = "libshoji/libshoji.sym"
MANUAL = "libshoji/libshoji.3.scd"

DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*", re.MULTILINE | re.DOTALL)
# A comment, a macro that stands alone on its line, or a declaration, which may have braces
# and comments inside.
ITEM = re.compile(
    r"(?P<comment>/\*.*?\*/)|(?P<macro>^[A-Z_]+$)"
    r"|(?P<declaration>[^\s;{}/](?:/\*.*?\*/|\{(?:/\*.*?\*/|[^{}])*\}|[^;{}])*;)",
    re.MULTILINE | re.DOTALL,
)
GIVES_STATUS = re.compile(r"shoji_status\s+shoji_\w+\(")
STATUSES = re.compile(
    r"\bSHOJI_(?:NO_MEMORY|USAGE|SYNTAX|INVALID|LIMIT|RANGE|TYPE|NOT_FOUND|AMBIGUOUS|NO_MATCH"
    r"|STOPPED|UNREACHABLE|HTTP|PRECONDITION)\b"
    r"|\b(?:[Ff]ails?[ \n*]+as|As|[Oo]therwise[ \n*]+as)[ \n*]+(?:shoji_\w+|the)\b"
)
THREADS = re.compile(r"\bThreads: |\bEvery function here is a pure function\b")


def items(text):
    """(kind, text, line breaks before it) of the comments and declarations of a header."""
    text = DIRECTIVE.sub(lambda match: "\n" * match.group().count("\n"), text)
    end = 0
    for match in ITEM.finditer(text):
        yield match.lastgroup, match.group(), text.count("\n", end, match.start())
        end = match.end()


def documented(text):
    """(name, declaration, comment) of the functions of a header; the comment is that of the
    group where the function stands in one, and None where there is none."""
    comment = None
    for kind, item, gap in items(text):
        if kind != "declaration":
            comment = item if kind == "comment" else None
            continue
        if gap > 1:
            comment = None
        for name in sorted(declared(item)):
            yield name, item, comment


def undocumented(text):
    """The functions that stand neither right below a comment, nor in a group that does."""
    return [name for name, _, comment in documented(text) if comment is None]


def silent(text):
    """The functions that give a status, and whose comment names none."""
    return [
        name
        for name, item, comment in documented(text)
        if comment is not None and GIVES_STATUS.match(item) and not STATUSES.search(comment)
    ]


def check_header(path, text):
    faults = [f"{path.name}: {name} stands below no comment" for name in undocumented(text)]
    faults += [
        f"{path.name}: the comment of {name} names no status that it gives, nor what it fails as"
        for name in silent(text)
    ]
    if declared(text) and not THREADS.search(text):
        faults.append(f'{path.name}: it does not say what threads may do ("Threads: ...")')
    return faults


def check(root):
    root = pathlib.Path(root)
    manual = (root / MANUAL).read_text(encoding="utf-8")
    faults = []
    homes = {}
    for path in sorted((root / HEADERS).glob("*.h")):
        text = path.read_text(encoding="utf-8")
        faults += check_header(path, text)
        for name in declared(text):
            homes.setdefault(name, []).append(path.name)
        declares = any(kind == "declaration" for kind, _, _ in items(text))
        if declares and f"shoji/{path.name}" not in manual:
            faults.append(f"{MANUAL}: it does not name shoji/{path.name}")
    exported = set(listed(root / SYMBOL_MAP))
    for name, headers in sorted(homes.items()):
        if len(headers) > 1:
            faults.append(f"{name} is declared in {' and in '.join(headers)}")
        if name not in exported:
            faults.append(f"{name} is declared in {headers[0]}, and not in {SYMBOL_MAP}")
    faults += [
        f"{name} is in {SYMBOL_MAP}, and in no public header"
        for name in sorted(exported - set(homes))
    ]
    return faults


if __name__ == "__main__":
    conclude(check(sys.argv[1]), "docs")
