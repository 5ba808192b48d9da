#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`wdf reg`: what a person does with the registry from a shell."""
import os
import subprocess
import tempfile
import unittest

WDF = os.environ["WDF"]


class Registry(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="openwdf-reg-")
        self.addCleanup(self.folder.cleanup)
        self.environment = dict(os.environ, OPENWDF_STATE_DIR=self.folder.name)

    def wdf(self, *arguments, status=0, **more):
        result = subprocess.run([WDF, "reg", *arguments], capture_output=True, text=True,
                                env=self.environment, check=False, **more)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout if status == 0 else result.stderr

    def test_add_query_delete(self):
        key = r"HKLM\SOFTWARE\Acme"
        self.wdf("add", key, "Count", "42")
        self.wdf("add", key, "Name", "Grün & co")
        self.wdf("add", key, "List", "--type", "multi_sz", "one", "two")
        self.wdf("add", key, "Raw", "00 ff 10", "--type", "REG_BINARY")
        self.wdf("add", key, "Wide", "0x123456789", "--type", "qword")
        self.wdf("add", key + r"\Sub\Below")
        self.assertEqual(self.wdf("query", r"hkey_local_machine\software\ACME"),
                         "HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme\n"
                         "    Count    dword    0x2a\n"
                         "    Name    sz    Grün & co\n"
                         "    List    multi_sz    one\\0two\n"
                         "    Raw    binary    00ff10\n"
                         "    Wide    qword    0x123456789\n"
                         "\n"
                         "HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme\\Sub\n")
        self.assertIn("Acme\\Sub\\Below\n", self.wdf("query", key, "--tree"))
        self.assertEqual(self.wdf("query", key, "count"), "    Count    dword    0x2a\n")
        self.wdf("delete", key, "Count")
        self.assertIn("there is no such key or value", self.wdf("query", key, "Count", status=1))
        self.wdf("delete", key)
        self.assertIn("there is no such key", self.wdf("query", key, status=1))

    def test_export_and_import(self):
        file = os.path.join(self.folder.name, "acme.reg")
        self.wdf("add", r"HKLM\SOFTWARE\Acme\A", "Value", "text")
        self.wdf("export", r"HKLM\SOFTWARE\Acme", file)
        with open(file, encoding="utf-8", newline="") as stream:
            text = stream.read()
        self.assertTrue(text.startswith("Windows Registry Editor Version 5.00\r\n\r\n"
                                        "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Acme]\r\n"))
        self.wdf("delete", r"HKLM\SOFTWARE\Acme")
        # As Windows' own tool writes it.
        with open(file, "wb") as stream:
            stream.write(b"\xff\xfe" + text.encode("utf-16-le"))
        self.wdf("import", file)
        self.assertEqual(self.wdf("export", r"HKLM\SOFTWARE\Acme"), text.replace("\r\n", "\n"))
        self.wdf("import", "-", input=text + "[-HKLM\\SOFTWARE\\Acme]\r\n")
        self.wdf("query", r"HKLM\SOFTWARE\Acme", status=1)

    def test_a_malformed_file_is_refused_as_a_whole(self):
        error = self.wdf("import", "-", status=1,
                         input="Windows Registry Editor Version 5.00\n[HKLM\\SOFTWARE\\X]\n\"a\"=5\n")
        self.assertIn("-: line 3: \"5\" is neither a text, dword:, hex: nor -; nothing was changed",
                      error)
        self.wdf("query", r"HKLM\SOFTWARE\X", status=1)

    def test_mistakes_are_explained(self):
        self.assertIn("is not a key", self.wdf("query", "SOFTWARE", status=3))
        self.assertIn("there is no type", self.wdf("add", "HKLM\\A", "b", "c", "--type", "x", status=3))
        self.assertIn("is no dword", self.wdf("add", "HKLM\\A", "b", "c", "--type", "dword", status=3))
        self.wdf("query", "HKLM\\A", status=1)
        self.assertIn("there is no command", self.wdf("frobnicate", status=3))
        self.assertIn("Operation not permitted", self.wdf("delete", "HKLM", status=1))

    def test_a_damaged_store_is_said_to_be_one(self):
        with open(os.path.join(self.folder.name, "registry.db"), "wb") as stream:
            stream.write(b"x" * 8192)
        self.assertIn("damaged", self.wdf("query", "HKLM", status=1))


if __name__ == "__main__":
    unittest.main()
