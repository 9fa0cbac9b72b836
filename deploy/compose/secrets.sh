#!/bin/sh
# Creates the secrets of docker-compose.yml in secrets/: random, and once. A file that exists stays as it is.
set -eu
cd "$(dirname "$0")/../.."
umask 077
mkdir -p secrets

random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

keep() {
  [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"
  # The users of the containers read the mounted files; the directory is yours alone.
  chmod 644 "secrets/$1"
}

keep postgres_password "$(random)"
keep tenantry_password "$(random)"
keep secret_key "$(random)"
keep database_url "postgres://tenantry:$(cat secrets/tenantry_password)@postgres:5432/tenantry"
