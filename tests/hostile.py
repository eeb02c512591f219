"""Links that nobody hands out in good faith."""

import re

import orbitopt as oo
from orbitopt.page import comparisons, sections, sidebar

TEXTS = [
    "inf", "-inf", "nan", "1e400", "-1e400", "-0", "-0.0", "9" * 400, "0x10", "1_0", "١٢", "1e-400", "5e-324", "½", "²",
    "\0", "\u202e1", "\ufeff1", "1\u2028", "a\nb", "\x1b[31m", "🚀" * 50, "é" * 30, "true;", "None", "[]", "{}",
    "../..", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p><h1>x", "&lt;b&gt;",
    "javascript:alert(1)", "![x](https://example.com/x.png)", "[x](https://example.com)", "[x](y)", "**x**",
    "_x_", "`x`", "# x", "> x", "- x",
    "| x |", "$x$", "$$\\frac{1}{2}$$", ":material/delete:", ":red[x]", ":smile:", "https://example.com",
    "www.example.com", "a@example.com", "{{7*7}}", "%s%n", "%", "%zz", "'; DROP TABLE runs;--", "1;a:2",
    "optimizer:SGD;optimizer:Adam",
]  # fmt: skip
SETTINGS = sidebar.SETTINGS | oo.SETTINGS | comparisons.SETTINGS | sections.SETTINGS
KEYS = ["pin", *(setting.key for setting in SETTINGS.values())]
"""All that the page looks for in a link."""


def harmless(text):
    """Return True if a text has nothing in it that Markdown, or a page, would take for more than letters."""
    marks = set(text) & set("<>*`$/{}|~#!&\\@\n\0\u202e\u2028\ufeff")
    return not marks and not re.search(r"\]\(|www\.|:\w|(?<!\w)_|_(?!\w)", text, flags=re.IGNORECASE)
