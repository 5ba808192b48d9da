/* SPDX-License-Identifier: MIT */
#include "wdf_layout.h"
