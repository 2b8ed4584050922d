cloister 1

profile db.postgres under host.default {
  about "PostgreSQL on a data directory that is there: the server's own programs and no other"
  include db.postgres.parts
}
