# SPDX-License-Identifier: MIT
"""What is said to the user: one line each, with the place, and nothing twice."""
import sys


class Refusal(Exception):
    """The build cannot go on. The text is one line: where, and what."""


class Report:
    """Collects warnings; each is said once."""

    def __init__(self, stream=None, verbose=False):
        self.verbose = verbose
        self.stream = stream or sys.stderr
        self.said = set()
        self.lines = []

    def warn(self, place, text):
        line = f"{place}: {text}" if place else text
        if line not in self.said:
            self.said.add(line)
            self.lines.append(line)
            print(f"wdf build: {line}", file=self.stream)

    def detail(self, place, text):
        """What only those want to know who look for a mistake."""
        if self.verbose:
            self.warn(place, text)

    def warn_once(self, key, place, text):
        """Says it for the first place only."""
        if key not in self.said:
            self.said.add(key)
            self.warn(place, text)
