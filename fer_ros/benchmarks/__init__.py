"""How fast it runs: streams of real faces and sound, and what each part of the work takes."""
