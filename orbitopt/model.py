"""Predictions, loss and gradient of the ellipse: Eqs. 17 and 18 of the post and the two gradients after them.

`params`, shape (..., 2), holds the semi-axes A and B in AU; the leading axes are runs in parallel. `x` and `y`, shape
(n,), are the samples in AU, and `focus_offset` is c in AU. A sample is in the domain when |x + c| < |A|. Outside the
domain the square root of Eq. 17 does not exist: the prediction is 0, and the sample is left out of the loss of Eq. 18
and its gradient. If no sample is in the domain, the loss is infinite and the gradient is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf, sqrt
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats, Ints
from .hohmann import FOCUS_OFFSET

SumsOfOneRun: TypeAlias = Callable[[Floats, Floats, Floats], list[float]]
"""Function of a residual and two other arrays, shape (m,), that `sums_of_one_run` returns."""

_ROWS_AT_ONCE = 128  # the predictions of a block fit the processor's cache


def predict(
    params: npt.ArrayLike, x: npt.ArrayLike, focus_offset: float = FOCUS_OFFSET
) -> tuple[Floats, Bools]:
    """Return the predicted y of every sample, B sqrt(1 - (x + c)^2 / A^2), Eq. 17 of the post.

    Parameters
    ----------
    params
        A and B, AU, shape (..., 2).
    x
        AU, shape (n,).
    focus_offset
        AU.

    Returns
    -------
    prediction
        AU, shape (..., n); 0 outside the domain.
    in_domain
        Shape (..., n).

    Examples
    --------
    >>> prediction, in_domain = predict([1.0, 2.0], [-0.26185, 3.0])
    >>> prediction, in_domain
    (array([2., 0.]), array([ True, False]))
    """
    with np.errstate(all="ignore"):
        a, b = np.split(_finite(params), 2, axis=-1)
        gap = a * a - centre_distance_squared(x, focus_offset)
        in_domain = gap > 0.0
        return np.where(in_domain, b / np.abs(a) * np.sqrt(np.maximum(gap, 0.0)), 0.0), in_domain


def loss(
    params: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike, focus_offset: float = FOCUS_OFFSET
) -> Floats:
    """Return the loss that training minimizes: the mean squared error over the samples in the domain, Eq. 18.

    Parameters
    ----------
    params
        A and B, AU, shape (..., 2).
    x, y
        AU, shape (n,).
    focus_offset
        AU.

    Returns
    -------
    ndarray
        AU^2, shape (...); infinite where no sample is in the domain.
    """
    return loss_and_gradient(params, x, y, focus_offset)[0]


def loss_and_gradient(
    params: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike, focus_offset: float = FOCUS_OFFSET
) -> tuple[Floats, Floats, Ints]:
    """Return the loss of Eq. 18 and its gradient with respect to A and B, the two equations after Eq. 18 of the post.

    Parameters
    ----------
    params
        A and B, AU, shape (..., 2).
    x, y
        AU, shape (n,).
    focus_offset
        AU.

    Returns
    -------
    loss
        AU^2, shape (...); infinite where no sample is in the domain.
    gradient
        AU, shape (..., 2); 0 where no sample is in the domain.
    n_in_domain
        Number of samples in the domain, shape (...).
    """
    with np.errstate(all="ignore"):
        distance = centre_distance_squared(x, focus_offset)
        loss, gradient, n_in_domain = many_runs(_finite(params), distance, np.asarray(y, float), distance.max())
    return loss[..., 0], gradient, n_in_domain[..., 0]


def clamped_loss(
    params: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike, focus_offset: float = FOCUS_OFFSET
) -> Floats:
    """Return the mean squared error over all samples, with the prediction 0 outside the domain.

    The post's contours show this loss. Unlike the loss of Eq. 18 it does not decrease when samples leave the domain, so
    it measures the quality of a fit.

    Parameters
    ----------
    params
        A and B, AU, shape (..., 2).
    x, y
        AU, shape (n,).
    focus_offset
        AU.

    Returns
    -------
    ndarray
        AU^2, shape (...).
    """
    params, y = np.asarray(params, float), np.asarray(y, float)
    rows = params.reshape(-1, 2)
    losses = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        residual = predict(rows[block], x, focus_offset)[0] - y
        with np.errstate(over="ignore"):
            losses[block] = np.add.reduce(residual * residual, -1) / len(y)
    result: Floats = losses.reshape(params.shape[:-1])[()]
    return result


def centre_distance_squared(x: npt.ArrayLike, focus_offset: float = FOCUS_OFFSET) -> Floats:
    """Return (x + c)^2, AU^2, shape (n,): the model uses x in this form only, so training computes it once.

    Parameters
    ----------
    x
        AU, shape (n,).
    focus_offset
        AU.
    """
    shifted: Floats = np.asarray(x, float) + focus_offset
    return shifted * shifted


# The training loops evaluate one mini-batch at a time. The three functions below share the equations in `_evaluate` and
# differ in their numbers: plain floats for one sample, an array for one run, rows of an array for many runs. All take
# `distance`, the result of centre_distance_squared(x), and return the loss, its derivatives with respect to A and B,
# and the number of samples in the domain. Each row of `many_runs` equals the result of `one_run` or `one_sample` for
# that run bit for bit, on every processor: all sums are np.add.reduce along a contiguous axis, whose order of additions
# depends only on the length, while that of a BLAS dot product depends on the machine.


def one_sample(a: float, b: float, distance: float, y: float) -> tuple[float, float, float, int]:
    """Return loss, derivatives and count of a batch of one sample, in plain floats."""
    gap = a * a - distance
    if not gap > 0.0:
        return inf, 0.0, 0.0, 0
    return _evaluate(a, b / abs(a), gap, distance, y, None, 1, sqrt, _products)


def one_run(
    a: float, b: float, distance: Floats, y: Floats, reach: float, sums: SumsOfOneRun
) -> tuple[float, float, float, int]:
    """Return loss, derivatives and count of a batch for one run.

    Parameters
    ----------
    a, b
        AU.
    distance, y
        AU^2 and AU, shape (m,).
    reach
        Maximum of `distance`.
    sums
        Result of `sums_of_one_run(m)`.
    """
    square, ratio, count, outside = a * a, b / (abs(a) or 1.0), len(y), None
    gap = square - distance
    if not reach < square:
        outside = gap <= 0.0
        count -= int(np.count_nonzero(outside))
        if not count:
            return inf, 0.0, 0.0, 0
        np.copyto(gap, 1.0, where=outside)
    return _evaluate(a, ratio, gap, distance, y, outside, count, np.sqrt, sums)


def many_runs(params: Floats, distance: Floats, y: Floats, reach: float) -> tuple[Floats, Floats, Ints]:
    """Return loss, gradient and count of a batch for runs in parallel.

    Parameters
    ----------
    params
        A and B, AU, shape (..., 2).
    distance, y
        AU^2 and AU, shape (m,).
    reach
        Maximum of `distance`.

    Returns
    -------
    loss, gradient, n_in_domain
        Shapes (..., 1), (..., 2) and (..., 1).
    """
    a, b = params[..., :1], params[..., 1:]
    square, ratio, count, outside = a * a, b / np.abs(a), np.full(a.shape, len(y)), None
    gap = square - distance
    if not (reach < square).all():
        outside = gap <= 0.0
        count = np.searchsorted(np.sort(distance), square)
        np.copyto(gap, 1.0, where=outside)
    divisor = np.maximum(count, 1)
    loss, *slopes, _ = _evaluate(a, ratio, gap, distance, y, outside, divisor, np.sqrt, _sums_of_many_runs)
    gradient = np.concatenate(slopes, axis=-1)
    if count.all():
        return loss, gradient, count
    return np.where(count, loss, inf), np.where(count, gradient, 0.0), count


def sums_of_one_run(m: int) -> SumsOfOneRun:
    """Return a function that sums the products of a residual, shape (m,), with itself and two other arrays.

    The function reuses one array for the products, because one reduction of three rows takes half the time of three
    reductions. Threads must not share it.
    """
    products = np.empty((3, m))
    squares, by_weight, by_root = products

    def sums(residual: Floats, weight: Floats, root: Floats) -> Any:
        np.multiply(residual, residual, squares)
        np.multiply(residual, weight, by_weight)
        np.multiply(residual, root, by_root)
        return np.add.reduce(products, -1).tolist()

    return sums


def _sums_of_many_runs(residual: Floats, weight: Floats, root: Floats) -> Iterable[Floats]:
    return (np.add.reduce(residual * factor, -1, keepdims=True) for factor in (residual, weight, root))


def _products(residual: float, weight: float, root: float) -> tuple[float, float, float]:
    return residual * residual, residual * weight, residual * root


def _evaluate(
    a: Any,
    ratio: Any,
    gap: Any,
    distance: Any,
    y: Any,
    outside: Bools | None,
    count: Any,
    sqrt: Callable[[Any], Any],
    sums: Callable[[Any, Any, Any], Iterable[Any]],
) -> tuple[Any, Any, Any, Any]:
    """Return the loss, its derivatives with respect to A and B, and the count.

    The equations are Eq. 17 and its gradients with |A| taken out of the square root, and with the post's B^2 / yhat
    cancelled, so that B = 0 causes no division by 0:

        yhat = B / |A| root,   d yhat / dA = B (x + c)^2 / (A |A| root),   d yhat / dB = root / |A|

    Parameters
    ----------
    ratio
        B / |A|.
    gap
        A^2 - (x + c)^2, greater than 0.
    outside
        True for samples outside the domain, which add 0 to every sum; None if there are none.
    """
    root = sqrt(gap)
    residual = ratio * root - y  # Eq. 17 minus the target
    if outside is not None:
        np.copyto(residual, 0.0, where=outside)
    squares, by_weight, by_root = sums(residual, distance / root, root)
    twice = 2.0 / count
    # Eq. 18 and the two equations after it
    return squares / count, by_weight * (twice * ratio / a), by_root * (twice / abs(a)), count


def _finite(params: npt.ArrayLike) -> Floats:
    """Return parameters, with A and B both set to 0 where the square of either overflows: the domain is then empty."""
    params = np.asarray(params, float)
    return np.where(np.isfinite(params * params).all(axis=-1, keepdims=True), params, 0.0)
