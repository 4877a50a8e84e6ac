"""Which parameter of a function gets what: constants, the item of a map, what other tasks gave.

Constants and the item come first, as in any call. A parameter that is named like a task that is needed gets its
result; the results that are left go, in the order of the needs, to the parameters without a default that are left, or
to `*args`; what finds no place there is left out, since a need may be there for the order alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional

_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Given(NamedTuple):
    """What there is for one call."""

    args: tuple[Any, ...] = ()
    """Constants by place."""
    kwargs: Mapping[str, Any] = {}
    """Constants by name."""
    needs: tuple[tuple[str, Any], ...] = ()
    """What each need gave, with its name, in order."""
    item: Optional[tuple[Any]] = None
    """The item of a map; it comes before the constants."""
    again: Optional[tuple[Any]] = None
    """What the last round of a loop gave its first task: it takes the place of the first argument."""


def names_of(node: str) -> tuple[str, ...]:
    """How a parameter may be named that gets the result of a node: as the node, with "_" for what no identifier has,
    or so without what stands before its last "/"."""
    last = node.rpartition("/")[2]
    return tuple(dict.fromkeys((node, re.sub(r"\W", "_", node), re.sub(r"\W", "_", last))))


def accepts(signature: inspect.Signature, name: str) -> bool:
    """Whether a function has a parameter that can be given by that name."""
    parameter = signature.parameters.get(name)
    return parameter is not None and parameter.kind in (
        parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def bound(what: str, signature: inspect.Signature, given: Given) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the call. Raises TypeError, which names `what`, for one that the function would not take."""
    parameters = list(signature.parameters.values())
    placed = [parameter.name for parameter in parameters if parameter.kind in _PLACED]
    takes_rest = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters)
    constants = (*given.item, *given.args) if given.item is not None else given.args
    filled = dict(zip(placed, constants))
    rest = list(constants[len(placed):])
    if rest and not takes_rest:
        raise TypeError(f"{what} is given {len(constants)} arguments by place and takes {len(placed)}")
    more = _by_name(what, signature, given.kwargs, filled)
    left = []
    for name, value in given.needs:
        named = next((each for each in names_of(name) if accepts(signature, each)), None)
        if named is None:
            left.append(value)
        else:
            filled.setdefault(named, value)
    wanting = [
        name for name in placed
        if name not in filled and (takes_rest or signature.parameters[name].default is inspect.Parameter.empty)]
    filled.update(zip(wanting, left))
    if takes_rest:
        rest += left[len(wanting):]
    if given.again is not None and placed:
        filled[placed[0]] = given.again[0]
    missing = [
        parameter.name for parameter in parameters
        if parameter.default is parameter.empty and parameter.name not in filled
        and parameter.kind in (*_PLACED, parameter.KEYWORD_ONLY)]
    if missing:
        raise TypeError(f"{what}: nothing gives its parameter{'s' * (len(missing) > 1)} {_listed(missing)}")
    return _as_call(signature, placed, filled, rest, more)


def _by_name(
    what: str, signature: inspect.Signature, kwargs: Mapping[str, Any], filled: dict[str, Any],
) -> dict[str, Any]:
    """Puts the constants that are given by name; what only `**kwargs` takes is answered."""
    takes_more = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
    more = {}
    for name, value in kwargs.items():
        if accepts(signature, name):
            if name in filled:
                raise TypeError(f"{what} is given its parameter {name!r} twice")
            filled[name] = value
        elif takes_more:
            more[name] = value
        else:
            raise TypeError(f"{what} has no parameter {name!r}")
    return more


def _as_call(
    signature: inspect.Signature, placed: list[str], filled: dict[str, Any], rest: list[Any], more: dict[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    args: list[Any] = []
    kwargs = dict(more)
    by_place = True
    for name in placed:
        if name in filled:
            if by_place:
                args.append(filled[name])
            else:
                kwargs[name] = filled[name]
        elif rest:
            args.append(signature.parameters[name].default)
        else:
            by_place = False
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.KEYWORD_ONLY and name in filled:
            kwargs[name] = filled[name]
    return (*args, *rest), kwargs


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
