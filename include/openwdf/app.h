/* SPDX-License-Identifier: MIT */
/*
 * Included before an application's own sources (pkg-config openwdf-client says so): Microsoft's compiler
 * takes any signature for main, and knows wmain. In C both are renamed, and the real main calls them. In
 * C++ main is what the standard says it is; wmain gets C linkage.
 */
#ifndef OPENWDF_APP_H
#define OPENWDF_APP_H

#ifndef __cplusplus
#define main  owdf_app_main
#define wmain owdf_app_wmain
#else
extern "C" int owdf_app_wmain(int argc, wchar_t **argv);
#define wmain owdf_app_wmain
#endif

#endif
