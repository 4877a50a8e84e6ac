"""Builds wheels that carry libdistcoord and what it needs beyond the C and C++ runtimes and OpenSSL.

The library comes from `swift build` of the checkout around this folder, or from DISTCOORD_BUILD_LIBRARY, the path of a
libdistcoord.so built before. It is loaded by ctypes, so one wheel serves every Python version of a platform.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.errors import ExecError, PlatformError

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
SONAME = "libdistcoord.so.0"
SWIFT_BUILD = ["swift", "build", "-c", "release", "-Xswiftc", "-static-stdlib"]

# Carried in the wheel: small libraries that a machine may lack or have under another major number.
CARRIED = ("libhiredis", "libuuid")
# Expected of every machine that the wheel's platform tag admits. OpenSSL is not carried so that its security updates
# are the machine's.
EXPECTED = re.compile(
    r"^(ld-linux.*|linux-vdso|libc|libm|libdl|libpthread|librt|libutil|libstdc\+\+|libgcc_s|libssl|libcrypto)\.so")


def built_library() -> Path:
    """The library to carry, built now unless named."""
    named = os.environ.get("DISTCOORD_BUILD_LIBRARY")
    if named:
        path = Path(named).resolve()
        if not path.is_file():
            raise PlatformError(f"DISTCOORD_BUILD_LIBRARY names {named}, which is no file")
        return path
    if not (CHECKOUT / "Package.swift").is_file():
        raise PlatformError(
            f"no Package.swift in {CHECKOUT}: build from a checkout of the project, or name a built libdistcoord.so in"
            " DISTCOORD_BUILD_LIBRARY")
    if shutil.which("swift") is None:
        raise PlatformError(
            "swift is not on PATH: install the Swift toolchain (https://swift.org/install), or name a built"
            " libdistcoord.so in DISTCOORD_BUILD_LIBRARY")
    try:
        subprocess.run([*SWIFT_BUILD, "--product", "distcoord"], cwd=CHECKOUT, check=True)
        shown = subprocess.run(
            [*SWIFT_BUILD, "--show-bin-path"], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True)
    except subprocess.CalledProcessError as error:
        raise ExecError(f"{' '.join(map(str, error.cmd))} failed with status {error.returncode}") from error
    return Path(shown.stdout.strip()) / "libdistcoord.so"


def needed(library: Path) -> dict[str, Path]:
    """What the dynamic loader loads along with a library, by soname."""
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    listing = subprocess.run(
        ["ldd", str(library)], check=True, stdout=subprocess.PIPE, text=True, env={**environment, "LC_ALL": "C"}).stdout
    missing = re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE)
    if missing:
        raise PlatformError(f"{library} needs {', '.join(missing)}, not found on this machine")
    return {name: Path(path) for name, path in re.findall(r"^\s*(\S+) => (\S+) \(", listing, re.MULTILINE)}


def carry(source: Path, folder: Path) -> None:
    """Puts the library and what it needs into a folder, so that they find each other there."""
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier build, maybe with other versions
    folder.mkdir(parents=True)
    target = folder / SONAME
    shutil.copyfile(source, target)
    if shutil.which("strip"):
        subprocess.run(["strip", "--strip-unneeded", str(target)], check=True)
    for name, path in needed(source).items():
        if name.startswith(CARRIED):
            shutil.copyfile(path, folder / name)
            carry_licence(name, path, folder)
        elif not EXPECTED.match(name):
            raise PlatformError(f"{source} needs {name}, which no wheel may expect; build with -Xswiftc -static-stdlib")
    # SwiftPM gives every library the run path $ORIGIN, which is what makes the copies be found.
    for name, path in needed(target).items():
        if name.startswith(CARRIED) and path.resolve().parent != folder.resolve():
            raise PlatformError(f"{source} has no run path $ORIGIN: it would load {path} instead of the copy beside it")


def carry_licence(name: str, path: Path, folder: Path) -> None:
    """Copies the licence of a carried library from where Debian and its relatives keep it."""
    stem = name.split(".so")[0]
    for copyright_file in sorted(Path("/usr/share/doc").glob(f"{stem}*/copyright")):
        shutil.copyfile(copyright_file, folder / f"LICENSE.{stem}")
        return
    print(f"warning: no licence text found for {path}", file=sys.stderr)


def platform_tag(folder: Path) -> str:
    """The oldest platform that the carried libraries run on: the highest glibc version that they ask for."""
    versions = [(2, 17)]
    for library in folder.glob("*.so*"):
        for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", library.read_bytes()):
            versions.append((int(major), int(minor)))
    major, minor = max(versions)
    return f"manylinux_{major}_{minor}_{platform.machine()}"


class BuildWithLibrary(build_py):
    """Adds the library to the package: to the build folder, or to the sources for an editable installation."""

    def run(self) -> None:
        super().run()
        root = HERE / "src" if self.editable_mode else Path(self.build_lib)
        carry(built_library(), root / "distcoord" / "lib")


class PlatformWheel(bdist_wheel):
    """A wheel for one platform and every Python 3."""

    def get_tag(self) -> tuple[str, str, str]:
        carried = Path(self.get_finalized_command("build").build_lib) / "distcoord" / "lib"
        return "py3", "none", platform_tag(carried)


class BinaryDistribution(Distribution):
    """A distribution that is not the same on every platform, though it has no extension module."""

    def has_ext_modules(self) -> bool:
        return True


if platform.system() != "Linux":
    raise PlatformError("libdistcoord runs on Linux")

setup(
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": PlatformWheel},
    distclass=BinaryDistribution,
    options={"build": {"build_base": ".build"}},
)
