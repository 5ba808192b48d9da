/* SPDX-License-Identifier: MIT */
/* Sockets: the C library's, by Windows' names. */
#ifndef _WINSOCK2API_
#define _WINSOCK2API_
#define _WINSOCKAPI_

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <windows.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef UINT_PTR SOCKET;
typedef struct sockaddr SOCKADDR, *PSOCKADDR, *LPSOCKADDR;
typedef struct sockaddr_in SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;
typedef struct sockaddr_storage SOCKADDR_STORAGE, *PSOCKADDR_STORAGE;
typedef struct in_addr IN_ADDR, *PIN_ADDR, *LPIN_ADDR;
typedef struct addrinfo ADDRINFOA, *PADDRINFOA;

#define INVALID_SOCKET ((SOCKET) ~(ULONG_PTR)0)
#define SOCKET_ERROR   (-1)
#define SD_RECEIVE     SHUT_RD
#define SD_SEND        SHUT_WR
#define SD_BOTH        SHUT_RDWR

typedef struct WSAData {
    WORD wVersion;
    WORD wHighVersion;
    unsigned short iMaxSockets;
    unsigned short iMaxUdpDg;
    char *lpVendorInfo;
    char szDescription[257];
    char szSystemStatus[129];
} WSADATA, *LPWSADATA;

WINBASEAPI int WSAStartup(WORD wVersionRequested, LPWSADATA lpWSAData);
WINBASEAPI int WSACleanup(VOID);
/* The Windows code for what the calling thread's last socket function failed with. */
WINBASEAPI int WSAGetLastError(VOID);
WINBASEAPI int closesocket(SOCKET s);
WINBASEAPI int ioctlsocket(SOCKET s, long cmd, ULONG *argp);

#ifdef __cplusplus
}
#endif

#endif
