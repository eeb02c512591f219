"""The page, from top to bottom: controls, the run, its read-outs, its pictures, and one closer look at a time.

It computes nothing itself: it asks, keeps and shows.
"""

import contextlib
import dataclasses
import gc
import os
import tempfile
import time
from functools import wraps
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

import streamlit as st
from streamlit.dataframe_util import convert_anything_to_arrow_bytes as to_wire

import orbitopt as oo
from orbitopt import charts, checks, closer, equations, files, shown, studies, words
from orbitopt.work import Work

ASSETS = Path(__file__).parent / "assets"
os.environ.setdefault("MPLCONFIGDIR", str(Path(tempfile.gettempdir(), "orbitopt-matplotlib")))  # and not a home

st.session_state.pop("idle_now", None)
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


# What is dear is worked out once, for all visitors; what comes of a visitor's own samples, for that visitor alone.

own_samples = st.session_state.get("own_samples")

KEPT = {
    shown.show_run: 128,
    shown.show_samples: 64,
    shown.show_surface: 64,
    shown.floor_columns: 64,
    shown.mark_columns: 64,
    closer.confidence_region: 32,
}
"""What is kept, and of how many."""


@st.cache_resource(max_entries=1, show_spinner=False)
def caches():
    """The caches, and all that every visit needs: loaded while the first visitors wait, and by one of them alone.

    Were it otherwise, one visitor's thread would find what Streamlit loads at the first chart half loaded by another's.
    """
    to_wire({"x": [0.0]})
    for look in (charts.PAGE, charts.PROJECTOR):
        for view in (charts.orbits, charts.loss, charts.search):
            view(look)
    gc.collect()
    gc.freeze()  # what is loaded stays, so that to look for what visits leave behind takes little and is done often
    return {
        function: st.cache_data(on_wire(function), max_entries=entries, show_spinner=False)
        for function, entries in KEPT.items()
    }


@st.cache_resource(max_entries=1, show_spinner=False)
def turn():
    """Whose turn it is. Python runs one visitor's script at a time in any case; where all take turns at every few
    milliseconds, and at Streamlit's locks, all are late, while one after the other only the last is."""
    return Lock()


@st.cache_resource(max_entries=1, show_spinner=False)
def player():
    """The player: a component of the page's own."""
    texts = {part: (ASSETS / f"player.{part}").read_text("utf-8") for part in ("html", "css", "js")}
    return st.components.v2.component("orbitopt.player", isolate_styles=False, **texts)


@st.cache_resource(max_entries=1, show_spinner=False)
def when_idle():
    """A component that triggers `idle` once the page has stood still for a moment."""
    return st.components.v2.component("orbitopt.idle", js=(ASSETS / "idle.js").read_text("utf-8"))


@st.cache_resource(max_entries=1, show_spinner=False)
def one_search():
    """Lets one session at a time search for advice, so that searches never outnumber the pictures' scripts."""
    return Lock()


def on_wire(function):
    """The function with its result, if that is a dataset's columns, as they travel."""

    @wraps(function)
    def result_on_wire(*about, **more):
        result = function(*about, **more)
        return to_wire(result) if isinstance(result, dict) else result

    return result_on_wire


def kept(function, *about):
    """What a function of KEPT works out; each takes samples of a visitor's own, whether it needs them or not."""
    return caches()[function](*about) if own_samples is None else on_wire(function)(*about, samples=own_samples)


def columns_of(runs, roles, over):
    """The datasets of runs that move with the player, as they travel."""
    return {
        "run": to_wire(shown.run_columns(runs, over)),
        "here": to_wire(shown.here_columns(runs, roles, over)),
    }


@st.cache_data(max_entries=128, show_spinner=False)
def shared_columns(token, _runs, _roles, over):
    """The same, kept by the runs' token."""
    return columns_of(_runs, _roles, over)


@st.cache_resource(max_entries=64, show_spinner=False)
def shared_work(kind, *about):
    """Work that takes a while."""
    return Work(lambda: work_of(kind)(*about))


def own_work(kind, *about):
    """Work that takes a while on samples of a visitor's own; the last of each kind is kept."""
    samples, last = own_samples, st.session_state.setdefault("own_work", {})
    if kind not in last or last[kind][0] is not samples or last[kind][1] != about:
        last[kind] = samples, about, Work(lambda: work_of(kind)(*about, samples=samples))
    return last[kind][2]


def work_of(kind):
    """The function of a kind of work."""
    return {
        "rates": oo.sweep_learning_rates,
        "starts": oo.map_starts,
        "steps": closer.steps_of,
        "torch": checks.torch_path,
        "runs": shown.show_runs,
        "batches": shown.show_batches,
        "film": film_of,
        "advice": advice_on,
    }[kind]


def advice_on(experiment, samples=None):
    """The search for advice on a run."""
    return oo.search_advice(oo.run(experiment, samples))


def film_of(runs, film_format, theme, link, samples=None):
    """A film of runs: pairs of a name and an experiment."""
    from orbitopt import figures  # whoever wants none need not wait for it

    return figures.film({name: oo.run(experiment, samples) for name, experiment in runs}, film_format, theme, link)


PATIENCE = 0.5  # seconds after which work has a progress bar


def worked_out(kind, *about):
    """What comes of work that takes a while; None if the visitor has stopped it."""
    work, place = (shared_work if own_samples is None else own_work)(kind, *about), st.empty()
    if st.session_state.get("stopped") == (kind, about):
        place.button("Stopped. Go on", on_click=st.session_state.pop, args=["stopped", None])
        return None
    begun, bar = time.monotonic(), None
    for share in work:
        if bar:
            bar.progress(share)
        elif time.monotonic() - begun > PATIENCE:
            with place.container(horizontal=True, vertical_alignment="center"):
                bar = st.progress(share)
                st.button("Stop", on_click=st.session_state.update, args=[{"stopped": (kind, about)}])
    place.empty()
    return work.result


# The controls. Each is a row of this table; its key is the field's in the link, where it keeps its value.


def choices(label, key, help, named):
    """A field whose values have names."""
    return oo.Field(label, help, key, str, choices=named)


# A closer look has its name here, its function in the table after those functions, and what it works out in KEPT or, if
# that may take a while, in work_of.
SECTIONS = {
    "step": "One update",
    "steps": "Steps",
    "race": "Race",
    "batch": "Batch size",
    "rates": "Learning rate",
    "starts": "Starting point",
    "noise": "Noise",
    "losses": "Two losses",
    "equations": "Equations",
    "check": "Check",
    "data": "Take away",
}
FIELDS = {
    "example": choices("Example", "example", "A run worth looking at; it sets every control.", oo.EXAMPLE_NAMES),
    **oo.FIELDS,
    "section": choices("Look closer", "section", "One question at a time.", SECTIONS),
    "step": oo.Field("Update", "Which update, counted from 0.", "step", int, 0, oo.MOST_UPDATES),
    "over": choices("Over", "over", "What the loss is drawn over.", shown.PROGRESS),
    **studies.STUDY_FIELDS,
    "resolution": choices("Starts", "resolution", "How many are tried.", {"21": "21 × 21", "41": "41 × 41"}),
    "surface": choices("Loss over", "surface", "Which is drawn.", {"clamped": "All samples", "domain": "Those inside"}),
    "subject": choices(
        "Of", "of", "Of which runs.", {"run": "This run", "race": "A race", "batches": "Batch sizes"}
    ),
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

with st.sidebar, turn():
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
        if own_samples is not None:
            st.caption(words.own_samples_message(own_samples))
            st.button("Back to drawn samples", on_click=st.session_state.pop, args=["own_samples", None])
        for name in ("n_samples", "noise_scale", "seed"):
            drawn_only = own_samples is not None and name != "seed"
            chosen[name] = control(name, getattr(base, name), disabled=drawn_only)
        if own_samples is not None:  # and nobody knows how wide their noise is
            chosen |= {"n_samples": len(own_samples.x), "noise_scale": 0.0}
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
        pinned = oo.Experiment.from_text(texts[0]) if texts else None
        if pinned and own_samples is not None:
            raise ValueError("it is of drawn samples, and these are your own")
        return pinned
    except ValueError as fault:
        notices.warning(f"The link pins a run that cannot be: {words.readable(str(fault), 200)}. Nothing is pinned.")


def pin(text):
    """Pin the run of a text, or with no text none."""
    if text:
        st.query_params["pin"] = text
    else:
        st.query_params.pop("pin", None)


drawn = experiment.n_samples, experiment.noise_scale, experiment.seed
with turn():
    run = kept(shown.show_run, experiment)
    samples = kept(shown.show_samples, *drawn)
    floor = kept(shown.floor_columns, experiment.noise_scale)

st.title("What does an optimizer do?")
if not projecting:
    st.markdown(words.introduction(experiment, own_samples is not None))
notices = st.container()
pinned = pinned_experiment()

if projecting:
    numbers, ending = st.container(), st.container()
else:
    numbers, ending = st.columns([13, 8], gap="medium", vertical_alignment="center")
with turn(), numbers, st.container(horizontal=True, gap="medium"):
    for label, value, more in words.readouts(run):
        st.metric(label, value, help=more, width="content")
ALERTS = {
    oo.Outcome.REACHED: st.success,
    oo.Outcome.MIRROR: st.info,
    oo.Outcome.NO_SAMPLE: st.error,
    oo.Outcome.DIVERGED: st.error,
}


@st.fragment
def show_advice():
    """Show what to change, with a button that does it. The search waits until the pictures stand still."""
    search = (shared_work if own_samples is None else own_work)("advice", experiment)
    with st.container(key="advice", horizontal=True, vertical_alignment="center", gap="small"):
        if st.session_state.pop("idle_now", False):
            finish_quietly(search, st.empty())
        advice = search.result
        if advice:
            st.caption(advice.sentence)
            if advice.changes and st.button("Try it", on_click=take_changes, args=[advice.changes]):
                st.rerun()
        elif search.done and run.outcome is not oo.Outcome.REACHED:
            st.caption(oo.NO_ADVICE)
    waiting = "" if search.done else str(time.monotonic())  # another in every run, so that each run is waited for
    when_idle()(key="idle", data={"token": waiting}, on_idle_change=note_idle)


def finish_quietly(work, place):
    """Do work to its end, one session at a time; Streamlit stops it at `place` once the visitor has moved on."""
    while not one_search().acquire(timeout=0.05):
        place.empty()
    try:
        for _ in work:
            place.empty()
    finally:
        one_search().release()


def note_idle():
    """Note that the pictures stand still: for the fragment's own run, since a run of the whole page forgets it."""
    st.session_state.idle_now = True


def take_changes(changes):
    """Set the controls of the fields that an advice changes."""
    for name, value in changes.items():
        set_control(name, value)


with ending:
    ALERTS.get(run.outcome, st.warning)(run.message)
show_advice()
if run.empty_batches:
    st.caption(words.empty_batches_message(run))


# The pictures, and the player that moves them.


def draw(specification, datasets, message, **more):
    """Show a picture and its message, which is its alternative text too."""
    if projecting:
        more |= {"height": "stretch", "theme": None}
    st.vega_lite_chart({**specification, "datasets": datasets}, alt=message, **more)
    st.caption(message)


def draw_runs(key, runs, roles, messages, over="update"):
    """Show orbits, losses and paths of runs on the visitor's samples, and have the player move them."""
    with st.container(key=key), turn():
        about = runs, roles, over
        columns = shared_columns(shown.token(runs, over), *about) if own_samples is None else columns_of(*about)
        surface = columns | {
            "contours": kept(shown.show_surface, *drawn, shown.window(runs)),
            "marks": kept(shown.mark_columns, run.start, run.optimum),
        }
        left, right = st.columns(2, gap="medium")
        below = st.container() if projecting else right
        with left:
            draw(charts.orbits(look), {"samples": samples, "here": columns["here"]}, messages[0])
        with right:
            draw(charts.loss(look, over), columns | {"floor": floor}, messages[1])
        with below:
            draw(charts.search(look), surface, messages[2])
    groups.append(shown.player_data(key, runs, over))


groups = []
runs, roles = {shown.MAIN: run}, {shown.MAIN: experiment.optimizer}
if pinned:
    runs["pinned"], roles["pinned"] = kept(shown.show_run, pinned), "pinned"
draw_runs("pictures", runs, roles, words.run_messages(run))
if own_samples is not None and (outside := shown.outside_the_sky(own_samples)):
    st.caption(words.outside_message(outside))
bar = st.container(key="player")
with st.container(key="closer", horizontal=True, vertical_alignment="center", gap="small"):
    if pinned:
        st.button("Unpin", on_click=pin, args=[""])
        st.caption(f"Pinned, in grey: {words.summary(runs['pinned'])}")
    elif own_samples is None:
        st.button("Pin this run", on_click=pin, args=[experiment.to_text()])
        st.caption("Pinned, it stays in grey behind the runs to come.")
section = pick("section")


# One closer look at a time.


def one_update():
    st.header("What does one update do?")
    step = min(control("step", 0, width=220), run.updates - 1)
    update = oo.update_at(experiment, step, own_samples)
    st.markdown(words.update_message(step, update))
    for k, column in enumerate(st.columns(2, gap="medium") if update.n_in_domain else ()):
        quantities = equations.quantities(experiment.rule, update, k)
        with column:
            st.markdown(f"**{'AB'[k]}** {words.move_message(update, k)}")
            for equation in equations.equations(experiment.rule):
                st.markdown(rf"{equation.name} $\displaystyle {equations.worked(equation, quantities, 'AB'[k])}$")


def choose_racers():
    """Show the controls of a race, and return the experiments of its runs by their names."""
    racers, entries = pick_many("racers", list(oo.PUBLISHED)), {}
    with st.expander("Their learning rates and schedules"):
        for key, column in zip(racers, st.columns(len(racers)), strict=True):
            with column:
                rate = control(f"race_{key}", oo.RIVALS[key].learning_rate)
                schedule = control(f"falls_{key}", oo.RIVALS[key].schedule)
            entries[words.NAMES[key]] = oo.rival(experiment, key, rate, schedule)
    return entries


def race():
    st.header("Which optimizer is quickest from here?")
    entries = worked_out("runs", tuple(choose_racers().items()))
    over = pick("over", "update")
    if entries is None:
        return
    roles = {name: entry.experiment.optimizer for name, entry in entries.items()}
    draw_runs("race", entries, roles, words.race_messages(entries, over), over)
    st.table(words.ranking(entries), hide_index=True)


def choose_sizes():
    """Show the controls of a comparison of batch sizes, and return the experiments of its runs by their names."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sizes = pick_many("sizes", ["1", "32", "all", "hybrid"])
        scaling = pick("scaling", "root")
        rate = control("size_rate", 0.2, width=200)
        epochs = control("size_epochs", 30, width=240)
    entries = {
        words.size_name(key, experiment): oo.of_batch_size(experiment, studies.SIZES[key], rate, epochs, scaling)
        for key in reversed(sizes)
    }
    for name, entry in entries.items():
        if entry.epochs < epochs:
            st.warning(f"{name}: {entry.epochs} epochs, as a run takes {oo.MOST_UPDATES:,} updates at most.")
    return entries


def batch_size():
    st.header("How many samples should a step look at?")
    entries = worked_out("batches", tuple(choose_sizes().items()))
    if entries is None:
        return
    roles = dict(zip(entries, [*oo.OPTIMIZERS, "pinned"], strict=False))
    with st.container(key="batch-sizes"):
        draw(
            charts.batch_loss(look),
            {
                "run": shown.run_columns(entries, "epoch", "batch_loss"),
                "here": shown.here_columns(entries, roles, "epoch", "batch_loss"),
                "floor": floor,
            },
            words.sizes_message(entries),
        )
    groups.append(shown.player_data("batch-sizes", entries, "epoch", "batch_loss"))
    st.markdown("\n".join(f"- {words.batch_message(name, entries[name])}" for name in reversed(entries)))


def steps():
    st.header("What does it make of the gradient?")
    followed = worked_out("steps", experiment)
    if followed is None:
        return
    window = shown.window({shown.MAIN: run})
    arrows, magnified = closer.arrow_columns(followed, window)
    with st.container(key="steps-view"):
        draw(
            charts.steps(look),
            on_its_surface(run) | {"arrows": arrows},
            words.steps_message(experiment, followed, magnified),
        )
    groups.append(shown.player_data("steps-view", {shown.MAIN: run}))
    if followed.effective_rate is not None:
        effective = closer.effective_columns(followed)
        draw(charts.effective_rates(look), {"effective": effective}, words.effective_message(followed))


def on_its_surface(run, domain_only=False):
    """The datasets of a run's search over its surface."""
    runs, roles = {shown.MAIN: run}, {shown.MAIN: run.experiment.optimizer}
    return {
        "run": shown.run_columns(runs),
        "here": shown.here_columns(runs, roles),
        "contours": kept(shown.show_surface, *drawn, shown.window(runs), domain_only),
        "marks": kept(shown.mark_columns, run.start, run.optimum),
    }


def clicked(name):
    """The key of a picture that is clicked: a new one after every click, so that the same point can be taken again."""
    return f"{name}-{st.session_state.get('clicks', 0)}"


def last_click(name):
    """What was clicked last in a picture: one point, or none."""
    points = list(st.session_state[clicked(name)].selection.taken)[-1:]
    st.session_state.clicks = st.session_state.get("clicks", 0) + len(points)
    return points


def take_rate():
    """Take the rate, and the optimizer, of the point that was clicked."""
    for point in last_click("swept"):
        if point["optimizer"] != experiment.optimizer:
            set_control("optimizer", point["optimizer"])
            take_optimizer()
        set_control("learning_rate", point["rate"])


def learning_rates():
    st.header("Which learning rates work?")
    swept = worked_out("rates", experiment)
    if swept is None:
        return
    draw(
        charts.learning_rates(look),
        {
            "swept": closer.swept_columns(swept, words.NAMES),
            "bands": closer.band_columns(swept, words.NAMES),
            "now": {"rate": [experiment.learning_rate]},
        },
        words.rates_message(run, swept),
        key=clicked("swept"),
        on_select=take_rate,
        selection_mode="taken",
    )
    st.caption(f"{' · '.join(words.ENDINGS_KEY)}. Click a point to use its learning rate.")


def take_start():
    """Take the start of the cell that was clicked."""
    for cell in last_click("cells"):
        set_control("start_a", round(cell["a"], 4))
        set_control("start_b", round(cell["b"], 4))


def starting_points():
    st.header("From where does it find the way?")
    resolution = int(pick("resolution", "21"))
    ends = worked_out("starts", experiment, resolution)
    if ends is None:
        return
    picture = on_its_surface(run)
    draw(
        charts.starts(look),
        {"cells": closer.cell_columns(ends, resolution), "run": picture["run"], "marks": picture["marks"]},
        words.starts_message(experiment, ends),
        key=clicked("cells"),
        on_select=take_start,
        selection_mode="taken",
    )
    coloured, *others = words.ENDINGS_KEY
    st.caption(f"Coloured: {coloured[2:]} · {' · '.join(others)}. Click a cell to start there.")


def noise():
    st.header("How exact can any optimizer be?")
    view = kept(closer.confidence_region, *drawn)
    if not view.exists:
        st.info(words.noise_message(run, view))
        return
    picture = on_its_surface(run)
    picture |= {"here": picture["here"] | view.frame, "contours": view.contours, "region": view.region}
    with st.container(key="noise-view"):
        draw(charts.noise(look), picture, words.noise_message(run, view, own_samples is not None))
    groups.append(shown.player_data("noise-view", {shown.MAIN: run}))


def two_losses():
    st.header("Which loss does training see?")
    domain_only = pick("surface", "domain") == "domain"
    start = closer.both_losses(experiment, (experiment.start_a, experiment.start_b), own_samples)
    with st.container(key="losses-view"):
        draw(
            charts.search(look, "square"),
            on_its_surface(run, domain_only),
            words.losses_message(start, experiment.n_samples),
        )
    groups.append(shown.player_data("losses-view", {shown.MAIN: run}))


def the_equations():
    st.header("What exactly is computed?")
    rule = experiment.rule
    values = vars(rule) | {"learning_rate": experiment.learning_rate}
    left, right = st.columns(2, gap="medium")
    with left:
        for equation in equations.equations(rule):
            st.markdown(rf"{equation.name} $\displaystyle\quad {equations.in_symbols(equation, values)}$")
    with right:
        st.code(equations.source(rule), language="python", wrap_lines=True)
    st.caption(words.equations_message(experiment))


def check():
    st.header("Is all of this right?")
    table, message = words.gradient_check(closer.gradient_checks(experiment, run.params, own_samples))
    st.table(table, hide_index=True)
    st.caption(message)
    if lacking := checks.torch_lacks(experiment):
        st.info(f"PyTorch has no {lacking}, so there is nothing to compare the run with.")
    elif not checks.has_torch():
        st.info("Where PyTorch is installed, the run is made by torch.optim and autograd too: `pip install torch`.")
    elif (theirs := worked_out("torch", experiment)) is not None:
        st.caption(words.torch_message(oo.run(experiment, own_samples).history.params, theirs))


THEMES = {"light": "White", "dark": "Dark"}


def take_away():
    from orbitopt import figures  # whoever wants none need not wait for it

    st.header("What can be taken away?")
    texts = [(key, text) for key in st.query_params for text in st.query_params.get_all(key)]
    link = f"{(st.context.url or '').rstrip('/')}/?{urlencode(texts)}"

    subject = pick("subject", "run")
    entries = {
        "run": lambda: {words.NAMES[experiment.optimizer]: experiment},
        "race": choose_racers,
        "batches": choose_sizes,
    }[subject]()

    st.subheader("A figure")
    drawings = {key: drawing.label for key, drawing in figures.FIGURES.items() if drawing.of == subject}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox("Which", list(drawings), format_func=drawings.get, width=340)
        kind = st.segmented_control("As", list(figures.FORMATS), default="png", required=True, format_func=str.upper)
        theme = st.context.theme.type or "light"
        theme = st.segmented_control("On", list(THEMES), default=theme, required=True, format_func=THEMES.get)

        def drawn():
            fits = {name: oo.run(entry, own_samples) for name, entry in entries.items()}
            drawing = figures.FIGURES[key]
            return figures.save(drawing.draw(*fits.values() if subject == "run" else [fits], theme), kind, link)

        save("Save the figure", drawn, f"orbitopt-{key}.{kind}", figures.FORMATS[kind])

    if subject != "batches":
        st.subheader("A film")
        kinds = list(figures.FILM_FORMATS)[: None if figures.has_ffmpeg() else 1]
        with st.container(horizontal=True, vertical_alignment="bottom"):
            film_kind = st.segmented_control("Film as", kinds, default="gif", required=True, format_func=str.upper)
            about = tuple(entries.items()), film_kind, theme, link
            if st.button("Make the film"):
                st.session_state.film = about
        if st.session_state.get("film") == about and (film := worked_out("film", *about)):
            save("Save the film", film, f"orbitopt-{subject}.{film_kind}", figures.FILM_FORMATS[film_kind])
        if not figures.has_ffmpeg():
            st.caption("Where this page runs there is no ffmpeg, so an MP4 cannot be had.")

    st.subheader("The data, and the run itself")
    fit = oo.run(experiment, own_samples)
    with st.container(horizontal=True):
        save("Samples, CSV", lambda: files.samples_csv(fit), files.SAMPLES_FILE, "text/csv")
        save("Every update, CSV", lambda: files.history_csv(fit), "orbitopt-history.csv", "text/csv")
        save("Experiment, JSON", lambda: files.experiment_json(experiment), "orbitopt-run.json", "application/json")
    st.markdown("These lines make the same run, bit for bit:")
    st.code(files.notebook_lines(experiment, own_samples is not None), language="python", wrap_lines=True)

    st.subheader("Samples of your own")
    st.file_uploader(
        "A CSV file with the columns x and y, AU: 16 to 4,096 points on the upper half of an ellipse around the Sun",
        type="csv",
        key="file",
        on_change=take_file,
        max_upload_size=1,
    )
    if fault := st.session_state.pop("fault", None):
        st.error(fault)
    st.caption(words.own_samples_note())


def save(label, data, name, media_type):
    """Show a button that saves a file, made when it is pressed if `data` is a function."""
    st.download_button(label, data, name, media_type, on_click="ignore", icon=":material/download:")


def take_file():
    """Fit the samples of the file that was handed in; if it has none, say why and leave everything as it is."""
    st.session_state.fault = None
    if st.session_state.file is None:
        return
    try:
        st.session_state.own_samples = files.read_samples(st.session_state.file.getvalue())
    except ValueError as fault:
        st.session_state.fault = words.refusal(st.session_state.file.name, fault)


with st.container(key="closer-look"):
    if section:
        {
            "step": one_update,
            "steps": steps,
            "race": race,
            "batch": batch_size,
            "rates": learning_rates,
            "starts": starting_points,
            "noise": noise,
            "losses": two_losses,
            "equations": the_equations,
            "check": check,
            "data": take_away,
        }[section]()


# The player, and what it asks for.


def take_step():
    """Show the update at the player's place under the lens."""
    step = int(st.session_state.bar.step)
    if section != "step":  # its control is not there yet to keep the link
        st.query_params["step"] = str(step)
    set_control("section", "step")
    set_control("step", float(step))


with bar:
    player()(key="bar", data={"groups": groups}, on_step_change=take_step)


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
