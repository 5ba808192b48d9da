# SPDX-License-Identifier: MIT
"""wdf build [options] PROJECT | SOURCE...

Builds a Windows driver project as it is: a .vcxproj, a .sln, a folder that holds one, a sources or dirs file
of the DDK, or a plain list of C and C++ sources (with .inx or .inf files among them).

  --config NAME        the project's configuration (default: Debug, or what comes nearest)
  --platform NAME      the project's platform (default: x64); the result always runs on this machine
  --clang, --gcc       the compiler (default: Clang where it is installed)
  --asan, --ubsan, --tsan, --coverage
                       instruments the driver
  --debug              no optimization, whatever the configuration says
  --out FOLDER         where the results go (default: wdf-out/CONFIG[-gcc][-asan]... beside the project)
  -p NAME=VALUE        sets a property of the project ($(NAME)); as often as needed
  -W...                a warning option for the compiler
  -j N                 commands at a time
  --compile-commands   writes compile_commands.json beside the project, for clangd and other editors
  --verbose            prints every command
  --clean              removes the output folder
  --name NAME          of what plain sources make

The results are in the output folder: NAME.so for a driver, NAME.inf beside it, NAME for an application.
`wdf run FOLDER/NAME.inf` starts the driver's device.

exit status: 0 built; 1 not built; 3 wrong usage."""
import os
import re
import shutil
import subprocess
import sys

from .report import Refusal, Report

EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 3
STAMP = ".wdf-build.json"
STAMP_VERSION = 1


class Usage(Exception):
    pass


class Options:
    def __init__(self):
        self.arguments = []
        self.config = self.platform = None
        self.compiler = ""
        self.sanitizers = []
        self.coverage = self.debug = self.verbose = self.compile_commands = self.clean = False
        self.out = ""
        self.properties = {}
        self.warnings = []
        self.jobs = ""
        self.name = ""
        self.color = sys.stderr.isatty()
        self.cc = self.cxx = ()
        self.self_command = ()
        self.wpp = ""
        self.words = []

    def runtime_folder(self):
        """Where Clang's shared sanitizer libraries are; "" when they are not installed."""
        name = {"address": "asan", "thread": "tsan", "undefined": "ubsan_standalone"}[self.sanitizers[0]]
        file = f"libclang_rt.{name}-{os.uname().machine}.so"
        found = subprocess.run([self.cc[0], "-print-file-name=" + file], stdout=subprocess.PIPE, text=True,
                               check=False).stdout.strip()
        if not os.path.isabs(found):
            raise Refusal(f"{self.cc[0]} has no {file}; on Debian it is in the package libclang-rt-14-dev")
        return os.path.dirname(found)

    def variant(self):
        parts = [self.config or "Debug"]
        if self.platform and self.platform.lower() != "x64":
            parts.append(self.platform)
        if self.compiler == "gcc":
            parts.append("gcc")
        names = {"address": "asan", "undefined": "ubsan", "thread": "tsan"}
        parts += [names[s] for s in self.sanitizers]
        parts += ["coverage"] if self.coverage else []
        parts += ["debug"] if self.debug else []
        return re.sub(r"[^\w.+-]+", "_", "-".join(parts))


def parse(words):
    options = Options()
    position = 0

    def value(word):
        nonlocal position
        if position >= len(words):
            raise Usage(f"{word} needs a value")
        position += 1
        return words[position - 1]
    while position < len(words):
        word = words[position]
        position += 1
        name, equals, inline = word.partition("=")
        if word in ("--clang", "--gcc"):
            options.compiler = word[2:]
        elif word in ("--asan", "--ubsan", "--tsan"):
            kind = {"--asan": "address", "--ubsan": "undefined", "--tsan": "thread"}[word]
            if kind not in options.sanitizers:
                options.sanitizers.append(kind)
        elif word in ("--coverage", "--debug", "--verbose", "--clean"):
            setattr(options, word[2:], True)
        elif word == "--compile-commands":
            options.compile_commands = True
        elif name in ("--config", "--platform", "--out", "--name"):
            setattr(options, name[2:], inline if equals else value(name))
        elif word == "-p" or word.startswith("-p") and equals:
            text = value("-p") if word == "-p" else word[2:]
            name, equals, inline = text.partition("=")
            if not equals or not re.match(r"^[A-Za-z_][\w\-]*$", name):
                raise Usage(f"-p takes NAME=VALUE, not {text!r}")
            options.properties[name] = inline
        elif word == "-j" or re.match(r"^-j\d+$", word):
            options.jobs = value("-j") if word == "-j" else word[2:]
            if not options.jobs.isdigit() or int(options.jobs) < 1:
                raise Usage(f"-j takes a number, not {options.jobs!r}")
        elif word == "-v":
            options.verbose = True
        elif word.startswith("-W") and len(word) > 2:
            options.warnings.append(word)
        elif word.startswith("-"):
            raise Usage(f"there is no option {word}")
        else:
            options.arguments.append(word)
    if "thread" in options.sanitizers and "address" in options.sanitizers:
        raise Usage("--tsan and --asan exclude each other")
    if not options.arguments:
        options.arguments = ["."]
    choose_compiler(options)
    return options


def choose_compiler(options):
    if not options.compiler:
        options.compiler = "clang" if shutil.which("clang") else "gcc"
    options.cc, options.cxx = {"clang": (["clang"], ["clang++"]), "gcc": (["gcc"], ["g++"])}[options.compiler]
    for command in (options.cc, options.cxx):
        if not shutil.which(command[0]):
            raise Refusal(f"{command[0]} is not installed")


def main(words, here):
    """here: the folder of this program, with what belongs to it."""
    if words[:1] == ["--internal"]:
        return internal(words[1:])
    if words[:1] == ["new"]:
        from . import new
        return new.main(words[1:], here)
    if words[:1] == ["build"]:
        words = words[1:]
    if "--help" in words or "-h" in words:
        print(__doc__)
        return EXIT_OK
    try:
        options = parse(words)
        return build(options, here)
    except Usage as error:
        print(f"wdf build: {error} (see wdf build --help)", file=sys.stderr)
        return EXIT_USAGE
    except Refusal as refusal:
        print(f"wdf build: {refusal}", file=sys.stderr)
        return EXIT_FAILED
    except OSError as error:
        print(f"wdf build: {error.filename or 'system'}: {error.strerror}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_FAILED


def internal(words):
    """What Ninja calls."""
    from . import fixups, manifest, messages, mof, stampinf
    try:
        if words[0] == "stampinf":
            stampinf.stamp_file(words[1], words[2], **{"date": None, **dict(w.split("=", 1) for w in words[3:])})
        elif words[0] == "mc":
            messages.compile_messages(words[1], words[2])
        elif words[0] == "manifest":
            manifest.compile_manifest(words[1], words[2], words[3] == "km")
        elif words[0] == "fixups":
            return fixups.main(words[1:])
        elif words[0] == "mof":
            mof.compile_mof(words[1], words[2])
    except Refusal as refusal:
        print(f"wdf build: {refusal}", file=sys.stderr)
        return EXIT_FAILED
    return EXIT_OK


def output_folder(options):
    if options.out:
        return os.path.abspath(options.out)
    first = os.path.abspath(options.arguments[0])
    base = first if os.path.isdir(first) else os.path.dirname(first)
    return os.path.join(base, "wdf-out", options.variant())


def build(options, here):
    first = options.arguments[0]
    if not os.path.exists(first):
        raise Refusal(f"{first}: does not exist")
    options.out = output_folder(options)
    if options.clean:
        return clean(options.out)
    options.self_command = [sys.executable, "-I", "-S", os.path.join(here, "wdf-build")]
    options.words = [os.path.abspath(a) for a in options.arguments] + [options.compiler, str(options.sanitizers),
                     str(sorted(options.properties.items())), str(options.warnings), str(options.config),
                     str(options.platform), str(options.debug), str(options.coverage), options.name, str(options.color),
                     os.environ.get("OPENWDF_PKG_CONFIG_PATH", ""), os.environ.get("PKG_CONFIG_PATH", "")]
    stamp = read_stamp(options)
    if not stamp_is_fresh(stamp, options, here):
        stamp = generate(options, here, stamp)
    return run_ninja(options, stamp)


def clean(folder):
    """Removes what a build made, and only that: the folder must be one of ours."""
    if os.path.exists(os.path.join(folder, STAMP)):
        shutil.rmtree(folder)
    elif os.path.exists(folder):
        raise Refusal(f"{folder}: was not made by wdf build; not removed")
    return EXIT_OK


# ---- The stamp: everything that the Ninja file was made from ----

def read_stamp(options):
    import json
    try:
        with open(os.path.join(options.out, STAMP), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def signature(path):
    try:
        status = os.stat(path)
        return [status.st_mtime_ns, status.st_size]
    except OSError:
        return []


def stamp_is_fresh(stamp, options, here):
    if stamp.get("version") != STAMP_VERSION or stamp.get("words") != options.words or stamp.get("tool") != tool_signature(here):
        return False
    if not os.path.exists(os.path.join(options.out, "build.ninja")):
        return False
    return all(signature(path) == old for path, old in stamp["files"].items())


def tool_signature(here):
    folder = os.path.join(here, "wdfbuild")
    return [signature(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith(".py")]


def generate(options, here, old):
    """Evaluates the projects and writes the Ninja file; nothing is written when a project is refused."""
    import json
    from .graph import Graph
    from .includes import Scanner
    from .paths import Folders, write_if_changed
    from .plan import Kit, Plan, link_projects
    folders, report = Folders(), Report(verbose=options.verbose)
    options.wpp = find_wpp(here)
    graph = Graph(options, folders, report)
    projects = graph.load(options.arguments)
    link_projects(projects, report)
    scanner = Scanner(folders, old.get("scanned"))
    plan = Plan(projects, options, folders, report, scanner, Kit(os.environ.get("OPENWDF_PKG_CONFIG_PATH")))
    text = plan.make()
    for path, content in plan.written:
        write_if_changed(path, content)
    write_if_changed(os.path.join(options.out, "compile_commands.json"), json.dumps(plan.commands, indent=1) + "\n")
    write_if_changed(os.path.join(options.out, ".gitignore"), "*\n")
    write_if_changed(os.path.join(options.out, "build.ninja"), text)
    files = {p for project in projects for p in project.files} | graph.files | plan.watched
    files |= {folder for folder in folders.listed if not folder.startswith(options.out)}
    stamp = {"version": STAMP_VERSION, "words": options.words, "tool": tool_signature(here),
             "files": {p: signature(p) for p in sorted(files)}, "scanned": scanner.known,
             "products": plan.products, "warnings": report.lines}
    write_if_changed(os.path.join(options.out, STAMP), json.dumps(stamp))
    return stamp


def find_wpp(here):
    for place in ("../../bin/wdf-wpp", "../wpp/wdf-wpp", "wdf-wpp"):
        path = os.path.normpath(os.path.join(here, place))
        if os.path.exists(path):
            return path
    return shutil.which("wdf-wpp") or "wdf-wpp"


# ---- Ninja ----

def run_ninja(options, stamp):
    command = ["ninja", "-C", options.out] + (["-v"] if options.verbose else []) + (["-j", options.jobs] if options.jobs else [])
    environment = dict(os.environ, NINJA_STATUS="[%f/%t] ")
    if options.compile_commands:
        copy_commands(options)
    show = sys.stdout.isatty() or options.verbose
    try:
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace") as process:
            failed = pass_on(process.stdout, show, options)
            result = process.wait()
    except OSError as error:
        raise Refusal(f"ninja: {error.strerror}") from None
    if result != 0:
        what = f": {', '.join(failed)}" if failed else ""
        print(f"wdf build: not built{what}", file=sys.stderr)
        return EXIT_FAILED
    from .paths import display
    for path in stamp["products"]:
        print(display(path))
    return EXIT_OK


def pass_on(stream, show, options):
    """Prints what the compilers say, without Ninja's own words; returns the names of what failed."""
    from .absent import explain, explain_functions, undefined
    failed, skip, explained, missing = [], False, {}, []
    for line in stream:
        if skip:
            skip = False    # The command of a failed step: --verbose has shown it.
            continue
        match = re.match(r"^FAILED: (?:\[code=\d+\] )?(.*)$", line)
        if match:
            failed.append(os.path.basename(match.group(1).split()[0]))
            skip = True
        elif re.match(r"^\[\d+/\d+\] ", line):
            if show:
                print(line, end="")
        elif line.startswith(("ninja: Entering", "ninja: no work", "ninja: build stopped")):
            continue
        else:
            print(line, end="", file=sys.stderr)
            explained.setdefault(explain(line), True)
            missing += [undefined(line)] if undefined(line) else []
    for text in [*explained, *explain_functions(missing)]:
        if text:
            print(f"wdf build: {text}", file=sys.stderr)
    return failed


def copy_commands(options):
    from .paths import write_if_changed
    first = os.path.abspath(options.arguments[0])
    folder = first if os.path.isdir(first) else os.path.dirname(first)
    with open(os.path.join(options.out, "compile_commands.json"), "rb") as file:
        write_if_changed(os.path.join(folder, "compile_commands.json"), file.read())
