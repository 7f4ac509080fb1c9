"""Any request gets an answer, or a refusal in one line: never a mistake of the server.

`MUTATIONS=20000 pytest tests/serving/test_any_request.py` tries 20,000 of each kind.
"""

import contextlib
import json
import logging
import re
import socket

import pytest
from helpers.mutations import BYTES, CELLS, many
from helpers.served_runs import pair_run, served
from hypothesis import example, given
from hypothesis import strategies as st

pytestmark = pytest.mark.slow  # hundreds of requests

COLUMNS = ("question", "other", "age", "place", "id", "target", "text")
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "PATCH", "get", "X")
LENGTHS = ["0", "-1", "x", "9" * 5000, "3", "\u0663"]
PATHS = ("/", "/predict", "/health", "/model", "/metrics", "/openapi.json", "/app.js")


@contextlib.contextmanager
def nothing_fails():
    """Fail for each error and traceback in the log."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
    failed = [record for record in records if record.exc_info or record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in failed] == []


@pytest.fixture(scope="module")
def client():
    with served(pair_run(), max_rows=8, max_characters=200, max_body_kb=64) as client:
        yield client


texts = st.one_of(st.text(), st.sampled_from(CELLS), st.sampled_from(COLUMNS))
numbers = st.one_of(st.integers(), st.floats(), st.integers(0, 500).map(lambda n: 10**n))
any_json = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


def values_of(schema, schemas):
    """Return a strategy for values that a JSON schema allows, and for a few that it does not."""
    if "$ref" in schema:
        return values_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return st.one_of([values_of(one, schemas) for one in schema["anyOf"]])
    if schema["type"] == "array":
        return st.lists(values_of(schema["items"], schemas), max_size=10)
    if "properties" in schema:
        fields = {name: values_of(one, schemas) for name, one in schema["properties"].items()}
        return st.fixed_dictionaries({}, optional=fields)
    if schema["type"] == "object":
        cells = values_of(schema["additionalProperties"], schemas)
        whole = st.fixed_dictionaries(dict.fromkeys(COLUMNS[:4], cells))
        return st.one_of(whole, st.dictionaries(st.sampled_from(COLUMNS), cells))
    kinds = {"string": texts, "integer": numbers, "number": numbers, "boolean": st.booleans()}
    return kinds.get(schema["type"], st.none())


@st.composite
def damaged(draw, contents):
    """Change a few bytes of a body, or none."""
    content = draw(contents)
    for snippet in draw(st.lists(st.sampled_from(BYTES), max_size=2)):
        place = draw(st.integers(0, len(content)))
        content = content[:place] + snippet + content[place + draw(st.integers(0, 3)) :]
    return content


def encoded(value, escapes, encoding):
    return json.dumps(value, ensure_ascii=escapes).encode(encoding, errors="surrogatepass")


def assert_answered(status, body):
    """Assert that a request got its answer, or one line."""
    assert 200 <= status < 300 or 400 <= status < 500, (status, body)
    if status < 400 or not body:
        return
    detail = json.loads(body)["detail"]
    assert isinstance(detail, str)
    assert detail
    assert len(detail.splitlines()) == 1, detail
    assert len(detail) < 1000, detail


def test_any_body_is_answered(client):
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    requests = values_of(schemas["PredictRequest"], schemas)
    encodings = st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
    bodies = st.one_of(
        st.builds(encoded, requests, st.booleans(), st.just("utf-8")),
        damaged(st.builds(encoded, st.one_of(requests, any_json), st.booleans(), encodings)),
        st.builds(
            lambda opening, depth: opening * depth,
            st.sampled_from([b"[", b'{"rows":[']),
            st.integers(1, 5000),
        ),
        st.integers(1, 6000).map(lambda n: b'{"text": ' + b"9" * n + b"}"),
    )
    answered = set()

    whole = {"question": "is it", "other": "it is", "age": "3", "place": "sea"}

    @example(body=json.dumps({"rows": [whole]}).encode(), kind="application/json")
    @given(body=bodies, kind=st.sampled_from(["application/json"] * 9 + ["text/plain", "a/b+json"]))
    @many(250)
    def ask(body, kind):
        answer = client.post("/predict", content=body, headers={"Content-Type": kind})
        assert_answered(answer.status_code, answer.text)
        answered.add(answer.status_code)

    with nothing_fails():
        ask()
    assert {200, 422} <= answered


@st.composite
def raw_requests(draw):
    """Return the bytes of a request, whose parts may be anything."""
    path = draw(st.one_of(st.sampled_from(PATHS), st.text().map(lambda text: "/" + text)))
    query = draw(st.one_of(st.just(""), st.text(), st.sampled_from(["a=%ff", "%", "x[]=1"])))
    line = f"{draw(st.sampled_from(METHODS))} {path}{query and '?'}{query} HTTP/1.1"
    headers = {
        "Host": draw(st.sampled_from(["localhost"] * 5 + ["evil", "", "localhost:99999999"])),
        "Content-Type": draw(st.sampled_from(["application/json", "\xff", "a/b; charset=\0"])),
        "Content-Length": draw(
            st.sampled_from(["2"] * 5 + ["0", "-1", "x", "9" * 5000, "3", "\u0663"])
        ),
    }
    if draw(st.booleans()):
        headers[draw(st.sampled_from(["Origin", "Cookie", "Range", "Expect", "X-\xe9"]))] = draw(
            st.text(max_size=20)
        )
    lines = [line, *(f"{name}: {value}" for name, value in headers.items()), "Connection: close"]
    return (
        draw(damaged(st.just("\r\n".join(lines).encode("utf-8", "surrogatepass")))) + b"\r\n\r\n{}"
    )


def answer_of(address, request):
    """Send bytes, and return all bytes of the answer."""
    with socket.create_connection(address, timeout=20) as connection:
        with contextlib.suppress(ConnectionError):  # the server may refuse before it has read all
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(1 << 16):
                answer += part
        return answer


def test_any_request_is_answered(client):
    address = (client.base_url.host, client.base_url.port)
    answered = set()

    @given(request=raw_requests())
    @many(250)
    def ask(request):
        head, _, body = answer_of(address, request).partition(b"\r\n\r\n")
        if not head:  # the request ended before its headers or its body did
            return
        status = int(head.split()[1])
        answered.add(status)
        # Damage can end the headers early, so that the rest is a second request.
        if length := re.search(rb"content-length: (\d+)", head.lower()):
            body = body[: int(length[1])]
        if b"application/json" in head.lower():
            assert_answered(status, body.decode())
        else:
            assert 200 <= status < 300 or 400 <= status < 500, (status, body)
            assert status < 400 or len(body.splitlines()) == 1, body

    with nothing_fails():
        ask()
    assert client.get("/health").status_code == 200
    assert {200, 400, 404, 405} <= answered
