"""The one picture, as SVG: for the page, for mail, for print. Pure Python, no Django.

``draw`` and ``spark`` escape every text they are given; what they return is safe to put into a page.
"""

from metrics.charts.describe import describe
from metrics.charts.draw import draw
from metrics.charts.effects import Effect, Effects, EffectWords, draw_effects
from metrics.charts.picture import Picture, Words
from metrics.charts.spark import spark

__all__ = [
    "Effect",
    "EffectWords",
    "Effects",
    "Picture",
    "Words",
    "describe",
    "draw",
    "draw_effects",
    "spark",
]
