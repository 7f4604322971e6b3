"""The commands that need no server, but for templates: resolve, validate, fmt."""

import json
import os
import subprocess
import time

from support.cli import PROGRAM, TIMEOUT, TestCase, environment, run, run_in_terminal

CATALOG = {
    "element": "shoji:catalog",
    "self": "http://example.org/users",
    "title": "Users Catalog",
    "description": "The set of user entities for this application.",
    "updated": "#2003-12-13T18:30:02Z#",
    "catalogs": {
        "bills": "bills",
        "sellers": "sellers",
        "sellers by sold count": "sellers{?sold_count}",
    },
    "entities": ["1", "2", "88374", "9843"],
    "views": {"Sold Counts": "sold_counts"},
}
ENTITY = {
    "element": "shoji:entity",
    "self": "http://example.org/users/1",
    "body": {
        "last_modified": "2003-12-13 18:30:02Z",
        "first_name": "Katsuhiro",
        "last_name": "Shoji",
        "sold_count": 387,
    },
}


class Resolve(TestCase):
    def check(self, expected, *arguments):
        result = run("resolve", *arguments)
        self.assertDone(result)
        self.assertEqual(result.out, expected + "\n")

    def test_to_the_letter_of_rfc_3986(self):
        base = "http://a/b/c/d;p?q"
        for reference, expected in (
            ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("../../../g", "http://a/g"),
            ("?y", "http://a/b/c/d;p?y"), ("", "http://a/b/c/d;p?q"), ("//g", "http://g"),
        ):  # fmt: skip
            with self.subTest(reference):
                self.check(expected, base, reference)

    def test_below(self):
        base = "http://example.org/users"
        self.check("http://example.org/users/1", base, "1", "--base-rule", "below")
        self.check("http://example.org/1", base, "1", "--base-rule", "rfc3986")
        self.check("http://example.org/1", base, "1")

    def test_keeps_characters_as_they_are(self):
        self.check("http://example.org/é", "http://example.org/", "é")

    def test_what_is_no_iri_is_a_usage_error(self):
        self.assertFails(run("resolve", "users", "1"), 2, "users")
        self.assertFails(run("resolve", "http://a/", "%zz"), 2)
        self.assertFails(run("resolve", "http://a/", "a b"), 2)

    def test_an_empty_base_is_none(self):
        self.check("http://a/c", "", "http://a/b/../c")
        self.assertFails(run("resolve", "", "b"), 2)

    def test_forms(self):
        iri = "HTTP://Example.org:80/%7e/./%c3%a9/日?ü#f"
        for form, expected in (
            ("written", "HTTP://Example.org:80/%7e/%c3%a9/日?ü#f"),
            ("iri", "HTTP://Example.org:80/~/é/日?ü#f"),
            ("uri", "HTTP://Example.org:80/%7e/%c3%a9/%E6%97%A5?%C3%BC#f"),
            ("normal", "http://example.org/~/é/日?ü"),
        ):  # fmt: skip
            with self.subTest(form):
                self.check(expected, "", iri, "--as", form)
        self.assertFails(run("resolve", "", iri, "--as", "url"), 2, "--as takes")

    def test_a_form_is_of_what_was_resolved(self):
        self.check("http://a/%C3%A9", "http://a/b/", "../é", "--as", "uri")
        self.check("http://a/b/c", "HTTP://A/b", "c", "--as=normal", "--base-rule=below")

    def test_relative_references_lead_there_and_back(self):
        base = "http://a/b/c/"
        for target in ("http://a/b/c/", "http://a/b/c/d", "http://a/b/", "http://a/b/x?y#z",
                       "http://a/", "http://a/b/c/?q", "http://a/b/c/x:y", "http://a//x",
                       "http://other/b/c/", "https://a/b/c/d", "urn:x"):  # fmt: skip
            result = run("resolve", "--as", "relative", base, target)
            self.assertDone(result)
            for rule in ("rfc3986", "below"):
                with self.subTest(f"{target} {rule}"):
                    self.check(target, "--base-rule", rule, base, result.out.removesuffix("\n"))
        self.check("d", base, "http://a/b/c/d", "--as", "relative")
        self.assertFails(run("resolve", "--as", "relative", "", base), 2, "needs a BASE")

    def test_a_host_that_is_none_is_a_usage_error(self):
        self.assertFails(run("resolve", "", "http://ü-.example/", "--as", "uri"), 2)

    def test_what_is_too_long_is_nine(self):
        self.assertFails(run("resolve", "http://a/", "x" * 70000), 9)


class Validate(TestCase):
    def test_the_examples_of_draft_02(self):
        small = {"element": "shoji:catalog", "self": "http://example.org/users",
                 "entities": ["1"]}  # fmt: skip
        for document, element in (
            (small, "shoji:catalog"),
            (ENTITY, "shoji:entity"),
            (CATALOG, "shoji:catalog"),
            ([387, 18843, 3478, 999, 1, 18], "value"),
        ):
            path = self.write("document.json", document)
            result = run("validate", path)
            self.assertDone(result)
            self.assertEqual(result.out, f"{path}: ok ({element})\n")

    def test_standard_input_is_a_dash(self):
        result = run("validate", "-", stdin="387")
        self.assertDone(result)
        self.assertEqual(result.out, "-: ok (value)\n")

    def test_a_trailing_comma_has_its_place(self):
        path = self.write("bad.json", '{"element": "shoji:catalog",\n "entities": ["1"],\n}')
        result = run("validate", path)
        self.assertEqual((result.code, result.err), (3, ""))
        self.assertRegex(result.out, rf"^{path}:\d+:\d+: .*comma")

    def test_every_fault_is_told(self):
        path = self.write("bad.json", {"element": "shoji:catalog", "title": 1,
                                       "catalogs": {"a": 2, "b": "{x"}, "entities": [3]})  # fmt: skip
        result = run("validate", path)
        self.assertEqual((result.code, result.err), (3, ""))
        lines = result.out.splitlines()
        self.assertGreaterEqual(len(lines), 4, result)
        for line in lines:
            self.assertRegex(line, rf"^{path}:1:\d+: ")

    def test_one_bad_file_among_good_ones(self):
        good = self.write("good.json", CATALOG)
        bad = self.write("bad.json", "[1,")
        result = run("validate", good, bad, good)
        self.assertEqual((result.code, result.err), (3, ""))
        self.assertEqual(result.out.count(": ok (shoji:catalog)\n"), 2)

    def test_as(self):
        catalog = self.write("catalog.json", CATALOG)
        entity = self.write("entity.json", ENTITY)
        self.assertDone(run("validate", "--as", "catalog", catalog))
        self.assertDone(run("validate", "--as", "auto", catalog, entity))
        self.assertEqual(run("validate", "--as", "entity", catalog).code, 3)
        self.assertEqual(run("validate", "--as", "view", entity).code, 3)
        self.assertFails(run("validate", "--as", "thing", catalog), 2, "--as takes")

    def test_as_value_takes_any_json(self):
        path = self.write("odd.json", {"element": "shoji:nonsense"})
        self.assertEqual(run("validate", path).code, 3)
        result = run("validate", "--as", "value", path)
        self.assertDone(result)
        self.assertEqual(result.out, f"{path}: ok (value)\n")

    def test_strict_refuses_the_arrays_of_draft_01(self):
        path = self.write("old.json", {"element": "shoji:catalog", "catalogs": ["bills"],
                                       "entities": []})  # fmt: skip
        self.assertDone(run("validate", path))
        self.assertEqual(run("validate", "--strict", path).code, 3)

    def test_a_file_that_cannot_be_read(self):
        good = self.write("good.json", CATALOG)
        result = run("validate", "/nonexistent", good)
        self.assertEqual(result.code, 1)
        self.assertIn("cannot read /nonexistent", result.err)
        self.assertIn("good.json: ok", result.out)
        self.assertFails(run("validate", str(self.folder)), 1, "Is a directory")

    def test_a_limit_is_nine(self):
        path = self.write("deep.json", "[" * 513 + "]" * 513)
        result = run("validate", path)
        self.assertEqual((result.code, result.err), (9, ""))
        self.assertDone(run("validate", self.write("deep.json", "[" * 512 + "]" * 512)))

    def test_json_for_programs(self):
        good = self.write("good.json", CATALOG)
        bad = self.write("bad.json", '{"element": "shoji:entity", "body": 1}')
        result = run("--json", "validate", good, bad)
        self.assertEqual(result.code, 3)
        valid, fault = result.lines()
        self.assertEqual(valid, {"file": good, "valid": True, "element": "shoji:catalog"})
        self.assertEqual((fault["file"], fault["valid"], fault["line"]), (bad, False, 1))
        self.assertEqual((fault["offset"], fault["pointer"]), (36, "/body"))
        self.assertTrue(fault["message"])

    def test_a_file_name_cannot_forge_a_line(self):
        path = self.write("a.json: ok (value)\nb.json", "[")
        result = run("validate", path)
        self.assertEqual(result.code, 3)
        self.assertEqual(len(result.out.splitlines()), 1)

    def test_text_of_the_document_cannot_command_the_terminal(self):
        path = self.write("bad.json", '{"element": "shoji:catalog", '
                                      '"catalogs": {"\\u001b[2J\\n\u009b": 1}}')  # fmt: skip
        for result in (run("validate", path), run_in_terminal("validate", path)):
            self.assertEqual(result.code, 3)
            self.assertNotIn("\x1b[2J", result.out)
            self.assertNotIn("\u009b", result.out)
            self.assertEqual(len(result.out.splitlines()), 1)

    def test_limits(self):
        for option, limit, fits, passes, code in (
            ("--max-depth", 2, "[[1]]", "[[[]]]", "json.too-deep"),
            ("--max-size", 5, "12345", "123456", "json.too-large"),
            ("--max-members", 2, '{"a":1,"b":2}', '{"a":1,"b":2,"c":3}', "json.too-many-members"),
            ("--max-members", 2, "[1,2]", "[1,2,3]", "json.too-many-members"),
            ("--max-string", 3, '["abc"]', '["abcd"]', "json.string-too-long"),
            ("--max-string", 3, "[123]", "[1234]", "json.string-too-long"),
        ):  # fmt: skip
            with self.subTest(f"{option} {passes}"):
                options = (option, str(limit), "--json", "-")
                self.assertDone(run("validate", *options, stdin=fits))
                result = run("validate", *options, stdin=passes)
                self.assertEqual((result.code, result.err), (9, ""))
                self.assertEqual(result.json()["code"], code)

    def test_limits_can_be_raised(self):
        deep = self.write("deep.json", "[" * 10000 + "]" * 10000)
        self.assertEqual(run("validate", deep).code, 9)
        self.assertDone(run("validate", "--max-depth", "10000", deep))

    def test_limits_have_bounds(self):
        for option, wrong in (("--max-depth", "0"), ("--max-depth", "10001"),
                              ("--max-size", "4294967041"), ("--max-members", "-1"),
                              ("--max-string", "1k"), ("--max-string", "")):  # fmt: skip
            with self.subTest(f"{option} {wrong}"):
                self.assertFails(run("validate", option, wrong, "-", stdin="1"), 2, option)

    def test_the_exit_code_of_several_is_that_of_the_gravest(self):
        good = self.write("good.json", "1")
        bad = self.write("bad.json", "[")
        deep = self.write("deep.json", "[[1]]")
        missing = "/nonexistent"
        for files, code in (([good, good], 0), ([good, missing], 1), ([deep, missing, good], 9),
                            ([missing, deep, bad, good], 3), ([bad, missing], 3)):  # fmt: skip
            for order in (files, files[::-1]):
                with self.subTest(order):
                    result = run("validate", "--max-depth", "1", *order)
                    self.assertEqual(result.code, code, result)
                    self.assertEqual(len(result.out.splitlines()),
                                     len(order) - order.count(missing))  # fmt: skip

    def test_as_envelope_takes_all_but_values(self):
        for document in (CATALOG, ENTITY):
            self.assertDone(run("validate", "--as", "envelope", "-", stdin=json.dumps(document)))
        for text in ("{}", "[]", '{"element": "value"}'):
            self.assertEqual(run("validate", "--as", "envelope", "-", stdin=text).code, 3)

    def test_every_fault_has_code_place_and_pointer(self):
        text = '{"element": "shoji:catalog",\n "title": 1,\n "catalogs": {"é": 2, "b/": "{x"}}'
        result = run("validate", "--json", "-", stdin=text)
        self.assertEqual((result.code, result.err), (3, ""))
        faults = result.lines()
        self.assertEqual([(fault["line"], fault["column"], fault["pointer"]) for fault in faults],
                         [(2, 11, "/title"), (3, 20, "/catalogs/é"),
                          (3, 29, "/catalogs/b~1")])  # fmt: skip
        for fault in faults:
            self.assertEqual(list(fault), ["file", "valid", "line", "column", "offset",
                                           "pointer", "code", "message"])  # fmt: skip
            self.assertRegex(fault["code"], r"^[a-z]+\.[a-z0-9-]+$")
            self.assertIn(text.encode()[fault["offset"]:][:1], (b"1", b"2", b'"'))

    def test_ends_after_a_thousand_faults(self):
        path = self.write("bad.json", {"element": "shoji:catalog", "entities": [1] * 5000})
        result = run("validate", path)
        self.assertEqual((result.code, result.err), (3, ""))
        self.assertLessEqual(len(result.out.splitlines()), 1001)

    def test_standard_input_is_read_once(self):
        self.assertFails(run("validate", "-", "-", stdin="1"), 2, "can be read once")
        good = self.write("good.json", "1")
        self.assertDone(run("validate", good, "-", good, stdin="1"))

    def test_a_file_name_cannot_command_the_terminal(self):
        path = self.write("\x1b[2J\u009b.json", "[")
        for arguments in ((path,), ("--json", path)):
            for result in (run("validate", *arguments), run_in_terminal("validate", *arguments)):
                self.assertEqual(result.code, 3)
                self.assertNotIn("\x1b[2J", result.out)
        self.assertNotIn("\u009b", run_in_terminal("validate", "--json", path).out)
        self.assertFails(run("validate", "/none\x1b[2J"), 1, "/none\\u001b[2J")

    def test_a_file_name_that_is_not_utf8(self):
        path = os.fsencode(self.folder) + b"/\xff.json"
        with open(path, "wb") as file:
            file.write(b"1")
        result = run("validate", "--json", path)
        self.assertDone(result)
        self.assertTrue(result.json()["file"].endswith("/\\xff.json"))

    def test_text_that_no_json_is_on_its_way(self):
        for content, column in ((b"\xef\xbb\xbf1", 1), (b"[1]\x00", 4), (b"[1]]", 4), (b"\xff", 1),
                                (b"\xff\xfe1\x00", 1), (b" \x0c1", 2), (b"{'a':1}", 2)):  # fmt: skip
            with self.subTest(content):
                result = run("validate", "-", stdin=content)
                self.assertEqual((result.code, result.err), (3, ""))
                self.assertTrue(result.out.startswith(f"-:1:{column}: "), result)


class Fmt(TestCase):
    def fmt(self, content, *options):
        result = run("fmt", *options, "-", stdin=content)
        self.assertDone(result)
        return result.out

    def test_two_spaces(self):
        self.assertEqual(self.fmt('{"a":[1,{"b":[]}],"c":{}}'),
                         '{\n  "a": [\n    1,\n    {\n      "b": []\n    }\n  ],\n  "c": {}\n}\n')

    def test_compact(self):
        self.assertEqual(self.fmt('{ "a" : [ 1 , 2 ] }\n', "--compact"), '{"a":[1,2]}\n')

    def test_keeps_numbers_order_and_unknown_members(self):
        text = '{"z":1e400,"element":"shoji:entity","x":0.10,"body":{"b":-0,"a":1E+2}}'
        self.assertEqual(self.fmt(text, "--compact"), text + "\n")

    def test_is_a_fixed_point(self):
        once = self.fmt(json.dumps(CATALOG))
        self.assertEqual(self.fmt(once), once)
        self.assertEqual(json.loads(once), CATALOG)

    def test_arrays_of_draft_01_become_maps(self):
        text = '{"element":"shoji:catalog","catalogs":["bills"],"entities":[]}'
        self.assertEqual(json.loads(self.fmt(text))["catalogs"], {"bills": "bills"})

    def test_a_fault_is_told_with_its_place(self):
        path = self.write("bad.json", '{"a": 1,\n}')
        self.assertFails(run("fmt", path), 3, f"{path}:", "comma")
        self.assertFails(run("fmt", "-", stdin='{"element": "shoji:entity"}'), 3, "-:1:")
        self.assertFails(run("fmt", "-", stdin=""), 3)
        self.assertFails(run("fmt", "-", stdin=b'"\xff"'), 3, "-:1:2:")

    def test_is_coloured_and_harmless_on_a_terminal(self):
        path = self.write("document.json", '{"a": "\u009b31m\u202e", "b": [1, true, null]}')
        result = run_in_terminal("fmt", path)
        self.assertEqual(result.code, 0)
        for piece in ('\x1b[1;34m"a"\x1b[0m', '"\\u009b31m\\u202e"', "\x1b[36m1\x1b[0m",
                      "\x1b[35mtrue\x1b[0m"):  # fmt: skip
            self.assertIn(piece, result.out)
        plain = run_in_terminal("--color", "never", "fmt", path)
        self.assertNotIn("\x1b", plain.out)
        self.assertEqual(json.loads(plain.out), {"a": "\u009b31m\u202e", "b": [1, True, None]})

    def test_colour_can_be_had_on_a_pipe(self):
        self.assertIn("\x1b[", run("--color=always", "fmt", "-", stdin="[1]").out)
        self.assertNotIn("\x1b[", run("fmt", "-", stdin="[1]").out)

    def test_no_color_and_dumb_terminals(self):
        path = self.write("document.json", "[1]")
        self.assertNotIn("\x1b", run_in_terminal("fmt", path, env={"NO_COLOR": "1"}).out)
        self.assertNotIn("\x1b", run_in_terminal("fmt", path, env={"TERM": "dumb"}).out)
        self.assertIn("\x1b", run_in_terminal("fmt", path, env={"NO_COLOR": ""}).out)

    def test_indent(self):
        self.assertEqual(self.fmt("[[1]]", "--indent", "4"), "[\n    [\n        1\n    ]\n]\n")
        self.assertEqual(self.fmt("[[1]]", "--indent=1"), "[\n [\n  1\n ]\n]\n")
        for wrong in ("0", "17", "x"):
            self.assertFails(run("fmt", "--indent", wrong, "-", stdin="1"), 2, "--indent")
        self.assertFails(run("fmt", "--indent", "2", "--compact", "-", stdin="1"), 2, "--compact")

    def test_ascii(self):
        text = '{"é":"日😀\x7f\\n/"}'
        self.assertEqual(self.fmt(text, "--compact"), text + "\n")
        self.assertEqual(self.fmt(text, "--compact", "--ascii"),
                         '{"\\u00e9":"\\u65e5\\ud83d\\ude00\x7f\\n/"}\n')
        self.assertEqual(json.loads(self.fmt(text, "--ascii")), json.loads(text))

    def test_escapes_only_what_it_must(self):
        text = r'"\u0041\/\u00e9\ud83d\ude00\u2028\u0000\u001f\b\"\\"'
        self.assertEqual(self.fmt(text, "--compact"),
                         '"A/é😀\u2028\\u0000\\u001f\\b\\"\\\\"\n')

    def test_every_kind_of_value_keeps_its_text(self):
        for text in ("0", "-0", "0.10", "1e400", "-1E-400", "9" * 40, "true", "null", '""', "[]",
                     "{}", '{"":[{},[],""]}', '{"b":1,"a":2,"B":3}'):  # fmt: skip
            with self.subTest(text):
                self.assertEqual(self.fmt(text, "--compact"), text + "\n")
                self.assertEqual(self.fmt(f" \t\r\n{text} \n", "--compact"), text + "\n")

    def test_as(self):
        odd = '{"element":"shoji:nonsense"}'
        self.assertFails(run("fmt", "-", stdin=odd), 3, "-:1:")
        self.assertEqual(self.fmt(odd, "--as", "value", "--compact"), odd + "\n")
        self.assertFails(run("fmt", "--as", "entity", "-", stdin=json.dumps(CATALOG)), 3)
        old = '{"element":"shoji:catalog","catalogs":["bills"],"entities":[]}'
        self.assertEqual(self.fmt(old, "--as", "value", "--compact"), old + "\n")

    def test_members_of_one_name(self):
        self.assertEqual(self.fmt('{"a":1,"b":2,"a":3}', "--compact"), '{"b":2,"a":3}\n')
        self.assertFails(run("fmt", "-", stdin='{"element":"shoji:view","value":1,"value":2}'), 3,
                         "value")

    def test_strict_refuses_the_arrays_of_draft_01(self):
        text = '{"element":"shoji:catalog","views":["a"],"entities":[]}'
        self.assertFails(run("fmt", "--strict", "-", stdin=text), 3, "/views")
        self.assertIn('"views":{"a":"a"}', self.fmt(text, "--compact"))

    def test_a_limit_is_nine(self):
        for options, text in ((("--max-depth", "1"), "[[]]"), (("--max-size", "2"), "123"),
                              (("--max-members", "1"), "[1,2]"),
                              (("--max-string", "1"), '"ab"')):  # fmt: skip
            with self.subTest(options):
                self.assertFails(run("fmt", *options, "-", stdin=text), 9, "-:")

    def test_a_file_that_cannot_be_read(self):
        self.assertFails(run("fmt", "/nonexistent"), 1, "cannot read /nonexistent")
        self.assertFails(run("fmt", str(self.folder)), 1, "Is a directory")

    def test_what_cannot_be_written_is_an_error(self):
        for text in ("1", json.dumps(["x" * 100] * 10000)):
            with open("/dev/full", "wb") as full:
                self.assertFails(run("fmt", "-", stdin=text, stdout=full), 1, "No space left")
            reader, writer = os.pipe()
            os.close(reader)
            with os.fdopen(writer, "wb") as pipe:
                result = run("fmt", "-", stdin=text, stdout=pipe)
            self.assertEqual((result.code, result.err), (1, ""))


class Pieces(TestCase):
    """What comes slowly and in pieces is read as what comes at once."""

    LONG = json.dumps([{"näme": "日😀", "at": n} for n in range(5000)],
                      ensure_ascii=False)  # fmt: skip

    def run_slowly(self, text, size, *arguments):
        process = subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment(None), bufsize=0)  # fmt: skip
        for at in range(0, len(text), size):
            process.stdin.write(text[at : at + size])
            time.sleep(0.001)
        out, err = process.communicate(timeout=TIMEOUT)
        return process.returncode, out, err

    def check(self, text, size, *arguments):
        text = text.encode()
        with open(self.write("text.json", text), "rb") as file:
            done = subprocess.run([PROGRAM, *arguments], stdin=file, capture_output=True,
                                  env=environment(None), timeout=TIMEOUT, check=False)  # fmt: skip
        whole = (done.returncode, done.stdout, done.stderr)
        self.assertEqual(self.run_slowly(text, size, *arguments), whole)
        return whole

    def test_fmt(self):
        self.assertEqual(self.check(json.dumps(CATALOG), 1, "fmt", "-")[0], 0)
        self.assertEqual(self.check(self.LONG, 9973, "fmt", "--compact", "-")[0], 0)

    def test_validate(self):
        self.assertEqual(self.check(json.dumps(CATALOG), 1, "validate", "-")[0], 0)
        self.assertEqual(self.check(self.LONG[:-1] + ",]", 9973, "validate", "-")[0], 3)
        self.assertEqual(self.check('{"element": "shoji:entity", "title": 1, "body": 2}', 1,
                                    "validate", "--json", "-")[0], 3)  # fmt: skip

    def test_expand(self):
        self.check('{"a": "é", "l": [1.50, true]}', 1, "expand", "{?a,l*}", "--vars", "-")
