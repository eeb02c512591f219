"""orbitopt: five optimizers, written by hand, fit the ellipse of a flight to Mars to noisy samples.

>>> import orbitopt as oo
>>> fit = oo.run(oo.PUBLISHED["adam"])
>>> round(fit.a, 4), round(fit.b, 4)
(1.2612, 1.2315)
"""

from .experiment import (
    EXAMPLE_NAMES,
    EXAMPLES,
    FIELDS,
    MOST_UPDATES,
    PUBLISHED,
    Example,
    Experiment,
    Fit,
    most_epochs,
    run,
    update_at,
)
from .fields import Field
from .landscape import Optimum, noise_floor, optimum
from .optimizers import OPTIMIZERS
from .samples import Samples, noisy_samples
from .schedules import SCHEDULES
from .studies import RIVALS, of_batch_size, rival
from .training import History, Outcome

__all__ = [
    "EXAMPLES",
    "EXAMPLE_NAMES",
    "FIELDS",
    "MOST_UPDATES",
    "OPTIMIZERS",
    "PUBLISHED",
    "RIVALS",
    "SCHEDULES",
    "Example",
    "Experiment",
    "Field",
    "Fit",
    "History",
    "Optimum",
    "Outcome",
    "Samples",
    "most_epochs",
    "noise_floor",
    "noisy_samples",
    "of_batch_size",
    "optimum",
    "rival",
    "run",
    "update_at",
]
