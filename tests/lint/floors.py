#!/usr/bin/env python3
"""The floors: no file includes a header of a floor above its own, third-party headers are
included only by the folder that owns them, public headers name the C library and each
other alone, and the programs see libshoji by its public headers.

    floors.py ROOT
"""

import pathlib
import sys

from sources import code_files, conclude, includes

# The lowest first: a file includes headers of its own floor and of those before it.
LIBRARY_FLOORS = ("base", "value", "iri", "document", "protocol", "client")
DAEMON_FLOORS = ("store", "html", "service", "http")

PUBLIC_HEADER_FLOORS = {
    "api.h": "base",
    "buffer.h": "base",
    "builder.h": "document",
    "client.h": "client",
    "document.h": "document",
    "error.h": "base",
    "iri.h": "iri",
    "patch.h": "protocol",
    "protocol.h": "protocol",
    "reader.h": "value",
    "template.h": "iri",
    "value.h": "value",
    "writer.h": "value",
}

# The header that includes all others, and the file that defines the one function that it
# declares.
UMBRELLA = "shoji.h"
UMBRELLA_SOURCE = "libshoji/base/version.c"

# By the beginning of the header's name: the paths below which it may be included.
THIRD_PARTY = {
    "yajl/": ("libshoji/value/",),
    "uriparser/": ("libshoji/iri/",),
    "idn2.h": ("libshoji/iri/",),
    "curl/": ("libshoji/client/",),
    "civetweb.h": ("shojid/http/",),
    "ini.h": ("shojid/config.c",),
    "sodium.h": ("shojid/service/tokens.c", "shojid/service/rate.c", "shojid/service/idempotency.c"),
    "zlib.h": ("shojid/service/coding",),
    "brotli/": ("shojid/service/coding",),
    "sqlite3.h": ("shojid/store/sqlite", "tests/store/"),
    "criterion/": ("tests/",),
    # To poison what an arena has freed.
    "sanitizer/": ("libshoji/base/arena",),
    # To ask for huge pages.
    "sys/mman.h": ("libshoji/base/memory.c",),
}

C_HEADERS = {
    name + ".h"
    for name in (
        "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp "
        "signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn "
        "string tgmath threads time uchar wchar wctype"
    ).split()
}
PUBLIC_C_HEADERS = {"stdbool.h", "stddef.h", "stdint.h"}
# What needs no clock, file, environment or signal: all that the core may include.
CORE_C_HEADERS = {
    name + ".h"
    for name in (
        "assert errno float inttypes limits math stdalign stdarg stdbool stddef stdint "
        "stdio stdlib string"
    ).split()
}


def library_floor(relative):
    """The floor of a file of libshoji, by its path; None for one that is on none."""
    parts = pathlib.PurePath(relative).parts
    if parts[0] != "libshoji":
        return None
    if parts[1:3] == ("include", "shoji"):
        return PUBLIC_HEADER_FLOORS.get(parts[3])
    return parts[1] if parts[1] in LIBRARY_FLOORS else None


def is_above(floor, other, floors):
    return floors.index(other) > floors.index(floor)


def check_third_party(relative, name):
    for beginning, owners in THIRD_PARTY.items():
        if name.startswith(beginning):
            if not relative.startswith(owners):
                return [f"<{name}> belongs to {' and '.join(owners)} alone"]
            return []
    return None


def check_library_include(relative, is_system, name):
    """What is wrong with an include in libshoji, as a list of sentences."""
    floor = library_floor(relative)
    is_public = relative.startswith("libshoji/include/")
    if is_system and name.startswith("shoji/"):
        header = name[len("shoji/"):]
        if header == UMBRELLA:
            wrong = floor != "client" and relative != UMBRELLA_SOURCE
            return [f"<{name}> includes floors above"] if wrong else []
        if relative == f"libshoji/include/shoji/{UMBRELLA}":
            return []
        target = PUBLIC_HEADER_FLOORS.get(header)
        if target is None:
            return [f"<{name}> is on no floor: add it to floors.py"]
        if is_above(floor, target, LIBRARY_FLOORS):
            return [f"<{name}> is of the floor {target}, above {floor}"]
        return []
    if is_system:
        third_party = check_third_party(relative, name)
        if is_public and name not in PUBLIC_C_HEADERS:
            return [f"<{name}> in a public header"]
        if third_party is not None:
            return third_party
        if floor != "client" and name not in CORE_C_HEADERS:
            return [f"<{name}> below the client, where there is no I/O"]
        return []
    if is_public:
        return [f'"{name}" in a public header: a private one']
    target = name.split("/")[0]
    if target not in LIBRARY_FLOORS:
        return [f'"{name}" does not begin with a floor']
    if is_above(floor, target, LIBRARY_FLOORS):
        return [f'"{name}" is of the floor {target}, above {floor}']
    return []


def check_program_include(root, program, relative, is_system, name):
    """The same for shojid and shoji-cli."""
    if is_system:
        if name.startswith("shoji/"):
            known = name[len("shoji/"):] in PUBLIC_HEADER_FLOORS or name.endswith(UMBRELLA)
            return [] if known else [f"<{name}> is no public header of libshoji"]
        return check_third_party(relative, name) or []
    if not pathlib.Path(root, program, name).is_file():
        return [f'"{name}" is no header of {program}']
    if program != "shojid":
        return []
    own = pathlib.PurePath(relative).parts[1]
    target = name.split("/")[0]
    if own in DAEMON_FLOORS:
        if target not in DAEMON_FLOORS:
            return [f'"{name}" is above every floor']
        if is_above(own, target, DAEMON_FLOORS):
            return [f'"{name}" is of the floor {target}, above {own}']
    return []


def check_file(root, path):
    relative = path.relative_to(root).as_posix()
    top = relative.split("/")[0]
    if top == "libshoji" and library_floor(relative) is None:
        if relative != f"libshoji/include/shoji/{UMBRELLA}":
            return [f"{relative}: on no floor"]
    faults = []
    for line, is_system, name in includes(path):
        if top == "libshoji":
            found = check_library_include(relative, is_system, name)
        elif top in ("shojid", "shoji-cli"):
            found = check_program_include(root, top, relative, is_system, name)
        elif top == "examples" and not is_system:
            beside = "/" not in name and (path.parent / name).is_file()
            found = [] if beside else [f'"{name}": an example includes installed headers']
        elif top == "tests" and is_system:
            found = check_third_party(relative, name) or []
        else:
            found = []
        faults += [f"{relative}:{line}: {fault}" for fault in found]
    return faults


def check(root):
    root = pathlib.Path(root)
    return [fault for path in code_files(root) for fault in check_file(root, path)]


if __name__ == "__main__":
    conclude(check(sys.argv[1]), "floors")
