import json

import numpy as np
import pytest
from helpers.blend_cases import TASKS_AND_METRICS, blend_case, every_kind
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.ensembling import Fit, combine, fit, fit_from, methods_for, read_fit, write_fit
from regard.errors import ArtefactError

MEMBERS = ["linear-1234", "lstm_attention-0abc"]
STACK = Fit("stacker", np.array([[0.1], [0.2]]), np.array([0.3]))
RANKS = Fit("rank_mean", np.array([0.5, 0.5]), references=np.array([[[0, 0.2, 1]], [[0, 0.6, 1]]]))


def equal(first: Fit, second: Fit) -> bool:
    names = ("weights", "intercepts", "references")
    pairs = [(getattr(first, name), getattr(second, name)) for name in names]
    return first.method == second.method and all(
        (one is None and other is None) or one.tobytes() == other.tobytes() for one, other in pairs
    )


def test_the_file_can_be_read_by_people(tmp_path):
    write_fit(tmp_path, Fit("mean", np.array([0.5, 0.5])), MEMBERS)
    assert (tmp_path / "blend.json").read_text().splitlines() == [
        "{",
        '  "members": ["linear-1234", "lstm_attention-0abc"],',
        '  "method": "mean",',
        '  "weights": [0.5, 0.5],',
        '  "intercepts": null,',
        '  "references": null',
        "}",
    ]


@every_kind
def test_a_fit_that_was_stored_combines_to_the_same_bytes(kind, tmp_path):
    members, objective, _ = blend_case(kind)
    task = objective.task
    names = [f"run-{index}" for index in range(len(members))]
    for method in methods_for(objective.metric, task):
        fitted = fit(method, members, objective)
        write_fit(tmp_path, fitted, names)
        found, found_names = read_fit(tmp_path, n_outputs=task.n_outputs)
        assert found_names == names
        assert equal(found, fitted)
        expected = combine(fitted, members, task)
        assert combine(found, members, task).tobytes() == expected.tobytes()


@given(
    weights=arrays(np.float64, (3, 2), elements=st.floats(allow_nan=False, allow_infinity=False)),
    intercepts=arrays(np.float64, 2, elements=st.floats(allow_nan=False, allow_infinity=False)),
)
@settings(max_examples=30, deadline=None)
def test_every_number_is_the_same_bit_for_bit(weights, intercepts):
    fitted = Fit("stacker", weights, intercepts)
    assert equal(fit_from(json.loads(json.dumps(fitted.to_dict()))), fitted)


@pytest.mark.parametrize(
    ("fitted", "change", "message"),
    [
        (STACK, {"weights": [[0.1], [float("nan")]]}, "weights are not all finite"),
        (STACK, {"weights": [[0.1], [float("inf")]]}, "weights are not all finite"),
        (STACK, {"weights": [[0.1], [0.1, 0.2]]}, "weights are lists of different lengths"),
        (STACK, {"weights": [["0.1"], ["0.2"]]}, "weights are not all finite"),
        (STACK, {"weights": [[True], [False]]}, "weights are not all finite"),
        (STACK, {"weights": [[10**400], [1]]}, "weights are not all finite"),
        (STACK, {"weights": [[0.1]]}, "weights are of 1 members, not of 2"),
        (STACK, {"weights": 0.1}, "weights have 0 axes, not 2: members, outputs"),
        (STACK, {"weights": {"a": 1}}, "weights are not all finite"),
        (STACK, {"weights": None}, "the method stacker needs weights, which are missing"),
        (STACK, {"intercepts": [0.1, 0.2]}, "intercepts are of 2 outputs, not of 1"),
        (STACK, {"intercepts": None}, "the method stacker needs intercepts"),
        (STACK, {"method": "pickle"}, "there is no method 'pickle' .there are: mean, rank_mean"),
        (STACK, {"method": ["mean"]}, "there is no method"),
        (RANKS, {"references": None}, "the method rank_mean needs references"),
        (RANKS, {"references": [[[0, 1]]]}, "references are of 1 members, not of 2"),
        (RANKS, {"references": [[[]], [[]]]}, "references do not go from 0 to 1"),
        (RANKS, {"references": [[[0, 1]], [[0, 2]]]}, "references do not go from 0 to 1"),
        (RANKS, {"references": [[[0, 0.5, 0.4, 1]]] * 2}, "references fall"),
        (RANKS, {"members": []}, "it names no members"),
        (RANKS, {"members": "ab"}, "it names no members"),
        (RANKS, {"members": ["a", "a"]}, "it names a member twice"),
        (RANKS, {"members": ["a", 3]}, "3 is not the name of a run"),
    ],
)
def test_damaged_content_is_one_line(fitted, change, message, tmp_path):
    values = {"members": MEMBERS, **fitted.to_dict(), **change}
    (tmp_path / "blend.json").write_text(json.dumps(values))
    with pytest.raises(ArtefactError, match=rf"blend\.json is not the fit .*{message}"):
        read_fit(tmp_path)


@pytest.mark.parametrize(
    "name", ["../other", "/etc", "a/b", "a\\b", "C:x", "..", ".hidden", "", "a\nb", "a\0b"]
)
def test_a_member_that_leads_elsewhere_is_refused(name, tmp_path):
    write_fit(tmp_path, STACK, ["a", name])
    with pytest.raises(ArtefactError, match="is not the name of a run"):
        read_fit(tmp_path)


@pytest.mark.parametrize("content", [None, "", "{", "[]", "3", '"x"'])
def test_a_broken_file_is_one_line(content, tmp_path):
    if content is not None:
        (tmp_path / "blend.json").write_text(content)
    with pytest.raises(ArtefactError, match=r"blend\.json"):
        read_fit(tmp_path)


def test_the_outputs_must_be_those_of_the_task(tmp_path):
    write_fit(tmp_path, STACK, MEMBERS)
    n_outputs = TASKS_AND_METRICS["multi_class"][0].n_outputs
    with pytest.raises(ArtefactError, match="weights are of 1 outputs, not of 3"):
        read_fit(tmp_path, n_outputs=n_outputs)
