"""The command line: `regard <command> settings...`; `regard --help` lists the commands.

`main` lets Hydra compose the settings and call the function of the command. Modules that take long
to import are imported when a command needs them.
"""

import contextlib
import importlib
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from regard import __version__
from regard.errors import ConfigError, did_you_mean, file_error, is_mistake, mistake_line
from regard.parallel.pipes import PipeHandler, log_to_stdout, whole_output
from regard.runs.sweeps import note_run, sweep_notes

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Command:
    """A command of the command line.

    Attributes:
        function: `"module:name"` of the function to call with the settings.
        summary: one line for `regard --help`.
        words: names of `name=value` arguments that are not settings but arguments of the function.
        options: keyword arguments of the function.
        then: `"module:name"` of a function to call with the result.
        reads_settings: whether Hydra composes settings from the arguments; if not, the function
            gets the arguments as they are.
    """

    function: str
    summary: str
    words: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    then: str | None = None
    reads_settings: bool = True


COMMANDS = {
    "prepare": Command(
        "regard.pipeline:make",
        "clean and tokenize the texts, assign the folds",
        options={"target": "folds"},
    ),
    "embed": Command(
        "regard.pipeline:make", "make the embedding matrix", options={"target": "embed"}
    ),
    "train": Command(
        "regard.pipeline:train",
        "run all stages, from the CSV files to a submission and a report",
        then="regard.cli:_oof_score",
    ),
    "tune": Command(
        "regard.pipeline.tuning:tune",
        "search settings within tune.minutes, and write the best ones as an experiment",
    ),
    "predict": Command(
        "regard.cli:_predict",
        "predict a file by a finished run: input=<file> [run=<name>] [output=<file>] [form=all]",
        words=("run", "input", "output", "form"),
    ),
    "submit": Command(
        "regard.pipeline:remake",
        "write the submission.csv of a finished run for the test file as it is now",
        words=("run",),
        options={"target": "submit"},
    ),
    "report": Command(
        "regard.cli:_report",
        "write the report.html of a finished run, or compare it with another: [run2=<name>]",
        words=("run", "run2"),
    ),
    "blend": Command(
        "regard.cli:_blend",
        "blend the finished runs that share the best run's folds, or only runs=[name,name]",
        words=("runs",),
    ),
    "export": Command(
        "regard.pipeline.export:export_run",
        "write a run's networks as ONNX: [run=<name>] [output=<folder>] [format=onnx]",
        words=("run", "output", "format"),
    ),
    "leaderboard": Command(
        "regard.pipeline:show_leaderboard", "list the finished runs of a competition, best first"
    ),
    "verify": Command(
        "regard.pipeline.verifying:verify",
        "compare every file of a competition's outputs, or of run=<name>, with its hash",
        words=("run",),
    ),
    "reproduce": Command(
        "regard.pipeline.reproducing:reproduce",
        "train a finished run again, and tell where the result differs: [run=<name>]",
        words=("run",),
    ),
    "clean-outputs": Command(
        "regard.pipeline.cleaning:clean_outputs",
        "list interrupted runs and folders that no run uses; remove=yes removes them",
        words=("remove",),
    ),
    "explain": Command(
        "regard.pipeline.explaining:explain_text",
        "show the words that a prediction rests on: text=<text> [run=<name>] [method=auto]",
        words=("run", "text", "method"),
    ),
    "serve": Command(
        "regard.serving:serve",
        "serve a run as a page and an endpoint: run=<name> host=<address> port=<number>",
        words=("run", "host", "port"),
    ),
    "new": Command(
        "regard.cli:_new",
        "write a competition's page from its files: regard new <name> [data_dir=data]",
        reads_settings=False,
    ),
    "check": Command("regard.cli:_check", "show what the files of a competition contain"),
    "download": Command(
        "regard.competitions.kaggle:download_competition",
        "download the files of a competition from Kaggle",
    ),
    "bundle": Command(
        "regard.cli:_bundle",
        "write a run as a notebook with its models, for a code competition: [run=<name>]",
        words=("run", "output", "image", "wheels", "username", "gpu"),
    ),
    "upload": Command(
        "regard.cli:_upload",
        "upload the latest submission to Kaggle, or that of run=<name>: message=<text>",
        words=("run", "message", "bundle"),
    ),
}
_HELP = """\
regard <command> settings...

Commands:
{commands}

Settings:
  key=value    any setting, for example model.rnn.units=128
  group=page   a page of conf/, for example competition=toxic, model=text_cnn, experiment=medal

  regard train --help                            list all settings and pages
  regard train --cfg job settings...             show the settings, run nothing
  regard train --multirun seed=1,2 settings...   run once for each combination of values
"""


def main(words: Sequence[str] | None = None) -> None:
    """Run one command; exit with status 1 after a mistake of the user.

    Args:
        words: the command and its arguments; by default those of this process.
    """
    name, *arguments = (sys.argv[1:] if words is None else words) or ["--help"]
    mistakes: list[Exception] = []
    try:
        with one_line_errors(mistakes), whole_output():
            if name in ("--help", "-h", "--version"):
                sys.stdout.write(f"regard {__version__}\n" if name == "--version" else _help())
                return
            command = _command(name)
            from regard.config.project import in_project, typed_paths
            from regard.config.words import expand_args

            arguments = expand_args(arguments)

            with in_project() as here, sweep_notes() as notes:
                if here != Path.cwd():
                    arguments = typed_paths(arguments, here, by_hydra=command.reads_settings)
                if not command.reads_settings:
                    log_to_stdout()
                    _load(command.function)(arguments)
                    return
                import hydra  # takes a quarter of a second

                from regard.config import composition_errors, page_folders

                settings, values = _set_up_hydra(command, arguments)
                pages = str(page_folders()[-1])
                job = _job(command, values, mistakes, here)
                with composition_errors(settings):
                    hydra.main(version_base="1.3", config_path=pages, config_name="config")(job)()
                _log_sweep(notes)
    except KeyboardInterrupt:
        sys.exit("stopped; run the same command again to continue")
    if mistakes:
        sys.exit(1)


@contextlib.contextmanager
def one_line_errors(
    mistakes: list[Exception], *, outputs: str = "", elsewhere: str = ""
) -> Iterator[None]:
    """Print an error that the user can correct as one line and keep it; let bugs pass.

    Args:
        mistakes: the list to keep it in.
        outputs: the folder of all outputs.
        elsewhere: how to write to another place, if a file of `outputs` cannot be written.
    """
    try:
        yield
    except Exception as error:
        if not is_mistake(error):
            raise
        mistakes.append(error)
        name = getattr(file_error(error), "filename", None) or ""
        is_output = Path(name).absolute().is_relative_to(Path(outputs).absolute())
        with contextlib.suppress(OSError):  # of a standard error on a full disk
            sys.stderr.write(f"{mistake_line(error, elsewhere if is_output else '')}\n")


def split_words(words: Sequence[str], names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split `name=value` words off a command line: Hydra would read their values by its grammar.

    Example:
        ["seed=1", "message=a, b=c"], names ["run", "message"] -> ["seed=1"], {"message": "a, b=c"}
    """
    others: list[str] = []
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in names:
            values[name] = value
        else:
            others.append(word)
    return others, values


def _command(name: str) -> Command:
    if name in COMMANDS:
        return COMMANDS[name]
    if name.startswith("-") or "=" in name:
        raise ConfigError(
            f"{name}: name a command first, as in regard train {name}; regard --help lists them"
        )
    raise ConfigError(f"there is no command {name!r}; {did_you_mean(name, COMMANDS)}")


def _help() -> str:
    lines = [f"  {name:14} {command.summary}" for name, command in COMMANDS.items()]
    return _HELP.format(commands="\n".join(lines))


def _set_up_hydra(command: Command, arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Register the schema and the pages in `./conf`, and leave only Hydra's words in `sys.argv`.

    Returns:
        The settings of the command line, and the values of the command's words.
    """
    from regard.config import page_options, register_own_pages, register_schema, split_flags
    from regard.config.words import check_words, join_words, quote_values

    others, values = split_words(arguments, command.words)
    settings, flags = split_flags(join_words(others))
    check_words(settings)
    # Hydra refuses flags between settings.
    sys.argv[1:] = [*quote_values(settings, page_options()), *flags]
    # TensorFlow reads it on import, also where a command imports it in this process.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Hydra then raises its errors instead of printing them over several lines.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    register_schema()
    register_own_pages()
    return settings, values


def _job(
    command: Command, values: dict[str, str], mistakes: list[Exception], here: Path
) -> Callable[["DictConfig"], Any]:
    """Return the function that Hydra calls with the composed settings, for each job of a sweep."""
    first = [True]
    # A finished run is read, so another folder of outputs would not have it.
    elsewhere = "" if "run" in command.words else "set output_dir to a folder on another disk"
    if "output" in command.words:
        elsewhere = "name another place by output="

    def job(settings: "DictConfig") -> Any:
        from regard.config import from_hydra
        from regard.config.jobs import no_empty_folder
        from regard.parallel.terminal import command_progress
        from regard.parallel.time_limit import process_started

        # Hydra would print all overrides before an error. The other jobs of a sweep still run.
        outputs = str(settings.get("output_dir"))
        with one_line_errors(mistakes, outputs=outputs, elsewhere=elsewhere), no_empty_folder():
            log_to_stdout()
            if here != Path.cwd():
                _log.info("project folder: %s", Path.cwd())
            config = from_hydra(settings)
            with command_progress() as display:
                # The other jobs of a sweep begin where the one before them ends.
                if first:
                    display.started = process_started()
                    first.clear()
                result = _load(command.function)(config, **values, **command.options)
            return _load(command.then)(result) if command.then else None

    return job


def _log_sweep(notes: Path) -> None:
    """Log the table of a sweep, if this command was one that made runs."""
    if notes.stat().st_size:
        from regard.pipeline.sweeps import log_sweep

        log_sweep(notes)


def _load(name: str) -> Callable[..., Any]:
    """Import a function by its `"module:name"`."""
    module, _, attribute = name.partition(":")
    return cast("Callable[..., Any]", getattr(importlib.import_module(module), attribute))


def _oof_score(run: "Run") -> float:
    """Note the run for the end of a sweep, and return the score that sweepers optimize."""
    from regard.config.jobs import sweep_overrides

    if overrides := sweep_overrides():
        note_run(run.folder, overrides)
    return float(run.scores["oof_score"])


def _blend(config: "Config", runs: str = "") -> None:
    from regard.pipeline import blend_runs

    blend_runs(config, names=re.findall(r"[^\s,\[\]]+", runs))


def _report(config: "Config", run: str = "", run2: str = "") -> None:
    """Write the report of a run; with two runs, the comparison of both."""
    if run2:
        from regard.pipeline.comparing import compare_runs

        compare_runs(config, run, run2)
    else:
        from regard.pipeline import remake

        remake(config, "report", run)


def _predict(
    config: "Config", run: str = "", input: str = "", output: str = "", form: str = "submission"
) -> None:
    """Predict a file; without one, the test file of the competition."""
    from regard.pipeline import open_run, remake
    from regard.pipeline.predict_file import STANDARD, predict_file

    if output == STANDARD or (input == STANDARD and not output):
        # Standard output is for the predictions alone.
        for handler in logging.getLogger().handlers:
            if isinstance(handler, PipeHandler):
                handler.setStream(sys.stderr)
    if input:
        predict_file(open_run(config, run), input, output, form or "submission")
    elif output:
        raise ConfigError("output= needs input=: name the file of the rows to predict")
    else:
        remake(config, "submit", run)


def _check(config: "Config") -> None:
    """Describe a competition's files; a shipped data set is written first if it is missing."""
    from regard.competitions.check import check
    from regard.pipeline.source_files import ensure_files

    ensure_files(config)
    check(config)


def _new(arguments: Sequence[str]) -> None:
    """Write the page of the competition that is named."""
    if {"--help", "-h"} & set(arguments):
        sys.stdout.write(COMMANDS["new"].summary + "\n")
        return
    from regard.competitions.discovery import new_page
    from regard.config import page_folders

    names, values = split_words(arguments, ("data_dir",))
    if len(names) != 1 or names[0].startswith("-") or "=" in names[0]:
        raise ConfigError(
            f"{' '.join(arguments) or 'nothing'} was given; name one competition: "
            "regard new <name> [data_dir=data]"
        )
    data_dir = Path(values.get("data_dir", "data"))
    new_page(names[0], data_dir, Path.cwd() / "conf", shipped_dir=page_folders()[-1])


def _bundle(config: "Config", run: str = "", output: str = "", **words: str) -> None:
    """Write a bundle; without `output`, in the usual folder."""
    from regard.competitions.bundle import bundle_folder, make_bundle, read_options
    from regard.pipeline.finished import open_run
    from regard.pipeline.opening import open_member

    options = read_options(**words)
    opened = open_run(config, run)
    folder = Path(output) if output else bundle_folder(config, opened.name)
    make_bundle(config, opened, folder, options, open_member=open_member)


def _upload(config: "Config", run: str = "", message: str = "", bundle: str = "") -> None:
    from regard.competitions.kaggle import upload_run

    upload_run(config, run=run, message=message, bundle=bundle)
