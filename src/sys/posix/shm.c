/* SPDX-License-Identifier: MIT */
/* Memory that processes share: sealed memfds. A peer can send us anything; sealing is checked. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/memory.h"

int
sys_shm_create(const char *name, size_t size)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int error;

    if (fd < 0) {
        return -errno;
    }
    if (ftruncate(fd, (off_t)size) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
        error = -errno;
        close(fd);
        return error;
    }
    return fd;
}

int
sys_shm_map(int fd, size_t size, void **ret_memory)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat status;
    void *memory;

    if (seals < 0) {
        return errno == EBADF ? -EBADF : -EINVAL;
    }
    if ((seals & F_SEAL_SHRINK) == 0 || size == 0 || fstat(fd, &status) < 0 || status.st_size < 0 ||
        (size_t)status.st_size < size) {
        return -EINVAL;
    }
    memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        return -errno;
    }
    *ret_memory = memory;
    return 0;
}

void
sys_shm_unmap(void *memory, size_t size)
{
    if (memory != NULL) {
        munmap(memory, size);
    }
}
