"""Labelled corpora in the layouts they are distributed in."""
