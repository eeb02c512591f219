"""The samples of a run: known by what they are, and what follows from them alone."""

import numpy as np
import pytest

import orbitopt as oo
from orbitopt.landscape import REACHED_MARGIN, reached_bound


def test_problems_are_equal_if_and_only_if_their_samples_are():
    one, same, other = (oo.FitProblem.of(oo.noisy_samples(64, 0.1, seed)) for seed in (1, 1, 2))
    assert one == same and hash(one) == hash(same)
    assert one != other and one != one.key
    x, y = one.samples
    swapped = oo.FitProblem.of(oo.Samples(y, x))
    assert swapped != one
    drawn = oo.run(oo.Experiment(n_samples=64, noise_scale=0.1, seed=1, epochs=1)).problem
    assert drawn != one, "results for one's own samples are never shared"


def test_a_problem_knows_what_is_near_its_optimum():
    problem = oo.FitProblem.of(oo.noisy_samples(64, 0.1, 1))
    best = problem.optimum
    assert problem.is_near(np.array([best[:2], (-best.a, best.b), (0.5, 0.5)])).tolist() == [True, True, False]


def test_a_problem_is_known_by_its_focus_offset_too():
    samples = oo.noisy_samples(64, 0.1, 1)
    keys = {oo.FitProblem.of(samples, focus_offset=c).key for c in (0.0, 0.25, 0.26185, 0.5)}
    assert len(keys) == 4
    assert oo.FitProblem.of(samples, focus_offset=0.26185) == oo.FitProblem.of(samples)


@pytest.mark.parametrize("wrong", [-0.1, np.nan, np.inf, "0.3", None])
def test_a_focus_offset_is_a_number_of_at_least_0(wrong):
    with pytest.raises((TypeError, ValueError), match="focus_offset"):
        oo.FitProblem.of(oo.noisy_samples(64, 0.1, 1), focus_offset=wrong)


def orbit_without_errors():
    angle = np.linspace(0.1, 3.0, 60)
    return oo.FitProblem.of(oo.Samples(2.0 * np.cos(angle) - 0.5, 1.9 * np.sin(angle)), focus_offset=0.5)


def test_generated_samples_have_a_truth_and_those_of_ones_own_a_best_fit():
    drawn = oo.run(oo.Experiment(epochs=1)).problem
    assert drawn.truth == (1.261845, 1.234378) and drawn.best == "the optimum"
    own = oo.FitProblem.of(drawn.samples)
    assert own.truth is None and own.best == "the best A and B for these samples"


def test_a_run_has_fitted_samples_without_errors_to_a_thousandth():
    problem = orbit_without_errors()
    assert problem.optimum.loss < 1e-20
    assert problem.margin == pytest.approx((1e-3 * 1.9) ** 2)
    near = [(2.0, 1.9), (2.0, 1.901), (2.0, 1.899), (2.0, 1.9 * 1.004), (2.02, 1.9)]
    assert problem.is_near(np.array(near)).tolist() == [True, True, True, False, False]
    drawn = oo.run(oo.Experiment(noise_scale=0.0, epochs=1)).problem
    assert drawn.margin == REACHED_MARGIN == 1e-8


@pytest.mark.parametrize(
    ("excess", "text"),
    [
        (0.0, "the minimum"),
        (1e-6, "1 × 10⁻⁶ AU², a root mean square error of 0.053 % of B"),
        (3e-6, "3 × 10⁻⁶ AU², a root mean square error of 0.091 % of B"),
        (1e-5, "1 × 10⁻⁵ AU², where the minimum is 0"),
    ],
)
def test_the_misfit_of_samples_without_errors_is_told_as_a_share_of_b(excess, text):
    problem = orbit_without_errors()
    assert problem.excess_text(problem.optimum.loss + excess) == text
    assert (problem.optimum.loss + excess <= reached_bound(problem.optimum, problem.margin)) == ("where" not in text)


def test_the_loss_of_noisy_samples_is_told_against_the_minimum():
    for problem in (oo.run(oo.Experiment(epochs=1)).problem, oo.FitProblem.of(oo.noisy_samples(512, 0.1, 9999))):
        assert problem.excess_text(1.05 * problem.optimum.loss) == "5 % above the minimum"


def test_a_warning_follows_every_outcome():
    samples = oo.noisy_samples(64, 0.1, 1)
    problem = oo.FitProblem.of(samples, "mine.csv", warning="Use A and B with care.")
    fit = oo.run(oo.Experiment(n_samples=64, epochs=1), problem)
    plain = oo.run(oo.Experiment(n_samples=64, epochs=1), oo.FitProblem.of(samples, "mine.csv"))
    assert fit.message == f"{plain.message} Use A and B with care."
    assert problem == plain.problem
