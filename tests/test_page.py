"""The page without a browser: every example and every kind of bad link."""

import dataclasses
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import orbitopt as oo
from orbitopt import files, words

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
    assert verdict(visit)["success"] == "Settled at the optimum: the loss is 0.065 % above the least possible."
    charts = [element.proto for element in visit.get("vega_lite_chart")]
    assert [sorted(dataset.name for dataset in chart.datasets) for chart in charts] == [
        ["here", "samples"],
        ["floor", "here", "run"],
        ["contours", "here", "marks", "run"],
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
    assert readouts(opened)[:2] == [words.axis(fit.a), words.axis(fit.b)]
    tones = {"REACHED": "success", "MIRROR": "info", "NO_SAMPLE": "error", "DIVERGED": "error"}
    tone = tones.get(fit.outcome.name, "warning")
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
    assert "must be at most 20 whole numbers in [0, 60000]" in visit.error[0].value


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


def markdown(visit):
    return " ".join(element.value for element in visit.markdown)


@pytest.mark.parametrize("optimizer", ["SGD", "Momentum", "RMSprop", "Adam", "AdaGrad"])
def test_one_update_is_worked_through_for_every_optimizer(optimizer):
    visit = page(section="One update", step="5", optimizer=optimizer)
    key = {name: key for key, name in oo.FIELDS["optimizer"].choices.items()}[optimizer]
    update = oo.update_at(oo.Experiment(key), 5)
    assert f"loss {update.loss:.6g}" in markdown(visit)
    assert f"= {update.next_params[0]:.6g}$" in markdown(visit)
    assert f"= {update.next_params[1]:.6g}$" in markdown(visit)


def test_an_update_beyond_the_end_is_the_last_one():
    assert "After 799 updates" in markdown(page(section="One update", step="60000"))
    assert "After 8 updates" in markdown(page(section="One update", step="500", example=oo.EXAMPLES["diverges"].label))


def test_an_update_without_a_sample_in_the_ellipse_says_so():
    single = oo.EXAMPLES["single"]
    empty = int((oo.run(single.experiment).history.n_in_domain == 0).argmax())
    assert "nothing changes" in markdown(page(section="One update", step=str(empty), example=single.label))


def test_the_race_opens_on_the_published_four_and_ranks_them():
    visit = page(section="Race")
    assert len(visit.get("vega_lite_chart")) == 6
    table = visit.table[0].value
    assert table["Optimizer"].tolist() == ["Momentum", "Adam", "SGD", "RMSprop"]
    assert table["A, AU"].tolist() == ["1.2613", "1.2612", "1.2609", "1.2611"]


def test_any_set_of_optimizers_may_race_each_at_its_own_rate():
    visit = page(section="Race", racers=["AdaGrad", "SGD"], race_sgd="0.5", falls_sgd="Constant", over="Epoch")
    assert not notices(visit)
    table = visit.table[0].value
    assert sorted(table["Optimizer"]) == ["AdaGrad", "SGD"]
    assert table["α"][table["Optimizer"].tolist().index("SGD")] == "0.5"
    one = page(section="Race", racers="SGD")
    assert one.table[0].value["Optimizer"].tolist() == ["SGD"]


@pytest.mark.parametrize("racers", ["Lion", ["SGD", "Lion"], "", "<script>"])
def test_a_race_with_nobody_or_an_unknown_optimizer_is_the_default_race(racers):
    visit = page(section="Race", racers=racers)
    assert sorted(visit.table[0].value["Optimizer"]) == ["Adam", "Momentum", "RMSprop", "SGD"]
    assert any("racers" in notice for notice in notices(visit))


def test_taking_everybody_out_of_the_race_leaves_the_default_and_says_so():
    visit = page(section="Race")
    visit.pills("racers").set_value([]).run()
    assert not visit.exception
    assert len(visit.table[0].value) == 4
    assert "none is chosen" in visit.info[0].value


def test_the_comparison_of_batch_sizes_is_figure_3_and_can_be_changed():
    visit = page(section="Batch size")
    told = markdown(visit)
    assert "- 512: smooth; within 10 % of the least loss after 15 epochs; it settled at the optimum" in told
    assert "- 32, then 512: up and down by a factor of 1.3 from point to point and then smooth" in told
    changed = page(
        section="Batch size", sizes=["8", "All"], rule="∝ size", size_rate="0.1", size_epochs="5", samples="256"
    )
    assert not notices(changed)
    assert "- 8: " in markdown(changed)
    assert "- 256: " in markdown(changed)


def test_too_many_updates_in_a_comparison_are_cut_and_said():
    visit = page(section="Batch size", samples="4096", sizes="1")
    assert any("14 epochs, as a run takes 60,000 updates at most" in box.value for box in visit.warning)


def test_a_pinned_run_stays_with_its_own_numbers():
    pinned = oo.PUBLISHED["sgd"]
    visit = page(pin=pinned.to_text())
    assert readouts(visit) == PUBLISHED_ADAM
    said = "Pinned, in grey: SGD, α = 0.01, batch size 64. A 1.2609 AU"
    assert any(said in caption.value for caption in visit.caption)
    visit.slider("log10_rate").set_value(-1.0).run()
    assert any("Pinned, in grey: SGD" in caption.value for caption in visit.caption)
    next(button for button in visit.button if button.label == "Unpin").click().run()
    assert not any("Pinned, in grey" in caption.value for caption in visit.caption)
    assert "pin" not in visit.query_params


def test_pinning_keeps_this_run_behind_the_next():
    visit = page()
    next(button for button in visit.button if button.label == "Pin this run").click().run()
    visit.selectbox("example").set_value("momentum").run()
    assert any("Pinned, in grey: Adam, α = 0.03" in caption.value for caption in visit.caption)


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "x",
        "optimizer:Lion",
        "a:9",
        "a:nan",
        "log10_rate:1e400",
        "batch:1;epochs:500",
        ["optimizer:SGD", "optimizer:SGD"],
        "<b>:1",
        "9" * 400,
    ],
)
def test_a_pin_that_cannot_be_is_a_notice_and_no_pin(pin):
    visit = page(pin=pin)
    assert readouts(visit) == PUBLISHED_ADAM
    assert any("pins a run that cannot be" in box.value and "<" not in box.value for box in visit.warning)
    assert not any("Pinned, in grey" in caption.value for caption in visit.caption)


SECTIONS = {
    "One update": 3,
    "Steps": 5,
    "Race": 6,
    "Batch size": 4,
    "Learning rate": 4,
    "Starting point": 4,
    "Noise": 4,
    "Two losses": 4,
    "Equations": 3,
    "Check": 3,
    "Take away": 3,
}
"""The closer looks, and with how many pictures each leaves the page that opens on Adam."""


@pytest.mark.parametrize("section", ["", *SECTIONS])
def test_the_projector_shows_everything(section):
    visit = page(projector="true", **({"section": section} if section else {}))
    assert readouts(visit) == PUBLISHED_ADAM
    assert len(visit.get("vega_lite_chart")) == SECTIONS.get(section, 3)
    assert all("windowSize" in element.proto.spec for element in visit.get("vega_lite_chart"))


@pytest.mark.parametrize("key", oo.EXAMPLES)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_closer_look_can_be_taken_at_every_example(key, section):
    few = {"epochs": "2"} if key == "single" else {}
    assert not notices(page(example=oo.EXAMPLES[key].label, section=section, **few))


def said(visit):
    """All that the page says in small print, which the pictures' alternative texts are too."""
    captions = " ".join(caption.value for caption in visit.caption)
    assert all(element.proto.alt in captions for element in visit.get("vega_lite_chart"))
    return captions


def test_all_learning_rates_at_once_with_the_current_one_among_them():
    told = said(page(section="Learning rate", schedule="Constant"))
    assert "They settle at these learning rates: SGD from " in told
    assert "Your run, Adam at 0.03, settled at the optimum." in told
    assert "no sample lies inside the ellipse" in said(
        page(section="Learning rate", samples="16", a="0.05")
    )


def test_the_map_of_starts_in_two_resolutions():
    assert "of the 441 starts Adam at 0.03" in said(page(section="Starting point"))
    assert "of the 1,681 starts SGD at 0.01" in said(
        page(section="Starting point", resolution="41 × 41", example=oo.EXAMPLES["sgd"].label)
    )


def test_what_the_noise_allows():
    assert "are both in the 95 % confidence region" in said(page(section="Noise"))
    said(page(section="Noise", noise="0"))


def test_either_loss_can_be_drawn():
    def contours(**link):
        chart = page(section="Two losses", **link).get("vega_lite_chart")[-1].proto
        return next(dataset.data.data for dataset in chart.datasets if dataset.name == "contours")

    assert contours() != contours(surface="All samples")


def test_the_equations_hold_the_hyper_parameters_and_the_code_is_the_codes():
    visit = page(section="Equations", beta1="0.5", log10_rate="-1")
    assert r"0.5 \cdot v^{(t-1)}" in markdown(visit)
    assert r"\frac{0.1}{" in markdown(visit)
    assert "def effective_rate(self, state, learning_rate):" in visit.get("code")[0].value


def test_the_gradient_is_checked_on_the_page():
    visit = page(section="Check")
    assert "The gradient agrees to" in said(visit)
    table = visit.table[0].value
    assert table["The post's formula"].tolist() == table["Complex-step derivative"].tolist()


@pytest.mark.parity
def test_pytorchs_run_is_compared_on_the_page_where_it_is_installed():
    pytest.importorskip("torch")
    assert "it is the same run" in said(page(section="Check"))


def test_without_pytorch_the_page_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("orbitopt.checks.has_torch", lambda: False)
    assert "pip install torch" in page(section="Check").info[0].value
    assert "PyTorch has no Adam without" in page(section="Check", bias_correction="false").info[0].value


def test_work_that_is_stopped_stays_stopped_until_it_is_to_go_on():
    visit = page(section="Learning rate")
    visit.session_state.stopped = ("rates", (oo.PUBLISHED["adam"],))
    visit.run()
    assert len(visit.get("vega_lite_chart")) == 3
    next(button for button in visit.button if button.label == "Stopped. Go on").click().run()
    assert len(visit.get("vega_lite_chart")) == 4
    visit.session_state.stopped = ("rates", (oo.PUBLISHED["sgd"],))
    visit.run()
    assert len(visit.get("vega_lite_chart")) == 4


def hand_in(visit, data, name="mine.csv"):
    """The page after a file was handed in."""
    visit.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not visit.exception
    return visit


OWN = files.samples_csv(oo.run(oo.Experiment(n_samples=100, batch_size=64, noise_scale=0.2, seed=3))).encode()


def test_samples_of_ones_own_are_fitted_until_they_are_given_back():
    visit = hand_in(page(section="Take away"), OWN)
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0), files.read_samples(OWN))
    assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert readouts(visit)[2] == f"{fit.loss:.3g}"
    assert any("100 samples of your own" in caption.value for caption in visit.caption)
    assert "files.read_samples" in visit.get("code")[0].value
    for section in SECTIONS:
        visit.segmented_control("section").set_value(
            next(key for key, name in visit_sections(visit).items() if name == section)
        ).run()
        assert not visit.exception
        assert readouts(visit)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    next(button for button in visit.button if button.label == "Back to drawn samples").click().run()
    assert readouts(visit) == PUBLISHED_ADAM


def visit_sections(visit):
    """The closer looks' keys and names."""
    control = visit.segmented_control("section")
    return dict(zip(SECTION_KEYS, control.options, strict=True))


SECTION_KEYS = [
    "step", "steps", "race", "batch", "rates", "starts", "noise", "losses", "equations", "check", "data",
]


def test_another_file_of_as_many_samples_is_another_sweep():
    other = files.samples_csv(oo.run(oo.Experiment(n_samples=100, batch_size=64, noise_scale=0.5, seed=8))).encode()
    told = []
    for data in (OWN, other):
        visit = hand_in(page(section="Take away", epochs="5"), OWN)
        if data is other:
            visit.segmented_control("section").set_value("rates").run()
            visit.segmented_control("section").set_value("data").run()
            hand_in(visit, other)
        visit.segmented_control("section").set_value("rates").run()
        told.append(said(visit))
    assert told[0] != told[1]


def test_ones_own_samples_reach_nobody_else():
    hand_in(page(section="Take away"), OWN)
    other = page(section="Take away", samples="100", noise="0")
    fit = oo.run(oo.Experiment(n_samples=100, noise_scale=0.0))
    assert readouts(other)[:2] == [f"{fit.a:.4f} AU", f"{fit.b:.4f} AU"]
    assert not any("They stay in this window" in caption.value for caption in other.caption)


def test_a_pinned_run_of_other_samples_is_not_shown_behind_ones_own():
    visit = hand_in(page(section="Take away", pin="optimizer:SGD"), OWN)
    assert any("it is of drawn samples, and these are your own" in box.value for box in visit.warning)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "line 1: the header must name one column x"),
        (b"\x89PNG\0\0", "line 1: the file is not text"),
        (b"x,y\n\xff\xfe,1\n", "line 2: the file is not text in UTF-8"),
        (b"x,y\n" + b"0.1,1.2\n" * 3, "there must be at least 16 samples, got 3"),
        (b"x,y\n" + b"0.1,1.2\n" * 5000, "line 4098: there must be at most 4096 samples"),
        (b"x,y\n0.1,nan\n", "line 2: y must be finite, got 'nan'"),
        (b"x,y\n0.1,<script>alert(1)</script>\n", "line 2: y must be a number, got '·script·alert"),
        (b"x,y\n0.1,[a](http://b.c)\n", "line 2: y must be a number, got '[a]·http···b.c)'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_the_fit_stays(data, fault):
    visit = page(section="Take away")
    hand_in(visit, data, name="<b>mine</b>.csv")
    assert readouts(visit) == PUBLISHED_ADAM
    (error,) = visit.error
    assert fault in error.value
    assert error.value.endswith("The fit stays as it is.")
    assert not set("<>`*_$") & set(error.value)
    assert readouts(hand_in(visit, OWN)) != PUBLISHED_ADAM
    assert not visit.error


def test_a_film_is_made_when_it_is_asked_for():
    visit = page(section="Take away", epochs="1")
    assert "Save the film" not in [button.label for button in visit.get("download_button")]
    next(button for button in visit.button if button.label == "Make the film").click().run(timeout=60)
    assert not visit.exception
    assert "Save the film" in [button.label for button in visit.get("download_button")]


@pytest.mark.parametrize(("of", "savings"), [("This run", 4), ("A race", 4), ("Batch sizes", 4)])
def test_every_kind_of_figure_can_be_had(of, savings):
    visit = page(section="Take away", of=of)
    assert len(visit.get("download_button")) == savings
    assert not notices(visit)


def test_what_a_whole_class_asks_for_is_worked_out_once(monkeypatch):
    begun, sweep = [], oo.sweep_learning_rates

    def counted(*about):
        begun.append(about)
        return sweep(*about)

    monkeypatch.setattr(oo, "sweep_learning_rates", counted)
    link = {"section": "Learning rate", "seed": "77", "epochs": "3"}
    messages = {said(page(**link)) for _ in range(3)}
    assert len(messages) == 1
    assert len(begun) == 1


def test_a_comparison_of_runs_that_end_early_is_drawn_as_far_as_they_go():
    visit = page(section="Batch size", rule="The same for all", size_rate="10")
    assert len(visit.get("vega_lite_chart")) == 4
