# SPDX-License-Identifier: MIT
"""Visual Studio's solution files."""
import os
import re

from .paths import absolute, display, read_text
from .report import Refusal

PROJECT = re.compile(r'^Project\("\{([^}]*)\}"\)\s*=\s*"([^"]*)"\s*,\s*"([^"]*)"\s*,\s*"\{([^}]*)\}"')
FOLDER_KIND = "2150E333-8FDC-42A3-9474-1A3956D46DE8"


class Entry:
    def __init__(self, name, path, guid, place):
        self.name = name
        self.path = path
        self.guid = guid
        self.place = place
        self.dependencies = []


class Solution:
    def __init__(self):
        self.projects = []
        self.pairs = []       # (configuration, platform) of the solution
        self.mapping = {}     # (guid, solution pair in lower case) -> [(configuration, platform), built]

    def choose(self, configuration, platform, shown):
        from .msbuild import choose_configuration
        if not self.pairs:
            return (configuration, platform)
        pair = choose_configuration(self.pairs, configuration, platform)
        if pair is None:
            asked = "|".join(filter(None, (configuration, platform)))
            raise Refusal(f"{shown}: there is no {asked} to build; there are "
                          + ", ".join(sorted("|".join(p) for p in self.pairs)))
        return pair

    def mapped(self, entry, pair):
        """The project's own pair; None when it is not built."""
        if pair == (None, None) or not self.mapping:
            return pair
        found = self.mapping.get((entry.guid, "|".join(pair).lower()))
        if found is None:
            return pair if not any(g == entry.guid for g, _ in self.mapping) else None
        return found[0] if found[1] else None


def parse_solution(path, folders):
    shown = display(path)
    try:
        text, _ = read_text(path)
    except OSError as error:
        raise Refusal(f"{shown}: {error.strerror}") from None
    if "Microsoft Visual Studio Solution File" not in text[:400]:
        raise Refusal(f"{shown}:1: not a solution: the first line of one says \"Microsoft Visual Studio Solution File\"")
    solution, current, section = Solution(), None, ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        place = f"{shown}:{number}"
        match = PROJECT.match(line)
        if match:
            kind, name, where, guid = match.groups()
            current = None
            if kind.upper() != FOLDER_KIND:
                found = folders.find(os.path.dirname(path), where)
                current = Entry(name, found or absolute(os.path.dirname(path), where), guid.upper(), place)
                solution.projects.append(current)
        elif line.startswith("Project("):
            raise Refusal(f"{place}: not understood: {line[:60]}")
        elif line.startswith(("ProjectSection(", "GlobalSection(")):
            section = line.split("(", 1)[1].split(")", 1)[0]
        elif line.startswith("End"):
            section = ""
            if line == "EndProject":
                current = None
        elif section == "ProjectDependencies" and current is not None and "=" in line:
            current.dependencies.append(line.split("=")[0].strip().strip("{}").upper())
        elif section == "SolutionConfigurationPlatforms" and "=" in line:
            name, _, platform = line.split("=")[0].strip().partition("|")
            if platform:
                solution.pairs.append((name, platform))
        elif section == "ProjectConfigurationPlatforms" and "=" in line:
            read_mapping(solution, line)
    if not solution.projects:
        raise Refusal(f"{shown}: the solution names no project")
    return solution


def read_mapping(solution, line):
    match = re.match(r"^\{([^}]*)\}\.([^=]*?)\.(ActiveCfg|Build\.0)\s*=\s*(.*)$", line)
    if not match:
        return
    guid, pair, what, value = match.groups()
    entry = solution.mapping.setdefault((guid.upper(), pair.strip().lower()), [None, False])
    configuration, _, platform = value.strip().partition("|")
    if what == "Build.0":
        entry[1] = True
    entry[0] = (configuration, platform or None)
