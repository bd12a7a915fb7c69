"""Steadies what is said of a person over time: probabilities, and the label that follows."""
