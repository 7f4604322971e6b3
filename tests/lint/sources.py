"""What the lints share: which files there are, and how faults are told."""

import pathlib
import re
import sys

CODE_FOLDERS = ("libshoji", "shojid", "shoji-cli", "tests", "examples", "bench")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def code_files(root, folders=CODE_FOLDERS, suffixes=(".c", ".h")):
    """The C files below some folders of a tree, build folders left out, sorted."""
    found = []
    for folder in folders:
        for path in pathlib.Path(root, folder).rglob("*"):
            inside = path.relative_to(root).parts
            if path.suffix in suffixes and not any(p.startswith("build") for p in inside):
                found.append(path)
    return sorted(found)


def without_comments(text):
    """C text with each comment replaced by as many line breaks as it held."""
    return COMMENT.sub(lambda match: " " + "\n" * match.group().count("\n"), text)


def includes(path):
    """(line, is_system, name) of each include in a file."""
    text = without_comments(pathlib.Path(path).read_text(encoding="utf-8"))
    return [
        (text.count("\n", 0, match.start()) + 1, match.group(1) == "<", match.group(2))
        for match in INCLUDE.finditer(text)
    ]


def conclude(faults, checked):
    """Prints the faults and ends the program: 0 where there is none."""
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{checked}: {len(faults)} faults")
    sys.exit(1 if faults else 0)
