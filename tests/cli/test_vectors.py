"""The vectors of spec/, by the program as another implementation's suite would use it."""

import base64
import json
import pathlib
import re

from support.cli import TestCase, run

VECTORS = pathlib.Path(__file__).parents[2] / "spec/vectors"
OPTIONS = {"depth": "--max-depth", "size": "--max-size", "members": "--max-members",
           "string": "--max-string"}  # fmt: skip
LIMIT_CODES = {"json.too-deep", "json.too-large", "json.too-many-members",
               "json.string-too-long"}  # fmt: skip


def cases_of(path):
    cases = json.loads(path.read_text(encoding="utf-8"))
    return cases if isinstance(cases, list) else [cases]


def cases_in(folder):
    for path in sorted((VECTORS / folder).glob("*.json")):
        for number, case in enumerate(cases_of(path)):
            yield f"{path.name} {number}", case


def arguments_of(options):
    """The command line for the `options` of a document."""
    arguments = ["--strict"] if options.get("strict") else []
    expected = options.get("as", "any")
    if expected != "any":
        arguments += ["--as", expected]
    for name, limit in options.get("limits", {}).items():
        arguments += [OPTIONS[name], str(limit)]
    return arguments


def text_of(case):
    return base64.b64decode(case["base64"]) if "base64" in case else case["text"].encode()


def column_of(text, offset):
    return len(text.encode()[:offset].decode()) + 1


def can_be_an_argument(*texts):
    return not any("\0" in text for text in texts)


class Vectors(TestCase):
    def each(self, file, check):
        """Checks each case of the file, and of those of its kind, that a command line can
        hold."""
        cases = cases_of(VECTORS / file)
        for path in sorted(VECTORS.glob(file.replace(".json", ".*.json"))):
            cases += cases_of(path)
        self.assertTrue(cases)
        for number, case in enumerate(cases):
            if can_be_an_argument(*(text for text in case.values() if isinstance(text, str))):
                with self.subTest(f"{file} {number}: {case['about']}"):
                    check(case)


class Documents(TestCase):
    def reports(self, folder):
        """Each case, with the lines that `validate` prints of its file: those that are read
        in one way are validated by one run."""
        groups = {}
        for name, case in cases_in(folder):
            options = tuple(arguments_of(case.get("options", {})))
            path = self.write(f"{len(groups)} {name}", text_of(case))
            groups.setdefault(options, {})[path] = (name, case)
        self.assertTrue(groups)
        for options, cases in groups.items():
            result = run("validate", "--json", *options, *cases)
            self.assertEqual(result.err, "")
            lines = {path: [] for path in cases}
            for line in result.lines():
                lines[line["file"]].append(line)
            for path, (name, case) in cases.items():
                yield name, case, lines[path]

    def test_valid_ones_are_what_they_are(self):
        for name, case, lines in self.reports("documents/valid"):
            with self.subTest(name):
                self.assertEqual([line["valid"] for line in lines], [True])
                if "element" in case["expect"]:
                    self.assertEqual(lines[0]["element"], case["expect"]["element"])

    def test_valid_ones_are_emitted_so(self):
        for name, case in cases_in("documents/valid"):
            if "emit" in case["expect"]:
                with self.subTest(name):
                    options = arguments_of(case.get("options", {}))
                    result = run("fmt", "--compact", *options, "-", stdin=text_of(case))
                    self.assertDone(result)
                    self.assertEqual(result.bytes, case["expect"]["emit"].encode() + b"\n")

    def test_invalid_ones_are_refused_with_code_and_place(self):
        for name, case, faults in self.reports("documents/invalid"):
            with self.subTest(name):
                expect = case["expect"]
                self.assertTrue(faults)
                self.assertFalse(any(fault["valid"] for fault in faults))
                for member in ("code", "line", "column", "offset", "pointer"):
                    if member in expect:
                        self.assertEqual(faults[0][member], expect[member], faults)
                if "faults" in expect:
                    found = [{"code": fault["code"], "pointer": fault["pointer"]}
                             for fault in faults]  # fmt: skip
                    self.assertEqual(found, expect["faults"])

    def test_invalid_ones_are_not_emitted(self):
        for name, case in cases_in("documents/invalid"):
            with self.subTest(name):
                options = arguments_of(case.get("options", {}))
                result = run("fmt", *options, "-", stdin=text_of(case))
                expect = case["expect"]
                place = f"-:{expect['line']}:{expect['column']}: " if "line" in expect else "-:"
                self.assertFails(result, 9 if expect["code"] in LIMIT_CODES else 3, place)


class Iris(Vectors):
    def resolve(self, base, reference, *options):
        """The IRI, or None where it is refused."""
        result = run("resolve", *options, "--", base, reference)
        if "without libidn2" in result.err:
            self.skipTest("the library was built without libidn2")
        if result.code == 2:
            self.assertFails(result, 2)
            return None
        self.assertDone(result)
        return result.out.removesuffix("\n")

    def test_resolution(self):
        def check(case):
            rule = ["--base-rule", case["rule"]] if "rule" in case else []
            found = self.resolve(case["base"] or "", case["reference"], *rule)
            self.assertEqual(found, case["expect"].get("iri"))

        self.each("iris/resolution.json", check)

    def test_syntax(self):
        def check(case):
            reference = case["reference"]
            result = run("resolve", "--", "http://example.org/", reference)
            if case["expect"]["valid"]:
                self.assertDone(result)
            else:
                column = column_of(reference, case["expect"]["offset"])
                self.assertFails(result, 2, f"column {column}: ")

        self.each("iris/syntax.json", check)

    def test_normalization(self):
        def check(case):
            normal = self.resolve("", case["iri"], "--as", "normal")
            self.assertEqual(normal, case["expect"]["normal"])
            self.assertEqual(self.resolve("", normal, "--as", "normal"), normal)

        self.each("iris/normalization.json", check)

    def test_equality_is_that_of_normal_forms(self):
        def check(case):
            one = self.resolve("", case["one"], "--as", "normal")
            other = self.resolve("", case["other"], "--as", "normal")
            self.assertEqual(one is not None and one == other, case["expect"]["same"])

        self.each("iris/equality.json", check)

    def check_form(self, form, given, expected):
        """A reference is told from its resolution against a base of ASCII alone."""
        base = "" if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", given) else "http://example.org/"
        prefix = base
        if given.startswith("//"):
            prefix = base.partition("/")[0]
        elif given.startswith("/"):
            prefix = base.removesuffix("/")
        found = self.resolve(base, given, "--as", form)
        self.assertEqual(found, None if expected is None else prefix + expected)

    def test_to_uri(self):
        def check(case):
            self.check_form("uri", case["iri"], case["expect"].get("uri"))

        self.each("iris/to-uri.json", check)

    def test_from_uri(self):
        def check(case):
            self.check_form("iri", case["uri"], case["expect"]["iri"])

        self.each("iris/from-uri.json", check)


def texts_of_variables(path):
    """Each `variables` of the file as it is written: numbers keep their spelling."""
    text = path.read_text(encoding="utf-8")
    decoder = json.JSONDecoder()
    for member in re.finditer(r'"variables":\s*', text):
        yield text[member.end() : decoder.raw_decode(text, member.end())[1]]


def can_be_written_out(variables):
    """VAR=VALUE is a string, and a list of two or more strings."""
    return all(
        isinstance(value, str)
        or (isinstance(value, list) and len(value) > 1
            and all(isinstance(item, str) for item in value))
        for value in variables.values()
    )  # fmt: skip


class Templates(Vectors):
    FILE = "templates/expansion.json"

    def check_expansion(self, case, *arguments, stdin=b""):
        result = run("expand", *arguments, stdin=stdin)
        if "expansion" in case["expect"]:
            self.assertDone(result)
            self.assertEqual(result.out, case["expect"]["expansion"] + "\n")
        else:
            self.assertFails(result, 2)

    def test_expansion(self):
        texts = texts_of_variables(VECTORS / self.FILE)
        for case, text in zip(cases_of(VECTORS / self.FILE), texts, strict=True):
            with self.subTest(case["about"], template=case["template"]):
                if can_be_an_argument(case["template"]):
                    self.check_expansion(case, "--vars", "-", "--", case["template"], stdin=text)

    def test_strings_and_lists_can_be_written_on_the_command_line(self):
        def check(case):
            variables = case["variables"]
            arguments = []
            for name, value in variables.items():
                items = value if isinstance(value, list) else [value]
                arguments += [f"{name}={item}" for item in items]
            if can_be_written_out(variables) and can_be_an_argument(*arguments):
                self.check_expansion(case, "-q", "--", case["template"], *arguments)

        self.each(self.FILE, check)

    def test_malformed(self):
        def check(case):
            template = case["template"]
            column = column_of(template, case["expect"]["offset"])
            self.assertFails(run("expand", "--", template), 2, f"column {column}: ")
            self.assertFails(run("match", "--", template, "x"), 2, f"column {column}: ")

        self.each("templates/malformed.json", check)

    def test_match_and_back(self):
        def check(case):
            template = case["template"]
            result = run("match", "--", template, case["iri"])
            if "values" not in case["expect"]:
                self.assertFails(result, 7)
                return
            self.assertDone(result)
            self.assertEqual(result.json(), case["expect"]["values"])
            back = run("expand", "--vars", "-", "--", template, stdin=result.out)
            self.assertDone(back)
            again = run("match", "--", template, back.out.removesuffix("\n"))
            self.assertDone(again)
            self.assertEqual(again.json(), result.json())

        self.each("templates/match.json", check)
