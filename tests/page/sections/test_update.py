"""One update: told with its mini-batch and its step, and worked through for every optimizer."""

import re

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.formatting import number
from orbitopt.page.sections import update as section
from tests.browser import ALL
from tests.page.apptest import captions, markdown, notices, page


def test_an_update_is_told_with_its_batch_and_its_step():
    update = oo.update_at(oo.PUBLISHED["adam"], 0)
    told = section.update_message(0, 800, update)
    assert told.startswith("At the start, the first mini-batch has the loss 0.26 AU²")
    assert f"the mean over its {update.n_in_domain} samples within the ellipse's x range." in told
    assert told.endswith("The learning rate is 0.03.")
    assert section.move_message(update, 0).endswith("changes by 0.03 AU.")
    single = oo.EXAMPLES["single"].experiment
    first_empty = int(np.argmax(oo.run(single).history.n_in_domain == 0))
    assert "nothing changes" in section.update_message(first_empty, 15360, oo.update_at(single, first_empty))
    one = next(k for k, n in enumerate(oo.run(single).history.n_in_domain) if n)
    assert "its one sample within" in section.update_message(one, 15360, oo.update_at(single, one))


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_one_update_is_worked_through_for_every_optimizer(key):
    visit = page(section="step", step="5", optimizer=key)
    update = oo.update_at(oo.Experiment(key), 5)
    assert f"loss {update.loss:.3g}" in markdown(visit)
    for k, name in enumerate("AB"):
        assert re.search(
            rf"\$\\displaystyle w_{name}\$ \$\\displaystyle \\mathord\{{=\}}\\; [^$]+\$ "
            rf"\$\\displaystyle \\mathord\{{=\}}\\; \{{{update.next_params[k]:.4g}\}}\$",
            markdown(visit),
        ), "a line may break before each equals sign"
    for equation in oo.Experiment(key).rule.equations():
        assert markdown(visit).count(f"{equation.label} $\\displaystyle") >= 2 or not equation.label
    assert not notices(visit)


def test_another_update_can_be_chosen_and_stands_in_the_link():
    visit = page(section="step")
    assert "At the start, the first" in markdown(visit)
    visit.text_input("step").set_value("7").run()
    assert "After 7 updates" in markdown(visit)
    assert visit.query_params == {"section": "step", "step": "7"}


def arithmetic(visit):
    return re.findall(r"\$.*?\$", markdown(visit))


def test_half_an_update_is_refused_and_the_one_before_stays_everywhere():
    visit = page(section="step", step="3")
    told = markdown(visit)
    visit.text_input("step").set_value("7.5").run()
    assert "“7.5” is not used: After update must be a whole number from 0 to 60,000." in visit.error[0].value
    assert (visit.text_input("step").value, markdown(visit)) == ("3", told)
    assert visit.query_params == {"section": "step", "step": "3"}
    visit.text_input("step").set_value("1,000").run()
    assert visit.query_params["step"] == visit.text_input("step").value == "1000"


def test_the_equation_in_use_says_where_it_is_not_the_posts():
    note = oo.OPTIMIZERS["momentum"]().equations()[0].note
    assert captions(page(section="step", step="5", example="momentum")).count(note) == 2
    assert note not in captions(page(section="step", step="5", example="damped"))
    assert captions(page(section="equations", example="momentum")).count(note) == 1


def test_an_older_link_opens_the_section_too():
    assert "After 7 updates" in markdown(page(section="One update", step="7"))


def test_an_update_beyond_the_end_is_the_last_one():
    assert "After 799 updates, the next" in markdown(page(section="step", step="799"))
    last = "The run ends after 800 updates, so this is the last one, update 800. Its mini-batch has the loss"
    for step in ("800", "60000"):
        assert last in markdown(page(section="step", step=step))
    assert arithmetic(page(section="step", step="800")) == arithmetic(page(section="step", step="799"))
    assert "The run ends after 9 updates" in markdown(page(section="step", step="500", example="diverges"))


def test_an_update_without_a_sample_in_the_ellipse_says_so():
    empty = int((oo.run(oo.EXAMPLES["single"].experiment).history.n_in_domain == 0).argmax())
    assert "nothing changes" in markdown(page(section="step", step=str(empty), example="single"))


@pytest.mark.browser
def test_this_update_scrolls_to_the_arithmetic_and_one_step_of_the_player_is_one_update_there(visit):
    visitor = visit()
    visitor.press("Home", "ArrowRight", "ArrowRight", "ArrowRight")
    visitor.tab.locator("[data-do=inspect]").click()
    visitor.tab.get_by_text("After 3 updates, the next").wait_for()
    visitor.until("location.search === '?section=step&step=3'")
    player, words = ".st-key-player", ".st-key-closer-look [data-testid=stMarkdown]"
    visitor.until(
        "([player, words]) => {"
        "  const [bar, said] = [player, words].map((one) => document.querySelector(one).getBoundingClientRect());"
        "  return said.top >= bar.bottom && said.bottom < 400;"
        "}",
        [player, words],
    )
    entries = visitor.tab.evaluate("history.length")
    for key, done in (("ArrowRight", 4), ("ArrowRight", 5), ("ArrowLeft", 4)):
        visitor.press(key)
        visitor.tab.get_by_text(f"After {done} updates, the next").wait_for()
        update = oo.update_at(oo.PUBLISHED["adam"], done)
        assert f"changes by {number(update.next_params[0] - update.params[0], 4)} AU" in visitor.tab.inner_text("body")
        visitor.until("done => location.search === `?section=step&step=${done}`", done)
        assert visitor.here().startswith(f"update {done} ")
    assert visitor.tab.evaluate("history.length") == entries, "steps of the player are no steps back"
    visitor.press("End")
    visitor.tab.get_by_text("The run ends after 800 updates, so this is the last one, update 800.").wait_for()
    visitor.tab.go_back()
    visitor.until("location.search === ''")


@pytest.mark.browser
def test_the_section_shows_the_update_of_its_link_until_the_player_moves(visit):
    visitor = visit("?section=step&step=7")
    visitor.tab.wait_for_timeout(1000)  # the player has its runs by now
    assert visitor.tab.get_by_text("After 7 updates, the next").is_visible()
    assert visitor.tab.url.endswith("?section=step&step=7")
    visitor.choose("Example", "SGD (Figure 7)")
    visitor.until("location.search.includes('example=sgd')")
    visitor.settled().tab.wait_for_timeout(1000)
    assert visitor.tab.get_by_text("After 7 updates, the next").count() == 1, "new runs are no move of the visitor"
    visitor.press("Home")
    visitor.tab.get_by_text("At the start, the first").wait_for()


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
@pytest.mark.parametrize(
    "query", ["?step=790&optimizer=momentum&bias_correction=true&dampening=0.3", "?step=790"][: 1 + ALL]
)
def test_no_equation_is_cut_and_lines_break_before_equals(visit, query, size):
    visitor = visit(f"{query}&section=step", width=size[0], height=size[1])
    visitor.tab.locator(".st-key-closer-look .katex").first.wait_for()
    cut = visitor.tab.evaluate(
        """() => [...document.querySelectorAll('.st-key-closer-look .katex .base')].filter((base) => {
          const column = base.closest('[data-testid=stColumn]').getBoundingClientRect();
          return base.getBoundingClientRect().right > column.right + 1;
        }).map((base) => base.textContent)"""
    )
    assert cut == []
    ends = visitor.tab.evaluate(
        """() => [...document.querySelectorAll('.st-key-closer-look .katex .base')].map((base) => base.textContent)
          .filter((text) => text.trim().endsWith('='))"""
    )
    assert ends == [], "no line can end with an equals sign"


@pytest.mark.browser
def test_exponents_are_smaller_than_their_base_for_the_back_row_too(visit):
    sizes = """() => {
      const formula = [...document.querySelectorAll('.st-key-closer-look .katex')]
        .find((one) => one.querySelector('.msupsub .mord.mtight'));
      const size = (element) => parseFloat(getComputedStyle(element).fontSize);
      return [size(formula), size(formula.querySelector('.msupsub .mord.mtight'))];
    }"""
    for query, least in (("", 0.0), ("&projector=true", 0.03 * 768)):
        visitor = visit(f"?section=equations{query}", width=1024, height=768)
        visitor.tab.locator(".st-key-closer-look .katex").first.wait_for()
        base, exponent = visitor.tab.evaluate(sizes)
        assert base >= least
        assert exponent == pytest.approx(0.7 * base, rel=0.01)
