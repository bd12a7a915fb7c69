"""Whatever a plugin answers, nothing that is no number comes out, and the stage is named."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fakes import (
    C,
    FakeAudioBackbone,
    FakeFaceBackbone,
    FakeVad,
    faces_of,
    features_for,
    frame_at,
    logits_for,
    seconds,
    window_at,
)
from fer_ros.answers import AnswerError, check_faces, check_features, check_fused
from fer_ros.audio.branch import VoiceBranch
from fer_ros.config import parse
from fer_ros.face.branch import FaceBranch
from fer_ros.fusion.average import WeightedAverage
from fer_ros.pipeline import EmotionPipeline, PipelineConfig
from fer_ros.stages import Stages
from fer_ros.types import Face, Fused

BAD = [np.nan, np.inf, -np.inf]
WRONG = {
    'raises': lambda good: 1 / 0,
    'nan': lambda good: np.full_like(good, np.nan),
    'one nan': lambda good: np.where(np.arange(good.size).reshape(good.shape) == 2, np.nan, good),
    'inf': lambda good: np.full_like(good, np.inf),
    'too few': lambda good: good[..., :-1],
    'no row': lambda good: good[:0],
    'two rows': lambda good: np.stack([good, good]),
    'nothing': lambda good: None,
}


class Wrong:
    """A plugin of any kind whose answers are right for the first two calls only."""

    @dataclass(frozen=True)
    class Config:
        pass

    memory_s = 0.0

    def __init__(self, spoil, inner=None):
        self._spoil = spoil
        self._inner = inner
        self._calls = 0

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def _spoilt(self, good):
        self._calls += 1
        return self._spoil(good) if self._calls > 2 else good

    def infer(self, given):
        embeddings, logits = self._inner.infer(given)
        return embeddings, self._spoilt(logits)

    def fuse(self, evidence):
        return Fused(self._spoilt(np.full(C, 1 / C, np.float32)), dict.fromkeys(evidence, 1.0))

    def voiced_share(self, samples, rate_hz):
        return float(self._spoilt(np.ones(1))[0])


class WrongSmoothing(Wrong):
    def start(self, probabilities):
        return self

    def update(self, elapsed_s, probabilities):
        return self._spoilt(probabilities)


class WrongEmbeddings(Wrong):
    def infer(self, given):
        embeddings, logits = self._inner.infer(given)
        return self._spoilt(embeddings), logits


def make_pipeline(stage, wrong, errors):
    config = parse(
        PipelineConfig,
        {'face': {'detection_interval': 0.0, 'tracking': {'min_hits': 1}}, 'voice': {'hop': 0.05}},
    )
    stages = Stages()
    face_net = FakeFaceBackbone(logits_for('happy'))
    voice_net = FakeAudioBackbone(logits_for('sad'))
    fusion = WeightedAverage(WeightedAverage.Config())
    pipeline = EmotionPipeline(
        config,
        FaceBranch(
            config.face,
            faces_of([(60, 40, 40, 40)]),
            wrong(face_net) if stage == 'face' else face_net,
            stages,
        ),
        VoiceBranch(
            config.voice,
            wrong(None) if stage == 'vad' else FakeVad(FakeVad.Config()),
            wrong(voice_net) if stage == 'voice' else voice_net,
            stages,
        ),
        wrong(None) if stage == 'fusion' else fusion,
        stages,
        errors.append,
    )
    if stage == 'smoothing':
        setup = pipeline.prepare(config)
        pipeline.use(replace(setup, smoothing=wrong(None)))
    return pipeline


def finite(result):
    estimates = [
        estimate for person in result.people for estimate in (person.fused, *person.alone.values())
    ]
    for estimate in estimates:
        assert np.isfinite(estimate.probabilities).all()
        assert estimate.probabilities.sum() == pytest.approx(1.0, abs=1e-3)
        assert np.isfinite([estimate.confidence, estimate.valence, estimate.arousal]).all()
        assert np.isfinite(list(estimate.weights.values())).all()
    return bool(estimates)


@pytest.mark.parametrize('spoil', WRONG.values(), ids=WRONG)
@pytest.mark.parametrize('stage', ['face', 'voice', 'fusion', 'smoothing'])
def test_a_wrong_answer_is_no_evidence_and_its_stage_is_named(stage, spoil):
    errors = []
    kind = WrongSmoothing if stage == 'smoothing' else Wrong
    pipeline = make_pipeline(stage, lambda inner: kind(spoil, inner), errors)
    results = [
        pipeline.process(seconds(t), frame_at(t), window_at(t)) for t in np.arange(1.0, 2.0, 0.1)
    ]
    assert [finite(result) for result in results][:2] == [True, True]
    assert errors
    assert {error.stage for error in errors} == {stage}
    others = {'face': 'voice', 'voice': 'face', 'smoothing': 'face'}
    if stage in others:
        assert others[stage] in results[-1].focus.alone
    else:
        assert not results[-1].people


@pytest.mark.parametrize('spoil', [WRONG['nan'], WRONG['inf']], ids=['nan', 'inf'])
@pytest.mark.parametrize(
    ('stage', 'kind'), [('face', WrongEmbeddings), ('voice', WrongEmbeddings), ('vad', Wrong)]
)
def test_bad_embeddings_and_shares_reach_no_fusion(stage, kind, spoil):
    errors = []
    pipeline = make_pipeline(stage, lambda inner: kind(spoil, inner), errors)
    results = [
        pipeline.process(seconds(t), frame_at(t), window_at(t)) for t in np.arange(1.0, 2.0, 0.1)
    ]
    assert all(finite(result) for result in results)
    assert {error.stage for error in errors} == {'voice' if stage == 'vad' else stage}


@pytest.mark.parametrize('value', BAD)
@pytest.mark.parametrize('field', ['x', 'y', 'w', 'h', 'score'])
def test_a_face_without_a_place_is_refused(field, value):
    with pytest.raises(AnswerError):
        check_faces([replace(Face(1.0, 2.0, 30.0, 40.0, 0.9), **{field: value})])


@pytest.mark.parametrize('field', ['w', 'h'])
def test_a_face_without_a_size_is_refused(field):
    with pytest.raises(AnswerError):
        check_faces([replace(Face(1.0, 2.0, 30.0, 40.0, 0.9), **{field: 0.0})])


def test_a_detector_that_answers_nonsense_leaves_the_tracked_faces_as_they_are():
    errors = []
    pipeline = make_pipeline('none', None, errors)
    track = pipeline.process(seconds(1.0), frame_at(1.0)).focus.face.track_id
    sound = pipeline.face.detector.faces
    pipeline.face.detector.faces = [Face(np.nan, 0.0, 10.0, 10.0, 0.9)]
    pipeline.process(seconds(1.1), frame_at(1.1))
    assert [error.stage for error in errors] == ['face']
    pipeline.face.detector.faces = sound
    assert pipeline.process(seconds(1.2), frame_at(1.2)).focus.face.track_id == track


@pytest.mark.parametrize('weight', [np.nan, np.inf, -1.0, 2.0])
def test_weights_that_are_no_shares_are_refused(weight):
    with pytest.raises(AnswerError, match='weights'):
        check_fused(Fused(np.full(C, 1 / C, np.float32), {'face': weight}))


def test_labels_that_a_model_does_not_know_are_no_error():
    logits = logits_for('happy')
    logits[-1] = -np.inf
    check_features(replace(features_for('happy'), logits=logits))
