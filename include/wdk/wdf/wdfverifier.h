/* SPDX-License-Identifier: MIT */
/* Break points and bug checks through the framework. */
#ifndef OWDF_WDFVERIFIER_H
#define OWDF_WDFVERIFIER_H

#include "wdfverifier_calls.h"

#endif
