/** The beginning of both runners: what they read, and the folders that they import from. */
export const CALL_READER = String.raw`import importlib
import json
import os
import sys

ROOT = os.path.realpath(os.environ['FS_WORK'])
CTL = os.path.dirname(os.path.abspath(__file__))


def read_call():
    with open(os.path.join(CTL, 'call.json'), encoding='utf-8') as file:
        return json.load(file)


def fail(message):
    """Ends the step with one sentence for its author."""
    sys.stdout.flush()
    sys.stderr.write(message + '\n')
    sys.stderr.flush()
    os._exit(1)


def is_inside(path, folder):
    real = os.path.realpath(path)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)


def import_folders():
    """The folders of PYTHONPATH, which isolated mode ignores, but none that steps can write to."""
    writable = [ROOT, os.path.realpath(os.environ['FS_LOG'])]
    folders = os.environ.get('PYTHONPATH', '').split(os.pathsep)
    return [
        one for one in folders if os.path.isabs(one) and not any(is_inside(one, folder) for folder in writable)
    ]

`;
