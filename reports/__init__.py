"""What a run leaves behind: its record (run.jsonl, run.json), the HTML report, the terminal summary, the command line.

Reads and writes run files only; nothing here imports the suites, the fixtures or the helpers.
"""
