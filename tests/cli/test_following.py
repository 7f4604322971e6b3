"""The chains of names of spec/vectors/following/, by the program, against two origins that
answer as each case says."""

import json
import pathlib

from support.cli import Answer, Server, TestCase, run
from support.exchanges import fill_in

FOLDER = pathlib.Path(__file__).parents[2] / "spec" / "vectors" / "following"

# What the program says by its exit code. Of a chain that it refuses, by any but these.
CODES = {"no-such-variable": 2, "http": 4, "not-found": 7, "ambiguous": 7}


class Origin(Server):
    """One of the servers of a case, which tells a log that both share what it is asked."""

    def __init__(self, log):
        super().__init__()
        self.log = log

    def find(self, request):
        self.log.append((self.base + request.target, "Authorization" in request.headers))
        return super().find(request)


def answer_to(response):
    headers = dict(response.get("headers", {}))
    content_type = headers.pop("Content-Type", "application/json")
    return Answer(response.get("body", ""), response.get("status", 200), headers, content_type)


def text_of(document):
    return json.dumps(document, ensure_ascii=False)


def arguments_of(case):
    """The command line that follows the names of a case."""
    options = case.get("options", {})
    arguments = ["follow", case["start"]]
    for step in case["steps"]:
        arguments.append(step["name"])
        for name, value in step.get("variables", {}).items():
            values = value if isinstance(value, list) else [value]
            arguments += [f"{name}={one}" for one in values]
        if "attribute" in step:
            arguments += ["--by", step["attribute"]]
    if options.get("trust_self"):
        arguments.append("--trust-self")
    if "token" in options:
        arguments += ["--token", options["token"]]
    return arguments


class Following(TestCase):
    def serve_case(self, case):
        """Starts the two origins, and returns the case in their terms, and their log."""
        log = []
        origins = {"base": Origin(log), "other": Origin(log)}
        for origin in origins.values():
            self.addCleanup(origin.close)
        case = fill_in(case, {name: origin.base for name, origin in origins.items()})
        answers = {iri: Answer(text_of(document))
                   for iri, document in case.get("documents", {}).items()}  # fmt: skip
        answers |= {iri: answer_to(answer) for iri, answer in case.get("responses", {}).items()}
        for iri, answer in answers.items():
            origin = next(o for o in origins.values() if iri.startswith(o.base + "/"))
            origin.answers[iri.removeprefix(origin.base)] = answer
        return case, answers, log

    def check_arrival(self, case, answers, result):
        self.assertEqual(result.code, 0, result)
        arrived = answers[case["expect"]["requests"][-1]].body
        self.assertEqual(result.json(), json.loads(arrived))

    def check_refusal(self, expect, result):
        wanted = CODES.get(expect["status"])
        if wanted is None:
            self.assertGreater(result.code, 0, result)
            self.assertNotIn(result.code, CODES.values(), result)
        named = [f'"{expect["step"]}"'] if "step" in expect else []
        self.assertFails(result, wanted or result.code, *named)

    def run_case(self, case):
        case, answers, log = self.serve_case(case)
        expect = case["expect"]
        result = run(*arguments_of(case))
        if "status" in expect:
            self.check_refusal(expect, result)
        else:
            self.check_arrival(case, answers, result)
        if "requests" in expect:
            self.assertEqual([iri for iri, _ in log], expect["requests"], result)
        if "credentials" in expect:
            self.assertEqual([iri for iri, told in log if told], expect["credentials"])
        else:
            self.assertFalse(any(told for _, told in log))

    def test_names_lead_where_the_vectors_say(self):
        paths = sorted(FOLDER.glob("*.json"))
        self.assertGreater(len(paths), 30)
        for path in paths:
            with self.subTest(path.name):
                self.run_case(json.loads(path.read_text(encoding="utf-8")))
