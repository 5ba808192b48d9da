#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""check_format names the file that clang-format would change."""
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import check_format  # noqa: E402


PROGRAM = check_format.find_clang_format()


@unittest.skipIf(PROGRAM is None or shutil.which("git") is None, "clang-format or git is not there")
class CheckFormat(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)
        shutil.copy(ROOT / ".clang-format", self.root)
        (self.root / "good.c").write_text("int x;\n")
        (self.root / "bad.c").write_text("int   x ;\n")
        subprocess.run(["git", "init", "-q", self.root], check=True, stderr=subprocess.DEVNULL)

    def tearDown(self):
        self.directory.cleanup()

    def track(self, *names):
        subprocess.run(["git", "-C", self.root, "add", *names], check=True)

    def test_a_misformatted_tracked_file_is_named(self):
        self.track("good.c", "bad.c")
        names = check_format.tracked_files(self.root)
        self.assertEqual(check_format.misformatted(self.root, names, PROGRAM), ["bad.c"])
        self.assertEqual(check_format.main([str(self.root)]), 1)

    def test_an_untracked_file_does_not_matter(self):
        self.track("good.c")
        self.assertEqual(check_format.main([str(self.root)]), 0)

    def test_a_tree_without_tracked_files_is_skipped(self):
        self.assertEqual(check_format.main([str(self.root)]), check_format.EXIT_SKIPPED)


if __name__ == "__main__":
    unittest.main()
