"""The exchanges of spec/vectors/: each file against a shojid of its own; and what judges
them, which must find what is wrong."""

import http.client
import json
import pathlib
import tempfile
import unittest

from support import exchanges
from support.daemon import Daemon

FOLDER = pathlib.Path(__file__).parents[2] / "spec" / "vectors" / "exchanges"


def write_tree(root, files):
    for name, text in files.items():
        path = pathlib.Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def daemon_for(server, folder):
    """A shojid that is configured as a case says."""
    arguments = []
    if "page_limit" in server:
        arguments += ["--page-size", str(server["page_limit"])]
    if "links" in server:
        arguments += ["--links", server["links"]]
    if server.get("require_precondition"):
        arguments.append("--require-precondition")
    if "base" in server:
        arguments += ["--base-iri", server["base"]]
    if "directory" not in server:
        return Daemon(*arguments, no_auth=server.get("writes", True))
    write_tree(folder, server["directory"])
    return Daemon(*arguments, store=f"dir:{folder}", no_auth=False)


class Exchanges(unittest.TestCase):
    def run_case(self, case):
        server = case.get("server", {})
        unknown = server.keys() - {
            "page_limit", "links", "base", "writes", "directory", "require_precondition",
        }  # fmt: skip
        self.assertFalse(unknown, "the runner does not know these settings")
        with tempfile.TemporaryDirectory() as folder, daemon_for(server, folder) as daemon:
            return exchanges.run(daemon.address, case, server.get("base"))

    def test_exchanges_come_out_as_the_vectors_say(self):
        paths = sorted(FOLDER.glob("*.json"))
        self.assertGreater(len(paths), 50)
        for path in paths:
            with self.subTest(path.name):
                case = json.loads(path.read_text(encoding="utf-8"))
                self.assertEqual(self.run_case(case), [])


class Judge(unittest.TestCase):
    """The judge on responses that no server has sent."""

    def faults(self, expected, status=200, body=b"", **fields):
        headers = http.client.HTTPMessage()
        for name, value in fields.items():
            headers[name.replace("_", "-")] = value
        response = exchanges.Response(status, headers, body)
        return len(exchanges.judge(response, {"status": 200, **expected}))

    def test_compares_the_status(self):
        self.assertEqual(self.faults({}, status=404), 1)
        self.assertEqual(self.faults({"status": [200, 404]}, status=404), 0)

    def test_compares_header_fields(self):
        cases = {
            ("ETag", '"a"'): 0,
            ("ETag", '"b"'): 1,
            ("ETag", None): 1,
            ("Other", None): 0,
            ("Other", "x"): 1,
        }
        for (name, wanted), count in cases.items():
            self.assertEqual(self.faults({"headers": {name: wanted}}, ETag='"a"'), count)

    def test_applies_the_rules_of_header_fields(self):
        rules = (
            ("present", True, False),
            ("not", "b, A", "a, B"),
            ("begins", "a,", "B"),
            ("type", "a, b", "a"),
            ("members", ["A", "b"], ["a"]),
            ("includes", ["a"], ["c"]),
        )
        for rule, good, bad in rules:
            with self.subTest(rule):
                self.assertEqual(self.faults({"headers": {"X": {rule: good}}}, X="a, B"), 0)
                self.assertEqual(self.faults({"headers": {"X": {rule: bad}}}, X="a, B"), 1)

    def test_compares_values_by_pointer(self):
        body = b'{"a/b": [1, true, {"c": null}], "d": 1.0}'
        good = {"/a~1b/0": 1, "/a~1b/1": True, "/a~1b/2/c": None, "/d": 1}
        self.assertEqual(self.faults({"body": good}, body=body), 0)
        bad = {"/a~1b/0": True, "/a~1b/1": 1, "/a~1b/2": {}, "/d": "1", "/e": None, "/a~1b/3": 1}
        self.assertEqual(self.faults({"body": bad}, body=body), len(bad))
        self.assertEqual(self.faults({"present": ["/d", "/e"]}, body=body), 1)
        self.assertEqual(self.faults({"absent": ["/d", "/e"]}, body=body), 1)
        self.assertEqual(self.faults({"order": {"": ["a/b", "d"]}}, body=body), 0)
        self.assertEqual(self.faults({"order": {"": ["d", "a/b"]}}, body=body), 1)

    def test_compares_texts(self):
        for expected, count in (
            ({"text": "abc"}, 0),
            ({"text": "ab"}, 1),
            ({"includes": ["b", "x"]}, 1),
            ({"excludes": ["b", "x"]}, 1),
        ):
            self.assertEqual(self.faults(expected, body=b"abc"), count)

    def test_refuses_an_expectation_that_it_does_not_know(self):
        self.assertEqual(self.faults({"bodies": {}}), 1)

    def test_fills_in_what_is_known_alone(self):
        known = {"base": "http://h", "tag": '"1"'}
        text = {"<base>/": ["{?tag}<tag>", "<other>", 1]}
        self.assertEqual(
            exchanges.fill_in(text, known), {"http://h/": ['{?tag}"1"', "<other>", 1]}
        )


if __name__ == "__main__":
    unittest.main()
