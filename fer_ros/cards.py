"""Model cards: everything that is known of a model, beside its weights.

A model is a folder ``models/<name>/`` with ``card.yaml`` and one weights file (safetensors or
ONNX; never pickle).  The card says which backbone plugin builds it, its labels, how its input is
prepared, and where it came from; so nothing of that stands in the code.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fer_ros import writing, yaml_files
from fer_ros.labels import canonical
from fer_ros.resources import cache_folder, share_folders

CARD = 'card.yaml'
SCHEMA = 1
_KINDS = ('face_backbone', 'audio_backbone', 'fusion')
_REQUIRED = ('schema', 'kind', 'backbone', 'labels', 'input', 'weights', 'licence')
_OPTIONAL = ('temperature', 'graph', 'summary', 'training', 'results', 'limits')
_FOR_PEOPLE = ('summary', 'training', 'results', 'limits')
_SUFFIXES = ('.safetensors', '.onnx')
_GRAPH_SUFFIXES = ('.onnx',)
MAX_WEIGHTS = 2**31
"""Bytes of the largest weights file, as in ONNX."""


class CardError(ValueError):
    """A model that is missing, incomplete, or not what its card says."""


@dataclass(frozen=True)
class Card:
    """The content of a card.yaml."""

    folder: Path
    kind: str
    """The kind of plugin that runs it."""
    backbone: Mapping[str, Any]
    """``{'plugin': name, **settings}`` of the backbone."""
    labels: tuple[str, ...]
    """The model's own words, in the order of its outputs."""
    input: Mapping[str, Any]
    """How the input is prepared; read by the backbone."""
    weights_file: str
    sha256: str
    licence: str
    temperature: float = 1.0
    """Logits are divided by it, which calibrates them."""
    graph_file: str = ''
    """The network in ONNX, which takes its weights from the weights file; '' for none."""
    graph_sha256: str = ''
    about: Mapping[str, Any] = field(default_factory=dict)
    """summary, training, results and limits, for people."""

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name


def search_path() -> list[Path]:
    """The folders that hold models, first match wins: checkout, installed shares, cache."""
    folders = [folder / 'models' for folder in (*share_folders(), cache_folder())]
    return [folder for folder in folders if folder.is_dir()]


def names() -> list[str]:
    """The models that can be found by name."""
    found = {card.parent.name for folder in search_path() for card in folder.glob(f'*/{CARD}')}
    return sorted(found)


def find(name: str) -> Card:
    """The card of a model: a name, or the path of its folder.  Raises CardError."""
    for folder in _candidates(name):
        if (folder / CARD).is_file():
            return read(folder)
    raise CardError(f'no model {name!r}; known: {", ".join(names()) or "none"}, or a folder')


def read(folder: Path) -> Card:
    """The card in a folder, checked.  Raises CardError naming the file and what is wrong."""
    path = folder / CARD
    try:
        return _card(folder, yaml_files.read(path))
    except (OSError, ValueError, TypeError, OverflowError) as error:
        raise CardError(f'{path}: {error}') from error


def weights_path(card: Card) -> Path:
    """Where the weights lie.  Nothing may parse that file: read_weights() is for that."""
    return card.folder / card.weights_file


def read_weights(card: Card) -> bytes:
    """The weights, after their hash was compared with the card's.  Raises CardError.

    What was hashed is what is returned: a file that is exchanged in between does no harm.
    """
    return _read_checked(weights_path(card), card.sha256)


def read_graph(card: Card) -> bytes:
    """The graph of a card that has one, checked likewise.  Raises CardError."""
    return _read_checked(card.folder / card.graph_file, card.graph_sha256)


def _read_checked(path: Path, sha256: str) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise CardError(f'{path}: not a regular file')
        if path.stat().st_size > MAX_WEIGHTS:
            raise CardError(f'{path}: more than {MAX_WEIGHTS} bytes')
        content = path.read_bytes()
    except OSError as error:
        raise CardError(f'{path}: {error.strerror}') from error
    seen = hashlib.sha256(content).hexdigest()
    if seen != sha256:
        raise CardError(f'{path}: sha256 is {seen}, but the card says {sha256}')
    return content


def write(folder: Path, content: Mapping[str, Any]) -> Card:
    """Write card.yaml (keys as in the file) into a folder that has the weights; read it back."""
    text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=95)
    writing.write_text(folder / CARD, text)
    return read(folder)


def sha256_of(path: Path) -> str:
    """Hex digest of a file's content."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def is_plain_name(name: Any) -> bool:
    """Whether it can only mean a file or folder right inside of another one."""
    return isinstance(name, str) and re.fullmatch(r'\w[\w.+-]*', name, re.ASCII) is not None


def _candidates(name: str) -> Iterator[Path]:
    if os.sep in name:
        yield Path(name).expanduser()
    else:
        yield from (folder / name for folder in search_path())


def _card(folder: Path, data: Any) -> Card:
    _check_keys(data)
    for word in data['labels']:
        canonical(word)
    weights = data['weights']
    _check_file('weights', weights, _SUFFIXES)
    graph = data.get('graph', {'file': '', 'sha256': ''})
    if 'graph' in data:
        _check_file('graph', graph, _GRAPH_SUFFIXES)
    temperature = float(data.get('temperature', 1.0))
    if not (math.isfinite(temperature) and temperature > 0):
        raise CardError(f'temperature is {temperature}, must be positive')
    return Card(
        folder=folder,
        kind=data['kind'],
        backbone=data['backbone'],
        labels=tuple(data['labels']),
        input=data['input'],
        weights_file=weights['file'],
        sha256=str(weights['sha256']),
        licence=str(data['licence']),
        temperature=temperature,
        graph_file=graph['file'],
        graph_sha256=str(graph['sha256']),
        about={key: data[key] for key in _FOR_PEOPLE if key in data},
    )


def _check_file(key: str, stated: Any, suffixes: tuple[str, ...]) -> None:
    if not isinstance(stated, Mapping):
        raise CardError(f'{key} must be a mapping')
    for part in ('file', 'sha256'):
        if part not in stated:
            raise CardError(f'{key} has no {part}')
    if not is_plain_name(stated['file']) or not stated['file'].endswith(suffixes):
        raise CardError(
            f'{key}.file {stated["file"]!r} must be a plain name in the folder '
            f'that ends in {" or ".join(suffixes)}'
        )


def _check_keys(data: Any) -> None:
    if not isinstance(data, Mapping):
        raise CardError('not a mapping')
    missing = [key for key in _REQUIRED if key not in data]
    unknown = [key for key in data if key not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown:
        raise CardError(f'missing keys: {missing}; unknown keys: {unknown}')
    if data['schema'] != SCHEMA:
        raise CardError(f'schema {data["schema"]!r}, this version reads {SCHEMA}')
    if data['kind'] not in _KINDS:
        raise CardError(f'kind {data["kind"]!r} is not one of {", ".join(_KINDS)}')
    for key in ('backbone', 'input'):
        if not isinstance(data[key], Mapping):
            raise CardError(f'{key} must be a mapping')
    labels = data['labels']
    if not isinstance(labels, list) or not labels or not all(type(x) is str for x in labels):
        raise CardError('labels must be a list of words')
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise CardError(f'labels that stand there twice: {", ".join(twice)}')
