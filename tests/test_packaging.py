import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import regard

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENT_FILES = sorted((ROOT / "requirements").glob("*.txt"))
ENTRY = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)( ; .+?)?( --hash=sha256:[0-9a-f]{64})+"
)


def entries(path):
    joined = path.read_text().replace("\\\n", "")
    return [
        re.sub(r"\s+", " ", line)
        for line in joined.splitlines()
        if not line.lstrip().startswith("#")
    ]


def pins(name):
    matches = [ENTRY.fullmatch(entry) for entry in entries(ROOT / "requirements" / f"{name}.txt")]
    return {match["name"]: match["version"] for match in matches}


def make(*arguments, cwd=ROOT):
    # Without the variables of a make that may be running these tests.
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["make", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def clone(tmp_path):
    """A project whose fake interpreter writes its arguments to a file and cannot install."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\0" "$@" >arguments\n[ "$2" != pip ]\n')
    python.chmod(0o755)
    (tmp_path / ".venv/installed-cpu").touch()
    (tmp_path / "a=a").touch()  # matches the pattern [ab]=a
    return tmp_path


def is_set_up(clone):
    return make("--question", ".venv/installed-cpu", "TENSORFLOW=cpu", cwd=clone).returncode == 0


@pytest.mark.parametrize("path", REQUIREMENT_FILES, ids=lambda path: path.name)
def test_requirements_are_pinned_and_hashed(path):
    assert entries(path)
    assert [entry for entry in entries(path) if not ENTRY.fullmatch(entry)] == []


@pytest.mark.parametrize("path", REQUIREMENT_FILES, ids=lambda path: path.name)
def test_requirements_contain_no_address_and_no_path(path):
    assert (
        re.findall(r".*(?:://|file:|\s/|--index|--extra-index|--find-links).*", path.read_text())
        == []
    )


def test_shared_packages_have_one_version():
    versions = {}
    for path in REQUIREMENT_FILES:
        for package, version in pins(path.stem).items():
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("declared", "name"),
    [(PROJECT["dependencies"], "cpu"), (PROJECT["dependencies"], "cuda")]
    + [(PROJECT["optional-dependencies"][name], name) for name in ("cpu", "cuda", "dev", "docs")],
)
def test_declared_dependencies_are_pinned_within_their_bounds(declared, name):
    pinned = pins(name)
    for requirement in map(Requirement, declared):
        if requirement.name != PROJECT["name"]:
            assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), (
                requirement
            )


def test_each_machine_gets_exactly_one_tensorflow():
    markers = [
        entry for entry in map(Requirement, PROJECT["optional-dependencies"]["cpu"]) if entry.marker
    ]
    for system, machine in [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]:
        where = {"sys_platform": system, "platform_machine": machine}
        assert sum(entry.marker.evaluate(where) for entry in markers) == 1


def test_python_range_is_the_same_everywhere():
    low, high = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", PROJECT["requires-python"]).groups())
    assert f"(3, {low}) <= sys.version_info < (3, {high})" in MAKEFILE
    names = " ".join(f"python3.{minor}" for minor in reversed(range(low, high)))
    assert f"python3 {names})" in MAKEFILE
    assert f"--python-version 3.{low} " in MAKEFILE
    assert (
        tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["python_version"]
        == f"3.{low}"
    )


def test_a_mistyped_variable_is_refused():
    result = make("--dry-run", "train", "COMPETITON=toxic")
    assert result.returncode != 0
    assert re.match(
        r"Makefile:\d+: \*\*\* COMPETITON= is not known; the variables are COMPETITION= ARGS= ",
        result.stderr,
    )
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("goal", "word", "message"),
    [
        ("blend", "RUN=x", r"RUN= is for make .*\bpredict .*upload"),
        ("train", "RUNS=x", r"RUNS= is for make blend\b"),
    ],
)
def test_a_variable_of_another_target_is_refused(goal, word, message):
    result = make("--dry-run", goal, word)
    assert result.returncode != 0
    assert re.search(message, result.stderr)
    assert result.stdout == ""


def test_make_alone_lists_every_target():
    rules = re.findall(r"^([a-z][a-z -]*):", MAKEFILE, re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert {"train", "test", "clean"} < targets
    assert set(re.findall(r"^make ([a-z-]+) +\w", make().stdout, re.MULTILINE)) == targets
    assert set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()) == targets


def test_a_missing_python_is_reported_in_one_line(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    result = make("train", "PYTHON=no-such-python", cwd=tmp_path)
    assert result.returncode != 0
    assert re.match(
        r"Regard needs Python 3\.11, .* tried no-such-python\. .*\nmake: ", result.stderr
    )
    assert not (tmp_path / ".venv").exists()


# Each part of it would create a file if make or a shell read it.
HARMFUL = (
    "x=[1, 2] $(shell touch made) `touch made` $$(touch made); touch made & | touch made "
    "' ; touch made ' \" ; touch made; \" > made # \u00fc [ab]=a \\\n touch made"
)


def arguments(clone):
    """The arguments of the fake interpreter."""
    return (clone / "arguments").read_text().split("\0")[:-1]


@pytest.mark.parametrize(
    "given", ["", "model.rnn.units=32 folds.n_folds=3", "seeds=[1, 2, 3]", "[ab]=a", HARMFUL]
)
def test_args_reach_the_script_as_typed(clone, given):
    result = make("train", "TENSORFLOW=cpu", "COMPETITION=toxic", f"ARGS={given}", cwd=clone)
    assert result.returncode == 0, result.stderr
    assert arguments(clone) == ["scripts/train.py", "competition=toxic", f"args={given}"]
    assert not (clone / "made").exists()


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("predict", ["competition", "run", "input", "output", "form", "args"]),
        ("upload", ["competition", "run", "message", "args"]),
        ("explain", ["competition", "run", "text", "args"]),
        ("blend", ["competition", "runs", "args"]),
        ("serve", ["competition", "run", "host", "port", "args"]),
        ("bundle", ["competition", "run", "output", "args"]),
        ("export", ["competition", "run", "output", "args"]),
    ],
)
def test_no_shell_reads_a_variable(clone, target, names):
    for extra in ("kaggle", "serve", "export", "bench"):
        (clone / ".venv" / f"installed-{extra}").touch()
    given = [f"{name.upper()}={name}{HARMFUL}" for name in names]
    result = make(target, "TENSORFLOW=cpu", *given, cwd=clone)
    assert result.returncode == 0, result.stderr
    assert arguments(clone)[1:] == [f"{name}={name}{HARMFUL}" for name in names]
    assert not (clone / "made").exists()


def test_new_gets_the_name_alone(clone):
    assert make("new", "TENSORFLOW=cpu", f"COMPETITION={HARMFUL}", cwd=clone).returncode == 0
    assert arguments(clone) == ["scripts/new.py", HARMFUL, "args="]
    assert not (clone / "made").exists()


@pytest.mark.parametrize("name", ["TENSORFLOW", "PYTHON", "UV", "VENV", "KERAS_BACKEND"])
@pytest.mark.parametrize("value", ["a;touch made", "$(shell touch made)", "a\ntouch made", "`x`"])
def test_variables_of_recipes_have_plain_characters(clone, name, value):
    result = make("train", f"{name}={value}", cwd=clone)
    assert result.returncode != 0
    assert re.search(rf"\*\*\* {name}= holds ., a character that shells read", result.stderr)
    assert not (clone / "made").exists()


@pytest.mark.parametrize("target", ["test", "docs", "bench", "results"])
def test_words_of_args_reach_other_programs_without_a_shell(clone, target):
    for extra in ("dev", "docs", "bench"):
        (clone / ".venv" / f"installed-{extra}").touch()
    python = clone / ".venv/bin/python"
    note = python.read_text()
    # The first call splits the words by Python, the second one notes them.
    python.write_text(f'#!/bin/sh\nif [ "$1" = -c ]; then exec {sys.executable} "$@"; fi\n{note}')
    harmful = "-k 'a and b' $(touch made) `touch made`; touch made"
    words = ["SETS=$(touch made)"] if target == "results" else []
    result = make(target, "TENSORFLOW=cpu", f"ARGS={harmful}", *words, cwd=clone)
    assert not (clone / "made").exists(), result.stderr


def test_a_changed_requirements_file_needs_a_new_set_up(clone):
    assert is_set_up(clone)
    os.utime(clone / "requirements/dev.txt", (2**32, 2**32))
    assert is_set_up(clone)
    os.utime(clone / "requirements/cpu.txt", (2**32, 2**32))
    assert not is_set_up(clone)


def test_an_interrupted_set_up_starts_again(clone):
    assert is_set_up(clone)
    assert make("test", "TENSORFLOW=cpu", cwd=clone).returncode != 0
    assert not is_set_up(clone)


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


OFFLINE = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet"]


def copy_sources(folder):
    """Copy everything a wheel is built from, as building leaves files among the sources."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for name in ("src", "conf"):
        ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)


def install(folder, *words):
    """Install Regard in a fresh environment, which shares all other packages with these tests."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "shared.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip(
        "--python",
        str(folder / "bin" / "python"),
        "install",
        "--ignore-installed",
        *OFFLINE,
        *words,
    )
    return folder / "bin" / "regard"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    copy_sources(folder)
    pip("wheel", *OFFLINE, "--wheel-dir", str(folder), str(folder))
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    return install(tmp_path_factory.mktemp("installed"), str(wheel))


def run_in(folder, *command):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )


def output_of(folder, *command):
    done = run_in(folder, *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_wheel_contains_every_module_and_page(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    sources = {path.relative_to(ROOT / "src") for path in (ROOT / "src" / "regard").rglob("*.*")}
    pages = {"regard" / path.relative_to(ROOT) for path in (ROOT / "conf").rglob("*.yaml")}
    others = {path for path in sources if "__pycache__" in path.parts or path.name == "README.md"}
    shipped = {str(path) for path in (sources | pages) - others}
    assert names == shipped
    assert {"regard/py.typed", "regard/conf/config.yaml", "regard/conf/model/nb_svm.yaml"} < names


@pytest.mark.slow
def test_an_installed_command_prints_help_version_and_settings(installed, tmp_path):
    assert "  train  " in output_of(tmp_path, installed, "--help")
    assert output_of(tmp_path, installed, "--version") == f"regard {regard.__version__}\n"
    assert "name: toxic" in output_of(
        tmp_path, installed, "train", "competition=toxic", "--cfg=job"
    )
    searched = output_of(tmp_path, installed, "train", "--info", "searchpath")
    assert "site-packages/regard/conf" in searched
    done = run_in(tmp_path, installed, "train", "model.rnn.unitz=3")
    assert done.returncode == 1
    assert done.stderr == (
        "config error: there is no setting 'model.rnn.unitz'; did you mean 'model.rnn.units'?\n"
    )
    assert list(tmp_path.iterdir()) == []


TINY = ["folds.n_folds=2", "embeddings=glove_6b_50d", "training.epochs=1", "batches.max_tokens=12"]
TINY += ["batches.size=512", "model.rnn.units=2"]


@pytest.mark.slow
def test_an_installed_command_trains_in_an_empty_folder(installed, tmp_path):
    output_of(tmp_path, installed, "train", *TINY)
    run = tmp_path / "outputs" / "bbc_news" / "latest"
    assert (run / "report.html").is_file()
    sample = pd.read_csv(tmp_path / "data" / "bbc_news" / "sample_submission.csv")
    submission = pd.read_csv(run / "submission.csv")
    assert submission.columns.tolist() == sample.columns.tolist()
    assert submission.iloc[:, 0].tolist() == sample.iloc[:, 0].tolist()


@pytest.mark.slow
def test_an_installed_command_writes_a_page_and_sweeps_with_it(installed, tmp_path):
    write_tables(tmp_path / "data" / "mine", tiny_tables())
    output = output_of(tmp_path, installed, "new", "mine")
    assert output.endswith(
        "wrote conf/competition/mine.yaml; review it, then run: regard check competition=mine\n"
    )
    settings = ["competition=mine", "model=tfidf_linear", "folds.n_folds=2"]
    output_of(tmp_path, installed, "train", *settings, "--multirun", "folds.seed=1,2")
    board = pd.read_csv(tmp_path / "outputs" / "mine" / "leaderboard.csv")
    assert len(board) == 2


@pytest.mark.slow
def test_an_editable_install_reads_the_pages_of_the_clone(tmp_path):
    copy_sources(tmp_path)
    command = install(tmp_path / "venv", "--editable", str(tmp_path))
    (tmp_path / "empty").mkdir()
    searched = output_of(tmp_path / "empty", command, "train", "--info", "searchpath")
    assert f"file://{tmp_path}/conf " in searched
