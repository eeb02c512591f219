"""The page in AppTest, Streamlit's own harness: run as in a server, without a browser."""

from streamlit.testing.v1 import AppTest

from tests.browser import ROOT

APP = str(ROOT / "app.py")
PUBLISHED_ADAM = ["1.2612 AU", "1.2315 AU", "0.000879", "−93,646 km"]
"""The read-outs of the run on which the page opens."""


def page(**link):
    """Return the page as somebody opens it with that link."""
    visit = AppTest.from_file(APP, default_timeout=120)
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
    return [box.value for box in visit.warning if box.value.startswith("The link")]


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
