/* SPDX-License-Identifier: MIT */
#include "um_extensions.h"
