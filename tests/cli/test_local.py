"""The commands that need no server: expand, match, resolve, validate, fmt."""

import json

from support.cli import TestCase, run, run_in_terminal

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


class Expand(TestCase):
    def check(self, expected, *arguments, stdin=b""):
        result = run("expand", *arguments, stdin=stdin)
        self.assertDone(result)
        self.assertEqual(result.out, expected + "\n")

    def test_a_string(self):
        self.check("sellers?sold_count=387", "sellers{?sold_count}", "sold_count=387")

    def test_without_variables_optional_parts_drop_out(self):
        self.check("sellers", "sellers{?sold_count}")
        self.check("", "{x}")

    def test_the_same_name_again_makes_a_list(self):
        self.check("?a=1&a=2&a=3", "{?a*}", "a=1", "a=2", "a=3")

    def test_a_value_may_hold_anything(self):
        self.check("?a=b%3Dc%20%C3%A9", "{?a}", "a=b=c é")
        self.check("?a=", "{?a}", "a=")

    def test_variables_of_a_file(self):
        variables = {"s": "x", "n": 1.50, "t": True, "none": None, "l": [1, "b", None],
                     "o": {"k": "v", "f": False}}  # fmt: skip
        path = self.write("vars.json", variables)
        template = "{s}/{n}/{t}/{none}/{l}{?o*}"
        self.check("x/1.5/true//1,b?k=v&f=false", template, "--vars", path)
        self.check("x/1.5/true//1,b?k=v&f=false", template, "--vars", "-",
                   stdin=json.dumps(variables))

    def test_the_command_line_takes_the_place_of_the_file(self):
        path = self.write("vars.json", {"a": ["x", "y"], "b": "z"})
        self.check("1,z", "{a,b}", "a=1", "--vars", path)

    def test_dotted_and_encoded_names(self):
        self.check("?a.b=1&%C3%A9=2", "{?a.b,%C3%A9}", "a.b=1", "%C3%A9=2")

    def test_an_unknown_variable_is_noted_and_has_no_effect(self):
        result = run("expand", "{a}", "a=1", "b=2")
        self.assertEqual((result.code, result.out), (0, "1\n"))
        self.assertEqual(result.err, "shoji-cli: note: the template has no variable 'b'\n")
        self.assertDone(run("-q", "expand", "{a}", "a=1", "b=2"))

    def test_malformed_templates_are_refused_with_a_place(self):
        for template, column in (("a{b", 2), ("a}b", 2), ("{}", 1), ("{?a,,b}", 5), ("{=a}", 2)):
            with self.subTest(template):
                result = run("expand", template)
                self.assertFails(result, 2, f'"{template}" is malformed at column {column}')

    def test_what_is_no_variable_is_refused(self):
        for argument in ("a", "=1", "a b=1", "a..b=1", ".a=1", "é=1", "%4=1", "a.=1"):
            with self.subTest(argument):
                self.assertFails(run("expand", "{a}", argument), 2, "is not VAR=VALUE")

    def test_a_value_that_is_not_utf8_is_refused(self):
        self.assertFails(run("expand", "{a}", b"a=\xff"), 2, "not UTF-8", "a=\\xff")

    def test_a_prefix_of_a_list_is_refused(self):
        self.assertFails(run("expand", "{a:3}", "a=1", "a=2"), 2, "a")

    def test_files_of_variables_that_do_not_do(self):
        for content, code, fragment in (
            ("[1]", 3, "must be a JSON object"),
            ('{"a": [[1]]}', 3, "'a' holds an array or object inside of one"),
            ('{"a": 1,}', 3, "vars.json:1:8: "),
            ('{"a": "\\u0000"}', 3, "'a' holds a NUL"),
        ):
            with self.subTest(content):
                path = self.write("vars.json", content)
                self.assertFails(run("expand", "{a}", "--vars", path), code, fragment)
        self.assertFails(run("expand", "{a}", "--vars", "/nonexistent"), 1,
                         "cannot read /nonexistent", "No such file")


class Match(TestCase):
    def check(self, expected, template, iri):
        result = run("match", template, iri)
        self.assertDone(result)
        self.assertEqual(result.json(), expected)
        self.assertEqual(result.out.count("\n"), 1)

    def test_strings_lists_and_maps(self):
        self.check({"sold_count": "387"}, "sellers{?sold_count}", "sellers?sold_count=387")
        self.check({"a": ["1", "2"]}, "{?a*}", "?a=1&a=2")
        self.check({"name": "Jürgen"}, "by_name/{name}/", "by_name/J%C3%BCrgen/")
        self.check({}, "plain", "plain")
        self.check({}, "sellers{?sold_count}", "sellers")

    def test_no_match_is_seven(self):
        self.assertFails(run("match", "sellers{?sold_count}", "buyers?sold_count=1"), 7)

    def test_a_malformed_template_is_a_usage_error(self):
        self.assertFails(run("match", "{a", "x"), 2, '"{a" is malformed')


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
