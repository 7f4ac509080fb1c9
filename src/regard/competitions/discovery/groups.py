"""Guess the column whose rows must share a fold."""

from collections.abc import Sequence

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.profiles import ColumnProfile
from regard.competitions.discovery.rendering import render_value

N_FOLDS = 5  # of folds.n_folds in conf/config.yaml
_MIN_GROUPS = 10
_MAX_GROUPS = 0.9  # in parts of the rows; with more groups, nearly every row is alone in its group


def guess_group(profiles: Sequence[ColumnProfile], categorical: Sequence[str] = ()) -> list[Guess]:
    """Guess the group column: values that train rows share and test has others of, or shared ids.

    Folds of whole groups then predict new groups, as the test file asks for.

    Args:
        profiles: the columns that are neither texts, labels nor ids of rows.
        categorical: the categorical columns of the page.
    """
    new = [profile for profile in profiles if profile.has_new_groups]
    if new:
        # Large groups often contain small ones: the essays of a prompt, those of a writer.
        chosen = min(new, key=lambda profile: profile.n_distinct)
        # Columns with as many values say the same, such as the number and the name of a prompt.
        others = [profile for profile in new if profile.n_distinct > chosen.n_distinct]
        return [_new_groups(chosen, others, categorical)]
    for profile in profiles:
        is_shared = _MIN_GROUPS <= profile.n_distinct <= _MAX_GROUPS * profile.n_filled
        if profile.is_id and is_shared and profile.role == "none" and not profile.fault:
            reason = (
                f"{profile.n_filled:,} rows share {profile.n_distinct:,} ids; rows with the same "
                "id get the same fold"
            )
            doubt = (
                f"group_column: test has the {profile.name} of train, but folds have others; if "
                "new rows will have these too, write categorical_columns: "
                f"{render_value([*categorical, profile.name])} instead of group_column"
            )
            doubt = doubt if profile.may_be_category else ""
            return [Guess("group_column", profile.name, reason, doubt)]
    return []


def _new_groups(
    chosen: ColumnProfile, others: Sequence[ColumnProfile], categorical: Sequence[str]
) -> Guess:
    """Return the guess of a column of which test has other values."""
    name = chosen.name
    reason = (
        f"{chosen.n_filled:,} rows share {chosen.n_distinct:,} values and test has others, so rows "
        "with the same value get the same fold"
    )
    doubts = []
    if chosen.n_distinct < N_FOLDS:
        doubts.append(
            f"group_column: {name} has {chosen.n_distinct} values, too few for {N_FOLDS} folds; "
            f"give check and train folds.n_folds={chosen.n_distinct}"
        )
    if not chosen.is_id:
        doubts.append(
            f"group_column: test has other values of {name} than train, so folds are made of whole "
            f"groups; if test will have the same values, write categorical_columns: "
            f"{render_value([*categorical, name])} instead of group_column"
        )
    if others:
        names = list_some(profile.name for profile in others)
        doubts.append(f"group_column: test also has other values of {names} than train")
    return Guess("group_column", name, reason, "\n".join(doubts))
