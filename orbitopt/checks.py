"""Two independent checks: the gradient against complex-step derivatives, and a whole run against PyTorch's."""

import importlib
import importlib.util
from typing import NamedTuple

import numpy as np

from .experiment import problem, run_arguments
from .hohmann import FOCUS_OFFSET
from .model import loss_and_gradient
from .samples import mini_batches
from .training import DIVERGENCE_LIMIT

_STEP = 1e-30  # AU; its square is lost in rounding, so the result is exact to rounding
_REPORT_EVERY = 25  # updates


class GradientCheck(NamedTuple):
    """The gradient by its formula and by complex-step derivatives, at one place."""

    params: np.ndarray
    """A and B, AU, shape (2,)."""
    formula: np.ndarray
    """AU, shape (2,)."""
    complex_step: np.ndarray
    """AU, shape (2,)."""
    n_in_domain: int
    """Number of samples that the loss is the mean of."""
    rounding: float
    """Relative error that rounding alone may cause: it grows where a sample lies at the edge of the domain."""

    @property
    def relative_error(self):
        """Largest difference between the two, relative to the length of the gradient; 0 where both are 0."""
        length = float(np.hypot(*self.complex_step))
        error = float(np.abs(self.formula - self.complex_step).max())
        return error / length if length else error


def check_gradient(params, samples):
    """Compare the gradient of the loss over all samples in the domain with complex-step derivatives of that loss.

    The derivative of a function f at x is the imaginary part of f(x + ih) / h (Squire and Trapp, SIAM Review 40, 1998,
    110). Unlike a difference quotient it subtracts nothing, so it is exact to rounding however small h is, and it does
    not notice that the loss jumps where a sample enters the domain.

    Parameters
    ----------
    params : array_like, shape (2,)
        A and B, AU.
    samples : Samples

    Returns
    -------
    GradientCheck
    """
    params = np.asarray(params, float)
    x, y = (np.asarray(column, float) for column in samples)
    inside = np.abs(x + FOCUS_OFFSET) < abs(params[0])

    def loss_of(a, b):
        prediction = b * np.sqrt(1.0 - ((x[inside] + FOCUS_OFFSET) / a) ** 2)  # Eq. 17
        return np.mean((prediction - y[inside]) ** 2)  # Eq. 18

    derivatives, rounding = np.zeros(2), 0.0
    if inside.any():
        edge = np.min(1.0 - (np.abs(x[inside] + FOCUS_OFFSET) / abs(params[0])) ** 2)
        rounding = 100.0 * np.finfo(float).eps / max(edge, np.finfo(float).eps)
        steps = params + 1j * _STEP * np.eye(2)
        derivatives = np.array([loss_of(*step).imag / _STEP for step in steps])
    _, gradient, n_in_domain = loss_and_gradient(params, *samples)
    return GradientCheck(params, gradient, derivatives, int(n_in_domain), rounding)


def has_torch():
    """Return True if PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def torch_lacks(experiment):
    """Name what torch.optim lacks of the experiment's optimizer; an empty string if it lacks nothing."""
    if experiment.optimizer == "momentum" and experiment.bias_correction:
        return "momentum with a bias correction"
    if experiment.optimizer == "momentum" and experiment.dampening and not experiment.beta:
        return "dampening without momentum (β = 0)"
    if experiment.optimizer == "momentum" and experiment.nesterov and experiment.dampening:
        return "Nesterov's form with dampening"
    if experiment.optimizer == "adam" and not experiment.bias_correction:
        return "Adam without its bias correction"
    return ""


def torch_path(experiment, samples=None):
    """The run as torch.optim and autograd make it, in double precision, on the same samples and shuffles.

    Parameters
    ----------
    experiment : Experiment
        One for which `torch_lacks` says nothing.
    samples : Samples, optional
        As for `experiment.run`.

    Yields
    ------
    float
        How much is done, 0 to 1.

    Returns
    -------
    ndarray, shape (updates, 2)
        A and B before every update, AU, until they are absurd.
    """
    torch = importlib.import_module("torch")  # whoever has it may check; nobody needs it
    samples = problem(experiment, samples).samples
    run = run_arguments(experiment, samples)
    x, y = (torch.tensor(np.array(column, float)) for column in samples)
    distance = (x + FOCUS_OFFSET) ** 2
    params = torch.tensor(run["start"], dtype=torch.float64, requires_grad=True)
    optimizer = _torch_optimizer(torch, experiment, params)
    path = []
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


def _torch_optimizer(torch, experiment, params):
    e = experiment
    match e.optimizer:
        case "sgd":
            return torch.optim.SGD([params], e.learning_rate)
        case "momentum":
            options = {"momentum": e.beta, "dampening": e.dampening, "nesterov": e.nesterov and e.beta > 0.0}
            optimizer = torch.optim.SGD([params], e.learning_rate, **options)
            # With dampening PyTorch takes the first gradient whole; the post weighs it, as if the velocity were 0.
            optimizer.state[params]["momentum_buffer"] = torch.zeros_like(params)
            return optimizer
        case "rmsprop":
            return torch.optim.RMSprop([params], e.learning_rate, alpha=e.beta, eps=e.eps)
        case "adam":
            return torch.optim.Adam([params], e.learning_rate, betas=(e.beta1, e.beta2), eps=e.eps)
        case "adagrad":
            return torch.optim.Adagrad([params], e.learning_rate, eps=e.eps)
