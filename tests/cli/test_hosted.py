"""shoji-cli and shojid together: real data imported, followed by name, edited."""

import json
import pathlib
import unittest

from support.cli import TestCase, run, run_in_terminal
from support.daemon import Daemon

ISO_CODES = pathlib.Path("/usr/share/iso-codes/json")
COUNTRIES = ISO_CODES / "iso_3166-1.json"

USERS = """{
    "element": "shoji:catalog",
    "self": "http://example.org/users",
    "title": "Users Catalog", "description": "The set of user entities for this application.",
    "updated": "#2003-12-13T18:30:02Z#",
    "catalogs": {"bills": "bills", "sellers": "sellers",
                 "sellers by sold count": "sellers{?sold_count}"},
    "entities": ["1", "2", "88374", "9843"],
    "views": {"Sold Counts": "sold_counts"}}
"""
USER = """{"element": "shoji:entity", "self": "http://example.org/users/1",
 "body": {"last_modified": "2003-12-13 18:30:02Z", "first_name": "Katsuhiro",
          "last_name": "Shoji", "sold_count": 387}}
"""


class Hosted(TestCase):
    def make_daemon(self):
        return Daemon()

    def setUp(self):
        super().setUp()
        daemon = self.make_daemon()
        self.addCleanup(daemon.close)
        daemon.start()
        self.root = "http://{}:{}/".format(*daemon.address)


@unittest.skipUnless(COUNTRIES.exists(), "Debian's package iso-codes is not installed")
class RealData(Hosted):
    def setUp(self):
        super().setUp()
        result = run("import", self.root + "countries/", str(COUNTRIES), "--root", "/3166-1",
                     "--id", "alpha_2", "--filter", "alpha_2,alpha_3", "--title", "Countries")
        self.assertEqual((result.code, result.out), (0, ""), result)
        self.assertRegex(result.err, rf"^imported 249 entities into {self.root}countries/ "
                                     r"\(\d+\.\d s\)\n$")

    def test_every_country_is_there_as_it_was(self):
        rows = json.loads(COUNTRIES.read_text())["3166-1"]
        for row in rows[::40]:
            result = run("get", f"{self.root}countries/{row['alpha_2']}/")
            self.assertDone(result)
            self.assertEqual(result.json()["body"], row)

    def test_a_country_is_found_by_a_template_and_by_its_name(self):
        found = run("follow", self.root, "countries", "by alpha_2", "alpha_2=JP")
        self.assertDone(found)
        self.assertEqual(list(found.json()["index"]), ["JP/"])
        for names in (["by alpha_2", "alpha_2=JP", "JP"], ["JP"], ["Japan"],
                      ["by alpha_3", "alpha_3=JPN", "Japan"]):  # fmt: skip
            with self.subTest(names):
                result = run("follow", self.root, "countries", *names)
                self.assertDone(result)
                self.assertEqual(result.json()["body"]["alpha_3"], "JPN")

    def test_the_tree_shows_it_with_its_count(self):
        result = run("tree", self.root, "--depth", "1")
        self.assertDone(result)
        self.assertEqual(result.out, f"{self.root}\n└── countries (249)\n")
        deeper = run("tree", self.root)
        self.assertIn("    ├── by alpha_2 {?alpha_2}\n", deeper.out)

    def test_ls_lists_all_of_it(self):
        result = run("ls", self.root + "countries/")
        self.assertDone(result)
        lines = [line.split("\t") for line in result.out.splitlines()]
        self.assertEqual([line[3] for line in lines[:2]], ["alpha_2", "alpha_3"])
        names = [line[1] for line in lines if line[0] == "index"]
        self.assertEqual(len(names), 249)
        self.assertIn("JP", names)
        shown = run_in_terminal("ls", self.root + "countries/", "--color=never", columns=100)
        self.assertIn("  by alpha_2  {?alpha_2}  template: alpha_2\n", shown.out)
        self.assertRegex(shown.out, r"\n  JP/  JP       JPN ")

    def test_pages_are_listed_to_the_end(self):
        first = run("ls", self.root + "countries/?limit=100")
        self.assertEqual((first.code, first.out.count("\nindex\t")), (0, 100))
        self.assertIn("--all", first.err)
        everything = run("ls", "--all", self.root + "countries/?limit=100")
        self.assertDone(everything)
        self.assertEqual(everything.out.count("\nindex\t"), 249)

    def test_the_same_rows_again_are_refused_whole(self):
        result = run("import", self.root + "countries/", str(COUNTRIES), "--root", "/3166-1",
                     "--id", "alpha_2")
        self.assertFails(result, 4, "409", "nothing was imported")

    def test_a_filter_is_added_to_what_is_there(self):
        rows = self.write("more.csv", "id,name\nXX,Nowhere\n")
        result = run("import", self.root + "countries/", rows, "--id", "id", "--filter", "name")
        self.assertEqual(result.code, 0, result)
        catalog = run("get", self.root + "countries/").json()
        self.assertEqual(catalog["title"], "Countries")
        self.assertEqual(list(catalog["catalogs"]), ["by alpha_2", "by alpha_3", "by name"])
        self.assertEqual(catalog["size"], 250)
        found = run("follow", self.root, "countries", "by name", "name=Nowhere")
        self.assertEqual(list(found.json()["index"]), ["XX/"])

    def test_an_unknown_query_is_refused(self):
        self.assertFails(run("get", self.root + "countries/?alpha2=JP"), 4, "400", "alpha_2")


class Editing(Hosted):
    def setUp(self):
        super().setUp()
        catalog = self.write("users.json", {"element": "shoji:catalog", "index": {}})
        self.users = self.root + "users/"
        self.assertDone(run("put", self.users, catalog, "--create"))

    def test_a_life_of_an_entity(self):
        made = run("new", self.users, "name=Shoji", "sold_count:=387", "--slug", "katsuhiro")
        self.assertDone(made)
        self.assertEqual(made.out, self.users + "katsuhiro/\n")
        iri = made.out.strip()
        self.assertEqual(run("get", iri).json()["body"], {"name": "Shoji", "sold_count": 387})

        head = run("get", "-i", iri).out.split("\n\n")[0]
        etag = next(line.split(": ", 1)[1] for line in head.splitlines()
                    if line.lower().startswith("etag: "))
        changed = '{"element": "shoji:entity", "body": {"name": "K. Shoji"}}'
        self.assertDone(run("put", iri, "-", "--if-match", etag, stdin=changed))
        self.assertFails(run("put", iri, "-", "--if-match", etag, stdin=changed), 8, "412")
        self.assertFails(run("rm", iri, "--if-match", etag), 8, "412")
        self.assertEqual(run("follow", self.root, "users", "K. Shoji").json()["body"],
                         {"name": "K. Shoji"})

        self.assertDone(run("rm", iri))
        self.assertFails(run("get", iri), 4)

    def test_creating_what_is_there_is_eight(self):
        catalog = self.write("users.json", {"element": "shoji:catalog", "index": {}})
        self.assertFails(run("put", self.users, catalog, "--create"), 8, "412")

    def test_what_breaks_the_protocol_is_refused_with_its_place(self):
        result = run("put", self.root + "x/", "-", stdin='{"element": "shoji:catalog",'
                                                         '"catalogs": {"a": 1}}')
        self.assertFails(result, 4, "422")

    def test_a_row_that_is_there_refuses_its_batch_and_no_other(self):
        self.assertDone(run("new", self.users, "--slug", "5", "a=1"))
        rows = self.write("rows.csv", "id\n" + "".join(f"{i}\n" for i in range(1, 11)))
        result = run("import", self.users, rows, "--id", "id", "--batch", "2")
        self.assertFails(result, 4, "5/", "4 entities were imported, up to row 4")
        names = [line.split("\t")[1] for line in run("ls", self.users).out.splitlines()]
        self.assertEqual(sorted(names), ["1", "2", "3", "4", "5"])
        result = run("import", self.users, rows, "--id", "id", "--skip", "5")
        self.assertEqual(result.code, 0, result)

    def test_ids_with_any_characters(self):
        ids = ["a b", "é", "100%", "日本", "a?b#c", "...", "a:b", "+", "~", "{x}"]
        rows = self.write("rows.json", [{"id": name} for name in ids])
        result = run("import", self.users, rows, "--id", "id")
        self.assertEqual(result.code, 0, result)
        for name in ids:
            with self.subTest(name):
                found = run("follow", self.root, "users", "entities:" + name, "--by", "id")
                self.assertDone(found)
                self.assertEqual(found.json()["body"], {"id": name})

    def test_an_id_that_no_path_can_hold_is_refused_with_the_reason(self):
        for name in ("a/b", ".."):
            rows = self.write("rows.json", [{"id": name}])
            self.assertFails(run("import", self.users, rows, "--id", "id"), 3,
                             "cannot be a part of a path", "nothing was imported")


class Draft02(Hosted):
    def make_daemon(self):
        self.write("index.json", {"element": "shoji:catalog", "catalogs": {"users": "users"},
                                  "entities": []})  # fmt: skip
        self.write("users.json", USERS)
        (self.folder / "users").mkdir()
        self.write("users/1.json", USER)
        self.write("users/sold_counts.json", "[387, 18843, 3478, 999, 1, 18]")
        return Daemon(store=f"dir:{self.folder}", no_auth=False)

    def test_the_examples_are_followed(self):
        result = run("follow", self.root, "users", "Sold Counts")
        self.assertDone(result)
        self.assertEqual(result.out, "[387, 18843, 3478, 999, 1, 18]")
        self.assertEqual(run("get", self.root + "users").out, USERS)
        user = run("follow", self.root, "users", "1")
        self.assertDone(user)
        self.assertEqual(user.json()["body"]["last_name"], "Shoji")

    def test_a_read_only_store_refuses_to_be_written(self):
        result = run("put", self.root + "users/1", "-", stdin=USER)
        self.assertEqual(result.code, 4, result)
