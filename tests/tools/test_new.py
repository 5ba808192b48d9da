#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`wdf new`: each kind of driver is begun, builds with each compiler without a warning, and its device starts."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "build"))

from wdfbuild import new  # noqa: E402

COMPILERS = [c for c in ("clang", "gcc") if shutil.which(c)]


@unittest.skipUnless("OPENWDF_WDF" in os.environ, "needs the wdf command")
class New(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def wdf(self, *words):
        return subprocess.run([os.environ["OPENWDF_WDF"], *words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)

    def read(self, *path):
        with open(os.path.join(self.folder, *path), encoding="utf-8") as file:
            return file.read()

    def begin(self, kind, framework):
        name = kind + framework
        done = self.wdf("new", name, "--" + framework, *(["--" + kind] if kind != "function" else []))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        *files, last = done.stdout.splitlines()
        self.assertEqual(last, f"`wdf build {name}` builds it; {name}/README.md has the rest")
        self.assertEqual(sorted(files), sorted(os.path.join(name, n) for n in os.listdir(os.path.join(self.folder, name))))
        for file in files:
            text = self.read(file)
            self.assertNotRegex(text, r"@\w+", file)       # Nothing of the templates' own words is left.
            self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"), file)
            self.assertNotRegex(text, r"[ \t]\n|\n\n\n", file)
            if file.endswith((".c", ".h")):
                self.assertLessEqual(max(map(len, text.splitlines())), 120, file)
        return name

    def build(self, name, compiler):
        done = self.wdf("build", name, "--" + compiler, "-Wall", "-Wextra", "--out", "out")
        self.assertEqual((done.returncode, done.stderr), (0, ""), name)
        self.assertEqual(done.stdout.split(), [f"out/{name}.so", f"out/{name}.inf"])
        text = self.read("out", name + ".inf")
        self.assertNotRegex(text, r"\$\w+\$(?<!NT\$)|@")
        self.assertRegex(text, r"DriverVer   =\d\d/\d\d/\d{4},\d+\.\d+\.\d+\.\d+")

    def start(self, file):
        """Starts the device and takes it away again; what `wdf run` said, and its exit status."""
        environment = dict(os.environ, OPENWDF_RUNTIME_DIR=tempfile.mkdtemp(dir=self.folder))
        with subprocess.Popen([os.environ["OPENWDF_WDF"], "run", file], cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as process:
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("ready:"):
                    process.send_signal(signal.SIGINT)
            return said, process.wait()

    def all_of(self, framework):
        for kind in sorted(new.KINDS):
            if (kind, framework) == ("bus", "umdf"):
                continue
            name = self.begin(kind, framework)
            for compiler in COMPILERS:
                with self.subTest(name, compiler=compiler):
                    shutil.rmtree(os.path.join(self.folder, "out"), ignore_errors=True)
                    self.build(name, compiler)
                    # As its README says: a HID device without the class driver, which is Windows'.
                    said, status = self.start(f"out/{name}.so" if kind == "hid" else f"out/{name}.inf")
                    if kind == "usb":
                        # It loads; there is no USB device behind it.
                        self.assertIn("did not start", said)
                        self.assertNotIn("needs", said)
                    else:
                        self.assertEqual((status, "ready:" in said, "removed:" in said), (0, True, True), said)

    def test_kernel_mode_drivers(self):
        self.all_of("kmdf")

    def test_user_mode_drivers(self):
        self.all_of("umdf")

    def test_each_says_what_it_is_and_how_to_go_on(self):
        for kind, text in new.KINDS.items():
            name = self.begin(kind, "kmdf")
            readme = self.read(name, "README.md")
            self.assertIn(text, readme)
            self.assertIn("wdf build", readme)
            # Each file is named, and no other.
            self.assertEqual(set(re.findall(r"^\| `([^`]+)`", readme, re.M)), set(os.listdir(os.path.join(self.folder, name))) - {"README.md", ".gitignore"})
            self.assertEqual("does not start yet" in readme, kind == "usb")

    def test_refusals(self):
        os.mkdir(os.path.join(self.folder, "there"))
        for words, status, expected in ((["there"], 1, "exists"), (["1x"], 1, "no name"), (["driver"], 1, "no name"), ([], 3, "NAME"),
                                        (["a", "--usb", "--hid"], 3, "exclude"), (["a", "--umdf", "--bus"], 3, "children"),
                                        (["a", "--odd"], 3, "--odd")):
            done = self.wdf("new", *words)
            self.assertEqual(done.returncode, status)
            self.assertIn(expected, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertFalse(os.path.exists(os.path.join(self.folder, "a")))


if __name__ == "__main__":
    unittest.main()
