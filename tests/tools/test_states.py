#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`wdf states`: lists and graphs of the framework's machines, and refusals."""
import os
import subprocess
import unittest

WDF = os.environ["OPENWDF_WDF"]


def wdf(*words):
    return subprocess.run([WDF, "states", *words], capture_output=True, text=True, check=False)


class States(unittest.TestCase):
    def test_all_machines_are_listed(self):
        done = wdf()
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("pnp:", "policy:", "power:"):
            self.assertIn("\n" + name, "\n" + done.stdout)
        self.assertIn("    QUERY_REMOVE -> QueryRemoveStaticCheck\n", done.stdout)

    def test_a_graph_of_one_machine(self):
        done = wdf("--dot", "power")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith('digraph "power" {\n'))
        self.assertEqual(done.stdout.count("digraph"), 1)
        self.assertIn('"D0" -> "GotoDx" [label="DX"];', done.stdout)

    def test_an_unknown_machine_is_refused_by_name(self):
        done = wdf("nonsense")
        self.assertEqual(done.returncode, 3)
        self.assertIn('"nonsense"', done.stderr)
        self.assertEqual(done.stdout, "")

    def test_an_unknown_option_is_refused(self):
        done = wdf("--svg")
        self.assertEqual(done.returncode, 3)
        self.assertIn("--svg", done.stderr)


if __name__ == "__main__":
    unittest.main()
