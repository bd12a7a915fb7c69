"""fer-ros bag make: clips of a corpus -> bags."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm  # type: ignore[import-untyped]

from fer_ros.commands import arguments
from fer_ros.evaluation import clip_labels
from fer_ros.evaluation.bag_making import PROBLEMS, Making, length_s, make_bag
from fer_ros.evaluation.bag_messages import AUDIO_FAMILIES
from fer_ros.evaluation.bag_samples import IMAGES, BagFormat
from fer_ros.evaluation.bag_writing import STORAGES
from fer_ros.evaluation.clips import Clip, ClipError, find_clips
from fer_ros.evaluation.label_files import LabelFile
from fer_ros.evaluation.truth import Stretch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Clips, where the bags go, and how they are written."""
    form, usual = BagFormat(), Making(Path())
    parser.description = (
        'Turn clips into rosbag2 bags that lose nothing: videos with their sound, sound files, '
        'and folders of numbered pictures. A folder named after an emotion labels what is in it; '
        '--labels FILE is a table as fer-ros evaluate reads it: file and label, and start and '
        'end in seconds where a clip has several. A bag that is there is left alone.'
    )
    parser.add_argument('clips', nargs='+', type=Path, metavar='CLIP', help='file or folder')
    parser.add_argument('--out', type=Path, required=True, metavar='FOLDER')
    parser.add_argument('--labels', type=Path, metavar='FILE', help='instead of folder names')
    parser.add_argument('--force', action='store_true', help='replace bags that are there')
    parser.add_argument('--storage', choices=STORAGES, default=form.storage)
    parser.add_argument('--compress', action='store_true', help='with Zstandard')
    parser.add_argument(
        '--images', choices=IMAGES, default=form.images, help='png loses nothing either'
    )
    parser.add_argument(
        '--jpeg-quality', type=_percent, default=form.jpeg_quality, metavar='1-100'
    )
    parser.add_argument(
        '--audio', choices=AUDIO_FAMILIES, default=form.audio, help='which audio_common_msgs'
    )
    for what in ('image', 'audio', 'info', 'labels'):
        name = f'{what}_topic'
        parser.add_argument(f'--{what}-topic', default=getattr(form, name), metavar='TOPIC')
    parser.add_argument(
        '--fps',
        type=arguments.positive,
        default=usual.fps,
        help='of pictures; default %(default)g',
    )
    parser.add_argument(
        '--start',
        type=_seconds,
        default=usual.start_s,
        metavar='S',
        help='stamp of the beginning of each clip in whole seconds; default %(default)d',
    )


def run(args: argparse.Namespace) -> int:
    """Make the bags; 1 if one of them could not be made or was there already."""
    making = Making(args.out, _format(args), args.start, args.fps, args.force)
    clips = _clips(args.clips)
    labels = _labels(args.labels, clips)
    counts: Counter[str] = Counter()
    lengths = [length_s(clip, making.fps) for clip in clips]
    with tqdm(total=round(sum(lengths), 1), unit='s', disable=None) as bar:
        for clip in clips:
            if making.folder(clip).exists() and not making.replace:
                counts['there'] += 1
                continue
            stretches = labels.get(clip.path, ())
            try:
                make_bag(clip, stretches, making, bar.update)
            except PROBLEMS as error:
                counts['failed'] += 1
                bar.write(f'fer-ros: error: {error}', file=sys.stderr)
                continue
            counts['made'] += 1
            counts['unlabelled'] += not stretches
    print(_summary(counts, making.out))
    return 1 if counts['failed'] or counts['there'] else 0


def _format(args: argparse.Namespace) -> BagFormat:
    return BagFormat(
        args.storage,
        args.compress,
        args.images,
        args.jpeg_quality,
        args.audio,
        args.image_topic,
        args.audio_topic,
        args.info_topic,
        args.labels_topic,
    )


def _clips(roots: Sequence[Path]) -> list[Clip]:
    clips: dict[str, Clip] = {}
    for root in roots:
        for clip in find_clips(root):
            if clip.name in clips:
                other = clips[clip.name].path
                raise ClipError(f'{other} and {clip.path} would both become the bag {clip.name}')
            clips[clip.name] = clip
    return list(clips.values())


def _labels(table: Path | None, clips: Sequence[Clip]) -> Mapping[Path, Sequence[Stretch]]:
    if table is None:
        return {clip.path: clip_labels.of_folders(clip) for clip in clips}
    assigned = LabelFile.read(table).assign([clip.path.as_posix() for clip in clips])
    return {Path(name): stretches for name, stretches in assigned.items()}


def _summary(counts: Counter[str], out: Path) -> str:
    parts = [f'{counts["made"]} bags made in {out}']
    if counts['unlabelled']:
        parts.append(f'{counts["unlabelled"]} of them without a label')
    if counts['there']:
        parts.append(f'{counts["there"]} were there already (--force replaces them)')
    if counts['failed']:
        parts.append(f'{counts["failed"]} could not be made')
    return ', '.join(parts)


def _percent(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100:
        raise argparse.ArgumentTypeError(f'{value} is not in [1, 100]')
    return value


def _seconds(text: str) -> int:
    value = int(text)
    if not 1 <= value < 2**31:
        raise argparse.ArgumentTypeError(f'{text} is not in [1, {2**31 - 1}]')
    return value
