"""The page without a browser: every example and every kind of bad link."""

import dataclasses
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import orbitopt as oo

APP = str(Path(__file__).parent.parent / "app.py")
PUBLISHED_ADAM = ["1.2612 AU", "1.2315 AU", "0.000879", "−93,646 km"]


def page(**link):
    """The page as somebody opens it with that link."""
    visit = AppTest.from_file(APP, default_timeout=60)
    for key, value in link.items():
        visit.query_params[key] = value
    visit.run()
    assert not visit.exception
    return visit


def readouts(visit):
    assert not visit.exception
    return [metric.value for metric in visit.metric]


def notices(visit):
    return [box.value for box in visit.warning if box.value.startswith("The link says")]


def verdict(visit):
    """How the run ended, and the tone in which the page says it."""
    tones = {"success": visit.success, "info": visit.info, "warning": visit.warning, "error": visit.error}
    return {tone: box.value for tone, boxes in tones.items() for box in boxes if not box.value.startswith("The link")}


def test_the_page_opens_on_the_published_adam_run_with_three_pictures():
    visit = page()
    assert readouts(visit) == PUBLISHED_ADAM
    assert "Reached the optimum" in verdict(visit)["success"]
    charts = [element.proto for element in visit.get("vega_lite_chart")]
    assert [sorted(dataset.name for dataset in chart.datasets) for chart in charts] == [
        ["run", "samples"],
        ["floor", "run"],
        ["contours", "marks", "run"],
    ]
    captions = [caption.value for caption in visit.caption]
    for chart in charts:
        assert chart.alt in captions


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_an_example_shows_its_run_whether_chosen_or_opened(key):
    example = oo.EXAMPLES[key]
    fit = oo.run(example.experiment)
    chosen = page()
    chosen.selectbox("example").set_value(key).run()
    opened = page(example=example.label)
    assert readouts(chosen) == readouts(opened)
    assert readouts(opened)[0] == (f"{fit.a:.4f} AU" if fit.a < 100 else f"{fit.a:,.0f} AU")
    tone = {"REACHED": "success", "MIRROR": "info", "MOVING": "warning"}.get(fit.outcome.name, "error")
    assert fit.message in verdict(chosen)[tone]
    assert fit.message in verdict(opened)[tone]
    assert not notices(opened)


def test_an_example_undoes_every_change():
    visit = page(a="2.5", noise="0.3", seed="7", optimizer="AdaGrad")
    assert readouts(visit) != PUBLISHED_ADAM
    visit.selectbox("example").set_value("sgd").run()
    visit.selectbox("example").set_value("adam").run()
    assert readouts(visit) == PUBLISHED_ADAM


def test_any_change_of_a_control_is_another_run():
    seen = {tuple(readouts(page()))}
    for change in (
        lambda visit: visit.slider("log10_rate").set_value(-1.0),
        lambda visit: visit.slider("beta1").set_value(0.5),
        lambda visit: visit.slider("log10_eps").set_value(-1.0),
        lambda visit: visit.toggle("bias_correction").set_value(False),
        lambda visit: visit.selectbox("schedule").set_value("cosine"),
        lambda visit: visit.text_input("falls").set_value("2, 4"),
        lambda visit: visit.selectbox("batch").set_value(512),
        lambda visit: visit.slider("epochs").set_value(20),
        lambda visit: visit.slider("a").set_value(2.0),
        lambda visit: visit.slider("noise").set_value(0.2),
        lambda visit: visit.slider("samples").set_value(256),
        lambda visit: visit.number_input("seed").set_value(1.0),
        lambda visit: visit.selectbox("optimizer").set_value("rmsprop"),
    ):
        visit = page()
        change(visit)
        visit.run()
        assert tuple(readouts(visit)) not in seen
        seen.add(tuple(readouts(visit)))


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_only_the_optimizers_own_hyper_parameters_are_shown(key):
    visit = page()
    visit.selectbox("optimizer").set_value(key).run()
    hyper = {oo.FIELDS[field.name].key for kind in oo.OPTIMIZERS.values() for field in dataclasses.fields(kind)}
    own = {oo.FIELDS[field.name].key for field in dataclasses.fields(oo.OPTIMIZERS[key])}
    assert {widget.key for widget in [*visit.slider, *visit.toggle]} & hyper == own
    for field in dataclasses.fields(oo.OPTIMIZERS[key]):
        held = [widget.value for widget in [*visit.slider, *visit.toggle] if widget.key == oo.FIELDS[field.name].key]
        assert held == [oo.FIELDS[field.name].to_control(field.default)]


def test_a_rate_typed_moves_the_slider_and_a_slider_moves_the_rate():
    visit = page()
    visit.number_input("typed_rate").set_value(0.05).run()
    assert visit.slider("log10_rate").value == pytest.approx(-1.30103)
    visit.slider("log10_rate").set_value(-2.0).run()
    assert visit.number_input("typed_rate").value == 0.01


def test_numbers_that_cannot_be_read_leave_the_last_ones_and_say_so():
    visit = page()
    visit.text_input("falls").set_value("4").run()
    before = readouts(visit)
    visit.text_input("falls").set_value("soon").run()
    assert readouts(visit) == before
    assert "must be whole numbers in [0, 60000]" in visit.error[0].value


def test_too_many_updates_are_cut_and_said():
    visit = page(batch="1", epochs="500")
    assert any("60,000 updates at most" in box.value and "117 of the 500 epochs" in box.value for box in visit.warning)


def test_fewer_samples_than_a_batch_make_it_a_batch_of_all():
    visit = page(batch="512")
    visit.slider("samples").set_value(64).run()
    assert not visit.exception
    assert visit.selectbox("batch").value == 64


def test_a_batch_size_of_ones_own_can_be_asked_for_in_the_link():
    visit = page(batch="48")
    assert visit.selectbox("batch").value == 48
    assert not notices(visit)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("log10_rate", "abc"),
        ("log10_rate", "inf"),
        ("log10_rate", "nan"),
        ("log10_rate", "5"),
        ("log10_rate", "1e400"),
        ("log10_rate", "9" * 400),
        ("log10_rate", ""),
        ("log10_rate", ["-1", "-2"]),
        ("optimizer", "Lion"),
        ("optimizer", ["SGD", "SGD"]),
        ("example", "none"),
        ("schedule", "0"),
        ("batch", "0"),
        ("batch", "1e9"),
        ("batch", "513"),
        ("batch", "x"),
        ("epochs", "1000"),
        ("epochs", "2.5"),
        ("epochs", "inf"),
        ("falls", "x"),
        ("falls", "-1"),
        ("falls", "<b>5</b>"),
        ("a", "0"),
        ("a", "-1"),
        ("a", "nan"),
        ("b", "4.01"),
        ("samples", "15"),
        ("samples", "1e10"),
        ("noise", "0.6"),
        ("seed", "inf"),
        ("seed", "1e400"),
        ("seed", "nan"),
        ("seed", "-1"),
        ("seed", "4.6"),
        ("seed", "4294967296"),
        ("bias_correction", "perhaps"),
        ("beta1", "1"),
        ("beta1", ["0.5", "0.6"]),
    ],
)
def test_a_bad_value_in_the_link_becomes_the_default_and_is_said(key, text):
    visit = page(**{key: text})
    assert readouts(visit) == PUBLISHED_ADAM
    (notice,) = notices(visit)
    assert key in notice
    assert "The default stands instead." in notice
    assert not set("<>&[") & set(notice.split(", which")[0])
    visit.slider("noise").set_value(0.2).run()
    assert not notices(visit)


@pytest.mark.parametrize("link", [{"foo": "bar"}, {"beta": "7"}, {"utm_source": "<script>"}, {"embed": "true"}])
def test_a_key_that_the_page_does_not_use_is_of_no_account(link):
    visit = page(**link)
    assert readouts(visit) == PUBLISHED_ADAM
    assert not notices(visit)


def test_empty_batches_are_counted_on_the_page():
    captions = " ".join(caption.value for caption in page(example=oo.EXAMPLES["single"].label).caption)
    assert f"{oo.run(oo.EXAMPLES['single'].experiment).empty_batches:,} mini-batches had no sample" in captions


def test_two_visitors_do_not_meet():
    one, other = page(seed="5"), page()
    one.slider("log10_rate").set_value(-3.0).run()
    other.run()
    assert readouts(other) == PUBLISHED_ADAM
