"""The contract of each kind of plugin, as a function that any plugin author can run.

Each takes a ready plugin, tries what the pipeline may do to it, and raises AssertionError with the
reason where it does not keep the contract of protocols.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fer_ros.labels import LABELS, canonical
from fer_ros.protocols import (
    AudioBackbone,
    Dataset,
    FaceBackbone,
    FaceDetector,
    Fusion,
    Policy,
    Smoothing,
    StreamingVoiceActivityDetector,
    VoiceActivityDetector,
)
from fer_ros.types import (
    NS_PER_S,
    AudioWindow,
    Decision,
    Evidence,
    Expression,
    Face,
    Features,
    FloatArray,
    ImageArray,
    Modality,
    read_only,
)

C = len(LABELS)


def check_face_detector(detector: FaceDetector, face_image: ImageArray | None = None) -> None:
    """Run a detector on pictures without faces, of odd sizes, and on one of a face if given."""
    _require(isinstance(detector, FaceDetector), 'there is no method detect')
    for height, width in ((240, 320), (321, 123), (40, 400), (16, 16), (1, 1)):
        for image in _pictures(height, width):
            _check_faces(detector.detect(image), f'{width}x{height}')
    if face_image is None:
        return
    image = read_only(face_image.copy())
    faces = detector.detect(image)
    _require(len(faces) > 0, 'no face was found in a picture of one')
    _check_faces(faces, 'the picture of a face')
    detector.detect(next(_pictures(240, 320)))
    again = detector.detect(image)
    _require(
        [_box(face) for face in faces] == [_box(face) for face in again],
        'the same picture gave other faces after another one: a detector keeps no memory',
    )


def check_face_backbone(backbone: FaceBackbone) -> None:
    """Run a face backbone on no, one and several crops, of extreme content too."""
    _require(isinstance(backbone, FaceBackbone), 'attributes of FaceBackbone are missing')
    size = backbone.crop_size
    _require(type(size) is int and size > 0, f'crop_size {size!r} must be a positive integer')
    margin = backbone.crop_margin
    _require(bool(np.isfinite(margin)), f'crop_margin {margin!r} must be a finite number')
    crops = np.stack(list(_pictures(size, size)))
    _check_backbone(backbone.infer, read_only(crops))


def check_audio_backbone(backbone: AudioBackbone) -> None:
    """Run an audio backbone on no, one and several windows: silence, noise, clipped sound."""
    _require(isinstance(backbone, AudioBackbone), 'attributes of AudioBackbone are missing')
    rate_hz, window_s = backbone.rate_hz, backbone.window_s
    _require(type(rate_hz) is int and rate_hz > 0, f'rate_hz {rate_hz!r} must be positive')
    _require(window_s > 0, f'window_s {window_s!r} must be positive')
    sounds = np.stack(list(_sounds(round(rate_hz * window_s), rate_hz)))
    _check_backbone(backbone.infer, read_only(sounds))


def check_vad(vad: VoiceActivityDetector) -> None:
    """Run a voice activity detector on silence, noise, tones and very short sound."""
    _require(isinstance(vad, VoiceActivityDetector), 'there is no method voiced_share')
    for rate_hz in (8000, 16_000, 44_100, 48_000):
        for count in (1, rate_hz // 100, rate_hz, 3 * rate_hz):
            for samples in _sounds(count, rate_hz):
                share = vad.voiced_share(samples, rate_hz)
                where = f'{count} samples at {rate_hz} Hz'
                _require(0.0 <= share <= 1.0, f'the share {share!r} of {where} is not in [0, 1]')
                again = vad.voiced_share(samples, rate_hz)
                _require(share == again, f'the same {where} gave {share} and then {again}')
            silence = vad.voiced_share(read_only(np.zeros(count, np.float32)), rate_hz)
            _require(silence == 0.0, f'silence has a voiced share of {silence}')
    if isinstance(vad, StreamingVoiceActivityDetector):
        for rate_hz in (16_000, 48_000):
            _check_streams(vad, rate_hz)


def check_fusion(fusion: Fusion, sizes: Mapping[Modality, int] | None = None) -> None:
    """Try a fusion on every subset of three modalities, in any order, with extreme logits.

    ``sizes`` has the length of a modality's embedding, for a fusion that reads embeddings; others
    are 16 long.
    """
    _require(isinstance(fusion, Fusion), 'there is no method fuse or no memory_s')
    _require_raises(lambda: fusion.fuse({}), ValueError, 'fuse({})')
    for features in _evidence(sizes or {}):
        for count in range(1, len(features) + 1):
            for names in itertools.combinations(features, count):
                _check_fused(fusion, {name: [features[name]] for name in names})
                _check_fused(fusion, {name: _history(features[name]) for name in names})


def check_smoothing(smoothing: Smoothing) -> None:
    """Let a smoothing follow a person through changes, pauses and certainty, twice the same."""
    _require(isinstance(smoothing, Smoothing), 'there is no method start')
    first, again = _smoothed(smoothing), _smoothed(smoothing)
    _require(
        all(np.array_equal(one, other) for one, other in zip(first, again, strict=True)),
        'the same observations gave other probabilities to another person',
    )
    for number, probabilities in enumerate(first):
        _check_distribution(probabilities, f'observation {number} gave')
    followed = smoothing.start(_certain(0))
    for _ in range(600):
        last = followed.update(0.1, _certain(1))
    _require(int(last.argmax()) == 1, 'a change that has lasted for a minute is not followed')


def check_policy(policy: Policy) -> None:
    """Run a policy through people who come, change, leave, and through time that jumps back."""
    _require(isinstance(policy, Policy), 'there is no method decide')
    first = [_decide(policy, *moment) for moment in _story()]
    again = [_decide(policy, *moment) for moment in _story()]
    _require(
        first == again,
        'the same story told again gave other decisions: time that jumps back must start anew',
    )


def check_dataset(dataset: Dataset, most: int = 16) -> None:
    """Check labels and splits of a corpus, all subjects, and ``most`` examples of each split."""
    _require(isinstance(dataset, Dataset), 'attributes of Dataset are missing')
    count = len(dataset.labels)
    _require(count > 0, 'there are no labels')
    for label in dataset.labels:
        canonical(label)
    splits = dataset.splits()
    _require(set(splits) == {'train', 'val', 'test'}, f'splits are {sorted(splits)}')
    _check_disjoint({name: set(numbers) for name, numbers in splits.items()}, 'example')
    subjects: dict[str, set[Any]] = {}
    for split, numbers in splits.items():
        _require(len(set(numbers)) == len(numbers), f'{split}: an example is there twice')
        examples = list(dataset.examples(split))
        _require(
            len(examples) == len(numbers),
            f'{split}: {len(examples)} examples for {len(numbers)} numbers',
        )
        for example in examples[:most]:
            _check_example(example, split, count)
        subjects[split] = {example['subject'] for example in examples} - {None}
    _check_disjoint(subjects, 'subject')


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise AssertionError(reason)


def _require_raises(call: Callable[[], object], error: type[Exception], what: str) -> None:
    try:
        call()
    except error:
        return
    raise AssertionError(f'{what} must raise {error.__name__}')


def _pictures(height: int, width: int) -> Any:
    random = np.random.default_rng(0)
    shape = (height, width, 3)
    yield read_only(random.integers(0, 256, shape, dtype=np.uint8))
    yield read_only(np.zeros(shape, np.uint8))
    yield read_only(np.full(shape, 255, np.uint8))


def _sounds(count: int, rate_hz: int) -> Any:
    random = np.random.default_rng(0)
    noise = random.uniform(-1, 1, count).astype(np.float32)
    tone = np.sin(2 * np.pi * 220 * np.arange(count) / rate_hz).astype(np.float32)
    heard_late = noise.copy()
    heard_late[: count // 2] = 0.0
    for samples in (noise, np.zeros_like(noise), np.sign(noise), tone, tone * 1e-6, heard_late):
        yield read_only(samples)


def _check_faces(faces: Sequence[Face], where: str) -> None:
    _require(isinstance(faces, list), f'{where}: faces must be a list')
    scores = [face.score for face in faces]
    _require(scores == sorted(scores, reverse=True), f'{where}: faces must be best first')
    for face in faces:
        _require(0.0 <= face.score <= 1.0, f'{where}: score {face.score} is not in [0, 1]')
        box = _box(face)
        _require(bool(np.isfinite(box).all()), f'{where}: box {box} is not finite')
        _require(face.w > 0 and face.h > 0, f'{where}: box {box} is empty')
        _require(face.track_id is None, f'{where}: a detector gives no track_id')
        if face.landmarks is not None:
            shape, kind = face.landmarks.shape, face.landmarks.dtype
            _require(
                shape == (5, 2) and kind == np.float32,
                f'{where}: landmarks are {kind} {shape}, must be float32 (5, 2)',
            )


def _check_streams(vad: StreamingVoiceActivityDetector, rate_hz: int) -> None:
    """Let two streams hear the same sound, while a third one hears another."""
    sound, silence, *_ = _sounds(5 * rate_hz, rate_hz)
    one, other, beside = vad.start(), vad.start(), vad.start()
    for end in range(rate_hz, 5 * rate_hz, rate_hz // 3):
        share = one.voiced_share(_window(sound, end, rate_hz))
        _require(0.0 <= share <= 1.0, f'the share {share!r} of a stream is not in [0, 1]')
        beside.voiced_share(_window(sound[::-1], end, rate_hz))
        again = other.voiced_share(_window(sound, end, rate_hz))
        _require(share == again, f'one stream gave {share}, another of the same sound {again}')
    share = vad.start().voiced_share(_window(silence, rate_hz, rate_hz))
    _require(share == 0.0, f'silence has a voiced share of {share} in a stream')


def _window(sound: FloatArray, end: int, rate_hz: int) -> AudioWindow:
    """The second of sound before a sample."""
    stamp_ns = 1000 * NS_PER_S + round(end * NS_PER_S / rate_hz)
    return AudioWindow(stamp_ns, rate_hz, sound[end - rate_hz : end], 1.0, stamp_ns)


def _box(face: Face) -> tuple[float, float, float, float]:
    return face.x, face.y, face.w, face.h


def _check_backbone(infer: Callable[[Any], tuple[FloatArray, FloatArray]], inputs: Any) -> None:
    embeddings, logits = infer(inputs)
    _check_outputs(embeddings, logits, len(inputs))
    unusable = np.isnan(logits) | (logits == np.inf)
    _require(not unusable.any(), 'logits must be finite, or -inf for a label not modelled')
    _require(bool(np.isfinite(logits.max(axis=1)).all()), 'every label has a logit of -inf')
    _require(bool(np.isfinite(embeddings).all()), 'embeddings must be finite')
    _require(
        bool((np.isneginf(logits) == np.isneginf(logits[0])).all()),
        'the labels that are not modelled differ from input to input',
    )
    again = infer(inputs)
    _require(
        np.array_equal(again[0], embeddings) and np.array_equal(again[1], logits),
        'the same input gave another output: inference must be deterministic',
    )
    for number in range(len(inputs)):
        alone = infer(inputs[number : number + 1])
        _check_outputs(*alone, 1)
        _require(
            np.allclose(alone[1][0], logits[number], rtol=1e-3, atol=1e-3),
            f'input {number} gave other logits alone than among others',
        )
    _check_outputs(*infer(inputs[:0]), 0)


def _check_outputs(embeddings: FloatArray, logits: FloatArray, count: int) -> None:
    for name, array in (('embeddings', embeddings), ('logits', logits)):
        _require(
            array.dtype == np.float32 and array.ndim == 2 and len(array) == count,
            f'{name} of {count} inputs are {array.dtype} {array.shape}, must be float32 (N, ...)',
        )
    _require(logits.shape[1] == C, f'{logits.shape[1]} logits, must be {C}: see labels.LABELS')


def _evidence(sizes: Mapping[Modality, int]) -> list[dict[Modality, Features]]:
    """Three modalities each, the last one unknown to anybody."""
    random = np.random.default_rng(0)
    unknown = random.normal(size=(3, C)).astype(np.float32)
    unknown[0, 3] = unknown[1, 3] = unknown[1, 5] = unknown[2, 0] = -np.inf
    opposed = np.full((3, C), -np.inf, np.float32)
    opposed[[0, 1, 2], [0, 1, 2]] = 0.0
    cases = [
        random.normal(size=(3, C)).astype(np.float32),
        (random.normal(size=(3, C)) * 1e4).astype(np.float32),
        np.zeros((3, C), np.float32),
        np.full((3, C), -1e30, np.float32),
        unknown,
        opposed,
    ]
    qualities = {'face': 1.0, 'voice': 0.0, 'smell': 0.5}
    return [
        {
            name: Features(
                0, read_only(np.ones(sizes.get(name, 16), np.float32)), read_only(row), quality
            )
            for (name, quality), row in zip(qualities.items(), case, strict=True)
        }
        for case in cases
    ]


def _history(newest: Features) -> list[Features]:
    """Features of the last seconds that end with the newest."""
    earlier = [
        Features(newest.stamp_ns - back * NS_PER_S // 4, newest.embedding, newest.logits, 0.5)
        for back in range(12, 0, -1)
    ]
    return [*earlier, newest]


def _check_fused(fusion: Fusion, evidence: Evidence) -> None:
    what = f'fusion of {", ".join(evidence)}'
    answer = fusion.fuse(evidence)
    _require(
        set(answer.weights) == set(evidence),
        f'{what} gave weights of {sorted(answer.weights)}',
    )
    weights = np.array(list(answer.weights.values()))
    _require(
        bool((weights >= 0).all()) and abs(float(weights.sum()) - 1) < 1e-4,
        f'{what} gave weights {answer.weights}, which must be positive and sum to 1',
    )
    fused = answer.probabilities
    _check_distribution(fused, f'{what} gave')
    _require(
        np.array_equal(fused, fusion.fuse(evidence).probabilities),
        f'{what} gave another result again',
    )
    backwards = fusion.fuse(dict(reversed(list(evidence.items())))).probabilities
    _require(
        np.allclose(fused, backwards, atol=1e-6),
        f'{what} depends on the order in which the modalities were found',
    )


def _check_distribution(probabilities: FloatArray, what: str) -> None:
    shape, kind = probabilities.shape, probabilities.dtype
    _require(shape == (C,) and kind == np.float32, f'{what} {kind} {shape}, not float32 ({C},)')
    _require(bool(np.isfinite(probabilities).all()), f'{what} {probabilities}, not finite')
    _require(bool((probabilities >= 0).all()), f'{what} {probabilities}, some negative')
    total = float(probabilities.sum())
    _require(abs(total - 1) < 1e-4, f'{what} probabilities that sum to {total}, not to 1')


def _certain(label: int) -> FloatArray:
    return read_only(np.eye(C, dtype=np.float32)[label])


def _smoothed(smoothing: Smoothing) -> list[FloatArray]:
    """What becomes of noise, certainty and nothing known, at any distance in time."""
    random = np.random.default_rng(0)
    noise = read_only(random.dirichlet(np.ones(C)).astype(np.float32))
    unknown = read_only(np.full(C, 1 / C, np.float32))
    observed = (noise, _certain(0), unknown, _certain(1), _certain(2), noise)
    followed = smoothing.start(unknown)
    return [
        followed.update(elapsed_s, probabilities).copy()
        for elapsed_s in (1e-9, 0.01, 0.04, 1.0, 60.0, 1e6)
        for probabilities in observed
    ]


def _story() -> list[tuple[Expression | None, int]]:
    """What a policy hears, and when."""
    story: list[tuple[Expression | None, int]] = []
    labels = [*LABELS, 'bored', '']
    for step in range(200):
        now_ns = (1000 + step) * NS_PER_S // 4
        expression = Expression(now_ns, labels[step // 8 % len(labels)], step % 8 / 7)
        story.append((None if step % 50 > 45 else expression, now_ns))
    return story


def _decide(policy: Policy, expression: Expression | None, now_ns: int) -> Decision:
    decision = policy.decide(expression, now_ns)
    _require(isinstance(decision, Decision), f'decide() gave {decision!r}, not a Decision')
    _require(decision.stamp_ns == now_ns, 'the stamp of a decision must be now_ns')
    _require(bool(decision.behaviour), 'a decision must name a behaviour')
    return decision


def _check_disjoint(groups: Mapping[str, set[Any]], what: str) -> None:
    for one, other in itertools.combinations(groups, 2):
        shared = sorted(groups[one] & groups[other])[:3]
        _require(not shared, f'{what} {shared} is in {one} and in {other}')


def _check_example(example: Mapping[str, object], split: str, count: int) -> None:
    missing = {'input', 'target', 'subject'} - set(example)
    _require(not missing, f'{split}: an example has no {", ".join(sorted(missing))}')
    target = np.asarray(example['target'])
    _require(target.shape == (count,), f'{split}: target {target.shape}, must be ({count},)')
    fair = bool((target >= 0).all()) and abs(float(target.sum()) - 1) < 1e-4
    _require(fair, f'{split}: target {target} is no distribution over the labels')
    _require(bool(np.isfinite(np.asarray(example['input'])).all()), f'{split}: input not finite')
