"""Views that are computed: what SQLite and a directory give is what a naive computation
over the same entities gives."""

import gzip
import json
import pathlib
import random
import tempfile
import threading
from decimal import Decimal, getcontext

from support.daemon import Daemon, TestCase, catalog, entity, must, wait_until

AGGREGATES = (None, "count", "sum", "min", "max", "mean", "distinct")
NUMBERS = ["0", "-0", "1", "1.0", "1e0", "-2", "0.1", "0.2", "0.30", "12345678901234567890",
           "9007199254740993", "1e30", "-1e-30", "387", "3.87e2"]
STRINGS = ["", "a", "b", "é", "𝒮", "1", "1.0", "true", "a\u0000b", 'q"\\', "2024-01-01"]
ODD = ["null", "true", "false", "[]", "{}", '{"a": 1}', '["a", 1, [2], null, {"x": 1}, "a"]',
       "[1, 1.0, true]"]


def parse(text):
    """JSON with numbers by their text."""
    return json.loads(text, parse_int=Number, parse_float=Number)


class Number(str):
    """A number as it is spelt."""

    @property
    def decimal(self):
        return Decimal(self)


MISSING = object()
getcontext().prec = 300  # digits, of sums that are to be exact


def key(value):
    """What makes two scalars one; None for what is no scalar."""
    if isinstance(value, bool):
        return ("b", value)
    if isinstance(value, Number):
        return ("n", value.decimal + 0)
    return ("s", value) if isinstance(value, str) else None


def scalars(value):
    """The scalars that a value counts as."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if key(item) is not None]


def name(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def aggregate(how, values):
    """What the specification says of a list of values."""
    if how is None:
        return [None if value is MISSING else value for value in values]
    there = [value for value in values if value is not MISSING and value is not None]
    numbers = [value for value in there if isinstance(value, Number)]
    texts = [value for value in there if isinstance(value, str)
             and not isinstance(value, Number)]
    if how == "count":
        return len(there)
    if how == "sum":
        return sum((number.decimal for number in numbers), Decimal(0))
    if how == "mean":
        total = sum((number.decimal for number in numbers), Decimal(0))
        return float(total) / len(numbers) if numbers else None
    if how == "distinct":
        found = {}
        for value in there:
            for scalar in scalars(value):
                found.setdefault(key(scalar), scalar)
        return list(found.values())
    best = None
    for value in numbers or texts:
        this = value.decimal if numbers else value.encode()
        if best is None or (this < best[0] if how == "min" else this > best[0]):
            best = (this, value)
    return best[1] if best else None


def project(how, entities, attribute, by):
    values = [body.get(attribute, MISSING) for body in entities]
    if by is None:
        return aggregate(how, values)
    groups, names = {}, {}
    for body, value in zip(entities, values):
        seen = set()
        for scalar in scalars(body.get(by)):
            text = names.get(key(scalar))
            if text is None:
                text = name(scalar)
                text = names.setdefault(("s", text), text)
                names[key(scalar)] = text
            if text not in seen:
                seen.add(text)
                groups.setdefault(text, []).append(value)
    return {text: aggregate(how, values) for text, values in groups.items()}


def same(one, other):
    """Whether a result, with numbers by their text, is what it should be."""
    if isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(other, (Decimal, int, float)) and not isinstance(other, bool):
        if not isinstance(one, Number):
            return False
        if isinstance(other, float):
            return abs(float(one) - other) <= 1e-12 * abs(other)
        return one.decimal == other
    return one == other and type(one) is type(other)


def bodies(seed, count):
    """Entities with everything that is odd, by their JSON texts."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        members = []
        for attribute in ("x", "odd name \"é\"", "by"):
            kind = chance.randrange(6)
            if kind == 0:
                continue
            value = chance.choice(
                NUMBERS if kind < 4 else [json.dumps(text) for text in STRINGS]
                if kind == 4 else ODD
            )
            members.append(f"{json.dumps(attribute)}: {value}")
        made.append("{" + ", ".join(members) + "}")
    return made


class Projections(TestCase):
    def view(self, daemon, projection):
        must(daemon.put("/data/view/", {"element": "shoji:view", "projection": projection}))
        text = must(daemon.get("/data/view/")).body.decode()
        return parse(text)["value"]

    def expect(self, daemon, texts):
        entities = [parse(text) for text in texts]
        for attribute in ("x", 'odd name "é"', "nowhere"):
            for how in AGGREGATES:
                for by in (None, "by", "x"):
                    projection = {"attribute": attribute}
                    if how is not None:
                        projection["aggregate"] = how
                    if by is not None:
                        projection["by"] = by
                    expected = project(how, entities, attribute, by)
                    found = self.view(daemon, projection)
                    self.assertTrue(
                        same(found, expected), f"{projection}\n{found}\n{expected}\n{texts}"
                    )

    def test_results_are_those_of_a_naive_computation(self):
        for seed, count in ((1, 0), (2, 1), (3, 40), (4, 40)):
            with Daemon() as daemon:
                must(daemon.put("/data/", catalog()))
                texts = bodies(seed, count)
                for i, text in enumerate(texts):
                    document = f'{{"element": "shoji:entity", "body": {text}}}'
                    must(daemon.put(f"/data/e{i:03}/", document.encode(),
                                    Content_Type="application/json"))
                with self.subTest(seed=seed):
                    self.expect(daemon, texts)

    def test_a_directory_computes_the_same(self):
        texts = bodies(5, 30)
        entities = [parse(text) for text in texts]
        projections = [{"attribute": "x"}, {"attribute": "x", "aggregate": "sum"},
                       {"attribute": "x", "aggregate": "distinct", "by": "by"}]
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for i, text in enumerate(texts):
                document = f'{{"element": "shoji:entity", "body": {text}}}'
                (root / f"e{i:03}.json").write_text(document)
            for i, projection in enumerate(projections):
                view = {"element": "shoji:view", "projection": projection, "title": "V"}
                if i == 0:
                    view["value"] = "what was stored"
                (root / f"v{i}.json").write_text(json.dumps(view))
            with Daemon(store=f"dir:{folder}") as daemon:
                for i, projection in enumerate(projections):
                    answer = must(daemon.get(f"/v{i}/"))
                    self.assertEqual(answer.json["title"], "V")
                    expected = project(projection.get("aggregate"), entities, "x",
                                       projection.get("by"))
                    self.assertTrue(same(parse(answer.body)["value"], expected), answer)
                    again = daemon.get(f"/v{i}/", If_None_Match=answer["ETag"])
                    self.assertEqual(again.status, 304)
                tag = must(daemon.get("/v1/"))["ETag"]
                (root / "e000.json").write_text('{"element":"shoji:entity","body":{"x":1e6}}')
                wait_until(lambda: daemon.get("/v1/", If_None_Match=tag).status == 200)

    def test_what_is_no_projection_is_refused_and_says_where(self):
        must(self.daemon.put("/data/", catalog()))
        for projection, pointer in (
            ({"aggregate": "sum"}, "/projection"),
            ("x", "/projection"),
            ({"attribute": "x", "aggregate": "median"}, "/projection/aggregate"),
            ({"attribute": "x", "aggregate": 1}, "/projection/aggregate"),
            ({"attribute": "x", "by": ["y"]}, "/projection/by"),
        ):
            answer = self.daemon.put(
                "/data/view/", {"element": "shoji:view", "projection": projection}
            )
            problem = self.assertProblem(answer, 422)
            self.assertEqual(problem["pointer"], pointer, projection)

    def test_a_number_keeps_its_text_where_it_is_one_of_the_values(self):
        must(self.daemon.put("/text/", catalog()))
        for i, text in enumerate(("0.10", "1e400", "-1E+2")):
            document = f'{{"element":"shoji:entity","body":{{"n":{text}}}}}'
            must(self.daemon.put(f"/text/{i}/", document.encode()))
        for how, expected in ((None, b"[0.10,1e400,-1E+2]"), ("min", b"-1E+2"),
                              ("max", b"1e400"), ("distinct", b"[0.10,1e400,-1E+2]"),
                              ("sum", b"null"), ("mean", b"null")):
            projection = {"attribute": "n"} | ({"aggregate": how} if how else {})
            must(self.daemon.put("/text/v/", {"element": "shoji:view",
                                              "projection": projection}))
            body = must(self.daemon.get("/text/v/")).body
            self.assertIn(b'"value":' + expected + b"}", body, how)

    def test_sums_are_exact(self):
        must(self.daemon.put("/exact/", catalog()))
        rows = [{"n": 0.1}] * 10 + [{"n": 2**53}, {"n": 1}]
        must(self.daemon.post("/exact/", catalog(index={str(i): row for i, row in
                                                        enumerate(rows)})), 201)
        must(self.daemon.put("/exact/v/", {"element": "shoji:view", "projection":
                                           {"attribute": "n", "aggregate": "sum"}}))
        body = must(self.daemon.get("/exact/v/")).body
        self.assertIn(b'"value":9007199254740994}', body)

    def test_the_tag_changes_with_the_entities_and_nothing_else(self):
        must(self.daemon.put("/tag/", catalog()))
        must(self.daemon.put("/tag/1/", entity(n=1)))
        must(self.daemon.put("/tag/v/", {"element": "shoji:view", "projection":
                                         {"attribute": "n", "aggregate": "mean"}}))
        tag = must(self.daemon.get("/tag/v/"))["ETag"]
        must(self.daemon.put("/other/", catalog()))
        self.assertEqual(self.daemon.get("/tag/v/", If_None_Match=tag).status, 304)
        must(self.daemon.put("/tag/2/", entity(n=4)))
        answer = must(self.daemon.get("/tag/v/", If_None_Match=tag))
        self.assertEqual(answer.json["value"], 2.5)

    def test_too_many_groups_are_refused_rather_than_kept(self):
        must(self.daemon.put("/many/", catalog()))
        for part in range(3):
            rows = {f"{part}x{i}": {"n": f"{part}x{i}"} for i in range(4000)}
            must(self.daemon.post("/many/", catalog(index=rows)), 201)
        must(self.daemon.put("/many/v/", {"element": "shoji:view", "projection":
                                          {"attribute": "n", "by": "n"}}))
        self.assertProblem(self.daemon.get("/many/v/"), 422, "10000 groups")
        self.assertNotIn("failed", self.daemon.log())
        must(self.daemon.put("/many/v/", {"element": "shoji:view", "projection":
                                          {"attribute": "n", "aggregate": "distinct"}}))
        self.assertEqual(len(must(self.daemon.get("/many/v/")).json["value"]), 12000)

    def test_values_too_long_to_be_told_apart_are_refused_and_not_left_out(self):
        must(self.daemon.put("/long/", catalog(index={})))
        must(self.daemon.put("/long/1/", entity(text="x" * 65536, n=1)))
        must(self.daemon.put("/long/2/", entity(text="short", n=2)))
        distinct = {"attribute": "text", "aggregate": "distinct"}
        for projection in (distinct, {"attribute": "n", "by": "text"}):
            with self.subTest(projection):
                must(self.daemon.put("/long/v/", {"element": "shoji:view",
                                                   "projection": projection}))
                self.assertProblem(self.daemon.get("/long/v/"), 422, "65536 bytes")

    def test_values_that_are_too_large_together_are_refused_rather_than_kept(self):
        must(self.daemon.put("/large/", catalog()))
        for i in range(9):
            must(self.daemon.put(f"/large/{i}/", entity(g="x", n=chr(97 + i) * 8_000_000)))
        for by in ({}, {"by": "g"}):
            must(self.daemon.put("/large/v/", {"element": "shoji:view", "projection":
                                               {"attribute": "n"} | by}))
            self.assertProblem(self.daemon.get("/large/v/"), 422, "67108864 bytes")
        must(self.daemon.delete("/large/8/"))
        must(self.daemon.delete("/large/7/"))
        self.assertEqual(len(must(self.daemon.get("/large/v/")).json["value"]["x"]), 7)

    def test_a_view_that_many_ask_for_at_once_is_one_for_all(self):
        must(self.daemon.put("/crowd/", catalog()))
        for part in range(3):
            rows = {f"{part}x{i}": {"n": i, "k": i % 900} for i in range(10000)}
            must(self.daemon.post("/crowd/", catalog(index=rows)), 201)
        must(self.daemon.put("/crowd/v/", {"element": "shoji:view", "projection":
                                           {"attribute": "n", "by": "k"}}))
        first = must(self.daemon.get("/crowd/v/")).body
        must(self.daemon.put("/crowd/v/", {"element": "shoji:view", "title": "again",
                                           "projection": {"attribute": "n", "by": "k"}}))
        answers = self.ask_at_once("/crowd/v/", 64)
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual({answer.json["title"] for answer in answers}, {"again"})
        self.assertEqual({json.dumps(answer.json["value"]) for answer in answers},
                         {json.dumps(json.loads(first)["value"])})

    def ask_at_once(self, path, count):
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(self.daemon.get(path)))
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), count)
        return answers

    def test_what_is_kept_of_a_view_is_not_shown_after_a_change(self):
        must(self.daemon.put("/fresh/", catalog()))
        rows = {f"x{i}": {"n": 1} for i in range(1500)}
        must(self.daemon.post("/fresh/", catalog(index=rows)), 201)
        must(self.daemon.put("/fresh/v/", {"element": "shoji:view", "projection":
                                           {"attribute": "n", "aggregate": "sum"}}))
        for expected in range(1500, 1506):
            for accepted in ("identity", "gzip", "identity"):
                answer = must(self.daemon.get("/fresh/v/", Accept_Encoding=accepted))
                body = answer.body
                if answer["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                self.assertEqual(json.loads(body)["value"], expected)
            must(self.daemon.post("/fresh/", entity(n=1)), 201)
