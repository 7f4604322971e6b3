"""Tokens: how an administrator makes and ends them, and what a server takes them for."""

import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import unittest

from support.daemon import PROGRAM, TIMEOUT, Daemon, TestCase, bearer, catalog, entity, must, token

FORM = re.compile(r"shj_[A-Za-z0-9_-]{43}")
ID = re.compile(r"[0-9a-f]{12}")


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.store = f"sqlite:{self.folder}/a.db"

    def add(self, *arguments):
        return token(self.store, "add", *arguments)

    def rows(self):
        return [line.split() for line in token(self.store, "list").stdout.splitlines()]

    def test_a_token_is_the_only_thing_on_standard_output(self):
        done = self.add("ann")
        self.assertRegex(done.stdout, rf"\A{FORM.pattern}\n\Z")
        self.assertIn("ann", done.stderr)
        self.assertNotIn(done.stdout.strip(), done.stderr)

    def test_each_token_is_another(self):
        texts = {self.add("ann").stdout for _ in range(5)}
        self.assertEqual(len(texts), 5)
        self.assertEqual(len({row[0] for row in self.rows()}), 5)

    def test_the_list_names_each_and_shows_no_secret(self):
        texts = [self.add("ann").stdout.strip(), self.add("bob", "--expires", "30d").stdout.strip()]
        done = token(self.store, "list")
        for text in texts:
            self.assertNotIn(text[4:], done.stdout)
        rows = sorted(self.rows(), key=lambda row: row[1])
        self.assertEqual([row[1] for row in rows], ["ann", "bob"])
        for row in rows:
            self.assertRegex(row[0], ID)
            self.assertRegex(row[2], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(rows[0][3], "never")
        self.assertGreater(rows[1][3], rows[1][2])

    def test_the_store_has_no_token_in_it(self):
        text = self.add("ann").stdout.strip()
        for path in pathlib.Path(self.folder).iterdir():
            content = path.read_bytes()
            self.assertNotIn(text[4:].encode(), content, path)

    def test_one_is_revoked_by_its_id_and_all_of_a_user_by_the_name(self):
        for user in ("ann", "ann", "ann", "bob"):
            self.add(user)
        first = next(row[0] for row in self.rows() if row[1] == "ann")
        self.assertIn("1 token\n", token(self.store, "revoke", first).stderr)
        self.assertEqual(sorted(row[1] for row in self.rows()), ["ann", "ann", "bob"])
        self.assertIn("2 tokens", token(self.store, "revoke", "ann").stderr)
        self.assertEqual([row[1] for row in self.rows()], ["bob"])

    def test_what_is_not_there_cannot_be_revoked(self):
        self.add("ann")
        done = token(self.store, "revoke", "bob", status=1)
        self.assertIn("bob", done.stderr)
        self.assertEqual(len(self.rows()), 1)

    def test_list_and_revoke_make_no_store(self):
        token(self.store, "list", status=1)
        token(self.store, "revoke", "ann", status=1)
        self.assertEqual(os.listdir(self.folder), [])

    def test_names_that_no_user_can_have(self):
        for name in ("", "a b", "a,b", "public", "users", "nobody", "é", "x" * 65, 'a"b', "0123456789ab"):
            with self.subTest(name):
                done = token(self.store, "add", name, status=2)
                self.assertEqual(done.stdout, "")
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(os.listdir(self.folder), [])
        self.add("x" * 64)
        self.add("Ann.B_c@example.org+x-1")

    def test_times_that_are_none(self):
        for time in ("", "30", "d", "0d", "-1d", "30y", "1d2", "9999999d", "30 d"):
            with self.subTest(time):
                done = token(self.store, "add", "ann", f"--expires={time}", status=2)
                self.assertIn("30d", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])
        for time in ("1s", "90m", "12h", "30d", "never"):
            self.add("ann", "--expires", time)
        self.assertEqual([row[3] for row in self.rows()].count("never"), 1)

    def test_words_that_are_wrong(self):
        for words in (
            (),
            ("frobnicate",),
            ("add", "ann", "--expires"),
            ("add", "ann", "--until", "30d"),
            ("list", "--expires", "30d"),
            ("add", "ann", "sqlite:x", "sqlite:y"),
            ("add", "ann", "shoji.db"),
        ):
            with self.subTest(words):
                done = subprocess.run(
                    [PROGRAM, "token", *words], capture_output=True, timeout=TIMEOUT,
                    text=True, check=False, cwd=self.folder,
                )  # fmt: skip
                self.assertEqual((done.returncode, done.stdout), (2, ""), done)
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertEqual(os.listdir(self.folder), [])

    def test_help(self):
        done = subprocess.run([PROGRAM, "token", "--help"], capture_output=True, timeout=TIMEOUT,
                              text=True, check=True)  # fmt: skip
        for word in ("add", "list", "revoke", "--expires", "STORE"):
            self.assertIn(word, done.stdout)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_the_store_is_shoji_db_if_nothing_is_said(self):
        subprocess.run([PROGRAM, "token", "add", "ann"], cwd=self.folder, check=True, timeout=TIMEOUT,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        self.assertIn("shoji.db", os.listdir(self.folder))

    def test_a_directory_keeps_no_tokens(self):
        done = token(f"dir:{self.folder}", "add", "ann", status=2)
        self.assertIn("sqlite:PATH", done.stderr)
        for words in (("add", "ann"), ("list",), ("revoke", "ann")):
            done = token(f"dir:{self.folder}/none", *words, status=2)
            self.assertIn("a directory keeps no tokens", done.stderr)

    def test_standard_output_that_is_full_is_told(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run([PROGRAM, "token", "add", "ann", self.store], stdout=full,
                                  stderr=subprocess.PIPE, timeout=TIMEOUT, check=False)  # fmt: skip
        self.assertEqual(done.returncode, 1)


class Requests(TestCase):
    options = {"no_auth": False}

    @classmethod
    def fill(cls, daemon):
        cls.ann = daemon.token("ann")

    def put(self, path, text, body=None):
        return self.daemon.request("PUT", path, body or catalog(), bearer(text))

    def test_whoever_has_one_may_write(self):
        self.assertStatus(self.put("/a/", self.ann), 201)
        posted = self.daemon.request("POST", "/a/", entity(n=1), bearer(self.ann))
        self.assertStatus(posted, 201)
        path = posted["Location"].removeprefix(self.daemon.base.rstrip("/"))
        self.assertStatus(self.daemon.request("DELETE", path, headers=bearer(self.ann)), 204)

    def test_the_scheme_is_in_any_case(self):
        for scheme in ("bearer", "BEARER", "Bearer "):
            answer = self.daemon.request("PUT", "/scheme/", catalog(), {"Authorization": f"{scheme} {self.ann}"})
            self.assertIn(answer.status, (201, 204))

    def test_a_new_one_counts_at_once(self):
        text = self.daemon.token("bob")
        self.assertStatus(self.put("/bob/", text), 201)

    def test_a_revoked_one_counts_no_more_at_once(self):
        text = self.daemon.token("carol")
        self.assertStatus(self.put("/carol/", text), 201)
        token(self.daemon.store, "revoke", "carol")
        self.assertProblem(self.put("/carol/", text), 401, "revoked")

    def test_an_expired_one_counts_no_more(self):
        text = self.daemon.token("dan", "--expires", "1h")
        self.assertStatus(self.put("/dan/", text), 201)
        path = self.daemon.store.removeprefix("sqlite:")
        with sqlite3.connect(path, timeout=TIMEOUT) as store:
            store.execute("UPDATE slates SET expires = 1000000000 WHERE text LIKE '%\"dan\"%'")
        store.close()
        self.assertProblem(self.put("/dan/", text), 401, "expired")
        listed = token(self.daemon.store, "list").stdout
        self.assertIn(" dan ", listed)
        self.assertRegex(listed, r"dan .* expired\n")

    def test_what_is_none_is_401_and_never_nobody(self):
        wrong = self.ann[:-1] + ("A" if self.ann[-1] != "A" else "B")
        for field in (
            f"Bearer {wrong}",
            f"Bearer {self.ann}x",
            f"Bearer {self.ann},{self.ann}",
            "Bearer",
            "Bearer ",
            "Bearer " + "x" * 8000,
            f"Basic {self.ann}",
            self.ann,
            "Bearer shj_" + "%00" * 14 + "x",
            "",
        ):
            with self.subTest(field[:60]):
                answer = self.daemon.request("GET", "/", headers={"Authorization": field})
                self.assertProblem(answer, 401)
                self.assertIn('error="invalid_token"', answer["WWW-Authenticate"])
                self.assertNotIn(b"shj_", answer.body)

    def test_two_fields_are_401(self):
        answer = self.daemon.raw_request(
            b"GET / HTTP/1.1", b"Host: localhost", b"Authorization: Bearer " + self.ann.encode(),
            b"Authorization: Bearer " + self.ann.encode(), b"Connection: close"
        )  # fmt: skip
        self.assertProblem(answer, 401)

    def test_it_is_in_no_log_and_in_no_answer(self):
        self.put("/secret/", self.ann)
        wrong = "shj_" + "x" * 43
        self.daemon.request("GET", "/", headers=bearer(wrong))
        log = self.daemon.log()
        self.assertNotIn(self.ann[4:], log)
        self.assertNotIn(wrong, log)

    def test_no_request_reads_one(self):
        for path in ("/_auth/", "/-/slates/", "/-/slates/_auth/", "/-/_auth/"):
            self.assertStatus(self.daemon.request("GET", path, headers=bearer(self.ann)), 404)


class Stores(unittest.TestCase):
    def test_tokens_outlive_kill(self):
        with tempfile.TemporaryDirectory() as folder:
            store = f"sqlite:{folder}/a.db"
            daemon = Daemon(store=store, no_auth=False).start()
            text = daemon.token("ann")
            must(daemon.request("PUT", "/a/", catalog(), bearer(text)))
            daemon.stop(signal.SIGKILL)
            with Daemon(store=store, no_auth=False) as again:
                must(again.request("PUT", "/a/", catalog(), bearer(text)))

    def test_in_a_directory_none_counts(self):
        with tempfile.TemporaryDirectory() as folder:
            with Daemon(store=f"dir:{folder}", no_auth=False) as daemon:
                answer = daemon.request("GET", "/", headers=bearer("shj_" + "x" * 43))
                self.assertEqual(answer.status, 401)
                self.assertEqual(daemon.get("/").status, 200)

    def test_without_auth_none_is_looked_at(self):
        with Daemon() as daemon:
            answer = daemon.request("PUT", "/a/", catalog(), bearer("whatever"))
            self.assertEqual(answer.status, 201)


if __name__ == "__main__":
    unittest.main()
