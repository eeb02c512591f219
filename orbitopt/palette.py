"""Colours and dash patterns by role, for the page's charts, its theme and the figures.

Every colour of a line or of text has a contrast of at least 4:1 with its background, and those of paths at least 4.5:1
with their casing. Colour-blind readers can tell the optimizers' colours apart, and the dash patterns identify the
optimizers without colour.
"""

BACKGROUND: dict[str, str] = {"light": "#FFFFFF", "dark": "#0E1420"}
"""Background colour of each theme."""

RAMP: list[tuple[str, str]] = [
    ("#FFF9E7", "#A78D5A"),
    ("#FDF2D7", "#A08758"),
    ("#FAEBC7", "#998055"),
    ("#F3E1B0", "#8C7752"),
    ("#D0D9AF", "#587262"),
    ("#96CEBA", "#20666E"),
    ("#6BB9C0", "#06556F"),
    ("#489FBB", "#00466D"),
    ("#3983AF", "#003766"),
    ("#2D6A9B", "#002B59"),
    ("#285483", "#022248"),
    ("#24416E", "#061A37"),
    ("#1F2E59", "#091229"),
]
"""Colours of the bands of the loss surface from high to low, on light and on dark: each is darker than the last."""

FIRST_DEEP_BAND = 8
"""Index in RAMP of the first colour on which text is pale in both themes."""

COLOURS: dict[str, tuple[str, str]] = {
    # role: (on light, on dark)
    "sgd": ("#C04E00", "#FF8A3D"),
    "momentum": ("#00845F", "#22C493"),
    "rmsprop": ("#B0468C", "#E58CC8"),
    "adam": ("#0068B0", "#4FA8F0"),
    "adagrad": ("#1A1A1A", "#FFFFFF"),
    "earth": ("#3A76A5", "#7FB2E5"),
    "mars": ("#B8453F", "#EE8880"),
    "planet": ("#6E6259", "#B8AC9F"),
    "sun": ("#9A6B00", "#F2C14E"),
    "samples": ("#4E7D5B", "#8FC6A0"),
    "truth": ("#5A6473", "#A9B4C0"),
    "text": ("#3A4350", "#D5DCE6"),
    "pinned": ("#6B7482", "#95A0B0"),
    "gradient": ("#C2410C", "#FDA172"),
    "step": ("#14202E", "#FFFFFF"),
    "moving": ("#8A5A00", "#F0C060"),
    "mirror": ("#6A4FB3", "#BBA6F5"),
    "no sample": ("#5F6368", "#C4C9CF"),
    "diverged": ("#B3261E", "#FF8F86"),
    "hovering": ("#0F7585", "#63C8D6"),
    "passed": ("#7A4A2B", "#D9A98A"),
    "casing": ("#FFFFFF", "#0E1420"),
    "ink": ("#14202E", "#FFFFFF"),
    "pale": ("#FFFFFF", "#FFFFFF"),
    "lit edge": ("#FFFFFF", "#B9C2CC"),
    "shaded edge": ("#1B3040", "#05080F"),
    **{f"level {k}": colours for k, colours in enumerate(RAMP)},
}
"""Colours by role, on the light and on the dark background; the theme's categorical colours have the same order."""

DASHES: dict[str, list[int]] = {
    "sgd": [8, 3],
    "momentum": [12, 4, 2, 4],
    "rmsprop": [4, 3],
    "adam": [1, 0],
    "adagrad": [4, 4],
}
"""Dash patterns by optimizer: alternating lengths of lines and gaps, pixels."""

STAR, STAR_EDGE = "#FFD23F", "#14202E"
"""Colours of the mark of the optimum and of its edge, in both themes."""

QUICK_TO_SLOW = ("#F7F3B0", "#9BD0A0", "#3F9A94", "#2A6480")
"""Colour scale from few updates to many, for both backgrounds; black paths with a white casing stand out from it."""


def colour(role: str, theme: str = "light") -> str:
    """Return the colour of a role, as #RRGGBB.

    Parameters
    ----------
    role
        Key of COLOURS.
    theme
        Key of BACKGROUND.
    """
    return COLOURS[role][list(BACKGROUND).index(theme)]
