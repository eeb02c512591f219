"""Two independent checks: the gradient against complex-step derivatives, and a run against PyTorch."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .arrays import Floats
from .experiment import Experiment, check_experiment
from .fit import problem_of, run_arguments
from .hohmann import FOCUS_OFFSET
from .jobs import JobSteps
from .model import loss_and_gradient
from .problem import FitProblem
from .samples import Samples, check_samples, mini_batches
from .training import DIVERGENCE_LIMIT

_STEP = 1e-30  # AU; its square is lost in rounding, so the result is exact to rounding
_REPORT_EVERY = 25  # updates


class GradientCheck(NamedTuple):
    """Gradient by its formula and by complex-step derivatives, at one point."""

    params: Floats
    """A and B, AU, shape (2,)."""
    formula: Floats
    """AU, shape (2,)."""
    complex_step: Floats
    """AU, shape (2,)."""
    n_in_domain: int
    """Number of samples in the domain, over which the loss is the mean."""
    rounding: float
    """Bound on the relative error due to rounding, which grows when a sample is close to the edge of the domain."""

    @property
    def relative_error(self) -> float:
        """Largest difference between the two, relative to the length of the gradient; 0 if both are 0."""
        length = float(np.hypot(*self.complex_step))
        error = float(np.abs(self.formula - self.complex_step).max())
        return error / length if length else error


def check_gradient(params: npt.ArrayLike, samples: Samples, focus_offset: float = FOCUS_OFFSET) -> GradientCheck:
    """Compare the gradient of the loss over all samples in the domain with complex-step derivatives of that loss.

    The derivative of a function f at x is the imaginary part of f(x + ih) / h (Squire and Trapp, SIAM Review 40, 1998,
    110). Unlike a difference quotient it involves no subtraction, so it is exact to rounding for any small h, and the
    jump of the loss where a sample enters the domain does not affect it.

    Parameters
    ----------
    params
        A and B, AU, shape (2,).
    samples
    focus_offset
        AU.

    Raises
    ------
    TypeError, ValueError
        If `samples` are not finite Samples; see `samples.check_samples`.
    """
    check_samples(samples, fewest=1)
    params = np.asarray(params, float)
    x, y = (np.asarray(column, float) for column in samples)
    inside = np.abs(x + focus_offset) < abs(params[0])

    def loss_of(a: complex, b: complex) -> Any:
        prediction = b * np.sqrt(1.0 - ((x[inside] + focus_offset) / a) ** 2)  # Eq. 17
        return np.mean((prediction - y[inside]) ** 2)  # Eq. 18

    derivatives, rounding = np.zeros(2), 0.0
    if inside.any():
        edge = np.min(1.0 - (np.abs(x[inside] + focus_offset) / abs(params[0])) ** 2)
        rounding = 100.0 * np.finfo(float).eps / max(edge, np.finfo(float).eps)
        steps = params + 1j * _STEP * np.eye(2)
        derivatives = np.array([loss_of(*step).imag / _STEP for step in steps])
    _, gradient, n_in_domain = loss_and_gradient(params, *samples, focus_offset)
    return GradientCheck(params, gradient, derivatives, int(n_in_domain), rounding)


def has_torch() -> bool:
    """Return True if PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def torch_path(experiment: Experiment, problem: FitProblem | None = None) -> JobSteps[Floats]:
    """Return a job that runs an experiment with torch.optim and autograd, on the same samples and shuffles.

    The run is in double precision.

    Parameters
    ----------
    experiment
        Its optimizer must exist in PyTorch: `rule.torch_lacks` is empty.
    problem
        As for `fit.run`.

    Yields
    ------
    float
        Progress, 0 to 1.

    Returns
    -------
    ndarray
        A and B before every update, AU, shape (updates, 2), until the run diverges.

    Raises
    ------
    ValueError
        If PyTorch does not have the optimizer.
    """
    check_experiment(experiment)
    if lacks := experiment.rule.torch_lacks:
        raise ValueError(f"experiment must use an optimizer that PyTorch has, got {lacks}")
    torch = importlib.import_module("torch")  # an optional dependency
    problem = problem_of(experiment, problem)
    run = run_arguments(experiment, problem)
    x, y = (torch.tensor(np.array(column, float)) for column in problem.samples)
    distance = (x + problem.focus_offset) ** 2
    params = torch.tensor(run["start"], dtype=torch.float64, requires_grad=True)
    optimizer = experiment.rule.torch_optimizer(torch, params, experiment.learning_rate)
    path: list[Floats] = []
    for order, size in zip(run["permutations"].astype(np.int64), run["sizes"]):
        for cut in mini_batches(len(order), size):
            path.append(params.detach().numpy().copy())
            if not np.abs(path[-1]).max() < DIVERGENCE_LIMIT:
                return np.array(path[:-1])
            batch = torch.from_numpy(order[cut])
            inside = distance[batch] < params.detach()[0] ** 2
            if inside.any():
                batch = batch[inside]
                optimizer.param_groups[0]["lr"] = run["learning_rate"] * run["factors"][len(path) - 1]
                optimizer.zero_grad()
                prediction = params[1] * torch.sqrt(1.0 - distance[batch] / params[0] ** 2)  # Eq. 17
                torch.mean((prediction - y[batch]) ** 2).backward()  # Eq. 18
                optimizer.step()
            if len(path) % _REPORT_EVERY == 0:
                yield len(path) / experiment.updates
    return np.array(path)
