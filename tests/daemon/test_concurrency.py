"""Many clients at once: no lost update, no half of a commit, no error."""

import threading

from support.daemon import TestCase, catalog, entity, must

THREADS = 8


class Concurrency(TestCase):
    @classmethod
    def fill(cls, daemon):
        must(daemon.put("/c/", catalog(index={}, catalogs={"by batch": "{?batch}"})))
        must(daemon.put("/c/counter/", entity(n=0)))

    def together(self, work):
        """Runs work(number, connection) in each of the threads; fails where one does."""
        failures = []

        def run(number):
            try:
                with self.daemon.connection() as connection:
                    work(number, connection)
            except BaseException as failure:  # to be told in the thread of the test
                failures.append(failure)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def test_no_update_on_a_condition_is_lost(self):
        rounds = 25

        def count(_, connection):
            done = 0
            while done < rounds:
                read = must(self.daemon.request("GET", "/c/counter/", connection=connection))
                body = entity(n=read.json["body"]["n"] + 1)
                answer = self.daemon.request(
                    "PUT", "/c/counter/", body, {"If-Match": read["ETag"]}, connection
                )
                self.assertIn(answer.status, (204, 412))
                done += answer.status == 204

        self.together(count)
        self.assertEqual(must(self.daemon.get("/c/counter/n")).json, THREADS * rounds)

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
