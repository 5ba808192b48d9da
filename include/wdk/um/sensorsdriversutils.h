/* SPDX-License-Identifier: MIT */
/*
 * What drivers of sensors behind I2C share. Declared so that they compile; the library is not part of OpenWDF, and the
 * loader names these functions when a driver needs one.
 */
#ifndef _SENSORSDRIVERSUTILS_H_
#define _SENSORSDRIVERSUTILS_H_

#include <windows.h>
#include <wdf.h>
#include <sensorsstructures.h>

/* A register's number and what is written to it. */
#include <pshpack1.h>
typedef struct _I2C_REQUEST {
    BYTE RegAddress;
    BYTE Value[1];
} I2C_REQUEST, *PI2C_REQUEST;
#include <poppack.h>

#define I2C_REQUEST_SIZE(DataByteLength) (FIELD_OFFSET(I2C_REQUEST, Value) + (DataByteLength))

#ifdef __cplusplus
extern "C" {
#endif

OWDF_EXPORT NTSTATUS I2CSensorReadRegister(WDFIOTARGET I2CIoTarget, BYTE RegAddress, BYTE *Buffer,
                                           ULONG BufferCb);
OWDF_EXPORT NTSTATUS I2CSensorWriteRegister(WDFIOTARGET I2CIoTarget, BYTE RegAddress,
                                            BYTE *RegValue, ULONG RegLength);
OWDF_EXPORT NTSTATUS GetMethodArgumentFromAcpi(WDFDEVICE Device, PCHAR MethodName,
                                               ULONG MethodNameLength, BYTE *MethodArgument,
                                               ULONG MethodArgumentLength);
OWDF_EXPORT NTSTATUS GetRotationMatrixFromAcpi(WDFDEVICE Device, PCHAR MethodName,
                                               ULONG MethodNameLength, PVEC3D RotationMatrix,
                                               ULONG RotationMatrixEntries);
OWDF_EXPORT NTSTATUS InitTransformationMatrix(WDFDEVICE Device, PVEC3D RotationMatrix,
                                              ULONG RotationMatrixEntryCount);
OWDF_EXPORT NTSTATUS ParseRotationMatrixEntry(PCHAR RotationEntry, ULONG Length, PVEC3D Data);
OWDF_EXPORT VOID TranslateAxes(PVEC3D RotationMatrix, ULONG RotationMatrixEntryCount, PVEC3D Data,
                               ULONG DataCount);

#ifdef __cplusplus
}
#endif

#endif
