#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`wdf install` and what follows: packages, devices, their hosts and the manager, from a shell."""
import os
import re
import shutil
import signal
import time
import unittest

import installed

# The reflector comes from the system's own INF, and stands among the lower filters too.
UMDF_INF = r"""[Version]
Signature="$WINDOWS NT$"
Class=Sample
ClassGuid={78A1C341-4539-11d3-B88D-00C04FAD5171}
Provider="Tests"
DriverVer=01/31/2024,1.0.0.0
[Manufacturer]
"Tests"=M,NTamd64,NTarm64
[M.NTamd64]
"A user-mode device"=I,root\UserThing
[M.NTarm64]
"A user-mode device"=I,root\UserThing
[I.NT]
Include=wudfrd.inf
Needs=WUDFRD.NT
[I.NT.HW]
AddReg=Hardware
Include=wudfrd.inf
Needs=WUDFRD.NT.HW
[Hardware]
HKR,,"LowerFilters",0x00010008,"WUDFRd"
[I.NT.Services]
Include=wudfrd.inf
Needs=WUDFRD.NT.Services
[I.NT.Wdf]
UmdfService=user,UserService
UmdfServiceOrder=user
[UserService]
UmdfLibraryVersion=2.15.0
ServiceBinary=%13%\user.dll
"""

# A class whose upper filter comes with it, for devices of the test's bus.
LEAF = r"""[Version]
Signature="$WINDOWS NT$"
Class=Leaves
ClassGuid={2C7E4F5A-9B1D-4B60-8A52-6E0F3D1C7B94}
Provider="Tests"
DriverVer=01/31/2024,1.0.0.%VERSION%
[ClassInstall32]
AddReg=C
[C]
HKR,,,,"Leaves"
HKR,,UpperFilters,0x00010008,"leaffilter"
[Manufacturer]
"Tests"=M,NTamd64,NTarm64
[M.NTamd64]
"A leaf"=I,TESTBUS\Leaf
[M.NTarm64]
"A leaf"=I,TESTBUS\Leaf
[I.NT]
[I.NT.Services]
AddService=leaf,2,S
AddService=leaffilter,,F
[S]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%13%\leaf.sys
[F]
ServiceType=1
StartType=3
ErrorControl=1
ServiceBinary=%13%\leaffilter.sys
"""


class Install(installed.Installed):
    def runs_elsewhere(self, device, dead):
        line = self.state(device) or ""
        found = re.search(r"  Started .*host (\d+)", line)
        return found and int(found.group(1)) != dead

    def test_a_device_lives_from_install_to_uninstall(self):
        inf = self.package("good", os.environ["GOOD_DRIVER"])
        before = self.wdf("reg", "export", "HKLM")
        self.assertIn("started ROOT\\THING\\0000", self.wdf("install", inf))
        self.assertRegex(self.state("ROOT\\THING\\0000"), r'"A device"  Started D0  host \d+$')
        self.assertIn("oem0.inf  good.inf  Sample  01/31/2024 1.0.0.1", self.wdf("devices", "--packages"))
        self.assertIn("it is installed already, as oem0.inf", self.wdf("install", inf, status=1))
        self.wdf("install", "--device", "root\\Thing", inf)
        first = self.host("ROOT\\THING\\0000")
        self.assertNotEqual(first, self.host("ROOT\\THING\\0001"))
        self.wdf("remove", "ROOT\\THING\\0001")
        self.assertIsNone(self.state("ROOT\\THING\\0001"))
        self.wdf("stop", "ROOT\\THING\\0000")
        self.assertIn("  Stopped", self.state("ROOT\\THING\\0000"))
        self.wdf("start", "ROOT\\THING\\0000")
        self.assertNotEqual(first, self.host("ROOT\\THING\\0000"))
        self.wdf("uninstall", "good.inf")
        self.wait_for(lambda: self.state("ROOT\\THING\\0000") is None, "the device stays")
        self.assertEqual(before, self.wdf("reg", "export", "HKLM"))

    def test_a_user_mode_driver_is_installed_by_its_own_service(self):
        folder = os.path.join(self.folder.name, "user")
        os.mkdir(folder)
        shutil.copy(os.environ["USER_DRIVER"], os.path.join(folder, "user.so"))
        inf = os.path.join(folder, "user.inf")
        with open(inf, "w", encoding="utf-8") as file:
            file.write(UMDF_INF)
        self.assertIn("started ROOT\\USERTHING\\0000", self.wdf("install", inf))
        self.assertIn("  Started D0", self.state("ROOT\\USERTHING\\0000"))
        self.wdf("uninstall", "user.inf")

    def test_disabled_devices_stay_so(self):
        self.wdf("install", self.package("good", os.environ["GOOD_DRIVER"]))
        self.wdf("disable", "root\\thing\\0000")
        self.assertIn("Disabled  problem 22 (CM_PROB_DISABLED)", self.state("ROOT\\THING\\0000"))
        self.assertIn("wdf enable starts it", self.wdf("start", "ROOT\\THING\\0000", status=1))
        self.wdf("stop", "--all")
        self.assertIn("Disabled", self.state("ROOT\\THING\\0000"))
        self.wdf("enable", "ROOT\\THING\\0000")
        self.assertIn("Started", self.state("ROOT\\THING\\0000"))

    def test_a_host_that_dies_is_started_again_until_it_dies_too_often(self):
        self.wdf("install", self.package("good", os.environ["GOOD_DRIVER"]))
        for _ in range(5):
            dead = self.host("ROOT\\THING\\0000")
            os.kill(dead, signal.SIGKILL)
            self.wait_for(lambda: self.runs_elsewhere("ROOT\\THING\\0000", dead),
                          "it is not started again")
        os.kill(self.host("ROOT\\THING\\0000"), signal.SIGKILL)
        self.wait_for(lambda: "Failed  problem 43 (CM_PROB_FAILED_POST_START)"
                      in self.state("ROOT\\THING\\0000"), "it is not given up")
        self.wdf("start", "ROOT\\THING\\0000")
        self.assertIn("Started", self.state("ROOT\\THING\\0000"))

    def test_a_driver_that_refuses_its_device_is_a_problem(self):
        inf = self.package("bad", os.environ["BAD_DRIVER"])
        self.assertIn("it is installed, but ROOT\\THING\\0000 did not start",
                      self.wdf("install", inf, status=1))
        self.assertIn("problem 31 (CM_PROB_FAILED_ADD): its driver refuses it",
                      self.state("ROOT\\THING\\0000"))
        # A better driver comes, and the device with it.
        better = self.package("good", os.environ["GOOD_DRIVER"], version=2)
        self.wdf("install", better)
        self.wdf("start", "ROOT\\THING\\0000")
        self.assertIn("Started", self.state("ROOT\\THING\\0000"))

    def test_the_system_sleeps_and_wakes(self):
        self.wdf("install", self.package("good", os.environ["GOOD_DRIVER"]))
        self.wdf("sleep", "S3")
        self.wdf("sleep", "S3", status=1)  # It does already.
        self.wdf("resume")
        self.assertIn("Started", self.state("ROOT\\THING\\0000"))
        self.wdf("restart", "ROOT\\THING\\0000")

    def power(self):
        """Every device with a driver: where it is, and what is said of wake-up."""
        found = re.findall(r"^(\S+)  .*?Started (D\d)((?:  armed for wake-up)?(?:  woke the system)?)",
                           self.wdf("devices"), re.MULTILINE)
        return {device: power + said for device, power, said in found}

    def said(self):
        """What each device's driver has said, sorted: siblings go at the same time."""
        words = {}
        for device, word in re.findall(r"wake (\w+): (\w+)$", self.log(), re.MULTILINE):
            words.setdefault(device, []).append(word)
        return sorted(" ".join(said) for said in words.values())

    def test_a_wake_up_signal_of_one_host_wakes_all(self):
        bus, other, leaf = "ROOT\\THING\\0000", "ROOT\\OTHER\\0000", None
        self.wdf("install", self.package("bus", os.environ["BUS_DRIVER"]))
        self.wdf("install", self.package("good", os.environ["GOOD_DRIVER"], device="root\\Other"))
        self.wdf("install", self.leaf("wake", os.environ["WAKE_DRIVER"]))
        leaf, sibling = re.findall(r"TESTBUS\\Leaf\\\S+", self.wdf("devices"))
        self.assertIn("it is not armed", self.wdf("wake", leaf, status=1))

        self.wdf("sleep", "S3")
        self.assertEqual(self.power(), {bus: "D3", other: "D3", leaf: "D3  armed for wake-up",
                                        sibling: "D3  armed for wake-up"})
        self.assertIn("the system sleeps", self.wdf("restart", other, status=1))
        self.assertEqual(self.wdf("power").splitlines()[0], "S3  the system, asleep")
        self.assertEqual(sorted(self.wdf("power", "--armed").splitlines()),
                         sorted(f"D3  {device}  armed for wake-up" for device in (leaf, sibling)))
        self.wdf("wake", leaf)
        awake = {bus: "D0", other: "D0", leaf: "D0  woke the system", sibling: "D0"}
        self.wait_for(lambda: self.power() == awake, "it does not wake")
        self.assertEqual(self.said(), ["start arm dx d0 disarm", "start arm dx d0 triggered disarm"])
        self.assertEqual(sorted(self.wdf("power").splitlines()),
                         sorted(["S0  the system", f"D0  {bus}", f"D0  {other}", f"D0  {sibling}",
                                 f"D0  {leaf}  woke the system"]))
        self.assertEqual(self.wdf("power", "--woke"), f"D0  {leaf}  woke the system\n")
        self.assertEqual(self.wdf("power", other), f"D0  {other}\n")
        self.assertIn("there is no device ROOT\\NONE", self.wdf("power", "ROOT\\NONE", status=1))
        self.wdf("stop", other)
        self.assertEqual(self.wdf("power", other), f"--  {other}  does not run\n")
        self.wdf("start", other)

        # Not from a sleep that is too deep; and a person wakes it as well.
        self.wdf("sleep", "S4")
        self.assertEqual(self.power()[leaf], "D3")
        self.assertIn("it is not armed", self.wdf("wake", leaf, status=1))
        self.wdf("resume")
        self.assertEqual(self.power(), {bus: "D0", other: "D0", leaf: "D0", sibling: "D0"})

    def test_all_stay_awake_when_one_refuses_to_sleep(self):
        bus, leaf = "ROOT\\THING\\0000", "ROOT\\OTHER\\0000"
        self.wdf("install", self.package("bus", os.environ["BUS_DRIVER"]))
        inf = self.package("wake", os.environ["WAKE_DRIVER"], device="root\\Other")
        key = "HKLM\\SYSTEM\\CurrentControlSet\\Enum\\ROOT\\OTHER\\0000\\Device Parameters"
        # As the device of software that it is it cannot wake anything: its driver notices.
        self.wdf("install", inf, status=1)
        self.wdf("reg", "add", key, "WakesFrom", "3", "--type", "dword")
        self.wdf("start", leaf)
        self.wdf("reg", "add", key, "RefuseSleep", "1", "--type", "dword")
        self.assertIn(leaf + ": status 0x80000011", self.wdf("sleep", status=1))
        self.assertEqual(self.power(), {bus: "D0", leaf: "D0"})
        self.assertEqual(self.said(), ["start"])
        self.wdf("restart", bus)  # Nothing is held back.

        self.wdf("reg", "add", key, "RefuseSleep", "0", "--type", "dword")
        self.wdf("sleep")
        self.assertEqual(self.power(), {bus: "D3", leaf: "D3  armed for wake-up"})
        # A host that dies is not started before the system wakes.
        os.kill(self.host(bus), signal.SIGKILL)
        self.wait_for(lambda: self.host(bus) == 0, "it does not die")
        self.wdf("wake", leaf)
        self.wait_for(lambda: self.power() == {bus: "D0", leaf: "D0  woke the system"},
                      "they do not come back")

    def test_wmi_is_asked(self):
        device = "ROOT\\THING\\0000"
        values = "{3c1bd27e-6a5f-49d0-911e-20445b7c6801}"
        events = values.replace("01}", "02}")
        self.wdf("install", self.package("wmi", os.environ["WMI_DRIVER"]))
        self.assertEqual(self.wdf("wmi", "list", device),
                         f"{values}  2 instances\n{events}  1 instance  events only\n")
        self.assertIn("44 33 22 11 00 00 00 00", self.wdf("wmi", "query", device, values + "/1"))
        self.wdf("wmi", "set", device, values, "0102030405060708")
        self.wdf("wmi", "set", device, values, "ff000000", "--item", "2")
        self.assertIn("01 02 03 04 ff 00 00 00", self.wdf("wmi", "query", device, values[1:-1]))
        self.assertIn("0a 01 00 00",
                      self.wdf("wmi", "execute", device, values, "7", "ff 0a 01"))
        self.wdf("wmi", "events", device, events, "on")
        # STATUS_WMI_GUID_NOT_FOUND, STATUS_WMI_INSTANCE_NOT_FOUND, STATUS_WMI_ITEMID_NOT_FOUND
        self.assertIn("0xc0000295", self.wdf("wmi", "query", device,
                                             values.replace("01}", "03}"), status=1))
        self.assertIn("0xc0000296", self.wdf("wmi", "query", device, values + "/2", status=1))
        self.assertIn("0xc0000297", self.wdf("wmi", "execute", device, values, "8", status=1))
        self.assertIn("there is no such device",
                      self.wdf("wmi", "list", "ROOT\\NONE\\0000", status=1))
        self.assertIn("is not a GUID", self.wdf("wmi", "query", device, "{12}", status=3))
        self.wdf("stop", device)
        self.assertIn("it does not run", self.wdf("wmi", "list", device, status=1))

    def leaf(self, name, module, version=1):
        folder = os.path.join(self.folder.name, name)
        os.mkdir(folder)
        shutil.copy(module, os.path.join(folder, "leaf.so"))
        shutil.copy(os.environ["WMI_DRIVER"], os.path.join(folder, "leaffilter.so"))
        path = os.path.join(folder, f"{name}.inf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(LEAF.replace("%VERSION%", str(version)))
        return path

    def children(self):
        """State and problem of the two devices below the bus, and its host."""
        tree = self.wdf("devices", "--tree")
        host = re.search(r"ROOT\\THING\\0000 .* Started D0  host (\d+)", tree)
        self.assertIsNotNone(host, tree)
        found = re.findall(r"─ TESTBUS\\Leaf\\\S+  (?:\"(.*?)\"  )?(.*)", tree)
        self.assertEqual(len(found), 2, tree)
        self.assertEqual(found[0][1], found[1][1], tree)
        return found[0][0], found[0][1], host.group(1)

    def test_devices_of_a_bus_follow_what_is_installed(self):
        self.wdf("install", self.package("bus", os.environ["BUS_DRIVER"]))
        _, state, host = self.children()
        self.assertIn("problem 28 (CM_PROB_FAILED_INSTALL)", state)

        # They come up where they are, with the filter of their class.
        self.assertIn("; 2 devices", self.wdf("install", self.leaf("good", os.environ["GOOD_DRIVER"])))
        self.assertEqual(self.children(), ("A leaf", "Started D0", host))
        leaf = re.search(r"TESTBUS\\Leaf\\\S+", self.wdf("devices", "--tree")).group(0)
        self.assertIn("2 instances", self.wdf("wmi", "list", leaf))
        # Applications see them, and whose interface is whose.
        listed = self.wdf("io", "--list")
        self.assertIn(f"device {leaf} (A leaf), host process {host}\n", listed)
        self.assertIn(f" of {leaf}\n", listed)

        # A newer driver under the same name replaces it; this one refuses its devices.
        self.wdf("install", self.leaf("bad", os.environ["BAD_DRIVER"], version=2))
        self.assertIn("problem 31 (CM_PROB_FAILED_ADD)", self.children()[1])
        self.wdf("uninstall", "bad.inf")
        self.assertEqual(self.children(), ("A leaf", "Started D0", host))

        # Disabled by a person, it stays so; its sibling loses its driver alone.
        self.wdf("disable", leaf)
        self.assertIn("problem 22", self.wdf("devices"))
        self.wdf("uninstall", "good.inf")
        self.assertIn("problem 28", self.wdf("devices"))
        self.wdf("install", self.leaf("again", os.environ["GOOD_DRIVER"]))
        self.assertIn("problem 22", self.wdf("devices"))
        self.wdf("enable", leaf)
        self.assertEqual(self.children(), ("A leaf", "Started D0", host))
        self.wdf("uninstall", "again.inf")
        self.assertIn("problem 28", self.children()[1])

    def test_mistakes_are_explained(self):
        self.assertIn("there is no such device", self.wdf("start", "ROOT\\NONE\\0000", status=1))
        self.assertIn("no package is called x.inf", self.wdf("uninstall", "x.inf", status=1))
        self.assertIn("No such file", self.wdf("install", "/no/such.inf", status=1))
        self.assertIn("which device?", self.wdf("start", status=3))
        self.assertIn("is not S1, S2, S3 or S4", self.wdf("sleep", "S9", status=3))
        inf = self.package("good", os.environ["GOOD_DRIVER"])
        os.unlink(os.path.join(os.path.dirname(inf), "good.so"))
        self.assertIn("the INF's driver is good.sys, but there is no module for it",
                      self.wdf("install", inf, status=1))
        self.assertEqual(self.wdf("devices", "--packages"), "")


if __name__ == "__main__":
    unittest.main()
