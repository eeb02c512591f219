"""What the page shows, in words: read-outs, and a sentence for every picture, which is its alternative text too."""

import re

import numpy as np

from . import hohmann
from .experiment import FIELDS
from .landscape import noise_floor

NAMES = FIELDS["optimizer"].choices
"""What the optimizers are called."""


def axis(length):
    """A semi-axis, AU."""
    return f"{length:.4f} AU" if length < 100 else f"{length:,.0f} AU"


def distance(kilometres):
    """A signed distance, given in km: in km, or from a tenth of an AU on in AU."""
    far = kilometres / hohmann.ASTRONOMICAL_UNIT
    return (f"{kilometres:,.0f} km" if abs(far) < 0.1 else f"{far:,.2f} AU").replace("-", "−")


def flight(a):
    """What flying an ellipse with the semi-major axis `a` would take."""
    if a <= hohmann.FOCUS_OFFSET:
        return "The fitted ellipse does not go around the Sun."
    fitted = hohmann.transfer(a)
    return (
        "How far the fitted aphelion lies beyond Mars's orbit. Flown as fitted, the way out takes "
        f"{fitted.days:.1f} days, with burns of {fitted.launch_burn:.2f} and {fitted.arrival_burn:.2f} km/s, and Mars "
        f"must be {fitted.lead_angle:.1f}° ahead at launch."
    )


def introduction(experiment):
    """What the page is about."""
    return (
        f"It walks downhill. Here {NAMES[experiment.optimizer]} fits A and B, the semi-axes of a flight from Earth to "
        f"Mars, to {experiment.n_samples:,} noisy measurements of it."
    )


def readouts(run):
    """Label, value and explanation of every number that is read first."""
    floor = noise_floor(run.experiment.noise_scale)
    return [
        (f"A · truth {hohmann.SEMI_MAJOR_AXIS:.4f}", axis(run.a), None),
        (f"B · truth {hohmann.SEMI_MINOR_AXIS:.4f}", axis(run.b), None),
        (f"Loss · floor {floor:.3g}", f"{run.loss:.3g}", None),
        ("Miss at Mars", distance(hohmann.miss_at_mars(run.a)), flight(run.a)),
    ]


def summary(run):
    """What distinguishes a run, and what came of it."""
    experiment = run.experiment
    return (
        f"{NAMES[experiment.optimizer]}, α = {experiment.learning_rate:g}, batches of {experiment.batch_size}. "
        f"A {axis(run.a)}, B {axis(run.b)}, loss {run.loss:.3g}, miss at Mars {distance(hohmann.miss_at_mars(run.a))}. "
        f"{run.outcome.value.capitalize()}."
    )


def readable(text, most=24):
    """A text from a link with nothing in it that could be taken for markup or for an address."""
    plain = "".join(letter if letter.isalnum() or letter in "+-., ()[]=" else "·" for letter in text[:most])
    return re.sub(r"(?<=])\(|(?<=www)\.", "·", plain, flags=re.IGNORECASE)


def orbits_message(run):
    """Where the fitted ellipse goes, in one sentence."""
    miss = hohmann.miss_at_mars(run.a)
    share = abs(miss) / (hohmann.MARS_ORBIT * hohmann.ASTRONOMICAL_UNIT)
    if share > 1.0:
        return f"The fitted ellipse goes nowhere near Mars's orbit; updates: {run.updates:,}."
    way = "beyond" if miss > 0.0 else "short of"
    return f"The fit ends {abs(miss):,.0f} km ({share:.2%}) {way} Mars's orbit; updates: {run.updates:,}."


def loss_message(run):
    """What became of the loss, in one sentence."""
    start, level = run.rows["full_loss"][0], noise_floor(run.experiment.noise_scale)
    against = f", {run.loss / level:,.3g} times the noise floor" if level else ""
    return f"The loss {'fell' if run.loss < start else 'rose'} from {start:.3g} to {run.loss:.3g}{against}."


def search_message(run):
    """Where the path went, in one sentence."""
    away = float(np.linalg.norm(np.abs(run.params) - run.optimum[:2]))
    start = f"A = {run.experiment.start_a:g}, B = {run.experiment.start_b:g}"
    mirrored = "the mirror image of " if run.params[0] < 0.0 else ""
    return f"From {start} the path ends {away:.2g} AU from {mirrored}the exact optimum."


def run_messages(run):
    """What the three pictures of a run show."""
    return orbits_message(run), loss_message(run), search_message(run)


# One update.


def update_message(step, update):
    """The update that follows after so many: its mini-batch and its rate."""
    after = "the start" if step == 0 else f"{step:,} update{'s' * (step > 1)}"
    if not update.in_domain:
        return f"After {after} the next mini-batch has no sample inside the ellipse, so nothing changes."
    return (
        f"After {after} the next mini-batch has the loss {update.loss:.6g} AU², the mean over its {update.in_domain} "
        f"samples inside the ellipse. The learning rate is {update.learning_rate:.6g}."
    )


def move_message(update, k):
    """The gradient by A (k = 0) or B (k = 1), and the step that comes of it."""
    moved = update.next_params[k] - update.params[k]
    return f"has the gradient {_signed(update.gradient[k])} and moves by {_signed(moved)} AU."


def _signed(value):
    return f"{value:.6g}".replace("-", "−")


# Many runs side by side.


def ranking(runs):
    """A table of runs, the quickest to the optimum first.

    Parameters
    ----------
    runs : dict of str to ShownRun

    Returns
    -------
    dict of list
        Columns by their headings.
    """
    order = _quickest_first(runs)
    return {
        "Place": [str(place) if runs[name].reached_after is not None else "–" for place, name in enumerate(order, 1)],
        "Optimizer": order,
        "Updates to within 10 % of the least loss": [
            "not reached" if runs[name].reached_after is None else f"{runs[name].reached_after:,}" for name in order
        ],
        "How it ended": [runs[name].outcome.value for name in order],
        "α": [f"{runs[name].experiment.learning_rate:g}" for name in order],
        "A, AU": [f"{runs[name].a:.4f}" for name in order],
        "B, AU": [f"{runs[name].b:.4f}" for name in order],
        "Loss, AU²": [f"{runs[name].loss:.3g}" for name in order],
    }


def race_messages(runs, over):
    """What the three pictures of a race show, in a sentence each.

    Parameters
    ----------
    runs : dict of str to ShownRun
    over : str
        A key of PROGRESS.

    Returns
    -------
    list of str
    """
    order = _quickest_first(runs)
    first, there = runs[order[0]], [name for name in order if runs[name].reached_after is not None]
    closest = min(runs, key=lambda name: abs(hohmann.miss_at_mars(runs[name].a)))
    miss = abs(hohmann.miss_at_mars(runs[closest].a))
    if first.reached_after is None:
        quickest = "None of them comes within 10 % of the least loss."
    else:
        when = {
            "update": f"{first.reached_after:,} updates",
            "epoch": f"{first.experiment.samples_seen[first.reached_after] / first.experiment.n_samples:.3g} epochs",
            "seen": f"{first.experiment.samples_seen[first.reached_after]:,} samples",
        }[over]
        quickest = f"{order[0]} is the first within 10 % of the least loss, after {when}."
    return [
        f"{closest} comes closest to Mars's orbit in the end: within {miss:,.0f} km.",
        quickest,
        f"From one start, {len(there)} of {len(runs)} get within 10 % of the least loss, each by a path of its own.",
    ]


def _quickest_first(runs):
    return sorted(
        runs, key=lambda name: (runs[name].reached_after is None, runs[name].reached_after or 0, runs[name].loss)
    )


def size_name(key, experiment):
    """What a batch size of `studies.SIZES` is called on an experiment's samples."""
    return {"all": f"{experiment.n_samples}", "hybrid": f"32, then {experiment.n_samples}"}.get(key, key)


def sizes_message(runs):
    """What the comparison of batch sizes shows."""
    start = next(iter(runs.values())).experiment
    return (
        f"Gradient descent from A = {start.start_a:g} and B = {start.start_b:g}: the loss of mini-batches of "
        f"{'; '.join(reversed(runs))} samples over the epochs."
    )


def batch_message(name, run):
    """What the curve of one batch size shows, in one sentence.

    Parameters
    ----------
    name : str
    run : ShownRun
        With the rows of `rows_of_batches`.

    Returns
    -------
    str
    """
    experiment, losses = run.experiment, run.rows["batch_loss"]
    switched = experiment.switch_after and experiment.switch_after < run.rows["epoch"][-1]
    parts = [losses[run.rows["epoch"] < experiment.switch_after], losses[run.rows["epoch"] >= experiment.switch_after]]
    manner = " and then ".join(dict.fromkeys(map(_manner, parts))) if switched else _manner(losses)
    if run.reached_after is None:
        return f"{name}: {manner}; ends {run.outcome.value}, at the loss {run.loss:.3g}."
    epochs = experiment.samples_seen[run.reached_after] / experiment.n_samples
    return f"{name}: {manner}; within 10 % of the least loss after {epochs:.3g} epochs."


def _manner(losses):
    """How a loss goes from point to point, in words, once its first fall is over."""
    jumps = np.abs(np.diff(np.log(losses[len(losses) // 3 :])))
    factor = float(np.exp(np.nanmedian(jumps))) if np.isfinite(jumps).any() else 1.0
    return "smooth" if factor < 1.15 else f"up and down by a factor of {factor:.2g} from point to point"
