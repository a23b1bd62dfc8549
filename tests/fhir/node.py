"""Asks independent libraries in Node, where they are at hand: NODE_PATH names the node_modules that holds them."""

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

_PEERS = Path(__file__).parent / "peers"
_SECONDS = 120


def skip_without(*modules: str) -> str:
    """The path of Node; the test is skipped where Node or one of the modules is not at hand."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: independent libraries are not asked")
    for module in modules:
        found = subprocess.run([node, "-e", f"require.resolve('{module}')"], capture_output=True, check=False)
        if found.returncode:
            pytest.skip(f"{module} is not at hand: `npm install {module}`, and name node_modules by NODE_PATH")
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


def _number(value: Decimal) -> float:
    return float(value)
