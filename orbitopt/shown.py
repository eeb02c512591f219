"""What the page shows of runs: their rows, thinned, and the columns that its pictures draw.

Columns are dicts of equally long arrays. They are short and in single precision, since they travel to every visitor.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from . import hohmann
from .contours import contours
from .experiment import Experiment
from .experiment import run as run_of
from .landscape import Optimum, noise_floor, optimum
from .palette import DASHES
from .samples import noisy_samples
from .schedules import places, updates_per_epoch
from .outcomes import Outcome

PATH_LIMIT = 4.5
"""A path is drawn as long as |A| and |B| stay below this, AU."""

SKY = 1.72
"""How far the picture of the orbits reaches from the Sun, AU."""

PROGRESS = {"update": "Update", "epoch": "Epoch", "seen": "Samples seen"}
"""What a loss curve may run over, and its name."""

LEAST_LEVEL = 1e-4
"""What contours are counted from where there is hardly any noise and so no least loss to speak of, AU^2."""

MAIN = "this run"
"""Name of the run that the page is about."""

_WHOLE = 100
_MOST_ROWS = 600
_LEVELS = [1.1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]  # of the contours, times the least loss


@dataclass(frozen=True)
class ShownRun:
    """A run, reduced to what is shown of it."""

    experiment: Experiment
    optimum: Optimum
    outcome: Outcome
    message: str
    """How it ended and what to try, in one sentence."""
    params: np.ndarray
    """A and B at the end, AU, shape (2,)."""
    loss: float
    """The clamped loss at the end, AU^2."""
    updates: int
    reached_after: int | None
    """After how many updates the loss was first within a tenth of the least possible; None if never."""
    empty_batches: int
    rows: dict
    """Columns, a row for every update shown: `update` is how many lie behind, `epoch` and `seen` the epochs and samples
    passed, `a` and `b` the parameters then, `batch_loss` the next mini-batch's loss there and `full_loss` the clamped
    loss over all samples. A loss that no logarithmic axis can show is NaN."""

    @property
    def a(self):
        """The fitted semi-major axis |A|, AU."""
        return abs(float(self.params[0]))

    @property
    def b(self):
        """The fitted semi-minor axis B, AU, with its sign: only A has a mirror image."""
        return float(self.params[1])

    @property
    def start(self):
        """A and B to start from, AU."""
        return self.experiment.start_a, self.experiment.start_b

    @property
    def path(self):
        """A and B of the rows before the path leaves the picture, shape (rows, 2)."""
        path = np.stack([self.rows["a"], self.rows["b"]], axis=1)
        gone = (np.abs(path) >= PATH_LIMIT).any(axis=1)
        return path[: int(np.argmax(gone))] if gone.any() else path


def show(fit, shown=None):
    """Reduce a run to what is shown of it.

    Parameters
    ----------
    fit : Fit
    shown : ndarray of int, optional
        After which updates, if it had as many; those of `rows_shown` if left out.

    Returns
    -------
    ShownRun
    """
    updates = len(fit.history.loss)
    shown = rows_shown(updates) if shown is None else shown[shown < updates]
    params, seen = fit.at(shown), fit.experiment.samples_seen[shown]
    rows = {
        "update": shown,
        "epoch": seen / fit.experiment.n_samples,
        "seen": seen,
        "a": params[:, 0],
        "b": params[:, 1],
        "batch_loss": _for_log_axis(np.append(fit.history.loss, np.nan)[shown]),
        "full_loss": _for_log_axis(fit.loss_at(shown)),
    }
    return ShownRun(
        experiment=fit.experiment,
        optimum=fit.optimum,
        outcome=fit.outcome,
        message=fit.message,
        params=fit.params,
        loss=fit.loss,
        updates=updates,
        reached_after=fit.reached_after,
        empty_batches=fit.empty_batches,
        rows={name: np.asarray(column, np.float32) for name, column in rows.items()},
    )


def show_run(experiment, samples=None):
    """A run of an experiment, reduced to what is shown of it; parameters as for `experiment.run`."""
    return show(run_of(experiment, samples))


def show_runs(experiments, samples=None):
    """Several runs, reduced to what is shown of them.

    Parameters
    ----------
    experiments : sequence of (str, Experiment)
        What each is called, and what it is.
    samples : Samples, optional
        As for `experiment.run`.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    dict of str to ShownRun
    """
    return (yield from _shown_runs(experiments, samples, lambda experiment: None))


def show_batches(experiments, samples=None):
    """Several runs, reduced to what the comparison of batch sizes shows of them; as `show_runs`."""
    return (yield from _shown_runs(experiments, samples, rows_of_batches))


def _shown_runs(experiments, samples, rows):
    runs = {}
    for name, experiment in experiments:
        runs[name] = show(run_of(experiment, samples), rows(experiment))
        yield len(runs) / len(experiments)
    return runs


def rows_shown(updates):
    """After which updates a run is shown: the first 100 whole, then evenly, at most 600 in all.

    Parameters
    ----------
    updates : int
        Number of updates of the run.

    Returns
    -------
    ndarray of int
        From 0 for the start to `updates` for the end.

    Examples
    --------
    >>> rows_shown(800)[[0, 99, 100, 101, -1]]
    array([  0,  99, 100, 101, 800])
    >>> len(rows_shown(60_000))
    600
    """
    if updates < _MOST_ROWS:
        return np.arange(updates + 1)
    later = np.linspace(_WHOLE, updates, _MOST_ROWS - _WHOLE).round().astype(int)
    return np.concatenate([np.arange(_WHOLE), later])


def rows_of_batches(experiment):
    """After which updates the mini-batch loss is shown in a comparison of batch sizes, thinned as the post's Figure 3.

    One in 32 where a batch is one sample and one in 2 where it is 32; otherwise at most 16 in an epoch, and 600 in all.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    ndarray of int
    """
    sizes = np.asarray(experiment.batch_sizes)
    per_epoch = updates_per_epoch(experiment.n_samples, sizes)
    every = np.array([{1: 32, 32: 2}.get(size, -(-per // 16)) for size, per in zip(sizes, per_epoch, strict=True)])
    epoch, in_epoch = places(experiment.n_samples, sizes)
    rows = np.flatnonzero(in_epoch % every[epoch] == 0)
    return rows[:: -(-len(rows) // _MOST_ROWS)]


def _for_log_axis(loss):
    return np.where(np.isfinite(loss) & (loss > 0.0), loss, np.nan)


# The columns of pictures of several runs in one view. The first run is drawn last, on top of the others.


def run_columns(runs, over="update", loss="full_loss"):
    """The paths and losses of runs, row by row.

    Parameters
    ----------
    runs : dict of str to ShownRun
    over : str
        A key of PROGRESS: what `x` is.
    loss : str
        "full_loss", and the mini-batches' of the main run beside it; or "batch_loss", and those of all.

    Returns
    -------
    dict of ndarray
        Columns of `ShownRun.rows`, with `x`, `row`, and `index` for the run's place in `runs`.
    """
    places = dict(reversed([*enumerate(runs.values())]))
    lengths = [len(run.rows["update"]) for run in places.values()]
    fields = {"x": over} | {name: name for name in ("update", "a", "b", "batch_loss", "full_loss")}
    columns = {
        column: np.concatenate([run.rows[field] for run in places.values()]) for column, field in fields.items()
    }
    noisy = np.repeat([name == MAIN or loss == "batch_loss" for name in reversed(runs)], lengths)
    return columns | {
        "batch_loss": np.where(noisy, columns["batch_loss"], np.float32(np.nan)),
        "row": np.concatenate([np.arange(length, dtype=np.float32) for length in lengths]),
        "index": np.repeat(np.array([*places], np.float32), lengths),
    }


def here_columns(runs, roles, over="update", loss="full_loss"):
    """What each run is called and looks like, where it ends, where its name is written, and the ends of the axes.

    Parameters
    ----------
    runs : dict of str to ShownRun
    roles : dict of str to str
        Of `palette.COLOURS`.
    over, loss : str
        As for `run_columns`.

    Returns
    -------
    dict of ndarray
        A row for each run: `index`, `name`, `role`, `dash`; `alone`, whether the picture is about this run; `token`, by
        which the player's word is known to be about these runs; `end_x`, `end_a`, `end_b` and `end_loss`; `label_a` and
        `label_b` on the surface and `label_x` and `label_loss` on the loss curve, NaN for a run by itself; and in every
        row the columns of `frame_columns`.
    """
    names = list(reversed(runs))
    fields = {"x": over, "a": "a", "b": "b", "loss": loss}
    dashes = [roles[name] if len(runs) > 1 and roles[name] in DASHES else "adam" for name in names]
    frame = window(runs)
    labels = [_label(k, run, len(runs), frame, over, loss) for k, run in reversed([*enumerate(runs.values())])]
    return {
        "index": np.arange(len(runs), dtype=np.float32)[::-1],
        "name": np.array(names),
        "role": np.array([roles[name] for name in names]),
        "dash": np.array(dashes),
        "token": np.repeat(token(runs, over), len(runs)),
        "alone": np.array([name == MAIN for name in names]),
        **{f"end_{name}": np.array([runs[run].rows[field][-1] for run in names]) for name, field in fields.items()},
        **dict(zip(("label_a", "label_b", "label_x", "label_loss"), np.array(labels, np.float32).T, strict=True)),
        **{name: np.repeat(end, len(runs)) for name, end in frame_columns(runs, over).items()},
    }


def _label(k, run, runs, frame, over, loss):
    """Where the name of the k-th of so many runs is written: A and B in a list, x and loss on the run's way down."""
    if runs == 1:
        return [np.nan] * 4
    (a_low, a_high), (b_low, b_high) = frame
    a, b = a_low + 0.02 * (a_high - a_low), b_low + (0.14 * (runs - k) - 0.06) * (b_high - b_low)
    # Each a little further down than the last, and over and under the line in turn, so that names do not meet.
    share = 0.25 + 0.5 * (k + 0.5) / runs
    losses = np.log(run.rows[loss])
    low = int(np.argmax(losses <= losses[0] + share * (np.nanmin(losses) - losses[0])))
    return [a, b, run.rows[over][low], run.rows[loss][low] * 1.5 ** (-1) ** k]


def frame_columns(runs, over="update"):
    """The ends of the axes: of `x`, of the `loss`, and of the window of `a` and `b`; one row."""
    losses = [run.rows[name] for run in runs.values() for name in ("batch_loss", "full_loss")]
    floors = [noise_floor(run.experiment.noise_scale) for run in runs.values()]
    losses = np.concatenate([*losses, [level for level in floors if level]])
    (a_low, a_high), (b_low, b_high) = window(runs)
    ends = {
        "x_low": 0.0,
        "x_high": max(run.rows[over][-1] for run in runs.values()),
        "loss_low": np.nanmin(losses) / 1.5,
        "loss_high": np.nanmax(losses) * 1.5,
        "a_low": a_low,
        "a_high": a_high,
        "b_low": b_low,
        "b_high": b_high,
    }
    return {name: np.array([end], np.float32) for name, end in ends.items()}


def window(runs):
    """The stretch of A and of B that holds starts, paths as far as they are drawn, and optima.

    Parameters
    ----------
    runs : dict of str to ShownRun

    Returns
    -------
    (float, float), (float, float)
        AU, in halves.
    """
    places = np.vstack([np.vstack([run.path, run.optimum[:2]]) for run in runs.values()])
    return tuple(
        (min(0.0, floor(2.0 * column.min() - 0.1) / 2.0), max(2.0, ceil(2.0 * column.max() + 0.1) / 2.0))
        for column in places.T
    )


def token(runs, over="update"):
    """A short text that stands for these runs."""
    what = [(name, run.experiment, len(run.rows["update"]), run.params.tolist()) for name, run in runs.items()]
    return hashlib.sha256(f"{what}{over}".encode()).hexdigest()[:8]


def player_data(where, runs, over="update", loss="full_loss"):
    """What the player needs to move the pictures of these runs.

    Parameters
    ----------
    where : str
        Key of the container that holds the pictures.
    runs : dict of str to ShownRun
    over, loss : str
        As for the columns.

    Returns
    -------
    dict
        `where`, `token`, and for every run its `name` and its `rows`: x, a, b, loss, update and epoch, one after the
        other in single precision, as base64.
    """
    fields = (over, "a", "b", loss, "update", "epoch")
    return {
        "where": where,
        "token": token(runs, over),
        "runs": [
            {"name": name, "rows": b64encode(np.concatenate([run.rows[field] for field in fields])).decode()}
            for name, run in runs.items()
        ],
    }


def mark_columns(start, optimum, samples=None):
    """The places marked on a surface: `a`, `b` and `place`."""
    places = {
        "start": start,
        "truth": (hohmann.SEMI_MAJOR_AXIS, hohmann.SEMI_MINOR_AXIS),
        "optimum": optimum[:2],
    }
    a, b = np.array(list(places.values()), np.float32).T
    return {"a": a, "b": b, "place": np.array(list(places))}


def sample_columns(samples):
    """The samples' `x` and `y`, AU."""
    return {name: np.asarray(column, np.float32) for name, column in samples._asdict().items()}


def show_samples(n_samples, noise_scale, seed, samples=None):
    """The columns of the samples of a seed, or of others in their place."""
    return sample_columns(samples or noisy_samples(n_samples, noise_scale, seed))


def show_surface(n_samples, noise_scale, seed, window, domain_only=False, samples=None):
    """The columns of the contours over a window on the samples of a seed, or on others in their place."""
    samples = samples or noisy_samples(n_samples, noise_scale, seed)
    return contour_columns(samples, optimum(samples).loss, *window, domain_only)


def outside_the_sky(samples):
    """How many samples lie outside the picture of the orbits."""
    return int(np.count_nonzero((np.abs(samples) > SKY).any(axis=0)))


def floor_columns(noise_scale, samples=None):
    """The noise floor's `loss`, AU^2: one row, or none without noise."""
    level = noise_floor(noise_scale)
    return {"loss": np.array([level] if level else [], np.float32)}


def contour_columns(
    samples, least_loss, a_range, b_range, domain_only=False, levels=_LEVELS, least_level=LEAST_LEVEL
):
    """The contours of the loss surface: `patch`, `level` (times the least loss), `a`, `low` and `high`.

    Parameters
    ----------
    samples : Samples
    least_loss : float
        The loss at the optimum, AU^2.
    a_range, b_range : (float, float)
        The window, AU.
    domain_only : bool
        Which loss, as in `contours.contours`.
    levels : sequence of float
        Times the least loss, ascending.
    least_level : float
        What they are multiples of where the least loss is below it, AU^2.

    Returns
    -------
    dict of ndarray
    """
    least = max(least_loss, least_level)
    patches = contours(samples, [least * level for level in reversed(levels)], a_range, b_range, domain_only)
    columns = {
        "patch": [np.full(len(a), k) for k, (_, a, _, _) in enumerate(patches)],
        "level": [np.full(len(a), level / least) for level, a, _, _ in patches],
        **{name: [patch[k] for patch in patches] for k, name in enumerate(["a", "low", "high"], start=1)},
    }
    return {name: np.concatenate(column).astype(np.float32) for name, column in columns.items()}
