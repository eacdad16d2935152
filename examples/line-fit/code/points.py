"""Reading of points."""

import csv


def read_points(path):
    """Return the pairs of numbers in a CSV file with a header."""
    with open(path, newline='', encoding='utf-8') as file:
        rows = list(csv.reader(file))[1:]
    return [(float(x), float(y)) for x, y in rows]
