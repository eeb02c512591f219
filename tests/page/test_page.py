"""The page without a browser: how it opens, every section at every example, and what one visitor leaves to the next."""

import pytest

import orbitopt as oo
from orbitopt.page.sections import SECTIONS
from tests.page.apptest import PUBLISHED_ADAM, captions, notices, page, pictures, readouts

PICTURES = {
    "step": 3,
    "steps": 5,
    "race": 6,
    "batch": 4,
    "rates": 4,
    "starts": 4,
    "noise": 4,
    "losses": 4,
    "equations": 3,
    "check": 3,
    "data": 3,
}
"""With how many pictures each section leaves the page that opens on Adam."""


def test_the_page_opens_on_the_published_adam_run_with_three_pictures():
    visit = page()
    assert readouts(visit) == PUBLISHED_ADAM
    assert visit.title[0].value == "What does an optimizer do?"
    assert [box.value for box in visit.success] == [
        "Settled at the optimum: the loss is 0.065 % above the minimum.",
    ]
    assert not notices(visit)
    assert visit.query_params == {}
    assert [sorted(dataset.name for dataset in picture.datasets) for picture in pictures(visit)] == [
        ["here", "samples", "sky"],
        ["contours", "here", "levels", "reference", "run"],
        ["floor", "here", "run"],
    ]
    said = captions(visit)
    for sentence in ("After 800 updates the fitted ellipse", "The loss fell from 0.907", "From A = 0.1, B = 1.8"):
        assert sentence in said


def test_what_travels_to_the_browser_is_the_run():
    import io

    import pyarrow

    datasets = {data.name: data.data.data for data in pictures(page())[1].datasets}
    table = {name: pyarrow.ipc.open_stream(io.BytesIO(data)).read_all() for name, data in datasets.items()}
    fit = oo.run(oo.PUBLISHED["adam"])
    run = table["run"].to_pydict()
    assert run["a"][:5] == pytest.approx(fit.path[:5, 0], rel=1e-6)
    assert run["b"][-1] == pytest.approx(fit.b, rel=1e-6)
    here = table["here"].to_pydict()
    assert (here["end_a"], here["end_b"]) == (pytest.approx([fit.a]), pytest.approx([fit.b]))
    assert here["role"] == ["adam"]
    places = dict(zip(table["reference"]["place"].to_pylist(), table["reference"]["a"].to_pylist(), strict=True))
    assert places == pytest.approx({"start": 0.1, "truth": 1.261845, "optimum": fit.optimum.a})


@pytest.mark.parametrize("section", [None, *SECTIONS])
def test_the_projector_shows_everything(section):
    visit = page(projector="true", **({"section": section} if section else {}))
    assert readouts(visit) == PUBLISHED_ADAM
    assert len(pictures(visit)) == PICTURES.get(section, 3)
    assert all("windowSize" in picture.spec for picture in pictures(visit))


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_opens_by_its_key_its_name_and_its_button_under_its_question(section):
    by_key, by_name, clicked = page(section=section), page(section=SECTIONS[section].NAME), page()
    clicked.segmented_control("section").set_value(section).run()
    for visit in (by_key, by_name, clicked):
        assert len(pictures(visit)) == PICTURES[section]
        assert SECTIONS[section].QUESTION in [header.value for header in visit.header]
        assert visit.query_params == {"section": section}
        assert not notices(visit)


@pytest.mark.parametrize("key", oo.EXAMPLES)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_can_be_opened_at_every_example(key, section):
    few = {"epochs": "2"} if key == "single" else {}
    assert not notices(page(example=key, section=section, **few))


def test_two_visitors_do_not_meet():
    one, other = page(seed="5"), page()
    one.slider("log10_rate").set_value(-3.0).run()
    other.run()
    assert readouts(other) == PUBLISHED_ADAM


def test_only_the_open_section_is_computed(monkeypatch):
    def never(*about):
        raise AssertionError("this section is closed")

    for key, section in SECTIONS.items():
        if key != "noise":
            monkeypatch.setattr(section, "show", never)
    assert len(pictures(page(section="noise"))) == 4
    assert len(pictures(page())) == 3
