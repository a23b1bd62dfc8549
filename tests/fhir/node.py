"""Asks independent libraries in Node, where they are installed: NODE_PATH names the node_modules that holds them."""

import json
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import isocenter.fhir

_PEERS = Path(__file__).parent / "peers"
_COMPILER = Path(isocenter.fhir.__file__).parent / "libraries" / "compile.mjs"
_SECONDS = 120


def skip_without(*modules: str) -> str:
    """The path of Node; the test is skipped where Node or one of the modules is not installed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: independent libraries are not asked")
    for module in modules:
        found = subprocess.run([node, "-e", f"require.resolve('{module}')"], capture_output=True, check=False)
        if found.returncode:
            pytest.skip(f"{module} is not installed: `npm install {module}`, and name node_modules by NODE_PATH")
    return node


def ask(script: str, asked: Any, *modules: str) -> Any:
    """What a script, which needs these modules, answers to a JSON value."""
    node = skip_without(*modules)
    ran = subprocess.run(
        [node, str(_PEERS / script)],
        input=json.dumps(asked, default=_number),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def compile_cql(library: Path) -> Any:
    """The ELM of a CQL library, with the libraries beside it, by the compiler of @cqframework/cql."""
    node = skip_without("@cqframework/cql/cql-to-elm", "cql-exec-fhir")
    folder = Path(os.environ["NODE_PATH"].split(os.pathsep, maxsplit=1)[0]).parent
    compiled = library.with_suffix(".elm.json")
    ran = subprocess.run(
        [node, str(_COMPILER), str(library), str(compiled)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(compiled.read_text(encoding="utf-8"))


def _number(value: Decimal) -> float:
    return float(value)
