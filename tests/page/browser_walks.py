"""Steps of a walk in a browser, and comparable descriptions of the page there and in AppTest."""

from urllib.parse import parse_qs

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.page.apptest import page, readouts

SHOWN = """() => {
  const texts = (where) => [...document.querySelectorAll(where)].map((one) => one.textContent);
  const held = {
    '.stSlider': (box) => Number(box.querySelector('input').value),
    '.stTextInput': (box) => box.querySelector('input').value,
    '.stSelectbox': (box) => box.querySelector('input').value,
    '.stCheckbox': (box) => box.querySelector('input').checked,
    '.stButtonGroup': (box) =>
      [...box.querySelectorAll('[aria-checked=true], [aria-pressed=true]')].map((one) => one.textContent),
  };
  const controls = Object.entries(held).flatMap(([kind, value]) =>
    [...document.querySelectorAll(kind)].map((box) => [box.querySelector('label p').textContent, value(box)]));
  return {
    numbers: texts('[data-testid=stMetricValue]'),
    settings: texts('.st-key-settings')[0] ?? null,
    sections: texts('.stMain h2'),
    pinned: texts('.st-key-closer').some((text) => text.includes('Pinned, in grey')),
    controls,
  };
}"""

_READINGS, _IN_A_ROW = 150, 4

SAVED_ONLY = ["Figure", "Format", "Background", "Animation format"]
"""Labels of controls that choose how something is saved, and that no link carries."""


class Runs:
    """Counter of the finished script runs of a tab."""

    def __init__(self, tab):
        self.tab, self.finished = tab, 0
        tab.once("websocket", lambda socket: socket.on("framereceived", self._note))

    def _note(self, data):
        message = ForwardMsg.FromString(data)
        done = message.WhichOneof("type") == "script_finished"
        self.finished += done and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

    def wait(self, before):
        """Wait until another run has finished than those before."""
        for _ in range(1000):
            if self.finished > before:
                return
            self.tab.wait_for_timeout(20)
        raise TimeoutError("no run of the script")


def shown_in_browser(visitor):
    shown = visitor.tab.evaluate(SHOWN)
    return shown | {"controls": sorted(map(str, (one for one in shown["controls"] if one[0] not in SAVED_ONLY)))}


def differences(visitor):
    """Compare the page with what its link opens; return what differs, for good, by name.

    A browser draws a run some time after it has been told that the run is over, so the page has some seconds to agree,
    and must agree several times in a row.
    """
    agreed, url = 0, None
    for _ in range(_READINGS):
        if visitor.tab.url != url:
            url, more = visitor.tab.url, visitor.tab.locator(".st-key-more details[open]").count() > 0
            there = shown_by_link(url, more)
        here = shown_in_browser(visitor)
        parted = {name: (here[name], there[name]) for name in here if here[name] != there[name]}
        agreed = 0 if parted else agreed + 1
        if agreed == _IN_A_ROW:
            return {}
        visitor.tab.wait_for_timeout(100)
    return parted


def shown_by_link(url, opens_more):
    """Return the same of the page that a link opens."""
    visit = page(opens_more, **parse_qs(url.partition("?")[2], keep_blank_values=True))
    controls = [[box.label, getattr(box, "value", None)] for box in [*visit.text_input, *visit.toggle]]
    controls += [[box.label, box.options[box.index]] for box in visit.selectbox]
    controls += [[box.label, _at_a_step(box)] for box in visit.slider]
    controls += [
        [box.proto.label, [text.replace("**", "") for text in box.formatted_values]] for box in visit.button_group
    ]
    assert not [box.value for box in visit.warning if "parts of the link" in box.value]
    return {
        "numbers": readouts(visit),
        "settings": next((one.value for one in visit.caption if one.value.startswith("Settings: ")), None),
        "sections": [header.value for header in visit.main.header],
        "pinned": any("Pinned, in grey" in caption.value for caption in visit.caption),
        "controls": sorted(str(one) for one in controls if one[0] not in SAVED_ONLY),
    }


def _at_a_step(slider):
    """Return where a browser's slider stands for a value: at the nearest step."""
    at = round(slider.min + round((slider.value - slider.min) / slider.step) * slider.step, 6)
    return int(at) if float(at).is_integer() else at


# Steps: each returns False if it would change nothing.


def one_of(visitor, draws, selector):
    """Return one of the elements that can be reached, or None; in projector mode the sidebar is folded."""
    found = visitor.tab.locator(selector)
    within = found.evaluate_all(
        """all => all.map((one) => one.closest('[data-testid=stElementContainer]')).map((box) =>
        box.checkVisibility({visibilityProperty: true}) && box.getBoundingClientRect().left >= 0)"""
    )
    places = [k for k, reached in enumerate(within) if reached]
    return found.nth(draws.choice(places)) if places else None


def press_slider(visitor, draws):
    slider = one_of(visitor, draws, ".stSlider input:enabled")
    if not slider:
        return False
    at, low, high = (float(slider.evaluate(f"one => one.{name}")) for name in ("value", "min", "max"))
    slider.focus()
    slider.press("ArrowRight" if at == low or (at < high and draws.random() < 0.5) else "ArrowLeft")
    return True


def type_text(visitor, draws):
    field = one_of(visitor, draws, ".stTextInput input")
    if not field:
        return False
    before, text = field.input_value(), draws.choice(["0,01", "7", "1.5", "", "4; 8", "soon", "1/3", "1,000"])
    field.fill(text)
    field.press("Enter")
    return text != before


def choose_option(visitor, draws):
    box = one_of(visitor, draws, ".stSelectbox input")
    if not box:
        return False
    before = box.input_value()
    box.click()
    options = visitor.tab.get_by_role("option")
    option = options.nth(draws.randrange(options.count()))
    text = option.inner_text()
    option.click()
    return text != before


def choose_button(visitor, draws):
    button = one_of(visitor, draws, ".stButtonGroup :is([aria-checked=false], [aria-pressed])")
    if button:
        button.click()
    return bool(button)


def flip_switch(visitor, draws):
    switch = one_of(visitor, draws, ".stCheckbox label")
    if switch:
        switch.click()
    return bool(switch)


def pin_or_unpin(visitor, draws):
    button = visitor.tab.locator(".st-key-closer button")
    if button.count():
        button.first.click()
    return button.count() > 0


def go_through_a_lesson(visitor, draws):
    unchosen = ".st-key-choices [data-testid=stBaseButton-secondary]"
    button = one_of(visitor, draws, f"{unchosen}, :is(.st-key-watch, .st-key-go-on, .st-key-ways) button:enabled")
    if button:
        button.click()
    return bool(button)


def click_surface(visitor, draws):
    if visitor.tab.locator(".stApp.fixed").count():
        return False
    chart = visitor.tab.locator(".st-key-stage-0 > :nth-child(2) svg.marks").first
    chart.scroll_into_view_if_needed()
    plot = chart.locator(".background").first.bounding_box()
    across, up = draws.uniform(0.1, 0.9), draws.uniform(0.1, 0.9)
    visitor.tab.mouse.click(plot["x"] + across * plot["width"], plot["y"] + up * plot["height"])
    return True


STEPS = [
    press_slider, type_text, choose_option, choose_button, flip_switch, pin_or_unpin, click_surface,
    go_through_a_lesson,
]  # fmt: skip
