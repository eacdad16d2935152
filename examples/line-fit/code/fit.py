"""Functions of the code steps: each argument is a variable of the workflow, each result becomes one."""

import json
import math

from code.points import read_points


def errors(points, slope, intercept):
    """Return the distance of the line from each point of a file."""
    return [slope * x + intercept - y for x, y in read_points(points)]


def measure(values):
    """Write the measures of the leaderboard, and return the most important one."""
    rmse = math.sqrt(sum(value * value for value in values) / len(values))
    worst = max(abs(value) for value in values)
    print('the largest error is', worst)
    with open('results/fit.json', 'w', encoding='utf-8') as file:
        json.dump({'rmse': rmse, 'worst': worst}, file)
    return rmse
