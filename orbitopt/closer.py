"""What the closer looks draw: columns for sweeps, for the steps of a run, and for the confidence region of A and B."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from . import hohmann
from .checks import check_gradient
from .contours import region_within
from .experiment import problem, updates
from .landscape import LARGEST_AXIS, REACHED_MARGIN, confidence_bound, optimum
from .model import clamped_loss, loss_and_gradient
from .outcomes import Outcome
from .samples import noisy_samples
from .shown import contour_columns, rows_shown
from .sweeps import RATES, bands, start_axis


class Ending(NamedTuple):
    """How an outcome is drawn."""

    outcome: Outcome
    shape: str
    """Of its mark, by Vega's name."""
    glyph: str
    """The same as a character."""


ENDINGS = {
    "reached": Ending(Outcome.REACHED, "circle", "○"),
    "mirror": Ending(Outcome.MIRROR, "diamond", "◇"),
    "hovering": Ending(Outcome.HOVERING, "triangle-down", "▽"),
    "passed": Ending(Outcome.PASSED, "triangle-right", "▷"),
    "moving": Ending(Outcome.MOVING, "triangle-up", "△"),
    "no sample": Ending(Outcome.NO_SAMPLE, "square", "□"),
    "diverged": Ending(Outcome.DIVERGED, "cross", "✚"),
}
"""How each outcome is drawn, by the roles of `palette.COLOURS`."""

_END_OF = {ending.outcome: role for role, ending in ENDINGS.items()}
_WORST_LOSS = 10.0  # AU^2; what lies above it is drawn here
_ROOM_FOR_BANDS = 200.0  # how far the loss axis goes on below the least loss
_ARROWS = 24
_LONGEST_ARROW = 0.4  # of the window's height
_AROUND_REGION = 0.32  # of its width and height, on all sides
_LEAST_NOISE = 1e-18  # AU^2; a least loss below it is rounding
_NEAR_LEVELS = [1.0005, 1.001, 1.002, 1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0, 5.0]  # times the least loss


# The sweep of learning rates.


def swept_columns(swept, names):
    """The ends of a sweep, point by point: `rate`, `loss` as drawn and `true_loss`, `optimizer`, `end`, and names.

    In every row stand the ends of the loss axis too, with room for the bands below.

    Parameters
    ----------
    swept : dict of str to Ends
        By the optimizers' keys.
    names : dict of str to str
        What the optimizers are called.

    Returns
    -------
    dict of ndarray
    """
    keys = np.repeat(list(swept), len(RATES))
    outcome = np.concatenate([ends.outcome for ends in swept.values()])
    with np.errstate(over="ignore"):
        loss = np.concatenate([ends.loss for ends in swept.values()]).astype(np.float32)
    end = np.array([_END_OF[each] for each in outcome])
    return {
        "rate": np.tile(RATES, len(swept)).astype(np.float32),
        "loss": np.clip(np.nan_to_num(loss, nan=np.inf), REACHED_MARGIN, _WORST_LOSS).astype(np.float32),
        "true_loss": loss,
        "optimizer": keys,
        "role": keys,
        "dash": keys,
        "name": np.array([names[key] for key in keys]),
        "end": end,
        "ending": np.array([each.value for each in outcome]),
        "loss_low": np.full(len(keys), _least_loss(swept) / _ROOM_FOR_BANDS, np.float32),
        "loss_high": np.full(len(keys), 1.5 * _WORST_LOSS, np.float32),
    }


def band_columns(swept, names):
    """Where each optimizer reaches the optimum: stretches from `low` to `high`, those of each at a `loss` of their own.

    Parameters
    ----------
    swept, names
        As for `swept_columns`.

    Returns
    -------
    dict of ndarray
    """
    half = (RATES[1] / RATES[0]) ** 0.5
    least = _least_loss(swept)
    levels = least * _ROOM_FOR_BANDS ** ((np.arange(len(swept)) + 0.6) / (len(swept) + 1.0) - 1.0)
    rows = [
        (low / half, high * half, level, key, names[key], first == 0)
        for key, level in zip(swept, levels, strict=True)
        for first, (low, high) in enumerate(bands(swept[key]))
    ]
    columns = zip(*rows) if rows else [[]] * 6
    return {
        name: np.array(column, kind)
        for name, column, kind in zip(
            ("low", "high", "loss", "role", "name", "labelled"),
            columns,
            (np.float32, np.float32, np.float32, str, str, bool),
            strict=True,
        )
    }


def _least_loss(swept):
    return max(min(float(np.nanmin(ends.loss)) for ends in swept.values()), REACHED_MARGIN)


# The map of starts.


def cell_columns(ends, resolution):
    """The cells of a map of starts: their corners and centres, how the run from each ended, and after how many updates.

    Parameters
    ----------
    ends : Ends
        Of shape (resolution^2,).
    resolution : int

    Returns
    -------
    dict of ndarray
        `updates` is NaN where the run did not end at the optimum.
    """
    axis = start_axis(resolution)
    half = 0.5 * axis[0]
    a, b = np.repeat(axis, resolution), np.tile(axis, resolution)
    end = np.array([_END_OF[outcome] for outcome in ends.outcome])
    there = np.isin(end, ["reached", "mirror"])
    updates = np.where(there, np.maximum(ends.reached_after, 1), np.nan)
    columns = {
        "a": a, "b": b, "a_low": a - half, "a_high": a + half, "b_low": b - half, "b_high": b + half,
        "updates": updates,
        "most": np.full(len(a), max(2.0, np.nanmax(updates, initial=2.0))),
        "along": np.full(len(a), resolution),
    }
    return {name: column.astype(np.float32) for name, column in columns.items()} | {
        "end": end,
        "ending": np.array([outcome.value for outcome in ends.outcome]),
        "after": np.where(there, ends.reached_after.astype(str), "–"),
    }


# The steps of a run.


@dataclass(frozen=True)
class Steps:
    """What a run made of its gradients, at the updates that are shown of it."""

    update: np.ndarray
    """How many updates lie behind, shape (n,)."""
    params: np.ndarray
    """A and B before the update, AU, shape (n, 2)."""
    descent: np.ndarray
    """The learning rate times the negative gradient: what gradient descent would do, AU, shape (n, 2)."""
    step: np.ndarray
    """What the optimizer did, AU, shape (n, 2)."""
    effective_rate: np.ndarray | None
    """The rate of A and of B, shape (n, 2), if the optimizer has rates of their own for them."""
    sign_changes: np.ndarray
    """How often the gradient and the step changed sign from one update to the next, in A and in B, shape (2, 2)."""
    gain: np.ndarray
    """How long the steps in A and in B were on average, in learning rates times gradients, shape (2,)."""


def steps_of(experiment, samples=None):
    """Follow a run and keep its steps.

    Parameters
    ----------
    experiment : Experiment
    samples : Samples, optional
        As for `experiment.run`.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    Steps
    """
    rule = experiment.rule
    table = []
    for done, update in enumerate(updates(experiment, samples)):
        descent = [-update.learning_rate * slope for slope in update.gradient]
        rates = (
            [rule.effective_rate(state, update.learning_rate) for state in update.next_states]
            if hasattr(rule, "effective_rate") and update.n_in_domain
            else [np.nan, np.nan]
        )
        table.append([*update.params, *descent, *update.next_params, *rates])
        if done % 1000 == 999:
            yield done / experiment.updates
    table = np.array(table)
    params, descent, after, rates = (table[:, k : k + 2] for k in (0, 2, 4, 6))
    with np.errstate(over="ignore", invalid="ignore"):
        step = after - params
        signs = np.sign(np.stack([descent, step]))
        gain = np.abs(step).sum(axis=0) / np.maximum(np.abs(descent).sum(axis=0), 1e-300)
    shown = rows_shown(len(table))[:-1]  # where the player can stand; after the last update there is no step
    return Steps(
        update=shown,
        params=params[shown],
        descent=descent[shown],
        step=step[shown],
        effective_rate=rates[shown] if hasattr(rule, "effective_rate") else None,
        sign_changes=np.count_nonzero(signs[:, 1:] * signs[:, :-1] < 0, axis=1),
        gain=gain,
    )


def arrow_columns(steps, window):
    """The arrows of the steps that lie in a window.

    Parameters
    ----------
    steps : Steps
    window : (float, float), (float, float)
        Of A and of B, AU.

    Returns
    -------
    columns : dict of ndarray
        From `a`, `b` to `gradient_a`, `gradient_b` and to `step_a`, `step_b`; `chosen` are those few that always show.
    magnified : float
        How many times their length they are drawn.
    """
    low, high = np.array(window).T
    inside = ((steps.params >= low) & (steps.params <= high)).all(axis=1)
    update, params, descent, step = (
        column[inside] for column in (steps.update, steps.params, steps.descent, steps.step)
    )
    few = np.unique(np.geomspace(1, max(len(update), 1), _ARROWS).astype(int) - 1)[: len(update)]
    longest = np.abs([descent[few], step[few]]).max(initial=0.0)
    magnified = float(_LONGEST_ARROW * (high[1] - low[1]) / longest) if longest > 0.0 else 1.0
    columns = {"update": update, "a": params[:, 0], "b": params[:, 1]}
    for name, arrow in {"gradient": descent, "step": step}.items():
        tips = params + magnified * arrow
        columns |= {f"{name}_a": tips[:, 0], f"{name}_b": tips[:, 1]}
    with np.errstate(over="ignore"):
        columns = {name: column.astype(np.float32) for name, column in columns.items()}
    return columns | {
        "chosen": np.isin(np.arange(len(update)), few),
        "last": np.arange(len(update)) == len(update) - 1,
    }, magnified


def effective_columns(steps):
    """The rates of A and of B over the updates, and in every row the ends of the axes."""
    rates = steps.effective_rate.astype(np.float32)
    n = len(rates)
    columns = {
        "update": np.tile(steps.update, 2).astype(np.float32),
        "x": np.tile(steps.update, 2).astype(np.float32),
        "rate": rates.T.ravel(),
        "name": np.repeat(["A", "B"], n),
        "labelled": np.tile(np.arange(n) == n // 2, 2),
    }
    finite = rates[np.isfinite(rates) & (rates > 0)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.1, 1.0)
    ends = {"x_low": 0.0, "x_high": max(float(steps.update[-1]), 1.0), "rate_low": low / 2.0, "rate_high": high * 2.0}
    return columns | {name: np.full(2 * n, end, np.float32) for name, end in ends.items()}


# The confidence region.


@dataclass(frozen=True)
class ConfidenceRegion:
    """The 95 % confidence region of A and B: all parameters whose clamped loss is at most a bound."""

    bound: float
    """That bound, AU^2: the `confidence_bound` of the samples."""
    least_loss: float
    """The least clamped loss, AU^2."""
    half_widths: np.ndarray
    """Half of the region's extent in A and in B, AU, shape (2,)."""
    truth_inside: bool
    """Whether the region contains the true A and B."""
    region: dict
    """Columns: the region's patches, `patch`, `a`, `low` and `high`, and which row is the `topmost`."""
    contours: dict
    """Columns: the loss surface around the region."""
    frame: dict
    """Columns: the ends of the picture's axes."""

    @property
    def exists(self):
        """Whether the samples have noise, so that more than the optimum is in the region."""
        return self.least_loss > _LEAST_NOISE

    @property
    def bounded(self):
        """Whether the samples bound A and B, as far as the search for the optimum looks."""
        ends = [self.region["a"].max(), -self.region["low"].min(), self.region["high"].max()]
        return max(ends) < 0.999 * LARGEST_AXIS


def confidence_region(n_samples, noise_scale, seed, samples=None):
    """The confidence region of A and B from the samples of a seed, or from others in their place.

    Parameters
    ----------
    n_samples, noise_scale, seed
        Fields of `Experiment`.
    samples : Samples, optional

    Returns
    -------
    ConfidenceRegion
    """
    samples = samples or noisy_samples(n_samples, noise_scale, seed)
    best = optimum(samples)
    bound = confidence_bound(best, len(samples.x))
    truth = clamped_loss((hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS), *samples)
    patches = region_within(samples, bound)
    region = {"patch": np.repeat(np.arange(len(patches)), [len(a) for _, a, _, _ in patches])}
    region |= {name: np.concatenate([patch[k] for patch in patches]) for k, name in ((1, "a"), (2, "low"), (3, "high"))}
    region["topmost"] = np.arange(len(region["a"])) == np.argmax(region["high"])
    ends = np.array([(region["a"].min(), region["a"].max()), (region["low"].min(), region["high"].max())])
    window = ends + _AROUND_REGION * np.ptp(ends, axis=1, keepdims=True) * [-1.0, 1.0]
    return ConfidenceRegion(
        bound=bound,
        least_loss=best.loss,
        half_widths=np.ptp(ends, axis=1) / 2.0,
        truth_inside=bool(truth <= bound),
        region=region,
        contours=contour_columns(samples, best.loss, *window.tolist(), levels=_NEAR_LEVELS, least_level=0.0),
        frame=dict(zip(("a_low", "a_high", "b_low", "b_high"), window.reshape(4, 1))),
    )


# The two losses, and the gradient.


@dataclass(frozen=True)
class Losses:
    """Both losses of a place."""

    inside: int
    """How many samples are in the domain."""
    domain_only: float
    """The loss of Eq. 18 over them, which training sees, AU^2; infinite if there are none."""
    clamped: float
    """The loss over all samples, with the prediction 0 outside the domain, AU^2."""


def both_losses(experiment, params, samples=None):
    """Both losses of parameters, on the samples of an experiment.

    Parameters
    ----------
    experiment : Experiment
    params : array_like, shape (2,)
        A and B, AU.
    samples : Samples, optional
        As for `experiment.run`.

    Returns
    -------
    Losses
    """
    samples = problem(experiment, samples).samples
    domain_only, _, inside = loss_and_gradient(params, *samples)
    return Losses(int(inside), float(domain_only), float(clamped_loss(params, *samples)))


def gradient_checks(experiment, params, samples=None):
    """The gradient at the start and at the end of a run, checked.

    Parameters
    ----------
    experiment : Experiment
    params : array_like, shape (2,)
        A and B at its end, AU.
    samples : Samples, optional
        As for `experiment.run`.

    Returns
    -------
    dict of str to GradientCheck
    """
    samples = problem(experiment, samples).samples
    places = {"start": (experiment.start_a, experiment.start_b), "end": params}
    return {place: check_gradient(at, samples) for place, at in places.items()}
