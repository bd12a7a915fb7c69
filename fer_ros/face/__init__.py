"""The face branch: detect, track, align, and read expressions."""
