"""new, put and rm, against a server that says what a test has written."""

from support.cli import Answer, TestCase, run


class New(TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve({"POST /users/": Answer("", 201, {"Location": "/users/9/"})})
        self.users = self.server.base + "/users/"

    def new(self, *arguments, stdin=b""):
        return run("new", self.users, *arguments, stdin=stdin)

    def sent(self):
        return self.server.requests[-1].json()

    def test_attributes(self):
        result = self.new("name=Shoji", "sold_count:=387", "tags:=[1, true]", "note=a=b:=c",
                          "empty=")
        self.assertDone(result)
        self.assertEqual(result.out, self.server.base + "/users/9/\n")
        self.assertEqual(self.sent(), {"element": "shoji:entity", "body": {
            "name": "Shoji", "sold_count": 387, "tags": [1, True], "note": "a=b:=c",
            "empty": ""}})  # fmt: skip
        self.assertEqual(self.server.requests[-1].headers["Content-Type"],
                         "application/json")

    def test_numbers_keep_their_text(self):
        self.assertDone(self.new("n:=1.50e400"))
        self.assertIn(b'"n":1.50e400', self.server.requests[-1].body)

    def test_no_attributes_at_all(self):
        self.assertDone(self.new())
        self.assertEqual(self.sent(), {"element": "shoji:entity", "body": {}})

    def test_a_document_is_sent_as_it_is(self):
        text = '{ "element": "shoji:entity",\n "body": {"n": 0.10} }\n'
        self.assertDone(self.new(self.write("user.json", text)))
        self.assertEqual(self.server.requests[-1].body, text.encode())
        self.assertDone(self.new("-", stdin=text))
        self.assertEqual(self.server.requests[-1].body, text.encode())

    def test_other_objects_are_attributes(self):
        self.assertDone(self.new("-", stdin='{"name": "x", "n": 0.10}'))
        self.assertEqual(self.sent(), {"element": "shoji:entity",
                                       "body": {"name": "x", "n": 0.1}})
        self.assertIn(b"0.10", self.server.requests[-1].body)

    def test_what_cannot_be_an_entity_is_not_sent(self):
        for text, code, fragment in (("[1]", 3, "must hold an object"), ("{", 3, "-:1:"),
                                     ("", 3, "")):  # fmt: skip
            with self.subTest(text):
                self.assertFails(self.new("-", stdin=text), code, fragment)
        for arguments, fragment in (
            (["a=1", "b"], "neither NAME=TEXT nor NAME:=JSON"),
            (["a=1", "a=2"], "'a' is given twice"),
            (["a:=x"], "is not JSON"),
            (["a:="], "is not JSON"),
            (["=1", "b=1"], "neither"),
            ([b"a=\xff"], "not UTF-8"),
            ([b"\xff=a"], "not UTF-8"),
        ):
            with self.subTest(arguments):
                self.assertFails(self.new(*arguments), 2, fragment)
        self.assertFails(self.new("missing.json"), 1, "cannot read missing.json")
        self.assertEqual(self.server.requests, [])

    def test_a_slug(self):
        self.assertDone(self.new("--slug", "Jürgen 100%", "a=1"))
        self.assertEqual(self.server.requests[-1].headers["Slug"], "J%C3%BCrgen 100%25")

    def test_an_equal_one_is_noted(self):
        self.server.answers["POST /users/"] = Answer("", 303, {"Location": "/users/7/"})
        result = self.new("a=1")
        self.assertEqual((result.code, result.out), (0, self.server.base + "/users/7/\n"))
        self.assertIn("an equal one is there already", result.err)

    def test_no_location_is_noted(self):
        self.server.answers["POST /users/"] = Answer("", 204)
        result = self.new("a=1")
        self.assertEqual((result.code, result.out), (0, ""))
        self.assertIn("did not say where", result.err)

    def test_json_and_include(self):
        self.assertEqual(self.new("--json", "a=1").json(),
                         {"status": 201, "location": self.server.base + "/users/9/"})
        self.assertTrue(self.new("-i", "a=1").out.startswith("HTTP 201 Created\n"))

    def test_what_is_not_done_is_no_success(self):
        self.server.answers["POST /users/"] = Answer({}, 202)
        self.assertFails(self.new("a=1"), 9, "has not done it yet (202)")
        self.server.answers["POST /users/"] = Answer("", 307, {"Location": "/people/"})
        self.assertFails(self.new("a=1"), 1, "nothing was changed", "/people/")

    def test_refusals(self):
        self.server.answers["POST /users/"] = Answer({"detail": "name is missing"}, 422)
        self.assertFails(self.new("a=1"), 4, "422", "name is missing")


class Put(TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve({"PUT /x": Answer("", 204)})
        self.iri = self.server.base + "/x"

    def test_the_text_is_sent_as_it_is(self):
        text = '{"element": "shoji:view", "value": [1,  2]}\n'
        result = run("put", self.iri, self.write("view.json", text))
        self.assertDone(result)
        self.assertEqual(result.out, "")
        request = self.server.requests[0]
        self.assertEqual((request.method, request.body), ("PUT", text.encode()))
        self.assertIsNone(request.headers["If-Match"])
        self.assertDone(run("put", self.iri, "-", stdin="388"))
        self.assertEqual(self.server.requests[1].body, b"388")

    def test_preconditions(self):
        for etag, expected in (('"1f"', '"1f"'), ("1f", '"1f"'), ('W/"1f"', 'W/"1f"'),
                               ("*", "*")):  # fmt: skip
            self.assertDone(run("put", self.iri, "-", "--if-match", etag, stdin="1"))
            self.assertEqual(self.server.requests[-1].headers["If-Match"], expected)
        self.assertDone(run("put", self.iri, "-", "--create", stdin="1"))
        self.assertEqual(self.server.requests[-1].headers["If-None-Match"], "*")
        self.assertFails(run("put", self.iri, "-", "--create", "--if-match", "a", stdin="1"),
                         2, "exclude one another")

    def test_a_precondition_that_failed_is_eight(self):
        self.server.answers["PUT /x"] = Answer({"detail": "it has changed"}, 412)
        self.assertFails(run("put", self.iri, "-", "--if-match", "a", stdin="1"), 8,
                         "it has changed")

    def test_redirects_and_promises_are_no_success(self):
        for status, code in ((301, 1), (303, 1), (308, 1), (202, 9)):
            with self.subTest(status):
                self.server.answers["PUT /x"] = Answer("{}", status, {"Location": "/y"})
                self.assertFails(run("put", self.iri, "-", stdin="1"), code, str(status))
                shown = run("put", "-i", self.iri, "-", stdin="1")
                self.assertEqual(shown.code, code)
                self.assertIn("Location: /y", shown.out)
        self.assertNotIn("PUT /y", self.server.methods())

    def test_what_is_no_json_is_not_sent(self):
        self.assertFails(run("put", self.iri, self.write("x.json", "[1,]")), 3, "x.json:1:")
        self.assertFails(run("put", self.iri, "/nonexistent"), 1, "/nonexistent")
        self.assertEqual(self.server.requests, [])

    def test_json(self):
        self.assertEqual(run("put", "--json", self.iri, "-", stdin="1").json(),
                         {"status": 204})


class Rm(TestCase):
    def test_removes(self):
        server = self.serve({"DELETE /x": Answer("", 204)})
        result = run("rm", server.base + "/x", "--if-match", "1f")
        self.assertDone(result)
        self.assertEqual(result.out, "")
        self.assertEqual(server.methods(), ["DELETE /x"])
        self.assertEqual(server.requests[0].headers["If-Match"], '"1f"')

    def test_refusals(self):
        server = self.serve({"DELETE /x": Answer("", 412), "DELETE /y": Answer("", 405)})
        self.assertFails(run("rm", server.base + "/x", "--if-match", "1f"), 8)
        self.assertFails(run("rm", server.base + "/y"), 4, "405")
        self.assertFails(run("rm", server.base + "/z"), 4, "404")
