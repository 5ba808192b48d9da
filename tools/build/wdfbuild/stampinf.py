# SPDX-License-Identifier: MIT
"""
From an INX file to an INF file, as Stampinf does it: the variables $ARCH$, $KMDFVERSION$ and kin, and the
directives DriverVer and CatalogFile of the section [Version]. The file keeps its encoding and line ends.
"""
import datetime
import os
import re

from .paths import encode_text, read_text, write_if_changed
from .report import Refusal


def coinstaller(version):
    """1.9 -> 01009."""
    parts = (version.split(".") + ["0", "0"])[:2]
    return f"{int(parts[0]):02d}{int(parts[1]):03d}"


def today():
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc) if epoch else datetime.datetime.now()


def driver_date(date):
    """The date that DriverVer gets: "*" or nothing is today."""
    date = date or os.environ.get("STAMPINF_DATE", "")
    if date in ("", "*"):
        return today().strftime("%m/%d/%Y")
    if not re.match(r"^\d{1,2}/\d{1,2}/\d{4}$", date):
        raise Refusal(f"DriverVer's date is {date!r}; it is written month/day/year")
    return date


def driver_version(text):
    text = text or os.environ.get("STAMPINF_VERSION", "")
    if text in ("", "*"):
        now = today()
        return f"{now.hour}.{now.minute}.{now.second}.{now.microsecond // 1000}"
    if not re.match(r"^\d{1,5}(\.\d{1,5}){0,3}$", text):
        raise Refusal(f"DriverVer's version is {text!r}; it is written w.x.y.z")
    return text


def set_directive(text, section, name, value):
    """The text with `name = value` in the section, in place of the old one if there is one."""
    line_end = "\r\n" if "\r\n" in text else "\n"
    header = re.search(rf"^[ \t]*\[[ \t]*{re.escape(section)}[ \t]*\][^\n]*(?:\n|\Z)", text, re.M | re.I)
    if not header:
        raise Refusal(f"there is no section [{section}]")
    following = re.search(r"^[ \t]*\[", text[header.end():], re.M)
    end = header.end() + following.start() if following else len(text)
    body = text[header.end():end]
    old = re.search(rf"^([ \t]*{re.escape(name)}[ \t]*=[ \t]*)([^;\r\n]*?)([ \t]*(?:;[^\r\n]*)?)(?=\r?\n|\Z)", body, re.M | re.I)
    if old:
        body = body[:old.start(2)] + value + body[old.end(2):]
        return text[:header.end()] + body + text[end:]
    start = text[:header.end()]
    if not start.endswith("\n"):
        start += line_end
    return f"{start}{name} = {value}{line_end}{body}{text[end:]}"


def stamp(text, arch="amd64", kmdf="", umdf="", date="", version="", catalog="", section="Version"):
    """The INF of an INX text. date None: DriverVer stays as it is."""
    variables = {"ARCH": arch}
    if kmdf:
        variables.update({"KMDFVERSION": kmdf, "KMDFCOINSTALLERVERSION": coinstaller(kmdf)})
    if umdf:
        variables.update({"UMDFVERSION": umdf + ".0" * (2 - umdf.count(".")), "UMDFCOINSTALLERVERSION": coinstaller(umdf)})

    def replace(match):
        return variables.get(match.group(1).upper(), match.group(0))
    text = re.sub(r"\$(\w+)\$", replace, text)
    if date is not None:
        text = set_directive(text, section, "DriverVer", f"{driver_date(date)},{driver_version(version)}")
    if catalog:
        text = set_directive(text, "Version", "CatalogFile", catalog)
    return text


def stamp_file(source, target, **values):
    try:
        text, encoding = read_text(source)
    except OSError as error:
        raise Refusal(f"{source}: {error.strerror}") from None
    try:
        write_if_changed(target, encode_text(stamp(text, **values), encoding))
    except Refusal as refusal:
        raise Refusal(f"{source}: {refusal}") from None
    os.utime(target)
