"""Post-processing: compares the ranked runs.

Reads the leaderboard values of each ranked run, whose types are guaranteed,
and writes the comparison as JSON, as CSV, and as a bar chart in SVG.
"""

import csv
import json
import os
import sys
from html import escape

from flowserv.service.postproc.client import Runs

COLUMNS = ["rank", "name", "avg_count", "max_len", "max_line", "line_count"]

BAR_HEIGHT = 24
BAR_WIDTH = 360
LABEL_WIDTH = 200
MAX_LABEL = 28


def read_rows(folder):
    """Returns one row for each ranked run, in the order of the ranking."""
    rows = []
    for rank, run in enumerate(Runs(folder), start=1):
        values = {column: run.results.get(column) for column in COLUMNS[2:]}
        rows.append(dict(values, rank=rank, name=run.name, run=run.run_id))
    return rows


def write_csv(rows, path):
    with open(path, "w", encoding="utf-8", newline="") as output:
        writer = csv.DictWriter(output, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def label(name):
    """Returns a name for the chart, with a limited length and escaped for XML."""
    printable = "".join(character for character in name if character.isprintable())
    return escape(printable if len(printable) <= MAX_LABEL else printable[: MAX_LABEL - 1] + "…")


def draw(rows):
    """Returns the chart, with a bar for each ranked run."""
    longest = max((row["avg_count"] for row in rows), default=0) or 1
    height = BAR_HEIGHT * max(len(rows), 1)
    bars = []
    for index, row in enumerate(rows):
        top = index * BAR_HEIGHT
        width = BAR_WIDTH * row["avg_count"] / longest
        bars.append(
            '<text x="{}" y="{}" text-anchor="end">{}</text>'
            '<rect x="{}" y="{}" width="{:.1f}" height="{}" fill="#4477aa"/>'
            '<text x="{:.1f}" y="{}">{:.2f}</text>'.format(
                LABEL_WIDTH - 8, top + 16, label(row["name"]),
                LABEL_WIDTH, top + 4, width, BAR_HEIGHT - 8,
                LABEL_WIDTH + width + 6, top + 16, row["avg_count"],
            )
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" '
        'font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n'
        "{2}\n</svg>\n"
    ).format(LABEL_WIDTH + BAR_WIDTH + 60, height, "\n".join(bars))


def main(folder, target):
    rows = read_rows(folder)
    os.makedirs(target, exist_ok=True)
    with open(os.path.join(target, "compare.json"), "w", encoding="utf-8") as output:
        json.dump(rows, output, indent=2, ensure_ascii=False)
    write_csv(rows, os.path.join(target, "compare.csv"))
    with open(os.path.join(target, "compare.svg"), "w", encoding="utf-8") as output:
        output.write(draw(rows))
    print("{} runs compared".format(len(rows)))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: compare.py RUNS_FOLDER TARGET_FOLDER")
    try:
        main(sys.argv[1], sys.argv[2])
    except (ValueError, OSError) as error:
        sys.exit("compare: {}".format(error))
