"""The fit by hand: sliders of A and B, their ellipse with its loss, and the best try."""

from __future__ import annotations

import streamlit as st

from ..experiment import Experiment
from ..formatting import number
from ..model import clamped_loss
from ..problem import FitProblem
from ..settings import Setting
from ..traces import RunGroup, start_trace
from .controls import Controls

SETTINGS = {
    "hand_a": Setting("A", "Half the width of the ellipse, in AU.", "hand_a", float, 0, 2.5, open_low=True, step=0.01),
    "hand_b": Setting("B", "Half the height of the ellipse, in AU.", "hand_b", float, 0, 2.5, open_low=True, step=0.01),
}

BEST = "best"
"""Key in the link of A and B of the best try."""

_START = 0.8, 0.4


def show(controls: Controls, problem: FitProblem) -> RunGroup:
    """Show sliders, loss and best try, and return the group of the ellipse."""
    with st.container(key="drag"):  # where there is a surface
        st.markdown("You can also drag the dot in the coloured picture.")
    a, b = controls.show("hand_a", _START[0]), controls.show("hand_b", _START[1])
    loss, best = _loss(problem, (a, b)), best_try(controls)
    if (a, b) != _START and (best is None or loss < _loss(problem, best)):
        best = a, b
    _keep(controls, best)
    st.markdown(f"Loss: **{number(loss)}** AU²", help="Mean squared vertical distance from all samples to the ellipse.")
    if best:
        st.markdown(f"Best so far: **{number(_loss(problem, best))}** AU² at A = {best[0]:.2f}, B = {best[1]:.2f}")
    label = "Continue to the question" if best else "Skip this"
    st.button(label, key="go-on", type="primary" if best else "secondary", width="stretch", on_click=controls.set,
              args=["asked", True])  # fmt: skip
    trace = start_trace(problem, Experiment("sgd", start_a=a, start_b=b))
    return RunGroup("pictures", {"you": trace}, {"you": "step"}, reference=False, marks=marks(best))


def marks(best: tuple[float, float] | None) -> dict[str, tuple[float, float]]:
    """Return the mark of the best try on the surface, if there is one."""
    return {"your best": best} if best else {}


def best_try(controls: Controls, offered: bool = True) -> tuple[float, float] | None:
    """Return A and B of the best try, if there is one. Without `offered`, one in the link is left out."""
    texts = controls.unread_texts(BEST) or st.session_state.get(BEST) or []
    best = None
    if texts:
        try:
            a, b = (float(part) for part in texts[-1].split("-"))
            best = SETTINGS["hand_a"].check(a), SETTINGS["hand_b"].check(b)
        except ValueError:
            offered = False
        if not offered:
            best = None
            controls.leave_out(BEST, "is not a fit by hand")
    _keep(controls, best)
    return best


def _loss(problem: FitProblem, point: tuple[float, float]) -> float:
    """Return the clamped loss, AU^2, of A and B."""
    return float(clamped_loss(point, *problem.data))


def _keep(controls: Controls, best: tuple[float, float] | None) -> None:
    """Keep the best try in the session and in the link."""
    if best is None:
        st.session_state.pop(BEST, None)
        return
    text = f"{best[0]:.2f}-{best[1]:.2f}"
    st.session_state[BEST] = [text]
    controls.keep_in_link(BEST, text)
