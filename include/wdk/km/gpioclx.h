/* SPDX-License-Identifier: MIT */
/*
 * GPIO controllers (GpioClx). Declared so that their drivers compile; OpenWDF does not have the class extension, and
 * the loader names these functions when a driver needs one. Versions are named without values in the documentation;
 * these are those of a published copy (Windows 8.1, whose table of functions this header has).
 */
#ifndef _GPIOCLX_H_
#define _GPIOCLX_H_

#include <wdm.h>
#include <wdf.h>
#include <gpio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef USHORT PIN_NUMBER, *PPIN_NUMBER;
typedef USHORT BANK_ID, *PBANK_ID;

#define GPIO_CLIENT_VERSION                        3
#define GPIO_CONTROLLER_BASIC_INFORMATION_VERSION  1
#define GPIO_BANK_POWER_INFORMATION_OUTPUT_VERSION 1
#define GPIO_BANK_INTERRUPT_BINDING_RESERVED_INDEX 0xffff

#define GPIO_PIN_PULL_CONFIGURATION_DEFAULT     0x0
#define GPIO_PIN_PULL_CONFIGURATION_PULLUP      0x1
#define GPIO_PIN_PULL_CONFIGURATION_PULLDOWN    0x2
#define GPIO_PIN_PULL_CONFIGURATION_NONE        0x3
#define GPIO_PIN_PULL_CONFIGURATION_PULLDEFAULT GPIO_PIN_PULL_CONFIGURATION_DEFAULT
#define GPIO_PIN_PULL_CONFIGURATION_PULLNONE    GPIO_PIN_PULL_CONFIGURATION_NONE

/* What a controller can do. */
typedef union _CONTROLLER_ATTRIBUTE_FLAGS {
    struct {
        ULONG MemoryMappedController : 1;
        ULONG ActiveInterruptsAutoClearOnRead : 1;
        ULONG FormatIoRequestsAsMasks : 1;
        ULONG DeviceIdlePowerMgmtSupported : 1;
        ULONG BankIdlePowerMgmtSupported : 1;
        ULONG EmulateDebouncing : 1;
        ULONG EmulateActiveBoth : 1;
        ULONG IndependentIoHwSupported : 1;
        ULONG Reserved : 24;
    };
    ULONG AsULONG;
} CONTROLLER_ATTRIBUTE_FLAGS, *PCONTROLLER_ATTRIBUTE_FLAGS;

typedef struct _CLIENT_CONTROLLER_BASIC_INFORMATION {
    USHORT Version;
    USHORT Size;
    USHORT TotalPins;
    UCHAR NumberOfPinsPerBank;
    ULONG DeviceIdleTimeout;
    CONTROLLER_ATTRIBUTE_FLAGS Flags;
} CLIENT_CONTROLLER_BASIC_INFORMATION, *PCLIENT_CONTROLLER_BASIC_INFORMATION;

typedef enum _CLIENT_CONTROLLER_QUERY_SET_REQUEST_TYPE {
    QueryBankPowerInformation,
    QueryBankInterruptBindingInformation,
    QueryControllerFunctionBankMappingInformation,
    QuerySetRequestMaximumType
} CLIENT_CONTROLLER_QUERY_SET_REQUEST_TYPE, *PCLIENT_CONTROLLER_QUERY_SET_REQUEST_TYPE;

typedef struct _CLIENT_CONTROLLER_QUERY_SET_INFORMATION_INPUT {
    CLIENT_CONTROLLER_QUERY_SET_REQUEST_TYPE RequestType;
    USHORT Size;
    ULONG Flags;
    union {
        struct {
            BANK_ID BankId;
        } BankPowerInformation;
        struct {
            WDFCMRESLIST ResourcesTranslated;
            WDFCMRESLIST ResourcesRaw;
            USHORT TotalBanks;
        } BankInterruptBinding;
        struct {
            PVOID InputBuffer;
            SIZE_T InputBufferSize;
            SIZE_T OutputBufferSize;
            USHORT TotalBanks;
        } ControllerFunctionBankMapping;
    };
} CLIENT_CONTROLLER_QUERY_SET_INFORMATION_INPUT, *PCLIENT_CONTROLLER_QUERY_SET_INFORMATION_INPUT;

typedef struct _CLIENT_QUERY_BANK_POWER_INFORMATION_OUTPUT {
    struct {
        ULONG F1StateSupported : 1;
        ULONG Reserved : 31;
    };
    PO_FX_COMPONENT_IDLE_STATE F1IdleStateParameters;
} CLIENT_QUERY_BANK_POWER_INFORMATION_OUTPUT, *PCLIENT_QUERY_BANK_POWER_INFORMATION_OUTPUT;

typedef struct _CLIENT_CONTROLLER_QUERY_SET_INFORMATION_OUTPUT {
    USHORT Version;
    USHORT Size;
    union {
        CLIENT_QUERY_BANK_POWER_INFORMATION_OUTPUT BankPowerInformation;
        struct {
            ULONG ResourceMapping[ANYSIZE_ARRAY];
        } BankInterruptBinding;
        struct {
            BOOLEAN Mapping[ANYSIZE_ARRAY];
        } ControllerFunctionBankMapping;
    };
} CLIENT_CONTROLLER_QUERY_SET_INFORMATION_OUTPUT, *PCLIENT_CONTROLLER_QUERY_SET_INFORMATION_OUTPUT;

/* What the callbacks are given. */
#define OWDF_GPIO_FLAGS(name, first)                                                               \
    typedef union _##name {                                                                        \
        struct {                                                                                   \
            ULONG first : 1;                                                                       \
            ULONG Reserved : 31;                                                                   \
        };                                                                                         \
        ULONG AsULONG;                                                                             \
    } name, *P##name;
OWDF_GPIO_FLAGS(GPIO_DISABLE_INTERRUPT_FLAGS, RetryDisableOnFailure)
OWDF_GPIO_FLAGS(GPIO_DISCONNECT_IO_PINS_FLAGS, PreserveConfiguration)
OWDF_GPIO_FLAGS(GPIO_READ_PINS_FLAGS, WriteConfiguredPins)
OWDF_GPIO_FLAGS(GPIO_SAVE_RESTORE_FLAGS, CriticalTransition)
#undef OWDF_GPIO_FLAGS

typedef union _GPIO_CONNECT_IO_PINS_FLAGS {
    struct {
        ULONG Reserved;
    };
    ULONG AsULONG;
} GPIO_CONNECT_IO_PINS_FLAGS, *PGPIO_CONNECT_IO_PINS_FLAGS;

typedef struct _GPIO_ENABLE_INTERRUPT_PARAMETERS {
    BANK_ID BankId;
    PIN_NUMBER PinNumber;
    ULONG Flags;
    KINTERRUPT_MODE InterruptMode;
    KINTERRUPT_POLARITY Polarity;
    UCHAR PullConfiguration;
    USHORT DebounceTimeout;
    PVOID VendorData;
    ULONG VendorDataLength;
} GPIO_ENABLE_INTERRUPT_PARAMETERS, *PGPIO_ENABLE_INTERRUPT_PARAMETERS;

typedef struct _GPIO_DISABLE_INTERRUPT_PARAMETERS {
    BANK_ID BankId;
    PIN_NUMBER PinNumber;
    GPIO_DISABLE_INTERRUPT_FLAGS Flags;
} GPIO_DISABLE_INTERRUPT_PARAMETERS, *PGPIO_DISABLE_INTERRUPT_PARAMETERS;

typedef struct _GPIO_MASK_INTERRUPT_PARAMETERS {
    BANK_ID BankId;
    ULONG64 PinMask;
    ULONG64 FailedMask;
} GPIO_MASK_INTERRUPT_PARAMETERS, *PGPIO_MASK_INTERRUPT_PARAMETERS;

typedef struct _GPIO_QUERY_ACTIVE_INTERRUPTS_PARAMETERS {
    BANK_ID BankId;
    ULONG64 EnabledMask;
    ULONG64 ActiveMask;
} GPIO_QUERY_ACTIVE_INTERRUPTS_PARAMETERS, *PGPIO_QUERY_ACTIVE_INTERRUPTS_PARAMETERS;

typedef struct _GPIO_QUERY_ENABLED_INTERRUPTS_PARAMETERS {
    BANK_ID BankId;
    ULONG64 EnabledMask;
} GPIO_QUERY_ENABLED_INTERRUPTS_PARAMETERS, *PGPIO_QUERY_ENABLED_INTERRUPTS_PARAMETERS;

typedef struct _GPIO_CLEAR_ACTIVE_INTERRUPTS_PARAMETERS {
    BANK_ID BankId;
    ULONG64 ClearActiveMask;
    ULONG64 FailedClearMask;
} GPIO_CLEAR_ACTIVE_INTERRUPTS_PARAMETERS, *PGPIO_CLEAR_ACTIVE_INTERRUPTS_PARAMETERS;

typedef struct _GPIO_RECONFIGURE_INTERRUPTS_PARAMETERS {
    BANK_ID BankId;
    PIN_NUMBER PinNumber;
    KINTERRUPT_MODE InterruptMode;
    KINTERRUPT_POLARITY Polarity;
    ULONG Flags;
} GPIO_RECONFIGURE_INTERRUPTS_PARAMETERS, *PGPIO_RECONFIGURE_INTERRUPTS_PARAMETERS;

typedef enum _GPIO_CONNECT_IO_PINS_MODE {
    ConnectModeInvalid,
    ConnectModeInput,
    ConnectModeOutput,
    ConnectModeMaximum
} GPIO_CONNECT_IO_PINS_MODE, *PGPIO_CONNECT_IO_PINS_MODE;

typedef struct _GPIO_CONNECT_IO_PINS_PARAMETERS {
    BANK_ID BankId;
    PPIN_NUMBER PinNumberTable;
    USHORT PinCount;
    GPIO_CONNECT_IO_PINS_MODE ConnectMode;
    UCHAR PullConfiguration;
    USHORT DebounceTimeout;
    USHORT DriveStrength;
    PVOID VendorData;
    ULONG VendorDataLength;
    GPIO_CONNECT_IO_PINS_FLAGS ConnectFlags;
} GPIO_CONNECT_IO_PINS_PARAMETERS, *PGPIO_CONNECT_IO_PINS_PARAMETERS;

typedef struct _GPIO_DISCONNECT_IO_PINS_PARAMETERS {
    BANK_ID BankId;
    PPIN_NUMBER PinNumberTable;
    ULONG PinCount;
    GPIO_CONNECT_IO_PINS_MODE DisconnectMode;
    GPIO_DISCONNECT_IO_PINS_FLAGS DisconnectFlags;
} GPIO_DISCONNECT_IO_PINS_PARAMETERS, *PGPIO_DISCONNECT_IO_PINS_PARAMETERS;

typedef struct _GPIO_READ_PINS_PARAMETERS {
    BANK_ID BankId;
    PPIN_NUMBER PinNumberTable;
    ULONG PinCount;
    PVOID Buffer;
    GPIO_READ_PINS_FLAGS Flags;
    ULONG64 Reserved;
} GPIO_READ_PINS_PARAMETERS, *PGPIO_READ_PINS_PARAMETERS;

typedef struct _GPIO_READ_PINS_MASK_PARAMETERS {
    BANK_ID BankId;
    PULONG64 PinValues;
    GPIO_READ_PINS_FLAGS Flags;
    ULONG64 Reserved;
} GPIO_READ_PINS_MASK_PARAMETERS, *PGPIO_READ_PINS_MASK_PARAMETERS;

typedef struct _GPIO_WRITE_PINS_PARAMETERS {
    BANK_ID BankId;
    PPIN_NUMBER PinNumberTable;
    ULONG PinCount;
    PVOID Buffer;
    ULONG Flags;
    ULONG64 Reserved;
} GPIO_WRITE_PINS_PARAMETERS, *PGPIO_WRITE_PINS_PARAMETERS;

typedef struct _GPIO_WRITE_PINS_MASK_PARAMETERS {
    BANK_ID BankId;
    ULONG64 SetMask;
    ULONG64 ClearMask;
    ULONG Flags;
    ULONG64 Reserved;
} GPIO_WRITE_PINS_MASK_PARAMETERS, *PGPIO_WRITE_PINS_MASK_PARAMETERS;

typedef struct _GPIO_SAVE_RESTORE_BANK_HARDWARE_CONTEXT_PARAMETERS {
    BANK_ID BankId;
    ULONG State; /* The component's: F0 is 0. */
    GPIO_SAVE_RESTORE_FLAGS Flags;
} GPIO_SAVE_RESTORE_BANK_HARDWARE_CONTEXT_PARAMETERS,
    *PGPIO_SAVE_RESTORE_BANK_HARDWARE_CONTEXT_PARAMETERS;

typedef struct _GPIO_CLIENT_CONTROLLER_SPECIFIC_FUNCTION_PARAMETERS {
    PVOID InputBuffer;
    SIZE_T InputBufferLength;
    PVOID OutputBuffer;
    SIZE_T OutputBufferLength;
    SIZE_T BytesWritten;
} GPIO_CLIENT_CONTROLLER_SPECIFIC_FUNCTION_PARAMETERS,
    *PGPIO_CLIENT_CONTROLLER_SPECIFIC_FUNCTION_PARAMETERS;

/* The callbacks: all with the driver's device context, most with the parameters of one operation. */
#define OWDF_GPIO_CALLBACK(name, result, ...)                                                      \
    typedef result name(__VA_ARGS__);                                                              \
    typedef name *P##name;
OWDF_GPIO_CALLBACK(GPIO_CLIENT_PREPARE_CONTROLLER, NTSTATUS, WDFDEVICE Device, PVOID Context,
                   WDFCMRESLIST ResourcesRaw, WDFCMRESLIST ResourcesTranslated)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_RELEASE_CONTROLLER, NTSTATUS, WDFDEVICE Device, PVOID Context)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_START_CONTROLLER, NTSTATUS, PVOID Context, BOOLEAN RestoreContext,
                   WDF_POWER_DEVICE_STATE PreviousPowerState)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_STOP_CONTROLLER, NTSTATUS, PVOID Context, BOOLEAN SaveContext,
                   WDF_POWER_DEVICE_STATE TargetState)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_QUERY_CONTROLLER_BASIC_INFORMATION, NTSTATUS, PVOID Context,
                   PCLIENT_CONTROLLER_BASIC_INFORMATION Information)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_QUERY_SET_CONTROLLER_INFORMATION, NTSTATUS, PVOID Context,
                   PCLIENT_CONTROLLER_QUERY_SET_INFORMATION_INPUT InputBuffer,
                   PCLIENT_CONTROLLER_QUERY_SET_INFORMATION_OUTPUT OutputBuffer)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_ENABLE_INTERRUPT, NTSTATUS, PVOID Context,
                   PGPIO_ENABLE_INTERRUPT_PARAMETERS EnableParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_DISABLE_INTERRUPT, NTSTATUS, PVOID Context,
                   PGPIO_DISABLE_INTERRUPT_PARAMETERS DisableParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_UNMASK_INTERRUPT, NTSTATUS, PVOID Context,
                   PGPIO_ENABLE_INTERRUPT_PARAMETERS InterruptParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_MASK_INTERRUPTS, NTSTATUS, PVOID Context,
                   PGPIO_MASK_INTERRUPT_PARAMETERS MaskParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_QUERY_ACTIVE_INTERRUPTS, NTSTATUS, PVOID Context,
                   PGPIO_QUERY_ACTIVE_INTERRUPTS_PARAMETERS QueryActiveParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_QUERY_ENABLED_INTERRUPTS, NTSTATUS, PVOID Context,
                   PGPIO_QUERY_ENABLED_INTERRUPTS_PARAMETERS QueryEnabledParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_CLEAR_ACTIVE_INTERRUPTS, NTSTATUS, PVOID Context,
                   PGPIO_CLEAR_ACTIVE_INTERRUPTS_PARAMETERS ClearParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_RECONFIGURE_INTERRUPT, NTSTATUS, PVOID Context,
                   PGPIO_RECONFIGURE_INTERRUPTS_PARAMETERS ReconfigureParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_PRE_PROCESS_CONTROLLER_INTERRUPT, NTSTATUS, PVOID Context,
                   BANK_ID BankId, ULONG64 EnabledMask)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_CONNECT_IO_PINS, NTSTATUS, PVOID Context,
                   PGPIO_CONNECT_IO_PINS_PARAMETERS ConnectParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_DISCONNECT_IO_PINS, NTSTATUS, PVOID Context,
                   PGPIO_DISCONNECT_IO_PINS_PARAMETERS DisconnectParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_READ_PINS, NTSTATUS, PVOID Context,
                   PGPIO_READ_PINS_PARAMETERS ReadParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_READ_PINS_MASK, NTSTATUS, PVOID Context,
                   PGPIO_READ_PINS_MASK_PARAMETERS ReadParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_WRITE_PINS, NTSTATUS, PVOID Context,
                   PGPIO_WRITE_PINS_PARAMETERS WriteParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_WRITE_PINS_MASK, NTSTATUS, PVOID Context,
                   PGPIO_WRITE_PINS_MASK_PARAMETERS WriteParameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_SAVE_BANK_HARDWARE_CONTEXT, VOID, PVOID Context,
                   PGPIO_SAVE_RESTORE_BANK_HARDWARE_CONTEXT_PARAMETERS Parameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_RESTORE_BANK_HARDWARE_CONTEXT, VOID, PVOID Context,
                   PGPIO_SAVE_RESTORE_BANK_HARDWARE_CONTEXT_PARAMETERS Parameters)
OWDF_GPIO_CALLBACK(GPIO_CLIENT_CONTROLLER_SPECIFIC_FUNCTION, NTSTATUS, PVOID Context,
                   PGPIO_CLIENT_CONTROLLER_SPECIFIC_FUNCTION_PARAMETERS Parameters)
#undef OWDF_GPIO_CALLBACK

typedef struct _GPIO_CLIENT_REGISTRATION_PACKET {
    USHORT Version;
    USHORT Size;
    ULONG Flags;
    ULONG ControllerContextSize;
    ULONG64 Reserved;
    PGPIO_CLIENT_PREPARE_CONTROLLER CLIENT_PrepareController;
    PGPIO_CLIENT_RELEASE_CONTROLLER CLIENT_ReleaseController;
    PGPIO_CLIENT_START_CONTROLLER CLIENT_StartController;
    PGPIO_CLIENT_STOP_CONTROLLER CLIENT_StopController;
    PGPIO_CLIENT_QUERY_CONTROLLER_BASIC_INFORMATION CLIENT_QueryControllerBasicInformation;
    PGPIO_CLIENT_QUERY_SET_CONTROLLER_INFORMATION CLIENT_QuerySetControllerInformation;
    PGPIO_CLIENT_ENABLE_INTERRUPT CLIENT_EnableInterrupt;
    PGPIO_CLIENT_DISABLE_INTERRUPT CLIENT_DisableInterrupt;
    PGPIO_CLIENT_UNMASK_INTERRUPT CLIENT_UnmaskInterrupt;
    PGPIO_CLIENT_MASK_INTERRUPTS CLIENT_MaskInterrupts;
    PGPIO_CLIENT_QUERY_ACTIVE_INTERRUPTS CLIENT_QueryActiveInterrupts;
    PGPIO_CLIENT_CLEAR_ACTIVE_INTERRUPTS CLIENT_ClearActiveInterrupts;
    PGPIO_CLIENT_CONNECT_IO_PINS CLIENT_ConnectIoPins;
    PGPIO_CLIENT_DISCONNECT_IO_PINS CLIENT_DisconnectIoPins;
    union {
        PGPIO_CLIENT_READ_PINS CLIENT_ReadGpioPins;
        PGPIO_CLIENT_READ_PINS_MASK CLIENT_ReadGpioPinsUsingMask;
    };
    union {
        PGPIO_CLIENT_WRITE_PINS CLIENT_WriteGpioPins;
        PGPIO_CLIENT_WRITE_PINS_MASK CLIENT_WriteGpioPinsUsingMask;
    };
    PGPIO_CLIENT_SAVE_BANK_HARDWARE_CONTEXT CLIENT_SaveBankHardwareContext;
    PGPIO_CLIENT_RESTORE_BANK_HARDWARE_CONTEXT CLIENT_RestoreBankHardwareContext;
    PGPIO_CLIENT_PRE_PROCESS_CONTROLLER_INTERRUPT CLIENT_PreProcessControllerInterrupt;
    PGPIO_CLIENT_CONTROLLER_SPECIFIC_FUNCTION CLIENT_ControllerSpecificFunction;
    PGPIO_CLIENT_RECONFIGURE_INTERRUPT CLIENT_ReconfigureInterrupt;
    PGPIO_CLIENT_QUERY_ENABLED_INTERRUPTS CLIENT_QueryEnabledInterrupts;
} GPIO_CLIENT_REGISTRATION_PACKET, *PGPIO_CLIENT_REGISTRATION_PACKET;

NTKERNELAPI NTSTATUS GPIO_CLX_RegisterClient(WDFDRIVER Driver,
                                             PGPIO_CLIENT_REGISTRATION_PACKET RegistrationPacket,
                                             PUNICODE_STRING RegistryPath);
NTKERNELAPI NTSTATUS GPIO_CLX_UnregisterClient(WDFDRIVER Driver);
NTKERNELAPI NTSTATUS GPIO_CLX_ProcessAddDevicePreDeviceCreate(WDFDRIVER Driver,
                                                              PWDFDEVICE_INIT DeviceInit,
                                                              PWDF_OBJECT_ATTRIBUTES FdoAttributes);
NTKERNELAPI NTSTATUS GPIO_CLX_ProcessAddDevicePostDeviceCreate(WDFDRIVER Driver, WDFDEVICE Device);
NTKERNELAPI VOID GPIO_CLX_AcquireInterruptLock(PVOID Context, BANK_ID BankId);
NTKERNELAPI VOID GPIO_CLX_ReleaseInterruptLock(PVOID Context, BANK_ID BankId);

#ifdef __cplusplus
}
#endif

#endif
