"""Measure, on real clips of one speaking person each, what fer_ros tells of sound and pictures.

* Offsets: the sound of each clip is shifted by known amounts.  How far off is the estimate, and is
  it known?  The zero is that of the clip itself, whatever its own offset is.
* Somebody else's voice: the mouth of each clip with the sound of every other one.  How often is an
  offset said to be known?
* Who speaks: two clips side by side, both people speak, and the sound is that of one of them.

    python tools/av_sync.py CLIP...

A clip that ends in ``+`` goes on with the next one: short clips of one person count as one.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fer_ros import plugins
from fer_ros.audio.input import AudioInput
from fer_ros.av_offset import OffsetEstimator, SyncConfig
from fer_ros.face.branch import FaceConfig
from fer_ros.face.mouth import MouthMeter, MouthMotion
from fer_ros.face.mouth_history import MouthHistory
from fer_ros.face.tracking import Tracker
from fer_ros.sources import open_media
from fer_ros.speaking import SpeakerChooser, SpeakerConfig
from fer_ros.types import NS_PER_S, AudioChunk, AudioWindow, Frame

WINDOW_S, RATE_HZ = 3.0, 16000
SHIFTS_S = (-0.4, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.4)
SPEAKER, LISTENER = 0, 1


@dataclass
class Clip:
    """What was seen and heard of one person."""

    name: str
    stamps_ns: list[int] = field(default_factory=list)
    """Of the frames."""
    motions: list[MouthMotion | None] = field(default_factory=list)
    sound: list[AudioChunk] = field(default_factory=list)

    @property
    def end_ns(self) -> int:
        """When the newest sample ends."""
        return max([*self.stamps_ns[-1:], *(chunk.end_ns for chunk in self.sound[-1:]), 0])

    def read(self, path: Path) -> None:
        """Append a file, a second after what is there already."""
        start_ns = self.end_ns + NS_PER_S if self.stamps_ns else 0
        config = FaceConfig()
        detector = plugins.build('face_detector', config.detector)
        tracker, meter, searched_ns = Tracker(config.tracking), MouthMeter(), None
        for sample in open_media(path, start_ns):
            if isinstance(sample, AudioChunk):
                self.sound.append(sample)
                continue
            stamp_ns = sample.stamp_ns
            if searched_ns is None or stamp_ns - searched_ns >= 0.1 * NS_PER_S:
                searched_ns = stamp_ns
                faces = tracker.update(stamp_ns, detector.detect(sample.image))
            else:
                faces = tracker.predict(stamp_ns)
            self._note(sample, meter.measure(sample, faces[:1]))

    def _note(self, frame: Frame, found: dict[int, MouthMotion]) -> None:
        self.stamps_ns.append(frame.stamp_ns)
        self.motions.append(next(iter(found.values()), None))


def moments(
    mouths: Sequence[Clip], voice: Clip, shift_s: float = 0.0
) -> Iterator[tuple[AudioWindow, MouthHistory]]:
    """The window of sound and the mouths so far at each frame of the first mouth."""
    audio, history = AudioInput(RATE_HZ, WINDOW_S), MouthHistory()
    shift_ns = round(shift_s * NS_PER_S)
    sound = iter(voice.sound)
    chunk = next(sound, None)
    for frame, stamp_ns in enumerate(mouths[0].stamps_ns):
        for track_id, clip in enumerate(mouths):
            motion = clip.motions[frame] if frame < len(clip.motions) else None
            if motion is not None:
                # as if it had been in the same picture
                before_ns = clip.stamps_ns[frame] - motion.stamp_ns
                history.add({track_id: replace(motion, stamp_ns=stamp_ns - before_ns)})
        while chunk is not None and chunk.stamp_ns + shift_ns <= stamp_ns:
            audio.add(replace(chunk, stamp_ns=chunk.stamp_ns + shift_ns))
            chunk = next(sound, None)
        yield audio.window(stamp_ns), history


def learned(mouth: Clip, voice: Clip, shift_s: float) -> OffsetEstimator:
    """An estimator after a whole clip."""
    estimator = OffsetEstimator(SyncConfig(memory=3600.0))
    for window, history in moments([mouth], voice, shift_s):
        estimator.add(window, history, SPEAKER)
    return estimator


def offsets(clips: Sequence[Clip]) -> None:
    """Print how well known shifts are found."""
    errors = []
    for clip in clips:
        itself = learned(clip, clip, 0.0).best()
        if itself is None:
            print(f'{clip.name}: too short')
            continue
        found = [learned(clip, clip, shift_s) for shift_s in SHIFTS_S]
        pairs = [
            (estimator.best().offset_s - itself.offset_s - shift_s, estimator.estimate())
            for estimator, shift_s in zip(found, SHIFTS_S, strict=True)
            if estimator.best() is not None
        ]
        wrong = np.abs([error for error, _ in pairs])
        known = [abs(error) for error, estimate in pairs if estimate is not None]
        errors += known
        print(
            f'{clip.name}: own offset {itself.offset_s:+.3f} s, confidence '
            f'{itself.confidence:.3f}, {itself.evidence_s:.0f} s; shifted: median error '
            f'{np.median(wrong):.3f} s, largest {wrong.max():.3f} s, '
            f'known {len(known)} of {len(pairs)}'
        )
    if errors:
        print(f'known: {len(errors)}, largest error {max(errors):.3f} s')


def strangers(clips: Sequence[Clip]) -> None:
    """Print how often an offset is known for a mouth with somebody else's voice."""
    told = known = 0
    for mouth, voice in itertools.permutations(clips, 2):
        estimator = learned(mouth, voice, 0.0)
        told += estimator.best() is not None
        known += estimator.estimate() is not None
    print(f"somebody else's voice: known {known} of {told}")


def speakers(clips: Sequence[Clip], window_s: float) -> None:
    """Print how often the voice goes to the one of two speaking people whose it is."""
    shares = []
    for speaker, other in itertools.permutations(clips, 2):
        chooser = SpeakerChooser(SpeakerConfig(window=window_s))
        chosen = []
        for window, history in moments([speaker, other], speaker):
            tracks = [SPEAKER, LISTENER]
            chooser.listen(window, history, tracks, 0.0)
            if window.coverage > 0.99 and len(chooser.correlations) == len(tracks):
                chosen.append(chooser.choose(tracks, LISTENER))
        if chosen:
            shares.append(float(np.mean(np.array(chosen) == SPEAKER)))
    print(
        f'who speaks, of two who do, over {window_s:g} s: right {np.mean(shares):.3f} of the '
        f'time, worst pair {min(shares):.3f}, {len(shares)} pairs'
    )


def main() -> None:
    """Read the clips and print all three."""
    parser = argparse.ArgumentParser(description='Measure on clips of one speaking person each.')
    parser.add_argument('clips', nargs='+')
    clips = [Clip('')]
    for word in parser.parse_args().clips:
        path = Path(word.rstrip('+'))
        clips[-1].name = clips[-1].name or path.name
        clips[-1].read(path)
        if not word.endswith('+'):
            clips.append(Clip(''))
    clips = [clip for clip in clips if clip.stamps_ns]
    offsets(clips)
    strangers(clips)
    for window_s in (1.0, 2.0, 2.7):
        speakers(clips, window_s)


if __name__ == '__main__':
    main()
