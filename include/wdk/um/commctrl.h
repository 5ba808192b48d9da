/* SPDX-License-Identifier: MIT */
/* Common controls: the types that setupapi.h names. There are no windows here, and no controls. */
#ifndef _INC_COMMCTRL
#define _INC_COMMCTRL

#include <windef.h>

struct _IMAGELIST;
typedef struct _IMAGELIST *HIMAGELIST;
struct _PSP;
typedef struct _PSP *HPROPSHEETPAGE;
typedef struct _PROPSHEETHEADERA *LPPROPSHEETHEADERA;
typedef struct _PROPSHEETHEADERW *LPPROPSHEETHEADERW;
typedef BOOL(CALLBACK *LPFNADDPROPSHEETPAGE)(HPROPSHEETPAGE, LPARAM);

#endif
