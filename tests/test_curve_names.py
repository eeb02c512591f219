"""Names of curves stand by their own curves, inside the frame, and never on each other."""

from itertools import pairwise

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.curve_names import GAP, LETTER_WIDTH, place_labels
from orbitopt.traces import RunGroup, trace

HEIGHT = {"surface": 0.09, "curve": 0.12}


def boxes(places, names, height):
    """Return left, low, right and high of each name."""
    widths = LETTER_WIDTH * np.array([len(name) for name in names])
    return np.column_stack([places[:, 0], places[:, 1] - height / 2, places[:, 0] + widths, places[:, 1] + height / 2])


def assert_legible(found):
    assert (found[:, :2] >= 0.0).all() and (found[:, 2:] <= 1.0).all()
    for k, one in enumerate(found):
        for other in found[:k]:
            assert ((one[:2] >= other[2:] - 1e-5) | (one[2:] <= other[:2] + 1e-5)).any(), "two names overlap"


def distance(box, curve):
    """Return how far a box is from the nearest point of a curve."""
    return np.hypot(*np.maximum(np.maximum(box[:2] - curve, curve - box[2:]), 0.0).T).min()


def race(experiment, keys, over="update", **options):
    runs = {oo.OPTIMIZERS[key].label: trace(oo.run(oo.with_optimizer(experiment, key, **options))) for key in keys}
    return RunGroup("race", runs, {name: run.experiment.optimizer for name, run in runs.items()}, over)


def shares(group):
    """Return the boxes of the names and the curves, on the surface and on the loss curve, as shares of the frame."""
    here, frame, runs = group.here_columns, group.frame, group.traces
    result = {}
    for kind, x, y, log in (("surface", "a", "b", False), ("curve", "x", "loss", True)):
        low, high = ([frame[f"{axis}_{end}"].item() for axis in (x, y)] for end in ("low", "high"))

        def share(across, up, low=low, high=high, log=log):
            scale = np.log if log else np.asarray
            up = (scale(up) - scale(low[1])) / (scale(high[1]) - scale(low[1]))
            return np.column_stack([(np.asarray(across) - low[0]) / (high[0] - low[0]), up])

        found = boxes(share(here[f"label_{x}"], here[f"label_{y}"]), list(here["name"]), HEIGHT[kind])
        columns = {"x": group.over, "a": "a", "b": "b", "loss": "full_loss"}
        curves = [share(runs[name].rows[columns[x]], runs[name].rows[columns[y]]) for name in here["name"]]
        result[kind] = found, curves
    return result


@pytest.mark.parametrize("over", ["update", "epoch", "seen"])
def test_the_names_of_the_published_four_stand_by_their_own_curves(over):
    for found, curves in shares(race(oo.Experiment(), oo.PUBLISHED, over)).values():
        assert_legible(found)
        for k, box in enumerate(found):
            away = [distance(box, curve) for curve in curves]
            assert away[k] < 2.5 * GAP + 0.05
            assert away[k] <= min(away) + 0.025, "no other curve is nearer"


def test_the_names_of_random_races_are_legible():
    rng = np.random.default_rng(5)
    for _ in range(25):
        start = {"start_a": float(rng.uniform(0.1, 2.5)), "start_b": float(rng.uniform(0.1, 2.5))}
        experiment = oo.Experiment(**start, epochs=int(rng.integers(1, 12)), seed=int(rng.integers(99)))
        keys = rng.permutation(list(oo.OPTIMIZERS))[: rng.integers(2, 6)]
        group = race(experiment, keys, learning_rate=float(10 ** rng.uniform(-3, 0)), schedule="constant")
        for found, curves in shares(group).values():
            assert_legible(found)
            for box, curve in zip(found, curves, strict=True):
                inside = curve[np.isfinite(curve).all(axis=1) & ((curve >= 0) & (curve <= 1)).all(axis=1)]
                line = np.concatenate([np.linspace(one, other, 50) for one, other in pairwise(inside)])
                assert distance(box, line) < 0.25


def test_a_name_leaves_what_must_stay_free():
    curve = np.column_stack([np.linspace(0.1, 0.9, 50), np.full(50, 0.5)])
    free = place_labels([curve], ["SGD"], 0.1)
    obstacles = np.column_stack([np.linspace(0, 0.5, 40), np.full(40, 0.6)])
    obstacles = np.concatenate([obstacles, obstacles - [0.0, 0.2]])
    moved = place_labels([curve], ["SGD"], 0.1, obstacles)
    assert free[0, 0] < 0.5 < moved[0, 0]


def test_curves_of_one_point_or_outside_the_frame_get_a_place_too():
    curves = [np.array([[0.5, 0.5]]), np.array([[2.0, 2.0]]), np.full((3, 2), np.nan)]
    places = place_labels(curves, ["a", "b", "c"], 0.1)
    assert places.shape == (3, 2)
    assert_legible(boxes(places, ["a", "b", "c"], 0.1))
