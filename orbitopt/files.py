"""What can be taken away and brought back: samples and history as CSV, an experiment as JSON or as lines of Python."""

import csv
import json
import re
from dataclasses import asdict
from io import StringIO
from math import isfinite

import numpy as np

from .experiment import FIELDS, Experiment
from .hohmann import FOCUS_OFFSET
from .landscape import LARGEST_AXIS, optimum
from .samples import Samples

MOST_BYTES = 1_000_000
"""The largest file that is read."""

SAMPLES_FILE = "orbitopt-samples.csv"
"""What a file of samples is called."""

REACH = FIELDS["start_a"].high
"""How far from the ellipse's centre a sample may lie in x and from its axis in y, AU: what A and B can hold."""

_FEWEST, _MOST = int(FIELDS["n_samples"].low), int(FIELDS["n_samples"].high)


def samples_csv(fit):
    """The samples of a run, as a CSV file that `read_samples` reads back exactly.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    str
        The experiment in comment lines, then x and y in AU.
    """
    return _csv(fit, ["x (AU)", "y (AU)"], zip(*fit.samples, strict=True))


def history_csv(fit):
    """Every update of a run, as a CSV file.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    str
        The experiment in comment lines; then in row k the parameters after k updates, and what the next update is made
        with: its epoch, learning rate, mini-batch loss and samples in the domain. The last row has only the parameters
        at the end.
    """
    history, (a, b) = fit.history, fit.params
    names = ["updates", "A (AU)", "B (AU)", "epoch", "learning rate", "mini-batch loss (AU^2)", "samples in domain"]
    columns = history.epoch, history.learning_rate, history.loss, history.n_in_domain
    rows = [(k, *params, *more) for k, (params, *more) in enumerate(zip(history.params, *columns, strict=True))]
    return _csv(fit, names, [*rows, (len(rows), a, b, "", "", "", "")])


def _csv(fit, names, rows):
    file = StringIO()
    file.write(f"# experiment: {json.dumps(asdict(fit.experiment))}\n# c (AU): {FOCUS_OFFSET}\n")
    # NumPy's numbers print shortest as their Python kin, which read back as the same number.
    plain = ([cell.item() if isinstance(cell, np.generic) else cell for cell in row] for row in rows)
    csv.writer(file, lineterminator="\n").writerows([names, *plain])
    return file.getvalue()


def experiment_json(experiment):
    """An experiment with all its fields, as JSON that `experiment_from_json` reads back exactly.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    str
    """
    return json.dumps(asdict(experiment), indent=2) + "\n"


def experiment_from_json(text):
    """The experiment of a JSON text: the same run, bit for bit.

    Parameters
    ----------
    text : str
        An object of fields of `Experiment`; those left out are as in `Experiment()`.

    Returns
    -------
    Experiment

    Raises
    ------
    ValueError
        If it is not JSON, or not an object of an experiment's fields, or one of them is out of its bounds.

    Examples
    --------
    >>> experiment_from_json('{"optimizer": "sgd", "learning_rate": 0.01}').learning_rate
    0.01
    >>> experiment_from_json('{"rate": 0.01}')
    Traceback (most recent call last):
        ...
    ValueError: rate is not a field of an experiment
    """
    if len(text) > MOST_BYTES:
        raise ValueError(f"an experiment must have at most {MOST_BYTES:,} characters, got {len(text):,}")
    try:
        pairs = json.loads(text, object_pairs_hook=list)
    except json.JSONDecodeError as fault:
        raise ValueError(f"line {fault.lineno}: not JSON: {fault.msg}") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON that can be read") from None
    if not text.lstrip().startswith("{"):
        raise ValueError("an experiment must be a JSON object, {...}")
    for k, (name, _) in enumerate(pairs):
        if name not in FIELDS:
            raise ValueError(f"{name} is not a field of an experiment")
        if name in dict(pairs[:k]):
            raise ValueError(f"{name} must stand there once")
    return Experiment(**dict(pairs))


def read_samples(data):
    """Samples from a CSV file, to be fitted with c fixed at FOCUS_OFFSET.

    The file is UTF-8 text with a header that names the columns x and y, in either order, with a unit in brackets or
    without, and separated by commas, semicolons or tabs; numbers have a decimal point. Other columns are ignored, and
    so are empty lines and those that begin with #.

    Parameters
    ----------
    data : bytes
        At most MOST_BYTES.

    Returns
    -------
    Samples
        x and y, AU, in the order of the file.

    Raises
    ------
    ValueError
        With the first line at fault, if the file is too large, not text, not such a table, or has a cell that is not a
        finite number; if there are not 16 to 4096 samples; if one has |x + c| or |y| not below REACH; or if no ellipse
        is the best fit, since all samples have the same |x + c|, or lie below the axis on the whole.

    Examples
    --------
    >>> read_samples(b"x (AU),y (AU)\\n0.1,1.2\\n0.2,far\\n")
    Traceback (most recent call last):
        ...
    ValueError: line 3: y must be a number, got 'far'
    """
    rows = _rows(_text(data))
    first, header = next(rows, (1, []))
    names = [re.split(r"[(\[]", name)[0].strip().lower() for name in header]
    for name in "xy":
        if names.count(name) != 1:
            raise ValueError(f"line {first}: the header must name one column {name}, got {names.count(name)} of them")
    x, y = names.index("x"), names.index("y")
    cells = []
    for line, row in rows:
        if len(row) != len(names):
            raise ValueError(f"line {line}: there must be {len(names)} cells, as in the header, got {len(row)}")
        cells.append((_number(line, "x", row[x], FOCUS_OFFSET), _number(line, "y", row[y])))
        if len(cells) > _MOST:
            raise ValueError(f"line {line}: there must be at most {_MOST} samples, and this is one more")
    if len(cells) < _FEWEST:
        raise ValueError(f"there must be at least {_FEWEST} samples, got {len(cells)}")
    samples = Samples(*np.array(cells).T.copy())
    if np.ptp(np.abs(samples.x + FOCUS_OFFSET)) == 0.0:
        raise ValueError("all samples are equally far from the ellipse's centre in x, so A and B cannot be told apart")
    best = optimum(samples)
    if not best.a < 0.999 * LARGEST_AXIS:
        raise ValueError("the samples do not bend as an ellipse around this centre does, so no A is the best")
    if not best.b > 0.0:
        raise ValueError("the samples must lie above the x axis on the whole, as the upper half of an ellipse does")
    return samples


def _text(data):
    if len(data) > MOST_BYTES:
        raise ValueError(f"the file must have at most {MOST_BYTES:,} bytes, got {len(data):,}")
    if b"\0" in data:
        raise ValueError(f"line {data[: data.index(0)].count(10) + 1}: the file is not text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError(f"line {data[: fault.start].count(10) + 1}: the file is not text in UTF-8") from None


def _rows(text):
    """The number and the cells of every line that has any."""
    separator = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            separator = separator or max(",;\t", key=line.count)
            try:
                (cells,) = csv.reader([line], delimiter=separator, strict=True)
            except csv.Error as fault:
                raise ValueError(f"line {number}: {fault}") from None
            yield number, [cell.strip() for cell in cells]


def _number(line, name, cell, offset=0.0):
    """The number in a cell, if it can be a sample's."""
    try:
        number = float(cell if cell.isascii() and "_" not in cell else "")  # float() would take more than numbers
    except ValueError:
        fault = f"must be a number, got {cell[:24]!r}" if cell else "is missing"
        raise ValueError(f"line {line}: {name} {fault}") from None
    if not isfinite(number):
        raise ValueError(f"line {line}: {name} must be finite, got {cell[:24]!r}")
    if not abs(number + offset) < REACH:
        bounds = f"({-REACH - offset:g}, {REACH - offset:g})"
        raise ValueError(f"line {line}: {name} must lie in {bounds}, got {number:g}")
    return number


def notebook_lines(experiment, own_samples=False):
    """Lines of Python that reproduce a run.

    Parameters
    ----------
    experiment : Experiment
    own_samples : bool
        Whether it was run on samples of one's own: then they are read from SAMPLES_FILE.

    Returns
    -------
    str
        Five lines, with the fields that are not as in `Experiment(optimizer)`.

    Examples
    --------
    >>> print(notebook_lines(Experiment("sgd", learning_rate=0.01)))
    import orbitopt as oo
    experiment = oo.Experiment(optimizer='sgd', learning_rate=0.01)
    fit = oo.run(experiment)
    print(f"A = {fit.a:.4f} AU, B = {fit.b:.4f} AU, loss = {fit.loss:.3g} AU²")
    print(fit.message)
    """
    plain = asdict(Experiment(experiment.optimizer)) | {"optimizer": None}
    chosen = {name: value for name, value in asdict(experiment).items() if value != plain[name]}
    samples = f', files.read_samples(pathlib.Path("{SAMPLES_FILE}").read_bytes())' if own_samples else ""
    return "\n".join([
        "import pathlib, orbitopt as oo, orbitopt.files as files" if own_samples else "import orbitopt as oo",
        f"experiment = oo.Experiment({', '.join(f'{name}={value!r}' for name, value in chosen.items())})",
        f"fit = oo.run(experiment{samples})",
        'print(f"A = {fit.a:.4f} AU, B = {fit.b:.4f} AU, loss = {fit.loss:.3g} AU²")',
        "print(fit.message)",
    ])
