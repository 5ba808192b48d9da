/* SPDX-License-Identifier: MIT */
/* Low-level I/O by Microsoft's names. Text mode and binary mode are one here. */
#ifndef _INC_IO
#define _INC_IO

#include <fcntl.h>
#include <unistd.h>

#define _O_RDONLY  0x0000
#define _O_TEXT    0x4000
#define _O_BINARY  0x8000
#define _O_U16TEXT 0x20000
#define _O_U8TEXT  0x40000
#define _O_WTEXT   0x10000
#ifndef O_BINARY
#define O_BINARY _O_BINARY
#define O_TEXT   _O_TEXT
#endif

#define _isatty            isatty
#define _read              read
#define _write             write
#define _close             close
#define _dup               dup
#define _dup2              dup2
#define _access            access
#define _unlink            unlink
#define _setmode(fd, mode) ((void)(fd), (void)(mode), _O_TEXT)

#endif
