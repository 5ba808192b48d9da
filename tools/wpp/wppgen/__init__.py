# SPDX-License-Identifier: MIT
"""The trace preprocessor's parts: source.py reads C, config.py what calls look like, formats.py messages, emit.py writes."""
