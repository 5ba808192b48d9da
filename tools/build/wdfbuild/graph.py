# SPDX-License-Identifier: MIT
"""Finds every project that takes part: solutions, references, DDK folders, plain sources; in the order to build."""
import os
import re

from . import ddk, plain
from .paths import display, read_text
from .project import load_vcxproj
from .report import Refusal
from .solution import parse_solution

VCXPROJ, SOLUTION = ".vcxproj", ".sln"

# How far from a project its solution is looked for: folders up, and below each of those so many.
SEARCH_UP, SEARCH_SIDEWAYS = 6, 200


class Graph:
    def __init__(self, options, folders, report):
        self.options = options
        self.folders = folders
        self.report = report
        self.loaded = {}     # path -> Project
        self.order = []      # dependencies first
        self.files = set()   # everything that was read, beyond the projects' own lists
        self.stack = []
        self.found_solutions = {}

    def load(self, arguments):
        """The projects of the command line, referenced ones first."""
        first = arguments[0]
        if len(arguments) == 1 and os.path.isdir(first):
            first = self.in_folder(first)
        if len(arguments) > 1 and any(map(self.is_project, arguments)):
            self.several(arguments)
        elif not self.is_project(first):
            self.add(plain.load(arguments, self.options, self.folders))
        elif first.lower().endswith(SOLUTION):
            self.solution(os.path.abspath(first))
        elif first.lower().endswith(VCXPROJ):
            self.visit(os.path.abspath(first), None)
            self.missing_libraries()
        else:
            for project in ddk.load(os.path.abspath(first), self.options, self.folders, self.report):
                self.add(project)
        return self.order

    def several(self, arguments):
        """Projects side by side: one may make the library that another asks for."""
        for name in arguments:
            if not os.path.exists(name):
                raise Refusal(f"{name}: does not exist")
            if not name.lower().endswith((VCXPROJ, SOLUTION)):
                raise Refusal(f"{name}: projects and plain sources do not go together; a project has its own")
            if name.lower().endswith(SOLUTION):
                self.solution(os.path.abspath(name))
            else:
                self.visit(os.path.abspath(name), None)
        self.missing_libraries()

    @staticmethod
    def is_project(path):
        lower = os.path.basename(path).lower()
        return lower.endswith((VCXPROJ, SOLUTION)) or lower in ("sources", "dirs")

    def add(self, project):
        self.loaded[project.path] = project
        self.order.append(project)

    def in_folder(self, folder):
        """The one project file of a folder: a solution before a project."""
        names = sorted(os.listdir(folder))
        for extension in (SOLUTION, VCXPROJ):
            found = [n for n in names if n.lower().endswith(extension)]
            if len(found) > 1:
                raise Refusal(f"{folder}: there are several projects: {', '.join(found)}; name one")
            if found:
                return os.path.join(folder, found[0])
        for name in names:
            if name.lower() in ("sources", "dirs"):
                return os.path.join(folder, name)
        sources = [n for n in names if os.path.splitext(n)[1].lower() in (".c", ".cpp", ".cc", ".cxx")]
        hint = "; its sources can be given one by one" if sources else ""
        raise Refusal(f"{folder}: there is no .sln, .vcxproj or sources file{hint}")

    def visit(self, path, place, pair=(None, None), solution=None):
        """Loads a project and, first, what it references."""
        if path in self.stack:
            circle = [os.path.basename(p) for p in self.stack[self.stack.index(path):] + [path]]
            raise Refusal(f"{place}: the projects reference one another in a circle: {' -> '.join(circle)}")
        if path in self.loaded:
            return self.loaded[path]
        if not os.path.isfile(path):
            raise Refusal(f"{place or path}: project {display(path)} does not exist")
        self.stack.append(path)
        project = load_vcxproj(path, self.options, self.folders, self.report,
                               pair[0] or self.options.config, pair[1] or self.options.platform, solution,
                               self.solutions_of)
        for reference, where in project.references:
            if reference.lower().endswith(VCXPROJ):
                other = self.visit(reference, where, (None, None), solution or project.solution)
                if other.kind in ("archive", "library") and other not in project.linked:
                    project.linked.append(other)
            else:
                self.report.warn(where, f"{os.path.basename(reference)} is no C or C++ project; not built")
        self.stack.pop()
        self.add(project)
        return project

    def solution(self, path):
        solution = parse_solution(path, self.folders)
        self.files.add(path)
        pair = solution.choose(self.options.config, self.options.platform, display(path))
        paths = {}
        for entry in solution.projects:
            if entry.path.lower().endswith(VCXPROJ):
                paths[entry.guid] = entry
            else:
                self.report.warn(entry.place, f"{os.path.basename(entry.path)} is no C or C++ project; not built")
        self.solution_order(solution, paths, pair, path)

    def solution_order(self, solution, paths, pair, path):
        """Solution-level dependencies come first, as references do."""
        done, active = set(), []

        def build(entry):
            if entry.guid in done:
                return
            if entry.guid in active:
                circle = [paths[g].name for g in active[active.index(entry.guid):]] + [entry.name]
                raise Refusal(f"{entry.place}: the projects depend on one another in a circle: {' -> '.join(circle)}")
            active.append(entry.guid)
            for guid in entry.dependencies:
                if guid in paths:
                    build(paths[guid])
            active.pop()
            done.add(entry.guid)
            mapped = solution.mapped(entry, pair)
            if mapped is None:
                return    # Not built in this configuration of the solution.
            self.visit(entry.path, entry.place, mapped, path)
        for entry in solution.projects:
            if entry.guid in paths:
                build(entry)

    def missing_libraries(self):
        """
        A project on its own may want a static library that only its solution knows. Looks for the solution in the
        folders above.
        """
        known = {p.target.lower() for p in self.order}
        from .plan import SATISFIED
        for project in list(self.order):
            for name, _ in project.libraries:
                wanted = os.path.splitext(name)[0].lower()
                if wanted in known or wanted in SATISFIED:
                    continue
                other = self.library_from_solution(project, wanted)
                if other:
                    known.add(wanted)
                    project.linked.append(other)
                    self.order.remove(other)
                    self.order.insert(self.order.index(project), other)

    def library_from_solution(self, project, wanted):
        for path in self.solutions_of(project.path):
            self.files.add(path)
            for entry in parse_solution(path, self.folders).projects:
                if not entry.path.lower().endswith(VCXPROJ) or entry.path in self.loaded:
                    continue
                if os.path.isfile(entry.path) and self.may_make(entry.path, wanted):
                    return self.visit(entry.path, entry.place, (None, None), path)
        return None

    def solutions_of(self, path):
        """
        The solutions that name a project, the nearest first: in the folders above it and up to two levels below these;
        not beyond the top of the source tree.
        """
        if path in self.found_solutions:
            return self.found_solutions[path]
        found, folder = [], os.path.dirname(path)
        for _ in range(SEARCH_UP):
            below = self.subfolders(folder)
            for place in [folder] + below + [b for f in below for b in self.subfolders(f)][:SEARCH_SIDEWAYS]:
                for name in sorted(self.folders.entries(place).values()):
                    if name.lower().endswith(SOLUTION) and self.names_project(os.path.join(place, name), path) \
                            and os.path.join(place, name) not in found:
                        found.append(os.path.join(place, name))
            if os.path.dirname(folder) == folder or ".git" in self.folders.entries(folder):
                break
            folder = os.path.dirname(folder)
        self.found_solutions[path] = found
        return found

    def subfolders(self, folder):
        paths = [os.path.join(folder, n) for n in sorted(self.folders.entries(folder).values()) if not n.startswith(".")]
        return [p for p in paths if os.path.isdir(p)][:SEARCH_SIDEWAYS]

    def names_project(self, solution, path):
        try:
            text = read_text(solution)[0]
            if os.path.basename(path).lower() not in text.lower():
                return False
            return any(os.path.realpath(e.path) == os.path.realpath(path)
                       for e in parse_solution(solution, self.folders).projects)
        except (Refusal, OSError):
            return False    # Not the solution that was asked to be built: what is wrong with it is not our matter.

    @staticmethod
    def may_make(path, wanted):
        text = read_text(path)[0]
        if not re.search(r"<ConfigurationType>\s*StaticLibrary", text):
            return False
        names = re.findall(r"<TargetName>([^<]*)<", text) or [os.path.splitext(os.path.basename(path))[0]]
        return wanted in [n.strip().lower() for n in names]
