/* SPDX-License-Identifier: MIT */
/*
 * Included before an application's own sources (pkg-config openwdf-client says so): Microsoft's compiler
 * takes any signature for main, and knows wmain, WinMain and wWinMain. All are renamed, and the real main calls them. In C++
 * main stays what the standard says it is, unless OPENWDF_ANY_MAIN is defined: for sources whose main
 * returns nothing or takes unsigned arguments.
 */
#ifndef OPENWDF_APP_H
#define OPENWDF_APP_H

#if !defined(__cplusplus) || defined(OPENWDF_ANY_MAIN)
#define main owdf_app_main
#endif
#define wmain owdf_app_wmain
/* Of programs with windows; <windows.h> declares both as C's. */
#define WinMain  owdf_app_winmain
#define wWinMain owdf_app_wwinmain

#endif
