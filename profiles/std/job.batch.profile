cloister 1

profile job.batch under host.default {
  about "Offline job: reads what its image brings, works in /tmp and ends; a shell, sort, awk and the like"
  include runtime.glibc

  feature fork on
  feature exec on
  feature tmp on
  feature log on
  limit memory 768MiB
  limit swap 0
  limit cpu 100%
  limit cpu.weight 20
  limit pids 16
  limit tmp 512MiB
  limit lifetime 30min
  limit file-size 2GiB
  set hostname "job"

  mount "/usr/" from image "tools" ro exec
  # becomes the volume inbox; what is to be kept goes to stdout until there is an outbox
  mount "/in/" from image "inbox" ro

  allow path { "/usr/bin/sh" "/usr/bin/dash" "/usr/bin/gzip" "/usr/bin/sort" "/usr/bin/mawk" "/usr/bin/sha256sum" } read, exec optional
  allow path "/in/" read, list
  allow path "/tmp/" read, list, write, create, delete, move

  allow syscall {
    chdir chmod fadvise64 fchmod fchown ftruncate link mkdir rename
    rmdir select unlink unlinkat utimensat
  }
}
