"""One update: told with its mini-batch and its step, and worked through for every optimizer."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.page.sections import update as section
from tests.page.apptest import markdown, notices, page


def test_an_update_is_told_with_its_batch_and_its_step():
    update = oo.update_at(oo.PUBLISHED["adam"], 0)
    told = section.update_message(0, update)
    assert told.startswith("At the start, the first mini-batch has the loss 0.260474 AU²")
    assert f"the mean over its {update.n_in_domain} samples within the ellipse's x range." in told
    assert told.endswith("The learning rate is 0.03.")
    assert section.move_message(update, 0).endswith("changes by 0.03 AU.")
    single = oo.EXAMPLES["single"].experiment
    first_empty = int(np.argmax(oo.run(single).history.n_in_domain == 0))
    assert "nothing changes" in section.update_message(first_empty, oo.update_at(single, first_empty))
    one = next(k for k, n in enumerate(oo.run(single).history.n_in_domain) if n)
    assert "its one sample within" in section.update_message(one, oo.update_at(single, one))


@pytest.mark.parametrize("key", oo.OPTIMIZERS)
def test_one_update_is_worked_through_for_every_optimizer(key):
    visit = page(section="step", step="5", optimizer=key)
    update = oo.update_at(oo.Experiment(key), 5)
    assert f"loss {update.loss:.6g}" in markdown(visit)
    assert f"= {update.next_params[0]:.6g}$" in markdown(visit)
    assert f"= {update.next_params[1]:.6g}$" in markdown(visit)
    for equation in oo.Experiment(key).rule.equations():
        assert markdown(visit).count(f"{equation.label} $\\displaystyle") >= 2 or not equation.label
    assert not notices(visit)


def test_another_update_can_be_chosen_and_stands_in_the_link():
    visit = page(section="step")
    assert "At the start, the first" in markdown(visit)
    visit.number_input("step").set_value(7.0).run()
    assert "After 7 updates" in markdown(visit)
    assert visit.query_params == {"section": "step", "step": "7"}


def test_an_older_link_opens_the_section_too():
    assert "After 7 updates" in markdown(page(section="One update", step="7"))


def test_an_update_beyond_the_end_is_the_last_one():
    assert "After 799 updates" in markdown(page(section="step", step="60000"))
    assert "After 8 updates" in markdown(page(section="step", step="500", example="diverges"))


def test_an_update_without_a_sample_in_the_ellipse_says_so():
    empty = int((oo.run(oo.EXAMPLES["single"].experiment).history.n_in_domain == 0).argmax())
    assert "nothing changes" in markdown(page(section="step", step=str(empty), example="single"))
