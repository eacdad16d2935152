/**
 * Access to the ranked runs that a post-processing step gets as its input: `runs.json`, a list of runs in the order
 * of the ranking, and a folder with the files of each run, named by the run's id.
 */
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * One ranked run: its id, the name of its group, its files, and its results by column, as the leaderboard shows them.
 */
class Run {
  constructor({ id, name, files, results }, folder) {
    Object.assign(this, { runId: id, name, files, results: results ?? {} });
    Object.defineProperty(this, 'folder', { value: folder });
  }

  /** Returns the path of the run's file with that name, or null. */
  getFile(name) {
    return this.files.includes(name) ? join(this.folder, this.runId, name) : null;
  }
}

/** The ranked runs below a folder, in the order of the ranking. */
class Runs {
  #runs;

  constructor(folder) {
    this.#runs = readObject(join(folder, 'runs.json')).map((document) => new Run(document, folder));
  }

  [Symbol.iterator]() {
    return this.#runs[Symbol.iterator]();
  }

  get length() {
    return this.#runs.length;
  }

  /** Returns the run at a position of the ranking, or undefined; the best one is at 0. */
  atRank(index) {
    return this.#runs.at(index);
  }

  /** Returns the run with that id, or null if it is not in the ranking. */
  getRun(runId) {
    return this.#runs.find((run) => run.runId === runId) ?? null;
  }
}

/** Returns the content of a JSON document. */
function readObject(filename) {
  return JSON.parse(readFileSync(filename, 'utf8'));
}

module.exports = { Run, Runs, readObject };
