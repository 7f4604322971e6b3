#!/usr/bin/env python3
"""The library as its users have it: installed into a folder, found by pkg-config, and used
by the examples, by the program of the manual page, and from C++.

The environment says what to use: MESON, BUILD (the build folder), SOURCE (the project's
root), CC, CXX, PKG_CONFIG, and CLIENT=yes where the client was built.
"""

import functools
import http.server
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import threading
import unittest

SOURCE = pathlib.Path(os.environ["SOURCE"])
CC = shlex.split(os.environ["CC"])
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
WITH_CLIENT = os.environ.get("CLIENT") == "yes"

USERS = """{"element": "shoji:catalog", "self": "/users/",
 "catalogs": {"bills": "bills/", "by name": "{?name}"},
 "index": {"1/": {"name": "Katsuhiro"}, "2/": null},
 "views": {"Sold Counts": "sold_counts"}}
"""


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        subprocess.run(
            [*shlex.split(os.environ["MESON"]), "install", "-C", os.environ["BUILD"]]
            + ["--destdir", cls.root, "--no-rebuild", "--quiet"],
            check=True,
        )
        (description,) = cls.root.rglob("shoji.pc")
        cls.environment = {
            **os.environ,
            "PKG_CONFIG_PATH": str(description.parent),
            "PKG_CONFIG_SYSROOT_DIR": str(cls.root),
            "LD_LIBRARY_PATH": str(description.parent.parent),
        }
        cls.flags = shlex.split(
            subprocess.run(
                [os.environ["PKG_CONFIG"], "--cflags", "--libs", "shoji"],
                env=cls.environment, check=True, capture_output=True, text=True,
            ).stdout
        )

    def build(self, source, compiler=CC, options=("-std=c11",)):
        program = self.root / pathlib.Path(source).stem
        subprocess.run(
            [*compiler, *options, *WARNINGS, "-o", program, source, *self.flags], check=True
        )
        return program

    def run_program(self, *arguments):
        return subprocess.run(
            arguments, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def write(self, name, text):
        path = self.root / name
        path.write_text(text, encoding="utf-8")
        return path


class Examples(Installed):
    """Built by their own Makefile, in a copy of their folder."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.examples = cls.root / "examples"
        shutil.copytree(SOURCE / "examples", cls.examples)
        programs = ["links", "follow"] if WITH_CLIENT else ["links"]
        subprocess.run(
            ["make", "-s", "-C", cls.examples, "CC=" + " ".join(CC), *programs]
            + ["CFLAGS=" + " ".join(WARNINGS)],
            env=cls.environment, check=True,
        )

    def test_links_prints_where_a_document_leads(self):
        run = self.run_program(
            self.examples / "links", self.write("users.json", USERS)
        )
        self.assertEqual(run.stderr, "")
        self.assertEqual(
            run.stdout.splitlines(),
            [
                "catalogs:bills -> bills/",
                "catalogs:by name -> {?name} (template)",
                "views:Sold Counts -> sold_counts",
                "entity -> 1/",
                "entity -> 2/",
            ],
        )

    def test_links_tells_where_a_text_is_wrong(self):
        path = self.write("wrong.json", '{"element": "shoji:catalog",\n "entities": ["1",]}\n')
        run = self.run_program(self.examples / "links", path)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"{path}:2:18: ", run.stderr)

    @unittest.skipUnless(WITH_CLIENT, "built without the client")
    def test_follow_prints_the_document_behind_the_names(self):
        program = self.examples / "follow"
        site = self.root / "site"
        (site / "users").mkdir(parents=True)
        (site / "index.html").write_text(
            '{"element": "shoji:catalog", "self": "/", "catalogs": {"users": "users/"}}'
        )
        (site / "users/index.html").write_text(USERS)
        (site / "users/sold_counts").write_text("[387, 18843]")
        handler = functools.partial(QuietHandler, directory=site)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever).start()
            root = f"http://127.0.0.1:{server.server_port}/"
            good = self.run_program(program, root, "users", "Sold Counts")
            bad = self.run_program(program, root, "users", "nobody")
            server.shutdown()
        self.assertEqual((good.stdout, good.stderr), ("[387, 18843]", ""))
        self.assertEqual((bad.returncode, bad.stdout), (1, ""))
        self.assertIn("nobody", bad.stderr)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


class Manual(Installed):
    def test_the_example_of_the_manual_page_prints_what_the_page_says(self):
        page = (SOURCE / "libshoji/libshoji.3.scd").read_text(encoding="utf-8")
        blocks = page.split("# EXAMPLE", 1)[1].replace("\\\\", "\\").split("\n```\n")
        run = self.run_program(self.build(self.write("manual.c", blocks[1])))
        self.assertEqual(run.stdout.strip(), blocks[3].strip())


@unittest.skipUnless(os.environ.get("CXX"), "no C++ compiler")
class Cxx(Installed):
    def test_a_cxx_program_uses_the_library(self):
        source = self.write(
            "program.cpp",
            """#include <shoji/shoji.h>
            #include <cstdio>
            int main() {
                shoji_tree *tree = nullptr;
                shoji_error error = SHOJI_ERROR_INIT;
                if (shoji_tree_parse(&tree, "[387]", 5, nullptr, &error) != SHOJI_OK)
                    return 1;
                std::puts(shoji_value_number(shoji_value_item(shoji_tree_root(tree), 0), nullptr));
                shoji_tree_free(tree);
                return 0;
            }""",
        )
        compiler = shlex.split(os.environ["CXX"])
        run = self.run_program(self.build(source, compiler, ("-std=c++11",)))
        self.assertEqual(run.stdout, "387\n")


if __name__ == "__main__":
    unittest.main()
