"""The service's operations: one function each, one module a capability.

Importing the package imports all of its modules, so that every handler is in `registry.HANDLERS`.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
