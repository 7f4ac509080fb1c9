import contextlib

import pytest

from regard.config import Range
from regard.errors import ArtefactError
from regard.pipeline.tuning.space import Setting, Space
from regard.pipeline.tuning.study import JOURNAL, Study

SPACE = Space((Setting("x", Range(0.0, 1.0), 0.5),))


@pytest.fixture
def study(tmp_path):
    """A function that opens the study as another command does."""
    with contextlib.ExitStack() as opened:

        def open_study(*, greater_is_better=True):
            found = Study(tmp_path, greater_is_better=greater_is_better, seed=1)
            return opened.enter_context(contextlib.closing(found))

        yield open_study


def test_the_first_trial_has_the_defaults(study):
    assert study().take(SPACE, n_most=1) == (0, {"x": 0.5})


def test_two_commands_take_different_trials(study):
    one, two = study(), study()
    taken = [command.take(SPACE, n_most=4)[0] for command in (one, two, one, two)]
    assert taken == [0, 1, 2, 3]
    assert two.take(SPACE, n_most=4) is None


def test_a_trial_that_a_command_has_left_is_taken_with_its_settings(study):
    first = study()
    taken = [first.take(SPACE, n_most=9) for _ in range(3)]
    first.report(1, [0.5], 0.5)
    first.close()
    second = study()
    assert [second.take(SPACE, n_most=9) for _ in range(3)] == taken
    second.report(1, [0.5], 0.5)  # again, as the fold is found on the disk
    assert second.trials()[1].score == 0.5


def test_a_trial_that_is_worse_than_most_is_pruned(study):
    command = study()
    for score in (0.5, 0.6, 0.7, 0.8):
        number, _ = command.take(SPACE, n_most=None)
        assert not command.report(number, [score], score)
        command.finish(number, "complete", score)
    number, _ = command.take(SPACE, n_most=None)
    assert command.report(number, [0.6], 0.6)
    number, _ = command.take(SPACE, n_most=None)
    assert not command.report(number, [0.7], 0.7)


def test_trials_are_compared_after_as_many_folds(study):
    command = study()
    for score in (0.5, 0.6, 0.7, 0.8):
        number, _ = command.take(SPACE, n_most=None)
        command.report(number, [0.9], 0.9)
        command.report(number, [0.9, score], score)
        command.finish(number, "complete", score)
    number, _ = command.take(SPACE, n_most=None)
    assert not command.report(number, [0.95], 0.95)
    assert command.report(number, [0.95, 0.55], 0.6)


@pytest.mark.parametrize(("greater_is_better", "number"), [(True, 1), (False, 0)])
def test_the_best_trial_is_a_complete_one(greater_is_better, number, study):
    command = study(greater_is_better=greater_is_better)
    for result, score in (("complete", 0.2), ("complete", 0.4), ("pruned", None)):
        taken, _ = command.take(SPACE, n_most=None)
        command.report(taken, [0.9], 0.9)
        command.finish(taken, result, score)
    assert command.best().number == number


def test_a_line_that_a_full_disk_has_cut_is_removed(study, tmp_path):
    command = study()
    command.take(SPACE, n_most=None)
    command.close()
    whole = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(whole + b'{"op_code": 5, "wor')
    again = study()
    assert again.take(SPACE, n_most=None) == (0, {"x": 0.5})
    assert (tmp_path / JOURNAL).read_bytes().startswith(whole)


def test_a_broken_journal_is_one_line(study, tmp_path):
    (tmp_path / JOURNAL).write_text("not JSON\nnor this\n")
    with pytest.raises(ArtefactError, match=r"cannot be read .*; delete its folder to begin again"):
        study()
