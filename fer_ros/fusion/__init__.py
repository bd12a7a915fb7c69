"""Strategies that join what several modalities say of one person."""
