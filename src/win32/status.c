/* SPDX-License-Identifier: MIT */
/*
 * What a status is called and what it means to others: one table for NTSTATUS, Win32 error and errno.
 * The Win32 column is Microsoft's documented mapping (RtlNtStatusToDosError).
 */
#include "openwdf/client.h"

#include <errno.h>

#define ERROR_MR_MID_NOT_FOUND 317

struct status_row {
    uint32_t status;
    const char *name;
    uint16_t win32;
    uint8_t error; /* errno; 0 for what is no failure. */
    const char *win32_name;
};

struct win32_row {
    uint16_t win32;
    const char *name;
};

/* Sorted by status. */
/* clang-format off */
static const struct status_row status_rows[] = {
    {0x00000000, "STATUS_SUCCESS",                         0, 0,             "ERROR_SUCCESS"},
    {0x00000080, "STATUS_ABANDONED",                     735, 0,             "ERROR_ABANDONED_WAIT_0"},
    {0x000000C0, "STATUS_USER_APC",                        0, 0,             "ERROR_SUCCESS"},
    {0x00000102, "STATUS_TIMEOUT",                       258, 0,             "WAIT_TIMEOUT"},
    {0x00000103, "STATUS_PENDING",                       997, 0,             "ERROR_IO_PENDING"},
    {0x00000104, "STATUS_REPARSE",                       317, 0,             "ERROR_MR_MID_NOT_FOUND"},
    {0x00000105, "STATUS_MORE_ENTRIES",                  234, 0,             "ERROR_MORE_DATA"},
    {0x40000008, "STATUS_SERIAL_MORE_WRITES",           1120, 0,             "ERROR_MORE_WRITES"},
    {0x4000000C, "STATUS_SERIAL_COUNTER_TIMEOUT",       1121, 0,             "ERROR_COUNTER_TIMEOUT"},
    {0x80000005, "STATUS_BUFFER_OVERFLOW",               234, EMSGSIZE,      "ERROR_MORE_DATA"},
    {0x80000006, "STATUS_NO_MORE_FILES",                  18, ENODATA,       "ERROR_NO_MORE_FILES"},
    {0x8000000E, "STATUS_DEVICE_PAPER_EMPTY",             28, EIO,           "ERROR_OUT_OF_PAPER"},
    {0x8000000F, "STATUS_DEVICE_POWERED_OFF",             21, EHOSTDOWN,     "ERROR_NOT_READY"},
    {0x80000011, "STATUS_DEVICE_BUSY",                   170, EBUSY,         "ERROR_BUSY"},
    {0x8000001A, "STATUS_NO_MORE_ENTRIES",               259, ENODATA,       "ERROR_NO_MORE_ITEMS"},
    {0xC0000001, "STATUS_UNSUCCESSFUL",                   31, EIO,           "ERROR_GEN_FAILURE"},
    {0xC0000002, "STATUS_NOT_IMPLEMENTED",                 1, ENOSYS,        "ERROR_INVALID_FUNCTION"},
    {0xC0000003, "STATUS_INVALID_INFO_CLASS",             87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC0000004, "STATUS_INFO_LENGTH_MISMATCH",           24, EINVAL,        "ERROR_BAD_LENGTH"},
    {0xC0000005, "STATUS_ACCESS_VIOLATION",              998, EFAULT,        "ERROR_NOACCESS"},
    {0xC0000008, "STATUS_INVALID_HANDLE",                  6, EBADF,         "ERROR_INVALID_HANDLE"},
    {0xC000000D, "STATUS_INVALID_PARAMETER",              87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC000000E, "STATUS_NO_SUCH_DEVICE",                  2, ENODEV,        "ERROR_FILE_NOT_FOUND"},
    {0xC000000F, "STATUS_NO_SUCH_FILE",                    2, ENOENT,        "ERROR_FILE_NOT_FOUND"},
    {0xC0000010, "STATUS_INVALID_DEVICE_REQUEST",          1, ENOTTY,        "ERROR_INVALID_FUNCTION"},
    {0xC0000011, "STATUS_END_OF_FILE",                    38, ENODATA,       "ERROR_HANDLE_EOF"},
    {0xC0000013, "STATUS_NO_MEDIA_IN_DEVICE",             21, ENOMEDIUM,     "ERROR_NOT_READY"},
    {0xC0000015, "STATUS_NONEXISTENT_SECTOR",             27, EIO,           "ERROR_SECTOR_NOT_FOUND"},
    {0xC0000016, "STATUS_MORE_PROCESSING_REQUIRED",      234, EIO,           "ERROR_MORE_DATA"},
    {0xC0000017, "STATUS_NO_MEMORY",                       8, ENOMEM,        "ERROR_NOT_ENOUGH_MEMORY"},
    {0xC000001C, "STATUS_INVALID_SYSTEM_SERVICE",          1, ENOSYS,        "ERROR_INVALID_FUNCTION"},
    {0xC000001E, "STATUS_INVALID_LOCK_SEQUENCE",           5, EINVAL,        "ERROR_ACCESS_DENIED"},
    {0xC0000021, "STATUS_ALREADY_COMMITTED",               5, EBUSY,         "ERROR_ACCESS_DENIED"},
    {0xC0000022, "STATUS_ACCESS_DENIED",                   5, EACCES,        "ERROR_ACCESS_DENIED"},
    {0xC0000023, "STATUS_BUFFER_TOO_SMALL",              122, ENOSPC,        "ERROR_INSUFFICIENT_BUFFER"},
    {0xC0000024, "STATUS_OBJECT_TYPE_MISMATCH",            6, EINVAL,        "ERROR_INVALID_HANDLE"},
    {0xC000002E, "STATUS_INVALID_PORT_ATTRIBUTES",        50, EINVAL,        "ERROR_NOT_SUPPORTED"},
    {0xC0000030, "STATUS_INVALID_PARAMETER_MIX",          87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC0000032, "STATUS_DISK_CORRUPT_ERROR",           1393, EIO,           "ERROR_DISK_CORRUPT"},
    {0xC0000033, "STATUS_OBJECT_NAME_INVALID",           123, EINVAL,        "ERROR_INVALID_NAME"},
    {0xC0000034, "STATUS_OBJECT_NAME_NOT_FOUND",           2, ENOENT,        "ERROR_FILE_NOT_FOUND"},
    {0xC0000035, "STATUS_OBJECT_NAME_COLLISION",         183, EEXIST,        "ERROR_ALREADY_EXISTS"},
    {0xC0000037, "STATUS_PORT_DISCONNECTED",               6, EPIPE,         "ERROR_INVALID_HANDLE"},
    {0xC0000039, "STATUS_OBJECT_PATH_INVALID",           161, EINVAL,        "ERROR_BAD_PATHNAME"},
    {0xC000003A, "STATUS_OBJECT_PATH_NOT_FOUND",           3, ENOENT,        "ERROR_PATH_NOT_FOUND"},
    {0xC000003B, "STATUS_OBJECT_PATH_SYNTAX_BAD",        161, EINVAL,        "ERROR_BAD_PATHNAME"},
    {0xC000003C, "STATUS_DATA_OVERRUN",                 1117, EIO,           "ERROR_IO_DEVICE"},
    {0xC000003E, "STATUS_DATA_ERROR",                     23, EIO,           "ERROR_CRC"},
    {0xC000003F, "STATUS_CRC_ERROR",                      23, EIO,           "ERROR_CRC"},
    {0xC0000043, "STATUS_SHARING_VIOLATION",              32, EBUSY,         "ERROR_SHARING_VIOLATION"},
    {0xC0000044, "STATUS_QUOTA_EXCEEDED",               1816, EDQUOT,        "ERROR_NOT_ENOUGH_QUOTA"},
    {0xC000004B, "STATUS_THREAD_IS_TERMINATING",           5, ESRCH,         "ERROR_ACCESS_DENIED"},
    {0xC0000054, "STATUS_FILE_LOCK_CONFLICT",             33, EAGAIN,        "ERROR_LOCK_VIOLATION"},
    {0xC0000055, "STATUS_LOCK_NOT_GRANTED",               33, EAGAIN,        "ERROR_LOCK_VIOLATION"},
    {0xC0000056, "STATUS_DELETE_PENDING",                  5, EBUSY,         "ERROR_ACCESS_DENIED"},
    {0xC0000059, "STATUS_REVISION_MISMATCH",            1306, EPROTO,        "ERROR_REVISION_MISMATCH"},
    {0xC0000060, "STATUS_NO_SUCH_PRIVILEGE",            1313, EPERM,         "ERROR_NO_SUCH_PRIVILEGE"},
    {0xC0000061, "STATUS_PRIVILEGE_NOT_HELD",           1314, EPERM,         "ERROR_PRIVILEGE_NOT_HELD"},
    {0xC000006D, "STATUS_LOGON_FAILURE",                1326, EACCES,        "ERROR_LOGON_FAILURE"},
    {0xC000007B, "STATUS_INVALID_IMAGE_FORMAT",          193, ENOEXEC,       "ERROR_BAD_EXE_FORMAT"},
    {0xC000007F, "STATUS_DISK_FULL",                     112, ENOSPC,        "ERROR_DISK_FULL"},
    {0xC0000095, "STATUS_INTEGER_OVERFLOW",              534, EOVERFLOW,     "ERROR_ARITHMETIC_OVERFLOW"},
    {0xC0000098, "STATUS_FILE_INVALID",                 1006, EIO,           "ERROR_FILE_INVALID"},
    {0xC000009A, "STATUS_INSUFFICIENT_RESOURCES",       1450, ENOMEM,        "ERROR_NO_SYSTEM_RESOURCES"},
    {0xC000009C, "STATUS_DEVICE_DATA_ERROR",              23, EIO,           "ERROR_CRC"},
    {0xC000009D, "STATUS_DEVICE_NOT_CONNECTED",         1167, ENODEV,        "ERROR_DEVICE_NOT_CONNECTED"},
    {0xC000009E, "STATUS_DEVICE_POWER_FAILURE",           21, EIO,           "ERROR_NOT_READY"},
    {0xC00000A2, "STATUS_MEDIA_WRITE_PROTECTED",          19, EROFS,         "ERROR_WRITE_PROTECT"},
    {0xC00000A3, "STATUS_DEVICE_NOT_READY",               21, EAGAIN,        "ERROR_NOT_READY"},
    {0xC00000AB, "STATUS_INSTANCE_NOT_AVAILABLE",        231, EBUSY,         "ERROR_PIPE_BUSY"},
    {0xC00000AC, "STATUS_PIPE_NOT_AVAILABLE",            231, EBUSY,         "ERROR_PIPE_BUSY"},
    {0xC00000AD, "STATUS_INVALID_PIPE_STATE",            230, EPIPE,         "ERROR_BAD_PIPE"},
    {0xC00000AE, "STATUS_PIPE_BUSY",                     231, EBUSY,         "ERROR_PIPE_BUSY"},
    {0xC00000AF, "STATUS_ILLEGAL_FUNCTION",                1, ENOSYS,        "ERROR_INVALID_FUNCTION"},
    {0xC00000B0, "STATUS_PIPE_DISCONNECTED",             233, EPIPE,         "ERROR_PIPE_NOT_CONNECTED"},
    {0xC00000B1, "STATUS_PIPE_CLOSING",                  232, EPIPE,         "ERROR_NO_DATA"},
    {0xC00000B5, "STATUS_IO_TIMEOUT",                    121, ETIMEDOUT,     "ERROR_SEM_TIMEOUT"},
    {0xC00000BA, "STATUS_FILE_IS_A_DIRECTORY",             5, EISDIR,        "ERROR_ACCESS_DENIED"},
    {0xC00000BB, "STATUS_NOT_SUPPORTED",                  50, EOPNOTSUPP,    "ERROR_NOT_SUPPORTED"},
    {0xC00000C0, "STATUS_DEVICE_DOES_NOT_EXIST",          55, ENODEV,        "ERROR_DEV_NOT_EXIST"},
    {0xC00000C4, "STATUS_UNEXPECTED_NETWORK_ERROR",       59, EIO,           "ERROR_UNEXP_NET_ERR"},
    {0xC00000CB, "STATUS_BAD_DEVICE_TYPE",                66, ENODEV,        "ERROR_BAD_DEV_TYPE"},
    {0xC00000D0, "STATUS_REQUEST_NOT_ACCEPTED",           71, EAGAIN,        "ERROR_REQ_NOT_ACCEP"},
    {0xC00000E5, "STATUS_INTERNAL_ERROR",               1359, EIO,           "ERROR_INTERNAL_ERROR"},
    {0xC00000E8, "STATUS_INVALID_USER_BUFFER",          1784, EFAULT,        "ERROR_INVALID_USER_BUFFER"},
    {0xC00000EF, "STATUS_INVALID_PARAMETER_1",            87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC00000F0, "STATUS_INVALID_PARAMETER_2",            87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC00000F1, "STATUS_INVALID_PARAMETER_3",            87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC00000F2, "STATUS_INVALID_PARAMETER_4",            87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC00000F3, "STATUS_INVALID_PARAMETER_5",            87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC00000F4, "STATUS_INVALID_PARAMETER_6",            87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC0000103, "STATUS_NOT_A_DIRECTORY",               267, ENOTDIR,       "ERROR_DIRECTORY"},
    {0xC000010A, "STATUS_PROCESS_IS_TERMINATING",          5, ESRCH,         "ERROR_ACCESS_DENIED"},
    {0xC000011F, "STATUS_TOO_MANY_OPENED_FILES",           4, EMFILE,        "ERROR_TOO_MANY_OPEN_FILES"},
    {0xC0000120, "STATUS_CANCELLED",                     995, ECANCELED,     "ERROR_OPERATION_ABORTED"},
    {0xC0000121, "STATUS_CANNOT_DELETE",                   5, EPERM,         "ERROR_ACCESS_DENIED"},
    {0xC0000123, "STATUS_FILE_DELETED",                    5, ENOENT,        "ERROR_ACCESS_DENIED"},
    {0xC0000128, "STATUS_FILE_CLOSED",                     6, EBADF,         "ERROR_INVALID_HANDLE"},
    {0xC0000135, "STATUS_DLL_NOT_FOUND",                 126, ENOENT,        "ERROR_MOD_NOT_FOUND"},
    {0xC0000139, "STATUS_ENTRYPOINT_NOT_FOUND",          127, ENOENT,        "ERROR_PROC_NOT_FOUND"},
    {0xC0000141, "STATUS_INVALID_ADDRESS",                59, EFAULT,        "ERROR_UNEXP_NET_ERR"},
    {0xC0000150, "STATUS_SERIAL_NO_DEVICE_INITED",      1118, ENODEV,        "ERROR_SERIAL_NO_DEVICE"},
    {0xC000017A, "STATUS_NO_SUCH_MEMBER",               1387, ENOENT,        "ERROR_NO_SUCH_MEMBER"},
    {0xC0000182, "STATUS_DEVICE_CONFIGURATION_ERROR",     87, EINVAL,        "ERROR_INVALID_PARAMETER"},
    {0xC0000184, "STATUS_INVALID_DEVICE_STATE",           22, EBADFD,        "ERROR_BAD_COMMAND"},
    {0xC0000185, "STATUS_IO_DEVICE_ERROR",              1117, EIO,           "ERROR_IO_DEVICE"},
    {0xC0000186, "STATUS_DEVICE_PROTOCOL_ERROR",        1117, EPROTO,        "ERROR_IO_DEVICE"},
    {0xC0000206, "STATUS_INVALID_BUFFER_SIZE",          1784, EINVAL,        "ERROR_INVALID_USER_BUFFER"},
    {0xC0000225, "STATUS_NOT_FOUND",                    1168, ENOENT,        "ERROR_NOT_FOUND"},
    {0xC000022D, "STATUS_RETRY",                        1237, EAGAIN,        "ERROR_RETRY"},
    {0xC0000236, "STATUS_CONNECTION_REFUSED",           1225, ECONNREFUSED,  "ERROR_CONNECTION_REFUSED"},
    {0xC000023A, "STATUS_CONNECTION_INVALID",           1229, ENOTCONN,      "ERROR_CONNECTION_INVALID"},
    {0xC000023F, "STATUS_PORT_UNREACHABLE",             1234, EHOSTUNREACH,  "ERROR_PORT_UNREACHABLE"},
    {0xC0000240, "STATUS_REQUEST_ABORTED",              1235, ECANCELED,     "ERROR_REQUEST_ABORTED"},
    {0xC0000241, "STATUS_CONNECTION_ABORTED",           1236, ECONNABORTED,  "ERROR_CONNECTION_ABORTED"},
    {0xC000025E, "STATUS_PLUGPLAY_NO_DEVICE",           1058, ENODEV,        "ERROR_SERVICE_DISABLED"},
    {0xC0000263, "STATUS_DRIVER_ENTRYPOINT_NOT_FOUND",   127, ENOENT,        "ERROR_PROC_NOT_FOUND"},
    {0xC000026C, "STATUS_DRIVER_UNABLE_TO_LOAD",        2001, EIO,           "ERROR_BAD_DRIVER"},
    {0xC00002B6, "STATUS_DEVICE_REMOVED",               1617, ENODEV,        "ERROR_DEVICE_REMOVED"},
    {0xC000038E, "STATUS_DRIVER_FAILED_PRIOR_UNLOAD",   1168, EIO,           "ERROR_NOT_FOUND"},
    {0xC0000450, "STATUS_DRIVER_PROCESS_TERMINATED",    1291, EPIPE,         "ERROR_DRIVER_PROCESS_TERMINATED"},
};
/* clang-format on */

/* Codes that only Win32 functions themselves give. */
/* clang-format off */
static const struct win32_row win32_rows[] = {
    {12, "ERROR_INVALID_ACCESS"},
    {13, "ERROR_INVALID_DATA"},
    {14, "ERROR_OUTOFMEMORY"},
    {80, "ERROR_FILE_EXISTS"},
    {109, "ERROR_BROKEN_PIPE"},
    {110, "ERROR_OPEN_FAILED"},
    {120, "ERROR_CALL_NOT_IMPLEMENTED"},
    {124, "ERROR_INVALID_LEVEL"},
    {996, "ERROR_IO_INCOMPLETE"},
    {1004, "ERROR_INVALID_FLAGS"},
    {1223, "ERROR_CANCELLED"},
    {2404, "ERROR_DEVICE_IN_USE"},
};
/* clang-format on */

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static const struct status_row *
status_find(uint32_t status)
{
    size_t low = 0;
    size_t high = ROWS(status_rows);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (status_rows[middle].status == status) {
            return &status_rows[middle];
        }
        if (status_rows[middle].status < status) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

int
owdf_status_to_errno(int32_t status)
{
    const struct status_row *row;

    if (status >= 0) {
        return 0;
    }
    row = status_find((uint32_t)status);
    return row != NULL && row->error != 0 ? -(int)row->error : -EIO;
}

uint32_t
owdf_status_to_win32(int32_t status)
{
    const struct status_row *row = status_find((uint32_t)status);

    if (row != NULL) {
        return row->win32;
    }
    /* HRESULT-like wrappings of Win32 codes: 0x8007xxxx and 0xC007xxxx carry the code itself. */
    if (((uint32_t)status & 0xBFFF0000u) == 0x80070000u) {
        return (uint32_t)status & 0xFFFFu;
    }
    return ERROR_MR_MID_NOT_FOUND;
}

const char *
owdf_status_name(int32_t status)
{
    const struct status_row *row = status_find((uint32_t)status);

    return row != NULL ? row->name : NULL;
}

const char *
owdf_win32_name(uint32_t error)
{
    size_t i;

    for (i = 0; i < ROWS(win32_rows); i++) {
        if (win32_rows[i].win32 == error) {
            return win32_rows[i].name;
        }
    }
    for (i = 0; i < ROWS(status_rows); i++) {
        if (status_rows[i].win32 == error) {
            return status_rows[i].win32_name;
        }
    }
    return NULL;
}
