"""Reader of links that mail programs, messengers and editors have escaped, capitalized or wrapped in punctuation."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import unquote

T = TypeVar("T")

_TRACKING = re.compile(r"utm_\w*|\w*clid|mc_[ce]id|igsh(id)?|mkt_tok|_hs\w*|si|ref", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_ENTITY = re.compile(r"^(?:amp;)+", re.IGNORECASE)
_AROUND = " \t\r\n<>()[]{}\"'`“”„‘’«»*_.,;:!?…"
_MAX_PARTS, _MAX_ESCAPES = 500, 5


def parse_link(sent: Mapping[str, Sequence[str]], known: Collection[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the texts of a link by key, and the keys that are not known.

    Parts that other programs have escaped are read as they were meant. Parameters that count visits, such as
    `utm_source`, are dropped.

    Parameters
    ----------
    sent
        Texts of a query string by key, decoded once.
    known
        Keys of the page.

    Examples
    --------
    >>> parse_link({"a": ["2&amp;LOG10_RATE=-1"], "amp;seed": ["7"], "utm_source": ["mail"], "alpha": ["1"]},
    ...            ["a", "log10_rate", "seed"])
    ({'a': ['2'], 'log10_rate': ['-1'], 'seed': ['7']}, ['alpha'])
    """
    texts: dict[str, list[str]] = {}
    unknown: list[str] = []
    pairs = (pair for key, values in sent.items() for text in values for pair in _parts(key, text))
    for key, text in pairs:
        if key in known:
            texts.setdefault(key, []).append(text)
        elif not _TRACKING.fullmatch(key) and key not in unknown:
            unknown.append(key)
    return texts, unknown


def _parts(key: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and texts of one part of a query string: several, if its `&` or `=` were escaped."""
    whole = f"{key}={text}" if text else key
    if not any(mark in whole for mark in ("%", "&")) and "=" not in key + text:
        yield _key(key), text
        return
    for _ in range(_MAX_ESCAPES):
        if not _ESCAPE.search(whole):
            break
        whole = unquote(whole)
    for part in re.split("&", whole)[:_MAX_PARTS]:
        key, _, text = part.partition("=")
        if key or text:
            yield _key(key), text


def _key(key: str) -> str:
    """Normalize a key."""
    return _ENTITY.sub("", key.strip("? \t\r\n")).strip(_AROUND.replace("_", "")).lower()


def parse_text(parse: Callable[[str], T], text: str) -> T:
    """Parse a text of a link; if that fails, parse it without surrounding punctuation.

    Raises
    ------
    ValueError
        The fault of the text as it is, if none of its variants can be parsed.

    Examples
    --------
    >>> parse_text(float, "2.5)."), parse_text(float, "3D2.5")  # the second is from a mail program that escaped =
    (2.5, 2.5)
    """
    stripped = text.strip(_AROUND)
    variants = dict.fromkeys([text, stripped, stripped.removeprefix("3D")])
    faults = []
    for variant in variants:
        try:
            return parse(variant)
        except ValueError as fault:
            faults.append(fault)
    raise faults[0]


def parse_texts(parse: Callable[[str], T], texts: Sequence[str]) -> T:
    """Parse the texts that a link has under one key.

    Raises
    ------
    ValueError
        If one of them cannot be parsed, or if they differ.
    """
    values = [parse_text(parse, text) for text in texts]
    if any(value != values[0] for value in values):
        raise ValueError("must appear only once")
    return values[0]
