"""Pages: a catalog larger than one document, whole or filtered."""

import json
import os

from support.daemon import Daemon, TestCase, catalog, entity, must

COUNT = 25000

# A sanitizer takes more memory than the program.
SANITIZED = bool(os.environ.get("SHOJID_SANITIZED"))


def pages(daemon, path):
    """The pages of a catalog, by following `next`."""
    while path is not None:
        page = must(daemon.get(path)).json
        yield page
        following = page.get("catalogs", {}).get("next")
        path = "/" + following.removeprefix(daemon.base) if following else None


class ManyEntities(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/many/", catalog(index={}, catalogs={"by part": "{?part}"})))
        for begin in range(0, COUNT, 5000):
            index = {f"e{n}/": {"n": n, "part": n % 2} for n in range(begin, begin + 5000)}
            must(daemon.post("/many/", catalog(index=index)), 201)

    def test_following_next_gives_every_member_once_in_order(self):
        found = []
        sizes = []
        for page in pages(self.daemon, "/many/"):
            self.assertEqual(page["size"], COUNT)
            sizes.append(len(page["index"]))
            found += list(page["index"])
        self.assertEqual(sizes, [10000, 10000, 5000])
        self.assertEqual(found, [f"e{n}/" for n in range(COUNT)])

    def test_a_filtered_catalog_is_paged_too(self):
        found = []
        for page in pages(self.daemon, "/many/?part=1"):
            self.assertEqual(page["size"], COUNT // 2)
            found += list(page["index"])
        self.assertEqual(found, [f"e{n}/" for n in range(1, COUNT, 2)])

    def test_limit_sets_the_size_of_a_page_and_is_kept(self):
        first = must(self.daemon.get("/many/?limit=3")).json
        self.assertEqual(list(first["index"]), ["e0/", "e1/", "e2/"])
        self.assertEqual(first["self"], self.daemon.base + "many/?limit=3")
        self.assertIn("limit=3&after=", first["catalogs"]["next"])
        second = must(self.daemon.get("/" + first["catalogs"]["next"].removeprefix(self.daemon.base)))
        self.assertEqual(list(second.json["index"]), ["e3/", "e4/", "e5/"])
        self.assertEqual(second.json["self"], first["catalogs"]["next"])
        filtered = must(self.daemon.get("/many/?limit=2&part=1")).json
        self.assertEqual(list(filtered["index"]), ["e1/", "e3/"])
        self.assertIn("many/?part=1&limit=2&after=", filtered["catalogs"]["next"])

    def test_a_page_that_is_asked_for_without_slash_tells_where_it_is(self):
        answer = must(self.daemon.get("/many?limit=1"))
        self.assertEqual(answer["Content-Location"], self.daemon.base + "many/?limit=1")

    def test_a_page_keeps_the_other_catalogs(self):
        first = must(self.daemon.get("/many/?limit=3")).json
        self.assertEqual(list(first["catalogs"]), ["by part", "next"])

    def test_a_browser_is_shown_a_shorter_page(self):
        page = must(self.daemon.get("/many/", "text/html")).body
        self.assertIn(b"e499", page)
        self.assertNotIn(b"e500", page)
        self.assertRegex(page, rb"/many/\?after=\d+\">next<")

    def test_the_last_page_has_no_next(self):
        last = must(self.daemon.get(f"/many/?after={COUNT}&limit=10")).json
        self.assertNotIn("next", last["catalogs"])

    def test_limits_that_cannot_be_are_400(self):
        for query in ("limit=0", "limit=-1", "limit=x", "limit=", "limit=10001",
                      "limit=99999999999999999999999", "limit=1&limit=2",
                      "after=x", "after=-1", "after=", "after=1&after=1",
                      "after=99999999999999999999"):  # fmt: skip
            with self.subTest(query):
                self.assertProblem(self.daemon.get("/many/?" + query), 400, query.split("=")[0])

    def test_what_is_no_catalog_has_no_pages(self):
        for path in ("/many/e1/", "/many/e1/n"):
            self.assertProblem(self.daemon.get(path + "?limit=1"), 400, "limit")

    def test_a_page_put_back_does_not_store_its_next(self):
        page = must(self.daemon.get("/many/?limit=2")).json
        del page["self"]
        must(self.daemon.put("/many/", page), 204)
        whole = must(self.daemon.get("/many/?limit=2")).json
        self.assertEqual(whole["catalogs"], page["catalogs"])
        last = must(self.daemon.get(f"/many/?after={COUNT}")).json
        self.assertEqual(list(last["catalogs"]), ["by part"])


class LargeEntities(TestCase):
    COUNT, SIZE = 7, 6_000_000  # 16 MiB are two whole ones

    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/large/", catalog(index={}, tuple=["n"])))
        for n in range(cls.COUNT):
            must(daemon.put(f"/large/{n}/", entity(n=str(n) * cls.SIZE)))

    def test_a_page_ends_where_its_members_are_too_large_together(self):
        found, sizes, path = [], [], "/large/"
        while path:
            answer = must(self.daemon.get(path))
            self.assertLess(len(answer.body), 16 * 1024 * 1024 + 4096)
            self.assertEqual(answer.json["size"], self.COUNT)
            found += answer.json["index"]
            sizes.append(len(answer.json["index"]))
            following = answer.json.get("catalogs", {}).get("next")
            path = following and following.removeprefix(self.daemon.base[:-1])
        self.assertEqual(found, [f"{n}/" for n in range(self.COUNT)])
        self.assertEqual(sizes, [2, 2, 2, 1])

    def test_a_limit_that_has_fewer_stays(self):
        answer = must(self.daemon.get("/large/?limit=1"))
        self.assertEqual(list(answer.json["index"]), ["0/"])
        self.assertIn("limit=1", answer.json["catalogs"]["next"])


class PageSize(TestCase):
    arguments = ("--page-size", "2")

    def test_the_page_size_can_be_set(self):
        must(self.daemon.put("/c/", catalog()))
        must(self.daemon.post("/c/", catalog(index={str(n): {} for n in range(5)})), 201)
        self.assertEqual(
            [page["entities"] for page in pages(self.daemon, "/c/")],
            [["0/", "1/"], ["2/", "3/"], ["4/"]],
        )
        self.assertProblem(self.daemon.get("/c/?limit=3"), 400, "2")

    def test_a_catalog_named_next_makes_room(self):
        must(self.daemon.put("/n/", catalog()))
        must(self.daemon.put("/n/next/", catalog()))
        must(self.daemon.post("/n/", catalog(index={str(n): {} for n in range(3)})), 201)
        first = must(self.daemon.get("/n/"))
        names = [name for name, _ in json.loads(first.body, object_pairs_hook=list)[2][1]]
        self.assertEqual(names, ["next/", "next"])
        last = list(pages(self.daemon, "/n/"))[-1]
        self.assertEqual(last["catalogs"], {"next/": self.daemon.base + "n/next/"})

    def test_no_other_link_can_be_named_next(self):
        answer = self.daemon.put("/x/", catalog(catalogs={"next": "elsewhere/"}))
        self.assertEqual(self.assertProblem(answer, 422)["pointer"], "/catalogs/next")


class Memory(TestCase):
    MEBIBYTE = 1024 * 1024

    def test_a_hundred_thousand_entities_stay_under_80_mebibytes(self):
        with Daemon() as daemon:
            must(daemon.put("/big/", catalog(index={}, catalogs={"by n": "{?n}"})))
            for begin in range(0, 100000, 10000):
                index = {
                    f"entity-{n}/": {"n": n, "name": f"The entity of number {n}", "kind": "x"}
                    for n in range(begin, begin + 10000)
                }
                must(daemon.post("/big/", catalog(index=index)), 201)
            self.assertEqual(sum(len(page["index"]) for page in pages(daemon, "/big/")), 100000)
            for n in range(0, 100000, 1000):
                found = must(daemon.get(f"/big/?n={n}")).json["index"]
                self.assertEqual(list(found), [f"entity-{n}/"])
            memory = daemon.memory()
            if not SANITIZED:
                self.assertLess(memory, 80 * self.MEBIBYTE)
