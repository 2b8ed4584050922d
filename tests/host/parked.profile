cloister 1

profile other.plan {
  about "Another plan than the shell's, for tests of parked starts"
  include runtime.glibc
  feature fork on
  limit memory 64MiB
  limit pids 16
  mount "/usr/" from image "root" ro exec
  allow path "/usr/bin/" read, list, exec
}
