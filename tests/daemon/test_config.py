"""The configuration: a file, the command line over it, and SIGHUP."""

import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

from support.daemon import PROGRAM, TIMEOUT, Daemon, bearer, catalog, entity, must, wait_until


def check(path, *arguments):
    return subprocess.run(
        [PROGRAM, "--check-config", "-c", str(path), *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT, text=True, check=False,
    )  # fmt: skip


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "shojid.conf"

    def write(self, text):
        self.file.write_text(text, encoding="utf-8")
        return self.file


class Checking(Folder):
    def assertRight(self, text, *arguments):
        done = check(self.write(text), *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(done.stdout, f"{self.file}: ok\n")

    def assertWrong(self, text, line, *words):
        """There is one fault, on a line; 0 for one of no line."""
        done = check(self.write(text))
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith(f"shojid: {self.file}:{line}: " if line else "shojid: "))
        for word in words:
            self.assertIn(word, done.stderr)

    def test_every_setting_can_be_given(self):
        self.assertRight(
            "# a comment\n; another\n\n"
            "[server]\nlisten = 127.0.0.1:0\nlisten = localhost:0\nbase-iri = https://example.org/api/\n"
            "page-size = 5\nlinks = relative\nlog = x.log\nquiet = yes\n"
            "login-url = https://example.org/login?a=b#c\n"
            "rate-per-address = 600/minute\nrate-per-token = off\n"
            "[store]\nstore = sqlite:x.db\nread-only = no\n"
            "[rule /]\nread = users\nwrite = nobody\n"
            "[rule /a/b]\nread = ann, bob@example.org carol\n"
            "[rule long]\npath = /" + "long/" * 20 + "\nwrite = public\n"
        )
        self.assertEqual(os.listdir(self.folder), ["shojid.conf"])

    def test_white_space_and_ends_of_lines_do_not_count(self):
        self.assertRight("  [server]\r\n\tpage-size=5\r\n   quiet   =   yes   ; a comment\r\n")
        self.assertRight("[server]\npage-size = 5")
        self.assertRight("")

    def test_a_line_that_is_none(self):
        self.assertWrong("[server]\npage-size\n", 2, "NAME = VALUE")
        self.assertWrong("[server\npage-size = 5\n[store]\n", 1, '"]"')

    def test_a_section_that_is_none(self):
        self.assertWrong("[servers]\npage-size = 5\n", 2, "[servers]", "[server]")
        self.assertWrong("page-size = 5\n", 1, "section")
        self.assertWrong("[rule " + "x" * 60 + "]\nread = users\n[server]\n", 1, "49", "path = PATH")

    def test_a_setting_that_is_none(self):
        self.assertWrong("[server]\npagesize = 5\n", 2, "pagesize", "page-size")
        self.assertWrong("[server]\nfrobnicate = 5\n", 2, "frobnicate", "shojid.conf")
        self.assertWrong("[store]\npage-size = 5\n", 2, "[server]")
        self.assertWrong("[server]\nno-auth = yes\n", 2, "command line")
        self.assertWrong("[server]\nconfig = x\n", 2, "command line")

    def test_a_value_that_is_none(self):
        for line, *words in (
            ("page-size = 0", "1000000"),
            ("page-size =", "1000000"),
            ("listen = here", "127.0.0.1:8642"),
            ("base-iri = example.org", "example.org"),
            ("links = sideways", "absolute or relative"),
            ("quiet = maybe", "yes or no"),
            ("log =", "empty"),
            ("login-url = /login", "https://"),
            ("login-url = javascript:alert(1)", "https://"),
            ("login-url = https://example.org/a b", "https://"),
            ("rate-per-address = 0/minute", "600/minute"),
            ("rate-per-address = 5/fortnight", "600/minute"),
            ("rate-per-token = 1000001/second", "1000000"),
            ("rate-per-token = -1/second", "600/minute"),
        ):
            with self.subTest(line):
                self.assertWrong(f"[server]\n{line}\n", 2, line.split()[0], *words)
        self.assertWrong("[store]\nstore = shoji.db\n", 2, "sqlite:PATH")

    def test_what_is_given_twice(self):
        self.assertWrong("[server]\npage-size = 5\n\npage-size = 6\n", 4, "line 2")

    def test_a_value_goes_on_no_further_than_its_line(self):
        self.assertWrong("[server]\nlinks = relative\n  page-size = 0\n", 3, "page-size")

    def test_a_line_that_is_too_long(self):
        self.assertWrong("[server]\nlog = " + "x" * 300 + "\npage-size = 5\n", 2, "197")
        self.assertRight("[server]\nlog = " + "x" * 191 + "\npage-size = 5\n")

    def test_a_nul_is_told(self):
        self.file.write_bytes(b"[server]\npage-size = 5\0\n")
        done = check(self.file)
        self.assertEqual(done.returncode, 2)
        self.assertIn(":2: ", done.stderr)

    def test_a_comment_may_stand_behind_a_section(self):
        self.assertRight("[rule /a/] # mine\nread = ann\n[server]\t; its own\nquiet = yes\n")

    def test_rules_that_are_none(self):
        for text, line, *words in (
            ("[rule /a]\nread = every one!\n", 2, "public, users or nobody"),
            ("[rule /a]\nread =\n", 2, "public"),
            ("[rule /a]\nread = users, ann\n", 2, "public"),
            ("[rule /a]\nexecute = ann\n", 2, "execute"),
            ("[rule /a]\nread = ann\nread = bob\n", 3, "read"),
            ("[rule /a/../b]\nread = ann\n", 2, "dot segment"),
            ("[rule a]\nread = ann\n", 2, "path"),
            ("[rule /a]\nread = ann\n[rule /a/]\nread = bob\n", 4, "line 2"),
            ("[rule /a]\nread = ann\npath = /b\n", 3, "/a/"),
            ("[rule /p]q/]\nread = ann\n", 1, '"]"'),
            ("[server] quiet = yes\n", 1, '"]"'),
            ("[server]\n[rule /a/]\n", 2, "neither read nor write"),
            ("[rule /a/]\n[server]\nquiet = yes\n", 1, "neither read nor write"),
            ("[rule x]\npath = /a/\n", 2, "neither read nor write"),
        ):
            with self.subTest(text):
                self.assertWrong(text, line, *words)
        self.assertWrong(
            "".join(f"[rule /{i}]\nread = ann\n" for i in range(257)), 514, "256"
        )

    def test_every_fault_is_told_at_once(self):
        done = check(self.write("[server]\npage-size = 0\nlinks = x\n[nowhere]\na = b\n"))
        self.assertEqual(done.returncode, 2)
        places = [line.split(":")[2] for line in done.stderr.splitlines()]
        self.assertEqual(places, ["2", "3", "5"])

    def test_a_bounded_number_is_told(self):
        done = check(self.write("[server]\n" + "x = y\n" * 1000))
        self.assertEqual(done.stderr.count("\n"), 50)

    def test_a_file_that_cannot_be_read(self):
        for path in (self.folder / "none.conf", self.folder):
            done = check(path)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(str(path), done.stderr)

    def test_the_command_line_is_checked_too(self):
        done = check(self.write(""), "--page-size", "0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--page-size", done.stderr)

    def test_rules_and_no_auth_are_refused(self):
        done = check(self.write("[rule /a]\nread = ann\n"), "--no-auth")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--no-auth", done.stderr)

    def test_nothing_is_made(self):
        self.write("[server]\nlog = x.log\n[store]\nstore = sqlite:x.db\n")
        subprocess.run([PROGRAM, "--check-config", "-c", "shojid.conf"], cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, timeout=TIMEOUT)  # fmt: skip
        self.assertEqual(os.listdir(self.folder), ["shojid.conf"])


class Starting(Folder):
    def test_the_file_counts(self):
        self.write("[server]\npage-size = 2\nlinks = relative\n")
        with Daemon("-c", str(self.file)) as daemon:
            must(daemon.put("/a/", catalog()))
            for name in "xyz":
                must(daemon.put(f"/a/{name}/", entity(n=1)))
            page = must(daemon.get("/a/")).json
        self.assertEqual(len(page["entities"]), 2)
        self.assertEqual(page["self"], "/a/")

    def test_the_command_line_counts_before_it(self):
        self.write("[server]\nlisten = 192.0.2.1:1\nlisten = 192.0.2.2:1\npage-size = 2\nlinks = relative\n"
                   "[store]\nread-only = yes\nstore = sqlite:/nowhere/x.db\n")  # fmt: skip
        with Daemon("-c", str(self.file), "--page-size=3", "--read-only=no") as daemon:
            must(daemon.put("/a/", catalog()))
            for name in "xyz":
                must(daemon.put(f"/a/{name}/", entity(n=1)))
            page = must(daemon.get("/a/")).json
        self.assertEqual(len(page["entities"]), 3)
        self.assertEqual(page["self"], "/a/")

    def test_a_file_that_is_wrong_starts_nothing(self):
        self.write("[server]\npage-size = 0\n")
        store = self.folder / "a.db"
        done = subprocess.run([PROGRAM, "-c", str(self.file), f"sqlite:{store}"], capture_output=True,
                              timeout=TIMEOUT, text=True, check=False)  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(":2: ", done.stderr)
        self.assertFalse(store.exists())


class Reloading(Folder):
    def reload(self, daemon, text, *words):
        """Writes the file, sends SIGHUP, and waits for a line of the log."""
        before = len(daemon.log())
        self.write(text)
        daemon.process.send_signal(signal.SIGHUP)
        self.assertTrue(
            wait_until(lambda: all(word in daemon.log()[before:] for word in words)),
            daemon.log()[before:],
        )
        return daemon.log()[before:]

    def test_rules_count_from_the_next_request(self):
        self.write("")
        with Daemon("-c", str(self.file), no_auth=False) as daemon:
            text = daemon.token("ann")
            self.assertEqual(daemon.get("/").status, 200)
            self.reload(daemon, "[rule /]\nread = ann\n", "read again")
            self.assertEqual(daemon.get("/").status, 401)
            self.assertEqual(daemon.request("GET", "/", headers=bearer(text)).status, 200)
            self.reload(daemon, "", "read again")
            self.assertEqual(daemon.get("/").status, 200)

    def test_what_is_rendered_changes_and_so_does_its_etag(self):
        self.write("[server]\nlinks = absolute\n")
        with Daemon("-c", str(self.file)) as daemon:
            before = must(daemon.get("/"))
            self.reload(daemon, "[server]\nlinks = relative\nbase-iri = https://example.org/\n", "read again")
            after = must(daemon.get("/"))
            self.assertEqual(after.json["self"], "/")
            self.assertNotEqual(before["ETag"], after["ETag"])

    def test_a_broken_file_changes_nothing(self):
        self.write("[rule /]\nread = ann\n")
        with Daemon("-c", str(self.file), no_auth=False) as daemon:
            log = self.reload(daemon, "[rule /]\nread = every one!\n[server]\npage-size = 0\n", "stays in use")
            self.assertIn(f"{self.file}:2: ", log)
            self.assertIn(f"{self.file}:4: ", log)
            self.assertEqual(daemon.get("/").status, 401)
            self.file.unlink()
            daemon.process.send_signal(signal.SIGHUP)
            self.assertTrue(wait_until(lambda: "cannot be read" in daemon.log()))
            self.assertEqual(daemon.get("/").status, 401)

    def test_what_needs_a_restart_is_told(self):
        self.write("")
        with Daemon("-c", str(self.file)) as daemon:
            log = self.reload(
                daemon, "[server]\nquiet = yes\npage-size = 7\n[store]\nread-only = yes\n", "read again"
            )
            self.assertIn('"quiet"', log)
            self.assertIn('"read-only"', log)
            self.assertNotIn('"page-size"', log)
            must(daemon.put("/a/", catalog()))

    def test_without_a_file_sighup_opens_the_log_alone(self):
        with Daemon() as daemon:
            daemon.process.send_signal(signal.SIGHUP)
            must(daemon.get("/"))
            self.assertNotIn("configuration", daemon.log())

    def test_many_at_once_while_requests_run(self):
        texts = ("[server]\npage-size = 5\n", "[server]\npage-size = 6\n[rule /x]\nread = ann\n")
        self.write(texts[0])
        with Daemon("-c", str(self.file), no_auth=False) as daemon:
            for i in range(100):
                self.write(texts[i % 2])
                daemon.process.send_signal(signal.SIGHUP)
                self.assertEqual(daemon.get("/").status, 200)


if __name__ == "__main__":
    unittest.main()
