"""The records of runs: what they hold, their folders and the store, damaged ones."""
