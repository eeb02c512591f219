"""Optimizers: Eqs. 4 to 15 of the post, and AdaGrad.

Each is a frozen dataclass of its hyperparameters with two pure methods:

    state = rule.init(params)
    params, state = rule.step(params, grad, state, learning_rate)

They act elementwise: `params` and `grad` are arrays of one shape, such as (2,) or (R, 2), or plain floats;
`learning_rate` is a float or broadcasts against them. The state is a NamedTuple of arrays or floats of that shape.
Optimizers that scale the learning rate per parameter have `effective_rate(state, learning_rate)`, which takes the state
after the update.

A step uses only sums, products, quotients and square roots. IEEE 754 rounds these correctly, so a step has the same
bits on every processor, for floats and for arrays. The state holds beta^t as a running product, as the post's listing
does, because the last bit of a power function depends on the machine.

The class also has everything else that is specific to the optimizer:

- `label`, and `race_default`, its settings in a race;
- `equations()`, and `intermediate(grad, state)`, the quantities in them that the state does not hold;
- `torch_optimizer(torch, params, learning_rate)`, its counterpart in PyTorch, and `torch_lacks`, a feature that PyTorch
  does not have.

To add an optimizer, add a class and its key in OPTIMIZERS, and its colour and dash pattern in `palette`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import ModuleType
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Values: TypeAlias = float | npt.NDArray[np.float64]
"""A float, or an array on which an optimizer acts elementwise."""

_new = tuple.__new__  # takes half the time of calling the state's class, and saves a fifth of a step on floats


class Equation(NamedTuple):
    """One equation of an optimizer."""

    number: str
    """Its number in the post, or an empty string."""
    template: str
    """LaTeX, with a `<name>` for every quantity."""
    note: str = ""
    """Difference from the equation printed in the post, in a sentence, or an empty string."""

    @property
    def label(self) -> str:
        """Its number as text, or an empty string."""
        return f"Eq. {self.number}" if self.number else ""


class Optimizer(Protocol):
    """Interface of the optimizers."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    label: ClassVar[str]
    race_default: ClassVar[Mapping[str, Any]]

    @property
    def torch_lacks(self) -> str:
        """Feature of this optimizer that PyTorch does not have, or an empty string."""

    def init(self, params: Values) -> Any: ...

    def step(self, params: Values, grad: Values, state: Any, learning_rate: Values) -> tuple[Values, Any]: ...

    def equations(self) -> list[Equation]: ...

    def intermediate(self, grad: float, state: Any) -> dict[str, float]: ...

    def torch_optimizer(self, torch: ModuleType, params: Any, learning_rate: float) -> Any: ...


class NoState(NamedTuple):
    """State of gradient descent: empty."""


class MomentumState(NamedTuple):
    """State of momentum after t = step_count updates."""

    step_count: int
    velocity: Values
    """The post's v."""
    beta_power: Values
    """beta^t."""


class SecondMomentState(NamedTuple):
    """State of RMSprop and AdaGrad."""

    second_moment: Values
    """The post's s: a weighted mean of squared gradients (RMSprop), or their sum (AdaGrad)."""


class AdamState(NamedTuple):
    """State of Adam after t = step_count updates."""

    step_count: int
    first_moment: Values
    """The post's v before bias correction."""
    second_moment: Values
    """The post's s before bias correction."""
    beta1_power: Values
    """beta1^t."""
    beta2_power: Values
    """beta2^t."""


@dataclass(frozen=True)
class GradientDescent:
    """w := w - learning_rate g, Eq. 4 of the post.

    With batches of one sample it is called stochastic gradient descent, with larger ones mini-batch gradient descent,
    and with all samples batch gradient descent.
    """

    label: ClassVar[str] = "SGD"
    race_default: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.01, "milestones": (100,), "gamma": 0.6}

    def init(self, params: Values) -> NoState:
        return NoState()

    def step(self, params: Values, grad: Values, state: NoState, learning_rate: Values) -> tuple[Values, NoState]:
        return params - learning_rate * grad, state  # Eq. 4

    def equations(self) -> list[Equation]:
        return [Equation("4", r"<next_w> = <w> - <learning_rate> \cdot <g>")]

    def intermediate(self, grad: float, state: NoState) -> dict[str, float]:
        return {}

    @property
    def torch_lacks(self) -> str:
        return ""

    def torch_optimizer(self, torch: ModuleType, params: Any, learning_rate: float) -> Any:
        return torch.optim.SGD([params], learning_rate)


@dataclass(frozen=True)
class Momentum:
    """v := beta v + (1 - dampening) g; w := w - learning_rate v, Eqs. 5, 6 and 8 of the post.

    Eq. 5 is `dampening = beta`. The post's published run has `dampening = 0`, which is PyTorch's form. With any other
    dampening PyTorch uses the first gradient undampened; this class follows the post and dampens it too.
    `bias_correction` divides v by 1 - beta^t before it is used (Eq. 8). `nesterov` steps along
    beta v + (1 - dampening) g, the velocity one update ahead, so its bias correction divides by 1 - beta^(t + 1).
    """

    beta: float = 0.9
    dampening: float = 0.0
    bias_correction: bool = False
    nesterov: bool = False

    label: ClassVar[str] = "Momentum"
    race_default: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.01, "milestones": (5, 7), "gamma": 0.45}

    def init(self, params: Values) -> MomentumState:
        return MomentumState(0, 0.0 * params, 0.0 * params + 1.0)

    def step(
        self, params: Values, grad: Values, state: MomentumState, learning_rate: Values
    ) -> tuple[Values, MomentumState]:
        dampened = (1.0 - self.dampening) * grad
        velocity = self.beta * state.velocity + dampened  # Eq. 5
        beta_power = self.beta * state.beta_power
        direction = self.beta * velocity + dampened if self.nesterov else velocity
        if self.bias_correction:
            direction = direction / (1.0 - (self.beta * beta_power if self.nesterov else beta_power))  # Eq. 8
        state = _new(MomentumState, (state.step_count + 1, velocity, beta_power))
        return params - learning_rate * direction, state  # Eq. 6

    def equations(self) -> list[Equation]:
        printed = "In the post, Eq. 5 multiplies the gradient by 1 − β"
        if self.dampening == self.beta:
            weight, note = r"(1 - <beta>) \cdot ", ""
        elif self.dampening == 0.0:
            weight, note = "", f"{printed}. The published run does not, and neither does PyTorch by default."
        else:
            weight, note = r"(1 - <dampening>) \cdot ", f"{printed}; here the factor is 1 − dampening."
        steps = [Equation("5", rf"<velocity> = <beta> \cdot <last_velocity> + {weight}<g>", note)]
        used = "velocity"
        if self.nesterov:
            used, note = "direction", "Not in the post: Nesterov's form steps along the velocity one update ahead."
            steps.append(Equation("", rf"<direction> = <beta> \cdot <velocity> + {weight}<g>", note))
        if self.bias_correction:
            power = "<t> + 1" if self.nesterov else "<t>"
            steps.append(Equation("8", rf"<mean> = \frac{{<{used}>}}{{1 - <beta>^{{{power}}}}}"))
            used = "mean"
        return [*steps, Equation("6", rf"<next_w> = <w> - <learning_rate> \cdot <{used}>")]

    def intermediate(self, grad: float, state: MomentumState) -> dict[str, Any]:
        direction, power = state.velocity, state.beta_power
        if self.nesterov:
            direction, power = self.beta * direction + (1.0 - self.dampening) * grad, self.beta * power
        return {"direction": direction, "mean": direction / (1.0 - power)}

    @property
    def torch_lacks(self) -> str:
        if self.bias_correction:
            return "momentum with a bias correction"
        if self.dampening and not self.beta:
            return "dampening without momentum (β = 0)"
        return "Nesterov's form with dampening" if self.nesterov and self.dampening else ""

    def torch_optimizer(self, torch: ModuleType, params: Any, learning_rate: float) -> Any:
        nesterov = self.nesterov and self.beta > 0.0
        options = {"momentum": self.beta, "dampening": self.dampening, "nesterov": nesterov}
        optimizer = torch.optim.SGD([params], learning_rate, **options)
        # PyTorch does not dampen the first gradient. The post does, and starts with the velocity 0.
        optimizer.state[params]["momentum_buffer"] = torch.zeros_like(params)
        return optimizer


@dataclass(frozen=True)
class RMSprop:
    """s := beta s + (1 - beta) g^2; w := w - learning_rate g / (sqrt(s) + eps), Eqs. 9 and 10 of the post."""

    beta: float = 0.99
    eps: float = 1e-8

    label: ClassVar[str] = "RMSprop"
    race_default: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.02, "milestones": (8,), "gamma": 0.1, "eps": 1e-4}

    def init(self, params: Values) -> SecondMomentState:
        return SecondMomentState(0.0 * params)

    def step(
        self, params: Values, grad: Values, state: SecondMomentState, learning_rate: Values
    ) -> tuple[Values, SecondMomentState]:
        second_moment = self.beta * state.second_moment + (1.0 - self.beta) * (grad * grad)  # Eq. 9
        state = _new(SecondMomentState, (second_moment,))
        return params - self.effective_rate(state, learning_rate) * grad, state  # Eq. 10

    def effective_rate(self, state: SecondMomentState, learning_rate: Values) -> Values:
        return learning_rate / (_sqrt(state.second_moment) + self.eps)

    def equations(self) -> list[Equation]:
        return [
            Equation("9", r"<second_moment> = <beta> \cdot <last_second_moment> + (1 - <beta>) \cdot {<g>}^2"),
            Equation("10", r"<next_w> = <w> - \frac{<learning_rate>}{\sqrt{<second_moment>} + <eps>} \cdot <g>"),
        ]

    def intermediate(self, grad: float, state: SecondMomentState) -> dict[str, float]:
        return {}

    @property
    def torch_lacks(self) -> str:
        return ""

    def torch_optimizer(self, torch: ModuleType, params: Any, learning_rate: float) -> Any:
        return torch.optim.RMSprop([params], learning_rate, alpha=self.beta, eps=self.eps)


@dataclass(frozen=True)
class Adam:
    """w := w - learning_rate v / (sqrt(s) + eps), with the moments v and s of the gradient, Eqs. 11 to 15 of the post.

    With `bias_correction`, both moments are divided by 1 - beta^t first (Eqs. 12 and 14). Like Eq. 15, the post's
    listing and PyTorch add eps after this correction.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    bias_correction: bool = True

    label: ClassVar[str] = "Adam"
    race_default: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.03, "milestones": (16,), "gamma": 0.5}

    def init(self, params: Values) -> AdamState:
        zero, one = 0.0 * params, 0.0 * params + 1.0
        return AdamState(0, zero, zero, one, one)

    def step(self, params: Values, grad: Values, state: AdamState, learning_rate: Values) -> tuple[Values, AdamState]:
        step_count, first_moment, second_moment, beta1_power, beta2_power = state
        first_moment = self.beta1 * first_moment + (1.0 - self.beta1) * grad  # Eq. 11
        second_moment = self.beta2 * second_moment + (1.0 - self.beta2) * (grad * grad)  # Eq. 13
        beta1_power, beta2_power = self.beta1 * beta1_power, self.beta2 * beta2_power
        state = _new(AdamState, (step_count + 1, first_moment, second_moment, beta1_power, beta2_power))
        mean = first_moment / (1.0 - beta1_power) if self.bias_correction else first_moment  # Eq. 12
        return params - self.effective_rate(state, learning_rate) * mean, state  # Eq. 15

    def effective_rate(self, state: AdamState, learning_rate: Values) -> Values:
        mean_square = state.second_moment
        if self.bias_correction:
            mean_square = mean_square / (1.0 - state.beta2_power)  # Eq. 14
        return learning_rate / (_sqrt(mean_square) + self.eps)

    def equations(self) -> list[Equation]:
        v, s = ("mean", "mean_square") if self.bias_correction else ("first_moment", "second_moment")
        note = "" if self.bias_correction else "Eq. 15 of the post uses the corrected averages of Eqs. 12 and 14."
        steps = [
            Equation("11", r"<first_moment> = <beta1> \cdot <last_first_moment> + (1 - <beta1>) \cdot <g>"),
            Equation("12", r"<mean> = \frac{<first_moment>}{1 - <beta1>^{<t>}}"),
            Equation("13", r"<second_moment> = <beta2> \cdot <last_second_moment> + (1 - <beta2>) \cdot {<g>}^2"),
            Equation("14", r"<mean_square> = \frac{<second_moment>}{1 - <beta2>^{<t>}}"),
            Equation("15", rf"<next_w> = <w> - \frac{{<learning_rate>}}{{\sqrt{{<{s}>}} + <eps>}} \cdot <{v}>", note),
        ]
        return [step for step in steps if self.bias_correction or step.number not in ("12", "14")]

    def intermediate(self, grad: float, state: AdamState) -> dict[str, Any]:
        return {
            "mean": state.first_moment / (1.0 - state.beta1_power),
            "mean_square": state.second_moment / (1.0 - state.beta2_power),
        }

    @property
    def torch_lacks(self) -> str:
        return "" if self.bias_correction else "Adam without its bias correction"

    def torch_optimizer(self, torch: ModuleType, params: Any, learning_rate: float) -> Any:
        return torch.optim.Adam([params], learning_rate, betas=(self.beta1, self.beta2), eps=self.eps)


@dataclass(frozen=True)
class AdaGrad:
    """s := s + g^2; w := w - learning_rate g / (sqrt(s) + eps).

    Not in the post: Duchi, Hazan and Singer, JMLR 12 (2011) 2121. It replaces the weighted mean of RMSprop's Eq. 9 by a
    sum, so its effective learning rates never increase.
    """

    eps: float = 1e-10

    label: ClassVar[str] = "AdaGrad"
    race_default: ClassVar[Mapping[str, Any]] = {"learning_rate": 0.2, "schedule": "constant"}

    def init(self, params: Values) -> SecondMomentState:
        return SecondMomentState(0.0 * params)

    def step(
        self, params: Values, grad: Values, state: SecondMomentState, learning_rate: Values
    ) -> tuple[Values, SecondMomentState]:
        state = _new(SecondMomentState, (state.second_moment + grad * grad,))
        return params - self.effective_rate(state, learning_rate) * grad, state

    def effective_rate(self, state: SecondMomentState, learning_rate: Values) -> Values:
        return learning_rate / (_sqrt(state.second_moment) + self.eps)

    def equations(self) -> list[Equation]:
        return [
            Equation("", r"<second_moment> = <last_second_moment> + {<g>}^2", "The post does not cover AdaGrad."),
            Equation("", r"<next_w> = <w> - \frac{<learning_rate>}{\sqrt{<second_moment>} + <eps>} \cdot <g>"),
        ]

    def intermediate(self, grad: float, state: SecondMomentState) -> dict[str, float]:
        return {}

    @property
    def torch_lacks(self) -> str:
        return ""

    def torch_optimizer(self, torch: ModuleType, params: Any, learning_rate: float) -> Any:
        return torch.optim.Adagrad([params], learning_rate, eps=self.eps)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": GradientDescent,
    "momentum": Momentum,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adagrad": AdaGrad,
}
"""The optimizers by their public keys."""


def _sqrt(value: Values) -> Values:
    return sqrt(value) if isinstance(value, float) else np.sqrt(value)
