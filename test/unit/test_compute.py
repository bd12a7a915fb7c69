import pytest

from fer_ros import compute


def test_the_device_in_use_is_a_real_one():
    torch = pytest.importorskip('torch')
    wanted = 'cuda' if torch.cuda.is_available() else 'cpu'
    assert compute.device_in_use('auto') == wanted
    assert compute.device_in_use('cpu') == 'cpu'


def test_networks_use_as_many_threads_as_they_are_told():
    torch = pytest.importorskip('torch')
    before = torch.get_num_threads()
    try:
        compute.use_threads(before + 1)
        assert torch.get_num_threads() == before + 1
    finally:
        compute.use_threads(before)
