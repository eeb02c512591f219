"""Studies: several runs that differ in one thing. What each is made of, and what may be chosen about it."""

from dataclasses import replace

from .experiment import FIELDS, FIGURE_3, PUBLISHED, Experiment, most_epochs
from .fields import Field
from .schedules import batch_factor

RIVALS = PUBLISHED | {"adagrad": Experiment(optimizer="adagrad", learning_rate=0.2, schedule="constant")}
"""How each optimizer enters a race: the published runs, and AdaGrad at a rate that suits it."""

_OWN = ("optimizer", "milestones", "gamma", "beta", "beta1", "beta2", "eps", "dampening", "bias_correction", "nesterov")


def rival(experiment, optimizer, learning_rate, schedule):
    """The experiment as another optimizer would do it: from the same start, on the same samples and shuffles.

    Parameters
    ----------
    experiment : Experiment
    optimizer : str
        Key of OPTIMIZERS; its own hyper-parameters, milestones and gamma are those of RIVALS.
    learning_rate : float
    schedule : str
        Key of SCHEDULES.

    Returns
    -------
    Experiment
    """
    own = {name: getattr(RIVALS[optimizer], name) for name in _OWN}
    return replace(experiment, **own | {"learning_rate": learning_rate, "schedule": schedule})


def of_batch_size(experiment, size, learning_rate, epochs, scaling="root"):
    """Figure 3's run with one batch size, on an experiment's samples and shuffles.

    Parameters
    ----------
    experiment : Experiment
        Its samples are taken.
    size : int or None
        Samples in a batch, at most all of them; None for 32 in the first 8 epochs and all after them.
    learning_rate : float
        Of a batch of all samples.
    epochs : int
        Fewer are taken if they would make more than MOST_UPDATES updates.
    scaling : str
        How the learning rate goes with the batch size: "none", "root" or "linear".

    Returns
    -------
    Experiment
    """
    n = experiment.n_samples
    size, switch = (min(size, n), 0) if size else (min(32, n), 8)
    return replace(
        FIGURE_3,
        n_samples=n,
        noise_scale=experiment.noise_scale,
        seed=experiment.seed,
        batch_size=size,
        switch_after=switch,
        switch_size=n,
        batch_scaling=scaling,
        learning_rate=learning_rate * batch_factor(size, n, scaling),
        epochs=min(epochs, most_epochs(n, size, switch, n)),
    )


_NAMES = FIELDS["optimizer"].choices
SIZES = {"1": 1, "8": 8, "32": 32, "128": 128, "all": FIELDS["batch_size"].high, "hybrid": None}
"""The batch sizes to compare, as `of_batch_size` takes them."""

STUDY_FIELDS = {
    "racers": Field(
        "Who races", "All from one start, on the same samples and shuffles.", "racers", str, choices=_NAMES, many=True
    ),
    "sizes": Field(
        "Batch sizes",
        "Samples in a mini-batch.",
        "sizes",
        str,
        choices={"1": "1", "8": "8", "32": "32", "128": "128", "all": "All", "hybrid": "32, then all"},
        many=True,
    ),
    "scaling": Field(
        "Learning rate",
        "How it goes with the batch size: with its root, as much as it (then an epoch may change as much), or not.",
        "rule",
        str,
        choices={"root": "∝ √size", "linear": "∝ size", "none": "The same for all"},
    ),
    "size_rate": Field("α of all", "That of a batch of all samples.", "size_rate", float, 0, 10, open_low=True),
    "size_epochs": Field("Epochs", "Passes over all samples.", "size_epochs", int, 1, 100, step=1),
}
"""What may be chosen about the studies, as `FIELDS` is for an experiment."""

for _key, _name in _NAMES.items():
    STUDY_FIELDS |= {
        f"race_{_key}": Field(f"α of {_name}", "Its learning rate.", f"race_{_key}", float, 0, 10, open_low=True),
        f"falls_{_key}": replace(FIELDS["schedule"], label=f"Schedule of {_name}", key=f"falls_{_key}"),
    }
