#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`wdf build`: evaluation of projects, the other project formats, INF stamping, refusals; and whole builds."""
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, "tools", "build")
sys.path.insert(0, TOOL)

from wdfbuild import absent, cli, expressions, graph, manifest, messages, mof, plan, stampinf  # noqa: E402
from wdfbuild.msbuild import Evaluation  # noqa: E402
from wdfbuild.paths import Folders  # noqa: E402
from wdfbuild.plan import link_projects  # noqa: E402
from wdfbuild.report import Refusal, Report  # noqa: E402

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n' \
       '<Project DefaultTargets="Build" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">\n'
CONFIGURATIONS = """
<ItemGroup Label="ProjectConfigurations">
  <ProjectConfiguration Include="Debug|x64"><Configuration>Debug</Configuration><Platform>x64</Platform></ProjectConfiguration>
  <ProjectConfiguration Include="Release|x64"><Configuration>Release</Configuration><Platform>x64</Platform></ProjectConfiguration>
</ItemGroup>
<Import Project="$(VCTargetsPath)\\Microsoft.Cpp.Default.props" />
"""
DRIVER = """
<PropertyGroup Label="Configuration">
  <ConfigurationType>Driver</ConfigurationType><DriverType>KMDF</DriverType>
  <PlatformToolset>WindowsKernelModeDriver10.0</PlatformToolset>
</PropertyGroup>
<PropertyGroup Condition="'$(Configuration)'=='Debug'"><UseDebugLibraries>true</UseDebugLibraries></PropertyGroup>
<Import Project="$(VCTargetsPath)\\Microsoft.Cpp.props" />
"""
KMDF_SOURCE = """
#include <ntddk.h>
#include <wdf.h>
#include "inc\\Public.h"
DRIVER_INITIALIZE DriverEntry;
static EVT_WDF_DRIVER_DEVICE_ADD Add;
static NTSTATUS
Add(WDFDRIVER Driver, PWDFDEVICE_INIT Init)
{
    WDFDEVICE device;
    UNREFERENCED_PARAMETER(Driver);
    return WdfDeviceCreate(&Init, WDF_NO_OBJECT_ATTRIBUTES, &device);
}
NTSTATUS
DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WDF_DRIVER_CONFIG config;
    WDF_DRIVER_CONFIG_INIT(&config, Add);
    return WdfDriverCreate(DriverObject, RegistryPath, WDF_NO_OBJECT_ATTRIBUTES, &config, PUBLIC_HANDLE);
}
"""
INX = "[Version]\nSignature=\"$WINDOWS NT$\"\nDriverVer=01/01/2000,0.0.0.1 ; old\n[Manufacturer]\n" \
      "%M%=Standard,NT$ARCH$\n[W]\nKmdfLibraryVersion = $KMDFVERSION$\nX=WdfCoInstaller$KMDFCOINSTALLERVERSION$.dll\n" \
      "UmdfLibraryVersion=$UMDFVERSION$\n"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.report = Report(io.StringIO())

    def write(self, name, text, encoding="utf-8"):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    def project(self, body, name="p.vcxproj"):
        return self.write(name, HEAD + body + "</Project>\n")

    def evaluate(self, body, **properties):
        path = self.project(body)
        return Evaluation(path, {"Configuration": "Debug", "Platform": "x64", **properties}, Folders(), self.report)

    def load(self, *arguments, options=()):
        parsed = cli.parse([*options, *arguments])
        self.graph = graph.Graph(parsed, Folders(), self.report)
        projects = self.graph.load(parsed.arguments)
        link_projects(projects, self.report)
        return projects

    def refused(self, expected, call, *arguments, **keywords):
        with self.assertRaises(Refusal) as caught:
            call(*arguments, **keywords)
        text = str(caught.exception)
        self.assertNotIn("\n", text)
        for part in [expected] if isinstance(expected, str) else expected:
            self.assertIn(part, text)


class Conditions(Case):
    def judge(self, text):
        properties = {"a": "1", "empty": "", "name": "Debug", "v": "0x0A00"}
        expander = expressions.Expander(lambda n: properties.get(n.lower()), lambda *_: None, lambda t: [], lambda: "/")
        return expressions.Condition(text, "p:1", expander, lambda n: n == "there").judge()

    def test_comparisons(self):
        for text, expected in {
                "'$(Name)|x'=='debug|X'": True, "'$(name)' != 'Debug'": False, "$(a) < 2": True, "$(a)>=2": False,
                "$(v) > 0x602": True, "'1.10' > '1.9.1'": True, "'1.0' == '1'": True,
                "'$(missing)' == ''": True, "Exists('there')": True, "!exists('here')": True,
                "HasTrailingSlash('a\\')": True, "'a' == 'b' or 'c' == 'c' and 'd' == 'd'": True,
                "('a' == 'b' or 'c' == 'c') and 'd' == 'e'": False, "!('a'=='a')": False, "true": True,
                "'$(Name.ToLower())' == 'debug'": True, "$(Name.StartsWith('De'))": True, "": True,
                "'$(Name.Replace('e', 'x'))'=='Dxbug'": True}.items():
            with self.subTest(text):
                self.assertEqual(self.judge(text), expected)

    def test_refuses_what_is_no_condition(self):
        for text in ("'a' ==", "'a", "('a'=='a'", "'a' < 'b'", "Foo('a')", "'maybe'", "'a' == 'a' 'b'", "$(a", "== 'a'"):
            with self.subTest(text):
                self.refused("p:1: ", self.judge, text)


class Properties(Case):
    def test_order_and_conditions(self):
        e = self.evaluate("<PropertyGroup><A>1</A><A Condition=\"'$(A)'=='1'\">$(A)2</A></PropertyGroup>"
                          "<PropertyGroup Condition=\"'$(Configuration)|$(Platform)'=='Release|x64'\"><A>9</A></PropertyGroup>")
        self.assertEqual(e.get("a"), "12")

    def test_functions(self):
        e = self.evaluate("<PropertyGroup><P>C:\\x\\y.z</P><N>$([System.IO.Path]::GetFileNameWithoutExtension('$(P)'))</N>"
                          "<S>$(N.ToUpper().Substring(0, 1))</S><M>$([MSBuild]::Add(1, 2))</M>"
                          "<L>$(P.Split('\\')[1])</L></PropertyGroup>")
        self.assertEqual([e.get(n) for n in "NSML"], ["y", "Y", "3", "x"])

    def test_unknown_function_is_refused_with_its_place(self):
        self.refused(["p.vcxproj:4: ", "Frobnicate()"], self.evaluate,
                     "<PropertyGroup><A>1</A></PropertyGroup>\n<PropertyGroup><B>$(A.Frobnicate())</B></PropertyGroup>")

    def test_global_properties_win(self):
        self.assertEqual(self.evaluate("<PropertyGroup><A>1</A></PropertyGroup>", A="2").get("A"), "2")

    def test_choose(self):
        e = self.evaluate("<Choose><When Condition=\"'$(X)'=='1'\"><PropertyGroup><A>1</A></PropertyGroup></When>"
                          "<Otherwise><PropertyGroup><A>2</A></PropertyGroup></Otherwise></Choose>")
        self.assertEqual(e.get("A"), "2")

    def test_property_sheets(self):
        self.write("sheets/Common.props", HEAD + "<PropertyGroup><A>$(MSBuildThisFileName)</A></PropertyGroup></Project>")
        self.write("Directory.Build.props", "<Project><PropertyGroup><B>above</B></PropertyGroup></Project>")
        e = self.evaluate(CONFIGURATIONS + "<Import Project=\"SHEETS\\common.props\" />")
        self.assertEqual((e.get("A"), e.get("B")), ("Common", "above"))
        self.assertEqual(len(e.files), 3)

    def test_a_converted_project_has_its_variables_in_a_file(self):
        self.write("inc/x.h", "")
        self.write("a.c", "")
        self.write("sources.props", HEAD + "<PropertyGroup><TARGETNAME Condition=\"'$(OVERRIDE_TARGETNAME)'!='true'\">old</TARGETNAME>"
                   "<C_DEFINES>$(C_DEFINES) -DONE=1 /DTWO -Z7</C_DEFINES><INCLUDES>$(INCLUDES);   inc;  </INCLUDES><ODD>1</ODD>"
                   "<TARGETLIBS>$(TARGETLIBS)   $(DDK_LIB_PATH)\\wdmsec.lib</TARGETLIBS></PropertyGroup></Project>")
        path = self.project(CONFIGURATIONS + '<Import Project="$(VCTargetsPath)\\WDKConversion\\PreConfiguration.props" />' + DRIVER
                            + "<ItemDefinitionGroup><ClCompile><PreprocessorDefinitions>%(PreprocessorDefinitions);THREE"
                            "</PreprocessorDefinitions></ClCompile><Link><AdditionalDependencies>$(ConvertedTargetLibs)"
                            '</AdditionalDependencies></Link></ItemDefinitionGroup><ItemGroup><ClCompile Include="a.c" /></ItemGroup>')
        project = self.load(path)[0]
        self.assertEqual(project.target, "old")
        self.assertEqual(project.sources[0].defines, ["ONE=1", "TWO", "THREE"])
        self.assertIn(os.path.join(self.folder, "inc"), project.sources[0].includes)
        self.assertEqual([name for name, _ in project.libraries], ["wdmsec.lib"])
        self.assertEqual(["ODD" in line for line in self.report.lines], [True])
        self.assertIn(os.path.join(self.folder, "sources.props"), project.files)

    def test_missing_and_cyclic_imports(self):
        self.refused(["p.vcxproj:3: ", "no.props"], self.evaluate, '<Import Project="no.props" />')
        self.write("a.props", HEAD + '<Import Project="b.props" /></Project>')
        self.write("b.props", HEAD + '<Import Project="a.props" /></Project>')
        self.refused(["b.props:3: ", "imports itself"], self.evaluate, '<Import Project="a.props" />')


class Items(Case):
    def test_definitions_and_metadata(self):
        e = self.evaluate("<ItemDefinitionGroup><ClCompile><D>%(D);A</D></ClCompile></ItemDefinitionGroup>"
                          "<ItemDefinitionGroup><ClCompile><D>B;%(ClCompile.D)</D></ClCompile></ItemDefinitionGroup>"
                          '<ItemGroup><ClCompile Include="x.c;y.c"><D>%(D);C</D></ClCompile>'
                          '<ClCompile Update="y.c"><D>only</D></ClCompile></ItemGroup>')
        self.assertEqual([i.get("D") for i in e.items_of("ClCompile")], ["B;;A;C", "only"])

    def test_wildcards_exclude_remove_transform(self):
        for name in ("a.c", "B.C", "sub/c.c", "sub/deep/d.c"):
            self.write(name, "")
        e = self.evaluate('<ItemGroup><X Include="*.c" /><Y Include="**\\*.c" Exclude="@(X)" /><Z Include="@(Y)" />'
                          '<Z Remove="sub\\c.c" /><W Include="@(X->\'%(Filename).obj\')" /></ItemGroup>')
        self.assertEqual([i.include for i in e.items_of("X")], ["B.C", "a.c"])
        self.assertEqual([i.include for i in e.items_of("Y")], ["sub/c.c", "sub/deep/d.c"])
        self.assertEqual([i.include for i in e.items_of("Z")], ["sub/deep/d.c"])
        self.assertEqual([i.include for i in e.items_of("W")], ["B.obj", "a.obj"])


class Refusals(Case):
    def test_broken_xml(self):
        path = self.write("p.vcxproj", HEAD + "<PropertyGroup>\n<A></B>\n</Project>")
        self.refused("p.vcxproj:4: broken XML", self.load, path)

    def test_hostile_xml(self):
        path = self.write("p.vcxproj", '<!DOCTYPE a [<!ENTITY x "y">]>\n<Project>&x;</Project>')
        self.refused("DOCTYPE", self.load, path)
        path = self.write("p.vcxproj", "<a>" * 500)
        self.refused("deep", self.load, path)
        path = self.write("p.vcxproj", b"\x00\xff\xfe garbage")
        self.refused("broken XML", self.load, path)

    def test_missing_source(self):
        path = self.project(CONFIGURATIONS + DRIVER + '<ItemGroup>\n<ClCompile Include="no.c" /></ItemGroup>')
        self.refused(["p.vcxproj:", "no.c does not exist"], self.load, path)

    def test_unknown_macro(self):
        self.write("a.c", "")
        path = self.project(CONFIGURATIONS + DRIVER + '<ItemDefinitionGroup><ClCompile><AdditionalIncludeDirectories>$(NOWHERE)\\inc;'
                            '</AdditionalIncludeDirectories></ClCompile></ItemDefinitionGroup>'
                            '<ItemGroup><ClCompile Include="a.c" /></ItemGroup>')
        self.load(path)
        self.assertEqual(len([line for line in self.report.lines if "$(NOWHERE)" in line and "p.vcxproj:" in line]), 1)
        path = self.project(CONFIGURATIONS + DRIVER + '<ItemGroup><ClCompile Include="$(NOWHERE)\\b.c" /></ItemGroup>')
        self.refused(["p.vcxproj:", "$(NOWHERE) is not defined"], self.load, path)

    def test_unknown_property_is_named_once(self):
        self.write("a.c", "")
        path = self.project(CONFIGURATIONS + DRIVER + "<PropertyGroup><Wobble>1</Wobble></PropertyGroup><PropertyGroup>"
                            "<Wobble>2</Wobble><Used>3</Used><TargetName>t$(Used)</TargetName></PropertyGroup>"
                            '<ItemGroup><ClCompile Include="a.c" /></ItemGroup>')
        self.assertEqual(self.load(path)[0].target, "t3")
        self.assertEqual(["Wobble" in line for line in self.report.lines], [True])

    def test_cyclic_reference(self):
        for name, other in (("a", "b"), ("b", "a")):
            self.project(CONFIGURATIONS + DRIVER + f'<ItemGroup><ProjectReference Include="{other}.vcxproj" /></ItemGroup>',
                         name + ".vcxproj")
        self.refused(["b.vcxproj:", "a.vcxproj -> b.vcxproj -> a.vcxproj"], self.load, os.path.join(self.folder, "a.vcxproj"))

    def test_versions_and_types_that_there_are_not(self):
        self.write("a.c", "")
        source = '<ItemGroup><ClCompile Include="a.c" /></ItemGroup>'
        for name, value, expected in (("KMDF_VERSION_MINOR", "x", "is 'x', not a number"), ("KMDF_VERSION_MINOR", "99", "is 99; the newest version of the framework is 1.33"),
                                      ("KMDF_VERSION_MAJOR", "2", "is 2; the newest"), ("ConfigurationType", "Banana", "is 'Banana'; Driver, ")):
            path = self.project(CONFIGURATIONS + DRIVER + f"\n<PropertyGroup><{name}>{value}</{name}></PropertyGroup>" + source)
            self.refused(["p.vcxproj:", f"{name} {expected}"], self.load, path)

    def test_configuration_that_is_not_there(self):
        self.refused("Debug|x64, Release|x64", self.load, self.project(CONFIGURATIONS), options=["--config", "Fancy"])


class Damaged(Case):
    """Files that were damaged at random: an answer in one line, or none needed; never a traceback, never an endless loop."""

    PIECES = (b"$(", b")", b"'", b"%(", b"@(", b"<", b">", b'"', b"\\", b";", b"**", b"[", b"]", b"{", b"}", b"=", b"!if ", b"\xff", b"\0",
              b"$([MSBuild]::Add(1))", b"$(A.Substring(9))", b' Condition="$(A)&lt;1"', b"%3", b"$(A[7])", b"\n.\n", b"Language=")

    def damage(self, data, chance):
        data = bytearray(data)
        for _ in range(chance.randint(1, 5)):
            position, kind = chance.randrange(len(data) + 1), chance.random()
            if kind < 0.4:
                data[position:position + chance.randint(1, 30)] = b""
            elif kind < 0.8:
                data[position:position] = chance.choice(self.PIECES)
            else:
                data[position:position + 1] = bytes([chance.randrange(256)])
        return bytes(data)

    def test_damaged_files(self):
        self.write("a.c", "")
        project = HEAD + CONFIGURATIONS + DRIVER + "<PropertyGroup><A>$(B.Replace('x', $(C)))</A><TargetName>t$(A)</TargetName></PropertyGroup>" \
            "<ItemDefinitionGroup><ClCompile><D Condition=\"'$(A)|$(C)'=='a|b' and (1 &lt; 2)\">%(D);E</D></ClCompile></ItemDefinitionGroup>" \
            '<ItemGroup><ClCompile Include="*.c;b.c" Exclude="b.c" /><X Include="@(ClCompile->\'%(Filename)\')" /></ItemGroup></Project>'
        makefile = "TARGETNAME=d\nTARGETTYPE=DRIVER\n!if \"$(A)\" == \"b\" && $(C) > 3\nX=$(X) 1\n!else\nINCLUDES=$(X)\n!endif\nSOURCES=a.c\n"
        kinds = {
            "p.vcxproj": (project, self.load), "sources": (makefile, self.load),
            "s.sln": (Formats.SLN.format(more=""), self.load),
            "m.mc": (Messages.MC, lambda p: messages.compile_messages(p, os.path.join(self.folder, "m.h"))),
            "m.mof": (Mofs.MOF, mof.header_text), "m.man": (Manifests.MAN, lambda p: manifest.header_text(p, True)),
            "a.inx": (INX, lambda p: stampinf.stamp_file(p, os.path.join(self.folder, "a.inf"), kmdf="1.9", date="")),
        }
        for name, (text, call) in kinds.items():
            for seed in range(150):
                path = self.write(name, self.damage(text.encode(), random.Random(f"{name} {seed}")))
                with self.subTest(name, seed=seed):
                    try:
                        call(path)
                    except Refusal as refusal:
                        self.assertNotIn("\n", str(refusal))
            os.unlink(path)


class Formats(Case):
    SLN = "\ufeff\r\nMicrosoft Visual Studio Solution File, Format Version 12.00\r\n" \
          'Project("{{8BC9CEB8}}") = "d", "D\\d.vcxproj", "{{AA}}"\r\n' \
          "\tProjectSection(ProjectDependencies) = postProject\r\n\t\t{{BB}} = {{BB}}\r\n\tEndProjectSection\r\nEndProject\r\n" \
          'Project("{{8BC9CEB8}}") = "l", "l.vcxproj", "{{BB}}"\r\n{more}EndProject\r\n' \
          'Project("{{2150E333-8FDC-42A3-9474-1A3956D46DE8}}") = "Folder", "Folder", "{{CC}}"\r\nEndProject\r\n'

    def solution(self, more=""):
        self.write("d/a.c", "")
        self.write("l.c", "")
        self.project(CONFIGURATIONS + DRIVER + '<ItemDefinitionGroup><Link><AdditionalDependencies>..\\x64\\lib.lib;wdmsec.lib;odd.lib'
                     "</AdditionalDependencies></Link></ItemDefinitionGroup>"
                     '<ItemGroup><ClCompile Include="a.c" /></ItemGroup>', "d/d.vcxproj")
        self.project(CONFIGURATIONS + "<PropertyGroup><ConfigurationType>StaticLibrary</ConfigurationType><TargetName>lib</TargetName>"
                     "</PropertyGroup>" + '<ItemGroup><ClCompile Include="l.c" /></ItemGroup>', "l.vcxproj")
        return self.write("s.sln", self.SLN.format(more=more))

    def test_solution(self):
        library, driver = self.load(self.solution())
        self.assertEqual((library.target, library.kind, driver.kind), ("lib", "archive", "driver"))
        self.assertEqual(driver.linked, [library])
        self.assertEqual(["odd.lib" in line for line in self.report.lines], [True])

    def test_library_of_the_solution_is_found_for_a_project_alone(self):
        self.solution()
        library, driver = self.load(os.path.join(self.folder, "d", "d.vcxproj"))
        self.assertEqual(driver.linked, [library])

    def test_solution_folder_of_a_project_alone(self):
        self.write("build/sheet.props", HEAD + "<PropertyGroup><TargetName>from_sheet</TargetName></PropertyGroup></Project>")
        self.write("src/drv/a.c", "")
        self.project(CONFIGURATIONS + DRIVER + '<Import Project="$(SolutionDir)\\..\\sheet.props" />'
                     '<ItemGroup><ClCompile Include="a.c" /></ItemGroup>', "src/drv/a.vcxproj")
        line = 'Microsoft Visual Studio Solution File\nProject("{8BC9CEB8}") = "a", "%s", "{AA}"\nEndProject\n'
        self.write("src/drv/near.sln", line % "a.vcxproj")
        self.write("build/all/far.sln", line % "..\\..\\src\\drv\\a.vcxproj")
        self.assertEqual(self.load(os.path.join(self.folder, "src/drv/a.vcxproj"))[0].target, "from_sheet")

    def test_definitions_as_windows_quotes_them(self):
        self.write("a.c", "")
        path = self.project(CONFIGURATIONS + DRIVER + "<ItemDefinitionGroup><ClCompile><PreprocessorDefinitions>A=\\&quot;x\\&quot;;"
                            "B=&quot;y z&quot;;/wd4996;C</PreprocessorDefinitions></ClCompile></ItemDefinitionGroup>"
                            '<ItemGroup><ClCompile Include="a.c" /></ItemGroup>')
        source = self.load(path)[0].sources[0]
        made = plan.Plan([], cli.Options(), None, self.report, None, None)
        self.assertEqual(list(made.good_defines(source)), ['A="x"', "B=y z", "C"])
        self.assertEqual(["/wd4996" in line for line in self.report.lines], [True])

    def test_cyclic_solution(self):
        more = "\tProjectSection(ProjectDependencies) = postProject\r\n\t\t{AA} = {AA}\r\n\tEndProjectSection\r\n"
        self.refused(["s.sln:", "d -> l -> d"], self.load, self.solution(more))

    def test_not_a_solution(self):
        self.refused("not a solution", self.load, self.write("s.sln", "hello"))

    def test_folder(self):
        self.solution()
        self.assertEqual(len(self.load(self.folder)), 2)
        self.write("t.sln", "")
        self.refused("several projects: s.sln, t.sln", self.load, self.folder)

    def test_sources(self):
        self.write("d/a.c", "")
        self.write("d/b.cpp", "")
        self.write("d/d.inx", INX)
        self.write("d/sources.inc", "C_DEFINES=$(C_DEFINES) -DX=1\n")
        self.write("d/sources", "TARGETNAME=drv\nTARGETTYPE=DRIVER # a driver\nKMDF_VERSION_MAJOR=1\nKMDF_VERSION_MINOR=9\n"
                   "!include sources.inc\n!if \"$(DDKBUILDENV)\" == \"chk\"\nC_DEFINES=$(C_DEFINES) /DCHK\n!else\n"
                   "C_DEFINES=$(C_DEFINES) /DFRE\n!endif\nINCLUDES=.;$(DDK_INC_PATH)\nRUN_WPP=$(SOURCES) -km -func:T(LEVEL,MSG,...)\n"
                   "SOURCES=a.c \\\n  b.cpp \\\n  res.rc\nODDITY=1\n")
        self.write("dirs", "DIRS = \\\n  d\n")
        project, = self.load(os.path.join(self.folder, "dirs"))
        self.assertEqual((project.target, project.kind, project.framework, project.version), ("drv", "driver", "kmdf", (1, 9)))
        self.assertEqual([os.path.basename(s.path) for s in project.sources], ["a.c", "b.cpp"])
        self.assertEqual(project.sources[0].defines[-2:], ["X=1", "CHK"])
        self.assertEqual(project.sources[0].wpp.functions, ["T(LEVEL,MSG,...)"])
        self.assertEqual(len(project.infs), 1)
        self.assertEqual(["ODDITY" in line for line in self.report.lines], [True])

    def test_sources_data_blocks_are_those_of_makefile_inc(self):
        self.write("a.c", "")
        self.write("blocks.mof", Mofs.MOF)
        self.write("makefile.inc", "$(OBJ_PATH)\\$(O)\\blocks.bmf : blocks.mof\n    mofcomp -B:$@ blocks.mof\n    wmimofck $@\n"
                   "    wmimofck -m -h$(OBJ_PATH)\\$O\\Blocks.h -w$(OBJ_PATH)\\$O\\htm $@\n")
        project, = self.load(self.write("sources", "TARGETNAME=drv\nTARGETTYPE=DRIVER\nSOURCES=a.c\n"))
        self.assertEqual([header[:2] for header in project.mof_headers], [("blocks.bmf", "Blocks.h")])

    def test_sources_refusals(self):
        for text, expected in (("!if 1\n", "not closed"), ("!endif\n", "without !if"), ("TARGETTYPE=CAKE\n", "CAKE"),
                               ("TARGETTYPE=DRIVER\nSOURCES=no.c\n", "no.c"), ("A=$(B)\nB=$(A)\nTARGETNAME=$(A)\n", "itself"),
                               ("!include no.inc\n", "no.inc"), ("!error stop\n", "stop")):
            with self.subTest(text):
                self.refused(["sources", expected], self.load, self.write("sources", text))


class Stampinf(Case):
    def test_variables_and_directives(self):
        text = stampinf.stamp(INX, arch="amd64", kmdf="1.9", umdf="2.15", date="02/03/2024", version="1.2.3.4", catalog="a.cat")
        for line in ("DriverVer=02/03/2024,1.2.3.4 ; old", "%M%=Standard,NTamd64", "KmdfLibraryVersion = 1.9",
                     "X=WdfCoInstaller01009.dll", "UmdfLibraryVersion=2.15.0", "CatalogFile = a.cat", 'Signature="$WINDOWS NT$"'):
            self.assertIn(line + "\n", text)

    def test_encoding_and_line_ends_survive(self):
        for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf")):
            source = self.write("a.inx", mark + INX.replace("\n", "\r\n").encode(encoding))
            target = os.path.join(self.folder, "a.inf")
            stampinf.stamp_file(source, target, kmdf="1.15", date="", version="")
            with open(target, "rb") as file:
                data = file.read()
            self.assertTrue(data.startswith(mark))
            text = data[len(mark):].decode(encoding)
            self.assertIn("KmdfLibraryVersion = 1.15\r\n", text)
            self.assertNotIn("\n", text.replace("\r\n", ""))

    def test_refusals(self):
        self.refused("[Version]", stampinf.stamp, "[A]\n", date="")
        self.refused("month/day/year", stampinf.stamp, INX, date="2024-01-01")
        self.refused("w.x.y.z", stampinf.stamp, INX, date="", version="new")


class Messages(Case):
    MC = "MessageIdTypedef=NTSTATUS\nSeverityNames=(Success=0x0:S_OK\n  Error=0x3:S_ERR)\nFacilityNames=(Io=0x4:F_IO)\n" \
         "LanguageNames=(English=0x409:MSG00409)\n;/* kept */\nMessageId=0x10 Facility=Io Severity=Error SymbolicName=MY_ERROR\n" \
         "Language=English\nText %1\n.\nMessageId=+2\nSymbolicName=MY_NEXT\nLanguage=English\nMore\n.\n"

    def test_header(self):
        target = os.path.join(self.folder, "m.h")
        messages.compile_messages(self.write("m.mc", self.MC, "utf-16"), target)
        with open(target, encoding="utf-8") as file:
            text = file.read()
        self.assertIn('{0xC0040010u, "Text %1\\015\\012"},', text)  # For FormatMessage.
        words = [line.split() for line in text.splitlines()]
        self.assertIn(["#define", "MY_ERROR", "((NTSTATUS)0xC0040010L)"], words)
        self.assertIn(["#define", "MY_NEXT", "((NTSTATUS)0xC0040012L)"], words)
        self.assertIn(["#define", "F_IO", "0x4"], words)
        self.assertIn(["/*", "kept", "*/"], words)

    def test_refusals(self):
        for text, expected in (("MessageId=x\nLanguage=E\n.\n", "not a number"), ("MessageId=1\nLanguage=E\ntext\n", "single dot"),
                               ("Severity=Odd\nLanguage=E\n.\n", "Odd"), ("what\n", "not understood")):
            with self.subTest(text):
                self.refused(["m.mc:", expected], messages.compile_messages, self.write("m.mc", text), "/dev/null")


class Manifests(Case):
    MAN = """<instrumentationManifest xmlns="http://schemas.microsoft.com/win/2004/08/events"><instrumentation><events>
<provider name="My Provider" guid="{b5a0bda9-50fe-4d0e-a83d-bae3f58c94d6}" symbol="MY_GUID"><keywords>
<keyword name="K" mask="0x4" symbol="MY_K"/></keywords><opcodes><opcode name="op" value="11"/></opcodes>
<templates><template tid="t"><data name="n" inType="win:UInt16"/><data name="s" inType="win:UnicodeString"/>
<data name="b" inType="win:Binary" length="n"/></template></templates><events>
<event value="7" version="1" symbol="Hello" template="t" level="win:Error" opcode="op" keywords="K"/>
<event value="8" symbol="Bare"/></events></provider></events></instrumentation></instrumentationManifest>"""

    def test_header(self):
        text = manifest.header_text(self.write("m.man", self.MAN), True)
        for part in ("EVENT_DESCRIPTOR Hello = {7, 1, 0, 2, 11, 0, 0x4};", "#define EventWriteHello(activity, a0, a1, a2)",
                     "#define EventRegisterMy_Provider()", "#define MY_K 0x4", "const GUID MY_GUID = {0xb5a0bda9, 0x50fe, 0x4d0e,",
                     "owdf_event_data(&data[2], field2, (ULONG)(field0));", "#define EventWriteBare(activity)"):
            self.assertIn(part, text)
        self.assertIn("#define EventWriteHello(a0, a1, a2)", manifest.header_text(self.write("m.man", self.MAN), False))

    def test_refusals(self):
        for old, wrong, expected in (('level="win:Error"', 'level="win:Odd"', "win:Odd"), ('template="t"', 'template="u"', "template u"),
                                     ("win:UInt16", "win:Odd", "win:Odd"), ("{b5a0", "{xxxx", "guid"), ('mask="0x4"', 'mask="y"', "'y'"),
                                     ('keywords="K"', 'keywords="L"', "keyword L"), ('symbol="MY_GUID"', "", "no symbol")):
            with self.subTest(wrong):
                self.refused(["m.man:", expected], manifest.header_text, self.write("m.man", self.MAN.replace(old, wrong)), True)
        self.refused("no provider", manifest.header_text, self.write("m.man", "<a/>"), True)


class Mofs(Case):
    MOF = """#pragma autorecover
[abstract] class Base { };
/* data */ [WMI, guid("{0006A660-8F12-11d2-B854-00C04FAD5171}"), HeaderName("Inner")] class Vendor_Inner : Base
{ [key, read] string InstanceName; [WmiDataId(2), read] uint8 Bytes[4]; [WmiDataId(1)] sint64 First; };
[WMI, Dynamic, guid("0006A661-8F12-11d2-B854-00C04FAD5171"), Description("a " "b") : amended]
class Outer { [WmiDataId(1)] Vendor_Inner Inside; [WmiDataId(2), MaxLen(9)] string Text; [WmiDataId(3)] uint32 Rest[];
  [WmiMethodId(5), Implemented] void Do([in, id(0)] uint16 What, [out, id(1)] uint32 Got); };
"""

    def test_header(self):
        lines = [line.strip() for line in mof.header_text(self.write("m.mof", self.MOF)).splitlines()]
        for part in ("DEFINE_GUID(Inner_GUID, 0x0006a660,0x8f12,0x11d2, 0xb8,0x54,0x00,0xc0,0x4f,0xad,0x51,0x71);",
                     "#define Inner_Bytes_SIZE sizeof(UCHAR[4])", "#define Inner_SIZE (FIELD_OFFSET(Inner, Bytes) + Inner_Bytes_SIZE)",
                     "Inner Inside;", "WCHAR Text[10];", "ULONG Rest[1];", "#define Do 5", "} Do_IN, *PDo_IN;", "USHORT What;"):
            self.assertIn(part, lines)
        self.assertLess(lines.index("LONGLONG First;"), lines.index("UCHAR Bytes[4];"))
        self.assertNotIn("#define Outer_SIZE", " ".join(lines))

    def test_refusals(self):
        for text, expected in (("class A {", "too early"), ("class A { uint32 x }", "';'"), ("\n@", "m.mof:2: not understood"),
                               ("[WMI] class A { [WmiDataId(1)] odd X; };", "odd"), ("nonsense;", "begins no declaration")):
            with self.subTest(text):
                self.refused(expected, mof.header_text, self.write("m.mof", text))


@unittest.skipUnless("OPENWDF_WDF" in os.environ, "needs a build without sanitizers")
class Builds(Case):
    """With the compilers, as a user does."""

    def setUp(self):
        super().setUp()
        self.write("src/Driver.c", KMDF_SOURCE)
        self.write("src/INC/public.h", "#define PUBLIC_HANDLE WDF_NO_HANDLE\n")
        self.write("src/wide.c", b"\xff\xfe" + "int wide_number(void);\r\nint wide_number(void) { return 7; }\r\n".encode("utf-16-le"))
        self.write("src/p.inx", INX)
        self.path = self.project(CONFIGURATIONS + DRIVER + '<ItemGroup><ClCompile Include="driver.c" /><ClCompile Include="wide.c" />'
                                 '<Inf Include="*.inx" /></ItemGroup>', "src/p.vcxproj")
        self.out = os.path.join(self.folder, "out")

    def wdf(self, *arguments):
        return subprocess.run([os.environ["OPENWDF_WDF"], "build", *arguments, "--out", self.out], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, cwd=self.folder)

    def times(self):
        return {n: os.stat(os.path.join(self.out, n)).st_mtime_ns for n in ("p.so", "p.inf", "build.ninja", ".wdf-build.json")}

    def test_builds_with_each_compiler(self):
        for compiler in ("clang", "gcc"):
            if not shutil.which(compiler):
                continue
            shutil.rmtree(self.out, ignore_errors=True)
            done = self.wdf("src/p.vcxproj", "--" + compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            self.assertEqual(done.stdout.split(), ["out/p.so", "out/p.inf"])
            symbols = subprocess.run(["nm", "-D", "--defined-only", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE,
                                     text=True, check=True).stdout
            self.assertIn(" FxDriverEntry\n", symbols)

    def test_nothing_to_do_changes_nothing_and_a_new_include_is_seen(self):
        self.assertEqual(self.wdf("src/p.vcxproj").returncode, 0)
        before = self.times()
        self.assertEqual(self.wdf("src/p.vcxproj").returncode, 0)
        self.assertEqual(self.times(), before)
        self.write("src/INC/Other.h", "#define PUBLIC_HANDLE NULL\n")
        self.write("src/INC/public.h", '#include "OTHER.H"\n')
        done = self.wdf("src/p.vcxproj")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(self.times()["p.so"], before["p.so"])

    def test_an_error_names_its_place_and_leaves_no_module(self):
        self.write("src/wide.c", "int x = nonsense;\n")
        done = self.wdf("src/p.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wide.c:1:", done.stderr)
        self.assertIn("wdf build: not built: wide.o", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.out, "p.so")))

    def test_a_driver_without_its_entry(self):
        self.write("src/Driver.c", KMDF_SOURCE.replace("DriverEntry", "DriverStart"))
        done = self.wdf("src/p.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wdf build: no source defines DriverEntry", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.out, "p.so")))

    def test_a_refused_project_leaves_nothing(self):
        os.unlink(os.path.join(self.folder, "src/wide.c"))
        done = self.wdf("src/p.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("wide.c does not exist", done.stderr)
        self.assertFalse(os.path.exists(self.out))

    def test_plain_sources_and_clean(self):
        done = self.wdf("src/Driver.c", "src/p.inx", "--name", "plain")
        self.assertEqual(done.stdout.split(), ["out/plain.so", "out/p.inf"], done.stderr)
        self.assertEqual(self.wdf("src/Driver.c", "--clean").returncode, 0)
        self.assertFalse(os.path.exists(self.out))
        os.makedirs(self.out)
        self.assertIn("not removed", self.wdf("src/Driver.c", "--clean").stderr)

    def test_headers_that_only_microsofts_compiler_finds(self):
        # Of the includer's includer; a precompiled header by angle brackets; the same spelling for two files.
        self.write("src/INC/public.h", '#include "sibling.h"\n#define PUBLIC_HANDLE WDF_NO_HANDLE\n')
        self.write("src/sibling.h", "")
        self.write("src/wide.c", '#include <PCH.H>\n#include "Sub\\same.h"\nint wide_number(void);\n'
                                 "int wide_number(void) { return ONE + TWO; }\n")
        self.write("src/pch.h", "#define ONE 1\n")
        self.write("src/sub/Same.h", "#define TWO 2\n")
        with open(self.path, encoding="utf-8") as file:
            text = file.read()
        text = text.replace('<ClCompile Include="wide.c" />', '<ClCompile Include="wide.c"><PrecompiledHeader>Use</PrecompiledHeader>'
                            "<PrecompiledHeaderFile>pch.h</PrecompiledHeaderFile></ClCompile>")
        self.write("src/p.vcxproj", text)
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_several_projects_serve_one_another(self):
        self.write("lib/l.c", "int wide_number(void);\nint wide_number(void) { return 3; }\n")
        self.write("src/driver.c", KMDF_SOURCE + "int wide_number(void);\nint (*use)(void) = wide_number;\n")
        self.project(CONFIGURATIONS + "<PropertyGroup><ConfigurationType>StaticLibrary</ConfigurationType></PropertyGroup>"
                     '<ItemGroup><ClCompile Include="l.c" /></ItemGroup>', "lib/Wide.vcxproj")
        self.project(CONFIGURATIONS + DRIVER + "<ItemDefinitionGroup><Link><AdditionalDependencies>wide.lib</AdditionalDependencies>"
                     '</Link></ItemDefinitionGroup><ItemGroup><ClCompile Include="driver.c" /></ItemGroup>', "src/p.vcxproj")
        done = self.wdf("src/p.vcxproj", "lib/Wide.vcxproj")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(sorted(done.stdout.split()), ["out/libWide.a", "out/p.so"])
        symbols = subprocess.run(["nm", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertRegex(symbols, r"[tT] wide_number\n")
        shutil.rmtree(self.out)
        done = self.wdf("src/p.vcxproj", "src/wide.c")
        self.assertEqual((done.returncode, done.stderr), (1, "wdf build: src/wide.c: projects and plain sources do not go together; "
                                                             "a project has its own\n"))
        self.assertFalse(os.path.exists(self.out))

    def test_functions_of_headers_that_nobody_calls_ask_for_nothing(self):
        self.write("src/driver.c", KMDF_SOURCE + "void nowhere(void);\n__forceinline void uncalled(void) { nowhere(); }\n"
                                   "__inline void uncalled_too(void) { nowhere(); }\n")
        for compiler in ("--clang", "--gcc"):
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual(done.returncode, 0, done.stderr)
            symbols = subprocess.run(["nm", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertNotIn("nowhere", symbols)
            shutil.rmtree(self.out)

    def test_plain_sources_are_named_as_their_inf(self):
        done = self.wdf("src/Driver.c", "src/p.inx")
        self.assertEqual(done.stdout.split(), ["out/p.so", "out/p.inf"], done.stderr)

    def test_a_folder_where_a_source_should_be(self):
        os.unlink(os.path.join(self.folder, "src/wide.c"))
        os.mkdir(os.path.join(self.folder, "src/wide.c"))
        done = self.wdf("src/p.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^wdf build: src/p\.vcxproj:\d+: source wide\.c is no file\n$")
        self.assertFalse(os.path.exists(self.out))

    def test_what_a_compiler_cannot_read_is_mirrored(self):
        # A UTF-16 header; the comma of an empty list of arguments; one spelling for two files.
        self.write("src/INC/public.h", b"\xff\xfe" + '#include "Same.h"\r\n#define PUBLIC_HANDLE WDF_NO_HANDLE\r\n'.encode("utf-16-le"))
        self.write("src/INC/same.h", "#define ONE(...) 1\n")
        self.write("src/INC/tail.h", "1, /* The last of a list. */ \\")
        self.write("src/same.h", "int number(int first, ...);\n#define NUMBER(a, ...) number(a, \\\n  __VA_ARGS__)\n"
                   "#define PASTED(a) number(##a##, \\\n  ##a)\n#define TEXT_OF(a) (int)sizeof(\"x\"##a)\n#define WIDE_OF(a) L##a\n")
        self.write("src/wide.c", '#include "Same.h"\nint number(int first, ...) { return first; }\nint wide_number(void);\n'
                                 "int wide_number(void) { return NUMBER(1) + NUMBER(1, 2) + PASTED(3) + TEXT_OF(\"y\") + WIDE_OF(\"z\")[0]; }\nint x = nonsense;\n"
                                 "int list[] = {\n#include \"inc\\tail.h\"\n};\n")
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual(done.returncode, 1)
            self.assertIn("src/wide.c:5:", done.stderr)
            self.assertEqual(done.stderr.count("error:"), 1, done.stderr)

    def test_a_driver_may_hide_attributes(self):
        self.write("src/linux.h", "#define __attribute__(x)\nstruct odd { char a; int b; } __attribute__((packed));\n")
        self.write("src/Driver.c", "#include <ntddk.h>\n#include \"linux.h\"\n__inline int with_body(int a) { return a; }\n"
                   + KMDF_SOURCE.replace("return WdfDriverCreate", "if (!with_body(1)) { return -1; }\n    return WdfDriverCreate")
                   + "C_ASSERT(sizeof(struct odd) == 8);\n__declspec(align(64)) int apart;\nC_ASSERT(__alignof(apart) == 64);\n")
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            symbols = subprocess.run(["nm", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE, text=True, check=True).stdout
            self.assertRegex(symbols, r"[tT] with_body\n")

    def test_a_header_beside_in_another_case_comes_before_include_folders(self):
        self.write("src/Beside.h", "#define VALUE 1\n")
        self.write("src/INC/beside.h", "#define OTHER 2\n")
        self.project(CONFIGURATIONS + DRIVER + "<ItemDefinitionGroup><ClCompile><AdditionalIncludeDirectories>inc"
                     "</AdditionalIncludeDirectories></ClCompile></ItemDefinitionGroup>"
                     '<ItemGroup><ClCompile Include="driver.c" /><ClCompile Include="wide.c" /></ItemGroup>', "src/p.vcxproj")
        self.write("src/wide.c", '#include "beside.h"\nint wide_number(void);\nint wide_number(void) { return VALUE; }\n')
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        # Both files in one source, under one name.
        self.write("src/wide.c", '#include "beside.h"\n#include <beside.h>\nint wide_number(void);\n'
                                 "int wide_number(void) { return VALUE + OTHER; }\n")
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_a_header_with_the_name_of_one_of_the_c_librarys_own(self):
        self.write("app/strings.h", "/* It needs what windows.h says. */\nDWORD Answer(VOID);\n")
        self.write("app/main.c", '#include <windows.h>\n#include <string.h>\n#include "strings.h"\n'
                                 'DWORD Answer(VOID) { return (DWORD)strlen("four"); }\nint main(void) { return Answer() == 4 ? 0 : 1; }\n')
        self.project(CONFIGURATIONS + "<PropertyGroup Label='Configuration'><ConfigurationType>Application</ConfigurationType></PropertyGroup>"
                     '<Import Project="$(VCTargetsPath)\\Microsoft.Cpp.props" />'
                     "<ItemDefinitionGroup><ClCompile><AdditionalIncludeDirectories>.;$(ProjectDir)</AdditionalIncludeDirectories>"
                     '</ClCompile></ItemDefinitionGroup><ItemGroup><ClCompile Include="main.c" /></ItemGroup>', "app/a.vcxproj")
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("app/a.vcxproj", compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_letters_of_a_code_page_in_names(self):
        self.write("src/wide.c", b"#define IN_\xb5s 5 /* \xb5s */\nint wide_number(void);\n"
                                 b'int wide_number(void) { return IN_\xb5s + (int)sizeof("\xb5") - 2; }\n_Static_assert(sizeof("\xb5") == 2, "");\n')
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_sources_of_older_kits(self):
        # A name that a macro of the kit's has already; the cancel-safe queues' own header; tracing that asks for the
        # Windows it runs on; a folder that is only there to be left again.
        self.write("old/sources", "TARGETNAME=old\nTARGETTYPE=DRIVER\nTARGETLIBS=$(DDK_LIB_PATH)\\csq.lib\nINCLUDES=..\\nowhere\n"
                   "SOURCES=old.c\nRUN_WPP=$(SOURCES) -km -DWIN2K -func:Say(LEVEL,MSG,...)\n")
        self.write("inc/shared.h", "#define SHARED 1\n")
        self.write("old/old.c", "#include <ntddk.h>\n#include <csq.h>\n#include \"..\\inc\\Shared.h\"\n"
                   "#define BOTH(a, b) #a ## #b\n"
                   "#define WPP_CONTROL_GUIDS WPP_DEFINE_CONTROL_GUID(C,(11111111,2222,3333,4444,555555555555),WPP_DEFINE_BIT(LOUD))\n"
                   "#include \"old.tmh\"\n"
                   "typedef enum _DEVICE_TYPE {\n    TYPE_NONE = 0,\n    TYPE_FILTER,\n\n} DEVICE_TYPE;\n"
                   "typedef struct _COMMON {\n    DEVICE_TYPE Type;\n} COMMON;\nDRIVER_INITIALIZE DriverEntry;\n"
                   "VOID Lock(PIO_CSQ Csq, __out __drv_out_deref(__drv_savesIRQL) PKIRQL Irql);\n"
                   "NTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING r)\n{\n    COMMON c = {TYPE_FILTER};\n    ULONG size = SHARED;\n"
                   "    static const char both[] = BOTH(1, 2);\n    (void)both;\n    WppLoadTracingSupport();\n    if (WPPTraceSuite != WppTraceWin2K) {\n        WPP_INIT_TRACING(d, r);\n    } else {\n"
                   "        WPP_TRACE_CONTROL(0, r, c.Type, size);\n    }\n    Say(LOUD, \"entered\");\n    WPP_CLEANUP(d);\n    return STATUS_SUCCESS;\n}\n")
        for compiler in ("--clang", "--gcc"):
            self.out = os.path.join(self.folder, "out" + compiler)
            done = self.wdf("old/sources", compiler)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_same_names_get_folders_of_their_own(self):
        body = CONFIGURATIONS + "<PropertyGroup><TargetName>same</TargetName></PropertyGroup>" + DRIVER \
            + '<ItemGroup><ClCompile Include="..\\Driver.c" /><Inf Include="*.inx" /></ItemGroup>'
        lines = "Microsoft Visual Studio Solution File\n"
        os.rename(os.path.join(self.folder, "src/Driver.c"), os.path.join(self.folder, "src/DRIVER.C"))
        for number in ("one", "two"):
            self.write(f"src/{number}/s{number}.inx", INX)
            self.project(body, f"src/{number}/p.vcxproj")
            lines += f'Project("{{8BC9CEB8}}") = "p", "{number}\\p.vcxproj", "{{{number}}}"\nEndProject\n'
        self.project(CONFIGURATIONS + "<PropertyGroup><TargetName>same</TargetName></PropertyGroup>"
                     '<ItemGroup><ClCompile Include="m.c" /></ItemGroup>', "src/app.vcxproj")
        self.write("src/m.c", "int main(void) { return 0; }\n")
        lines += 'Project("{8BC9CEB8}") = "app", "app.vcxproj", "{app}"\nEndProject\n'
        done = self.wdf(self.write("src/all.sln", lines))
        self.assertEqual(done.stdout.split(), ["out/same.so", "out/sone.inf", "out/two/same.so", "out/two/stwo.inf", "out/same"], done.stderr)

    def test_a_library_does_without_sources_of_the_windows_runtime(self):
        self.write("l/l.c", "int in_library(void);\nint in_library(void) { return 3; }\n")
        self.write("l/modern.cpp", '#include "winrt/Windows.Foundation.h"\n')
        body = CONFIGURATIONS + "<PropertyGroup><ConfigurationType>{}</ConfigurationType></PropertyGroup>" \
            '<ItemGroup><ClCompile Include="l.c" />\n<ClCompile Include="modern.cpp" /></ItemGroup>'
        self.project(body.format("StaticLibrary"), "l/l.vcxproj")
        done = self.wdf("l/l.vcxproj")
        self.assertEqual((done.returncode, done.stdout), (0, "out/libl.a\n"), done.stderr)
        self.assertRegex(done.stderr, r"^wdf build: l/l\.vcxproj:\d+: modern\.cpp is left out: winrt/Windows\.Foundation\.h belongs to the "
                                      r"Windows Runtime, which is not part of OpenWDF; [^\n]*\n$")
        # No other kind of project is built without one of its sources.
        self.project(body.format("DynamicLibrary"), "l/l.vcxproj")
        done = self.wdf("l/l.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertIn("winrt/Windows.Foundation.h belongs to the Windows Runtime, which is not part of OpenWDF\n", done.stderr)

    def test_libraries_of_the_projects_go_in(self):
        self.write("l/l.c", "int in_library(void);\nint in_library(void) { return 3; }\n")
        self.write("m/m.c", "int in_library(void);\nint in_middle(void);\nint in_middle(void) { return in_library(); }\n")
        static = "<PropertyGroup><ConfigurationType>StaticLibrary</ConfigurationType></PropertyGroup>"
        self.project(CONFIGURATIONS + static + '<ItemGroup><ClCompile Include="l.c" /></ItemGroup>', "l/l.vcxproj")
        self.project(CONFIGURATIONS + static + '<ItemGroup><ClCompile Include="m.c" /><ProjectReference Include="..\\l\\l.vcxproj" />'
                     "</ItemGroup>", "m/m.vcxproj")
        self.write("a/main.c", "#include <stdio.h>\nint in_middle(void);\nint main(void) { printf(\"%d\\n\", in_middle()); return 0; }\n")
        self.project(CONFIGURATIONS + '<ItemGroup><ClCompile Include="main.c" /><ProjectReference Include="..\\m\\m.vcxproj" />'
                     "</ItemGroup>", "a/app.vcxproj")
        done = self.wdf("a/app.vcxproj")
        self.assertEqual(done.returncode, 0, done.stderr)
        run = subprocess.run([os.path.join(self.out, "app")], stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(run.stdout, "3\n")

    def test_example_with_its_solution(self):
        done = self.wdf(os.path.join(ROOT, "examples", "echo"))
        self.assertEqual(done.stdout.split(), ["out/echo.so", "out/echo.inf", "out/echo_app"], done.stderr)

    def test_compile_commands(self):
        self.assertEqual(self.wdf("src/p.vcxproj", "--compile-commands").returncode, 0)
        with open(os.path.join(self.folder, "src", "compile_commands.json"), encoding="utf-8") as file:
            commands = json.load(file)
        self.assertEqual([os.path.basename(c["file"]) for c in commands], ["Driver.c", "wide.c"])
        for command in commands:
            done = subprocess.run(command["arguments"] + ["-fsyntax-only"], cwd=command["directory"], check=False)
            self.assertEqual(done.returncode, 0)

    @unittest.skipUnless(shutil.which("clang"), "needs Clang")
    def test_a_planted_overflow_is_reported_with_file_and_line(self):
        source = KMDF_SOURCE.replace("    UNREFERENCED_PARAMETER(Driver);", "    volatile ULONG size = 24;\n"
                                     "    UCHAR *bytes = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, 'tset');\n"
                                     "    if (bytes != NULL) {\n        bytes[size] = 1;\n        ExFreePoolWithTag(bytes, 'tset');\n    }\n"
                                     "    UNREFERENCED_PARAMETER(Driver);")
        self.write("src/Driver.c", source)
        line = source[:source.index("bytes[size]")].count("\n") + 1
        done = self.wdf("src/p.vcxproj", "--clang", "--asan")
        self.assertEqual(done.returncode, 0, done.stderr)
        run = subprocess.run([os.environ["OPENWDF_WDF"], "run", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, check=False, env=dict(os.environ, OPENWDF_RUNTIME_DIR=self.folder))
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("heap-buffer-overflow", run.stdout)
        self.assertIn(f"Driver.c:{line}", run.stdout)

    @unittest.skipUnless(shutil.which("gdb"), "needs gdb")
    def test_debugger_stops_in_driver_entry(self):
        self.assertEqual(self.wdf("src/p.vcxproj", "--debug").returncode, 0)
        run = subprocess.run([os.environ["OPENWDF_WDF"], "debug", "--command", "set confirm off", "--break", "Add",
                              os.path.join(self.out, "p.so")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                             input="backtrace 1\ncontinue\nbacktrace 1\nquit\n",
                             env=dict(os.environ, OPENWDF_RUNTIME_DIR=self.folder, DEBUGINFOD_URLS=""))
        self.assertRegex(run.stdout, r"#0 +DriverEntry \(DriverObject=")
        self.assertRegex(run.stdout, r"#0 +Add \(Driver=")
        self.assertIn("Driver.c", run.stdout)

    def test_a_guid_that_the_driver_does_not_define(self):
        self.write("src/wide.c", "#include <ntddk.h>\n#include <ntddser.h>\n#include <wdmguid.h>\nint wide_number(void);\n"
                                 "int wide_number(void) { return (int)GUID_DEVINTERFACE_COMPORT.Data1 + GUID_BUS_INTERFACE_STANDARD.Data2; }\n")
        for compiler in ("--clang", "--gcc"):
            self.assertEqual(self.wdf("src/p.vcxproj", compiler).returncode, 0)
            done = subprocess.run(["nm", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE, text=True, check=True)
            self.assertRegex(done.stdout, r"[VvRr] GUID_DEVINTERFACE_COMPORT")
            self.assertNotIn("U GUID_", done.stdout)
        self.write("src/wide.c", "int wide_number(void);\nint wide_number(void) { return 1; }\n")
        self.assertEqual(self.wdf("src/p.vcxproj").returncode, 0)
        done = subprocess.run(["nm", os.path.join(self.out, "p.so")], stdout=subprocess.PIPE, text=True, check=True)
        self.assertNotIn("GUID_DEVINTERFACE", done.stdout)      # Who names none has none.

    def test_posix_types_of_the_drivers_own(self):
        self.write("src/wide.c", "#include <sys/types.h>\n#include <stdlib.h>\n#include <string.h>\n#include <time.h>\n#include <signal.h>\n"
                   "#include <limits.h>\ntypedef char int8_t;\ntypedef __int64 int64_t;\nstruct timespec { time_t tv_sec; long tv_nsec; };\n"
                   "int wide_number(const char *text);\n"
                   "int wide_number(const char *text) { return (int)sizeof(struct timespec) + atoi(text) + INT_MAX / 2; }\n")
        for compiler in ("--clang", "--gcc"):
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_header_that_no_path_leads_to(self):
        self.write("common/deep/Stray.h", "#define STRAY 1\n#include <other/next.h>\n")
        self.write("src/other/Next.h", "#define NEXT 1\n")
        self.write("src/wide.c", "#include <stray.h>\nint wide_number(void);\nint wide_number(void) { return STRAY + NEXT; }\n")
        for compiler in ("--clang", "--gcc"):
            done = self.wdf("src/p.vcxproj", compiler)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr, "wdf build: src/p.vcxproj: no include path leads to stray.h; taking common/deep/Stray.h\n")
            shutil.rmtree(self.out)
        self.write("common/stray.h", "")    # Then it is not clear which.
        self.assertIn("stray.h", self.wdf("src/p.vcxproj").stderr)
        self.assertEqual(self.wdf("src/p.vcxproj").returncode, 1)

    def application(self, text, name="m.cpp", characters="Unicode"):
        self.write("app/" + name, text)
        self.project(CONFIGURATIONS + f"<PropertyGroup><CharacterSet>{characters}</CharacterSet></PropertyGroup>"
                     f'<ItemGroup><ClCompile Include="{name}" /></ItemGroup>', "app/app.vcxproj")

    def test_an_application_of_any_main_and_of_short_annotations(self):
        self.application("#include <windows.h>\n#include <tchar.h>\n#include <stdlib.h>\n"
                         "static int length(__in const TCHAR *text, __out_opt int *none) { return none ? 0 : sizeof(*text); }\n"
                         "VOID __cdecl main(_In_ ULONG argc, _In_reads_(argc) PCHAR argv[])\n"
                         '{ exit(argc == 2 && argv[1][0] == \'x\' ? length(_T("x"), NULL) : 99); }\n')
        for compiler in ("--clang", "--gcc"):
            for characters, width in (("Unicode", 2), ("MultiByte", 1), ("NotSet", 1)):
                self.project(CONFIGURATIONS + f"<PropertyGroup><CharacterSet>{characters}</CharacterSet></PropertyGroup>"
                             '<ItemGroup><ClCompile Include="m.cpp" /></ItemGroup>', "app/app.vcxproj")
                done = self.wdf("app/app.vcxproj", compiler)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(subprocess.run([os.path.join(self.folder, "out", "app"), "x"], check=False).returncode, width)

    def test_a_class_extension_is_named(self):
        for name, missing in (("gpioclxstub.lib", True), ("SpbCxStubs.lib", True), ("ufxstub.lib", True), ("ntoskrnl.lib", False)):
            report = Report(io.StringIO())
            project = type("P", (), {"kind": "driver", "target": "p", "exporting": False, "linked": [], "libraries": [(name, "p:1")]})()
            link_projects([project], report)
            self.assertEqual("class extension" in report.stream.getvalue(), missing, name)

    def test_functions_that_are_not_here_are_explained(self):
        self.application("int nobody_has_this(void), InsertMenuW(void), CreateFontW(void);\n"
                         "int main(void) { return nobody_has_this() + InsertMenuW() + CreateFontW(); }\n", "m.c")
        for compiler in ("--clang", "--gcc"):
            done = self.wdf("app/app.vcxproj", compiler)
            self.assertEqual(done.returncode, 1)
            self.assertIn("wdf build: OpenWDF does not have InsertMenuW, CreateFontW (Windows' desktop)\n", done.stderr)
            self.assertIn("wdf build: OpenWDF does not have nobody_has_this\n", done.stderr)
        lines = list(absent.explain_functions(["FilterAttach", "a", "b", "c", "d", "e", "a"]))
        self.assertEqual(lines, ["OpenWDF does not have a, b, c, d and 1 more", "OpenWDF does not have FilterAttach (the file-system filter manager)"])

    def test_a_header_of_what_is_not_here_is_explained(self):
        self.write("src/wide.c", "#include <NetAdapterCx.h>\n")
        done = self.wdf("src/p.vcxproj")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wdf build: NetAdapterCx.h belongs to NetAdapterCx", done.stderr)

    def test_usage(self):
        self.assertEqual(self.wdf("--frob").returncode, 3)
        self.assertIn("wdf build", self.wdf("--help").stdout)


if __name__ == "__main__":
    unittest.main()
