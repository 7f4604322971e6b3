#!/usr/bin/env python3
"""What libshoji.so exports is what libshoji.sym lists, and that is what the public headers
declare.

    symbols.py NM LIBRARY SYMBOL-MAP HEADER...

A build without the client is given all headers but its own, and exports that much less.
"""

import pathlib
import re
import subprocess
import sys

from sources import conclude, without_comments

DECLARATION = re.compile(r"\b(shoji_[a-z0-9_]+)\s*\(")
BODY = re.compile(r"\{[^{}]*\}")


def exported(nm, library):
    run = subprocess.run(
        [nm, "-D", "--defined-only", library], check=True, capture_output=True, text=True
    )
    symbols = (line.split()[-2:] for line in run.stdout.splitlines())
    return {name.split("@")[0] for kind, name in symbols if kind != "A"}


def listed(symbol_map):
    text = pathlib.Path(symbol_map).read_text(encoding="utf-8")
    names = re.findall(r"^\s*([A-Za-z_*][A-Za-z0-9_*]*);", text, re.MULTILINE)
    return [name for name in names if name != "*"]


def declared(text):
    """The functions that the text of a header declares: names before a parenthesis, outside
    of any braces and typedefs."""
    text = without_comments(text)
    text = re.sub(r"^[ \t]*#(?:[^\n\\]|\\.)*", "", text, flags=re.MULTILINE | re.DOTALL)
    while BODY.search(text):
        text = BODY.sub(" ", text)
    return {
        name
        for statement in text.split(";")
        if "typedef" not in statement
        for name in DECLARATION.findall(statement)
    }


def compare(one, other, sentence):
    return [sentence.format(name) for name in sorted(set(one) - set(other))]


def check(nm, library, symbol_map, headers):
    there = exported(nm, library)
    named = listed(symbol_map)
    texts = (pathlib.Path(header).read_text(encoding="utf-8") for header in headers)
    public = set().union(*map(declared, texts))
    with_client = any(pathlib.Path(header).name == "client.h" for header in headers)
    faults = compare(there, named, "{} is exported, and not in the symbol map")
    faults += compare(public, named, "{} is declared, and not in the symbol map")
    faults += compare(public, there, "{} is declared, and not exported")
    if with_client:
        faults += compare(named, public, "{} is in the symbol map, and not declared")
    if named != sorted(named):
        faults.append("the symbol map is not in alphabetical order")
    return faults


if __name__ == "__main__":
    conclude(check(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]), "symbols")
