"""Experiment: everything a visitor can choose, in one table with its bounds; running it; the published runs.

The table stands in the fields of `Experiment` themselves: default, label, help, bounds, and the short key of the field
in a link. The check, the page's widgets and the link all read it through `FIELDS`.
"""

import dataclasses
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from .fields import Field
from .hohmann import miss_at_mars
from .landscape import near_optimum, optimum
from .model import clamped_loss
from .optimizers import OPTIMIZERS
from .outcomes import SETTLED, SETTLED_SHARE, Outcome, explain, judged_updates, outcomes
from .samples import Samples, noisy_samples, shuffles
from .schedules import SCHEDULES, batch_factor, batch_sizes, places, updates_per_epoch
from .training import History, iterate_updates, train

MOST_UPDATES = 60_000
"""The most updates that one run may take."""

_ROWS_AT_ONCE = 256


def _row(default, label, key, kind, help, *bounds, **more):
    return dataclasses.field(default=default, metadata={"row": Field(label, help, key, kind, *bounds, **more)})


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a run. The defaults are the post's published Adam run.

    `beta`, `eps` and `bias_correction` may be None: the optimizer's own default then takes their place. Fields that
    the optimizer or the schedule has no use for are checked all the same.

    Raises
    ------
    ValueError
        If a field is out of its bounds; the message names every such field, its value and its bounds.

    Examples
    --------
    >>> Experiment(learning_rate=-1)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate must lie in (0, 10], got -1
    """

    optimizer: str = _row(
        "adam", "Optimizer", "optimizer", str,
        "The rule that turns a gradient into a step.",
        choices={"sgd": "SGD", "momentum": "Momentum", "rmsprop": "RMSprop", "adam": "Adam", "adagrad": "AdaGrad"},
    )
    learning_rate: float = _row(
        0.03, "Learning rate α", "log10_rate", float,
        "How long the steps are. Users need to try different ones to find what works.",
        0, 10, open_low=True, step=0.01, control_low=1e-5, log=True,
    )
    schedule: str = _row(
        "multi-step", "Schedule", "schedule", str,
        "How the learning rate changes during the run.",
        choices={
            "constant": "Constant",
            "multi-step": "Falls at set updates",
            "exponential": "Falls every epoch",
            "cosine": "Falls along a cosine",
        },
    )
    milestones: tuple = _row(
        (16,), "Falls at updates", "falls", tuple,
        "From these updates on (counted from 0) the rate is multiplied by γ once more. Separate them by commas.",
        0, MOST_UPDATES,
    )
    gamma: float = _row(
        0.5, "Falls by the factor γ", "gamma", float,
        "What the learning rate is multiplied by each time it falls.",
        0, 1, open_low=True, step=0.01,
    )
    beta: float = _row(
        None, "Decay β", "beta", float,
        "How much of the past the average keeps: gradients for momentum, their squares for RMSprop.",
        0, 1, open_high=True, step=0.001, optional=True,
    )
    beta1: float = _row(
        0.9, "Decay β₁ of the gradients", "beta1", float,
        "How much of the past gradients the first moment keeps.",
        0, 1, open_high=True, step=0.001,
    )
    beta2: float = _row(
        0.999, "Decay β₂ of their squares", "beta2", float,
        "How much of the past squared gradients the second moment keeps.",
        0, 1, open_high=True, step=0.001,
    )
    eps: float = _row(
        None, "Guard ε", "log10_eps", float,
        "Added below the fraction line so that nothing is divided by zero.",
        1e-12, 1, step=0.5, log=True, optional=True,
    )
    dampening: float = _row(
        0.0, "Dampening", "dampening", float,
        "The new gradient counts 1 − dampening. 0 is PyTorch's form and the published run; dampening = β is Eq. 5.",
        0, 1, step=0.01,
    )
    bias_correction: bool = _row(
        None, "Bias correction", "bias_correction", bool,
        "Divide the averages by 1 − βᵗ, since they start from zero: Eq. 8 for momentum, Eqs. 12 and 14 for Adam.",
        optional=True,
    )
    nesterov: bool = _row(
        False, "Nesterov's form", "nesterov", bool,
        "Step along the velocity one update ahead.",
    )
    batch_size: int = _row(
        64, "Batch size", "batch", int,
        "Samples in a mini-batch: 1 is stochastic gradient descent, all of them is batch gradient descent.",
        1, 4096,
    )
    switch_after: int = _row(
        0, "Switch the batch size after epoch", "switch_after", int,
        "Train on with another batch size after so many epochs; 0 for never.",
        0, 500, step=1,
    )
    switch_size: int = _row(
        512, "Batch size after the switch", "switch_batch", int,
        "Samples in a mini-batch after the switch.",
        1, 4096,
    )
    batch_scaling: str = _row(
        "none", "Rate after the switch", "scaling", str,
        "Whether the learning rate changes with the batch size: not at all, with its root, or as much as it.",
        choices={"none": "The same", "root": "∝ √size", "linear": "∝ size"},
    )
    epochs: int = _row(
        100, "Epochs", "epochs", int,
        "Passes over all samples.",
        1, 500, step=1,
    )
    start_a: float = _row(
        0.1, "Start A", "a", float,
        "Semi-major axis to start from, AU.",
        0, 4, open_low=True, step=0.01,
    )
    start_b: float = _row(
        1.8, "Start B", "b", float,
        "Semi-minor axis to start from, AU.",
        0, 4, open_low=True, step=0.01,
    )
    n_samples: int = _row(
        512, "Number of samples", "samples", int,
        "Points measured along the transfer.",
        16, 4096, step=16,
    )
    noise_scale: float = _row(
        0.1, "Noise", "noise", float,
        "Width of the uniform noise on y, AU.",
        0, 0.5, step=0.01,
    )
    seed: int = _row(
        9999, "Seed", "seed", int,
        "Names the noise and the shuffles: the same number gives the same ones on every machine.",
        0, 2**32 - 1,
    )

    def __post_init__(self):
        own = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else None
        faults = []
        for name, row in FIELDS.items():
            value = getattr(self, name)
            if row.optional and value is None:
                value = getattr(own, name, None)
            try:
                object.__setattr__(self, name, row.check(value))
            except ValueError as fault:
                faults.append(f"{name} {fault}")
        if not faults:
            faults += [
                f"{name} must be at most n_samples, {self.n_samples}, got {getattr(self, name)}"
                for name in ("batch_size", "switch_size")[: 2 if self.switch_after else 1]
                if getattr(self, name) > self.n_samples
            ]
        if not faults and self.updates > MOST_UPDATES:
            faults.append(
                f"epochs must make at most {MOST_UPDATES:,} updates in all, "
                f"got {self.epochs} with {self.updates:,} updates"
            )
        if faults:
            raise ValueError("; ".join(faults))

    @property
    def rule(self):
        """The optimizer: an instance of a class in OPTIMIZERS."""
        return self._of_kind(OPTIMIZERS[self.optimizer])

    @property
    def batch_sizes(self):
        """Batch size of every epoch, a list of length epochs."""
        return batch_sizes(self.epochs, self.batch_size, self.switch_after, self.switch_size)

    @property
    def updates(self):
        """Number of updates of a run that goes to its end."""
        return int(updates_per_epoch(self.n_samples, self.batch_sizes).sum())

    @property
    def samples_seen(self):
        """How many samples have been visited after 0, 1, 2, ... updates, ndarray, shape (updates + 1,)."""
        sizes = np.asarray(self.batch_sizes)
        epoch, in_epoch = places(self.n_samples, sizes)
        seen = epoch * self.n_samples + np.minimum((in_epoch + 1) * sizes[epoch], self.n_samples)
        return np.concatenate([[0], seen])

    @property
    def rate_factors(self):
        """What the learning rate is multiplied by at every update, ndarray, shape (updates,)."""
        sizes = np.asarray(self.batch_sizes)
        epoch, _ = places(self.n_samples, sizes)
        factors = self._of_kind(SCHEDULES[self.schedule]).factors(epoch)
        return factors * batch_factor(sizes[epoch], self.batch_size, self.batch_scaling)

    def to_text(self):
        """Write the experiment as a short text for a link: the fields that differ from `Experiment(optimizer)`.

        `from_text` reads back every digit: a value that the control of its field cannot hold is written in full, under
        the field's own name.

        Examples
        --------
        >>> PUBLISHED["sgd"].to_text()
        'optimizer:SGD;log10_rate:-2.0;falls:100;gamma:0.6'
        >>> Experiment("sgd", learning_rate=1 / 3).to_text()
        'optimizer:SGD;learning_rate:0.3333333333333333'
        """
        plain = Experiment(self.optimizer)
        parts = [f"optimizer:{FIELDS['optimizer'].choices[self.optimizer]}"]
        for name, row in FIELDS.items():
            value = getattr(self, name)
            if name != "optimizer" and value != getattr(plain, name):
                held = row.choices[value] if row.choices else row.to_control(value)
                exact = not row.log or row.from_control(held) == value
                parts.append(f"{row.key}:{held}" if exact else f"{name}:{value!r}")
        return ";".join(parts)

    @classmethod
    def from_text(cls, text):
        """Read the experiment that `to_text` wrote.

        Raises
        ------
        ValueError
            If the text says something else, with the part that cannot be used.
        """
        fields = {row.key: (name, row.parse) for name, row in FIELDS.items()}
        fields |= {name: (name, row.parse_exact) for name, row in FIELDS.items() if row.log}
        values = {}
        for part in text.split(";"):
            key, _, held = part.partition(":")
            if key not in fields or fields[key][0] in values:
                raise ValueError(f"{key} must be the name of a choice, and stand there once")
            name, parse = fields[key]
            try:
                values[name] = parse(held)
            except ValueError as fault:
                raise ValueError(f"{key} {fault}") from None
        return cls(**values)

    def _of_kind(self, kind):
        return kind(**{field.name: getattr(self, field.name) for field in dataclasses.fields(kind)})


FIELDS = {field.name: field.metadata["row"] for field in dataclasses.fields(Experiment)}
"""The table: the `Field` of every field of `Experiment`, by its name."""


def most_epochs(n_samples, batch_size, switch_after=0, switch_size=None):
    """The most epochs that keep a run within MOST_UPDATES.

    Parameters
    ----------
    n_samples, batch_size, switch_after, switch_size : int
        Fields of `Experiment`.

    Returns
    -------
    int

    Examples
    --------
    >>> most_epochs(512, 1), most_epochs(512, 1, switch_after=100, switch_size=512)
    (117, 500)
    """
    sizes = batch_sizes(FIELDS["epochs"].high, batch_size, switch_after, switch_size)
    return int(np.searchsorted(np.cumsum(updates_per_epoch(n_samples, sizes)), MOST_UPDATES, side="right"))


@dataclass(frozen=True)
class Fit:
    """One run of an experiment: the path it took and what became of it."""

    experiment: Experiment
    problem: "Problem"
    """What was to be fitted."""
    history: History
    params: np.ndarray
    """A and B after the last update, AU, shape (2,); either may be negative."""

    @property
    def samples(self):
        """The samples that were fitted."""
        return self.problem.samples

    @property
    def optimum(self):
        """The exact optimum of the clamped loss on them."""
        return self.problem.optimum

    @property
    def a(self):
        """The fitted semi-major axis |A|, AU."""
        return abs(float(self.params[0]))

    @property
    def b(self):
        """The fitted semi-minor axis B, AU, with its sign: only A has a mirror image."""
        return float(self.params[1])

    @cached_property
    def path(self):
        """A and B before the first update and after each, AU, shape (updates + 1, 2)."""
        return np.vstack([self.history.params, self.params])

    @property
    def loss(self):
        """The clamped loss of the fit over all samples, AU^2."""
        return float(clamped_loss(self.params, *self.samples))

    @property
    def miss_at_mars(self):
        """By how much the fitted aphelion overshoots Mars's orbit, km; negative if it falls short."""
        return miss_at_mars(self.a)

    @property
    def empty_batches(self):
        """Mini-batches that had no sample in the domain and so changed nothing."""
        return int(np.count_nonzero(self.history.n_in_domain == 0))

    @cached_property
    def reached_after(self):
        """After how many updates the loss was first within 10 % of the least possible; None if never."""
        for start in range(0, len(self.path), _ROWS_AT_ONCE):
            near = self.problem.is_near(self.path[start : start + _ROWS_AT_ONCE])
            if near.any():
                return start + int(np.argmax(near))
        return None

    @cached_property
    def outcome(self):
        """How the run ended, an `Outcome`."""
        outcome = outcomes(self.params, self._near, -1, self.samples).item()
        if outcome is Outcome.MOVING:  # only then does it matter whether the run was near before
            return outcomes(self.params, self._near, self._reached_after, self.samples).item()
        return outcome

    @cached_property
    def settled_after(self):
        """After how many updates a run that settled was near for at least nine tenths of the rest; None if it did not.

        Of runs with more than 1,000 updates 1,000 evenly spread ones are looked at.
        """
        if self.outcome not in SETTLED:
            return None
        updates = np.unique(np.linspace(0, len(self.path) - 1, 1001).round().astype(int))
        near = self.problem.is_near(self.path[updates])
        share = np.add.accumulate(near[::-1])[::-1] / np.arange(len(near), 0, -1)
        return int(updates[np.argmax(near & (share >= SETTLED_SHARE))])

    @cached_property
    def message(self):
        """How the run ended, in one sentence."""
        return explain(
            self.outcome, self.history, self.params, self._near, self._reached_after, self.samples, self.optimum
        )

    @cached_property
    def _near(self):
        return self.problem.is_near(self.path[judged_updates(len(self.history.loss))])

    @property
    def _reached_after(self):
        return -1 if self.reached_after is None else self.reached_after

    def at(self, updates):
        """A and B after so many updates.

        Parameters
        ----------
        updates : array_like of int, shape (k,)
            0 to the number of updates.

        Returns
        -------
        ndarray, shape (k, 2)
            AU.
        """
        return self.path[updates]

    def loss_at(self, updates):
        """The clamped loss over all samples after so many updates.

        Parameters
        ----------
        updates : array_like of int, shape (k,)
            0 to the number of updates.

        Returns
        -------
        ndarray, shape (k,)
            AU^2.
        """
        return clamped_loss(self.at(updates), *self.samples)


def run(experiment, samples=None):
    """Run an experiment from start to end.

    Parameters
    ----------
    experiment : Experiment
    samples : Samples, optional
        Samples to fit in place of those that the experiment's seed names; experiment.n_samples of them.

    Returns
    -------
    Fit

    Examples
    --------
    >>> fit = run(PUBLISHED["adam"])
    >>> round(fit.a, 4), round(fit.b, 4), fit.outcome.value
    (1.2612, 1.2315, 'settled at the optimum')
    """
    to_fit = problem(experiment, samples)
    history, params = train(**run_arguments(experiment, to_fit.samples))
    return Fit(experiment, to_fit, history, params)


def updates(experiment, samples=None):
    """Every `Update` of a run, one after the other; parameters as for `run`."""
    return iterate_updates(**run_arguments(experiment, problem(experiment, samples).samples))


def update_at(experiment, step, samples=None):
    """The update that follows after so many, worked out anew from the start.

    Parameters
    ----------
    experiment : Experiment
    step : int
        How many updates lie behind it: 0 for the first.
    samples : Samples, optional
        As for `run`.

    Returns
    -------
    Update

    Raises
    ------
    ValueError
        If the run has no such update.
    """
    for done, update in enumerate(updates(experiment, samples)):
        if done == step:
            return update
    raise ValueError(f"step must lie in [0, {done}], got {step}")


@dataclass(frozen=True)
class Problem:
    """What is to be fitted, and what follows from it whatever the run."""

    samples: Samples
    own: bool = False
    """Whether the samples are one's own, and not those that an experiment's seed names."""

    @cached_property
    def optimum(self):
        """The exact optimum of the clamped loss, an `Optimum`."""
        return optimum(self.samples)

    @cached_property
    def is_near(self):
        """Which parameters have a loss within a tenth of the least possible: what `near_optimum` returns."""
        return near_optimum(self.samples, self.optimum)


def problem(experiment, samples=None):
    """The problem of an experiment.

    Parameters
    ----------
    experiment : Experiment
    samples : Samples, optional
        As for `run`.

    Returns
    -------
    Problem

    Raises
    ------
    ValueError
        If there are not experiment.n_samples samples.
    """
    if samples is None:
        return _drawn_problem(experiment.n_samples, experiment.noise_scale, experiment.seed)
    if len(samples.x) != experiment.n_samples:
        raise ValueError(f"samples must be as many as n_samples, {experiment.n_samples}, got {len(samples.x)}")
    return Problem(samples, own=True)


def training_arguments(experiment, samples):
    """Return the arguments that both training loops share, by name: all but starts and learning rates."""
    return {
        "rule": experiment.rule,
        "samples": samples,
        "permutations": shuffles(experiment.n_samples, experiment.epochs, experiment.seed),
        "sizes": experiment.batch_sizes,
        "factors": experiment.rate_factors.tolist(),
    }


def run_arguments(experiment, samples):
    """Return the arguments of the training loop of one run, by name."""
    start = experiment.start_a, experiment.start_b
    return training_arguments(experiment, samples) | {"start": start, "learning_rate": experiment.learning_rate}


@lru_cache(maxsize=32)
def _drawn_problem(n_samples, noise_scale, seed):
    samples = noisy_samples(n_samples, noise_scale, seed)
    for array in samples:
        array.flags.writeable = False
    return Problem(samples)


PUBLISHED = {
    "sgd": Experiment(optimizer="sgd", learning_rate=0.01, milestones=(100,), gamma=0.6),
    "momentum": Experiment(optimizer="momentum", learning_rate=0.01, milestones=(5, 7), gamma=0.45),
    "rmsprop": Experiment(optimizer="rmsprop", learning_rate=0.02, milestones=(8,), gamma=0.1, eps=1e-4),
    "adam": Experiment(),
}
"""The post's four published runs, Figures 7 to 10."""


FIGURE_3 = Experiment(optimizer="sgd", schedule="constant", start_a=0.8, start_b=0.2, epochs=30)
"""What the runs of the post's Figure 3 share. A learning rate of 0.2 for a batch of all samples, going with the root of
the batch size, shows its picture."""


@dataclass(frozen=True)
class Example:
    """A run worth looking at."""

    label: str
    experiment: Experiment
    lesson: str
    """What it shows, in one sentence."""


EXAMPLES = {
    "adam": Example(
        "Adam (Figure 10)", PUBLISHED["adam"],
        "Averaged gradients over averaged squares: long, even steps in A and in B alike.",
    ),
    "momentum": Example(
        "Momentum (Figure 8)", PUBLISHED["momentum"],
        "Averaged gradients gather speed down the slope and swing past the bottom.",
    ),
    "rmsprop": Example(
        "RMSprop (Figure 9)", PUBLISHED["rmsprop"],
        "Each axis has a rate of its own, so the steep one cannot run away.",
    ),
    "sgd": Example(
        "SGD (Figure 7)", PUBLISHED["sgd"],
        "Each step follows the slope of one mini-batch, and nothing else.",
    ),
    "batch": Example(
        "Batch gradient descent", replace(FIGURE_3, batch_size=512, learning_rate=0.2),
        "All samples in every step: smooth, but one update an epoch.",
    ),
    "single": Example(
        "SGD, one sample at a time", replace(FIGURE_3, batch_size=1, learning_rate=0.00884),
        "512 updates an epoch, each pulled about by the noise of its one sample.",
    ),
    "hybrid": Example(
        "Small batches, then all (Figure 3)",
        replace(FIGURE_3, batch_size=32, switch_after=8, switch_size=512, learning_rate=0.05, batch_scaling="root"),
        "Quick at first on batches of 32, then smooth on all 512.",
    ),
    "diverges": Example(
        "Steps too long: diverges",
        replace(PUBLISHED["sgd"], schedule="constant", learning_rate=2.0),
        "Every step overshoots by more than the last.",
    ),
    "creeps": Example(
        "Thrown off the road",
        replace(PUBLISHED["momentum"], schedule="constant", learning_rate=0.012),
        "Momentum throws A far out, to where the surface is almost flat: finite is not yet fitted.",
    ),
    "empty": Example(
        "No sample left", replace(PUBLISHED["adam"], schedule="constant", start_a=0.2, start_b=3.0),
        "A shrinks until no sample lies inside the ellipse, and there is no gradient any more.",
    ),
    "mirror": Example(
        "The mirror image", replace(PUBLISHED["sgd"], schedule="constant", start_a=0.1, start_b=4.0),
        "A jumps across zero and ends at −A: the model knows A only by its square.",
    ),
}
"""The page's examples: the published runs, and what can go otherwise."""

EXAMPLE_NAMES = {key: example.label for key, example in EXAMPLES.items()}
"""What the examples are called."""
