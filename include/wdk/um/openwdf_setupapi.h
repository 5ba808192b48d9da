/* SPDX-License-Identifier: MIT */
/* What <setupapi.h> has in the kit and not in the header that the build lets through. */
#ifndef OPENWDF_SETUPAPI_H
#define OPENWDF_SETUPAPI_H

/* There are only wide variants. */
#ifdef UNICODE
#define SetupDiGetDeviceProperty          SetupDiGetDevicePropertyW
#define SetupDiSetDeviceProperty          SetupDiSetDevicePropertyW
#define SetupDiGetDevicePropertyKeys      SetupDiGetDevicePropertyKeysW
#define SetupDiGetDeviceInterfaceProperty SetupDiGetDeviceInterfacePropertyW
#define SetupDiSetDeviceInterfaceProperty SetupDiSetDeviceInterfacePropertyW
#define SetupDiGetClassProperty           SetupDiGetClassPropertyW
#endif

#endif
