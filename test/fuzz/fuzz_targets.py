"""Everything that reads foreign bytes, with small valid examples of what it reads.

Each target takes bytes and either returns or raises an error class of the package.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import wave
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import av
import cv2
import fuzz_bags
import numpy as np
import onnx_files
from fuzz_mutations import altered, damaged

from fer_ros import cards, golden, labels, models, parameter_files, third_party, yaml_files
from fer_ros.annotation.labels import Labels
from fer_ros.data import audio_files
from fer_ros.decode import decode_audio, decode_compressed_image, decode_image
from fer_ros.evaluation import bag_messages
from fer_ros.evaluation.bag_reading import Received
from fer_ros.evaluation.bags import Topics, open_bag, recorded_labels
from fer_ros.evaluation.clips import STAMPS, find_clips
from fer_ros.evaluation.fusion_bench import read_strategies
from fer_ros.evaluation.label_files import LabelFile
from fer_ros.perception_config import PerceptionConfig
from fer_ros.policy.rules import read_rules
from fer_ros.resources import share_file
from fer_ros.smoothing import transitions
from fer_ros.sources import open_media

Read = Callable[[bytes, Path], object]
"""Reads bytes; may use an empty folder."""


@dataclass(frozen=True)
class Target:
    """One way into the package for bytes of others."""

    seeds: Callable[[], list[bytes]]
    read: Read
    examples: int = 150
    """How many a short run tries: fewer where one takes long."""
    is_text: bool = False
    """Whether it is YAML or JSON, of which values can be exchanged."""

    def damage(self, data: bytes, numbers: random.Random) -> bytes:
        """Another input, made from a valid one."""
        if self.is_text and numbers.random() < 0.7:
            return altered(data, numbers)
        return damaged(data, numbers)


def is_ours(error: BaseException) -> bool:
    """Whether an error is one that the package documents."""
    return type(error).__module__.startswith('fer_ros.')


def as_file(name: str, read: Callable[[Path], object]) -> Read:
    """A reader of files as one of bytes."""

    def through_a_file(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return read(path)

    return through_a_file


def all_of(samples) -> int:
    return sum(1 for _ in samples)


# messages ------------------------------------------------------------------------------------


def received(kind: str, family: str = bag_messages.ROS_DRIVERS):
    """A message of a type from CDR bytes."""
    types = bag_messages.message_types(family)
    return lambda data: Received(kind, 0, data, types.deserialize_cdr).message()


def read_image(data: bytes, folder: Path) -> object:
    return decode_image(received(bag_messages.IMAGE)(data))


def read_compressed(data: bytes, folder: Path) -> object:
    return decode_compressed_image(received(bag_messages.COMPRESSED_IMAGE)(data))


def read_audio(data: bytes, folder: Path) -> object:
    family = bag_messages.MGONZS13
    return decode_audio(received(bag_messages.AUDIO[family], family)(data))


def read_audio_with_info(data: bytes, folder: Path) -> object:
    """The first byte says where the message ends and its info begins."""
    at = 4 * (data[0] if data else 0)
    info = received(bag_messages.AUDIO_INFO)(data[1 + at :])
    sound = received(bag_messages.AUDIO[bag_messages.ROS_DRIVERS])
    return decode_audio(sound(data[1 : 1 + at]), info)


def read_picture_message(data: bytes, folder: Path) -> object:
    header = SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=0), frame_id='')
    return decode_compressed_image(SimpleNamespace(header=header, format='jpeg', data=data))


# recordings ----------------------------------------------------------------------------------


def read_bag(path: Path) -> object:
    start_ns = next(samples := open_bag(path, fuzz_bags.TOPICS)).stamp_ns
    return all_of(samples), recorded_labels(path, Topics(), start_ns)


def read_bag_with_metadata(data: bytes, folder: Path) -> object:
    bag = folder / 'bag'
    shutil.copytree(fuzz_bags.folder('sqlite3'), bag)
    (bag / 'metadata.yaml').write_bytes(data)
    return read_bag(bag)


@cache
def pictures(*suffixes: str) -> list[bytes]:
    image = np.arange(24 * 32 * 3, dtype=np.uint8).reshape(24, 32, 3)
    return [cv2.imencode(suffix, image)[1].tobytes() for suffix in suffixes]


@cache
def sounds() -> list[bytes]:
    import soundfile

    tone = np.sin(np.arange(1600) / 5).astype(np.float32)
    found = []
    for kind in ('WAV', 'FLAC', 'OGG'):
        out = io.BytesIO()
        soundfile.write(out, tone, 16000, format=kind)
        found.append(out.getvalue())
    eight = io.BytesIO()
    with wave.open(eight, 'wb') as file:
        file.setparams((2, 1, 8000, 0, 'NONE', ''))
        file.writeframes(bytes(range(256)))
    return [*found, eight.getvalue()]


@cache
def videos() -> list[bytes]:
    found = []
    for kind in ('matroska', 'avi', 'mp4'):
        out = io.BytesIO()
        with av.open(out, 'w', format=kind) as container:
            stream = container.add_stream('mpeg4', rate=25)
            stream.width, stream.height, stream.pix_fmt = 32, 24, 'yuv420p'
            for number in range(4):
                image = np.full((24, 32, 3), 40 * number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format='rgb24')))
            container.mux(stream.encode(None))
        found.append(out.getvalue())
    return found


def read_media(path: Path) -> object:
    return all_of(open_media(path))


def read_clip(data: bytes, folder: Path) -> object:
    return audio_files.decode(data, 16000)


def read_stamps(data: bytes, folder: Path) -> object:
    for name in ('a.png', 'b.png'):
        (folder / name).write_bytes(pictures('.png')[0])
    (folder / STAMPS).write_bytes(data)
    return [all_of(clip.samples(0, 25.0)) for clip in find_clips(folder)]


# labels --------------------------------------------------------------------------------------

CSV = b'file,start,end,label,track,group,valence,arousal\nclip,0,1.5,joy,2,women,0.5,-0.5\n'
ROW = {'file': 'clip', 'start': 0, 'end': 1.5, 'label': 'joy', 'track': 2, 'valence': 0.5}


def read_labels(path: Path) -> object:
    return LabelFile.read(path).assign(['a/clip.mp4'])


def read_annotated(path: Path) -> object:
    found = Labels(path, 10.0)
    return found.replace([vars(interval) for interval in found.intervals], 0)


def read_sent_labels(data: bytes, folder: Path) -> object:
    """What a page sends, once the server has found that it is JSON."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return Labels(folder / 'labels.csv', 10.0).replace(content, 0)


# models --------------------------------------------------------------------------------------


@cache
def model_folder(kind: str) -> Path:
    """A small model: of the package, or a network in ONNX."""
    if kind == 'fusion':
        return share_file('models/fusion_bayes/card.yaml').parent
    if kind == 'net':
        return share_file('models/fusion_gated/card.yaml').parent
    folder = fuzz_bags.scratch() / 'onnx'
    folder.mkdir()
    onnx_files.means(folder / 'weights.onnx', ['n', 3, 16, 16], (2, 3))
    onnx_files.card(folder, 'face_backbone', ['happy', 'sad', 'angry'], {'size': 16})
    golden.write(folder, 'face_backbone', models.load_backbone('face_backbone', str(folder)))
    return folder


def loaded(folder: Path) -> object:
    card = cards.read(folder)
    golden.check(folder, card.kind, models.load_backbone(card.kind, str(folder)))
    return card


def read_card(kind: str, data: bytes, folder: Path) -> object:
    own = folder / 'model'
    shutil.copytree(model_folder(kind), own)
    (own / cards.CARD).write_bytes(data)
    return loaded(own)


def read_golden(data: bytes, folder: Path) -> object:
    own = folder / 'model'
    shutil.copytree(model_folder('fusion'), own)
    (own / golden.FILE).write_bytes(data)
    return loaded(own)


def read_weights(kind: str, data: bytes, folder: Path) -> object:
    """Weights of a stranger, whose card vouches for them."""
    own = folder / 'model'
    shutil.copytree(model_folder(kind), own)
    content = yaml_files.read(own / cards.CARD)
    content['weights']['sha256'] = hashlib.sha256(data).hexdigest()
    (own / content['weights']['file']).write_bytes(data)
    cards.write(own, content)
    return loaded(own)


def committed(*names: str) -> Callable[[], list[bytes]]:
    return lambda: [share_file(name).read_bytes() for name in names]


def card_of(kind: str) -> Callable[[], list[bytes]]:
    return lambda: [(model_folder(kind) / cards.CARD).read_bytes()]


def weights_of(kind: str) -> Callable[[], list[bytes]]:
    return lambda: [cards.read_weights(cards.read(model_folder(kind)))]


def transitions_file() -> list[bytes]:
    path = fuzz_bags.scratch() / 'transitions.yaml'
    transitions.write(path, transitions.uniform(2.0))
    return [path.read_bytes()]


def parameters_file() -> list[bytes]:
    return [parameter_files.dump_file(PerceptionConfig(), 'perception', 'All').encode()]


def read_config(path: Path) -> object:
    return parameter_files.read_file(PerceptionConfig, path, 'perception')


TARGETS: dict[str, Target] = {
    'image_message': Target(lambda: [fuzz_bags.image_message()], read_image),
    'compressed_message': Target(
        lambda: [fuzz_bags.compressed_message(each) for each in pictures('.jpg', '.png', '.webp')],
        read_compressed,
    ),
    'audio_message': Target(lambda: [fuzz_bags.audio_message()], read_audio),
    'audio_message_with_info': Target(
        lambda: [fuzz_bags.audio_message_with_info()], read_audio_with_info
    ),
    'picture_message': Target(partial(pictures, '.jpg', '.png', '.webp'), read_picture_message),
    'bag_sqlite3': Target(partial(fuzz_bags.files, 'sqlite3'), as_file('bag.db3', read_bag), 60),
    'bag_mcap': Target(partial(fuzz_bags.files, 'mcap'), as_file('bag.mcap', read_bag), 60),
    'bag_ros1': Target(partial(fuzz_bags.files, 'ros1'), as_file('bag.bag', read_bag), 60),
    'bag_metadata': Target(fuzz_bags.metadata, read_bag_with_metadata, 15, is_text=True),
    'picture_file': Target(
        partial(pictures, '.jpg', '.png', '.webp', '.bmp', '.ppm', '.tiff', '.gif'),
        as_file('clip.png', read_media),
    ),
    'video_file': Target(videos, as_file('clip.mkv', read_media), 100),
    'sound_file': Target(sounds, as_file('clip.wav', read_media), 100),
    'sound_of_a_corpus': Target(sounds, read_clip),
    'stamps': Target(lambda: [b'file,time\na.png,0\nb.png,0.5\n'], read_stamps, 60),
    'labels_csv': Target(lambda: [CSV], as_file('labels.csv', read_labels)),
    'labels_json': Target(
        lambda: [json.dumps(ROW).encode()], as_file('labels.jsonl', read_labels), is_text=True
    ),
    'annotated_labels': Target(
        lambda: [b'start,end,label,track\n0,1,sad,\n2,3,joy,\n'],
        as_file('clip.labels.csv', read_annotated),
        60,
    ),
    'sent_labels': Target(
        lambda: [b'[{"start": 0, "end": 1.5, "label": "happy"}]'], read_sent_labels, is_text=True
    ),
    'card': Target(card_of('fusion'), partial(read_card, 'fusion'), 25, is_text=True),
    'card_onnx': Target(card_of('onnx'), partial(read_card, 'onnx'), 40, is_text=True),
    'card_net': Target(card_of('net'), partial(read_card, 'net'), 25, is_text=True),
    'golden': Target(committed('models/fusion_bayes/golden.yaml'), read_golden, 40, is_text=True),
    'safetensors': Target(weights_of('fusion'), partial(read_weights, 'fusion'), 40),
    'safetensors_net': Target(weights_of('net'), partial(read_weights, 'net'), 25),
    'onnx': Target(weights_of('onnx'), partial(read_weights, 'onnx'), 40),
    'parameters': Target(parameters_file, as_file('my.yaml', read_config), 30, is_text=True),
    'rules': Target(
        committed('config/policy.yaml'), as_file('policy.yaml', read_rules), 60, is_text=True
    ),
    'manifest': Target(
        committed('models/third_party.yaml'),
        as_file('m.yaml', third_party.manifest),
        60,
        is_text=True,
    ),
    'strategies': Target(
        committed('config/bench/fusion_pairs.yaml'),
        as_file('f.yaml', read_strategies),
        60,
        is_text=True,
    ),
    'transitions': Target(transitions_file, as_file('t.yaml', transitions.read), is_text=True),
    'yaml': Target(
        lambda: [b'a: &a [1, 2.5, {b: c}]\nd: *a\ne: {<<: {f: g}}\nh: 2001-01-01\n'],
        lambda data, folder: yaml_files.parse(data.decode('utf-8', 'replace')),
        300,
    ),
    'label_word': Target(
        lambda: [b'happiness'],
        lambda data, folder: labels.canonical(data.decode('utf-8', 'replace')),
    ),
}
"""By name."""
