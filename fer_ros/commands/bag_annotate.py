"""fer-ros bag annotate: label a recording in the browser."""

from __future__ import annotations

import argparse
import os
import signal
import webbrowser
from functools import partial
from pathlib import Path

from fer_ros.annotation.material import prepare
from fer_ros.annotation.server import Server
from fer_ros.annotation.session import Session
from fer_ros.commands import arguments
from fer_ros.evaluation.bags import Topics
from fer_ros.evaluation.recordings import Source, find_recordings


class AnnotateError(ValueError):
    """A recording, or a file of labels, that cannot be annotated."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The recording, where its labels go, and what guesses them."""
    parser.description = (
        'Serve a page, to this machine only, on which a recording is played and labelled with '
        'few keys. What the model thinks is the first guess. Each change is saved at once, in '
        'the format that fer-ros evaluate --labels reads. Ctrl-C ends it.'
    )
    parser.add_argument('recording', type=Path, help='a bag, or a file with pictures or sound')
    parser.add_argument(
        '--labels', type=Path, metavar='FILE', help='default: RECORDING.labels.csv beside it'
    )
    parser.add_argument(
        '--track', type=_number, metavar='N', help='label this face instead of who is in focus'
    )
    arguments.add_config(parser)
    parser.add_argument('--no-model', action='store_true', help='make no guesses')
    parser.add_argument('--no-browser', action='store_true', help='only print the address')
    parser.add_argument('--port', type=_number, default=0, metavar='N', help='default: a free one')
    parser.add_argument('--image-topic', metavar='TOPIC')
    parser.add_argument('--audio-topic', metavar='TOPIC')
    parser.add_argument(
        '--cache',
        type=Path,
        default=_cache(),
        metavar='FOLDER',
        help='keeps films of recordings; default %(default)s',
    )


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    source = _source(args)
    labels = args.labels or _beside(source.path)
    if not labels.parent.is_dir():
        raise AnnotateError(f'{labels.parent}: no such folder')
    config = None if args.no_model else arguments.perception_config(args.config)
    session = Session(
        source.path.name, labels, args.track, partial(prepare, source, config, args.cache)
    )
    with Server(session, args.port) as server:
        thread = session.start()
        print(f'labels: {labels}\npage:   {server.url}\nCtrl-C ends it.', flush=True)
        if not args.no_browser:
            webbrowser.open(server.url)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
        finally:
            session.stop()
            thread.join()
    return 0


def _source(args: argparse.Namespace) -> Source:
    topics = Topics(args.image_topic, args.audio_topic)
    sources = find_recordings([args.recording], topics, fps=25.0)
    if len(sources) > 1:
        raise AnnotateError(
            f'{args.recording} holds {len(sources)} recordings; name one of them, such as '
            f'{sources[0].path}'
        )
    return sources[0]


def _beside(recording: Path) -> Path:
    path = recording.resolve()
    return path.with_name(f'{path.name}.labels.csv')


def _cache() -> Path:
    home = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(home) / 'fer_ros' / 'annotate'


def _number(text: str) -> int:
    value = int(text)
    if not 0 <= value < 65536:
        raise argparse.ArgumentTypeError(f'{text} is not in [0, 65535]')
    return value
