/* SPDX-License-Identifier: MIT */
#include "nt_layout.h"
