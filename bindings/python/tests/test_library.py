"""Loading the library, and the generated prototypes."""

from __future__ import annotations

import ctypes
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import distcoord.aio
from distcoord import _abi
from distcoord._library import functions

PACKAGE = Path(__file__).resolve().parent.parent


def import_with(library: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import distcoord"], env={**os.environ, "DISTCOORD_LIBRARY": library},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_version_is_that_of_the_header() -> None:
    assert distcoord.__version__ == _abi.VERSION_STRING
    assert functions.abi_version() == _abi.ABI_VERSION


def test_every_function_has_a_prototype() -> None:
    for name in _abi.Functions.__slots__:
        function: Any = getattr(functions, name)
        assert function.argtypes is not None, name


def test_a_missing_library_is_told_with_the_places_tried() -> None:
    run = import_with("/nowhere/libdistcoord.so.0")
    assert run.returncode == 1
    assert "ImportError: libdistcoord was not found; tried\n  /nowhere/libdistcoord.so.0:" in run.stderr
    assert "DISTCOORD_LIBRARY" in run.stderr


def build(folder: Path, source: str) -> str:
    (folder / "other.c").write_text(source)
    target = folder / "libdistcoord.so.0"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(target), str(folder / "other.c")], check=True)
    return str(target)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_another_interface_number_is_told_with_both_numbers(tmp_path: Path) -> None:
    library = build(
        tmp_path,
        'int distcoord_abi_version(void) { return 99; } const char *distcoord_version(void) { return "9.8.7"; }')
    run = import_with(library)
    assert run.returncode == 1
    assert "9.8.7" in run.stderr and "interface 99" in run.stderr
    assert f"interface {_abi.ABI_VERSION}" in run.stderr and _abi.VERSION_STRING in run.stderr


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_a_library_without_a_function_is_told_as_older(tmp_path: Path) -> None:
    library = build(tmp_path, f"int distcoord_abi_version(void) {{ return {_abi.ABI_VERSION}; }}")
    run = import_with(library)
    assert run.returncode == 1
    assert "is older than this package" in run.stderr


def test_prototypes_are_those_of_the_header() -> None:
    tool = PACKAGE / "tools" / "generate_abi.py"
    if not (PACKAGE.parent.parent / "include" / "distcoord.h").exists():
        pytest.skip("not in a checkout")
    if shutil.which("swift") is None and shutil.which("clang") is None and "DISTCOORD_CLANG" not in os.environ:
        pytest.skip("no clang")
    run = subprocess.run(
        [sys.executable, str(tool), "--check"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert run.returncode == 0, run.stdout


def test_handles_of_other_types_are_refused() -> None:
    with pytest.raises(ctypes.ArgumentError):
        functions.lock_state(_abi.distcoord_queue(1))


@pytest.mark.parametrize("module", [distcoord, distcoord.aio])
def test_public_names_exist_and_are_documented(module: ModuleType) -> None:
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, type):
            assert value.__doc__, name
            for member, attribute in vars(value).items():
                if not member.startswith("_") and (callable(attribute) or isinstance(attribute, property)):
                    assert attribute.__doc__, f"{name}.{member}"


def test_asyncio_is_loaded_by_those_who_use_it() -> None:
    program = "import sys, distcoord; print(sorted({'asyncio', 'datetime', 'inspect'} & set(sys.modules)))"
    # Without site, which imports what it likes; hence the folder of the package by name.
    folder = os.path.dirname(os.path.dirname(distcoord.__file__))
    run = subprocess.run(
        [sys.executable, "-S", "-c", program], stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, "PYTHONPATH": folder})
    assert run.stdout.strip() == "[]", "they take longer to load than all the rest"


def test_the_same_names_with_and_without_asyncio() -> None:
    for kind in ("Lock", "RLock", "MultiLock", "RWLock", "RWLockSide", "RWLockHold", "Semaphore", "BoundedSemaphore",
                 "Permit", "Election", "Barrier", "Latch", "Event", "DoubleBarrier", "Membership", "State", "Watch",
                 "Subscription", "Topic", "Consumer", "Delivery", "Breaker", "Limiter", "Run", "RunEvents", "RunTask",
                 "Instance", "Artifacts"):
        theirs = {name for name in dir(getattr(distcoord, kind)) if not name.startswith("_")}
        ours = {name for name in dir(getattr(distcoord.aio, kind)) if not name.startswith("_")}
        # Properties that ask the server are the parts of what `inspect` answers; nothing there has a descriptor.
        missing = theirs - ours - {"cancel", "n_waiting", "generation", "broken", "fileno", "names", "aio"}
        assert not missing, f"{kind}: {missing}"
    for name in dir(distcoord.aio.Aio):
        if not name.startswith("_"):
            with_, without = getattr(distcoord.aio.Aio, name), getattr(distcoord.Client, name)
            assert inspect.signature(with_).parameters == inspect.signature(without).parameters, name
