"""Finds the app that a command names."""

from __future__ import annotations

import importlib
import os
import sys

from .application import App


class LoadError(Exception):
    """There is no such app; says what there is."""


def load(target: str) -> App:
    """The app that `module:name` names, or `module` alone if that has just one. Raises LoadError, and whatever the
    module itself raises."""
    module_name, colon, path = target.partition(":")
    if not module_name or colon and not path:
        raise LoadError(f"{target!r} is not of the form module:app")
    if module_name.endswith(".py") or os.sep in module_name:
        guess = os.path.splitext(module_name)[0].strip(f".{os.sep}").replace(os.sep, ".")
        raise LoadError(f"{module_name!r} is a file; name the module, as in an import: {guess}:{path or 'app'}")
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # What the module itself fails to import is its own affair, and shown with its traceback.
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise LoadError(f"there is no module {error.name!r} here or on the path ({os.getcwd()})") from None
    if not path:
        return _only_app(module_name, vars(module))
    found: object = module
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise LoadError(f"{module_name} has no {path!r}{_apps_of(vars(module))}") from None
    if not isinstance(found, App):
        raise LoadError(f"{target} is a {type(found).__name__}, not a distcoord.App{_apps_of(vars(module))}")
    return found


def _names(space: dict[str, object]) -> list[str]:
    return sorted(name for name, value in space.items() if isinstance(value, App))


def _apps_of(space: dict[str, object]) -> str:
    names = _names(space)
    return f"; its apps are: {', '.join(names)}" if names else "; it has no distcoord.App"


def _only_app(module_name: str, space: dict[str, object]) -> App:
    apps = {id(value): value for value in space.values() if isinstance(value, App)}
    if len(apps) != 1:
        raise LoadError(f"{module_name} does not have one app, so say {module_name}:NAME{_apps_of(space)}")
    return apps.popitem()[1]
