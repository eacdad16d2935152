"""The baseline: predicts for each point the label of the nearer centre.

Reads the points of a track in data/ and writes its predictions to the
standard output. Needs only the standard library of Python.
"""

import csv
import os
import sys

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


def read(track, part):
    with open(os.path.join(DATA, "{}-{}.csv".format(track, part)), encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def centre(points):
    count = len(points)
    return sum(float(one["x"]) for one in points) / count, sum(float(one["y"]) for one in points) / count


def main(track):
    train = read(track, "train")
    centres = {label: centre([one for one in train if one["label"] == label]) for label in ("0", "1")}
    print("id,label")
    for point in read(track, "test"):
        x, y = float(point["x"]), float(point["y"])
        nearest = min(centres, key=lambda label: (x - centres[label][0]) ** 2 + (y - centres[label][1]) ** 2)
        print("{},{}".format(point["id"], nearest))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: baseline.py stripes|rings")
    main(sys.argv[1])
