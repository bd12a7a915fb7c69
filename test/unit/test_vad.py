import importlib.util
import sys

import numpy as np
import pytest
import soxr

from fer_ros.audio import vad
from fer_ros.audio.vad import AutoVad, EnergyVad, SileroVad, VadError
from fer_ros.data.audio_files import to_float
from fer_ros.data.ravdess import Ravdess
from fer_ros.protocols import VoiceActivityDetector
from fer_ros.types import NS_PER_S, AudioWindow

RATE_HZ = 16000


def silero():
    if importlib.util.find_spec('silero_vad') is None:
        pytest.skip('the Python package silero-vad is not installed')
    pytest.importorskip('onnxruntime')
    return SileroVad(SileroVad.Config())


def energy():
    return EnergyVad(EnergyVad.Config())


@pytest.fixture(params=[silero, energy])
def detector(request):
    return request.param()


def not_speech():
    rng = np.random.default_rng(0)
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (262, 330, 392))
    return {
        'silence': np.zeros(3 * RATE_HZ),
        'noise': 0.1 * rng.standard_normal(3 * RATE_HZ),
        'quiet noise': 1e-4 * rng.standard_normal(3 * RATE_HZ),
        'tone': 0.3 * np.sin(2 * np.pi * 440 * time_s),
        'chord': 0.1 * chord,
        'offset': np.full(3 * RATE_HZ, 0.2),
    }


@pytest.mark.parametrize('kind', not_speech())
def test_other_sound_is_not_speech(detector, kind):
    samples = not_speech()[kind].astype(np.float32)
    assert detector.voiced_share(samples, RATE_HZ) < 0.05


def test_it_keeps_the_protocol(detector):
    assert isinstance(detector, VoiceActivityDetector)
    for size in (0, 1, 100, 48000):
        assert 0.0 <= detector.voiced_share(np.zeros(size, np.float32), RATE_HZ) <= 1.0


@pytest.mark.data
@pytest.mark.parametrize('rate_hz', [8000, 16000, 48000])
def test_speech_is_heard_at_any_rate(detector, data_folder, rate_hz):
    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    clips = corpus.load(range(5, 1440, 120), rate_hz)
    shares = [detector.voiced_share(to_float(clip), rate_hz) for clip in clips]
    assert len(shares) == 12
    assert min(shares) > 0.15  # a clip is about half silence
    assert max(shares) < 0.8


@pytest.mark.data
def test_energy_does_not_depend_on_the_level(data_folder):
    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    clip = to_float(corpus.load([5], RATE_HZ)[0])
    detector = energy()
    assert detector.voiced_share(clip * np.float32(0.1), RATE_HZ) == pytest.approx(
        detector.voiced_share(clip, RATE_HZ), abs=0.05
    )


@pytest.mark.data
def test_silero_hears_the_same_again(data_folder):
    """No state is carried over from one call to the next."""
    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    clip = to_float(corpus.load([5], RATE_HZ)[0])
    detector = silero()
    first = detector.probabilities(clip)
    detector.probabilities(np.random.default_rng(0).standard_normal(9000).astype(np.float32))
    np.testing.assert_array_equal(detector.probabilities(clip), first)


@pytest.mark.data
@pytest.mark.parametrize(('rate_hz', 'largest'), [(RATE_HZ, 0.0), (44100, 1e-4), (48000, 1e-4)])
def test_a_stream_is_judged_as_if_heard_at_once(data_folder, rate_hz, largest):
    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    clips = [to_float(clip) for clip in corpus.load(range(5, 1440, 400), rate_hz)]
    rng = np.random.default_rng(0)
    sound = np.concatenate(clips)[: 12 * rate_hz]
    sound += rng.uniform(1e-4, 2e-4, len(sound)).astype(np.float32)  # no microphone is silent
    detector = silero()
    stream = detector.start()
    padded = np.concatenate((np.zeros(3 * rate_hz, np.float32), sound))
    heard = []
    inner = detector.judge

    def judge(samples, state):
        heard.append(inner(samples, state))
        return heard[-1]

    detector.judge = judge
    for end in range(rate_hz // 2, len(sound) + 1, rate_hz // 3):
        stamp_ns = 1_700_000_000 * NS_PER_S + round(end * NS_PER_S / rate_hz)
        samples = padded[end : end + 3 * rate_hz]
        stream.voiced_share(AudioWindow(stamp_ns, rate_hz, samples, 1.0, stamp_ns))
    got = np.array([probability for probability, _ in heard])
    whole = sound if rate_hz == RATE_HZ else soxr.resample(sound, rate_hz, RATE_HZ)
    wanted = detector.probabilities(whole)[: len(got)]
    assert len(got) > 350
    assert 0.2 < (got > 0.5).mean() < 0.8
    np.testing.assert_allclose(got, wanted, atol=largest, rtol=0)


@pytest.mark.data
def test_silero_is_its_authors(data_folder):
    """The same probabilities as the package's own torch code."""
    package = pytest.importorskip('silero_vad')
    import torch

    corpus = Ravdess(Ravdess.Config(root=str(data_folder)))
    clip = to_float(corpus.load([5], RATE_HZ)[0])
    model = package.load_silero_vad(onnx=True)
    size = SileroVad.BLOCK
    count = len(clip) // size
    reference = [
        float(model(torch.from_numpy(clip[n * size : (n + 1) * size].copy()), RATE_HZ))
        for n in range(count)
    ]
    np.testing.assert_allclose(silero().probabilities(clip), reference, atol=1e-4)


def test_silero_does_not_import_its_package(monkeypatch):
    monkeypatch.delitem(sys.modules, 'silero_vad', raising=False)
    silero()
    assert 'silero_vad' not in sys.modules


def test_a_missing_package_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(vad.importlib.util, 'find_spec', lambda _name: None)
    with pytest.raises(VadError, match='pip install silero-vad'):
        SileroVad(SileroVad.Config())


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(VadError, match=r'nothing\.onnx'):
        SileroVad(SileroVad.Config(model_file=str(tmp_path / 'nothing.onnx')))


def test_a_broken_file_is_named(tmp_path):
    broken = tmp_path / 'broken.onnx'
    broken.write_bytes(b'no model')
    with pytest.raises(VadError, match=r'broken\.onnx'):
        SileroVad(SileroVad.Config(model_file=str(broken)))


def test_auto_falls_back_and_says_so(tmp_path):
    detector = AutoVad(AutoVad.Config(model_file=str(tmp_path / 'nothing.onnx')))
    assert detector.chosen == 'energy'
    assert detector.voiced_share(np.zeros(48000, np.float32), RATE_HZ) == 0.0


def test_auto_takes_silero_where_it_is():
    silero()
    assert AutoVad(AutoVad.Config()).chosen == 'silero'


@pytest.mark.data
def test_chimes_in_a_real_room_are_not_speech(detector, data_folder):
    av = pytest.importorskip('av')
    with av.open(str(data_folder / 'samples' / 'face_noface.mov')) as container:
        rate_hz = container.streams.audio[0].rate
        frames = [frame.to_ndarray().mean(0) for frame in container.decode(audio=0)]
    assert detector.voiced_share(np.concatenate(frames), rate_hz) < 0.15
