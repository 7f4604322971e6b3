"""The templates route: a declared template is a promise that the server keeps."""

import contextlib
import sqlite3
import subprocess

from support.daemon import JSON, PROGRAM, TestCase, catalog, entity, must, wait_until

PEOPLE = {
    "1": {"name": "Bob", "age": 30, "team": "red", "tags": ["a", "b"], "paid": True},
    "2": {"name": "Ann", "age": 30.0, "team": "blue", "tags": [], "paid": False},
    "3": {"name": "Bob", "age": 4e1, "team": "red", "tags": ["b", 7], "paid": None},
    "4": {"name": "Łucja O'Neil/x", "age": "30", "team": "a b&c=d"},
}


class Routes(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(
            daemon.put(
                "/people/",
                catalog(
                    index={},
                    title="People",
                    catalogs={
                        "by anything": "{?name,age,paid}",
                        "by teams": "{?team*}",
                        "by tag": "tagged{?tags}",
                        "by name": "by_name/{name}/",
                        "by team and name": "in/{team}/{name}",
                    },
                    urls={"plain": "plain"},
                ),
            )
        )
        must(daemon.post("/people/", catalog(index=PEOPLE)), 201)
        must(daemon.put("/list/", catalog(catalogs={"by x": "{?x}"})))
        must(daemon.put("/list/1/", entity(x="y")))
        must(daemon.put("/", catalog(views={"people of": "people/root/{name}"})))

    def found(self, path):
        """The entities that a request finds, by the segments of their paths."""
        answer = must(self.daemon.get(path)).json
        self.assertEqual(answer["element"], "shoji:catalog")
        self.assertEqual(answer["size"], len(answer["index"]))
        return [key.rstrip("/").rsplit("/", 1)[-1] for key in answer["index"]]

    def test_a_value_that_is_no_text_is_told_as_such(self):
        for value, words in (("%00", "%00"), ("a%00b", "%00"), ("%ff", "UTF-8")):
            answer = self.daemon.get(f"/people/?name={value}")
            self.assertNotIn("declare", self.assertProblem(answer, 400, words)["detail"])

    def test_more_than_64_attributes_are_indexed(self):
        views = {f"by {i}": "{?many%d}" % i for i in range(200)}
        must(self.daemon.put("/wide/", catalog(views=views)))
        must(self.daemon.put("/wide/1/", entity(many199="x")))
        found = must(self.daemon.get("/wide/?many199=x")).json["entities"]
        self.assertEqual(found, ["1/"])
        file = self.daemon.store.removeprefix("sqlite:")
        with contextlib.closing(sqlite3.connect(file)) as database:
            (count,) = database.execute(
                "SELECT count(*) FROM indexed WHERE name LIKE 'many%'"
            ).fetchone()
        self.assertEqual(count, 200)

    def test_a_query_filters(self):
        self.assertEqual(self.found("/people/?name=Bob"), ["1", "3"])
        self.assertEqual(self.found("/people?name=Ann"), ["2"])

    def test_a_query_may_be_spelt_as_forms_and_url_libraries_do(self):
        for query in ("name=%C5%81ucja+O'Neil/x", "name=%C5%81ucja%20O'Neil%2Fx"):
            self.assertEqual(self.found(f"/people/?{query}"), ["4"], query)

    def test_several_variables_must_all_hold_in_any_order(self):
        self.assertEqual(self.found("/people/?name=Bob&age=30"), ["1"])
        self.assertEqual(self.found("/people/?age=30&name=Bob"), ["1"])
        self.assertEqual(self.found("/people/?age=31&name=Bob"), [])

    def test_a_number_equals_by_value_and_a_text_by_character(self):
        self.assertEqual(self.found("/people/?age=30"), ["1", "2", "4"])
        self.assertEqual(self.found("/people/?age=40"), ["3"])
        self.assertEqual(self.found("/people/?age=3e1"), ["1", "2"])
        self.assertEqual(self.found("/people/?name=bob"), [])

    def test_booleans_and_arrays(self):
        self.assertEqual(self.found("/people/?paid=true"), ["1"])
        self.assertEqual(self.found("/people/?paid=null"), [])
        self.assertEqual(self.found("/people/tagged?tags=b"), ["1", "3"])
        self.assertEqual(self.found("/people/tagged?tags=7"), ["3"])

    def test_of_the_items_of_a_list_one_must_hold(self):
        self.assertEqual(self.found("/people/?team=red&team=blue"), ["1", "2", "3"])
        self.assertEqual(self.found("/people/?team=blue&team=none"), ["2"])

    def test_a_path_looks_up(self):
        self.assertEqual(self.found("/people/by_name/Bob/"), ["1", "3"])
        self.assertEqual(self.found("/people/by_name/Bob"), ["1", "3"])
        self.assertEqual(self.found("/people/in/red/Bob"), ["1", "3"])
        self.assertEqual(self.found("/people/in/red/Bob/"), ["1", "3"])

    def test_values_are_percent_decoded(self):
        self.assertEqual(self.found("/people/?name=%C5%81ucja%20O%27Neil%2Fx"), ["4"])
        self.assertEqual(self.found("/people/?team=a%20b%26c%3Dd"), ["4"])

    def test_an_empty_query_is_none(self):
        self.assertEqual(self.found("/people/by_name/Bob/?"), ["1", "3"])
        self.assertEqual(self.found("/people/?"), ["1", "2", "3", "4"])

    def test_a_template_without_values_gives_all(self):
        self.assertEqual(self.found("/people/tagged"), ["1", "2", "3", "4"])

    def test_what_names_no_entity_is_an_empty_catalog(self):
        answer = must(self.daemon.get("/people/by_name/Nobody/")).json
        self.assertEqual((answer["index"], answer["size"]), ({}, 0))

    def test_it_has_the_form_of_the_catalog_that_is_filtered(self):
        index = must(self.daemon.get("/people/?name=Ann")).json["index"]
        self.assertEqual(index["2/"]["team"], "blue")
        listed = must(self.daemon.get("/list/?x=y")).json
        self.assertEqual(listed["entities"], ["1/"])

    def test_references_are_relative_to_its_own_self(self):
        base = self.daemon.base
        for path, self_, key in (
            ("/people?age=30&name=Bob", "people/?name=Bob&age=30", "1/"),
            ("/people/by_name/Ann", "people/by_name/Ann/", "../../2/"),
            ("/people/in/blue/Ann", "people/in/blue/Ann/", "/people/2/"),
            ("/people/tagged?tags=7", "people/tagged/?tags=7", "../3/"),
        ):
            answer = must(self.daemon.get(path))
            self.assertEqual(answer.json["self"], base + self_)
            self.assertIn(key, answer.json["index"])
            sent = path.split("?")[0][1:]
            slash = None if sent == self_.split("?")[0] else base + self_
            self.assertEqual(answer["Content-Location"], slash)

    def test_the_longest_catalog_above_is_filtered(self):
        self.assertEqual(self.found("/people/root/Bob"), ["1", "3"])

    def test_other_members_of_the_catalog_are_not_shown(self):
        answer = must(self.daemon.get("/people/?name=Ann")).json
        self.assertEqual(list(answer), ["element", "self", "size", "index"])

    def test_a_parameter_that_nobody_declares_is_400_with_those_declared(self):
        answer = self.daemon.get("/people/?nmae=Bob")
        self.assertProblem(answer, 400, "nmae=Bob", "{?name,age,paid}", "{?team*}")
        self.assertProblem(self.daemon.get("/people/?name=Bob&x=1"), 400)
        self.assertProblem(self.daemon.get("/people/1/?x=1"), 400)
        self.assertProblem(self.daemon.get("/people/1/name?x=1"), 400)
        self.assertProblem(self.daemon.get("/people/by_name/Bob/?x=1"), 400)

    def test_what_no_template_matches_is_404(self):
        for path in ("/people/by_age/3", "/people/by_name/a/b/", "/x?y=1"):
            self.assertStatus(self.daemon.get(path), 404)

    def test_a_malformed_query_is_400(self):
        self.assertProblem(self.daemon.get("/people/?name=%zz"), 400, "%")

    def test_a_template_that_is_replaced_is_routed_anew(self):
        must(self.daemon.put("/change/", catalog(catalogs={"a": "{?a}"})))
        must(self.daemon.put("/change/1/", entity(a=1, b=2)))
        self.assertEqual(must(self.daemon.get("/change/?a=1")).json["entities"], ["1/"])
        must(self.daemon.put("/change/", catalog(catalogs={"b": "{?b}"})))
        self.assertEqual(must(self.daemon.get("/change/?b=2")).json["entities"], ["1/"])
        self.assertProblem(self.daemon.get("/change/?a=1"), 400, "{?b}")

    def test_a_stored_document_comes_before_a_template(self):
        must(self.daemon.put("/people/by_name/", catalog()))
        must(self.daemon.put("/people/by_name/Bob/", b'"stored"'))
        self.assertEqual(must(self.daemon.get("/people/by_name/Bob/")).json, "stored")
        must(self.daemon.delete("/people/by_name/Bob/"))
        must(self.daemon.delete("/people/by_name/"))
        self.assertEqual(self.found("/people/by_name/Bob/"), ["1", "3"])

    def test_writes_to_it_are_405(self):
        for path in ("/people/?name=Bob", "/people/by_name/Bob/"):
            self.assertStatus(self.daemon.delete(path), 405)
            self.assertStatus(self.daemon.post(path, entity()), 405)
        self.assertStatus(self.daemon.put("/people/?name=Bob", entity()), 405)

    def test_it_is_negotiated_as_any_other(self):
        self.assertEqual(must(self.daemon.get("/people/?name=Bob", "*/*"))["Content-Type"], JSON)
        self.assertStatus(self.daemon.get("/people/?name=Bob", "image/png"), 406)

    def test_each_question_has_a_tag_of_its_own(self):
        tags = [
            must(self.daemon.get(path))["ETag"]
            for path in ("/people/", "/people/?name=Bob", "/people/?name=Ann",
                         "/people/by_name/Bob/")
        ]
        self.assertEqual(len(set(tags)), 4, tags)
        self.assertEqual(must(self.daemon.get("/people?name=Bob"))["ETag"], tags[1])
        self.assertEqual(self.daemon.get("/people/?name=Bob", If_None_Match=tags[1]).status, 304)
        self.assertEqual(self.daemon.get("/people/?name=Bob", If_None_Match=tags[0]).status, 200)

    def test_a_template_of_any_map_is_a_promise(self):
        for name in ("catalogs", "views", "fragments", "orders", "urls"):
            must(self.daemon.put(f"/{name}/", catalog(**{name: {
                "q": "q{?a,b*}", "p": "p/{a}/{b}", "away": "//a.example/{a}",
            }})))
            must(self.daemon.put(f"/{name}/1/", entity(a="x", b=1)))
            must(self.daemon.put(f"/{name}/2/", entity(a="x", b=[2, 3])))
            must(self.daemon.put(f"/{name}/3/", entity(a="y", b=2)))
            for path, expected in (
                ("q?a=x", ["1/", "2/"]), ("q?b=1&b=3", ["1/", "2/"]), ("q?a=x&b=2&b=9", ["2/"]),
                ("q?b=2", ["2/", "3/"]), ("q", ["1/", "2/", "3/"]), ("q?a=", []),
                ("p/x/2", ["2/"]), ("p/y/2/", ["3/"]), ("p/y/1/", []),
            ):
                found = must(self.daemon.get(f"/{name}/{path}")).json["entities"]
                found = [key.rsplit("/", 2)[-2] + "/" for key in found]
                self.assertEqual(found, expected, f"{name} {path}")

    def test_a_slash_within_a_value_is_asked_by_a_query(self):
        self.assertProblem(
            self.daemon.get("/people/by_name/%C5%81ucja%20O'Neil%2Fx/"), 400, "%2F", "query"
        )
        self.assertEqual(self.found("/people/?name=%C5%81ucja%20O%27Neil%2Fx"), ["4"])


class DeclaredElsewhere(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/cat/", catalog(index={})))
        must(daemon.put("/cat/1/", entity(country="EU", continent="x")))
        must(daemon.put("/cat/2/", entity(country="x", continent="EU")))

    def test_a_template_that_comes_to_mean_something_else_is_answered_anew(self):
        answers = []
        for attribute in ("country", "continent"):
            must(self.daemon.put("/", catalog(catalogs={"by place": f"cat/{{{attribute}}}/"})))
            must(self.daemon.get("/cat/EU/"))
            answers.append(must(self.daemon.get("/cat/EU/")))
        first, second = answers
        self.assertEqual([list(answer.json["index"]) for answer in answers], [["../1/"], ["../2/"]])
        self.assertNotEqual(first["ETag"], second["ETag"])
        again = self.daemon.get("/cat/EU/", If_None_Match=first["ETag"])
        self.assertEqual(again.status, 200)


class Index(TestCase):
    """A template that comes to a large catalog."""

    ENTITIES = 20000

    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/large/", catalog()))
        for begin in range(0, cls.ENTITIES, 5000):
            rows = {str(i): {"n": i} for i in range(begin, begin + 5000)}
            must(daemon.post("/large/", catalog(index=rows)), 201)

    def pending(self):
        """How many attributes are still being indexed."""
        file = self.daemon.store.removeprefix("sqlite:")
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM filling").fetchone()[0]

    def test_service_goes_on_while_it_is_built_also_after_a_kill(self):
        must(self.daemon.put("/large/", catalog(catalogs={"by n": "{?n}"})))
        self.assertEqual(self.pending(), 1, "it was built within the request")
        self.assertEqual(must(self.daemon.get("/large/?n=7")).json["entities"], ["7/"])
        self.assertEqual(self.pending(), 1)
        self.daemon.process.kill()
        self.daemon.stop()
        self.assertEqual(self.pending(), 1)
        self.daemon.start()
        must(self.daemon.put("/large/7/", entity(n="seven")), 204)
        self.assertEqual(must(self.daemon.get("/large/?n=7")).json["entities"], [])
        self.assertTrue(wait_until(lambda: self.pending() == 0))
        for value, expected in (("7", []), ("seven", ["7/"]), ("19999", ["19999/"])):
            found = must(self.daemon.get(f"/large/?n={value}")).json["entities"]
            self.assertEqual(found, expected)
        done = subprocess.run([PROGRAM, "check", self.daemon.store], capture_output=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
