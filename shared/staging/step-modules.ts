import javascript from '../engine/javascript/flowserv.cjs';
import flowserv from '../engine/python/flowserv/__init__.py';
import service from '../engine/python/flowserv/service/__init__.py';
import postproc from '../engine/python/flowserv/service/postproc/__init__.py';
import client from '../engine/python/flowserv/service/postproc/client.py';
import util from '../engine/python/flowserv/util.py';
import r from '../engine/r/flowserv.R';

/** The modules that every step can import to read ranked runs: path below `ctl` → source (`shared/engine/step-script.ts`). */
export const STEP_MODULES: Readonly<Record<string, string>> = {
  'python/flowserv/__init__.py': flowserv,
  'python/flowserv/service/__init__.py': service,
  'python/flowserv/service/postproc/__init__.py': postproc,
  'python/flowserv/service/postproc/client.py': client,
  'python/flowserv/util.py': util,
  'javascript/flowserv.js': javascript,
  'r/flowserv.R': r,
};
