#!/usr/bin/env python3
"""The lints themselves, and the count of tests: each finds what is wrong in a small sample,
and nothing in a good one. CC, CXX, NM and CLANG_FORMAT in the environment say what to run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).parent.parent / "support"))

import count_tests
import floors
import format
import headers
import requirements
import sans_io
import symbols

CC = os.environ.get("CC", "cc")
CXX = os.environ.get("CXX", "c++")
NM = os.environ.get("NM", "nm")
CLANG_FORMAT = os.environ.get("CLANG_FORMAT", "clang-format")


class Sample(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def assert_fault(self, faults, *words):
        self.assertEqual(len(faults), 1, faults)
        for word in words:
            self.assertIn(word, faults[0])


class Floors(Sample):
    def check(self, name, *lines):
        self.write(name, "\n".join(lines) + "\n")
        return floors.check(self.root)

    def test_accepts_headers_of_the_same_floor_and_below(self):
        self.assertEqual(
            self.check(
                "libshoji/document/a.c",
                '#include "document/a.h"',
                '#include "base/slice.h"',
                "#include <shoji/value.h>",
                "#include <string.h>",
            ),
            [],
        )

    def test_refuses_a_private_header_of_a_floor_above(self):
        faults = self.check("libshoji/value/a.c", "", '#include "document/a.h"')
        self.assert_fault(faults, "libshoji/value/a.c:2", "document, above value")

    def test_refuses_a_public_header_of_a_floor_above(self):
        faults = self.check("libshoji/iri/a.h", "#include <shoji/document.h>")
        self.assert_fault(faults, "document, above iri")

    def test_refuses_the_header_of_all_floors(self):
        self.assert_fault(self.check("libshoji/value/a.c", "#include <shoji/shoji.h>"))

    def test_refuses_third_party_headers_outside_of_their_folder(self):
        for name in ("yajl/yajl_parse.h", "curl/curl.h", "sqlite3.h", "civetweb.h"):
            with self.subTest(name):
                faults = self.check("libshoji/document/a.c", f"#include <{name}>")
                self.assert_fault(faults, name, "alone")

    def test_refuses_sqlite_outside_of_its_store(self):
        self.write("shojid/store/sqlite_a.c", "#include <sqlite3.h>\n")
        faults = self.check("shojid/store/dir_a.c", "#include <sqlite3.h>")
        self.assert_fault(faults, "dir_a.c")

    def test_refuses_system_headers_of_io_below_the_client(self):
        for name in ("sys/socket.h", "time.h", "unistd.h"):
            with self.subTest(name):
                self.assert_fault(self.check("libshoji/base/a.c", f"#include <{name}>"), name)

    def test_refuses_a_third_party_header_in_a_public_header(self):
        faults = self.check("libshoji/include/shoji/client.h", "#include <curl/curl.h>")
        self.assert_fault(faults, "public header")

    def test_refuses_private_headers_of_the_library_in_a_program(self):
        faults = self.check("shoji-cli/main.c", '#include "base/slice.h"')
        self.assert_fault(faults, "no header of shoji-cli")

    def test_refuses_a_header_above_in_the_daemon(self):
        self.write("shojid/http/server.h", "")
        faults = self.check("shojid/store/a.c", '#include "http/server.h"')
        self.assert_fault(faults, "http, above store")

    def test_refuses_a_private_header_in_an_example(self):
        self.assert_fault(self.check("examples/a.c", '#include "base/slice.h"'))

    def test_sees_no_includes_in_comments(self):
        self.assertEqual(
            self.check("libshoji/base/a.c", "/*", "#include <time.h>", "*/"), []
        )


class SansIo(Sample):
    def objects(self, text):
        source = self.write("a.c", text)
        subprocess.run([*CC.split(), "-c", "a.c", "-o", "base_a.o"], cwd=source.parent, check=True)
        return [self.root / "base_a.o"]

    def test_accepts_calls_into_memory(self):
        objects = self.objects("#include <string.h>\nint f(const char *a, const char *b);\n"
                               "int f(const char *a, const char *b)\n{ return strcmp(a, b); }")
        self.assertEqual(sans_io.check_objects(NM, objects), [])

    def test_refuses_what_opens_sleeps_logs_or_reads_clock_and_environment(self):
        calls = {
            "fopen": '#include <stdio.h>\nvoid *f(void) { return fopen("a", "r"); }',
            "sleep": "#include <unistd.h>\nunsigned f(void) { return sleep(1); }",
            "printf": '#include <stdio.h>\nint f(int a) { return printf("%d", a); }',
            "time": "#include <time.h>\ntime_t f(void) { return time(0); }",
            "getenv": '#include <stdlib.h>\nchar *f(void) { return getenv("A"); }',
        }
        for name, text in calls.items():
            with self.subTest(name):
                faults = sans_io.check_objects(NM, self.objects(text))
                self.assert_fault(faults, f"calls {name}")

    def test_refuses_a_folder_without_objects(self):
        self.assertEqual(len(sans_io.check(NM, self.root)), len(sans_io.FLOORS))


class Symbols(Sample):
    def build(self, source, symbol_map, header):
        self.write("a.c", source)
        self.write("a.sym", symbol_map)
        self.write("a.h", header)
        subprocess.run(
            [*CC.split(), "-shared", "-fPIC", "a.c", "-o", "a.so", "-Wl,--version-script,a.sym"],
            cwd=self.root,
            check=True,
        )
        paths = (str(self.root / name) for name in ("a.so", "a.sym", "a.h"))
        library, listed, declared = paths
        return symbols.check(NM, library, listed, [declared])

    MAP = "SHOJI_0.1 {\n  global:\n    shoji_a;\n  local:\n    *;\n};\n"
    SOURCE = "void shoji_a(void) {}\nvoid shoji_b(void) {}\n"

    def test_accepts_what_agrees(self):
        header = "/* shoji_c() is not here */\nvoid shoji_a(void);\n"
        header += "typedef int (*shoji_callback)(void);\nstruct s { int (*f)(int); };\n"
        self.assertEqual(self.build(self.SOURCE, self.MAP, header), [])

    def test_refuses_a_declaration_that_is_not_exported(self):
        faults = self.build(self.SOURCE, self.MAP, "void shoji_a(void);\nvoid shoji_b(void);\n")
        self.assertEqual(len(faults), 2, faults)

    def test_refuses_an_export_that_is_not_declared(self):
        faults = self.build(self.SOURCE, self.MAP, "void shoji_b(void);\n")
        self.assertTrue(any("shoji_b is declared, and not exported" in f for f in faults))

    def test_refuses_exports_that_the_map_does_not_list(self):
        everything = "SHOJI_0.1 {\n  global:\n    shoji_a;\n    shoji_*;\n};\n"
        faults = self.build(self.SOURCE, everything, "void shoji_a(void);\n")
        self.assertTrue(any("shoji_b is exported" in fault for fault in faults), faults)


class Headers(Sample):
    def check(self, text):
        path = self.write("shoji/a.h", text)
        return headers.check(CC, CXX, str(self.root), [str(path)])

    GUARD = "#ifndef A_H\n#define A_H\n{}\n#endif\n"

    def test_accepts_a_header_that_stands_alone(self):
        text = "typedef struct shoji_a { int b; } shoji_a;\n#define SHOJI_A_INIT { 0 }"
        self.assertEqual(self.check(self.GUARD.format(text)), [])

    def test_refuses_a_header_that_needs_another(self):
        self.assertEqual(len(self.check(self.GUARD.format("size_t shoji_a(void);"))), 2)

    def test_refuses_a_header_without_a_guard(self):
        self.assertEqual(len(self.check("struct a { int b; };\n")), 2)

    def test_refuses_what_is_no_cxx(self):
        faults = self.check(self.GUARD.format("int shoji_a(int class);"))
        self.assert_fault(faults, "as C++11")

    def test_refuses_an_initializer_that_lacks_a_field(self):
        text = "typedef struct shoji_a { int b; int c; } shoji_a;\n#define SHOJI_A_INIT { 1 }"
        self.assertEqual(len(self.check(self.GUARD.format(text))), 2)


class Format(Sample):
    def check(self, text):
        self.write(".clang-format", "BasedOnStyle: LLVM\n")
        self.write("libshoji/a.c", text)
        return format.check(CLANG_FORMAT, self.root)

    def test_accepts_what_is_formatted(self):
        self.assertEqual(self.check("int a(void) { return 1; }\n"), [])

    def test_refuses_what_is_not(self):
        self.assert_fault(self.check("int a( void ) { return 1;}\n"), "a.c")


class Requirements(Sample):
    def check(self, specification, vector):
        self.write("spec/shoji.md", specification)
        self.write("spec/vectors/a/b.json", vector)
        return requirements.check(self.root)

    def test_accepts_what_agrees(self):
        text = "- **[DOC-1]** One MUST.\n- **[DOC-2]** As [DOC-1]\n  it MAY; a [link](#a).\n"
        self.assertEqual(self.check(text, '{"requirement": ["DOC-1", "DOC-2"]}'), [])

    def test_refuses_a_name_that_is_defined_twice(self):
        faults = self.check("**[DOC-1]** a\n**[DOC-1]** b\n", '{"requirement": "DOC-1"}')
        self.assert_fault(faults, "twice")

    def test_refuses_a_mention_of_what_is_not_there(self):
        faults = self.check("**[DOC-1]** as [DOC-2]\n", '{"requirement": "DOC-1"}')
        self.assert_fault(faults, "DOC-2")

    def test_refuses_an_item_that_requires_nothing(self):
        faults = self.check("- **[DOC-1]** It is so.\n", '{"requirement": "DOC-1"}')
        self.assert_fault(faults, "requires nothing")

    def test_refuses_a_vector_of_a_requirement_that_is_not_there(self):
        faults = self.check("**[DOC-1]** a\n", '[{"requirement": "DOC-7"}]')
        self.assert_fault(faults, "DOC-7")

    def test_refuses_codes_that_differ(self):
        self.write("libshoji/value/a.c", 'fail("json.one", "json.two is in a sentence");\n')
        text = "**[DOC-1]** a\n| code |\n| `json.three` |\n"
        faults = self.check(text, '{"requirement": "DOC-1"}')
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("json.one is not in its tables", faults[0])
        self.assertIn("the library gives no json.three", faults[1])

    def test_refuses_a_vector_that_names_none(self):
        self.assert_fault(self.check("**[DOC-1]** a\n", '{"text": "1"}'), "no requirement")


class Count(unittest.TestCase):
    CRITERION = (
        "[\x1b[0;34m====\x1b[0m] \x1b[0;1mSynthesis: Tested: \x1b[0;1m{} | Passing: {} "
        "| Failing: {} | Crashing: {}\x1b[0m\n"
    )

    def count(self, result, stderr="", stdout=""):
        return count_tests.count_test({"result": result, "stdout": stdout, "stderr": stderr})

    def test_counts_what_criterion_says(self):
        self.assertEqual(self.count("OK", self.CRITERION.format(7, 7, 0, 0)), (7, 0))
        self.assertEqual(self.count("FAIL", self.CRITERION.format(7, 4, 2, 1)), (4, 3))

    def test_counts_what_unittest_says(self):
        self.assertEqual(self.count("OK", "Ran 5 tests in 0.1s\n\nOK (skipped=1)\n"), (4, 0))
        bad = "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n"
        self.assertEqual(self.count("FAIL", bad), (2, 3))

    def test_counts_anything_else_as_one(self):
        self.assertEqual(self.count("OK", stdout="17 inputs\n"), (1, 0))
        self.assertEqual(self.count("FAIL"), (0, 1))
        self.assertEqual(self.count("TIMEOUT"), (0, 1))
        self.assertEqual(self.count("SKIP"), (0, 0))

    def test_a_failure_that_nobody_counted_is_one(self):
        self.assertEqual(self.count("FAIL", self.CRITERION.format(7, 7, 0, 0)), (6, 1))

    def test_adds_up_logs_and_takes_a_missing_one_for_none(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder, "testlog.json")
            entries = [{"result": "OK"}, {"result": "FAIL", "stdout": ""}]
            log.write_text("\n".join(map(json.dumps, entries)))
            paths = [str(log), str(log), folder + "/missing.json"]
            run = subprocess.run(
                [sys.executable, count_tests.__file__, *paths],
                capture_output=True, text=True, check=True,
            )
        self.assertEqual(run.stdout, "2 2\n")


if __name__ == "__main__":
    unittest.main()
