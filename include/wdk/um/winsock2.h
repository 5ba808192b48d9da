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

#define WSABASEERR         10000
#define WSAEINTR           10004
#define WSAEACCES          10013
#define WSAEFAULT          10014
#define WSAEINVAL          10022
#define WSAEMFILE          10024
#define WSAEWOULDBLOCK     10035
#define WSAEINPROGRESS     10036
#define WSAENOTSOCK        10038
#define WSAEADDRINUSE      10048
#define WSAEADDRNOTAVAIL   10049
#define WSAENETUNREACH     10051
#define WSAECONNABORTED    10053
#define WSAECONNRESET      10054
#define WSAENOTCONN        10057
#define WSAETIMEDOUT       10060
#define WSAECONNREFUSED    10061
#define WSAEHOSTUNREACH    10065
#define WSAVERNOTSUPPORTED 10092

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
