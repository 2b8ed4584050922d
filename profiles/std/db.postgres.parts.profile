cloister 1

# What the server itself needs. Two profiles include it: they differ in what may be executed beside it until
# READY=1; from then on nothing is.
fragment db.postgres.parts {
  about "PostgreSQL 15, local socket and one TCP port; its data on a tmpfs until there are volumes"
  include runtime.glibc

  feature fork on
  feature net.loopback on
  feature net.inbound on
  feature sysv-ipc on
  feature shm on
  feature log on
  limit memory 2GiB
  limit cpu 200%
  limit pids 200
  limit files 8192
  limit shm 512MiB
  limit stop 90s
  set hostname "db"
  set user postgres
  set ready notify
  # fast: TERM would wait until the last client leaves by itself
  set stop-signal INT

  mount "/usr/" from image "postgres15" ro exec
  # becomes the volume pgdata; what is here ends with the workload, and counts as its memory
  mount "/var/lib/postgresql/" from tmpfs rw size 1GiB

  allow path "/var/lib/postgresql/" read, list, write, create, delete, move, socket
  allow path "/usr/lib/postgresql/15/" read, list, exec
  allow path { "/usr/share/postgresql/" "/usr/share/locale/" "/usr/lib/locale/" "/usr/lib/ssl/" } read, list optional
  allow net in tcp 5432

  allow socket unix stream
  allow prctl { PR_SET_PDEATHSIG PR_GET_SECUREBITS PR_GET_NO_NEW_PRIVS PR_CAP_AMBIENT }
  allow syscall {
    chdir chmod epoll_create1 epoll_ctl epoll_pwait epoll_wait fadvise64
    fallocate fdatasync fsync ftruncate link linkat mkdir pwritev preadv
    rename renameat rmdir select setitimer signalfd4 socketpair symlink
    sync_file_range truncate unlink
  }
}
