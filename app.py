"""The page, from top to bottom: controls, the run, its read-outs, its pictures. It computes nothing itself."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import streamlit as st

import orbitopt as oo
from orbitopt import charts, hohmann

ASSETS = Path(__file__).parent / "assets"

st.set_page_config(page_title="What does an optimizer do?", page_icon=str(ASSETS / "icon.svg"), layout="wide")
st.html(ASSETS / "page.css")


# The link as it came, for the first time only: later on the controls keep it. What they refuse, they are asked again for.

if "link" not in st.session_state:
    st.session_state.link = {key: st.query_params.get_all(key) for key in st.query_params}
link, refused = st.session_state.link, st.session_state.pop("refused", {})


# What is dear is worked out once, for all visitors.


@st.cache_data(max_entries=128, show_spinner=False)
def shown_run(experiment):
    """A run, reduced to what the page shows of it."""
    fit = oo.run(experiment)
    return SimpleNamespace(
        a=fit.a,
        b=fit.b,
        loss=fit.loss,
        miss=fit.miss_at_mars,
        updates=len(fit.history.loss),
        empty_batches=fit.empty_batches,
        outcome=fit.outcome,
        message=fit.message,
        window=charts.window(fit),
        columns=charts.run_columns(fit),
        marks=charts.mark_columns(fit),
        orbits_message=charts.orbits_message(fit),
        loss_message=charts.loss_message(fit),
        search_message=charts.search_message(fit),
    )


@st.cache_data(max_entries=32, show_spinner=False)
def shown_samples(n_samples, noise_scale, seed):
    """The samples of a seed and their noise floor, as columns."""
    return charts.sample_columns(oo.noisy_samples(n_samples, noise_scale, seed)), charts.floor_columns(noise_scale)


@st.cache_data(max_entries=32, show_spinner=False)
def shown_surface(n_samples, noise_scale, seed, window):
    """The contours of the loss surface of those samples, as columns."""
    samples = oo.noisy_samples(n_samples, noise_scale, seed)
    return charts.contour_columns(samples, oo.optimum(samples).loss, *window)


# The controls. Each is a row of a table of fields; its key is the field's in the link, where it keeps its value.

FIELDS = oo.FIELDS | {
    "example": oo.Field(
        "Example",
        "A run worth looking at. Choosing one sets every control.",
        "example",
        str,
        choices={key: example.label for key, example in oo.EXAMPLES.items()},
    ),
}


def set_control(name, value):
    """Move the control of a field, and with it the link."""
    st.session_state[FIELDS[name].key] = FIELDS[name].to_control(value)


def take_example():
    """Set every control to the chosen example."""
    for name, value in dataclasses.asdict(oo.EXAMPLES[st.session_state.example].experiment).items():
        if value is not None:
            set_control(name, value)


def take_optimizer():
    """Set the chosen optimizer's own hyper-parameters to its defaults."""
    for hyper in dataclasses.fields(oo.OPTIMIZERS[st.session_state.optimizer]):
        set_control(hyper.name, hyper.default)


def take_typed_rate():
    """Move the learning rate's slider to the rate typed above it."""
    set_control("learning_rate", st.session_state.typed_rate)


def control(name, default, **more):
    """Show the control of a field, and return the value that it holds."""
    row = FIELDS[name]
    held = row.to_control(default)
    if name in refused:
        st.session_state[row.key] = held
    label = f"log₁₀ {row.label.split()[-1]}" if row.log else row.label
    common = {"label": label, "help": row.help, "key": row.key, "bind": "query-params"} | more
    if row.choices:
        options = list(row.choices)
        return st.selectbox(options=options, index=options.index(held), format_func=row.choices.get, **common)
    if row.kind is bool:
        return st.toggle(value=held, **common)
    if row.kind is tuple:
        return typed_numbers(row, st.text_input(value=held, **common), default)
    if row.step is None:
        low, high = float(row.low), float(row.high)
        return int(st.number_input(min_value=low, max_value=high, value=float(held), step=1.0, format="%.0f", **common))
    low, high = map(row.to_control, row.control_range)
    digits = f"%.{len(str(row.step).partition('.')[2])}f"
    return row.from_control(st.slider(min_value=low, max_value=high, value=held, step=row.step, format=digits, **common))


def typed_numbers(row, text, default):
    """The numbers in a text, or the last ones that were in order."""
    try:
        st.session_state.typed_numbers = row.from_control(text)
    except ValueError as fault:
        st.error(f"{row.label} {fault}. The last numbers stay.")
    return st.session_state.get("typed_numbers", default)


def batch_control(name, default, n_samples):
    """Show the control of a batch size: the powers of 2 up to all samples, and the size that the link asks for."""
    row, default = FIELDS[name], min(default, n_samples)
    sizes = {2**k for k in range(13) if 2**k < n_samples} | {n_samples}
    try:
        sizes |= {size for size in [row.parse(st.query_params[row.key])] if size <= n_samples}
    except (KeyError, ValueError):
        pass
    if name in refused:
        st.session_state[row.key] = default
    elif st.session_state.get(row.key, 0) > n_samples:
        st.session_state[row.key] = n_samples
    sizes = sorted(sizes | {default})
    return st.selectbox(
        row.label, sizes, sizes.index(default), help=row.help, key=row.key, bind="query-params"
    )


# The sidebar.

with st.sidebar:
    example = control("example", "adam", on_change=take_example)
    base = oo.EXAMPLES[example].experiment
    st.caption(oo.EXAMPLES[example].lesson)

    chosen = {"optimizer": control("optimizer", base.optimizer, on_change=take_optimizer)}
    above_the_slider = st.container()
    chosen["learning_rate"] = control("learning_rate", base.learning_rate)
    st.session_state.typed_rate = chosen["learning_rate"]
    rate = FIELDS["learning_rate"]
    above_the_slider.number_input(
        rate.label,
        *rate.control_range,
        step=chosen["learning_rate"] / 10,
        format="%.4g",
        help=rate.help,
        key="typed_rate",
        on_change=take_typed_rate,
    )
    rule = oo.OPTIMIZERS[chosen["optimizer"]]
    for hyper in dataclasses.fields(rule):
        default = getattr(base if base.optimizer == chosen["optimizer"] else rule, hyper.name)
        chosen[hyper.name] = control(hyper.name, default)

    chosen["schedule"] = control("schedule", base.schedule)
    for hyper in dataclasses.fields(oo.SCHEDULES[chosen["schedule"]]):
        chosen[hyper.name] = control(hyper.name, getattr(base, hyper.name))

    batches, start, samples = st.container(), st.container(), st.container()
    with samples:
        st.subheader("Samples")
        for name in ("n_samples", "noise_scale", "seed"):
            chosen[name] = control(name, getattr(base, name))
    with start:
        st.subheader("Start")
        for name in ("start_a", "start_b"):
            chosen[name] = control(name, getattr(base, name))
    with batches:
        st.subheader("Batches")
        chosen["batch_size"] = batch_control("batch_size", base.batch_size, chosen["n_samples"])
        chosen["epochs"] = control("epochs", base.epochs)
        chosen["switch_after"] = control("switch_after", base.switch_after)
        if chosen["switch_after"]:
            chosen["switch_size"] = batch_control("switch_size", base.switch_size, chosen["n_samples"])
            chosen["rate_follows_batch"] = control("rate_follows_batch", base.rate_follows_batch)

most_epochs = oo.most_epochs(*(chosen.get(name) for name in ("n_samples", "batch_size", "switch_after", "switch_size")))
if chosen["epochs"] > most_epochs:
    batches.warning(
        f"A run may take {oo.MOST_UPDATES:,} updates at most, so with these batches it ends after "
        f"{most_epochs} of the {chosen['epochs']} epochs."
    )
experiment = oo.Experiment(**chosen | {"epochs": min(chosen["epochs"], most_epochs)})


# What the link asked for and no control can hold becomes the default, and is said.

held = chosen | {"example": example}
asked = {name: link[row.key] for name, row in FIELDS.items() if name in held and row.key in link}
for name, texts in asked.items():
    try:
        if len(texts) > 1:
            raise ValueError("must stand there once")
        if FIELDS[name].parse(texts[0]) != held[name]:
            raise ValueError(f"must be a number that the control of {FIELDS[name].label} can hold")
    except ValueError as fault:
        readable = "".join(letter if letter.isalnum() or letter in "+-. " else "·" for letter in texts[-1][:24])
        refused[name] = f"The link says {FIELDS[name].key} = {readable}, which {fault}. The default stands instead."
st.session_state.link = {}
if asked and refused:
    st.session_state.refused = refused
    st.rerun()
for notice in refused.values():
    st.warning(notice)


# The run and its read-outs.


def axis(length):
    """A semi-axis in AU, in words."""
    return f"{length:.4f} AU" if length < 100 else f"{length:,.0f} AU"


def distance(kilometres):
    """A signed distance in words: in km, or from a tenth of an AU on in AU."""
    far = kilometres / hohmann.ASTRONOMICAL_UNIT
    return (f"{kilometres:,.0f} km" if abs(far) < 0.1 else f"{far:,.2f} AU").replace("-", "−")


def flight(a):
    """What flying the fitted ellipse would take, in words."""
    if a <= hohmann.FOCUS_OFFSET:
        return "The fitted ellipse does not go around the Sun."
    fitted = hohmann.transfer(a)
    return (
        f"How far the fitted aphelion lies beyond Mars's orbit. Flown as fitted, the way out takes {fitted.days:.1f} days, "
        f"with burns of {fitted.launch_burn:.2f} and {fitted.arrival_burn:.2f} km/s, and Mars must be "
        f"{fitted.lead_angle:.1f}° ahead at launch."
    )


run = shown_run(experiment)
samples, floor = shown_samples(experiment.n_samples, experiment.noise_scale, experiment.seed)
surface = shown_surface(experiment.n_samples, experiment.noise_scale, experiment.seed, run.window)

st.title("What does an optimizer do?")
st.markdown(
    f"It walks downhill. Here {FIELDS['optimizer'].choices[experiment.optimizer]} fits A and B, the semi-axes of a "
    f"flight from Earth to Mars, to {experiment.n_samples:,} noisy measurements of it."
)

numbers, ending = st.columns([13, 8], gap="medium", vertical_alignment="center")
with numbers, st.container(horizontal=True, gap="medium"):
    st.metric(f"A · truth {hohmann.SEMI_MAJOR_AXIS:.4f}", axis(run.a), width="content")
    st.metric(f"B · truth {hohmann.SEMI_MINOR_AXIS:.4f}", axis(run.b), width="content")
    st.metric(f"Loss · floor {oo.noise_floor(experiment.noise_scale):.3g}", f"{run.loss:.3g}", width="content")
    st.metric("Miss at Mars", distance(run.miss), help=flight(run.a), width="content")
with ending:
    {"REACHED": st.success, "MIRROR": st.info, "MOVING": st.warning}.get(run.outcome.name, st.error)(run.message)
if run.empty_batches:
    st.caption(f"{run.empty_batches:,} mini-batches had no sample inside the ellipse and changed nothing.")


# The pictures.

left, right = st.columns(2, gap="medium")
with left:
    st.vega_lite_chart({**charts.orbits(), "datasets": {"run": run.columns, "samples": samples}}, alt=run.orbits_message)
    st.caption(run.orbits_message)
with right:
    st.vega_lite_chart({**charts.loss(), "datasets": {"run": run.columns, "floor": floor}}, alt=run.loss_message)
    st.caption(run.loss_message)
    st.vega_lite_chart(
        {**charts.search(), "datasets": {"run": run.columns, "contours": surface, "marks": run.marks}},
        alt=run.search_message,
    )
    st.caption(run.search_message)
