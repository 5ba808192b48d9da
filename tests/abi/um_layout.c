/* SPDX-License-Identifier: MIT */
#include "um_layout.h"
