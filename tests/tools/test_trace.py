#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_trace.py WDF DRIVER: `wdf trace` with hosts that run, come, and die."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

WDF, DRIVER = map(os.path.abspath, sys.argv[1:3])
SANITIZED = os.environ.get("OWDF_SANITIZED") == "1"
FORMATS, MANY, EVENTS, RECORDER, FAIL, CRASH = (f"UNKNOWN,0x80{n},BUFFERED,ANY" for n in range(1, 7))


class Host:
    """A device of the traced driver in a host of its own."""

    def __init__(self, environment, name):
        ready, ready_child = os.pipe()
        self.environment = environment
        self.process = subprocess.Popen([WDF, "run", DRIVER, "--id", name, "--ready-fd", str(ready_child)],
                                        env=environment, pass_fds=[ready_child], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        os.close(ready_child)
        os.read(ready, 6)
        os.close(ready)
        self.device = name

    def control(self, code, *data):
        return subprocess.run([WDF, "io", "Traced", "ioctl", code, *data], env=self.environment, capture_output=True,
                              text=True, check=False).returncode

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)


class Tracing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": self.folder}
        for name in ("OPENWDF_TRACE", "OPENWDF_TRACE_DIR", "OPENWDF_RUNTIME_DIR"):
            self.environment.pop(name, None)
        self.hosts = []

    def tearDown(self):
        self.trace("stop", "--all")
        for host in self.hosts:
            if host.process.poll() is None:
                host.end()
        shutil.rmtree(self.folder)

    def host(self, name="ROOT\\TRACED\\0000"):
        host = Host(self.environment, name)
        self.hosts.append(host)
        return host

    def trace(self, *arguments):
        done = subprocess.run([WDF, "trace", *arguments], env=self.environment, capture_output=True, text=True,
                              cwd=self.folder, check=False)
        return done.returncode, done.stdout, done.stderr

    def lines(self, *arguments):
        status, output, error = self.trace(*arguments)
        self.assertEqual(status, 0, error)
        return output.splitlines()

    def test_a_session_switches_a_running_host(self):
        host = self.host()
        host.control(FORMATS)
        self.assertEqual(self.lines("show"), [])
        self.assertIn("1 provider running now matches", self.lines("start", "TracedDriver:warning:DBG_IOCTL")[0])
        self.assertTrue(any("TracedDriver" in line and "warning:DBG_IOCTL" in line for line in self.lines("list")))
        host.control(FORMATS)
        shown = self.lines("show")
        self.assertEqual(len(shown), 1)
        self.assertRegex(shown[0], r"^\d\d:\d\d:\d\d\.\d{6} ROOT\\TRACED\\0000\[\d+\.\d+\] TracedDriver warning "
                                   r"traced\.c:\d+ TraceFormats: group 3$")
        self.lines("stop")
        host.control(FORMATS)
        self.assertEqual(len(self.lines("show")), 1)

    def test_a_session_waits_for_hosts_that_come(self):
        self.assertIn("0 providers running now match", self.lines("start", "-s", "later", "TracedDriver")[0])
        self.host()
        self.assertTrue(any(line.endswith("EvtDeviceAdd: device added") for line in self.lines("show")))

    def test_sessions_add_up_and_end_apart(self):
        host = self.host()
        self.lines("start", "-s", "one", "TracedDriver:warning:DBG_IOCTL")
        self.lines("start", "-s", "two", "TracedExtra")
        host.control(FORMATS)
        self.assertEqual(len(self.lines("show")), 2)
        self.lines("stop", "one")
        host.control(FORMATS)
        shown = self.lines("show")
        self.assertEqual([("TracedExtra" in line) for line in shown], [False, True, True])
        self.assertEqual(self.lines("show", "TracedDriver"), shown[:1])

    def test_a_saved_trace_outlives_the_hosts(self):
        saved = os.path.join(self.folder, "saved")
        self.lines("start", "-o", saved, "TracedDriver", "Traced.Logging")
        host = self.host()
        host.control(FORMATS)
        host.control(EVENTS)
        host.end()
        self.assertIn("saved in " + saved, self.lines("stop")[0])
        self.lines("clear")
        shown = self.lines("show", saved)
        self.assertTrue(any("device added" in line for line in shown))
        self.assertTrue(any("texts narrow wide w\u00e4 counted ansi abc (null) x" in line for line in shown))
        self.assertTrue(any("Traced.Logging info: Fields First=287454020" in line for line in shown))
        self.assertTrue(any("unloaded" in line for line in shown))
        self.assertEqual(shown, sorted(shown, key=lambda line: line.split()[0]))
        self.assertEqual(len(self.lines("show", saved, "Traced.Logging")), 2)
        with open(saved, "r+b") as file:
            file.seek(8)  # The first frame's size.
            file.write(b"\xff" * 4)
        status, _, error = self.trace("show", saved)
        self.assertEqual(status, 1)
        self.assertIn("is damaged at byte", error)

    def test_following_shows_several_processes_in_order(self):
        first, second = self.host("ROOT\\TRACED\\0000"), None
        follower = subprocess.Popen([WDF, "trace", "follow", "TracedDriver:info:DBG_DATA"], env=self.environment,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn("following", follower.stderr.readline())
        first.control(MANY, "--hex", "03000000")
        first.end()
        second = self.host("ROOT\\TRACED\\0001")
        second.control(MANY, "--hex", "02000000")
        shown = [follower.stdout.readline() for _ in range(5)]
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=60)
        self.assertEqual(follower.returncode, 0)
        self.assertEqual([re.search(r"(\d{4})\[.*message (\d)", line).groups() for line in shown],
                         [("0000", "0"), ("0000", "1"), ("0000", "2"), ("0001", "0"), ("0001", "1")])
        self.assertFalse(any("session" in line for line in self.lines("list")), "its session ends with it")

    def test_the_recorder_of_a_dead_host(self):
        host = self.host()
        host.control(RECORDER)
        host.control(CRASH)
        _, error = host.process.communicate(timeout=60)
        self.assertEqual(host.process.returncode, 2)
        self.assertIn("what its drivers recorded last:", error)
        self.assertIn("EvtIoDeviceControl: about to crash", error)
        shown = self.lines("show", "--recorder")
        self.assertTrue(any("{own} TracedDriver info" in line and "for its own log 1" in line for line in shown))
        self.assertFalse(any("too verbose" in line for line in shown))
        self.assertIn("about to crash", shown[-1])
        self.assertEqual(self.lines("show", "--recorder", "--last", "1"), shown[-1:])
        if not SANITIZED:
            self.assertTrue(any("ended: wdfhost: crash: SIGSEGV" in line for line in self.lines("list")))
        self.assertIn("1 dead", self.lines("clear")[0])
        self.assertEqual(self.trace("show", "--recorder")[0], 1)

    def test_messages_that_are_too_many_are_counted_as_lost(self):
        saved = os.path.join(self.folder, "saved")
        host = self.host()
        self.lines("start", "TracedDriver:info:DBG_DATA")
        host.control(MANY, "--hex", "a0860100")
        shown = self.lines("show")
        self.assertGreater(len(shown), 1000)
        self.assertLess(len(shown), 100000)
        self.assertIn("message 99999 of 100000", shown[-1])
        self.assertFalse(os.path.exists(saved))

    def test_refusals(self):
        self.assertEqual(self.trace()[0], 3)
        self.assertEqual(self.trace("start")[0], 3)
        self.assertEqual(self.trace("start", "X:loud")[0], 3)
        self.assertEqual(self.trace("start", "-s", "../up", "X")[0], 3)
        self.assertIn("there is no session none", self.trace("stop", "none")[2])
        self.assertEqual(self.trace("show")[0], 1)
        self.lines("start", "X")
        status, _, error = self.trace("start", "X")
        self.assertEqual(status, 1)
        self.assertIn("runs already", error)
        status, _, error = self.trace("start", "-s", "y", "-o", "/nowhere/file", "X")
        self.assertEqual(status, 1)
        self.assertIn("/nowhere/file: No such file", error)
        with open(os.path.join(self.folder, "text"), "w", encoding="utf-8") as file:
            file.write("not a trace, but a text that is long enough\n")
        self.assertIn("is not a saved trace", self.trace("show", os.path.join(self.folder, "text"))[2])

    def test_an_unknown_flag_is_named(self):
        self.host()
        _, _, error = self.trace("start", "TracedDriver:5:NONE")
        self.assertIn("provider TracedDriver has no flag NONE; it has: DBG_INIT DBG_IOCTL DBG_DATA", error)

    def test_the_environment_shows_messages_at_once(self):
        self.environment["OPENWDF_TRACE"] = "TracedDriver:info"
        host = self.host()
        self.lines("start", "-s", "x", "TracedExtra")
        self.lines("stop", "x")
        host.control(FORMATS)
        _, error = host.end()
        self.assertIn("trace: TracedDriver info traced.c:", error)
        self.assertIn("group 3", error, "sessions do not switch off what the environment asked for")


if __name__ == "__main__":
    del sys.argv[1:3]
    unittest.main()
