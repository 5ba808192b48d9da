#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plants each kind of violation in a small tree and expects check_layers to find it, and only it."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "tools"))
import check_layers  # noqa: E402

LAYERS = """# Comment.
base:
sys: base
nt: sys base
fx: nt sys base
client: sys base
"""


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.directory.name)
        self.write("LAYERS", LAYERS)
        self.write("include/wdk/km/ntddk.h", "")
        self.write("include/wdk/um/stdlib.h", "")
        self.write("include/wdk/mingw/meson.build", "allowed = ['winerror.h']\n")
        self.write("src/base/atomic.h", "__atomic_load_n\n")
        self.write("src/sys/sys_priv.h", "extern _Thread_local int x;\n")
        self.write("src/sys/posix/wait.c",
                   '#include <pthread.h>\n#include "sys/sys_priv.h"\npthread_create();\n')
        self.write("src/fx/io/queue.c",
                   '#include <ntddk.h>\n#include <string.h>\n#include <winerror.h>\n'
                   '#include "fx/io/queue.h"\n#include "nt/ke/ke.h"\n#include "fx_imports.h"\n'
                   '/* pthread_create and __atomic_add are only words here. */\n'
                   'const char *s = "usleep(1)"; // nanosleep\n')

    def tearDown(self):
        self.directory.cleanup()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self):
        return check_layers.Checker(self.root).check()

    def expect(self, place, words):
        violations = self.check()
        self.assertEqual(len(violations), 1, violations)
        self.assertTrue(violations[0].startswith(place + ": "), violations[0])
        self.assertIn(words, violations[0])

    def test_a_clean_tree_passes(self):
        self.assertEqual(self.check(), [])

    def test_an_include_upwards_is_found(self):
        self.write("src/nt/ke/event.c", '\n#include "fx/io/queue.h"\n')
        self.expect("src/nt/ke/event.c:2", "nt may not include fx/io/queue.h")

    def test_an_include_sideways_is_found(self):
        self.write("src/client/client.h", '#  include  "nt/ke/ke.h"\n')
        self.expect("src/client/client.h:1", "client may not include nt/ke/ke.h")

    def test_an_include_in_a_comment_is_none(self):
        self.write("src/client/client.h", '/*\n#include "nt/ke/ke.h"\n*/\n')
        self.assertEqual(self.check(), [])

    def test_a_component_without_a_line_is_found(self):
        self.write("src/novel/novel.c", "")
        self.expect("src/novel/novel.c:1", "novel has no line in LAYERS")

    def test_a_private_header_of_another_folder_is_found(self):
        self.write("src/nt/ke/event.c", '#include "sys/sys_priv.h"\n')
        self.expect("src/nt/ke/event.c:1", "sys/sys_priv.h is private to src/sys/")

    def test_a_private_header_serves_the_folder_above_and_those_below(self):
        self.write("src/sys/wait.c", '#include "sys/posix/posix_priv.h"\n')
        self.write("src/sys/sim/wait.c", '#include "sys/sys_priv.h"\n')
        self.assertEqual(self.check(), [])
        self.write("src/sys/sim/wait.c", '#include "sys/posix/posix_priv.h"\n')
        self.expect("src/sys/sim/wait.c:1", "is private to src/sys/posix/")

    def test_libc_in_nt_and_fx_is_found(self):
        self.write("src/nt/ke/event.c", "#include <stdio.h>\n")
        self.expect("src/nt/ke/event.c:1", "nt may not include <stdio.h>")

    def test_libc_elsewhere_is_allowed(self):
        self.write("src/client/client.c", "#include <stdio.h>\n")
        self.assertEqual(self.check(), [])

    def test_each_means_of_the_system_is_found_outside_sys(self):
        for word in ("pthread_mutex_lock", "_Thread_local", "__thread", "clock_gettime", "usleep",
                     "nanosleep", "__atomic_load_n", "__sync_fetch_and_add", "thread_local",
                     "std::atomic"):
            with self.subTest(word):
                self.write("src/client/client.c", f"\n\nint x = {word} (1);\n")
                self.expect("src/client/client.c:3", f"{word} outside src/sys")

    def test_headers_of_the_system_are_found_outside_sys(self):
        self.write("src/client/client.c", "#include <stdatomic.h>\n")
        self.expect("src/client/client.c:1", "<stdatomic.h> outside src/sys")

    def test_a_cycle_in_layers_is_found(self):
        self.write("LAYERS", LAYERS.replace("base:", "base: client"))
        self.assertTrue(any("depends on itself" in v for v in self.check()))

    def test_a_malformed_line_in_layers_is_refused(self):
        self.write("LAYERS", "base\n")
        with self.assertRaises(SystemExit):
            self.check()

    def test_an_unknown_name_in_layers_is_refused(self):
        self.write("LAYERS", LAYERS + "host: cellar\n")
        with self.assertRaises(SystemExit):
            self.check()

    def test_main_exits_with_1_on_a_violation(self):
        self.write("src/nt/ke/event.c", "#include <stdio.h>\n")
        self.assertEqual(check_layers.main([str(self.root)]), 1)
        self.write("src/nt/ke/event.c", "")
        self.assertEqual(check_layers.main([str(self.root)]), 0)


if __name__ == "__main__":
    unittest.main()
