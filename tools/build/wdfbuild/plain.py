# SPDX-License-Identifier: MIT
"""A project that is nothing but a list of sources: what it is, the sources themselves say."""
import os
import re

from .paths import read_text
from .project import APPLICATION, KERNEL, LANGUAGES, USER, Project, Source, Wpp
from .report import Refusal


def flavour_of(texts):
    """(flavour, framework) from what the sources include."""
    def has(pattern):
        return any(re.search(pattern, text, re.I | re.M) for text in texts)
    wdf = has(r'^[ \t]*#[ \t]*include[ \t]*[<"]wdf\.h')
    windows = has(r'^[ \t]*#[ \t]*include[ \t]*[<"]windows\.h')
    kernel = has(r'^[ \t]*#[ \t]*include[ \t]*[<"](ntddk|wdm|ntifs)\.h')
    if wdf and windows and not kernel:
        return USER, "umdf"
    if wdf:
        return KERNEL, "kmdf"
    if kernel:
        return KERNEL, "wdm"
    return APPLICATION, ""


def load(arguments, options, folders):
    sources, infs = [], []
    for name in arguments:
        path = os.path.abspath(name)
        if not os.path.isfile(path):
            raise Refusal(f"{name}: does not exist")
        extension = os.path.splitext(name)[1].lower()
        if extension in LANGUAGES:
            sources.append(Source(path, name))
        elif extension in (".inf", ".inx"):
            infs.append((path, {}, name))
        else:
            raise Refusal(f"{name}: neither a project nor a C or C++ source nor an INF")
    if not sources:
        raise Refusal(f"{arguments[0]}: no source among the files")
    project = Project(sources[0].path)
    # An INF names the driver that it installs; its own name is that one's.
    first = infs[0][0] if len(infs) == 1 else sources[0].path
    project.name = project.target = options.name or os.path.splitext(os.path.basename(first))[0]
    project.sources, project.infs = sources, infs
    project.configuration = options.config or "Debug"
    project.platform = options.platform or "x64"
    project.debug = project.configuration.lower() == "debug"
    project.files = [s.path for s in sources]
    texts = [read_text(s.path)[0] for s in sources]
    headers = [folders.find(os.path.dirname(s.path), n) for s, t in zip(sources, texts)
               for n in re.findall(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', t, re.M)]
    texts += [read_text(h)[0] for h in headers if h and os.path.isfile(h)]
    project.flavour, project.framework = flavour_of(texts)
    project.kind = "driver" if project.flavour != APPLICATION else "application"
    if project.framework == "umdf":
        project.version = (2, None)
    if any(re.search(r'^[ \t]*#[ \t]*include[ \t]*"[^"]+\.tmh"', t, re.M) for t in texts):
        for source in sources:
            source.wpp = Wpp()
    return project
