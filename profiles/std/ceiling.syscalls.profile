cloister 1

# What a profile of this host may open besides what its features stand for. The hard list is not in
# here: no ceiling can open it.
fragment ceiling.syscalls {
  about "Calls that every tenant's profile may allow"

  allow syscall {
    access alarm arch_prctl brk capget chdir chmod chown clock_getres clock_gettime
    clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd
    eventfd2 faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2
    fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr
    fstat fstatfs fsync ftruncate futex futex_waitv futimesat get_robust_list getcpu
    getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername
    getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage
    getsid getsockname getsockopt gettid gettimeofday getuid getxattr
    inotify_add_watch inotify_init inotify_init1 inotify_rm_watch
    landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr
    link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise mincore
    mkdir mkdirat mknod mknodat mlock mlock2 mremap msync munlock munmap nanosleep
    newfstatat open openat openat2 pause personality pidfd_open pidfd_send_signal pipe
    pipe2 poll ppoll pread64 preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read
    readahead readlink readlinkat readv recvfrom recvmmsg recvmsg removexattr rename
    renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending
    rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
    rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
    sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_yield
    select sendfile sendmmsg sendmsg sendto set_robust_list set_tid_address setitimer
    setpriority setsockopt setxattr shutdown sigaltstack signalfd signalfd4 socketpair
    splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo tee
    time timer_create timer_delete timer_getoverrun timer_gettime timer_settime
    timerfd_create timerfd_gettime timerfd_settime times truncate umask uname unlink
    unlinkat utime utimensat utimes vmsplice write writev
  }
  allow syscall mmap(prot & (PROT_WRITE|PROT_EXEC): 0 PROT_WRITE PROT_EXEC)
  allow syscall mprotect(prot & (PROT_WRITE|PROT_EXEC): 0 PROT_WRITE PROT_EXEC)
  allow syscall prlimit64(new_limit: 0)
  allow socket unix
  allow ioctl { TCGETS FIONBIO FIONREAD FIOCLEX FIONCLEX FIOASYNC }
  allow prctl {
    PR_SET_NAME PR_GET_NAME PR_CAPBSET_READ PR_CAP_AMBIENT PR_GET_DUMPABLE PR_SET_DUMPABLE
    PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_GET_NO_NEW_PRIVS PR_SET_NO_NEW_PRIVS PR_GET_SECCOMP
    PR_GET_SECUREBITS
  }
}
