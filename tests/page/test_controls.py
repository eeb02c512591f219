"""Settings as widgets: what a control holds is what the link says, whatever comes first."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.page.apptest import page, press, readouts

SCRIPT = '''
import streamlit as st
from orbitopt.page.controls import Controls
from orbitopt.settings import Setting

KINDS = {"steps": "Step decay", "cosine": "Cosine decay"}
RACERS = {"sgd": "SGD", "adam": "Adam", "rms": "RMSprop"}
SETTINGS = {
    "rate": Setting(
        "Rate α", "Help.", "log10_rate", float, 0, 10, open_low=True, step=0.01, control_low=1e-5, log=True
    ),
    "width": Setting("Width", "Help.", "width", float, 0, 1, open_low=True, step=0.01),
    "epochs": Setting("Epochs", "Help.", "epochs", int, 1, 500, step=1),
    "seed": Setting("Seed", "Help.", "seed", int, 0, 2**32 - 1, typed=True),
    "share": Setting("Share", "Help.", "share", float, 0, 10, open_low=True, typed=True),
    "switch": Setting("Switch", "Help.", "switch", bool),
    "kind": Setting("Kind", "Help.", "kind", str, choices=KINDS, former_labels={"Falls at set updates": "steps"}),
    "falls": Setting("Falls", "Help.", "falls", tuple, 0, 5000, typed=True),
    "over": Setting("Over", "Help.", "over", str, choices={"update": "Update", "epoch": "Epoch"}),
    "racers": Setting("Optimizers", "Help.", "racers", str, choices=RACERS, many=True),
    "size": Setting("Size", "Help.", "size", int, 1, 4096),
    "section": Setting("Section", "Help.", "section", str, choices={"more": "More", "less": "Less"}),
    "extra": Setting("Extra", "Help.", "extra", float, 0, 1, step=0.1),
}
controls = Controls(SETTINGS)
first = controls.peek("switch", False)
held = {
    "rate": controls.show_with_number("rate", 0.03),
    "width": controls.show("width", 0.5),
    "epochs": controls.show("epochs", 100),
    "seed": controls.show("seed", 9999),
    "share": controls.show("share", 0.2),
    "switch": controls.show("switch", False),
    "kind": controls.show("kind", "steps"),
    "falls": controls.show("falls", (16,)),
    "over": controls.choice("over", "update"),
    "racers": controls.choices("racers", ["sgd", "adam"]),
    "size": controls.batch_size("size", 64, 512),
    "section": controls.choice("section"),
}
assert first == held["switch"]
if held["section"] == "more":
    held["extra"] = controls.show("extra", 0.3)
st.button("Move", on_click=controls.set, args=["rate", 0.1])
st.button("Nothing")
if controls.notice:
    st.warning(controls.notice)
controls.write_link()
st.session_state.shown = held
'''
DEFAULTS = {
    "rate": 0.03, "width": 0.5, "epochs": 100, "seed": 9999, "share": 0.2, "switch": False, "kind": "steps",
    "falls": (16,), "over": "update", "racers": ["sgd", "adam"], "size": 64, "section": None,
}  # fmt: skip


def opened(**link):
    """Return a page of all kinds of controls, as somebody opens it with that link."""
    visit = AppTest.from_string(SCRIPT)
    visit.query_params.update(link)
    return run(visit)


def run(visit):
    visit.run()
    assert not visit.exception, visit.exception[0].message
    return visit


def held(visit):
    """Return what the controls hold, as values of their settings."""
    return visit.session_state.shown


def notices(visit):
    return [box.value for box in visit.warning]


def test_without_a_link_every_control_holds_its_default_and_the_link_stays_empty():
    visit = opened()
    assert held(visit) == DEFAULTS
    assert visit.query_params == {}
    assert not notices(visit)


TWO = ["sgd", "rms"]
CHANGES = [
    ("rate", lambda visit: visit.slider("log10_rate").set_value(-1.0), 0.1, {"log10_rate": "-1.0"}),
    ("width", lambda visit: visit.slider("width").set_value(0.25), 0.25, {"width": "0.25"}),
    ("epochs", lambda visit: visit.slider("epochs").set_value(7), 7, {"epochs": "7"}),
    ("seed", lambda visit: visit.text_input("seed").set_value("12"), 12, {"seed": "12"}),
    ("share", lambda visit: visit.text_input("share").set_value("0.125"), 0.125, {"share": "0.125"}),
    ("switch", lambda visit: visit.toggle("switch").set_value(True), True, {"switch": "true"}),
    ("kind", lambda visit: visit.selectbox("kind").set_value("cosine"), "cosine", {"kind": "cosine"}),
    ("falls", lambda visit: visit.text_input("falls").set_value("9 5"), (5, 9), {"falls": "5, 9"}),
    ("falls", lambda visit: visit.text_input("falls").set_value(""), (), {"falls": ""}),
    ("over", lambda visit: visit.segmented_control("over").set_value("epoch"), "epoch", {"over": "epoch"}),
    ("racers", lambda visit: visit.pills("racers").set_value(["rms"]), ["rms"], {"racers": "rms"}),
    ("racers", lambda visit: visit.pills("racers").set_value(["rms", "sgd"]), TWO, {"racers": TWO}),
    ("size", lambda visit: visit.selectbox("size").set_value(512), 512, {"size": "512"}),
    ("section", lambda visit: visit.segmented_control("section").set_value("less"), "less", {"section": "less"}),
]


@pytest.mark.parametrize(("name", "change", "value", "link"), CHANGES, ids=[f"{row[0]}-{row[3]}" for row in CHANGES])
def test_what_a_control_holds_is_what_the_link_says_and_what_the_link_opens(name, change, value, link):
    visit = opened()
    change(visit)
    run(visit)
    assert held(visit) == DEFAULTS | {name: value}
    assert visit.query_params == link
    run(visit)
    assert (held(visit), visit.query_params) == (DEFAULTS | {name: value}, link)
    again = opened(**link)
    assert held(again) == held(visit)
    assert again.query_params == link
    assert not notices(again)


def test_a_control_that_is_set_back_to_its_default_leaves_the_link():
    visit = opened(width="0.25", seed="3")
    visit.slider("width").set_value(0.5)
    assert run(visit).query_params == {"seed": "3"}


@pytest.mark.parametrize(
    ("key", "old", "new", "value"),
    [
        ("kind", "Cosine decay", "cosine", "cosine"),
        ("over", "Epoch", "epoch", "epoch"),
        ("section", "More", "more", "more"),
        ("racers", ["Adam", "RMSprop"], ["adam", "rms"], ["adam", "rms"]),
        ("racers", ["RMSprop", "adam"], ["rms", "adam"], ["adam", "rms"]),
    ],
)
def test_a_link_with_labels_opens_the_same_as_one_with_keys_and_is_written_with_keys(key, old, new, value):
    one, other = opened(**{key: old}), opened(**{key: new})
    assert held(one) == held(other)
    assert held(one)[key] == value
    assert one.query_params[key] == other.query_params[key] == value
    assert not notices(one)


def test_a_label_of_the_past_is_understood():
    visit = opened(kind="Falls at set updates", width="0.25")
    assert held(visit) == DEFAULTS | {"width": 0.25}
    assert visit.query_params == {"width": "0.25"}


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        ("log10_rate", "abc"),
        ("log10_rate", "nan"),
        ("log10_rate", "5"),
        ("log10_rate", "-9"),
        ("width", "0"),
        ("width", "0.001"),
        ("width", "1e400"),
        ("epochs", "2.5"),
        ("epochs", "501"),
        ("seed", "inf"),
        ("seed", "-1"),
        ("share", "0"),
        ("switch", "perhaps"),
        ("kind", "Sudden"),
        ("falls", "1, 5001"),
        ("over", ""),
        ("racers", "Lion"),
        ("racers", ["sgd", "Lion"]),
        ("racers", ""),
        ("size", "4097"),
        ("size", "0"),
        ("section", "<b>"),
        ("width", ["0.2", "0.3"]),
        ("switch", ["true", "false"]),
    ],
)
def test_a_bad_value_is_refused_with_a_notice_the_default_stands_and_the_text_leaves_the_link(key, texts):
    visit = opened(**{key: texts})
    assert held(visit) == DEFAULTS
    (notice,) = notices(visit)
    assert notice.startswith(f"These parts of the link cannot be used, so the defaults apply: {key} = ")
    assert not set("<>") & set(notice)
    assert visit.query_params == {}
    assert not notices(run(visit)), "it is said once"
    assert held(visit) == DEFAULTS


def test_two_values_for_one_key_are_said_to_be_one_too_many():
    assert "must appear only once" in notices(opened(epochs=["7", "8"]))[0]


def test_a_value_between_two_steps_of_a_slider_is_taken_as_it_is():
    visit = opened(width="0.1234", log10_rate="-1.23456")
    assert held(visit)["width"] == 0.1234
    assert held(visit)["rate"] == pytest.approx(10**-1.23456, rel=1e-3)
    assert visit.query_params == {"width": "0.1234", "log10_rate": "-1.23456"} or not notices(visit)


def test_a_batch_size_that_is_no_power_of_2_can_be_asked_for():
    visit = opened(size="48")
    assert held(visit)["size"] == 48
    assert "48" in visit.selectbox("size").options
    assert visit.selectbox("size").options[-1] == "512"


def test_what_counts_visits_is_dropped_and_what_is_unknown_is_said_and_dropped():
    visit = opened(utm_source="mail", fbclid="x1", embed="true", width="0.25")
    assert visit.query_params == {"width": "0.25", "embed": "true"}, "embed is Streamlit's own"
    assert not notices(visit)
    (notice,) = notices(opened(foo="bar", widht="0.3"))
    assert notice.endswith("foo, which is not a setting of this page; widht, which is not a setting of this page.")


def test_all_that_is_left_out_is_named_in_one_notice():
    (notice,) = notices(opened(foo="1", width="9", seed="x", kind="Sudden", epochs="0", size="0", bar="2"))
    assert [name for name in ("foo", "width", "seed", "kind", "epochs", "size", "bar") if name not in notice] == []
    assert notice.count("which") == 4, "the first ones are explained"


def test_a_parameter_of_a_section_that_is_not_open_waits_in_the_link_until_it_opens():
    visit = opened(extra="0.7")
    assert visit.query_params == {"extra": "0.7"}
    visit.segmented_control("section").set_value("less")
    assert run(visit).query_params == {"section": "less", "extra": "0.7"}
    visit.segmented_control("section").set_value("more")
    assert held(run(visit))["extra"] == 0.7
    assert visit.query_params == {"section": "more", "extra": "0.7"}
    visit.slider("extra").set_value(0.9)
    assert run(visit).query_params == {"section": "more", "extra": "0.9"}


def test_a_bad_parameter_of_a_section_is_refused_at_once_although_the_section_is_closed():
    visit = opened(extra="7")
    assert "extra = 7" in notices(visit)[0]
    assert visit.query_params == {}
    visit.segmented_control("section").set_value("more")
    assert held(run(visit))["extra"] == 0.3
    assert not notices(visit)


def test_a_section_that_is_closed_and_opened_again_shows_what_its_link_says():
    visit = opened(section="more", extra="0.7")
    visit.segmented_control("section").set_value("less")
    run(visit)
    visit.segmented_control("section").set_value("more")
    run(visit)
    assert opened(**visit.query_params).session_state.shown == held(visit)


def test_going_back_in_history_sets_the_controls_to_that_link():
    visit = opened()
    for width in (0.1, 0.2, 0.3):
        visit.slider("width").set_value(width)
        run(visit)
    visit.query_params = {"width": "0.1"}
    assert held(run(visit)) == DEFAULTS | {"width": 0.1}
    assert visit.slider("width").value == 0.1
    assert visit.query_params == {"width": "0.1"}
    visit.query_params = {}
    assert held(run(visit)) == DEFAULTS
    visit.query_params = {"epochs": "7", "racers": ["rms"], "section": "more", "extra": "0.9"}
    assert held(run(visit)) == DEFAULTS | {"epochs": 7, "racers": ["rms"], "section": "more", "extra": 0.9}


def test_a_bad_value_in_a_link_of_history_is_refused_too():
    visit = opened()
    visit.slider("width").set_value(0.1)
    run(visit)
    run(visit)
    visit.query_params = {"width": "9"}
    assert held(run(visit)) == DEFAULTS
    assert len(notices(visit)) == 1


def test_a_browser_that_has_not_followed_the_link_yet_keeps_its_changes():
    visit = opened(seed="3")
    for width in (0.1, 0.2, 0.3):
        visit.query_params = {"seed": "3"}
        visit.slider("width").set_value(width)
        assert held(run(visit)) == DEFAULTS | {"seed": 3, "width": width}
        assert visit.query_params == {"width": f"{width}", "seed": "3"}


def test_a_browser_two_links_behind_keeps_its_changes():
    visit, links = opened(), [{}]
    for k, width in enumerate((0.1, 0.2, 0.3, 0.4)):
        visit.query_params = links[max(0, k - 1)]
        visit.slider("width").set_value(width)
        assert held(run(visit)) == DEFAULTS | {"width": width}
        links.append(dict(visit.query_params))
    assert links[-1] == {"width": "0.4"}


def test_what_is_typed_while_the_first_run_is_not_over_is_read_or_refused():
    visit = opened()
    visit.session_state.controls.held.clear()  # as if the run had been interrupted
    visit.text_input("seed").set_value("soon")
    assert held(run(visit)) == DEFAULTS
    assert visit.error[0].value.endswith("Seed stays 9999.")
    visit.session_state.controls.held.clear()
    visit.text_input("typed_rate").set_value("0,2")
    assert held(run(visit))["rate"] == 0.2


def test_a_control_that_is_moved_by_a_callback_moves_the_link():
    visit = opened(width="0.25")
    visit.button[0].click()
    run(visit)
    assert held(visit) == DEFAULTS | {"width": 0.25, "rate": 0.1}
    assert visit.slider("log10_rate").value == -1.0
    assert visit.query_params == {"log10_rate": "-1.0", "width": "0.25"}


MEANT = [
    ("share", "0,01", 0.01, "0.01"),
    ("share", "1/3", 0.3333, "0.3333"),
    ("share", " 2.5 ", 2.5, "2.5"),
    ("share", "5e-2", 0.05, "0.05"),
    ("seed", "7.0", 7, "7"),
    ("seed", "10 000", 10_000, "10000"),
    ("seed", "1,000", 1000, "1000"),
    ("falls", "4; 8", (4, 8), "4, 8"),
    ("falls", "8,4", (4, 8), "4, 8"),
    ("falls", "1,000; 2", (2, 1000), "2, 1000"),
    ("falls", "", (), ""),
]


@pytest.mark.parametrize(("key", "text", "value", "shown"), MEANT)
def test_what_is_typed_is_what_is_meant_in_the_field_the_value_and_the_link(key, text, value, shown):
    visit = opened()
    visit.text_input(key).set_value(text)
    assert held(run(visit)) == DEFAULTS | {key: value}
    assert visit.text_input(key).value == visit.query_params[key] == shown
    assert not visit.error
    assert held(opened(**visit.query_params)) == held(visit)


NUMBERS = "Falls must be at most 20 whole numbers from 0 to 5,000, separated by commas."
REFUSED = [
    ("falls", "1,000", "“1,000” is not used: it could mean 1000 or 1 and 000, so use semicolons. Falls stays 4."),
    ("falls", "1.000", "“1.000” is not used: it could mean 1 or 1000. Falls stays 4."),
    ("share", "", "An empty field is not used: Share must be a number from 0.000001 to 10. Share stays 0.5."),
    ("share", "11", "“11” is not used: Share must be a number from 0.000001 to 10. Share stays 0.5."),
    ("share", "0", "“0” is not used: Share must be a number from 0.000001 to 10. Share stays 0.5."),
    ("share", "1.2.3", "“1.2.3” is not used: Share must be a number from 0.000001 to 10. Share stays 0.5."),
    ("seed", "1.5", "“1.5” is not used: Seed must be a whole number from 0 to 4,294,967,295. Seed stays 3."),
    ("seed", "1.000", "“1.000” is not used: it could mean 1 or 1000. Seed stays 3."),
    ("seed", "-1", "“-1” is not used: Seed must be a whole number from 0 to 4,294,967,295. Seed stays 3."),
    ("seed", "<b>", "“·b·” is not used: Seed must be a whole number from 0 to 4,294,967,295. Seed stays 3."),
    ("falls", "soon", f"“soon” is not used: {NUMBERS} Falls stays 4."),
    ("falls", "4; x", f"“4; x” is not used: {NUMBERS} Falls stays 4."),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text", "told"), REFUSED)
def test_what_cannot_be_meant_is_refused_in_words_and_the_old_value_stays_everywhere(key, text, told):
    link = {"share": "0.5", "seed": "3", "falls": "4"}
    visit = opened(**link)
    before = held(visit)
    visit.text_input(key).set_value(text)
    assert held(run(visit)) == before
    assert visit.query_params == link
    assert visit.text_input(key).value == link[key]
    assert [box.value for box in visit.error] == [told]
    assert not run(visit).error, "it is said once"


def test_the_number_above_a_logarithmic_slider_follows_it_and_moves_it():
    visit = opened()
    assert visit.text_input("typed_rate").value == "0.03"
    visit.text_input("typed_rate").set_value("0,5")
    assert held(run(visit))["rate"] == 0.5
    assert visit.slider("log10_rate").value == pytest.approx(-0.301, abs=1e-3)
    visit.text_input("typed_rate").set_value("20")
    assert held(run(visit))["rate"] == 0.5
    assert visit.text_input("typed_rate").value == "0.5"
    assert visit.error[0].value == "“20” is not used: Rate α must be a number from 0.00001 to 10. Rate α stays 0.5."
    visit.slider("log10_rate").set_value(-2.0)
    assert run(visit).text_input("typed_rate").value == "0.01"


def test_with_nothing_selected_the_default_stands_and_is_said():
    visit = opened(racers=["rms", "sgd"])
    visit.pills("racers").set_value([])
    run(visit)
    assert held(visit) == DEFAULTS
    assert "none selected" in visit.info[0].value


def test_labels_and_helps_are_the_settings_and_a_logarithm_says_that_it_is_one():
    visit = opened()
    assert visit.slider("log10_rate").label == "log₁₀ α"
    assert visit.slider("width").label == "Width"
    assert {widget.help for widget in [*visit.slider, *visit.toggle, *visit.selectbox]} == {"Help."}
    assert visit.selectbox("kind").options == ["Step decay", "Cosine decay"]
    assert visit.segmented_control("over").options == ["Update", "Epoch"]


def test_a_change_after_nothing_was_selected_is_kept():
    visit = opened(racers=["rms", "sgd"])
    visit.pills("racers").set_value([])
    run(visit)
    assert visit.query_params == {}
    visit.slider("width").set_value(0.25)
    assert held(run(visit))["width"] == 0.25
    visit.pills("racers").set_value(["rms"])
    assert held(run(visit)) == DEFAULTS | {"width": 0.25, "racers": ["rms"]}


def test_going_back_after_a_single_change_takes_it_back():
    visit = page()
    before = readouts(visit)
    visit.slider("log10_rate").set_value(-1.0).run()
    assert visit.query_params == {"log10_rate": "-1.0"}
    visit.query_params = {}  # the browser has gone back, and no control has changed
    visit.run()
    assert readouts(visit) == before
    assert visit.query_params == {}
    assert visit.slider("log10_rate").value == pytest.approx(-1.5229)


def test_a_change_before_the_browser_has_the_link_of_the_last_one_keeps_both():
    visit = page()
    visit.slider("log10_rate").set_value(-1.0).run()
    visit.query_params = {}  # still the link before
    visit.slider("a").set_value(2.0).run()
    assert visit.query_params == {"log10_rate": "-1.0", "a": "2.0"}


def test_going_back_takes_a_pinned_run_off_the_pictures():
    visit = page()
    press(visit, "Pin this run")
    visit.run()  # the browser has the link
    assert "pin" in visit.query_params
    visit.query_params = {}
    visit.run()
    assert "pin" not in visit.query_params
    assert "Unpin" not in [button.label for button in visit.button]


@pytest.mark.browser
def test_three_backs_take_back_example_optimizer_and_section_one_after_the_other(visit):
    visitor = visit()
    optimizer = visitor.tab.get_by_role("combobox", name="Optimizer")

    def seen():
        return visitor.tab.url, visitor.settled().readouts(), optimizer.input_value(), visitor.tab.locator("h2").count()

    stages = [seen()]
    visitor.choose("Example", "SGD (Figure 7)")
    visitor.until_readouts_differ(stages[-1][1])
    visitor.until("location.search === '?example=sgd'")
    stages.append(seen())
    visitor.choose("Optimizer", "Momentum")
    visitor.until_readouts_differ(stages[-1][1])
    visitor.until("location.search.includes('optimizer=momentum')")
    stages.append(seen())
    visitor.tab.get_by_role("radio", name="Equations", exact=True).click()
    visitor.until("location.search.includes('section=equations')")
    stages.append(seen())
    assert [stage[2] for stage in stages] == ["Adam", "SGD", "Momentum", "Momentum"]
    for url, numbers, name, headings in reversed(stages[:-1]):
        visitor.tab.go_back()
        visitor.until(
            "([numbers, headings]) => [...document.querySelectorAll('[data-testid=stMetricValue]')]"
            ".map((value) => value.innerText).join() === numbers.join() && "
            "document.querySelectorAll('h2').length === headings",
            [numbers, headings],
        )
        assert seen() == (url, numbers, name, headings)
    visitor.tab.go_forward()
    visitor.until("location.search === '?example=sgd'")
    visitor.until_readouts_differ(stages[0][1])
    assert seen() == stages[1]
