# SPDX-License-Identifier: MIT
"""What is to be built, whatever kind of project file said it; and how a .vcxproj becomes that."""
import os
import re

from . import msbuild
from .expressions import split_list, unescape
from .paths import absolute, base, display, stem
from .report import Refusal

LANGUAGES = {".c": "c", ".cpp": "c++", ".cc": "c++", ".cxx": "c++", ".c++": "c++"}

# What a source's or a link's metadata may say without a word from us: it does not change what the code does here,
# or it asks for what is always so.
HARMLESS_COMPILE = set("""
    additionalbmiDirectories assembleroutput additionaloutputdirectory allowdatetime asmlistinglocation basicruntimechecks
    browseinformation browseinformationfile buffersecuritycheck buildingininde callingconvention compileaswinrt
    conformancemode controlflowguard datalocations debuginformationformat deducevariabletype diagnosticsformat
    disablelanguageextensions disablespecificwarnings enablefibersafeoptimizations enablefiberSafeoptimizations
    enableenhancedinstructionset enableparallelcodegeneration enableprefast errorreporting excludedfrombuild
    expandattributedsource externalincludes externalwarninglevel favorsizeorspeed floatingpointexceptions
    floatingpointmodel forceconformanceinforloopscope functionlevellinking generatexmldocumentationfiles guardehcontmetadata
    ignorestandardincludepath inlinefunctionexpansion intelJCCErratum intrinsicfunctions minimalrebuild
    multiprocessorcompilation objectfilename omitdefaultlibname omitframepointers openmpsupport optimization
    precompiledheader precompiledheaderfile precompiledheaderoutputfile preprocesskeepcomments
    preprocesssuppresslinenumbers preprocesstofile processorarchitecture programdatabasefilename
    removeunreferencedcodedata runtimelibrary sdlcheck scansourceformoduledependencies showincludes smallertypecheck
    spectremitigation stringpooling supportjustmycode suppressstartupbanner treatspecificwarningsaserrors
    treatwarningaserror treatwchar_tasbuiltintype trackerlogdirectory usefullpaths usestandardpreprocessor
    useunicodeforassemblerlisting warninglevel warningversion wholeprogramoptimization xmldocumentationfilename
    minimalrebuildfromtracking createhotpatchableimage callattributedcode enableasan prefastlog prefastadditionaloptions
    prefastadditionalplugins enablemodules buildstlmodules languagestandard_c useunicodeforassemblerlisting
    undefineallpreprocessordefinitions enforcetypeconversionrules fixedaddress lib filetype deploymentcontent
    cetcompat precompiledheaderfile dependentupon subtype link copytooutputdirectory prefastlogfile wppminimalrebuildfromtracking
    wpprebuildfromtracking wppkernelmode wppgenerateusingtemplatefile wpprecorderenabled wppsearchstring wppfileextensions
    wppoutputdirectory wpppreservefileextensions wpppreserveextensions wppdllmacro wppmodulename wppignoreexclamationmarks wppfilename
    wpptracelevels wppadditionalincludedirectories wpppreprocessordefinitions wppcontrolguid
    wppallowdynamicformatsinmessages wpptracefunctionfile filename wppaddcontrolguid wppalternateconfigurationfile
""".lower().split())
HONOURED_COMPILE = set("""
    additionalincludedirectories preprocessordefinitions undefinepreprocessordefinitions forcedincludefiles compileas
    languagestandard additionaloptions excludedfrombuild exceptionhandling runtimetypeinfo structmemberalignment
    wppenabled wpptracefunction wppscanconfigurationdata wppadditionalconfigurationfile wppadditionaloptions
""".split())

# Properties that a project sets for Visual Studio, the kit's tools or Windows, and that ask nothing of us.
HARMLESS_PROPERTIES = set("""
    projectguid rootnamespace sampleguid templateguid keyword minimumvisualstudioversion targetframeworkversion
    windowstargetplatformversion windowstargetplatformminversion targetplatformversion applicationtype projecttypeguids
    applicationtyperevision defaultlanguage appcontainerapplication supportspackaging requirespackageproject
    packagerelativedirectory enableinf2cat inf2catwindowsversionlist inf2cattimestampservice inf2catuselocaltime signmode
    testcertificate productioncertificate timestampserver debuggerflavor allow_date_time runcodeanalysis enableprefast
    codeanalysisruleset codeanalysistreatwarningsaserrors codeanalysisruleassemblies linkincremental generatemanifest
    embedmanifest verifyprojectoutput verifydrivers verifyflags enableverifier alldrivers deployfiles
    hardwareidstring commandline copyoutput removedriver enabledeployment importtostore installmode vctargetspath
    driver_spectremitigation spectremitigation wholeprogramoptimization useofatl useofmfc usedebuglibraries
    drivertargetplatform targetversion platformtoolset characterset windowssdkdesktoparmsupport usewindowspepparser
    driversign apivalidator_enable apivalidatorexcludes disablefastuptodatecheck ignoreimportlibrary generatedebuginformation
    kmdf_minimum_version_required umdf_minimum_version_required netadapter_minimum_version_required
    netadapterdriver netadapter_version_major netadapter_version_minor overridefileextensions
    extensionstodeleteonclean projectversion _projectfileversion wpprecorderenabled
    infverif_additionaloptions infverif_diagnosticlevel skippackageverification customizebuild windowssdkversion
    outputtype subsystem targetos productdir preferredtoolarchitecture targetplatformminversion
    winnt_version stampinfenabled taeftest enabletestsign nugetpackageimportstamp restorepackages
    publickeytoken vcprojectversion localdebuggercommand localdebuggerworkingdirectory debuggertype
    nmakeoutput nmakepreprocessordefinitions multiprocessorcompilation allowlocalnetworkloopback
    resolvenugetpackages usedotnetnativetoolchain winver warninglevel treatwarningaserror
    enableaccessibilityvalidation vcruntimecopy noentrypoint mscordefault dependsoncrt
    xamlcomponentresourcelocation baseoutputpath infarch buildprojectreferences cleandependson
    wppgenerateusingtemplatefile isdriver targetsysroot signtoolcommand buildpackage stlenable
    usestandardpreprocessor externalwarninglevel compileas msbuildwarningsasmessages
    codeanalysisinputassembly conformancemode cetcompat
""".split())
HONOURED_PROPERTIES = set("""
    configuration platform configurationtype drivertype targetname targetext outdir intdir includepath
    externalincludepath kmdf_version_major kmdf_version_minor umdf_version_major umdf_version_minor ntddi_version
    _nt_target_version projectname solutiondir platformtarget librarypath ismodule projectdir
    importdirectorybuildprops importdirectorybuildtargets userootdir executablepath referencepath sourcepath
    excludepath librarywpath customizedbuild usermodedriver
""".split())

KNOWN_ITEMS = set("""
    projectconfiguration clcompile clinclude resourcecompile inf filestopackage otherwpp none text image midl
    messagecompile projectreference wmimofck mofcomp custombuild ctrpp masm lib link driversign natvis packagereference
    library font media manifest reference wrappedtaskitems bscmake xdcmake inf2cat stampinf copyfiletofolders
    propertypagesschema projectcapability deployfiles testtarget embeddedresource xsd content appxmanifest page
    applicationdefinition tracewpp filter uniqueidentifier generatedfile infsource ruleset custombuildstep prebuildevent
    prelinkevent postbuildevent folder wpp compile sdkreference packagefiles pkgfiles apivalidator
""".split())

KERNEL, USER, APPLICATION = "km", "um", "app"
NEWEST_MINOR = 33


class Source:
    """One file to compile, with everything that is its own."""

    def __init__(self, path, place):
        self.path = path
        self.place = place
        self.language = LANGUAGES.get(os.path.splitext(path)[1].lower(), "c")
        self.defines = []
        self.undefines = []
        self.includes = []      # existing folders
        self.forced = []
        self.standard = ""      # "c++20" …
        self.exceptions = None  # None: what the flavour has
        self.rtti = None
        self.wpp = None         # Wpp, or None
        self.precompiled = ""   # the name of the precompiled header that it uses


class Wpp:
    """How a source traces."""

    def __init__(self, functions=(), scans=(), inis=(), options=()):
        self.functions = list(functions)
        self.scans = list(scans)
        self.inis = list(inis)
        self.options = list(options)  # Further ones of wdf-wpp.

    def key(self):
        return (tuple(self.functions), tuple(self.scans), tuple(self.inis), tuple(self.options))


class Project:
    """One target: a driver, a library, an application; or none, only references."""

    def __init__(self, path):
        self.path = path
        self.folder = os.path.dirname(path)
        self.name = stem(path)
        self.kind = "application"   # driver, library, archive, application, none
        self.flavour = APPLICATION  # km, um, app
        self.framework = ""         # kmdf, umdf, wdm, "" for what is no driver
        self.target = self.name
        self.version = (1, None)    # of the framework; the minor may be unknown
        self.debug = True
        self.sources = []
        self.infs = []              # (path, {metadata}, place)
        self.messages = []          # (path, place)
        self.mofs = []
        self.mof_headers = []       # (binary file that it would be made from, header, place)
        self.manifests = []
        self.references = []        # (path of a project, place)
        self.libraries = []         # (name of a .lib, place)
        self.linked = []            # projects whose archive or library goes in; set when all are known
        self.exporting = False      # an export driver: others link it
        self.entry = ""
        self.exports = None         # a .def file
        self.solution = None        # that it was found to belong to, when it asked
        self.files = [path]         # what decided all this
        self.configuration = ""
        self.platform = ""
        self.inf_arch = "amd64"
        self.characters = ""        # CharacterSet: "unicode", "multibyte" or nothing


def load_vcxproj(path, options, folders, report, configuration=None, platform=None, solution=None,
                 solution_of=None):
    """Reads a project for the configuration asked for."""
    shown = display(path)
    available = msbuild.configurations(path, shown)
    pair = msbuild.choose_configuration(available, configuration, platform)
    if pair is None:
        asked = "|".join(filter(None, (configuration, platform)))
        raise Refusal(f"{shown}: there is no {asked} to build; there are "
                      + ", ".join(sorted("|".join(p) for p in available)))
    properties = {"Configuration": pair[0], "Platform": pair[1]}
    if solution:
        properties.update(msbuild.solution_properties(solution))
    properties.update(options.properties)
    evaluation = msbuild.Evaluation(path, properties, folders, report, None if solution else solution_of)
    reader = Reader(evaluation, folders, report)
    return reader.read()


class Reader:
    """From an evaluated .vcxproj to a Project."""

    def __init__(self, evaluation, folders, report):
        self.evaluation = evaluation
        self.folders = folders
        self.report = report
        self.project = Project(evaluation.path)

    def read(self):
        evaluation, project = self.evaluation, self.project
        project.files = list(evaluation.files)
        project.solution = evaluation.solution
        project.configuration = evaluation.get("Configuration")
        project.platform = evaluation.get("Platform")
        project.inf_arch = evaluation.get("InfArch")
        project.characters = evaluation.get("CharacterSet").strip().lower()
        project.name = evaluation.get("ProjectName") or project.name
        project.target = evaluation.get("TargetName")
        debug = evaluation.get("UseDebugLibraries").lower()
        project.debug = debug == "true" if debug else "debug" in project.configuration.lower()
        self.classify()
        self.items()
        self.link()
        self.name_unknown()
        return project

    def shown(self):
        return display(self.evaluation.path)

    def classify(self):
        evaluation, project = self.evaluation, self.project
        written = evaluation.get("ConfigurationType")
        kind = written.lower()
        driver = evaluation.get("DriverType").lower()
        toolset = evaluation.get("PlatformToolset").lower()
        place = evaluation.set_places.get("configurationtype", ("", self.shown()))[1]
        kinds = {"driver": "driver", "dynamiclibrary": "library", "staticlibrary": "archive",
                 "application": "application", "utility": "none", "makefile": "makefile"}
        if kind not in kinds:
            raise Refusal(f"{place}: ConfigurationType is {written!r}; Driver, DynamicLibrary, StaticLibrary, Application "
                          "and Utility are known")
        project.kind = kinds[kind]
        if project.kind == "makefile":
            raise Refusal(f"{place}: a makefile project; it says nothing that another tool could build")
        if toolset.startswith("windowskernelmodedriver") or project.kind == "driver" and driver != "umdf":
            project.flavour = KERNEL
        elif toolset.startswith("windowsusermodedriver") or driver == "umdf":
            project.flavour = USER
        project.exporting = driver == "exportdriver"
        if driver == "package":
            project.kind = "none"
        if driver in ("kmdf", "umdf"):
            project.framework = driver
        elif project.flavour == KERNEL:
            project.framework = "wdm"
        if project.framework == "umdf" and project.kind == "library":
            project.kind = "driver"
        elif project.kind == "library" and project.flavour == KERNEL:
            project.kind = "driver"
        self.versions()

    def versions(self):
        evaluation, project = self.evaluation, self.project
        name = "UMDF" if project.framework == "umdf" else "KMDF"
        major, minor = (evaluation.get(f"{name}_VERSION_{part}") for part in ("MAJOR", "MINOR"))
        for part, text, most in (("MAJOR", major, {"KMDF": 1, "UMDF": 2}[name]), ("MINOR", minor, NEWEST_MINOR)):
            place = evaluation.set_places.get(f"{name}_version_{part}".lower(), ("", self.shown()))[1]
            if text and not text.isdigit():
                raise Refusal(f"{place}: {name}_VERSION_{part} is {text!r}, not a number")
            if text and int(text) > most:
                raise Refusal(f"{place}: {name}_VERSION_{part} is {text}; the newest version of the framework is "
                              f"{'1' if name == 'KMDF' else '2'}.{NEWEST_MINOR}")
        project.version = (int(major or (2 if name == "UMDF" else 1)), int(minor) if minor else None)
        if project.framework == "umdf" and not major and project.kind == "driver":
            # UMDF 1 projects say nothing and link no UMDF 2 stub; their sources include wudfddi.h.
            project.version = (2, project.version[1])

    def items(self):
        for item in self.evaluation.items:
            kind = item.type.lower()
            if item.is_true("ExcludedFromBuild"):
                continue
            if kind == "clcompile":
                self.source(item)
            elif kind == "inf":
                self.inf(item)
            elif kind == "messagecompile":
                path = self.must_find(item, "message file")
                (self.project.messages if path.lower().endswith(".mc") else self.project.manifests).append(
                    (path, dict(item.values), item.place))
            elif kind == "midl":
                # There is no interface compiler that brings Windows' own interfaces along.
                self.report.warn(item.place, f"{item.include}: interface files are not compiled; the headers made of it "
                                             "must be in the project")
            elif kind == "ctrpp":
                self.report.warn(item.place, f"{item.include}: counter manifests are not compiled")
            elif kind == "mofcomp":
                path = self.folders.find(self.project.folder, item.include)
                if path:
                    self.project.mofs.append((path, item.place))
            elif kind == "wmimofck":
                if item.get("HeaderOutputFile"):
                    self.project.mof_headers.append((item.include, item.get("HeaderOutputFile"), item.place))
            elif kind == "projectreference":
                path = self.must_find(item, "referenced project")
                self.project.references.append((path, item.place))
            elif kind == "masm":
                self.report.warn(item.place, f"{item.include}: assembler source in Microsoft's syntax; not built")
            elif kind == "custombuild" and item.get("Command"):
                self.report.warn(item.place, f"{item.include}: its custom build step is not run: "
                                             f"{' '.join(item.get('Command').split())[:80]}")
            elif kind not in KNOWN_ITEMS and kind not in self.evaluation.items_asked:
                self.report.warn_once(("item", kind), item.place, f"items of type {item.type} are not known; ignored")
        for target in self.evaluation.targets:
            steps = [e for e in target.walk() if e.tag in ("Exec", "Copy", "WriteLinesToFile")]
            if steps and self.evaluation.condition(target):
                self.report.warn(target.place, f"the project's own build target \"{target.get('Name')}\" is not run")

    def must_find(self, item, what):
        path = self.folders.find(self.project.folder, item.include)
        if path is None:
            raise Refusal(f"{item.place}: {what} {item.include} does not exist{self.unknown_in(item)}")
        if not os.path.isfile(path):
            raise Refusal(f"{item.place}: {what} {item.include} is no file")
        return path

    def unknown_in(self, item):
        names = sorted({n for n, place, _ in self.evaluation.unknown_uses if place == item.place})
        return "".join(f"; $({n}) is not defined (give it with -p {n}=…)" for n in names)

    def source(self, item):
        if os.path.splitext(item.include)[1].lower() not in LANGUAGES and item.get("CompileAs").lower() in ("", "default"):
            self.report.warn(item.place, f"{item.include}: neither C nor C++ by its name; not compiled")
            return
        if item.include.replace("\\", "/").startswith(msbuild.INT_DIR):
            self.report.warn(item.place, f"{item.include}: a generated source; not compiled")
            return
        source = Source(self.must_find(item, "source"), item.place)
        compile_as = item.get("CompileAs").lower()
        if compile_as in ("compileascpp", "compileasc"):
            source.language = "c++" if compile_as == "compileascpp" else "c"
        source.defines = item.list("PreprocessorDefinitions")
        source.undefines = item.list("UndefinePreprocessorDefinitions")
        self.options(source, item)
        for name in item.list("AdditionalIncludeDirectories") + self.property_list("IncludePath"):
            self.include(source, name, item)
        # Last, the project's own folder: sources elsewhere rely on it.
        if self.project.folder not in source.includes:
            source.includes.append(self.project.folder)
        for name in item.list("ForcedIncludeFiles"):
            source.forced.append(name)
        standard = item.get("LanguageStandard").lower()
        if standard.startswith("stdcpp"):
            source.standard = {"stdcpp14": "c++17", "stdcpp17": "c++17", "stdcpp20": "c++20"}.get(standard, "c++2b")
        handling = item.get("ExceptionHandling").lower()
        if handling:
            source.exceptions = handling not in ("false", "")
        if item.get("RuntimeTypeInfo"):
            source.rtti = item.is_true("RuntimeTypeInfo")
        alignment = item.get("StructMemberAlignment").lower()
        if alignment not in ("", "default", "8bytes", "16bytes"):
            self.report.warn_once("alignment", item.place, f"StructMemberAlignment {alignment} is not supported; "
                                  "structures that need it should say #pragma pack")
        if item.get("PrecompiledHeader").lower() == "use":
            source.precompiled = item.get("PrecompiledHeaderFile") or "stdafx.h"
        if item.is_true("WppEnabled"):
            source.wpp = self.wpp(item)
        for name in item.values:
            if name not in HARMLESS_COMPILE and name not in HONOURED_COMPILE:
                self.report.warn_once(("metadata", name), item.place, f"ClCompile's {name} is not known; ignored")
        self.project.sources.append(source)

    def property_list(self, name):
        return [unescape(p) for p in split_list(self.evaluation.get(name))]

    def include(self, source, name, item):
        if name.startswith(msbuild.KIT) or name.replace("\\", "/").startswith((msbuild.INT_DIR, "./" + msbuild.INT_DIR)):
            return
        path = self.folders.find(self.project.folder, name)
        if path and os.path.isdir(path):
            if path not in source.includes:
                source.includes.append(path)
        else:
            # "..\\x.h" leads on from it: Windows takes back a folder's name without asking whether there is one.
            if path is None:
                source.includes.append(absolute(self.project.folder, name))
            self.report.detail(item.place, f"include folder {name} does not exist")

    def options(self, source, item):
        """What /D, /I, /FI and kin of AdditionalOptions say."""
        words = re.findall(r'(?:[^\s"]|"[^"]*")+', item.get("AdditionalOptions"))
        position = 0
        while position < len(words):
            word = words[position].replace('"', "")
            position += 1
            match = re.match(r"^[/-](D|I|U|FI|std:|TP|TC|EH)(.*)$", word)
            if not match:
                continue
            name, value = match.groups()
            if name in ("D", "I", "U", "FI") and not value and position < len(words):
                value = words[position].replace('"', "")
                position += 1
            if name == "D":
                source.defines.append(value)
            elif name == "U":
                source.undefines.append(value)
            elif name == "FI":
                source.forced.append(value)
            elif name == "I":
                self.include(source, value, item)
            elif name == "std:" and value.startswith("c++"):
                source.standard = {"c++14": "c++17", "c++17": "c++17", "c++20": "c++20"}.get(value, "c++2b")
            elif name in ("TP", "TC"):
                source.language = "c++" if name == "TP" else "c"

    def wpp(self, item):
        functions = [f for f in re.split(r";(?![^(]*\))", item.get("WppTraceFunction")) if f.strip()]
        scans, inis = [], []
        names = item.list("WppScanConfigurationData")
        extra = item.get("WppAdditionalOptions")
        options = self.wpp_options(item)
        for kind, quoted, plain in re.findall(r'[-/](scan|ini|func):(?:"([^"]*)"|(\S+))', extra):
            value = unescape(quoted or plain)
            if kind == "func":
                functions.append(value)
            else:
                (names if kind == "scan" else inis).append(value)
        for name in names:
            if name.startswith(msbuild.KIT) or "%(" in name:
                if "%(" not in name:
                    options += ["--scan", name]  # It says which one is missing, and goes on.
                continue
            path = self.folders.find(self.project.folder, name)
            for folder in item.list("AdditionalIncludeDirectories"):
                path = path or self.folders.find(self.project.folder, folder + "/" + name)
            if path is None:
                raise Refusal(f"{item.place}: WppScanConfigurationData {name} does not exist")
            scans.append(path)
        inis += item.list("WppAdditionalConfigurationFile")
        found = [self.folders.find(self.project.folder, name) for name in inis if not name.startswith(msbuild.KIT)]
        return Wpp([unescape(f.strip()) for f in functions], scans, [f for f in found if f], options)

    def wpp_options(self, item):
        """What wdf-wpp is told beside functions and files."""
        options = []
        if item.is_true("WppRecorderEnabled"):
            options.append("--recorder")
        for metadata, option in (("WppModuleName", "--module"), ("WppAddControlGUID", "--ctl"),
                                 ("WppNumericBaseForFormatStrings", "--argbase")):
            value = unescape(item.get(metadata))
            if value and "%(" not in value:
                options += [option, value]
        for definition in item.list("WppPreprocessorDefinitions"):
            if "%(" not in definition:
                options += ["-D", unescape(definition)]
        for folder in item.list("AdditionalIncludeDirectories"):
            path = self.folders.find(self.project.folder, folder)
            if path and not folder.startswith(msbuild.KIT) and "%(" not in folder:
                options += ["-I", path]
        return options

    def inf(self, item):
        if item.include.lower().endswith((".inx", ".inf")):
            path = self.must_find(item, "INF")
            self.project.infs.append((path, dict(item.values), item.place))

    def link(self):
        """The libraries: what definitions of Link (or Lib) say."""
        values = dict(self.evaluation.definitions.get("link", {}))
        place = self.evaluation.set_places.get("configurationtype", ("", self.shown()))[1]
        names = split_list(values.get("additionaldependencies", ""))
        names += split_list(self.evaluation.definitions.get("lib", {}).get("additionaldependencies", ""))
        for name in names:
            name = unescape(name)
            # $(DDK_LIB_PATH) ends in a back-slash, and there may be no other.
            name = name[len(msbuild.KIT):] if name.startswith(msbuild.KIT) else name
            if not name.startswith("%("):
                self.project.libraries.append((base(name), place))
        self.project.entry = values.get("entrypointsymbol", "")
        definition = values.get("moduledefinitionfile", "")
        if definition:
            self.project.exports = self.folders.find(self.project.folder, unescape(definition))
            if self.project.exports is None:
                self.report.warn(place, f"module definition file {definition} does not exist")

    def name_unknown(self):
        """Unknown macros where they change what is built, and properties that nobody knows: once each."""
        evaluation = self.evaluation
        for name, place, element in evaluation.unknown_uses:
            self.report.warn_once(("macro", name.lower()), place,
                                  f"$({name}) in {element} is not defined; taken as empty (give it with -p {name}=…)")
        for lower, (name, place) in evaluation.set_places.items():
            if lower not in HARMLESS_PROPERTIES and lower not in HONOURED_PROPERTIES and lower not in evaluation.read:
                self.report.warn_once(("property", lower), place, f"property {name} is not known; ignored")
