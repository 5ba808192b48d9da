# SPDX-License-Identifier: MIT
"""What a .vcxproj says about tracing: the Wpp… metadata of its ClCompile items, for one configuration."""
import os
import re
import shlex
import xml.etree.ElementTree

from .source import Files, Refusal


def tag(element):
    return element.tag.rpartition("}")[2]


class Project:
    """The metadata of a project and the property sheets beside it, as far as tracing needs it."""

    def __init__(self, path, configuration):
        self.path = path
        self.folder = os.path.dirname(path)
        name, _, platform = configuration.partition("|")
        # What Visual Studio and the kit set; names in upper case, as they mean the same in any.
        self.properties = {"CONFIGURATION": name, "PLATFORM": platform or "x64",
                           "PROJECTDIR": "./", "MSBUILDTHISFILEDIRECTORY": "./", "MSBUILDPROJECTDIRECTORY": ".",
                           "USEDEBUGLIBRARIES": "true" if "debug" in name.lower() else "false", "INTDIR": "./"}
        self.defaults, self.items, self.lists = {}, [], {}
        self.files = Files()
        self.read(path, set())

    def expand(self, text):
        return re.sub(r"\$\((\w+)\)", lambda m: self.properties.get(m.group(1).upper(), m.group(0)), text or "")

    def holds(self, element):
        """Whether an element's condition holds; one that we cannot decide does."""
        condition = self.expand(element.get("Condition", ""))
        if not condition.strip():
            return True
        condition = re.sub(r"%\([^)]*\)", "", condition)
        outcome = None
        for part in re.split(r"\s+or\s+", condition, flags=re.I):
            result = True
            for test in re.split(r"\s+and\s+", part, flags=re.I):
                match = re.fullmatch(r"\s*\(?\s*'([^']*)'\s*(==|!=)\s*'([^']*)'\s*\)?\s*", test)
                if match:
                    same = match.group(1).lower() == match.group(3).lower()
                    result = result and same == (match.group(2) == "==")
            outcome = result if outcome is None else outcome or result
        return outcome

    def read(self, path, seen):
        real = os.path.realpath(path)
        if real in seen:
            return
        seen.add(real)
        try:
            root = xml.etree.ElementTree.parse(path).getroot()
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            raise Refusal(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        for element in root.iter():
            kind = tag(element)
            if kind == "Import" and self.holds(element):
                found = self.files.find(os.path.dirname(path), self.expand(element.get("Project", "")))
                if found and found.lower().endswith(".props"):
                    self.read(found, seen)
        for group in root:
            if not self.holds(group):
                continue
            if tag(group) == "PropertyGroup":
                for each in group:
                    if self.holds(each) and each.text:
                        self.properties[tag(each).upper()] = self.expand(each.text.strip())
            elif tag(group) == "ItemDefinitionGroup":
                for each in group:
                    if tag(each) == "ClCompile" and self.holds(each):
                        self.metadata(each, self.defaults)
            elif tag(group) == "ItemGroup":
                for each in group:
                    if self.holds(each) and each.get("Include"):
                        self.item(each)

    def item(self, element):
        """One element may list several files, and other lists: @(Name)."""
        own = {}
        self.metadata(element, own)
        for name in self.expand(element.get("Include")).split(";"):
            name = name.strip()
            listed = re.fullmatch(r"@\((\w+)\)", name)
            excluded = element.get("Exclude") == f"@({tag(element)})"
            for each in self.lists.get(listed.group(1), []) if listed else [name] if name else []:
                if not (excluded and each.lower() in (x.lower() for x in self.lists.get(tag(element), []))):
                    self.lists.setdefault(tag(element), []).append(each)
                    self.items.append((tag(element), each, own))

    def metadata(self, element, into):
        for each in element:
            name = tag(each)
            if (name.startswith("Wpp") or name == "AdditionalIncludeDirectories") and self.holds(each):
                former = into.get(name, "")
                into[name] = re.sub(rf"%\({name}\)", lambda _: former, self.expand((each.text or "").strip()))


# Metadata and the option that it is.
OPTIONS = {"WppTraceFunction": "func", "WppScanConfigurationData": "scan", "WppAdditionalConfigurationFile": "ini",
           "WppModuleName": "module", "WppAddControlGUID": "ctl", "WppNumericBaseForFormatStrings": "argbase",
           "WppFileExtensions": "ext", "WppPreserveExtensions": "preserveext"}


def apply(job, metadata, set_option, parse, where):
    lowered = {name.lower(): value for name, value in metadata.items() if value}
    for name, option in OPTIONS.items():
        value = lowered.get(name.lower())
        if value and not re.fullmatch(r"\$\([^)]*\)", value):
            set_option(job, option, value)
    if lowered.get("wpprecorderenabled", "").lower() == "true":
        job.options.recorder = True
    for name in ("wppadditionalincludedirectories", "additionalincludedirectories", "wppconfigurationdirectories"):
        job.includes += [p for p in lowered.get(name, "").split(";") if p and "$(" not in p and "%(" not in p]
    for definition in lowered.get("wpppreprocessordefinitions", "").split(";"):
        if definition and not definition.startswith("%("):
            set_option(job, "define", definition)
    extra = re.sub(r"%\(\w+\)", "", lowered.get("wppadditionaloptions", ""))
    try:
        words = shlex.split(extra.replace("\\", "/"))
    except ValueError as error:
        raise Refusal(f"{where}: WppAdditionalOptions: {error}: {extra!r}") from error
    sources = job.sources
    job.sources = []
    parse([w.replace("/", "-", 1) if re.match(r"/[a-zA-Z]+:", w) else w for w in words], job)
    job.sources = sources


def jobs(base, projects, configuration, set_option, parse):
    """A job for each set of options in the projects. Sources of the command line get the first project's."""
    made = []
    for path in projects:
        project = Project(path, configuration)
        groups = {}
        for kind, include, own in project.items:
            if kind not in ("ClCompile", "ClInclude") or "*" in include:
                continue
            metadata = {**project.defaults, **own} if kind == "ClCompile" else own
            if metadata.get("WppEnabled", "").lower() != "true":
                continue
            source = project.files.find(project.folder, include)
            if source is None:
                raise Refusal(f"{path}: {include}: no such file")
            groups.setdefault(tuple(sorted(metadata.items())), []).append(source)
        if base.sources:
            wanted = {os.path.realpath(s) for s in base.sources}
            metadata = next((m for m, s in groups.items() if wanted & {os.path.realpath(x) for x in s}),
                            tuple(project.defaults.items()))
            groups = {metadata: base.sources}
        for metadata, sources in groups.items():
            job = base.copy()
            job.sources = sources
            job.folder = project.folder
            apply(job, dict(metadata), set_option, parse, path)
            made.append(job)
    return made
