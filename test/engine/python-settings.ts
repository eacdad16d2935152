import type { PythonSettings } from '../../shared/engine/python-steps/settings.ts';

/** A stage on AWS whose steps reach the internet. */
export const PYTHON: PythonSettings = { codeImage: 'python:3.12', installs: 'always' };
