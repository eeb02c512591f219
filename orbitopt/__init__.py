"""orbitopt: five optimizers, written by hand, fit the ellipse of a flight to Mars to noisy samples.

>>> import orbitopt as oo
>>> fit = oo.run(oo.PUBLISHED["adam"])
>>> round(fit.a, 4), round(fit.b, 4)
(1.2612, 1.2315)
"""

from .experiment import EXAMPLES, FIELDS, MOST_UPDATES, PUBLISHED, Example, Experiment, Field, Fit, most_epochs, run
from .landscape import Optimum, noise_floor, optimum
from .optimizers import OPTIMIZERS
from .samples import Samples, noisy_samples
from .schedules import SCHEDULES
from .training import History, Outcome

__all__ = [
    "EXAMPLES",
    "FIELDS",
    "MOST_UPDATES",
    "OPTIMIZERS",
    "PUBLISHED",
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
    "optimum",
    "run",
]
