#!/usr/bin/env python3
"""Each public header can be included alone and twice, as C11, as C++11 and as C++17, with
every warning an error, and its initializers initialize.

    headers.py CC CXX INCLUDE-FOLDER HEADER...
"""

import pathlib
import re
import subprocess
import sys

from sources import conclude

WARNINGS = (
    "-Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion -Wformat=2 -Wpointer-arith "
    "-Werror"
).split()
LANGUAGES = {
    "C11": ("-xc", "-std=c11", "-Wstrict-prototypes"),
    "C++11": ("-xc++", "-std=c++11"),
    "C++17": ("-xc++", "-std=c++17"),
}
INITIALIZER = re.compile(r"^#define SHOJI_(\w+)_INIT\b", re.MULTILINE)


def make_unit(header):
    """A translation unit that uses one header."""
    text = pathlib.Path(header).read_text(encoding="utf-8")
    name = pathlib.Path(header).name
    lines = [f"#include <shoji/{name}>", f"#include <shoji/{name}>", "int use(void);"]
    lines += ["int use(void)", "{", "    int used = 0;"]
    for macro in INITIALIZER.findall(text):
        noun = macro.lower()
        lines.append(f"    shoji_{noun} {noun} = SHOJI_{macro}_INIT;")
        lines.append(f"    used += &{noun} != 0;")
    return "\n".join(lines + ["    return used;", "}", ""])


def compile_unit(compiler, options, include, unit):
    """What the compiler complains of, or nothing."""
    run = subprocess.run(
        [*compiler.split(), *options, *WARNINGS, "-Wno-address", "-fsyntax-only"]
        + ["-I", include, "-"],
        input=unit,
        capture_output=True,
        text=True,
    )
    return run.stderr.strip() or "the compiler failed" if run.returncode != 0 else ""


def check(cc, cxx, include, headers):
    faults = []
    for header in headers:
        for language, options in LANGUAGES.items():
            compiler = cc if language == "C11" else cxx
            complaint = compile_unit(compiler, options, include, make_unit(header))
            if complaint:
                faults.append(f"{header} as {language}:\n{complaint}")
    return faults


if __name__ == "__main__":
    conclude(check(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]), "headers")
