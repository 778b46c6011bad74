"""What an SVG of a board may consist of: all else is left out. Data."""

from __future__ import annotations

from typing import Final

__all__ = [
    "ATTRIBUTES",
    "ELEMENTS",
    "FUNCTIONS",
    "LINKING",
    "PROPERTIES",
    "REFERRING",
    "WITH_TEXT",
]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTS: Final = _names(
    "svg g defs symbol use title desc rect circle ellipse line polyline polygon path text tspan "
    "linearGradient radialGradient stop clipPath"
)
"""No script, style, foreignObject, image, a, animation; none that shows something many times."""

WITH_TEXT: Final = _names("title desc text tspan")

LINKING: Final = _names("use linearGradient radialGradient")
"""Elements whose ``href`` may name another element of the same picture."""

PROPERTIES: Final = _names(
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap "
    "stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset opacity color "
    "clip-path clip-rule stop-color stop-opacity font font-family font-size font-style "
    "font-weight text-anchor dominant-baseline text-decoration letter-spacing word-spacing "
    "visibility display vector-effect shape-rendering text-rendering paint-order "
    "white-space"
)
"""What may stand in ``style``, and as an attribute of its own."""

ATTRIBUTES: Final = PROPERTIES | _names(
    "viewBox preserveAspectRatio width height x y x1 y1 x2 y2 cx cy r rx ry fx fy fr dx dy d "
    "points pathLength transform rotate textLength lengthAdjust offset gradientUnits "
    "gradientTransform spreadMethod clipPathUnits version role"
)
"""Without ``id``, ``href`` and ``style``, of which each has its own rule; no ``on...``."""

REFERRING: Final = _names("fill stroke clip-path")
"""Properties whose value may be ``url(#id)``."""

FUNCTIONS: Final = _names("rgb rgba hsl hsla translate scale rotate matrix skewX skewY")
"""All that may stand before a bracket in a value."""
