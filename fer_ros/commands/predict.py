"""fer-ros predict: expressions from pictures, sound files and videos."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from fer_ros.commands import arguments
from fer_ros.commands.formats import FORMATS
from fer_ros.pipeline import EmotionPipeline, PipelineError
from fer_ros.prediction import FaceCrops, Predict, Prediction, WholeScenes, nobody
from fer_ros.sources import MediaError, open_media


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files and how they are read and written out."""
    parser.description = (
        'Read expressions from files, one line for each estimate: for each face of a picture, for '
        'each person in each frame of a video, for each hop of a sound. A file in which nobody '
        "is found gives one line that says so (in jsonl and csv with the label '')."
    )
    parser.add_argument('files', nargs='+', type=Path, metavar='FILE')
    parser.add_argument('--format', choices=FORMATS, default='text')
    parser.add_argument(
        '--cropped', action='store_true', help='the pictures are crops of one face each'
    )
    arguments.add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Predict file by file; 1 if one of them could not be read."""
    config = arguments.perception_config(args.config)
    predict: Predict = (
        FaceCrops(config) if args.cropped else WholeScenes(EmotionPipeline.load(config))
    )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a reader of a pipe gets lines as they come
    writer = FORMATS[args.format](sys.stdout)
    failed = False
    for path in args.files:
        try:
            for prediction in _predictions(predict, path):
                writer.write(prediction)
        except (MediaError, PipelineError) as error:
            where = '' if str(path) in str(error) else f'{path}: '
            print(f'fer-ros: error: {where}{error}', file=sys.stderr)
            failed = True
    return 1 if failed else 0


def _predictions(predict: Predict, path: Path) -> Iterator[Prediction]:
    found = False
    for prediction in predict(path, open_media(path)):
        found = True
        yield prediction
    if not found:
        yield nobody(path)
