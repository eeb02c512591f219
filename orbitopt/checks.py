"""Two checks from outside: the gradient against central differences, and a whole run against PyTorch's."""

import importlib
import importlib.util
from typing import NamedTuple

import numpy as np

from .experiment import problem, training_arguments
from .hohmann import FOCUS_OFFSET
from .model import loss, loss_and_gradient
from .samples import mini_batches
from .training import ABSURD

_STEP = 1e-6  # AU
_REPORT_EVERY = 25  # updates


class GradientCheck(NamedTuple):
    """The gradient by its formula and by central differences, at one place."""

    params: np.ndarray
    """A and B, AU, shape (2,)."""
    formula: np.ndarray
    """AU, shape (2,)."""
    differences: np.ndarray
    """AU, shape (2,)."""
    in_domain: int
    """How many samples the loss is the mean of."""
    rounding: float
    """How far the rounding of the loss alone may take the differences, AU."""


def check_gradient(params, samples):
    """Compare the gradient of the loss over all samples in the domain with central differences of that loss.

    Where a sample enters the domain within 1e-6 AU of A the loss jumps, and differences say nothing.

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
    steps = _STEP * np.eye(2)
    with np.errstate(invalid="ignore"):
        differences = (loss(params + steps, *samples) - loss(params - steps, *samples)) / (2.0 * _STEP)
    here, gradient, in_domain = loss_and_gradient(params, *samples)
    rounding = 10.0 * np.finfo(float).eps * float(here) / _STEP if in_domain else 0.0
    return GradientCheck(params, gradient, np.nan_to_num(differences), int(in_domain), rounding)


def has_torch():
    """Whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def torch_lacks(experiment):
    """What the experiment's optimizer has that torch.optim has not, in words; nothing if it has all of it."""
    if experiment.optimizer == "momentum" and experiment.bias_correction:
        return "momentum with a bias correction"
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
    run = training_arguments(experiment, samples)
    x, y = (torch.tensor(np.array(column, float)) for column in samples)
    distance = (x + FOCUS_OFFSET) ** 2
    params = torch.tensor(run["start"], dtype=torch.float64, requires_grad=True)
    optimizer = _torch_optimizer(torch, experiment, params)
    path = []
    for order, size in zip(run["orders"].astype(np.int64), run["sizes"]):
        for cut in mini_batches(len(order), size):
            path.append(params.detach().numpy().copy())
            if not np.abs(path[-1]).max() < ABSURD:
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
