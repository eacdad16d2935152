import flowserv from '../engine/python/flowserv/__init__.py';
import service from '../engine/python/flowserv/service/__init__.py';
import postproc from '../engine/python/flowserv/service/postproc/__init__.py';
import client from '../engine/python/flowserv/service/postproc/client.py';
import util from '../engine/python/flowserv/util.py';

/** The Python package on the module path of every step: path below `ctl/python` → source. */
export const PYTHON_FILES: Readonly<Record<string, string>> = {
  'flowserv/__init__.py': flowserv,
  'flowserv/service/__init__.py': service,
  'flowserv/service/postproc/__init__.py': postproc,
  'flowserv/service/postproc/client.py': client,
  'flowserv/util.py': util,
};
