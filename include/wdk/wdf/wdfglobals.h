/* SPDX-License-Identifier: MIT */
/* What the framework and a driver module share: the driver's globals and its jump table. */
#ifndef OWDF_WDFGLOBALS_H
#define OWDF_WDFGLOBALS_H

WDF_EXTERN_C_START

#define WDF_DRIVER_GLOBALS_NAME_LEN (32)

/* One per driver module; goes along with every call into the framework. */
typedef struct _WDF_DRIVER_GLOBALS {
    WDFDRIVER Driver;  /* NULL until WdfDriverCreate. */
    ULONG DriverFlags; /* WDF_DRIVER_INIT_FLAGS */
    ULONG DriverTag;   /* For pool allocations. */
    CHAR DriverName[WDF_DRIVER_GLOBALS_NAME_LEN];
    BOOLEAN DisplaceDriverUnload; /* The stub must put itself before the driver's unload routine. */
} WDF_DRIVER_GLOBALS, *PWDF_DRIVER_GLOBALS;

/* The type of an entry; each call casts it to the function's own. */
typedef VOID (*WDFFUNC)(VOID);

/* The stub's; set before DriverEntry runs. */
extern const WDFFUNC *WdfFunctions;
extern PWDF_DRIVER_GLOBALS WdfDriverGlobals;
extern WDFFUNC WdfDriverMiniportUnloadOverride;

/*
 * Whose globals go along with a call. A driver has its own. An export driver (WDF_EXPORT_DRIVER)
 * works for each driver that links it: its calls go along with the globals of the driver that owns
 * the handle; without a handle, with those of the driver whose code has called into it; without one,
 * as in a callback or in DllInitialize, with its own.
 */
#ifdef WDF_EXPORT_DRIVER
NTSYSAPI PWDF_DRIVER_GLOBALS NTAPI OwdfGlobalsOf(PVOID Handle);
#define OWDF_GLOBALS(Handle)    OwdfGlobalsOf((PVOID)(Handle))
#define OWDF_PARENT(Attributes) ((Attributes) == NULL ? NULL : (Attributes)->ParentObject)
#define WdfDriverGlobals        OwdfGlobalsOf(NULL)
#else
#define OWDF_GLOBALS(Handle) WdfDriverGlobals
#endif

/*
 * What a module was built for, read by the stub when it binds. Every translation unit that includes
 * wdf.h defines it, and the linker keeps one.
 */
typedef struct _OWDF_BUILT_FOR {
    ULONG Major;
    ULONG Minor;
    ULONG TableLength;  /* Entries of the function table that its headers know. */
    ULONG MinimumMinor; /* The oldest framework that it can run on. */
    ULONG IsUmdf;
} OWDF_BUILT_FOR;

extern __attribute__((weak)) const OWDF_BUILT_FOR OwdfBuiltFor;

WDF_EXTERN_C_END

#endif
