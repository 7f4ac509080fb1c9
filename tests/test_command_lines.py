"""Names, ARGS and full disks: what users type, and where the results go."""

import errno
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from helpers.cases import SMALL, tiny_tables, write_tables
from helpers.commands import REGARD, ROOT

pytestmark = pytest.mark.slow  # Hydra composes the settings of nearly every test


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["check", *SMALL], ["train", "--cfg", "job"]])
def test_full_disk_of_a_log_file_is_one_line(words, tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    command = [*REGARD, *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )
    assert done.returncode == 1
    assert done.stderr == (
        "file error: standard output: No space left on device; free some, then run the same "
        "command again\n"
    )


def test_full_disk_of_outputs_is_one_line(regard, monkeypatch, tmp_path):
    def fails(folder, frames):
        raise OSError(errno.ENOSPC, "")

    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    monkeypatch.setattr("regard.pipeline.stages.tables.write_tables", fails)
    status, _, err = regard("prepare", *SMALL)
    assert status == 1
    assert re.fullmatch(
        r"file error: outputs/tiny/tables/\w+: No space left on device; free some, then run the "
        r"same command again, or set output_dir to a folder on another disk\n",
        err,
    )
    assert list((tmp_path / "outputs" / "tiny" / "tables").iterdir()) == []
    assert regard("prepare", *SMALL, "output_dir=elsewhere")[0] == 1
    monkeypatch.undo()


@pytest.mark.skipif(not Path("/sys/kernel").exists(), reason="no folder that refuses even root")
def test_output_folder_that_cannot_be_written_to_is_one_line(regard, tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    status, _, err = regard("prepare", *SMALL, "output_dir=/sys/regard")
    assert status == 1
    assert re.fullmatch(
        r"file error: /sys/regard\S*: [\w -]+; .*, or set output_dir to a folder on another disk\n",
        err,
    )
    assert regard("prepare", *SMALL, "output_dir=elsewhere")[0] in (0, None)


@pytest.mark.parametrize("name", ["2024", "1e5", "007", "0x10", "2024-05", "true"])
def test_competition_may_be_called_as_a_number(name, regard, tmp_path, monkeypatch):
    pages = tmp_path / "conf" / "competition"
    pages.mkdir(parents=True)
    text = (ROOT / "conf" / "competition" / "bbc_news.yaml").read_text(encoding="utf-8")
    text = re.sub("(?m)^(name|source):.*", "", text)
    (pages / f"{name}.yaml").write_text(f"{text}\nname: '{name}'\n", encoding="utf-8")
    write_tables(tmp_path / "data" / name, tiny_tables())
    assert regard("check", f"competition={name}")[0] == 0
    assert regard("prepare", f"competition={name}", "folds.n_folds=2")[0] == 0
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == [name]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ("seeds=[1, 2", "seeds=\\[1, 2: the bracket \\[ is not closed by \\]"),
        ("folds.n_folds=3,", "folds.n_folds=3, ends with a comma; write folds.n_folds=3 or more"),
        ("model.name=a(b)c", "model.name=a.b.c: .* in quotes: \"model.name='a\\(b\\)c'\""),
        ("folds.n_folds=$(date)", "folds.n_folds=.*put it in quotes: "),
        ("seed=a;b", "seed: a;b is no whole number"),
        ("seed=`ls`", "seed: `ls` is no whole number"),
        ("seed= 3", "3: settings are written key=value, without a blank before or after ="),
        ("seed =3", "=3 has no name; write a setting as key=value"),
        ("model.name=sort(1,2)", ".* is a sweep; --multirun .* \"model.name='sort\\(1,2\\)'\""),
        ("hydra=3", "hydra=3: hydra is a section of settings"),
        ("--cfg=job seed=1 -m", "--multirun and --cfg exclude each other"),
    ],
)
def test_args_that_cannot_be_read_are_one_line(args, message, regard):
    status, out, err = regard("prepare", f"args={args}")
    assert (status, out) == (1, "")
    assert re.fullmatch(f"config error: {message}.*\n", err)


@pytest.mark.parametrize(
    ("args", "section", "value"),
    [
        ("seeds=[1, 2, 3]", "seeds", [1, 2, 3]),
        ("text.cleaning=[lower, urls]", "text", None),
        ("\"model.name='a(b)c'\"", "model", "a(b)c"),
        ('model.name="a b"', "model", "a b"),
        ("model.name=caf\u00e9;b", "model", "caf\u00e9;b"),
    ],
)
def test_args_reach_the_settings(args, section, value, regard):
    status, out, err = regard("prepare", f"args={args} --cfg job")
    assert (status, err) == (0, "")
    found = yaml.safe_load(out)[section]
    assert value is None or value in (found, found.get("name") if isinstance(found, dict) else None)


def test_make_gives_no_value_to_a_shell():
    recipes = re.findall("(?m)^\t.*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    names = "COMPETITION|ARGS|RUNS|RUN|RUN2|INPUT|OUTPUT|FORM|HOST|PORT|TEXT|MESSAGE|SETS"
    assert not [line for line in recipes if re.search(rf"\$[({{](?:{names})[)}}]", line)]
