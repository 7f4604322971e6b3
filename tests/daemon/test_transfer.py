"""export, import and check: a store as a tree of files, and back."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import threading
import urllib.parse

from support.daemon import PROGRAM, TIMEOUT, Daemon, TestCase, catalog, entity, must, wait_until


def run(*words, status=0):
    done = subprocess.run(
        [PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == status, done
    return done


def tree_of(folder):
    """All files of a tree: name, bytes."""
    root = pathlib.Path(folder)
    return {str(path.relative_to(root)): path.read_bytes()
            for path in sorted(root.rglob("*")) if path.is_file()}


def fill(daemon):
    """Something of everything."""
    must(daemon.put("/", catalog(title="All", catalogs={"the users": "users/"})))
    must(daemon.put("/users/", catalog(
        index={}, title="Users", tuple=["name"], catalogs={"by name": "{?name}"},
        views={"Counts": "counts/"}, orders={"by rank": "rank"}, urls={"away": "//a.example/"},
    )))
    for name in ("zoe", "Łucja", "adam", "index", "a b&c%", "2"):
        must(daemon.put(f"/users/{urllib.parse.quote(name)}/", {
            "element": "shoji:entity", "body": {"name": name, "n": 1.50}, "fragments": {"n": "n"},
        }))
    must(daemon.put("/users/counts/", {"element": "shoji:view",
                                       "projection": {"attribute": "n", "aggregate": "sum"}}))
    must(daemon.put("/users/rank/", {"element": "shoji:order",
                                     "graph": ["../zoe/", {"g": ["../adam"]}, "../nobody/"]}))
    must(daemon.put("/users/note/", b"[1, 1e400]"))
    must(daemon.put("/users/zoe/part/", {"element": "shoji:fragment", "value": 0.10}))
    must(daemon.put("/users/groups/", catalog()))
    must(daemon.put("/users/groups/x/", entity(a=[1, {"b": None}])))


class Transfer(TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def test_a_tree_is_served_as_the_store_is(self):
        with Daemon("--links", "relative") as daemon:
            fill(daemon)
            run("export", daemon.store, self.root / "tree")
            with Daemon(store=f"dir:{self.root}/tree") as copy:
                for path in ("/", "/users/", "/users/zoe/", "/users/index/", "/users/rank/",
                             "/users/counts/", "/users/note/", "/users/zoe/part/",
                             "/users/zoe/n", "/users/groups/x/", "/users/a%20b%26c%25/",
                             "/users/%C5%81ucja/"):
                    self.assertEqual(must(copy.get(path)).json, must(daemon.get(path)).json, path)
                found = must(copy.get("/users/?name=adam")).json
                self.assertEqual(found["index"], {"adam/": {"name": "adam"}})

    def test_there_and_back_and_there_is_the_same_tree(self):
        with Daemon() as daemon:
            fill(daemon)
            run("export", daemon.store, self.root / "one")
        store = f"sqlite:{self.root}/copy.db"
        done = run("import", store, self.root / "one")
        self.assertEqual(done.stdout, run("export", store, self.root / "two").stdout)
        self.assertEqual(tree_of(self.root / "one"), tree_of(self.root / "two"))
        run("import", store, self.root / "two")
        run("export", store, self.root / "three")
        self.assertEqual(tree_of(self.root / "one"), tree_of(self.root / "three"))
        faults = [json.loads(line) for line in run("check", store, status=1).stdout.splitlines()]
        self.assertEqual([fault["code"] for fault in faults], ["order.dangling"])
        self.assertEqual(
            [json.loads(line)["code"] for line in
             run("check", f"dir:{self.root}/one", status=1).stdout.splitlines()],
            ["order.dangling"],
        )

    def test_an_export_is_of_one_moment(self):
        with Daemon() as daemon:
            must(daemon.put("/pairs/", catalog(catalogs={"by n": "{?n}"})))
            stop = threading.Event()
            writes = []

            def write():
                while not stop.is_set():
                    n = len(writes)
                    index = {f"a{n}": {"n": n}, f"b{n}": {"n": n}}
                    must(daemon.post("/pairs/", catalog(index=index)), 201)
                    writes.append(n)

            thread = threading.Thread(target=write)
            thread.start()
            try:
                for i in range(5):
                    wait_until(lambda: len(writes) > 20 * i)
                    run("export", daemon.store, self.root / f"t{i}")
            finally:
                stop.set()
                thread.join()
            for i in range(5):
                names = [name for name in tree_of(self.root / f"t{i}") if name.startswith("pairs/")]
                listed = json.loads((self.root / f"t{i}/pairs/index.json").read_text())
                self.assertEqual(listed["size"], len(names) - 1)
                self.assertEqual(len(names) % 2, 1)
                self.assertGreater(len(names), 20 * i)

    def test_a_directory_that_is_not_empty_is_refused(self):
        (self.root / "file").write_text("mine")
        done = run("export", self.daemon.store, self.root, status=2)
        self.assertIn("not empty", done.stderr)
        self.assertEqual(tree_of(self.root), {"file": b"mine"})

    def test_a_name_that_no_file_can_have_is_left_out_and_said(self):
        must(self.daemon.put("/n/", catalog()))
        must(self.daemon.put("/n/.hidden/", entity(a=1)))
        must(self.daemon.put("/n/" + "x" * 255 + "/", entity(a=1)))
        must(self.daemon.put("/n/good/", entity(a=1)))
        done = run("export", self.daemon.store, self.root / "tree", status=1)
        self.assertIn("/n/.hidden/ is left out", done.stderr)
        self.assertIn("longer", done.stderr)
        self.assertIn("n/good.json", tree_of(self.root / "tree"))
        self.assertEqual(len(tree_of(self.root / "tree")), 3)

    def test_an_import_writes_nothing_where_a_document_is_wrong(self):
        tree = self.root / "tree"
        (tree / "a").mkdir(parents=True)
        (tree / "a/1.json").write_text('{"element":"shoji:entity","body":{}}')
        (tree / "a/2.json").write_text('{"element":"shoji:entity"}')
        (tree / "a/3.json").write_text('{"element":"shoji:catalog","catalogs":{"x":"{?"}}')
        (tree / "a/4.json").write_text('{"element":"shoji:entity","body":{},"self":"/a/5/"}')
        store = f"sqlite:{self.root}/new.db"
        done = run("import", store, tree, status=1)
        for path in ("/a/2/", "/a/3/", "/a/4/"):
            self.assertIn(f"{path}: ", done.stderr)
        self.assertIn("nothing was written", done.stderr)
        run("export", store, self.root / "out")
        self.assertEqual(list(tree_of(self.root / "out")), ["index.json"])

    def test_an_import_adds_to_what_is_there(self):
        tree = self.root / "tree"
        (tree / "imported").mkdir(parents=True)
        (tree / "imported/1.json").write_text('{"element":"shoji:entity","body":{"a":1}}')
        must(self.daemon.put("/", catalog(title="Mine")))
        must(self.daemon.put("/imported/", catalog(title="Kept")))
        run("import", self.daemon.store, tree)
        self.assertEqual(must(self.daemon.get("/")).json["title"], "Mine")
        self.assertEqual(must(self.daemon.get("/imported/")).json["title"], "Kept")
        self.assertEqual(must(self.daemon.get("/imported/1/a")).json, 1)

    def test_an_import_needs_a_store_that_takes_writes(self):
        (self.root / "a").mkdir()
        done = run("import", f"dir:{self.root}/a", self.root / "a", status=2)
        self.assertIn("sqlite:", done.stderr)

    def test_the_words_are_checked(self):
        for words in (["export"], ["export", "a"], ["export", "a", "b", "c"], ["import", "-x", "b"],
                      ["check"], ["check", "mysql:x"], ["check", f"sqlite:{self.root}/none"]):
            done = run(*words, status=1 if words[-1].endswith("none") else 2)
            self.assertTrue(done.stderr.startswith("shojid: "), done)
        for name in ("export", "import", "check"):
            self.assertIn(f"shojid {name} STORE", run(name, "--help").stdout)


class Check(TestCase):
    def test_a_store_that_was_tampered_with_is_told_of(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "s.db")
            with Daemon(store=f"sqlite:{file}") as daemon:
                must(daemon.put("/u/", catalog(catalogs={"by": "{?n}"})))
                for i in range(5):
                    must(daemon.put(f"/u/{i}/", entity(n=i)))
            said = run("check", f"sqlite:{file}").stderr
            self.assertEqual(said, "shojid: 7 documents, 0 faults\n")
            with sqlite3.connect(file) as db:
                db.execute("UPDATE documents SET member_count = 9 WHERE path = '/u/'")
                db.execute("DELETE FROM attributes WHERE entity ="
                           " (SELECT id FROM documents WHERE path = '/u/1/')")
                db.execute("UPDATE documents SET text = '{' WHERE path = '/u/2/'")
                db.execute("UPDATE documents SET parent = 999 WHERE path = '/u/3/'")
                db.execute("UPDATE documents SET text = '{\"element\":\"shoji:entity\"}'"
                           " WHERE path = '/u/4/'")
            db.close()
            lines = run("check", f"sqlite:{file}", status=1).stdout.splitlines()
            found = {(fault["code"], fault["path"]) for fault in map(json.loads, lines)}
            self.assertEqual(found, {
                ("store.count", "/u/"), ("store.index", "/u/"), ("store.orphan", "/u/3/"),
                ("document.invalid", "/u/2/"), ("document.invalid", "/u/4/"),
            })

    def test_a_broken_file_of_a_directory_is_told_of(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "index.json").write_text('{"element":"shoji:catalog","entities":["a","b"]}')
            (root / "a.json").write_text('{"element":"shoji:entity","body":{}}')
            (root / "broken.json").write_text("{")
            lines = run("check", f"dir:{folder}", status=1).stdout.splitlines()
            found = {(fault["code"], fault["path"]) for fault in map(json.loads, lines)}
            self.assertEqual(found, {("member.dangling", "/"), ("document.broken", "/broken/")})
