cloister 1

profile shell {
  about "A prompt and the tools of a Debian base: coreutils, python3, perl, git, curl"
  include runtime.glibc

  feature threads on
  feature fork on
  feature exec on
  feature memfd on
  feature tmp on
  feature net.loopback on
  feature net.inbound on
  feature proc on
  feature pty on
  feature log on
  limit memory 512MiB
  limit pids 128
  limit files 4096
  limit tmp 256MiB
  set hostname "shell"

  mount "/usr/" from image "root" ro exec

  allow path "/" list
  allow path "/usr/" read, list, exec
  allow path "/etc/resolv.conf" read
  allow path "/dev/" list
  allow path "/run/" read, list, write, create, delete, move, socket
  allow path "/tmp/" socket

  # what is below 1024 stays closed by the kernel
  allow net in tcp 1024..65535
  allow net in udp 1024..65535

  allow socket unix
  allow ioctl { FIONCLEX FIOASYNC }
  allow prctl { PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_SET_DUMPABLE PR_GET_NO_NEW_PRIVS PR_GET_SECCOMP PR_GET_SECUREBITS }
  allow syscall {
    alarm capget chdir chmod chown close_range copy_file_range creat
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait
    eventfd eventfd2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown
    fchownat fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fsync
    ftruncate futimesat get_robust_list getdents getgroups getitimer getpriority
    getresgid getresuid getrlimit getsid getxattr inotify_add_watch inotify_init
    inotify_init1 inotify_rm_watch lchown lgetxattr link linkat listxattr
    llistxattr lremovexattr lsetxattr lstat mincore mkdir mkdirat mknod mknodat
    msync open pause pidfd_open pidfd_send_signal pipe preadv preadv2 pwritev
    pwritev2 removexattr rename renameat renameat2 rmdir rt_sigpending
    rt_sigqueueinfo sched_get_priority_max sched_get_priority_min sched_getparam
    sched_getscheduler select sendfile setitimer setpriority setxattr signalfd4
    socketpair splice stat statfs symlink symlinkat sync sync_file_range syncfs
    tee timer_create timer_delete timer_getoverrun timer_gettime timer_settime
    timerfd_create timerfd_gettime timerfd_settime times truncate unlink
    unlinkat utime utimensat utimes vmsplice
  }
}
