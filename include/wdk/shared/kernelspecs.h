/* SPDX-License-Identifier: MIT */
#include <specstrings.h>
