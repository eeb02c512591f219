"""The update rules: Eqs. 4 to 15 of the post, and AdaGrad.

Every rule is a frozen dataclass of its hyper-parameters with two pure methods:

    state = rule.init(params)
    params, state = rule.step(params, grad, state, learning_rate)

A rule acts on each element by itself, so `params` and `grad` may be arrays of any one shape, (2,) or (R, 2) say, or
plain floats; `learning_rate` is a float or broadcasts against them. The state is a NamedTuple of the same kind. Rules
with a rate of its own for each parameter have `effective_rate(state, learning_rate)`, given the state after the update.
"""

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np


class NoState(NamedTuple):
    """Gradient descent remembers nothing."""


class MomentumState(NamedTuple):
    """The post's v, and how many updates it holds."""

    step_count: int
    velocity: float


class SecondMomentState(NamedTuple):
    """The post's s: a weighted mean of squared gradients (RMSprop), or their sum (AdaGrad)."""

    second_moment: float


class AdamState(NamedTuple):
    """The post's v and s before their bias correction, and how many updates they hold."""

    step_count: int
    first_moment: float
    second_moment: float


@dataclass(frozen=True)
class GradientDescent:
    """w := w - learning_rate g, Eq. 4 of the post.

    One rule under three names: stochastic gradient descent with one sample in a batch, mini-batch gradient descent
    with some, batch gradient descent with all.
    """

    def init(self, params):
        return NoState()

    def step(self, params, grad, state, learning_rate):
        return params - learning_rate * grad, state  # Eq. 4


@dataclass(frozen=True)
class Momentum:
    """v := beta v + (1 - dampening) g; w := w - learning_rate v, Eqs. 5, 6 and 8 of the post.

    Eq. 5 is `dampening = beta`. The post's published run has `dampening = 0`, which is PyTorch's form; with another
    dampening PyTorch takes the first gradient whole, this rule follows the post and weighs it too. `bias_correction`
    divides v by 1 - beta^t before it is used (Eq. 8). `nesterov` steps along beta v + (1 - dampening) g, the velocity
    one update ahead.
    """

    beta: float = 0.9
    dampening: float = 0.0
    bias_correction: bool = False
    nesterov: bool = False

    def init(self, params):
        return MomentumState(0, 0.0 * params)

    def step(self, params, grad, state, learning_rate):
        step_count = state.step_count + 1
        push = (1.0 - self.dampening) * grad
        velocity = self.beta * state.velocity + push  # Eq. 5
        direction = self.beta * velocity + push if self.nesterov else velocity
        if self.bias_correction:
            direction = direction / (1.0 - self.beta**step_count)  # Eq. 8
        return params - learning_rate * direction, MomentumState(step_count, velocity)  # Eq. 6


@dataclass(frozen=True)
class RMSprop:
    """s := beta s + (1 - beta) g^2; w := w - learning_rate g / (sqrt(s) + eps), Eqs. 9 and 10 of the post."""

    beta: float = 0.99
    eps: float = 1e-8

    def init(self, params):
        return SecondMomentState(0.0 * params)

    def step(self, params, grad, state, learning_rate):
        state = SecondMomentState(self.beta * state.second_moment + (1.0 - self.beta) * (grad * grad))  # Eq. 9
        return params - self.effective_rate(state, learning_rate) * grad, state  # Eq. 10

    def effective_rate(self, state, learning_rate):
        return learning_rate / (_sqrt(state.second_moment) + self.eps)


@dataclass(frozen=True)
class Adam:
    """The first moment of Eq. 11 over the root of the second of Eq. 13, Eqs. 11 to 15 of the post.

    `bias_correction` divides both moments by 1 - beta^t before they are used (Eqs. 12 and 14). The post's own listing
    and PyTorch add eps after that correction, as Eq. 15 does.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    bias_correction: bool = True

    def init(self, params):
        return AdamState(0, 0.0 * params, 0.0 * params)

    def step(self, params, grad, state, learning_rate):
        step_count = state.step_count + 1
        first_moment = self.beta1 * state.first_moment + (1.0 - self.beta1) * grad  # Eq. 11
        second_moment = self.beta2 * state.second_moment + (1.0 - self.beta2) * (grad * grad)  # Eq. 13
        state = AdamState(step_count, first_moment, second_moment)
        mean = first_moment
        if self.bias_correction:
            mean = mean / (1.0 - self.beta1**step_count)  # Eq. 12
        return params - self.effective_rate(state, learning_rate) * mean, state  # Eq. 15

    def effective_rate(self, state, learning_rate):
        mean_square = state.second_moment
        if self.bias_correction:
            mean_square = mean_square / (1.0 - self.beta2**state.step_count)  # Eq. 14
        return learning_rate / (_sqrt(mean_square) + self.eps)


@dataclass(frozen=True)
class AdaGrad:
    """s := s + g^2; w := w - learning_rate g / (sqrt(s) + eps).

    Not in the post: Duchi, Hazan and Singer, JMLR 12 (2011) 2121. RMSprop's Eq. 9 with a sum for the weighted mean,
    so that its steps only ever shrink.
    """

    eps: float = 1e-10

    def init(self, params):
        return SecondMomentState(0.0 * params)

    def step(self, params, grad, state, learning_rate):
        state = SecondMomentState(state.second_moment + grad * grad)
        return params - self.effective_rate(state, learning_rate) * grad, state

    def effective_rate(self, state, learning_rate):
        return learning_rate / (_sqrt(state.second_moment) + self.eps)


OPTIMIZERS = {
    "sgd": GradientDescent,
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adagrad": AdaGrad,
}
"""The public key of every rule."""


def _sqrt(value):
    return sqrt(value) if isinstance(value, float) else np.sqrt(value)
