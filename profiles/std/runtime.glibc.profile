cloister 1

fragment runtime.glibc {
  about "What any dynamically linked C program needs to start and run"

  allow path { "/lib/" "/lib64/" "/usr/lib/" } read, list, exec optional
  allow path { "/etc/passwd" "/etc/group" "/etc/hosts" "/etc/nsswitch.conf" } read
  allow path "/usr/share/zoneinfo/" read, list optional
  allow device { null zero full random urandom }

  allow syscall {
    access arch_prctl brk clock_getres clock_gettime clock_nanosleep close
    dup dup2 dup3 faccessat faccessat2 fcntl fstat fstatfs futex getcwd
    getdents64 getegid geteuid getgid getpid getppid getrandom getrusage
    gettid getuid lseek madvise mremap munmap nanosleep newfstatat openat
    pipe2 poll ppoll pread64 pselect6 pwrite64 read readlink readlinkat readv
    rseq rt_sigaction rt_sigprocmask rt_sigsuspend rt_sigtimedwait
    sched_getaffinity sched_yield set_robust_list set_tid_address
    sigaltstack statx sysinfo umask uname write writev
  }
  # The vDSO asks the kernel by these where the host's clock source cannot be read in user space (hpet,
  # acpi_pm); glibc does not expect them to fail.
  allow syscall { getcpu gettimeofday time }
  allow syscall mmap(prot & (PROT_WRITE|PROT_EXEC): 0 PROT_WRITE PROT_EXEC)
  allow syscall mprotect(prot & (PROT_WRITE|PROT_EXEC): 0 PROT_WRITE PROT_EXEC)
  allow syscall prlimit64(new_limit: 0)
  allow ioctl { TCGETS FIONBIO FIONREAD FIOCLEX }
  allow prctl { PR_SET_NAME PR_GET_NAME PR_CAPBSET_READ PR_GET_DUMPABLE }
}
