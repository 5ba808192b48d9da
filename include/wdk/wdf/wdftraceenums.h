/* SPDX-License-Identifier: MIT */
/* WPP scans it for the types of WDF enumerations, which wdf-wpp finds without: %!WDF_POWER_DEVICE_STATE!. */
