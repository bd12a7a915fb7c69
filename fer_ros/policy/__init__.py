"""Choosing the robot's behaviour from how a person seems to feel."""
