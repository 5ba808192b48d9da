# SPDX-License-Identifier: MIT
"""Headers of Windows' kits for what OpenWDF does not have, so that a missing one is named for what it is."""
import re

# Beginning of a header's name, in lower case: what it belongs to. The first that fits counts.
ABSENT = [
    ("fltkernel", "the file-system filter manager"), ("fltuser", "the file-system filter manager"),
    ("ndis", "NDIS, the network driver interface"), ("netadapter", "NetAdapterCx, the class extension for network adapters"),
    ("fwpsk", "the Windows Filtering Platform"), ("fwpmk", "the Windows Filtering Platform"), ("wsk.h", "Winsock Kernel"),
    ("dot11", "the Wi-Fi driver interface"), ("wificx", "WiFiCx, the class extension for Wi-Fi"),
    ("sercx", "SerCx, the class extension for serial controllers"),
    ("ucx", "UCX, the class extension for USB host controllers"),
    ("acx", "ACX, the class extension for audio"), ("ks.h", "kernel streaming"), ("ksmedia", "kernel streaming"),
    ("portcls", "PortCls, the audio port class"), ("storport", "StorPort, the storage port driver"), ("miniport.h", "port drivers for miniports"),
    ("sdport", "SdPort, the port driver for SD hosts"), ("classpnp", "the storage class driver's library"), ("mpio", "multipath I/O"),
    ("d3dkm", "the display driver model"), ("dispmprt", "the display driver model"),
    ("wiamicro", "WIA, Windows Image Acquisition"), ("wia", "WIA, Windows Image Acquisition"), ("winspool", "the print spooler"),
    ("wudfddi", "UMDF 1"), ("kbd.h", "keyboard layouts"),
    ("bth", "the Bluetooth driver stack"), ("sdplib", "the Bluetooth driver stack"),
    ("dsm.h", "multipath I/O"), ("kcscounters", "the performance counters' generator (ctrpp)"),
    ("shellapi", "Windows' desktop"), ("commdlg", "Windows' desktop"), ("vfw.h", "Video for Windows"), ("prsht", "Windows' desktop"), ("richedit", "Windows' desktop"),
    ("unknwn", "COM"), ("coguid", "COM"), ("objidl", "COM"), ("ole2", "COM"), ("oleauto", "COM"), ("windows.devices", "the Windows Runtime"),
    ("mmsystem", "multimedia timers"),
    ("atlbase", "ATL"), ("atlcom", "ATL"),
    ("afxwin", "MFC"), ("comutil", "COM support of Microsoft's compiler"), ("wbemcli", "WMI for applications"), ("mfapi", "Media Foundation"),
    ("mfidl", "Media Foundation"), ("wdmaudio", "audio"), ("netcx", "NetAdapterCx"),
    ("winrt/", "the Windows Runtime"), ("roapi", "the Windows Runtime"),
    ("wil/", "WIL, Windows' implementation libraries (another repository)"),
    ("dmfmodules", "DMF, the driver module framework (another repository; -p DmfRootPath=… says where)"),
]
# Functions of Windows that OpenWDF does not have, by how their names begin or end: what they belong to.
FUNCTIONS = [
    (r"Setup[A-Z]|CM_|pSetup|UpdateDriver|Di(?:Un)?[Ii]nstall", "the device installer"),
    (r"Filter(?:Connect|Send|Get|Reply|Load|Unload|Create|Find|Instance|Attach|Detach|Volume|Close)", "the file-system filter manager"),
    (r"Hid[DP]_", "HID for applications"), (r"Bluetooth", "Bluetooth for applications"), (r"WinUsb_", "WinUSB"),
    (r"SCard", "smart cards for applications"), (r"I?Wbem|Co[A-Z]|Ole[A-Z]|Sys(?:Alloc|Free)String|Variant[A-Z]|SafeArray", "COM"),
    (r"OpenProcessToken|OpenThreadToken|LookupPrivilege|AdjustToken|.*(?:Acl|Sid|SecurityDescriptor|Ace)[AW]?$", "Windows' security"),
    (r"(?:Start|Control|Enable|Open|Process|Close|Query|Stop|Flush)Trace|TraceSet|Tdh", "the control of Windows' event tracing"),
    (r".*(?:Service|SCManager|ServiceStatus|ServiceConfig|ServiceHandle|ServiceCtrl\w*)\d?(?:Ex)?[AW]?$", "Windows' services"),
    (r".*(?:Window|Wnd|Dialog|Dlg|Message|Menu|Class|Icon|Cursor|Paint|Focus|Rect|Caret|DC|Font|Bitmap|StockObject|Object|Metrics|Icons|Color"
     r"|Accelerators?|Scroll\w*|Text|TextOut|Box|ComboBox|ClassLong\w*|LongPtr|DlgItem\w*|MessageBox|PropertySheet\w*|CommonControls)"
     r"(?:Ex|Param|Proc|Ptr|Item)?[AW]?$|.*DlgItem|PostQuit|Shell|Message|DefWindow|DefDlg|IsDlg|CheckDlg|DialogBox|ListView|ImageList", "Windows' desktop"),
]
UNDEFINED = re.compile(r"undefined (?:reference to|symbol:) [`']?(\w+)")
NAMED_MOST = 4
MISSING = re.compile(r"fatal error: '?([^':]+\.h(?:pp)?)'?(?: file not found|: No such file)")


def explain(line):
    """What to say about a compiler's line; "" when nothing is known."""
    if "required symbol" in line and "DriverEntry" in line:
        return "no source defines DriverEntry, where a driver begins (in C++ it is extern \"C\")"
    match = MISSING.search(line)
    return belongs(match.group(1)) if match else ""


def belongs(header):
    """What a header that is not here is part of; "" when nothing is known."""
    name = header.replace("\\", "/").lower()
    for beginning, what in ABSENT:
        if name.startswith(beginning) or name.rpartition("/")[2].startswith(beginning):
            return f"{header} belongs to {what}, which is not part of OpenWDF"
    return ""


def runtime(headers):
    """The first of these missing headers that is of the Windows Runtime, which no source can do without; or None."""
    return next((h for h in headers if h.replace("\\", "/").lower().startswith("winrt/")), None)


def undefined(line):
    """The function that a linker's line misses, or None."""
    match = UNDEFINED.search(line)
    return match.group(1) if match else None


def explain_functions(names):
    """Lines that say what missing functions belong to, each with the first few names of its kind."""
    kinds = {}
    for name in dict.fromkeys(names):
        kind = next((what for pattern, what in FUNCTIONS if re.match(pattern, name)), "")
        kinds.setdefault(kind, []).append(name)
    for kind, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        more = f" and {len(found) - NAMED_MOST} more" if len(found) > NAMED_MOST else ""
        yield f"OpenWDF does not have {', '.join(found[:NAMED_MOST])}{more}" + (f" ({kind})" if kind else "")
