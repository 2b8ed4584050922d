cloister 1

profile cache.redis under host.default {
  about "Redis with append-only file and background saves"
  include runtime.glibc

  feature threads on
  feature fork on
  feature net.loopback on
  feature net.inbound on
  feature proc on
  feature log on
  limit memory 1GiB
  limit cpu 100%
  limit pids 32
  limit files 10064
  limit stop 30s
  set hostname "cache"
  set ready notify

  mount "/usr/" from image "redis" ro exec
  mount "/etc/redis/" from image "redis" ro
  mount "/var/lib/redis/" from tmpfs rw size 512MiB

  allow path "/usr/bin/redis-server" read, exec
  allow path "/etc/redis/" read, list
  allow path "/usr/share/locale/" read optional
  allow path "/usr/lib/locale/" read optional
  allow path "/var/lib/redis/" read, list, write, create, delete, move
  allow net in tcp 6379

  allow syscall {
    chdir epoll_create epoll_create1 epoll_ctl epoll_wait fdatasync fsync
    ftruncate mkdir open pipe rename setitimer sync_file_range truncate unlink
  }
}
