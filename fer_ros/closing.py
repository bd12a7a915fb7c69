"""What has to be ended: benchmarks, the folder of a report."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TypeVar

_Own = TypeVar('_Own', bound='Closing')


class Closing:
    """Used in a ``with`` statement, it ends what it has opened, the last first."""

    _opened: ExitStack
    """What a subclass has opened once it is made."""

    def __enter__(self: _Own) -> _Own:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._opened.close()
