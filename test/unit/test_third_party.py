"""Pulling from a server that cuts transfers, starts over, or sends something else."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import onnx_files
import pytest
import yaml

from fer_ros import cards, cli, golden, models, third_party
from fer_ros.third_party import Entry, ThirdPartyError

CONTENT = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
GIT_BLOB = hashlib.sha1(b'blob %d\0' % len(CONTENT) + CONTENT).hexdigest()


class Server:
    """Serves one content; ``cuts`` says after how many bytes each answer in turn ends early."""

    def __init__(self):
        self.content, self.cuts, self.ranges, self.knows_ranges = CONTENT, [], [], True
        self.status = None

    def answer(self, handler):
        asked = handler.headers.get('Range')
        self.ranges.append(asked)
        start = int(asked[6:-1]) if asked and self.knows_ranges else 0
        if self.status or start > len(self.content) - 1:
            handler.send_error(self.status or 416)
            return
        handler.send_response(206 if start else 200)
        handler.send_header('Content-Length', str(len(self.content) - start))
        handler.end_headers()
        end = self.cuts.pop(0) if self.cuts else len(self.content)
        handler.wfile.write(self.content[start:end])


@pytest.fixture
def server():
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.answer(self)

        def log_message(self, *args):
            pass

    http = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={'poll_interval': 0.01})
    thread.start()
    state.address = f'http://127.0.0.1:{http.server_port}/file.bin'
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


def entry(server, **changes):
    about = {'sha256': SHA256, 'addresses': (server.address,), 'file': 'file.bin', **changes}
    return Entry('theirs', 'A file', 'MIT', **about)


def pull(entry, folder):
    seen = []
    path = third_party.pull(entry, folder, lambda have, total: seen.append((have, total)))
    assert path.read_bytes() == CONTENT
    return seen


@pytest.mark.parametrize('stated', [{}, {'sha256': '', 'git_blob': GIT_BLOB}])
def test_a_file_comes_once_and_stays(server, tmp_path, stated):
    seen = pull(entry(server, **stated), tmp_path)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert pull(entry(server, **stated), tmp_path) == []
    assert server.ranges == [None]
    assert [path.name for path in (tmp_path / 'theirs').iterdir()] == ['file.bin']


def test_a_transfer_that_is_cut_goes_on_where_it_stopped(server, tmp_path):
    server.cuts = [70_000, 200_000]
    pull(entry(server), tmp_path)
    assert server.ranges == [None, 'bytes=70000-', 'bytes=200000-']


def test_the_next_pull_continues_one_that_was_given_up(server, tmp_path):
    server.cuts = [1000, 2000, 3000]
    with pytest.raises(ThirdPartyError, match=r'cut after 3000 bytes.*the same command continues'):
        pull(entry(server), tmp_path)
    server.ranges.clear()
    pull(entry(server), tmp_path)
    assert server.ranges == ['bytes=3000-']


def test_a_server_without_ranges_is_asked_for_all_of_it_again(server, tmp_path):
    server.cuts, server.knows_ranges = [70_000], False
    pull(entry(server), tmp_path)


def test_a_part_that_is_whole_already_is_used(server, tmp_path):
    part = tmp_path / 'theirs' / 'file.bin.part'
    part.parent.mkdir()
    part.write_bytes(CONTENT)
    pull(entry(server), tmp_path)


def test_another_content_is_refused_and_removed(server, tmp_path):
    server.content = CONTENT[::-1]
    with pytest.raises(ThirdPartyError, match='has not the hash'):
        pull(entry(server), tmp_path)
    assert list((tmp_path / 'theirs').iterdir()) == []
    server.content = CONTENT
    pull(entry(server), tmp_path)


def test_the_next_address_is_tried_where_one_is_gone(server, tmp_path):
    with pytest.raises(ThirdPartyError, match='theirs'):
        pull(entry(server, addresses=('http://127.0.0.1:1/x',)), tmp_path)
    pull(entry(server, addresses=('http://127.0.0.1:1/x', server.address)), tmp_path)


def test_a_missing_file_is_asked_for_once(server, tmp_path):
    server.status = 404
    with pytest.raises(ThirdPartyError, match='404'):
        pull(entry(server), tmp_path)
    assert len(server.ranges) == 1


@pytest.mark.parametrize('change', [{'sha256': ''}, {'sha256': 'abc'}, {'file': '../x'}])
def test_an_entry_that_cannot_be_verified_is_refused(server, change):
    with pytest.raises(ThirdPartyError, match='theirs'):
        entry(server, **change)


def test_a_classifier_gets_a_card_and_runs(server, tmp_path, monkeypatch, capsys):
    onnx_files.means(tmp_path / 'weights.onnx', ['n', 3, 16, 16], (2, 3))
    server.content = (tmp_path / 'weights.onnx').read_bytes()
    about = {
        'summary': 'Tells the colours',
        'licence': 'MIT',
        'file': 'theirs.onnx',
        'sha256': hashlib.sha256(server.content).hexdigest(),
        'addresses': [server.address],
        'card': {
            'kind': 'face_backbone',
            'backbone': {'plugin': 'onnx'},
            'labels': ['joy', 'sadness', 'anger'],
            'input': {'size': 16},
        },
    }
    path = tmp_path / 'manifest.yaml'
    path.write_text(yaml.safe_dump({'theirs': about}))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(third_party, 'share_file', lambda _: path)

    assert cli.main(['models', 'pull', 'theirs']) == 0
    assert cards.find('theirs').folder == tmp_path / 'cache' / 'fer_ros' / 'models' / 'theirs'
    backbone = models.load_backbone('face_backbone', 'theirs', 'cpu')
    assert backbone.infer(golden.crops(16))[1].shape == (2, 8)
    assert cli.main(['models', 'verify', 'theirs']) == 0
    assert cli.main(['models', 'pull', 'other']) == 2
    assert "nothing to pull named 'other'; there are theirs" in capsys.readouterr().err


def test_the_committed_manifest_states_what_its_models_need(tmp_path):
    entries = third_party.manifest()
    assert {'yunet', 'ferplus_vgg13', 'emotieff_b0_vgaf'} <= set(entries)
    for name, found in entries.items():
        assert all(address.startswith('https://') for address in found.addresses), name
        if found.card:
            folder = tmp_path / name
            folder.mkdir()
            (folder / found.file).write_bytes(b'')
            card = cards.write(folder, third_party.card_content(found, folder / found.file))
            assert card.backbone['plugin'] == 'onnx'
        else:
            assert found.use, name
