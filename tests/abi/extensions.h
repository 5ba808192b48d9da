/* SPDX-License-Identifier: MIT */
/*
 * The headers of class extensions compile, as C and as C++, and what is documented of their structures and values
 * holds. The compiler is the test; the program only runs.
 */
#include <ntddk.h>

#include <initguid.h>
#include <wdf.h>
#include <wdmguid.h>

#include <bthguid.h>
#include <bthioctl.h>
#include <bthddi.h>
#include <bthsdpddi.h>
#include <bthxddi.h>
#include <gpioclx.h>
#include <reshub.h>
#include <spbcx.h>
#include <trustedruntimeclx.h>
#include <ucmcx.h>
#include <ucmtcpcicx.h>
#include <ucmucsicx.h>
#include <udecx.h>
#include <ufxclient.h>

typedef UINT16 CHAR16;
#include <treevariableservice.h>

#define SIZE(type, bytes)          C_ASSERT(sizeof(type) == (bytes))
#define PLACE(type, field, offset) C_ASSERT(FIELD_OFFSET(type, field) == (offset))
#define VALUE(name, expected)      C_ASSERT((name) == (expected))

/* GPIO controllers. */
SIZE(CONTROLLER_ATTRIBUTE_FLAGS, 4);
SIZE(CLIENT_CONTROLLER_BASIC_INFORMATION, 16);
PLACE(CLIENT_CONTROLLER_BASIC_INFORMATION, DeviceIdleTimeout, 8);
PLACE(CLIENT_CONTROLLER_QUERY_SET_INFORMATION_INPUT, ControllerFunctionBankMapping, 16);
PLACE(CLIENT_CONTROLLER_QUERY_SET_INFORMATION_OUTPUT, BankPowerInformation, 8);
PLACE(GPIO_CLIENT_REGISTRATION_PACKET, CLIENT_PrepareController, 24);
SIZE(GPIO_CLIENT_REGISTRATION_PACKET, 24 + 22 * 8);
VALUE(ConnectModeOutput, 2);
VALUE(GPIO_PIN_PULL_CONFIGURATION_NONE, 3);
VALUE(GPIO_BANK_INTERRUPT_BINDING_RESERVED_INDEX, 0xffff);

/* Simple peripheral buses; a serial bus among a device's resources is ACPI's descriptor. */
SIZE(PNP_SERIAL_BUS_DESCRIPTOR, 12);
PLACE(PNP_SERIAL_BUS_DESCRIPTOR, TypeSpecificFlags, 7);
PLACE(RH_QUERY_CONNECTION_PROPERTIES_OUTPUT_BUFFER, ConnectionProperties, 8);
VALUE(IOCTL_RH_QUERY_CONNECTION_PROPERTIES, 0x2ac000);
VALUE(SpbRequestSequencePositionLast, 4);
VALUE(SpbRequestTypeOther, 8);
SIZE(SPB_CONTROLLER_CONFIG, 72);

/* ACPI's interface, connectors. */
SIZE(ACPI_INTERFACE_STANDARD2, 88);
PLACE(ACPI_INTERFACE_STANDARD2, RegisterForDeviceNotifications, 72);
SIZE(UCM_PD_POWER_DATA_OBJECT, 4);
SIZE(UCM_PD_REQUEST_DATA_OBJECT, 4);
SIZE(UCSI_CCI, 4);
SIZE(UCSI_CONTROL, 8);
SIZE(UCSI_DATA_BLOCK, 48);
VALUE(IOCTL_UCMUCSI_PPM_SEND_UCSI_DATA_BLOCK, 0x5d8000);
VALUE(IOCTL_UCMUCSI_PPM_GET_UCSI_DATA_BLOCK, 0x5d4004);
PLACE(UCSI_DATA_BLOCK, MessageOut, 32);
VALUE(UcsiCommandSetPowerLevel, 0x14);
VALUE(UcmTcpciPortControllerAlertVbusSinkDisconnectDetected, 12);
SIZE(UCMTCPCI_PORT_CONTROLLER_TRANSMIT_BUFFER, 31);

/* Trusted run times. */
PLACE(TR_SECURE_SERVICE, Dependencies, 36);
SIZE(TR_SECURE_DEPENDENCY_V1, 24);
SIZE(TR_SERVICE_REQUEST, 48);
VALUE(IOCTL_TR_EXECUTE_FUNCTION, 0x568004);
VALUE(IOCTL_TR_ENUMERATE_SERVICES, 0x560008);
PLACE(TR_SERVICE_REQUEST, OutputBufferSize, 40);
PLACE(EFI_SET_VARIABLE_IN, Buffer, 32);

/* Bluetooth: request blocks, records of service discovery, transports. */
SIZE(BRB_HEADER, 112);
SIZE(L2CAP_FLOWSPEC, 22);
SIZE(L2CAP_RETRANSMISSION_AND_FLOW_CONTROL, 9);
SIZE(L2CAP_EXTENDED_FLOW_SPEC, 16);
PLACE(struct _BRB_L2CA_ACL_TRANSFER, Timeout, 152);
VALUE(BRB_L2CA_OPEN_ENHANCED_CHANNEL_RESPONSE, 0x213);
PLACE(INDICATION_PARAMETERS, Parameters, 16);
SIZE(BTH_SDP_CONNECT, 21);
SIZE(BTH_HOST_FEATURE_MASK, 24);
VALUE(IOCTL_INTERNAL_BTH_SUBMIT_BRB, 0x410003);
VALUE(IOCTL_BTH_SDP_SERVICE_ATTRIBUTE_SEARCH, 0x410210);
PLACE(SDP_NODE, u, 32);
PLACE(BTHX_HCI_READ_WRITE_CONTEXT, Data, 5);
VALUE(IOCTL_BTHX_READ_HCI, 0x410413);

/* USB function controllers. */
SIZE(UFX_DEVICE_CALLBACKS, 8 + 16 * 8);
SIZE(UFX_DEVICE_CAPABILITIES, 24);
SIZE(USBFN_NOTIFICATION, 12);
VALUE(UsbfnProprietaryDedicatedChargingPort, 5);

int
main(void)
{
    UCSI_CCI cci;
    UCM_PD_POWER_DATA_OBJECT pdo;
    SPB_CONTROLLER_CONFIG config;

    cci.AsUInt32 = 0x80000000;
    UCM_PD_POWER_DATA_OBJECT_INIT_ULONG(&pdo, 0x4001912c);
    SPB_CONTROLLER_CONFIG_INIT(&config);
    return UCSI_CMD_SUCCEEDED(cci) &&
                   UCM_PD_POWER_DATA_OBJECT_GET_TYPE(&pdo) == UcmPdPdoTypeBatterySupply &&
                   pdo.BatterySupplyPdo.MaximumAllowablePowerIn250mW == 0x12c &&
                   config.Size == sizeof(config) && config.PowerManaged == WdfUseDefault
               ? 0
               : 1;
}
