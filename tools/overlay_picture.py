"""Make docs/overlay.png: what emotion/debug_image shows at a moment of the bundled sample.

    python tools/overlay_picture.py

The same drawing as the overlay node's, of what the pipeline says with its default settings; only
the line with rates and latencies is missing, since nothing runs live here.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2

from fer_ros.drive import drive
from fer_ros.labels import LABELS
from fer_ros.overlay import FaceView, Scene, draw
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, Result
from fer_ros.sources import open_media, sample_path
from fer_ros.types import NS_PER_S, Expression, Frame

OUT = Path(__file__).resolve().parents[1] / 'docs' / 'overlay.png'


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--at', type=float, default=6.9, metavar='S', help='time in the clip')
    parser.add_argument('--out', type=Path, default=OUT)
    args = parser.parse_args()
    result, voice = seen_at(args.at)
    assert result.frame is not None
    picture = draw(result.frame.image, scene_of(result.frame, result, voice))
    cv2.imwrite(str(args.out), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(args.out)


def seen_at(time_s: float) -> tuple[Result, Expression | None]:
    """What is said of the first frame at or after a time, and what was last said of the voice."""
    voice: Expression | None = None
    for result in drive(open_media(sample_path()), EmotionPipeline.load(PipelineConfig())):
        if result.focus and 'voice' in result.focus.alone:
            voice = result.focus.alone['voice'].expression
        if result.frame is not None and result.stamp_ns >= time_s * NS_PER_S:
            return result, voice
    raise SystemExit(f'the sample is shorter than {time_s} s')


def scene_of(frame: Frame, result: Result, voice: Expression | None) -> Scene:
    """As the overlay node puts it together from the topics."""
    height, width = frame.image.shape[:2]
    faces = [
        FaceView(
            f'f{face.track_id:05d}',  # its ROS4HRI id
            (
                face.x / width,
                face.y / height,
                (face.x + face.w) / width,
                (face.y + face.h) / height,
            ),
            person.fused.expression,
            person is result.focus,
        )
        for person in result.people
        if (face := person.face) is not None
    ]
    if result.focus is None:
        return Scene(faces)
    fused, alone = result.focus.fused, result.focus.alone
    said = {name: estimate.expression for name, estimate in alone.items()}
    return Scene(
        faces,
        fused.expression,
        dict(zip(LABELS, fused.probabilities.tolist(), strict=True)),
        said | ({'voice': voice} if voice and 'voice' in fused.weights else {}),
        fused.weights,
    )


if __name__ == '__main__':
    main()
