"""Whether files are still those whose reading began."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from isocenter.errors import UnreadableInput
from isocenter.files.texts import shown


class _State(NamedTuple):
    content: tuple[int, ...]  # of the file system: device, inode, size, time of writing
    changed_at_ns: int
    has_one_name: bool


@dataclass(frozen=True, slots=True)
class States:
    """The files of a folder, or one file, as they lay there when the reading of them began."""

    folder: Path
    state_of: dict[Path, _State]

    @classmethod
    def of(cls, files: Iterable[Path], folder: Path) -> "States":
        """The states of files that are there; `folder` is what their names are shown below, or the only file itself."""
        return cls(folder, {file: state for file in files if (state := _state_of(file))})

    def expect_the_same(self) -> None:
        """UnreadableInput where a file is another one by now: part of what was read may be of either.

        So it is where a link out of the folder was put in its place before its state was taken. One that is gone is
        passed over: it was read before, or whoever could not read it said so.
        """
        led_out = set(self._led_out())
        for file, before in self.state_of.items():
            if (now := _state_of(file)) and (file in led_out or _is_another(before, now)):
                is_below = file != self.folder and file.is_relative_to(self.folder)
                name = file.relative_to(self.folder) if is_below else file.name
                raise UnreadableInput(f"{shown(name)}: it changed while it was being read; run again")

    def _led_out(self) -> Iterator[Path]:
        """The files below the folder whose paths lead out of it by now."""
        if self.folder == Path() or not self.folder.is_dir():
            return
        root = self.folder.resolve()
        below = [file for file in self.state_of if file.is_relative_to(self.folder)]
        is_inside = {parent: parent.resolve().is_relative_to(root) for parent in {file.parent for file in below}}
        for file in below:
            if not is_inside[file.parent] or (file.is_symlink() and not file.resolve().is_relative_to(root)):
                yield file


def _state_of(file: Path) -> _State | None:
    try:
        about = file.stat()
    except OSError:
        return None
    content = about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
    return _State(content, about.st_ctime_ns, has_one_name=about.st_nlink == 1)


def _is_another(before: _State, now: _State) -> bool:
    """Whether a file was written to, or another was put in its place.

    Whoever writes can set the time of writing back, but not the time of the change. A file that gains or loses a name
    has that time changed too, and is the same one.
    """
    kept_its_only_name = before.has_one_name and now.has_one_name
    return before.content != now.content or (kept_its_only_name and before.changed_at_ns != now.changed_at_ns)
