"""The command line itself: commands, options, help, and the streams."""

import os
import pathlib
import re
import subprocess

from support.cli import TIMEOUT, PROGRAM, TestCase, environment, run, run_in_terminal

COMMANDS = [
    "get", "follow", "ls", "tree", "new", "put", "rm", "import",
    "expand", "match", "resolve", "validate", "fmt",
]  # fmt: skip


class Commands(TestCase):
    def test_no_command_is_a_usage_error(self):
        self.assertFails(run(), 2, "no command given", "--help")

    def test_an_unknown_command_gets_the_nearest_one(self):
        self.assertFails(run("folow"), 2, "unknown command 'folow'", "did you mean 'follow'?")
        self.assertFails(run("ipmort", "x"), 2, "did you mean 'import'?")

    def test_an_unknown_command_like_no_other_gets_no_suggestion(self):
        result = run("frobnicate")
        self.assertFails(result, 2, "unknown command 'frobnicate'", "--help")
        self.assertNotIn("did you mean", result.err)

    def test_commands_that_do_not_exist_yet_are_unknown(self):
        for command in ("explain", "graph", "patch", "edit", "crawl", "mirror", "check",
                        "shell", "completion", "path"):  # fmt: skip
            with self.subTest(command):
                self.assertFails(run(command, "x"), 2, f"unknown command '{command}'")
                self.assertNotRegex(run("--help").out, rf"(?m)^  {command}\b")

    def test_too_few_and_too_many_arguments_show_the_usage(self):
        self.assertFails(run("get"), 2, "too few arguments", "shoji-cli get IRI")
        self.assertFails(run("get", "a", "b"), 2, "too many arguments", "shoji-cli get IRI")
        self.assertFails(run("match", "x"), 2, "match TEMPLATE IRI")

    def test_a_forged_line_in_an_argument_stays_on_one_line(self):
        result = run("nope\nshoji-cli: all is well\x1b[2J")
        self.assertEqual(len(result.err.splitlines()), 1)
        self.assertNotIn("\x1b", result.err)
        self.assertIn("\\u000a", result.err)


class Options(TestCase):
    def test_an_unknown_option_gets_the_nearest_one(self):
        self.assertFails(run("tree", "--dept", "2", "x"), 2, "unknown option --dept",
                         "did you mean --depth?")
        self.assertFails(run("--jsn", "get"), 2, "did you mean --json?")

    def test_an_option_of_a_command_is_unknown_before_it(self):
        self.assertFails(run("--depth", "2", "tree", "x"), 2, "unknown option --depth",
                         "after it")

    def test_an_unknown_letter_is_named(self):
        self.assertFails(run("get", "-qz", "x"), 2, "unknown option -z in '-qz'")

    def test_a_missing_value_is_told(self):
        self.assertFails(run("get", "x", "--timeout"), 2, "--timeout needs a value",
                         "--timeout SECONDS")

    def test_a_flag_takes_no_value(self):
        self.assertFails(run("get", "--json=yes", "x"), 2, "--json takes no value")

    def test_a_choice_lists_what_it_takes(self):
        self.assertFails(run("--color", "pink", "get", "x"), 2, "--color takes",
                         "auto|always|never", "'pink'")

    def test_numbers_are_checked(self):
        for value in ("0", "33", "-1", "two", "", "1.5", "99999999999999999999999", " 1"):
            with self.subTest(value):
                self.assertFails(run("tree", "x", f"--depth={value}"), 2,
                                 "--depth needs a whole number from 1 to 32")
        for value in ("0", "-1", "soon", "", "1e3", "nan", "inf", "2000000", "1.2.3"):
            with self.subTest(value):
                self.assertFails(run("get", "x", f"--timeout={value}"), 2,
                                 "--timeout needs a number of seconds")

    def test_options_go_before_and_after_the_command_and_between_operands(self):
        expected = "http://example.org/users/1\n"
        base, reference = "http://example.org/users", "1"
        for line in (
            ["--base-rule", "below", "resolve", base, reference],
            ["--base-rule=below", "resolve", base, reference],
            ["resolve", "--base-rule", "below", base, reference],
            ["resolve", base, "--base-rule=below", reference],
            ["resolve", base, reference, "-q", "--base-rule", "below"],
        ):
            with self.subTest(line):
                result = run(*line)
                self.assertDone(result)
                self.assertEqual(result.out, expected)

    def test_two_dashes_end_the_options(self):
        result = run("resolve", "--", "http://example.org/", "--help")
        self.assertDone(result)
        self.assertEqual(result.out, "http://example.org/--help\n")

    def test_letters_cluster_and_take_their_value_attached_or_apart(self):
        server = self.serve({"/": []})
        for line in (["-qHX-Probe: 1"], ["-qH", "X-Probe: 1"], ["-q", "--header=X-Probe: 1"]):
            with self.subTest(line):
                self.assertDone(run("get", *line, server.base + "/"))
                self.assertEqual(server.requests[-1].headers["X-Probe"], "1")

    def test_a_list_has_a_limit(self):
        many = [word for _ in range(65) for word in ("-H", "A: b")]
        self.assertFails(run("get", *many, "x"), 2, "can be given 64 times")


class Help(TestCase):
    def test_lists_every_command_and_no_other(self):
        result = run("--help")
        self.assertDone(result)
        listed = [
            line.split()[0]
            for line in result.out.splitlines()
            if line.startswith("  ") and line.split() and line.split()[0] in COMMANDS
        ]
        self.assertEqual(sorted(set(listed)), sorted(COMMANDS))
        for text in ("Usage: shoji-cli", "Exit codes", "--token-file FILE", " 130  interrupted"):
            self.assertIn(text, result.out)

    def test_warns_of_tokens_on_the_command_line(self):
        self.assertRegex(" ".join(run("--help").out.split()),
                         r"--token TOKEN the token itself; beware: other users")

    def test_every_command_has_its_own(self):
        for command in COMMANDS:
            with self.subTest(command):
                result = run(command, "--help")
                self.assertDone(result)
                self.assertTrue(result.out.startswith(f"Usage: shoji-cli {command} "))
                self.assertIn("\nExamples\n", result.out)
                examples = result.out.split("\nExamples\n")[1]
                self.assertGreaterEqual(examples.count(f"shoji-cli {command} "), 2)
                self.assertNotIn("\x1b", result.out)

    def test_every_option_of_the_usage_is_described(self):
        for command in COMMANDS:
            text = run(command, "--help").out
            described = text + run("--help").out.split("Options, before")[1]
            for option in set(word.strip("[]|") for word in text.splitlines()[0].split()
                              if word.strip("[]|").startswith("--")):  # fmt: skip
                with self.subTest(f"{command} {option}"):
                    self.assertIn(f" {option}", described.split("\n", 1)[1])

    def test_lines_fit_into_eighty_columns(self):
        for arguments in ([], *([command] for command in COMMANDS)):
            for line in run(*arguments, "--help").out.splitlines():
                if not line.startswith(("Usage:", "  shoji-cli", "  zcat")):
                    self.assertLessEqual(len(line), 80, line)

    def test_the_manual_page_has_every_command_and_option(self):
        manual = (pathlib.Path(__file__).parents[2] / "shoji-cli/shoji-cli.1.scd").read_text()
        for command in COMMANDS:
            self.assertRegex(manual, rf"(?m)^\*{command}\* ")
            self.assertRegex(manual, rf"(?m)^\t\*shoji-cli {command} ")
        for arguments in ([], *([command] for command in COMMANDS)):
            for option in re.findall(r"(?m)^  (?:-\w,|   ) --([a-z-]+)",
                                     run(*arguments, "--help").out):  # fmt: skip
                with self.subTest(option):
                    self.assertIn(f"*--{option}*", manual)

    def test_examples_of_the_local_commands_work(self):
        for command in ("expand", "match", "resolve"):
            examples = run(command, "--help").out.split("\nExamples\n")[1].split("\n\n")[0]
            for line in examples.splitlines():
                with self.subTest(line):
                    line = line.replace("shoji-cli", PROGRAM)
                    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True,
                                          timeout=TIMEOUT, check=False,
                                          env=environment(None))
                    self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_goes_before_wrong_arguments(self):
        self.assertDone(run("get", "--help"))
        self.assertDone(run("tree", "a", "b", "c", "-h"))

    def test_version(self):
        result = run("--version")
        self.assertDone(result)
        self.assertRegex(result.out, r"^shoji-cli \d+\.\d+\.\d+ \(libshoji \d+\.\d+\.\d+\)\n$")

    def test_has_colour_on_a_terminal_alone(self):
        self.assertIn("\x1b[1m", run_in_terminal("--help").out)
        self.assertNotIn("\x1b", run_in_terminal("--help", env={"NO_COLOR": "1"}).out)


class Streams(TestCase):
    LINE = ("resolve", "http://example.org/", "x")

    def test_a_full_device_is_an_error(self):
        with open("/dev/full", "wb") as full:
            result = run(*self.LINE, stdout=full)
        self.assertFails(result, 1, "cannot write to standard output", "No space left")

    def test_a_closed_stdout_is_an_error(self):
        done = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&-', "sh", PROGRAM, *self.LINE],
            capture_output=True, timeout=TIMEOUT, check=False, env=environment(None),
        )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write to standard output", done.stderr)

    def test_a_reader_that_has_gone_is_an_error_without_a_word(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            result = run(*self.LINE, stdout=pipe)
        self.assertEqual(result.code, 1, result)
        self.assertEqual(result.err, "", result)

    def test_a_closed_stdin_is_not_taken_for_a_file(self):
        path = self.write("one.json", {"element": "shoji:entity", "body": {}})
        done = subprocess.run(
            ["/bin/sh", "-c", '"$@" <&-', "sh", PROGRAM, "validate", path],
            capture_output=True, timeout=TIMEOUT, check=False, env=environment(None),
        )  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_stdin_is_not_read_unless_a_dash_is_written(self):
        result = run("fmt", self.write("one.json", "1"), stdin="not json")
        self.assertDone(result)
        self.assertEqual(result.out, "1\n")
