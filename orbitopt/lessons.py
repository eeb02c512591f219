"""The lessons: predict, watch, explain, in eight steps along the post.

Which choice is right, what happened and whether a task is reached are worked out from the runs, so they hold for any
samples. To add a lesson, add an entry to LESSONS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import findings
from .comparisons import ranked
from .examples import FIGURE_3, FIGURE_4, PUBLISHED
from .experiment import Experiment
from .fit import Fit
from .lesson_parts import Choice, Fits, Lesson, Task
from .optimizers import OPTIMIZERS, Equation
from .outcomes import Outcome

# The stages.

_FROM_BELOW = replace(FIGURE_3, batch_size=512, learning_rate=0.2)
"""Start (0.8, 0.2), from which gradient descent arrives on a smooth path."""
_ONE_BY_ONE = replace(FIGURE_3, batch_size=1, learning_rate=0.02)
_VALLEY = replace(FIGURE_4, epochs=100)
"""Start (2, 0.6), where the loss is steep along B and nearly flat along A."""
_AVERAGED = replace(_VALLEY, optimizer="momentum", beta=0.7, dampening=0.7)
_SCALED = replace(_VALLEY, optimizer="rmsprop", learning_rate=0.05, beta=0.9, epochs=60)
_ADAPTED = replace(_VALLEY, optimizer="adam", learning_rate=0.05, epochs=60)
_AT_REST = replace(_FROM_BELOW, schedule="cosine", epochs=100)
_LOSS = Equation("18", r"L = \frac{1}{N'} \sum_{i=1}^{N'} {(\hat y_i - y_i)}^2")


def _first(fits: Fits) -> Fit:
    """Return the run that a question is about."""
    return next(iter(fits.values()))


def _equation(experiment: Experiment, number: str) -> Equation:
    """Return the equation of an experiment's optimizer that has a number in the post."""
    return next(equation for equation in experiment.rule.equations() if equation.number == number)


_DOWNHILL = Lesson(
    title="Downhill",
    source="2.1",
    by_hand=(
        "The circles are measured points of a flight from Earth to Mars. Half the width of the ellipse is A, half its "
        "height is B, in AU: 1 AU is the distance from Earth to the Sun. Drag A and B, or the dot on the "
        "landscape, until the ellipse fits. The loss tells how badly it fits: it is the mean of the squared distances "
        "between points and ellipse, of which the grey lines show some."
    ),
    story=(
        "Now see the loss as a landscape of A and B, with pale peaks and a dark valley; the star marks its lowest "
        "point, the optimum. A walker is lost there in thick fog. All she can feel is how steep the ground is under "
        "her feet. So she takes a step downhill, feels the ground again, and takes the next step."
    ),
    experiments={"walk": replace(_FROM_BELOW, epochs=40)},
    question="Each step is 0.2 times as long as the ground is steep. How do the steps change on the way down?",
    choices={
        "shorter": Choice(
            "They get shorter and shorter", lambda fits: findings.growth_of_steps(fits) < 0.8,
        ),
        "equal": Choice(
            "They all have the same length", lambda fits: 0.8 <= findings.growth_of_steps(fits) <= 1.25,
            "That would happen on a slope that is equally steep everywhere. This valley has a flat floor.",
        ),
        "longer": Choice(
            "They get longer and longer", lambda fits: findings.growth_of_steps(fits) > 1.25,
            "That would happen with 2 in the place of 0.2: each step then overshoots the valley and lands where the "
            "ground is even steeper.",
            {"walk": {"learning_rate": 2.0}},
        ),
    },
    happened=findings.downhill_steps,
    why=(
        "The step, called an update, is the slope g, called the gradient, times a fixed number α; the minus sign means "
        "downhill. Towards the bottom the ground gets flat, so the steps get short. This method is gradient descent. "
        "To arrive means here that the loss comes within 10 % of its minimum, and to settle that it stays there."
    ),
    equation=_equation(_FROM_BELOW, "4"),
    task=Task(
        "The walker does not always arrive. Click on the landscape to put her somewhere else, and find a start from "
        "which these 40 steps do not lead to the bottom.",
        ("start_a", "start_b"),
        lambda result, problem: not findings.is_settled(result),
    ),
)  # fmt: skip


_LEARNING_RATE = Lesson(
    title="Learning rate",
    source="2.1",
    story=(
        "The number α that turns a slope into a step is called the learning rate. It is yours to choose. Two walkers "
        "start at the same place: the grey one takes the α = 0.2 of lesson 1, the other one five times as much."
    ),
    experiments={"α = 1.05": replace(_FROM_BELOW, learning_rate=1.05, epochs=100),
                 "α = 0.2": replace(_FROM_BELOW, epochs=100)},
    question="What does the walker do who takes α = 1.05?",
    choices={
        "sooner": Choice(
            "She arrives sooner", findings.is_quicker,
            "That would happen with α = 0.25. Larger is quicker only up to a point.",
            {"α = 1.05": {"learning_rate": 0.25}},
        ),
        "later": Choice(
            "She arrives later",
            lambda fits: findings.is_settled(_first(fits)) and not findings.is_quicker(fits),
            "That would happen with α = 0.1, where the steps are half as long as those of the grey walker.",
            {"α = 1.05": {"learning_rate": 0.1}},
        ),
        "astray": Choice(
            "She jumps about and never settles",
            lambda fits: not findings.is_settled(_first(fits)) and _first(fits).outcome is not Outcome.DIVERGED,
        ),
        "away": Choice(
            "Her steps grow until she is far away",
            lambda fits: _first(fits).outcome is Outcome.DIVERGED,
            "That would happen with α = 2, where each jump ends on ground that is steeper than before.",
            {"α = 1.05": {"learning_rate": 2.0}},
        ),
    },
    happened=findings.compared_rates,
    why=(
        "The slope only tells the direction downhill at her feet. If α is too large, the step crosses the valley and "
        "ends on the other side, again and again."
    ),
    equation=_equation(_FROM_BELOW, "4"),
    task=Task(
        "Find the largest α with which she still arrives.",
        ("learning_rate",),
        findings.has_largest_rate,
    ),
)  # fmt: skip

_BATCHES = Lesson(
    title="Batches",
    source="2.2",
    story=(
        "So far each step used all 512 samples, the measured points. But one sample already gives a slope, only a "
        "rough one. The grey walker steps once after reading all samples. The other one steps after every single "
        "sample, in random order, with a smaller α: this is stochastic gradient descent, SGD. Reading all samples once "
        "is called an epoch."
    ),
    experiments={"one sample": _ONE_BY_ONE, "all samples": _FROM_BELOW},
    question="Both read all samples 30 times. What does the one-sample walker do?",
    choices={
        "restless": Choice(
            "Gets near the bottom first, but stays restless",
            lambda fits: findings.is_earlier(fits) and findings.is_restless(fits),
        ),
        "calm": Choice(
            "Gets near the bottom first, and rests there",
            lambda fits: findings.is_earlier(fits) and not findings.is_restless(fits),
            "That would happen with a mix: batches of 32 samples for the first 8 epochs, and then all samples.",
            {"one sample": {"batch_size": 32, "learning_rate": 0.05, "switch_after": 8, "switch_size": 512,
                            "batch_scaling": "root"}},
        ),
        "slower": Choice(
            "Gets near the bottom later", lambda fits: not findings.is_earlier(fits),
            "That would happen with α = 0.0001: many steps, but tiny ones.",
            {"one sample": {"learning_rate": 0.0001}},
        ),
    },
    happened=findings.compared_batches,
    why=(
        "In one epoch the one-sample walker takes 512 steps and the other one only a single step. But each sample has "
        "noise, so its slope g points a little wrong, and near the bottom these errors are all that is left."
    ),
    equation=_equation(_ONE_BY_ONE, "4"),
    task=Task(
        "Make the walker with one sample per step arrive and stay. A schedule lets α fall during the run.",
        ("learning_rate", "schedule"),
        lambda result, problem: findings.is_settled(result),
    ),
    over="epoch",
)  # fmt: skip


_MOMENTUM = Lesson(
    title="Momentum",
    source="2.3",
    story=(
        "This valley is long and narrow: steep along B, nearly flat along A. The grey walker crosses it from side to "
        "side. The other one has the same α but steps along an average of all slopes so far, in which older slopes "
        "count less and less. This average is called momentum."
    ),
    experiments={"momentum": _AVERAGED, "plain": _VALLEY},
    question="What does the average do to the zigzag?",
    choices={
        "less": Choice(
            "It shrinks", lambda fits: findings.zigzag(fits) < 0.7,
        ),
        "same": Choice(
            "It stays, because α is the same", lambda fits: 0.7 <= findings.zigzag(fits) <= 1.4,
            "That would happen with β = 0, where older slopes do not count at all.",
            {"momentum": {"beta": 0.0, "dampening": 0.0}},
        ),
        "more": Choice(
            "It grows, because the walker gathers speed", lambda fits: findings.zigzag(fits) > 1.4,
            "She gathers speed only along the valley, where the slopes agree. Across it they disagree.",
        ),
    },
    happened=findings.compared_zigzags,
    why=(
        "Across the valley the slopes point to and fro, so they cancel in the average v. Along the valley they all "
        "point the same way, so they remain. β = 0.7 says how much the past counts."
    ),
    equation=_equation(_AVERAGED, "5"),
    task=Task(
        "Set Dampening to 0: past slopes are then added up in full, which makes the steps longer. Find an α with which "
        "she arrives again.",
        ("dampening", "learning_rate"),
        lambda result, problem: result.experiment.dampening == 0.0 and findings.is_settled(result),
    ),
)  # fmt: skip


_RMSPROP = Lesson(
    title="RMSprop",
    source="2.4",
    story=(
        "Momentum still has one α for both directions, although the ground at this start is steep along B and nearly "
        "flat along A. RMSprop keeps an average of the squared slopes, one for A and one for B, and divides each slope "
        "by the root of its own average. The grey walker is plain gradient descent, which begins straight along B."
    ),
    experiments={"RMSprop": _SCALED, "plain": replace(_VALLEY, learning_rate=0.3, epochs=60)},
    question="In which direction does RMSprop begin?",
    choices={
        "steep": Choice(
            "Mostly along B, where it is steep", lambda fits: findings.slant(fits) < 0.5,
            "That is what plain gradient descent does.",
            {"RMSprop": {"optimizer": "sgd", "learning_rate": 0.3}},
        ),
        "even": Choice(
            "Along A and B by the same amount", lambda fits: 0.5 <= findings.slant(fits) <= 2.0,
        ),
        "flat": Choice(
            "Mostly along A, where it is flat", lambda fits: findings.slant(fits) > 2.0,
            "Dividing by the root of the square cancels how steep the ground is. It does not turn steep into flat.",
        ),
    },
    happened=findings.compared_first_steps,
    why=(
        "Each of A and B has an α of its own: α divided by √s, small where the ground is steep and large where it is "
        "flat. The price: on the flat floor of the valley the steps do not get shorter by themselves."
    ),
    equation=_equation(_SCALED, "10"),
    task=Task(
        "With a constant α, RMSprop finds no rest at the bottom. Make it arrive and stay within these 60 updates: a "
        "schedule lets α fall during the run.",
        ("schedule", "learning_rate"),
        lambda result, problem: findings.is_settled(result),
    ),
)  # fmt: skip


_ADAM = Lesson(
    title="Adam",
    source="2.5",
    story=(
        "Adam joins the two ideas: the average of the slopes from momentum, divided by the root of the average of "
        "their squares from RMSprop. Both averages begin at 0, so in the first steps they are too small. Adam corrects "
        "both for that. The grey walker is RMSprop with the same α = 0.05, and the ground is steep along B again."
    ),
    experiments={"Adam": _ADAPTED, "RMSprop": _SCALED},
    question="How long is Adam's very first step?",
    choices={
        "steep": Choice(
            "Longer along B, where it is steep", lambda fits: findings.kind_of_first_step(fits) == "steep",
            "That is what plain gradient descent does.",
            {"Adam": {"optimizer": "sgd", "learning_rate": 0.3}},
        ),
        "rmsprop": Choice(
            "As long as that of RMSprop", lambda fits: findings.kind_of_first_step(fits) == "rmsprop",
            "That would happen without the correction (Eqs. 12 and 14 of the post).",
            {"Adam": {"bias_correction": False}},
        ),
        "alpha": Choice(
            "0.05 AU along A and 0.05 AU along B", lambda fits: findings.kind_of_first_step(fits) == "alpha",
        ),
    },
    happened=findings.compared_starts,
    why=(
        "After the correction v is the first slope g, and s is its square g². So v / √s is 1 or −1, and the step is "
        "α, however steep the ground is."
    ),
    equation=_equation(_ADAPTED, "15"),
    task=Task(
        "Make Adam arrive and stay within these 60 updates. A smaller β₁ means less momentum, a larger α longer steps, "
        "and a schedule lets them shrink.",
        ("learning_rate", "beta1", "schedule"),
        lambda result, problem: findings.is_settled(result),
    ),
)  # fmt: skip

def _wins(label: str) -> Callable[[Fits], bool]:
    return lambda fits: ranked(fits)[0] == label


_REPLIES = {
    "sgd": "SGD has the smallest steps here: its α of 0.01 is not scaled up by anything.",
    "momentum": "Momentum adds up its slopes, but in this run that carried it too far at first.",
    "rmsprop": "RMSprop starts with the longest steps, but its α falls to a tenth after 8 updates.",
    "adam": "Adam is steady: no step is much longer than its α. That takes some updates.",
}

_RACE = Lesson(
    title="Race",
    source="3",
    story=(
        "The four optimizers start together in the far corner, where hardly any sample lies below the ellipse. Each "
        "has the α and the schedule of the post, all take 64 samples for each step."
    ),
    experiments={OPTIMIZERS[key].label: experiment for key, experiment in PUBLISHED.items()},
    question="Who arrives first and stays?",
    choices={
        key: Choice(OPTIMIZERS[key].label, _wins(OPTIMIZERS[key].label), _REPLIES[key]) for key in PUBLISHED
    },
    happened=findings.race_order,
    why=(
        "All four are the same sentence: new value = old value − α times a direction. But this is not a fair race, "
        "because each has an α and a schedule of its own. The α that suits one would ruin another."
    ),
    equation=_equation(PUBLISHED["sgd"], "4"),
    task=Task(
        "Make SGD win: find an α with which it arrives before all four runs of this race.",
        ("learning_rate",),
        lambda result, problem: findings.samples_needed(result) < findings.samples_of_the_fastest(problem),
    ),
    competing=True,
)  # fmt: skip

_NOISE = Lesson(
    title="Noise",
    source="3",
    story=(
        "Nobody measures perfectly: each of the 512 samples is off by up to 0.05 AU, at random. The true ellipse is "
        "known here, because the samples were made from it. Two walkers, plain gradient descent and momentum, fit "
        "A and B to the same samples, and let α fall until they rest."
    ),
    experiments={"Gradient descent": _AT_REST,
                 "Momentum": replace(_AT_REST, optimizer="momentum", beta=0.5, dampening=0.5)},
    question="Where do the two end?",
    choices={
        "truth": Choice(
            "Both exactly at the true A and B",
            lambda fits: findings.ends_apart(fits) <= 2e-3 and findings.from_truth(fits) <= 1e-5,
            "That would happen without noise.",
            {name: {"noise_scale": 0.0, "epochs": 200} for name in ("Gradient descent", "Momentum")},
        ),
        "beside": Choice(
            "Both at one place, a little beside the truth",
            lambda fits: findings.ends_apart(fits) <= 2e-3 and findings.from_truth(fits) > 1e-5,
        ),
        "apart": Choice(
            "Each at a place of its own", lambda fits: findings.ends_apart(fits) > 2e-3,
            "That would happen if they stopped after 8 updates. In the end both find the same lowest point.",
            {name: {"epochs": 8} for name in ("Gradient descent", "Momentum")},
        ),
    },
    happened=findings.noise_left,
    why=(
        "An optimizer minimizes the loss of the samples, and the noise is part of them. The lowest point moves a "
        "little when the noise changes. Every A and B inside the outline fits the samples almost equally well; no "
        "optimizer can tell which of them is true."
    ),
    equation=_LOSS,
    task=Task(
        "No optimizer helps here, but better measurements do. Make the uncertainty of A smaller than ±0.0007 AU, about "
        "100,000 km.",
        ("n_samples", "noise_scale"),
        lambda result, problem: findings.uncertainty(problem) < 0.0007 and findings.is_settled(result),
    ),
    competing=True,
    section="noise",
)  # fmt: skip

LESSONS: dict[str, Lesson] = {
    "downhill": _DOWNHILL,
    "learning-rate": _LEARNING_RATE,
    "batches": _BATCHES,
    "momentum": _MOMENTUM,
    "rmsprop": _RMSPROP,
    "adam": _ADAM,
    "race": _RACE,
    "noise": _NOISE,
}
"""The lessons by the keys that links carry, in order."""
