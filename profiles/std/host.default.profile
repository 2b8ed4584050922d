cloister 1

ceiling host.default {
  about "Upper bound for every tenant on this host"
  include ceiling.syscalls

  feature fork on
  feature threads on
  feature exec on
  feature shm on
  feature sysv-ipc on
  feature tmp on
  feature volume on
  feature proc on
  feature log on
  feature channels on
  feature memfd on
  feature pty on
  feature net.loopback on
  feature net.inbound on
  feature net.outbound on
  feature net.low-ports on
  limit memory 8GiB
  limit cpu 800%
  limit pids 512
  limit files 65536
  limit tmp 1GiB
  limit shm 1GiB
  limit connections 65536
  set missing { errno }
}
