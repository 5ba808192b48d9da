# SPDX-License-Identifier: MIT
"""`wdf build`: takes a Windows driver project as it is and builds it with Clang or GCC."""
