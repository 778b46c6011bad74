"""Doing what a plan says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from iot_device.copying.board_files import BoardFiles
from iot_device.copying.host_files import HostFiles
from iot_device.copying.host_writing import make_host_folder, new_host_file
from iot_device.copying.steps import (
    CopyFile,
    CopyOutcome,
    CopyReport,
    KeepFile,
    MakeFolder,
    RefuseCopy,
)
from iot_device.errors import (
    BoardOSError,
    BoardTimeoutError,
    IotError,
    ProtocolError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot_device.copying.steps import CopyAction, CopyPlan, CopyProof, CopyStep
    from iot_device.filesystem import WriteResult
    from iot_device.filesystem.progress import OnProgress

__all__ = ["run_copy"]

# Without a link to the board, nothing else would succeed.
_FATAL = (TransportError, ProtocolError, BoardTimeoutError)


def run_copy(
    plan: CopyPlan,
    *,
    on_outcome: Callable[[CopyOutcome], object] | None = None,
    on_progress: OnProgress | None = None,
) -> CopyReport:
    """Do what a plan says; what fails is in the report, and the rest is done.

    Each file is verified, and the old one or the new one is there at any time, unless the plan says
    ``in_place``.

    Args:
        plan: What to do.
        on_outcome: Called with what became of each step.
        on_progress: Called with the bytes that are copied, and the bytes in all.

    Raises:
        TransportError: The link is gone; ``on_outcome`` has told what was done before.
        ProtocolError: The board is out of step; likewise.
        BoardTimeoutError: It is silent; likewise.
        UnknownEndError: It began anew when the last file was in its place.
    """
    run = _Run(plan, on_outcome, on_progress)
    run.take_decided()
    run.make_folders()
    run.copy_files()
    return run.report


class _Run:
    def __init__(
        self,
        plan: CopyPlan,
        on_outcome: Callable[[CopyOutcome], object] | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.report = CopyReport()
        self._plan = plan
        self._on_outcome = on_outcome
        self._on_progress = on_progress
        self._total = plan.size
        self._before = 0
        self._missing: list[str] = []

    def take_decided(self) -> None:
        """Take what the plan refuses and what it keeps."""
        for step in self._plan.steps:
            if isinstance(step, RefuseCopy):
                self._failed(step, step.error)
            elif isinstance(step, KeepFile):
                self._done(step, "unchanged", step.size, "sha256")

    def make_folders(self) -> None:
        """Make the folders."""
        todo = [step for step in self._plan.steps if isinstance(step, MakeFolder)]
        while todo:
            made, error = self._make(todo)
            for step in todo[:made]:
                self._done(step, "made")
            if error is not None:
                self._failed(todo[made], error)
                self._missing.append(todo[made].target)
                made += 1
            todo = [step for step in todo[made:] if not self._is_lost(step)]

    def copy_files(self) -> None:
        """Copy the files."""
        steps = [step for step in self._plan.steps if isinstance(step, CopyFile)]
        todo = [step for step in steps if not self._is_lost(step)]
        while todo:
            before = len(self.report.outcomes)
            try:
                self._copy(todo)
            except (IotError, OSError) as error:
                done = len(self.report.outcomes) - before
                if done == len(todo):
                    raise  # it is not about a file: all are in their places, and it says so
                self._failed(todo[done], error)
                if isinstance(error, _FATAL):
                    raise
                self._before += todo[done].size
                todo = todo[done + 1 :]
            else:
                return

    def _make(self, steps: Sequence[MakeFolder]) -> tuple[int, Exception | None]:
        """Make folders; return how many were made before the error."""
        target = self._plan.target
        paths = [step.target for step in steps]
        try:
            if isinstance(target, BoardFiles):
                target.files.make_folders(paths)
                return len(steps), None
        except _FATAL:
            raise
        except IotError as error:
            name = error.filename if isinstance(error, BoardOSError) else None
            return paths.index(name) if name in paths else 0, error
        for number, step in enumerate(steps):
            try:
                make_host_folder(Path(step.target), follow=step.named)
            except IotError as error:
                return number, error
        return len(steps), None

    def _copy(self, steps: Sequence[CopyFile]) -> None:
        """Copy files, up to the first error."""
        source, target = self._plan.source, self._plan.target
        if isinstance(source, HostFiles):
            assert isinstance(target, BoardFiles)  # noqa: S101  (plan_copy has seen to it)
            self._upload(target, steps)
        elif isinstance(target, HostFiles):
            self._download(source, steps)
        else:
            self._relay(source, target, steps)

    def _upload(self, target: BoardFiles, steps: Sequence[CopyFile]) -> None:
        left = iter(steps)

        def note(result: WriteResult) -> None:
            self._copied(next(left), result.size, result.proof)

        items = [(step.target, Path(step.source)) for step in steps]
        base = self._before
        target.files.write_many(
            items, on_result=note, on_progress=self._from(base), in_place=self._plan.in_place
        )

    def _download(self, source: BoardFiles, steps: Sequence[CopyFile]) -> None:
        for step in steps:
            with new_host_file(Path(step.target), follow=step.named) as file:
                progress = self._from(self._before)
                source.files.download(step.source, file, on_progress=progress)
                size = file.tell()
            self._copied(step, size, source.reading_proof)

    def _relay(self, source: BoardFiles, target: BoardFiles, steps: Sequence[CopyFile]) -> None:
        for step in steps:
            data = source.files.read(step.source)
            progress, in_place = self._from(self._before), self._plan.in_place
            result = target.files.write(step.target, data, in_place=in_place, on_progress=progress)
            self._copied(step, result.size, result.proof)

    def _from(self, base: int) -> OnProgress | None:
        """Return a callback that adds what was done before."""
        tell = self._on_progress
        if tell is None:
            return None
        return lambda done, _: tell(min(base + done, self._total), self._total)

    def _copied(self, step: CopyFile, size: int, proof: CopyProof) -> None:
        self._before += step.size
        self._done(step, "sent", size, proof)

    def _done(
        self,
        step: MakeFolder | CopyFile | KeepFile,
        action: CopyAction,
        size: int | None = None,
        proof: CopyProof | None = None,
    ) -> None:
        source, target = self._plan.source.label(step.source), self._plan.target.label(step.target)
        self._note(CopyOutcome(action, source, target, size, proof))

    def _failed(self, step: CopyStep, error: Exception) -> None:
        source = self._plan.source.label(step.source)
        target = "" if isinstance(step, RefuseCopy) else self._plan.target.label(step.target)
        self._note(CopyOutcome("failed", source, target, error=error))

    def _note(self, outcome: CopyOutcome) -> None:
        self.report.outcomes.append(outcome)
        if self._on_outcome is not None:
            self._on_outcome(outcome)

    def _is_lost(self, step: MakeFolder | CopyFile) -> bool:
        """Tell whether a folder that could not be made is above the target."""
        join = self._plan.target.join
        return any(step.target.startswith(join(folder, "x")[:-1]) for folder in self._missing)
