import gzip
import io
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.linear_cases import TASK_OF, linear_settings

from regard.errors import ConfigError, DataError
from regard.pipeline import blend_runs, load, make, predict_file, remake
from regard.runs import predicting

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

PROBABILITIES = ["competition.metric=log_loss", "competition.submit=probabilities"]


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


@pytest.fixture
def data(tmp_path):
    """The folder of the files of the competition."""
    return tmp_path / "data" / "tiny"


def predict(run, source, output, **options):
    """Predict a file, and return what is written."""
    assert predict_file.predict_file(run, str(source), str(output), **options) == str(output)
    return output.read_bytes()


def with_probabilities(data):
    """Give the sample a column for each class, in another order than the classes."""
    tables = tiny_tables()
    sample = tables["sample_submission"].drop(columns="category")
    write_tables(data, {"sample_submission": sample.assign(wood=0.0, sea=0.0, town=0.0)})


def test_test_file_gives_the_submission(run, data, tmp_path):
    found = predict(run, data / "test.csv", tmp_path / "out.csv")
    assert found == (run.folder / "submission.csv").read_bytes()
    ids = pd.read_csv(tmp_path / "out.csv")["id"].tolist()
    assert ids != tiny_tables()["test"]["id"].tolist()  # the sample has another order


def test_test_file_gives_the_submission_of_probabilities(quick, data, tmp_path):
    with_probabilities(data)
    run = make(quick(*PROBABILITIES), "submit")
    found = predict(run, data / "test.csv", tmp_path / "out.csv")
    assert found == (run.folder / "submission.csv").read_bytes()
    assert found.splitlines()[0] == b"id,wood,sea,town"


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("kind", TASK_OF)
def test_test_file_gives_the_submission_of_every_kind_of_task(kind, tmp_path):
    run = make(linear_settings(kind, tmp_path), "submit")
    found = predict(run, tmp_path / "data" / kind / "test.csv", tmp_path / "out.csv")
    assert found == (run.folder / "submission.csv").read_bytes()


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("model", ["lstm_attention", "text_cnn", "nb_svm"])
def test_test_file_gives_the_submission_of_a_model(model, tiny, data, tmp_path):
    with_probabilities(data)
    small = ["training.epochs=1", "batches.prediction_size=2"]  # blocks of eight rows
    run = make(tiny(f"model={model}", *small, *PROBABILITIES), "submit")
    submission = (run.folder / "submission.csv").read_bytes()
    assert predict(load(run.folder), data / "test.csv", tmp_path / "out.csv") == submission
    # A row alone is padded otherwise, which moves its last digits.
    together = pd.read_csv(tmp_path / "out.csv").set_index("id")
    for row in (0, 5, 11):
        write_tables(tmp_path, {"one": tiny_tables()["test"].iloc[[row]]})
        predict(run, tmp_path / "one.csv", tmp_path / "alone.csv")
        alone = pd.read_csv(tmp_path / "alone.csv").set_index("id")
        expected = together.loc[alone.index]
        np.testing.assert_allclose(alone.to_numpy(), expected.to_numpy(), atol=1e-6)


@pytest.mark.parametrize("method", ["mean", "nnls"])
def test_test_file_gives_the_submission_of_a_blend(method, quick, data, tmp_path):
    with_probabilities(data)
    for seed in (1, 2):
        make(quick(f"seed={seed}", *PROBABILITIES), "predict")
    blend = blend_runs(quick(f"blend.method={method}", *PROBABILITIES))
    found = predict(load(blend.folder), data / "test.csv", tmp_path / "out.csv")
    assert found == (blend.folder / "submission.csv").read_bytes()


def test_another_test_file_gives_its_submission_too(run, quick, data, tmp_path):
    write_tables(data, {"test": tiny_tables()["test"][::-1]})
    again = remake(quick(), "submit")
    found = predict(again, data / "test.csv", tmp_path / "out.csv")
    assert found == (again.folder / "submission.csv").read_bytes()


def test_predictions_before_a_submission_have_the_order_of_the_rows(quick, data, tmp_path):
    run = make(quick(), "predict")
    predict(run, data / "test.csv", tmp_path / "out.csv")
    ids = pd.read_csv(tmp_path / "out.csv")["id"].tolist()
    assert ids == tiny_tables()["test"]["id"].tolist()


def new_rows(n_rows=9):
    test = tiny_tables(n_test=n_rows, seed=5)["test"]
    return test.assign(id=[f"n{row}" for row in range(n_rows)])


@pytest.mark.parametrize("n_rows", [1, 4, 5, 8, 100])
def test_size_of_blocks_makes_no_difference(n_rows, run, tmp_path, monkeypatch):
    write_tables(tmp_path, {"new": new_rows(8)})
    expected = predict(run, tmp_path / "new.csv", tmp_path / "out.csv", form="all")
    monkeypatch.setattr(predict_file, "ROWS_PER_BLOCK", n_rows)
    found = predict(run, tmp_path / "new.csv", tmp_path / "out.csv", form="all")
    assert found == expected
    assert pd.read_csv(tmp_path / "out.csv")["id"].tolist() == [f"n{row}" for row in range(8)]


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("new.csv.gz", lambda rows, path: rows.to_csv(path, index=False)),
        ("new.tsv", lambda rows, path: rows.to_csv(path, index=False, sep="\t")),
        ("new.jsonl", lambda rows, path: rows.to_json(path, orient="records", lines=True)),
        ("new.parquet", lambda rows, path: rows.to_parquet(path, index=False)),
    ],
)
def test_every_format_gives_the_same_predictions(name, write, run, tmp_path):
    write_tables(tmp_path, {"new": new_rows()})
    expected = predict(run, tmp_path / "new.csv", tmp_path / "out.csv")
    write(new_rows(), tmp_path / name)
    assert predict(run, tmp_path / name, tmp_path / "out.csv") == expected


@pytest.mark.parametrize("form", ["submission", "probabilities", "all"])
def test_form_is_that_of_the_python_function(form, run, tmp_path):
    write_tables(tmp_path, {"new": new_rows()})
    predict(run, tmp_path / "new.csv", tmp_path / "out.csv", form=form)
    expected = run.predict(new_rows(), form=form)
    assert (tmp_path / "out.csv").read_text() == expected.to_csv(index=False)


def test_columns_may_be_in_any_order_among_others(run, tmp_path):
    rows = new_rows()
    write_tables(tmp_path, {"new": rows, "more": rows.assign(x=1, category="sea").iloc[:, ::-1]})
    expected = predict(run, tmp_path / "new.csv", tmp_path / "out.csv")
    assert predict(run, tmp_path / "more.csv", tmp_path / "out.csv") == expected


def test_rows_without_ids_are_numbered_over_all_blocks(run, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(predict_file, "ROWS_PER_BLOCK", 4)
    write_tables(tmp_path, {"new": new_rows().drop(columns="id")})
    predict(run, tmp_path / "new.csv", tmp_path / "out.csv")
    assert pd.read_csv(tmp_path / "out.csv")["id"].tolist() == list(range(9))
    assert "has no column 'id'; its rows are numbered from 0" in caplog.text
    predict(run, tmp_path / "new.csv", tmp_path / "out.csv", form="all")
    assert "id" not in pd.read_csv(tmp_path / "out.csv")


def test_default_output_is_named_after_the_run_and_the_input(run, tmp_path):
    folder = run.competition_folder / "predictions"
    for name, stem in (
        ("new.csv", "new.csv"),
        ("new.csv.gz", "new.csv"),
        ("my.rows.jsonl", "my.rows.csv"),
        ("rows", "rows.csv"),
    ):
        rows = new_rows()
        if name.endswith("jsonl"):
            rows.to_json(tmp_path / name, orient="records", lines=True)
        elif name.endswith("gz"):
            (tmp_path / name).write_bytes(gzip.compress(rows.to_csv(index=False).encode()))
        else:
            rows.to_csv(tmp_path / name, index=False)
        output = f"{run.name}-{stem}"
        assert predict_file.predict_file(run, str(tmp_path / name)) == str(folder / output)
        assert len(pd.read_csv(folder / output)) == 9
        (folder / output).unlink()


def test_default_output_keeps_the_predictions_of_another_file(run, tmp_path):
    outputs = []
    for name in ("a/new.csv", "b/new.csv", "a/new.csv", "b/new.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        new_rows().head(5 if name[0] == "a" else 6).to_csv(tmp_path / name, index=False)
        outputs.append(predict_file.predict_file(run, str(tmp_path / name)))
    assert outputs[:2] == outputs[2:]
    assert [len(pd.read_csv(output)) for output in outputs[:2]] == [5, 6]


class Binary(io.StringIO):
    """Standard input, which is read as bytes."""

    def __init__(self, content):
        super().__init__()
        self.buffer = io.BytesIO(content)


def test_standard_input_and_output(run, tmp_path, monkeypatch, capsys):
    write_tables(tmp_path, {"new": new_rows()})
    expected = predict(run, tmp_path / "new.csv", tmp_path / "out.csv").decode()
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", Binary((tmp_path / "new.csv").read_bytes()))
    assert predict_file.predict_file(run, "-") == "-"
    assert capsys.readouterr().out == expected
    predict_file.predict_file(run, str(tmp_path / "new.csv"), "-")
    assert capsys.readouterr().out == expected
    monkeypatch.setattr(sys, "stdin", Binary((tmp_path / "new.csv").read_bytes()))
    assert predict(run, "-", tmp_path / "other.csv").decode() == expected


def test_share_of_unknown_words_is_logged(run, tmp_path, caplog):
    write_tables(tmp_path, {"new": pd.DataFrame({"text": ["the ship", "zebra zebra"]})})
    with caplog.at_level("INFO"):
        predict(run, tmp_path / "new.csv", tmp_path / "out.csv")
    assert any(line.startswith("2 rows in ") for line in caplog.messages)
    assert "50.00 % of their words are not in the vocabulary of the run" in caplog.messages
    assert f"predictions: {tmp_path / 'out.csv'}" in caplog.messages


def message_of(error, run, source, output, **options):
    with pytest.raises(error) as caught:
        predict_file.predict_file(run, str(source), str(output), **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_column_is_one_line_and_nothing_is_written(run, tmp_path):
    write_tables(tmp_path, {"new": new_rows().rename(columns={"text": "txt"})})
    message = message_of(DataError, run, tmp_path / "new.csv", tmp_path / "out.csv")
    assert "new.csv has no column 'text'; did you mean 'txt'" in message
    assert not list(tmp_path.glob("*out.csv*"))


def test_broken_row_leaves_the_old_predictions(run, tmp_path, monkeypatch):
    monkeypatch.setattr(predict_file, "ROWS_PER_BLOCK", 2)
    write_tables(tmp_path, {"new": new_rows()})
    before = predict(run, tmp_path / "new.csv", tmp_path / "out.csv")
    with (tmp_path / "new.csv").open("a") as file:
        file.write("n99,too,many,cells\n")
    message = message_of(DataError, run, tmp_path / "new.csv", tmp_path / "out.csv")
    assert "new.csv" in message
    assert (tmp_path / "out.csv").read_bytes() == before
    assert len(list(tmp_path.glob("*out.csv*"))) == 1


def test_cell_that_is_no_number_names_the_file(quick, data, tmp_path):
    tables = tiny_tables()
    for name in ("train", "test"):
        tables[name]["size"] = "1"
    write_tables(data, tables)
    run = make(quick("competition.numeric_columns=[size]"), "train")
    run = load(run.folder)
    assert run.preprocessor.columns == ["text", "size"]
    with pytest.raises(DataError, match=r"the rows: 1 cells of the numeric column 'size'"):
        run.preprocessor.inputs(new_rows(1).assign(size="big"))


@pytest.mark.parametrize("name", ["out.parquet", "out.csv.gz", "out.txt", "out.jsonl"])
def test_output_that_is_no_csv_file_is_refused(name, run, tmp_path):
    write_tables(tmp_path, {"new": new_rows()})
    message = message_of(ConfigError, run, tmp_path / "new.csv", tmp_path / name)
    assert message.endswith("predictions are written as CSV; end the name in .csv")
    assert not (tmp_path / name).exists()


def test_unknown_form_is_refused_before_the_file_is_read(run, tmp_path):
    message = message_of(ConfigError, run, "nowhere.csv", tmp_path / "out.csv", form="labels")
    assert message.startswith("form=labels is not known; there are: ")


def test_missing_file_is_one_line(run, tmp_path):
    assert "nowhere.csv" in message_of(
        DataError, run, tmp_path / "nowhere.csv", tmp_path / "out.csv"
    )
    assert not (tmp_path / "out.csv").exists()


def test_file_is_read_block_by_block(run, tmp_path, monkeypatch):
    monkeypatch.setattr(predict_file, "ROWS_PER_BLOCK", 2)
    sizes = []

    def noted(run, models, frame, file, *, progress):
        sizes.append(len(frame))
        return predicting.predict_block(run, models, frame, file, progress=progress)

    monkeypatch.setattr(predict_file, "predict_block", noted)
    write_tables(tmp_path, {"new": new_rows()})
    predict(run, tmp_path / "new.csv", tmp_path / "out.csv")
    assert sizes == [2, 2, 2, 2, 1]


@pytest.mark.parametrize("name", ["new.csv", "link.csv", "hard.csv", "folder/../new.csv"])
def test_output_is_not_the_source(name, run, tmp_path):
    write_tables(tmp_path, {"new": new_rows()})
    before = (tmp_path / "new.csv").read_bytes()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to("new.csv")
    (tmp_path / "hard.csv").hardlink_to(tmp_path / "new.csv")
    message = message_of(ConfigError, run, tmp_path / "new.csv", tmp_path / name)
    assert message.endswith("is the file of the rows, which it would replace; name another one")
    assert (tmp_path / "new.csv").read_bytes() == before


def test_output_is_no_folder(run, tmp_path):
    for name in ("folder", "folder.csv"):
        (tmp_path / name).mkdir()
        message = message_of(ConfigError, run, "nowhere.csv", tmp_path / name)
        assert message.endswith(
            f"{name} is a folder; name a file, such as {tmp_path / name}/new.csv"
        )


READER_GOES = """
import sys
import pandas as pd
from regard.pipeline.predict_file import _write_to_reader

def blocks():
    try:
        for number in range(1000):
            yield pd.DataFrame({"id": [number] * 1000})
    finally:
        sys.stderr.write(f"closed at {number < 999}")

_write_to_reader(blocks())
"""


def test_reader_of_standard_output_may_go():
    command = [sys.executable, "-c", READER_GOES]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "id\n"
        process.stdout.close()
        assert process.stderr.read() == "closed at True"
        assert process.wait() == 0


@pytest.fixture
def joined_run(tiny, data):
    """A run whose texts have titles in another file, by their place."""
    tables = tiny_tables()
    places = {
        part: rows.assign(place=[f"p{row % 4}" for row in range(len(rows))])
        for part, rows in tables.items()
        if part != "sample_submission"
    }
    write_tables(data, places)
    write_titles(data, "A town at sea", "Deep in the wood", "By the river", "On the hill")
    joins = ["competition.joined_files=[titles.csv]", "competition.join_column=place"]
    columns = "competition.text_columns=[title,text]"
    return make(tiny("model=tfidf_linear", *joins, columns), "submit")


def write_titles(folder, *titles):
    rows = {"place": [f"p{row}" for row in range(len(titles))], "title": titles}
    pd.DataFrame(rows).to_csv(folder / "titles.csv", index=False)


def test_joined_files_are_kept_for_new_rows(joined_run, data, tmp_path):
    test = data / "test.csv"
    expected = predict(joined_run, test, tmp_path / "one.csv")
    assert expected == (joined_run.folder / "submission.csv").read_bytes()
    new = tmp_path / "new.csv"
    new.write_bytes(test.read_bytes())
    (data / "titles.csv").unlink()
    copied = shutil.copytree(joined_run.folder, tmp_path / "copied")
    assert predict(load(copied), new, tmp_path / "two.csv", form="probabilities") == predict(
        joined_run, new, tmp_path / "three.csv", form="probabilities"
    )
    own = pd.read_csv(new).assign(place="unknown", title="On the hill")
    own.to_csv(new, index=False)
    assert predict(joined_run, new, tmp_path / "four.csv")
    own.drop(columns="title").to_csv(new, index=False)
    line = "new.csv: 1 values of 'place' are not among those of titles.csv .first: 'unknown'.; give"
    with pytest.raises(DataError, match=line):
        predict(joined_run, new, tmp_path / "five.csv")
    with pytest.raises(DataError, match="no column 'place'"):
        joined_run.predict(own[["text"]])


def test_joined_files_next_to_the_rows_come_first(joined_run, data, tmp_path):
    rows = pd.read_csv(data / "test.csv").assign(place="p5")
    rows.to_csv(tmp_path / "new.csv", index=False)
    write_titles(tmp_path, "One", "Two", "Three", "Four", "Five", "A town at sea")
    assert predict(joined_run, tmp_path / "new.csv", tmp_path / "one.csv")
