"""Augmentation of speech, in batches on the device.

Two stages: what changes the sound itself (tempo and pitch, place in the window, room, band
limits, noise, clipping) and vocal tract length works on samples; SpecAugment, tilt and shift work
on levels and are cheap.  Where samples are slow to augment (no GPU), a few versions of each clip
are made once and only the second stage runs in every epoch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fer_ros.audio.features import FeatureConfig
from fer_ros.audio.tensors import levels, split
from fer_ros.config import setting


@dataclass(frozen=True)
class AugmentConfig:
    """How far and how often speech is changed; a share is a probability per example."""

    speed: float = setting(0.1, 'Largest relative change of tempo and pitch', ge=0.0, le=0.3)
    vocal_tract: float = setting(0.1, 'Largest relative change of formants', ge=0.0, le=0.3)
    cut_share: float = setting(0.25, 'How often an end of the speech is cut off', ge=0.0, le=1.0)
    cut_s: float = setting(0.5, 'At most so much is cut off', unit='s', ge=0.0, le=2.0)
    reverb_share: float = setting(0.3, 'How often a room is added', ge=0.0, le=1.0)
    longest_rt60_s: float = setting(0.6, 'Longest reverberation', unit='s', ge=0.1, le=2.0)
    band_share: float = setting(0.3, 'How often the band is limited', ge=0.0, le=1.0)
    noise_share: float = setting(0.5, 'How often noise is added', ge=0.0, le=1.0)
    lowest_snr_db: float = setting(5.0, 'Loudest noise', unit='dB', ge=-10.0, le=40.0)
    highest_snr_db: float = setting(40.0, 'Softest noise', unit='dB', ge=0.0, le=80.0)
    clip_share: float = setting(0.05, 'How often the sound is clipped', ge=0.0, le=1.0)
    tilt_db: float = setting(6.0, 'Largest smooth change over the bands', unit='dB', ge=0.0)
    style_share: float = setting(
        0.0, 'How often the bands take mean and spread from another example', ge=0.0, le=1.0
    )
    shift_frames: int = setting(12, 'Largest shift in time', ge=0)
    masks: int = setting(2, 'Masks over bands and as many over frames', ge=0, le=8)
    mask_bands: int = setting(10, 'Widest mask over bands', ge=0)
    mask_frames: int = setting(16, 'Widest mask over frames', ge=0)
    pitch_shift: int = setting(6, 'Largest shift over the rows of pitch', ge=0)


def augment_samples(
    samples: Tensor, features: FeatureConfig, config: AugmentConfig, generator: torch.Generator
) -> Tensor:
    """Levels of changed sound, see tensors.levels(); samples (N, T), silence first."""
    samples = move(samples, features.rate_hz, config, generator)
    samples = colour(samples, features.rate_hz, config, generator)
    samples = add_noise(samples, config, generator)
    clip = _chosen(len(samples), config.clip_share, generator)[:, None]
    gain = 10.0 ** _uniform((len(samples), 1), 0.0, 1.0, generator)
    peak = samples.abs().amax(-1, keepdim=True).clamp(min=1e-4)
    samples = torch.where(clip, (samples * gain / peak).clamp(-1.0, 1.0), samples)
    warp = _uniform((len(samples),), 1 - config.vocal_tract, 1 + config.vocal_tract, generator)
    return levels(samples, features, warp)


def move(
    samples: Tensor, rate_hz: int, config: AugmentConfig, generator: torch.Generator
) -> Tensor:
    """Another tempo (and with it pitch), and another place of the speech in the window."""
    count, size = samples.shape
    device = samples.device
    speed = _uniform((count, 1), 1.0 - config.speed, 1.0 + config.speed, generator)
    leading = (samples != 0).to(torch.uint8).argmax(-1, keepdim=True)
    later = (_uniform((count, 1), 0.0, 1.0, generator) * leading).floor()
    cut = (_uniform((count, 1), -config.cut_s, config.cut_s, generator) * rate_hz).floor()
    cut = torch.where(_chosen(count, config.cut_share, generator)[:, None], cut, 0.0)
    steps = torch.arange(size, device=device)
    from_end = (size - 1 - steps) - later + cut
    position = (size - 1) - from_end * speed
    inside = (position >= 0) & (position <= size - 1)
    position = position.clamp(0, size - 1)
    before = position.long().clamp(max=size - 2)
    part = position - before
    moved = samples.gather(1, before) * (1 - part) + samples.gather(1, before + 1) * part
    return moved * inside


def colour(
    samples: Tensor, rate_hz: int, config: AugmentConfig, generator: torch.Generator
) -> Tensor:
    """Rooms (exponentially decaying noise after the direct sound) and limits of the band."""
    count, size = samples.shape
    device = samples.device
    tail = round(config.longest_rt60_s * rate_hz)
    chosen = _chosen(count, max(config.reverb_share, config.band_share), generator)
    some = chosen.nonzero().flatten()
    if not len(some):
        return samples
    padded = 1 << (size + tail - 1).bit_length()
    spectrum = torch.fft.rfft(samples[some], padded)
    hz = torch.linspace(0.0, rate_hz / 2, padded // 2 + 1, device=device)
    spectrum = spectrum * _rooms(len(some), tail, padded, rate_hz, config, generator)
    spectrum = spectrum * _bands(len(some), hz, config, generator)
    changed = samples.clone()
    changed[some] = torch.fft.irfft(spectrum, padded)[:, :size]
    return changed


def add_noise(samples: Tensor, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Noise, white to pink or darker, over the whole window or over the speech alone."""
    count, size = samples.shape
    device = samples.device
    some = _chosen(count, config.noise_share, generator).nonzero().flatten()
    if not len(some):
        return samples
    white = torch.randn((len(some), size), generator=generator, device=device)
    slope = _uniform((len(some), 1), 0.0, 1.0, generator)
    bins = torch.arange(1, size // 2 + 2, device=device)
    noise = torch.fft.irfft(torch.fft.rfft(white) * bins ** (-slope), size)
    speech = samples[some]
    heard = speech != 0
    power = speech.square().sum(-1) / heard.sum(-1).clamp(min=1)
    snr_db = _uniform((len(some),), config.lowest_snr_db, config.highest_snr_db, generator)
    wanted = (power * 10.0 ** (-snr_db / 10.0)).sqrt()
    noise = noise * (wanted / noise.square().mean(-1).sqrt())[:, None]
    whole = _chosen(len(some), 0.5, generator)[:, None]
    changed = samples.clone()
    changed[some] = speech + torch.where(whole | heard, noise, 0.0)
    return changed


def augment_levels(
    level: Tensor, features: FeatureConfig, config: AugmentConfig, generator: torch.Generator
) -> Tensor:
    """Levels tilted, shifted in time and partly masked (SpecAugment); see tensors.levels().

    The rows of pitch are shifted and masked with them, and moved up or down.
    """
    level, heard = split(level, features)
    count, bands, frames = level.shape
    device = level.device
    phase = torch.linspace(0.0, torch.pi, bands, device=device)
    shapes = torch.stack((phase.cos(), (2 * phase).cos()))
    tilt = _uniform((count, 2), -config.tilt_db, config.tilt_db, generator) @ shapes
    silent = level <= -features.range_db
    level = torch.where(silent, level, level + tilt[:, :, None])
    level = mix_style(level, features.range_db, config.style_share, generator)
    peak = level.amax((-2, -1), keepdim=True)
    level = (level - peak).clamp(min=-features.range_db)
    shift = _uniform((count, 1, 1), -config.shift_frames, config.shift_frames + 1, generator)
    order = (torch.arange(frames, device=device) - shift.long()) % frames
    level = level.gather(2, order.expand(count, bands, frames))
    mean = level.mean((-2, -1), keepdim=True)
    hidden = _stripes(count, bands, config.masks, config.mask_bands, generator)[:, :, None]
    unheard = _stripes(count, frames, config.masks, config.mask_frames, generator)[:, None]
    level = torch.where(hidden | unheard, mean, level)
    if not features.pitch_rows:
        return level
    heard = heard.gather(2, order.expand(count, features.pitch_rows, frames))
    heard = transpose_pitch(heard, config, generator)
    return torch.cat((level, torch.where(unheard, 0.0, heard)), dim=1)


def transpose_pitch(heard: Tensor, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    """Rows of pitch (N, rows, frames) moved up or down, and partly masked."""
    count, rows, frames = heard.shape
    low, high = -config.pitch_shift, config.pitch_shift + 1
    up = _uniform((count, 1, 1), low, high, generator).floor().long()
    source = torch.arange(rows, device=heard.device)[:, None] - up
    inside = (source >= 0) & (source < rows)
    moved = heard.gather(1, source.clamp(0, rows - 1).expand(count, rows, frames))
    masked = _stripes(count, rows, 1, config.mask_bands, generator)[:, :, None]
    return torch.where(inside & ~masked, moved, 0.0)


def mix_style(level: Tensor, range_db: float, share: float, generator: torch.Generator) -> Tensor:
    """Levels whose bands partly take mean and spread over time from another example.

    MixStyle over frequency (Kim et al. 2022, arXiv 2206.12513): voice and microphone of one
    example with what is said, and how, of another.  Frames without any sound do not count.
    """
    if share == 0.0:
        return level
    count = len(level)
    heard = (level.amax(1, keepdim=True) > -range_db).float()
    frames = heard.sum(-1, keepdim=True).clamp(min=1.0)
    mean = (level * heard).sum(-1, keepdim=True) / frames
    spread = (((level - mean) * heard).square().sum(-1, keepdim=True) / frames).sqrt() + 1.0
    other = torch.randperm(count, generator=generator, device=level.device)
    own = _uniform((count, 1, 1), 0.0, 1.0, generator)
    mixed_mean = own * mean + (1 - own) * mean[other]
    mixed_spread = own * spread + (1 - own) * spread[other]
    mixed = (level - mean) / spread * mixed_spread + mixed_mean
    chosen = _chosen(count, share, generator)[:, None, None]
    return torch.where(chosen & (heard > 0), mixed, level)


def _rooms(
    count: int,
    tail: int,
    padded: int,
    rate_hz: int,
    config: AugmentConfig,
    generator: torch.Generator,
) -> Tensor:
    device = generator.device
    seconds = torch.arange(tail, device=device) / rate_hz
    rt60 = _uniform((count, 1), 0.1, config.longest_rt60_s, generator)
    noise = torch.randn((count, tail), generator=generator, device=device)
    response = noise * torch.exp(-6.9 * seconds / rt60)
    # the direct sound is 0 to 15 dB above the whole of the reflections
    direct_db = _uniform((count, 1), 0.0, 15.0, generator)
    energy = response.square().sum(-1, keepdim=True).clamp(min=1e-9)
    response = response * (10.0 ** (-direct_db / 10.0) / energy).sqrt()
    share = config.reverb_share / max(config.reverb_share, config.band_share)
    response = response * _chosen(count, share, generator)[:, None]
    response[:, 0] = 1.0
    rooms: Tensor = torch.fft.rfft(response, padded)
    return rooms


def _bands(count: int, hz: Tensor, config: AugmentConfig, generator: torch.Generator) -> Tensor:
    low = _uniform((count, 1), 40.0, 300.0, generator)
    high = _uniform((count, 1), 3000.0, 8000.0, generator)
    power = (hz / low).pow(4) / (1 + (hz / low).pow(4)) / (1 + (hz / high).pow(12))
    share = config.band_share / max(config.reverb_share, config.band_share)
    limited = _chosen(count, share, generator)[:, None]
    return torch.where(limited, power.sqrt(), 1.0)


def _stripes(count: int, size: int, masks: int, widest: int, generator: torch.Generator) -> Tensor:
    device = generator.device
    steps = torch.arange(size, device=device)
    width = _uniform((count, masks, 1), 0.0, widest + 1.0, generator).long()
    start = (_uniform((count, masks, 1), 0.0, 1.0, generator) * (size - width + 1)).long()
    return ((steps >= start) & (steps < start + width)).any(1)


def _chosen(count: int, share: float, generator: torch.Generator) -> Tensor:
    return torch.rand(count, generator=generator, device=generator.device) < share


def _uniform(
    shape: tuple[int, ...], low: float, high: float, generator: torch.Generator
) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator, device=generator.device)
