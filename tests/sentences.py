"""Patterns that no sentence of the page may contain."""

import re

AWKWARD = {
    "a plural of one": r"(?<![\d.,])1 (updates|samples|epochs|mini-batches|times|starts|visitors)\b",
    "a singular of many": r"(?<![\d.,])([02-9]|\d\d+) (update|sample|epoch|mini-batch)\b(?! size)",
    "a hyphen for a minus": r"(^|[\s(])-[\d.]",
    "a negative zero": r"−0(\.0*)?(?![.\d])",
    "a float's own notation": r"\d[eE][+-]?\d|\b(nan|inf|True|False)\b|None\b(?! of)",
    "nought or all per cent of a part": r"(?<![\d.,])0 %|(?<![\d.,])100 % of the updates",
    "too many digits": r"\d\.\d{10,}",
    "two full stops or none": r"\.\.|[^.?!]$",
}


def check(sentences):
    """Assert that none of some sentences is awkward."""
    for sentence in sentences:
        for fault, pattern in AWKWARD.items():
            assert not re.search(pattern, sentence), (fault, sentence)
