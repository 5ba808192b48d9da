/* SPDX-License-Identifier: MIT */
/*
 * The inflight trace recorder: logs for a driver's own messages, beside the default one. Their messages
 * are kept without a session, and `wdf trace show --recorder` shows them, also when the host has died. All logs
 * share the threads' rings: sizes that a driver asks for are taken as hints.
 */
#ifndef _WPPRECORDER_H_
#define _WPPRECORDER_H_

#include <openwdf/trace_recorder.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct owdf_recorder_log *RECORDER_LOG, **PRECORDER_LOG;
typedef PVOID WPP_RECORDER_COUNTER;

#define RECORDER_LOG_IDENTIFIER_MAX_CHARS 16
#define WPP_TOTAL_BUFFER_SIZE_DEFAULT     1024
#define WPP_ERROR_PARTITION_SIZE_DEFAULT  256
#ifndef WPP_TOTAL_BUFFER_SIZE
#define WPP_TOTAL_BUFFER_SIZE WPP_TOTAL_BUFFER_SIZE_DEFAULT
#endif
#ifndef WPP_ERROR_PARTITION_SIZE
#define WPP_ERROR_PARTITION_SIZE WPP_ERROR_PARTITION_SIZE_DEFAULT
#endif

typedef enum _WPP_RECORDER_TRI_STATE {
    WppRecorderFalse = 0,
    WppRecorderTrue = 1,
    WppRecorderUseDefault = 2
} WPP_RECORDER_TRI_STATE;

typedef struct _RECORDER_CONFIGURE_PARAMS {
    ULONG Size;
    BOOLEAN CreateDefaultLog;
    WPP_RECORDER_TRI_STATE UseTimeStamp;
    WPP_RECORDER_TRI_STATE PreciseTimeStamp;
} RECORDER_CONFIGURE_PARAMS, *PRECORDER_CONFIGURE_PARAMS;

typedef struct _RECORDER_LOG_CREATE_PARAMS {
    ULONG Size;
    ULONG LogTag;
    ULONG TotalBufferSize;
    ULONG ErrorPartitionSize;
    LONG_PTR LogIdentifierAppendValue;
    BOOLEAN LogIdentifierAppendValueSet;
    ULONG LogIdentifierSize;
    CHAR LogIdentifier[RECORDER_LOG_IDENTIFIER_MAX_CHARS];
    WPP_RECORDER_TRI_STATE UseTimeStamp;
    WPP_RECORDER_TRI_STATE PreciseTimeStamp;
} RECORDER_LOG_CREATE_PARAMS, *PRECORDER_LOG_CREATE_PARAMS;

/* All defaults: the default log takes messages. */
static __inline__ __attribute__((unused)) VOID
RECORDER_CONFIGURE_PARAMS_INIT(PRECORDER_CONFIGURE_PARAMS Params)
{
    __builtin_memset(Params, 0, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->CreateDefaultLog = 1;
    Params->UseTimeStamp = WppRecorderUseDefault;
    Params->PreciseTimeStamp = WppRecorderUseDefault;
}

static __inline__ __attribute__((unused)) VOID
RECORDER_LOG_CREATE_PARAMS_INIT(PRECORDER_LOG_CREATE_PARAMS Params, PCSTR LogIdentifier)
{
    ULONG i;

    __builtin_memset(Params, 0, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->TotalBufferSize = WPP_TOTAL_BUFFER_SIZE;
    Params->ErrorPartitionSize = WPP_ERROR_PARTITION_SIZE;
    Params->LogIdentifierSize = sizeof(Params->LogIdentifier);
    Params->UseTimeStamp = WppRecorderUseDefault;
    Params->PreciseTimeStamp = WppRecorderUseDefault;
    for (i = 0; LogIdentifier && LogIdentifier[i] && i + 1 < sizeof(Params->LogIdentifier); i++) {
        Params->LogIdentifier[i] = LogIdentifier[i];
    }
}

static __inline__ __attribute__((unused)) VOID
RECORDER_LOG_CREATE_PARAMS_INIT_APPEND_POINTER(PRECORDER_LOG_CREATE_PARAMS Params,
                                               PCSTR LogIdentifier,
                                               PVOID LogIdentifierAppendPointer)
{
    RECORDER_LOG_CREATE_PARAMS_INIT(Params, LogIdentifier);
    Params->LogIdentifierAppendValue = (LONG_PTR)LogIdentifierAppendPointer;
    Params->LogIdentifierAppendValueSet = 1;
}

/* The name with the number or pointer behind it. */
static __inline__ __attribute__((unused)) VOID
owdf_recorder_identifier(const RECORDER_LOG_CREATE_PARAMS *params, char *text)
{
    unsigned long long value = (unsigned long long)params->LogIdentifierAppendValue;
    int shift = 60, at = 0;

    for (; at < RECORDER_LOG_IDENTIFIER_MAX_CHARS && params->LogIdentifier[at]; at++) {
        text[at] = params->LogIdentifier[at];
    }
    if (params->LogIdentifierAppendValueSet) {
        for (; shift > 0 && (value >> shift) == 0; shift -= 4) {
        }
        for (; shift >= 0; shift -= 4) {
            text[at++] = "0123456789abcdef"[value >> shift & 15];
        }
    }
    text[at] = 0;
}

/* PASSIVE_LEVEL … DISPATCH_LEVEL, after WPP_INIT_TRACING. On failure log to the default log. */
static __inline__ __attribute__((unused)) NTSTATUS
WppRecorderLogCreate(PRECORDER_LOG_CREATE_PARAMS CreateParams, RECORDER_LOG *RecorderLog)
{
    char identifier[RECORDER_LOG_IDENTIFIER_MAX_CHARS + 17];

    if (CreateParams->Size != sizeof(*CreateParams)) {
        return (NTSTATUS)0xC0000004; /* STATUS_INFO_LENGTH_MISMATCH */
    }
    owdf_recorder_identifier(CreateParams, identifier);
    return (NTSTATUS)owdf_recorder_log_create(identifier, RecorderLog);
}

static __inline__ __attribute__((unused)) VOID
WppRecorderLogDelete(RECORDER_LOG RecorderLog)
{
    owdf_recorder_log_delete(RecorderLog);
}

static __inline__ __attribute__((unused)) VOID
WppRecorderLogSetIdentifier(RECORDER_LOG RecorderLog, PCSTR LogIdentifier)
{
    owdf_recorder_log_rename(RecorderLog, LogIdentifier);
}

/* These three speak of the module that calls: its switches are known behind its .tmh. */
#define WppRecorderConfigure(ConfigureParams)                                                      \
    owdf_recorder_configure(WPP_GLOBAL_Control, WPP_LAST_CTL, (ConfigureParams)->CreateDefaultLog)
#define WppRecorderLogGetDefault()         ((RECORDER_LOG)WPP_GLOBAL_Control[0].Control.AutoLogContext)
#define WppRecorderIsDefaultLogAvailable() ((BOOLEAN)(WppRecorderLogGetDefault() != NULL))

#ifdef __cplusplus
}
#endif

#endif
