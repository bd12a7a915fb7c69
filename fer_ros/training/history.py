"""The course of a training and its outcome, as a table and as pictures."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_ros.writing import naming

COLUMNS = ('train/loss', 'val/loss', 'val/accuracy', 'val/uar')
Row = Mapping[str, float]


def write(rows: Sequence[Row], path: Path) -> None:
    """One line for each epoch, four digits."""
    with naming(path), path.open('w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(('epoch', *COLUMNS))
        for row in rows:
            values = (f'{row[name]:.4f}' if name in row else '' for name in COLUMNS)
            writer.writerow((int(row['epoch']), *values))


def draw_curves(rows: Sequence[Row], path: Path) -> None:
    """Losses and validation scores over the epochs, as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.5), layout='constrained')
    losses, scores = figure.subplots(1, 2)
    for axes, names in ((losses, COLUMNS[:2]), (scores, COLUMNS[2:])):
        for name in names:
            known = [row for row in rows if name in row]
            axes.plot([row['epoch'] for row in known], [row[name] for row in known], label=name)
        axes.set_xlabel('epoch')
        axes.grid(alpha=0.3)
        axes.legend()
    with naming(path):
        figure.savefig(path, dpi=100)


def draw_confusion(
    matrix: npt.NDArray[np.int64], labels: Sequence[str], title: str, path: Path
) -> None:
    """A confusion matrix: colour is the share of the row, the number is the count."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 6), layout='constrained')
    axes = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap='Blues', vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        colour = 'white' if shares[row, column] > 0.5 else 'black'
        axes.text(column, row, str(count), ha='center', va='center', color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=45, ha='right')
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel('answer')
    axes.set_ylabel('label')
    axes.set_title(title)
    with naming(path):
        figure.savefig(path, dpi=100)
