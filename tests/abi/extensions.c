/* SPDX-License-Identifier: MIT */
#include "extensions.h"
