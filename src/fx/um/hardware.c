/* SPDX-License-Identifier: MIT */
/*
 * Registers for user-mode drivers. What the driver gets from WdfDeviceMapIoSpace is a name for the mapping
 * (a "pseudo address"); each access goes through here and is checked against the driver's mappings. A driver
 * whose INF asks for it may have the mapped address itself.
 */
#include <string.h>

#include "fx/object/object.h"
#include "fx/pnp/device.h"
#include "fx_imports.h"
#include "sys/lock.h"
#include "sys/memory.h"

/* One mapping, until WdfDeviceUnmapIoSpace. */
struct mapping {
    struct list link;
    struct fx_device *device;
    char *base;
    size_t size;
};

static struct sys_lock lock; /* Guards the list. A leaf lock. */
static struct list mappings = {&mappings, &mappings};

/* Under `lock`: the device's mapping that holds the bytes; NULL: none. */
static struct mapping *
find_locked(struct fx_device *device, const char *address, size_t size)
{
    struct list *link;

    list_for_each(link, &mappings)
    {
        struct mapping *mapping = container_of(link, struct mapping, link);

        if (mapping->device == device && address >= mapping->base && size <= mapping->size &&
            (size_t)(address - mapping->base) <= mapping->size - size) {
            return mapping;
        }
    }
    return NULL;
}

NTSTATUS
imp_WdfDeviceMapIoSpace(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                        PHYSICAL_ADDRESS PhysicalAddress, SIZE_T NumberOfBytes,
                        MEMORY_CACHING_TYPE CacheType, PVOID *PseudoBaseAddress)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct mapping *mapping;

    fx_require(DriverGlobals, PseudoBaseAddress);
    *PseudoBaseAddress = NULL;
    if (NumberOfBytes == 0) {
        fx_log(fx_globals_of(DriverGlobals), "WdfDeviceMapIoSpace: no bytes to map");
        return STATUS_INVALID_PARAMETER;
    }
    mapping = sys_alloc_zeroed(sizeof(*mapping));
    if (mapping == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    mapping->base = MmMapIoSpace(PhysicalAddress, NumberOfBytes, CacheType);
    if (mapping->base == NULL) {
        sys_free(mapping);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    mapping->device = device;
    mapping->size = NumberOfBytes;
    sys_lock_acquire(&lock);
    list_push_back(&mappings, &mapping->link);
    sys_lock_release(&lock);
    *PseudoBaseAddress = mapping->base;
    return STATUS_SUCCESS;
}

VOID
imp_WdfDeviceUnmapIoSpace(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                          PVOID PseudoBaseAddress, SIZE_T NumberOfBytes)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct mapping *mapping;

    sys_lock_acquire(&lock);
    mapping = find_locked(device, PseudoBaseAddress, NumberOfBytes);
    if (mapping != NULL && (mapping->base != PseudoBaseAddress || mapping->size != NumberOfBytes)) {
        mapping = NULL;
    }
    if (mapping != NULL) {
        list_remove(&mapping->link);
    }
    sys_lock_release(&lock);
    if (mapping == NULL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_VERIFIER_FATAL_ERROR,
                    (ULONG_PTR)PseudoBaseAddress, NumberOfBytes, 0,
                    "WdfDeviceUnmapIoSpace: %p, %zu bytes, is no mapping of this device",
                    PseudoBaseAddress, NumberOfBytes);
    }
    MmUnmapIoSpace(mapping->base, mapping->size);
    sys_free(mapping);
}

PVOID
imp_WdfDeviceGetHardwareRegisterMappedAddress(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                                              PVOID PseudoBaseAddress)
{
    struct fx_device *device = fx_handle_get(DriverGlobals, Device, FX_TYPE_DEVICE);
    struct mapping *mapping;

    sys_lock_acquire(&lock);
    mapping = find_locked(device, PseudoBaseAddress, 1);
    sys_lock_release(&lock);
    if (mapping == NULL) {
        fx_bugcheck(fx_globals_of(DriverGlobals), WDF_VERIFIER_FATAL_ERROR,
                    (ULONG_PTR)PseudoBaseAddress, 0, 0,
                    "WdfDeviceGetHardwareRegisterMappedAddress: %p is in no mapping of this device",
                    PseudoBaseAddress);
    }
    return PseudoBaseAddress;
}

/* The bytes of one element; the driver ends for anything that is not its own. Ports are not there yet. */
static size_t
check(PWDF_DRIVER_GLOBALS driver_globals, WDFDEVICE handle, WDF_DEVICE_HWACCESS_TARGET_TYPE type,
      WDF_DEVICE_HWACCESS_TARGET_SIZE size, const void *address, const void *buffer, ULONG *count)
{
    static const size_t sizes[] = {0, 1, 2, 4, 8};
    struct fx_device *device = fx_handle_get(driver_globals, handle, FX_TYPE_DEVICE);
    bool many = type == WdfDeviceHwAccessTargetTypeRegisterBuffer;
    size_t bytes = (unsigned)size < sizeof(sizes) / sizeof(sizes[0]) ? sizes[size] : 0;
    bool mapped = false;

    *count = many ? *count : 1;
    if (bytes != 0 && (many || type == WdfDeviceHwAccessTargetTypeRegister)) {
        sys_lock_acquire(&lock);
        /* A buffer's elements all go to one register. */
        mapped = find_locked(device, address, bytes) != NULL;
        sys_lock_release(&lock);
    }
    if (!mapped || (many && buffer == NULL) || (ULONG_PTR)address % bytes != 0) {
        fx_bugcheck(fx_globals_of(driver_globals), WDF_VERIFIER_FATAL_ERROR, (ULONG_PTR)address,
                    (ULONG_PTR)type, (ULONG_PTR)size,
                    "an access of type %d, size %d, to %p is not to a register that the driver "
                    "has mapped",
                    (int)type, (int)size, address);
    }
    return bytes;
}

static ULONG64
read_one(volatile void *address, size_t bytes)
{
    switch (bytes) {
    case 1:
        return READ_REGISTER_UCHAR(address);
    case 2:
        return READ_REGISTER_USHORT(address);
    case 4:
        return READ_REGISTER_ULONG(address);
    default:
        return READ_REGISTER_ULONG64(address);
    }
}

static void
write_one(volatile void *address, size_t bytes, ULONG64 value)
{
    switch (bytes) {
    case 1:
        WRITE_REGISTER_UCHAR(address, (UCHAR)value);
        break;
    case 2:
        WRITE_REGISTER_USHORT(address, (USHORT)value);
        break;
    case 4:
        WRITE_REGISTER_ULONG(address, (ULONG)value);
        break;
    default:
        WRITE_REGISTER_ULONG64(address, value);
        break;
    }
}

SIZE_T
imp_WdfDeviceReadFromHardware(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                              WDF_DEVICE_HWACCESS_TARGET_TYPE Type,
                              WDF_DEVICE_HWACCESS_TARGET_SIZE Size, PVOID TargetAddress,
                              PVOID Buffer, ULONG Count)
{
    ULONG count = Count, i;
    size_t bytes = check(DriverGlobals, Device, Type, Size, TargetAddress, Buffer, &count);

    if (Type == WdfDeviceHwAccessTargetTypeRegister) {
        return read_one(TargetAddress, bytes);
    }
    for (i = 0; i < count; i++) {
        ULONG64 value = read_one(TargetAddress, bytes);

        memcpy((char *)Buffer + i * bytes, &value, bytes);
    }
    return 0;
}

VOID
imp_WdfDeviceWriteToHardware(PWDF_DRIVER_GLOBALS DriverGlobals, WDFDEVICE Device,
                             WDF_DEVICE_HWACCESS_TARGET_TYPE Type,
                             WDF_DEVICE_HWACCESS_TARGET_SIZE Size, PVOID TargetAddress,
                             SIZE_T Value, PVOID Buffer, ULONG Count)
{
    ULONG count = Count, i;
    size_t bytes = check(DriverGlobals, Device, Type, Size, TargetAddress, Buffer, &count);

    if (Type == WdfDeviceHwAccessTargetTypeRegister) {
        write_one(TargetAddress, bytes, Value);
        return;
    }
    for (i = 0; i < count; i++) {
        ULONG64 value = 0;

        memcpy(&value, (char *)Buffer + i * bytes, bytes);
        write_one(TargetAddress, bytes, value);
    }
}
