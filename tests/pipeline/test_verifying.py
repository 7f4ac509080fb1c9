import logging

import pytest
from helpers.damage import DAMAGES, files_in, without_lists

from regard.artefacts import MANIFEST
from regard.errors import ArtefactError, ConfigError
from regard.pipeline import make
from regard.pipeline.verifying import verify

# Written again with the report or the leaderboard; the doubted labels are there to be edited.
UNLISTED = ("leaderboard.csv", "leaderboard.html", "likely_wrong_labels.csv", "made_by.json")


def test_untouched_outputs_are_as_they_were_written(quick, caplog):
    run = make(quick(), "report")
    with caplog.at_level(logging.INFO):
        verify(run.config)
        verify(run.config, run.name)
    assert sum("are as they were written" in line for line in caplog.messages) == 2
    assert not any("earlier version" in line for line in caplog.messages)


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damaged_file_is_found(damage, quick, caplog):
    run = make(quick(), "report")
    home = run.competition_folder
    for path in files_in(home):
        if path.name in UNLISTED or (damage == "deleted" and path.name == "sums.json"):
            continue
        whole = (home / path).read_bytes()
        DAMAGES[damage](home / path)
        caplog.clear()
        with pytest.raises(ArtefactError, match=r"files of .* are damaged"):
            verify(run.config)
        assert any(str(path) in line for line in caplog.messages), path
        assert all("\n" not in line for line in caplog.messages)
        (home / path).write_bytes(whole)
    verify(run.config)


def test_only_the_folders_of_a_run_are_verified(quick):
    first = make(quick(), "report")
    second = make(quick("seed=9"), "report")
    DAMAGES["bit"](second.folder / "oof.csv")
    verify(first.config, first.name)
    with pytest.raises(ArtefactError, match="1 files"):
        verify(first.config, second.name)
    DAMAGES["bit"](first.folders["folds"] / "folds.npy")  # that both share
    with pytest.raises(ArtefactError, match="1 files"):
        verify(first.config, first.name)


def test_folders_of_earlier_versions_are_counted(quick, caplog):
    run = make(quick(), "folds")
    without_lists(run.competition_folder)
    with caplog.at_level(logging.INFO):
        verify(run.config)
    assert "verify: 4 folders of an earlier version list no hashes" in caplog.text


def test_folder_without_a_manifest_is_named(quick, caplog):
    run = make(quick(), "folds")
    (run.folders["folds"] / MANIFEST).unlink()
    with pytest.raises(ArtefactError, match="1 files"):
        verify(run.config)
    assert f"{run.folders['folds'] / MANIFEST}: is missing" in caplog.text


def test_nothing_to_verify_is_one_line(quick):
    with pytest.raises(ConfigError, match="nothing to verify; train first"):
        verify(quick())
