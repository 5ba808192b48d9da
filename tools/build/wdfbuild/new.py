# SPDX-License-Identifier: MIT
"""wdf new NAME [--kmdf | --umdf] [--bus | --filter | --usb | --hid]

Begins a driver in the new folder NAME: sources, INX file, a project that Visual Studio opens too, and a README.

  --kmdf    a kernel-mode driver (default)
  --umdf    a user-mode driver (UMDF 2)

  --bus     it has children; kernel mode only
  --filter  it watches the requests of another driver's device
  --usb     it drives a USB device with bulk pipes
  --hid     it is a human interface device
            (without one of these: a device with reads, writes and a control code)

Build it with `wdf build NAME`. Exit status: 0 done; 1 not done; 3 wrong usage."""
import os
import re
import sys
import uuid

from .paths import write_if_changed
from .report import Refusal

KINDS = {
    "function": "a device with reads, writes and a control code",
    "bus": "a bus whose children are plugged in by control codes",
    "filter": "a filter that counts what is written to another driver's device",
    "usb": "a USB device with a bulk pipe in each direction",
    "hid": "a HID device with eight buttons",
}
CLASSES = {
    "function": ("Sample", "{78A1C341-4539-11d3-B88D-00C04FAD5171}", "root-enumerated device", "root\\@Name@"),
    "bus": ("System", "{4d36e97d-e325-11ce-bfc1-08002be10318}", "root-enumerated device", "root\\@Name@"),
    "filter": ("", "", "", ""),
    "usb": ("USBDevice", "{88BAE032-5A81-49f0-BC3D-A4FF138216D6}", "USB device", "USB\\VID_1209&PID_0001"),
    "hid": ("HIDClass", "{745a17a0-74d3-11d0-b6fe-00a0c90f57da}", "root-enumerated device", "root\\@Name@"),
}
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]{0,30}$")
RESERVED = {"driver", "device", "public"}


def conditional(text, names):
    """Keeps the lines between @name and @end for what is in names; an @name that follows another ends that one."""
    out, stack = [], []
    for line in text.split("\n"):
        word = line.strip()
        if word == "@end":
            stack.pop()
        elif re.match(r"^@(kmdf|umdf|hid|nohid|usb|public)$", word):
            if stack and word in ("@kmdf", "@umdf") and stack[-1][0] in ("kmdf", "umdf") and stack[-1][0] != word[1:]:
                stack.pop()
            stack.append((word[1:], word[1:] in names))
        elif all(kept for _, kept in stack):
            out.append(line)
    return "\n".join(out)


def c_guid(text):
    parts = text.split("-")
    tail = parts[3] + parts[4]
    return ", ".join(["0x" + p for p in parts[:3]] + ["0x" + tail[i:i + 2] for i in range(0, 16, 2)])


def files(templates, name, kind, framework):
    """{file name: text} of the new driver."""
    identifier = name[0].upper() + name[1:]
    umdf = framework == "umdf"
    lower = {True: '"WUDFRd"', False: f'"{name}"'}[umdf]
    class_name, class_guid, where, hardware = CLASSES[kind]
    guid = {n: str(uuid.uuid4()) for n in ("project", "interface", "extension")}
    summary = KINDS[kind] + (", in user mode" if umdf else "")
    values = {
        "@name@": name, "@Name@": identifier, "@NAME@": name.upper(), "@summary@": summary, "@class@": class_name,
        "@class-guid@": class_guid, "@where@": where, "@hardware-id@": hardware.replace("@Name@", identifier),
        "@extension@": "dll" if umdf else "sys", "@lower@": lower, "@guid-project@": guid["project"].upper(),
        "@guid-interface@": guid["interface"], "@guid-interface-c@": c_guid(guid["interface"]),
        "@guid-extension@": guid["extension"],
    }
    names = {framework, kind, "hid" if kind == "hid" else "nohid"}
    sources = {}
    for folder in ("common", kind):
        for file in os.listdir(os.path.join(templates, folder)):
            # Templates of C files end with .in: they are no C.
            sources[file.removesuffix(".in")] = os.path.join(templates, folder, file)
    if "public.h" in sources:
        names.add("public")
    made = {}
    for file, path in sources.items():
        with open(path, encoding="utf-8") as stream:
            text = conditional(stream.read(), names)
        for key, value in values.items():
            text = text.replace(key, value)
        made[file.replace("@name@", name)] = text
    return made


def main(words, here):
    if "--help" in words or "-h" in words:
        print(__doc__)
        return 0
    options = [w for w in words if w.startswith("-")]
    names = [w for w in words if not w.startswith("-")]
    frameworks = [o[2:] for o in options if o in ("--kmdf", "--umdf")]
    kinds = [o[2:] for o in options if o[2:] in KINDS and o != "--function"]
    try:
        for option in options:
            if option[2:] not in ("kmdf", "umdf", "bus", "filter", "usb", "hid"):
                raise ValueError(f"there is no option {option}")
        if len(names) != 1:
            raise ValueError("takes one NAME")
        if len(set(frameworks)) > 1 or len(set(kinds)) > 1:
            raise ValueError(f"{' and '.join(options)} exclude one another")
        framework, kind = (frameworks or ["kmdf"])[0], (kinds or ["function"])[0]
        if framework == "umdf" and kind == "bus":
            raise ValueError("user-mode drivers have no children: --bus needs --kmdf")
    except ValueError as error:
        print(f"wdf new: {error} (see wdf new --help)", file=sys.stderr)
        return 3
    try:
        return begin(names[0], kind, framework, here)
    except (Refusal, OSError) as error:
        print(f"wdf new: {error}", file=sys.stderr)
        return 1


def begin(folder, kind, framework, here):
    name = os.path.basename(os.path.normpath(folder))
    if not NAME.match(name) or name.lower() in RESERVED:
        raise Refusal(f"{name!r} is no name for a driver: letters, digits and _, a letter first, at most 31, not "
                      "driver, device or public")
    if os.path.exists(folder):
        raise Refusal(f"{folder} exists")
    for place in ("templates", "../../share/openwdf/templates"):
        templates = os.path.normpath(os.path.join(here, place))
        if os.path.isdir(templates):
            break
    for file, text in sorted(files(templates, name, kind, framework).items()):
        write_if_changed(os.path.join(folder, file), text)
        print(os.path.join(folder, file))
    print(f"`wdf build {folder}` builds it; {os.path.join(folder, 'README.md')} has the rest")
    return 0
