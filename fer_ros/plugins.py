"""Names of plugins -> classes.

A built-in is a ``'module:Class'`` string in one table, so that a bare checkout works.  Others
register the entry-point group ``fer_ros.<kind>``; a name with ':' is an import path and needs no
registration.  Listing imports nothing; loading imports only the chosen one.
"""

from __future__ import annotations

import dataclasses
import importlib
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from fer_ros import protocols

if TYPE_CHECKING:
    from fer_ros.config import Chosen

BUILT_IN: dict[str, dict[str, str]] = {
    'face_detector': {
        'yunet': 'fer_ros.face.yunet:YuNetDetector',
    },
    'face_backbone': {
        'simple_cnn': 'fer_ros.face.backbones:SimpleCNN',
        'vgg': 'fer_ros.face.backbones:VGG',
        'resnet': 'fer_ros.face.backbones:ResNet',
        'fast_resnet': 'fer_ros.face.backbones:FastResNet',
        'mini_xception': 'fer_ros.face.backbones:MiniXception',
        'timm': 'fer_ros.face.backbones_timm:Timm',
        'onnx': 'fer_ros.face.backbones_onnx:OnnxFaceBackbone',
    },
    'audio_backbone': {
        'attentive_resnet': 'fer_ros.audio.backbones:AttentiveResNet',
        'logmel_cnn': 'fer_ros.audio.backbones:LogMelCNN',
        'mfcc_cnn': 'fer_ros.audio.backbones:MfccCNN',
        'crnn': 'fer_ros.audio.backbones:CRNN',
        'onnx': 'fer_ros.audio.backbones_onnx:OnnxAudioBackbone',
    },
    'vad': {
        'auto': 'fer_ros.audio.vad:AutoVad',
        'silero': 'fer_ros.audio.vad:SileroVad',
        'energy': 'fer_ros.audio.vad:EnergyVad',
    },
    'fusion': {
        'weighted_average': 'fer_ros.fusion.average:WeightedAverage',
        'voting': 'fer_ros.fusion.voting:Voting',
        'product': 'fer_ros.fusion.product:Product',
        'order_statistic': 'fer_ros.fusion.order_statistic:OrderStatistic',
        'confidence': 'fer_ros.fusion.confidence:Confidence',
        'dempster_shafer': 'fer_ros.fusion.dempster_shafer:DempsterShafer',
        'bayes': 'fer_ros.fusion.bayes:Bayes',
        'stacking': 'fer_ros.fusion.stacking:Stacking',
        'concat': 'fer_ros.fusion.feature:Concat',
        'weighted_sum': 'fer_ros.fusion.feature:WeightedSum',
        'gated': 'fer_ros.fusion.feature:Gated',
        'bilinear': 'fer_ros.fusion.feature:Bilinear',
        'recurrent': 'fer_ros.fusion.feature:Recurrent',
        'cross_attention': 'fer_ros.fusion.feature:CrossAttention',
        'graph': 'fer_ros.fusion.feature:Graph',
    },
    'smoothing': {
        'exponential': 'fer_ros.smoothing.exponential:Exponential',
        'hidden_markov': 'fer_ros.smoothing.hidden_markov:HiddenMarkov',
    },
    'policy': {
        'rules': 'fer_ros.policy.rules:RulePolicy',
    },
    'dataset': {
        'fer2013plus': 'fer_ros.data.fer2013plus:Fer2013Plus',
        'ravdess': 'fer_ros.data.ravdess:Ravdess',
        'nemo': 'fer_ros.data.nemo:Nemo',
        'cremad': 'fer_ros.data.cremad:CremaD',
        'emodb': 'fer_ros.data.emodb:EmoDb',
        'savee': 'fer_ros.data.savee:Savee',
        'tess': 'fer_ros.data.tess:Tess',
        'iemocap': 'fer_ros.data.iemocap:Iemocap',
        'meld': 'fer_ros.data.meld:Meld',
        'audio_folder': 'fer_ros.data.audio_folder:AudioFolder',
        'ravdess_video': 'fer_ros.data.ravdess_video:RavdessVideo',
        'cremad_video': 'fer_ros.data.cremad_video:CremaDVideo',
        'raf_db': 'fer_ros.data.raf_db:RafDb',
        'affectnet': 'fer_ros.data.affectnet:AffectNet',
        'image_folder': 'fer_ros.data.image_folder:ImageFolder',
    },
}
KINDS = tuple(BUILT_IN)
PROTOCOLS: dict[str, type] = {
    'face_detector': protocols.FaceDetector,
    'face_backbone': protocols.FaceBackbone,
    'audio_backbone': protocols.AudioBackbone,
    'vad': protocols.VoiceActivityDetector,
    'fusion': protocols.Fusion,
    'smoothing': protocols.Smoothing,
    'policy': protocols.Policy,
    'dataset': protocols.Dataset,
}
"""What a plugin of each kind must be."""


class PluginError(ValueError):
    """A plugin that does not exist, is claimed twice, or cannot be imported."""


def available(kind: str) -> dict[str, str]:
    """Name -> import path of every plugin of a kind, sorted; imports none of them."""
    found = {name: [path] for name, path in _built_in(kind).items()}
    for name, path in _registered(kind):
        paths = found.setdefault(name, [])
        if path not in paths:
            paths.append(path)
    return {name: ' and '.join(paths) for name, paths in sorted(found.items())}


def load(kind: str, name: str) -> Any:
    """The class of a plugin.  Raises PluginError saying what exists, or why it did not load."""
    path = name if ':' in name else _path_of(kind, name)
    module_name, _, class_name = path.partition(':')
    try:
        cls = getattr(importlib.import_module(module_name), class_name)
    except Exception as error:  # a plugin may fail to import in any way
        absent = isinstance(error, ModuleNotFoundError) and error.name == module_name
        hint = '; is its folder in PYTHONPATH?' if absent else ''
        raise PluginError(
            f'{kind} plugin {name!r} ({path}) failed to load: {error!r}{hint}'
        ) from error
    if not dataclasses.is_dataclass(getattr(cls, 'Config', None)):
        raise PluginError(f'{kind} plugin {name!r} ({path}) has no nested Config dataclass')
    return cls


def build(kind: str, chosen: Chosen, *more: Any) -> Any:
    """The plugin that a slot names, built from its settings and whatever more its kind takes.

    Raises PluginError for what is of another kind.
    """
    plugin = load(kind, chosen.plugin)(chosen.config, *more)
    protocol = PROTOCOLS[kind]
    if not isinstance(plugin, protocol):
        raise PluginError(
            f'{kind} plugin {chosen.plugin!r} is no {protocol.__name__}; see fer_ros.protocols'
        )
    return plugin


@cache
def _registered(kind: str) -> tuple[tuple[str, str], ...]:
    """Names and import paths of other packages' plugins.

    Searching all that is installed takes long for a node that checks a parameter.
    """
    entries = metadata.entry_points(group=f'fer_ros.{kind}')
    return tuple((entry.name, entry.value) for entry in entries)


def _path_of(kind: str, name: str) -> str:
    known = available(kind)
    if name not in known:
        raise PluginError(f'unknown {kind} plugin {name!r}; available: {", ".join(known)}')
    if ' and ' in known[name]:
        raise PluginError(f'{kind} plugin {name!r} is claimed twice: {known[name]}')
    return known[name]


def _built_in(kind: str) -> dict[str, str]:
    if kind not in BUILT_IN:
        raise PluginError(f'unknown kind of plugin {kind!r}; kinds: {", ".join(KINDS)}')
    return BUILT_IN[kind]
