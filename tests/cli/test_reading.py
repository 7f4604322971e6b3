"""get, follow, ls and tree, against a server that says what a test has written."""

import json
import socket
import threading
import time

from support.cli import Answer, TestCase, interrupt_when, run, run_in_terminal

NASTY = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202eevil\r\nforged"

USERS = {
    "element": "shoji:catalog",
    "self": "/users",
    "catalogs": {
        "bills": "bills",
        "sellers": "sellers",
        "sellers by sold count": "sellers{?sold_count}",
    },
    "entities": ["1", "2", "88374", "9843"],
    "views": {"Sold Counts": "sold_counts"},
}
SOLD_COUNTS = "[387, 18843, 3478, 999, 1, 18]"
COUNTRIES = {
    "element": "shoji:catalog",
    "self": "/countries/",
    "size": 2,
    "catalogs": {"by alpha_2": "{?alpha_2}"},
    "index": {
        "JP/": {"name": "Japan", "alpha_2": "JP", "area": 377975},
        "CI/": {"name": "Côte d'Ivoire", "alpha_2": "CI", "area": 322463.5},
    },
}


def unused_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Get(TestCase):
    def test_a_pipe_gets_exact_bytes(self):
        body = b'{"a" :  1e400,\r\n "b":"\\u00e9\xc3\xa9"}  '
        server = self.serve({"/": Answer(body)})
        result = run("get", server.base + "/")
        self.assertDone(result)
        self.assertEqual(result.bytes, body)

    def test_any_bytes_at_all(self):
        body = bytes(range(256))
        server = self.serve({"/": Answer(body, content_type="application/octet-stream")})
        self.assertEqual(run("get", server.base + "/").bytes, body)

    def test_a_terminal_gets_layout_and_colour(self):
        server = self.serve({"/": Answer('{"a":[1,"x"]}')})
        result = run_in_terminal("get", server.base + "/", "--color=never")
        self.assertEqual(result.out, '{\n  "a": [\n    1,\n    "x"\n  ]\n}\n')
        self.assertIn('\x1b[1;34m"a"\x1b[0m', run_in_terminal("get", server.base + "/").out)

    def test_a_terminal_gets_no_commands_of_the_server(self):
        for body in (json.dumps({NASTY: NASTY}, ensure_ascii=False), NASTY):
            server = self.serve({"/": Answer(body, headers={"X-Nasty": "\x1b[2J"})})
            for options in ([], ["-i"], ["--color=never"]):
                out = run_in_terminal("get", *options, server.base + "/").out
                for piece in ("\x1b]", "\x1b[2J", "\x07", "\u009b", "\u202e", "\r"):
                    self.assertNotIn(piece, out)

    def test_include_shows_status_and_headers(self):
        server = self.serve({"/": Answer("[1]", headers={"ETag": '"1f"'})})
        result = run("get", "-i", server.base + "/")
        self.assertDone(result)
        head, body = result.out.split("\n\n", 1)
        self.assertEqual(head.splitlines()[0], "HTTP 200 OK")
        self.assertIn('ETag: "1f"', head)
        self.assertEqual(body, "[1]")

    def test_headers_are_sent_and_take_the_place_of_others(self):
        server = self.serve({"/": "[]"})
        self.assertDone(run("get", "-H", "Accept: text/html", "-H", "X-One: 1",
                            server.base + "/"))
        request = server.requests[0]
        self.assertEqual(request.headers.get_all("Accept"), ["text/html"])
        self.assertEqual(request.headers["X-One"], "1")
        self.assertIn("shoji-cli/", request.headers["User-Agent"])

    def test_a_header_that_is_none_is_refused(self):
        for header in ("no colon", "A: b\r\nC: d", ": x", "A b: c"):
            with self.subTest(header):
                self.assertFails(run("get", "-H", header, "http://127.0.0.1:1/"), 2)

    def test_http_errors_have_their_codes_and_say_why(self):
        problem = {"title": "Nope", "status": 403, "detail": "you may not read this"}
        server = self.serve({
            "/403": Answer(problem, 403, content_type="application/problem+json"),
            "/404": Answer("", 404),
            "/500": Answer("oops", 500),
            "/503": Answer("", 503),
            "/412": Answer("", 412),
            "/428": Answer("", 428),
        })  # fmt: skip
        for status, code in ((403, 4), (404, 4), (500, 5), (503, 5), (412, 8), (428, 4)):
            with self.subTest(status):
                result = run("get", f"{server.base}/{status}", "--timeout", "20")
                self.assertFails(result, code, f"{server.base}/{status}", str(status))
        self.assertIn("you may not read this", run("get", server.base + "/403").err)

    def test_include_shows_the_answer_of_an_error_too(self):
        server = self.serve({"/": Answer("why not", 404, content_type="text/plain")})
        result = run("get", "-i", server.base + "/")
        self.assertEqual(result.code, 4)
        self.assertTrue(result.out.startswith("HTTP 404 Not Found\n"))
        self.assertTrue(result.out.endswith("\n\nwhy not"))

    def test_text_of_a_problem_cannot_forge_a_line(self):
        server = self.serve({"/": Answer({"detail": NASTY}, 400)})
        result = run("get", server.base + "/")
        self.assertFails(result, 4)
        self.assertEqual(len(result.err.splitlines()), 1)
        self.assertNotIn("\x1b", result.err)

    def test_what_cannot_be_reached_is_six(self):
        iri = f"http://127.0.0.1:{unused_port()}/"
        self.assertFails(run("get", iri), 6, iri)

    def test_a_time_out_is_six(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def wait(_request):
            release.wait(20)
            return "[]"

        server = self.serve({"/": wait})
        began = time.monotonic()
        result = run("get", "--timeout", "0.3", server.base + "/")
        release.set()
        self.assertFails(result, 6, "in time")
        self.assertLess(time.monotonic() - began, 10)

    def test_interrupted_is_130(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def wait(_request):
            release.wait(20)
            return "[]"

        server = self.serve({"/": wait})
        result = interrupt_when(lambda: server.requests, "get", server.base + "/")
        release.set()
        self.assertFails(result, 130, "interrupted")

    def test_iris_that_cannot_be_fetched_are_usage_errors(self):
        for iri, fragment in (
            ("users", "not an absolute IRI"),
            ("127.0.0.1:8642/", "not an absolute IRI"),
            ("ftp://example.org/", "only http and https"),
            ("file:///etc/passwd", "only http and https"),
            ("http://exa mple/", "is not an IRI"),
            ("http:///users/", "names no host"),
            ("http:users/", "names no host"),
            ("", "not an absolute IRI"),
        ):
            with self.subTest(iri):
                self.assertFails(run("get", iri), 2, fragment)

    def test_redirects_are_followed(self):
        server = self.serve({"/old": Answer("", 301, {"Location": "/new"}), "/new": "[1]"})
        self.assertEqual(run("get", server.base + "/old").out, "[1]")

    def test_a_server_that_leads_to_another_scheme_is_no_fault_of_the_command_line(self):
        server = self.serve({
            "/": {"element": "shoji:catalog", "entities": [],
                  "catalogs": {"file": "file:///etc/passwd", "next": "ftp://127.0.0.1/"}},
            "/old": Answer("", 302, {"Location": "file:///etc/passwd"}),
        })  # fmt: skip
        for arguments in (["get", "/old"], ["follow", "/", "file"], ["follow", "/", "none"]):
            with self.subTest(arguments):
                command, path, *names = arguments
                self.assertFails(run(command, server.base + path, *names), 1,
                                 "only http and https can")
        result = run("ls", "--all", server.base + "/")
        self.assertEqual(result.code, 1, result)
        self.assertIn("only http and https can", result.err)

    def test_a_server_does_not_say_who_asks(self):
        server = self.serve({})
        link = server.base.replace("//", "//user:secret@") + "/sub/"
        server.answers["/"] = {"element": "shoji:catalog", "entities": [],
                               "catalogs": {"sub": link, "next": link}}  # fmt: skip
        for arguments in (["ls", "--all"], ["tree"]):
            with self.subTest(arguments):
                result = run(*arguments, server.base + "/")
                self.assertEqual(result.code, 3, result)
                self.assertIn("not the server's to say who asks", result.err)
        self.assertEqual({request.target for request in server.requests}, {"/"})


class Credentials(TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve({"/": "[]"})

    def authorization(self, *options, env=None):
        self.assertDone(run("get", *options, self.server.base + "/", env=env))
        return self.server.requests[-1].headers["Authorization"]

    def test_there_are_none_unless_given(self):
        self.assertIsNone(self.authorization())
        self.assertIsNone(self.authorization(env={"SHOJI_TOKEN": ""}))

    def test_a_token_of_the_environment_a_file_and_the_command_line(self):
        path = self.write("token", "from-file\n")
        env = {"SHOJI_TOKEN": "from-environment"}
        self.assertEqual(self.authorization(env=env), "Bearer from-environment")
        self.assertEqual(self.authorization("--token-file", path, env=env),
                         "Bearer from-file")
        self.assertEqual(self.authorization("--token-file", path, "--token", "given",
                                            env=env), "Bearer given")

    def test_files_without_a_token(self):
        iri = self.server.base + "/"
        self.assertFails(run("get", "--token-file", "/nonexistent", iri), 1, "/nonexistent")
        self.assertFails(run("get", "--token-file", self.write("token", " \n"), iri), 1,
                         "holds no token")
        self.assertFails(run("get", "--token-file", self.write("token", "x" * 20000), iri),
                         1, "too large")

    def test_a_token_that_a_header_cannot_hold_is_refused_and_not_shown(self):
        for token in ("two words", "secret\x01", "sécret"):
            result = run("get", "--token", token, self.server.base + "/")
            self.assertFails(result, 2)
            self.assertNotIn(token, result.err)

    def test_credentials_stay_at_their_origin(self):
        other = self.serve({"/": "[]"})
        self.server.answers["/"] = Answer("", 302, {"Location": other.base + "/"})
        self.assertDone(run("get", "--token", "secret", "-H", "X-Key: secret",
                            self.server.base + "/"))
        self.assertEqual(self.server.requests[-1].headers["X-Key"], "secret")
        self.assertIsNone(other.requests[0].headers["Authorization"])
        self.assertIsNone(other.requests[0].headers["X-Key"])

    def test_netrc(self):
        (self.folder / ".netrc").write_text("machine 127.0.0.1 login joe password pw\n")
        env = {"HOME": str(self.folder)}
        self.assertIsNone(self.authorization(env=env))
        self.assertEqual(self.authorization("--netrc", env=env), "Basic am9lOnB3")


class Follow(TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve({
            "/": {"element": "shoji:catalog", "self": "/", "entities": [],
                  "catalogs": {"users": "users", "countries": "countries/", "a=b": "equals"}},
            "/users": USERS,
            "/users/1": {"element": "shoji:entity", "self": "/users/1", "body": {}},
            "/users/sold_counts": SOLD_COUNTS,
            "/users/sellers?sold_count=387": "[387]",
            "/countries/": COUNTRIES,
            "/countries/?alpha_2=JP": {**COUNTRIES, "index": {"JP/": {"name": "Japan"}}},
            "/countries/JP/": {"element": "shoji:entity", "body": {"name": "Japan"}},
            "/equals": "[]",
        })  # fmt: skip
        self.root = self.server.base + "/"

    def follow(self, *arguments):
        return run("follow", self.root, *arguments)

    def test_names_and_variables(self):
        result = self.follow("users", "Sold Counts")
        self.assertDone(result)
        self.assertEqual(result.out, SOLD_COUNTS)
        self.assertEqual(self.follow("users", "sellers by sold count", "sold_count=387").out,
                         "[387]")
        self.assertIn("Japan", self.follow("countries", "by alpha_2", "alpha_2=JP").out)
        self.assertEqual(self.follow("countries", "by alpha_2", "alpha_2=JP", "JP").json(),
                         {"element": "shoji:entity", "body": {"name": "Japan"}})

    def test_entities_by_reference_segment_and_attribute(self):
        for name in ("JP/", "JP", "Japan"):
            self.assertIn("Japan", self.follow("countries", name).out)
        self.assertDone(self.follow("countries", "377975", "--by", "area"))
        self.assertFails(self.follow("countries", "377975"), 7)

    def test_a_map_can_be_named(self):
        self.assertDone(self.follow("catalogs:users", "views:Sold Counts"))
        self.assertFails(self.follow("views:users"), 7)

    def test_a_name_with_an_equals_sign_is_written_with_its_map(self):
        self.assertFails(self.follow("a=b"), 2, "'a=b' follows no name", "catalogs:a=b")
        self.assertEqual(self.follow("catalogs:a=b").out, "[]")

    def test_a_name_that_is_not_there_is_seven_and_lists_those_there(self):
        self.assertFails(self.follow("user"), 7, "user", "users")

    def test_an_ambiguous_name_is_seven(self):
        self.server.answers["/"] = {"element": "shoji:catalog", "entities": [],
                                    "catalogs": {"x": "a"}, "views": {"x": "b"}}  # fmt: skip
        self.assertFails(self.follow("x"), 7, "catalogs", "views")

    def test_a_variable_that_the_template_has_not_is_refused(self):
        self.assertFails(self.follow("countries", "by alpha_2", "alpha2=JP"), 2, "alpha2",
                         "it has alpha_2")
        self.assertFails(self.follow("countries", "x=1"), 2, "no template")

    def test_a_list_of_values(self):
        self.server.answers["/"] = {"element": "shoji:catalog", "entities": [],
                                    "catalogs": {"by x": "q{?x*}"}}  # fmt: skip
        self.server.answers["/q?x=1&x=2"] = "[12]"
        self.assertEqual(self.follow("by x", "x=1", "x=2").out, "[12]")

    def test_base_rules(self):
        self.assertFails(run("follow", self.server.base + "/users", "Sold Counts",
                             "--base-rule", "rfc3986"), 4, "/sold_counts")
        self.assertDone(run("follow", self.server.base + "/users", "Sold Counts"))

    def test_a_document_that_is_none_is_three(self):
        self.server.answers["/users"] = Answer('{"element": "shoji:catalog",}')
        self.assertFails(self.follow("users", "x"), 3)
        self.server.answers["/users"] = {"element": "shoji:catalog", "catalogs": {"x": "{y"}}
        self.assertFails(self.follow("users", "x"), 3)

    def test_strict_refuses_arrays_of_draft_01(self):
        self.server.answers["/users"] = {"element": "shoji:catalog", "entities": [],
                                         "catalogs": ["/equals"]}  # fmt: skip
        self.assertDone(self.follow("users", "/equals"))
        self.assertFails(self.follow("--strict", "users", "/equals"), 3)

    def test_a_self_of_another_origin_counts_only_if_it_is_trusted(self):
        other = self.serve({"/x": "[2]"})
        self.server.answers["/"] = {"element": "shoji:catalog", "self": other.base + "/",
                                    "entities": [], "catalogs": {"x": "x"}}  # fmt: skip
        self.server.answers["/x"] = "[1]"
        self.assertEqual(self.follow("x").out, "[1]")
        self.assertEqual(self.follow("x", "--trust-self").out, "[2]")

    def test_at_least_one_name(self):
        self.assertFails(self.follow(), 2, "too few arguments")


class Ls(TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve({"/users": USERS, "/countries/": COUNTRIES})
        self.users = self.server.base + "/users"
        self.countries = self.server.base + "/countries/"

    def test_fields_for_programs(self):
        result = run("ls", self.users)
        self.assertDone(result)
        self.assertEqual(result.out.splitlines(), [
            "catalogs\tbills\tbills\t",
            "catalogs\tsellers\tsellers\t",
            "catalogs\tsellers by sold count\tsellers{?sold_count}\tsold_count",
            "views\tSold Counts\tsold_counts\t",
            "entities\t1\t1\t",
            "entities\t2\t2\t",
            "entities\t88374\t88374\t",
            "entities\t9843\t9843\t",
        ])  # fmt: skip
        lines = run("ls", self.countries).out.splitlines()
        self.assertEqual(lines[1].split("\t")[:3], ["index", "JP", "JP/"])
        self.assertEqual(json.loads(lines[1].split("\t")[3]), COUNTRIES["index"]["JP/"])

    def test_objects_for_programs(self):
        result = run("ls", "--json", self.users)
        self.assertDone(result)
        lines = result.lines()
        self.assertEqual(lines[0], {"map": "catalogs", "name": "bills", "reference": "bills",
                                    "iri": self.users + "/bills"})
        self.assertEqual(lines[2], {"map": "catalogs", "name": "sellers by sold count",
                                    "reference": "sellers{?sold_count}",
                                    "variables": ["sold_count"]})
        self.assertEqual(lines[4], {"map": "entities", "name": "1", "reference": "1",
                                    "iri": self.users + "/1"})
        entity = run("ls", "--json", self.countries).lines()[1]
        self.assertEqual(entity["tuple"], COUNTRIES["index"]["JP/"])
        self.assertEqual(entity["iri"], self.countries + "JP/")

    def test_tables_for_people(self):
        result = run_in_terminal("ls", self.countries, "--color=never")
        self.assertEqual(result.out, (
            "catalogs (1)\n"
            "  by alpha_2  {?alpha_2}  template: alpha_2\n"
            "entities (2)\n"
            "       name           alpha_2      area\n"
            "  JP/  Japan          JP         377975\n"
            "  CI/  Côte d'Ivoire  CI       322463.5\n"
        ))  # fmt: skip

    def test_wide_characters_are_aligned(self):
        self.server.answers["/countries/"] = {
            "element": "shoji:catalog",
            "index": {"a": {"n": "日本", "x": 1}, "b": {"n": "e\u0301ab", "x": 2}},
        }
        lines = run_in_terminal("ls", self.countries, "--color=never").out.splitlines()
        self.assertEqual(lines[2], "  a  日本  1")
        self.assertEqual(lines[3], "  b  e\u0301ab   2")

    def test_tables_fit_the_terminal(self):
        tuples = {f"{i}/": {"name": "n" * 50, "text": "t" * 80, "more": "m" * 30}
                  for i in range(3)}  # fmt: skip
        self.server.answers["/countries/"] = {"element": "shoji:catalog", "index": tuples}
        for columns in (20, 40, 80, 200):
            out = run_in_terminal("ls", self.countries, "--color=never", columns=columns).out
            self.assertLessEqual(max(map(len, out.splitlines())), columns)
            if columns == 80:
                self.assertIn("…", out)

    def test_names_cannot_break_lines_or_command_the_terminal(self):
        self.server.answers["/countries/"] = {
            "element": "shoji:catalog", "catalogs": {NASTY: "x", "a\tb\\c": "y"},
            "index": {"1/": {"name": NASTY, NASTY: "x"}},
        }  # fmt: skip
        piped = run("ls", self.countries).out
        self.assertEqual(len(piped.split("\n")), 4)
        self.assertEqual({line.count("\t") for line in piped.split("\n")[:3]}, {3})
        self.assertIn("catalogs\ta\\tb\\\\c\ty\t\n", piped)
        for options in ([], ["--json"], ["--color=never"]):
            out = run_in_terminal("ls", *options, self.countries, columns=500).out
            for piece in ("\x1b]", "\x1b[2J", "\x07", "\u009b", "\u202e", "\r"):
                self.assertNotIn(piece, out)

    def test_pages(self):
        for page in range(3):
            links = {"next": f"?after={page + 1}"} if page < 2 else {}
            self.server.answers["/pages/" + (f"?after={page}" if page else "")] = {
                "element": "shoji:catalog", "self": f"/pages/?after={page}",
                "catalogs": {"other": "other/", **links}, "entities": [f"{page}/"],
            }  # fmt: skip
        iri = self.server.base + "/pages/"
        first = run("ls", iri)
        self.assertEqual(first.code, 0)
        self.assertIn("--all", first.err)
        self.assertNotIn("\t1/\t", first.out)
        self.assertDone(run("ls", "-q", iri))
        everything = run("ls", "--all", iri)
        self.assertDone(everything)
        names = [line.split("\t")[1] for line in everything.out.splitlines()]
        self.assertEqual(names, ["other", "0", "1", "2"])

    def test_pages_that_go_in_a_circle_end(self):
        self.server.answers["/pages/"] = {"element": "shoji:catalog", "entities": [],
                                          "catalogs": {"next": ""}}  # fmt: skip
        self.assertEqual(run("ls", "--all", self.server.base + "/pages/").code, 9)

    def test_what_is_no_document_is_three(self):
        self.server.answers["/users"] = Answer("<html>")
        self.assertFails(run("ls", self.users), 3, self.users)

    def test_a_value_has_nothing_to_list(self):
        self.server.answers["/users"] = "[1, 2]"
        result = run("ls", self.users)
        self.assertDone(result)
        self.assertEqual(result.out, "")


class Tree(TestCase):
    def setUp(self):
        super().setUp()
        self.other = self.serve({"/": {"element": "shoji:catalog", "entities": []}})
        self.server = self.serve({
            "/": {"element": "shoji:catalog", "self": "/", "entities": [],
                  "catalogs": {"users": "users/", "countries": "countries/",
                               "away": self.other.base + "/", "me": "/./"},
                  "views": {"totals": "totals"}},
            "/users/": {"element": "shoji:catalog", "self": "/users/", "size": 18843,
                        "entities": ["1/"], "catalogs": {"next": "?after=1", "deep": "deep/"}},
            "/users/deep/": {"element": "shoji:catalog", "self": "/users/deep/",
                             "entities": [], "catalogs": {"deeper": "deeper/"}},
            "/users/deep/deeper/": {"element": "shoji:catalog", "entities": ["a", "b"]},
            "/countries/": COUNTRIES,
        })  # fmt: skip
        self.root = self.server.base + "/"

    def test_names_counts_and_branches(self):
        result = run("tree", self.root)
        self.assertDone(result)
        self.assertEqual(result.out, (
            f"{self.root}\n"
            "├── users (18843)\n"
            "│   └── deep (0)\n"
            "├── countries (2)\n"
            "│   └── by alpha_2 {?alpha_2}\n"
            "├── away (another origin)\n"
            "├── me (shown above)\n"
            "└── totals [views]\n"
        ))  # fmt: skip
        self.assertEqual(self.other.requests, [])
        self.assertNotIn("GET /totals", self.server.methods())

    def test_depth(self):
        lines = run("tree", self.root, "--depth", "1").out.splitlines()
        self.assertEqual(lines[1:3], ["├── users (18843)", "├── countries (2)"])
        self.assertEqual(len(lines), 6)
        self.assertIn("│       └── deeper (2)\n", run("tree", self.root, "--depth=3").out)

    def test_without_unicode(self):
        result = run("tree", self.root, "--depth=1", env={"LC_ALL": "C"})
        self.assertIn("\n|-- users (18843)\n", result.out)
        self.assertIn("\n`-- totals [views]\n", result.out)

    def test_objects_for_programs(self):
        result = run("tree", "--json", self.root)
        self.assertDone(result)
        lines = {tuple(line.pop("names")): line for line in result.lines()}
        self.assertEqual(lines[("users",)], {
            "map": "catalogs", "reference": "users/", "iri": self.root + "users/",
            "element": "shoji:catalog", "count": 18843, "more": True})  # fmt: skip
        self.assertEqual(lines[("countries", "by alpha_2")],
                         {"map": "catalogs", "template": "{?alpha_2}"})
        self.assertEqual(lines[("away",)]["stopped"], "another origin")

    def test_a_circle_ends(self):
        self.server.answers["/users/deep/"]["catalogs"]["up"] = "../../users/../users/"
        result = run("tree", self.root, "--depth=30")
        self.assertDone(result)
        self.assertIn("up (shown above)", result.out)

    def test_endless_catalogs_end_at_the_limit(self):
        def endless(request):
            return {"element": "shoji:catalog", "self": request.target, "entities": [],
                    "catalogs": {"a": "a/", "b": "b/"}}  # fmt: skip

        class Everything(dict):
            def __contains__(self, key):
                return key.startswith("/")

            def __getitem__(self, key):
                return endless

        self.server.answers = Everything()
        result = run("tree", self.root, "--depth=32", "--documents=20")
        self.assertEqual(result.code, 9)
        self.assertIn("stopped after 20 documents", result.err)
        self.assertEqual(len(self.server.requests), 20)

    def test_a_broken_branch_is_told_and_the_others_shown(self):
        self.server.answers["/users/"] = Answer("", 500)
        result = run("tree", self.root)
        self.assertEqual(result.code, 5)
        self.assertIn("users (could not be read)", result.out)
        self.assertIn("countries (2)", result.out)
        self.assertIn("500", result.err)

    def test_a_broken_root_is_told(self):
        self.assertFails(run("tree", self.server.base + "/none"), 4, "404")

    def test_names_cannot_break_lines(self):
        self.server.answers["/"] = {"element": "shoji:catalog", "entities": [],
                                    "catalogs": {NASTY: "x{?" + "y}"},
                                    "urls": {"z": "a\x1b[2J"}}  # fmt: skip
        for result in (run("tree", self.root), run_in_terminal("tree", self.root)):
            self.assertNotIn("\x1b[2J", result.out)
            self.assertNotIn("\x1b]", result.out)
            self.assertLessEqual(len(result.out.splitlines()), 3)
