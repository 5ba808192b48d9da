/* SPDX-License-Identifier: MIT */
/* The few socket functions that have another name or manner on Windows; the rest is the C library's. */
#include <winsock2.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int
WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData)
{
    if (LOBYTE(wVersionRequested) == 0) {
        return WSAVERNOTSUPPORTED;
    }
    memset(lpWSAData, 0, sizeof(*lpWSAData));
    lpWSAData->wVersion = LOBYTE(wVersionRequested) > 2 ? MAKEWORD(2, 2) : wVersionRequested;
    lpWSAData->wHighVersion = MAKEWORD(2, 2);
    (void)snprintf(lpWSAData->szDescription, sizeof(lpWSAData->szDescription), "OpenWDF");
    (void)snprintf(lpWSAData->szSystemStatus, sizeof(lpWSAData->szSystemStatus), "Running");
    return 0;
}

int
WSACleanup(VOID)
{
    return 0;
}

int
WSAGetLastError(VOID)
{
    static const struct {
        int error;
        int code;
    } rows[] = {
        {EINTR, WSAEINTR},
        {EACCES, WSAEACCES},
        {EFAULT, WSAEFAULT},
        {EINVAL, WSAEINVAL},
        {EMFILE, WSAEMFILE},
        {EAGAIN, WSAEWOULDBLOCK},
        {EINPROGRESS, WSAEINPROGRESS},
        {ENOTSOCK, WSAENOTSOCK},
        {EADDRINUSE, WSAEADDRINUSE},
        {EADDRNOTAVAIL, WSAEADDRNOTAVAIL},
        {ENETUNREACH, WSAENETUNREACH},
        {ECONNABORTED, WSAECONNABORTED},
        {ECONNRESET, WSAECONNRESET},
        {ENOTCONN, WSAENOTCONN},
        {ETIMEDOUT, WSAETIMEDOUT},
        {ECONNREFUSED, WSAECONNREFUSED},
        {EHOSTUNREACH, WSAEHOSTUNREACH},
    };
    int error = errno;
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].error == error) {
            return rows[i].code;
        }
    }
    return error == 0 ? 0 : WSABASEERR + error;
}

int
closesocket(SOCKET s)
{
    return close((int)s);
}

int
ioctlsocket(SOCKET s, long cmd, ULONG *argp)
{
    int value = (int)*argp;
    int result = ioctl((int)s, (unsigned long)cmd, &value);

    *argp = (ULONG)value;
    return result;
}
