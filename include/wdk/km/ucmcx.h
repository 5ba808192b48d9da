/* SPDX-License-Identifier: MIT */
/*
 * USB connectors (UcmCx). Declared so that their drivers compile; OpenWDF does not have the class extension, and the
 * loader names these functions when a driver needs one.
 */
#ifndef _UCMCX_H_
#define _UCMCX_H_

#include <wdm.h>
#include <wdf.h>
#include <ucmtypes.h>

#ifdef __cplusplus
extern "C" {
#endif

DECLARE_HANDLE(UCMCONNECTOR);

typedef NTSTATUS EVT_UCM_CONNECTOR_SET_DATA_ROLE(UCMCONNECTOR Connector, UCM_DATA_ROLE DataRole);
typedef EVT_UCM_CONNECTOR_SET_DATA_ROLE *PFN_UCM_CONNECTOR_SET_DATA_ROLE;
typedef NTSTATUS EVT_UCM_CONNECTOR_SET_POWER_ROLE(UCMCONNECTOR Connector, UCM_POWER_ROLE PowerRole);
typedef EVT_UCM_CONNECTOR_SET_POWER_ROLE *PFN_UCM_CONNECTOR_SET_POWER_ROLE;

typedef struct _UCM_MANAGER_CONFIG {
    ULONG Size;
} UCM_MANAGER_CONFIG, *PUCM_MANAGER_CONFIG;

typedef struct _UCM_CONNECTOR_TYPEC_CONFIG {
    ULONG Size;
    BOOLEAN IsSupported;
    ULONG SupportedOperatingModes;            /* UCM_TYPEC_OPERATING_MODE */
    ULONG SupportedPowerSourcingCapabilities; /* UCM_TYPEC_CURRENT */
    BOOLEAN AudioAccessoryCapable;
    PFN_UCM_CONNECTOR_SET_DATA_ROLE EvtSetDataRole;
} UCM_CONNECTOR_TYPEC_CONFIG, *PUCM_CONNECTOR_TYPEC_CONFIG;

typedef struct _UCM_CONNECTOR_PD_CONFIG {
    ULONG Size;
    BOOLEAN IsSupported;
    ULONG SupportedPowerRoles; /* UCM_POWER_ROLE */
    PFN_UCM_CONNECTOR_SET_POWER_ROLE EvtSetPowerRole;
} UCM_CONNECTOR_PD_CONFIG, *PUCM_CONNECTOR_PD_CONFIG;

typedef struct _UCM_CONNECTOR_CONFIG {
    ULONG Size;
    ULONG64 ConnectorId;
    PUCM_CONNECTOR_TYPEC_CONFIG TypeCConfig;
    PUCM_CONNECTOR_PD_CONFIG PdConfig;
} UCM_CONNECTOR_CONFIG, *PUCM_CONNECTOR_CONFIG;

typedef struct _UCM_CONNECTOR_TYPEC_ATTACH_PARAMS {
    ULONG Size;
    UCM_TYPEC_PARTNER Partner;
    UCM_TYPEC_CURRENT CurrentAdvertisement;
    UCM_CHARGING_STATE ChargingState;
} UCM_CONNECTOR_TYPEC_ATTACH_PARAMS, *PUCM_CONNECTOR_TYPEC_ATTACH_PARAMS;

typedef struct _UCM_CONNECTOR_PD_CONN_STATE_CHANGED_PARAMS {
    ULONG Size;
    UCM_PD_CONN_STATE PdConnState;
    UCM_PD_REQUEST_DATA_OBJECT Rdo;
    UCM_CHARGING_STATE ChargingState;
} UCM_CONNECTOR_PD_CONN_STATE_CHANGED_PARAMS, *PUCM_CONNECTOR_PD_CONN_STATE_CHANGED_PARAMS;

OWDF_INLINE VOID
UCM_MANAGER_CONFIG_INIT(PUCM_MANAGER_CONFIG Config)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
}

OWDF_INLINE VOID
UCM_CONNECTOR_TYPEC_CONFIG_INIT(PUCM_CONNECTOR_TYPEC_CONFIG Config, ULONG SupportedOperatingModes,
                                ULONG SupportedPowerSourcingCapabilities)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->IsSupported = TRUE;
    Config->SupportedOperatingModes = SupportedOperatingModes;
    Config->SupportedPowerSourcingCapabilities = SupportedPowerSourcingCapabilities;
}

OWDF_INLINE VOID
UCM_CONNECTOR_PD_CONFIG_INIT(PUCM_CONNECTOR_PD_CONFIG Config, ULONG SupportedPowerRoles)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->IsSupported = TRUE;
    Config->SupportedPowerRoles = SupportedPowerRoles;
}

OWDF_INLINE VOID
UCM_CONNECTOR_CONFIG_INIT(PUCM_CONNECTOR_CONFIG Config, ULONG64 ConnectorId)
{
    RtlZeroMemory(Config, sizeof(*Config));
    Config->Size = sizeof(*Config);
    Config->ConnectorId = ConnectorId;
}

OWDF_INLINE VOID
UCM_CONNECTOR_TYPEC_ATTACH_PARAMS_INIT(PUCM_CONNECTOR_TYPEC_ATTACH_PARAMS Params,
                                       UCM_TYPEC_PARTNER Partner)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->Partner = Partner;
}

OWDF_INLINE VOID
UCM_CONNECTOR_PD_CONN_STATE_CHANGED_PARAMS_INIT(PUCM_CONNECTOR_PD_CONN_STATE_CHANGED_PARAMS Params,
                                                UCM_PD_CONN_STATE PdConnState)
{
    RtlZeroMemory(Params, sizeof(*Params));
    Params->Size = sizeof(*Params);
    Params->PdConnState = PdConnState;
}

NTKERNELAPI NTSTATUS UcmInitializeDevice(WDFDEVICE WdfDevice, PUCM_MANAGER_CONFIG Config);
NTKERNELAPI NTSTATUS UcmConnectorCreate(WDFDEVICE WdfDevice, PUCM_CONNECTOR_CONFIG Config,
                                        PWDF_OBJECT_ATTRIBUTES Attributes, UCMCONNECTOR *Connector);
NTKERNELAPI NTSTATUS UcmConnectorTypeCAttach(UCMCONNECTOR Connector,
                                             PUCM_CONNECTOR_TYPEC_ATTACH_PARAMS Params);
NTKERNELAPI NTSTATUS UcmConnectorTypeCDetach(UCMCONNECTOR Connector);
NTKERNELAPI NTSTATUS UcmConnectorTypeCCurrentAdChanged(UCMCONNECTOR Connector,
                                                       UCM_TYPEC_CURRENT CurrentAdvertisement);
NTKERNELAPI NTSTATUS UcmConnectorChargingStateChanged(UCMCONNECTOR Connector,
                                                      UCM_CHARGING_STATE ChargingState);
NTKERNELAPI VOID UcmConnectorDataDirectionChanged(UCMCONNECTOR Connector, BOOLEAN Success,
                                                  UCM_DATA_ROLE CurrentDataRole);
NTKERNELAPI VOID UcmConnectorPowerDirectionChanged(UCMCONNECTOR Connector, BOOLEAN Success,
                                                   UCM_POWER_ROLE CurrentPowerRole);
NTKERNELAPI NTSTATUS UcmConnectorPdSourceCaps(UCMCONNECTOR Connector,
                                              UCM_PD_POWER_DATA_OBJECT Pdos[], UCHAR PdoCount);
NTKERNELAPI NTSTATUS UcmConnectorPdPartnerSourceCaps(UCMCONNECTOR Connector,
                                                     UCM_PD_POWER_DATA_OBJECT Pdos[],
                                                     UCHAR PdoCount);
NTKERNELAPI NTSTATUS UcmConnectorPdConnectionStateChanged(
    UCMCONNECTOR Connector, PUCM_CONNECTOR_PD_CONN_STATE_CHANGED_PARAMS Params);

#ifdef __cplusplus
}
#endif

#endif
