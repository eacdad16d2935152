"""Step 1: writes a greeting for each name of a list.

Blank lines in the list are skipped. If the input is invalid, the step writes
one line to stderr and ends with exit code 1.
"""

import argparse
import os
import sys
import time

MAX_GREETING_LENGTH = 40
MAX_NAMES = 10000


def check_greeting(text):
    """Returns the greeting without surrounding blanks. Raises ValueError if it is invalid."""
    greeting = text.strip()
    if not greeting:
        raise ValueError("the greeting is empty")
    if len(greeting) > MAX_GREETING_LENGTH:
        raise ValueError(
            "the greeting has {} characters, {} are allowed".format(len(greeting), MAX_GREETING_LENGTH)
        )
    if not all(character.isalpha() or character in " -'" for character in greeting):
        raise ValueError(
            "{!r} is not a greeting: only letters, blanks, hyphens and apostrophes are allowed".format(greeting)
        )
    return greeting


def read_names(path):
    """Returns the names of the list. Raises ValueError if it is empty or too long."""
    try:
        # utf-8-sig: editors on Windows write a byte order mark before the first name.
        with open(path, encoding="utf-8-sig") as lines:
            names = [line.strip() for line in lines if line.strip()]
    except UnicodeDecodeError:
        raise ValueError("{} is not a text file in UTF-8".format(path))
    if not names:
        raise ValueError("{} has no names: put one name on each line".format(path))
    if len(names) > MAX_NAMES:
        raise ValueError("{} has {} names, {} are allowed".format(path, len(names), MAX_NAMES))
    return names


def main():
    parser = argparse.ArgumentParser(description="Writes a greeting for each name of a list.")
    parser.add_argument("names", help="text file with one name on each line")
    parser.add_argument("output", help="text file to write, one greeting on each line")
    parser.add_argument("--greeting", default="Hello")
    parser.add_argument("--sleeptime", type=int, default=0, help="seconds before each greeting")
    arguments = parser.parse_args()

    greeting = check_greeting(arguments.greeting)
    names = read_names(arguments.names)
    os.makedirs(os.path.dirname(arguments.output) or ".", exist_ok=True)
    with open(arguments.output, "w", encoding="utf-8") as output:
        for name in names:
            time.sleep(arguments.sleeptime)
            line = "{} {}!".format(greeting, name)
            output.write(line + "\n")
            print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError) as error:
        sys.exit("greet: {}".format(error))
