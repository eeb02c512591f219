"""The update rules: Eqs. 4 to 15 of the post, and AdaGrad.

Every rule is a frozen dataclass of its hyper-parameters with two pure methods:

    state = rule.init(params)
    params, state = rule.step(params, grad, state, learning_rate)

A rule acts elementwise, so `params` and `grad` may be arrays of any one shape, such as (2,) or (R, 2), or plain floats;
`learning_rate` is a float or broadcasts against them. The state is a NamedTuple of arrays or floats of that shape.
Rules that scale the learning rate per parameter have `effective_rate(state, learning_rate)`, which takes the state
after the update.

A step uses sums, products, quotients and square roots only, which IEEE 754 rounds correctly, so it gives the same bits
on every processor, for floats and for arrays. In particular beta^t is a running product kept in the state, as in the
post's own listing: a power function's last bit depends on the machine.
"""

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np


_new = tuple.__new__
"""Makes a state in half the time that its own class takes, which is a fifth of a step on plain floats."""


class NoState(NamedTuple):
    """Gradient descent remembers nothing."""


class MomentumState(NamedTuple):
    """The post's v and the running product beta^t after t = step_count updates."""

    step_count: int
    velocity: float
    beta_power: float


class SecondMomentState(NamedTuple):
    """The post's s: a weighted mean of squared gradients (RMSprop), or their sum (AdaGrad)."""

    second_moment: float


class AdamState(NamedTuple):
    """The post's v and s before bias correction, and beta1^t and beta2^t after t = step_count updates."""

    step_count: int
    first_moment: float
    second_moment: float
    beta1_power: float
    beta2_power: float


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

    Eq. 5 is `dampening = beta`. The post's published run has `dampening = 0`, which is PyTorch's form. With any other
    dampening PyTorch uses the first gradient undampened; this rule follows the post and dampens it too.
    `bias_correction` divides v by 1 - beta^t before it is used (Eq. 8). `nesterov` steps along
    beta v + (1 - dampening) g, the velocity one update ahead, so its bias correction divides by 1 - beta^(t + 1).
    """

    beta: float = 0.9
    dampening: float = 0.0
    bias_correction: bool = False
    nesterov: bool = False

    def init(self, params):
        return MomentumState(0, 0.0 * params, 0.0 * params + 1.0)

    def step(self, params, grad, state, learning_rate):
        dampened = (1.0 - self.dampening) * grad
        velocity = self.beta * state.velocity + dampened  # Eq. 5
        beta_power = self.beta * state.beta_power
        direction = self.beta * velocity + dampened if self.nesterov else velocity
        if self.bias_correction:
            weight = 1.0 - (self.beta * beta_power if self.nesterov else beta_power)
            direction = direction / weight  # Eq. 8
        return params - learning_rate * direction, _new(MomentumState, (state.step_count + 1, velocity, beta_power))  # Eq. 6


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
        zero, one = 0.0 * params, 0.0 * params + 1.0
        return AdamState(0, zero, zero, one, one)

    def step(self, params, grad, state, learning_rate):
        step_count, first_moment, second_moment, beta1_power, beta2_power = state
        first_moment = self.beta1 * first_moment + (1.0 - self.beta1) * grad  # Eq. 11
        second_moment = self.beta2 * second_moment + (1.0 - self.beta2) * (grad * grad)  # Eq. 13
        beta1_power, beta2_power = self.beta1 * beta1_power, self.beta2 * beta2_power
        state = _new(AdamState, (step_count + 1, first_moment, second_moment, beta1_power, beta2_power))
        mean = first_moment / (1.0 - beta1_power) if self.bias_correction else first_moment  # Eq. 12
        return params - self.effective_rate(state, learning_rate) * mean, state  # Eq. 15

    def effective_rate(self, state, learning_rate):
        mean_square = state.second_moment
        if self.bias_correction:
            mean_square = mean_square / (1.0 - state.beta2_power)  # Eq. 14
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
