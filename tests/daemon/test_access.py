"""Access: who may read and write what, what is told to those who may not, and how often."""

import pathlib
import tempfile
import unittest

from support.daemon import Daemon, TestCase, bearer, catalog, entity, must

RULES = """
[server]
login-url = https://example.org/login?next="none
[rule /]
write = ann
[rule /drafts]
read = ann, bob
write = ann
[rule /drafts/named]
read = public
write = users
[rule /drafts/shared]
read = public
[rule /staff/]
read = users
write = users
[rule /frozen]
write = nobody
[rule /shut]
read = nobody
[rule /list/hidden]
read = ann
[rule /list/secret]
read = ann
[rule /inbox]
write = public
[rule /open]
write = users
[rule /open/kept]
write = ann
[rule /open/hidden]
read = ann
[rule /open/nothing]
read = ann
""".replace('"', "%22")


class Rules(TestCase):
    options = {"no_auth": False}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        file = pathlib.Path(cls.folder.name, "shojid.conf")
        cls.store = f"sqlite:{cls.folder.name}/a.db"
        with Daemon(store=cls.store) as daemon:
            cls.fill_all(daemon)
        file.write_text(RULES, encoding="utf-8")
        cls.arguments = ("-c", str(file))
        cls.options = {"no_auth": False, "store": cls.store}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    @classmethod
    def fill_all(cls, daemon):
        for path in ("/drafts/", "/drafts/shared/", "/staff/", "/frozen/", "/shut/", "/inbox/", "/open/"):
            must(daemon.put(path, catalog()))
            must(daemon.put(f"{path}1/", entity(n=1)))
        must(daemon.put("/list/", catalog(tuple=["n"], index={}, catalogs={"by n": "{?n}"})))
        for i, name in enumerate(("a", "secret", "b", "hidden", "c")):
            if name == "hidden":
                must(daemon.put("/list/hidden/", catalog()))
            else:
                must(daemon.put(f"/list/{name}/", entity(n=i)))
        must(daemon.put("/list/ns/", {"element": "shoji:view", "projection": {"attribute": "n"}}))
        must(daemon.put("/open/kept/", entity(n=1)))
        must(daemon.put("/open/hidden/", entity(n=1)))
        must(daemon.put("/drafts/", catalog(catalogs={"by n": "named/{n}/"})))
        must(daemon.put("/linking/", catalog(catalogs={"shown": "/drafts/"})))

    @classmethod
    def fill(cls, daemon):
        cls.ann = bearer(daemon.token("ann"))
        cls.bob = bearer(daemon.token("bob"))
        cls.carol = bearer(daemon.token("carol"))

    def ask(self, method, path, who=None, body=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is None and method in ("PUT", "POST"):
            body = entity(n=2)
        return self.daemon.request(method, path, body, {**(who or {}), **fields})

    def assertMay(self, who, path, read, write):
        """What a visitor gets from a path, and what OPTIONS tells of it."""
        self.assertEqual(self.ask("GET", path, who).status, read)
        self.assertEqual(self.ask("HEAD", path, who).status, read)
        options = self.ask("OPTIONS", path, who)
        self.assertEqual(options.status, 204 if read == 200 else read)
        self.assertEqual(self.ask("PUT", path, who).status, write)
        if read == 200:
            allowed = options["Allow"].split(", ")
            self.assertIn("GET", allowed)
            for method in ("PUT", "PATCH", "DELETE"):
                self.assertEqual(method in allowed, write == 204, options)

    def test_options_tell_no_get_of_what_the_visitor_may_not_compute(self):
        """A view over members that are kept from some, and a template of a closed catalog."""
        for who, path, status, allowed in (
            (None, "/list/ns/", 403, "OPTIONS"),
            (self.bob, "/list/ns/", 403, "OPTIONS"),
            (self.ann, "/list/ns/", 200, "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"),
            (None, "/drafts/named/1/", 401, "OPTIONS"),
            (self.carol, "/drafts/named/1/", 403, "OPTIONS, PUT"),
            (self.bob, "/drafts/named/1/", 200, "GET, HEAD, OPTIONS"),
        ):
            with self.subTest(path=path, who=who):
                self.assertEqual(self.ask("GET", path, who).status, status)
                self.assertEqual(self.ask("OPTIONS", path, who)["Allow"], allowed)

    def test_a_refused_write_tells_no_get_of_what_the_visitor_may_not_compute(self):
        for who, allowed in ((self.carol, "OPTIONS"), (self.bob, "GET, HEAD, OPTIONS")):
            answer = self.ask("PUT", "/drafts/named/1/?x=1", who)
            self.assertEqual((answer.status, answer["Allow"]), (405, allowed))

    def test_the_longest_path_counts_for_reading_and_for_writing_each(self):
        for path, *expected in (
            ("/frozen/1/", (200, 403), (200, 403), (200, 403), (200, 403)),
            ("/drafts/1/", (401, 401), (200, 204), (200, 403), (403, 403)),
            ("/drafts/shared/1/", (200, 401), (200, 204), (200, 403), (200, 403)),
            ("/staff/1/", (401, 401), (200, 204), (200, 204), (200, 204)),
            ("/shut/1/", (403, 403), (403, 403), (403, 403), (403, 403)),
            ("/list/a/", (200, 401), (200, 204), (200, 403), (200, 403)),
        ):
            for who, (read, write) in zip((None, self.ann, self.bob, self.carol), expected):
                with self.subTest(path=path, who=who):
                    self.assertMay(who, path, read, write)

    def test_a_path_is_one_however_it_is_spelled(self):
        for path in ("/drafts", "/drafts/", "/%64rafts/", "/drafts/1", "/drafts/?limit=1", "/drafts/1/n"):
            self.assertEqual(self.ask("GET", path).status, 401, path)
            self.assertEqual(self.ask("GET", path, self.bob).status, 200, path)
        self.assertEqual(self.ask("GET", "/draftsx/").status, 404)

    def test_401_asks_for_a_token_and_403_does_not(self):
        answer = self.ask("GET", "/drafts/")
        self.assertEqual(answer["WWW-Authenticate"], 'Bearer realm="shojid"')
        answer = self.ask("GET", "/drafts/", self.carol)
        self.assertIsNone(answer["WWW-Authenticate"])
        self.assertProblem(answer, 403, "carol", "read")

    def test_401_leads_to_where_one_logs_in(self):
        for answer in (self.ask("GET", "/drafts/"), self.ask("PUT", "/list/a/"),
                       self.ask("GET", "/", bearer("shj_no"))):  # fmt: skip
            problem = self.assertProblem(answer, 401)
            self.assertEqual(problem["urls"], {"login_url": "https://example.org/login?next=%22none"})
        self.assertNotIn("urls", self.ask("GET", "/drafts/", self.carol).json)

    def test_whether_something_is_there_is_not_told(self):
        """What is there and what is not are answered alike, to the byte."""
        for who in (None, self.carol):
            for method in ("GET", "OPTIONS", "PUT", "POST", "DELETE", "PATCH"):
                with self.subTest(method=method, who=who):
                    answers = []
                    for name in ("1", "2"):
                        body = b"{" if method in ("PUT", "POST", "PATCH") else None
                        fields = {**(who or {}), "If-None-Match": "*", "Content-Type": "text/plain"}
                        answers.append(self.daemon.request(method, f"/drafts/{name}/", body, fields))
                    for answer in answers:
                        for name in ("Date", "X-Request-Id"):
                            del answer.headers[name]
                    one, other = answers
                    self.assertEqual(one.status, other.status)
                    self.assertIn(one.status, (401, 403))
                    self.assertEqual(dict(one.headers), dict(other.headers))
                    self.assertEqual(one.body.replace(b"/1/", b"/2/"), other.body)

    def test_a_refusal_does_not_tell_what_is_hidden(self):
        problem = self.assertProblem(self.ask("DELETE", "/open/", self.bob), 409)
        self.assertEqual(problem["detail"].count("/open/"), 1, problem)
        for name in ("hidden", "nothing"):
            answer = self.ask("PUT", "/open/", self.bob, catalog(index={f"{name}/": {}}))
            self.assertProblem(answer, 422, f'the catalog has no entity "{name}/"')

    def test_a_catalog_leaves_out_what_one_may_not_read(self):
        for who, index, children in (
            (None, ["a/", "b/", "c/"], []),
            (self.bob, ["a/", "b/", "c/"], []),
            (self.ann, ["a/", "secret/", "b/", "c/"], ["hidden"]),
        ):
            document = must(self.ask("GET", "/list/", who)).json
            self.assertEqual(list(document["index"]), index)
            self.assertEqual(document["size"], len(index))
            self.assertEqual([name for name in document["catalogs"] if name != "by n"], children)
        root = must(self.ask("GET", "/")).json
        self.assertEqual(list(root["catalogs"]), ["frozen", "inbox", "open", "list", "linking"])
        root = must(self.ask("GET", "/", self.ann)).json
        self.assertEqual(
            list(root["catalogs"]), ["drafts", "staff", "frozen", "inbox", "open", "list", "linking"]
        )

    def test_a_link_that_somebody_wrote_is_shown(self):
        document = must(self.ask("GET", "/linking/")).json
        self.assertTrue(document["catalogs"]["shown"].endswith("/drafts/"))

    def test_pages_and_filters_leave_out_the_same(self):
        for who, pages in ((None, [["a/", "b/"], ["c/"]]), (self.ann, [["a/", "secret/"], ["b/", "c/"]])):
            target, seen = "/list/?limit=2", []
            while target:
                document = must(self.ask("GET", target, who)).json
                seen.append(list(document["index"]))
                following = document["catalogs"].get("next")
                target = following and following.removeprefix(self.daemon.base.rstrip("/"))
            self.assertEqual(seen, pages)
        for who, size in ((None, 0), (self.ann, 1)):
            document = must(self.ask("GET", "/list/?n=1", who)).json
            self.assertEqual((document["size"], len(document["index"])), (size, size))

    def test_a_page_that_would_end_in_what_is_hidden_has_no_next(self):
        document = must(self.ask("GET", "/list/?limit=3")).json
        self.assertEqual(list(document["index"]), ["a/", "b/", "c/"])
        self.assertNotIn("next", document.get("catalogs", {}))

    def test_a_view_that_is_computed_from_what_is_hidden_is_refused(self):
        self.assertProblem(self.ask("GET", "/list/ns/"), 403)
        document = must(self.ask("GET", "/list/ns/", self.ann)).json
        self.assertEqual(len(document["value"]), 4)

    def test_what_is_shown_differently_has_another_etag(self):
        for path in ("/list/", "/list/?limit=2", "/list/?n=1", "/"):
            tags = [must(self.ask("GET", path, who))["ETag"] for who in (None, self.carol, self.ann)]
            if path == "/":
                self.assertEqual(len(set(tags)), 3, path)
            else:
                self.assertEqual(tags[0], tags[1], path)
                self.assertNotEqual(tags[0], tags[2], path)
            answer = self.ask("GET", path, self.ann, If_None_Match=tags[0])
            self.assertEqual(answer.status, 200)
            answer = self.ask("GET", path, self.ann, If_None_Match=tags[2])
            self.assertEqual(answer.status, 304)

    def test_a_get_s_etag_satisfies_if_match(self):
        for path in ("/list/", "/list/a/", "/staff/1/"):
            tag = must(self.ask("GET", path, self.ann))["ETag"]
            document = must(self.ask("GET", path, self.ann)).json
            answer = self.ask("PUT", path, self.ann, document, If_Match=tag)
            self.assertEqual(answer.status, 204, answer)

    def test_one_that_everybody_may_read_is_the_same_for_all(self):
        tags = {must(self.ask("GET", "/list/a/", who))["ETag"] for who in (None, self.bob, self.ann)}
        self.assertEqual(len(tags), 1)

    def test_caches_are_told(self):
        for path, who in (("/drafts/1/", self.ann), ("/staff/", self.bob), ("/list/", None), ("/", None),
                          ("/list/?n=1", None), ("/list/ns/", self.ann)):  # fmt: skip
            answer = must(self.ask("GET", path, who))
            self.assertIn("Authorization", answer["Vary"], path)
            self.assertIn("private", answer["Cache-Control"], path)
        for path in ("/list/a/", "/frozen/", "/drafts/shared/1/"):
            answer = must(self.ask("GET", path, self.ann))
            self.assertNotIn("Authorization", answer["Vary"], path)
            self.assertNotIn("private", answer["Cache-Control"], path)

    def test_a_rule_below_the_catalog_keeps_a_post_of_many_out(self):
        for name in ("kept", "hidden", "nothing"):
            bulk = catalog(index={"new/": {"n": 1}, f"{name}/": {"n": 2}})
            self.assertProblem(self.ask("POST", "/open/", self.bob, bulk), 403, f"/open/{name}/")
        self.assertStatus(self.ask("GET", "/open/new/"), 404)

    def test_a_rule_below_the_catalog_keeps_a_patch_out(self):
        before = must(self.ask("GET", "/open/1/")).body
        for name in ("kept", "hidden", "nothing"):
            for member in ({"n": 9}, None):
                patch = catalog(index={"1/": {"n": 9}, f"{name}/": member})
                answer = self.ask("PATCH", "/open/", self.bob, patch)
                self.assertProblem(answer, 403, f"/open/{name}/")
        self.assertEqual(must(self.ask("GET", "/open/1/")).body, before)
        self.assertEqual(must(self.ask("GET", "/open/kept/")).json["body"], {"n": 1})
        answer = self.ask("PATCH", "/open/", self.ann, catalog(index={"kept/": {"n": 1}}))
        self.assertIn(answer.status, (200, 204))

    def test_what_a_template_finds_is_for_those_who_may_read_its_catalog(self):
        """The path is open to everybody, and the entities are those of another catalog."""
        for who, status in ((None, 401), (self.carol, 403), (self.bob, 200), (self.ann, 200)):
            self.assertStatus(self.ask("GET", "/drafts/named/1/", who), status)
        answer = self.ask("GET", "/drafts/named/1/", self.bob)
        self.assertIn("size", answer.json)
        self.assertIn("private", answer["Cache-Control"])

    def test_a_fragment_is_as_its_entity(self):
        self.assertStatus(self.ask("GET", "/drafts/1/n"), 401)
        self.assertStatus(self.ask("GET", "/drafts/1/n", self.bob), 200)
        self.assertStatus(self.ask("PUT", "/drafts/1/n", self.bob, b"1", Content_Type="application/json"), 403)

    def test_whoever_comes_may_write_where_a_rule_says_so(self):
        self.assertStatus(self.ask("PUT", "/inbox/1/"), 204)
        self.assertIn("PUT", self.ask("OPTIONS", "/inbox/1/")["Allow"])
        for origin in ("https://evil.example", "null"):
            self.assertProblem(self.ask("PUT", "/inbox/1/", Origin=origin), 403)
        self.assertProblem(self.ask("PUT", "/inbox/1/", Host="evil.example"), 403)

    def test_a_token_may_come_from_any_page(self):
        answer = self.ask("PUT", "/list/a/", self.ann, Origin="https://app.example", Host="api.example")
        self.assertEqual(answer.status, 204)

    def test_health_is_open(self):
        for who in (None, self.carol, bearer("nonsense")):
            self.assertStatus(self.ask("GET", "/-/health", who), 200)
            self.assertStatus(self.ask("GET", "/-/health/", who), 200)

    def test_a_body_is_refused_before_it_is_sent(self):
        answer = self.daemon.raw_request(
            b"PUT /drafts/1/ HTTP/1.1", b"Host: localhost", b"Content-Length: 1000000",
            b"Expect: 100-continue"
        )  # fmt: skip
        self.assertProblem(answer, 401)


class ClosedRoot(unittest.TestCase):
    def test_all_can_be_for_users_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "shojid.conf")
            file.write_text("[rule /]\nread = users\n", encoding="ascii")
            with Daemon("-c", str(file), no_auth=False) as daemon:
                who = bearer(daemon.token("ann"))
                for path in ("/", "/x/", "/-/ready", "/-/nothing"):
                    self.assertEqual(daemon.get(path).status, 401, path)
                self.assertEqual(daemon.get("/-/health").status, 200)
                self.assertEqual(daemon.request("GET", "/", headers=who).status, 200)
                self.assertEqual(daemon.request("GET", "/-/ready", headers=who).status, 200)


class HiddenAmongMany(unittest.TestCase):
    COUNT = 5000

    def test_the_size_leaves_out_what_is_hidden_among_many(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "shojid.conf")
            file.write_text("[rule /many/7]\nread = ann\n[rule /many/x]\nread = ann\n")
            with Daemon("-c", str(file), no_auth=False) as daemon:
                ann = bearer(daemon.token("ann"))
                index = {str(n): {"n": n % 2, "text": "x" * 200} for n in range(self.COUNT)}
                must(daemon.request("PUT", "/many/", catalog(index={}), ann))
                must(daemon.request("POST", "/many/", catalog(index=index), ann), 201)
                for who, size in ((ann, self.COUNT), ({}, self.COUNT - 1)):
                    answer = must(daemon.request("GET", "/many/?limit=1", headers=who))
                    self.assertEqual(answer.json["size"], size)


class Rates(unittest.TestCase):
    def test_an_address_has_so_many_and_then_waits(self):
        with Daemon("--rate-per-address", "5/day") as daemon:
            for _ in range(5):
                self.assertEqual(daemon.get("/").status, 200)
            answer = daemon.get("/")
            self.assertEqual(answer.status, 429)
            self.assertEqual(answer.json["status"], 429)
            self.assertIn("5 in 86400 seconds", answer.json["detail"])
            self.assertTrue(0 < int(answer["Retry-After"]) <= 86400 // 5)
            self.assertEqual(daemon.put("/a/", catalog()).status, 429)
            self.assertEqual(daemon.request("OPTIONS", "/").status, 429)
            for _ in range(10):
                self.assertEqual(daemon.get("/-/health").status, 200)

    def test_an_ipv6_network_counts_as_one_address(self):
        with Daemon("--rate-per-address", "2/day", "--trusted-proxy", "127.0.0.1") as daemon:
            for address, status in (
                ("2001:db8::1", 200), ("2001:db8::2:3:4:5", 200), ("2001:db8::6", 429),
                ("2001:db8:0:1::6", 200), ("::ffff:192.0.2.1", 200), ("192.0.2.1", 200),
                ("192.0.2.1", 429), ("::ffff:192.0.2.2", 200),
            ):  # fmt: skip
                with self.subTest(address):
                    answer = daemon.get("/", X_Forwarded_For=address)
                    self.assertEqual(answer.status, status)

    def test_a_request_with_a_body_counts_once(self):
        with Daemon("--rate-per-address", "4/day") as daemon:
            for name in "abcd":
                self.assertEqual(daemon.put(f"/{name}/", catalog()).status, 201)
            self.assertEqual(daemon.put("/e/", catalog()).status, 429)

    def test_a_refusal_counts(self):
        with Daemon("--rate-per-address=3/day", no_auth=False) as daemon:
            for _ in range(3):
                answer = daemon.request("GET", "/", headers=bearer("shj_guess"))
                self.assertEqual(answer.status, 401)
            self.assertEqual(daemon.get("/").status, 429)

    def test_each_token_has_its_own(self):
        with Daemon("--rate-per-token", "2/day", no_auth=False) as daemon:
            first, second = bearer(daemon.token("ann")), bearer(daemon.token("ann"))
            for name in "ab":
                self.assertEqual(daemon.request("PUT", f"/{name}/", catalog(), first).status, 201)
            answer = daemon.request("GET", "/", headers=first)
            self.assertEqual(answer.status, 429)
            self.assertIn("with this token", answer.json["detail"])
            self.assertEqual(daemon.request("GET", "/", headers=second).status, 200)
            self.assertEqual(daemon.get("/").status, 200)

    def test_they_are_off_unless_they_are_asked_for(self):
        with Daemon() as daemon, daemon.connection() as connection:
            for _ in range(500):
                self.assertEqual(daemon.request("GET", "/", connection=connection).status, 200)


if __name__ == "__main__":
    unittest.main()
