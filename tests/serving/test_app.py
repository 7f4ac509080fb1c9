"""All requests and answers, through the whole application."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers.served_runs import FakeRun, pair_run, served


@pytest.fixture(scope="module")
def client():
    with served() as client:
        yield client


def test_one_text(client):
    answer = client.post("/predict", json={"text": "the ship"})
    assert answer.status_code == 200
    assert answer.json() == {
        "run": "fake-0123",
        "predictions": [
            {
                "labels": {"category": "sea"},
                "probabilities": {"sea": 0.75, "wood": 0.125, "town": 0.125},
                "numbers": {},
            }
        ],
    }


def test_many_rows_keep_their_order(client):
    texts = ["ship", "moss", "tram", ""] * 20
    answer = client.post("/predict", json={"texts": texts}).json()
    labels = [prediction["labels"]["category"] for prediction in answer["predictions"]]
    assert labels == ["sea", "wood", "town", "sea"] * 20


def test_words_are_added_on_request(client):
    answer = client.post("/predict", json={"rows": [{"text": "a ship"}], "explain": True}).json()
    (prediction,) = answer["predictions"]
    assert [word["word"] for word in prediction["words"]] == ["a", "ship"]


def test_health_and_the_card(client):
    assert client.get("/health").json() == {"status": "ok", "run": "fake-0123"}
    card = client.get("/model").json()
    assert (card["name"], card["task"], card["n_folds"]) == ("fake-0123", "multi_class", 2)
    assert card["columns"] == {"texts": ["text"], "numbers": [], "categories": []}
    assert card["outputs"] == ["sea", "wood", "town"]
    assert card["explains"] is True


def test_openapi_describes_bodies_and_refusals(client):
    schema = client.get("/openapi.json").json()
    predict = schema["paths"]["/predict"]["post"]
    assert set(predict["responses"]) == {"200", "400", "413", "422", "503"}
    assert {"PredictRequest", "PredictResponse", "ModelCard", "Problem"} <= set(
        schema["components"]["schemas"]
    )
    assert client.get("/docs").status_code == 404  # it would load scripts from another site


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"texts": ["a", 3]}, 422, "texts.1: Input should be a valid string"),
        ({"rows": [{"text": True}]}, 422, "rows.0.text: a cell is a text, a number or null"),
        ({"rows": [{"text": ["a"]}]}, 422, "rows.0.text: a cell is a text, a number or null"),
        ({"text": "a", "explian": True}, 422, "explian: Extra inputs are not permitted"),
        ({"a\u2028b": 1}, 422, "a b: Extra inputs are not permitted"),
        ([], 422, "send a JSON object, with the header Content-Type: application/json"),
        ({"rows": [{"txt": "a"}]}, 422, "row 0 has a column 'txt'; did you mean 'text'?"),
        ({"text": "unreadable"}, 422, "a row is unreadable"),
    ],
)
def test_a_wrong_body_is_refused_in_one_line(client, body, status, message):
    answer = client.post("/predict", json=body)
    assert (answer.status_code, answer.json()) == (status, {"detail": message})


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b'{"text": ', 422, "the body is no JSON: Expecting value at character 9"),
        (b"", 422, "send a JSON object"),
        (b'{"text": "\xff"}', 400, ""),
        (b"[" * 100_000, 400, ""),
        (b'{"rows": [{"text": NaN}]}', 422, "rows.0.text: a cell is"),
        (b'{"rows": [{"text": ' + b"9" * 5000 + b"}]}", 400, ""),
    ],
    ids=["cut", "empty", "no UTF-8", "deep", "NaN", "digits"],
)
def test_a_body_that_is_no_json_is_refused(client, content, status, message):
    headers = {"Content-Type": "application/json"}
    answer = client.post("/predict", content=content, headers=headers)
    assert answer.status_code == status
    assert message in answer.json()["detail"]


def test_a_form_of_another_site_is_refused(client):
    # Without a preflight, other sites can send only such types.
    answer = client.post(
        "/predict", content=b'{"text": "a"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422
    assert client.options("/predict", headers={"Origin": "http://x.example"}).status_code == 405


def test_a_lone_surrogate_is_replaced(client):
    headers = {"Content-Type": "application/json"}
    answer = client.post("/predict", content=rb'{"text": "\ud800 ship"}', headers=headers)
    assert answer.status_code == 200


def test_another_host_name_is_refused(client):
    answer = client.get("/health", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" in answer.json()["detail"]


def test_limits_are_those_of_the_settings():
    with served(max_rows=2, max_characters=5, max_body_kb=1) as client:
        assert client.post("/predict", json={"texts": ["a"] * 3}).status_code == 422
        assert client.post("/predict", json={"text": "abcdef"}).status_code == 422
        assert client.post("/predict", json={"text": "a" * 2000}).status_code == 413


def test_a_full_queue_answers_503_and_when_to_retry():
    with served(FakeRun(seconds=0.1), max_rows=1, queue_rows=1) as client:
        with ThreadPoolExecutor(4) as threads:
            answers = list(
                threads.map(lambda n: client.post("/predict", json={"text": str(n)}), range(4))
            )
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) == {200, 503}
        refused = answers[statuses.index(503)]
        assert refused.headers["Retry-After"] == "1"
        assert "try again" in refused.json()["detail"]
        assert client.post("/predict", json={"text": "later"}).status_code == 200


def test_a_bug_is_a_500_that_shows_nothing(client, caplog):
    answer = client.post("/predict", json={"text": "crash secret"})
    assert answer.status_code == 500
    assert answer.json() == {"detail": "the server made a mistake; its log has more"}
    assert "KeyError: 'a bug'" in caplog.text
    assert "secret" not in caplog.text
    assert client.post("/predict", json={"text": "fine"}).status_code == 200


def test_measures_count_requests_rows_and_batches():
    with served() as client:
        client.post("/predict", json={"texts": ["a", "b"]})
        client.post("/predict", json={})
        client.get("/nothing")
        answer = client.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    for line in (
        'regard_requests_total{path="/predict",status="200"} 1.0',
        'regard_requests_total{path="/predict",status="422"} 1.0',
        'regard_requests_total{path="other",status="404"} 1.0',
        'regard_request_seconds_count{path="/predict"} 2.0',
        "regard_rows_total 2.0",
        "regard_batch_rows_sum 2.0",
        "regard_batch_seconds_count 1.0",
        "regard_queue_rows 0.0",
    ):
        assert line in lines


def test_the_page_loads_its_own_files_only(client):
    page = client.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    for address in addresses:
        assert client.get(f"/{address}").status_code == 200
    assert not re.search(r"\bon\w+=|style=|<style|<script>|https?:", page.text)
    assert "innerHTML" not in client.get("/app.js").text
    assert "url(" not in client.get("/style.css").text


def test_a_pair_with_other_columns():
    with served(pair_run()) as client:
        card = client.get("/model").json()
        assert (card["texts"], card["positive_value"]) == ("pair", "1")
        row = {"question": "ship", "other": "moss", "age": 30, "place": "x"}
        answer = client.post(
            "/predict",
            content=json.dumps({"rows": [row]}).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        (prediction,) = answer.json()["predictions"]
        assert prediction["probabilities"] == {"1": pytest.approx(6 / 13)}
