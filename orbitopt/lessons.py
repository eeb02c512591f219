"""The lessons: predict, watch, explain, in eight steps along the post.

Answers, outcomes and tasks are worked out from the runs, so they hold for any samples. To add a lesson, add an entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import findings
from .comparisons import ranked
from .examples import FIGURE_3, FIGURE_4, PUBLISHED
from .experiment import Experiment
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


def _equation(experiment: Experiment, number: str) -> Equation:
    """Return the equation of an experiment's optimizer that has a number in the post."""
    return next(equation for equation in experiment.rule.equations() if equation.number == number)


_DOWNHILL = Lesson(
    title="Downhill",
    source="2.1",
    by_hand=(
        "The circles are samples: simulated measurements of a flight from Earth to Mars. Half the width of the ellipse "
        "is A, half its height is B, in AU: 1 AU is the distance from Earth to the Sun. Drag the sliders A and B until "
        "the ellipse fits. The loss says how badly it fits: it is the mean squared vertical distance from samples to "
        "ellipse. Grey lines show some of these distances."
    ),
    story=(
        "Now see the loss as a landscape of A and B, with pale peaks and a dark valley. The star marks its lowest "
        "point, the optimum; on a line marked 100× the loss is 100 times as large. (The ring marks the truth, from "
        "which the samples were made.) A walker is lost there in thick fog. All she can feel is how steep the ground "
        "under her feet is, and in which direction. So she takes a step downhill, feels the ground again, and takes "
        "the next step."
    ),
    experiments={"walk": replace(_FROM_BELOW, epochs=40)},
    question="The length of each step is 0.2 times the slope under her feet. How do the steps change on the way down?",
    choices={
        "shorter": Choice("They get shorter and shorter", lambda fits: findings.growth_of_steps(fits) < 0.8),
        "equal": Choice(
            "They all have the same length", lambda fits: 0.8 <= findings.growth_of_steps(fits) <= 1.25,
            "That would happen on a slope that is equally steep everywhere. This valley has a flat floor.",
        ),
        "longer": Choice(
            "They get longer and longer", lambda fits: findings.growth_of_steps(fits) > 1.25,
            "That would happen with 2 instead of 0.2: each step then overshoots the valley and lands where the ground "
            "is even steeper.",
            {"walk": {"learning_rate": 2.0}},
        ),
    },
    happened=findings.downhill_steps,
    why=(
        "Near the optimum the ground is flat, and a step is a fixed number α times the slope, so it gets short there."
    ),
    equation=_equation(_FROM_BELOW, "4"),
    terms=(
        "The slope g is called the gradient; the minus sign means downhill. Each step is an update of A and B: w is A "
        "or B, and t counts the updates. This rule, gradient descent, is the simplest optimizer. She arrives when the "
        "loss comes within 10 % of its minimum and stays there: the run has settled."
    ),
    task=Task(
        "The walker does not always arrive. Click on the landscape to put her somewhere else, and find a start from "
        "which these 40 steps do not lead to the optimum.",
        ("start_a", "start_b"),
        lambda result, problem: not findings.is_settled(result),
        lambda result, problem: "From here she arrives.",
    ),
)  # fmt: skip


_LEARNING_RATE = Lesson(
    title="Learning rate",
    source="2.1",
    story=(
        "The number α that turns a slope into a step is called the learning rate. You choose it. Two walkers start at "
        "the same place: the grey one with α = 0.2, as in lesson 1, the other with α = 1.05."
    ),
    experiments={"α = 1.05": replace(_FROM_BELOW, learning_rate=1.05, epochs=100),
                 "α = 0.2": replace(_FROM_BELOW, epochs=100)},
    question="What does the walker with α = 1.05 do?",
    choices={
        "sooner": Choice(
            "She arrives sooner", findings.is_quicker,
            "That would happen with α = 0.25. Larger is quicker only up to a point.",
            {"α = 1.05": {"learning_rate": 0.25}},
        ),
        "later": Choice(
            "She arrives later",
            lambda fits: findings.is_settled(findings.first_of(fits)) and not findings.is_quicker(fits),
            "That would happen with α = 0.1, where a step is half as long on the same ground.",
            {"α = 1.05": {"learning_rate": 0.1}},
        ),
        "astray": Choice(
            "She jumps about and never settles", lambda fits: findings.strays(findings.first_of(fits)),
        ),
        "away": Choice(
            "Her steps grow until she is far away",
            lambda fits: findings.first_of(fits).outcome is Outcome.DIVERGED,
            "That would happen with α = 2, where each jump ends on ground that is steeper than before.",
            {"α = 1.05": {"learning_rate": 2.0}},
        ),
    },
    happened=findings.compared_rates,
    why=(
        "The slope describes only the ground at her feet, so with a large α the step crosses the valley and ends on "
        "the other side, again and again."
    ),
    equation=_equation(_FROM_BELOW, "4"),
    terms=(
        "A run that jumps about near the optimum does not settle, even if it is within 10 % of the minimum loss now "
        "and then."
    ),
    task=Task(
        "How large can α be? Find an α with which she still arrives, within 20 % of the largest.",
        ("learning_rate",),
        findings.has_largest_rate,
        lambda result, problem: "She arrives, but she also does with an α that is more than 20 % larger.",
    ),
)  # fmt: skip

_BATCHES = Lesson(
    title="Batches",
    source="2.2",
    story=(
        "The samples used for one step are a batch, so far all of them. A single sample also gives a slope, but a "
        "rough one. The grey walker steps once after reading all samples, the other after every sample, in random "
        "order, with a smaller α: stochastic gradient descent, SGD. Reading all samples once is an epoch."
    ),
    experiments={"one sample": _ONE_BY_ONE, "all samples": _FROM_BELOW},
    question="Both walk for 30 epochs. What does the one-sample walker do, counted in epochs?",
    choices={
        "restless": Choice(
            "Gets there first, but jumps about",
            lambda fits: findings.is_earlier(fits) and findings.is_restless(fits),
        ),
        "calm": Choice(
            "Gets there first and comes to rest",
            lambda fits: findings.is_earlier(fits) and not findings.is_restless(fits),
            "That would happen with batches of 32 samples for 8 epochs, then all samples.",
            {"one sample": {"batch_size": 32, "learning_rate": 0.05, "switch_after": 8, "switch_size": 512,
                            "batch_scaling": "root"}},
        ),
        "slower": Choice(
            "Gets there later", lambda fits: not findings.is_earlier(fits),
            "That would happen with α = 0.0001: many steps, but tiny ones.",
            {"one sample": {"learning_rate": 0.0001}},
        ),
    },
    happened=findings.compared_batches,
    why=(
        "In one epoch the one-sample walker takes a step for each sample, but each sample has a measurement error, "
        "called noise, so its slope g is slightly wrong, and near the optimum only these errors are left."
    ),
    equation=_equation(_ONE_BY_ONE, "4"),
    terms=(
        "In machine learning a batch is often called a mini-batch."
    ),
    task=Task(
        "Make the walker with one sample per step arrive, that is, settle. A schedule lowers α during the run.",
        ("learning_rate", "schedule"),
        lambda result, problem: findings.is_settled(result),
    ),
    over="epoch",
)  # fmt: skip


_MOMENTUM = Lesson(
    title="Momentum",
    source="2.3",
    story=(
        "At this start the valley is steep along B and nearly flat along A. The grey walker, plain gradient descent, "
        "overshoots along B and comes back, in a zigzag. The other has the same α but steps along an average of all "
        "slopes so far, in which older slopes count less and less. This average is called momentum."
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
            "Slopes that agree add up, as they do along the valley. Across it they disagree and cancel.",
        ),
    },
    happened=findings.compared_zigzags,
    why=(
        "Across the valley the slopes keep changing sign, so they cancel in the average v, while along it they agree, "
        "so they remain."
    ),
    arrows=True,
    equation=_equation(_AVERAGED, "5"),
    terms=(
        "She steps by α times v. β = 0.7 says how much the past counts."
    ),
    task=Task(
        "Set Dampening to 0: each new slope then counts in full, not only 0.3 of it, so the steps get longer. Find an "
        "α with which she arrives again.",
        ("dampening", "learning_rate"),
        lambda result, problem: result.experiment.dampening == 0.0 and findings.is_settled(result),
        lambda result, problem: "Dampening is not 0.",
    ),
)  # fmt: skip


_RMSPROP = Lesson(
    title="RMSprop",
    source="2.4",
    story=(
        "Momentum still has one α for both directions, although the ground at this start is steep along B and nearly "
        "flat along A. RMSprop keeps two averages of squared slopes, one for A and one for B, and divides each slope "
        "by the square root of its average. The grey walker, plain gradient descent, starts almost straight along B."
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
            "Dividing by the square root cancels the steepness. It does not reverse it.",
        ),
    },
    happened=findings.compared_first_steps,
    why=(
        "In effect A and B each have their own learning rate, α / √s, which is small where the ground is steep and "
        "large where it is flat."
    ),
    arrows=True,
    equation=_equation(_SCALED, "10"),
    terms=(
        "s is the average squared slope; ε only avoids a division by 0. The average starts at 0, so at first s is too "
        "small and the steps are long. A drawback: near the optimum the steps do not get shorter by themselves."
    ),
    task=Task(
        "With this constant α, RMSprop does not settle. Make it arrive within these 60 updates, with a schedule that "
        "lowers α during the run.",
        ("schedule", "learning_rate"),
        lambda result, problem: result.experiment.schedule != "constant" and findings.is_settled(result),
        lambda result, problem: "The schedule is constant.",
    ),
)  # fmt: skip


_ADAM = Lesson(
    title="Adam",
    source="2.5",
    story=(
        "Adam combines both ideas: it divides the average slope (momentum) by the square root of the average squared "
        "slope (RMSprop). Both averages start at 0, so at first they are too small. Adam corrects this. The grey "
        "walker is RMSprop with the same α = 0.05, and the start is the same as before."
    ),
    experiments={"Adam": _ADAPTED, "RMSprop": _SCALED},
    question="How far does Adam's first step go along A and along B?",
    choices={
        "steep": Choice(
            "Farther along B, where it is steep", lambda fits: findings.kind_of_first_step(fits) == "steep",
            "That is what plain gradient descent does.",
            {"Adam": {"optimizer": "sgd", "learning_rate": 0.3}},
        ),
        "rmsprop": Choice(
            "As far as RMSprop's", lambda fits: findings.kind_of_first_step(fits) == "rmsprop",
            "That would happen without the correction (Eqs. 12 and 14 of the post).",
            {"Adam": {"bias_correction": False}},
        ),
        "alpha": Choice(
            "By α along A and by α along B", lambda fits: findings.kind_of_first_step(fits) == "alpha",
        ),
    },
    happened=findings.compared_starts,
    why=(
        "After the first step the corrected averages are v̂ = g and ŝ = g², so v̂ / √ŝ is 1 or −1, and the step is α "
        "along A and α along B, however steep the ground is."
    ),
    arrows=True,
    equation=_equation(_ADAPTED, "15"),
    terms=(
        "So α is easy to choose: it is about the length of a step."
    ),
    task=Task(
        "Make Adam arrive within these 60 updates. A smaller β₁ means less momentum, a larger α means longer steps, "
        "and a schedule shortens them over time.",
        ("learning_rate", "beta1", "schedule"),
        lambda result, problem: findings.is_settled(result),
    ),
)  # fmt: skip

def _wins(label: str) -> Callable[[Fits], bool]:
    return lambda fits: ranked(fits)[0] == label


_REPLIES = {
    "sgd": "SGD has a small α, 0.01, and unlike Momentum it does not add up past slopes.",
    "momentum": "Momentum adds up its slopes, which can carry it too far.",
    "rmsprop": "RMSprop starts with the longest steps, but its α falls to a tenth after 8 updates.",
    "adam": "Adam is steady: no step is much longer than its α, so it needs more updates.",
}

_RACE = Lesson(
    title="Race",
    source="3",
    story=(
        "The four optimizers start together in the upper left corner, where the ellipse is so narrow that few samples "
        "count. Each has the α and the schedule of the blog post that this page follows: α is 0.01 for SGD and "
        "Momentum, 0.02 for RMSprop and 0.03 for Adam. All use 64 samples per step, and SGD is plain gradient descent."
    ),
    experiments={OPTIMIZERS[key].label: experiment for key, experiment in PUBLISHED.items()},
    question="Which optimizer arrives first?",
    choices={
        key: Choice(OPTIMIZERS[key].label, _wins(OPTIMIZERS[key].label), _REPLIES[key]) for key in PUBLISHED
    },
    happened=findings.race_order,
    why=(
        "All four follow one rule, new value = old value − α × direction, but each has its own α and schedule, so the "
        "race does not compare the rules alone."
    ),
    equation=_equation(PUBLISHED["sgd"], "4"),
    terms=(
        "One α for all would not be fair either: the α that suits one ruins another."
    ),
    task=Task(
        "Make SGD win: find an α with which it arrives before all four runs of this race.",
        ("learning_rate",),
        lambda result, problem: findings.samples_needed(result) < findings.samples_of_the_fastest(problem),
        findings.lag_text,
    ),
    competing=True,
)  # fmt: skip

_NOISE = Lesson(
    title="Noise",
    source="3",
    story=(
        "No measurement is perfect: each sample is a little too high or too low, at random. This is the noise. We know "
        "the true ellipse, because the samples were made from it. Two walkers, plain gradient descent and momentum, "
        "fit A and B to the same samples, while α falls to 0."
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
            "Both at the same place, close to the true A and B but not on it",
            lambda fits: findings.ends_apart(fits) <= 2e-3 and findings.from_truth(fits) > 1e-5,
        ),
        "apart": Choice(
            "At two different places", lambda fits: findings.ends_apart(fits) > 2e-3,
            "That would happen if they stopped after 8 updates. In the end both find the same optimum.",
            {name: {"epochs": 8} for name in ("Gradient descent", "Momentum")},
        ),
    },
    happened=findings.noise_left,
    why=(
        "An optimizer minimizes the loss of the samples, and the noise is part of them: with other noise the optimum "
        "would be elsewhere."
    ),
    equation=_LOSS,
    terms=(
        "All A and B inside the outline below the player (95 % confidence) fit the samples almost equally well, so no "
        "optimizer can tell which is true. In the equation ŷ is the height of the ellipse at a sample, and N′ counts "
        "the samples used."
    ),
    task=Task(
        "A better optimizer does not help here, but better measurements do. Make the uncertainty of A smaller than "
        "±0.0007 AU, about 100,000 km.",
        ("n_samples", "noise_scale"),
        lambda result, problem: findings.uncertainty(problem) < 0.0007 and findings.is_settled(result),
        lambda result, problem: findings.uncertainty_text(problem),
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
