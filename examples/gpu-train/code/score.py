"""Writes the mean squared error of a polynomial as an approximation of the sine function: score.py MODEL SCORE"""

import json
import math
import sys

POINTS = 601

if __name__ == '__main__':
    model, score = sys.argv[1:]
    with open(model) as file:
        weights = json.load(file)['weights']
    xs = [-3 + 6 * i / (POINTS - 1) for i in range(POINTS)]
    errors = [sum(w * x**power for power, w in enumerate(weights)) - math.sin(x) for x in xs]
    with open(score, 'w') as file:
        json.dump({'error': sum(error**2 for error in errors) / POINTS}, file)
