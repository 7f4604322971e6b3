"""expand and match, in detail; all vectors of templates run in test_vectors."""

import json

from support.cli import TestCase, run, run_in_terminal

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

    def test_numbers_of_a_file_keep_their_text(self):
        self.check("?n=1.50&m=1e400&k=-0", "{?n,m,k}", "--vars", "-",
                   stdin='{"n": 1.50, "m": 1e400, "k": -0}')

    def test_what_is_undefined_and_what_is_empty(self):
        variables = '{"e": "", "u": null, "l": [], "m": {}, "d": [null], "a": "x"}'
        for template, expected in (
            ("{?e,u,a}", "?e=&a=x"), ("{;e,u,a}", ";e;a=x"), ("{u,l,m,d}", ""),
            ("{?l*,m*}", ""), ("{/u,a,l}", "/x"), ("{.u}{#m}", ""), ("{&e*}", "&e="),
        ):  # fmt: skip
            with self.subTest(template):
                self.check(expected, template, "--vars", "-", stdin=variables)

    def test_a_file_may_serve_many_templates(self):
        shared = {f"v{number}": "x" for number in range(2000)}
        shared |= {"nested": [[1]], "nul": "\0", "a\0b": "?", "not a name": 1, "a": "1"}
        path = self.write("shared.json", shared)
        self.check("1", "{a}", "--vars", path)
        self.check("x/1", "{v1999}/{a}", "--vars", path)

    def test_the_last_of_members_of_one_name_counts(self):
        self.check("2", "{a}", "--vars", "-", stdin='{"a": 1, "a": 2}')

    def test_a_place_is_counted_in_characters(self):
        self.assertFails(run("expand", "é€😀{b"), 2, "at column 4: ")

    def test_a_template_may_look_like_an_option(self):
        self.check("-1", "--", "-{a}", "a=1")
        self.check("", "")

    def test_a_prefix_takes_no_list_or_map_from_a_file(self):
        for value in ([1, 2], {"k": "v"}):
            path = self.write("vars.json", {"a": value})
            self.assertFails(run("expand", "{a:3}", "--vars", path), 2, '"a"')

    def test_what_is_too_long_is_nine(self):
        path = self.write("vars.json", {"a": "x" * 70000})
        self.assertFails(run("expand", "{a}", "--vars", path), 9)
        self.assertFails(run("expand", "x" * 70000), 9)

    def test_a_malformed_template_reads_no_variables(self):
        self.assertFails(run("expand", "{", "--vars", "/nonexistent"), 2, "malformed")


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

    def test_what_an_operator_allows(self):
        for template, iri, expected in (
            ("{+path}/here", "/foo/bar/here", {"path": "/foo/bar"}),
            ("{/a*}", "/x/y", {"a": ["x", "y"]}),
            ("{?m*}", "?k=v&l=w", {"m": {"k": "v", "l": "w"}}),
            ("{;a,b}", ";a=1;b", {"a": "1", "b": ""}),
            ("{&a,b}", "&b=1&a=2", {"b": "1", "a": "2"}),
            ("{a}{b}", "xy", {"a": "xy"}),
            ("X{.l*}", "X.a.b", {"l": ["a", "b"]}),
            ("{#f}", "#a,b", {"f": "a,b"}),
        ):  # fmt: skip
            with self.subTest(template):
                self.check(expected, template, iri)

    def test_text_that_is_not_ascii(self):
        self.check({"a": "日😀"}, "{a}", "%E6%97%A5%f0%9f%98%80")
        self.check({"a": "日"}, "/é/{a}", "/é/%E6%97%A5")
        self.check({"a": "日"}, "/é/{a}", "/%c3%a9/日")

    def test_no_names_twice_in_an_object(self):
        self.assertFails(run("match", "{?a*}", "?x=1&x=2"), 7)

    def test_what_no_string_can_hold_does_not_match(self):
        self.assertFails(run("match", "{a}", "%00"), 7)
        self.assertFails(run("match", "{a}", b"\xff"), 7)

    def test_what_is_too_long_is_nine(self):
        self.assertFails(run("match", "{a}", "x" * 70000), 9)

    def test_is_harmless_on_a_terminal(self):
        result = run_in_terminal("match", "{a}", "%1B%5B2J%C2%9B")
        self.assertEqual(result.code, 0)
        self.assertNotIn("\x1b[2J", result.out)
        self.assertNotIn("\x9b", result.out)


class ThereAndBack(TestCase):
    VALUES = {"s": "a/b ?#日%", "l": ["x,y", "z"], "m": {"k=": "v&", "é": "w"}}

    def test_expand_takes_what_match_gives(self):
        for template in (
            "{s}", "{+s}", "{/s}", "{.s}", "{;s}", "{?s}", "x{&s}", "{#s}", "{s,l}",
            "{/l*}", "{?l*}", "{;l*}", "{?m*}", "{;m*}", "{/m*}", "{?s,l*,m*}", "{?u,s}",
            "users/{s}/{?l*}", "{?l*}{&s}{#u}",
        ):  # fmt: skip
            with self.subTest(template):
                values = json.dumps(self.VALUES)
                iri = run("expand", template, "--vars", "-", stdin=values)
                self.assertDone(iri)
                matched = run("match", template, iri.out.removesuffix("\n"))
                self.assertDone(matched)
                again = run("expand", template, "--vars", "-", stdin=matched.out)
                self.assertDone(again)
                self.assertEqual(again.out, iri.out)
