/* SPDX-License-Identifier: MIT */
/*
 * The macros that drivers' trace headers build upon. Only .tmh files include it, behind the driver's own: what a
 * driver defines stays.
 */
#ifndef OPENWDF_TRACE_WPP_H
#define OPENWDF_TRACE_WPP_H

#include <openwdf/trace.h>
/* Windows' trace headers bring it, and sources count on it. */
#if (defined(_NTDEF_) || defined(_WINDEF_)) && __has_include(<wmistr.h>)
#include <wmistr.h>
#endif

#define WPP_LOGPAIR(size, pointer)  , (unsigned long long)(size), (unsigned long long)(pointer)
#define WPP_LOGTYPEVAL(type, value) WPP_LOGPAIR(sizeof(type), &(value))
#define WPP_LOGTYPEPTR(pointer)     WPP_LOGPAIR(sizeof(*(pointer)), (pointer))

/* The bits of WPP_CONTROL_GUIDS count from 1, those of the control GUID number N from N * 65536 + 1. */
#define WPP_CTRL_NO(bit) ((bit) >> 16)
#define WPP_FLAG_NO(bit) ((0xffff & ((bit)-1)) / 32)
#define WPP_MASK(bit)    (1u << (31 & ((bit)-1)))
#define WPP_CONTROL(bit) (WPP_CB[WPP_CTRL_NO(bit)].Control)
#define WPP_CB           WPP_GLOBAL_Control
#ifndef WPP_CHECK_INIT
#define WPP_CHECK_INIT
#endif
#define WPP_OWDF_FLAG_ON(bit)                                                                      \
    ((__atomic_load_n(&WPP_CONTROL(bit).Flags[WPP_FLAG_NO(bit)], __ATOMIC_RELAXED) &               \
      WPP_MASK(bit)) != 0)

#ifdef WPP_USE_TRACE_LEVELS
#ifndef WPP_LEVEL_ENABLED
#define WPP_LEVEL_ENABLED(level)                                                                   \
    (__atomic_load_n(&WPP_CB[0].Control.Level, __ATOMIC_RELAXED) >= (level))
#endif
#ifndef WPP_LEVEL_LOGGER
#define WPP_LEVEL_LOGGER(level) (WPP_CB[0].Control.Logger),
#endif
#endif
#ifndef WPP_LEVEL_ENABLED
#define WPP_LEVEL_ENABLED(flag) WPP_OWDF_FLAG_ON(WPP_BIT_##flag)
#endif
#ifndef WPP_LEVEL_LOGGER
#define WPP_LEVEL_LOGGER(flag) (WPP_CONTROL(WPP_BIT_##flag).Logger),
#endif
#ifndef WPP_FLAG_ENABLED
#define WPP_FLAG_ENABLED(flag) WPP_OWDF_FLAG_ON(WPP_BIT_##flag)
#endif
#ifndef WPP_FLAG_LOGGER
#define WPP_FLAG_LOGGER(flag) (WPP_CONTROL(WPP_BIT_##flag).Logger),
#endif
#ifndef WPP_FLAGS_ENABLED
#define WPP_FLAGS_ENABLED(flag) WPP_OWDF_FLAG_ON(WPP_BIT_##flag)
#endif
#ifndef WPP_FLAGS_LOGGER
#define WPP_FLAGS_LOGGER(flag) (WPP_CONTROL(WPP_BIT_##flag).Logger),
#endif
#ifndef WPP_LEVEL_FLAGS_ENABLED
#define WPP_LEVEL_FLAGS_ENABLED(level, flags)                                                      \
    (WPP_OWDF_FLAG_ON(WPP_BIT_##flags) && WPP_CONTROL(WPP_BIT_##flags).Level >= (level))
#endif
#ifndef WPP_LEVEL_FLAGS_LOGGER
#define WPP_LEVEL_FLAGS_LOGGER(level, flags) (WPP_CONTROL(WPP_BIT_##flags).Logger),
#endif
#ifndef WPP_FLAGS_LEVEL_ENABLED
#define WPP_FLAGS_LEVEL_ENABLED(flags, level) WPP_LEVEL_FLAGS_ENABLED(level, flags)
#endif
#ifndef WPP_FLAGS_LEVEL_LOGGER
#define WPP_FLAGS_LEVEL_LOGGER(flags, level) WPP_LEVEL_FLAGS_LOGGER(level, flags)
#endif
#ifndef WPP_FLAG_LEVEL_ENABLED
#define WPP_FLAG_LEVEL_ENABLED(flag, level) WPP_LEVEL_FLAGS_ENABLED(level, flag)
#endif
#ifndef WPP_FLAG_LEVEL_LOGGER
#define WPP_FLAG_LEVEL_LOGGER(flag, level) WPP_LEVEL_FLAGS_LOGGER(level, flag)
#endif

/* The recorder's: which log, level and flag; and whether it wants the message. */
#ifndef WPP_RECORDER_LEVEL_FLAGS_ARGS
#define WPP_RECORDER_LEVEL_FLAGS_ARGS(level, flags)                                                \
    WPP_CONTROL(WPP_BIT_##flags).AutoLogContext, level, WPP_BIT_##flags
#endif
#ifndef WPP_RECORDER_LEVEL_FLAGS_FILTER
#define WPP_RECORDER_LEVEL_FLAGS_FILTER(level, flags)                                              \
    ((level) < TRACE_LEVEL_VERBOSE || WPP_CONTROL(WPP_BIT_##flags).AutoLogVerboseEnabled)
#endif
#ifndef WPP_RECORDER_FLAGS_LEVEL_ARGS
#define WPP_RECORDER_FLAGS_LEVEL_ARGS(flags, level) WPP_RECORDER_LEVEL_FLAGS_ARGS(level, flags)
#endif
#ifndef WPP_RECORDER_FLAGS_LEVEL_FILTER
#define WPP_RECORDER_FLAGS_LEVEL_FILTER(flags, level) WPP_RECORDER_LEVEL_FLAGS_FILTER(level, flags)
#endif
#ifndef WPP_RECORDER_FLAG_LEVEL_ARGS
#define WPP_RECORDER_FLAG_LEVEL_ARGS(flag, level) WPP_RECORDER_LEVEL_FLAGS_ARGS(level, flag)
#endif
#ifndef WPP_RECORDER_FLAG_LEVEL_FILTER
#define WPP_RECORDER_FLAG_LEVEL_FILTER(flag, level) WPP_RECORDER_LEVEL_FLAGS_FILTER(level, flag)
#endif

#ifndef WPP_INIT_TRACING
#define WPP_INIT_TRACING(...)                                                                      \
    owdf_trace_register(&WPP_GLOBAL_Control, wpp_owdf_providers, WPP_LAST_CTL,                     \
                        __start_owdf_trace_sites, __stop_owdf_trace_sites)
#endif
#ifndef WPP_CLEANUP
#define WPP_CLEANUP(...) owdf_trace_unregister(&WPP_GLOBAL_Control, wpp_owdf_off, WPP_LAST_CTL)
#endif

/* Of older sources, which ask which Windows they run on: tracing begins and ends as since Windows XP, ... */
enum WPP_TRACE_API_SUITE {
    WppTraceDisabledSuite,
    WppTraceWin2K,
    WppTraceWinXP,
    WppTraceServer08,
};
#ifndef WPPTraceSuite
#define WPPTraceSuite WppTraceWinXP
#endif
#ifndef WppLoadTracingSupport
#define WppLoadTracingSupport() ((void)0)
#endif

#ifndef WPP_TRACE_CONTROL
#define WPP_TRACE_CONTROL(MinorFunction, Buffer, BufferSize, ReturnSize) ((void)(ReturnSize))
#endif

/* ... and needs no dispatch routine. */
#ifndef WPP_SYSTEMCONTROL
#define WPP_SYSTEMCONTROL(DeviceObject)
#define WPP_SYSTEMCONTROL2(DeviceObject, Offset)
#endif

/* WPP_CALL_<file>_<line>_<function>: the macro that the .tmh defines for a call. */
#define WPP_OWDF_CALL(file, line, function)  WPP_OWDF_CALL_(file, line, function)
#define WPP_OWDF_CALL_(file, line, function) WPP_CALL_##file##_##line##_##function
#define WPP_OWDF_APPLY(macro, arguments)     macro arguments
#define WPP_OWDF_UNPACK(...)                 __VA_ARGS__

/* Level and flag of a message whose only condition is called LEVEL: that is a flag, unless levels are used. */
#ifdef WPP_USE_TRACE_LEVELS
#define WPP_OWDF_LEVEL_OF_LEVEL(level) (int)(level), 0
#else
#define WPP_OWDF_LEVEL_OF_LEVEL(flag) 0, WPP_BIT_##flag
#endif

/* What a call's argument is recorded as. C-style casts: as much is accepted as Windows' own. */
#define WPP_OWDF_NUMBER(value)  ((unsigned long long)(long long)(value))
#define WPP_OWDF_DOUBLE(value)  owdf_trace_double((double)(value))
#define WPP_OWDF_TEXT(value)    ((unsigned long long)(const char *)(value))
#define WPP_OWDF_WIDE(value)    ((unsigned long long)(const __WCHAR_TYPE__ *)(value))
#define WPP_OWDF_POINTER(value) ((unsigned long long)(const void *)(value))

#endif
