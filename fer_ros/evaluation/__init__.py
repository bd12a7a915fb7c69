"""Numbers that say how good an estimate is."""
