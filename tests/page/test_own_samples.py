"""A visitor's own samples: fitted, named in the link, and asked for again where they are missing."""

import re
from pathlib import Path

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import exports
from orbitopt.page import overview, own_samples, sections
from tests.orbits import conic_points, file_of
from tests.page.apptest import (
    OWN,
    PUBLISHED_ADAM,
    captions,
    hand_in,
    notices,
    open_section,
    page,
    pictures,
    press,
    readouts,
    rows,
)
from tests.test_orbit_data import REFUSED


def test_samples_of_ones_own_are_fitted_until_they_are_given_back():
    visit = hand_in(page(section="data"), OWN)
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0), oo.read_orbit(OWN).problem())
    assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert readouts(visit)[2] == f"{fit.loss:.3g}"
    assert "100 samples of your own" in captions(visit)
    assert "read_orbit(pathlib.Path" in visit.get("code")[0].value
    for key in sections.SECTIONS:
        open_section(visit, key)
        assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    press(visit, "Use generated samples")
    assert readouts(visit) == PUBLISHED_ADAM


def test_another_file_of_as_many_samples_is_another_sweep():
    noisy = oo.run(oo.Experiment(n_samples=100, batch_size=64, noise_scale=0.5, seed=8))
    visit, told = hand_in(page(section="data", epochs="5"), OWN), []
    told.append(captions(open_section(visit, "rates")))
    hand_in(open_section(visit, "data"), exports.samples_csv(noisy).encode())
    told.append(captions(open_section(visit, "rates")))
    assert told[0] != told[1]


def test_ones_own_samples_reach_nobody_else():
    hand_in(page(section="data"), OWN)
    other = page(section="data", samples="100", noise="0")
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0))
    assert readouts(other)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert "Only this session uses them" not in captions(other)


def test_a_pinned_run_waits_behind_samples_of_ones_own_without_a_word_of_a_link():
    visit = press(page(section="data"), "Pin this run")
    hand_in(visit, OWN)
    assert not notices(visit) and not visit.warning[1:]
    assert overview.HIDDEN_PIN in captions(visit)
    assert "Pinned, in grey" not in captions(visit)
    press(visit, "Use generated samples")
    assert "Pinned, in grey: Adam" in captions(visit)
    hand_in(visit, OWN)
    press(visit, "Unpin")
    assert overview.HIDDEN_PIN not in captions(visit)
    assert "pin" not in visit.query_params


OTHER = exports.samples_csv(oo.run(oo.Experiment(n_samples=64, noise_scale=0.2, seed=4))).encode()


def mark_of(data):
    return oo.read_orbit(data).problem().mark


def missing(visit):
    """Return what the page says about samples that are not here."""
    return [box.value for box in visit.warning if box.value.startswith("This link uses")]


def test_the_link_names_samples_of_ones_own_by_their_mark_and_without_them_says_so_until_they_are_loaded():
    visit = hand_in(page(section="data", a="2.0"), OWN)
    link = {"section": "data", "a": "2.0", "own": mark_of(OWN)}
    assert visit.query_params == link
    again = page(**link)  # the server has restarted, or somebody else opens the link
    assert missing(again) == [own_samples.missing_message(mark_of(OWN))]
    assert "This link uses 100 samples from a file." in missing(again)[0]
    assert readouts(again) == readouts(page(a="2.0"))
    assert again.query_params == link, "reloaded, it asks again"
    again.slider("a").set_value(1.0).run()
    assert missing(again), "it stays until something is done about it"
    hand_in(again, OWN)
    assert not missing(again) and not again.error
    assert again.query_params == link | {"a": "1.0"}


def test_buttons_lead_to_the_upload_and_to_generated_samples():
    visit = page(own=mark_of(OWN))
    press(visit, "Load samples")
    assert visit.query_params == {"section": "data", "own": mark_of(OWN)}
    assert visit.file_uploader and missing(visit)
    press(visit, "Use generated samples")
    assert not missing(visit)
    assert visit.query_params == {"section": "data"}


def test_another_file_than_the_link_names_is_used_and_said():
    visit = hand_in(page(section="data", own=mark_of(OWN)), OTHER, "other.csv")
    told = "The samples in other.csv are not those of the link. They are used instead."
    assert told in [box.value for box in visit.warning]
    assert visit.query_params["own"] == mark_of(OTHER) and not missing(visit)
    press(visit, "Use generated samples")
    assert told not in [box.value for box in visit.warning], "it is not used any more"


def test_back_and_forward_lead_through_the_files_of_a_session():
    visit, seen = page(section="data"), []
    for data in (OWN, OTHER):
        hand_in(visit, data)
        visit.run()  # the browser has the link
        seen.append((dict(visit.query_params), readouts(visit)))
    for link, numbers in (seen[0], seen[1], seen[0]):
        visit.query_params = link
        visit.run()
        visit.run()
        assert (readouts(visit), missing(visit), visit.query_params) == (numbers, [], link)


@pytest.mark.parametrize("mark", ["x", "", "100-xyz", "<b>", "99999-" + "0" * 16, ["1-" + "0" * 16, "2-" + "0" * 16]])
def test_a_mark_that_is_none_is_left_out(mark):
    visit = page(own=mark)
    assert "own = " in notices(visit)[0]
    assert not missing(visit)
    assert readouts(visit) == PUBLISHED_ADAM


def test_going_back_to_a_link_of_before_shows_generated_samples_and_forward_ones_own():
    visit = hand_in(page(section="data"), OWN)
    with_own, own_numbers = dict(visit.query_params), readouts(visit)
    visit.run()
    visit.query_params = {"section": "data"}
    visit.run()
    assert readouts(visit) == PUBLISHED_ADAM
    assert visit.file_uploader[0].value is None, "no file is listed that is not in use"
    visit.query_params = with_own
    visit.run()
    assert readouts(visit) == own_numbers
    assert not missing(visit)


def test_the_server_keeps_no_file_and_the_page_names_the_one_in_use():
    visit = hand_in(page(section="data"), OWN)
    assert visit.file_uploader[0].value is None
    assert [box.value[:54] for box in visit.info] == ["In use: 100 samples of your own, from mine.csv. Read a"]
    hand_in(visit, b"x,y\n1,2\n", "bad.csv")
    assert visit.file_uploader[0].value is None
    assert "100 samples of your own, from mine.csv." in captions(visit)
    press(visit, "Use generated samples")
    assert not visit.info and visit.query_params == {"section": "data"}


def test_the_message_on_a_refused_file_stays_until_another_is_chosen():
    visit = hand_in(page(section="data"), b"x,y\n1,2\n", "bad.csv")
    for change in (lambda: visit.slider("a").set_value(2.0), lambda: visit.slider("b").set_value(1.0)):
        change().run()
        assert visit.error[0].value.startswith("bad.csv was not loaded. The file has 1 point, and at least 16 are")
    hand_in(visit, OWN)
    assert not visit.error


def words(visit):
    """Return all words that the page shows, but for the names of its parts."""
    boxes = [*visit.success, *visit.info, *visit.warning, *visit.error, *visit.caption, *visit.markdown]
    labels = [f"{metric.label} {metric.value} {metric.help}" for metric in visit.metric]
    return " ".join([*(box.value for box in boxes), *labels])


CURIOSITY = (Path(__file__).parents[1] / "inputs" / "msl-cruise.csv").read_bytes()


@pytest.mark.parametrize("key", sections.SECTIONS)
def test_nothing_calls_the_best_fit_of_ones_own_samples_the_truth_nor_their_misfit_noise(key):
    visit = hand_in(page(section="data"), CURIOSITY, "msl.csv")
    open_section(visit, key)
    said = words(visit).lower()
    assert "a · best 1.2606" in said and "aphelion · best 1.5362" in said
    for never in ("truth", "noise floor", "the noise leaves", "miss at mars", "mars's orbit"):
        assert never not in said, (key, never)
    for number, chart in enumerate(pictures(visit)):
        for name in {dataset.name for dataset in chart.datasets} & {"reference", "sky", "floor"}:
            shown = rows(visit, name, number)
            assert "truth" not in shown.get("place", []) + shown.get("role", []) + shown.get("text", [])
            assert name != "floor" or not shown["loss"]


def test_a_file_is_said_to_have_been_turned_and_read_in_its_unit():
    visit = hand_in(page(section="data"), CURIOSITY, "msl.csv")
    told = "83 samples of your own, from msl.csv. Read as km, divided by 149,597,870.7."
    assert told in captions(visit) and "Turned by −53.9°, c = 0.2757 AU." in captions(visit)


def test_a_warning_stands_with_the_verdict_which_is_no_green_tick():
    angle = np.linspace(0.0, 2.0 * np.pi, 400, endpoint=False)
    rng = np.random.default_rng(1)
    r = 1.2 / (1.0 + 0.2 * np.cos(angle)) + rng.normal(0.0, 0.035, 400)
    rows = "\n".join(f"{x},{y}" for x, y in zip(r * np.cos(angle), r * np.sin(angle), strict=True))
    visit = hand_in(page(section="data", a="1.0", b="1.0", batch="64"), f"x (AU),y (AU)\n{rows}".encode())
    assert not visit.success
    assert any("less certain than usual." in box.value for box in visit.warning), [box.value for box in visit.warning]


def test_a_flight_is_an_example_whose_link_opens_it():
    visit = page()
    visit.selectbox("example").set_value("curiosity").run()
    assert visit.query_params == {"example": "curiosity"}
    numbers = readouts(visit)
    assert numbers[0] == "1.2606 AU" and numbers[1] == "1.2301 AU"
    assert "254 days from launch to landing" in captions(visit) and "Only this session" not in captions(visit)
    assert readouts(page(example="curiosity")) == numbers
    press(visit, "Use generated samples")
    assert visit.query_params == {"beta1": "0.9"} or "own" not in visit.query_params
    assert "83 samples" not in captions(visit)


def test_a_file_takes_the_place_of_a_flight_and_an_example_that_of_a_file_if_it_has_a_flight():
    visit = hand_in(page(section="data", example="curiosity"), OWN)
    assert visit.query_params["own"] == mark_of(OWN) and "100 samples of your own" in captions(visit)
    visit.selectbox("example").set_value("adam").run()
    assert visit.query_params["own"] == mark_of(OWN), "an example without a flight leaves a file alone"
    visit.selectbox("example").set_value("curiosity").run()
    assert "own" not in visit.query_params and "254 days" in captions(visit)
    visit.selectbox("example").set_value("adam").run()
    assert readouts(visit) == PUBLISHED_ADAM


def test_a_flight_can_be_fitted_with_the_settings_of_any_example():
    visit = page(own="curiosity", a="1.0", b="1.0")
    assert visit.query_params == {"own": "curiosity", "a": "1.0", "b": "1.0"}
    assert "254 days" in captions(visit)
    press(visit, "Use generated samples")
    assert visit.query_params == {"a": "1.0", "b": "1.0"}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "The file has no rows of numbers."),
        (b"\x89PNG\0\0", "This is a picture, not a plain-text table. Save"),
        (b"x,y\n\xff\xfe,1\n", "Line 2: x must be a number, got 'ÿþ'"),
        (b"x,y\n" + b"0.1,1.2\n" * 3, "The file has 3 points, and at least 16 are needed. Add more."),
        (b"x,y\n" + b"0.1,1.2\n" * 5000, "All points are at the same place"),
        (b"x,y\n0.1,nan\n", "Line 2: y must be finite, got 'nan'"),
        (b"x,y\n0.1,<script>alert(1)</script>\n", "Line 2: y must be a number, got '·script·alert"),
        (b"x,y\n0.1,[a](http://b.c)\n", "Line 2: y must be a number, got '[a]·http···b.c)'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_fit_stays(data, fault):
    visit = page(section="data")
    hand_in(visit, data, name="<b>mine</b>.csv")
    assert readouts(visit) == PUBLISHED_ADAM
    (error,) = visit.error
    assert fault in error.value
    assert error.value.endswith("The samples have not changed.")
    assert not set("<>`*_$") & set(error.value)
    assert readouts(hand_in(visit, OWN)) != PUBLISHED_ADAM
    assert not visit.error


def test_a_refusal_quotes_name_and_fault_as_plain_text():
    told = own_samples.refusal("<b>mine</b>.csv", ValueError("line 2: *no*"))
    assert told == "·b·mine··b·.csv was not loaded. Line 2: ·no·. The samples have not changed."


@pytest.mark.parametrize("key", REFUSED)
def test_the_page_says_of_a_file_what_the_reader_says(key):
    """Without what is quoted from the file, which may be markup."""
    data, _ = REFUSED[key]
    with pytest.raises(ValueError) as fault:
        oo.read_orbit(data)
    told, said = (re.sub(r"'[^']*'", "''", text) for text in (own_samples.refusal("a", fault.value), str(fault.value)))
    assert told == f"a was not loaded. {said[0].upper()}{said[1:]}. The samples have not changed."


def test_the_page_asks_which_columns_to_read():
    x, y = conic_points(1.5, 0.3, np.arange(0.0, 200.0, 5.0), 20.0)
    visit = hand_in(page(section="data"), file_of(7.0 * x, x, y, 0.0 * x, header="#"), "four.csv")
    assert "Line 2: the table has 4 columns without names." in visit.error[0].value
    assert readouts(visit) == PUBLISHED_ADAM
    choices = {box.label: box for box in visit.selectbox if box.label in "xyz"}
    assert len(choices["x"].options) == 4 and choices["x"].options[0].startswith("Column 1, which begins with")
    assert choices["x"].value is None and choices["y"].value is None
    choices["x"].set_value(1)
    choices["y"].set_value(1).run()
    press(visit, "Load these columns")
    assert "must be different numbers" in visit.error[0].value
    next(box for box in visit.selectbox if box.label == "y").set_value(2).run()
    press(visit, "Load these columns")
    assert not visit.error and "40 samples of your own, from four.csv." in captions(visit)
    assert any(label.startswith("A · best 1.5000") for label in (metric.label for metric in visit.metric))


@pytest.mark.browser
def test_a_file_of_ones_own_is_fitted_and_a_bad_one_refused(visit):
    visitor = visit("?section=data")
    upload = visitor.tab.locator("[data-testid=stFileUploaderDropzoneInput]")
    upload.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"x,y\n1,2\n"})
    visitor.tab.get_by_text("bad.csv was not loaded. The file has 1 point, and at least 16 are needed.").wait_for()
    assert visitor.readouts() == PUBLISHED_ADAM
    own = exports.samples_csv(oo.run(oo.Experiment(n_samples=64, seed=1))).encode()
    upload.set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": own})
    visitor.until_readouts_differ(PUBLISHED_ADAM)
    visitor.tab.get_by_text("In use: 64 samples of your own, from own.csv.").wait_for()
    other = file_of(*conic_points(5.2, 0.05, np.arange(0.0, 360.0, 6.0)))
    for name, data in (("jupiter.csv", other), ("bad.csv", b"x,y\n1,2\n")):
        upload.set_input_files({"name": name, "mimeType": "text/csv", "buffer": data})
        visitor.tab.get_by_text("In use: 60 samples of your own, from jupiter.csv.").wait_for()
    visitor.tab.get_by_text("bad.csv was not loaded.").wait_for()
    visitor.tab.get_by_role("button", name="Use generated samples").click()
    visitor.tab.get_by_text("In use: 60 samples of your own").wait_for(state="detached")
    assert visitor.settled().readouts() == PUBLISHED_ADAM
