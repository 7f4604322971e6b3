#!/usr/bin/env python3
"""The lints themselves, and the count of tests: each finds what is wrong in a small sample,
and nothing in a good one. CC, CXX, NM and CLANG_FORMAT in the environment say what to run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

sys.path.append(str(pathlib.Path(__file__).parent.parent / "support"))

import count_tests
import coverage_table
import docs
import floors
import format
import headers
import requirements
import sans_io
import sweeps
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
        self.write("libshoji/base/slice.h", "")
        for name in ("base/slice.h", "../libshoji/base/slice.h"):
            self.assert_fault(self.check("examples/a.c", f'#include "{name}"'))

    def test_lets_an_example_have_a_header_of_its_own(self):
        self.write("examples/device/server.h", "")
        self.assertEqual(self.check("examples/device/a.c", '#include "server.h"'), [])

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
        self.assertEqual(len(self.check(self.GUARD.format("size_t shoji_a(void);"))), 3)

    def test_refuses_a_header_without_a_guard(self):
        self.assertEqual(len(self.check("struct a { int b; };\n")), 3)

    def test_refuses_what_is_no_cxx(self):
        faults = self.check(self.GUARD.format("int shoji_a(int class);"))
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("as C++11", faults[0])
        self.assertIn("as C++17", faults[1])

    def test_refuses_an_initializer_that_lacks_a_field(self):
        text = "typedef struct shoji_a { int b; int c; } shoji_a;\n#define SHOJI_A_INIT { 1 }"
        self.assertEqual(len(self.check(self.GUARD.format(text))), 3)


class Docs(Sample):
    GOOD = """/* A header. {{ ;
     * Threads: any. */
    #define SHOJI_A_INIT                                                         \\
        {{ 0 }}
    SHOJI_BEGIN_DECLARATIONS

    /* {{?a*}} */
    typedef struct shoji_a {{
        int b; /* of "{{?c}}" */
    }} shoji_a;

    /* One group. */
    void shoji_one(void);
    void shoji_two(const char *format)
    #if defined(__GNUC__)
        __attribute__((format(printf, 1, 2)))
    #endif
        ;
    {}
    SHOJI_END_DECLARATIONS
    """

    def check(self, more="", symbols=("shoji_one", "shoji_two"), manual="shoji/a.h", text=GOOD):
        lines = textwrap.dedent(text).format(more)
        self.write("libshoji/include/shoji/a.h", lines)
        self.write("libshoji/libshoji.sym", "".join(f"    {name};\n" for name in symbols))
        self.write("libshoji/libshoji.3.scd", manual)
        return docs.check(self.root)

    def test_accepts_functions_that_stand_below_a_comment(self):
        self.assertEqual(self.check(), [])

    def test_refuses_a_function_that_stands_below_none(self):
        for more in ("\nvoid shoji_c(void);", "\nint x;\nvoid shoji_c(void);"):
            with self.subTest(more):
                faults = self.check(more, ("shoji_c", "shoji_one", "shoji_two"))
                self.assert_fault(faults, "a.h: shoji_c stands below no comment")

    def test_refuses_a_function_that_a_blank_line_parts_from_its_comment(self):
        faults = self.check("/* A c. */\n\nvoid shoji_c(void);", ("shoji_c", "shoji_one", "shoji_two"))
        self.assert_fault(faults, "a.h: shoji_c stands below no comment")

    def test_refuses_a_status_of_which_the_comment_names_none(self):
        names = ("shoji_c", "shoji_d", "shoji_one", "shoji_two")
        for comment in (
            "It does it.",
            "SHOJI_OK.",
            "`options` as for shoji_d.",
            "Fails where it can.",
        ):
            more = f"/* {comment} */\nvoid shoji_c(void);\nshoji_status shoji_d(int a);"
            with self.subTest(comment):
                self.assert_fault(self.check(more, names), "a.h", "shoji_d", "no status")

    def test_accepts_a_status_of_which_the_comment_tells(self):
        for comment in (
            "SHOJI_NO_MEMORY.",
            "Fails as\n * shoji_one does.",
            "Otherwise as shoji_one.",
            "Fail as the writer does.",
        ):
            more = f"/* {comment} */\nshoji_status shoji_c(void);\nshoji_status shoji_d(int a);"
            with self.subTest(comment):
                self.assertEqual(
                    self.check(more, ("shoji_c", "shoji_d", "shoji_one", "shoji_two")), []
                )

    def test_refuses_a_header_that_says_nothing_of_threads(self):
        faults = self.check(text=self.GOOD.replace("Threads: any", "Threads dance"))
        self.assert_fault(faults, "a.h", "threads")

    def test_refuses_a_header_that_the_manual_page_leaves_out(self):
        self.assert_fault(self.check(manual="shoji/b.h"), "shoji/a.h")

    def test_refuses_what_is_declared_and_not_exported_and_the_reverse(self):
        faults = self.check(symbols=("shoji_one", "shoji_three"))
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("shoji_two is declared in a.h, and not in", faults[0])
        self.assertIn("shoji_three is in", faults[1])

    def test_refuses_a_function_that_two_headers_declare(self):
        self.write(
            "libshoji/include/shoji/b.h",
            "/* Threads: any. */\n\n/* One. */\nvoid shoji_one(void);\n",
        )
        faults = self.check(manual="shoji/a.h shoji/b.h")
        self.assert_fault(faults, "shoji_one is declared in a.h and in b.h")


class Sweeps(Sample):
    """The symbol map has one name for each reason not to sweep, and those of the case."""

    HARMLESS = (
        "shoji_free shoji_version shoji_value_at shoji_value_int64 shoji_document_body "
        "shoji_template_is shoji_response_body shoji_accept_choose"
    ).split()

    def check(self, test, names=("shoji_a_new",), harmless=HARMLESS):
        listed = "".join(f"    {name};\n" for name in (*harmless, *names))
        self.write("libshoji/libshoji.sym", listed)
        self.write("tests/unit/a.c", test)
        return sweeps.check(self.root)

    def test_finds_what_the_action_calls_in_turn(self):
        test = (
            "static int deeper(void)\n{\n    return shoji_a_new();\n}\n\n"
            "static int action(void)\n{\n    return deeper();\n}\n\n"
            "Test(a, b)\n{\n    FAILING_MEMORY_SWEEP(failures, action());\n}\n"
        )
        self.assertEqual(self.check(test), [])

    def test_finds_the_actions_of_a_table(self):
        test = (
            "static int action(void)\n{\n    return shoji_a_new();\n}\n\n"
            'Test(a, b)\n{\n    struct use uses[] = {{"x", action}};\n'
            "    FAILING_MEMORY_SWEEP(failures, uses[i].run());\n}\n"
        )
        self.assertEqual(self.check(test), [])

    def test_refuses_a_call_that_no_sweep_reaches(self):
        test = (
            "static int action(void)\n{\n    return 0; /* not shoji_a_new() */\n}\n\n"
            "Test(a, b)\n{\n    FAILING_MEMORY_SWEEP(failures, action());\n}\n\n"
            "Test(a, c)\n{\n    shoji_a_new();\n}\n"
        )
        self.assert_fault(self.check(test), "calls shoji_a_new")

    def test_refuses_a_reason_that_no_function_has(self):
        self.assert_fault(self.check("", (), self.HARMLESS[1:]), "it frees")


class Format(Sample):
    def check(self, text):
        self.write(".clang-format", "BasedOnStyle: LLVM\n")
        self.write("libshoji/a.c", text)
        return format.check(CLANG_FORMAT, self.root)

    def test_accepts_what_is_formatted(self):
        self.assertEqual(self.check("int a(void) { return 1; }\n"), [])

    def test_refuses_what_is_not(self):
        self.assert_fault(self.check("int a( void ) { return 1;}\n"), "a.c")


def vector_of(*names):
    return json.dumps({"requirement": names, "expect": {"text": "1"}})


VECTOR = vector_of("DOC-1")
# Tests that run vectors, by where they are.
RUNNERS = {
    "tests/unit/c.c": 'run_folder("all", check);\ncases_run("kinds/one.json", check);\n',
    "tests/cli/test_c.py": 'FOLDER = ROOT / "vectors" / "chains"\npaths = FOLDER.glob("*.json")\n',
}


class Requirements(Sample):
    def check(self, specification, vector):
        self.write("spec/shoji.md", specification)
        self.write("spec/vectors/a/b.json", vector)
        self.write("tests/unit/run.c", 'cases_run("a/b.json", check);\n')
        return requirements.check(self.root)

    def check_files(self, runner, path, *vectors):
        """The faults of a file of vectors, given what there is to run them."""
        self.write(f"spec/vectors/{path}", f"[{', '.join(vectors)}]")
        self.write(runner, RUNNERS[runner])
        return self.check("- **[DOC-1]** One MUST.\n", VECTOR)

    def test_refuses_a_file_that_no_test_runs(self):
        unit, client = "tests/unit/c.c", "tests/cli/test_c.py"
        for runner, path in (
            (unit, "kinds/zz.json"),
            (unit, "kinds/one-two.json"),
            (unit, "kinds/deeper/one.json"),
            (unit, "chains/one.json"),
            (client, "kinds/one.json"),
        ):
            with self.subTest(path):
                self.setUp()
                self.assert_fault(self.check_files(runner, path, VECTOR), path, "no test runs")

    def test_accepts_files_of_folders_and_kinds_that_tests_run(self):
        for runner, path in (
            ("tests/unit/c.c", "kinds/one.json"),
            ("tests/unit/c.c", "kinds/one.of-many.json"),
            ("tests/unit/c.c", "all/whatever.json"),
            ("tests/cli/test_c.py", "chains/whatever.json"),
        ):
            with self.subTest(path):
                self.assertEqual(self.check_files(runner, path, VECTOR), [])

    def test_refuses_a_vector_that_expects_nothing(self):
        runner, path = "tests/unit/c.c", "all/a.json"
        exchanges = '{"requirement": "DOC-1", "exchanges": [{"request": {}, "response": %s}]}'
        self.assertEqual(self.check_files(runner, path, exchanges % '{"status": 200}'), [])
        for vector in (
            '{"requirement": "DOC-1"}',
            '{"requirement": "DOC-1", "expect": {}}',
            '{"requirement": "DOC-1", "exchanges": []}',
            exchanges % "{}",
        ):
            with self.subTest(vector):
                faults = self.check_files(runner, path, VECTOR, vector)
                self.assert_fault(faults, path, "expected")

    def test_accepts_what_agrees(self):
        text = "- **[DOC-1]** One MUST.\n- **[DOC-2]** As [DOC-1]\n  it MAY; a [link](#a).\n"
        self.assertEqual(self.check(text, vector_of("DOC-1", "DOC-2")), [])

    def test_refuses_a_name_that_is_defined_twice(self):
        faults = self.check("**[DOC-1]** a\n**[DOC-1]** b\n", VECTOR)
        self.assert_fault(faults, "twice")

    def test_refuses_a_mention_of_what_is_not_there(self):
        faults = self.check("**[DOC-1]** as [DOC-2]\n", VECTOR)
        self.assert_fault(faults, "DOC-2")

    def test_refuses_an_item_that_requires_nothing(self):
        faults = self.check("- **[DOC-1]** It is so.\n", VECTOR)
        self.assert_fault(faults, "requires nothing")

    def test_refuses_a_vector_of_a_requirement_that_is_not_there(self):
        faults = self.check("**[DOC-1]** a\n", vector_of("DOC-7"))
        self.assert_fault(faults, "DOC-7")

    def test_refuses_codes_that_differ(self):
        self.write("libshoji/value/a.c", 'fail("json.one", "json.two is in a sentence");\n')
        text = "**[DOC-1]** a\n| code |\n| `json.three` |\n"
        faults = self.check(text, VECTOR)
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("json.one is not in its tables", faults[0])
        self.assertIn("the library gives no json.three", faults[1])

    TWO = "- **[DOC-1]** It MUST be.\n- **[DOC-2]** It MUST NOT be.\n- **[DOC-3]** It MAY.\n"

    def check_unproven(self, *lines):
        self.write("tests/unit/a.c", "")
        self.write("tests/lint/unproven.txt", "# Why.\n\n" + "".join(f"{l}\n" for l in lines))
        return self.check(self.TWO, VECTOR)

    def test_refuses_what_must_be_without_a_vector_or_a_reason(self):
        self.assert_fault(self.check(self.TWO, VECTOR), "DOC-2", "unproven.txt")

    def test_accepts_the_reasons_that_count(self):
        for reason in (
            "no data case can show it: proven by tests/unit/a.c",
            "no data case can show it: proven by tests/unit/a.c, tests/unit/a.c",
        ):
            self.assertEqual(self.check_unproven("DOC-2 " + reason), [])

    def test_refuses_other_reasons(self):
        for reason in (
            "",
            "later",
            "not yet implemented",
            "not yet implemented: later",
            "no data case can show it: proven by",
        ):
            self.assert_fault(self.check_unproven("DOC-2 " + reason), "DOC-2", "reason")

    def test_accepts_what_the_product_has_no_part_for(self):
        name = min(requirements.ABSENT)
        text = f"- **[DOC-1]** It MUST.\n- **[{name}]** It MUST.\n"
        self.write("tests/lint/unproven.txt", f"{name} not yet implemented: there is none\n")
        self.assertEqual(self.check(text, VECTOR), [])

    def test_refuses_a_reason_that_names_no_test(self):
        reason = "no data case can show it: proven by tests/unit/a.c, tests/unit/b.c"
        self.assert_fault(self.check_unproven("DOC-2 " + reason), "tests/unit/b.c")

    def test_refuses_a_reason_for_what_has_a_vector_or_needs_none(self):
        why = "no data case can show it: proven by tests/unit/a.c"
        two = f"DOC-2 {why}"
        self.assert_fault(self.check_unproven(two, f"DOC-1 {why}"), "DOC-1", "has a vector")
        self.assert_fault(self.check_unproven(two, f"DOC-3 {why}"), "DOC-3", "not what must be")
        self.assert_fault(self.check_unproven(two, f"DOC-9 {why}"), "DOC-9", "not what must be")
        self.assert_fault(self.check_unproven(two, two), "DOC-2", "twice")

    def test_refuses_a_vector_that_names_none(self):
        self.assert_fault(self.check("**[DOC-1]** a\n", '{"expect": {"text": "1"}}'), "no requirement")


class Coverage(unittest.TestCase):
    """Files of lines, each with how often it was run and its branches were taken."""

    def table(self, *lines, floor="base", with_files=False):
        lines = [
            {
                "line_number": number + 1,
                "count": count,
                "branches": [{"count": taken} for taken in branches],
                "gcovr/noncode": False,
            }
            for number, (count, branches) in enumerate(lines)
        ]
        lines.append({"line_number": 999, "count": 0, "branches": [], "gcovr/noncode": True})
        report = {"files": [{"file": f"libshoji/{floor}/a.c", "lines": lines}]}
        return coverage_table.table(report, with_files)

    def row(self, rows, name):
        (found,) = (row for row in rows if row.startswith(name + " "))
        return found[len(name):].split()

    def test_adds_up_what_was_run(self):
        rows, _ = self.table((1, [1, 0]), (0, []), (7, [2, 2]))
        self.assertEqual(self.row(rows, "base"), "2 3 66.7 % 3 4 75.0 %".split())
        self.assertEqual(self.row(rows, "the core"), self.row(rows, "base"))
        self.assertEqual(self.row(rows, "value"), ["0", "0", "-", "0", "0", "-"])

    def test_demands_lines_and_branches(self):
        good = [(1, [1])] * 19
        self.assertTrue(self.table(*good, (0, []))[1])
        self.assertFalse(self.table(*good, (0, []), (0, []))[1])
        self.assertFalse(self.table(*good, (1, [0, 0, 0]))[1])

    def test_demands_nothing_of_the_client(self):
        rows, enough = self.table((1, []), floor="client")
        self.assertEqual(self.row(rows, "client (beside)")[:2], ["1", "1"])
        self.assertFalse(enough, "nothing of the core was run")

    def test_tells_where_something_was_not_run(self):
        rows, _ = self.table((1, [1, 0]), (0, [0]), (7, [2]), with_files=True)
        self.assertIn("    lines not run: 2", rows)
        self.assertIn("    branches not taken: 1", rows)


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
