#!/usr/bin/env python3
"""Writes src/distcoord/_abi.py, the ctypes prototypes and constants, from the public C header.

Usage: generate_abi.py           write the file
       generate_abi.py --check   exit 1 with a diff when the file is not what the header says

The header is read by clang, so a declaration that this script does not understand is an error here and never a wrong
prototype there. DISTCOORD_CLANG names the clang; without it the one beside `swift` is taken, else any on PATH.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent
HEADER = PACKAGE.parent.parent / "include" / "distcoord.h"
OUTPUT = PACKAGE / "src" / "distcoord" / "_abi.py"
PREFIX = "distcoord_"

# Objects that never change after they were made: reading them takes no lock and no time, so their functions are
# called without giving up the interpreter lock, which would cost more than the call and, with busy threads, a wait to
# have it back.
IMMUTABLE = {
    "distcoord_artifact_list", "distcoord_batch_counts", "distcoord_error", "distcoord_health", "distcoord_holds",
    "distcoord_instance_list", "distcoord_job_list", "distcoord_leader_info", "distcoord_lock_info",
    "distcoord_lock_statistics", "distcoord_push_failures", "distcoord_push_receipt", "distcoord_queue_counts",
    "distcoord_queue_settings", "distcoord_result", "distcoord_run_event", "distcoord_run_list",
    "distcoord_run_summary", "distcoord_schedule_list", "distcoord_task_inputs", "distcoord_task_list",
    "distcoord_worker_list",
}
# The same for the parts of a job that never change.
IMMUTABLE_FUNCTIONS = {
    "distcoord_job_id", "distcoord_job_task", "distcoord_job_payload", "distcoord_job_attempt",
    "distcoord_job_priority", "distcoord_job_pushed_ms", "distcoord_job_fence", "distcoord_job_max_attempts",
    "distcoord_job_timeout_ms", "distcoord_job_content_type", "distcoord_job_header_count",
    "distcoord_job_header_name", "distcoord_job_header_value", "distcoord_job_batch", "distcoord_job_queue",
    "distcoord_status_name", "distcoord_task_run", "distcoord_task_name", "distcoord_task_index",
    "distcoord_task_item", "distcoord_task_round",
}

SCALARS = {
    "int32_t": ("c_int32", "int"),
    "int64_t": ("c_int64", "int"),
    "uint64_t": ("c_uint64", "int"),
    "size_t": ("c_size_t", "int"),
    "_Bool": ("c_bool", "bool"),
    "distcoord_status": ("c_int32", "int"),
    "double": ("c_double", "float"),
}
TEXTS = {"const char *", "char *"}

Node = dict[str, Any]


def find_clang() -> str:
    """The clang to read the header with."""
    named = os.environ.get("DISTCOORD_CLANG")
    if named:
        return named
    swift = shutil.which("swift")
    if swift:
        beside = Path(swift).resolve().parent / "clang"
        if beside.exists():
            return str(beside)
    found = shutil.which("clang")
    if found:
        return found
    sys.exit("generate_abi: no clang found; put the Swift toolchain on PATH or set DISTCOORD_CLANG")


def clang(*arguments: str) -> str:
    """Standard output of clang run over the header."""
    run = subprocess.run(
        [find_clang(), "-x", "c", "-std=c11", *arguments, str(HEADER)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"generate_abi: the header does not compile:\n{run.stderr}")
    return run.stdout


def declarations() -> list[Node]:
    """Top-level declarations of the header and of what it includes."""
    tree = json.loads(clang("-fsyntax-only", "-Xclang", "-ast-dump=json"))
    nodes: list[Node] = tree["inner"]
    return nodes


def macros() -> list[tuple[str, str]]:
    """Macros of versions and limits with their values as Python literals."""
    found = re.findall(
        r"^#define DISTCOORD_(\w*VERSION\w*|\w+_MAX) (\"[^\"]*\"|\d+)$", clang("-E", "-dM"), re.MULTILINE)
    return sorted(found)


def constants(nodes: list[Node]) -> list[list[tuple[str, str]]]:
    """Enumerators without their prefix and with their values, one list per enumeration, in the header's order."""
    groups = []
    for node in nodes:
        if node["kind"] != "EnumDecl":
            continue
        group = []
        for member in node.get("inner", []):
            if member["kind"] != "EnumConstantDecl" or not member["name"].startswith("DISTCOORD_"):
                continue
            value = next((part["value"] for part in member.get("inner", []) if "value" in part), None)
            if value is None:
                sys.exit(f"generate_abi: {member['name']} has no value of its own")
            group.append((member["name"][len("DISTCOORD_"):], value))
        if group:
            groups.append(group)
    return groups


def strip(spelling: str) -> str:
    """A type's spelling with one blank between words and none around stars but before the first."""
    spelling = re.sub(r"\s+", " ", spelling).strip()
    return re.sub(r"\s*\*\s*", "*", spelling).replace("*", " *", 1)


class Types:
    """Translation of C types."""

    def __init__(self, handles: set[str], callbacks: set[str]) -> None:
        self.handles = handles
        self.callbacks = callbacks

    def translate(self, spelling: str) -> str:
        """The ctypes type for a C type; ends the program on one that is not known."""
        if spelling == "void":
            return "None"
        if spelling in SCALARS:
            return SCALARS[spelling][0]
        if spelling in TEXTS:
            return "c_char_p"
        if spelling in self.callbacks:
            return spelling
        if "*" in spelling:
            shape = strip(spelling)
            name = shape.replace("const ", "").replace("const", "").replace("*", "").strip()
            depth = shape.count("*")
            if name == "void" and depth == 1:
                return "c_void_p"
            if name in ("void", "char") and depth == 2:
                # Arrays of c_char_p are the one kind that can be filled with `bytes`.
                return "POINTER(c_char_p)"
            if name in self.handles and depth == 1:
                return name
            if name in self.handles and depth == 2:
                return f"POINTER({name})"
            if name in SCALARS and depth == 1:
                return f"POINTER({SCALARS[name][0]})"
        sys.exit(f"generate_abi: no translation for the C type '{spelling}'")

    def annotation(self, spelling: str) -> str:
        """The Python type of a result."""
        translated = self.translate(spelling)
        for scalar, python in SCALARS.values():
            if translated == scalar:
                return python
        return {"None": "None", "c_char_p": "bytes", "c_void_p": "Optional[int]"}.get(translated, translated)


def result_type(function: Node) -> str:
    """Spelling of a function's result type."""
    return str(function["type"]["qualType"]).split("(", 1)[0].strip()


def parameters(function: Node) -> list[str]:
    """Spellings of a function's parameter types."""
    return [part["type"]["qualType"] for part in function.get("inner", []) if part["kind"] == "ParmVarDecl"]


def keeps_interpreter_lock(function: Node) -> bool:
    """Whether the function is called without releasing the interpreter lock."""
    taken = parameters(function)
    first = strip(taken[0]).replace("const ", "").replace("*", "").strip() if taken else ""
    return first in IMMUTABLE or function["name"] in IMMUTABLE_FUNCTIONS


def render() -> str:
    """The text of the module."""
    nodes = [
        node for node in declarations()
        if str(node.get("name", "")).startswith(PREFIX) or node["kind"] == "EnumDecl"
    ]
    handles = sorted(node["name"] for node in nodes if node["kind"] == "RecordDecl")
    callbacks = {
        node["name"]: node["type"]["qualType"]
        for node in nodes
        if node["kind"] == "TypedefDecl" and "(*)" in node["type"]["qualType"]
    }
    functions = sorted((node for node in nodes if node["kind"] == "FunctionDecl"), key=lambda node: str(node["name"]))
    if not functions or not handles:
        sys.exit(f"generate_abi: nothing named {PREFIX}… in {HEADER}")
    types = Types(set(handles), set(callbacks))

    lines = [
        "# Written by tools/generate_abi.py from include/distcoord.h. Do not edit.",
        '"""Prototypes and constants of the C interface: what the header declares, nothing else."""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Callable",
        "from ctypes import (",
        "    CDLL, CFUNCTYPE, POINTER, PyDLL, c_bool, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint64,",
        "    c_void_p)",
        "from typing import Any, Optional",
        "",
    ]
    lines += [f"{name} = {value}" for name, value in macros()]
    for group in constants(nodes):
        lines += [""] + [f"{name} = {value}" for name, value in group]
    lines += ["", "", "# One class per opaque type, so that ctypes refuses one object in the place of another."]
    for handle in handles:
        lines += ["", "", f"class {handle}(c_void_p):", f'    """Pointer to a `{handle}`."""']
    lines += ["", ""]
    for name, spelling in callbacks.items():
        result, taken = spelling.split("(*)", 1)
        translated = [types.translate(part.strip()) for part in taken.strip("()").split(",")]
        lines.append(f"{name} = CFUNCTYPE({', '.join([types.translate(result.strip()), *translated])})")
    lines += [
        "",
        "",
        "class Functions:",
        '    """The functions of a loaded library, with their prototypes set."""',
        "",
        "    __slots__ = (",
    ]
    lines += [f'        "{function["name"][len(PREFIX):]}",' for function in functions]
    lines += ["    )", ""]
    lines += [
        f"    {function['name'][len(PREFIX):]}: Callable[..., {types.annotation(result_type(function))}]"
        for function in functions
    ]
    lines += [
        "",
        "    def __init__(self, library: CDLL, holding: PyDLL) -> None:",
        '        """Binds every function.',
        "",
        "        `library` is called with the interpreter lock released, `holding`, the same library, with it held:",
        "        that is for functions that only read memory which never changes.",
        '        """',
        "        function: Any",
    ]
    for function in functions:
        name = function["name"]
        source = "holding" if keeps_interpreter_lock(function) else "library"
        arguments = ", ".join(types.translate(part) for part in parameters(function))
        lines += [
            "",
            f"        function = {source}.{name}",
            f"        function.restype = {types.translate(result_type(function))}",
            f"        function.argtypes = [{arguments}]",
            f"        self.{name[len(PREFIX):]} = function",
        ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes the module, or compares it."""
    if sys.argv[1:] not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 64
    text = render()
    if not sys.argv[1:]:
        OUTPUT.write_text(text, encoding="utf-8")
        return 0
    present = OUTPUT.read_text(encoding="utf-8") if OUTPUT.exists() else ""
    if present == text:
        return 0
    sys.stdout.writelines(difflib.unified_diff(
        present.splitlines(keepends=True), text.splitlines(keepends=True), "_abi.py as committed",
        "_abi.py from the header"))
    print("generate_abi: _abi.py is not current; run bindings/python/tools/generate_abi.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
