# SPDX-License-Identifier: MIT
"""The project files of the driver kits before Visual Studio: `sources` and `dirs`, in NMAKE's language."""
import os
import re

from .paths import absolute, base, display, read_text, stem
from .project import APPLICATION, KERNEL, LANGUAGES, USER, Project, Source, Wpp
from .report import Refusal

INCLUDES_MOST = 50
DEPTH_MOST = 20

KNOWN = {"TARGETTYPE", "TARGETNAME", "SOURCES", "INCLUDES", "C_DEFINES", "TARGETLIBS", "KMDF_VERSION", "KMDF_VERSION_MAJOR",
         "KMDF_VERSION_MINOR", "UMDF_VERSION_MAJOR", "UMDF_VERSION_MINOR", "RUN_WPP", "INF_NAME", "MISCFILES", "UMTYPE",
         "TARGETPATH", "DLLDEF", "USER_C_FLAGS", "LINKLIBS", "NTTARGETFILES", "PASS0_SOURCEDIR"}
# Told to the kit's own tools; nothing here follows from them.
HARMLESS = {"MSC_WARNING_LEVEL", "PRECOMPILED_INCLUDE", "PRECOMPILED_CXX", "PRECOMPILED_PCH", "PRECOMPILED_OBJ", "DRIVERTYPE",
            "BROWSER_INFO", "USE_MSVCRT", "USE_LIBCMT", "USE_NATIVE_EH", "UMBASE", "UMENTRY", "UMAPPL", "MAJORCOMP",
            "MINORCOMP", "NTTARGETFILE0", "NTTARGETFILE1", "NTTARGETFILE2", "DRIVER_FLAVOR", "LINKER_FLAGS", "POST_BUILD_CMD",
            "_NT_TARGET_VERSION", "W32VER", "USECXX_FLAG", "ALT_PROJECT_TARGET", "386_STDCALL", "DLLBASE", "DLLENTRY", "BUFFER_OVERFLOW_CHECKS",
            "NO_WPP_DEFAULT", "SDK_LIB_DEST", "DDK_LIB_DEST", "PASS1_PUBLISH", "PASS2_BINPLACE", "NO_BINPLACE", "SYNCHRONIZE_BLOCK",
            "USE_MAPSYM", "LINKER_FLAGS", "MSC_OPTIMIZATION", "USE_OBJECT_ROOT", "ENABLE_EVENT_TRACING", "C_PREPROCESSOR_FLAGS",
            "NOT_LEAN_AND_MEAN", "USE_IOSTREAM", "USE_STL", "_NO_NTVERP_WARNINGS"}
TYPES = {"DRIVER": "driver", "DRIVER_LIBRARY": "archive", "EXPORT_DRIVER": "driver", "DYNLINK": "library",
         "PROGRAM": "application", "LIBRARY": "archive", "PROGLIB": "application", "UMAPPL_NOLIB": "application",
         "MINIPORT": "driver", "GDI_DRIVER": "driver", "NOTARGET": "none"}


class Makefile:
    """The macros of a `sources` file, after its directives."""

    def __init__(self, path, options, report):
        self.options = options
        self.report = report
        self.macros = {"386": "0", "AMD64": "1", "IA64": "0", "DDKBUILDENV": "chk", "O": "obj", "TARGET_DIRECTORY": "amd64",
                       "_BUILDARCH": "AMD64", "FREEBUILD": "0", "BUILD_ALT_DIR": ""}
        self.places = {}
        self.files = []
        self.conditions = []    # [taken now, taken before]
        self.opened = []        # where each of them is
        self.read(path, None)
        if self.conditions:
            raise Refusal(f"{self.opened[-1]}: this !if is not closed by !endif")

    def read(self, path, place):
        if len(self.files) >= INCLUDES_MOST:
            raise Refusal(f"{place}: more than {INCLUDES_MOST} included files")
        try:
            text, _ = read_text(path)
        except OSError as error:
            raise Refusal(f"{place or display(path)}: {display(path)}: {error.strerror}") from None
        self.files.append(path)
        pending, first = "", 0
        for number, line in enumerate(text.splitlines() + [""], 1):
            # A comment ends where its line does; the continuation of a list goes on behind it.
            line = re.sub(r"(^|\s)#.*$", r"\1", line).rstrip()
            first = first if pending else number
            if line.endswith("\\"):
                pending += line[:-1] + " "
                continue
            self.line(pending + line, path, f"{display(path)}:{first}")
            pending = ""

    def line(self, line, path, place):
        line = line.strip()
        if line.startswith("!"):
            self.directive(line[1:].strip(), path, place)
            return
        if not all(taken for taken, _ in self.conditions) or not line:
            return
        match = re.match(r"^([\w.]+)\s*=\s*(.*)$", line)
        if match:
            name = match.group(1).upper()
            self.macros[name] = self.expand_self(match.group(2), name)
            self.places.setdefault(name, place)

    def expand_self(self, text, name):
        """X=$(X) more: NMAKE expands late, but its own name at once."""
        return re.sub(rf"\$\({re.escape(name)}\)", lambda m: self.macros.get(name, ""), text, flags=re.I)

    def directive(self, line, path, place):
        word, _, rest = line.partition(" ")
        word = word.lower()
        active = all(taken for taken, _ in self.conditions)
        if word in ("if", "ifdef", "ifndef"):
            value = active and self.judge(word, rest.strip(), place)
            self.conditions.append([value, value or not active])
            self.opened.append(place)
        elif word in ("else", "elseif", "elif"):
            if not self.conditions:
                raise Refusal(f"{place}: !{word} without !if")
            top = self.conditions[-1]
            rest = rest.strip()
            if rest:
                kind, _, rest = (rest if word == "else" else "if " + rest).partition(" ")
                value = not top[1] and self.judge(kind.lower(), rest.strip(), place)
            else:
                value = not top[1]
            top[0], top[1] = value, top[1] or value
        elif word == "endif":
            if not self.conditions:
                raise Refusal(f"{place}: !endif without !if")
            self.conditions.pop()
            self.opened.pop()
        elif word == "include" and active:
            name = self.expand(rest.strip().strip('<>"'), place)
            if re.search(r"makefile\.(def|inc)$|\$\(NTMAKEENV\)|^[\\/]?sources\.all", rest, re.I):
                return
            full = os.path.normpath(os.path.join(os.path.dirname(path), name.replace("\\", "/")))
            if not os.path.isfile(full):
                raise Refusal(f"{place}: includes {name}, which does not exist")
            self.read(full, place)
        elif word == "error" and active:
            raise Refusal(f"{place}: {rest.strip()}")
        elif word == "undef" and active:
            self.macros.pop(rest.strip().upper(), None)

    def judge(self, word, text, place):
        if word == "ifdef":
            return text.upper() in self.macros
        if word == "ifndef":
            return text.upper() not in self.macros
        text = re.sub(r"defined\s*\(?\s*(\w+)\s*\)?", lambda m: "1" if m.group(1).upper() in self.macros else "0", text,
                      flags=re.I)
        text = re.sub(r'exist\s*\(([^)]*)\)', "0", text, flags=re.I)
        text = self.expand(text, place)
        return any(self.all_of(part, place) for part in re.split(r"\|\|", text))

    def all_of(self, text, place):
        return all(self.comparison(part.strip(), place) for part in text.split("&&"))

    def comparison(self, text, place):
        while text.startswith("(") and text.endswith(")"):
            text = text[1:-1].strip()
        if text.startswith("!"):
            return not self.comparison(text[1:].strip(), place)
        match = re.match(r"^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$", text)
        if not match:
            return self.value(text, place) not in (0, "")
        left, right = self.value(match.group(1), place), self.value(match.group(3), place)
        if isinstance(left, str) or isinstance(right, str):
            left, right = str(left), str(right)
        operator = match.group(2)
        return {"==": left == right, "!=": left != right, "<": left < right, ">": left > right, "<=": left <= right,
                ">=": left >= right}[operator]

    @staticmethod
    def value(text, place):
        text = text.strip()
        if re.match(r'^".*"$', text):
            return text[1:-1]
        try:
            return int(text, 0) if text else 0
        except ValueError:
            return text

    def expand(self, text, place, depth=0):
        if depth > DEPTH_MOST:
            raise Refusal(f"{place}: a macro refers to itself: {text[:60]}")

        def replace(match):
            name = match.group(1) or match.group(2)
            value = self.macros.get(name.upper(), self.options.properties.get(name))
            if value is None:
                if not re.search(r"(INC|LIB|DEST)_?PATH$|^(NTMAKEENV|BASEDIR|O|DDK_|SDK_|KMDF_|UMDF_|CRT_)", name, re.I):
                    self.report.warn_once(("macro", name.lower()), place,
                                          f"$({name}) is not defined; taken as empty (give it with -p {name}=…)")
                return "" if name.upper().find("PATH") < 0 else "/kit"
            return self.expand(value, place, depth + 1)
        return re.sub(r"\$\(([\w.]+)\)|\$(\w)", replace, text)

    def get(self, name, default=""):
        value = self.macros.get(name)
        return self.expand(value, self.places.get(name, "")).strip() if value is not None else default

    def words(self, name):
        """A list; blanks or semicolons separate."""
        return [w for w in re.split(r"[\s;]+", self.get(name)) if w]


def load(path, options, folders, report):
    """The projects of a `sources` or `dirs` file, in the order it gives."""
    if os.path.basename(path).lower() == "dirs":
        return load_dirs(path, options, folders, report, [])
    return [load_sources(path, options, folders, report)]


def load_dirs(path, options, folders, report, active):
    if path in active or len(active) > DEPTH_MOST:
        raise Refusal(f"{display(path)}: the dirs files lead back to themselves")
    makefile = Makefile(path, options, report)
    projects = []
    for name in makefile.words("DIRS") + makefile.words("OPTIONAL_DIRS"):
        folder = folders.find(os.path.dirname(path), name)
        inner = folder and (folders.find(folder, "dirs") or folders.find(folder, "sources"))
        if not inner or not os.path.isfile(inner):
            raise Refusal(f"{makefile.places.get('DIRS', display(path))}: {name} holds neither dirs nor sources")
        if os.path.basename(inner).lower() == "dirs":
            projects += load_dirs(inner, options, folders, report, active + [path])
        else:
            projects.append(load_sources(inner, options, folders, report))
    return projects


def load_sources(path, options, folders, report):
    makefile = Makefile(path, options, report)
    shown = display(path)
    project = Project(path)
    project.files = list(makefile.files)
    project.name = project.target = makefile.get("TARGETNAME") or os.path.basename(os.path.dirname(path))
    kind = makefile.get("TARGETTYPE").upper()
    place = makefile.places.get("TARGETTYPE", shown)
    if kind not in TYPES:
        raise Refusal(f"{place}: TARGETTYPE is {kind!r}; {', '.join(sorted(TYPES))} are known")
    project.kind = TYPES[kind]
    project.configuration = options.config or "Debug"
    project.platform = options.platform or "x64"
    project.debug = project.configuration.lower() == "debug"
    project.exporting = kind == "EXPORT_DRIVER"
    version = makefile.get("KMDF_VERSION_MAJOR") or makefile.get("KMDF_VERSION")
    umdf = makefile.get("UMDF_VERSION_MAJOR") or makefile.get("UMDF_VERSION")
    if umdf:
        project.flavour, project.framework, project.kind = USER, "umdf", "driver"
        version, minor = umdf, makefile.get("UMDF_VERSION_MINOR")
    elif kind in ("DRIVER", "DRIVER_LIBRARY", "EXPORT_DRIVER", "MINIPORT", "GDI_DRIVER"):
        project.flavour, project.framework = KERNEL, "kmdf" if version else "wdm"
        minor = makefile.get("KMDF_VERSION_MINOR")
    else:
        project.flavour, minor = APPLICATION, ""
    project.version = (int(version) if version.isdigit() else 1, int(minor) if minor.isdigit() else None)
    wpp = trace_options(makefile, project, folders)
    for name in makefile.words("SOURCES"):
        extension = os.path.splitext(name)[1].lower()
        if extension in (".rc", ".def"):
            continue
        where = makefile.places["SOURCES"]
        found = folders.find(project.folder, name)
        if found is None:
            raise Refusal(f"{where}: source {name} does not exist")
        if extension == ".mc":
            project.messages.append((found, {}, where))
        elif extension in (".idl", ".asm"):
            report.warn(where, f"{name}: {extension} files are not built")
        elif extension in LANGUAGES:
            source = Source(found, where)
            read_options(source, makefile, project, folders, report)
            source.wpp = wpp
            project.sources.append(source)
        else:
            raise Refusal(f"{where}: {name}: neither C nor C++ by its name")
    for name in makefile.words("TARGETLIBS") + makefile.words("LINKLIBS"):
        project.libraries.append((base(name), makefile.places.get("TARGETLIBS", shown)))
    find_infs(project, makefile, folders)
    find_mofs(project, folders)
    for name, where in makefile.places.items():
        if name not in KNOWN and name not in HARMLESS and not re.search(rf"\$\({name}\)", " ".join(makefile.macros.values()), re.I):
            report.warn_once(("property", name), where, f"macro {name} is not known; ignored")
    return project


def trace_options(makefile, project, folders):
    """What RUN_WPP asks for."""
    text = makefile.get("RUN_WPP")
    if not text:
        return None
    functions = re.findall(r"-func:((?:\w+)(?:\{[^}]*\})?\((?:[^()]|\([^()]*\))*\))", text)
    scans = [folders.find(project.folder, n) for n in re.findall(r"-scan:(\S+)", text)]
    return Wpp(functions, [s for s in scans if s])


def read_options(source, makefile, project, folders, report):
    # The kit tells everybody which co-installer it comes with: WdfCoInstaller01011.dll.
    source.defines += ["KMDF_MAJOR_VERSION_STRING=01", "KMDF_MINOR_VERSION_STRING=011"]
    for word in makefile.words("C_DEFINES") + makefile.words("USER_C_FLAGS"):
        match = re.match(r"^[-/]([DU])(.*)$", word)
        if match:
            (source.defines if match.group(1) == "D" else source.undefines).append(match.group(2))
    for name in makefile.words("INCLUDES"):
        if name.startswith(("/kit", "$")):
            continue
        found = folders.find(project.folder, name)
        if found:
            source.includes.append(found)
        else:
            # "..\\x.h" leads on from it: Windows takes back a folder's name without asking whether there is one.
            source.includes.append(absolute(project.folder, name))
            report.detail(makefile.places["INCLUDES"], f"include folder {name} does not exist")


def find_mofs(project, folders):
    """The headers of data blocks: makefile.inc, which is not read otherwise, runs `wmimofck -hHEADER BINARY`."""
    path = folders.find(project.folder, "makefile.inc")
    if path is None:
        return
    text, _ = read_text(path)
    project.files.append(path)
    target = ""
    for number, line in enumerate(text.splitlines(), 1):
        rule = re.match(r"^(\S+)\s*:", line)
        target = rule.group(1) if rule else target
        header = re.match(r"^\s+wmimofck\b.*\s-h(\S+)", line, re.I)
        if header and target:
            project.mof_headers.append((stem(target) + ".bmf", base(header.group(1)), f"{display(path)}:{number}"))


def find_infs(project, makefile, folders):
    names = []
    if makefile.get("INF_NAME"):
        names = [makefile.get("INF_NAME") + ".inx", makefile.get("INF_NAME") + ".inf"]
    else:
        names = [n for n in folders.entries(project.folder).values() if n.lower().endswith(".inx")]
    for name in names:
        found = folders.find(project.folder, name)
        if found:
            project.infs.append((found, {}, display(found)))
            if makefile.get("INF_NAME"):
                break
