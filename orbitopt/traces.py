"""RunTrace, a run thinned for drawing; RunGroup, the data of charts that show the same runs; and columns of charts.

Columns are arrays of equal length by name, the datasets of the charts. They are short and in single precision, because
every visitor downloads them.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Columns, Floats, Ints
from .curve_names import place_labels
from .experiment import Experiment
from .fit import Fit, run
from .jobs import JobSteps
from .landscape import Optimum, noise_floor
from .model import clamped_loss
from .outcomes import Outcome
from .palette import DASHES
from .problem import FitProblem
from .schedules import places, updates_per_epoch
from .surfaces import AxisLimits, exit_of, square_limits

PATH_LIMIT = 4.5
"""A path is drawn up to the first point where |A| or |B| reaches this, AU, or twice the optimum's if that is larger."""

PROGRESS_AXES: dict[str, str] = {"update": "Update", "epoch": "Epoch", "seen": "Samples seen"}
"""Titles of the possible x axes of a loss curve."""

MAIN = "this run"
"""Name of the main run of the page."""

_WHOLE, _MAX_ROWS, _MAX_BATCH_ROWS = 100, 1001, 600
_SPACING = 0.025  # of the side of the surface; closer dots would look like a thick line


@dataclass(frozen=True)
class RunTrace:
    """A run, reduced to the data that the page shows."""

    experiment: Experiment
    problem: FitProblem
    outcome: Outcome
    message: str
    """Outcome of the run, in one sentence."""
    params: Floats
    """A and B at the end, AU, shape (2,)."""
    loss: float
    """Clamped loss at the end, AU^2."""
    updates: int
    reached_after: int | None
    """Number of updates after which the loss was first within 10 % of the minimum; None if never."""
    empty_batches: int
    rows: dict[str, npt.NDArray[np.float32]]
    """Columns with a row for every update shown: `update`, `epoch` and `seen`, the numbers of updates, epochs and
    samples so far; the parameters `a` and `b`; and the losses at them, `batch_loss` of the next mini-batch and
    `full_loss`, the clamped loss over all samples. A loss that a logarithmic axis cannot show is NaN."""

    @property
    def optimum(self) -> Optimum:
        """Global optimum of the clamped loss on the samples."""
        return self.problem.optimum

    @property
    def a(self) -> float:
        """Fitted semi-major axis |A|, AU."""
        return abs(float(self.params[0]))

    @property
    def b(self) -> float:
        """Fitted semi-minor axis B, AU, with its sign, since only A has a mirror image."""
        return float(self.params[1])

    @property
    def start(self) -> tuple[float, float]:
        """A and B at the start, AU."""
        return self.experiment.start_a, self.experiment.start_b

    @property
    def path(self) -> npt.NDArray[np.float32]:
        """A and B of the rows before the path reaches its limit, AU, shape (rows, 2); see PATH_LIMIT."""
        limit = max(PATH_LIMIT, 2.0 * self.optimum.a, 2.0 * self.optimum.b)
        path = np.stack([self.rows["a"], self.rows["b"]], axis=1)
        outside = (np.abs(path) >= limit).any(axis=1)
        return path[: int(np.argmax(outside))] if outside.any() else path

    def spaced(self, limits: AxisLimits) -> Bools:
        """Return True for rows whose points on a surface are apart from those before and after, shape (rows,)."""
        points = np.stack([self.rows["a"], self.rows["b"]], axis=1).astype(float)
        with np.errstate(invalid="ignore", over="ignore"):
            step = np.abs(np.diff(points, axis=0)).max(axis=1)
        apart = np.concatenate([[np.inf], step, [np.inf]]) >= _SPACING * (limits[0][1] - limits[0][0])
        return np.asarray(apart[:-1] & apart[1:])


def trace(fit: Fit, rows: Ints | None = None) -> RunTrace:
    """Reduce a run to the data that the page shows.

    Parameters
    ----------
    fit
    rows
        Numbers of updates after which it is shown, besides its end; those of `rows_shown` by default.
    """
    n_updates = len(fit.history.loss)
    shown = rows_shown(n_updates) if rows is None else np.append(rows[rows < n_updates], n_updates)
    params, seen = fit.at(shown), fit.experiment.samples_seen[shown]
    columns = {
        "update": shown,
        "epoch": seen / fit.experiment.n_samples,
        "seen": seen,
        "a": params[:, 0],
        "b": params[:, 1],
        "batch_loss": _for_log_axis(np.append(fit.history.loss, np.nan)[shown]),
        "full_loss": _for_log_axis(fit.loss_at(shown)),
    }
    return RunTrace(
        experiment=fit.experiment,
        problem=fit.problem,
        outcome=fit.outcome,
        message=fit.message,
        params=fit.params,
        loss=fit.loss,
        updates=n_updates,
        reached_after=fit.reached_after,
        empty_batches=fit.empty_batches,
        rows={name: np.asarray(column, np.float32) for name, column in columns.items()},
    )


def start_trace(problem: FitProblem, experiment: Experiment) -> RunTrace:
    """Return the trace of a run that has not begun: its start alone, without running the experiment."""
    start = np.array([experiment.start_a, experiment.start_b])
    loss = clamped_loss(start, *problem.data)
    columns = dict.fromkeys(("update", "epoch", "seen"), 0.0) | {"a": start[0], "b": start[1], "batch_loss": np.nan}
    columns["full_loss"] = float(_for_log_axis(loss))
    return RunTrace(
        experiment=experiment,
        problem=problem,
        outcome=Outcome.MOVING,
        message="",
        params=start,
        loss=float(loss),
        updates=0,
        reached_after=None,
        empty_batches=0,
        rows={name: np.array([value], np.float32) for name, value in columns.items()},
    )


def trace_runs(problem: FitProblem, experiments: Iterable[tuple[str, Experiment]]) -> JobSteps[dict[str, RunTrace]]:
    """Return a job that runs named experiments on one problem and returns their traces by name."""
    return (yield from _traces(problem, experiments, batch_rows=False))


def trace_batches(problem: FitProblem, experiments: Iterable[tuple[str, Experiment]]) -> JobSteps[dict[str, RunTrace]]:
    """Return a job like `trace_runs`, with the rows of `rows_of_batches`."""
    return (yield from _traces(problem, experiments, batch_rows=True))


def _traces(
    problem: FitProblem, experiments: Iterable[tuple[str, Experiment]], batch_rows: bool
) -> JobSteps[dict[str, RunTrace]]:
    named = list(experiments)
    traces: dict[str, RunTrace] = {}
    for name, experiment in named:
        traces[name] = trace(run(experiment, problem), rows_of_batches(experiment) if batch_rows else None)
        yield len(traces) / len(named)
    return traces


def rows_shown(updates: int) -> Ints:
    """Return the numbers of updates after which a run is shown, at most 1,001.

    They are all up to 1,000; of longer runs they are 0 to 99, and then evenly spaced. The last of them is `updates`,
    the number of updates of the run.

    Examples
    --------
    >>> rows_shown(800)[[0, 99, 100, 101, -1]]
    array([  0,  99, 100, 101, 800])
    >>> len(rows_shown(60_000))
    1001
    """
    if updates < _MAX_ROWS:
        return np.arange(updates + 1)
    later = np.linspace(_WHOLE, updates, _MAX_ROWS - _WHOLE).round().astype(int)
    return np.concatenate([np.arange(_WHOLE), later])


def rows_of_batches(experiment: Experiment) -> Ints:
    """Return the numbers of updates after which a mini-batch loss is shown, thinned as in the post's Figure 3.

    They are every 32nd for batches of one sample, every second for batches of 32, and otherwise at most 16 per epoch;
    and at most 600 in all, without the end of the run.
    """
    sizes = np.asarray(experiment.batch_sizes)
    per_epoch = updates_per_epoch(experiment.n_samples, sizes)
    every = np.array([{1: 32, 32: 2}.get(size, -(-per // 16)) for size, per in zip(sizes, per_epoch, strict=True)])
    epoch, in_epoch = places(experiment.n_samples, sizes)
    rows = np.flatnonzero(in_epoch % every[epoch] == 0)
    return rows[:: -(-len(rows) // _MAX_BATCH_ROWS)]


def _for_log_axis(loss: Floats) -> Floats:
    """Replace losses that a logarithmic axis cannot show by NaN."""
    return np.where(np.isfinite(loss) & (loss > 0.0), loss, np.nan)


@dataclass(frozen=True, eq=False)
class RunGroup:
    """Runs that several charts show, and the data that these charts share. The first run is drawn on top.

    Groups with the same `token` are equal.
    """

    container: str
    """Key of the container of the charts."""
    traces: Mapping[str, RunTrace]
    """Runs by name."""
    roles: Mapping[str, str]
    """Roles of the runs in `palette.COLOURS`, by name."""
    over: str = "update"
    """Key of PROGRESS_AXES, which selects the column `x`."""
    loss: str = "full_loss"
    """Column of the loss curve: "full_loss" or "batch_loss"."""
    all_batches: bool = False
    """True to draw the mini-batch losses of all runs, and not of the main run of the page alone."""
    length: float = 0.0
    """Progress up to which the loss curve has room, even if the runs have not begun."""
    reference: bool = True
    """True to mark start, truth and optimum on the surface."""
    marks: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Further points on the surface by name: A and B, AU."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunGroup) and self.token == other.token

    def __hash__(self) -> int:
        return hash(self.token)

    @property
    def main(self) -> RunTrace:
        """First run."""
        return next(iter(self.traces.values()))

    @cached_property
    def token(self) -> str:
        """Short text that identifies these runs and their axis of progress."""
        runs = [
            (name, one.experiment, one.problem.key, len(one.rows["update"]), one.params.tolist())
            for name, one in self.traces.items()
        ]
        options = self.over, self.loss, self.all_batches, self.length, self.reference, dict(self.marks)
        return hashlib.sha256(f"{runs}{options}".encode()).hexdigest()[:8]

    @cached_property
    def axis_limits(self) -> AxisLimits:
        """Equally long limits of A and of B, AU, around starts, optima, marks, and the paths."""
        ends = [point for one in self.traces.values() for point in (one.start, one.optimum[:2])]
        return square_limits(np.array([*ends, *self.marks.values()]), self.paths)

    @property
    def paths(self) -> Floats:
        """A and B of the paths of all runs, AU, shape (rows, 2)."""
        return np.vstack([one.path for one in self.traces.values()]).astype(float)

    @cached_property
    def frame(self) -> Columns:
        """Axis limits as columns of one row: `x_low`, `x_high`, and the same for `loss`, `a` and `b`."""
        losses = [one.rows["full_loss"] for one in self.traces.values()]
        losses += [one.rows["batch_loss"] for name, one in self.traces.items() if self._shows_batches(name)]
        floors = [noise_floor(one.experiment.noise_scale) for one in self.traces.values()]
        every = np.concatenate([*losses, [level for level in floors if level]])
        a, b = self.axis_limits
        ends = {
            "x_low": 0.0,
            "x_high": max(self.length, *(float(one.rows[self.over][-1]) for one in self.traces.values())),
            "loss_low": np.nanmin(every) / 1.5,
            "loss_high": np.nanmax(every) * 1.5,
            **dict(zip(("a_low", "a_high", "b_low", "b_high"), (*a, *b), strict=True)),
        }
        return {name: np.array([end], np.float32) for name, end in ends.items()}

    @cached_property
    def run_columns(self) -> Columns:
        """Paths and losses of all runs: columns of `RunTrace.rows`, `x`, `row`, `index`, the run's position, and
        `spaced`, 1 if a row is apart from its neighbours on the surface."""
        indexed = dict(reversed([*enumerate(self.traces.values())]))
        lengths = [len(one.rows["update"]) for one in indexed.values()]
        fields = {"x": self.over} | {name: name for name in ("update", "a", "b", "batch_loss", "full_loss")}
        columns: Columns = {
            column: np.concatenate([one.rows[name] for one in indexed.values()]) for column, name in fields.items()
        }
        noisy = np.repeat([self._shows_batches(name) for name in reversed(list(self.traces))], lengths)
        return columns | {
            "batch_loss": np.where(noisy, columns["batch_loss"], np.float32(np.nan)),
            "spaced": np.concatenate([one.spaced(self.axis_limits) for one in indexed.values()]).astype(np.float32),
            "row": np.concatenate([np.arange(length, dtype=np.float32) for length in lengths]),
            "index": np.repeat(np.array([*indexed], np.float32), lengths),
        }

    @cached_property
    def here_columns(self) -> Columns:
        """Name, style, end and label of every run.

        The columns are `index`, `name`, `role`, `dash`; `alone`, true for the main run of the page; `token`; `end_x`,
        `end_a`, `end_b` and `end_loss`; the position of its label, `label_a` and `label_b` on the surface, where the
        run is at `label_at`, `label_x` and `label_loss` on the loss curve, NaN for a single run; where its path leaves
        the axis limits, `exit_x`, `exit_a`, `exit_b` and `exit_angle`, as `surfaces.Exit`, NaN if it does not;
        `offset`, c; and those of `frame`.
        """
        names, n, labels = list(reversed(list(self.traces))), len(self.traces), self._labels.astype(np.float32)
        fields = {"x": self.over, "a": "a", "b": "b", "loss": self.loss}
        dashes = [self.roles[name] if n > 1 and self.roles[name] in DASHES else "adam" for name in names]
        exits = np.array([self._exit(self.traces[name]) for name in names], np.float32)
        return {
            "index": np.arange(n, dtype=np.float32)[::-1],
            "name": np.array(names),
            "role": np.array([self.roles[name] for name in names]),
            "dash": np.array(dashes),
            "token": np.repeat(self.token, n),
            "alone": np.array([name == MAIN for name in names]),
            "offset": np.full(n, self.main.problem.focus_offset, np.float32),
            **{
                f"end_{end}": np.array([self.traces[name].rows[column][-1] for name in names])
                for end, column in fields.items()
            },
            **dict(zip(("label_a", "label_b", "label_x", "label_loss", "label_at"), labels[::-1].T, strict=True)),
            **dict(zip(("exit_x", "exit_a", "exit_b", "exit_angle"), exits.T, strict=True)),
            **{name: np.repeat(end, n) for name, end in self.frame.items()},
        }

    @property
    def names_on_surface(self) -> dict[str, tuple[float, float]]:
        """Left ends of the names of the runs on the surface, A and B, AU; none for a single run."""
        return {name: (a, b) for name, (a, b) in zip(self.traces, self._labels[:, :2].tolist()) if not np.isnan(a)}

    def _shows_batches(self, name: str) -> bool:
        return name == MAIN or self.all_batches

    def _exit(self, one: RunTrace) -> list[float]:
        """Return where a path leaves the axis limits: progress, A, B and angle."""
        left = exit_of(one.rows["a"], one.rows["b"], self.axis_limits)
        return [float(one.rows[self.over][left.row]), *left[1:]] if left else [np.nan] * 4

    @cached_property
    def _labels(self) -> Floats:
        """Places of names: A and B on the surface, x and loss on the loss curve, and x at the former, shape (n, 5)."""
        names, frame, runs = list(self.traces), self.frame, list(self.traces.values())
        if len(names) == 1 or all(one.updates == 0 for one in runs):
            return np.full((len(names), 5), np.nan)
        low, high = np.array([[float(frame[f"{axis}_{end}"][0]) for axis in "ab"] for end in ("low", "high")])
        main = self.main
        marks = np.array([main.start, main.optimum[:2], main.problem.truth or main.optimum[:2]])
        words = [(across, up) for across in (0.0, 0.07, 0.14, 0.2, 0.26) for up in (-0.09, -0.05, 0.0, 0.05, 0.09)]
        paths = [(one.path - low) / (high - low) for one in runs]
        obstacles = ((marks - low) / (high - low))[:, None] + np.array(words)
        on_surface = place_labels(paths, names, 0.09, obstacles.reshape(-1, 2))
        ends = np.array([[frame[f"{axis}_{end}"][0] for axis in ("x", "loss")] for end in ("low", "high")], float)
        (x_low, loss_low), (x_high, loss_high) = ends
        scale = np.log(loss_high / loss_low)
        across = [(one.rows[self.over] - x_low) / (x_high - x_low) for one in runs]
        up = [np.log(one.rows[self.loss] / loss_low) / scale for one in runs]
        curves = [np.column_stack(curve) for curve in zip(across, up, strict=True)]
        on_curve = place_labels(curves, names, 0.12)
        x, loss = x_low + on_curve[:, 0] * (x_high - x_low), loss_low * np.exp(on_curve[:, 1] * scale)
        nearest = [np.argmin(np.hypot(*(path - at).T)) for path, at in zip(paths, on_surface, strict=True)]
        at_x = [one.rows[self.over][row] for one, row in zip(runs, nearest, strict=True)]
        return np.column_stack([low + on_surface * (high - low), x, loss, at_x])

    @cached_property
    def player_data(self) -> dict[str, Any]:
        """Data of the player: the rows of every run, as base64 of numbers in single precision."""
        fields = (self.over, "a", "b", self.loss, "update", "epoch")
        rows = [np.concatenate([one.rows[field] for field in fields]).tobytes() for one in self.traces.values()]
        runs = [{"rows": b64encode(part).decode()} for part in rows]
        return {"where": self.container, "token": self.token, "runs": runs}


def floor_columns(noise_scale: float) -> Columns:
    """Return the `loss` of the noise floor, AU^2: one row, or none without noise."""
    return {"loss": np.array([noise_floor(noise_scale)] if noise_scale else [], np.float32)}
