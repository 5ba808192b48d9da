/* SPDX-License-Identifier: MIT */
#include "sharing.h"

unsigned
LibraryIncrement(unsigned Value)
{
    return Value + 1;
}
