import flowserv from '../python/flowserv/__init__.py';
import service from '../python/flowserv/service/__init__.py';
import postproc from '../python/flowserv/service/postproc/__init__.py';
import client from '../python/flowserv/service/postproc/client.py';
import util from '../python/flowserv/util.py';

/** The Python package that every step finds on its module path: path below `ctl/python` → source. */
export const PYTHON_FILES: Readonly<Record<string, string>> = {
  'flowserv/__init__.py': flowserv,
  'flowserv/service/__init__.py': service,
  'flowserv/service/postproc/__init__.py': postproc,
  'flowserv/service/postproc/client.py': client,
  'flowserv/util.py': util,
};
