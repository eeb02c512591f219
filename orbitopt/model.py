"""Forward pass, loss and gradients of the ellipse: Eqs. 17 and 18 of the post and the two gradients after them.

`params`, shape (..., 2), holds the semi-axes A and B in AU; the leading axes are runs in parallel. `x` and `y`, shape
(n,), are the samples in AU. A sample is in the domain when |x + c| < |A|; outside it the square root of Eq. 17 does
not exist, the prediction is 0, and the sample takes no part in the loss of Eq. 18 or its gradient. Where no sample at
all is in the domain the loss is infinite and the gradient 0: nothing was learnt, and nothing moves.
"""

from functools import partial
from math import inf, sqrt
from operator import mul

import numpy as np

from .hohmann import FOCUS_OFFSET

_ROWS_AT_ONCE = 128  # so that a block's predictions fit the processor's cache


def predict(params, x):
    """Predicted y of every sample: B sqrt(1 - (x + c)^2 / A^2), Eq. 17 of the post.

    Parameters
    ----------
    params : array_like, shape (..., 2)
        A and B, AU.
    x : array_like, shape (n,)
        AU.

    Returns
    -------
    prediction : ndarray, shape (..., n)
        AU; 0 outside the domain.
    in_domain : ndarray of bool, shape (..., n)

    Examples
    --------
    >>> prediction, in_domain = predict([1.0, 2.0], [-0.26185, 3.0])
    >>> prediction, in_domain
    (array([2., 0.]), array([ True, False]))
    """
    with np.errstate(all="ignore"):
        a, b = _columns(params)
        gap = a * a - centre_distance_squared(x)
        in_domain = gap > 0.0
        return np.where(in_domain, b / np.abs(a) * np.sqrt(np.maximum(gap, 0.0)), 0.0), in_domain


def loss(params, x, y):
    """Mean squared error over the samples in the domain, Eq. 18 of the post: what training sees.

    Parameters
    ----------
    params : array_like, shape (..., 2)
        A and B, AU.
    x, y : array_like, shape (n,)
        AU.

    Returns
    -------
    ndarray, shape (...)
        AU^2; infinite where no sample is in the domain.
    """
    return loss_and_gradient(params, x, y)[0]


def loss_and_gradient(params, x, y):
    """Loss of Eq. 18 and its gradient with respect to A and B, the two equations after Eq. 18 of the post.

    Parameters
    ----------
    params : array_like, shape (..., 2)
        A and B, AU.
    x, y : array_like, shape (n,)
        AU.

    Returns
    -------
    loss : ndarray, shape (...)
        AU^2; infinite where no sample is in the domain.
    gradient : ndarray, shape (..., 2)
        AU; 0 where no sample is in the domain.
    in_domain : ndarray of int, shape (...)
        How many samples the loss is the mean of.
    """
    with np.errstate(all="ignore"):
        distance = centre_distance_squared(x)
        loss, *gradient, in_domain = many_runs(*_columns(params), distance, np.asarray(y, float), distance.max())
    return loss[..., 0], np.concatenate(gradient, axis=-1), in_domain[..., 0]


def clamped_loss(params, x, y):
    """Mean squared error over all samples, with the prediction 0 outside the domain: what the post's contours draw.

    Unlike the loss of Eq. 18 it cannot fall by losing samples, so it is the measure of how good a fit is.

    Parameters
    ----------
    params : array_like, shape (..., 2)
        A and B, AU.
    x, y : array_like, shape (n,)
        AU.

    Returns
    -------
    ndarray, shape (...)
        AU^2.
    """
    params, y = np.asarray(params, float), np.asarray(y, float)
    rows = params.reshape(-1, 2)
    losses = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        residual = predict(rows[block], x)[0] - y
        with np.errstate(over="ignore"):
            losses[block] = np.vecdot(residual, residual) / len(y)
    return losses.reshape(params.shape[:-1])[()]


def centre_distance_squared(x):
    """(x + c)^2: all that the model uses of x, so training works it out once.

    Parameters
    ----------
    x : array_like, shape (n,)
        AU.

    Returns
    -------
    ndarray, shape (n,)
        AU^2.
    """
    return (np.asarray(x, float) + FOCUS_OFFSET) ** 2


# One mini-batch at a time, for the training loop. The three differ in their arithmetic alone (plain floats for one
# sample, an array for one run, rows of an array for many); the equations stand once, in `_evaluate`. All take
# `distance`, which is centre_distance_squared(x), and return the loss, its slopes by A and by B, and the count in the
# domain. To the last bit, the rows of `many_runs` are what `one_run` and `one_sample` give for each run by itself.


def one_sample(a, b, distance, y):
    """Loss, slopes and count of a batch of one sample, all plain floats."""
    gap = a * a - distance
    if not gap > 0.0:
        return inf, 0.0, 0.0, 0
    loss, slope_a, slope_b = _evaluate(a, b / abs(a), gap, distance, y, None, 1, sqrt, mul)
    return loss, slope_a, slope_b, 1


def one_run(a, b, distance, y, reach):
    """Loss, slopes and count of a batch, shape (m,), for one run; `reach` is the greatest of `distance`."""
    square, ratio, count, inside = a * a, b / (abs(a) or 1.0), len(y), None
    gap = square - distance
    if not reach < square:
        inside = gap > 0.0
        count = int(np.count_nonzero(inside))
        if not count:
            return inf, 0.0, 0.0, 0
        gap[~inside] = 1.0
    loss, slope_a, slope_b = _evaluate(a, ratio, gap, distance, y, inside, count, np.sqrt, np.ndarray.dot)
    return float(loss), float(slope_a), float(slope_b), count


def many_runs(a, b, distance, y, reach):
    """Loss, slopes and count of a batch, shape (m,), for runs in parallel; a, b and the results have shape (..., 1)."""
    square, ratio, inside = a * a, b / np.abs(a), None
    gap = square - distance
    count = np.full(a.shape, len(y))
    if not (reach < square).all():
        inside = gap > 0.0
        count = np.searchsorted(np.sort(distance), square)
        gap = np.where(inside, gap, 1.0)
    loss, *slopes = _evaluate(a, ratio, gap, distance, y, inside, np.maximum(count, 1), np.sqrt, _row_dot)
    if count.all():
        return loss, *slopes, count
    return np.where(count, loss, inf), *(np.where(count, slope, 0.0) for slope in slopes), count


_row_dot = partial(np.vecdot, keepdims=True)


def _evaluate(a, ratio, gap, distance, y, inside, count, sqrt, dot):
    """Loss and its slopes by A and by B, where `ratio` is B / |A| and `gap` is A^2 - (x + c)^2, all above 0.

    Eq. 17 and the gradients with |A| drawn out of the root, and with the post's B^2 / yhat cancelled, so that B = 0
    does no harm:

        yhat = B / |A| root,   d yhat / dA = B (x + c)^2 / (A |A| root),   d yhat / dB = root / |A|

    `inside` says which samples are in the domain, or is None if all are; the others add 0 to every sum.
    """
    root = sqrt(gap)
    residual = ratio * root - y  # Eq. 17, less the target
    if inside is not None:
        residual = residual * inside
    twice = 2.0 / count
    return (
        dot(residual, residual) / count,  # Eq. 18
        dot(residual, distance / root) * (twice * ratio / a),
        dot(residual, root) * (twice / abs(a)),
    )


def _columns(params):
    params = np.asarray(params, float)
    # With A = 0 the domain is empty, which is all that can be said where even the squares are not finite.
    params = np.where(np.isfinite(params * params).all(axis=-1, keepdims=True), params, 0.0)
    return params[..., :1], params[..., 1:]
