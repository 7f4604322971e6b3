"""import: rows of every format, batches, and what stops them."""

import csv
import io
import os
import pathlib
import re
import subprocess
import threading
import time

from support.cli import (
    PROGRAM, Answer, TestCase, environment, interrupt_when, run, run_in_terminal,
)  # fmt: skip


class Catalog:
    """A catalog that is made by PUT and filled by POST, and keeps what it is given."""

    def __init__(self, case, path="/rows/"):
        self.document = None
        self.members = {}
        self.batches = []
        self.refuse = lambda members: None
        self.server = case.serve({f"GET {path}": self.get, f"PUT {path}": self.put,
                                  f"POST {path}": self.post})  # fmt: skip
        self.iri = self.server.base + path

    def get(self, _request):
        if self.document is None:
            return Answer("", 404)
        return Answer(self.document, headers={"ETag": '"1"'})

    def put(self, request):
        self.document = request.json()
        return Answer("", 201)

    def post(self, request):
        document = request.json()
        answer = self.refuse(document["index"])
        if answer is not None:
            return answer
        self.batches.append(len(document["index"]))
        self.members.update(document["index"])
        return Answer("", 201)

    def puts(self):
        return [request for request in self.server.requests if request.method == "PUT"]


class Import(TestCase):
    def setUp(self):
        super().setUp()
        self.catalog = Catalog(self)

    def do(self, name, content, *options, stdin=b""):
        path = name if name == "-" else self.write(name, content)
        return run("import", self.catalog.iri, path, *options, stdin=stdin)

    def imported(self, *arguments, **keywords):
        self.catalog.members.clear()
        result = self.do(*arguments, **keywords)
        self.assertEqual((result.code, result.out), (0, ""), result)
        count = len(self.catalog.members)
        noun = "entity" if count == 1 else "entities"
        self.assertRegex(result.err, rf"^imported {count} {noun} into "
                                     rf"{self.catalog.iri} \(\d+\.\d s\)\n$")
        return self.catalog.members


class Formats(Import):
    def test_a_json_array(self):
        rows = [{"a": "x", "n": 1}, {"a": "y z,é", "l": [1, {"b": None}]}]
        self.assertEqual(self.imported("rows.json", rows, "--id", "a"),
                         {"x/": rows[0], "y%20z%2C%C3%A9/": rows[1]})

    def test_an_object_of_arrays(self):
        rows = [{"a": "x"}]
        self.assertEqual(self.imported("rows.json", {"3166-1": rows, "other": [1]},
                                       "--root", "/3166-1"), {"1/": rows[0]})
        self.assertEqual(self.imported("rows.json", {"a/b": {"~": rows}},
                                       "--root", "/a~1b/~0"), {"1/": rows[0]})

    def test_an_object_of_rows_names_them(self):
        rows = {"JP": {"name": "Japan"}, "CI": {"name": "Côte d'Ivoire"}}
        expected = {"JP/": rows["JP"], "CI/": rows["CI"]}
        self.assertEqual(self.imported("rows.json", {"x": rows}, "--root", "/x"), expected)
        self.assertEqual(self.imported("rows.json", rows, "--root", ""), expected)

    def test_an_object_without_a_root_is_asked_for_one(self):
        self.assertFails(self.do("rows.json", {"a/b": [{}]}), 2, "holds an object",
                         "--root '/a~1b'")

    def test_ndjson(self):
        text = '{"a": 1}\n\n  \r\n{"a": 2}\r\n{"a": 3}'
        expected = {"1/": {"a": 1}, "2/": {"a": 2}, "3/": {"a": 3}}
        self.assertEqual(self.imported("rows.ndjson", text), expected)
        self.assertEqual(self.imported("rows.jsonl", text, "--id", "a"), expected)

    def test_csv(self):
        text = '\ufeffname,note\r\nAda,"a, ""b""\nc"\r\n\r\nGrace,\nBob,""\n'
        self.assertEqual(self.imported("rows.csv", text, "--id", "name"), {
            "Ada/": {"name": "Ada", "note": 'a, "b"\nc'},
            "Grace/": {"name": "Grace"},
            "Bob/": {"name": "Bob", "note": ""},
        })  # fmt: skip

    def test_csv_as_python_writes_it(self):
        rows = [{"id": str(i), "text": text} for i, text in enumerate(
            ["", "plain", 'quote " here', "comma, here", "line\nbreak", "cr\r\nlf", " space ",
             "é日本🎈", '"', '""', ",", "\n"])]  # fmt: skip
        stream = io.StringIO()
        writer = csv.DictWriter(stream, ["id", "text"], quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        self.assertEqual(self.imported("rows.csv", stream.getvalue(), "--id", "id"),
                         {row["id"] + "/": row for row in rows})

    def test_the_format_of_standard_input_is_said_or_seen(self):
        expected = {"1/": {"a": "x"}}
        for text, options in (
            ('[{"a": "x"}]', []),
            ('\n {"a": "x"}\n', []),
            ('{"r": [{"a": "x"}]}', ["--root", "/r"]),
            ("a\nx\n", ["--format", "csv"]),
            ('{"a": "x"}', ["--format=ndjson"]),
        ):
            with self.subTest(text):
                self.assertEqual(self.imported("-", "", *options, stdin=text), expected)
        self.assertFails(self.do("-", "", stdin="a\nx\n"), 2, "cannot tell the format",
                         "--format")

    def test_no_rows_at_all(self):
        self.assertEqual(self.imported("rows.json", []), {})
        self.assertEqual(self.imported("rows.ndjson", ""), {})
        self.assertEqual(self.imported("rows.csv", "a,b\n"), {})
        self.assertEqual(self.imported("rows.json", {"r": {}}, "--root", "/r"), {})

    def test_numbers_keep_their_text(self):
        self.imported("rows.json", '[{"n": 1.50e400}]')
        self.assertIn(b"1.50e400", self.catalog.server.requests[-1].body)

    def test_what_is_malformed_is_told_with_its_place(self):
        for name, text, options, code, fragments in (
            ("rows.json", '[{"a": 1},\n {"a" 2}]', [], 3, ["rows.json:2:7: "]),
            ("rows.json", "[{}", [], 3, ["rows.json:1:"]),
            ("rows.json", "", [], 3, ["rows.json"]),
            ("rows.json", "[{}, 1]", [], 3, ["row 2 is a number"]),
            ("rows.json", "[[]]", [], 3, ["row 1 is an array"]),
            ("rows.json", "1", [], 3, ["row 1 is a number"]),
            ("rows.json", "{}", ["--root", "/x"], 3, ["has nothing at /x"]),
            ("rows.json", '{"x": 1}', ["--root", "/x"], 3, ["row 1 is a number"]),
            ("rows.json", "[]", ["--root", "x"], 2, ["no JSON Pointer"]),
            ("rows.ndjson", '{"a": 1}\n\n{"a": }\n', [], 3, ["rows.ndjson:3:7: "]),
            ("rows.ndjson", "{}\n[]", [], 3, ["row 2 is an array"]),
            ("rows.ndjson", "{}", ["--root", "/x"], 2, ["--root is for JSON alone"]),
            ("rows.csv", "", [], 3, ["is empty"]),
            ("rows.csv", "a,b\n1,2\n1\n", [], 3, ["rows.csv:3: row 2 has 1 fields", "2 columns"]),
            ("rows.csv", "a,b\n1,2,3\n", [], 3, ["row 1 has 3 fields"]),
            ("rows.csv", "a,,b\n", [], 3, ["rows.csv:1: column 2 has no name"]),
            ("rows.csv", "a,b,a\n", [], 3, ["columns 1 and 3 are both 'a'"]),
            ("rows.csv", 'a\nx"y\n', [], 3, ["rows.csv:2:2: a quote within"]),
            ("rows.csv", 'a\n"x\n\n', [], 3, ["rows.csv:2:1: ", "never closed"]),
            ("rows.csv", b"a\n\xff\n", [], 3, ["rows.csv:2:2: ", "not UTF-8"]),
        ):
            with self.subTest(f"{name}: {text!r}"):
                result = self.do(name, text, *options)
                self.assertFails(result, code, *fragments, "nothing was imported")
        self.assertEqual(self.catalog.server.requests, [])

    def test_files_that_cannot_be_read(self):
        self.assertFails(run("import", self.catalog.iri, "/nonexistent"), 1, "/nonexistent")
        self.assertFails(run("import", self.catalog.iri, str(self.folder)), 1)
        self.assertEqual(self.catalog.server.requests, [])


class Names(Import):
    def test_row_numbers_are_the_default(self):
        self.assertEqual(list(self.imported("rows.json", [{}, {}, {}])), ["1/", "2/", "3/"])

    def test_numbers_and_dots_name_too(self):
        rows = [{"a": 7}, {"a": "..."}, {"a": "a.b"}, {"a": ".a"}]
        self.assertEqual(list(self.imported("rows.json", rows, "--id=a")),
                         ["7/", ".../", "a.b/", ".a/"])

    def test_what_no_path_can_hold_stops_before_anything_is_sent(self):
        for name in ("a/b", "/", ".", "..", "a\0b"):
            with self.subTest(name):
                self.assertFails(self.do("rows.json", [{"a": "x"}, {"a": name}], "--id=a"),
                                 3, f"row 2 would name its entity '{name.split(chr(0))[0]}'",
                                 "choose another --id", "nothing was imported")
        for name in ("a/b", "..", ""):
            with self.subTest(name):
                self.assertFails(self.do("rows.json", {name: {}}, "--root", ""), 3,
                                 f"row 1 would name its entity '{name}'",
                                 "choose an attribute of the rows with --id")
        self.assertFails(self.do("rows.json", {"a\0b": {}}, "--root", ""), 3, "no NUL")
        self.assertEqual(self.catalog.server.requests, [])

    def test_a_row_without_a_name_stops(self):
        for row in ({}, {"a": ""}, {"a": None}, {"a": ["x"]}, {"a": True}):
            with self.subTest(row):
                self.assertFails(self.do("rows.json", [{"a": "x"}, row], "--id", "a"), 3,
                                 "row 2 has no text or number 'a'", "nothing was imported")
        self.assertEqual(self.catalog.server.requests, [])

    def test_a_name_that_comes_twice_stops(self):
        self.assertFails(self.do("rows.json", [{"a": "x y"}, {"a": "x y"}], "--id", "a"), 3,
                         "row 2 names its entity 'x%20y'")


class CatalogItself(Import):
    def test_is_made_as_wished(self):
        self.imported("rows.json", [], "--title", "Rows é", "--attributes", "a, b",
                      "--filter", "a,b_2")
        self.assertEqual(self.catalog.document, {
            "element": "shoji:catalog", "index": {}, "title": "Rows é", "tuple": ["a", "b"],
            "catalogs": {"by a": "{?a}", "by b_2": "{?b_2}"}})  # fmt: skip
        self.assertEqual(self.catalog.puts()[0].headers["If-None-Match"], "*")

    def test_is_made_when_the_first_batch_is_ready(self):
        result = self.do("rows.ndjson", '{"a": 1}\n{"a": 2}\n{', "--batch=2")
        self.assertFails(result, 3, "2 entities were imported", "--skip 2")
        self.assertEqual([request.method for request in self.catalog.server.requests],
                         ["GET", "PUT", "POST"])

    def test_is_made_for_a_name_that_is_of_pages_elsewhere(self):
        self.imported("rows.json", [], "--attributes", "limit", "--filter", "limits")
        self.assertEqual(self.catalog.document["catalogs"], {"by limits": "{?limits}"})

    def test_is_made_plain_without_wishes(self):
        self.imported("rows.json", [])
        self.assertEqual(self.catalog.document, {"element": "shoji:catalog", "index": {}})

    def test_a_slash_is_added_to_its_iri(self):
        result = run("import", self.catalog.iri.rstrip("/"), self.write("rows.json", [{}]))
        self.assertEqual(result.code, 0, result)
        self.assertIn(f"into {self.catalog.iri} (", result.err)

    def test_a_query_has_no_place_in_it(self):
        self.assertFails(run("import", self.catalog.iri + "?a", self.write("r.json", "[]")), 2,
                         "has a query")

    def test_is_left_alone_where_nothing_is_missing(self):
        self.catalog.document = {"element": "shoji:catalog", "title": "T", "entities": [],
                                 "tuple": ["a"], "catalogs": {"by a": "other{?a}"}}  # fmt: skip
        self.imported("rows.json", [], "--title", "T", "--attributes", "a", "--filter", "a")
        self.imported("rows.json", [])
        self.assertEqual(self.catalog.puts(), [])

    def test_is_given_what_is_missing_and_keeps_the_rest(self):
        base = self.catalog.iri
        self.catalog.document = {
            "element": "shoji:catalog", "self": base, "title": "Old", "size": 1,
            "catalogs": {"by a": base + "{?a}", "sub": base + "sub/", "other": base + "sub/x",
                         "next": base + "?after=1", "far": "http://example.org/"},
            "index": {"1/": {"a": 1}}, "views": {"v": base + "v"}, "colour": 1.50,
        }  # fmt: skip
        self.imported("rows.json", [], "--title", "New", "--attributes", "a,b", "--filter",
                      "a,b")
        self.assertEqual(self.catalog.puts()[0].headers["If-Match"], '"1"')
        self.assertEqual(self.catalog.document, {
            "element": "shoji:catalog", "title": "New", "index": {}, "views": {"v": "v"},
            "catalogs": {"by a": "{?a}", "other": "sub/x", "far": "http://example.org/",
                         "by b": "{?b}"},
            "colour": 1.5, "tuple": ["a", "b"]})  # fmt: skip

    def test_must_be_a_catalog(self):
        self.catalog.document = {"element": "shoji:entity", "body": {}}
        self.assertFails(self.do("rows.json", []), 3, "is no catalog", "shoji:entity")

    def test_lists_are_checked(self):
        self.assertFails(self.do("rows.json", [], "--filter", "a,"), 2, "--filter", "empty")
        self.assertFails(self.do("rows.json", [], "--attributes", ""), 2, "--attributes")
        self.assertFails(self.do("rows.json", [], "--filter", "a b"), 2, "'a b' cannot be")
        for name in ("limit", "after"):
            self.assertFails(self.do("rows.json", [], "--filter", "a," + name), 2,
                             f"'{name}' chooses a page")
        self.assertEqual(self.catalog.server.requests, [])

    def test_refusals_of_the_catalog(self):
        self.catalog.server.answers["PUT /rows/"] = Answer({"detail": "read-only"}, 403)
        self.assertFails(self.do("rows.json", [{}]), 4, "read-only")
        self.catalog.server.answers["GET /rows/"] = Answer("", 500)
        self.assertFails(self.do("rows.json", [{}]), 5)


class Batches(Import):
    ROWS = [{"a": i} for i in range(10)]

    def test_have_a_size(self):
        self.imported("rows.json", self.ROWS, "--batch", "4")
        self.assertEqual(self.catalog.batches, [4, 4, 2])

    def test_are_also_bounded_by_bytes(self):
        rows = [{"a": "x" * 1_000_000} for _ in range(10)]
        self.imported("rows.json", rows)
        self.assertGreater(len(self.catalog.batches), 1)
        self.assertEqual(sum(self.catalog.batches), 10)

    def test_a_refusal_says_how_far_it_came_and_skip_goes_on(self):
        self.catalog.refuse = lambda members: (
            Answer({"detail": "7 is bad luck"}, 422) if "7/" in members else None)
        result = self.do("rows.json", self.ROWS, "--batch", "3")
        self.assertFails(result, 4, "7 is bad luck", "6 entities were imported, up to row 6",
                         "--skip 6")
        self.catalog.refuse = lambda members: None
        result = self.do("rows.json", self.ROWS, "--batch", "3", "--skip", "6")
        self.assertIn("imported 4 entities", result.err)
        self.assertEqual(list(self.catalog.members), [f"{i}/" for i in range(1, 11)])

    def test_a_failure_of_the_server_is_five(self):
        self.catalog.refuse = lambda members: Answer("", 503)
        self.assertFails(self.do("rows.json", self.ROWS), 5, "nothing was imported")
        self.catalog.refuse = lambda members: Answer("", 502)
        self.assertFails(self.do("rows.json", self.ROWS), 5, "rows 1 to 10 were on their way")

    def test_a_promise_leaves_a_doubt_and_a_redirect_does_not(self):
        self.catalog.refuse = lambda members: Answer({}, 202)
        self.assertFails(self.do("rows.json", self.ROWS), 9, "202",
                         "rows 1 to 10 were on their way")
        self.catalog.refuse = lambda members: Answer("", 307, {"Location": "/x/"})
        self.assertFails(self.do("rows.json", self.ROWS), 1, "/x/", "nothing was imported")

    def test_no_answer_leaves_a_doubt(self):
        release = threading.Event()
        self.addCleanup(release.set)
        self.catalog.refuse = lambda members: (
            release.wait(20) and None if "4/" in members else None)
        result = self.do("rows.json", self.ROWS, "--batch=3", "--timeout=0.5")
        release.set()
        self.assertFails(result, 6, "rows 4 to 6 were on their way", "--skip 6", "--skip 3")

    def test_json_tells_at_the_end(self):
        result = self.do("rows.json", self.ROWS, "--json", "-q")
        self.assertDone(result)
        self.assertEqual(result.json(), {"catalog": self.catalog.iri, "imported": 10,
                                         "rows": 10})

    def test_ctrl_c_says_how_far_it_came(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        os.write(writer, b"{}\n" * 5)
        result = interrupt_when(lambda: len(self.catalog.batches) == 2, "import",
                                self.catalog.iri, "-", "--batch=2", "--format=ndjson",
                                stdin=reader)
        os.close(reader)
        self.assertFails(result, 130, "interrupted", "4 entities were imported, up to row 4",
                         "--skip 4")

    def test_ctrl_c_in_a_request_leaves_a_doubt(self):
        release = threading.Event()
        self.addCleanup(release.set)
        asked = threading.Event()

        def hold(_members):
            asked.set()
            release.wait(20)

        self.catalog.refuse = hold
        path = self.write("rows.json", self.ROWS)
        result = interrupt_when(asked.is_set, "import", self.catalog.iri, path)
        release.set()
        self.assertFails(result, 130, "rows 1 to 10 were on their way")

    def memory(self, count):
        """The kilobytes of memory that an import of that many rows comes to."""
        text = "".join(f'{{"id": {i}, "text": "{"x" * 100}"}}\n' for i in range(count))
        path = self.write("rows.ndjson", text)
        env = environment(None)
        env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        peak = 0
        process = subprocess.Popen(
            [PROGRAM, "import", "-q", self.catalog.iri, path, "--id", "id"], env=env)
        while process.poll() is None:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            found = re.search(r"VmHWM:\s+(\d+) kB", status)
            peak = max(peak, int(found.group(1)) if found else 0)
            time.sleep(0.005)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(self.catalog.members), count)
        return peak

    def test_a_hundred_thousand_rows_are_not_held(self):
        few = self.memory(2_000)
        self.assertLess(self.memory(100_000), few + 8_000)


class Progress(Import):
    def test_is_drawn_on_a_terminal_and_taken_away(self):
        self.catalog.refuse = lambda members: time.sleep(0.15)
        path = self.write("rows.json", [{"a": i} for i in range(8)])
        result = run_in_terminal("import", self.catalog.iri, path, "--batch=2",
                                 streams=("stderr",))
        self.assertEqual(result.code, 0)
        self.assertRegex(result.out, r"\r\[=+ *\] +\d+%  \d entities  \d+/s")
        last = result.out.rsplit("\r\x1b[K", 1)[1]
        self.assertRegex(last, r"^imported 8 entities into \S+ \(\d\.\d s\)\n$")

    def test_is_not_drawn_where_it_is_not_wanted(self):
        path = self.write("rows.json", [{}])
        for options, env in ((["-q"], None), ([], {"TERM": "dumb"})):
            result = run_in_terminal("import", self.catalog.iri, path, *options, env=env,
                                     streams=("stderr",))
            self.assertNotIn("\r", result.out)
            self.assertNotIn("\x1b", result.out)
