cloister 1

# initdb starts "sh -c" for "postgres -V" and "locale -a". While there are no volumes it has to run in the
# same workload as the server (examples/postgres), so that there "COPY ... TO PROGRAM" has a shell as well.
profile db.postgres.init under host.default {
  about "db.postgres and what makes its data directory: a shell and locale"
  include db.postgres.parts

  allow path { "/usr/bin/dash" "/usr/bin/locale" } read, exec
}
