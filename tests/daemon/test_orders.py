"""Orders: what they name stays as it was put, and "shojid check" tells what is gone."""

import json
import subprocess

from support.daemon import PROGRAM, TIMEOUT, TestCase, catalog, entity, must


def check(store, status):
    """What "shojid check" says of a store: its lines, each a fault."""
    done = subprocess.run(
        [PROGRAM, "check", store], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == status, done
    return [json.loads(line) for line in done.stdout.splitlines()]


class Orders(TestCase):
    def setUp(self):
        must(self.daemon.put("/users/", catalog(orders={"by rank": "by_rank/"}, index={})))
        for name in ("1", "2", "3"):
            must(self.daemon.put(f"/users/{name}/", entity(name=name)))
        graph = ["../3/", {"others": ["../1/", {"last": ["../2/"]}]}, "http://example.org/x"]
        must(self.daemon.put("/users/by_rank/", {"element": "shoji:order", "graph": graph}))

    def graph(self):
        return must(self.daemon.get("/users/by_rank/")).json["graph"]

    def test_an_order_gives_its_graph_with_absolute_references(self):
        base = self.daemon.base
        self.assertEqual(
            self.graph(),
            [
                f"{base}users/3/",
                {"others": [f"{base}users/1/", {"last": [f"{base}users/2/"]}]},
                "http://example.org/x",
            ],
        )
        self.assertEqual(check(self.daemon.store, 0), [])

    def test_an_order_that_names_what_is_gone_stays_as_it_is(self):
        before = self.graph()
        must(self.daemon.delete("/users/2/"), 204)
        self.assertEqual(self.graph(), before)
        faults = check(self.daemon.store, 1)
        self.assertEqual([fault["code"] for fault in faults], ["order.dangling"])
        self.assertEqual(faults[0]["path"], "/users/by_rank/")
        self.assertEqual(faults[0]["pointer"], "/graph")
        self.assertIn("/users/2/", faults[0]["message"])

    def test_an_order_may_name_what_is_not_there_yet(self):
        must(self.daemon.put("/users/by_rank/", {"element": "shoji:order", "graph": ["../9/"]}))
        self.assertEqual(self.graph(), [f"{self.daemon.base}users/9/"])
        self.assertEqual(len(check(self.daemon.store, 1)), 1)
        must(self.daemon.put("/users/9/", entity(name="9")))
        self.assertEqual(check(self.daemon.store, 0), [])
        must(self.daemon.delete("/users/9/"), 204)

    def test_links_that_lead_nowhere_are_faults_and_computed_resources_are_not(self):
        must(
            self.daemon.put(
                "/users/1/",
                {
                    "element": "shoji:entity",
                    "body": {"name": "1", "notes": "x"},
                    "fragments": {"name": "name", "notes": "deep/notes/"},
                    "urls": {"gone": "../gone/", "all": "../{?name}", "away": "//a.example/",
                             "own": "/-/health"},
                    "views": {"named": "../by_name/Bob/"},
                },
            )
        )
        faults = check(self.daemon.store, 1)
        self.assertEqual(
            sorted((fault["code"], fault["pointer"]) for fault in faults),
            [("link.dangling", "/urls"), ("link.dangling", "/views")],
        )
        must(
            self.daemon.put(
                "/users/",
                catalog(index={}, orders={"r": "by_rank"}, urls={"by": "by_name/{name}/"}),
            )
        )
        faults = check(self.daemon.store, 1)
        self.assertEqual([fault["pointer"] for fault in faults], ["/urls"])
        self.assertIn("/users/gone/", faults[0]["message"])
