"""Random walks over the page's controls, and the state that its link must restore."""

import contextlib
import random
from dataclasses import replace

import pytest

import orbitopt as oo
from orbitopt.page import comparisons, lesson, overview, pictures, player, sections, sidebar
from orbitopt.page.sections import checks
from tests.page.apptest import page, readouts

SETTINGS = sidebar.SETTINGS | overview.SETTINGS | oo.SETTINGS | comparisons.SETTINGS | sections.SETTINGS
SETTINGS = SETTINGS | lesson.SETTINGS
BY_KEY = {setting.key: setting for setting in SETTINGS.values()}
CHEAP = {"epochs": (1, 3), "samples": (16, 64), "size_epochs": (1, 2)}
"""Ranges of the controls that make runs long."""
SHORT_EXAMPLES = {
    key: replace(example, experiment=replace(example.experiment, epochs=2)) for key, example in oo.EXAMPLES.items()
}
TYPED = {
    int: ["0", "7", "42", "24691/1", "1,000", "2 000", "1.000", "1.5", "", "-1", "soon", "1e3", "60000", "9" * 12],
    float: ["0,01", "0.5", "1/3", "2e-2", "10", "11", "0", "", "fast", "0,1.2", "1.250"],
    tuple: ["4", "4; 8", "16, 32", "", "8 8", "1,5; 2", "soon", "-1", "70000", "1,000;2", "1,000", "16 000"],
}
BUTTONS = ["Pin this run", "Unpin", "Reset", "Next seed", "Go back to "]
LESSON_BUTTONS = ["choice-", "watch", "go-on", "next", "back"]
BY_BUTTON = {"guess", "question", "reveal"}
"""Keys of the settings that buttons of lessons set."""


@contextlib.contextmanager
def recorded():
    """Record the Pages that scripts show. What is slow is left out: charts, PyTorch, and most epochs of examples."""
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(player, "show", lambda page, *args, **options: shown.append(page))
        patch.setattr(pictures, "_draw", lambda *args, **options: None)
        patch.setattr(overview, "_show_advice", lambda page: None)
        patch.setattr(checks, "has_torch", lambda: False)
        patch.setattr(sidebar, "EXAMPLES", SHORT_EXAMPLES)
        yield shown


def steps(visit, draws):
    """Return the steps that can be taken on a page: their names, and functions that take them."""
    found = {"More": lambda: more(visit)}
    for slider in visit.slider:
        low, high = CHEAP.get(slider.key, (slider.min, slider.max))
        places = round((high - low) / slider.step)
        place = type(slider.value)(round(low + slider.step * draws.randint(0, places), 6))
        found[f"{slider.key} = {place}"] = lambda slider=slider, place=place: slider.set_value(place)
    for field in visit.text_input:
        kind = BY_KEY[field.key].kind if field.key in BY_KEY else float
        text = draws.choice(TYPED[kind])
        found[f"{field.key} = {text!r}"] = lambda field=field, text=text: field.set_value(text)
    for box in visit.selectbox:
        if box.key in BY_KEY:
            options = list(BY_KEY[box.key].choices or [int(option.split(" (")[0]) for option in box.options])
            value = draws.choice(options)
            value = box.value if box.options[-1].endswith("chosen)") and value == options[-1] else value
            found[f"{box.key} = {value}"] = lambda box=box, value=value: box.set_value(value)
    for toggle in visit.toggle:
        found[f"{toggle.key} = {not toggle.value}"] = lambda toggle=toggle: toggle.set_value(not toggle.value)
    for group in visit.button_group:
        if group.key in BY_KEY:
            choices = [key for key, label in BY_KEY[group.key].choices.items() if label in group.options]
            several = BY_KEY[group.key].many
            value = draws.sample(choices, draws.randint(0, len(choices))) if several else draws.choice(choices)
            found[f"{group.key} = {value}"] = lambda group=group, value=value: group.set_value(value)
    for button in visit.button:
        of_lesson = (button.key or "").startswith(tuple(LESSON_BUTTONS)) and not button.disabled
        if button.label.startswith(tuple(BUTTONS)) or of_lesson:
            found[button.key if of_lesson else button.label] = lambda button=button: button.click()
    return found


def more(visit):
    visit.session_state["more"] = not visit.session_state["more"]


def back(visit, link):
    """Go back to a link in the browser's history."""
    visit.run()  # the browser has the link of the last step
    visit.query_params = link


def controls(visit):
    """Return what the controls outside the sidebar hold: the section, and the settings of its study."""
    widgets = [*visit.main.slider, *visit.main.text_input, *visit.main.selectbox, *visit.main.toggle]
    widgets += visit.main.button_group
    held = {widget.key: widget.value for widget in widgets if widget.key in BY_KEY}
    held = {key: sorted(value) if isinstance(value, list) else value for key, value in held.items()}
    return {key: value if value != [] else "the default" for key, value in held.items()}


def seen(visit, shown):
    """Return what a page shows that its link must open again."""
    assert not visit.exception
    return {
        "experiment": shown.experiment,
        "runs": [(group.token, list(group.traces)) for group in shown.groups],
        "numbers": readouts(visit),
        "controls": controls(visit),
        "settings": [caption.value for caption in visit.caption if caption.value.startswith("Settings: ")],
        "lesson": [text.value for text in visit.main.markdown],
        "link": dict(visit.query_params),
    }


def walk(seed, n_steps):
    """Take steps on a page, and after each one compare it with the page that its link opens; return their names."""
    draws, taken = random.Random(seed), []
    link = {"epochs": f"{draws.randint(1, 3)}", "samples": f"{draws.choice([16, 32, 64])}", "size_epochs": "2"}
    if draws.random() < 0.8:
        link["section"] = draws.choice(list(sections.SECTIONS))
    if draws.random() < 0.3:
        link = {"lesson": draws.choice(list(oo.LESSONS))}
    with recorded() as shown:
        visit = page(**link)
        links = [dict(visit.query_params)]
        for _ in range(n_steps):
            former = draws.choice(links)
            possible = steps(visit, draws) | {f"Back to {former}": lambda former=former: back(visit, former)}
            name = draws.choice(list(possible))
            taken.append(name)
            possible[name]()
            visit.run()
            here = seen(visit, shown[-1])
            links.append(here["link"])
            again = page(**visit.query_params)
            left_out = [box.value for box in again.warning if "parts of the link" in box.value]
            assert not left_out, (link, taken, left_out)
            there = seen(again, shown[-1])
            there["controls"] |= {key: "the default" for key, held in here["controls"].items() if held == "the default"}
            parted = {name: (here[name], there[name]) for name in here if here[name] != there[name]}
            assert not parted, (link, taken, parted)
    return taken
