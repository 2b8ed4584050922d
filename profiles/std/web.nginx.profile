cloister 1

profile web.nginx under host.default {
  about "Static files and reverse proxy, workers as plain user"
  include runtime.glibc

  feature fork on
  feature net.loopback on
  feature net.inbound on
  feature net.low-ports on
  feature tmp on
  feature log on
  limit memory 256MiB
  limit cpu 200%
  limit pids 32
  limit files 4096
  limit tmp 128MiB
  limit connections 8192
  set hostname "web"
  set ready listen

  mount "/usr/" from image "nginx" ro exec
  mount "/etc/nginx/" from image "site" ro
  mount "/srv/www/" from image "site" ro
  mount "/var/lib/nginx/" from tmpfs rw size 64MiB

  allow path "/usr/sbin/nginx" read, exec
  allow path "/etc/nginx/" read, list
  allow path { "/usr/share/nginx/" "/usr/lib/ssl/" } read, list optional
  allow path "/srv/www/" read, list
  allow path "/var/lib/nginx/" read, list, write, create, delete, move

  allow net in tcp { 80 443 }

  allow socket unix stream
  allow ioctl { FIOASYNC }
  allow prctl { PR_SET_DUMPABLE }
  allow syscall {
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2
    ftruncate mkdir preadv pwritev rename sendfile setitimer socketpair
    unlink
  }
}
