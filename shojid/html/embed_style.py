"""Makes C of a style sheet: its text, and the policy that allows it (html/style.h).

usage: embed_style.py STYLE.css SOURCE.c
"""

import base64
import hashlib
import json
import sys


def compact(text):
    """The style without indentation and empty lines."""
    return "".join(line.strip() + "\n" for line in text.splitlines() if line.strip())


def policy_of(style):
    """What Content-Security-Policy says: this style, by its digest, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode("ascii")).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "form-action http: https:; base-uri 'none'; frame-ancestors 'none'"
    )


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="ascii") as file:
        style = compact(file.read())
    lines = "\n".join("    " + json.dumps(line) for line in style.splitlines(keepends=True))
    with open(target, "w", encoding="ascii") as file:
        file.write('#include "html/style.h"\n\n')
        file.write(f"const char html_style[] =\n{lines};\n\n")
        file.write(f"const char html_style_policy[] =\n    {json.dumps(policy_of(style))};\n")


if __name__ == "__main__":
    main()
