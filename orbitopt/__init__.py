"""orbitopt: five optimizers, written by hand, fit the ellipse of a flight to Mars to noisy samples.

>>> import orbitopt as oo
>>> fit = oo.run(oo.PUBLISHED["adam"])
>>> round(fit.a, 4), round(fit.b, 4)
(1.2612, 1.2315)
"""

from .advice import NO_ADVICE, Advice, advise, search_advice
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
from .outcomes import Outcome
from .samples import Samples, noisy_samples
from .schedules import SCHEDULES
from .studies import RIVALS, of_batch_size, rival
from .sweeps import Ends, map_starts, sweep_learning_rates
from .training import History
from .work import finish

__all__ = [
    "EXAMPLES",
    "EXAMPLE_NAMES",
    "FIELDS",
    "MOST_UPDATES",
    "NO_ADVICE",
    "OPTIMIZERS",
    "PUBLISHED",
    "RIVALS",
    "SCHEDULES",
    "Advice",
    "Ends",
    "Example",
    "Experiment",
    "Field",
    "Fit",
    "History",
    "Optimum",
    "Outcome",
    "Samples",
    "advise",
    "finish",
    "map_starts",
    "most_epochs",
    "noise_floor",
    "noisy_samples",
    "of_batch_size",
    "optimum",
    "rival",
    "run",
    "search_advice",
    "sweep_learning_rates",
    "update_at",
]
