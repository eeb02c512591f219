"""The page in AppTest, Streamlit's own harness: run as in a server, without a browser."""

from functools import cache

import pyarrow
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import orbitopt as oo
from orbitopt import exports
from tests.browser import ROOT

# Every AppTest looks for components among all installed packages, which takes longer than the page.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)

APP = str(ROOT / "app.py")
PUBLISHED_ADAM = ["1.2612 AU", "1.2315 AU", "0.000879", "−93,646 km"]
"""The read-outs of the run on which the page opens."""

OWN = exports.samples_csv(oo.run(oo.Experiment(n_samples=100, batch_size=64, noise_scale=0.2, seed=3))).encode()
"""A file with samples of a visitor's own."""


def page(opens_more=True, **link):
    """Return the page as somebody opens it with that link, and opens More."""
    visit = AppTest.from_file(APP, default_timeout=120)
    visit.session_state["more"] = opens_more
    for key, value in link.items():
        visit.query_params[key] = value
    visit.run()
    assert not visit.exception
    return visit


def readouts(visit):
    """Return the numbers above the pictures."""
    assert not visit.exception
    return [metric.value for metric in visit.metric]


def notices(visit):
    """Return what the page says about its link."""
    return [box.value for box in visit.warning if box.value.startswith("These parts of the link")]


def markdown(visit):
    """Return all running text."""
    return " ".join(element.value for element in visit.markdown)


def captions(visit):
    """Return all small print: the sentences beside the pictures are part of it."""
    return " ".join(caption.value for caption in visit.caption)


def press(visit, label):
    """Press the button of a label."""
    next(button for button in visit.button if button.label == label).click().run()
    assert not visit.exception
    return visit


def pictures(visit):
    """Return the pictures, as they are sent to the browser."""
    return [element.proto for element in visit.get("vega_lite_chart")]


def rows(visit, name, chart=0):
    """Return a dataset of a chart, as columns."""
    (dataset,) = (one for one in pictures(visit)[chart].datasets if one.name == name)
    return pyarrow.ipc.open_stream(dataset.data.data).read_all().to_pydict()


def hand_in(visit, data, name="mine.csv"):
    """Return the page after a file was handed in."""
    visit.file_uploader[0].set_value((name, data, "text/csv")).run()
    assert not visit.exception
    return visit


def open_section(visit, key):
    """Return the page with a section open."""
    visit.segmented_control("section").set_value(key).run()
    assert not visit.exception
    return visit
