"""Labels on the loss surface: inside the frame, clear of marks, paths and each other, on their contours."""

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import orbitopt as oo
from orbitopt import labels
from orbitopt.landscape import Optimum
from orbitopt.model import clamped_loss
from orbitopt.surfaces import surface_columns

WINDOW = (0.0, 2.0), (0.0, 2.0)
PROBLEMS = [oo.FitProblem.of(oo.noisy_samples(n, noise, 9999)) for n, noise in ((512, 0.1), (16, 0.5), (64, 0.0))]
NO_PATH = np.zeros((0, 2))
ALIGNED = {"left": 0.0, "center": 0.5, "right": 1.0}


def size(words, text):
    lines = words.split("\n")
    return 0.55 * text * max(map(len, lines)), text * len(lines)


def boxes_of_values(columns, limits, text):
    """Return the boxes of the values on contours, in shares of the side."""
    (a_low, a_high), (b_low, b_high) = limits
    found = []
    for k in np.flatnonzero(columns["side"] == 0):
        wide, high = size(columns["text"][k], text)
        u = (columns["a"][k] - a_low) / (a_high - a_low) - ALIGNED[columns["align"][k]] * wide
        v = (columns["b"][k] - b_low) / (b_high - b_low)
        found.append((u, v - high / 2, u + wide, v + high / 2))
    return found


def boxes_of_names(columns, limits, text):
    """Return the boxes of the names of reference points, and those around their marks."""
    (a_low, a_high), (b_low, b_high) = limits
    names, marks = [], []
    for k, words in enumerate(columns["text"]):
        u, v = (columns["a"][k] - a_low) / (a_high - a_low), (columns["b"][k] - b_low) / (b_high - b_low)
        radius = columns["radius"][k] * text / 13
        marks.append((u - radius, v - radius, u + radius, v + radius))
        if words:
            wide, high = size(words, text)
            left = u + columns["dx"][k] * text / 13 - ALIGNED[columns["align"][k]] * wide
            top = v - columns["dy"][k] * text / 13 + text / 2
            names.append((left, top - high, left + wide, top))
    return names, marks


def inside(box):
    return min(box[:2]) >= 0.0 and max(box[2:]) <= 1.0


def apart(one, other):
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@seed(1)
@settings(max_examples=60, deadline=None)
@given(
    problem=st.sampled_from(PROBLEMS),
    low=st.tuples(st.sampled_from([0.0, 0.0, -0.5, -1.5]), st.sampled_from([0.0, 0.0, -1.0])),
    side=st.sampled_from([2.0, 2.5, 3.0, 4.0]),
    start=st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)),
    text=st.sampled_from([labels.DESK_TEXT, labels.PROJECTOR_TEXT, 0.02]),
)
def test_every_label_is_inside_the_frame_and_clear_of_all_marks_and_labels(problem, low, side, start, text):
    limits = tuple((end, end + max(side, 2.0 - end)) for end in low)
    start = tuple(end[0] + share * (end[1] - end[0]) for end, share in zip(limits, start, strict=True))
    reference = labels.reference_columns(start, problem.optimum, limits, text)
    values = labels.level_columns(surface_columns(problem, limits), limits, reference, NO_PATH, text=text)
    names, marks = boxes_of_names(reference, limits, text)
    numbers = boxes_of_values(values, limits, text)
    assert all(map(inside, names + numbers))
    for k, number in enumerate(numbers):
        assert all(apart(number, other) for other in names + marks + numbers[:k])
    for k, name in enumerate(names):
        assert all(apart(name, other) for other in names[:k])
    assert [*reference["place"]] == ["start", "truth", "optimum"]


@pytest.mark.parametrize("problem", PROBLEMS[:2])
def test_a_value_stands_on_its_contour(problem):
    columns = surface_columns(problem, WINDOW)
    reference = labels.reference_columns((0.1, 1.8), problem.optimum, WINDOW)
    values = labels.level_columns(columns, WINDOW, reference, NO_PATH)
    assert len(values["text"]) >= 3
    for a, b, words, align in zip(*(values[name] for name in ("a", "b", "text", "align")), strict=True):
        level = float(words.split("×")[0].replace(",", ""))
        middle = a - (ALIGNED[align] - 0.5) * 0.58 * 2.0 * labels.DESK_TEXT * len(words)
        loss = float(clamped_loss((middle, float(b)), *problem.samples))
        near = [float(clamped_loss((middle, float(b) + off), *problem.samples)) for off in (-0.02, 0.02)]
        assert 0.99 * min(loss, *near) <= level * problem.optimum.loss <= 1.01 * max(loss, *near)


def test_the_published_surface_has_four_values_on_a_desk_and_more_on_a_large_screen():
    problem = PROBLEMS[0]
    reference = labels.reference_columns((0.1, 1.8), problem.optimum, WINDOW)
    values = labels.level_columns(surface_columns(problem, WINDOW), WINDOW, reference, NO_PATH)
    shown = dict(zip(values["text"].tolist(), values["side"].tolist(), strict=True))
    assert shown == {"1,000× the minimum": 0, "500×": 0, "100×": 0, "20×": 0, "200×": 560}
    tones = dict(zip(values["text"].tolist(), values["tone"].tolist(), strict=True))
    assert (tones["20×"], tones["100×"]) == ("pale", "ink"), "pale on deep water, and dark on what is pale"
    assert dict(zip(values["text"].tolist(), values["band"].tolist(), strict=True))["20×"] == 8
    assert (values["align"] == "right").sum() == 4, "they end at the frame"


def test_values_outside_the_window_are_not_listed_and_the_unit_is_named_once():
    problem = PROBLEMS[0]
    near = (1.0, 1.5), (1.0, 1.5)
    reference = labels.reference_columns((0.1, 1.8), problem.optimum, near)
    values = labels.level_columns(surface_columns(problem, near), near, reference, NO_PATH, unit="10⁻⁴ AU²")
    levels = [float(words.split("×")[0].replace(",", "")) for words in values["text"]]
    corners = [clamped_loss((a, b), *problem.samples) / problem.optimum.loss for a in near[0] for b in near[1]]
    assert levels and max(levels) < max(corners)
    assert sum("10⁻⁴ AU²" in words for words in values["text"]) == 1
    assert reference["text"].tolist()[0] == "", "the start is outside"


def test_values_keep_clear_of_a_path_and_of_the_names_in_the_corner():
    problem = PROBLEMS[0]
    columns = surface_columns(problem, WINDOW)
    reference = labels.reference_columns((0.1, 1.8), problem.optimum, WINDOW)
    first = labels.level_columns(columns, WINDOW, reference, NO_PATH)
    along = np.stack([np.full(400, 1.95), np.linspace(0.0, 2.0, 400)], axis=1)
    second = labels.level_columns(columns, WINDOW, reference, along)
    assert (first["a"].max(), second["a"].max()) == (pytest.approx(1.976), pytest.approx(1.85, abs=0.05))
    for left, _, right, _ in boxes_of_values(second, WINDOW, labels.DESK_TEXT):
        assert not left < 0.975 < right
    cornered = labels.level_columns(columns, WINDOW, reference, NO_PATH, key=(30, 4))
    corner = (0.0, 0.0, 30 * 0.55 * labels.DESK_TEXT, 4 * labels.DESK_TEXT)
    assert all(apart(box, corner) for box in boxes_of_values(cornered, WINDOW, labels.DESK_TEXT))


def test_points_that_are_close_have_one_label_and_others_have_two():
    together = labels.reference_columns((0.1, 1.8), Optimum(1.27, 1.24, 1e-3), WINDOW)
    assert together["text"].tolist() == ["start", "", "optimum\n≈ truth"]
    parted = labels.reference_columns((0.1, 1.8), Optimum(1.1, 1.24, 1e-3), WINDOW)
    assert parted["text"].tolist() == ["start", "truth", "optimum"]
    started = labels.reference_columns((1.26, 1.23), Optimum(1.27, 1.24, 1e-3), WINDOW)
    assert started["text"].tolist() == ["", "", "optimum\n≈ truth\n≈ start"]
    assert started["radius"][0] > started["radius"][1] > started["radius"][2], "rings around the star"
    at_truth = labels.reference_columns((1.26, 1.23), Optimum(1.1, 1.24, 1e-3), WINDOW)
    assert at_truth["text"].tolist() == ["", "truth\n≈ start", "optimum"]
    closer = labels.reference_columns((0.1, 1.8), Optimum(1.27, 1.24, 1e-3), ((1.2, 1.3), (1.2, 1.3)))
    assert closer["text"].tolist() == ["", "truth", "optimum"], "what is close depends on the window"
