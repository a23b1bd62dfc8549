"""Numba's compiler, whose machine code is kept where the machine allows it, and compiled again where it does not."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import config, types
from numba.core import environment
from numba.core.runtime import rtsys
from numba.extending import intrinsic

from isocenter.engines.private_folders import private_folder

__all__ = ["COMPILING", "are_compiled", "intrinsic", "njit", "types"]

COMPILING = "on the first run its kernels are compiled and kept, which takes about half a minute"


def _environment_of(module: str, constants: list[Any], name: str) -> Any:
    """The environment of kept code: as Numba's own, but without loading the module that the code was made in.

    Machine code needs the constants alone. Of Numba's own modules, loading takes longer than some kernels run.
    """
    known = environment.lookup_environment(name)
    if known is not None or not module.startswith("numba.") or module in sys.modules:
        return known or _REBUILD(module, constants, name)
    made = environment.Environment({"__name__": module})
    made.consts[:] = constants
    made.env_name = name
    environment.Environment._memo[name] = made
    return made


_REBUILD = environment._rebuild_env
environment._rebuild_env = _environment_of  # found by this name when kept code is read


def are_compiled() -> bool:
    """Whether machine code of the kernels is kept beside their source, from an earlier run."""
    kernels = Path(__file__).parents[1] / "evidence" / "kernels"
    kept = [kernels / "__pycache__", Path(str(config.CACHE_DIR or kernels))]
    return any(next(folder.rglob("*.nbi"), None) is not None for folder in kept if folder.is_dir())


def njit(**options: Any) -> Any:
    """numba.njit that also works in a read-only installation without a home folder, and on a full disk.

    In the one the code is kept in a private folder among the temporary files, or not at all; on the other not at all.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return _compiling_without_room(numba.njit(**options)(function))
        except RuntimeError:  # no place to keep the code: neither beside the source nor below the home folder
            folder = private_folder("kernels")  # code is run that lies there
            config.CACHE_DIR = str(folder or "")
            return _compiling_without_room(numba.njit(**{**options, "cache": folder is not None})(function))

    return decorate


def _compiling_without_room(function: Any) -> Any:
    """The function, whose code is used whether or not it can be kept: Numba itself fails where the disk is full."""
    kept = getattr(function, "_cache", None)  # none where compiling is switched off
    if kept is not None:
        kept._guard_against_spurious_io_errors = lambda: contextlib.suppress(OSError)
        if hasattr(kept, "_load_overload"):
            kept.load_overload = _loading_without_compiler(kept)
    return function


def _loading_without_compiler(kept: Any) -> Callable[[Any, Any], Any]:
    """What loads kept code: as Numba's own, but without what is needed to compile, which takes most of its start.

    Numba gets that ready by itself where nothing is kept and it compiles.
    """

    def load_overload(signature: Any, target: Any) -> Any:
        rtsys.initialize(target)  # the memory of arrays that kernels make
        with kept._guard_against_spurious_io_errors():
            return kept._load_overload(signature, target)

    return load_overload
