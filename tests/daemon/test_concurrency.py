"""Many clients at once: no half of a commit, no name given twice, no error. What becomes
of updates is seen by test_histories."""

import threading

from support.daemon import TestCase, catalog, entity, must

THREADS = 8
TURNS = 60  # of a race that is lost in most of a few


class Concurrency(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/c/", catalog(index={}, catalogs={"by batch": "{?batch}"})))

    def together(self, work, count=THREADS):
        """Runs work(number, connection) in each of the threads; fails where one does."""
        failures = []

        def run(number):
            try:
                with self.daemon.connection() as connection:
                    work(number, connection)
            except BaseException as failure:  # to be told in the thread of the test
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def test_no_update_of_a_fragment_is_lost(self):
        must(self.daemon.put("/c/parts/", entity(**{f"p{n}": 0 for n in range(THREADS)})))

        def write(number, connection):
            for value in range(1, 11):
                must(
                    self.daemon.request(
                        "PUT", f"/c/parts/p{number}", str(value).encode(), None, connection
                    ),
                    204,
                )

        self.together(write)
        self.assertEqual(
            must(self.daemon.get("/c/parts/")).json["body"], {f"p{n}": 10 for n in range(THREADS)}
        )

    def test_no_entity_takes_the_place_of_a_catalog_that_gets_a_member(self):
        def work(number, connection):
            if number == 0:
                self.daemon.request("PUT", "/c/x/", catalog(index={}), None, connection)
                self.daemon.request("POST", "/c/x/", entity(), {"Slug": "m"}, connection)
                return
            for _ in range(3):
                self.daemon.request("PUT", "/c/x/", entity(by=number), None, connection)

        for turn in range(TURNS):
            must(self.daemon.put("/c/x/", entity()))
            self.together(work, 3)
            found = must(self.daemon.get("/c/x/")).json
            member = self.daemon.delete("/c/x/m/")
            if found["element"] == "shoji:entity":
                self.assertIn(member.status, (404, 410), turn)
            else:
                must(member, 204, 404, 410)

    def test_all_that_is_posted_is_there_whatever_becomes_of_the_catalog(self):
        def work(number, connection):
            for turn in range(10):
                if number == 0:
                    titled = catalog(title=str(turn))
                    must(self.daemon.request("PATCH", "/c/p/", titled, None, connection), 200, 204)
                else:
                    must(self.daemon.request("POST", "/c/p/", entity(), None, connection), 201)

        must(self.daemon.put("/c/p/", catalog(index={})))
        self.together(work)
        found = must(self.daemon.get("/c/p/")).json
        self.assertEqual((found["title"], len(found["index"])), ("9", 10 * (THREADS - 1)))

    def test_readers_never_see_half_of_a_commit(self):
        batch = 20

        def work(number, connection):
            for turn in range(6):
                name = f"{number}-{turn}"
                if number % 2:
                    index = {f"{name}-{n}/": {"batch": name} for n in range(batch)}
                    must(self.daemon.request("POST", "/c/", catalog(index=index), None, connection), 201)
                else:
                    for writer in range(1, THREADS, 2):
                        found = must(
                            self.daemon.request(
                                "GET", f"/c/?batch={writer}-{turn}", connection=connection
                            )
                        ).json
                        self.assertIn(found["size"], (0, batch))
                        self.assertEqual(len(found["index"]), found["size"])
                    whole = must(self.daemon.request("GET", "/c/", connection=connection)).json
                    self.assertEqual(len(whole["index"]), whole["size"])

        self.together(work)

    def test_names_of_the_servers_are_never_given_twice(self):
        locations = []

        def create(_, connection):
            for _ in range(10):
                made = must(self.daemon.request("POST", "/c/", entity(), None, connection), 201)
                locations.append(made["Location"])

        self.together(create)
        self.assertEqual(len(set(locations)), THREADS * 10)

    def test_a_slug_that_many_want_is_given_once_each(self):
        locations = []

        def create(_, connection):
            made = self.daemon.request("POST", "/c/", entity(), {"Slug": "wanted"}, connection)
            locations.append(must(made, 201)["Location"])

        self.together(create)
        self.assertEqual(len(set(locations)), THREADS)
