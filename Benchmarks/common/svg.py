"""Charts as SVG: a few shapes, in colors that color-blind readers can tell apart (Okabe & Ito 2008).

Text is dark on a light page and light on a dark page. Programs without color schemes show a gray
that is readable on both.
"""
from xml.sax.saxutils import escape

COLORS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"]
STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #757575 }
.title { font-size: 16px; font-weight: 600 }
.heading { font-size: 13px; font-weight: 600 }
.small { font-size: 11px }
.grid { stroke: #888888; stroke-opacity: 0.3; stroke-width: 1 }
.axis { stroke: #757575; stroke-width: 1.5 }
@media (prefers-color-scheme: light) { text { fill: #24292f } .axis { stroke: #24292f } }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .axis { stroke: #e6edf3 } }
"""


class Picture:
    def __init__(self, width, height, title):
        self.width, self.height, self.parts = width, height, []
        self.title = title

    def text(self, x, y, text, anchor="start", style=""):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{escape(text)}</text>')

    def rectangle(self, x, y, width, height, color, hint=""):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" '
                          f'rx="1.5" fill="{color}"><title>{escape(hint)}</title></rect>')

    def line(self, x1, y1, x2, y2, style):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>')

    def curve(self, points, color):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>' for x, y in points]

    def legend(self, x, y, colors, step=130):
        """Draws the color of each name."""
        for name, color in colors.items():
            self.rectangle(x, y - 10, 12, 12, color)
            self.text(x + 18, y, name)
            x += step

    def write(self, path):
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        path.write_text("\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">', f"<title>{escape(self.title)}</title>",
            f"<style>{STYLE}</style>", *self.parts, "</svg>", ""]))


def steps(largest, count=5):
    """Returns round numbers from 0 to at least `largest`, for the marks of an axis."""
    size = next(unit * factor for unit in (10.0 ** power for power in range(-3, 9)) for factor in (1, 2, 2.5, 5)
                if unit * factor * count >= largest)
    marks = [0.0]
    while marks[-1] < largest:
        marks.append(round(marks[-1] + size, 6))
    return marks
