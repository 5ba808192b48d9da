/* SPDX-License-Identifier: MIT */
/*
 * Functions that may ask another machine, of which there is none: a machine's name is refused, a machine's handle is
 * NULL, this one.
 */
#include "client/win32/device_set.h"

#include <string.h>

#include "win32/object.h"

BOOL
SetupDiGetDeviceInfoListDetailW(HDEVINFO DeviceInfoSet,
                                PSP_DEVINFO_LIST_DETAIL_DATA_W DeviceInfoSetDetailData)
{
    if (device_set_check(DeviceInfoSet) == NULL) {
        return FALSE;
    }
    if (DeviceInfoSetDetailData == NULL ||
        DeviceInfoSetDetailData->cbSize != sizeof(*DeviceInfoSetDetailData)) {
        return w32_fail(ERROR_INVALID_USER_BUFFER);
    }
    memset(&DeviceInfoSetDetailData->ClassGuid, 0, sizeof(GUID));
    DeviceInfoSetDetailData->RemoteMachineHandle = NULL;
    DeviceInfoSetDetailData->RemoteMachineName[0] = 0;
    return TRUE;
}

HDEVINFO
SetupDiCreateDeviceInfoListExW(const GUID *ClassGuid, HWND hwndParent, PCWSTR MachineName,
                               PVOID Reserved)
{
    (void)Reserved;
    if (MachineName != NULL) {
        w32_fail(ERROR_NOT_SUPPORTED);
        return INVALID_HANDLE_VALUE;
    }
    return SetupDiCreateDeviceInfoList(ClassGuid, hwndParent);
}

CONFIGRET
CM_Connect_MachineW(PCWSTR UNCServerName, PHMACHINE phMachine)
{
    if (UNCServerName != NULL && UNCServerName[0] != 0) {
        return CR_MACHINE_UNAVAILABLE;
    }
    *phMachine = NULL;
    return CR_SUCCESS;
}

CONFIGRET
CM_Disconnect_Machine(HMACHINE hMachine)
{
    return hMachine == NULL ? CR_SUCCESS : CR_INVALID_MACHINENAME;
}

CONFIGRET
CM_Get_Device_ID_ExW(DEVINST dnDevInst, PWCHAR Buffer, ULONG BufferLen, ULONG ulFlags,
                     HMACHINE hMachine)
{
    return hMachine != NULL ? CR_MACHINE_UNAVAILABLE
                            : CM_Get_Device_IDW(dnDevInst, Buffer, BufferLen, ulFlags);
}

CONFIGRET
CM_Get_DevNode_Status_Ex(PULONG pulStatus, PULONG pulProblemNumber, DEVINST dnDevInst,
                         ULONG ulFlags, HMACHINE hMachine)
{
    return hMachine != NULL
               ? CR_MACHINE_UNAVAILABLE
               : CM_Get_DevNode_Status(pulStatus, pulProblemNumber, dnDevInst, ulFlags);
}

CONFIGRET
CM_Locate_DevNode_ExW(PDEVINST pdnDevInst, DEVINSTID_W pDeviceID, ULONG ulFlags, HMACHINE hMachine)
{
    return hMachine != NULL ? CR_MACHINE_UNAVAILABLE
                            : CM_Locate_DevNodeW(pdnDevInst, pDeviceID, ulFlags);
}
