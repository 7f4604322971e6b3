"""PUT, POST, DELETE and OPTIONS: what is made, what is refused, and on which condition."""

import gzip
import json
import re

from support.daemon import JSON, PROBLEM, SHOJI, Daemon, TestCase, catalog, entity, must


class Putting(TestCase):
    def test_put_creates_and_then_replaces(self):
        made = self.assertStatus(self.daemon.put("/users/", catalog()), 201)
        self.assertEqual(made["Location"], self.daemon.base + "users/")
        again = self.assertStatus(self.daemon.put("/users/", catalog(title="T")), 204)
        self.assertEqual(again.body, b"")
        read = must(self.daemon.get("/users/"))
        self.assertEqual(read.json["title"], "T")
        self.assertEqual(read["ETag"], again["ETag"])

    def test_every_element_can_be_put(self):
        must(self.daemon.put("/all/", catalog()))
        documents = {
            "entity": entity(a=1),
            "view": {"element": "shoji:view", "value": None},
            "fragment": {"element": "shoji:fragment", "value": 1},
            "order": {"element": "shoji:order", "graph": []},
            "catalog": catalog(),
        }
        for name, document in documents.items():
            self.assertStatus(self.daemon.put(f"/all/{name}", document), 201)
            read = must(self.daemon.get(f"/all/{name}")).json
            self.assertEqual(read["element"], document["element"])
        for name, text in {"a": b"387", "b": b'"x"', "c": b"null", "d": b'{"no": 1}'}.items():
            self.assertStatus(self.daemon.put(f"/all/{name}", text), 201)
            self.assertEqual(must(self.daemon.get(f"/all/{name}")).json, json.loads(text))

    def test_both_media_types_are_taken_and_none_at_all(self):
        for kind in (JSON, SHOJI, JSON + "; charset=utf-8", None):
            headers = {"Content-Type": kind} if kind else {}
            text = json.dumps(catalog()).encode()
            must(self.daemon.request("PUT", "/types/", text, headers))

    def test_a_page_of_another_site_may_not_write(self):
        text = json.dumps(catalog()).encode()
        for origin in ("http://evil.example", "null"):
            answer = self.daemon.request("POST", "/", text, {"Origin": origin})
            self.assertProblem(answer, 403, "origin")
        own = {"Origin": self.daemon.base.rstrip("/")}
        must(self.daemon.request("PUT", "/own/", text, own), 201)

    def test_a_name_that_can_lead_elsewhere_may_not_be_written_to(self):
        text = json.dumps(catalog()).encode()
        for host in ("evil.example", "evil.example:8642", "127.evil.example", "localhost.example",
                     "[::2]", "10.0.0.1"):  # fmt: skip
            with self.subTest(host):
                fields = {"Host": host, "Origin": f"http://{host}"}
                for method, path in (("POST", "/"), ("PUT", "/named/"), ("DELETE", "/named/")):
                    answer = self.daemon.request(method, path, text, fields)
                    self.assertProblem(answer, 403, host, "--base-iri")
        must(self.daemon.get("/", Host="evil.example"))
        for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "127.8.9.10:8642", "[::1]", "[::1]:1"):
            with self.subTest(host):
                must(self.daemon.put("/named/", catalog(), Host=host))

    def test_with_a_base_the_host_is_not_looked_at(self):
        with Daemon("--base-iri", "https://example.org/api/") as daemon:
            must(daemon.put("/named/", catalog(), Host="inner.example"), 201)
            answer = daemon.put("/named/", catalog(), Origin="http://evil.example")
            self.assertProblem(answer, 403, "origin")
            must(daemon.put("/named/", catalog(), Origin="https://example.org"))

    def test_another_media_type_is_415(self):
        answer = self.daemon.put("/types/", b"a: 1", Content_Type="application/yaml")
        self.assertProblem(answer, 415, "application/yaml", SHOJI)
        self.assertIn(JSON, answer["Accept"])

    def test_a_coded_body_is_415_and_says_what_is_taken(self):
        text = gzip.compress(json.dumps(catalog()).encode())
        for coding in ("gzip", "br", "identity, gzip"):
            answer = self.daemon.put("/coded/", text, Content_Encoding=coding)
            self.assertProblem(answer, 415, coding)
            self.assertEqual(answer["Accept-Encoding"], "identity")
        must(self.daemon.put("/coded/", catalog(), Content_Encoding="identity"), 201)

    def test_another_charset_than_utf_8_is_415(self):
        text = json.dumps(catalog()).encode()
        for charset in ("iso-8859-1", '"utf-16"', "utf-8x"):
            kind = f"{JSON}; a=b; Charset={charset}"
            answer = self.daemon.put("/charset/", text, Content_Type=kind)
            self.assertProblem(answer, 415, "UTF-8")
        for charset in ("UTF-8", '"utf-8"', "us-ascii"):
            kind = f"{JSON};charset={charset}"
            must(self.daemon.put("/charset/", text, Content_Type=kind))

    def test_all_faults_of_a_body_are_listed(self):
        body = {"element": "shoji:catalog", "catalogs": [1], "entities": {"a": 1}, "views": 5,
                "index": 3}  # fmt: skip
        faults = self.daemon.put("/faults/", body).json["faults"]
        self.assertEqual([fault["pointer"] for fault in faults],
                         ["/catalogs/0", "/entities", "/views", "/index"])  # fmt: skip
        self.assertEqual({fault["line"] for fault in faults}, {1})
        must(self.daemon.put("/faults/", catalog()), 201)
        rows = {"b1": 5, "b2": {"a": 1}, "b3": "x"}
        for method in ("POST", "PATCH"):
            faults = self.daemon.request(method, "/faults/", catalog(index=rows)).json["faults"]
            self.assertEqual([fault["pointer"] for fault in faults], ["/index/b1", "/index/b3"])
        rows = {f"b{i}": i for i in range(300)}
        problem = self.daemon.put("/faults/", catalog(index=rows)).json
        self.assertEqual(len(problem["faults"]), 100)
        self.assertEqual(problem["faults"][0]["pointer"], problem["pointer"])

    def test_what_the_server_finds_in_a_valid_document_is_listed_whole(self):
        """Members that cannot be created or changed, or are not there to be listed."""
        must(self.daemon.put("/listed/", catalog(index={})))
        rows = {"a/b": {}, "good/": {}, "c/d": {}}
        for method in ("POST", "PATCH", "PUT"):
            answer = self.daemon.request(method, "/listed/", catalog(index=rows))
            problem = self.assertProblem(answer, 422)
            expected = ["/index/a~1b", "/index/c~1d"]
            if method == "PUT":
                expected.insert(1, "/index/good~1")
            self.assertEqual([fault["pointer"] for fault in problem["faults"]], expected)
            self.assertEqual(problem["pointer"], expected[0])
            many = catalog(index={f"{n}/x": {} for n in range(200)})
            faults = self.daemon.request(method, "/listed/", many).json["faults"]
            self.assertEqual(len(faults), 100)
        self.assertEqual(must(self.daemon.get("/listed/")).json["size"], 0)

    def test_a_body_past_a_limit_is_413_and_no_long_target(self):
        many = catalog(views={f"t{i}": "{?a%d}" % i for i in range(1001)})
        must(self.daemon.put("/limits/", catalog()), 201)
        for method in ("PUT", "PATCH"):
            answer = self.daemon.request(method, "/limits/", many)
            self.assertProblem(answer, 413, "1000 templates")
        long = catalog(index={"k" * 9000: {"a": 1}})
        for method in ("POST", "PATCH"):
            answer = self.daemon.request(method, "/limits/", long)
            self.assertProblem(answer, 413, "8192")
            self.assertTrue(answer.json["pointer"].startswith("/index/kkk"))

    def test_a_parent_must_be_there(self):
        problem = self.daemon.put("/no/such/thing/", entity())
        self.assertProblem(problem, 409, "/no/such/")

    def test_what_is_computed_is_not_stored(self):
        must(self.daemon.put("/computed/", catalog(index={})))
        must(self.daemon.put("/computed/1/", entity(a=1)))
        sent = must(self.daemon.get("/computed/")).json
        sent["title"] = "edited"
        must(self.daemon.put("/computed/", sent), 204)
        must(self.daemon.put("/computed/2/", entity(a=2)))
        read = must(self.daemon.get("/computed/")).json
        self.assertEqual(read["size"], 2)
        self.assertEqual(list(read["index"]), ["1/", "2/"])
        self.assertEqual(read["title"], "edited")

    def test_a_catalog_that_lists_what_is_not_there_is_422(self):
        answer = self.daemon.put("/lists/", catalog(index={"1/": {"a": 1}}))
        problem = self.assertProblem(answer, 422, "1/", "POST")
        self.assertEqual(problem["pointer"], "/index/1~1")
        answer = self.daemon.put("/lists/", catalog(entities=["x", "../y"]))
        self.assertEqual(self.assertProblem(answer, 422)["pointer"], "/entities/0")
        self.assertStatus(self.daemon.get("/lists/"), 404)

    def test_a_self_that_agrees_is_dropped_and_another_is_422(self):
        must(self.daemon.put("/self/", catalog()))
        for good in ("/self/1", "1/", self.daemon.base + "self/1/", "http://a.example/b"):
            document = entity(a=1)
            document["self"] = "." if good == "1/" else good
            must(self.daemon.put("/self/1/", document))
            read = must(self.daemon.get("/self/1/")).json
            self.assertEqual(read["self"], self.daemon.base + "self/1/")
        document["self"] = self.daemon.base + "self/2/"
        answer = self.daemon.put("/self/1/", document)
        self.assertEqual(self.assertProblem(answer, 422, "self/2/")["pointer"], "/self")

    def test_links_into_this_site_are_stored_relative(self):
        base = self.daemon.base
        links = {"up": base, "x": base + "host/x/?a=b", "t": base + "host/{?n}", "far": "http://e.example/"}
        must(self.daemon.put("/host/", catalog(catalogs=links)))
        there = must(self.daemon.get("/host/", Host="other.example")).json["catalogs"]
        self.assertEqual(
            there,
            {
                "up": "http://other.example/",
                "x": "http://other.example/host/x/?a=b",
                "t": "http://other.example/host/{?n}",
                "far": "http://e.example/",
            },
        )

    def test_number_text_and_order_are_kept(self):
        must(self.daemon.put("/exact/", catalog()))
        text = b'{"element":"shoji:entity","body":{"z":0.10,"a":1e400,"b":%s}}' % (b"9" * 40)
        must(self.daemon.put("/exact/1/", text))
        read = must(self.daemon.get("/exact/1/")).body
        self.assertIn(text[len(b'{"element":"shoji:entity",') : -1], read)

    def test_malformed_json_is_400_with_its_place(self):
        problem = self.assertProblem(self.daemon.put("/bad/", b'{\n  "a": 1,\n}'), 400)
        self.assertEqual((problem["line"], problem["column"]), (2, 9))
        self.assertProblem(self.daemon.put("/bad/", b"\xff"), 400)
        self.assertProblem(self.daemon.put("/bad/", b""), 400, "body")

    def test_a_document_that_breaks_the_protocol_is_422_with_a_pointer(self):
        bad = {
            "/element": b'{"element": "shoji:catalogue"}',
            "/body": b'{"element": "shoji:entity", "body": 1}',
            "/catalogs/a": b'{"element": "shoji:catalog", "catalogs": {"a": 1}}',
            "/views/v": b'{"element": "shoji:catalog", "views": {"v": "x{?"}}',
            "/tuple": b'{"element": "shoji:catalog", "tuple": "name"}',
            "/projection": b'{"element": "shoji:view", "projection": {"a": "b"}}',
            "/projection/aggregate": b'{"element": "shoji:view", "projection":'
            b' {"attribute": "a", "aggregate": "median"}}',
        }
        for pointer, text in bad.items():
            problem = self.assertProblem(self.daemon.put("/bad/", text), 422)
            self.assertEqual(problem["pointer"], pointer)
        self.assertStatus(self.daemon.get("/bad/"), 404)

    def test_a_view_without_value_and_projection_is_422(self):
        self.assertProblem(self.daemon.put("/bad/", {"element": "shoji:view"}), 422, "value")

    def test_a_template_of_a_page_s_parameters_is_422(self):
        for name in ("limit", "after"):
            answer = self.daemon.put("/paged/", catalog(catalogs={"by": "{?%s}" % name}))
            self.assertProblem(answer, 422, name)

    def test_the_root_stays_a_catalog(self):
        self.assertProblem(self.daemon.put("/", entity()), 409, "catalog")

    def test_a_catalog_with_members_stays_a_catalog(self):
        must(self.daemon.put("/full/", catalog()))
        must(self.daemon.put("/full/1/", entity()))
        self.assertProblem(self.daemon.put("/full/", entity()), 409)
        must(self.daemon.delete("/full/1/"))
        must(self.daemon.put("/full/inner/", catalog()))
        self.assertProblem(self.daemon.put("/full/", entity()), 409)
        must(self.daemon.delete("/full/inner/"))
        self.assertStatus(self.daemon.put("/full/", entity()), 204)

    def test_the_servers_own_paths_take_no_documents(self):
        for path in ("/-/", "/-/x/", "/-"):
            answer = self.daemon.put(path, catalog())
            self.assertProblem(answer, 405)
            self.assertNotIn("PUT", answer["Allow"])

    def test_a_query_takes_no_put(self):
        must(self.daemon.put("/queried/", catalog()))
        answer = self.daemon.put("/queried/?limit=1", catalog())
        self.assertProblem(answer, 405)

    def test_a_path_that_is_too_deep_is_refused(self):
        path = "/"
        for depth in range(64):
            path += "d/"
            answer = self.daemon.put(path, catalog())
            if answer.status != 201:
                break
        answer = self.daemon.put(path + "e/", catalog())
        self.assertProblem(answer, 414, "segments")


class Fragments(TestCase):
    def setUp(self):
        must(self.daemon.put("/users/", catalog()))
        must(self.daemon.put("/users/1/", entity(name="Bob", sold_count=1, **{"a/b~c": 0})))

    def test_put_replaces_that_attribute_alone(self):
        done = self.assertStatus(self.daemon.put("/users/1/sold_count", b"388"), 204)
        read = must(self.daemon.get("/users/1/"))
        self.assertEqual(list(read.json["body"].items())[:2], [("name", "Bob"), ("sold_count", 388)])
        self.assertEqual(read["ETag"], done["ETag"])

    def test_a_fragment_document_gives_its_value(self):
        for document, value in (
            ({"element": "shoji:fragment", "value": [1]}, [1]),
            ({"element": "shoji:fragment", "body": {"x": 1}}, {"x": 1}),
            ({"element": "shoji:view", "value": None}, None),
        ):
            must(self.daemon.put("/users/1/sold_count/", document))
            self.assertEqual(must(self.daemon.get("/users/1/sold_count")).json, value)

    def test_an_entity_is_no_value(self):
        self.assertProblem(self.daemon.put("/users/1/name", entity()), 422, "value")

    def test_names_that_json_pointers_escape(self):
        must(self.daemon.put("/users/1/", entity(**{"a~b": 0, "a": 1})))
        must(self.daemon.put("/users/1/a~b", b"5"))
        self.assertEqual(must(self.daemon.get("/users/1/")).json["body"], {"a~b": 5, "a": 1})

    def test_conditions_are_those_of_the_entity(self):
        tag = must(self.daemon.get("/users/1/name"))["ETag"]
        self.assertProblem(self.daemon.put("/users/1/name", b'"x"', If_Match='"no"'), 412)
        must(self.daemon.put("/users/1/name", b'"y"', If_Match=tag))
        self.assertProblem(self.daemon.put("/users/1/name", b'"z"', If_Match=tag), 412)
        self.assertEqual(must(self.daemon.get("/users/1/name")).json, "y")

    def test_a_fragment_cannot_be_deleted(self):
        answer = self.daemon.delete("/users/1/name")
        self.assertProblem(answer, 405)
        self.assertEqual(answer["Allow"], "GET, HEAD, OPTIONS, PUT, PATCH")

    def test_a_new_name_below_an_entity_is_a_document_of_its_own(self):
        must(self.daemon.put("/users/1/photo/", b'"data"'), 201)
        self.assertNotIn("photo", must(self.daemon.get("/users/1/")).json["body"])
        must(self.daemon.delete("/users/1/photo/"))


class Posting(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/users/", catalog(index={})))
        must(daemon.put("/users/view/", {"element": "shoji:view", "value": 1}))

    def test_a_post_creates_an_entity(self):
        made = self.assertStatus(self.daemon.post("/users/", entity(name="Bob")), 201)
        self.assertRegex(made["Location"], re.escape(self.daemon.base) + "users/[0-9a-z]{19}/$")
        read = must(self.daemon.get("/" + made["Location"].removeprefix(self.daemon.base)))
        self.assertEqual(read.json["body"], {"name": "Bob"})
        self.assertEqual(read["ETag"], made["ETag"])

    def test_identifiers_sort_in_the_order_of_their_making_and_differ(self):
        names = []
        for _ in range(20):
            made = must(self.daemon.post("/users", entity()), 201)
            names.append(made["Location"].rsplit("/", 2)[1])
        self.assertEqual(len(set(names)), len(names))
        times = [name[:9] for name in names]
        self.assertEqual(times, sorted(times))
        self.assertGreater(len({name[9:] for name in names}), 19)

    def test_a_slug_names_the_entity(self):
        for slug, segment in {
            "Katsuhiro Shoji": "Katsuhiro%20Shoji",
            "caf%C3%A9": "caf%C3%A9",
            "a/b": "a-b",
            "a%2Fb%00c": "a-b-c",
            "  x  ": "x",
        }.items():
            made = must(self.daemon.post("/users/", entity(), Slug=slug), 201)
            self.assertEqual(made["Location"], self.daemon.base + f"users/{segment}/")
            must(self.daemon.get(f"/users/{segment}/"))

    def test_a_slug_that_is_taken_is_numbered(self):
        made = [
            must(self.daemon.post("/users/", entity(), Slug="taken"), 201)["Location"]
            for _ in range(10)
        ]
        names = [location.rsplit("/", 2)[1] for location in made]
        self.assertEqual(names[:9], ["taken"] + [f"taken-{n}" for n in range(2, 10)])
        self.assertRegex(names[9], "^[0-9a-z]{19}$")

    def test_a_slug_that_can_be_no_name_is_ignored(self):
        for slug in ("..", ".", "%2E%2E", "", "%FF%FE", "x" * 300):
            made = must(self.daemon.post("/users/", entity(), Slug=slug), 201)
            self.assertRegex(made["Location"], "/users/[0-9a-z]{19}/$")
        made = must(self.daemon.post("/", entity(), Slug="-"), 201)
        self.assertRegex(made["Location"], "/[0-9a-z]{19}/$")

    def test_the_self_of_a_new_entity_does_not_count(self):
        document = {**entity(a=1), "self": "/elsewhere/"}
        made = must(self.daemon.post("/users/", document, Slug="own-self"), 201)
        self.assertEqual(made["Location"], self.daemon.base + "users/own-self/")
        self.assertEqual(must(self.daemon.get("/users/own-self/")).json["self"], made["Location"])

    def test_what_is_no_catalog_takes_no_post(self):
        answer = self.daemon.post("/users/view/", entity())
        self.assertProblem(answer, 405)
        self.assertNotIn("POST", answer["Allow"])
        self.assertProblem(self.daemon.post("/none/", entity()), 404, "PUT")

    def test_other_elements_are_422(self):
        for document in (b"1", {"element": "shoji:order", "graph": []}):
            self.assertProblem(self.daemon.post("/users/", document), 422, "PUT")

    def test_conditions_are_those_of_the_catalog(self):
        tag = must(self.daemon.get("/users/"))["ETag"]
        must(self.daemon.post("/users/", entity(), If_Match=tag), 201)
        self.assertProblem(self.daemon.post("/users/", entity(), If_Match=tag), 412)
        self.assertProblem(
            self.daemon.post("/users/", catalog(index={"cond/": {}}), If_Match=tag), 412
        )
        self.assertStatus(self.daemon.get("/users/cond/"), 404)


class PostingMany(TestCase):
    def setUp(self):
        if self.daemon.get("/c/").status == 200:
            for name in must(self.daemon.get("/c/")).json["index"]:
                must(self.daemon.delete("/c/" + name))
        must(self.daemon.put("/c/", catalog(index={})))

    def test_each_member_of_the_index_becomes_an_entity(self):
        tuples = {"JP/": {"name": "Japan"}, "DE": {"name": "Deutschland", "deep": {"a": [1]}},
                  "%C3%A9": None, "a%20b": {}}  # fmt: skip
        answer = self.assertStatus(self.daemon.post("/c/", catalog(index=tuples)), 201)
        self.assertEqual(answer.json, {"element": "shoji:view", "value": {"created": 4}})
        index = must(self.daemon.get("/c/")).json["index"]
        self.assertEqual(list(index), ["JP/", "DE/", "%C3%A9/", "a%20b/"])
        self.assertEqual(
            must(self.daemon.get("/c/DE/")).json["body"], {"name": "Deutschland", "deep": {"a": [1]}}
        )
        self.assertEqual(must(self.daemon.get("/c/%C3%A9/")).json["body"], {})

    def test_one_that_is_there_refuses_all(self):
        must(self.daemon.post("/c/", catalog(index={"x/": {}})), 201)
        answer = self.daemon.post("/c/", catalog(index={"a/": {}, "x": {}, "b/": {}}))
        problem = self.assertProblem(answer, 409, "x")
        self.assertEqual(problem["pointer"], "/index/x")
        self.assertEqual(list(must(self.daemon.get("/c/")).json["index"]), ["x/"])

    def test_two_of_one_name_refuse_all(self):
        answer = self.daemon.post("/c/", catalog(index={"a/": {}, "a": {}}))
        self.assertEqual(self.assertProblem(answer, 409)["pointer"], "/index/a")
        self.assertEqual(must(self.daemon.get("/c/")).json["size"], 0)

    def test_a_name_that_is_no_segment_refuses_all(self):
        for key in ("a/b/", "../x/", "..", "%2e%2e/", "/c/x/", "", "/", "a%2Fb", "a%00", "%FF",
                    "http://h/x/", "?a=b", "x#y", "%zz"):  # fmt: skip
            with self.subTest(key):
                answer = self.daemon.post("/c/", catalog(index={"good/": {}, key: {}}))
                problem = self.assertProblem(answer, 422)
                escaped = key.replace("~", "~0").replace("/", "~1")
                self.assertEqual(problem["pointer"], "/index/" + escaped)
                self.assertEqual(must(self.daemon.get("/c/")).json["size"], 0)

    def test_a_tuple_that_is_no_object_is_422(self):
        answer = self.daemon.post("/c/", catalog(index={"a/": {}, "b/": 1}))
        self.assertEqual(self.assertProblem(answer, 422)["pointer"], "/index/b~1")

    def test_a_catalog_without_index_is_422(self):
        self.assertProblem(self.daemon.post("/c/", catalog(entities=["1"])), 422, "index")

    def test_nothing_to_create_is_created(self):
        answer = self.assertStatus(self.daemon.post("/c/", catalog(index={})), 200)
        self.assertEqual(answer.json["value"], {"created": 0})

    def test_too_many_at_once_are_413(self):
        index = {f"{n}/": {} for n in range(100001)}
        self.assertProblem(self.daemon.post("/c/", catalog(index=index)), 413, "100000")


class Deleting(TestCase):
    def test_delete_removes(self):
        must(self.daemon.put("/a/", catalog()))
        must(self.daemon.put("/a/1/", entity()))
        self.assertStatus(self.daemon.delete("/a/1"), 204)
        self.assertStatus(self.daemon.get("/a/1/"), 410)
        self.assertEqual(must(self.daemon.get("/a/")).json["size"], 0)
        self.assertStatus(self.daemon.delete("/a/1/"), 410)
        self.assertStatus(self.daemon.delete("/a/never/"), 404)

    def test_what_holds_documents_stays(self):
        must(self.daemon.put("/full/", catalog()))
        must(self.daemon.put("/full/1/", entity()))
        self.assertProblem(self.daemon.delete("/full/"), 409, "holds other documents")
        must(self.daemon.get("/full/1/"))

    def test_the_root_cannot_be_deleted(self):
        answer = self.daemon.delete("/")
        self.assertProblem(answer, 405)
        self.assertNotIn("DELETE", answer["Allow"])

    def test_what_was_deleted_can_be_made_again(self):
        must(self.daemon.put("/again/", catalog()))
        must(self.daemon.delete("/again/"))
        self.assertStatus(self.daemon.put("/again/", catalog()), 201)
        must(self.daemon.get("/again/"))


class Conditions(TestCase):
    def setUp(self):
        must(self.daemon.put("/d/", catalog()))
        must(self.daemon.put("/d/1/", entity(a=1)))
        self.tag = must(self.daemon.get("/d/1/"))["ETag"]

    def test_if_match_that_holds_lets_the_write_through_once(self):
        self.assertStatus(self.daemon.put("/d/1/", entity(a=2), If_Match=self.tag), 204)
        answer = self.daemon.put("/d/1/", entity(a=3), If_Match=self.tag)
        self.assertProblem(answer, 412)
        now = must(self.daemon.get("/d/1/"))
        self.assertEqual(answer["ETag"], now["ETag"])
        self.assertEqual(now.json["body"], {"a": 2})

    def test_the_tag_of_each_form_is_good(self):
        for accept in (SHOJI, "text/html", JSON):
            tag = must(self.daemon.get("/d/1/", accept))["ETag"]
            self.assertStatus(self.daemon.put("/d/1/", entity(), If_Match=tag), 204)

    def test_if_match_on_nothing_is_412(self):
        self.assertProblem(self.daemon.put("/d/9/", entity(), If_Match="*"), 412)
        self.assertProblem(self.daemon.put("/d/9/", entity(), If_Match=self.tag), 412)
        self.assertStatus(self.daemon.get("/d/9/"), 404)

    def test_if_none_match_star_creates_and_never_replaces(self):
        self.assertStatus(self.daemon.put("/d/new/", entity(), If_None_Match="*"), 201)
        self.assertProblem(self.daemon.put("/d/new/", entity(), If_None_Match="*"), 412)
        must(self.daemon.delete("/d/new/"))

    def test_delete_on_a_condition(self):
        self.assertProblem(self.daemon.delete("/d/1/", If_Match='"x"'), 412)
        must(self.daemon.get("/d/1/"))
        self.assertStatus(self.daemon.delete("/d/1/", If_Match=self.tag), 204)

    def test_conditions_by_date(self):
        early = "Mon, 01 Jan 2001 00:00:00 GMT"
        self.assertProblem(self.daemon.put("/d/1/", entity(), If_Unmodified_Since=early), 412)


class Methods(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/users/", catalog(catalogs={"by name": "{?name}", "p": "by/{name}"})))
        must(daemon.put("/users/1/", entity(name="Bob")))

    ALLOWED = {
        "/": "GET, HEAD, OPTIONS, POST, PUT, PATCH",
        "/users/": "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE",
        "/users/1": "GET, HEAD, OPTIONS, PUT, PATCH, DELETE",
        "/users/1/name": "GET, HEAD, OPTIONS, PUT, PATCH",
        "/users/?name=Bob": "GET, HEAD, OPTIONS",
        "/users/by/Bob": "GET, HEAD, OPTIONS",
        "/none/": "OPTIONS, PUT",
        "/-/health": "GET, HEAD, OPTIONS",
        "/-/ready/": "GET, HEAD, OPTIONS",
        "/-/slates/": "OPTIONS",
        "/-/x": "OPTIONS",
    }

    def test_options_tell_what_a_resource_has(self):
        for path, allow in self.ALLOWED.items():
            answer = self.assertStatus(self.daemon.request("OPTIONS", path), 204)
            self.assertEqual(answer["Allow"], allow, path)

    def test_what_it_does_not_have_is_405(self):
        for path, method in (
            ("/", "DELETE"), ("/users/1", "POST"), ("/users/1/name", "POST"),
            ("/users/1/name", "DELETE"), ("/users/?name=Bob", "PATCH"), ("/users/by/Bob", "PATCH"),
            ("/-/health", "PATCH"), ("/-/health", "POST"),
        ):  # fmt: skip
            body = None if method == "DELETE" else {"element": "shoji:entity", "body": {}}
            answer = self.daemon.request(method, path, body)
            self.assertProblem(answer, 405, method)
            self.assertEqual(answer["Allow"], self.ALLOWED[path], path)

    def test_a_preflight_of_cors_gets_no_grant(self):
        answer = self.daemon.request(
            "OPTIONS",
            "/",
            headers={"Origin": "http://e.example", "Access-Control-Request-Method": "PUT"},
        )
        self.assertStatus(answer, 204)
        self.assertIsNone(answer["Access-Control-Allow-Origin"])

    def test_a_method_that_is_none_is_501(self):
        for method in ("FROB", "PROPFIND", "MKCOL", "LOCK", "TRACE", "CONNECT", "get"):
            with self.subTest(method):
                answer = self.daemon.raw_request(
                    method.encode() + b" / HTTP/1.1", b"Host: localhost", b"Connection: close"
                )
                self.assertProblem(answer, 501)


class WithoutAuth(TestCase):
    options = {"no_auth": False}

    def test_writes_are_401_and_say_why(self):
        for method in ("PUT", "POST", "PATCH", "DELETE"):
            body = None if method == "DELETE" else catalog()
            answer = self.daemon.request(method, "/x/", body, {"Accept": PROBLEM})
            self.assertProblem(answer, 401, "Bearer TOKEN")
            self.assertTrue(answer["WWW-Authenticate"].startswith("Bearer"))
        self.assertStatus(self.daemon.get("/x/"), 404)

    def test_reading_is_open(self):
        self.assertStatus(self.daemon.get("/"), 200)

    def test_writing_is_not_advertised(self):
        answer = self.daemon.request("OPTIONS", "/")
        self.assertEqual(answer["Allow"], "GET, HEAD, OPTIONS")

    def test_a_body_is_refused_before_it_is_sent(self):
        answer = self.daemon.raw_request(
            b"PUT /x/ HTTP/1.1", b"Host: localhost", b"Content-Length: 1000000", b"Expect: 100-continue"
        )
        self.assertProblem(answer, 401)


class ReadOnly(TestCase):
    arguments = ("--read-only",)

    @classmethod
    def setUpClass(cls):
        cls.first = Daemon().start()
        must(cls.first.put("/a/", catalog()))
        cls.first.stop()
        cls.options = {"store": cls.first.store}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.first.close()

    def test_it_reads(self):
        self.assertEqual(list(must(self.daemon.get("/")).json["catalogs"]), ["a"])

    def test_writes_are_405(self):
        for method in ("PUT", "POST", "PATCH", "DELETE"):
            body = None if method == "DELETE" else entity()
            answer = self.daemon.request(method, "/a/", body)
            self.assertProblem(answer, 405, "read-only")
            self.assertEqual(answer["Allow"], "GET, HEAD, OPTIONS")
