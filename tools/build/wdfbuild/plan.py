# SPDX-License-Identifier: MIT
"""From projects to a Ninja file."""
import os
import re
import subprocess

from . import absent, fixups, precompiled
from . import includes as include_scan
from .paths import base, display, stem, write_if_changed
from .project import APPLICATION, KERNEL, USER
from .report import Refusal

# Libraries of the kits whose content is OpenWDF's own, or that hold nothing a program here would miss.
SATISFIED = set("""
    aux_klib bufferoverflowk bufferoverflowfastfailk hal hidclass hidparse ks ksecdd ksguid libcntpr mincore ndis netio
    ntoskrnl ntstrsafe portcls rtlver scsiport storport tdi usbd usbcamd2 usbrpm uuid videoprt wdf01000 wdfldr wdm
    wdmguid wdmsec wmilib wpprecorder wpprecorderum wppkm wskkrnl fltmgr cng msnetioid ntdll advapi32 cfgmgr32 comctl32 comdlg32
    crypt32 gdi32 hid iphlpapi kernel32 kernelbase libcmt libcmtd libcpmt msvcrt msvcrtd msvcprt newdev ole32 oleaut32
    onecore onecoreuap onecore_downlevel psapi rpcrt4 setupapi shell32 shlwapi strsafe tdh user32 ucrt ucrtd userenv
    version winusb winmm winspool wintrust ws2_32 wudfddi wdfdriverstubum wdfdriverentry vcruntime vcruntimed
    wevtapi wbemuuid windowsapp windowscodecs ntdllp mincore_downlevel runtimeobject legacy_stdio_definitions
    propsys secur32 dbghelp dwmapi d3d11 dxgi dxguid mf mfplat mfuuid odbc32 odbccp32 powrprof shcore
    bthprops htmlhelp uxtheme xmllite credui netapi32 fltlib hidsdi ntquery portabledeviceguids
    displib ksproxy strmiids certidl winscard wiaguid sti_ci sti dloadhelper dload delayimp bcrypt ncrypt
    sensorsutils sensorsclassextension wdfcx wdfcoinstaller csq
    usbdex lkmdtel werkernelapi bufferoverflow bufferoverflowu atls atlsd msvcprtd
""".split())

# What Microsoft's compiler takes and the standard does not: a goto past an initialization, names found in a
# dependent base, the comma before an empty __VA_ARGS__ … In this mode Clang no longer says what else it is, which the
# system's headers want to know.
MICROSOFT = """
    -fms-compatibility -fms-compatibility-version=19.29 -Wno-microsoft -Wno-invalid-token-paste -Wno-invalid-constexpr -D__GNUC__=4
    -D__GNUC_MINOR__=2
    -D__GNUC_PATCHLEVEL__=1 -D__GXX_ABI_VERSION=1002 -D__STDC__=1 -D__GCC_ATOMIC_TEST_AND_SET_TRUEVAL=1
""".split() + [f"-D__GCC_ATOMIC_{kind}_LOCK_FREE=2" for kind in
               ("BOOL", "CHAR", "CHAR16_T", "CHAR32_T", "INT", "LLONG", "LONG", "POINTER", "SHORT", "WCHAR_T")]
MICROSOFT_CXX = "-D__GNUG__=4 -D__GXX_WEAK__=1 -D__GXX_EXPERIMENTAL_CXX0X__=1 -D__GNUC_GNU_INLINE__=1".split()

# Entry points that say nothing new: the kits' own, and what they call.
ENTRIES = {"", "DriverEntry", "GsDriverEntry", "FxDriverEntry", "FxDriverEntryUm", "DllMain", "_DllMainCRTStartup",
           "DllInitialize", "GsDriverEntry@8", "DriverEntry@8", "FxDriverEntry@8", "_DllMainCRTStartup@12"}


# Headers that the C library's own include by these names, and Windows does not have: <string.h> wants <strings.h>.
C_LIBRARY = {"strings.h", "features.h", "endian.h", "alloca.h", "sched.h", "unistd.h", "pthread.h"}
STRAY_FOLDERS = 100
CLASS_EXTENSION = re.compile(r"^(?:ms)?\w+(?:cx|clx|ufx)stubs?$|^ufx(?:client)?stub$")


def escape(path):
    """For a path in a build line."""
    return path.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")


def quote(word):
    """For a word of a command line, in a Ninja variable."""
    word = str(word)
    if not re.match(r"^[\w@%+=:,./\-]+$", word):
        word = "'" + word.replace("'", "'\\''") + "'"
    return word.replace("$", "$$")


def quote_all(words):
    return " ".join(map(quote, words))


class Kit:
    """What pkg-config knows about OpenWDF: flags for each flavour."""

    def __init__(self, pkgconfig_path):
        self.environment = dict(os.environ)
        if pkgconfig_path:
            old = os.environ.get("PKG_CONFIG_PATH")
            self.environment["PKG_CONFIG_PATH"] = pkgconfig_path + (":" + old if old else "")
        self.cache = {}

    def words(self, package, what):
        key = (package, what)
        if key not in self.cache:
            command = [os.environ.get("PKG_CONFIG", "pkg-config"), what, package]
            try:
                done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      text=True, check=False)
            except OSError as error:
                raise Refusal(f"{command[0]}: {error.strerror}") from None
            if done.returncode != 0:
                raise Refusal(f"pkg-config does not find {package}: {(done.stderr.strip().splitlines() or ['?'])[0]}")
            self.cache[key] = done.stdout.split()
        return self.cache[key]

    def package(self, project):
        if project.exporting:
            return "openwdf-kmdf-export"
        return {KERNEL: "openwdf-kmdf", USER: "openwdf-umdf", APPLICATION: "openwdf-client"}[project.flavour]

    def include_folders(self, project):
        words = self.words(self.package(project), "--cflags")
        found = [re.sub(r"^-(isystem|I|idirafter)", "", w) for w in words if re.match(r"^-(isystem|I|idirafter).", w)]
        return [f for f in found if os.path.isdir(f)]


class Plan:
    """Everything of one output folder."""

    def __init__(self, projects, options, folders, report, scanner, kit):
        self.projects = projects
        self.options = options
        self.folders = folders
        self.report = report
        self.scanner = scanner
        self.kit = kit
        self.out = options.out
        self.lines = []
        self.commands = []      # compile_commands.json
        self.written = []       # (path, text): headers to be made before Ninja runs
        self.results = {}       # project -> file
        self.products = []      # every file that a user wants
        self.taken = {}         # product path -> project
        self.places = {}        # project -> the folder of what it makes
        self.mirrors = {}       # copy of a file -> its text
        self.shadowing = {}     # include folder -> whether it has a header of that name
        self.watched = set()    # sources and headers whose includes were read

    def file_name(self, project):
        """Of what the project makes."""
        return {"archive": f"lib{project.target}.a", "application": project.target}.get(project.kind, project.target + ".so")

    def place(self, project, name):
        """
        Where a product goes: in the output folder; all that a project makes in a folder of its own when another project
        has one of the names.
        """
        if project not in self.places:
            names = [self.file_name(project)] + [stem(path) + ".inf" for path, _, _ in project.infs]
            taken = any(self.taken.get(os.path.join(self.out, n), project) is not project for n in names)
            self.places[project] = self.own_folder(project) if taken else self.out
        path = os.path.join(self.places[project], name)
        self.taken[path] = project
        return path

    def own_folder(self, project):
        """Named as the project's folder or the project; no name that a product has or will have."""
        products = {self.file_name(p) for p in self.projects} | {"obj"}
        parent = os.path.basename(project.folder)
        candidates = [parent, f"{parent}-{project.name}"] + [f"{project.name}-{n}" for n in range(2, len(self.projects) + 3)]
        used = set(self.places.values())
        return next(os.path.join(self.out, c) for c in candidates if c not in products and os.path.join(self.out, c) not in used)

    def objects(self, project):
        same = [p for p in self.projects if p.name == project.name]
        number = same.index(project)
        return os.path.join(self.out, "obj", project.name + (f"-{number + 1}" if number else ""))

    # ---- The file ----

    def make(self):
        """The text of build.ninja."""
        o = self.options
        self.lines = [
            "# Made by `wdf build`.", "ninja_required_version = 1.9", f"builddir = {escape(self.out)}",
            # Microsoft's C takes a definition whose parameters differ from the declaration's; see fixups.py.
            "rule cc_c", "  command = $compiler $precompiled $flags -MD -MF $out.d -c $in -o $out 2> $out.err; s=$$?; "
            "if test $$s -eq 0 || ! grep -Eq 'conflicting types for|static declaration of|redefinition of typedef|typedef redefinition|address of an rvalue|lvalue required as unary' $out.err; then cat $out.err >&2; rm -f $out.err; "
            "exit $$s; fi; rm -f $out.err; $rewrite $compiler $flags -MD -MF $out.d -c $in -o $out",
            "  deps = gcc", "  depfile = $out.d", "  description = compiling $name",
            # Microsoft's C++ takes a literal for a PVOID, and does not look into a template that nobody uses; see mends.py, refused.py.
            "rule cc_cxx", "  command = $compiler $precompiled $flags -MD -MF $out.d -c $in -o $out 2> $out.err; s=$$?; "
            "if test $$s -eq 0 || ! grep -Eq 'no matching|template<>|crosses initialization|a constant expression|operand to|conditional operator|not declared in|not been declared|reinterpret_cast.{1,3} from|before .{1,20}}.{1,20} token' $out.err; then cat $out.err >&2; rm -f $out.err; "
            "exit $$s; fi; OPENWDF_SAID=$out.err $rewrite $compiler $flags -MD -MF $out.d -c $in -o $out; s=$$?; rm -f $out.err; exit $$s",
            "  deps = gcc", "  depfile = $out.d", "  description = compiling $name",
            "rule rewrite", "  command = $rewrite $compiler $flags -MD -MF $out.d -c $in -o $out", "  deps = gcc",
            "  depfile = $out.d", "  description = compiling $name",
            # A header that does not compile on its own is not precompiled, and its sources say why; see precompiled.py.
            "rule precompile", "  command = if $compiler $flags -MD -MF $out.d -MT $out -c $in -o $made 2> $out.err; then cat $out.err >&2; "
            "printf '%s\\n' $using > $out; else : > $out; fi; rm -f $out.err", "  deps = gcc", "  depfile = $out.d",
            "  description = precompiling $name",
            "rule link", "  command = $compiler $flags -o $out.new $in $libs && mv -f $out.new $out",
            "  description = linking $name",
            "rule archive", "  command = rm -f $out && ar rcsD $out.new $in && mv -f $out.new $out",
            "  description = archiving $name",
            "rule tool", "  command = $tool", "  description = $what $name", "  restat = 1", "",
        ]
        for project in self.projects:
            self.project(project)
        self.lines.append("default " + " ".join(map(escape, self.products)) if self.products else "")
        _ = o
        return "\n".join(self.lines) + "\n"

    def edge(self, outputs, rule, inputs=(), implicit=(), order=(), **variables):
        line = f"build {' '.join(map(escape, outputs))}: {rule} {' '.join(map(escape, inputs))}".rstrip()
        if implicit:
            line += " | " + " ".join(map(escape, implicit))
        if order:
            line += " || " + " ".join(map(escape, order))
        self.lines.append(line)
        for name, value in variables.items():
            if value:
                self.lines.append(f"  {name} = {value}")

    def tool(self, what, *arguments):
        return quote_all([*self.options.self_command, "--internal", what, *arguments])

    @staticmethod
    def tool_file(name):
        """A newer tool makes its files again."""
        return [os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")]

    # ---- One project ----

    def project(self, project):
        generated = os.path.join(self.objects(project), "gen")
        if project.kind == "none":
            self.infs(project)
            return
        if not project.sources:
            self.report.warn(display(project.path), f"{project.target} has no sources; nothing to build but its INF files")
            self.infs(project)
            return
        order = self.messages(project, generated)
        traces = [os.path.join(generated, stem(s.path) + ".tmh") for s in project.sources if s.wpp]
        self.scan(project, generated, order + traces)
        self.leave_out(project)
        order += self.traces(project, generated)
        objects = self.compile_all(project, generated, order)
        self.result(project, objects)
        self.infs(project)

    def leave_out(self, project):
        """
        A library's sources that need the Windows Runtime: the rest of it serves those who do not call them, and who does
        names what it misses when it loads.
        """
        for source in [s for s in project.sources if project.kind == "archive"]:
            header = absent.runtime(source.unit.missing)
            if header:
                self.report.warn(source.place, f"{base(source.path)} is left out: {absent.belongs(header)}; a driver that calls "
                                               "its functions names them when it loads")
                project.sources.remove(source)

    def scan(self, project, generated, made):
        """Forwarding headers and the list of headers of each source. made: the headers that the build makes."""
        system = self.kit.include_folders(project)
        common = {}
        made = {os.path.basename(path).lower(): path for path in made}
        for number, source in enumerate(project.sources):
            source.includes = list(dict.fromkeys(source.includes))
            search = include_scan.Search(source.includes, system, self.scanner, self.options.compiler == "clang", made,
                                         source.precompiled, lambda name: self.stray(project, name))
            unit = search.scan(source.path)
            source.unit = unit
            source.extra = []
            self.watched.add(source.path)
            self.watched.update(unit.headers)
            own = {}
            for name in unit.missing:
                path = made.get(base(name).lower())
                if path and name != os.path.basename(path):
                    unit.forwards.setdefault(name, path)
            for name, path in unit.forwards.items():
                if common.setdefault(name, path) != path:
                    own[name] = path
            if own:
                source.extra.append(self.forward(os.path.join(generated, f"own-{number}"), own))
            source.mirror = None
            if include_scan.needs_mirror(unit, source.path, self.scanner, self.options.compiler):
                source.mirror = self.mirror(generated, source)
        project.forwards = [self.forward(os.path.join(generated, "forward"), common)] if common else []

    def stray(self, project, name):
        """
        A header that no include path leads to, when just one file of that name is beside the project's folder or below
        it: a folder that Visual Studio would have from elsewhere.
        """
        if not name.lower().endswith((".h", ".hpp", ".hxx", ".inl")) or os.path.exists(os.path.join("/usr/include", name)):
            return None
        top = os.path.dirname(project.folder)
        below = [os.path.join(top, n) for n in self.folders.entries(top).values()]
        places = [top] + below + [os.path.join(b, n) for b in below[:STRAY_FOLDERS] for n in self.folders.entries(b).values()]
        last = base(name).lower()
        found = {os.path.join(p, self.folders.entries(p)[last]) for p in places if last in self.folders.entries(p)}
        found = {f for f in found if os.path.isfile(f) and f.lower().endswith("/" + name.lower())}
        if len(found) != 1:
            return None
        path = found.pop()
        self.report.warn_once(("stray", project.path, name), display(project.path),
                              f"no include path leads to {name}; taking {display(path)}")
        return path

    def mirror(self, generated, source):
        """Copies of a source and its headers that the compiler understands; the source's copy."""
        unit, number = source.unit, 0
        hides = include_scan.ATTRIBUTE in include_scan.oddities(unit, source.path, self.scanner)
        while True:
            root = os.path.join(generated, f"mirror-{number}" if number else "mirror")
            files = {root + path: include_scan.mirrored(path, unit.resolved.get(path, {}), lambda p, r=root: r + p, hides)
                     for path in [source.path, *unit.headers]}
            # Another source may lead the same header's includes elsewhere.
            if all(self.mirrors.get(p, text) == text for p, text in files.items()):
                break
            number += 1
        self.mirrors.update(files)
        self.written += files.items()
        return root + source.path

    def forward(self, folder, names):
        """
        Forwarding headers; returns the include folder. It lies as deep as the names climb ("../x.h"), so that those
        too stay inside.
        """
        depth = max(name.count("../") for name in names)
        leaf = os.path.join(folder, *["up"] * depth)
        self.written.append((os.path.join(leaf, ".folder"), ""))
        for name, path in names.items():
            self.written.append((os.path.normpath(os.path.join(leaf, name)), f'#include "{path}"\n'))
        return leaf

    def messages(self, project, generated):
        made = []
        for path, values, _ in project.messages:
            header = os.path.join(generated, stem(path) + ".h")
            name = values.get("headerfilename") or ""
            if name:
                header = os.path.join(generated, os.path.basename(name.replace("\\", "/")))
            self.edge([header], "tool", [path], implicit=self.tool_file("messages"), tool=self.tool("mc", path, header), what="messages of",
                      name=os.path.basename(path))
            made.append(header)
        for path, values, _ in project.manifests:
            name = values.get("generatedfilesbasename") or stem(path)
            header = os.path.join(generated, name + ".h")
            mode = "km" if project.flavour == KERNEL else "um"
            self.edge([header], "tool", [path], implicit=self.tool_file("manifest"), tool=self.tool("manifest", path, header, mode), what="events of",
                      name=os.path.basename(path))
            made.append(header)
        return made + self.mofs(project, generated)

    def mofs(self, project, generated):
        """
        The header of a .mof file. A project names the file to MofComp and the header to Wmimofck, by way of a binary
        file in between; the base name of the two is what connects them.
        """
        sources = {stem(path).lower(): path for path, _ in project.mofs}
        made = []
        for binary, name, place in project.mof_headers:
            path = sources.get(stem(binary).lower())
            path = path or (next(iter(sources.values())) if len(sources) == 1 else None) \
                or self.folders.find(project.folder, stem(binary) + ".mof")
            if path is None:
                raise Refusal(f"{place}: no .mof file for {name}")
            header = os.path.join(generated, base(name))
            if header not in made:
                self.edge([header], "tool", [path], implicit=self.tool_file("mof"), tool=self.tool("mof", path, header), what="data blocks of",
                          name=os.path.basename(path))
                made.append(header)
        return made

    def traces(self, project, generated):
        """One run of the trace preprocessor for all sources that agree about their functions."""
        groups = {}
        for source in project.sources:
            if source.wpp:
                groups.setdefault(source.wpp.key(), []).append(source)
        made = []
        for (functions, scans, inis, options), sources in groups.items():
            outputs = [os.path.join(generated, stem(s.path) + ".tmh") for s in sources]
            if len(set(outputs)) != len(outputs):
                unique = dict(zip(reversed(outputs), reversed(sources)))
                outputs, sources = list(unique), list(unique.values())
            headers = sorted({h for s in sources for h in s.unit.headers})
            command = [self.options.wpp, "-o", generated, "--unknown-types", *options]
            for function in functions:
                command += ["--func", function]
            for scan in scans:
                command += ["--scan", scan]
            for ini in inis:
                command += ["--ini", ini]
            self.edge(outputs, "tool", [s.path for s in sources], implicit=[self.options.wpp, *self.wpp_files(), *scans, *inis, *headers],
                      tool=quote_all(command + [s.path for s in sources]), what="trace messages of", name=project.name)
            made += outputs
        return made

    def wpp_files(self):
        """What the trace preprocessor is made of: a newer one makes its files again."""
        real = os.path.dirname(os.path.realpath(self.options.wpp))
        folders = [os.path.join(real, "wppgen"), os.path.join(real, "..", "share", "openwdf", "wpp", "wppgen")]
        folder = next((f for f in folders if os.path.isdir(f)), None)
        return sorted(os.path.join(folder, n) for n in os.listdir(folder) if n.endswith(".py")) if folder else []

    def compiler(self, language):
        return self.options.cxx if language == "c++" else self.options.cc

    def compile_all(self, project, generated, order):
        """The edges of all objects; returns these."""
        found = {source: self.found(source) for source in project.sources}
        flags = {source: self.flags(project, source, generated, found[source]) for source in project.sources}
        rewritten = {source for source in project.sources if fixups.needed(found[source])}
        plain = [s for s in project.sources if s not in rewritten and not s.mirror]
        headers = self.precompile(project, generated, order, plain, flags)
        return [self.compile(project, source, flags[source], source in rewritten, headers.get(source), order)
                for source in project.sources]

    def compile(self, project, source, flags, rewrite, header, order):
        """header: the arguments file of the precompiled header that it begins with, or None."""
        base = os.path.splitext(os.path.basename(source.path))[0]
        target = os.path.join(self.objects(project), base + ".o")
        number = 2
        while target in self.taken:
            target = os.path.join(self.objects(project), f"{base}-{number}.o")
            number += 1
        self.taken[target] = source
        path = source.mirror or source.path
        rule = "rewrite" if rewrite else "cc_c" if source.language != "c++" else "cc_cxx"
        implicit = [f for n in ("fixups", "mends", "refused", "tokens") for f in self.tool_file(n)] if rewrite else []
        self.edge([target], rule, [path], implicit=implicit + ([header] if header else []), order=order,
                  rewrite=self.tool("fixups", self.options.compiler), precompiled=quote("@" + header) if header else "",
                  compiler=quote_all(self.compiler(source.language)), flags=quote_all(flags),
                  name=os.path.basename(source.path))
        self.commands.append({"directory": self.out, "file": source.path, "output": target,
                              "arguments": [*self.compiler(source.language), *flags, "-c", path, "-o", target]})
        return target

    def precompile(self, project, generated, order, sources, flags):
        """{source: the arguments file of its precompiled header}."""
        compiler, arguments = self.options.compiler, {}

        def find(source, name):
            header = source.unit.resolved.get(source.path, {}).get((True, name))
            literal = name.replace("\\", "/") if compiler == "clang" else name
            if header is None or literal not in source.unit.forwards:
                return header and (header, header)
            return None if source.extra else (os.path.normpath(os.path.join(project.forwards[0], literal)), header)
        for number, (header, language, words, members) in enumerate(precompiled.groups(sources, flags, compiler, find)):
            wrapper = os.path.join(generated, "precompiled", f"{number + 1}.h")
            made, target = wrapper + (".pch" if compiler == "clang" else ".gch"), wrapper + ".arguments"
            self.written.append((wrapper, precompiled.wrapper_text(compiler, header)))
            self.edge([target], "precompile", [wrapper], order=order, made=quote(made),
                      compiler=quote_all(self.compiler(language)), flags=quote_all(precompiled.making(language, words, compiler, header)),
                      using=quote_all(precompiled.using(compiler, header, wrapper, made)), name=os.path.basename(header))
            arguments.update(dict.fromkeys(members, target))
        return arguments

    def found(self, source):
        """
        What the source and its headers need beyond a plain compilation (fixups.needs). Names each `long` of it and of its headers: on Windows it has 32
        bits, and so it has in what is rewritten.
        """
        files = [source.path, *source.unit.headers]
        for path in files:
            for line in self.scanner.long_lines(path):
                self.report.warn_once(("long", path, line), f"{display(path)}:{line}",
                                      "`long` has 32 bits on Windows and 64 here; taken as 32. LONG says it everywhere")
        return "".join({self.scanner.needs(path) for path in files})

    def flags(self, project, source, generated, found):
        """found: what the source and its headers need; see found()."""
        o = self.options
        clang = o.compiler == "clang"
        flags = list(self.kit.words(self.kit.package(project), "--cflags"))
        cplusplus = source.language == "c++"
        # To the compilers here x.C is C++ and x.CPP nothing at all.
        if os.path.splitext(source.path)[1] not in ((".cpp", ".cc", ".cxx") if cplusplus else (".c",)):
            flags += ["-x", source.language]
        flags += ["-std=" + (source.standard or "c++17").replace("c++", "gnu++") if cplusplus else "-std=gnu11"]
        # A header's functions that nobody calls are not there on Windows; what they would call need not be either.
        flags += ["-g", "-fPIC", "-fno-strict-aliasing", "-ffunction-sections"]
        flags += ["-O0"] if o.debug else ["-O1", "-fno-inline"] if o.sanitizers else ["-O0" if project.debug else "-O2"]
        flags += self.instrument()
        if project.flavour == KERNEL and cplusplus:
            flags += ["-fno-exceptions"] if not source.exceptions else []
            flags += ["-fno-rtti"] if not source.rtti else []
            flags += ["-fno-threadsafe-statics"]
        elif cplusplus:
            flags += ["-fno-exceptions"] if source.exceptions is False else []
            flags += ["-fno-rtti"] if source.rtti is False else []
        if not cplusplus:
            flags += ["-Werror=implicit-function-declaration"]
        if project.framework == "wdm" and project.kind == "driver" and not project.exporting:
            flags += ["-fvisibility=default"]
        if o.color:
            flags += ["-fdiagnostics-color=always"]
        flags += o.warnings
        if clang:
            # A template that nobody uses is not looked into.
            flags += MICROSOFT + (MICROSOFT_CXX + ["-fdelayed-template-parsing"] if cplusplus else [])
        elif cplusplus:
            flags += ["-fpermissive"]
        if not clang:
            # Microsoft's compiler, and Clang as such, know size_t and __declspec without a header.
            flags += ["-include", "stddef.h", "-include", "openwdf_compiler.h"]
        if cplusplus and project.flavour != KERNEL:
            flags += ["-DOPENWDF_ANY_MAIN"] if "m" in found and project.kind == "application" else []
            flags += ["-DOPENWDF_SHORT_SAL"] if "s" in found else []
        flags += ["-D" + d for d in self.defines(project)]
        flags += ["-D" + d for d in self.good_defines(source)]
        flags += ["-U" + d for d in source.undefines]
        for folder in source.extra + project.forwards:
            flags += ["-I" + folder]
        for folder in source.includes:
            flags += self.include(folder)
        flags += ["-I" + generated]
        for name in source.forced:
            flags += ["-include", self.forced(source, name)]
        return flags

    def include(self, folder):
        """A folder with a header that has the name of one of the C library's own comes after those."""
        if folder not in self.shadowing:
            try:
                self.shadowing[folder] = not C_LIBRARY.isdisjoint(os.listdir(folder))
            except OSError:
                self.shadowing[folder] = False
        return ["-iquote", folder, "-idirafter", folder] if self.shadowing[folder] else ["-I" + folder]

    def good_defines(self, source):
        """Without what is no definition: Microsoft's compiler says nothing about those."""
        for define in source.defines:
            # On a command line of Windows, quotes group words and \\" is a quote.
            define = re.sub(r'\\?"', lambda m: '"' if m.group(0) != '"' else "", define)
            if re.match(r"^[A-Za-z_]\w*(\([^)]*\))?(=|#|$)", define):
                yield define.replace("#", "=", 1) if "=" not in define else define
            else:
                self.report.warn_once(("define", source.place, define), source.place,
                                      f"PreprocessorDefinitions: {define} is no definition; ignored")

    def forced(self, source, name):
        for folder in [os.path.dirname(source.path), *source.includes]:
            found = self.folders.find(folder, name)
            if found:
                return found
        return name

    def instrument(self):
        o = self.options
        flags = []
        if o.sanitizers:
            flags.append("-fsanitize=" + ",".join(o.sanitizers))
            if "undefined" in o.sanitizers:
                # What Windows drivers do by contract: odd pointers in packed structures. And vptr's check of types needs
                # what drivers are built without.
                flags.append("-fno-sanitize=alignment,vptr")
        if o.coverage:
            flags += ["--coverage"] if o.compiler == "gcc" else ["-fprofile-instr-generate", "-fcoverage-mapping"]
        return flags

    def shared_runtime(self):
        """
        A driver's sanitizer is a library that its host is started with: `wdf run` sees in the module which one, and
        where. GCC does so anyway.
        """
        o = self.options
        if o.compiler != "clang" or not o.sanitizers:
            return []
        folder = o.runtime_folder()
        return ["-shared-libsan"] + (["-Wl,-rpath," + folder] if folder else [])

    def defines(self, project):
        found = []
        if project.flavour != APPLICATION or project.kind == "library":
            found += ["WINNT=1"]
            found += ["OPENWDF_SHORT_SAL", "OPENWDF_NO_POSIX"] if project.flavour == KERNEL else []
            # As the kit's own build files have it.
            found += ["_WIN32_WINNT=0x0A00", "WINVER=0x0A00", "NTDDI_VERSION=0x0A000010"]
        found += {"unicode": ["UNICODE", "_UNICODE"], "multibyte": ["_MBCS"]}.get(project.characters, [])
        found += ["DBG=1"] if project.debug else ["NDEBUG"] if project.flavour != KERNEL else []
        if project.framework == "kmdf":
            found += [f"KMDF_VERSION_MAJOR={project.version[0]}"]
            found += [f"KMDF_VERSION_MINOR={project.version[1]}"] if project.version[1] is not None else []
        elif project.framework == "umdf":
            found += [f"UMDF_VERSION_MINOR={project.version[1]}"] if project.version[1] is not None else []
        return found

    # ---- What comes out ----

    @staticmethod
    def all_linked(project):
        """With what its static libraries want themselves."""
        found, queue = [], list(project.linked)
        while queue:
            other = queue.pop(0)
            if other not in found and other is not project:
                found.append(other)
                queue += other.linked if other.kind == "archive" else []
        return found

    def result(self, project, objects):
        linked = self.all_linked(project)
        cplusplus = any(s.language == "c++" for s in project.sources) or \
            any(s.language == "c++" for p in linked for s in p.sources)
        compiler = self.options.cxx if cplusplus else self.options.cc
        if project.kind == "archive":
            path = self.place(project, self.file_name(project))
            self.edge([path], "archive", objects, name=os.path.basename(path))
            self.finished(project, path)
            return
        archives = [self.results[p] for p in linked if p.kind == "archive" and p in self.results]
        shared = [self.results[p] for p in linked if p.kind in ("library", "driver") and p in self.results]
        path = self.place(project, self.file_name(project))
        flags = self.instrument() + ["-g"] + (self.shared_runtime() if project.kind != "application" else [])
        flags += ["-Wl,--gc-sections"] if not self.options.coverage else []
        if project.kind == "library":
            flags += ["-shared"]
        if project.kind == "library" or project.exporting:
            flags += ["-Wl,-soname," + os.path.basename(path)]    # Others link it.
        libs = (["-Wl,--start-group", *archives, "-Wl,--end-group"] if archives else []) + shared
        libs += ["-Wl,-rpath,$ORIGIN"] if shared else []
        if project.framework == "wdm" and project.kind == "driver" and not project.exporting:
            flags += ["-shared", "-Wl,-Bsymbolic", "-Wl,-z,muldefs"]
        else:
            libs += self.kit.words(self.kit.package(project), "--libs")
        if project.kind == "driver" and project.entry not in ENTRIES:
            flags += [f"-Wl,--defsym,DriverEntry={project.entry}"]
        elif project.kind == "driver" and not project.exporting:
            flags += ["-Wl,--require-defined=DriverEntry"]
        self.edge([path], "link", objects, implicit=archives + shared, compiler=quote_all(compiler),
                  flags=quote_all(flags), libs=quote_all(libs), name=os.path.basename(path))
        self.finished(project, path)

    def finished(self, project, path):
        self.results[project] = path
        self.products.append(path)

    def infs(self, project):
        for path, values, _ in project.infs:
            target = self.place(project, stem(path) + ".inf")
            if target in self.products:
                continue
            arguments = [path, target]
            for key, value in self.stamps(project, values):
                arguments.append(f"{key}={value}")
            self.edge([target], "tool", [path], implicit=self.tool_file("stampinf"), tool=self.tool("stampinf", *arguments), what="stamping",
                      name=os.path.basename(target))
            self.products.append(target)

    @staticmethod
    def stamps(project, values):
        def enabled(name, default=True):
            text = values.get(name, "").strip().lower()
            return text == "true" if text else default
        arch = values.get("architecture", "") if enabled("specifyarchitecture") else ""
        yield "arch", arch or project.inf_arch
        major, minor = project.version
        if project.framework == "umdf":
            yield "umdf", f"{major}.{33 if minor is None else minor}.0"
            yield "kmdf", values.get("kmdfversionnumber") or "1.33"
        else:
            yield "kmdf", values.get("kmdfversionnumber") or f"{major}.{33 if minor is None else minor}"
            yield "umdf", values.get("umdfversionnumber") or "2.33.0"
        if enabled("specifydriververdirectivedate"):
            yield "date", values.get("datestamp", "")
        if enabled("specifydriververdirectiveversion"):
            yield "version", values.get("timestamp", "")
        if values.get("catalogfilename"):
            yield "catalog", values["catalogfilename"]


def link_projects(projects, report):
    """Which project's result satisfies which requested library; the others are named."""
    by_name = {}
    for project in projects:
        if project.kind in ("archive", "library", "driver"):
            by_name.setdefault(project.target.lower(), project)
    for project in projects:
        for name, place in project.libraries:
            plain = stem(name).lower()
            other = by_name.get(plain)
            if other and other is not project and (other.kind != "driver" or other.exporting):
                if other not in project.linked:
                    project.linked.append(other)
            elif CLASS_EXTENSION.match(plain):
                report.warn_once(("library", plain), place,
                                 f"{name}: OpenWDF does not have this class extension; the driver builds, and names what it misses when it loads")
            elif plain and plain not in SATISFIED:
                report.warn_once(("library", plain), place, f"library {name} is not known; going on without it")
    in_order = []

    def add(project, above):
        """What a project links comes before it."""
        for other in project.linked:
            if other not in in_order and other not in above and other in projects:
                add(other, above + [project])
        if project not in in_order:
            in_order.append(project)
    for project in projects:
        add(project, [])
    projects[:] = in_order


def write_files(files):
    for path, text in files:
        write_if_changed(path, text)
