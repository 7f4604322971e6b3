"""The program itself: its command line, its beginning and its end, its store and its log."""

import contextlib
import os
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

from support.daemon import PROGRAM, TIMEOUT, Daemon, TestCase, catalog, entity, must, wait_until
from unittest import TestCase as PlainTestCase


# Root may write everything: where a permission matters, the program runs as somebody else.
NOBODY = 65534 if os.geteuid() == 0 else None


def run(*arguments, cwd=None, user=None):
    return subprocess.run(
        [PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cwd,
        user=user,
        timeout=TIMEOUT,
        text=True,
        check=False,
    )


class CommandLine(PlainTestCase):
    def assertRefused(self, arguments, *words):
        done = run(*arguments)
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("shojid: "))
        for word in words:
            self.assertIn(word, done.stderr)

    def test_help_and_version(self):
        for flag in ("--help", "-h"):
            done = run(flag)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for flag_told in ("--listen", "--base-iri", "--read-only", "--no-auth", "--page-size",
                              "--links", "--log", "--quiet", "sqlite:", "dir:"):  # fmt: skip
                self.assertIn(flag_told, done.stdout)
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)
        self.assertRegex(run("--version").stdout, r"^shojid \d+\.\d+\.\d+\n$")

    def test_an_unknown_option_is_told_with_what_was_meant(self):
        self.assertRefused(["--listne", "x"], "--listne", "did you mean --listen?")
        self.assertRefused(["--noauth"], "--no-auth")
        self.assertRefused(["--frobnicate"], "--help")
        self.assertRefused(["-x"], "-x")

    def test_values_are_wanted_where_they_are_wanted(self):
        self.assertRefused(["--listen"], "ADDR:PORT")
        self.assertRefused(["--quiet=maybe"], "yes or no")

    def test_addresses_that_are_none(self):
        for value in ("8642", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                      "256.0.0.1:1", "example.org:80", ":80", "127.0.0.1:-1"):  # fmt: skip
            self.assertRefused(["--listen", value], value)
        self.assertRefused(["--listen", "[::1]:8642"], "IPv6", "proxy")

    def test_page_sizes_and_links_that_are_none(self):
        for value in ("0", "-1", "x", "1000001", "99999999999"):
            self.assertRefused(["--page-size", value], value, "1000000")
        self.assertRefused(["--links", "sideways"], "absolute")

    def test_no_auth_is_for_loopback_alone(self):
        for address in ("0.0.0.0:0", "192.0.2.1:0"):
            self.assertRefused(["--no-auth", "--listen", address], "loopback", address)
        self.assertRefused(
            ["--listen", "127.0.0.1:0", "--no-auth", "--listen", "0.0.0.0:0"], "loopback"
        )

    def test_a_base_that_is_none(self):
        with tempfile.TemporaryDirectory() as folder:
            store = f"sqlite:{folder}/a.db"
            for value in ("example.org", "ftp://example.org/", "http://", "http://u@h/",
                          "http://h/?q", "http://h/#f", "http://h/%zz"):  # fmt: skip
                self.assertRefused(["--base-iri", value, store], "--base-iri", value)

    def test_stores_that_are_none(self):
        self.assertRefused(["shoji.db"], "sqlite:PATH")
        self.assertRefused(["postgresql://localhost/x"], "sqlite:PATH")
        self.assertRefused(["sqlite:a", "sqlite:b"], "sqlite:a", "sqlite:b")
        self.assertRefused(["token", "add"], "a user's name")

    def test_the_store_is_shoji_db_if_nothing_is_said(self):
        with tempfile.TemporaryDirectory() as folder:
            with Daemon(cwd=folder) as daemon:
                pass
            process = subprocess.Popen(
                [PROGRAM, "--listen=127.0.0.1:0"], cwd=folder, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            line = process.stdout.readline()
            process.terminate()
            self.assertEqual(process.wait(TIMEOUT), 0)
            process.stdout.close()
            self.assertRegex(line, r"^shojid: serving sqlite:shoji.db at http://127.0.0.1:\d+/\n$")
            self.assertTrue(pathlib.Path(folder, "shoji.db").is_file())


class Listening(PlainTestCase):
    def test_several_addresses(self):
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen(
                [PROGRAM, "--listen", "127.0.0.1:0", "--listen", "localhost:0",
                 f"sqlite:{folder}/a.db"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            ports = [int(process.stdout.readline().rsplit(":", 1)[1].rstrip("/\n")) for _ in range(2)]
            for port in ports:
                socket.create_connection(("127.0.0.1", port), TIMEOUT).close()
            process.terminate()
            self.assertEqual(process.wait(TIMEOUT), 0)
            process.stdout.close()
            self.assertNotEqual(*ports)

    def test_a_port_in_use_is_told(self):
        with Daemon() as daemon, tempfile.TemporaryDirectory() as folder:
            address = "%s:%d" % daemon.address
            done = run("--listen", address, f"sqlite:{folder}/other.db")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            for word in (address, "another program", "--listen"):
                self.assertIn(word, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertEqual(os.listdir(folder), [])

    def test_an_address_of_another_machine_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("--listen", "192.0.2.1:8642", f"sqlite:{folder}/a.db")
            self.assertEqual(done.returncode, 1)
            self.assertIn("192.0.2.1:8642", done.stderr)


class Stores(PlainTestCase):
    def must_run_as_nobody(self):
        with contextlib.suppress(PermissionError):
            if run("--version", user=NOBODY).returncode == 0:
                return
        self.skipTest("the build folder is not open to the user nobody")

    def refused(self, store, *arguments, user=None):
        done = run("--listen", "127.0.0.1:0", *arguments, store, user=user)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertTrue(done.stderr.startswith("shojid: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_a_database_of_another_program_is_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "other.db")
            connection = sqlite3.connect(path)
            connection.execute("CREATE TABLE theirs (a)")
            connection.commit()
            connection.close()
            before = path.read_bytes()
            self.assertIn("other.db", self.refused(f"sqlite:{path}"))
            self.assertEqual(path.read_bytes(), before)

    def test_a_file_that_is_no_database_is_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "notes.txt")
            path.write_text("Not a database, but a text that is long enough to be read.\n" * 99)
            before = path.read_bytes()
            self.refused(f"sqlite:{path}")
            self.assertEqual(path.read_bytes(), before)

    def test_what_is_not_there_is_told(self):
        self.assertIn("/nonexistent", self.refused("sqlite:/nonexistent/a.db"))
        self.assertIn("/nonexistent", self.refused("dir:/nonexistent"))

    def test_read_only_makes_no_database(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("--read-only", "--listen", "127.0.0.1:0", f"sqlite:{folder}/a.db")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(os.listdir(folder), [])

    def make(self, folder, name="a.db"):
        """A store at rest, with one catalog."""
        path = pathlib.Path(folder, name)
        with Daemon(store=f"sqlite:{path}") as daemon:
            must(daemon.put("/kept/", catalog()), 201)
        return path

    def test_a_store_without_its_root_is_refused(self):
        for statement in (
            "DELETE FROM documents WHERE path = '/'",
            "DROP TABLE documents",
            "DELETE FROM state",
        ):
            with self.subTest(statement), tempfile.TemporaryDirectory() as folder:
                path = self.make(folder)
                connection = sqlite3.connect(path)
                connection.execute(statement)
                connection.commit()
                connection.close()
                self.assertIn("restore it from a backup", self.refused(f"sqlite:{path}"))

    def test_a_store_that_breaks_while_it_is_served_is_not_ready(self):
        with Daemon() as daemon:
            must(daemon.get("/-/ready"))
            connection = sqlite3.connect(daemon.store.removeprefix("sqlite:"))
            connection.execute("DROP TABLE documents")
            connection.commit()
            connection.close()
            answer = daemon.get("/-/ready")
            self.assertEqual(answer.status, 500, answer)
            self.assertIn("restore it from a backup", answer.json["detail"])
            must(daemon.get("/-/health"))

    def test_a_malformed_store_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = self.make(folder)
            content = bytearray(path.read_bytes())
            content[4096:] = b"\xff" * (len(content) - 4096)
            path.write_bytes(content)
            self.assertIn("restore it from a backup", self.refused(f"sqlite:{path}"))

    def test_a_store_that_cannot_be_written_can_be_read(self):
        self.must_run_as_nobody()
        with tempfile.TemporaryDirectory() as folder:
            path = self.make(folder, "a?b %41#ü.db")
            path.chmod(0o444)
            os.chmod(folder, 0o555)
            self.assertIn("--read-only", self.refused(f"sqlite:{path}", user=NOBODY))
            for store, cwd in ((f"sqlite:{path}", None), (f"sqlite:{path.name}", folder)):
                with Daemon("--read-only", store=store, cwd=cwd, user=NOBODY) as daemon:
                    must(daemon.get("/kept/"))
            self.assertEqual(os.listdir(folder), [path.name])

    def test_a_log_that_cannot_be_read_in_is_told(self):
        self.must_run_as_nobody()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.db")
            daemon = Daemon(store=f"sqlite:{path}").start()
            must(daemon.put("/kept/", catalog()), 201)
            daemon.stop(signal.SIGKILL)
            daemon.folder.cleanup()
            self.assertTrue(pathlib.Path(folder, "a.db-wal").exists())
            pathlib.Path(folder, "a.db-shm").unlink()
            os.chmod(folder, 0o555)
            told = self.refused(f"sqlite:{path}", "--read-only", user=NOBODY)
            for word in ("a.db", "directory", "copy"):
                self.assertIn(word, told)
            with tempfile.TemporaryDirectory() as elsewhere:
                link = pathlib.Path(elsewhere, "link.db")
                link.symlink_to(path)
                os.chmod(elsewhere, 0o555)
                self.refused(f"sqlite:{link}", "--read-only", user=NOBODY)

    def test_what_was_acknowledged_is_there_after_a_restart(self):
        first = Daemon().start()
        try:
            must(first.put("/a/", catalog(index={})), 201)
            must(first.post("/a/", entity(n=1), Slug="x"), 201)
            tag = must(first.get("/a/x/"))["ETag"]
            self.assertEqual(first.stop(), 0)
            first.start()
            read = must(first.get("/a/x/"))
            self.assertEqual((read.json["body"], read["ETag"]), ({"n": 1}, tag))
        finally:
            first.close()

    def test_what_was_acknowledged_is_there_after_kill(self):
        first = Daemon().start()
        try:
            must(first.put("/a/", catalog()), 201)
            self.assertEqual(first.stop(signal.SIGKILL), -signal.SIGKILL)
            first.start()
            must(first.get("/a/"))
        finally:
            first.close()


class Stopping(PlainTestCase):
    def test_it_stops_when_nobody_is_there(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            daemon = Daemon().start()
            self.assertEqual(daemon.stop(how), 0)
            daemon.close()

    def test_it_stops_while_connections_idle(self):
        daemon = Daemon().start()
        with daemon.connection() as connection:
            must(daemon.request("GET", "/", connection=connection))
            with socket.create_connection(daemon.address, TIMEOUT) as half:
                half.sendall(b"GET / HT")
                self.assertEqual(daemon.stop(), 0)
        daemon.close()

    def test_a_request_that_is_under_way_is_finished(self):
        daemon = Daemon().start()
        try:
            body = b'{"element": "shoji:catalog"}'
            with socket.create_connection(daemon.address, TIMEOUT) as connection:
                connection.sendall(
                    b"PUT /late/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
                    b"Expect: 100-continue\r\n\r\n" % len(body)
                )
                self.assertIn(b"100 Continue", connection.recv(65536))
                daemon.process.terminate()
                time.sleep(0.3)
                refused = daemon.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertTrue(refused.startswith(b"HTTP/1.1 503 "), refused)
                connection.sendall(body)
                answer = b""
                while piece := connection.recv(65536):
                    answer += piece
            self.assertTrue(answer.startswith(b"HTTP/1.1 201 "), answer)
            self.assertIn(b"Connection: close", answer)
            self.assertEqual(daemon.stop(), 0)
            daemon.start()
            must(daemon.get("/late/"))
        finally:
            daemon.close()


class Log(TestCase):
    LINE = re.compile(
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\S+) 127\.0\.0\.1 (\S+) (\S+) (\d+) (\d+) (\d+)$"
    )

    def line_of(self, ident):
        def lines():
            return [line for line in self.daemon.log().splitlines() if f" {ident} " in line]

        self.assertTrue(wait_until(lambda: lines()), self.daemon.log())
        self.assertEqual(len(lines()), 1)
        found = self.LINE.match(lines()[0])
        self.assertIsNotNone(found, lines()[0])
        return found.groups()

    def test_a_line_tells_of_a_request(self):
        answer = self.daemon.get("/?limit=5", X_Request_Id="first")
        ident, method, target, status, size, _ = self.line_of("first")
        self.assertEqual((ident, method, target, status), ("first", "GET", "/?limit=5", "200"))
        self.assertEqual(int(size), len(answer.body))

    def test_a_refusal_is_logged_too(self):
        self.daemon.raw_request(b"GET /../ HTTP/1.1", b"Host: localhost", b"X-Request-Id: refused")
        self.assertEqual(self.line_of("refused")[1:4], ("GET", "/../", "400"))

    def test_a_head_sends_no_bytes(self):
        self.daemon.head("/", X_Request_Id="head")
        self.assertEqual(self.line_of("head")[4], "0")

    def test_no_line_can_be_forged(self):
        before = self.daemon.log().count("\n")
        self.daemon.raw_request(b'GET /a"b\\c HTTP/1.1', b"Host: localhost", b"X-Request-Id: quoted")
        self.assertEqual(self.line_of("quoted")[2], "/a\\x22b\\x5Cc")
        self.daemon.raw(b"GET\x1b[2J /a HTTP/1.1\r\n\r\n")
        self.daemon.raw(b"FORGED\r\n2026 x 127.0.0.1 GET / 200 0 0\r\n\r\n")
        self.assertTrue(wait_until(lambda: self.daemon.log().count("\n") >= before + 3))
        for line in self.daemon.log().splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[^\x00-\x1f\x7f]+ 127\.0\.0\.1 \S+ \S+ \d+ \d+ \d+$")

    def test_a_long_target_is_cut(self):
        self.daemon.get("/" + "a" * 5000, X_Request_Id="long")
        self.assertTrue(self.line_of("long")[2].endswith("..."))

    def test_a_file_is_appended_to_and_opened_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "access.log")
            path.write_text("before\n")
            with Daemon("--log", str(path)) as daemon:
                daemon.get("/", X_Request_Id="one")
                self.assertTrue(wait_until(lambda: " one " in path.read_text()))
                moved = path.rename(path.with_suffix(".old"))
                daemon.process.send_signal(signal.SIGHUP)
                self.assertTrue(wait_until(path.exists))
                daemon.get("/", X_Request_Id="two")
                self.assertTrue(wait_until(lambda: " two " in path.read_text()))
                self.assertTrue(moved.read_text().startswith("before\n"))
                self.assertNotIn(" two ", moved.read_text())
                self.assertEqual(daemon.log(), "")

    def test_quiet_logs_no_requests(self):
        with Daemon("--quiet") as daemon:
            daemon.get("/")
            daemon.get("/nothing")
            self.assertEqual(daemon.log(), "")

    def test_a_log_that_cannot_be_opened_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("--log", f"{folder}/no/such.log", f"sqlite:{folder}/a.db")
            self.assertEqual(done.returncode, 1)
            self.assertIn("no/such.log", done.stderr)
