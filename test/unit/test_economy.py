from dataclasses import dataclass, replace

import numpy as np
import pytest

from fakes import FakeDetector, FakeFaceBackbone, frame_at, logits_for, seconds
from fer_ros import plugins
from fer_ros.config import Chosen, dump, parse, parse_chosen, setting
from fer_ros.economy import FULL, Economy, levels
from fer_ros.face.branch import FaceBranch
from fer_ros.fusion.average import WeightedAverage
from fer_ros.pipeline import EmotionPipeline, PipelineConfig, PipelineError
from fer_ros.stages import Stages
from fer_ros.types import Face

FACE, VOICE = PipelineConfig().face, PipelineConfig().voice


def test_more_is_left_out_in_the_stated_order():
    described = [economy.describe(FACE, VOICE) for economy in levels(FACE, VOICE)]
    assert described == [
        '',
        'detection every 0.2 s',
        'detection every 0.4 s',
        'detection every 0.4 s, voice every 1 s',
        'detection every 0.4 s, voice every 2 s',
        'detection every 0.4 s, voice every 2 s, detection in pictures of 160 px',
    ]


def test_what_is_not_in_use_is_no_level():
    assert len(levels(replace(FACE, enabled=False), VOICE)) == 3
    assert len(levels(FACE, replace(VOICE, enabled=False))) == 4
    without_size = replace(FACE, detector=Chosen('fakes:FakeDetector', FakeDetector.Config()))
    assert len(levels(without_size, VOICE)) == 5


def test_every_frame_is_searched_less_often_too():
    every_frame = replace(FACE, detection_interval=0.0)
    assert Economy(detection_interval=4).face(every_frame).detection_interval == 0.2


def test_nothing_left_out_is_the_settings_as_they_are():
    assert FULL.face(FACE) is FACE
    assert FULL.voice(VOICE) == VOICE
    assert FULL.detector(FACE.detector) is FACE.detector


@pytest.mark.parametrize('plugin', plugins.BUILT_IN['face_detector'])
def test_the_detectors_of_this_package_can_search_a_smaller_picture(plugin):
    smaller = Economy(detection_size=2).detector(parse_chosen('face_detector', {'plugin': plugin}))
    assert smaller.config.input_size == 160
    assert parse_chosen('face_detector', {'plugin': plugin, **dump(smaller.config)}) == smaller


class SizedDetector:
    """Finds a face whose width is the size it was built for; there are none below 100 px."""

    @dataclass(frozen=True)
    class Config:
        input_size: int = setting(300, 'Longest edge')

    def __init__(self, config):
        if config.input_size < 100:
            raise OSError('no such size')
        self._width = config.input_size

    def detect(self, image):
        return [Face(10.0, 10.0, self._width / 10, 20.0, 0.9)]


def make_pipeline(input_size=300, on_error=None):
    given = {'plugin': f'{__name__}:SizedDetector', 'input_size': input_size}
    face = {'detector': given, 'detection_interval': 0.1, 'tracking': {'min_hits': 1}}
    config = parse(PipelineConfig, {'face': face, 'voice': {'enabled': False}})
    stages = Stages()
    detector = SizedDetector(config.face.detector.config)
    branch = FaceBranch(config.face, detector, FakeFaceBackbone(logits_for('happy')), stages)
    fusion = WeightedAverage(WeightedAverage.Config())
    return EmotionPipeline(config, branch, None, fusion, stages, on_error)


def searched(pipeline, begin_s):
    """At how many of 20 frames, 50 ms apart, faces were looked for."""
    results = [pipeline.process(seconds(t), frame_at(t)) for t in begin_s + np.arange(20) * 0.05]
    return sum('detect' in result.stage_ns for result in results)


def width(pipeline, time_s):
    pipeline.reset()
    return pipeline.process(seconds(time_s), frame_at(time_s)).focus.face.w


def test_a_pipeline_leaves_out_what_it_is_told_and_takes_it_up_again():
    pipeline = make_pipeline()
    config = pipeline.config
    assert (searched(pipeline, 1.0), width(pipeline, 3.0)) == (10, 30.0)
    pipeline.economise(Economy(detection_interval=4, detection_size=2))
    assert pipeline.config is config
    assert (searched(pipeline, 5.0), width(pipeline, 7.0)) == (3, 15.0)
    pipeline.economise(FULL)
    assert (searched(pipeline, 9.0), width(pipeline, 11.0)) == (10, 30.0)


def test_settings_that_change_meanwhile_keep_the_economy():
    pipeline = make_pipeline()
    pipeline.economise(Economy(detection_interval=4, detection_size=2))
    config = pipeline.config
    pipeline.apply(replace(config, face=replace(config.face, max_faces=3)))
    assert (searched(pipeline, 5.0), width(pipeline, 7.0)) == (3, 15.0)


def test_a_smaller_detector_that_cannot_be_built_leaves_the_larger_one_at_work():
    errors: list[PipelineError] = []
    pipeline = make_pipeline(150, errors.append)
    pipeline.economise(Economy(detection_size=2))
    assert [error.stage for error in errors] == ['face']
    assert width(pipeline, 1.0) == 15.0
    pipeline.economise(FULL)
    assert width(pipeline, 2.0) == 15.0
