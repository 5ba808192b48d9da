/* SPDX-License-Identifier: MIT */
/* The debugging C run time: its checks are the sanitizers' work here. */
#ifndef _INC_CRTDBG
#define _INC_CRTDBG

#define _CRTDBG_ALLOC_MEM_DF  0x01
#define _CRTDBG_LEAK_CHECK_DF 0x20
#define _CRT_WARN             0
#define _CRT_ERROR            1
#define _CRT_ASSERT           2
#define _ASSERT(expression)   ((void)0)
#define _ASSERTE(expression)  ((void)0)
#define _RPT0(type, text)     ((void)0)
#define _CrtSetDbgFlag(flags) ((int)0)
#define _CrtDumpMemoryLeaks() ((int)0)
#define _CrtCheckMemory()     ((int)1)

#endif
