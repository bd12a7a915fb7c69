"""Voices: features of sound, voice activity, resampling, and the nets that read expressions."""
