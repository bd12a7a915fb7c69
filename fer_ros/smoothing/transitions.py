"""How often people change from one expression to another, as a Markov chain in continuous time.

Rates, not a matrix for one step, so that irregular frames need no special care: the matrix for any
time is the exponential of the rates times that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from fer_ros import writing, yaml_files
from fer_ros.labels import LABELS, LabelError, index_of

Matrix = npt.NDArray[np.float64]
C = len(LABELS)


class TransitionError(ValueError):
    """Rates of change that are not what they must be."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """Rates of change between labels, and what is expected before anything is seen."""

    rates: Matrix
    """(C, C) changes per second from the row's label to the column's; each row sums to 0."""
    prior: Matrix
    """(C,) the share of each label in what the models learned from, summing to 1."""


def uniform(mean_dwell_s: float) -> Transitions:
    """Every label lasts equally long and is followed by any other one equally often."""
    rates = np.full((C, C), 1.0 / (mean_dwell_s * (C - 1)))
    return Transitions(_closed(rates), np.full(C, 1.0 / C))


def estimate(
    sequences: Iterable[tuple[Sequence[float], Sequence[int]]],
    mean_dwell_s: float = 2.0,
    weight_s: float = 1.0,
) -> Matrix:
    """Rates (C, C) from labelled recordings: times in seconds, and the label from each time on.

    The last time of a recording only ends it.  Maximum likelihood (changes from i to j over time
    spent in i; Billingsley, Statistical Inference for Markov Processes, 1961) with a gamma prior:
    ``weight_s`` seconds in each label, in which it changed as uniform(mean_dwell_s) says.  Raises
    TransitionError where times do not rise.
    """
    changes, spent_s = np.zeros((C, C)), np.zeros(C)
    for times, labels in sequences:
        if len(times) != len(labels) or not (np.diff(times) > 0).all():
            raise TransitionError('a sequence needs a label for each time, and times that rise')
        np.add.at(spent_s, list(labels[:-1]), np.diff(times))
        np.add.at(changes, (list(labels[:-1]), list(labels[1:])), 1.0)
    expected = uniform(mean_dwell_s).rates
    return _closed((changes + weight_s * expected) / (spent_s + weight_s)[:, None])


def read(path: Path) -> Transitions:
    """The transitions of a file such as write() makes.  Raises TransitionError saying why not."""
    try:
        return _parsed(yaml_files.read(path))
    except (yaml_files.YamlFileError, TransitionError, LabelError) as error:
        raise TransitionError(f'transitions {str(path)!r}: {error}') from error


def write(path: Path, transitions: Transitions) -> None:
    """A YAML file with labels, rates per second (row to column), and the prior."""
    content = {
        'labels': list(LABELS),
        'rates': transitions.rates.round(6).tolist(),
        'prior': transitions.prior.round(6).tolist(),
    }
    writing.write_text(path, yaml.safe_dump(content, sort_keys=False, default_flow_style=None))


def _parsed(data: Any) -> Transitions:
    if not isinstance(data, Mapping) or not {'labels', 'rates'} <= set(data):
        raise TransitionError('expected a mapping with labels and rates, and perhaps a prior')
    if not isinstance(data['labels'], list):
        raise TransitionError(f'labels must be a list, got {data["labels"]!r}')
    order = [index_of(str(word)) for word in data['labels']]
    if sorted(order) != list(range(C)):
        raise TransitionError(
            f'labels {data["labels"]} must name each of {", ".join(LABELS)} once'
        )
    rates, prior = np.zeros((C, C)), np.zeros(C)
    rates[np.ix_(order, order)] = _numbers(data['rates'], 'rates', (C, C))
    prior[order] = _numbers(data.get('prior', [1.0] * C), 'prior', (C,))
    rates = _closed(rates)
    if (rates - np.diag(rates.diagonal()) < 0).any() or (prior <= 0).any():
        raise TransitionError('rates off the diagonal must not be negative, a prior be positive')
    return Transitions(rates, prior / prior.sum())


def _numbers(values: Any, name: str, shape: tuple[int, ...]) -> Matrix:
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array([])
    if array.shape != shape or not np.isfinite(array).all():
        raise TransitionError(f'{name} must be finite numbers of shape {shape}')
    return array


def _closed(rates: Matrix) -> Matrix:
    """The rates with the diagonal that makes each row sum to 0."""
    closed = rates - np.diag(rates.diagonal())
    result: Matrix = closed - np.diag(closed.sum(axis=1))
    return result
