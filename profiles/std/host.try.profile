cloister 1

# For trying things out, under a private supervisor only: host.default, and in addition the machine's
# own /usr as a root. Its files are then shared by all who use it.
ceiling host.try {
  about "host.default, and the source host"
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

  mount "/usr/" from host "/usr/" ro exec
}
