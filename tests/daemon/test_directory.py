"""A directory of documents, served as it is; with fragments and templates over it."""

import os
import pathlib
import tempfile

from support.daemon import TestCase, must, wait_until

USERS = """{
  "element": "shoji:catalog", "self": "/users",
  "title": "Users Catalog", "description": "The set of user entities for this application.",
  "updated": "#2003-12-13T18:30:02Z#",
  "catalogs": {"bills": "bills", "sellers": "sellers",
               "sellers by sold count": "sellers{?sold_count}"},
  "entities": ["1", "2", "88374", "9843"],
  "views": {"Sold Counts": "sold_counts"}
}
"""

USER = """{"element": "shoji:entity", "self": "/users/1",
 "body": {"last_modified": "2003-12-13 18:30:02Z", "first_name": "Katsuhiro", "last_name": "Shoji", "sold_count": 387}}
"""

SOLD_COUNTS = "[387, 18843, 3478, 999, 1, 18]\n"


class Directory(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.tree.name)
        (root / "users").mkdir()
        (root / "users.json").write_text(USERS)
        (root / "users/1.json").write_text(USER)
        (root / "users/2.json").write_text(USER.replace("387", "1000").replace("/1", "/2"))
        (root / "users/sold_counts.json").write_text(SOLD_COUNTS)
        (root / "broken.json").write_text('{"element": "shoji:catalog",}')
        cls.options = {"store": f"dir:{root}"}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.tree.cleanup()

    def test_files_are_served_byte_for_byte(self):
        for path, text in {
            "/users": USERS,
            "/users/": USERS,
            "/users/1": USER,
            "/users/sold_counts": SOLD_COUNTS,
            "/users/sold_counts/": SOLD_COUNTS,
        }.items():
            self.assertEqual(must(self.daemon.get(path)).body.decode(), text, path)

    def test_a_view_served_bare_is_json(self):
        answer = must(self.daemon.get("/users/sold_counts"))
        self.assertEqual(answer.json, [387, 18843, 3478, 999, 1, 18])
        self.assertEqual(answer["Content-Type"], "application/json")

    def test_the_root_leads_on_without_a_file(self):
        root = must(self.daemon.get("/")).json
        self.assertEqual(root["element"], "shoji:catalog")
        self.assertIn("users", root["catalogs"])

    def test_fragments_work(self):
        self.assertEqual(must(self.daemon.get("/users/1/sold_count")).body, b"387")

    def test_template_routes_work(self):
        found = must(self.daemon.get("/users/sellers?sold_count=387")).json
        self.assertEqual(found["entities"], ["../1/"])
        self.assertEqual(found["self"], self.daemon.base + "users/sellers/?sold_count=387")
        self.assertEqual(must(self.daemon.get("/users/sellers?sold_count=5")).json["size"], 0)

    def test_documents_have_etags_and_304(self):
        for path in ("/", "/users", "/users/1", "/users/sold_counts", "/users/1/sold_count"):
            tag = must(self.daemon.get(path))["ETag"]
            self.assertStatus(self.daemon.get(path, If_None_Match=tag), 304)

    def test_an_edited_file_is_noticed(self):
        path = pathlib.Path(self.tree.name, "edited.json")
        path.write_text("1")
        self.assertTrue(wait_until(lambda: self.daemon.get("/edited").body == b"1"))
        tag = self.daemon.get("/edited")["ETag"]
        path.write_text("[2]")
        self.assertTrue(wait_until(lambda: self.daemon.get("/edited").body == b"[2]"))
        self.assertNotEqual(self.daemon.get("/edited")["ETag"], tag)
        path.unlink()
        self.assertTrue(wait_until(lambda: self.daemon.get("/edited").status in (404, 410)))

    def test_a_broken_file_is_500_and_the_others_are_served(self):
        self.assertProblem(self.daemon.get("/broken", X_Request_Id="b-1"), 500, "broken")
        must(self.daemon.get("/users"))
        told = [line for line in self.daemon.log().splitlines() if "request b-1 failed" in line]
        self.assertEqual(len(told), 1)
        self.assertIn("broken.json", told[0])

    def test_it_takes_no_writes(self):
        for method in ("PUT", "POST", "DELETE"):
            answer = self.daemon.request(method, "/users/", b"{}" if method != "DELETE" else None)
            self.assertProblem(answer, 405, "read-only")

    def test_nothing_outside_of_the_tree_is_served(self):
        with tempfile.TemporaryDirectory() as outside:
            secret = pathlib.Path(outside, "secret.json")
            secret.write_text('"secret"')
            link = pathlib.Path(self.tree.name, "link.json")
            os.symlink(secret, link)
            os.symlink(outside, pathlib.Path(self.tree.name, "linked"))
            try:
                for path in ("/link", "/linked/secret", "/../secret", "/%2e%2e/secret"):
                    answer = self.daemon.get(path)
                    self.assertIn(answer.status, (400, 404, 500), path)
                    self.assertNotIn(b'"secret"', answer.body)
            finally:
                link.unlink()
                pathlib.Path(self.tree.name, "linked").unlink()
