"""Access to the ranked runs that a post-processing step gets as its input.

The input folder holds `runs.json`, a list of runs in the order of the
ranking, and a folder with the files of each run, named by the run's id.
"""

import json
import os


class Run(object):
    """One ranked run: its id, the name of its group, its files, and its results
    by column, as the leaderboard shows them: numbers are numbers."""

    def __init__(self, run_id, name, files, basedir, results=None):
        self.run_id = run_id
        self.name = name
        self.files = files
        self.basedir = basedir
        self.results = results or {}

    def get_file(self, name):
        """Return the path of the run's file with that name, or None."""
        if name not in self.files:
            return None
        return os.path.join(self.basedir, self.run_id, name)


class Runs(object):
    """The ranked runs below a folder, in the order of the ranking."""

    def __init__(self, basedir):
        self.basedir = basedir
        with open(os.path.join(basedir, 'runs.json'), encoding='utf-8') as f:
            documents = json.load(f)
        self.runs = [
            Run(doc['id'], doc['name'], list(doc['files']), basedir, doc.get('results'))
            for doc in documents
        ]

    def __iter__(self):
        return iter(self.runs)

    def __len__(self):
        return len(self.runs)

    def at_rank(self, index):
        """Return the run at a position of the ranking; the best one is at 0."""
        return self.runs[index]

    def get_run(self, run_id):
        """Return the run with that id, or None if it is not in the ranking."""
        for run in self.runs:
            if run.run_id == run_id:
                return run
        return None
