cloister 1

profile box {
  about "A workload to be entered, for tests of exec"
  include runtime.glibc
  feature fork on
  feature exec on
  feature proc on
  feature tmp on
  feature pty on
  feature net.loopback on
  limit memory 256MiB
  limit pids 64
  mount "/usr/" from host "/usr/" ro exec
  allow path "/" list
  allow path "/usr/" read, list, exec
  allow path "/run/" read, list, write, create, delete, move
  mount "/srv/" from tmpfs rw size 1MiB
  mount "/opt/" from tmpfs rw size 1MiB
  allow path "/srv/" list, create, delete
  allow path "/srv/own/" read, list, write, create, delete optional
  allow path "/opt/" list, write, create, delete
  allow syscall {
    access alarm chdir dup2 getdents getgroups getsid lstat mkdir open pipe pause rename rmdir
    rt_sigpending select stat symlink symlinkat times unlink unlinkat
  }
}

# The same without a terminal.
profile mute {
  about "A workload without a terminal, for tests of exec"
  include runtime.glibc
  feature fork on
  feature exec on
  limit memory 64MiB
  limit pids 16
  mount "/usr/" from host "/usr/" ro exec
  allow path "/usr/" read, list, exec
  allow syscall pause
}
