"""What the page shows, in words: read-outs, and a sentence for every picture, which is its alternative text too."""

import re

import numpy as np

from . import hohmann
from .experiment import FIELDS
from .landscape import LARGEST_AXIS, noise_floor
from .sweeps import bands
from .training import Outcome

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


def introduction(experiment, own=False):
    """What the page is about; with samples of a visitor's own or without."""
    of = "an ellipse around the Sun" if own else "a flight from Earth to Mars"
    kind = "noisy measurements of it" if experiment.noise_scale else "points of it"
    if own:
        kind = "measurements of your own"
    return (
        f"It walks downhill. Here {NAMES[experiment.optimizer]} fits A and B, the semi-axes of {of}, "
        f"to {experiment.n_samples:,} {kind}."
    )


def readouts(run):
    """Label, value and explanation of every number that is read first."""
    floor = noise_floor(run.experiment.noise_scale)
    return [
        (f"A · truth {hohmann.SEMI_MAJOR_AXIS:.4f}", axis(run.a), None),
        (f"B · truth {hohmann.SEMI_MINOR_AXIS:.4f}", axis(run.b), None),
        (f"Loss · floor {floor:.3g}" if floor else "Loss", f"{run.loss:.3g}", None),
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
    """A text from a link or a file with nothing in it that could be taken for markup or for an address."""
    plain = "".join(letter if letter.isalnum() or letter in "+-., ()[]=':" else "·" for letter in text[:most])
    return re.sub(r":(?! )|(?<=])\(|(?<=www)\.", "·", plain, flags=re.IGNORECASE)


def own_samples_message(samples):
    """Whose samples are fitted."""
    return (
        f"{len(samples.x):,} samples of your own. They stay in this window: no link carries them, and nobody else sees "
        "them."
    )


def own_samples_note():
    """What is done with samples of a visitor's own."""
    return (
        f"A and B are fitted to them, while c, how far the ellipse's centre lies from the Sun, stays fixed at "
        f"{hohmann.FOCUS_OFFSET} AU. A file that cannot be used changes nothing."
    )


def refusal(name, fault):
    """Why a file cannot be used."""
    return f"{readable(name, 40)}: {readable(str(fault), 240)}. The fit stays as it is."


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
    start, end = run.rows["full_loss"][0], np.float32(run.loss)
    level = noise_floor(run.experiment.noise_scale)
    against = f", {run.loss / level:,.3g} times the noise floor" if level else ""
    if end == start:
        return f"The loss stayed at {start:.3g}{against}."
    return f"The loss {'fell' if end < start else 'rose'} from {start:.3g} to {run.loss:.3g}{against}."


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
    n = experiment.n_samples
    return {"all": f"{n}", "hybrid": f"32, then {n}" if n > 32 else f"{n}"}.get(key) or f"{min(int(key), n)}"


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


# Many runs at once.


def rates_message(experiment, swept):
    """Over which learning rates the optimizers work, and whether the one chosen is among them.

    Parameters
    ----------
    experiment : Experiment
    swept : dict of str to Ends
        By the optimizers' keys.

    Returns
    -------
    str
    """
    if all((ends.outcome == Outcome.NO_SAMPLE).all() for ends in swept.values()):
        return _NO_SAMPLE_HERE
    rate, own = experiment.learning_rate, bands(swept[experiment.optimizer])
    works = [f"{NAMES[key]} {_stretch(bands(ends))}" for key, ends in swept.items() if bands(ends)]
    never = [NAMES[key] for key, ends in swept.items() if not bands(ends)]
    if not works:
        return "At none of these rates does any optimizer come within 10 % of the least loss in this time."
    sentence = f"Within 10 % of the least loss: {'; '.join(works)}"
    sentence += f"; {' and '.join(never)} at no rate. " if never else ". "
    factor = 1.1  # a rate as near as this to a band is in it: the sweep has no points between
    inside = any(low / factor <= rate <= high * factor for low, high in own)
    return sentence + f"The rate {rate:g} of {NAMES[experiment.optimizer]} lies {'inside' if inside else 'outside'}."


ENDINGS_KEY = "○ reached the optimum · ◇ its mirror image · △ still on its way · □ no sample left · ✚ diverged"
"""What the marks of `closer.ENDINGS` mean."""

_NO_SAMPLE_HERE = (
    "From this start no sample lies inside the ellipse, so there is no gradient and no rate moves anything: choose a "
    "larger A to start from."
)


def _stretch(stretches):
    gaps = " with gaps" if len(stretches) > 1 else ""
    low, high = stretches[0][0], stretches[-1][1]
    return f"at {low:.2g} alone" if low == high else f"from {low:.2g} to {high:.2g}{gaps}"


def starts_message(experiment, ends):
    """From how large a share of the starts a run reaches the optimum, and what becomes of the others."""
    counts = {outcome: int(np.count_nonzero(ends.outcome == outcome)) for outcome in Outcome}
    total, there = len(ends.outcome), counts[Outcome.REACHED] + counts[Outcome.MIRROR]
    name, rate = NAMES[experiment.optimizer], experiment.learning_rate
    sentence = f"From {there / total:.0%} of the {total:,} starts {name} at {rate:g} reaches the optimum"
    if there:
        quick = np.median(ends.reached_after[np.isin(ends.outcome, [Outcome.REACHED, Outcome.MIRROR])])
        sentence += f", half of them within {quick:,.0f} updates"
    others = [
        f"{count:,} {words}"
        for outcome, words in {
            Outcome.MIRROR: "at the mirror image, −A",
            Outcome.MOVING: "still on their way at the end",
            Outcome.NO_SAMPLE: "left without a sample",
            Outcome.DIVERGED: "diverged",
        }.items()
        if (count := counts[outcome])
    ]
    return sentence + (f"; {', '.join(others)}." if others else ".")


# The confidence region, and the two losses.


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
        f"The noise leaves A uncertain by ±{within_a:.2g} AU and B by ±{within_b:.2g} AU (95 %)."
        if region.bounded
        else f"These samples do not determine A and B: the 95 % confidence region reaches {LARGEST_AXIS:g} AU."
    )
    verdict = {
        (True, True): f"The {truth} and this run are both in the 95 % confidence region: the samples cannot tell them "
        "apart.",
        (True, False): f"The {truth} is in the 95 % confidence region and this run is not: the run can get better.",
        (False, True): f"This run is in the 95 % confidence region and the {truth} is not.",
        (False, False): f"Neither the {truth} nor this run is in the 95 % confidence region.",
    }[region.truth_inside, run.loss <= region.bound]
    excess = 100.0 * (region.bound / region.least_loss - 1.0)
    return f"{spread} {verdict} In the region the loss is at most {excess:.2g} % above the least possible."


def losses_message(start, n_samples):
    """Why there are two losses, by their values at the start of a run.

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
            f"At the start none of the {n_samples} samples lies inside the ellipse, so that training sees no loss at "
            f"all, while the clamped loss, which predicts 0 for every one of them, is {start.clamped:.3g}."
        )
    return (
        f"At the start {start.inside} of {n_samples} samples lie inside the ellipse: training sees the mean over them, "
        f"{start.domain_only:.3g}, since outside it the root of Eq. 17 does not exist. The clamped loss predicts 0 for "
        f"the others and counts them too, {start.clamped:.3g}, so that it cannot fall by losing samples: the post's "
        "contours draw it, and the optimum and the verdict go by it."
    )


# The steps of a run.


def steps_message(experiment, steps, magnified):
    """What an optimizer makes of the gradient, by its signs and its lengths in this run."""
    (turns_a, turns_b), (steps_a, steps_b) = steps.sign_changes
    gains = f"{steps.gain[0]:.3g} times α times the gradient in A and {steps.gain[1]:.3g} times in B"
    arrows = f"The arrows are drawn {magnified:.2g} times as long as they are."
    if experiment.optimizer == "sgd":
        return f"Gradient descent adds nothing: every step is α times the gradient, and both arrows are one. {arrows}"
    return (
        f"From one update to the next the gradient changes its sign {turns_a:,} times in A and {turns_b:,} times in B, "
        f"the step {steps_a:,} and {steps_b:,} times; on average a step is {gains}. {arrows}"
    )


def effective_message(steps):
    """How the rates of A and of B come to differ."""
    rates = steps.effective_rate[np.isfinite(steps.effective_rate).all(axis=1)]
    if not len(rates):
        return "No update had a sample, so no rate was ever worked out."
    (first_a, first_b), (last_a, last_b) = rates[0], rates[-1]
    return (
        f"Each axis has a rate of its own: at first {first_a:.2g} in A and {first_b:.2g} in B, at the end {last_a:.2g} "
        f"and {last_b:.2g}. The steeper axis gets the smaller one."
    )


# The equations, and the checks.


def equations_message(experiment):
    """What the equations of an optimizer are, and where the code comes from."""
    return (
        f"{NAMES[experiment.optimizer]} with the hyper-parameters that are set now, and beside it the code that ran, "
        "read from the file that the run uses."
    )


def gradient_check(checks):
    """A table of gradients by formula and by central differences, and what it shows.

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
    names = [f"{'AB'[k]}, at the {place}" for place in checks for k in range(2)]
    formula = np.concatenate([check.formula for check in checks.values()])
    differences = np.concatenate([check.differences for check in checks.values()])
    apart = np.abs(formula - differences)
    table = {
        "Slope by": names,
        "The post's formula": [_signed(value) for value in formula],
        "Central differences": [_signed(value) for value in differences],
        "Apart": [f"{value:.0e}" for value in apart],
    }
    # A difference quotient is no better than the rounding of the losses it is made of.
    rounding = np.repeat([check.rounding for check in checks.values()], 2)
    if not all(check.in_domain for check in checks.values()):
        return table, "Where no sample lies inside the ellipse both say 0, and nothing is checked."
    if (apart <= 1e-5 * np.maximum(np.abs(formula), 1e-3) + rounding).all():
        return table, f"Formula and differences agree to {max(apart.max(), 1e-16):.0e}: the gradient is right."
    return table, (
        f"They differ by up to {apart.max():.1e}: so near to where a sample enters the ellipse the loss jumps, and a "
        "difference quotient says nothing."
    )


def torch_message(ours, theirs):
    """How far two paths of one run lie apart.

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
    sentence = f"Over {updates:,} updates the two paths are never further apart than {apart.max():.1e} AU"
    beyond = np.flatnonzero(apart > 1e-6)
    if not len(beyond):
        return sentence + ": it is the same run."
    return (
        f"{sentence}. They are one to a millionth of an AU for the first {beyond[0]:,}: from there on the run is so "
        "unsteady that rounding alone drives them apart."
    )
