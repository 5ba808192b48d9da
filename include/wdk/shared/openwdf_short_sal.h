/* SPDX-License-Identifier: MIT */
/*
 * The parts of the C++ library whose parameters are called __in and __out: included before these words become
 * macros (OPENWDF_SHORT_SAL), so that a later #include of them finds them done.
 */
#ifndef OPENWDF_SHORT_SAL_H
#define OPENWDF_SHORT_SAL_H

#ifdef __cplusplus
#include <algorithm>
#include <functional>
#include <iomanip>
#include <iostream>
#include <locale>
#include <map>
#include <memory>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>
#endif

#endif
