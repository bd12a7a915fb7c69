"""Labels for recordings, made in the browser: what ``fer-ros bag annotate`` serves."""
