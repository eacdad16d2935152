"""Step 2: measures the lines of a text file.

The result is a JSON document: the number of lines, their total and average
length in characters, and the longest line (the first one of that length).
"""

import argparse
import json
import os
import sys


def measure(lines):
    """Returns the values for the leaderboard. Raises ValueError if there are no lines."""
    if not lines:
        raise ValueError("there are no greetings to measure")
    longest = max(lines, key=len)
    total = sum(len(line) for line in lines)
    return {
        "line_count": len(lines),
        "total_count": total,
        "avg_count": total / len(lines),
        "max_len": len(longest),
        "max_line": longest,
    }


def main():
    parser = argparse.ArgumentParser(description="Measures the lines of a text file.")
    parser.add_argument("input", help="text file")
    parser.add_argument("output", help="JSON file to write")
    arguments = parser.parse_args()

    with open(arguments.input, encoding="utf-8") as source:
        result = measure([line.rstrip("\n") for line in source])
    os.makedirs(os.path.dirname(arguments.output) or ".", exist_ok=True)
    with open(arguments.output, "w", encoding="utf-8") as output:
        json.dump(result, output, indent=2, ensure_ascii=False)
    print("{line_count} greetings, {avg_count:.2f} characters on average".format(**result))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit("analyse: {}".format(error))
