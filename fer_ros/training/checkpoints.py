"""Checkpoints that are whole at any moment, so that a full disk costs no earlier one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO

from fer_ros.writing import write_bytes


class WholeCheckpoints(TorchCheckpointIO):
    """Writes each beside the one it replaces; Lightning's own moves it over that, bit by bit."""

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, storage_options: Any | None = None
    ) -> None:
        """Write a checkpoint.  Raises WritingError, and leaves what was there."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        write_bytes(Path(path), content.getvalue())
