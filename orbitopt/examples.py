"""Examples: the post's published runs, runs with other batch sizes, and runs that fail."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .experiment import Experiment
from .optimizers import OPTIMIZERS

RACE_DEFAULTS: dict[str, Experiment] = {
    key: Experiment(key, **optimizer.race_default) for key, optimizer in OPTIMIZERS.items()
}
"""Experiment of each optimizer in a race: the published runs, and AdaGrad with a suitable learning rate."""

PUBLISHED: dict[str, Experiment] = {key: RACE_DEFAULTS[key] for key in ("sgd", "momentum", "rmsprop", "adam")}
"""The post's four published runs, Figures 7 to 10."""

FIGURE_3 = Experiment("sgd", schedule="constant", start_a=0.8, start_b=0.2, epochs=30)
"""Common settings of the runs of the post's Figure 3. A learning rate of 0.2 for the full batch, scaled with the
square root of the batch size, reproduces the figure."""


FIGURE_4 = replace(FIGURE_3, start_a=2.0, start_b=0.6, learning_rate=0.9, batch_size=512, epochs=200)
"""Gradient descent that zigzags across a narrow valley, as in the post's Figure 4; momentum makes it settle."""


@dataclass(frozen=True)
class Example:
    """An example on the page."""

    label: str
    experiment: Experiment
    lesson: str
    """One sentence about the run."""
    flight: str = ""
    """Key in `flights.FLIGHTS` of its samples; empty if they are generated."""


EXAMPLES: dict[str, Example] = {
    "adam": Example(
        "Adam (Figure 10)",
        PUBLISHED["adam"],
        "Adam divides averaged gradients by the square root of averaged squared gradients, so its steps in A and B are "
        "similar in length.",
    ),
    "momentum": Example(
        "Momentum (Figure 8)",
        PUBLISHED["momentum"],
        "Momentum adds up past gradients: components that keep their sign build up to "
        "long steps, and those that alternate cancel out.",
    ),
    "rmsprop": Example(
        "RMSprop (Figure 9)",
        PUBLISHED["rmsprop"],
        "RMSprop scales the learning rate separately for A and B, so steps in the steep direction stay small.",
    ),
    "sgd": Example(
        "SGD (Figure 7)",
        PUBLISHED["sgd"],
        "Each step follows the gradient of one mini-batch and nothing else.",
    ),
    "zigzag": Example(
        "Zigzag without momentum (Figure 4)",
        FIGURE_4,
        "Each step crosses the narrow valley, so after 200 updates the path still zigzags far from the optimum.",
    ),
    "damped": Example(
        "Zigzag damped by momentum (Figure 4)",
        replace(FIGURE_4, optimizer="momentum", beta=0.5, dampening=0.5),
        "The average of past gradients cancels the zigzag: at the same learning rate the run reaches "
        "the optimum after 22 updates.",
    ),
    "swing": Example(
        "Momentum overshoots the optimum",
        replace(FIGURE_3, optimizer="momentum", learning_rate=0.02, batch_size=512, epochs=100),
        "The run gathers speed downhill, overshoots the optimum by about 0.3 AU, and comes back.",
    ),
    "batch": Example(
        "Batch gradient descent",
        replace(FIGURE_3, batch_size=512, learning_rate=0.2),
        "Every step uses all samples: the path is smooth, but there is only one update per epoch.",
    ),
    "single": Example(
        "SGD, one sample at a time",
        replace(FIGURE_3, batch_size=1, learning_rate=0.00884),
        "There are 512 updates per epoch, each disturbed by the noise of its one sample.",
    ),
    "hybrid": Example(
        "Small batches, then all (Figure 3)",
        replace(FIGURE_3, batch_size=32, switch_after=8, switch_size=512, learning_rate=0.05, batch_scaling="root"),
        "Batches of 32 make quick progress at first; batches of all 512 samples then make it smooth.",
    ),
    "diverges": Example(
        "Learning rate too large: diverges",
        replace(PUBLISHED["sgd"], schedule="constant", learning_rate=2.0),
        "Each step overshoots by more than the one before.",
    ),
    "creeps": Example(
        "Stuck on a plateau",
        replace(PUBLISHED["momentum"], schedule="constant", learning_rate=0.012),
        "Momentum throws A far out, where the surface is almost flat: the loss is finite, but this is no fit.",
    ),
    "empty": Example(
        "No sample left",
        replace(PUBLISHED["adam"], schedule="constant", start_a=0.2, start_b=3.0),
        "A shrinks until no sample lies within the ellipse's x range, so there is no gradient.",
    ),
    "mirror": Example(
        "Mirror image",
        replace(PUBLISHED["sgd"], schedule="constant", start_a=0.1, start_b=4.0),
        "A jumps across zero and settles at −A: the model depends on A only through its square.",
    ),
    "curiosity": Example(
        "Curiosity's flight to Mars (2011)",
        Experiment(
            "momentum", schedule="cosine", learning_rate=0.05, beta=0.9, dampening=0.9, start_a=0.8, start_b=0.2,
            batch_size=83, epochs=500, n_samples=83, noise_scale=0.0,
        ),
        "A real flight: momentum fits A and B to positions of the spacecraft.",
        flight="curiosity",
    ),
}
"""Examples of the page, by their keys in links."""

FORMER_EXAMPLE_LABELS: dict[str, str] = {
    "Steps too long: diverges": "diverges", "Thrown off the road": "creeps", "The mirror image": "mirror",
}
"""Keys of examples by their labels in older links."""
