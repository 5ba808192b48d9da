# SPDX-License-Identifier: MIT
"""
Evaluates a .vcxproj as MSBuild does: properties and imports in order, then item definitions, then items.

What Visual Studio's own property sheets would bring is not read from anywhere: the few properties of theirs that a
project builds on are set here, at the place where the project imports them.
"""
import os
import re

from . import expressions
from .expressions import Condition, Expander, split_list, unescape
from .paths import absolute, display, stem
from .report import Refusal
from .xmltree import parse

IMPORTS_MOST = 200

# Where a path leads that names the kits' folders. Their headers are OpenWDF's, found without being named.
KIT = "//kit"
INT_DIR = "wdf-int-dir/"
OUT_DIR = "wdf-out-dir/"

KIT_MACROS = """
    DDK_INC_PATH SDK_INC_PATH IFSKIT_INC_PATH WDK_UM_INC_PATH KM_INC_PATH UM_INC_PATH KIT_SHARED_INC_PATH
    KIT_SHARED_INC_PATH_WDK CRT_INC_PATH KMDF_INC_PATH UMDF_INC_PATH SPB_INC_PATH UCM_INC_PATH ACX_INC_PATH
    NETADAPTER_INC_PATH MFC_INC_PATH ATL_INC_PATH WPP_INC_PATH DDK_LIB_PATH SDK_LIB_PATH WDK_UM_LIB_PATH KM_LIB_PATH
    IFSKIT_LIB_PATH SPB_LIB_PATH CRT_LIB_PATH ATL_LIB_PATH KMDF_LIB_PATH UMDF_LIB_PATH UM_LIB_PATH WINDOWS_LIB_PATH
    VC_IncludePath VC_LibraryPath_x86 VC_LibraryPath_x64 VC_LibraryPath_ARM64 VC_ReferencesPath_x64 VC_SourcePath
    VC_ExecutablePath_x64 WindowsSDK_IncludePath WindowsSDK_LibraryPath_x64 WindowsSDK_LibraryPath_x86
    WindowsSDK_LibraryPath_ARM64 WindowsSDK_MetadataPath WindowsSDK_ExecutablePath_x64 WindowsSdkDir WindowsSDKDir
    WDKContentRoot WDKBinRoot WDKToolsPath WindowsDDK_LibraryPath KM_IncludePath UM_IncludePath Shared_IncludePath
    UniversalCRT_IncludePath UniversalCRT_LibraryPath_x64 UniversalCRTSdkDir UCRTContentRoot NETFXKitsDir
    NETFXKitsDir_LibraryPath MSBuild_ExecutablePath ExternalIncludePath CommonExcludePath VCToolsInstallDir VCInstallDir
    VSInstallDir VSINSTALLDIR DevEnvDir FrameworkSdkDir WindowsKitsRoot UserRootDir VCTargetsPath VCTargetsPath10
    VCTargetsPath11 VCTargetsPath12 VCTargetsPath14 MSBuildExtensionsPath MSBuildExtensionsPath32
    MSBuildExtensionsPath64 MSBuildToolsPath MSBuildBinPath MSBuildProgramFiles32 WmimofckToolPath NTMAKEENV
    BASEDIR MSBuildSDKsPath LOCALAPPDATA APPDATA ProgramFiles ProgramW6432 SystemRoot WINDIR
    WindowsSdkVerBinPath LibraryPath LibraryWPath SourcePath ExecutablePath ReferencePath ExcludePath IncludePath
""".split()

FIXED = {
    "OS": "Windows_NT", "VisualStudioVersion": "17.0", "MSBuildToolsVersion": "Current", "MSBuildRuntimeType": "Full",
    "MSBuildVersion": "17.0.0", "MSBuildAssemblyVersion": "17.0",
    "DefaultPlatformToolset": "v143", "LatestTargetPlatformVersion": "10.0.26100.0",
    "PROCESSOR_ARCHITECTURE": "AMD64", "BUILD_ALT_DIR": "", "DDKPlatform": "amd64", "DDKArch": "amd64",
    "_NT_TARGET_VERSION_WIN7": "0x601", "_NT_TARGET_VERSION_WIN8": "0x602", "_NT_TARGET_VERSION_WINBLUE": "0x603",
    "_NT_TARGET_VERSION_WINTHRESHOLD": "0xA00", "_NT_TARGET_VERSION_WIN10": "0xA00", "UseCLibraries": "",
    "SPB_VERSION_MAJOR": "1", "SPB_VERSION_MINOR": "1", "ACX_VERSION_MAJOR": "1", "ACX_VERSION_MINOR": "1",
    "KMDF_VER_PATH": "1.33", "UMDF_VER_PATH": "2.33", "UCM_VER_PATH": "1.0", "SolutionExt": ".sln",
}
TARGET_VERSIONS = {"vista": "0x600", "windows7": "0x601", "windows8": "0x602", "windowsv6.3": "0x603",
                   "windows10": "0xA00"}
# Variables of the DDK's build that a project made of a `sources` file keeps, and that ask nothing of us.
OF_DDK = """
    TARGETNAME TARGETTYPE TARGETEXT TARGET_DESTINATION SOURCES INCLUDES C_DEFINES USER_C_FLAGS TARGETLIBS UMLIBS LINKLIBS DLLDEF
    DLLDEF_OBJECTS KM_LIBRARY LOC_DRIVER_INFS BUILD_FOR_CORESYSTEM USE_DEFAULT_WIN32_LIBS MUI_VERIFY_NO_LOC_RESOURCE
    MSC_WARNING_LEVEL PRECOMPILED_INCLUDE PRECOMPILED_CXX PRECOMPILED_PCH PRECOMPILED_OBJ DRIVERTYPE DRIVER_TYPE RUN_WPP INF_NAME
    NTTARGETFILES NTTARGETFILE0 NTTARGETFILE1 NTTARGETFILE2 USE_MSVCRT USE_LIBCMT USE_NATIVE_EH MISCFILES UMTYPE UMENTRY
    MSC_OPTIMIZATION LINKER_FLAGS O OBJ_PATH
""".lower().split()
INF_ARCH = {"x64": "amd64", "win32": "x86", "x86": "x86", "arm64": "arm64", "arm": "arm"}


class Item:
    """One file (or other thing) that a project lists."""

    __slots__ = ("type", "include", "values", "place", "folder")

    def __init__(self, kind, include, values, place, folder):
        self.type = kind
        self.include = include
        self.values = values   # lower-case metadata name -> text
        self.place = place
        self.folder = folder

    def __repr__(self):
        return f"{self.type}:{self.include}"

    def metadata(self, name):
        """%(Name) or %(Type.Name) of this item."""
        kind, dot, plain = name.rpartition(".")
        if dot and kind.lower() != self.type.lower():
            return ""
        lower = plain.lower()
        value = self.values.get(lower)
        return value if value is not None else self.well_known(lower)

    def well_known(self, name):
        path = self.include.replace("\\", "/")
        full = absolute(self.folder, path)
        folder = os.path.dirname(path)
        return {
            "identity": self.include, "fullpath": full, "filename": stem(path), "extension": os.path.splitext(path)[1],
            "relativedir": folder + "/" if folder else "", "directory": os.path.dirname(full).lstrip("/") + "/",
            "rootdir": "/", "recursivedir": "", "definingprojectdirectory": self.folder + "/",
        }.get(name, "")

    def get(self, name, default=""):
        return self.values.get(name.lower(), default)

    def is_true(self, name):
        return self.get(name).strip().lower() == "true"

    def list(self, name):
        return [unescape(p) for p in split_list(self.get(name)) if not re.match(r"^%\([\w.]+\)$", p)]


class Evaluation:
    """A project, evaluated for one configuration and platform."""

    def __init__(self, path, global_properties, folders, report, solution_of=None):
        """solution_of(path): the solutions that a project belongs to, the nearest first; asked when the project asks."""
        self.path = path
        self.solution_of = solution_of
        self.solution = None       # the one found, and all that may be meant
        self.solutions = []
        self.folder = os.path.dirname(path)
        self.folders = folders
        self.report = report
        self.globals = {k.lower(): v for k, v in global_properties.items()}
        self.properties = {}
        self.set_places = {}       # property -> (name as written, place)
        self.read = set()          # properties that something asked for
        self.items_asked = set()   # types of items that something asked for
        self.unknown_uses = []     # (name, place, element)
        self.files = []            # every project file read, for the stamp
        self.definitions = {}
        self.items = []
        self.targets = []          # (element): build steps of the project's own
        self.pending = []          # item groups and definitions, for the later passes
        self.imports = 0
        self.active = []           # files being read, outermost first
        self.element = ""
        self.expander = Expander(self.lookup, self.note_unknown, self.items_of, lambda: self.here())
        self.begin()
        self.load(path, None)
        self.evaluate_definitions()
        self.evaluate_items()

    # ---- Properties ----

    def begin(self):
        name = stem(self.path)
        project = {
            "MSBuildProjectName": name, "MSBuildProjectFile": os.path.basename(self.path),
            "MSBuildProjectFullPath": self.path, "MSBuildProjectDirectory": self.folder,
            "MSBuildProjectExtension": os.path.splitext(self.path)[1], "MSBuildStartupDirectory": self.folder,
            "ProjectName": name, "ProjectDir": self.folder + "/", "ProjectPath": self.path,
            "ProjectFileName": os.path.basename(self.path), "ProjectExt": os.path.splitext(self.path)[1],
            "SolutionDir": self.folder + "/", "SolutionName": name, "SolutionPath": "", "SolutionFileName": "",
            "InfArch": INF_ARCH.get(self.globals.get("platform", "x64").lower(), "amd64"),
            "ConfigurationName": self.globals.get("configuration", ""), "PlatformName": self.globals.get("platform", ""),
            "PlatformTarget": self.globals.get("platform", ""), "IsKernelModeToolset": "", "IsUserModeToolset": "",
            "TargetVersion": "", "_NT_TARGET_VERSION": "0xA00", "PlatformShortName": "amd64",
            "PlatformArchitecture": "64",
        }
        for table in (FIXED, project):
            for key, value in table.items():
                self.properties[key.lower()] = value
        for key in KIT_MACROS:
            self.properties[key.lower()] = KIT

    def here(self):
        return os.path.dirname(self.active[-1]) if self.active else self.folder

    def lookup(self, name):
        lower = name.lower()
        self.read.add(lower)
        if lower.startswith("msbuildthisfile") and self.active:
            current = self.active[-1]
            return {"msbuildthisfile": os.path.basename(current), "msbuildthisfilefullpath": current,
                    "msbuildthisfiledirectory": os.path.dirname(current) + "/", "msbuildthisfilename": stem(current),
                    "msbuildthisfileextension": os.path.splitext(current)[1],
                    "msbuildthisfiledirectorynoroot": os.path.dirname(current)[1:] + "/"}.get(lower)
        if lower in self.globals:
            return self.globals[lower]
        if lower.startswith("solution") and self.solution_of:
            self.find_solution()
        return self.properties.get(lower)

    def find_solution(self):
        """A project that is built alone, and says $(SolutionDir)."""
        finder, self.solution_of = self.solution_of, None
        self.solutions = finder(self.path)
        if self.solutions:
            self.take_solution(self.solutions[0])

    def take_solution(self, path):
        self.solution = path
        if path not in self.files:
            self.files.append(path)
        for name, value in solution_properties(path).items():
            self.properties[name.lower()] = value

    def other_solution(self, element):
        """
        A file that a project imports by $(SolutionDir) tells which of its solutions is meant: the path from there, or
        None.
        """
        if "$(solution" not in element.get("Project").lower():
            return None
        for path in self.solutions:
            self.take_solution(path)
            found = self.folders.find(self.here(), unescape(self.expand(element.get("Project"), element.place)).strip())
            if found:
                return found
        return None

    def note_unknown(self, name, place):
        self.unknown_uses.append((name, place, self.element))

    def get(self, name, default=""):
        value = self.lookup(name)
        return unescape(value).strip() if value not in (None, "") else default

    def is_true(self, name):
        return self.get(name).lower() == "true"

    def set_property(self, name, value, place):
        lower = name.lower()
        if lower in self.globals:
            return
        self.properties[lower] = value
        self.set_places.setdefault(lower, (name, place))
        if lower == "targetversion":
            self.properties["_nt_target_version"] = TARGET_VERSIONS.get(value.strip().lower(), "0xA00")
        elif lower == "platformtoolset":
            toolset = value.lower()
            self.properties["iskernelmodetoolset"] = "true" if toolset.startswith("windowskernelmodedriver") else "false"
            self.properties["isusermodetoolset"] = "true" if toolset.startswith("windowsusermodedriver") else "false"

    def default(self, name, value):
        if not self.lookup(name):
            self.properties[name.lower()] = value

    def expand(self, text, place, metadata=None):
        return self.expander.expand(text, place, metadata)

    def condition(self, element, metadata=None):
        text = element.attributes.get("Condition")
        if text is None or not text.strip():
            return True
        return Condition(text, element.place, self.expander, self.exists, metadata).judge()

    def exists(self, name):
        return self.folders.find(self.folder, unescape(name)) is not None

    # ---- First pass: properties and imports ----

    def load(self, path, importer):
        if self.imports >= IMPORTS_MOST:
            raise Refusal(f"{importer.place}: more than {IMPORTS_MOST} imports")
        self.imports += 1
        if path in self.active:
            raise Refusal(f"{importer.place}: {os.path.basename(path)} imports itself")
        root = parse(path, display(path))
        if root.tag != "Project":
            raise Refusal(f"{root.place}: the root element is <{root.tag}>, not <Project>")
        if root.get("Sdk").lower().startswith("microsoft.net"):
            raise Refusal(f"{root.place}: a .NET project ({root.get('Sdk')}); only C and C++ projects are built")
        self.files.append(path)
        for element in root.walk():
            for text in (element.text, *element.attributes.values()):
                if "@(" in text:
                    self.items_asked.update(n.lower() for n in re.findall(r"@\(\s*([A-Za-z_][\w\-]*)", text))
        # What the project's own targets and tasks ask for is no mistake of its writer.
        for element in root.walk():
            for text in (element.text, *element.attributes.values()):
                if "$(" in text:
                    self.read.update(n.lower() for n in re.findall(r"\$\(([A-Za-z_][\w\-]*)", text))
        self.active.append(path)
        for element in root.children:
            self.first_pass(element)
        self.active.pop()

    def first_pass(self, element):
        tag = element.tag
        if tag == "PropertyGroup":
            if self.condition(element):
                for child in element.children:
                    if self.condition(child):
                        self.element = child.tag
                        self.set_property(child.tag, self.expand(child.text.strip(), child.place), child.place)
        elif tag == "ImportGroup":
            if self.condition(element):
                for child in element.children:
                    self.first_pass(child)
        elif tag == "Import":
            if self.condition(element):
                self.import_file(element)
        elif tag == "Choose":
            self.choose(element)
        elif tag in ("ItemGroup", "ItemDefinitionGroup"):
            self.pending.append((self.active[-1], element))
        elif tag == "Target":
            self.targets.append(element)
        elif tag not in ("ProjectExtensions", "UsingTask", "Sdk"):
            raise Refusal(f"{element.place}: <{tag}> is not an element of a project file")

    def choose(self, element):
        for branch in element.children:
            if branch.tag == "Otherwise" or branch.tag == "When" and self.condition(branch):
                for child in branch.children:
                    self.first_pass(child)
                return

    def import_file(self, element):
        self.element = "Import"
        name = unescape(self.expand(element.get("Project"), element.place)).strip()
        lower = name.replace("\\", "/").lower()
        if element.get("Sdk") or not name:
            return
        if lower.startswith(KIT):
            self.builtin_import(lower.rsplit("/", 1)[-1])
            return
        paths = [name]
        if re.search(r"[*?]", name):
            paths = self.folders.glob(self.here(), name)
        for each in paths:
            found = self.folders.find(self.here(), each) or self.other_solution(element)
            if found is None:
                if re.search(r"(^|/)packages/|microsoft\.windows\.(wdk|sdk)", lower):
                    self.report.warn(element.place, f"the package of {stem(name)} is not here; going on without it")
                    continue
                raise Refusal(f"{element.place}: imports {name}, which does not exist")
            self.load(found, element)

    def builtin_import(self, name):
        if name == "microsoft.cpp.default.props":
            self.import_above("Directory.Build.props", "ImportDirectoryBuildProps")
        elif name == "microsoft.cpp.props":
            self.default("TargetName", self.get("ProjectName"))
            self.default("IntDir", INT_DIR)
            self.default("OutDir", OUT_DIR)
            self.default("ConfigurationType", "Application")
            self.default("CharacterSet", "")
            self.default("UseDebugLibraries", "")
        elif name == "microsoft.cpp.targets":
            self.import_above("Directory.Build.targets", "ImportDirectoryBuildTargets")
        elif name == "preconfiguration.props":
            self.converted()

    def converted(self):
        """A project that was made of a DDK `sources` file, whose variables are properties now, in a file of their own."""
        found = self.folders.find(self.folder, "sources.props")
        if found is None or found in self.files:
            return
        # What other files of the kit set before, and what it would look for in the registry.
        for name in ("INCLUDES", "C_DEFINES", "USER_C_FLAGS", "TARGETLIBS", "UMLIBS", "O", "OBJ_PATH"):
            self.default(name, "")
        self.load(found, None)
        self.read.update(OF_DDK)
        words = [w for name in ("C_DEFINES", "USER_C_FLAGS") for w in self.get(name).split()]
        values = self.definitions.setdefault("clcompile", {})
        values["preprocessordefinitions"] = ";".join(w[2:] for w in words if re.match(r"[-/]D.", w))
        values["additionalincludedirectories"] = ";".join(self.get("INCLUDES").replace(";", " ").split())
        for name, source in (("ConvertedTargetLibs", "TARGETLIBS"), ("ConvertedUMLIBS", "UMLIBS")):
            self.default(name, ";".join(self.get(source).split()))

    def import_above(self, name, switch):
        if self.get(switch, "true").lower() == "false":
            return
        found = expressions.file_above(self.folder, name)
        if found:
            path = os.path.join(found, name)
            if path not in self.files:
                self.load(path, None)

    def finish_properties(self):
        """What the targets would have set, for those who ask afterwards."""
        extension = {"driver": ".sys", "dynamiclibrary": ".dll", "staticlibrary": ".lib", "application": ".exe"}
        kind = self.get("ConfigurationType", "Application").lower()
        self.default("TargetName", self.get("ProjectName"))
        self.default("TargetExt", extension.get(kind, ""))
        self.default("IntDir", INT_DIR)
        self.default("OutDir", OUT_DIR)
        self.default("ConfigurationType", "Application")
        self.default("TargetFileName", self.get("TargetName") + self.get("TargetExt"))
        self.default("TargetDir", self.get("OutDir"))
        self.default("TargetPath", self.get("OutDir") + self.get("TargetFileName"))
        for name in ("KMDF_VERSION_MAJOR", "KMDF_VERSION_MINOR", "UMDF_VERSION_MAJOR", "UMDF_VERSION_MINOR",
                     "NTDDI_VERSION", "DriverType", "PlatformToolset", "UseOfMfc", "UseOfAtl", "CharacterSet"):
            self.default(name, "")

    # ---- Second pass: item definitions ----

    def evaluate_definitions(self):
        self.finish_properties()
        for file, group in self.pending:
            if group.tag != "ItemDefinitionGroup":
                continue
            self.active.append(file)
            if self.condition(group):
                for element in group.children:
                    if self.condition(element):
                        self.define(element)
            self.active.pop()

    def define(self, element):
        values = self.definitions.setdefault(element.tag.lower(), {})

        def metadata(name):
            kind, dot, plain = name.rpartition(".")
            if dot and kind.lower() != element.tag.lower():
                return self.definitions.get(kind.lower(), {}).get(plain.lower(), "")
            return values.get(plain.lower(), "")
        self.read_metadata(element, values, metadata)

    def read_metadata(self, element, values, metadata):
        for child in element.children:
            if self.condition(child, metadata):
                self.element = child.tag
                values[child.tag.lower()] = self.expand(child.text.strip(), child.place, metadata)

    # ---- Third pass: items ----

    def items_of(self, kind):
        return [i for i in self.items if i.type.lower() == kind.lower()]

    def evaluate_items(self):
        for file, group in self.pending:
            if group.tag != "ItemGroup":
                continue
            self.active.append(file)
            if self.condition(group):
                for element in group.children:
                    if self.condition(element):
                        self.add_items(element)
            self.active.pop()

    def add_items(self, element):
        if element.get("Remove"):
            gone = self.same_names(self.specs(element, "Remove"))
            self.items = [i for i in self.items
                          if i.type.lower() != element.tag.lower() or self.key(i.include) not in gone]
            return
        if element.get("Update"):
            wanted = self.same_names(self.specs(element, "Update"))
            for item in self.items_of(element.tag):
                if self.key(item.include) in wanted:
                    self.read_metadata(element, item.values, item.metadata)
            return
        excluded = self.same_names(self.specs(element, "Exclude"))
        for spec in self.specs(element, "Include"):
            if self.key(spec) in excluded:
                continue
            item = Item(element.tag, spec, dict(self.definitions.get(element.tag.lower(), {})), element.place,
                        self.folder)
            for name, value in element.attributes.items():
                if name not in ("Include", "Exclude", "Remove", "Update", "Condition", "Label", "KeepDuplicates"):
                    item.values[name.lower()] = self.expand(value, element.place, item.metadata)
            self.read_metadata(element, item.values, item.metadata)
            self.items.append(item)

    def specs(self, element, attribute):
        """The names of an Include, Exclude …; patterns become the files that match."""
        self.element = element.tag + " " + attribute
        names = []
        for spec in split_list(self.expand(element.get(attribute), element.place)):
            spec = unescape(spec)
            if re.search(r"[*?]", spec):
                names += self.folders.glob(self.folder, spec)
            else:
                names.append(spec)
        return names

    def key(self, spec):
        return absolute(self.folder, spec).lower()

    def same_names(self, specs):
        return {self.key(s) for s in specs}


def solution_properties(path):
    return {"SolutionDir": os.path.dirname(path) + "/", "SolutionName": stem(path), "SolutionPath": path,
            "SolutionFileName": os.path.basename(path)}


def configurations(path, shown):
    """[(configuration, platform)] that a project lists."""
    found = []
    for element in parse(path, shown).walk():
        if element.tag == "ProjectConfiguration" and "|" in element.get("Include"):
            configuration, _, platform = element.get("Include").partition("|")
            if (configuration, platform) not in found:
                found.append((configuration, platform))
    return found


def choose_configuration(available, configuration, platform):
    """
    The pair to build. What was asked for (None: not asked) must be there; otherwise the debug build for x64, or
    what comes nearest.
    """
    if not available:
        return configuration or "Debug", platform or "x64"

    def rank(pair):
        name, machine = pair[0].lower(), pair[1].lower()
        return (configuration is not None and name != configuration.lower(), platform is not None and
                machine != platform.lower(), {"x64": 0, "arm64": 1, "win32": 2, "x86": 2}.get(machine, 3),
                0 if name == "debug" else 1 if "debug" in name else 2)
    best = min(available, key=rank)
    if rank(best)[0] or rank(best)[1]:
        return None
    return best
