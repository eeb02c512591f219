"""How many times as fast the fit is as the same run written the post's way, with PyTorch tensors and its DataLoader.

    python -m tests.benchmarks.against_torch

Both are run in turn, in one process; the ratio of each pair is taken, and the median of the ratios printed.
"""

import dataclasses
import math
import statistics
import time

import orbitopt as oo
from orbitopt.fit import _drawn_problem
from orbitopt.hohmann import FOCUS_OFFSET
from orbitopt.samples import shuffles

try:
    import torch
except ImportError:
    raise SystemExit("This benchmark wants PyTorch: pip install torch") from None


class EllipseDataset(torch.utils.data.Dataset):
    def __init__(self, samples):
        self.x, self.y = (torch.tensor(column, dtype=torch.float32) for column in samples)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return {"x": self.x[index], "y": self.y[index]}


def torch_way(experiment):
    """Adam as in Section 4.5 of the post, with the manual gradients that stand there."""
    samples = oo.noisy_samples(experiment.n_samples, experiment.noise_scale, experiment.seed)
    torch.manual_seed(experiment.seed)
    loader = torch.utils.data.DataLoader(
        EllipseDataset(samples), batch_size=experiment.batch_size, shuffle=True, num_workers=0
    )
    rates = iter((experiment.learning_rate * experiment.rate_factors).tolist())
    beta1, beta2, eps, c = experiment.beta1, experiment.beta2, experiment.eps, FOCUS_OFFSET
    a = torch.tensor(experiment.start_a, requires_grad=True)
    b = torch.tensor(experiment.start_b, requires_grad=True)
    velocity_a = velocity_b = square_a = square_b = torch.tensor(0.0)
    power1 = power2 = 1.0
    log = []
    for _ in range(experiment.epochs):
        for batch in loader:
            x, y = batch["x"], batch["y"]
            inside = 1.0 - (x + c) ** 2 / a**2
            outside = inside < 0
            prediction = b * torch.sqrt(torch.clamp(inside, min=0.0))
            loss = ((prediction - y) ** 2)[~outside].mean()
            log.append((a.item(), b.item(), loss.item()))
            slope_a = (2.0 * (prediction - y) * (x + c) ** 2 * b**2 / a**3 / prediction)[~outside].mean()
            slope_b = (2.0 * (prediction - y) * prediction / b)[~outside].mean()
            with torch.no_grad():
                power1, power2, rate = power1 * beta1, power2 * beta2, next(rates)
                velocity_a = beta1 * velocity_a + (1.0 - beta1) * slope_a
                square_a = beta2 * square_a + (1.0 - beta2) * slope_a * slope_a
                a -= rate * (velocity_a / (1.0 - power1)) / (torch.sqrt(square_a) / math.sqrt(1.0 - power2) + eps)
                velocity_b = beta1 * velocity_b + (1.0 - beta1) * slope_b
                square_b = beta2 * square_b + (1.0 - beta2) * slope_b * slope_b
                b -= rate * (velocity_b / (1.0 - power1)) / (torch.sqrt(square_b) / math.sqrt(1.0 - power2) + eps)
    return log


def seconds(function, *args):
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


def first_time(experiment):
    """A run whose samples and shuffles have not been drawn before."""
    _drawn_problem.cache_clear()
    shuffles.cache_clear()
    whole_run(experiment)


def whole_run(experiment):
    """A run, and how it ended."""
    return oo.run(experiment).outcome


def compare(name, experiment, pairs):
    torch_way(dataclasses.replace(experiment, epochs=1))
    whole_run(experiment)
    rows = [
        (seconds(torch_way, experiment), seconds(whole_run, experiment), seconds(first_time, experiment))
        for _ in range(pairs)
    ]
    theirs, ours, first = (statistics.median(column) * 1e3 for column in zip(*rows))
    ratio, ratio_first = (statistics.median(row[0] / row[k] for row in rows) for k in (1, 2))
    print(
        f"{name} ({experiment.updates} updates): PyTorch {theirs:.0f} ms, orbitopt {ours:.1f} ms, "
        f"{ratio:.0f} times as fast; with samples and shuffles not drawn before {first:.1f} ms, {ratio_first:.0f} times"
    )


if __name__ == "__main__":
    published = oo.PUBLISHED["adam"]
    compare("batches of 64", published, pairs=9)
    compare("batches of 1", dataclasses.replace(published, batch_size=1, epochs=20), pairs=3)
