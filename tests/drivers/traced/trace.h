/* SPDX-License-Identifier: MIT */
/* The trace macros of a driver, as a Windows driver has them. */
#include <evntrace.h>

#define WPP_CHECK_FOR_NULL_STRING

#define WPP_CONTROL_GUIDS                                                                          \
    WPP_DEFINE_CONTROL_GUID(TracedDriver, (5c3f1e20, 8a4d, 4b61, 9e57, 0d2a6c81f3b4),              \
                            WPP_DEFINE_BIT(DBG_INIT) WPP_DEFINE_BIT(DBG_IOCTL)                     \
                                WPP_DEFINE_BIT(DBG_DATA))                                          \
    WPP_DEFINE_CONTROL_GUID(TracedExtra, (6c3f1e20, 8a4d, 4b61, 9e57, 0d2a6c81f3b4),               \
                            WPP_DEFINE_BIT(EXTRA))

#define WPP_LEVEL_FLAGS_LOGGER(lvl, flags) WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_ENABLED(lvl, flags)                                                        \
    (WPP_LEVEL_ENABLED(flags) && WPP_CONTROL(WPP_BIT_##flags).Level >= lvl)

#define WPP_LEVEL_FLAGS_RET_LOGGER(lvl, flags, ret)  WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_FLAGS_RET_ENABLED(lvl, flags, ret) WPP_LEVEL_FLAGS_ENABLED(lvl, flags)
#define WPP_LEVEL_FLAGS_RET_PRE(lvl, flags, ret)                                                   \
    do {                                                                                           \
        NTSTATUS traced_status = (ret);                                                            \
        if (!NT_SUCCESS(traced_status)) {
#define WPP_LEVEL_FLAGS_RET_POST(lvl, flags, ret)                                                  \
    ;                                                                                              \
    return traced_status;                                                                          \
    }                                                                                              \
    }                                                                                              \
    while (0)

#define WPP_LEVEL_LOG_FLAGS_LOGGER(lvl, log, flags)          WPP_LEVEL_LOGGER(flags)
#define WPP_LEVEL_LOG_FLAGS_ENABLED(lvl, log, flags)         WPP_LEVEL_FLAGS_ENABLED(lvl, flags)
#define WPP_RECORDER_LEVEL_LOG_FLAGS_ARGS(lvl, log, flags)   log, lvl, WPP_BIT_##flags
#define WPP_RECORDER_LEVEL_LOG_FLAGS_FILTER(lvl, log, flags) (lvl < TRACE_LEVEL_VERBOSE)

typedef struct xstr {
    char *_buf;
    short _len;
} xstr_t;

static __inline xstr_t
log_xstr(void *p, short l)
{
    xstr_t xs = {(char *)p, l};

    return xs;
}

#define WPP_LOGHEXDUMP(x) WPP_LOGPAIR(2, &((x)._len)) WPP_LOGPAIR((x)._len, (x)._buf)

/* Named as the driver's states are. */
typedef enum _TRACED_STATE {
    TracedIdle,
    TracedBusy = 5,
    TracedStuck
} TRACED_STATE;

// begin_wpp config
// FUNC TraceEvents(LEVEL, FLAGS, MSG, ...);
// FUNC TraceGroup((LEVEL, FLAGS, MSG, ...));
// FUNC FuncEntry{LEVEL=TRACE_LEVEL_VERBOSE}(FLAGS);
// USEPREFIX (FuncEntry, "%!STDPREFIX! --> %!FUNC!");
// FUNC ReturnIfFailed{LEVEL=TRACE_LEVEL_ERROR,FLAGS=DBG_INIT}(RET);
// USESUFFIX (ReturnIfFailed, "failed with %!STATUS!", traced_status);
// FUNC TraceLog{LEVEL=TRACE_LEVEL_INFORMATION}(LOG, FLAGS, MSG, ...);
// CUSTOM_TYPE(TracedState, ItemEnum(_TRACED_STATE));
// CUSTOM_TYPE(TracedColor, ItemListLong(Red, Green, Blue));
// CUSTOM_TYPE(TracedBits, ItemSetLong(Low, Middle, High));
// DEFINE_CPLX_TYPE(HEXDUMP, WPP_LOGHEXDUMP, xstr_t, ItemHEXDump, "s", _HEX_, 0, 2);
// end_wpp
