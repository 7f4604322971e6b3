#!/usr/bin/env python3
"""Sans-I/O: the object files of libshoji below its client call nothing but each other and
what is listed here, so none of them opens, connects, logs, sleeps, or reads a clock or the
environment.

    sans_io.py NM FOLDER          the folder that holds libshoji's object files
"""

import pathlib
import subprocess
import sys

from sources import conclude

FLOORS = ("base", "value", "iri", "document", "protocol")

ALLOWED = set(
    # memory and text
    "malloc calloc realloc free madvise __errno_location "
    "memchr memcmp memcpy memmove memset "
    "strchr strcmp strcspn strlen strncmp strnlen strpbrk strrchr strspn strstr "
    # numbers and text, in memory (strtod speaks the locale: see value/double.c)
    "snprintf strtod strtol vsnprintf "
    # sorting and arithmetic
    "bsearch qsort fmod frexp ldexp "
    # assertions about our own mistakes
    "abort __assert_fail "
    # IDNA, without the functions that read the locale
    "idn2_to_ascii_8z idn2_to_unicode_8z8z idn2_lookup_u8 idn2_strerror idn2_free "
    # put in by the linker and the compiler
    "_GLOBAL_OFFSET_TABLE_ __stack_chk_fail __tls_get_addr".split()
)

# yajl and uriparser work on memory alone. The rest is what compilers add: sanitizers,
# coverage, and the checked forms of the functions above.
ALLOWED_BEGINNINGS = (
    "yajl_",
    "uri",
    "__asan_",
    "__ubsan_",
    "__tsan_",
    "__sanitizer_",
    "__sancov_",
    "__gcov_",
    "__llvm_",
    "llvm_gc",
)


def is_allowed(symbol):
    if symbol in ALLOWED or symbol.startswith(ALLOWED_BEGINNINGS):
        return True
    return symbol.startswith("__") and symbol.endswith("_chk") and symbol[2:-4] in ALLOWED


def read_symbols(nm, path):
    """(defined, undefined) symbols of an object file."""
    defined, undefined = set(), set()
    run = subprocess.run([nm, path], check=True, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        kind, name = line.split()[-2:]
        name = name.split("@")[0]
        (undefined if kind in "Uvw" else defined).add(name)
    return defined, undefined


def check_objects(nm, objects):
    """Faults of some object files that may call each other."""
    symbols = {path: read_symbols(nm, path) for path in objects}
    own = set().union(*(defined for defined, _ in symbols.values()))
    return [
        f"{path.name}: calls {name}, which is not on the list of what does no I/O"
        for path, (_, undefined) in symbols.items()
        for name in sorted(undefined - own)
        if not is_allowed(name)
    ]


def check(nm, folder):
    beginnings = tuple(floor + "_" for floor in FLOORS)
    objects = sorted(
        path for path in pathlib.Path(folder).glob("*.o") if path.name.startswith(beginnings)
    )
    missing = [
        f"{folder}: no object file of the floor {floor}"
        for floor in FLOORS
        if not any(path.name.startswith(floor + "_") for path in objects)
    ]
    return missing + check_objects(nm, objects)


if __name__ == "__main__":
    conclude(check(sys.argv[1], sys.argv[2]), "sans-I/O")
