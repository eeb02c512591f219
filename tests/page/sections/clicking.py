"""Clicks on pictures, in a real browser."""


def picture(visitor, key):
    """Return the drawing of a picture that can be clicked, in sight."""
    drawing = visitor.tab.locator(f"[class*=st-key-{key}-] .stVegaLiteChart").locator("svg, canvas").first
    drawing.scroll_into_view_if_needed()
    return drawing


def click_at(visitor, key, across, down):
    """Click into a picture, at shares of its width and height."""
    box = picture(visitor, key).bounding_box()
    visitor.tab.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
