"""Read a picture as the browser has drawn it: its marks in pixels, and its axes to turn them into data."""

import re

import numpy as np

_READ = """
svg => {
  const number = (text, pattern) => (text.match(pattern) ?? []).slice(1).map(Number);
  const shift = (element) => number(element.getAttribute('transform') ?? '', /translate\\(([^,]+),([^)]+)\\)/);
  const own = (element) => {
    const style = getComputedStyle(element), box = element.getBBox(), on_screen = element.getBoundingClientRect();
    const [x, y] = element.hasAttribute('transform') ? shift(element) : [0, 0];
    return {
      x, y, transform: element.getAttribute('transform') ?? '',
      path: element.getAttribute('d'), text: element.textContent, fill: style.fill, stroke: style.stroke,
      label: element.getAttribute('aria-label') ?? '',
      turn: number(element.getAttribute('transform') ?? '', /rotate\\(([^)]+)\\)/)[0] ?? 0,
      line: ['x2', 'y2'].map((name) => Number(element.getAttribute(name) ?? 0)),
      box: [x + box.x, y + box.y, x + box.x + box.width, y + box.y + box.height],
      screen: [on_screen.x + on_screen.width / 2, on_screen.y + on_screen.height / 2],
    };
  };
  const marks = [...svg.querySelectorAll('g.role-mark')].map((group) => ({
    name: group.getAttribute('class').split(' ').at(-1), items: [...group.children].map(own),
  }));
  const axes = [...svg.querySelectorAll('g.role-axis')].map((axis) => ({
    label: axis.getAttribute('aria-label'),
    title: axis.querySelector('.role-axis-title')?.textContent ?? '',
    ticks: [...axis.querySelectorAll('.role-axis-label text')].map((tick) => {
      const [x, y] = shift(tick);  // Vega shifts the baseline of a number that stands beside its tick
      return { text: tick.textContent, x, y: y - Math.round(0.3 * parseFloat(tick.getAttribute('font-size'))) };
    }),
  }));
  const frame = number(svg.querySelector('.background').getAttribute('d'), /M0,0h([\\d.]+)v([\\d.]+)/);
  return { marks, axes, frame };
}
"""
_POWER = re.compile(r"10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


class Drawing:
    """One picture, read once."""

    def __init__(self, visitor, where, place=0):
        """Read a picture of the container with a key, counted from 0."""
        picture = visitor.tab.locator(f"[class*=st-key-{where}] .stVegaLiteChart svg.marks").nth(place)
        picture.wait_for()
        if where != "pictures":  # which are in sight when the page opens
            picture.evaluate("picture => picture.scrollIntoView({block: 'center'})")
        read = picture.evaluate(_READ)
        self.width, self.height = read["frame"]
        self.axes = {axis["label"][0].lower(): axis for axis in read["axes"] if axis["title"]}
        self._marks = read["marks"]

    def layer(self, number):
        """Return the marks of a layer, by its number in the specification."""
        return self.named(f"layer_{number}_marks")

    def named(self, name):
        """Return the marks of the groups of a name."""
        return [item for group in self._marks if group["name"] == name for item in group["items"]]

    def data(self, axis, pixels):
        """Return the data at a number of pixels from the left or from the top, by the ticks of an axis."""
        slope, start, log = self._scale(axis)
        values = start + slope * np.asarray(pixels, float)
        return 10.0**values if log else values

    def pixels(self, axis, data):
        """Return the number of pixels from the left or from the top at which data stand on an axis."""
        slope, start, log = self._scale(axis)
        return ((np.log10(data) if log else np.asarray(data, float)) - start) / slope

    def at(self, mark):
        """Return the data of the place of a mark: x and y."""
        return float(self.data("x", mark["x"])), float(self.data("y", mark["y"]))

    def extent(self, mark):
        """Return the least and the greatest x, and the least and the greatest y, of the outline of a mark."""
        left, top, right, bottom = mark["box"]
        return *self.data("x", [left, right]).tolist(), *self.data("y", [bottom, top]).tolist()

    def points(self, mark):
        """Return the data of the points of a path, shape (n, 2)."""
        pairs = re.findall(r"[ML](-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)", mark["path"])
        x, y = np.array(pairs, float).T
        turn = np.radians(mark["turn"])
        x, y = np.cos(turn) * x - np.sin(turn) * y, np.sin(turn) * x + np.cos(turn) * y
        return np.stack([self.data("x", x + mark["x"]), self.data("y", y + mark["y"])], axis=1)

    def _scale(self, axis):
        """Return slope and start of the line from pixels to data, or to their logarithm, and whether it is that."""
        # The numbers at the ends of an axis may be moved into the picture, so they do not count.
        end = self.width if axis == "x" else self.height
        ticks = [tick for tick in self.axes[axis]["ticks"] if tick["text"] and 10.0 < tick[axis] < end - 10.0]
        powers = [_POWER.fullmatch(tick["text"]) for tick in ticks]
        log = all(powers)
        texts = [power[1] if log else tick["text"] for tick, power in zip(ticks, powers, strict=True)]
        values = [float(text.replace(",", "").translate(_DIGITS)) for text in texts]
        places = np.array([tick[axis] for tick in ticks])
        slope, start = np.polyfit(places, values, 1)
        np.testing.assert_allclose(start + slope * places, values, atol=1e-6 * np.ptp(values), err_msg="not that scale")
        return slope, start, log


def hex_colour(drawn):
    """Return a colour that the browser reports, "rgb(1, 2, 3)", as #RRGGBB."""
    return "#{:02X}{:02X}{:02X}".format(*map(int, re.findall(r"\d+", drawn)[:3]))
