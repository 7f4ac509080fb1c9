import importlib
import inspect
import logging
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from helpers.cases import SMALL, tiny_tables, write_tables
from helpers.commands import ROOT, SCRIPTS, regard_in, run_in
from hydra.experimental.callback import Callback

from regard import __version__, pipeline
from regard.cli import COMMANDS, split_words
from regard.competitions import bundle, kaggle
from regard.config import Config, messages
from regard.pipeline import explaining, finished

pytestmark = pytest.mark.slow  # Hydra composes the settings of nearly every test


def seen(monkeypatch, module, name):
    """Replace a function and return the list of its calls."""
    calls = []
    monkeypatch.setattr(module, name, lambda *args, **options: calls.append((args, options)))
    return calls


def test_help_lists_every_command(regard):
    status, out, err = regard("--help")
    assert (status, err) == (0, "")
    assert re.findall(r"^  ([\w-]+)  +[a-z]+ ", out, re.MULTILINE)[: len(COMMANDS)] == list(
        COMMANDS
    )
    assert regard("-h") == regard() == (status, out, err)


def test_version(regard):
    assert regard("--version") == (0, f"regard {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["trian"], "there is no command 'trian'; did you mean 'train'?"),
        (["competition=toxic", "train"], "competition=toxic: name a command first"),
        (["--multirun", "train"], "--multirun: name a command first"),
        (["train", "--hlp"], "there is no flag --hlp; did you mean '--help'?"),
        (["train", "model.rnn.unitz=3"], "there is no setting 'model.rnn.unitz'; did you mean "),
        (["train", "model=lstm_atention"], "no conf/model/lstm_atention.yaml .* 'lstm_attention'"),
        (["train", "folds.n_folds=1"], "folds.n_folds=1 is out of range"),
        (["train", "seed=1,2"], "seed=1,2 has several values; --multirun "),
        (["train", "run=x"], "there is no setting 'run'"),
        (["blend", "run=x"], "there is no setting 'run'"),
        (["new"], "nothing was given; name one competition: regard new <name>"),
        (["new", "a", "b"], "a b was given; name one competition"),
        (["new", "mine", "seed=1"], "mine seed=1 was given; name one competition"),
        (
            ["new", "toxic"],
            "toxic already has a page .*: regard new mine, with its files in data/mine",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_1(words, message, regard, tmp_path):
    status, out, err = regard(*words)
    assert (status, out) == (1, "")
    assert re.fullmatch(f"config error: {message}.*\n", err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("name: x\n  text_columns: [text\n", "a page of conf/ is not YAML: .*x.yaml.*line 2"),
        (
            "defaults: [base]\nname: x\nlabel_column: [y]\n",
            "conf/competition/x.yaml: .*'competition.label_column'; .*'competition.label_columns'",
        ),
        (
            "defaults: [base]\nname: x\ntext_columns: text\n",
            "conf/competition/x.yaml: competition.text_columns: give a list",
        ),
        (
            "defaults: [base]\nname: x\ntask:\n",
            "conf/competition/x.yaml: competition.task: has no value; give one",
        ),
        (
            "name: x\nlabel_columns: [y]\n",
            "competition.[a-z_]+ has no value; .*defaults: .base.",
        ),
        (
            "defaults: [bse]\nname: x\n",
            "conf/competition/x.yaml: its defaults name competition/bse.yaml, which does not exist",
        ),
        ("name: caf\u00e9\n", r".*conf/competition/x\.yaml is not UTF-8 .*; save it as UTF-8"),
    ],
    ids=[
        "no YAML",
        "an unknown key",
        "no list",
        "no value",
        "no defaults",
        "other defaults",
        "another encoding",
    ],
)
def test_a_mistake_in_an_own_page_is_one_line(page, message, regard, tmp_path):
    (tmp_path / "conf" / "competition").mkdir(parents=True)
    (tmp_path / "conf" / "competition" / "x.yaml").write_bytes(page.encode("latin-1"))
    status, out, err = regard("prepare", "competition=x")
    assert (status, out) == (1, "")
    assert re.fullmatch(f"config error: {message}.*\n", err)


def test_a_bug_keeps_its_traceback(regard, monkeypatch):
    monkeypatch.setattr(pipeline, "make", lambda config, target: {}["nothing"])
    with pytest.raises(KeyError, match="nothing"):
        regard("prepare")


def test_an_interruption_is_one_line(regard, monkeypatch):
    def interrupt(config, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "make", interrupt)
    assert regard("prepare")[0] == "stopped; run the same command again to continue"


def test_cfg_shows_the_settings_of_a_command_line_and_runs_nothing(regard, tmp_path):
    status, out, err = regard("train", "model=text_cnn", "--cfg", "job", "seed=7")
    assert (status, err) == (0, "")
    settings = yaml.safe_load(out)
    assert settings["model"]["name"] == "text_cnn"
    assert settings["seed"] == 7
    assert list(tmp_path.iterdir()) == []


def test_help_of_a_command_lists_pages_and_settings(regard):
    status, out, _ = regard("train", "--help")
    assert status == 0
    assert re.search(r"^model: .*lstm_attention", out, re.MULTILINE)
    assert "n_folds: 5" in out


def test_the_flags_are_those_of_hydra(regard):
    out = regard("train", "--hydra-help")[1]
    listed = dict(re.findall(r"^(--[a-z-]+)(?:,(-[a-z]+))? : ", out, re.MULTILINE))
    assert set(listed) == set(messages.FLAGS)
    assert {short: name for name, short in listed.items() if short} == messages.SHORT_FLAGS


@pytest.mark.slow
def test_info_prints_each_line_once(tmp_path):
    command = [sys.executable, SCRIPTS / "train.py", "--info", "searchpath"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.count("file://") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_function_of_the_table_exists(name):
    for path in filter(None, (COMMANDS[name].function, COMMANDS[name].then)):
        module, _, function = path.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_every_command_has_a_thin_script():
    names = {path: path.stem.replace("_", "-") for path in SCRIPTS.glob("*.py")}
    assert set(names.values()) == set(COMMANDS)
    for path, name in names.items():
        text = path.read_text(encoding="utf-8")
        assert f'main(["{name}", *sys.argv[1:]])' in text
        assert len(text.split('"""')[2].splitlines()) <= 10


def test_a_script_reaches_its_stage_in_three_frames(tmp_path, monkeypatch):
    frames = []

    def make(config: Config, target: str) -> None:
        stack = [Path(frame.filename) for frame in inspect.stack()[1:]]
        own = (ROOT / "src", SCRIPTS)
        frames.extend(file.name for file in stack if any(folder in file.parents for folder in own))

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pipeline, "make", make)
    monkeypatch.setattr(sys, "argv", ["prepare.py"])
    runpy.run_path(str(SCRIPTS / "prepare.py"), run_name="__main__")
    assert frames == ["cli.py", "cli.py", "prepare.py"]


def test_words_of_a_command_are_split_off():
    words = ["seed=1", "message=a, b=c", "run"]
    assert split_words(words, ["run", "message"]) == (["seed=1", "run"], {"message": "a, b=c"})


@pytest.mark.slow
def test_blend_takes_names_of_runs(regard, monkeypatch):
    calls = seen(monkeypatch, pipeline, "blend_runs")
    for word in ("runs=[one,two]", "runs=one two", "runs="):
        assert regard("blend", "competition=toxic", word) == (0, "", "")
    assert [options["names"] for _, options in calls] == [["one", "two"], ["one", "two"], []]
    assert calls[0][0][0].competition.name == "toxic"


@pytest.fixture
def predicted(monkeypatch):
    """The calls of the functions that predict a file, or the test file."""
    monkeypatch.setattr(pipeline, "open_run", lambda config, run: f"opened {run}")
    return (
        seen(monkeypatch, importlib.import_module("regard.pipeline.predict_file"), "predict_file"),
        seen(monkeypatch, pipeline, "remake"),
    )


def test_predict_takes_a_file_a_run_and_a_form(regard, predicted):
    assert regard("predict", "input=a=b, c.csv", "run=best", "output=x.csv", "form=all")[0] == 0
    assert regard("predict", "run=", "input=new.csv", "output=", "form=")[0] == 0
    assert [arguments for arguments, _ in predicted[0]] == [
        ("opened best", "a=b, c.csv", "x.csv", "all"),
        ("opened ", "new.csv", "", "submission"),
    ]
    assert predicted[1] == []


def test_predict_without_a_file_predicts_the_test_file(regard, predicted):
    assert regard("predict", "run=x", "input=")[0] == 0
    assert regard("submit", "run=y")[0] == 0
    assert regard("report")[0] == 0
    assert [(arguments[1:], options) for arguments, options in predicted[1]] == [
        (("submit", "x"), {}),
        ((), {"run": "y", "target": "submit"}),
        (("report", ""), {}),
    ]


def test_output_without_a_file_to_predict_is_one_line(regard, predicted):
    status, _, err = regard("predict", "output=x.csv")
    assert status == 1
    assert err.endswith("output= needs input=: name the file of the rows to predict\n")
    assert predicted == ([], [])


def test_upload_takes_a_run_and_a_message(regard, monkeypatch):
    calls = seen(monkeypatch, kaggle, "upload_run")
    assert regard("upload", "run=", "message=a=b, ${c}") == (0, "", "")
    assert regard("upload", "run=x", "bundle=b") == (0, "", "")
    assert [options for _, options in calls] == [
        {"run": "", "message": "a=b, ${c}", "bundle": ""},
        {"run": "x", "message": "", "bundle": "b"},
    ]


def test_bundle_takes_a_run_a_folder_and_options(regard, monkeypatch):
    calls = seen(monkeypatch, bundle, "make_bundle")
    monkeypatch.setattr(finished, "open_run", lambda config, run: SimpleNamespace(name=run))
    assert regard("bundle", "run=x", "output=", "gpu=true", "image=i.txt") == (0, "", "")
    assert regard("bundle", "run=x", "output=mine") == (0, "", "")
    (usual, named) = (arguments for arguments, _ in calls)
    assert usual[2].parts[-3:] == ("bbc_news", "bundles", "x")
    assert usual[3] == bundle.BundleOptions(image=Path("i.txt"), gpu=True)
    assert named[2] == Path("mine")


def test_explain_takes_a_text_as_it_is(regard, monkeypatch):
    calls = seen(monkeypatch, explaining, "explain_text")
    assert regard("explain", "run=", 'text=a=b, "${c}" [d]') == (0, "", "")
    assert [options for _, options in calls] == [{"run": "", "text": 'a=b, "${c}" [d]'}]


@pytest.mark.slow
def test_a_stage_is_logged_to_stdout(tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    done = regard_in(tmp_path, "check", *SMALL)
    assert (done.returncode, done.stderr) == (0, "")
    assert "48" in done.stdout


@pytest.mark.slow
def test_new_writes_a_page_in_this_folder_and_it_is_used(regard, tmp_path, caplog):
    write_tables(tmp_path / "data" / "mine", tiny_tables())
    with caplog.at_level(logging.INFO):
        assert regard("new", "mine") == (0, "", "")
    assert caplog.messages[-1].startswith("wrote conf/competition/mine.yaml; ")
    assert caplog.messages[-1].endswith(": regard check competition=mine")
    page = tmp_path / "conf" / "competition" / "mine.yaml"
    assert yaml.safe_load(page.read_text())["name"] == "mine"
    assert regard("prepare", "competition=mine", "folds.n_folds=2")[0] == 0
    assert (tmp_path / "outputs" / "mine").is_dir()
    status, _, err = regard("new", "mine")
    assert status == 1
    assert err.startswith("config error: conf/competition/mine.yaml already exists; ")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ((), r"data error: .*train\.csv: column 'category'.*'sky'"),
        (
            ("competition.test_file=nowhere.csv",),
            r"data error: .*nowhere\.csv does not exist",
        ),
        (
            ("competition.label_values=null", "output_dir=data/tiny/train.csv"),
            r"file error: .*: Not a directory",
        ),
    ],
)
def test_a_mistake_in_a_file_is_one_line_and_exit_status_1(overrides, message, regard, tmp_path):
    tables = tiny_tables()
    tables["train"].loc[9, "category"] = "sky"
    write_tables(tmp_path / "data" / "tiny", tables)
    settings = [*SMALL, "competition.label_values=[sea,wood,town]", *overrides]
    status, _, err = regard("prepare", *settings)
    assert status == 1
    assert re.fullmatch(message + ".*\n", err)


@pytest.mark.slow
def test_a_sweep_goes_on_after_a_mistake(regard, tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    status, _, err = regard("prepare", *SMALL, "-m", "text.min_count=1,999,2")
    assert status == 1
    assert re.fullmatch("data error: .* text.min_count=999 .*\n", err)
    assert len(list((tmp_path / "outputs" / "tiny" / "prepare").iterdir())) == 2


class Note(Callback):
    """Keeps what each job returned, as sweepers read it."""

    returned: list[object] = []  # noqa: RUF012

    def on_job_end(self, config, job_return, **options):
        self.returned.append(job_return.return_value)


@pytest.mark.slow
def test_a_sweeper_gets_the_score(regard, monkeypatch, tmp_path):
    Note.returned.clear()
    monkeypatch.setitem(sys.modules, "note", sys.modules[__name__])
    monkeypatch.setattr(
        pipeline,
        "train",
        lambda config: SimpleNamespace(
            scores={"oof_score": config.seed / 10}, folder=tmp_path / "runs" / "a"
        ),
    )
    words = ["--multirun", "seed=1,2", "+hydra.callbacks.note._target_=note.Note"]
    assert regard("train", *words)[0] == 0
    assert Note.returned == [0.1, 0.2]


HEAVY = {"hydra", "omegaconf", "yaml", "numpy", "pandas", "sklearn", "keras", "tensorflow"}


def test_importing_regard_imports_nothing_heavy():
    assert not modules_after("import regard") & HEAVY
    assert len(modules_after("import regard")) < 30


def test_help_imports_nothing_heavy():
    after = modules_after("from regard.cli import main; main(['--help'])")
    assert not after & HEAVY


@pytest.mark.slow
def test_a_light_command_never_imports_keras(tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    for name in ("prepare", "check"):
        code = f"from regard.cli import main; main({[name, *SMALL]!r})"
        assert not modules_after(code, cwd=tmp_path) & {"keras", "tensorflow", "gensim"}


def modules_after(code, cwd=None):
    """The top-level packages that code imports into a fresh interpreter."""
    program = f"import sys; before = set(sys.modules)\n{code}\n" + (
        "print('modules:', *{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=cwd
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_public_names_are_found_when_they_are_used():
    import regard

    for name in regard.__all__:
        assert getattr(regard, name) is not None
        assert name in dir(regard)
    assert regard.RegardError.__module__ == "regard.errors"
    with pytest.raises(AttributeError, match="module 'regard' has no attribute 'nothing'"):
        regard.nothing  # noqa: B018


@pytest.mark.slow
def test_a_script_works_in_its_clone_wherever_it_is_called(tmp_path):
    clone = tmp_path / "clone"
    for name in ("conf", "scripts"):
        shutil.copytree(ROOT / name, clone / name)
    (clone / "src" / "regard").mkdir(parents=True)
    write_tables(clone / "data" / "tiny", tiny_tables())
    (tmp_path / "here" / "data").mkdir(parents=True)
    (tmp_path / "here" / "shouting.py").touch()
    script = [sys.executable, clone / "scripts" / "prepare.py"]
    done = run_in(tmp_path / "here", *script, *SMALL, "plugins=[shouting]", "output_dir=out")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"project folder: {clone}\n")
    assert (tmp_path / "here" / "out" / "tiny" / "folds").is_dir()
    assert not (clone / "out").exists()
    done = run_in(tmp_path / "here", *script, "competition=toxic", "--cfg", "job")
    assert (done.returncode, done.stderr) == (0, "")
    assert yaml.safe_load(done.stdout)["competition"]["name"] == "toxic"
    assert yaml.safe_load(done.stdout)["output_dir"] == "outputs"


@pytest.mark.slow
def test_regard_works_in_the_nearest_project(regard, tmp_path, monkeypatch):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    monkeypatch.chdir(tmp_path / "data" / "tiny")
    assert regard("prepare", *SMALL)[0] == 0
    assert Path.cwd() == tmp_path / "data" / "tiny"
    assert {path.name for path in tmp_path.iterdir()} == {"data", "outputs"}
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    assert regard("prepare", *SMALL, "data_dir=../data")[0] == 0
    assert regard("new", "mine", "data_dir=.")[2].startswith(
        f"data error: {tmp_path}/notebooks/mine"
    )


@pytest.mark.slow
def test_a_sweep_ends_with_its_table(tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    words = [word for word in SMALL if not word.startswith("model.")]
    done = regard_in(tmp_path, "train", *words, "model=nb_svm", "-m", "folds.seed=1,2")
    assert (done.returncode, done.stderr) == (0, "")
    title, header, first, _, best, following = done.stdout.splitlines()[-6:]
    assert title == "sweep: 2 runs of tiny"
    assert header.endswith("swept settings")
    assert "folds.seed=" in first
    assert re.fullmatch(r"best of the sweep: nb_svm-\w+, 1st of 2 runs by accuracy", best)
    assert following.startswith("next: regard predict competition=tiny run=")
    folders = [path for path in (tmp_path / "outputs").rglob("*") if path.is_dir()]
    assert all(any(folder.iterdir()) for folder in folders)
    assert [path.name for path in (tmp_path / "outputs/tiny/sweeps").iterdir()] == ["multirun.yaml"]


@pytest.mark.slow
def test_a_sweep_over_competitions_leaves_no_empty_folder(regard, tmp_path):
    for name in ("one", "two"):
        write_tables(tmp_path / "data" / name, tiny_tables())
    words = [word for word in SMALL if not word.startswith("competition.name")]
    assert regard("check", *words, "-m", "competition.name=one,two")[0] == 0
    assert not list((tmp_path / "outputs").glob("*/sweeps/*/"))
    assert not (tmp_path / "outputs" / "one" / "sweeps").exists()
