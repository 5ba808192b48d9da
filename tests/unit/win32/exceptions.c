/* SPDX-License-Identifier: MIT */
#include "exceptions.h"
