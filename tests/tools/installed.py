# SPDX-License-Identifier: MIT
"""What tests of installed devices share: a system of their own, packages for it, and its end."""
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest

WDF = os.environ["WDF"]

INF = r"""[Version]
Signature="$WINDOWS NT$"
Class=Sample
ClassGuid={78A1C341-4539-11d3-B88D-00C04FAD5171}
Provider="Tests"
DriverVer=01/31/2024,1.0.0.%VERSION%
[Manufacturer]
"Tests"=M,NTamd64,NTarm64
[M.NTamd64]
"A device"=I,%ID%
[M.NTarm64]
"A device"=I,%ID%
[I.NT]
[I.NT.Services]
AddService=%SERVICE%,2,S
[S]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%13%\%SERVICE%.sys
"""


class Installed(unittest.TestCase):
    SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS")  # Whose word about the manager and hosts is a failure.
    SECONDS = 60        # For one command.
    LOOKS = 400         # For what comes by itself, twenty a second.

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="openwdf-installed-")
        self.addCleanup(self.folder.cleanup)
        self.environment = dict(os.environ, OPENWDF_RUNTIME_DIR=os.path.join(self.folder.name, "r"))
        self.environment.pop("OPENWDF_STATE_DIR", None)
        # What a sanitizer says of the manager, whose standard error nobody sees.
        for name in self.SANITIZERS:
            self.environment[name] = ":".join(
                filter(None, [os.environ.get(name), f"log_path={self.folder.name}/sanitizer"]))
        self.addCleanup(self.check_sanitizers)
        self.addCleanup(lambda: self.wdf("stop", "--all"))

    def check_sanitizers(self):
        for name in os.listdir(self.folder.name):
            if name.startswith("sanitizer"):
                with open(os.path.join(self.folder.name, name), encoding="utf-8") as file:
                    self.fail(file.read())

    def wdf(self, *arguments, status=0):
        """What the command says: on its standard output, or, when it is to fail, on its standard error."""
        result = subprocess.run([WDF, *arguments], capture_output=True, text=True,
                                env=self.environment, check=False, timeout=self.SECONDS)
        self.assertEqual(result.returncode, status,
                         f"{arguments}: {result.stdout}{result.stderr}{self.log()}")
        return result.stdout if status == 0 else result.stderr

    def log(self):
        try:
            with open(os.path.join(self.folder.name, "r", "manager.log"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def package(self, name, module, device="root\\Thing", version=1):
        """The INF of a new package: a driver module for devices with that hardware id."""
        folder = os.path.join(self.folder.name, name)
        os.mkdir(folder)
        shutil.copy(module, os.path.join(folder, f"{name}.so"))
        path = os.path.join(folder, f"{name}.inf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(INF.replace("%VERSION%", str(version)).replace("%ID%", device)
                       .replace("%SERVICE%", name))
        return path

    def state(self, device):
        for line in self.wdf("devices").splitlines():
            if line.startswith(device + "  "):
                return line
        return None

    def host(self, device):
        found = re.search(r"host (\d+)", self.state(device) or "")
        return int(found.group(1)) if found else 0

    def wait_for(self, condition, message):
        for _ in range(self.LOOKS):
            if condition():
                return
            time.sleep(0.05)
        self.fail(message + "\n" + self.wdf("devices") + self.log())
