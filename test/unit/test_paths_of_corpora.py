"""Archives and lists of others name files below their folder only."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from clips import write_clip

from fer_ros.data import audio_files
from fer_ros.data.audio_files import AudioFiles, AudioFilesError
from fer_ros.data.pictures import Picture, PictureConfig, PictureCorpus, PictureError
from fer_ros.resources import is_below

OUTSIDE = ['../secret.wav', '/etc/passwd', 'a/../../secret.wav', '..']


def archive(folder, members, kind=tarfile.REGTYPE):
    path = folder / 'corpus.tar'
    with tarfile.open(path, 'w') as tar:
        for name in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, '../secret.wav'
            member.size = 4 if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b'data'))
    return path


@pytest.mark.parametrize('name', OUTSIDE)
def test_what_leads_out_of_a_folder_is_known(name):
    assert not is_below(name)
    assert not is_below(f'a\0{name}')


@pytest.mark.parametrize('name', ['a.wav', 'a/b.wav', './a.wav', 'a..b/c...wav'])
def test_what_stays_in_a_folder_is_known(name):
    assert is_below(name)


def test_members_that_lead_out_of_the_folder_are_passed_over(tmp_path):
    (tmp_path / 'secret.wav').write_bytes(b'secret')
    corpus = tmp_path / 'corpus'
    corpus.mkdir()
    archive(corpus, [*OUTSIDE, 'a.wav'])
    files = AudioFiles(corpus)
    assert [name for name in files.names() if name.endswith('.wav')] == ['a.wav']
    assert files.read('a.wav') == b'data'
    for name in OUTSIDE:
        with pytest.raises(AudioFilesError, match='is not below'):
            files.read(name)


@pytest.mark.parametrize('kind', [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_links_in_archives_are_passed_over(tmp_path, kind):
    archive(tmp_path, ['link.wav'], kind)
    assert 'link.wav' not in AudioFiles(tmp_path).names()


def test_an_archive_that_lies_of_a_size_is_refused(tmp_path):
    path = archive(tmp_path, ['a.wav'])
    content = bytearray(path.read_bytes())
    content[124:136] = b'77777777777\0'  # 8 GiB
    checksum = 256 + sum(content[:148]) + sum(content[156:512])
    content[148:156] = b'%06o\0 ' % checksum
    path.write_bytes(content)
    with pytest.raises(AudioFilesError, match=r'corpus\.tar'):
        AudioFiles(tmp_path)


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / 'corpus.tar').write_bytes(b'no archive')
    with pytest.raises(AudioFilesError, match=r'corpus\.tar'):
        AudioFiles(tmp_path)


def test_an_archive_that_is_compressed_is_refused(tmp_path):
    path = archive(tmp_path, ['a.wav'])
    path.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(AudioFilesError, match=r'corpus\.tar'):
        AudioFiles(tmp_path)


@pytest.mark.parametrize('name', OUTSIDE)
def test_lists_of_pictures_name_files_below_the_corpus(tmp_path, name):
    pictures = [Picture('a.png', 0, 'train'), Picture(name, 0, 'train')]
    with pytest.raises(PictureError, match='which is not below it'):
        PictureCorpus(PictureConfig(), tmp_path, ['happy'], pictures)


def test_a_sound_that_becomes_too_long_is_refused_while_it_is_decoded(tmp_path, monkeypatch):
    clip = write_clip(tmp_path / 'a.mov', 1.0, lambda t: (0, 0, 0), lambda t: 0.1)
    content = Path(clip).read_bytes()
    assert 15_000 < len(audio_files.decode(content, 16000)) < 17_000
    monkeypatch.setattr(audio_files, 'MAX_SAMPLES', 5000)
    with pytest.raises(AudioFilesError, match='at most 5000'):
        audio_files.decode(content, 16000)
