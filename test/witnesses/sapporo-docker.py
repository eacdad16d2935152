"""Stands for `docker`, which Sapporo calls to run cwltool: runs it on this machine, and the steps without containers.

cwltool does not ignore the requirement of an image, so it becomes a hint.
"""

import json
import os
import sys

DOCUMENT = "workflow.cwl"


def main(arguments):
    if arguments[:1] != ["run"] or "--entrypoint" not in arguments:
        return
    os.chdir(next(text[3:] for text in arguments if text.startswith("-w=")))
    with open(DOCUMENT) as file:
        document = json.load(file)
    for step in document["steps"].values():
        tool = step["run"]
        tool["hints"] = {"DockerRequirement": tool["requirements"].pop("DockerRequirement")}
    with open(DOCUMENT, "w") as file:
        json.dump(document, file)
    # The program and the image follow the option.
    options = arguments[arguments.index("--entrypoint") + 3 :]
    program = os.path.join(os.path.dirname(sys.executable), "cwltool")
    os.execv(program, [program, "--no-container", *options])


main(sys.argv[1:])
