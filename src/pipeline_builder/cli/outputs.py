"""The program's two outputs. Their reader may leave (`… | head`) or not be there at all, and no command has to know."""

import io
import sys
from typing import TYPE_CHECKING, TextIO

from pipeline_builder.cli.options import NOWHERE

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Output(io.FileIO):
    """Where writing has failed, what follows goes nowhere: Python itself would try again when it ends."""

    def __init__(self, descriptor: int, *, has_to_arrive: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._has_to_arrive = has_to_arrive
        self._is_given_up = False

    def write(self, data: "ReadableBuffer", /) -> int:
        if not self._is_given_up:
            try:
                return super().write(data)
            except OSError as error:
                self._is_given_up = True
                if self._has_to_arrive and not isinstance(error, BrokenPipeError):
                    raise OSError(error.errno, error.strerror, "stdout") from error
        return memoryview(data).nbytes


def open_outputs() -> None:
    """Make stdout and stderr UTF-8 in every locale, so that the same data is the same bytes.

    That nobody reads on is no error of either. A full disk is one of stdout: that talk is not heard changes nothing.
    """
    sys.stdout = _opened(sys.stdout, has_to_arrive=True)
    sys.stderr = _opened(sys.stderr, has_to_arrive=False)


def _opened(stream: TextIO | None, *, has_to_arrive: bool) -> TextIO:
    """A stream like the one given; where that is closed Python has none, and would mix up the two."""
    if stream is None:
        return NOWHERE.open("w", encoding="utf-8", errors="backslashreplace")
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(stream.fileno(), has_to_arrive=has_to_arrive)),
        encoding="utf-8",
        # Names of files are bytes, of which some are no text. In JSON this is how they are written anyway.
        errors="backslashreplace",
        line_buffering=bool(stream.line_buffering),
    )
