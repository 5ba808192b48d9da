/* SPDX-License-Identifier: MIT */
/* The version that resource scripts and a few sources ask for. */
#ifndef VER_H_OPENWDF
#define VER_H_OPENWDF
#define VER_PRODUCTBUILD        26100
#define VER_PRODUCTBUILD_QFE    1
#define VER_PRODUCTMAJORVERSION 10
#define VER_PRODUCTMINORVERSION 0
#define VER_PRODUCTVERSION      10, 0, 26100, 1
#define VER_PRODUCTVERSION_STR  "10.0.26100.1"
#define VER_COMPANYNAME_STR     "OpenWDF"
#define VER_PRODUCTNAME_STR     "OpenWDF"
#endif
