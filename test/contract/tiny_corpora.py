"""A few examples of each corpus, in the layout that it is distributed in."""

from pathlib import Path

import av
import cv2
import numpy as np
import soundfile


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.sin(np.arange(480)), 16_000)


def ravdess(folder: Path) -> None:
    for actor in range(1, 25):
        for emotion in range(1, 9):
            name = f'03-01-{emotion:02d}-01-01-01-{actor:02d}.wav'
            sound(folder / f'Actor_{actor:02d}' / name)


def nemo(folder: Path) -> None:
    for speaker in ('IC0', 'KD0', 'KS0', 'MP0', 'WR0', 'MK0', 'SM0', 'EB0', 'TP0'):
        for emotion in ('neutral', 'sadness', 'happiness', 'anger', 'fear', 'surprised'):
            sound(folder / 'samples' / f'{speaker}_{emotion}_1.wav')


def cremad(folder: Path) -> None:
    actors = range(1001, 1013)
    for actor in actors:
        for emotion in ('NEU', 'ANG', 'DIS', 'FEA', 'HAP', 'SAD'):
            sound(folder / 'AudioWAV' / f'{actor}_DFA_{emotion}_XX.wav')
    rows = [f'{actor},30,{("Male", "Female")[actor % 2]},Asian,Not Hispanic' for actor in actors]
    table = '\n'.join(['ActorID,Age,Sex,Race,Ethnicity', *rows])
    (folder / 'VideoDemographics.csv').write_text(table, encoding='utf-8')


def emodb(folder: Path) -> None:
    for speaker in ('03', '08', '09', '10', '11', '12', '13', '14', '15', '16'):
        for emotion in 'WLEAFTN':
            sound(folder / 'wav' / f'{speaker}a01{emotion}a.wav')


def savee(folder: Path) -> None:
    for speaker in ('DC', 'JE', 'JK', 'KL'):
        for emotion in ('a', 'd', 'f', 'h', 'n', 'sa', 'su'):
            sound(folder / 'AudioData' / speaker / f'{emotion}01.wav')


def tess(folder: Path) -> None:
    for emotion in ('angry', 'disgust', 'fear', 'happy', 'neutral', 'ps', 'sad'):
        sound(folder / f'OAF_{emotion}' / f'OAF_back_{emotion}.wav')
        sound(folder / f'YAF_{emotion}' / f'YAF_back_{emotion}.wav')
    sound(folder / 'OAF_neutral' / 'OA_bite_neutral.wav')


def iemocap(folder: Path) -> None:
    for session in range(1, 6):
        home, dialog = folder / f'Session{session}', f'Ses{session:02d}F_impro01'
        lines = ['% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]', '']
        for number, emotion in enumerate(('neu', 'ang', 'hap', 'exc', 'sad', 'fru', 'xxx')):
            for sex in 'FM':
                turn = f'{dialog}_{sex}{number:03d}'
                sound(home / 'sentences' / 'wav' / dialog / f'{turn}.wav')
                lines += [f'[6.2901 - 8.2357]\t{turn}\t{emotion}\t[2.5000, 2.5000, 2.5000]']
                lines += ['C-E2:\tNeutral;\t()']
        ratings = home / 'dialog' / 'EmoEvaluation' / f'{dialog}.txt'
        ratings.parent.mkdir(parents=True)
        ratings.write_text('\n'.join(lines), encoding='utf-8')
        (ratings.parent / f'._{dialog}.txt').write_bytes(b'\x00\x05\x16\x07')


def meld(folder: Path) -> None:
    people = ('Monica', 'Ross', 'Phoebe', 'The Waiter', 'Joey', 'Chandler')
    for part in ('train_splits', 'dev_splits_complete', 'output_repeated_splits_test'):
        rows = ['Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID']
        for number, speaker in enumerate(people):
            rows.append(f'{number},"Oh, well.",{speaker},joy,positive,3,{number}')
            video_without_pictures(folder / part.split('_')[0] / part / f'dia3_utt{number}.mp4')
        rows.append('9,Its clip was never there.,Ross,anger,negative,3,9')
        table = {'d': 'dev', 'o': 'test', 't': 'train'}[part[0]] + '_sent_emo.csv'
        (folder / table).write_text('\n'.join(rows), encoding='utf-8')


def audio_folder(folder: Path) -> None:
    for label in ('happy', 'sadness'):
        for speaker in ('ann', 'bob', 'cy', 'dee'):
            sound(folder / label / speaker / '1.wav')


def video_without_pictures(path: Path) -> None:
    """A video of no pictures: what is read is its sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, 'w') as container:
        stream = container.add_stream('aac', rate=48_000, layout='stereo')
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 4800), np.float32), 'fltp', 'stereo')
        frame.sample_rate = 48_000
        container.mux([*stream.encode(frame), *stream.encode(None)])


def fer2013plus(folder: Path) -> None:
    count = 60
    random = np.random.default_rng(0)
    votes = random.multinomial(10, [0.1] * 10, count).astype(np.uint8)
    np.savez(
        folder / 'fer2013plus.npz',
        images=random.integers(0, 256, (count, 48, 48), dtype=np.uint8),
        ferplus_votes=votes,
        ferplus_label=votes[:, :8].argmax(axis=1).astype(np.int8),
        fer_label=random.integers(0, 7, count).astype(np.int8),
        split=np.repeat([0, 1, 2], count // 3).astype(np.uint8),
        dup_group=np.arange(count) // 2,
        dup_of_earlier_split=np.zeros(count, dtype=bool),
    )


def film(path: Path, seed: int = 0, seconds: float = 1.0) -> None:
    """A video of 10 pictures a second, each of one grey, with sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    codecs = ('flv1', 'mp3') if path.suffix == '.flv' else ('mpeg4', 'aac')
    with av.open(path, 'w') as container:
        pictures = container.add_stream(codecs[0], rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, 'yuv420p'
        sound = container.add_stream(codecs[1], rate=44_100, layout='mono')
        for number in range(round(10 * seconds)):
            grey = np.full((64, 96, 3), 40 + (17 * seed + 10 * number) % 180, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(grey, 'rgb24')))
        tone = 0.1 * np.sin((0.05 + 0.0005 * seed) * np.arange(round(44_100 * seconds)))
        frame = av.AudioFrame.from_ndarray(tone[None].astype(np.float32), 'fltp', 'mono')
        frame.sample_rate = 44_100
        resampler = av.AudioResampler(format=sound.codec_context.format, layout='mono')
        for part in resampler.resample(frame):
            container.mux(sound.encode(part))
        container.mux([*pictures.encode(None), *sound.encode(None)])


def ravdess_video(folder: Path) -> None:
    for actor in range(1, 25, 4):
        home = folder / f'Video_Speech_Actor_{actor:02d}' / f'Actor_{actor:02d}'
        for emotion in (1, 5):
            film(home / f'01-01-{emotion:02d}-01-01-01-{actor:02d}.mp4', 10 * actor + emotion, 0.5)


def cremad_video(folder: Path) -> None:
    for actor in range(1001, 1009):
        film(folder / 'VideoFlash' / f'{actor}_DFA_ANG_XX.flv', actor - 1000, 0.5)
    (folder / 'AudioWAV').mkdir()


def picture(path: Path, seed: int, colour: bool = True) -> None:
    """A picture that no other seed gives, without being noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3 if colour else 1), np.uint8)
    cv2.imwrite(str(path), cv2.resize(coarse, (60, 60), interpolation=cv2.INTER_CUBIC))


def image_folder(folder: Path) -> None:
    for number, label in enumerate(('happy', 'sadness', 'Anger')):
        for person in range(4):
            for shot in range(2):
                seed = 100 * number + 10 * person + shot
                picture(folder / label / f'person{person}' / f'{shot}.png', seed)


def raf_db(folder: Path) -> None:
    lines = []
    for side, count in (('train', 28), ('test', 7)):
        for number in range(count):
            name = f'{side}_{number + 1:05d}'
            lines.append(f'{name}.jpg {number % 7 + 1}')
            seed = number + 1000 * (side == 'test')
            picture(folder / 'basic' / 'Image' / 'aligned' / f'{name}_aligned.jpg', seed)
    (folder / 'basic' / 'EmoLabel').mkdir()
    (folder / 'basic' / 'EmoLabel' / 'list_patition_label.txt').write_text('\n'.join(lines))


def affectnet(folder: Path) -> None:
    columns = 'subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks'
    for side, count in (('training', 44), ('validation', 11)):
        rows = [f'{columns},expression,valence,arousal']
        for number in range(count):
            name = f'{number}/{side}{number}.jpg'
            rows.append(f'{name},5,6,40,41,1;2,{number % 11},-2,-2')
            picture(folder / 'Manually_Annotated_Images' / name, number + 1000 * (count == 11))
        (folder / f'{side}.csv').write_text('\n'.join(rows))


MAKERS = {
    'affectnet': affectnet,
    'audio_folder': audio_folder,
    'cremad': cremad,
    'cremad_video': cremad_video,
    'emodb': emodb,
    'fer2013plus': fer2013plus,
    'iemocap': iemocap,
    'image_folder': image_folder,
    'meld': meld,
    'nemo': nemo,
    'raf_db': raf_db,
    'ravdess': ravdess,
    'ravdess_video': ravdess_video,
    'savee': savee,
    'tess': tess,
}
