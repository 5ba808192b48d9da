/* SPDX-License-Identifier: MIT */
/*
 * Child processes.
 *
 * Between fork and exec the child of a threaded process may call async-signal-safe functions only.
 * What goes wrong there travels as an errno through a pipe that exec closes.
 */
#define _GNU_SOURCE
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "sys/fd.h"

extern char **environ;

/* Moves a descriptor above all numbers that the child uses, so that none overwrites another. */
static int
move_up(int fd, const struct sys_process_params *params)
{
    int lowest = STDERR_FILENO + 1;

    for (size_t i = 0; i < params->fd_count; i++) {
        if (params->fds[i].as >= lowest) {
            lowest = params->fds[i].as + 1;
        }
    }
    return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}

static bool
arrange_fds(const struct sys_process_params *params)
{
    int moved[SYS_PROCESS_FD_MAX];

    for (size_t i = 0; i < params->fd_count; i++) {
        moved[i] = move_up(params->fds[i].fd, params);
        if (moved[i] < 0) {
            return false;
        }
    }
    /* Kernels before 5.11 lack the flag; there we rely on everybody opening with O_CLOEXEC. */
    (void)syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, 1u << 2 /* CLOSE_RANGE_CLOEXEC */);
    for (size_t i = 0; i < params->fd_count; i++) {
        if (dup2(moved[i], params->fds[i].as) < 0) {
            return false;
        }
    }
    return true;
}

/* Handlers must not run in the child, and it starts with nothing blocked or ignored. */
static void
reset_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int signal = 1; signal < NSIG; signal++) {
        (void)sigaction(signal, &standard, NULL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void
run_child(const struct sys_process_params *params, int error_pipe, pid_t parent)
{
    int high_pipe = move_up(error_pipe, params);
    int error;

    reset_signals();
    if (high_pipe < 0 || (params->own_group && setpgid(0, 0) < 0) ||
        (params->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)) {
        goto fail;
    }
    if (params->die_with_parent && getppid() != parent) {
        _exit(127); /* It died before prctl; nobody listens. */
    }
    if (arrange_fds(params)) {
        execve(params->path, params->argv, params->envp != NULL ? params->envp : environ);
    }
fail:
    error = errno;
    (void)!write(high_pipe >= 0 ? high_pipe : error_pipe, &error, sizeof(error));
    _exit(127);
}

/* The child's errno, or 0 when exec closed the pipe. */
static int
read_error(int pipe)
{
    int error;
    ssize_t got;

    do {
        got = read(pipe, &error, sizeof(error));
    } while (got < 0 && errno == EINTR);
    return got == sizeof(error) ? -error : 0;
}

/* Forks with all signals blocked: none of our handlers runs in the child. */
static pid_t
fork_child(const struct sys_process_params *params, int error_pipe)
{
    pid_t parent = getpid();
    sigset_t all;
    sigset_t old;
    pid_t pid;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pid = fork();
    if (pid == 0) {
        run_child(params, error_pipe, parent);
    }
    error = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return pid >= 0 ? pid : -error;
}

static void
reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

int
sys_process_spawn(const struct sys_process_params *params, struct sys_process *ret_process)
{
    int pipes[2];
    int fd;
    int error;
    pid_t pid;

    base_assert(params->fd_count <= SYS_PROCESS_FD_MAX);
    if (pipe2(pipes, O_CLOEXEC) < 0) {
        return -errno;
    }
    pid = fork_child(params, pipes[1]);
    sys_fd_close(&pipes[1]);
    error = pid < 0 ? pid : read_error(pipes[0]);
    sys_fd_close(&pipes[0]);
    if (error != 0) {
        if (pid > 0) {
            reap(pid);
        }
        return error;
    }
    fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0) {
        error = -errno;
        kill(pid, SIGKILL);
        reap(pid);
        return error;
    }
    *ret_process = (struct sys_process){.pid = pid, .fd = fd};
    return 0;
}

int
sys_process_fd(const struct sys_process *process)
{
    return process->fd;
}

static int
collect(struct sys_process *process)
{
    int status;
    pid_t pid;

    do {
        pid = waitpid(process->pid, &status, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0) {
        return -errno;
    }
    process->ended = true;
    process->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    process->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return 0;
}

int
sys_process_wait(struct sys_process *process, uint64_t deadline_ns,
                 struct sys_process_status *ret_status)
{
    if (!process->ended) {
        int result = sys_fd_wait(process->fd, SYS_FD_READABLE, deadline_ns);

        if (result <= 0) {
            return result == 0 ? -ETIMEDOUT : result;
        }
        result = collect(process);
        if (result < 0) {
            return result;
        }
    }
    if (ret_status != NULL) {
        *ret_status = (struct sys_process_status){.code = process->code, .signal = process->signal};
    }
    return 0;
}

int
sys_process_kill(const struct sys_process *process, int signal)
{
    if (process->ended) {
        return -ESRCH;
    }
    return syscall(SYS_pidfd_send_signal, process->fd, signal, NULL, 0) == 0 ? 0 : -errno;
}

void
sys_process_fini(struct sys_process *process)
{
    sys_fd_close(&process->fd);
}

uint32_t
sys_process_user(void)
{
    return geteuid();
}
