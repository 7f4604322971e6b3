"""GET and HEAD of every kind of document: forms, links, negotiation, conditions."""

import json

from support.daemon import JSON, PROBLEM, SHOJI, Daemon, TestCase, catalog, entity, must

USERS = {
    "element": "shoji:catalog",
    "title": "Users",
    "unknown": {"kept": 0.10},
    "catalogs": {
        "team": "../teams/red/",
        "sellers by sold count": "sellers{?sold_count}",
        "elsewhere": "http://example.org/x",
    },
    "views": {"Sold Counts": "sold_counts/", "Literal": "literal"},
    "urls": {"docs": "/docs/"},
    "specification": "spec",
    "entities": [],
}


class Reading(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/users/", USERS))
        must(daemon.put("/teams/", catalog(index={})))
        must(daemon.put("/teams/red/", catalog(index={}, tuple=["name", "no such"])))
        must(daemon.put("/teams/blue moon/".replace(" ", "%20"), catalog()))
        must(daemon.put("/users/1/", entity(name="Katsuhiro", sold_count=387, tags=["a"])))
        must(daemon.put("/users/2/", entity(name="Bob", sold_count=1e3, gone=None)))
        must(
            daemon.put(
                "/users/sold_counts/",
                {"element": "shoji:view", "projection": {"attribute": "sold_count"}},
            )
        )
        must(daemon.put("/users/literal/", {"element": "shoji:view", "value": [1, 2]}))
        must(daemon.put("/users/value/", b'[ 0.10, 1e400 ]'))
        must(
            daemon.put(
                "/users/order/",
                {
                    "element": "shoji:order",
                    "graph": ["../1/", {"Group": ["../2/", {"Inner": []}]}],
                },
            )
        )
        must(daemon.put("/teams/red/x/", entity(name="X", size=3, nested={"a": 1})))
        must(daemon.put("/teams/y/", entity(name="Y", size=3, nested={"a": 1}, no=None)))

    def test_the_root_is_a_catalog_from_the_beginning(self):
        with Daemon() as fresh:
            root = must(fresh.get("/")).json
            self.assertEqual(root["element"], "shoji:catalog")
            self.assertEqual(root["self"], fresh.base)
            self.assertEqual(root["entities"], [])
            self.assertEqual(root["size"], 0)

    def test_a_catalog_shows_its_members_in_the_form_that_is_stored(self):
        users = must(self.daemon.get("/users/")).json
        self.assertEqual(users["entities"], ["1/", "2/"])
        self.assertNotIn("index", users)
        teams = must(self.daemon.get("/teams/")).json
        self.assertNotIn("entities", teams)
        self.assertEqual(list(teams["index"]), ["y/"])

    def test_a_catalog_tells_its_size(self):
        self.assertEqual(must(self.daemon.get("/users/")).json["size"], 2)
        self.assertEqual(must(self.daemon.get("/teams/")).json["size"], 1)

    def test_tuples_carry_every_scalar_attribute(self):
        tuple_ = must(self.daemon.get("/teams/")).json["index"]["y/"]
        self.assertEqual(tuple_, {"name": "Y", "size": 3, "no": None})

    def test_tuples_carry_the_attributes_that_the_catalog_names(self):
        tuple_ = must(self.daemon.get("/teams/red/")).json["index"]["x/"]
        self.assertEqual(tuple_, {"name": "X"})

    def test_a_catalog_keeps_the_members_that_nobody_has_named(self):
        answer = must(self.daemon.get("/users/"))
        self.assertIn(b'"unknown":{"kept":0.1}', answer.body)
        self.assertEqual(answer.json["title"], "Users")

    def test_stored_members_keep_their_place(self):
        names = list(must(self.daemon.get("/users/")).json)
        self.assertEqual(names[:4], ["element", "self", "title", "unknown"])
        self.assertLess(names.index("views"), names.index("entities"))

    def test_stored_catalogs_come_first_and_children_after_them(self):
        root = must(self.daemon.get("/")).json
        self.assertEqual(list(root["catalogs"]), ["users", "teams"])
        teams = must(self.daemon.get("/teams/")).json["catalogs"]
        self.assertEqual(
            teams,
            {
                "red": self.daemon.base + "teams/red/",
                "blue moon": self.daemon.base + "teams/blue%20moon/",
            },
        )

    def test_a_child_to_which_a_stored_link_leads_is_not_shown_twice(self):
        with Daemon() as daemon:
            must(daemon.put("/", catalog(catalogs={"people": "users"})))
            must(daemon.put("/users/", catalog()))
            must(daemon.put("/people/", catalog()))
            catalogs = must(daemon.get("/")).json["catalogs"]
            self.assertEqual(
                catalogs,
                {"people": daemon.base + "users", "people/": daemon.base + "people/"},
            )

    def test_links_of_maps_are_absolute(self):
        users = must(self.daemon.get("/users/")).json
        base = self.daemon.base
        self.assertEqual(users["self"], base + "users/")
        self.assertEqual(users["catalogs"]["team"], base + "teams/red/")
        self.assertEqual(users["catalogs"]["elsewhere"], "http://example.org/x")
        self.assertEqual(users["views"]["Literal"], base + "users/literal")
        self.assertEqual(users["urls"]["docs"], base + "docs/")
        self.assertEqual(users["specification"], base + "users/spec")

    def test_a_template_has_its_base_put_before_it(self):
        users = must(self.daemon.get("/users/")).json
        self.assertEqual(
            users["catalogs"]["sellers by sold count"],
            self.daemon.base + "users/sellers{?sold_count}",
        )

    def test_an_entity_has_its_self(self):
        answer = must(self.daemon.get("/users/1/"))
        self.assertEqual(
            answer.body.decode(),
            '{"element":"shoji:entity","self":"%susers/1/",'
            '"body":{"name":"Katsuhiro","sold_count":387,"tags":["a"]}}' % self.daemon.base,
        )

    def test_the_references_of_an_order_are_absolute(self):
        order = must(self.daemon.get("/users/order/")).json
        base = self.daemon.base
        self.assertEqual(
            order["graph"],
            [base + "users/1/", {"Group": [base + "users/2/", {"Inner": []}]}],
        )

    def test_a_view_is_served_with_its_value(self):
        view = must(self.daemon.get("/users/literal/")).json
        self.assertEqual(view["value"], [1, 2])
        self.assertEqual(view["self"], self.daemon.base + "users/literal/")

    def test_a_projection_is_computed_over_the_entities_in_their_order(self):
        view = must(self.daemon.get("/users/sold_counts")).json
        self.assertEqual(view["value"], [387, 1000.0])

    def test_a_bare_value_is_served_as_it_is(self):
        answer = must(self.daemon.get("/users/value/"))
        self.assertEqual(answer["Content-Type"], JSON)
        self.assertEqual(json.loads(answer.body, parse_float=str), ["0.10", "1e400"])

    def test_an_attribute_is_a_fragment(self):
        answer = must(self.daemon.get("/users/1/sold_count"))
        self.assertEqual(answer.body, b"387")
        self.assertEqual(answer["Content-Type"], JSON)
        self.assertEqual(must(self.daemon.get("/users/1/tags/")).json, ["a"])
        self.assertProblem(self.daemon.get("/users/1/nothing"), 404, "/users/1/nothing/")

    def test_a_fragment_can_be_found_by_its_name_in_the_map(self):
        document = entity(sold=7)
        document["fragments"] = {"sold": "count/", "absent": "absent/"}
        must(self.daemon.put("/teams/f/", document))
        self.assertEqual(must(self.daemon.get("/teams/f/count")).json, 7)
        self.assertStatus(self.daemon.get("/teams/f/absent"), 404)
        must(self.daemon.delete("/teams/f/"))

    def test_a_path_without_its_slash_is_the_same_resource(self):
        with_slash = must(self.daemon.get("/users/1/"))
        without = must(self.daemon.get("/users/1"))
        self.assertEqual(with_slash.body, without.body)
        self.assertEqual(with_slash["ETag"], without["ETag"])
        self.assertIsNone(with_slash["Content-Location"])
        self.assertEqual(without["Content-Location"], self.daemon.base + "users/1/")

    def test_percent_encoding_is_compared_in_normal_form(self):
        answer = must(self.daemon.get("/%75sers/%31/"))
        self.assertEqual(answer.json["self"], self.daemon.base + "users/1/")
        self.assertEqual(answer["Content-Location"], self.daemon.base + "users/1/")

    def test_head_gives_the_head_of_get(self):
        for path in ("/", "/users/", "/users/1", "/users/value/", "/users/1/name", "/nothing"):
            with self.subTest(path):
                get, head = self.daemon.get(path), self.daemon.head(path)
                self.assertEqual(head.status, get.status)
                self.assertEqual(head.body, b"")
                for name in ("ETag", "Content-Length", "Content-Type", "Last-Modified"):
                    self.assertEqual(head[name], get[name])

    def test_what_is_not_there_is_404(self):
        problem = self.assertProblem(self.daemon.get("/nothing/"), 404, "/nothing/")
        self.assertEqual(problem["title"], "Not Found")

    def test_what_has_been_deleted_is_410(self):
        must(self.daemon.put("/short/", catalog()))
        must(self.daemon.delete("/short/"), 204)
        self.assertProblem(self.daemon.get("/short/"), 410)

    def test_health_and_readiness(self):
        for path in ("/-/health", "/-/ready", "/-/health/"):
            answer = self.assertStatus(self.daemon.get(path), 200)
            self.assertTrue(answer["Content-Type"].startswith("text/plain"))
        self.assertProblem(self.daemon.get("/-/statistics/"), 404, "/-/health")
        self.assertProblem(self.daemon.get("/-"), 404)


class Negotiation(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/e/", entity(a=1)))
        must(daemon.put("/v/", b"387"))

    def type_for(self, accept, path="/e/"):
        answer = must(self.daemon.get(path, accept))
        self.assertEqual(answer["Vary"], "Accept, Accept-Encoding")
        return answer["Content-Type"]

    def test_json_is_for_whoever_does_not_say(self):
        for accept in (None, "*/*", "application/json", "application/*", "text/plain, */*"):
            self.assertEqual(self.type_for(accept), JSON, accept)

    def test_shoji_json_is_for_whoever_names_it(self):
        for accept in (
            "application/shoji+json",
            "application/json, application/shoji+json",
            "Application/Shoji+JSON;q=0.5, */*;q=0.1",
            "application/json;q=0.9, application/shoji+json",
        ):
            self.assertEqual(self.type_for(accept), SHOJI, accept)

    def test_quality_values_count(self):
        self.assertEqual(
            self.type_for("application/json, application/shoji+json;q=0.9"), JSON
        )

    def test_browsers_get_a_page(self):
        browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        answer = must(self.daemon.get("/e/", browser))
        self.assertTrue(answer["Content-Type"].startswith("text/html"))
        self.assertIn(b"<html", answer.body.lower())
        self.assertIn("default-src 'none'", answer["Content-Security-Policy"])

    def test_a_bare_value_is_json_for_all(self):
        for accept in (None, JSON, SHOJI):
            self.assertEqual(self.type_for(accept, "/v/"), JSON)

    def test_what_cannot_be_served_is_406_with_what_can(self):
        for accept in ("image/png", "application/json;q=0, text/plain"):
            problem = self.daemon.get("/e/", accept)
            self.assertProblem(problem, 406, JSON, SHOJI, "text/html")

    def test_problems_have_their_own_type_for_who_knows_it(self):
        for accept in (PROBLEM, SHOJI, f"{SHOJI}, {JSON};q=0.5"):
            self.assertEqual(self.daemon.get("/none/", accept)["Content-Type"], PROBLEM)
        for accept in (None, "*/*", JSON, "text/html"):
            self.assertEqual(self.daemon.get("/none/", accept)["Content-Type"], JSON)

    def test_each_form_has_an_etag_of_its_own(self):
        tags = {must(self.daemon.get("/e/", a))["ETag"] for a in (JSON, SHOJI, "text/html")}
        self.assertEqual(len(tags), 3)


class Conditions(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/users/", catalog(catalogs={"by name": "{?name}"})))
        must(daemon.put("/users/1/", entity(name="Bob")))
        must(
            daemon.put(
                "/users/names/",
                {"element": "shoji:view", "projection": {"attribute": "name"}},
            )
        )

    PATHS = (
        "/", "/users/", "/users/1/", "/users/1/name", "/users/?name=Bob", "/users/?limit=1",
        "/users/names/",
    )  # fmt: skip

    def test_what_is_unchanged_is_304_without_a_body(self):
        for path in self.PATHS:
            with self.subTest(path):
                first = must(self.daemon.get(path))
                self.assertRegex(first["ETag"], r'^"[^"]+"$')
                again = self.daemon.get(path, If_None_Match=first["ETag"])
                self.assertStatus(again, 304)
                self.assertEqual(again.body, b"")
                self.assertEqual(again["ETag"], first["ETag"])
                self.assertEqual(again["Vary"], "Accept, Accept-Encoding")
                self.assertIsNone(again["Content-Length"])

    def test_other_tags_get_the_document(self):
        for path in self.PATHS:
            self.assertStatus(self.daemon.get(path, If_None_Match='"other"'), 200)

    def test_lists_and_stars_of_tags(self):
        tag = must(self.daemon.get("/users/1/"))["ETag"]
        for field in (f'"a", {tag}', "*", f"W/{tag}"):
            self.assertStatus(self.daemon.get("/users/1/", If_None_Match=field), 304)

    def test_the_tag_of_another_form_does_not_count(self):
        tag = must(self.daemon.get("/users/1/", SHOJI))["ETag"]
        self.assertStatus(self.daemon.get("/users/1/", JSON, If_None_Match=tag), 200)

    def test_if_match_that_does_not_hold_is_412(self):
        self.assertProblem(self.daemon.get("/users/1/", If_Match='"other"'), 412)

    def test_conditions_by_date(self):
        date = must(self.daemon.get("/users/1/"))["Last-Modified"]
        self.assertStatus(self.daemon.get("/users/1/", If_Modified_Since=date), 304)
        early = "Mon, 01 Jan 2001 00:00:00 GMT"
        self.assertStatus(self.daemon.get("/users/1/", If_Modified_Since=early), 200)
        self.assertStatus(self.daemon.get("/users/1/", If_Unmodified_Since=early), 412)

    def test_a_catalog_changes_with_what_it_shows(self):
        paths = ("/users/", "/users/?name=Bob", "/users/names/")
        before = {path: must(self.daemon.get(path))["ETag"] for path in paths}
        must(self.daemon.put("/users/1/", entity(name="Bob", other=1)))
        for path in paths:
            self.assertNotEqual(must(self.daemon.get(path))["ETag"], before[path], path)
        before = {path: must(self.daemon.get(path))["ETag"] for path in paths}
        must(self.daemon.put("/users/2/", entity(name="Ann")))
        for path in paths:
            self.assertNotEqual(must(self.daemon.get(path))["ETag"], before[path], path)
        before = must(self.daemon.get("/users/"))["ETag"]
        must(self.daemon.put("/users/inner/", catalog()))
        self.assertNotEqual(must(self.daemon.get("/users/"))["ETag"], before)

    def test_an_entity_does_not_change_with_its_neighbours(self):
        before = must(self.daemon.get("/users/1/"))["ETag"]
        must(self.daemon.put("/users/3/", entity(name="Eve")))
        self.assertEqual(must(self.daemon.get("/users/1/"))["ETag"], before)


class Hosts(TestCase):
    def test_links_follow_the_host_of_the_request(self):
        answer = self.daemon.get("/", Host="example.org:81")
        self.assertEqual(answer.json["self"], "http://example.org:81/")
        answer = self.daemon.get("/", Host="[::1]:8642")
        self.assertEqual(answer.json["self"], "http://[::1]:8642/")
        must(self.daemon.get("/", Host="example.org:65535"))

    def test_a_host_that_is_none_is_400(self):
        for host in ("a b", "a/b", "user@host", "host:port", "host:999999", "host:65536", "[::1", "", "a,b",
                     '"><script>'):  # fmt: skip
            with self.subTest(host):
                self.assertProblem(self.daemon.get("/", Host=host), 400, "Host")


class BaseIri(TestCase):
    arguments = ("--base-iri", "https://example.org/api/")

    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/users/", catalog(catalogs={"t": "/teams/", "q": "/x/{?a}"})))

    def test_links_stand_under_the_base(self):
        users = must(self.daemon.get("/users")).json
        self.assertEqual(users["self"], "https://example.org/api/users/")
        self.assertEqual(
            users["catalogs"],
            {"t": "https://example.org/teams/", "q": "https://example.org/x/{?a}"},
        )

    def test_so_do_location_and_content_location(self):
        made = must(self.daemon.post("/users", entity(a=1), Slug="a"), 201)
        self.assertEqual(made["Location"], "https://example.org/api/users/a/")
        self.assertEqual(
            must(self.daemon.get("/users/a"))["Content-Location"],
            "https://example.org/api/users/a/",
        )

    def test_links_that_were_sent_absolute_are_the_same_again(self):
        document = catalog(
            catalogs={
                "up": "https://example.org/api/",
                "down": "https://example.org/api/two/down/",
                "path": "/api/other/",
                "outside": "/outside/",
                "template": "https://example.org/api/two/by/{x}/",
            }
        )
        must(self.daemon.put("/two/", document))
        self.assertEqual(
            must(self.daemon.get("/two/")).json["catalogs"],
            {
                "up": "https://example.org/api/",
                "down": "https://example.org/api/two/down/",
                "path": "https://example.org/api/other/",
                "outside": "https://example.org/outside/",
                "template": "https://example.org/api/two/by/{x}/",
            },
        )

    def test_any_host_is_then_good(self):
        answer = self.daemon.raw_request(b"GET / HTTP/1.1", b"Host: !!", b"Connection: close")
        self.assertStatus(answer, 200)


class RelativeLinks(TestCase):
    arguments = ("--links", "relative")

    def test_all_links_are_relative(self):
        document = catalog(catalogs={"team": "../teams/", "by name": "{?name}"}, index={})
        must(self.daemon.put("/users/", document))
        must(self.daemon.put("/users/sub/", catalog()))
        must(self.daemon.put("/users/1/", entity(name="a")))
        users = must(self.daemon.get("/users/")).json
        self.assertEqual(users["self"], "/users/")
        self.assertEqual(
            users["catalogs"], {"team": "../teams/", "by name": "{?name}", "sub": "sub/"}
        )
        self.assertEqual(list(users["index"]), ["1/"])
