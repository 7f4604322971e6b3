#!/usr/bin/env python3
"""Every C file is as clang-format would have it.

    format.py CLANG-FORMAT ROOT
"""

import re
import subprocess
import sys

from sources import code_files, conclude


COMPLAINT = re.compile(r"^(.*?):(\d+):\d+: error: ", re.MULTILINE)


def check(clang_format, root):
    """Faults, one for each file that clang-format would change."""
    run = subprocess.run(
        [clang_format, "--dry-run", "-Werror", *code_files(root)],
        capture_output=True,
        text=True,
    )
    first = {}
    for path, line in COMPLAINT.findall(run.stderr):
        first.setdefault(path, line)
    faults = [f"{path}:{line}: not formatted; clang-format -i does it" for path, line in first.items()]
    if run.returncode != 0 and not faults:
        faults = [run.stderr.strip() or "clang-format failed"]
    return faults


if __name__ == "__main__":
    conclude(check(sys.argv[1], sys.argv[2]), "format")
