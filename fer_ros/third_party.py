"""Weights of others: fetched by address, held to the hash that their publisher states.

Only ``fer-ros models pull`` asks for them; no node ever does.  A transfer that was cut is
continued where it stopped, and nothing is used before its hash was compared.
"""

from __future__ import annotations

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fer_ros import cards, golden, models, yaml_files
from fer_ros.resources import share_file
from fer_ros.writing import naming

MANIFEST = 'models/third_party.yaml'
MAX_BYTES = cards.MAX_WEIGHTS
_BLOCK = 1 << 16
_TIMEOUT_S = 30.0
_TRIES = 3
"""How often one address is asked again after a transfer was cut."""
_REQUIRED = ('summary', 'licence', 'file', 'addresses')
_OPTIONAL = ('size', 'sha256', 'git_blob', 'card', 'use')

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and all of them, 0 where that is not known."""


class ThirdPartyError(ValueError):
    """An entry that is wrong, a transfer that failed, or a content that is not the stated one."""


@dataclass(frozen=True)
class Entry:
    """One file of others, as the manifest has it."""

    name: str
    summary: str
    licence: str
    file: str
    addresses: tuple[str, ...]
    size: int = 0
    sha256: str = ''
    git_blob: str = ''
    """SHA-1 by which a git repository names the content, where no sha256 is stated."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """kind, backbone, labels and input of a classifier; empty for another file."""
    use: str = ''

    def __post_init__(self) -> None:
        known = (
            re.fullmatch('[0-9a-f]{64}', self.sha256),
            re.fullmatch('[0-9a-f]{40}', self.git_blob),
        )
        if not any(known):
            raise ThirdPartyError(f'{self.name}: neither a sha256 nor a git_blob')
        for what, name in (('name', self.name), ('file', self.file)):
            if not cards.is_plain_name(name):
                raise ThirdPartyError(f'{self.name}: {what} {name!r} must be a plain name')
        for address in self.addresses:
            if not str(address).startswith(('https://', 'http://')):
                raise ThirdPartyError(f'{self.name}: {address!r} is not on the web')
        if not 0 <= self.size <= MAX_BYTES:
            raise ThirdPartyError(f'{self.name}: size {self.size} is outside 0 to {MAX_BYTES}')


def manifest(path: Path | None = None) -> dict[str, Entry]:
    """The entries of a manifest, by default the one that comes with the package."""
    path = path or share_file(MANIFEST)
    try:
        data = yaml_files.read(path)
        return {str(name): _entry(path, str(name), about) for name, about in data.items()}
    except (yaml_files.YamlFileError, AttributeError, TypeError) as error:
        raise ThirdPartyError(f'{path}: {error}') from error


def pull(entry: Entry, folder: Path, progress: Progress) -> Path:
    """Fetch a file into ``folder/<name>/``, write a classifier's card; the path of the file.

    What is there already is kept.  The golden answer is what the model says now, here.  Raises
    ThirdPartyError, or the error of a model that does not load.
    """
    own = folder / entry.name
    own.mkdir(parents=True, exist_ok=True)
    path = own / entry.file
    if not (path.is_file() and _is_stated(entry, path)):
        part = own / f'{entry.file}.part'
        _fetch(entry, part, progress)
        if not _is_stated(entry, part):
            part.unlink()
            raise ThirdPartyError(f'{entry.name}: what came has not the hash of {MANIFEST}')
        part.replace(path)
    if entry.card and not (own / golden.FILE).is_file():
        cards.write(own, card_content(entry, path))
        kind = entry.card['kind']
        golden.write(own, kind, models.load_backbone(kind, str(own.resolve()), 'cpu'))
    return path


def _entry(path: Path, name: str, about: Mapping[str, Any]) -> Entry:
    missing = [key for key in _REQUIRED if key not in about]
    unknown = [key for key in about if key not in (*_REQUIRED, *_OPTIONAL)]
    if missing or unknown:
        raise ThirdPartyError(f'{path}: {name}: missing: {missing}; unknown: {unknown}')
    return Entry(name, **{**about, 'addresses': tuple(about['addresses'])})


def card_content(entry: Entry, path: Path) -> dict[str, Any]:
    """The card of a classifier whose file lies at ``path``."""
    return {
        'schema': cards.SCHEMA,
        'summary': entry.summary,
        **entry.card,
        'licence': entry.licence,
        'weights': {'file': entry.file, 'sha256': cards.sha256_of(path)},
        'limits': [f'Weights of others, from {entry.addresses[0]}; not measured by fer_ros.'],
    }


def _is_stated(entry: Entry, path: Path) -> bool:
    if entry.sha256:
        return cards.sha256_of(path) == entry.sha256
    content = path.read_bytes()
    named = b'blob %d\0' % len(content) + content
    return hashlib.sha1(named, usedforsecurity=False).hexdigest() == entry.git_blob


def _fetch(entry: Entry, part: Path, progress: Progress) -> None:
    """Fill ``part`` from the first address that gives all of it."""
    failures = []
    for address in entry.addresses:
        for _ in range(_TRIES):
            try:
                if _continue(address, part, entry.size or MAX_BYTES, progress):
                    return
                failures.append(f'{address}: cut after {part.stat().st_size} bytes')
            except (OSError, http.client.HTTPException) as error:
                failures.append(f'{address}: {error}')
                if isinstance(error, urllib.error.HTTPError):
                    break
    raise ThirdPartyError(
        f'{entry.name}: {"; ".join(failures)} (the same command continues what is there)'
    )


def _continue(address: str, part: Path, most: int, progress: Progress) -> bool:
    """Ask for what is missing of a file of at most so many bytes; whether all of it is there."""
    have = part.stat().st_size if part.is_file() else 0
    headers = {'Range': f'bytes={have}-'} if have else {}
    # an Entry has addresses of the web only
    request = urllib.request.Request(address, headers=headers)  # noqa: S310
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return True  # nothing is missing; the hash says whether it is right
        raise
    with response:
        if have and response.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0  # this server only sends files whole
        length = response.headers['Content-Length'] or ''
        total = have + int(length) if length.isdecimal() else 0
        with part.open('ab' if have else 'wb') as file:
            while block := response.read(_BLOCK):
                have += len(block)
                if have > most:
                    raise ThirdPartyError(f'{address}: more than {most} bytes')
                with naming(part):
                    file.write(block)
                progress(have, total)
    return have >= total
