#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plug and Play notification over several hosts: to drivers of other hosts and to applications."""
import os
import re
import signal
import subprocess
import unittest

import installed
from installed import WDF

BUS = r"ROOT\BUS\0000"
MONITOR = r"ROOT\MONITOR\0000"
MANY = r"ROOT\MANY\0000"


class Notify(installed.Installed):
    SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
    SECONDS = 120
    LOOKS = 1200

    def heard(self):
        """What the monitor has said, in order; interfaces by the end of their names."""
        return re.findall(r"monitor: (.*)", self.log())

    def install(self, name, module, device):
        self.wdf("install", self.package(name, os.environ[module], device))

    def wait_for_heard(self, *expected, start=0):
        """Waits until the monitor has said that much more, and compares, whatever the order of threads."""
        self.wait_for(lambda: len(self.heard()) >= start + len(expected), f"not heard: {expected}")
        said = [re.sub(r"(arrival|removal) .*", r"\1", line) for line in self.heard()[start:]]
        self.assertEqual(sorted(said), sorted(expected), self.log())
        return said

    def leaves(self):
        return re.findall(r"TESTBUS\\Leaf\\\S+", self.wdf("devices"))

    def install_all(self):
        self.install("bus", "BUS_DRIVER", r"root\BUS")
        self.install("leaf", "LEAF_DRIVER", r"TESTBUS\Leaf")
        self.install("monitor", "MONITOR_DRIVER", r"root\MONITOR")
        self.wait_for_heard(*["arrival", "opened and written to"] * 2)

    def test_a_driver_hears_of_devices_of_another_host(self):
        self.install_all()
        self.assertNotEqual(self.host(BUS), self.host(MONITOR))
        first, second = self.leaves()

        # In good order: asked first, then told that it went.
        count = len(self.heard())
        self.wdf("remove", first)
        said = self.wait_for_heard("query-remove", "removal", "remove-complete", start=count)
        self.assertEqual(said[0], "query-remove")

        # By surprise nobody is asked.
        count = len(self.heard())
        self.wdf("unplug", second)
        self.wait_for_heard("removal", "remove-complete", start=count)

        # They come again.
        count = len(self.heard())
        self.wdf("enable", first)
        self.wait_for_heard("arrival", "opened and written to", start=count)

    def test_a_driver_refuses_the_removal_of_another_host_s_device(self):
        self.install_all()
        first = self.leaves()[0]
        count = len(self.heard())
        self.wdf("io", r"\\.\NotifyMonitor", "ioctl", "UNKNOWN,0x801,BUFFERED,ANY")
        self.wdf("remove", first, status=1)
        self.wait_for_heard("query-remove", "remove-canceled, open", start=count)
        count = len(self.heard())
        self.wdf("remove", first)
        self.wait_for_heard("query-remove", "removal", "remove-complete", start=count)

    def test_a_driver_s_own_event_reaches_other_hosts(self):
        self.install_all()
        first = self.leaves()[0]
        count = len(self.heard())
        self.wdf("io", first, "ioctl", "UNKNOWN,0x800,BUFFERED,ANY")
        # It is synchronous: when the request has ended everybody has been told.
        self.assertEqual(self.heard()[count:], ["news"])

    def test_a_silent_host_does_not_hold_a_removal(self):
        self.environment["OPENWDF_NOTIFY_TIMEOUT_MS"] = "200"
        self.install_all()
        first = self.leaves()[0]
        count = len(self.heard())
        self.wdf("io", r"\\.\NotifyMonitor", "ioctl", "UNKNOWN,0x802,BUFFERED,ANY")
        # Its handle is open: the device cannot go, but whoever asked is told so while the monitor still sleeps.
        self.wdf("remove", first, status=1)
        self.assertEqual(self.heard()[count:], ["query-remove"])
        self.wait_for_heard("query-remove", "remove-canceled, open", start=count)
        self.assertIn("does not answer", self.log())

    def test_a_killed_host_s_devices_are_heard_to_go(self):
        self.install_all()
        count = len(self.heard())
        os.kill(self.host(BUS), signal.SIGKILL)
        self.wait_for_heard(*["removal", "remove-complete", "arrival", "opened and written to"] * 2,
                            start=count)

        # The other way round: one who watches dies, and is not waited for.
        first = self.leaves()[0]
        os.kill(self.host(MONITOR), signal.SIGSTOP)
        remove = subprocess.Popen([WDF, "remove", first], env=self.environment)
        os.kill(self.host(MONITOR), signal.SIGKILL)
        # Its handle may be open a moment longer than its watch: then the device is busy, this once.
        if remove.wait(timeout=60) != 0:
            self.wait_for(lambda: subprocess.run([WDF, "remove", first], env=self.environment,
                                                 check=False, capture_output=True).returncode == 0,
                          "the dead one's handle stays open")

    def test_a_hundred_interfaces_arrive_while_somebody_registers(self):
        self.install("many", "MANY_DRIVER", r"root\MANY")
        self.install("monitor", "MONITOR_DRIVER", r"root\MONITOR")
        for device in (MANY, MONITOR):
            self.wdf("stop", device)
        count = len(self.heard())
        starts = [subprocess.Popen([WDF, "start", device], env=self.environment)
                  for device in (MANY, MONITOR)]
        for start in starts:
            self.assertEqual(start.wait(timeout=120), 0)
        self.wait_for(lambda: len(self.heard()) >= count + 100, "not all have arrived")
        self.check_each(count, ["arrival"])
        os.kill(self.host(MANY), signal.SIGKILL)
        self.wait_for(lambda: len(self.heard()) >= count + 300, "not all came again")
        self.check_each(count, ["arrival", "removal", "arrival"])

    def check_each(self, start, expected):
        events = {}
        for line in self.heard()[start:]:
            event, name = line.split(" ", 1)
            events.setdefault(name, []).append(event)
        self.assertEqual(len(events), 100)
        for name, said in events.items():
            self.assertEqual(said, expected, name)

    def app(self, *arguments):
        output = open(os.path.join(self.folder.name, "app.log"), "w+", encoding="utf-8")
        app = subprocess.Popen([os.environ["NOTIFY_APP"], *arguments], env=self.environment, text=True,
                               stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
        self.addCleanup(output.close)
        self.addCleanup(lambda: (app.kill(), app.wait(), app.stdin.close()))

        def lines(kind):
            with open(output.name, encoding="utf-8") as file:
                said = file.read().splitlines()
            return [line.split(" ", 1)[1] for line in said if line.startswith(kind + " ")]

        self.wait_for(lambda: lines("app") == ["ready"], "the application does not run")
        return app, lines

    def test_an_application_hears_of_devices(self):
        app, lines = self.app()
        self.install("bus", "BUS_DRIVER", r"root\BUS")
        self.install("leaf", "LEAF_DRIVER", r"TESTBUS\Leaf")
        self.wait_for(lambda: lines("window").count("opened") == 2, "the window has not opened both")
        self.wait_for(lambda: lines("device").count("started") == 3, "not all devices were heard of")
        self.assertEqual(lines("interface"), ["arrival"] * 2)
        self.assertEqual(lines("device").count("enumerated"), 3)
        self.wdf("io", self.leaves()[1], "ioctl", "UNKNOWN,0x800,BUFFERED,ANY")
        self.assertIn("news", lines("callback"))
        self.assertIn("custom", lines("window"))

        # The window closes the one that it opened last.
        self.wdf("remove", self.leaves()[1])
        self.wait_for(lambda: "complete" in lines("window"), "the window does not hear the end")
        said = [line for line in lines("window") if line in ("query", "pending", "complete")]
        self.assertEqual(said, ["query", "pending", "complete"])
        said = [line for line in lines("callback") if line in ("query", "pending", "complete")]
        self.assertEqual(said, ["query", "pending", "complete"])
        self.wait_for(lambda: lines("interface") == ["arrival"] * 2 + ["removal"], "no removal")

        # From outside, as somebody would close the window.
        app.stdin.write("close\n")
        app.stdin.flush()
        self.assertEqual(app.wait(timeout=60), 0)

    def test_an_application_refuses(self):
        _, lines = self.app("refuse")
        self.install("bus", "BUS_DRIVER", r"root\BUS")
        self.install("leaf", "LEAF_DRIVER", r"TESTBUS\Leaf")
        self.wait_for(lambda: lines("window").count("opened") == 2, "the window has not opened both")
        self.wdf("remove", self.leaves()[1], status=1)
        self.wait_for(lambda: "failed" in lines("callback"), "the callback does not hear that it stays")
        self.wait_for(lambda: "failed" in lines("window"), "the window does not hear that it stays")


if __name__ == "__main__":
    unittest.main()
