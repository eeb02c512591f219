"""A run, a race or a lesson as a web page of its own: one file that plays without a server and without a network.

It has the charts, the player and the words of the page. Its content security policy allows its own inline scripts and
styles and nothing else. Vega interprets the expressions of the charts, because compiling them would need 'unsafe-eval'
in the policy: a run then plays at 30 pictures a second instead of 40, a race of four at 25 instead of 33, measured in
Chromium on two busy cores.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from string import Template
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from . import exports
from .fit import Fit
from .jobs import finish
from .lesson_parts import Lesson
from .lessons import LESSONS
from .optimizers import OPTIMIZERS
from .page import comparisons, overview, pictures, player, vega
from .page import lesson as lesson_page
from .page.cache import to_arrow
from .palette import BACKGROUND
from .problem import FitProblem
from .settings import check_choice
from .steps import Steps, arrow_columns, follow_steps
from .traces import MAIN, PROGRESS_AXES, RunGroup, RunTrace, start_trace, trace

_ASSETS = player.ASSETS
_SCRIPTS: dict[str, dict[str, str]] = {
    "vendor/vega.min.js": {},
    "vendor/vega-lite.min.js": {},
    "vendor/vega-interpreter.js": {
        "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';": (
            "const { ascending, isString, DisallowedObjectProperties } = vega;"
        ),
        "export { expression as expressionInterpreter };": "globalThis.expressionInterpreter = expression;",
    },
    "player.js": {"export default function": "globalThis.mountPlayer = function"},
    "surface.js": {"export default function": "globalThis.mountSurface = function"},
    "web_page.js": {},
}
"""Scripts in their order, with what is replaced in them, because inline modules cannot import each other."""


class _Parts(NamedTuple):
    """Parts of the page that differ between a run, a race and a lesson."""

    title: str
    head: str
    """HTML above the charts."""
    notes: str
    """HTML below the player."""
    stages: list[dict[str, Any]]
    """Data of the charts and the player: one stage, or for a lesson its question and its answer."""
    panel: str = ""
    """HTML beside the charts."""


def html(fits: Mapping[str, Fit], *, link: str = "", lesson: Lesson | None = None, over: str = "update") -> str:
    """Return a web page that plays runs on the same samples.

    Parameters
    ----------
    fits
        Runs by name. The first is drawn on top.
    link
        Address of the page that shows the same live, if there is one.
    lesson
        Lesson to which the runs belong, as `lesson.fits` returns them; the page then asks its question first.
    over
        Key of `traces.PROGRESS_AXES`, for the loss curves of several runs.

    Raises
    ------
    TypeError
        If `fits` are not runs by name.
    ValueError
        If there are none, or they do not have the same samples, or `link` is no address of a web page, or `over` no key
        of PROGRESS_AXES.

    Examples
    --------
    >>> import orbitopt as oo
    >>> text = html({"Adam": oo.run(oo.PUBLISHED["adam"])})
    >>> text.startswith("<!DOCTYPE html>")
    True
    """
    _check(fits, link)
    check_choice("over", over, PROGRESS_AXES)
    parts = _parts(fits, link, lesson, over)
    styles = [_variables(), *((_ASSETS / name).read_text("utf-8") for name in ("player.css", "web_page.css"))]
    style, scripts = "\n".join(styles), [_script(name) for name in _SCRIPTS]
    data = {"configs": {theme: vega.config(theme) for theme in BACKGROUND}, "stages": parts.stages}
    icon = (_ASSETS / "icon.svg").read_text("utf-8")
    template = Template((_ASSETS / "web_page.html").read_text("utf-8"))
    return template.substitute(
        policy=_policy(style, scripts),
        title=escape(parts.title),
        icon=f"data:image/svg+xml,{quote(icon)}",
        style=style,
        head=parts.head,
        panel=parts.panel,
        player=_player_html(link),
        notes=parts.notes,
        experiment=_in_script(_experiments(fits)),
        page=_in_script(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
        scripts="\n".join(f'<script type="module">{script}</script>' for script in scripts),
    )


def _check(fits: Mapping[str, Fit], link: str) -> None:
    runs = isinstance(fits, Mapping) and all(isinstance(fit, Fit) for fit in fits.values())
    if not runs or not all(isinstance(name, str) for name in fits):
        raise TypeError(f"fits must be runs by name, such as {{'Adam': run(experiment)}}, got {fits!r}")
    if len({fit.problem for fit in fits.values()}) != 1:
        raise ValueError(f"fits must be at least one run, all on the same samples, got {', '.join(fits) or 'none'}")
    if link and urlsplit(link).scheme not in ("http", "https"):
        raise ValueError(f"link must be an address that begins with http:// or https://, got {link!r}")


# The file.


def _script(name: str) -> str:
    """Return a script of `assets/` as an inline module."""
    text = (_ASSETS / name).read_text("utf-8")
    for old, new in _SCRIPTS[name].items():
        if text.count(old) != 1:
            raise RuntimeError(f"assets/{name} must contain {old!r} once")
        text = text.replace(old, new)
    return re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)


def _policy(style: str, scripts: Sequence[str]) -> str:
    """Return the content security policy: nothing but the page's own scripts, styles and icon."""

    def hashes(texts: Sequence[str]) -> str:
        return " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts)

    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src {hashes([style])}; "
        f"script-src {hashes(scripts)}"
    )


def _variables() -> str:
    """Return the style rule of the margins between the edges of charts and of their plots."""
    square, timeline = (vega.DESK.margins[name] for name in ("square", "timeline"))
    lengths = {
        "square-x": square["left"] + square["right"],
        "square-y": square["top"] + square["bottom"],
        "timeline-left": timeline["left"],
        "timeline-right": timeline["right"],
    }
    return f":root {{ {' '.join(f'--{name}: {length}px;' for name, length in lengths.items())} }}"


def _in_script(text: str) -> str:
    """Return JSON that is safe between script tags."""
    return text.replace("<", "\\u003c")


def _player_html(link: str) -> str:
    """Return the player; its button that copies the link is hidden if there is none."""
    text = (_ASSETS / "player.html").read_text("utf-8")
    return text if link else text.replace('class="player"', 'class="player linkless"', 1)


def _experiments(fits: Mapping[str, Fit]) -> str:
    """Return one run as JSON, or several by name; `exports.run_from_json` reads each back."""
    texts = {name: exports.run_json(fit) for name, fit in fits.items()}
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "{" + ",\n".join(f"{json.dumps(name)}: {text}" for name, text in texts.items()) + "}\n"


# The charts and the player.


def _stage(problem: FitProblem, group: RunGroup, link: str, steps: Steps | None = None, watched: int = 0,
           floor: bool = True) -> dict[str, Any]:  # fmt: skip
    """Return the charts, the datasets and the data of the player of a group of runs."""
    arrows = to_arrow(arrow_columns(steps, group.axis_limits, even=True)[0]) if steps else None
    noise_scale = group.main.experiment.noise_scale if floor else 0.0
    tables = pictures.run_tables(problem, group, noise_scale, arrows=arrows)
    charts = pictures.run_charts(group, arrows=arrows is not None)
    texts = [value for _, value, _ in overview.readouts(group.main)]
    return {
        "charts": [
            {"chart": {**one.chart, "description": one.alternative}, "datasets": one.datasets} for one in charts
        ],
        "tables": {name: _columns(table) for name, table in tables.items()},
        "player": player.player_data(problem, [group], texts, watched) | {"link": link},
        "surface": player.surface_data(problem, group) | {"samples": None},  # those of the chart
    }


def _columns(table: Any) -> dict[str, Any]:
    """Return an Arrow table as columns: numbers in base64 of single precision, others as lists."""
    columns = {name: table[name].to_numpy() for name in table.column_names}
    return {
        name: b64encode(column.astype("<f4").tobytes()).decode() if column.dtype.kind in "fiu" else column.tolist()
        for name, column in columns.items()
    }


# A run, a race, and a lesson.


def _parts(fits: Mapping[str, Fit], link: str, lesson: Lesson | None, over: str) -> _Parts:
    if lesson:
        return _lesson(lesson, fits, link)
    return _race(fits, link, over) if len(fits) > 1 else _run(fits, link)


def _run(fits: Mapping[str, Fit], link: str) -> _Parts:
    (fit,) = fits.values()
    run, label = trace(fit), OPTIMIZERS[fit.experiment.optimizer].label
    group = RunGroup("pictures", {MAIN: run}, {MAIN: fit.experiment.optimizer})
    explained = [f"{name.partition(' · ')[0]}: {words}" for name, _, words in overview.readouts(run)[3:] if words]
    return _Parts(
        f"{label} · {overview.TITLE}",
        _head(overview.introduction(fit.experiment, fit.problem))
        + _readouts(run)
        + _verdict(run.message),
        _messages([" ".join(overview.run_messages(run)), *explained])
        + _paragraph(overview.settings_message(fit.experiment, fit.problem.own))
        + _about(link, "run", fit.problem),
        [_stage(fit.problem, group, link)],
    )


def _race(fits: Mapping[str, Fit], link: str, over: str) -> _Parts:
    traces, problem = {name: trace(fit) for name, fit in fits.items()}, next(iter(fits.values())).problem
    optimizers = [fit.experiment.optimizer for fit in fits.values()]
    differ = len(set(optimizers)) == len(optimizers)
    roles = optimizers if differ else [*OPTIMIZERS, *["pinned"] * len(fits)]
    group = RunGroup("pictures", traces, dict(zip(fits, roles, strict=False)), over)
    question = comparisons.RACE if differ else "Which run is fastest from here?"
    ranking = comparisons.ranking(traces)
    if not differ:
        ranking = {"Run" if heading == "Optimizer" else heading: column for heading, column in ranking.items()}
    closest, quickest, settled = comparisons.race_messages(traces, over)
    table = f'<div class="table" tabindex="0" role="region" aria-label="Ranking">{_table(ranking)}</div>'
    return _Parts(
        f"{question} · {overview.TITLE}",
        _head(question) + _verdict(quickest),
        _messages([f"{closest} {settled}"], table)
        + _settings(fits)
        + _about(link, "race", problem),
        [_stage(problem, group, link)],
    )


def _lesson(lesson: Lesson, fits: Mapping[str, Fit], link: str) -> _Parts:
    first = next(iter(fits.values()))
    problem, traces = first.problem, {name: trace(fit) for name, fit in fits.items()}
    starts = {name: start_trace(problem, fit.experiment) for name, fit in fits.items()}
    question, answer = (lesson_page.group_of(lesson, runs) for runs in (starts, traces))
    steps = finish(follow_steps(problem, first.experiment)) if lesson.arrows else None
    floor = lesson.section == "noise"
    number = "".join(f"{n} · " for n, one in enumerate(LESSONS.values(), 1) if one is lesson)
    readouts = f'<div class="answer" hidden>{_readouts(traces[next(iter(fits))])}</div>'
    return _Parts(
        f"{number}{lesson.title} · {overview.TITLE}",
        _head() + readouts,
        _settings(fits) + _about(link, "lesson", problem),
        [
            _stage(problem, question, link, floor=floor),
            _stage(problem, answer, link, steps, watched=1, floor=floor),
        ],
        _panel(lesson, fits, f"{number}{lesson.title}", link),
    )


# Words.


def _paragraph(text: str, kind: str = "") -> str:
    return f"<p{f' class={kind!r}' if kind else ''}>{escape(text)}</p>"


def _head(introduction: str = "") -> str:
    return f"<h1>{escape(overview.TITLE)}</h1>" + (_paragraph(introduction, "introduction") if introduction else "")


def _messages(texts: Sequence[str], more: str = "") -> str:
    """Return the sentences on the end of the runs."""
    return f'<div class="st-key-messages">{"".join(map(_paragraph, texts))}{more}</div>'


def _settings(fits: Mapping[str, Fit]) -> str:
    """Return the settings of several runs."""
    texts = {name: overview.settings_message(fit.experiment, fit.problem.own) for name, fit in fits.items()}
    return "".join(f"<p><strong>{escape(name)}.</strong> {escape(text)}</p>" for name, text in texts.items())


def _verdict(message: str) -> str:
    return f'<div class="st-key-verdict">{_paragraph(message)}</div>'


def _readouts(run: RunTrace) -> str:
    """Return A, B, loss and miss of a run, which follow the player."""
    parts = (
        f'<div><dt>{escape(label)}</dt><dd data-testid="stMetricValue">{escape(value)}</dd></div>'
        for label, value, _ in overview.readouts(run)
    )
    return f'<dl class="st-key-readouts">{"".join(parts)}</dl>'


def _table(columns: Mapping[str, Sequence[str]]) -> str:
    """Return columns by their headings as a table."""
    head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in columns)
    rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in zip(*columns.values(), strict=True))
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _about(link: str, what: str, problem: FitProblem) -> str:
    """Return paragraphs on this file: the link that opens its runs live, and where the samples come from."""
    address = f'<a href="{escape(link)}" target="_blank">'
    live = f"<p>{address}Open this {what} live</a> to change its settings.</p>" if link else ""
    source = problem.source
    samples = _paragraph(f"{source[0].upper()}{source[1:]} {problem.notes}") if problem.own else ""
    return f"{live}{samples}" + _paragraph(
        "This page is a single file and needs no network. It contains the settings of each run, from which the Python "
        "package orbitopt reproduces every update."
    )


def _panel(lesson: Lesson, fits: Mapping[str, Fit], title: str, link: str) -> str:
    """Return the panel of a lesson: its question, and its answer, which is hidden at first."""
    right = lesson.right_choice(fits)
    choices = "".join(
        f'<button type="button" value="{key}" aria-pressed="false">{escape(choice.label)}</button>'
        for key, choice in lesson.choices.items()
    )
    guesses, marks = "", ""
    for key, choice in lesson.choices.items():
        guesses += f'<p data-guess="{key}" hidden>{escape(lesson_page.guess_message(lesson, key))}</p>'
        reply = "" if key == right else _paragraph(f"✕ {choice.reply}")
        mark = lesson_page.GUESSED if key == right else lesson_page.CORRECT
        marks += (
            f'<div data-guess="{key}" hidden>{reply}'
            f"<p>✓ {escape(mark)}: <strong>{escape(lesson.choices[right].label)}.</strong></p></div>"
        )
    live = f' <a href="{escape(link)}" target="_blank">Open the lesson live</a> to do this task.' if link else ""
    section = _paragraph("The chart below the player is on the live page only.", "terms") if lesson.section else ""
    return (
        f'<section class="st-key-panel" aria-labelledby="lesson"><h2 id="lesson">{escape(title)}</h2>'
        f'<div class="question">{_paragraph(lesson.story)}</div><p><strong>{escape(lesson.question)}</strong></p>'
        f'<div class="question"><div class="st-key-choices" role="group" aria-label="Choices">{choices}</div>'
        f'<div class="st-key-watch"><button type="button" disabled>Watch</button></div></div>'
        f'<div class="answer" hidden>{guesses}<div class="st-key-outcome">{marks}{_paragraph(lesson.happened(fits))}'
        f"{_paragraph(lesson.why)}{_equation(lesson)}{_paragraph(lesson.terms, 'terms')}{section}"
        f"<p><strong>{escape(lesson_page.TASK)}</strong> {escape(lesson.task.text)}{live}</p></div></div></section>"
    )


def _equation(lesson: Lesson) -> str:
    """Return the equation of a lesson as a picture of its outlines, which needs no font."""
    from . import figures  # importing matplotlib takes a second, which only lessons need

    outline, box = figures.equation_outline(lesson_page.equation(lesson), 17.0)
    label = f"Equation {lesson.equation.number}".strip()
    return f'<svg role="img" aria-label="{label}" viewBox="{box}" width="{box.split()[2]}"><path d="{outline}"/></svg>'
