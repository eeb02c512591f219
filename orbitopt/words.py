"""The page's read-outs, and the sentences beside its pictures and tables."""

import re

import numpy as np

from . import hohmann
from .closer import ENDINGS
from .experiment import FIELDS
from .formatting import above_least, count, fixed, number, percent
from .landscape import LARGEST_AXIS, REACHED_MARGIN
from .outcomes import SETTLED, Outcome
from .sweeps import bands

NAMES = FIELDS["optimizer"].choices
"""Names of the optimizers."""


def axis(length):
    """Format a semi-axis, given in AU."""
    return f"{fixed(length, 4) if abs(length) < 100.0 else number(length, 4)} AU"


def distance(kilometres):
    """Format a signed distance, given in km: in km, or in AU from a tenth of an AU on."""
    far = kilometres / hohmann.ASTRONOMICAL_UNIT
    if abs(far) < 0.1:
        return f"{fixed(kilometres, 0)} km"
    return f"{fixed(far, 2) if abs(far) < 1000.0 else number(far, 4)} AU"


def flight(a):
    """Describe the flight along an ellipse with the semi-major axis `a`, AU, if it is a transfer to Mars."""
    if a <= hohmann.FOCUS_OFFSET:
        return "The fitted ellipse does not go around the Sun."
    miss = "The distance by which the fitted aphelion lies beyond Mars's orbit."
    if abs(hohmann.miss_at_mars(a)) >= 0.1 * hohmann.ASTRONOMICAL_UNIT:
        return f"{miss} An ellipse that ends so far from Mars is no transfer, so it has no flight time or burns."
    fitted = hohmann.transfer(a)
    return (
        f"{miss} Flown as fitted, the way out takes {fitted.days:.1f} days, with burns of {fitted.launch_burn:.2f} and "
        f"{fitted.arrival_burn:.2f} km/s, and Mars must be {fitted.lead_angle:.1f}° ahead of Earth at launch."
    )


def introduction(experiment, own=False):
    """Say what the page is about, for drawn samples or for a visitor's own."""
    of = "an ellipse around the Sun" if own else "a flight from Earth to Mars"
    kind = "noisy measurements of it" if experiment.noise_scale else "points of it"
    if own:
        kind = "measurements of your own"
    return (
        f"It walks downhill. Here {NAMES[experiment.optimizer]} fits A and B, the semi-axes of {of}, "
        f"to {experiment.n_samples:,} {kind}."
    )


def readouts(run):
    """Label, value and explanation of each number above the pictures."""
    least = run.optimum.loss
    return [
        (f"A · truth {hohmann.SEMI_MAJOR_AXIS:.4f}", axis(run.a), None),
        (f"B · truth {hohmann.SEMI_MINOR_AXIS:.4f}", axis(run.b), None),
        (f"Loss · least {number(least)}", number(run.loss), f"The loss is {excess(run)} on these samples."),
        ("Miss at Mars", distance(hohmann.miss_at_mars(run.a)), flight(run.a)),
    ]


def excess(run):
    """Format a run's loss by how far it lies above the least possible."""
    return above_least(run.loss, run.optimum.loss, REACHED_MARGIN)


def summary(run):
    """Say what distinguishes a run, and how it ended."""
    experiment = run.experiment
    return (
        f"{NAMES[experiment.optimizer]}, α = {number(experiment.learning_rate, 4)}, batch size "
        f"{experiment.batch_size:,}. A {axis(run.a)}, B {axis(run.b)}, miss at Mars "
        f"{distance(hohmann.miss_at_mars(run.a))}; the loss is {excess(run)}. It {run.outcome.value}."
    )


def readable(text, most=24):
    """A text from a link or a file without anything that could be taken for markup or for an address."""
    plain = "".join(letter if letter.isalnum() or letter in "+-., ()[]=':" else "·" for letter in text[:most])
    return re.sub(r":(?! )|(?<=])\(|(?<=www)\.", "·", plain, flags=re.IGNORECASE)


def own_samples_message(samples):
    """Say that the samples are the visitor's own."""
    return (
        f"{len(samples.x):,} samples of your own. They stay in this window: no link carries them, and nobody else sees "
        "them."
    )


def outside_message(outside):
    """Say how many samples lie outside the picture of the orbits."""
    return f"{outside:,} of your samples {'lies' if outside == 1 else 'lie'} outside the picture of the orbits."


def own_samples_note():
    """Say how a visitor's own samples are fitted."""
    return (
        f"A and B are fitted to them, while c, how far the ellipse's centre lies from the Sun, stays fixed at "
        f"{hohmann.FOCUS_OFFSET} AU. A file that cannot be used changes nothing."
    )


def refusal(name, fault):
    """Say why a file cannot be used."""
    return f"{readable(name, 40)}: {readable(str(fault), 240)}. The fit stays as it is."


def orbits_message(run):
    """Say where the fitted ellipse goes, in one sentence."""
    miss, after = hohmann.miss_at_mars(run.a), count(run.updates, "update")
    share = abs(miss) / (hohmann.MARS_ORBIT * hohmann.ASTRONOMICAL_UNIT)
    if share > 1.0:
        return f"After {after} the fitted ellipse goes nowhere near Mars's orbit."
    if abs(miss) < 0.5:
        return f"After {after} the fitted ellipse touches Mars's orbit."
    way = "beyond" if miss > 0.0 else "short of"
    miss = f"{distance(abs(miss))} ({number(100.0 * share, 2)} %)"
    return f"After {after} the fitted ellipse ends {miss} {way} Mars's orbit."


def loss_message(run):
    """Say what became of the loss, in one sentence."""
    start, end = number(run.rows["full_loss"][0]), number(run.loss)
    if end == start:
        return f"The loss stayed at {start}: {excess(run)}."
    return f"The loss {'fell' if run.loss < run.rows['full_loss'][0] else 'rose'} from {start} to {end}: {excess(run)}."


def search_message(run):
    """Say where the path went, in one sentence."""
    a, b = run.params
    away = float(np.hypot(abs(a) - run.optimum.a, b - run.optimum.b))
    start = f"A = {number(run.experiment.start_a, 4)}, B = {number(run.experiment.start_b, 4)}"
    mirrored = "the mirror image of " if a < 0.0 else ""
    return f"From {start} the path ends {number(away, 2)} AU from {mirrored}the exact optimum."


def run_messages(run):
    """The messages of a run's three pictures."""
    return orbits_message(run), loss_message(run), search_message(run)


# One update.


def update_message(step, update):
    """Describe the mini-batch and the learning rate of the update that follows after `step` others."""
    after = "the start" if step == 0 else count(step, "update")
    if not update.n_in_domain:
        return f"After {after} the next mini-batch has no sample inside the ellipse, so nothing changes."
    samples = "its one sample" if update.n_in_domain == 1 else f"its {update.n_in_domain:,} samples"
    return (
        f"After {after} the next mini-batch has the loss {number(update.loss, 6)} AU², the mean over {samples} inside "
        f"the ellipse. The learning rate is {number(update.learning_rate, 6)}."
    )


def move_message(update, k):
    """Describe the gradient by A (k = 0) or B (k = 1), and the step that follows from it."""
    moved = update.next_params[k] - update.params[k]
    return f"has the gradient {number(update.gradient[k], 6)} and moves by {number(moved, 6)} AU."


def empty_batches_message(run):
    """Say how many mini-batches changed nothing."""
    n = run.empty_batches
    return f"{count(n, 'mini-batch', 'mini-batches')} had no sample inside the ellipse and changed nothing."


# Many runs side by side.


def ranking(runs):
    """Tabulate runs: those that settled first, the quickest ahead, and then the others.

    Parameters
    ----------
    runs : dict of str to ShownRun

    Returns
    -------
    dict of list
        Columns by their headings.
    """
    order = _ranked(runs)
    settled = [runs[name].outcome in SETTLED for name in order]
    return {
        "Place": [str(place) if there else "–" for place, there in enumerate(settled, 1)],
        "Optimizer": order,
        "Updates to within 10 % of the least loss": [
            "never" if runs[name].reached_after is None else f"{runs[name].reached_after:,}" for name in order
        ],
        "At the end it": [runs[name].outcome.value for name in order],
        "α": [number(runs[name].experiment.learning_rate, 4) for name in order],
        "A, AU": [axis(runs[name].a).removesuffix(" AU") for name in order],
        "B, AU": [axis(runs[name].b).removesuffix(" AU") for name in order],
        "The loss is": [excess(runs[name]) for name in order],
    }


def race_messages(runs, over):
    """The messages of a race's three pictures, a sentence each.

    Parameters
    ----------
    runs : dict of str to ShownRun
    over : str
        A key of PROGRESS.

    Returns
    -------
    list of str
    """
    settled = [name for name in _ranked(runs) if runs[name].outcome in SETTLED]
    closest = min(runs, key=lambda name: abs(hohmann.miss_at_mars(runs[name].a)))
    miss = distance(abs(hohmann.miss_at_mars(runs[closest].a)))
    return [
        f"{closest} comes closest to Mars's orbit in the end: it misses by {miss}.",
        _quickest(runs, over),
        f"From one start, {len(settled)} of {len(runs)} settled, each by a path of its own.",
    ]


def _quickest(runs, over):
    """Say which run was near the optimum first, and whether it stayed."""
    near = [name for name in runs if runs[name].reached_after is not None]
    if not near:
        return "None of them comes within 10 % of the least loss."
    first = min(near, key=lambda name: runs[name].reached_after)
    sentence = f"{first} is the first within 10 % of the least loss, after {_when(runs[first], over)}"
    if runs[first].outcome in SETTLED:
        return f"{sentence}, and {runs[first].outcome.value}."
    settled = [name for name in _ranked(runs) if runs[name].outcome in SETTLED]
    sentence += f", but {runs[first].outcome.value}"
    if not settled:
        return f"{sentence}; none of them settled."
    return f"{sentence}; {settled[0]} is the first that settled, after {_when(runs[settled[0]], over)}."


def _when(run, over):
    """When a run was near the optimum for the first time, in updates, epochs or samples."""
    seen = int(run.experiment.samples_seen[run.reached_after])
    if over == "epoch":
        epochs = number(seen / run.experiment.n_samples)
        return f"{epochs} {'epoch' if epochs == '1' else 'epochs'}"
    return count(seen, "sample") if over == "seen" else count(run.reached_after, "update")


def _ranked(runs):
    def rank(name):
        run = runs[name]
        never = run.reached_after is None
        return run.outcome not in SETTLED, never, 0 if never else run.reached_after, run.loss

    return sorted(runs, key=rank)


def size_name(key, experiment):
    """Name a batch size of `studies.SIZES`, for an experiment's samples."""
    n = experiment.n_samples
    return {"all": f"{n}", "hybrid": f"32, then {n}" if n > 32 else f"{n}"}.get(key) or f"{min(int(key), n)}"


def sizes_message(runs):
    """Say what the comparison of batch sizes shows."""
    start = next(iter(runs.values())).experiment
    return (
        f"Gradient descent from A = {number(start.start_a)} and B = {number(start.start_b)}: the loss of each "
        f"mini-batch over the epochs, for the batch {'sizes' if len(runs) > 1 else 'size'} "
        f"{'; '.join(reversed(runs))}."
    )


def batch_message(name, run):
    """Describe the curve of one batch size, in one sentence.

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
    near = "" if run.reached_after is None else f"within 10 % of the least loss after {_when(run, 'epoch')}; "
    return f"{name}: {manner}; {near}it {run.outcome.value}, and the loss is {excess(run)}."


def _manner(losses):
    """Describe how a loss changes from point to point once its first fall is over."""
    jumps = np.abs(np.diff(np.log(losses[len(losses) // 3 :])))
    factor = float(np.exp(np.nanmedian(jumps))) if np.isfinite(jumps).any() else 1.0
    return "smooth" if factor < 1.15 else f"up and down by a factor of {number(factor, 2)} from point to point"


# Many runs at once.


def rates_message(run, swept):
    """Say at which learning rates the optimizers settle, and how the run itself ended.

    Parameters
    ----------
    run : ShownRun
    swept : dict of str to Ends
        By the optimizers' keys.

    Returns
    -------
    str
    """
    if all((ends.outcome == Outcome.NO_SAMPLE).all() for ends in swept.values()):
        return (
            "From this start no sample lies inside the ellipse, so there is no gradient and no learning rate moves "
            "anything: choose a larger A to start from."
        )
    works = [f"{NAMES[key]} {_stretch(bands(ends))}" for key, ends in swept.items() if bands(ends)]
    never = [NAMES[key] for key, ends in swept.items() if not bands(ends)]
    name, rate = NAMES[run.experiment.optimizer], number(run.experiment.learning_rate, 4)
    own = f"Your run, {name} at {rate}, {run.outcome.value}."
    if not works:
        return f"At none of these learning rates does any optimizer settle in this time. {own}"
    sentence = f"They settle at these learning rates: {'; '.join(works)}"
    return f"{sentence}; {' and '.join(never)} at none. {own}" if never else f"{sentence}. {own}"


ENDINGS_KEY = [f"{ending.glyph} {ending.outcome.value}" for ending in ENDINGS.values()]
"""The meaning of each mark of `closer.ENDINGS`."""


def _stretch(stretches):
    gaps = " with gaps" if len(stretches) > 1 else ""
    low, high = stretches[0][0], stretches[-1][1]
    return f"at {number(low, 2)} alone" if low == high else f"from {number(low, 2)} to {number(high, 2)}{gaps}"


_OTHERWISE = {
    Outcome.MIRROR: "at the mirror image, −A",
    Outcome.HOVERING: "hovering around it",
    Outcome.PASSED: "past it again",
    Outcome.MOVING: "still on the way",
    Outcome.NO_SAMPLE: "without a sample",
    Outcome.DIVERGED: "diverged",
}


def starts_message(experiment, ends):
    """Say from which share of the starts a run settles, and how the others end."""
    counts = {outcome: int(np.count_nonzero(ends.outcome == outcome)) for outcome in Outcome}
    total, there = len(ends.outcome), sum(counts[outcome] for outcome in SETTLED)
    run = f"{NAMES[experiment.optimizer]} at {number(experiment.learning_rate, 4)}"
    if not there:
        sentence = f"From none of the {total:,} starts does {run} settle"
    else:
        share = "all" if there == total else percent(there / total)
        quick = int(np.median(ends.reached_after[np.isin(ends.outcome, SETTLED)]))
        sentence = f"From {share} of the {total:,} starts {run} settles"
        if there > 1:
            sentence += f", half of them within 10 % of the least loss after {count(quick, 'update')}"
    others = [f"{counts[outcome]:,} {words}" for outcome, words in _OTHERWISE.items() if counts[outcome]]
    return sentence + (f"; {', '.join(others)}." if others else ".")


# What the noise allows, and the two losses.


def noise_message(run, region, own=False):
    """How precisely the samples determine A and B, and whether the truth and a run are in the confidence region.

    Parameters
    ----------
    run : ShownRun
    region : ConfidenceRegion
    own : bool
        Whether the samples are a visitor's own: then there is no truth to be known, only the Hohmann transfer.

    Returns
    -------
    str
    """
    truth = "Hohmann transfer" if own else "truth"
    if not region.exists:
        return "Without noise the samples leave one answer only, the optimum, and every miss is the run's own."
    within_a, within_b = region.half_widths
    spread = (
        f"The noise leaves A uncertain by ±{number(within_a, 2)} AU and B by ±{number(within_b, 2)} AU (95 %)."
        if region.bounded
        else f"These samples do not determine A and B: the 95 % confidence region reaches {number(LARGEST_AXIS)} AU."
    )
    verdict = {
        (True, True): f"The {truth} and this run are both in the 95 % confidence region: the samples cannot tell them "
        "apart.",
        (True, False): f"The {truth} is in the 95 % confidence region and this run is not: the run can get better.",
        (False, True): f"This run is in the 95 % confidence region and the {truth} is not.",
        (False, False): f"Neither the {truth} nor this run is in the 95 % confidence region.",
    }[region.truth_inside, run.loss <= region.bound]
    most = above_least(region.bound, region.least_loss, REACHED_MARGIN)
    return f"{spread} {verdict} In the region the loss is at most {most}."


def losses_message(start, n_samples):
    """Say why there are two losses, by their values at the start of a run.

    Parameters
    ----------
    start : Losses
    n_samples : int

    Returns
    -------
    str
    """
    if not start.inside:
        return (
            f"At the start none of the {n_samples:,} samples lies inside the ellipse, so training sees no loss at all. "
            f"The clamped loss, which predicts 0 for every one of them, is {number(start.clamped)} AU²."
        )
    if start.inside == n_samples:
        return (
            f"At the start all {n_samples:,} samples lie inside the ellipse, so both losses are the same, "
            f"{number(start.clamped)} AU²."
        )
    lie = "lies" if start.inside == 1 else "lie"
    return (
        f"At the start {start.inside:,} of {n_samples:,} samples {lie} inside the ellipse. Training sees the mean over those, "
        f"{number(start.domain_only)} AU², since outside the ellipse the root of Eq. 17 does not exist. The clamped "
        f"loss predicts 0 for the others and counts them too: {number(start.clamped)} AU². It cannot fall by losing "
        "samples, so the post's contours, the optimum and the verdict use it."
    )


# The steps of a run.


def steps_message(experiment, steps, magnified):
    """Describe how an optimizer turns gradients into steps, by their signs and lengths in this run."""
    arrows = f"The arrows are magnified by a factor of {number(magnified, 2)}."
    if experiment.optimizer == "sgd":
        return f"Gradient descent adds nothing: every step is α times the gradient, and both arrows are one. {arrows}"
    turns, steps_turns = ([count(int(n), "time") for n in row] for row in steps.sign_changes)
    gain_a, gain_b = (number(gain) for gain in steps.gain)
    return (
        f"From one update to the next the gradient changes its sign {turns[0]} in A and {turns[1]} in B, the step "
        f"{steps_turns[0]} and {steps_turns[1]}. On average the steps are longer than α times the gradient by a factor "
        f"of {gain_a} in A and {gain_b} in B. {arrows}"
    )


def effective_message(steps):
    """Say how the effective learning rates of A and of B differ."""
    rates = steps.effective_rate[np.isfinite(steps.effective_rate).all(axis=1)]
    if not len(rates):
        return "No mini-batch had a sample inside the ellipse, so there is no effective learning rate."
    (first_a, first_b), (last_a, last_b) = ([number(rate, 2) for rate in rates[k]] for k in (0, -1))
    return (
        f"A and B each have a learning rate of their own: {first_a} for A and {first_b} for B at first, {last_a} and "
        f"{last_b} at the end. The larger its past gradients, the smaller a parameter's rate."
    )


# The equations, and the checks.


def equations_message(experiment):
    """Say what the equations and the code beside them are."""
    return (
        f"{NAMES[experiment.optimizer]} with the hyper-parameters that are set now, and beside it the code of the step, "
        "read from the file that the run uses."
    )


def gradient_check(checks):
    """Tabulate gradients by formula and by complex-step derivatives, and say what the table shows.

    Parameters
    ----------
    checks : dict of str to GradientCheck
        By the place.

    Returns
    -------
    table : dict of list
        Columns by their headings.
    message : str
    """
    formula = np.concatenate([check.formula for check in checks.values()])
    derivatives = np.concatenate([check.complex_step for check in checks.values()])
    table = {
        "Gradient by": [f"{'AB'[k]}, at the {place}" for place in checks for k in range(2)],
        "The post's formula": [number(value, 6) for value in formula],
        "Complex-step derivative": [number(value, 6) for value in derivatives],
        "Difference": [number(abs(value), 1) for value in formula - derivatives],
    }
    if not all(check.n_in_domain for check in checks.values()):
        return table, "Where no sample lies inside the ellipse both are 0, and nothing is checked."
    error = max(check.relative_error for check in checks.values())
    right = all(check.relative_error <= max(check.rounding, 1e-12) for check in checks.values())
    how = "the imaginary part of the loss at A + ih, divided by h = 10⁻³⁰: exact to rounding, with nothing subtracted"
    if right:
        agreement = f"to {number(error, 1)} of its length" if error else "to the last digit"
        return table, f"The gradient agrees {agreement} with the complex-step derivative, {how}."
    return table, f"The gradient is wrong by {number(error, 2)} of its length, by the complex-step derivative, {how}."


def torch_message(ours, theirs):
    """Say how far two paths of one run lie apart.

    Parameters
    ----------
    ours, theirs : ndarray, shape (updates, 2)
        AU.

    Returns
    -------
    str
    """
    updates = min(len(ours), len(theirs))
    apart = np.abs(ours[:updates] - theirs[:updates]).max(axis=1)
    sentence = f"Over {count(updates, 'update')} the two paths are never more than {number(apart.max(), 2)} AU apart"
    beyond = np.flatnonzero(apart > 1e-6)
    if not len(beyond):
        return sentence + ": it is the same run."
    return (
        f"{sentence}. They agree to a millionth of an AU for the first {count(int(beyond[0]), 'update')}; after that "
        "rounding alone drives them apart, since this run amplifies the smallest difference."
    )
