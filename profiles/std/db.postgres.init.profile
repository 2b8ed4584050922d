cloister 1

# initdb starts "sh -c" for "postgres -V" and "locale -a". While there are no volumes it has to run in the
# same workload as the server (examples/postgres). Feature exec is off: with READY=1 the shell is closed too.
profile db.postgres.init under host.default {
  about "db.postgres and what makes its data directory: a shell and locale"
  include db.postgres.parts

  allow path { "/usr/bin/dash" "/usr/bin/locale" } read, exec
}
