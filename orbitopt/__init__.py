"""Fit the transfer ellipse from Earth to Mars to noisy samples with five hand-written optimizers.

>>> import orbitopt as oo
>>> fit = oo.run(oo.PUBLISHED["adam"])
>>> round(fit.a, 4), round(fit.b, 4)
(1.2612, 1.2315)
"""

from .advice import NO_ADVICE, Advice, advise, search_advice
from .comparisons import BATCH_SIZES, with_batch_size, with_optimizer
from .examples import EXAMPLES, PUBLISHED, RACE_DEFAULTS, Example
from .experiment import MAX_UPDATES, SETTINGS, Experiment, max_epochs
from .fit import Fit, run, update_at
from .jobs import finish
from .landscape import Optimum, noise_floor, optimum
from .lesson_parts import Choice, Lesson, Task
from .lessons import LESSONS
from .optimizers import OPTIMIZERS
from .orbit_data import Orbit, read_orbit
from .outcomes import Outcome
from .problem import FitProblem
from .samples import Samples, noisy_samples
from .schedules import SCHEDULES
from .settings import Setting
from .sweeps import SweepResult, map_starts, sweep_learning_rates
from .training import History

__all__ = [
    "BATCH_SIZES",
    "EXAMPLES",
    "LESSONS",
    "MAX_UPDATES",
    "NO_ADVICE",
    "OPTIMIZERS",
    "PUBLISHED",
    "RACE_DEFAULTS",
    "SCHEDULES",
    "SETTINGS",
    "Advice",
    "Choice",
    "Example",
    "Experiment",
    "Fit",
    "FitProblem",
    "History",
    "Lesson",
    "Optimum",
    "Orbit",
    "Outcome",
    "Samples",
    "Setting",
    "SweepResult",
    "Task",
    "advise",
    "finish",
    "map_starts",
    "max_epochs",
    "noise_floor",
    "noisy_samples",
    "optimum",
    "read_orbit",
    "run",
    "search_advice",
    "sweep_learning_rates",
    "update_at",
    "with_batch_size",
    "with_optimizer",
]
