"""Samples and history as CSV, a run as JSON or as lines of Python; and a run from JSON."""

from __future__ import annotations

import csv
import json
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

import numpy as np

from .experiment import SETTINGS, Experiment
from .fit import Fit, problem_of
from .hohmann import FOCUS_OFFSET
from .problem import FitProblem, digest
from .samples import Samples

MAX_CHARACTERS = 1_000_000
"""Largest number of characters of a JSON text."""

SAMPLES_FILE = "orbitopt-samples.csv"
"""File name of exported samples."""


def samples_csv(fit: Fit) -> str:
    """Return the samples of a run as CSV, which `orbit_data.read_orbit` reads back exactly.

    Comment lines contain the experiment, c, and a hash by which the reader knows these samples; x and y follow, in AU.
    """
    key = digest(fit.samples, fit.problem.focus_offset)
    return f"# sha256: {key}\n" + _csv(fit, ["x (AU)", "y (AU)"], zip(*fit.samples, strict=True))


def history_csv(fit: Fit) -> str:
    """Return every update of a run as CSV.

    Comment lines contain the experiment. Row k has the parameters after k updates, and the epoch, learning rate,
    mini-batch loss and number of samples in the domain of the next update. The last row has only the final parameters.
    """
    history, (a, b) = fit.history, fit.params
    names = ["updates", "A (AU)", "B (AU)", "epoch", "learning rate", "mini-batch loss (AU^2)", "samples in domain"]
    columns = history.epoch, history.learning_rate, history.loss, history.n_in_domain
    rows = [(k, *params, *more) for k, (params, *more) in enumerate(zip(history.params, *columns, strict=True))]
    return _csv(fit, names, [*rows, (len(rows), a, b, "", "", "", "")])


def _csv(fit: Fit, names: Sequence[str], rows: Iterable[Iterable[Any]]) -> str:
    file = StringIO()
    file.write(f"# experiment: {json.dumps(asdict(fit.experiment))}\n# c (AU): {fit.problem.focus_offset}\n")
    if fit.problem.own:
        file.write(f"# {' '.join(fit.problem.source.split())}\n")
    if fit.problem.warning:
        file.write(f"# warning: {fit.problem.warning}\n")
    # Python numbers have the shortest text that reads back as the same number.
    plain = ([cell.item() if isinstance(cell, np.generic) else cell for cell in row] for row in rows)
    csv.writer(file, lineterminator="\n").writerows([names, *plain])
    return file.getvalue()


def run_json(fit: Fit) -> str:
    """Return a run as JSON, from which `run_from_json` restores it exactly: all fields of the experiment.

    User-supplied samples are under "samples": `file`, `sha256` (the first 16 digits), `focus_offset`, `x` and `y`
    in AU, and perhaps `warning` and `notes`.
    """
    fields = asdict(fit.experiment)
    if fit.problem.own:
        columns = {axis: column.tolist() for axis, column in fit.samples._asdict().items()}
        problem = fit.problem
        origin = {"file": problem.name, "sha256": problem.key[-1], "focus_offset": problem.focus_offset}
        origin |= {name: text for name, text in (("warning", problem.warning), ("notes", problem.notes)) if text}
        fields["samples"] = origin | columns
    return json.dumps(fields, indent=2) + "\n"


def run_from_json(text: str) -> tuple[Experiment, FitProblem]:
    """Read the arguments of `fit.run` from JSON: an object with fields of `Experiment`, and perhaps "samples".

    Missing fields have their defaults.

    Raises
    ------
    TypeError
        If `text` is not a str.
    ValueError
        If it is not JSON, or not an object with fields of an experiment, or one of them is out of range, or the samples
        are not numbers, differ in length, or do not have the hash.

    Examples
    --------
    >>> experiment, problem = run_from_json('{"optimizer": "sgd", "learning_rate": 0.01}')
    >>> experiment.learning_rate, problem.own
    (0.01, False)
    >>> run_from_json('{"rate": 0.01}')
    Traceback (most recent call last):
        ...
    ValueError: rate is not a field of an experiment
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str of JSON, got {reprlib.repr(text)}")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a run must have at most {MAX_CHARACTERS:,} characters, got {len(text):,}")
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except json.JSONDecodeError as fault:
        raise ValueError(f"line {fault.lineno}: not JSON: {fault.msg}") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON that can be read") from None
    if not text.lstrip().startswith("{"):
        raise ValueError("a run must be a JSON object, {...}")
    for k, (name, _) in enumerate(pairs):
        if name not in (*SETTINGS, "samples"):
            raise ValueError(f"{name} is not a field of an experiment")
        if name in dict(pairs[:k]):
            raise ValueError(f"{name} must appear only once")
    fields = dict(pairs)
    problem = _own_problem(fields.pop("samples")) if "samples" in fields else None
    experiment = Experiment(**fields)
    return experiment, problem_of(experiment, problem)


def _own_problem(pairs: Any) -> FitProblem:
    """Return the problem of the samples in JSON."""
    try:
        parts = dict(pairs)
        numbers = all(type(number) in (int, float) for axis in "xy" for number in parts[axis])
        samples = Samples(*(np.array(parts[axis], float) for axis in "xy"))
        texts = {"name": "file", "warning": "warning", "notes": "notes"}
        problem = FitProblem.of(
            samples,
            focus_offset=parts.get("focus_offset", FOCUS_OFFSET),
            **{name: str(parts.get(key, "")) for name, key in texts.items()},
        )
        if not numbers or parts.get("sha256", problem.key[-1]) != problem.key[-1]:
            raise ValueError("they are not those that were exported")
    except (KeyError, TypeError, ValueError, OverflowError) as fault:
        raise ValueError(f"samples must have x and y, two lists of numbers of equal length: {fault}") from None
    return problem


def python_lines(experiment: Experiment, own_samples: bool = False) -> str:
    """Return five lines of Python that reproduce a run.

    Parameters
    ----------
    experiment
        The lines contain the fields that differ from `Experiment(optimizer)`.
    own_samples
        True to read the samples from SAMPLES_FILE.

    Examples
    --------
    >>> print(python_lines(Experiment("sgd", learning_rate=0.01)))
    import orbitopt as oo
    experiment = oo.Experiment(optimizer='sgd', learning_rate=0.01)
    fit = oo.run(experiment)
    print(f"A = {fit.a:.4f} AU, B = {fit.b:.4f} AU, loss = {fit.loss:.3g} AU²")
    print(fit.message)
    """
    plain = asdict(Experiment(experiment.optimizer)) | {"optimizer": None}
    chosen = {name: value for name, value in asdict(experiment).items() if value != plain[name]}
    imports, problem = "import orbitopt as oo", ""
    if own_samples:
        imports = "import pathlib, orbitopt as oo"
        problem = f', oo.read_orbit(pathlib.Path("{SAMPLES_FILE}").read_bytes()).problem()'
    return "\n".join([
        imports,
        f"experiment = oo.Experiment({', '.join(f'{name}={value!r}' for name, value in chosen.items())})",
        f"fit = oo.run(experiment{problem})",
        'print(f"A = {fit.a:.4f} AU, B = {fit.b:.4f} AU, loss = {fit.loss:.3g} AU²")',
        "print(fit.message)",
    ])
