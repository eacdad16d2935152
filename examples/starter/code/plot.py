"""Post-processing: draws the accuracy of each ranked run, in SVG.

Needs only the standard library of Python. The values in run.results have the
types of the leaderboard; texts such as names come from participants.
"""

import os
import sys
from html import escape

from flowserv.service.postproc.client import Runs

TRACKS = (("stripes", "#4477aa"), ("rings", "#ee7733"))
LEFT, WIDTH, BAR, GAP, TOP = 180, 320, 12, 14, 36
MAX_NAME = 24


def label(name):
    """Returns a name with a limited length, escaped for XML."""
    text = "".join(character for character in name if character.isprintable())
    return escape(text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…")


def draw(runs):
    """Returns the plot, with a bar for each run and track, best run first."""
    parts = []
    for index, (track, colour) in enumerate(TRACKS):
        left = LEFT + 90 * index
        parts.append('<rect x="{}" y="12" width="10" height="10" fill="{}"/>'.format(left, colour))
        parts.append('<text x="{}" y="21">{}</text>'.format(left + 16, track))
    row = len(TRACKS) * BAR + GAP
    for rank, run in enumerate(runs):
        top = TOP + rank * row
        parts.append(
            '<text x="{}" y="{}" text-anchor="end">{}</text>'.format(LEFT - 8, top + BAR + 4, label(run.name))
        )
        for index, (track, colour) in enumerate(TRACKS):
            value = run.results[track]
            y = top + index * BAR
            parts.append(
                '<rect x="{}" y="{}" width="{:.1f}" height="{}" fill="{}"/>'
                '<text x="{:.1f}" y="{}" font-size="10">{:.2f}</text>'.format(
                    LEFT, y, WIDTH * value, BAR - 2, colour, LEFT + WIDTH * value + 6, y + BAR - 3, value
                )
            )
    height = TOP + row * max(len(runs), 1)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" '
        'font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n'
        "{2}\n</svg>\n"
    ).format(LEFT + WIDTH + 50, height, "\n".join(parts))


def main(folder, target):
    runs = list(Runs(folder))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as output:
        output.write(draw(runs))
    print("drew {} runs".format(len(runs)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: plot.py RUNS_FOLDER TARGET")
    main(sys.argv[1], sys.argv[2])
