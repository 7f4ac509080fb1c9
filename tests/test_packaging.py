import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
    # Leave out the variables of a make that may be running these tests.
    environment = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        ["make", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def clone(tmp_path):
    """A project that is set up.

    Its interpreter writes its arguments to a file and fails if it is asked to install something.
    """
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >arguments\n[ "$2" != pip ]\n')
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
def test_requirements_name_no_address_and_no_local_path(path):
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
    answer = make("--dry-run", "train", "COMPETITON=toxic")
    assert answer.returncode != 0
    assert re.match(
        r"Makefile:\d+: \*\*\* COMPETITON= is not known; the variables are COMPETITION= ARGS= ",
        answer.stderr,
    )
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("goal", "word", "message"),
    [("blend", "RUN=x", "RUN= is for make upload"), ("train", "RUNS=x", "RUNS= is for make blend")],
)
def test_a_variable_of_another_target_is_refused(goal, word, message):
    answer = make("--dry-run", goal, word)
    assert answer.returncode != 0
    assert message in answer.stderr
    assert answer.stdout == ""


def test_make_alone_lists_every_target():
    rules = re.findall(r"^([a-z][a-z -]*):", MAKEFILE, re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert {"train", "test", "clean"} < targets
    assert set(re.findall(r"^make ([a-z-]+) +\w", make().stdout, re.MULTILINE)) == targets
    assert set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()) == targets


def test_a_missing_python_is_reported_in_one_line(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    answer = make("train", "PYTHON=no-such-python", cwd=tmp_path)
    assert answer.returncode != 0
    assert re.match(
        r"Regard needs Python 3\.11, .* tried no-such-python\. .*\nmake: ", answer.stderr
    )
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        ("", []),
        ("model.rnn.units=32 folds.n_folds=3", ["model.rnn.units=32", "folds.n_folds=3"]),
        ("embeddings.sources=[word2vec,fasttext]", ["embeddings.sources=[word2vec,fasttext]"]),
        ("[ab]=a", ["[ab]=a"]),
        ("'seed=choice(1, 2)' name=\"two words\"", ["seed=choice(1, 2)", "name=two words"]),
    ],
)
def test_arguments_reach_the_script_as_typed(clone, given, passed):
    answer = make("train", "TENSORFLOW=cpu", "COMPETITION=toxic", f"ARGS={given}", cwd=clone)
    assert answer.returncode == 0, answer.stderr
    assert (clone / "arguments").read_text().splitlines() == [
        "scripts/train.py",
        "competition=toxic",
        *passed,
    ]


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
