"""A trained network behind the command, and a linear model, as people use them."""

import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, tiny_tables, write_tables
from helpers.served_runs import served
from playwright.sync_api import expect

import regard

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
TEXTS = ["A ship left the harbour.", "", "moss and bark <b>", "tram " * 300]


def command(name, folder, *words):
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    return [sys.executable, str(SCRIPTS / f"{name}.py"), *SMALL[:3], *folders, *words]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Train a network, then a linear model."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tables(folder / "data" / "tiny", tiny_tables())
    for words in (
        [*SMALL[3:], "embeddings=word2vec"],
        ["model=tfidf_linear", "folds.n_folds=2"],
    ):
        subprocess.run(command("train", folder, *words), capture_output=True, check=True)
    return folder


@pytest.fixture(scope="module")
def address(folder):
    """Serve the network by the command, and stop it by a signal."""
    words = command("serve", folder, "run=lstm", "port=0")
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = iter(process.stdout.readline, "")
            found = next(filter(None, (re.search(r"http://\S+:\d+", line) for line in lines)))
            yield found[0]
            process.send_signal(signal.SIGTERM)
            assert "stopped" in process.stdout.read()
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.fixture(scope="module")
def client(address):
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


def run_named(folder, beginning):
    (path,) = folder.glob(f"outputs/tiny/runs/{beginning}*")
    return regard.load(path)


def assert_same(answer, run):
    """The answer to TEXTS is what the run itself predicts."""
    expected = run.predict(TEXTS)
    found = answer.json()["predictions"]
    assert [one["labels"]["category"] for one in found] == expected["category"].tolist()
    shares = pd.DataFrame([one["probabilities"] for one in found]).add_prefix("probability_")
    np.testing.assert_allclose(shares, expected[shares.columns], atol=1e-6)


def test_a_served_network_predicts_as_the_run_does(client, folder):
    assert_same(client.post("/predict", json={"texts": TEXTS}), run_named(folder, "lstm"))


def test_words_are_those_of_the_text(client):
    answer = client.post("/predict", json={"text": TEXTS[0], "explain": True}).json()
    words = answer["predictions"][0]["words"]
    assert [word["word"] for word in words] == ["A", "ship", "left", "the", "harbour", "."]
    assert sum(word["weight"] for word in words) == pytest.approx(1)


def test_an_answer_does_not_depend_on_the_batch(client):
    alone = client.post("/predict", json={"text": TEXTS[0]}).json()["predictions"][0]
    with ThreadPoolExecutor(50) as threads:
        texts = [TEXTS[0], *[f"wave number {number}" for number in range(49)]]
        answers = list(
            threads.map(lambda text: client.post("/predict", json={"text": text}), texts)
        )
    assert [answer.status_code for answer in answers] == [200] * 50
    together = answers[0].json()["predictions"][0]
    assert together["probabilities"] == pytest.approx(alone["probabilities"], abs=1e-6)


def test_the_page_shows_them_while_one_types(visit, client):
    page = visit(client)
    page.keyboard.type("A ship left", delay=20)
    expect(page.locator("#words span")).to_have_text(["A", "ship", "left"])
    before = page.locator("#bars").inner_text()
    page.keyboard.type(" the <b>forest</b>", delay=20)
    expect(page.locator("#words")).to_contain_text("forest")
    assert page.locator("#bars").inner_text() != before


def test_a_linear_model_is_served(folder):
    run = run_named(folder, "tfidf_linear")
    with served(run) as client:
        assert_same(client.post("/predict", json={"texts": TEXTS}), run)
        answer = client.post("/predict", json={"text": "ship moss", "explain": True}).json()
        assert [word["word"] for word in answer["predictions"][0]["words"]] == ["ship", "moss"]


def test_the_benchmark_runs(folder):
    (run,) = folder.glob("outputs/tiny/runs/tfidf_linear*")
    # In another process: playwright keeps an event loop in this one.
    script = str(SCRIPTS.parent / "benchmarks" / "serving.py")
    words = ["--clients", "1", "3", "--seconds", "0.3", "--requests", "20"]
    done = subprocess.run(
        [sys.executable, script, str(run), *words], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["alone", "alone"]
    assert "20 requests of all lengths" in lines[-1]
