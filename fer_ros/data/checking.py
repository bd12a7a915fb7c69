"""What is in a labelled data set, and what is wrong with it, before anyone trains."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from fer_ros.data.duplicates import Fingerprint, near_pairs
from fer_ros.data.examples import label_of
from fer_ros.labels import canonical

Progress = Callable[[Iterable[Any], int], Iterable[Any]]
"""Wraps what comes one by one, of which so many come, to show how far it is."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What is kept of one example."""

    name: str
    split: str
    label: int = -1
    """-1 where it has none."""
    subject: str | None = None
    digest: str = ''
    """Of its decoded content; '' where it could not be decoded."""
    fingerprint: Fingerprint | None = None
    """Of a picture."""
    problem: str = ''


@dataclass(frozen=True)
class Findings:
    """What was found."""

    labels: tuple[str, ...]
    counts: Mapping[str, Counter[int]]
    """Split -> how often each label's number is there; -1 for none."""
    subjects: Mapping[str, int]
    """Split -> how many people are named in it."""
    broken: tuple[str, ...] = ()
    """Names and reasons."""
    missing: tuple[str, ...] = ()
    """Splits without an example of a label: 'test: contempt'."""
    shared: tuple[str, ...] = ()
    """People in two splits."""
    copies: tuple[tuple[str, ...], ...] = ()
    """Names of examples that are identical."""
    crossing: tuple[tuple[str, ...], ...] = ()
    """Those of the copies that are in several splits."""
    near: tuple[tuple[str, ...], ...] = ()
    """Pairs of pictures that are nearly the same."""
    near_crossing: tuple[tuple[str, ...], ...] = ()
    contradictions: tuple[tuple[str, ...], ...] = field(default=())
    """Identical examples with different labels."""

    @property
    def wrong(self) -> bool:
        """Whether a training would fail, or be measured on what it learned."""
        return bool(self.broken or self.shared or self.crossing or self.missing)


def check(dataset: Any, progress: Progress) -> Findings:
    """Read every example of a data set.

    One that offers ``example(number)`` is read in parallel and told file by file; of another one
    the first broken example ends the check with its error.
    """
    seen = [*_seen(dataset, progress)]
    labels = tuple(dataset.labels)
    return Findings(
        labels=labels,
        counts={
            split: Counter(s.label for s in seen if s.split == split) for split in _splits(seen)
        },
        subjects={split: len(_people(seen, split)) for split in _splits(seen)},
        broken=tuple(f'{s.name}: {s.problem}' for s in seen if s.problem),
        missing=tuple(_missing(seen, labels)),
        shared=tuple(_shared(seen)),
        **_doubles(seen),
    )


def _seen(dataset: Any, progress: Progress) -> Iterable[Seen]:
    splits: Mapping[str, Sequence[int]] = dataset.splits()
    numbers = [(split, number) for split, some in splits.items() for number in some]
    if not hasattr(dataset, 'example'):
        examples = ((split, e) for split in splits for e in dataset.examples(split))
        listed = progress(examples, len(numbers))
        return [_of(f'example {n}', split, e) for n, (split, e) in enumerate(listed)]

    def one(place: tuple[str, int]) -> Seen:
        split, number = place
        name = dataset.name(number)
        try:
            return _of(name, split, dataset.example(number))
        except (ValueError, OSError) as error:  # the errors of all corpora are ValueErrors
            return Seen(name, split, problem=str(error))

    with ThreadPoolExecutor() as pool:
        return list(progress(pool.map(one, numbers), len(numbers)))


def _of(name: str, split: str, example: Mapping[str, Any]) -> Seen:
    content = np.asarray(example['input'])
    digest = hashlib.sha256(f'{content.shape}'.encode() + content.tobytes()).hexdigest()
    fingerprint = Fingerprint(content) if content.dtype == np.uint8 and content.ndim < 4 else None
    problem = '' if content.size and np.isfinite(content).all() else 'empty or not finite'
    return Seen(name, split, label_of(example), example['subject'], digest, fingerprint, problem)


def _splits(seen: Sequence[Seen]) -> list[str]:
    return list(dict.fromkeys(s.split for s in seen))


def _missing(seen: Sequence[Seen], labels: Sequence[str]) -> Iterable[str]:
    for split in ('train', 'val', 'test'):
        there = {s.label for s in seen if s.split == split}
        absent = [word for number, word in enumerate(labels) if number not in there]
        if absent:
            yield f'{split}: {", ".join(absent)}'


def _shared(seen: Sequence[Seen]) -> Iterable[str]:
    people = {split: _people(seen, split) for split in _splits(seen)}
    for one, other in combinations(people, 2):
        for subject in sorted(people[one] & people[other]):
            yield f'{subject} is in {one} and in {other}'


def _people(seen: Sequence[Seen], split: str) -> set[str]:
    return {s.subject for s in seen if s.split == split and s.subject is not None}


def _doubles(seen: Sequence[Seen]) -> dict[str, Any]:
    groups: dict[str, list[Seen]] = defaultdict(list)
    for s in seen:
        if s.digest:
            groups[s.digest].append(s)
    same = [group for group in groups.values() if len(group) > 1]
    firsts = [group[0] for group in groups.values() if group[0].fingerprint is not None]
    prints = [s.fingerprint for s in firsts if s.fingerprint is not None]
    near = [(firsts[one], firsts[other]) for one, other in near_pairs(prints)]
    return {
        'copies': _named(same),
        'crossing': _named(group for group in same if _crosses(group)),
        'contradictions': _named(g for g in same if len({s.label for s in g} - {-1}) > 1),
        'near': _named(near),
        'near_crossing': _named(pair for pair in near if _crosses(pair)),
    }


def _named(groups: Iterable[Sequence[Seen]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(f'{s.split}: {s.name}' for s in group) for group in groups)


def _crosses(group: Sequence[Seen]) -> bool:
    return len({s.split for s in group}) > 1


def meaning(word: str) -> str:
    """A label as the corpus says it, with the package's word where that is another one."""
    return word if word == canonical(word) else f'{word} ({canonical(word)})'
