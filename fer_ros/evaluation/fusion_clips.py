"""Real pairs: labelled videos, in which one person is both seen and heard.

The pipeline of the robot goes through each video, and what it knew of the person in focus is the
evidence: faces as they were found and tracked, the voice as it was heard up to then.  It goes
through the same video once more out of focus and in noise, for the spoilt version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm  # type: ignore[import-untyped]

from fer_ros import cards, config, plugins
from fer_ros.config import Chosen, setting, slot
from fer_ros.data.video_corpus import VideoCorpus
from fer_ros.drive import drive
from fer_ros.evaluation.fusion_cache import cached
from fer_ros.evaluation.fusion_tables import Clips, Ints, Table
from fer_ros.fusion.evidence import even
from fer_ros.labels import LABELS, index_of
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.sources import open_media
from fer_ros.types import (
    FACE,
    NS_PER_S,
    VOICE,
    AudioChunk,
    Evidence,
    Features,
    Frame,
    Fused,
    Modality,
)

_BLUR = 0.01
"""Deviation of the blur of a spoilt picture, as a share of its height."""
_PARTS: Mapping[bool, Mapping[str, Sequence[str]]] = {
    True: {'fit': ('val',), 'choose': ('val',), 'both': ('val',), 'test': ('test',)},
    False: {'fit': ('train',), 'choose': ('val',), 'both': ('train', 'val'), 'test': ('test',)},
}
"""Splits of a corpus by those of fusion_sources, where the models know the corpus or do not."""


class FusionClipsError(ValueError):
    """A corpus that gives no evidence of both modalities."""


@dataclass(frozen=True)
class ClipsConfig:
    """Which models answer, to which videos."""

    face_model: str = setting('face_ferplus', 'Model of the faces')
    voice_model: str = setting('voice_ravdess_nemo', 'Model of the voices')
    corpus: Chosen = slot('dataset', 'ravdess_video', 'Labelled videos')
    known: bool = setting(True, 'Whether a model was trained on the training people of the corpus')
    detector: Chosen = slot('face_detector', 'yunet', 'Finds the faces')
    vad: Chosen = slot('vad', 'auto', 'Tells speech from other sound')
    moments: int = setting(3, 'Moments of each face and voice', ge=1, le=64)
    step: float = setting(0.5, 'Time between two of them', unit='s', ge=0.01, le=10.0)

    def models(self) -> dict[Modality, str]:
        """The model of each modality."""
        return {FACE: self.face_model, VOICE: self.voice_model}


def clips(settings: ClipsConfig, data: Path, split: str) -> Clips:
    """The videos of a split in which a face and a voice were found.

    Of a corpus that the models know, 'fit' and 'choose' are the whole of the validation people.
    Raises FusionClipsError where there are none.
    """
    parts = _PARTS[settings.known][split]
    hashes = [cards.find(name).sha256 for name in settings.models().values()]
    cls = plugins.load('dataset', settings.corpus.plugin)
    corpus: VideoCorpus = cls(replace(settings.corpus.config, root=str(data)))
    numbers = [number for part in parts for number in corpus.splits()[part]]
    told = f'{data.resolve()} {corpus.state(numbers)} {hashes} {config.dump(settings)}'

    @cache
    def made() -> dict[Modality, Table]:
        return _tables(settings, corpus, numbers)

    def of(name: Modality) -> Table:
        return cached(f'clips_{name}_{"_".join(parts)}', told, lambda: made()[name])

    tables = {name: of(name) for name in (FACE, VOICE)}
    labels, subjects = tables[FACE].labels, tables[FACE].subjects
    rows = {name: np.arange(len(labels)) for name in tables}
    return Clips(tables, rows, labels, subjects)


class _Listener:
    """Stands in for a fusion and keeps the newest evidence."""

    def __init__(self, memory_s: float) -> None:
        self.memory_s = memory_s
        self.newest: dict[Modality, Sequence[Features]] = {}
        """Of each modality, whenever it was."""
        self.together: Evidence = {}
        """With a face and a voice; empty where they never were together."""

    def fuse(self, evidence: Evidence) -> Fused:
        self.newest.update(evidence)
        if len(evidence) == len((FACE, VOICE)):
            self.together = dict(evidence)
        uniform = np.full(len(LABELS), 1.0 / len(LABELS), np.float32)
        weights = even(len(evidence)).tolist()
        return Fused(uniform, dict(zip(sorted(evidence), weights, strict=True)))


def _tables(
    settings: ClipsConfig, corpus: VideoCorpus, numbers: Sequence[int]
) -> dict[Modality, Table]:
    pipeline = _pipeline(settings)
    pairs, labels, subjects = [], [], []
    for number in tqdm(numbers, desc='watching', unit='video'):
        path = corpus.path(number)
        clean = _watch(pipeline, settings, open_media(path)).together
        if clean:
            pairs.append((clean, _watch(pipeline, settings, _spoilt(path)).newest))
            labels.append(index_of(corpus.labels[corpus.clips[number].target]))
            subjects.append(corpus.clips[number].subject)
    if not pairs:
        raise FusionClipsError(f'{settings.corpus.plugin}: no video shows a face and has a voice')
    people, truth = np.array(subjects), np.array(labels, np.int64)
    return {name: _table(name, pairs, truth, people, settings) for name in (FACE, VOICE)}


def _pipeline(settings: ClipsConfig) -> EmotionPipeline:
    chosen = PipelineConfig()
    chosen = replace(
        chosen,
        device='cpu',
        face=replace(chosen.face, model=settings.face_model, detector=settings.detector),
        voice=replace(chosen.voice, model=settings.voice_model, vad=settings.vad),
    )
    return EmotionPipeline.load(chosen)


def _watch(
    pipeline: EmotionPipeline, settings: ClipsConfig, samples: Iterator[Frame | AudioChunk]
) -> _Listener:
    """What the pipeline knew of a video."""
    listener = _Listener(settings.moments * settings.step)
    pipeline.reset()
    pipeline.use(replace(pipeline.prepare(pipeline.config), fusion=listener))
    for _ in drive(samples, pipeline):
        pass
    return listener


def _spoilt(path: Path) -> Iterator[Frame | AudioChunk]:
    """The samples of a video, blurred and in white noise as loud as the sound."""
    rng = np.random.default_rng(0)
    sound = [s.samples for s in open_media(path) if isinstance(s, AudioChunk)]
    level = float(np.sqrt(np.square(np.concatenate(sound)).mean())) if sound else 0.0
    for sample in open_media(path):
        if isinstance(sample, AudioChunk):
            noise = level * rng.standard_normal(len(sample.samples))
            noisy = np.clip(sample.samples + noise, -1.0, 1.0).astype(np.float32)
            yield replace(sample, samples=noisy)
        else:
            blurred = cv2.GaussianBlur(sample.image, (0, 0), _BLUR * sample.image.shape[0])
            yield replace(sample, image=np.asarray(blurred, np.uint8))


def _table(
    name: Modality,
    pairs: Sequence[tuple[Evidence, Evidence]],
    labels: Ints,
    subjects: npt.NDArray[np.str_],
    settings: ClipsConfig,
) -> Table:
    """A row for each video; a spoilt one in which nothing was found says nothing."""
    tracks = [_resampled(clean[name], settings) for clean, _ in pairs]
    size = len(tracks[0][-1].embedding)
    logits = np.where(np.isneginf(tracks[0][-1].logits), -np.inf, 0.0).astype(np.float32)
    nothing = Features(0, np.zeros(size, np.float32), logits, 0.0)
    bad = [spoilt[name][-1] if name in spoilt else nothing for _, spoilt in pairs]
    return Table(
        embedding=np.stack([[f.embedding for f in track] for track in tracks]),
        logits=np.stack([[f.logits for f in track] for track in tracks]),
        quality=np.array([[f.quality for f in track] for track in tracks], np.float32),
        spoilt_embedding=np.stack([f.embedding for f in bad]),
        spoilt_logits=np.stack([f.logits for f in bad]),
        spoilt_quality=np.array([f.quality for f in bad], np.float32),
        labels=labels,
        subjects=subjects,
        step_s=settings.step,
    )


def _resampled(track: Sequence[Features], settings: ClipsConfig) -> list[Features]:
    """The newest features at each moment, oldest first; before the first ones those."""
    newest_ns = track[-1].stamp_ns
    found = []
    for back in reversed(range(settings.moments)):
        until_ns = newest_ns - round(back * settings.step * NS_PER_S)
        known = [features for features in track if features.stamp_ns <= until_ns]
        found.append(known[-1] if known else track[0])
    return found
