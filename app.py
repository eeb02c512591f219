"""The page, from top to bottom: controls, the run, its read-outs, its pictures, and one closer look at a time.

It computes nothing itself: it asks, keeps and shows.
"""

import contextlib
import dataclasses
from pathlib import Path

import pyarrow
import streamlit as st

import orbitopt as oo
from orbitopt import charts, equations, shown, studies, words

ASSETS = Path(__file__).parent / "assets"

projecting = st.session_state.get("projector", st.query_params.get("projector") == "true")
st.set_page_config(
    page_title="What does an optimizer do?",
    page_icon=str(ASSETS / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed" if projecting else "auto",
)
st.html(ASSETS / "page.css")
if projecting:
    st.html(ASSETS / "projector.css")
look = charts.PROJECTOR if projecting else charts.PAGE
player = st.components.v2.component(
    "orbitopt.player",
    isolate_styles=False,
    **{part: (ASSETS / f"player.{part}").read_text("utf-8") for part in ("html", "css", "js")},
)


# What is dear is worked out once, for all visitors.


@st.cache_resource(max_entries=2, show_spinner=False)
def get_ready(projecting):
    """Load and build what every visit needs, while the first visitors wait: not once for each of them.

    pandas is what Streamlit and Altair load at the first chart, where one visitor's thread would find it half loaded by
    another's.
    """
    import pandas  # noqa: F401

    for view in (charts.orbits, charts.loss, charts.search):
        view(charts.PROJECTOR if projecting else charts.PAGE)


get_ready(projecting)


@st.cache_data(max_entries=128, show_spinner=False)
def shown_run(experiment):
    """A run, reduced to what the page shows of it."""
    return shown.show(oo.run(experiment))


@st.cache_data(max_entries=64, show_spinner=False)
def shown_batches(experiment):
    """A run, reduced to what the comparison of batch sizes shows of it."""
    return shown.show(oo.run(experiment), shown.rows_of_batches(experiment))


@st.cache_data(max_entries=32, show_spinner=False)
def shown_samples(n_samples, noise_scale, seed):
    """The samples of a seed, as columns."""
    return shown.sample_columns(oo.noisy_samples(n_samples, noise_scale, seed))


@st.cache_data(max_entries=32, show_spinner=False)
def shown_surface(n_samples, noise_scale, seed, window):
    """The contours of the loss surface of those samples, as columns."""
    samples = oo.noisy_samples(n_samples, noise_scale, seed)
    return shown.contour_columns(samples, oo.optimum(samples).loss, *window)


# The controls. Each is a row of this table; its key is the field's in the link, where it keeps its value.


def choices(label, key, help, named):
    """A field whose values have names."""
    return oo.Field(label, help, key, str, choices=named)


SECTIONS = {"step": "One update", "race": "Race", "batch": "Batch size"}
FIELDS = {
    "example": choices("Example", "example", "A run worth looking at; it sets every control.", oo.EXAMPLE_NAMES),
    **oo.FIELDS,
    "section": choices("Look closer", "section", "One question at a time.", SECTIONS),
    "step": oo.Field("Update", "Which update, counted from 0.", "step", int, 0, oo.MOST_UPDATES),
    "over": choices("Over", "over", "What the loss is drawn over.", shown.PROGRESS),
    **studies.STUDY_FIELDS,
    "projector": oo.Field("Projector mode", "Large and on white, for the back row.", "projector", bool),
}

if "link" not in st.session_state:
    st.session_state.link = {key: st.query_params.get_all(key) for key in st.query_params}
link, refused, held = st.session_state.link, st.session_state.pop("refused", {}), {}


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
    start = row.to_control(default)
    if name in refused:
        st.session_state[row.key] = start
    label = f"log₁₀ {row.label.split()[-1]}" if row.log else row.label
    common = {"label": label, "help": row.help, "key": row.key, "bind": "query-params"} | more
    if row.choices:
        options = list(row.choices)
        held[name] = st.selectbox(options=options, index=options.index(start), format_func=row.choices.get, **common)
    elif row.kind is bool:
        held[name] = st.toggle(value=start, **common)
    elif row.kind is tuple:
        held[name] = typed_numbers(row, st.text_input(value=start, **common), default)
    elif row.step is None:
        number = {"step": 1.0, "format": "%.0f"} if row.kind is int else {"step": default / 10, "format": "%.4g"}
        low, high = float(row.low or (1e-6 if row.open_low else 0)), float(row.high)
        held[name] = row.kind(st.number_input(min_value=low, max_value=high, value=float(start), **number | common))
    else:
        low, high = map(row.to_control, row.control_range)
        digits = f"%.{len(str(row.step).partition('.')[2])}f"
        held[name] = row.from_control(
            st.slider(min_value=low, max_value=high, value=start, step=row.step, format=digits, **common)
        )
    return held[name]


def typed_numbers(row, text, default):
    """The numbers in a text, or the last ones that were in order."""
    try:
        st.session_state.typed_numbers = row.from_control(text)
    except ValueError as fault:
        st.error(f"{row.label} {fault}. The last numbers stay.")
    return st.session_state.get("typed_numbers", default)


def pick(name, default=None):
    """Show the choices of a field side by side, and return the one taken, if any."""
    row = FIELDS[name]
    if name in refused:
        st.session_state[row.key] = default
    held[name] = st.segmented_control(
        row.label, list(row.choices), default=default, required=default is not None, format_func=row.choices.get,
        key=row.key, help=row.help, wrap=True, bind="query-params",
    )
    return held[name]


def pick_many(name, default):
    """Show the choices of a field side by side, and return those taken; the default if there are none."""
    row = FIELDS[name]
    if name in refused:
        st.session_state[row.key] = default
    held[name] = st.pills(
        row.label, list(row.choices), selection_mode="multi", default=default, format_func=row.choices.get,
        key=row.key, help=row.help, wrap=True, bind="query-params",
    )
    if not held[name]:
        st.info(f"{row.label}: none is chosen, so the default stands.")
    return [value for value in row.choices if value in (held[name] or default)]


def batch_control(name, default, n_samples):
    """Show the control of a batch size: the powers of 2 up to all samples, and the size that the link asks for."""
    row, default = FIELDS[name], min(default, n_samples)
    sizes = {2**k for k in range(13) if 2**k < n_samples} | {n_samples, default}
    with contextlib.suppress(KeyError, ValueError):
        sizes |= {size for size in [row.parse(st.query_params[row.key])] if size <= n_samples}
    if name in refused:
        st.session_state[row.key] = default
    elif st.session_state.get(row.key, 0) > n_samples:
        st.session_state[row.key] = n_samples
    sizes = sorted(sizes)
    held[name] = st.selectbox(
        row.label, sizes, sizes.index(default), help=row.help, key=row.key, bind="query-params"
    )
    return held[name]


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
        st.header("Samples")
        for name in ("n_samples", "noise_scale", "seed"):
            chosen[name] = control(name, getattr(base, name))
    with start:
        st.header("Start")
        for name in ("start_a", "start_b"):
            chosen[name] = control(name, getattr(base, name))
    with batches:
        st.header("Batches")
        chosen["batch_size"] = batch_control("batch_size", base.batch_size, chosen["n_samples"])
        chosen["epochs"] = control("epochs", base.epochs)
        chosen["switch_after"] = control("switch_after", base.switch_after)
        if chosen["switch_after"]:
            chosen["switch_size"] = batch_control("switch_size", base.switch_size, chosen["n_samples"])
            chosen["batch_scaling"] = control("batch_scaling", base.batch_scaling)
    control("projector", False)

most_epochs = oo.most_epochs(*map(chosen.get, ("n_samples", "batch_size", "switch_after", "switch_size")))
if chosen["epochs"] > most_epochs:
    batches.warning(
        f"A run may take {oo.MOST_UPDATES:,} updates at most, so with these batches it ends after "
        f"{most_epochs} of the {chosen['epochs']} epochs."
    )
experiment = oo.Experiment(**chosen | {"epochs": min(chosen["epochs"], most_epochs)})


# The run, its read-outs, and the run pinned beside it.


def pinned_experiment():
    """The experiment that the link has pinned, if any; a notice if it cannot be one."""
    texts = st.query_params.get_all("pin")
    try:
        if len(texts) > 1:
            raise ValueError("it must stand there once")
        return oo.Experiment.from_text(texts[0]) if texts else None
    except ValueError as fault:
        notices.warning(f"The link pins a run that cannot be: {words.readable(str(fault), 200)}. Nothing is pinned.")


def pin(text):
    """Pin the run of a text, or with no text none."""
    if text:
        st.query_params["pin"] = text
    else:
        del st.query_params["pin"]


run = shown_run(experiment)
samples = shown_samples(experiment.n_samples, experiment.noise_scale, experiment.seed)
floor = shown.floor_columns(experiment.noise_scale)

st.title("What does an optimizer do?")
if not projecting:
    st.markdown(words.introduction(experiment))
notices = st.container()
pinned = pinned_experiment()

if projecting:
    numbers, ending = st.container(), st.container()
else:
    numbers, ending = st.columns([13, 8], gap="medium", vertical_alignment="center")
with numbers, st.container(horizontal=True, gap="medium"):
    for label, value, more in words.readouts(run):
        st.metric(label, value, help=more, width="content")
with ending:
    {"REACHED": st.success, "MIRROR": st.info, "MOVING": st.warning}.get(run.outcome.name, st.error)(run.message)
if run.empty_batches:
    st.caption(f"{run.empty_batches:,} mini-batches had no sample inside the ellipse and changed nothing.")


# The pictures, and the player that moves them.


def draw(specification, datasets, message):
    """Show a picture and its message, which is its alternative text too."""
    fill = {"height": "stretch", "theme": None} if projecting else {}
    # Of columns as they are Streamlit would make pandas tables first, which takes half of the time of a whole run.
    datasets = {name: pyarrow.table(columns) for name, columns in datasets.items()}
    with st.container(height="stretch" if projecting else "content"):
        st.vega_lite_chart({**specification, "datasets": datasets}, alt=message, **fill)
    st.caption(message)


def draw_runs(key, runs, roles, messages, over="update"):
    """Show orbits, losses and paths of runs on the visitor's samples, and have the player move them."""
    here = shown.here_columns(runs, roles, over)
    columns = {
        "run": shown.run_columns(runs, roles, over),
        "here": here,
        "labels": shown.label_columns(runs, roles, over),
        "frame": shown.frame_columns(runs, over),
        "floor": floor,
    }
    surface = shown_surface(experiment.n_samples, experiment.noise_scale, experiment.seed, shown.window(runs))
    on_surface = {name: columns[name] for name in ("run", "here", "labels", "frame")}
    with st.container(key=key):
        left, right = st.columns(2, gap="medium")
        below = st.container() if projecting else right
        with left:
            draw(charts.orbits(look), {"samples": samples, "here": here}, messages[0])
        with right:
            draw(charts.loss(look, over), columns, messages[1])
        with below:
            draw(charts.search(look), on_surface | {"contours": surface, "marks": shown.mark_columns(run)}, messages[2])
    groups.append(shown.player_data(key, runs, over))


groups = []
runs, roles = {shown.MAIN: run}, {shown.MAIN: experiment.optimizer}
if pinned:
    runs["pinned"], roles["pinned"] = shown_run(pinned), "pinned"
draw_runs("pictures", runs, roles, words.run_messages(run))
bar = st.container(key="player")
with st.container(key="closer", horizontal=True, vertical_alignment="bottom", gap="medium"):
    section = pick("section")
    if pinned:
        st.button("Unpin", on_click=pin, args=[""], help="Take the grey run away.")
    else:
        st.button("Pin this run", on_click=pin, args=[experiment.to_text()], help="Keep it in grey behind others.")
if pinned:
    st.caption(f"Pinned, in grey: {words.summary(runs['pinned'])}")


# One closer look at a time.


def one_update():
    st.header("What does one update do?")
    step = min(control("step", 0, width=220), run.updates - 1)
    update = oo.update_at(experiment, step)
    st.markdown(words.update_message(step, update))
    for k, column in enumerate(st.columns(2, gap="medium") if update.in_domain else ()):
        quantities = equations.quantities(experiment.rule, update, k)
        with column:
            st.markdown(f"**{'AB'[k]}** {words.move_message(update, k)}")
            for equation in equations.equations(experiment.rule):
                st.markdown(rf"{equation.name} $\displaystyle {equations.worked(equation, quantities, 'AB'[k])}$")


def race():
    st.header("Which optimizer is quickest from here?")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        racers = pick_many("racers", list(oo.PUBLISHED))
        over = pick("over", "update")
    entries = {}
    with st.expander("Their learning rates and schedules"):
        for key, column in zip(racers, st.columns(len(racers)), strict=True):
            with column:
                rate = control(f"race_{key}", oo.RIVALS[key].learning_rate)
                schedule = control(f"falls_{key}", oo.RIVALS[key].schedule)
            entries[words.NAMES[key]] = shown_run(oo.rival(experiment, key, rate, schedule))
    roles = {name: entry.experiment.optimizer for name, entry in entries.items()}
    draw_runs("race", entries, roles, words.race_messages(entries, over), over)
    st.table(words.ranking(entries), hide_index=True)


def batch_size():
    st.header("How many samples should a step look at?")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sizes = pick_many("sizes", ["1", "32", "all", "hybrid"])
        scaling = pick("scaling", "root")
        rate = control("size_rate", 0.2, width=200)
        epochs = control("size_epochs", 30, width=240)
    entries = {
        words.size_name(key, experiment): shown_batches(
            oo.of_batch_size(experiment, studies.SIZES[key], rate, epochs, scaling)
        )
        for key in reversed(sizes)
    }
    for name, entry in entries.items():
        if entry.experiment.epochs < epochs:
            st.warning(f"{name}: {entry.experiment.epochs} epochs, as a run takes {oo.MOST_UPDATES:,} updates at most.")
    roles = dict(zip(entries, [*oo.OPTIMIZERS, "pinned"], strict=False))
    with st.container(key="batch-sizes"):
        draw(
            charts.batch_loss(look),
            {
                "run": shown.run_columns(entries, roles, "epoch", "batch_loss"),
                "here": shown.here_columns(entries, roles, "epoch", "batch_loss"),
                "labels": shown.label_columns(entries, roles, "epoch", "batch_loss"),
                "frame": shown.frame_columns(entries, "epoch"),
                "floor": floor,
            },
            words.sizes_message(entries),
        )
    groups.append(shown.player_data("batch-sizes", entries, "epoch", "batch_loss"))
    st.markdown("\n".join(f"- {words.batch_message(name, entries[name])}" for name in reversed(entries)))


with st.container(key="closer-look"):
    if section:
        {"step": one_update, "race": race, "batch": batch_size}[section]()


# The player, and what it asks for.


def take_step():
    """Show the update at the player's place under the lens."""
    step = int(st.session_state.bar.step)
    if section != "step":  # its control is not there yet to keep the link
        st.query_params["step"] = str(step)
    set_control("section", "step")
    set_control("step", float(step))


with bar:
    player(key="bar", data={"groups": groups}, on_step_change=take_step)


# What the link asked for and no control can hold becomes the default, and is said.

for name, row in FIELDS.items():
    if name in held and row.key in link:
        try:
            if row.parse_all(link[row.key]) != held[name]:
                raise ValueError(f"must be what the control of {row.label} can hold")
        except ValueError as fault:
            text = words.readable(link[row.key][-1])
            refused[name] = f"The link says {row.key} = {text}, which {fault}. The default stands instead."
for notice in refused.values():
    notices.warning(notice)
st.session_state.link = {}
if link and refused:
    st.session_state.refused = refused
    st.rerun()
