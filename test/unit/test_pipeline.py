import itertools
import time

import numpy as np
import pytest

from fakes import (
    C,
    FakeAudioBackbone,
    FakeFaceBackbone,
    FakeFusion,
    FakeVad,
    faces_of,
    frame_at,
    logits_for,
    seconds,
    window_at,
    write_models,
)
from fer_ros.audio.branch import VoiceBranch
from fer_ros.config import parse
from fer_ros.face.branch import FaceBranch
from fer_ros.labels import index_of, softmax
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, PipelineError, load_fusion
from fer_ros.stages import Stages
from fer_ros.valence_arousal import valence_arousal

ONE = [(60, 40, 40, 40)]
TWO = [(10, 10, 30, 30), (70, 20, 60, 60)]
QUICK = {
    'fusion': {'plugin': 'weighted_average', 'weights': [0.6, 0.4]},
    'face': {
        'detector': {'plugin': 'fakes:FakeDetector'},
        'detection_interval': 0.0,
        'tracking': {'min_hits': 1},
    },
    'voice': {'vad': {'plugin': 'fakes:FakeVad'}, 'hop': 0.05},
    'smoothing': {'plugin': 'exponential', 'time_constant': 0.0},
    'label': {'hysteresis': 0.0, 'dwell': 0.0},
}


def config_of(**settings):
    """Settings over those of QUICK, group by group; another plugin brings its own."""
    merged = QUICK | {
        name: given if 'plugin' in given else QUICK.get(name, {}) | given
        for name, given in settings.items()
    }
    return parse(PipelineConfig, merged)


class Setup:
    """A pipeline of fakes, with its parts and the errors that it told of."""

    def __init__(self, boxes=ONE, fusion=None, timer=time.perf_counter_ns, **settings):
        config = config_of(**settings)
        stages = Stages(timer)
        self.detector = faces_of(boxes)
        self.face_net = FakeFaceBackbone(logits_for('happy'))
        self.voice_net = FakeAudioBackbone(logits_for('sad'))
        self.errors = []
        face_branch = FaceBranch(config.face, self.detector, self.face_net, stages)
        vad = FakeVad(FakeVad.Config())
        self.pipeline = EmotionPipeline(
            config,
            face_branch if config.face.enabled else None,
            VoiceBranch(config.voice, vad, self.voice_net, stages),
            fusion or load_fusion(config.fusion),
            stages,
            lambda error: self.errors.append(str(error)),
        )

    def at(self, time_s, frame=True, voice=True):
        return self.pipeline.process(
            seconds(time_s),
            frame_at(time_s) if frame else None,
            window_at(time_s) if voice else None,
        )


def test_face_and_voice_of_one_person_are_fused():
    result = Setup().at(2.0)
    person = result.focus
    assert person.fused.sources == {'face', 'voice'}
    wanted = 0.6 * softmax(logits_for('happy')) + 0.4 * softmax(logits_for('sad'))
    np.testing.assert_allclose(person.fused.probabilities, wanted, atol=1e-6)
    assert person.fused.label == 'happy'
    assert person.alone['face'].label == 'happy'
    assert person.alone['voice'].label == 'sad'
    assert person.alone['voice'].sources == {'voice'}
    assert person.face.track_id == person.fused.track_id


def test_stamps_are_those_of_the_newest_evidence():
    setup = Setup()
    result = setup.pipeline.process(seconds(2.0), frame_at(1.98), window_at(2.0))
    assert result.stamp_ns == seconds(2.0)
    assert result.focus.alone['face'].stamp_ns == seconds(1.98)
    assert result.focus.fused.stamp_ns == result.focus.alone['voice'].stamp_ns == seconds(2.0)


def test_the_voice_belongs_to_the_face_in_focus_only():
    result = Setup(TWO).at(1.0)
    assert [person.face.w for person in result.people] == [60, 30]
    assert result.focus.fused.sources == {'face', 'voice'}
    assert result.people[1].fused.sources == {'face'}
    assert 'voice' not in result.people[1].alone


def test_a_voice_without_a_face_is_a_person_too():
    result = Setup(boxes=[]).at(1.0)
    person = result.focus
    assert (person.face, person.fused.track_id) == (None, None)
    assert (person.fused.label, person.fused.sources) == ('sad', {'voice'})


@pytest.mark.parametrize('inputs', [{'frame': False}, {'voice': False}])
def test_one_input_is_enough(inputs):
    person = Setup().at(1.0, **inputs).focus
    assert person.fused.sources == ({'voice'} if 'frame' in inputs else {'face'})


def test_nobody_there_is_a_result_without_people():
    result = Setup(boxes=[]).at(1.0, voice=False)
    assert (result.people, result.focus, result.stamp_ns) == ((), None, seconds(1.0))
    assert result.frame.stamp_ns == seconds(1.0)


def test_a_branch_that_is_off_is_not_asked():
    setup = Setup(face={'enabled': False})
    assert setup.at(1.0).focus.fused.sources == {'voice'}
    assert setup.detector.calls == 0


def test_a_face_branch_that_fails_does_not_stop_the_voice():
    setup = Setup()
    setup.detector.fail = RuntimeError('camera model broke')
    assert setup.at(1.0).focus.fused.sources == {'voice'}
    assert setup.errors == ["face: RuntimeError('camera model broke')"]


def test_a_voice_branch_that_fails_does_not_stop_the_face():
    setup = Setup()
    setup.voice_net.infer = None
    assert setup.at(1.0).focus.fused.sources == {'face'}
    assert len(setup.errors) == 1
    assert setup.errors[0].startswith('voice: TypeError')


def test_it_recovers_when_the_failure_is_over():
    setup = Setup()
    setup.detector.fail = RuntimeError('once')
    setup.at(1.0)
    setup.detector.fail = None
    assert setup.at(1.1).focus.fused.sources == {'face', 'voice'}


@pytest.mark.parametrize('value', [np.nan, np.inf])
@pytest.mark.parametrize('modality', ['face', 'voice'])
def test_logits_that_are_no_numbers_are_no_evidence_and_are_reported(modality, value):
    setup = Setup()
    net = setup.face_net if modality == 'face' else setup.voice_net
    net.logits = net.logits.copy()
    net.logits[2] = value
    result = setup.at(1.0)
    assert result.focus.fused.sources == {'face', 'voice'} - {modality}
    assert np.isfinite(result.focus.fused.probabilities).all()
    assert setup.errors[0].startswith(f'{modality}: ')


def test_logits_that_rule_every_label_out_are_no_evidence():
    setup = Setup()
    setup.face_net.logits = np.full(C, -np.inf, np.float32)
    assert setup.at(1.0).focus.fused.sources == {'voice'}
    assert setup.errors[0].startswith('face: ')


def test_labels_that_a_model_does_not_know_get_no_probability():
    setup = Setup()
    setup.face_net.logits = logits_for('happy')
    setup.face_net.logits[index_of('contempt')] = -np.inf
    person = setup.at(1.0, voice=False).focus
    assert person.fused.probabilities[index_of('contempt')] == 0.0
    assert setup.errors == []


def raises():
    raise ValueError('no')


@pytest.mark.parametrize('answer', [raises, lambda: np.full(C, np.nan, np.float32)])
def test_a_fusion_that_fails_is_reported_and_gives_nobody(answer):
    setup = Setup(fusion=FakeFusion(answer))
    assert setup.at(1.0).people == ()
    assert setup.errors[0].startswith('fusion: ')


def test_without_a_listener_a_failure_is_raised():
    setup = Setup()
    setup.pipeline._on_error = None
    setup.detector.fail = RuntimeError('broke')
    with pytest.raises(PipelineError, match=r"face: RuntimeError\('broke'\)"):
        setup.at(1.0)


def test_probabilities_are_smoothed_over_time():
    setup = Setup(smoothing={'plugin': 'exponential', 'time_constant': 1.0})
    setup.at(1.0, voice=False)
    setup.face_net.logits = logits_for('sad')
    person = setup.at(1.5, voice=False).focus
    step = 1 - np.exp(-0.5)
    wanted = (1 - step) * softmax(logits_for('happy')) + step * softmax(logits_for('sad'))
    np.testing.assert_allclose(person.fused.probabilities, wanted, atol=1e-6)
    np.testing.assert_allclose(person.alone['face'].probabilities, wanted, atol=1e-6)


def test_two_people_are_smoothed_apart():
    setup = Setup(TWO, smoothing={'plugin': 'exponential', 'time_constant': 100.0})
    first = {p.face.track_id: p.fused.probabilities for p in setup.at(1.0).people}
    second = {p.face.track_id: p.fused.probabilities for p in setup.at(1.1).people}
    assert first.keys() == second.keys()
    for track_id, probabilities in first.items():
        np.testing.assert_allclose(second[track_id], probabilities, atol=1e-4)


def test_time_that_jumps_back_forgets_everybody():
    setup = Setup(smoothing={'plugin': 'exponential', 'time_constant': 1000.0})
    setup.at(100.0)
    setup.face_net.logits = logits_for('sad')
    assert setup.at(50.0, voice=False).focus.fused.label == 'sad'


def test_a_frame_that_is_a_little_late_forgets_nobody():
    setup = Setup(smoothing={'plugin': 'exponential', 'time_constant': 1000.0})
    setup.at(100.0)
    setup.face_net.logits = logits_for('sad')
    assert setup.at(99.5, voice=False).focus.fused.label == 'happy'


def test_reset_lets_the_focus_go():
    setup = Setup([(10, 10, 40, 40), (80, 20, 44, 44)])
    setup.detector.faces = setup.detector.faces[:1]
    setup.at(1.0)
    setup.pipeline.reset()
    setup.detector.faces = faces_of([(10, 10, 40, 40), (80, 20, 44, 44)]).faces
    assert setup.at(2.0).focus.face.w == 44


def test_live_settings_are_taken_over_by_every_part():
    setup = Setup(TWO)
    setup.at(1.0)
    config = config_of(
        face={'max_faces': 1},
        fusion={'plugin': 'weighted_average', 'weights': [0.0, 1.0]},
        smoothing={'plugin': 'exponential', 'time_constant': 1000.0},
    )
    setup.pipeline.apply(config)
    assert setup.pipeline.config is config
    result = setup.at(1.1)
    assert len(result.people) == 1
    assert setup.errors == []
    setup.pipeline.reset()
    assert setup.at(1.2).focus.fused.label == 'sad'


def test_valence_and_arousal_follow_from_the_probabilities_unless_that_is_switched_off():
    setup = Setup()
    fused = setup.at(1.0).focus.fused
    assert (fused.valence, fused.arousal) == valence_arousal(fused.probabilities)
    assert fused.expression.valence == fused.valence
    setup.pipeline.apply(config_of(label={'valence_arousal': False}))
    assert setup.at(1.1).focus.fused.expression.valence is None


def test_between_two_frames_a_person_keeps_track_and_face():
    setup = Setup(face={'ageing': {'half_life': 0.5}})
    face = setup.at(1.0).focus.face
    between = setup.at(1.5, frame=False)
    (person,) = between.people
    assert person.face is face
    assert person.fused.track_id == face.track_id
    assert person.fused.sources == {'face', 'voice'}
    assert person.alone.keys() == {'voice'}, 'the face says nothing new'
    # the face counts half of the time, with its weight of 0.6
    assert person.fused.weights['face'] == pytest.approx(0.3)
    assert person.fused.stamp_ns == seconds(1.5)


def test_a_face_that_is_not_seen_any_more_leaves_its_voice_to_the_same_person():
    setup = Setup(
        face={
            'ageing': {'half_life': 0.5, 'max_age': 1.0},
            'tracking': {'min_hits': 1, 'coast': 0.0},
        }
    )
    track_id = setup.at(1.0).focus.fused.track_id
    setup.detector.faces = []
    weights = []
    for time_s in (1.1, 1.5, 1.9):
        (person,) = setup.at(time_s).people
        assert person.face is None
        assert person.fused.track_id == track_id
        weights.append(person.fused.weights['face'])
    assert weights == sorted(weights, reverse=True)
    (stranger,) = setup.at(2.1).people
    assert stranger.fused.track_id is None
    assert stranger.fused.sources == {'voice'}


def test_a_face_alone_is_nobody_as_soon_as_a_frame_is_without_it():
    setup = Setup()
    setup.at(1.0, voice=False)
    assert len(setup.at(1.2, frame=False, voice=False).people) == 1
    setup.detector.faces = []
    assert setup.at(2.0, voice=False).people == ()


def test_without_frames_a_face_is_believed_for_a_while_only():
    setup = Setup(face={'ageing': {'max_age': 1.0}})
    setup.at(1.0, voice=False)
    assert len(setup.at(1.9, frame=False, voice=False).people) == 1
    assert setup.at(2.1, frame=False, voice=False).people == ()


def test_a_voice_that_falls_silent_counts_less_and_then_not_at_all():
    setup = Setup(voice={'ageing': {'half_life': 1.0, 'max_age': 1.5}})
    setup.at(1.0)
    weights = [setup.at(time_s, voice=False).focus.fused.weights for time_s in (1.0, 2.0, 3.0)]
    assert weights[0] == {'face': pytest.approx(0.6), 'voice': pytest.approx(0.4)}
    assert weights[1] == {'face': pytest.approx(0.8), 'voice': pytest.approx(0.2)}
    assert weights[2] == {'face': 1.0}


class Listening(FakeFusion):
    """Keeps the evidence it was last given."""

    memory_s = 1.0

    def fuse(self, evidence):
        self.evidence = evidence
        return super().fuse(evidence)


def test_the_fusion_gets_the_evidence_of_as_many_seconds_as_it_wants():
    fusion = Listening(lambda: softmax(logits_for('happy')))
    setup = Setup(fusion=fusion, voice={'hop': 0.4})
    for step in range(21):
        setup.at(step / 10)
    stamps = {
        name: [features.stamp_ns / seconds(1) for features in track]
        for name, track in fusion.evidence.items()
    }
    assert stamps['face'] == pytest.approx([1.0 + step / 10 for step in range(11)])
    assert stamps['voice'] == pytest.approx([1.2, 1.6, 2.0])


def test_who_returns_is_known_again_without_what_was_seen_long_ago():
    fusion = Listening(lambda: softmax(logits_for('happy')))
    fusion.memory_s = 60.0
    setup = Setup(
        fusion=fusion,
        face={'ageing': {'max_age': 1.0}, 'tracking': {'min_hits': 1, 'max_missed': 5.0}},
    )
    track_id = setup.at(1.0, voice=False).focus.fused.track_id
    faces, setup.detector.faces = setup.detector.faces, []
    assert setup.at(3.0, voice=False).people == ()
    setup.detector.faces = faces
    back = setup.at(4.0, voice=False).focus
    assert back.fused.track_id == track_id
    assert [features.stamp_ns for features in fusion.evidence['face']] == [seconds(4.0)]


def test_the_stages_are_timed_for_each_sample():
    setup = Setup()
    assert {'detect', 'face_net', 'voice_net', 'fuse'} <= set(setup.at(1.0).stage_ns)
    assert 'voice_net' not in setup.at(1.1, voice=False).stage_ns


def test_no_time_is_counted_twice():
    ticks = itertools.count()  # a stage that calls no timer within itself takes one
    spent = Setup(timer=ticks.__next__).at(1.0).stage_ns
    assert spent['fuse'] == 1
    assert spent['smooth'] == 3  # what is said of the person, the face and the voice


def test_voice_tells_what_sound_it_takes():
    assert Setup().pipeline.voice.rate_hz == FakeAudioBackbone.rate_hz


def test_a_fusion_of_the_embeddings_of_other_models_is_refused_live(tmp_path):
    write_models(tmp_path)
    face = QUICK['face'] | {'model': str(tmp_path / 'face_backbone')}
    pipeline = Setup(face=face).pipeline
    before = pipeline.config
    with pytest.raises(ValueError, match='fitted on the embeddings of face_ferplus'):
        pipeline.apply(config_of(face=face, fusion={'plugin': 'concat'}))
    assert pipeline.config is before


def test_the_pipeline_of_the_default_settings_loads_what_they_name():
    config = config_of(face={'model': 'nope'})
    with pytest.raises(ValueError, match="no model 'nope'"):
        EmotionPipeline.load(config)
