"""Small part of flowServ's Python package for scripts that run as a step.

Every step finds this package on its module path. Where the image has a
flowServ package of its own, the modules of that one go first.
"""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
__path__ = __path__[1:] + __path__[:1]
