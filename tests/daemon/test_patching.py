"""PATCH: of every kind of resource, in one commit, on conditions; and what comes back."""

import json
import pathlib
import tempfile
import threading
import unittest

from support.daemon import JSON, SHOJI, Daemon, TestCase, bearer, catalog, entity, must

MERGE = "application/merge-patch+json"
ANY_PATCH = f"{JSON}, {SHOJI}, {MERGE}"


def patch(daemon, path, body, kind=JSON, **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if kind is not None:
        fields["Content-Type"] = kind
    return daemon.request("PATCH", path, json.dumps(body).encode(), fields)


class Patching(TestCase):
    """Each test has the catalog /u/ with the entities 1, 2 and 3."""

    def setUp(self):
        for name in must(self.daemon.get("/u/"), 200, 404).json.get("index", {}):
            for below in ("doc/", ""):
                must(self.daemon.delete(f"/u/{name}{below}"), 204, 404, 405, 410)
        must(self.daemon.put("/u/", catalog(title="U", index={})))
        for n in (1, 2, 3):
            must(self.daemon.put(f"/u/{n}/", entity(name=f"n{n}", sold=n, deep={"a": [n]})))

    def patch(self, path, body, kind=JSON, **headers):
        return patch(self.daemon, path, body, kind, **headers)

    def index(self):
        return must(self.daemon.get("/u/")).json["index"]

    def body(self, path):
        return must(self.daemon.get(path)).json["body"]


class PatchingDocuments(Patching):
    def test_attributes_of_an_entity_are_replaced_and_all_others_stay(self):
        for n, kind in enumerate((JSON, SHOJI, JSON + "; charset=utf-8", None)):
            answer = self.patch("/u/1", entity(sold=n, new=None), kind)
            self.assertStatus(answer, 204)
            self.assertEqual(answer.body, b"")
            read = must(self.daemon.get("/u/1/"))
            self.assertEqual(read["ETag"], answer["ETag"])
            self.assertEqual(
                list(read.json["body"].items()),
                [("name", "n1"), ("sold", n), ("deep", {"a": [1]}), ("new", None)],
            )

    def test_a_merge_patch_merges_and_removes(self):
        self.assertStatus(
            self.patch("/u/1/", {"body": {"name": None, "deep": {"b": 2}, "x": {"y": None}}}, MERGE), 204
        )
        self.assertEqual(self.body("/u/1/"), {"sold": 1, "deep": {"a": [1], "b": 2}, "x": {}})

    def test_number_text_and_order_are_kept(self):
        text = b'{"element":"shoji:entity","body":{"z":0.10,"a":1e400,"b":1}}'
        must(self.daemon.put("/u/1/", text))
        must(self.patch("/u/1/", entity(b=2)))
        self.assertIn(b'"body":{"z":0.10,"a":1e400,"b":2}', must(self.daemon.get("/u/1/")).body)

    def test_a_self_of_another_resource_is_422(self):
        for path, document in (("/u/1/", entity(sold=9)), ("/u/", catalog(index={"1/": {"a": 1}}))):
            for wrong in ("/u/2/", f"{self.daemon.base}u/2/"):
                answer = self.patch(path, {**document, "self": wrong})
                self.assertEqual(self.assertProblem(answer, 422)["pointer"], "/self")
            for right in (path, "https://example.org/u/2/"):
                must(self.patch(path, {**document, "self": right}))

    def test_another_element_is_422(self):
        view = {"element": "shoji:view", "value": 1}
        for kind in (JSON, MERGE):
            problem = self.assertProblem(self.patch("/u/1/", view, kind), 422)
            self.assertEqual(problem["pointer"], "/element")
        self.assertProblem(self.patch("/u/1/", 7, MERGE), 422)
        self.assertProblem(self.patch("/u/1/", 7), 422)
        self.assertProblem(self.patch("/u/", entity(a=1)), 422)
        self.assertProblem(self.patch("/u/", [], MERGE), 422)
        self.assertEqual(self.body("/u/1/")["name"], "n1")

    def test_a_result_that_is_no_document_is_422_and_changes_nothing(self):
        answer = self.patch("/u/1/", {"body": [1]}, MERGE)
        self.assertEqual(self.assertProblem(answer, 422)["pointer"], "/body")
        self.assertEqual(self.body("/u/1/")["name"], "n1")

    def test_text_that_is_no_json_is_400(self):
        for kind in (JSON, MERGE):
            answer = self.daemon.request("PATCH", "/u/1/", b'{"a": }', {"Content-Type": kind})
            self.assertEqual(self.assertProblem(answer, 400)["column"], 7)
            self.assertProblem(self.daemon.request("PATCH", "/u/1/", b"", {"Content-Type": kind}), 400)

    def test_a_view_an_order_and_a_fragment(self):
        must(self.daemon.put("/u/v/", {"element": "shoji:view", "value": [1], "title": "V"}))
        must(self.patch("/u/v/", {"element": "shoji:view", "value": {"a": 2}}), 204)
        read = must(self.daemon.get("/u/v/")).json
        self.assertEqual((read["value"], read["title"]), ({"a": 2}, "V"))
        must(self.daemon.put("/u/o/", {"element": "shoji:order", "graph": ["../1/"]}))
        graph = [self.daemon.base + "u/2/", {"G": ["../3/"]}]
        must(self.patch("/u/o/", {"element": "shoji:order", "graph": graph}), 204)
        base = self.daemon.base + "u/"
        self.assertEqual(
            must(self.daemon.get("/u/o/")).json["graph"], [base + "2/", {"G": [base + "3/"]}]
        )
        must(self.daemon.put("/u/f/", {"element": "shoji:fragment", "body": {"a": 1, "b": 2}}))
        must(self.patch("/u/f/", {"element": "shoji:fragment", "body": {"a": 3}}), 204)
        self.assertEqual(self.body("/u/f/"), {"a": 3, "b": 2})
        answer = self.patch("/u/f/", {"element": "shoji:fragment", "value": 1})
        self.assertProblem(answer, 422)
        for name in "vof":
            must(self.daemon.delete(f"/u/{name}/"))

    def test_the_value_of_a_computed_view_is_422(self):
        view = {"element": "shoji:view", "projection": {"attribute": "sold"}}
        must(self.daemon.put("/u/v/", view))
        answer = self.patch("/u/v/", {"element": "shoji:view", "value": [9]})
        self.assertEqual(self.assertProblem(answer, 422, "projection")["pointer"], "/value")
        must(self.patch("/u/v/", {"element": "shoji:view", "value": None, "title": "T"}), 204)
        self.assertEqual(must(self.daemon.get("/u/v/")).json["value"], [1, 2, 3])
        must(self.patch("/u/v/", {"projection": None, "value": [9]}, MERGE), 204)
        self.assertEqual(must(self.daemon.get("/u/v/")).json["value"], [9])
        must(self.daemon.delete("/u/v/"))

    def test_links_are_stored_relative(self):
        links = {"x": self.daemon.base + "u/2/"}
        document = {"element": "shoji:entity", "body": {}, "fragments": links}
        must(self.patch("/u/1/", document), 204)
        read = must(self.daemon.get("/u/1/", Host="other.example")).json
        self.assertEqual(read["fragments"], {"x": "http://other.example/u/2/"})
        must(self.patch("/u/1/", {"fragments": {"x": None}}, MERGE), 204)
        self.assertEqual(must(self.daemon.get("/u/1/")).json["fragments"], {})

    def test_the_self_of_a_patch_does_not_count(self):
        document = {**entity(sold=9), "self": "http://other.example/"}
        must(self.patch("/u/1/", document), 204)
        self.assertEqual(must(self.daemon.get("/u/1/")).json["self"], self.daemon.base + "u/1/")

    def test_a_bare_value_is_merged(self):
        must(self.daemon.put("/u/1/doc/", b'{"a": 1, "b": 2}'))
        must(self.patch("/u/1/doc/", {"a": None, "c": 3}, MERGE), 204)
        self.assertEqual(must(self.daemon.get("/u/1/doc/")).json, {"b": 2, "c": 3})
        must(self.patch("/u/1/doc", [1], MERGE), 204)
        self.assertEqual(must(self.daemon.get("/u/1/doc/")).json, [1])
        self.assertProblem(self.patch("/u/1/doc/", entity(a=1), MERGE), 422)
        answer = self.patch("/u/1/doc/", {"a": 1})
        self.assertProblem(answer, 415)
        self.assertEqual(answer["Accept-Patch"], MERGE)

    def test_an_attribute_is_merged(self):
        must(self.patch("/u/1/deep", {"b": {"c": None}, "a": None}, MERGE), 204)
        self.assertEqual(self.body("/u/1/"), {"name": "n1", "sold": 1, "deep": {"b": {}}})
        answer = must(self.patch("/u/1/sold/", 388, MERGE), 204)
        read = must(self.daemon.get("/u/1/sold"))
        self.assertEqual((read.json, read["ETag"]), (388, answer["ETag"]))
        answer = self.patch("/u/1/sold", 389)
        self.assertProblem(answer, 415)
        self.assertEqual(answer["Accept-Patch"], MERGE)

    def test_what_is_not_there_is_404_and_what_was_410(self):
        self.assertProblem(self.patch("/u/none/", entity(a=1)), 404)
        self.assertProblem(self.patch("/u/1/none", 1, MERGE), 404)
        must(self.daemon.delete("/u/3/"))
        self.assertProblem(self.patch("/u/3/", entity(a=1)), 410)

    def test_a_query_takes_no_patch(self):
        answer = self.patch("/u/?limit=1", catalog(title="x"))
        self.assertProblem(answer, 405)

    def test_a_patch_of_another_type_is_415_and_says_which(self):
        for path, accepted in (("/u/1/", ANY_PATCH), ("/u/", ANY_PATCH), ("/u/1/sold", MERGE)):
            answer = self.patch(path, [], "application/json-patch+json")
            self.assertProblem(answer, 415, "json-patch")
            self.assertEqual(answer["Accept-Patch"], accepted)
        self.assertProblem(self.patch("/u/none/", [], "application/json-patch+json"), 404)
        answer = self.patch("/u/?limit=1", [], "application/json-patch+json")
        self.assertProblem(answer, 405)

    def test_options_tell_the_types_of_patches(self):
        must(self.daemon.put("/u/1/doc/", b"1"))
        for path, accepted in (("/", ANY_PATCH), ("/u/", ANY_PATCH), ("/u/1/", ANY_PATCH),
                               ("/u/1/doc/", MERGE), ("/u/1/sold", MERGE), ("/u/?limit=1", None),
                               ("/u/none/", None)):  # fmt: skip
            answer = must(self.daemon.request("OPTIONS", path))
            self.assertEqual(answer["Accept-Patch"], accepted, path)
            self.assertEqual("PATCH" in answer["Allow"], accepted is not None, path)

    def test_conditions_are_honoured_in_the_commit(self):
        for path, body, kind in (("/u/1/", entity(a=1), JSON), ("/u/1/sold", 5, MERGE),
                                 ("/u/", catalog(title="T"), JSON)):  # fmt: skip
            tag = must(self.daemon.get(path))["ETag"]
            must(self.patch(path, body, kind, If_Match=tag), 204)
            answer = self.patch(path, body, kind, If_Match=tag)
            self.assertProblem(answer, 412)
            self.assertEqual(answer["ETag"], must(self.daemon.get(path))["ETag"])
            self.assertProblem(self.patch(path, body, kind, If_None_Match="*"), 412)

    def test_of_many_that_add_to_the_same_entity_none_is_lost(self):
        def work(n):
            for i in range(10):
                if patch(self.daemon, "/u/1/", entity(**{f"a{n}-{i}": i})).status != 204:
                    failed.append((n, i))

        failed = []
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertEqual(len(self.body("/u/1/")), 3 + 80)


class PatchingCatalogs(Patching):
    def test_tuples_change_entities_and_null_removes_and_new_names_add(self):
        index = {"1/": {"sold": 10}, self.daemon.base + "u/2": None, "/u/9/": {"name": "n9"}}
        answer = self.assertStatus(self.patch("/u/", catalog(index=index)), 204)
        read = must(self.daemon.get("/u/"))
        self.assertEqual(read["ETag"], answer["ETag"])
        self.assertEqual(
            read.json["index"],
            {"1/": {"name": "n1", "sold": 10}, "3/": {"name": "n3", "sold": 3}, "9/": {"name": "n9"}},
        )
        self.assertEqual(self.body("/u/1/"), {"name": "n1", "sold": 10, "deep": {"a": [1]}})
        self.assertStatus(self.daemon.get("/u/2/"), 410)

    def test_its_own_members_change_in_the_same_commit(self):
        before = must(self.daemon.get("/u/")).json
        document = catalog(title="New", catalogs={"by name": "{?name}"}, index={"1/": {"sold": 7}})
        answer = must(self.patch("/u/", document), 204)
        read = must(self.daemon.get("/u/"))
        self.assertEqual((read.json["title"], read["ETag"]), ("New", answer["ETag"]))
        self.assertEqual(must(self.daemon.get("/u/1/"))["ETag"].split("-")[0], answer["ETag"].split("-")[0])
        self.assertEqual(list(must(self.daemon.get("/u/?name=n2")).json["index"]), ["2/"])
        self.assertEqual(before["size"], read.json["size"])
        must(self.patch("/u/", {"catalogs": None}, MERGE), 204)
        self.assertStatus(self.daemon.get("/u/?name=n2"), 400)

    def test_what_a_get_gave_can_be_sent_back(self):
        sent = must(self.daemon.get("/u/")).json
        del sent["size"]
        sent["title"] = "back"
        must(self.patch("/u/", sent), 204)
        read = must(self.daemon.get("/u/")).json
        self.assertEqual(read["index"], sent["index"])
        self.assertEqual(read["title"], "back")

    def test_null_for_what_is_not_there_changes_nothing(self):
        before = must(self.daemon.get("/u/"))
        answer = must(self.patch("/u/", catalog(index={"none/": None})), 204)
        self.assertEqual(answer["ETag"], before["ETag"])
        self.assertEqual(must(self.daemon.get("/u/"))["ETag"], before["ETag"])

    def test_a_condition_on_a_patch_that_changes_nothing_leaves_the_tag(self):
        before = must(self.daemon.get("/u/"))["ETag"]
        for index in ({}, {"none/": None}):
            answer = must(self.patch("/u/", catalog(index=index), If_Match=before), 204)
            self.assertEqual(answer["ETag"], before)
            self.assertEqual(must(self.daemon.get("/u/"))["ETag"], before)

    def test_a_merge_patch_of_the_index_merges_each_entity(self):
        patch = {"index": {"1/": {"name": None, "deep": {"b": 1}}, "2/": None, "n/": {"a": 1, "b": None}}}
        must(self.patch("/u/", patch, MERGE), 204)
        self.assertEqual(self.body("/u/1/"), {"sold": 1, "deep": {"a": [1], "b": 1}})
        self.assertEqual(self.body("/u/n/"), {"a": 1})
        self.assertEqual(list(self.index()), ["1/", "3/", "n/"])

    def refused(self, index, status, pointer, kind=JSON, **members):
        before = must(self.daemon.get("/u/"))
        document = {"index": index, **members}
        if kind != MERGE:
            document["element"] = "shoji:catalog"
        problem = self.assertProblem(self.patch("/u/", document, kind), status)
        self.assertEqual(problem["pointer"], pointer)
        after = must(self.daemon.get("/u/"))
        self.assertEqual((after["ETag"], after.body), (before["ETag"], before.body))
        return problem

    def test_one_member_that_is_refused_refuses_all(self):
        must(self.daemon.put("/u/1/doc/", b"1"))
        must(self.daemon.put("/u/c/", catalog()))
        good = {"2/": {"sold": 99}, "new/": {"a": 1}, "3/": None}
        for key, value, status in (
            ("..", {}, 422), (".", {}, 422), ("a/b/", {}, 422), ("/", {}, 422), ("/w/1/", {}, 422),
            ("http://other.example/u/1/", {}, 422), ("?a=b", {}, 422), ("%2F", {}, 422),
            ("c/", {"a": 1}, 422), ("c/", None, 422), ("1/", None, 409),
        ):  # fmt: skip
            escaped = "/index/" + key.replace("~", "~0").replace("/", "~1")
            for kind in (JSON, MERGE):
                with self.subTest(key=key, kind=kind):
                    self.refused({**good, key: value}, status, escaped, kind, title="X")
        must(self.daemon.delete("/u/c/"))

    def test_two_names_of_one_entity_are_422(self):
        self.refused({"2/": {"a": 1}, "1": {}, "1/": {}}, 422, "/index/1~1")
        self.refused({"/u/2": None, "1": {}, "2/": {}}, 422, "/index/2~1", MERGE)

    def test_a_name_that_is_no_reference_is_422(self):
        for key in ("1\0x/", "a b/", "{x}", "%zz", "%FF", "\n", "#x", "", "x/../1/.."):
            with self.subTest(key):
                before = must(self.daemon.get("/u/"))["ETag"]
                problem = self.assertProblem(self.patch("/u/", {"index": {"1/": {}, key: {}}}, MERGE), 422)
                self.assertTrue(problem["pointer"].startswith("/index/"))
                self.assertEqual(must(self.daemon.get("/u/"))["ETag"], before)
                conditions = catalog(index={"1/": {}}, preconditions={key: "*"})
                problem = self.assertProblem(self.patch("/u/", conditions), 422)
                self.assertTrue(problem["pointer"].startswith("/preconditions/"))

    def test_what_is_no_tuple_is_422(self):
        self.refused({"1/": 7}, 422, "/index/1~1")
        self.refused({"2/": {}, "1/": [1]}, 422, "/index/1~1", MERGE)
        self.refused(None, 422, "/index", MERGE)
        self.refused([], 422, "/index", MERGE)

    def test_entities_are_not_patched(self):
        self.refused({}, 422, "/entities", entities=[])
        self.refused({}, 422, "/entities", MERGE, entities=None)

    def test_the_faults_of_its_own_members_are_told(self):
        self.refused({"1/": {"sold": 9}}, 422, "/tuple", tuple=7)
        self.refused({}, 422, "/catalogs/x", MERGE, catalogs={"x": "{"})
        self.refused({}, 422, "/catalogs/next", catalogs={"next": "1/"})

    def test_a_document_below_the_servers_own_paths_is_not_made(self):
        answer = self.patch("/", catalog(index={"-/": {}}))
        self.assertEqual(self.assertProblem(answer, 422)["pointer"], "/index/-~1")

    def test_members_can_have_preconditions(self):
        tags = {n: must(self.daemon.get(f"/u/{n}/", accept))["ETag"]
                for n, accept in ((1, JSON), (2, SHOJI), (3, "text/html"))}  # fmt: skip
        document = catalog(
            index={"1/": {"sold": 11}, "2": None, "3/": {"sold": 13}, "new/": {"sold": 14}},
            preconditions={"1": f'"x", {tags[1]}', "2/": tags[2], "/u/3/": tags[3], "new/": None},
        )
        must(self.patch("/u/", document), 204)
        read = must(self.daemon.get("/u/")).json
        self.assertEqual([t["sold"] for t in read["index"].values()], [11, 13, 14])
        self.assertNotIn("preconditions", read)
        problem = self.refused(document["index"], 412, "/index/1~1",
                               preconditions={"1/": tags[1]})  # fmt: skip
        self.assertIn("1/", problem["detail"])

    def test_a_precondition_that_does_not_hold_refuses_all(self):
        tag = must(self.daemon.get("/u/1/"))["ETag"]
        for key, condition in (("1/", '"x"'), ("1/", None), ("1/", ""), ("1/", "W/" + tag),
                               ("none/", tag), ("none/", "*")):  # fmt: skip
            with self.subTest(condition):
                index = {"2/": {"sold": 99}, key: {"sold": 98}}
                pointer = "/index/" + key.replace("/", "~1")
                self.refused(index, 412, pointer, preconditions={key: condition})
        answer = self.patch("/u/", catalog(index={"1/": {}}, preconditions={"1/": '"x"'}))
        self.assertEqual(answer["ETag"], must(self.daemon.get("/u/"))["ETag"])
        must(self.patch("/u/", catalog(index={"1/": {"a": 1}}, preconditions={"1/": "*"})), 204)

    def test_a_precondition_that_is_none_is_422(self):
        self.refused({"1/": {}}, 422, "/preconditions/2~1", preconditions={"2/": "*"})
        self.refused({"1/": {}}, 422, "/preconditions/1~1", preconditions={"1/": 7})
        self.refused({"1/": {}}, 422, "/preconditions/1~1", preconditions={"1": "*", "1/": "*"})
        self.refused({"1/": {}}, 422, "/preconditions", preconditions=[])
        self.refused({"1/": {}}, 422, "/preconditions/..", preconditions={"..": "*"})

    def test_with_if_match_the_whole_catalog_must_be_as_it_was(self):
        tag = must(self.daemon.get("/u/"))["ETag"]
        must(self.patch("/u/3/", entity(sold=33)), 204)
        answer = self.patch("/u/", catalog(index={"1/": {"sold": 9}}), If_Match=tag)
        self.assertProblem(answer, 412)
        tag = answer["ETag"]
        must(self.patch("/u/", catalog(index={"1/": {"sold": 9}}), If_Match=tag), 204)
        self.assertEqual(self.index()["1/"]["sold"], 9)

    def test_patches_of_different_entities_at_once_all_come_through(self):
        def work(n):
            for i in range(20):
                index = {f"{n}/": {f"a{i}": i}, "4/": {f"b{n}-{i}": 1}}
                status = patch(self.daemon, "/u/", catalog(title=f"{n}", index=index)).status
                if status != 204:
                    failed.append((n, i, status))

        failed = []
        threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        self.assertEqual(len(self.body("/u/4/")), 60)
        for n in (1, 2, 3):
            self.assertEqual(len(self.body(f"/u/{n}/")), 3 + 20)


class PatchingMany(unittest.TestCase):
    """A hundred thousand entities in one request."""

    COUNT = 100000

    def test_a_patch_of_as_many_as_may_be_is_one_write(self):
        index = {f"{n}/": {"n": n} for n in range(self.COUNT)}
        with Daemon("--page-size", "1000") as daemon:
            must(daemon.put("/c/", catalog(index={})))
            for change in ({"n": 1}, {"n": 2}):
                must(patch(daemon, "/c/", catalog(index={key: change for key in index})), 204)
            self.assertEqual(must(daemon.get("/c/?limit=1")).json["size"], self.COUNT)
            self.assertEqual(must(daemon.get("/c/99999/n")).json, 2)
            index["one-too-many/"] = {}
            answer = patch(daemon, "/c/", catalog(index=index))
            self.assertEqual((answer.status, answer.json["status"]), (413, 413))


class Preferring(Patching):
    def test_a_representation_is_given_where_it_is_preferred(self):
        want = {"Prefer": "respond-async, return=representation; x=1, return=minimal"}
        for method, path, body, status in (
            ("PATCH", "/u/1", entity(sold=5), 200),
            ("PUT", "/u/1/", entity(sold=6), 200),
            ("PUT", "/u/7/", entity(sold=7), 201),
            ("PUT", "/u/1/sold", 8, 200),
            ("PATCH", "/u/", catalog(index={"1/": {"sold": 9}}), 200),
            ("POST", "/u/", catalog(index={"8/": {"sold": 9}}), 201),
        ):
            with self.subTest(method=method, path=path):
                answer = self.daemon.request(method, path, body, want)
                self.assertStatus(answer, status)
                self.assertEqual(answer["Preference-Applied"], "return=representation")
                location = answer["Content-Location"]
                self.assertEqual(location, self.daemon.base + path.strip("/") + "/")
                read = must(self.daemon.get(path))
                self.assertEqual(answer.body, read.body)
                for name in ("ETag", "Content-Type", "Last-Modified"):
                    self.assertEqual(answer[name], read[name], name)

    def test_a_new_entity_is_given_as_the_client_accepts_it(self):
        fields = {"Prefer": 'Return = "representation"', "Accept": SHOJI}
        answer = self.assertStatus(self.daemon.request("POST", "/u/", entity(a=1), fields), 201)
        self.assertEqual(answer["Content-Type"], SHOJI)
        self.assertEqual(answer["Location"], answer["Content-Location"])
        self.assertEqual(answer.json["self"], answer["Location"])
        self.assertEqual(answer.json["body"], {"a": 1})

    def test_it_comes_in_the_coding_that_a_get_gives(self):
        fields = {"Accept-Encoding": "gzip", "Prefer": "return=representation"}
        answer = self.daemon.request("PUT", "/u/1/", entity(text="a" * 5000), fields)
        read = must(self.daemon.request("GET", "/u/1/", headers=fields))
        for name in ("Content-Encoding", "ETag", "Vary"):
            self.assertEqual(answer[name], read[name], name)
        self.assertEqual((read["Content-Encoding"], answer.body), ("gzip", read.body))
        self.assertStatus(self.patch("/u/1/", entity(a=1), If_Match=read["ETag"]), 204)
        self.assertStatus(self.patch("/u/1/", entity(a=1), If_Match=read["ETag"]), 412)

    def test_its_conditions_are_those_of_the_write(self):
        tag = must(self.daemon.get("/u/1/"))["ETag"]
        answer = self.patch("/u/1/", entity(a=1), If_Match=tag, Prefer="return=representation")
        self.assertStatus(answer, 200)
        self.assertNotEqual(answer["ETag"], tag)

    def test_a_minimal_answer_has_no_content(self):
        for method, path, body, status in (
            ("PATCH", "/u/1", entity(sold=5), 204),
            ("PUT", "/u/7/", entity(sold=7), 201),
            ("POST", "/u/", entity(), 201),
            ("POST", "/u/", catalog(index={"8/": {}}), 201),
            ("POST", "/u/", catalog(index={}), 204),
        ):
            answer = self.daemon.request(method, path, body, {"Prefer": "return=minimal"})
            self.assertStatus(answer, status)
            self.assertEqual((answer.body, answer["Preference-Applied"]), (b"", "return=minimal"))

    def test_what_is_no_such_preference_is_not_applied(self):
        for prefer in ("return", "return=all", "x; return=representation", 'return="min', ";;=,",
                       "handling=lenient", ""):  # fmt: skip
            answer = self.patch("/u/1/", entity(a=1), Prefer=prefer)
            self.assertStatus(answer, 204)
            self.assertIsNone(answer["Preference-Applied"], prefer)

    def test_what_the_client_does_not_accept_is_not_given(self):
        answer = self.patch(
            "/u/1/", entity(a=1), Prefer="return=representation", Accept="application/pdf"
        )
        self.assertStatus(answer, 204)
        self.assertIsNone(answer["Preference-Applied"])


class Repeating(Patching):
    """POST with Idempotency-Key."""

    def test_a_post_that_is_sent_again_is_done_once(self):
        first = self.daemon.post("/u/", entity(a=1), Idempotency_Key="k1", Slug="x")
        self.assertStatus(first, 201)
        must(self.patch("/u/x/", entity(a=2)), 204)
        again = self.daemon.post("/u/", entity(a=1), Idempotency_Key="k1", Slug="x")
        self.assertStatus(again, 201)
        for name in ("Location", "ETag"):
            self.assertEqual(again[name], first[name])
        self.assertEqual(must(self.daemon.get("/u/")).json["size"], 4)

    def test_it_is_the_same_after_the_entity_and_the_condition_are_gone(self):
        tag = must(self.daemon.get("/u/"))["ETag"]
        first = must(self.daemon.post("/u/", entity(), Idempotency_Key="k2", If_Match=tag), 201)
        must(self.daemon.delete(first["Location"].removeprefix(self.daemon.base[:-1])))
        again = must(self.daemon.post("/u/", entity(), Idempotency_Key="k2", If_Match=tag), 201)
        self.assertEqual(again["Location"], first["Location"])
        self.assertEqual(must(self.daemon.get("/u/")).json["size"], 3)

    def test_many_entities_are_made_once(self):
        document = catalog(index={"a/": {}, "b/": {}})
        for _ in range(2):
            answer = must(self.daemon.post("/u/", document, Idempotency_Key="k3"), 201)
            self.assertEqual(answer.json["value"], {"created": 2})
        self.assertProblem(self.daemon.post("/u/", document, Idempotency_Key="k4"), 409)

    def test_another_request_with_the_same_key_is_422(self):
        must(self.daemon.post("/u/", entity(a=1), Idempotency_Key="k5"), 201)
        for body, fields in ((entity(a=2), {}), (entity(a=1), {"Slug": "s"})):
            answer = self.daemon.post("/u/", body, Idempotency_Key="k5", **fields)
            self.assertProblem(answer, 422, "Idempotency-Key")
        self.assertEqual(must(self.daemon.get("/u/")).json["size"], 4)

    def test_a_key_is_for_one_target(self):
        must(self.daemon.put("/w/", catalog()))
        must(self.daemon.post("/u/", entity(a=1), Idempotency_Key="k6"), 201)
        answer = must(self.daemon.post("/w/", entity(a=1), Idempotency_Key="k6"), 201)
        self.assertIn("/w/", answer["Location"])

    def test_what_was_refused_can_be_sent_again(self):
        document = catalog(index={"a/": {}})
        must(self.daemon.put("/u/a/", entity()))
        self.assertProblem(self.daemon.post("/u/", document, Idempotency_Key="k7"), 409)
        must(self.daemon.delete("/u/a/"))
        must(self.daemon.post("/u/", document, Idempotency_Key="k7"), 201)

    def test_a_key_has_a_limit(self):
        for key in ("", "k" * 256):
            answer = self.daemon.post("/u/", entity(), Idempotency_Key=key)
            self.assertProblem(answer, 400, "255")
        must(self.daemon.post("/u/", entity(), Idempotency_Key="k" * 255), 201)

    def test_of_equal_posts_at_once_one_is_done(self):
        def work(body, answers, **fields):
            answers.append(self.daemon.post("/u/", body, **fields))

        bodies = ((entity(a=1), {"Slug": "same"}), (catalog(index={"m/": {}, "n/": {}}), {}), (entity(), {}))
        for n, (body, fields) in enumerate(bodies):
            answers = []
            before = must(self.daemon.get("/u/")).json["size"]
            fields = {"Idempotency_Key": f"race{n}", **fields}
            threads = [threading.Thread(target=work, args=(body, answers), kwargs=fields) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual({answer.status for answer in answers}, {201}, answers)
            self.assertEqual(len({(a["Location"], a["ETag"], a.body) for a in answers}), 1)
            made = 2 if "index" in body else 1
            self.assertEqual(must(self.daemon.get("/u/")).json["size"], before + made)

    def test_it_is_remembered_by_the_store(self):
        with Daemon() as daemon:
            first = must(daemon.post("/", entity(a=1), Idempotency_Key="k", Slug="x"), 201)
            daemon.stop()
            daemon.start()
            again = must(daemon.post("/", entity(a=1), Idempotency_Key="k", Slug="x"), 201)
            self.assertEqual(again["ETag"], first["ETag"])
            self.assertEqual(must(daemon.get("/")).json["size"], 1)


class ForUsers(TestCase):
    """What rules and tokens have to do with it."""

    options = {"no_auth": False}
    RULES = "[rule /u/frozen]\nwrite = nobody\n[rule /u/secret]\nread = bob\nwrite = bob\n"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        file = pathlib.Path(folder.name, "shojid.conf")
        file.write_text(cls.RULES, encoding="ascii")
        cls.arguments = ("-c", str(file))
        super().setUpClass()

    def test_a_member_that_a_rule_keeps_out_refuses_all_and_tells_nothing(self):
        ann, bob = (bearer(self.daemon.token(user)) for user in ("ann", "bob"))
        must(self.daemon.put("/u/", catalog(index={}), **ann))
        must(self.daemon.put("/u/secret/", entity(a=1), **bob))
        for name in ("frozen", "secret"):
            for tuple_ in ({"a": 2}, None):
                document = catalog(index={"1/": {}, f"{name}/": tuple_}, title="x")
                problem = self.assertProblem(patch(self.daemon, "/u/", document, **ann), 403)
                self.assertEqual(problem["pointer"], f"/index/{name}~1")
        must(patch(self.daemon, "/u/", catalog(index={"secret/": {"a": 3}}), **bob), 204)
        read = must(self.daemon.request("GET", "/u/", headers=bob)).json
        self.assertEqual((read["index"]["secret/"], "title" in read), ({"a": 3}, False))
        self.assertNotIn("frozen/", read["index"])

    def test_what_may_not_be_read_is_not_shown_for_a_preference(self):
        bob = bearer(self.daemon.token("bob"))
        must(self.daemon.put("/u/", catalog(index={}), **bob))
        must(self.daemon.put("/u/secret/", entity(a=1), **bob))
        fields = {**bearer(self.daemon.token("ann")), "Prefer": "return=representation"}
        answer = patch(self.daemon, "/u/", catalog(index={"1/": {"n": 1}}), **fields)
        shown = list(self.assertStatus(answer, 200).json["index"])
        self.assertEqual(("1/" in shown, "secret/" in shown), (True, False))
        read = must(self.daemon.request("GET", "/u/", headers=fields))
        self.assertEqual((answer["ETag"], answer.body), (read["ETag"], read.body))
        must(self.daemon.delete("/u/1/", **bob))

    def test_a_key_is_for_one_user(self):
        tokens = [self.daemon.token(user) for user in ("ann", "ann", "bob")]
        must(self.daemon.put("/u/", catalog(), **bearer(tokens[0])))
        places = [
            must(self.daemon.post("/u/", entity(a=1), Idempotency_Key="k", **bearer(token)), 201)["Location"]
            for token in tokens
        ]
        self.assertEqual(places[0], places[1])
        self.assertNotEqual(places[0], places[2])

    def test_a_patch_without_a_token_is_401(self):
        answer = patch(self.daemon, "/", catalog(title="x"))
        self.assertProblem(answer, 401)
        self.assertTrue(answer["WWW-Authenticate"].startswith("Bearer"))
        allowed = must(self.daemon.request("OPTIONS", "/"))
        self.assertNotIn("PATCH", allowed["Allow"])
        self.assertIsNone(allowed["Accept-Patch"])


class RequiringConditions(TestCase):
    arguments = ("--require-precondition",)

    def setUp(self):
        must(self.daemon.put("/u/", catalog(index={})), 201, 428)
        must(self.daemon.put("/u/1/", entity(a=1)), 201, 428)

    def test_a_blind_write_to_what_is_there_is_428(self):
        tag = must(self.daemon.get("/u/1/"))["ETag"]
        for method, path, body, kind in (
            ("PUT", "/u/1/", entity(a=2), JSON), ("PATCH", "/u/1/", entity(a=2), JSON),
            ("DELETE", "/u/1/", None, JSON), ("PUT", "/u/1/a", 2, JSON), ("PATCH", "/u/1/a", 2, MERGE),
        ):  # fmt: skip
            body = None if body is None else json.dumps(body).encode()
            fields = {"Content-Type": kind, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
            answer = self.daemon.request(method, path, body, fields)
            self.assertProblem(answer, 428, "If-Match")
            self.assertEqual(answer["ETag"], tag)
        self.assertProblem(patch(self.daemon, "/u/", catalog(title="x")), 428)
        self.assertEqual(must(self.daemon.get("/u/1/")).json["body"], {"a": 1})

    def test_a_condition_lets_it_through(self):
        tag = must(self.daemon.get("/u/1/"))["ETag"]
        tag = must(self.daemon.put("/u/1/", entity(a=1), If_Match=tag))["ETag"]
        tag = must(patch(self.daemon, "/u/1/", entity(a=1), If_Match=tag))["ETag"]
        must(self.daemon.delete("/u/1/", If_Match="*"), 204)

    def test_what_is_new_needs_none(self):
        must(self.daemon.post("/u/", entity()), 201)
        must(self.daemon.post("/u/", catalog(index={"bulk/": {}})), 201)
        must(self.daemon.delete("/u/bulk/", If_Match="*"))

    def test_the_tag_of_a_computed_view_lets_a_write_of_it_through(self):
        view = {"element": "shoji:view", "projection": {"attribute": "a"}}
        must(self.daemon.put("/u/all/", view))
        for write in (lambda tag: self.daemon.put("/u/all/", view, If_Match=tag),
                      lambda tag: patch(self.daemon, "/u/all/", {**view, "title": "t"}, If_Match=tag),
                      lambda tag: self.daemon.delete("/u/all/", If_Match=tag)):  # fmt: skip
            old = must(self.daemon.get("/u/all/"))["ETag"]
            must(self.daemon.post("/u/", entity(a=2)), 201)
            tag = must(self.daemon.get("/u/all/"))["ETag"]
            self.assertNotEqual(tag, old)
            self.assertEqual(self.assertStatus(self.daemon.put("/u/all/", view), 428)["ETag"], tag)
            self.assertEqual(self.assertStatus(write(old), 412)["ETag"], tag)
            answer = self.assertStatus(write(tag), 204)
            if answer["ETag"] is not None:
                self.assertEqual(must(self.daemon.get("/u/all/"))["ETag"], answer["ETag"])

    def test_preconditions_of_all_members_are_enough(self):
        tag = must(self.daemon.get("/u/1/"))["ETag"]
        index = {"1/": {"a": 1}, "new/": {"b": 1}}
        self.assertProblem(
            patch(self.daemon, "/u/", catalog(index=index, preconditions={"1/": tag})), 428
        )
        conditions = {"1/": tag, "new/": None}
        self.assertProblem(
            patch(self.daemon, "/u/", catalog(title="t", index=index, preconditions=conditions)), 428
        )
        must(patch(self.daemon, "/u/", catalog(index=index, preconditions=conditions)), 204)
        must(self.daemon.delete("/u/new/", If_Match="*"))


if __name__ == "__main__":
    unittest.main()
