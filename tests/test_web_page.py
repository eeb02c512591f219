"""A run, a race and a lesson as one file: what is in it, what it may do, and how large it is."""

import base64
import dataclasses
import gzip
import hashlib
import html.parser
import io
import json
import re
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request

import numpy as np
import pytest

import orbitopt as oo
from orbitopt import exports, web_page
from orbitopt.page import vega
from orbitopt.page.pictures import ALTERNATIVES
from tests.browser import ROOT
from tests.examples import fit_of
from tests.orbits import conic_points, file_of

VENDOR = ROOT / "assets" / "vendor"
VERSIONS = json.loads((VENDOR / "versions.json").read_text("utf-8"))
LINK = "https://class.example.com/?optimizer=adam&seed=3"
HOSTILE = "</script><img src=x onerror=alert(1)>"
SHORT = oo.Experiment(epochs=3)


class Read(html.parser.HTMLParser):
    """A page, read: its tags with their attributes, and the texts of its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.texts.append("")

    def handle_data(self, data):
        if self.cdata_elem:  # inside a script or a style
            self.texts[-1] += data

    def inside(self, tag, **wanted):
        return [text for (name, attributes), text in zip(self.tags, self.texts, strict=True)
                if name == tag and wanted.items() <= attributes.items()]


@pytest.fixture(scope="module")
def run_page():
    return web_page.html({"Adam": oo.run(oo.PUBLISHED["adam"])}, link=LINK)


@pytest.fixture(scope="module")
def race_page():
    return web_page.html({HOSTILE: oo.run(SHORT), "SGD": oo.run(dataclasses.replace(SHORT, optimizer="sgd"))})


def test_the_policy_allows_the_scripts_and_styles_of_the_file_and_nothing_else(run_page):
    read = Read(run_page)
    (policy,) = [each["content"] for name, each in read.tags if each.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.pop("img-src") == "data:"
    assert rules.pop("default-src") == rules.pop("base-uri") == rules.pop("form-action") == "'none'"
    for rule, texts in (("script-src", read.inside("script", type="module")), ("style-src", read.inside("style"))):
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        assert rules.pop(rule).split() == [f"'sha256-{digest}'" for digest in digests]
    assert not rules
    assert not [each for _, each in read.tags if "style" in each or any(key.startswith("on") for key in each)]


def test_the_file_asks_for_nothing_and_leads_to_the_live_page_only(run_page):
    tags = Read(run_page).tags
    assert [each["href"] for name, each in tags if name == "a"] == [LINK]
    assert not [name for name, each in tags if "src" in each]
    assert [each["href"][:19] for name, each in tags if name == "link"] == ["data:image/svg+xml,"]
    assert "sourceMappingURL" not in run_page


def test_a_run_takes_less_than_350_kb_on_its_way(run_page):
    assert len(gzip.compress(run_page.encode())) < 350_000


def test_the_largest_run_of_own_samples_takes_little_more():
    problem = oo.read_orbit(file_of(*conic_points(1.3, 0.2, np.linspace(0.0, 180.0, 4096)))).problem("large.csv")
    fit = oo.run(oo.Experiment(n_samples=4096, noise_scale=0.0, epochs=20), problem)
    assert len(gzip.compress(web_page.html({"Adam": fit}).encode())) < 440_000


def test_the_experiment_comes_back_bit_for_bit(run_page):
    (text,) = Read(run_page).inside("script", id="experiment")
    experiment, problem = exports.run_from_json(text)
    assert experiment == oo.PUBLISHED["adam"]
    assert oo.run(experiment, problem).params.tolist() == oo.run(oo.PUBLISHED["adam"]).params.tolist()


def test_every_experiment_of_a_race_comes_back_by_its_name(race_page):
    (text,) = Read(race_page).inside("script", id="experiment")
    back = {name: exports.run_from_json(json.dumps(one))[0] for name, one in json.loads(text).items()}
    assert back == {HOSTILE: SHORT, "SGD": dataclasses.replace(SHORT, optimizer="sgd")}


def test_the_words_of_the_page_are_in_it(run_page):
    fit = oo.run(oo.PUBLISHED["adam"])
    assert 'lang="en"' in run_page and "<title>Adam · What does an optimizer do?</title>" in run_page
    for words in (fit.message, "1.2612 AU", "−93,646 km", "Settings: Optimizer: Adam; Learning rate α: 0.03"):
        assert words in run_page
    data = json.loads(Read(run_page).inside("script", id="page")[0])
    charts = data["stages"][0]["charts"]
    assert [one["chart"]["description"] for one in charts] == [ALTERNATIVES[k] for k in ("orbits", "surface", "loss")]
    assert data["configs"] == {theme: vega.config(theme) for theme in ("light", "dark")}


def test_names_of_runs_and_files_are_no_markup(race_page):
    problem = oo.FitProblem.of(oo.noisy_samples(100, 0.3, 5), HOSTILE)
    fit = oo.run(oo.Experiment(n_samples=100, batch_size=10, noise_scale=0.0, epochs=3), problem)
    own_page = web_page.html({"Adam": fit})
    for text in (race_page, own_page):
        assert "img" not in [name for name, _ in Read(text).tags]
        assert HOSTILE not in text and "&lt;img src=x onerror" in text
    assert "<a " not in own_page, "no link opens samples of one's own"
    (experiment,) = Read(own_page).inside("script", id="experiment")
    _, back = exports.run_from_json(experiment)
    assert (back, back.name) == (problem, HOSTILE)


def test_runs_that_are_no_race_of_optimizers_have_colours_of_their_own():
    fits = {f"α = {rate}": oo.run(dataclasses.replace(SHORT, learning_rate=rate)) for rate in (0.01, 0.03)}
    text = web_page.html(fits, over="epoch")
    data = json.loads(Read(text).inside("script", id="page")[0])
    assert len(set(data["stages"][0]["tables"]["here"]["role"])) == 2
    assert "Which run is fastest from here?" in text and ">Run</th>" in text
    assert data["stages"][0]["charts"][2]["chart"]["layer"][0]["encoding"]["x"]["axis"]["title"] == "Epoch"


@pytest.mark.parametrize("key", oo.LESSONS)
def test_a_lesson_asks_before_it_answers(key):
    lesson = oo.LESSONS[key]
    fits = lesson.fits(oo.run(lesson.main).problem)
    text = web_page.html(fits, lesson=lesson, link=f"https://class.example.com/?lesson={key}")
    for words in (lesson.title, lesson.story, lesson.question, lesson.why, lesson.terms, lesson.task.text):
        assert web_page.escape(words) in text
    question, answer = json.loads(Read(text).inside("script", id="page")[0])["stages"]
    rows = [len(base64.b64decode(stage["tables"]["run"]["x"])) // 4 for stage in (question, answer)]
    assert rows[0] == len(fits) < rows[1], "the question has the starts of the runs alone"
    right = lesson.right_choice(fits)
    correct = re.findall(r'<div data-guess="([\w-]+)" hidden>(.*?)</div>', text)
    assert [choice for choice, _ in correct] == list(lesson.choices)
    for choice, words in correct:
        assert ("Your guess is right" in words) == (choice == right)
        assert f"<strong>{web_page.escape(lesson.choices[right].label)}.</strong>" in words
        assert (web_page.escape(lesson.choices[choice].reply) in words) == (choice != right)
    assert "arrows" not in question["tables"] and ("arrows" in answer["tables"]) == lesson.arrows
    assert re.search(r'<path d="M[-\d. MQLCZ]+"/>', text), "its equation"


@pytest.mark.parametrize("key", oo.EXAMPLES)
def test_every_example_can_be_had_with_all_its_rows(key):
    fit = fit_of(key)
    (stage,) = json.loads(Read(web_page.html({key: fit})).inside("script", id="page")[0])["stages"]
    rows = {name: np.frombuffer(base64.b64decode(stage["tables"]["run"][name]), "<f4") for name in ("update", "a", "b")}
    with np.errstate(over="ignore"):
        shown = fit.at(rows["update"].astype(int)).astype(np.float32)
    np.testing.assert_array_equal(np.stack([rows["a"], rows["b"]], axis=1), shown)


def test_errors_say_what_is_wanted():
    fit = oo.run(SHORT)
    with pytest.raises(TypeError, match="fits must be runs by name"):
        web_page.html({"Adam": SHORT})
    with pytest.raises(ValueError, match="at least one run, all on the same samples, got none"):
        web_page.html({})
    with pytest.raises(ValueError, match="all on the same samples, got one, other"):
        web_page.html({"one": fit, "other": oo.run(dataclasses.replace(SHORT, seed=1))})
    with pytest.raises(TypeError, match="fits must be runs by name"):
        web_page.html({1: fit})
    with pytest.raises(ValueError, match="over must be"):
        web_page.html({"Adam": fit}, over="lunch")
    with pytest.raises(ValueError, match="link must be an address that begins with http:// or https://, got 'javas"):
        web_page.html({"Adam": fit}, link="javascript:alert(1)")


def test_a_page_is_made_at_a_prompt_without_a_word():
    code = (
        "import orbitopt as oo; from orbitopt import web_page;"
        "own = oo.FitProblem.of(oo.noisy_samples(100, 0.3, 5));"
        "short = oo.Experiment(n_samples=100, batch_size=10, noise_scale=0.0, epochs=3);"
        "print(len(web_page.html({'own': oo.run(short, own)})) > 900_000)"
    )
    made = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (made.stdout, made.stderr) == ("True\n", "")


def test_vendored_files_are_those_of_their_checksums():
    sums = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    assert {name: found[name] for name in VERSIONS} == sums
    assert set(found) == {*VERSIONS, "SHA256SUMS", "versions.json"}


@pytest.mark.parametrize("package", sorted({one["package"] for one in VERSIONS.values()}))
def test_vendored_files_are_those_of_the_registry_where_it_can_be_reached(package):
    files = {name: one for name, one in VERSIONS.items() if one["package"] == package}
    (version,) = {one["version"] for one in files.values()}
    try:
        with urllib.request.urlopen(
            f"https://registry.npmjs.org/{package}/-/{package}-{version}.tgz", timeout=10
        ) as answer:
            packed = answer.read()
    except urllib.error.HTTPError:
        raise  # there is no such version
    except OSError:
        return  # no network; the checksums have been compared
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for name, one in files.items():
            assert archive.extractfile(one["path"]).read() == (VENDOR / name).read_bytes()
