import http.client
import json
import threading

import pytest

from fer_ros.annotation.labels import Interval
from fer_ros.annotation.material import Guess, Material
from fer_ros.annotation.server import MAX_BODY, Server
from fer_ros.annotation.session import Session

FILM = bytes(range(256)) * 20
MATERIAL = Material(10.0, True, (Guess(1.0, 2.0, 'sad', 0.7),), ((0.0, -20.0),))


class Prepared:
    """A preparation that waits for a word."""

    def __init__(self, film):
        self.film = film
        self.go = threading.Event()
        self.progress = None
        self.error = None

    def __call__(self, progress):
        self.progress = progress
        progress(0.25)
        assert self.go.wait(30)
        if self.error:
            raise self.error
        return MATERIAL, self.film


class Client:
    def __init__(self, server):
        self.server = server
        self.token = server.token

    def ask(self, method, place, body=None, headers=(), path=None, skip_host=False):
        """Status, headers and content of the answer."""
        connection = http.client.HTTPConnection('127.0.0.1', self.server.server_port, timeout=30)
        path = f'/{self.token}/{place}' if path is None else path
        connection.putrequest(method, path, skip_host=skip_host or 'Host' in dict(headers))
        for name, value in dict(headers).items():
            connection.putheader(name, value)
        if body is not None and 'Content-Length' not in dict(headers):
            connection.putheader('Content-Length', str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, response.headers, content

    def put(self, intervals, version):
        body = json.dumps({'intervals': intervals, 'version': version}).encode()
        status, _, content = self.ask('PUT', 'labels', body, {'Content-Type': 'application/json'})
        return status, json.loads(content)

    def session(self):
        return json.loads(self.ask('GET', 'session')[2])


@pytest.fixture
def prepared(tmp_path):
    path = tmp_path / 'film.mp4'
    path.write_bytes(FILM)
    return Prepared(path)


@pytest.fixture
def unready(prepared, tmp_path):
    """A client while the recording is still being prepared, and the thread that does it."""
    session = Session('clip', tmp_path / 'clip.labels.csv', None, prepared)
    with Server(session) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        thread = session.start()
        yield Client(server), thread
        prepared.go.set()
        thread.join()
        server.shutdown()
        serving.join()


@pytest.fixture
def client(unready, prepared):
    client, thread = unready
    prepared.go.set()
    thread.join()
    return client


def test_the_page_and_its_parts_are_served(client):
    for place, kind in (
        ('', 'text/html'),
        ('annotate.js', 'text/javascript'),
        ('labelling.js', 'text/javascript'),
        ('timeline.js', 'text/javascript'),
        ('annotate.css', 'text/css'),
    ):
        status, headers, content = client.ask('GET', place)
        assert status == 200
        assert headers.get_content_type() == kind
        assert int(headers['Content-Length']) == len(content) > 200
        assert client.ask('HEAD', place)[2] == b''


def test_it_listens_to_this_machine_only(client):
    assert client.server.server_address[0] == '127.0.0.1'
    assert client.server.url.startswith('http://127.0.0.1:')


@pytest.mark.parametrize(
    'path', ['/', '/wrong/', '/wrong/session', '//', '', '/%2e%2e/etc/passwd', '/wrong/film']
)
def test_without_the_token_there_is_nothing(client, path):
    status, _, content = client.ask('GET', '', path=path or '/')
    assert status == 404
    assert b'clip' not in content


@pytest.mark.parametrize(
    'place',
    [
        '../session.py',
        '..%2fsession.py',
        'index.html',
        'static/index.html',
        '/etc/passwd',
        '%2e%2e/%2e%2e/setup.py',
        'session/',
        'film?x',
        'labels',
    ],
)
def test_only_known_places_exist(client, place):
    assert client.ask('GET', place)[0] == 404


@pytest.mark.parametrize('host', ['evil.example', 'evil.example:80', '127.0.0.1', 'localhost', ''])
def test_another_host_name_is_refused(client, host):
    assert client.ask('GET', 'session', headers={'Host': host})[0] == 403


def test_no_host_name_is_refused(client):
    assert client.ask('GET', 'session', skip_host=True)[0] == 403


def test_localhost_is_this_machine_too(client):
    host = f'localhost:{client.server.server_port}'
    assert client.ask('GET', 'session', headers={'Host': host})[0] == 200


@pytest.mark.parametrize('origin', ['http://evil.example', 'null', 'http://127.0.0.1:1'])
def test_other_pages_are_refused(client, origin):
    body = json.dumps({'intervals': [], 'version': 0}).encode()
    headers = {'Origin': origin, 'Content-Type': 'application/json'}
    assert client.ask('PUT', 'labels', body, headers)[0] == 403
    assert client.ask('GET', 'session', headers={'Origin': origin})[0] == 403


def test_every_answer_forbids_what_the_page_does_not_need(client):
    for place in ('', 'session', 'film', 'nothing'):
        headers = client.ask('GET', place)[1]
        assert "default-src 'none'" in headers['Content-Security-Policy']
        assert 'unsafe' not in headers['Content-Security-Policy']
        assert headers['X-Content-Type-Options'] == 'nosniff'
        assert headers['Cache-Control'] == 'no-store'
        assert 'Access-Control-Allow-Origin' not in headers
        assert 'Python' not in headers['Server']


def test_labels_are_saved_at_once(client, tmp_path):
    interval = {'start': 0.5, 'end': 2, 'label': 'happy'}
    assert client.put([interval], 0) == (200, {'version': 1})
    assert '0.500,2.000,happy' in (tmp_path / 'clip.labels.csv').read_text()
    content = client.session()
    assert content['intervals'] == [{'start': 0.5, 'end': 2.0, 'label': 'happy'}]
    assert content['version'] == 1


@pytest.mark.parametrize(
    ('intervals', 'version', 'status'),
    [
        ([], 7, 409),
        ([], '0', 409),
        ([], None, 409),
        ([{'start': 0, 'end': 1, 'label': '<b>'}], 0, 400),
        ('x', 0, 400),
        (None, 0, 400),
    ],
)
def test_wrong_labels_are_refused_with_the_reason(client, tmp_path, intervals, version, status):
    seen, content = client.put(intervals, version)
    assert seen == status
    assert content['error']
    assert not (tmp_path / 'clip.labels.csv').exists()


@pytest.mark.parametrize(
    ('body', 'headers', 'status'),
    [
        (b'{}', {}, 415),
        (b'{}', {'Content-Type': 'text/plain'}, 415),
        (b'{', {'Content-Type': 'application/json'}, 400),
        (b'[]', {'Content-Type': 'application/json'}, 400),
        (b'[' * 100_000, {'Content-Type': 'application/json'}, 400),
        (None, {'Content-Type': 'application/json'}, 411),
        (None, {'Content-Type': 'application/json', 'Content-Length': '-1'}, 411),
        (None, {'Content-Type': 'application/json', 'Content-Length': str(MAX_BODY + 1)}, 413),
    ],
)
def test_wrong_requests_are_refused(client, body, headers, status):
    assert client.ask('PUT', 'labels', body, headers)[0] == status
    assert client.session()['version'] == 0


def test_other_methods_do_not_exist(client):
    for method in ('POST', 'DELETE', 'OPTIONS', 'TRACE'):
        assert client.ask(method, 'labels', b'')[0] == 501


@pytest.mark.parametrize(
    ('asked', 'status', 'first', 'last'),
    [
        (None, 200, 0, 5119),
        ('bytes=0-', 206, 0, 5119),
        ('bytes=100-199', 206, 100, 199),
        ('bytes=5000-99999', 206, 5000, 5119),
        ('bytes=-20', 206, 5100, 5119),
        ('bytes=-99999', 206, 0, 5119),
        ('bytes=5119-5119', 206, 5119, 5119),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(client, asked, status, first, last):
    headers = {'Range': asked} if asked else {}
    seen, answer, content = client.ask('GET', 'film', headers=headers)
    assert seen == status
    assert content == FILM[first : last + 1]
    assert answer['Accept-Ranges'] == 'bytes'
    if status == 206:
        assert answer['Content-Range'] == f'bytes {first}-{last}/{len(FILM)}'


@pytest.mark.parametrize('asked', ['bytes=5120-', 'bytes=20-10', 'bytes=-0'])
def test_a_part_that_is_not_there_is_refused(client, asked):
    status, answer, content = client.ask('GET', 'film', headers={'Range': asked})
    assert (status, content) == (416, b'')
    assert answer['Content-Range'] == f'bytes */{len(FILM)}'


@pytest.mark.parametrize('asked', ['lines=0-1', 'bytes=0-1,5-6', 'bytes=-', 'bytes=a-b'])
def test_a_range_that_is_not_understood_is_passed_over(client, asked):
    status, _, content = client.ask('GET', 'film', headers={'Range': asked})
    assert (status, content) == (200, FILM)


def test_the_page_hears_how_far_the_preparation_is(unready, prepared):
    client, thread = unready
    content = client.session()
    assert (content['ready'], content['error']) == (False, '')
    assert client.ask('GET', 'film')[0] == 503
    assert client.put([], 0)[0] == 503
    prepared.go.set()
    thread.join()
    content = client.session()
    assert content['ready']
    assert content['guesses'] == [{'start': 1.0, 'end': 2.0, 'label': 'sad', 'confidence': 0.7}]
    assert content['labels'][0][0] == 'neutral'


def test_the_page_hears_why_the_preparation_failed(unready, prepared):
    client, thread = unready
    prepared.error = ValueError('no pictures in it')
    prepared.go.set()
    thread.join()
    content = client.session()
    assert (content['ready'], content['error']) == (False, 'no pictures in it')


def test_labels_that_are_there_are_shown(unready, prepared, tmp_path):
    client, thread = unready
    (tmp_path / 'clip.labels.csv').write_text('start,end,label\n1,2,fear\n')
    prepared.go.set()
    thread.join()
    assert client.session()['intervals'] == [vars(Interval(1.0, 2.0, 'scared'))]


def test_a_stopped_session_ends_its_preparation(prepared, tmp_path):
    session = Session('clip', tmp_path / 'labels.csv', None, prepared)
    thread = session.start()
    session.stop()
    prepared.go.set()
    thread.join(30)
    assert not thread.is_alive()
    with pytest.raises(RuntimeError):
        prepared.progress(0.5)
