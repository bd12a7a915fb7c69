"""Steps with a stamp: one runs again only when an input changed or a product is gone."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path


class SetupError(Exception):
    """Something that the user must install or repair; its message is one line that says what."""


def digest(inputs: Iterable[Path | str]) -> str:
    """One hash over texts and the content of files; a folder counts with every file below it."""
    total = hashlib.sha256()
    for item in inputs:
        if isinstance(item, str):
            total.update(item.encode())
            continue
        files = sorted(f for f in item.rglob('*') if f.is_file()) if item.is_dir() else [item]
        for file in files:
            total.update(f'\0{file}\0'.encode() + file.read_bytes())
    return total.hexdigest()


class Steps:
    """Runs the steps of one checkout and remembers, in .ros/stamps, the inputs of each."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / '.ros'
        self.venv = root / '.venv'
        self.python = self.venv / 'bin' / 'python'
        self.stamps = self.work / 'stamps'
        self._started = time.monotonic()
        self._ran: list[str] = []

    def done_before(self, name: str) -> bool:
        """Whether the step was ever finished, with whatever inputs."""
        return (self.stamps / name).is_file()

    def step(
        self,
        name: str,
        what: str,
        inputs: Iterable[Path | str],
        action: Callable[[], None],
        products: Sequence[Path] = (),
    ) -> None:
        """Run the action unless it finished with the same inputs and its products exist."""
        stamp = self.stamps / name
        key = digest(inputs)
        if (
            stamp.is_file()
            and stamp.read_text() == key
            and all(product.exists() for product in products)
        ):
            return
        # without its stamp an interrupted step starts again next time
        stamp.unlink(missing_ok=True)
        print(f'set-up: {what} ...', flush=True)
        action()
        self.stamps.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key)
        self._ran.append(name)

    def run(
        self, command: Sequence[str | Path], log_name: str, env: Mapping[str, str] | None = None
    ) -> tuple[bool, str, Path]:
        """Run a command into .ros/log/NAME.log; whether it succeeded, its output, the log."""
        log = self.work / 'log' / f'{log_name}.log'
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open('w') as out:
            result = subprocess.run(
                [str(word) for word in command],
                cwd=self.root,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
            )
        return result.returncode == 0, log.read_text(errors='replace'), log

    def summary(self) -> str:
        """One line: what was done, or that nothing had to be."""
        seconds = time.monotonic() - self._started
        return f'set-up: {", ".join(self._ran) or "nothing to do"} ({seconds:.1f} s)'
