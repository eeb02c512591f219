"""Forward pass, loss and gradients of the ellipse: Eqs. 17 and 18 of the post and the two gradients after them.

`params`, shape (..., 2), holds the semi-axes A and B in AU; the leading axes are runs in parallel. `x` and `y`, shape
(n,), are the samples in AU. A sample is in the domain when |x + c| < |A|; outside it the square root of Eq. 17 does
not exist, the prediction is 0, and the sample takes no part in the loss of Eq. 18 or its gradient. Where no sample at
all is in the domain the loss is infinite and the gradient 0: nothing was learnt, and nothing moves.
"""

from math import inf, sqrt

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
        a, b = np.split(_finite(params), 2, axis=-1)
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
    n_in_domain : ndarray of int, shape (...)
        How many samples the loss is the mean of.
    """
    with np.errstate(all="ignore"):
        distance = centre_distance_squared(x)
        loss, gradient, n_in_domain = many_runs(_finite(params), distance, np.asarray(y, float), distance.max())
    return loss[..., 0], gradient, n_in_domain[..., 0]


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
            losses[block] = np.add.reduce(residual * residual, -1) / len(y)
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
    shifted = np.asarray(x, float) + FOCUS_OFFSET
    return shifted * shifted


# One mini-batch at a time, for the training loop. The three functions differ in their arithmetic alone (plain floats for
# one sample, an array for one run, rows of an array for many); the equations stand once, in `_evaluate`. All take
# `distance`, which is centre_distance_squared(x), and return the loss, its slopes by A and by B, and the number of
# samples in the domain. To the last bit, and on every processor, the rows of `many_runs` are what `one_run` and
# `one_sample` return for each run by itself: all sums are np.add.reduce along a contiguous axis, which adds in an order
# that depends on the length alone, while a BLAS dot product adds in an order that depends on the machine.


def one_sample(a, b, distance, y):
    """Loss, slopes and count of a batch of one sample, all plain floats."""
    gap = a * a - distance
    if not gap > 0.0:
        return inf, 0.0, 0.0, 0
    return _evaluate(a, b / abs(a), gap, distance, y, None, 1, sqrt, _products)


def one_run(a, b, distance, y, reach, sums):
    """Loss, slopes and count of a batch, shape (m,), for one run.

    `reach` is the greatest of `distance`, and `sums` is what `sums_of_one_run(m)` returns.
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


def many_runs(params, distance, y, reach):
    """Loss, gradient and count of a batch, shape (m,), for runs in parallel.

    `params` and the gradient have shape (..., 2), the loss and the count (..., 1).
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


def sums_of_one_run(m):
    """Sums of a residual, shape (m,), times itself and two others, as plain floats.

    Returns a function that reuses one array for the products: one reduction of three rows costs half as much as three
    reductions. It belongs to one run, since two threads must not share that array.
    """
    products = np.empty((3, m))
    squares, by_weight, by_root = products

    def sums(residual, weight, root):
        np.multiply(residual, residual, squares)
        np.multiply(residual, weight, by_weight)
        np.multiply(residual, root, by_root)
        return np.add.reduce(products, -1).tolist()

    return sums


def _sums_of_many_runs(residual, weight, root):
    return (np.add.reduce(residual * factor, -1, keepdims=True) for factor in (residual, weight, root))


def _products(residual, weight, root):
    return residual * residual, residual * weight, residual * root


def _evaluate(a, ratio, gap, distance, y, outside, count, sqrt, sums):
    """Loss, its slopes by A and by B, and the count; `ratio` is B / |A| and `gap` is A^2 - (x + c)^2, all above 0.

    Eq. 17 and the gradients with |A| drawn out of the root, and with the post's B^2 / yhat cancelled, so that B = 0
    does no harm:

        yhat = B / |A| root,   d yhat / dA = B (x + c)^2 / (A |A| root),   d yhat / dB = root / |A|

    `outside` says which samples are not in the domain, or is None if all are; these add 0 to every sum.
    """
    root = sqrt(gap)
    residual = ratio * root - y  # Eq. 17, less the target
    if outside is not None:
        np.copyto(residual, 0.0, where=outside)
    squares, by_weight, by_root = sums(residual, distance / root, root)
    twice = 2.0 / count
    # Eq. 18 and the two equations after it
    return squares / count, by_weight * (twice * ratio / a), by_root * (twice / abs(a)), count


def _finite(params):
    """Parameters, with A = 0, whose domain is empty, where the square of one is not finite."""
    params = np.asarray(params, float)
    return np.where(np.isfinite(params * params).all(axis=-1, keepdims=True), params, 0.0)
